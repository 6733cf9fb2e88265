//! The timers of `keepalive` as their own programs run them: a systemd of the user, and Debian's cron. Each has a machine of its own:
//! namespaces in which `/run` and the crontabs are empty, and whose processes end with it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::stand_in::{Fault, StandIn, Vendor};
use crate::world::{On, World};

/// What is begun in it ends with it. Root alone can make one.
fn on_a_machine(world: &World, script: &str) -> Output {
    let mut words = vec!["--mount", "--pid", "--mount-proc", "--fork", "--kill-child"];
    let prelude = "set -eu\nmount -t tmpfs none /run\nmount -t tmpfs none /var/spool/cron\nmkdir -m 1730 /var/spool/cron/crontabs\n\
         until_it() { n=0; until \"$@\" >/dev/null 2>&1; do n=$((n + 1)); [ $n -lt 1200 ] || exit 99; sleep 0.1; done; }\n";
    let script = format!("{prelude}{script}");
    words.extend(["sh", "-c", &script, env!("CARGO_BIN_EXE_tokcli")]);
    let mut command: Command = world.command_of("unshare", &words);
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("XDG_RUNTIME_DIR", "/run/user/0");
    command.output().expect("unshare runs (util-linux)")
}

/// Its program may lie anywhere, also where things are cleared away.
const INSTALL: &str = "keepalive install --json --program \"$0\"";

/// A login that is due, since its last request was not answered. Nobody comes by for it but the timer.
fn due() -> (StandIn, World) {
    let vendor = StandIn::start(Vendor::Babelbird);
    let mut world = World::with(On::File, &vendor);
    world.add("rotation = \"strict\"");
    vendor.misbehave(Fault::DropAfterRead);
    world.run(&["refresh"]).exits(8);
    fs::create_dir_all(world.path().join(".config")).expect("made");
    fs::create_dir_all(world.path().join(".local/share")).expect("made");
    (vendor, world)
}

fn object(world: &World, name: &str) -> Value {
    let text = fs::read_to_string(world.path().join(name)).expect("written by the script");
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{name}: {text}"))
}

#[track_caller]
fn refreshed(status: &Value) {
    let last = &status["last_run"];
    assert_eq!(
        (&last["exit"], &last["profiles"][0]["outcome"]),
        (&0.into(), &"refreshed".into()),
        "{status}"
    );
    assert_eq!(status["timers"][0]["works"], true, "{status}");
}

/// A drop-in, as a person would write one, has the timer fire at once.
#[test]
#[ignore = "`make test-real` runs it"]
fn a_real_systemd_takes_the_units_and_fires_them() {
    assert!(crate::shim::is_root(), "mounts are root's");
    let (vendor, world) = due();
    let script = format!(
        "mkdir -p /run/systemd/system \"$XDG_RUNTIME_DIR\"\nchmod 700 \"$XDG_RUNTIME_DIR\"\n\
         env -i PATH=/usr/bin:/bin HOME=\"$HOME\" XDG_RUNTIME_DIR=\"$XDG_RUNTIME_DIR\" /lib/systemd/systemd --user --unit=basic.target &\n\
         until_it systemctl --user show-environment\n\
         \"$0\" {INSTALL} >first\n\"$0\" {INSTALL} >second\n\"$0\" keepalive status --json >waits\n\
         mkdir .config/systemd/user/tokcli-keepalive.timer.d\n\
         printf '[Timer]\\nOnCalendar=*:*:*\\nRandomizedDelaySec=0\\nAccuracySec=1us\\n' >.config/systemd/user/tokcli-keepalive.timer.d/now.conf\n\
         systemctl --user daemon-reload\nsystemctl --user restart tokcli-keepalive.timer\n\
         until_it test -e state/last-run.json\nsystemctl --user stop tokcli-keepalive.timer\nuntil_it sh -c '! systemctl --user is-active tokcli-keepalive.service'\n\
         cp state/last-run.json ran\nrm -r .config/systemd/user/tokcli-keepalive.timer.d\nsystemctl --user daemon-reload\n\
         systemctl --user start tokcli-keepalive.timer\n\"$0\" keepalive status --json >status\n\
         \"$0\" keepalive remove --json >removed\nsystemctl --user list-unit-files --no-legend 'tokcli*' >left || true\n"
    );
    let output = on_a_machine(&world, &script);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(object(&world, "first")["outcome"], "installed");
    assert_eq!(object(&world, "second")["outcome"], "unchanged");
    let waits = object(&world, "waits");
    assert_eq!(waits["last_run"], Value::Null, "{waits}");
    assert!(waits["timers"][0]["next_run_at"].is_string(), "systemd says when: {waits}");
    let status = object(&world, "status");
    assert_eq!(status["timers"][0]["works"], true, "{status}");
    // It fires each second until it is stopped: the first time there is something to do.
    assert_eq!((status["last_run"]["exit"].clone(), vendor.requests().len()), (0.into(), 2), "{status}");
    assert_eq!(object(&world, "removed")["outcome"], "removed");
    assert_eq!(fs::read_to_string(world.path().join("left")).expect("a list"), "");
    for directory in [".config", ".local/share"] {
        let left = fs::read_dir(world.path().join(directory)).expect("a directory").count();
        assert_eq!(left, 0, "{directory}");
    }
}

/// Within a minute, as no cron looks more often.
#[test]
#[ignore = "`make test-real` runs it"]
fn a_real_cron_runs_the_line() {
    assert!(crate::shim::is_root(), "mounts are root's");
    let (vendor, world) = due();
    fs::write(world.path().join("mine"), "# mine\n0 0 1 1 *  echo 50\\%\n").expect("written");
    let script = format!(
        "chgrp crontab /var/spool/cron/crontabs\ncrontab mine\n\"$0\" {INSTALL} --timer cron >first\n\"$0\" {INSTALL} >second\n\
         \"$0\" keepalive status --json >waits\ncrontab -l | sed 's/^[0-9][0-9]* \\* /* * /' | crontab -\n\
         cron -f &\nuntil_it test -e state/last-run.json\n\"$0\" keepalive status --json >status\n\
         \"$0\" keepalive remove --json >removed\ncrontab -l >left\n"
    );
    let output = on_a_machine(&world, &script);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(object(&world, "first")["outcome"], "installed");
    assert_eq!(object(&world, "second")["outcome"], "unchanged");
    let waits = &object(&world, "waits")["timers"][0];
    // Where a systemd was started, it may stand in for a cron.
    if !Path::new("/run/systemd/system").is_dir() {
        assert!(waits["trouble"].to_string().contains("no cron runs on this machine"), "{waits}");
    }
    refreshed(&object(&world, "status"));
    assert_eq!(vendor.requests().len(), 2);
    assert_eq!(object(&world, "removed")["timers"], serde_json::json!(["cron"]));
    let left = fs::read(world.path().join("left")).expect("a crontab");
    assert_eq!(left, fs::read(world.path().join("mine")).expect("there"));
}
