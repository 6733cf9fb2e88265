//! Installed whole, once, and without a trace when it is gone.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::Value;

use super::{
    SERVICE, TIMER, crontab, home, install, lacks, of_machine, scene, silence, silences, text, tokcli,
};
use crate::world::World;

fn remove(world: &World) -> Value {
    world.run(&["keepalive", "remove", "--json"]).succeeds().keeps_stderr_empty().object()
}

#[test]
fn units_are_installed_once_pass_their_check_and_go_without_a_trace() {
    let (vendor, world) = scene();
    vendor.expect_unused();
    let before = home(&world);
    assert_eq!(remove(&world)["outcome"], "unchanged", "nothing is there");
    install(&world, &[])
        .succeeds()
        .says_nothing_on_stdout()
        .says("systemd runs `tokcli refresh --all --due` each hour");
    let after = home(&world);
    for unit in [SERVICE, TIMER] {
        assert!(after.contains_key(&world.path().join(unit)), "{unit}");
    }
    let verified = Command::new("systemd-analyze")
        .args(["--user", "verify"])
        .args([SERVICE, TIMER].map(|unit| world.path().join(unit)))
        .env("XDG_RUNTIME_DIR", world.path())
        .output()
        .expect("systemd-analyze is installed (`make test` installs it)");
    assert!(verified.status.success() && verified.stderr.is_empty(), "{verified:?}");
    let again = install(&world, &["--json"]).succeeds().object();
    assert_eq!((&again["outcome"], &again["timer"]), (&"unchanged".into(), &"systemd".into()));
    assert_eq!(home(&world), after, "the second run changes nothing");
    assert_eq!(
        remove(&world),
        serde_json::json!({ "version": 1, "outcome": "removed", "timers": ["systemd"] })
    );
    assert_eq!(home(&world), before);
    assert_eq!(remove(&world)["outcome"], "unchanged");
    assert!(crontab(&world).is_none());
}

#[test]
fn what_systemd_does_not_take_is_undone() {
    for verb in ["daemon-reload", "enable", "restart", "is-active"] {
        let (vendor, mut world) = scene();
        vendor.expect_unused();
        let before = home(&world);
        fs::write(of_machine(&world, "fails"), format!("systemctl {verb}")).expect("written");
        let failed = install(&world, &["--json"]).exits(3);
        assert_eq!(failed.error()["code"], "refused", "{verb}");
        assert_eq!(home(&world), before, "{verb}");
        assert!(!of_machine(&world, "active").exists(), "{verb}");
        // Over an older one, that is there again, and runs.
        lacks(&world, "fails");
        install(&world, &[]).succeeds();
        let older = home(&world);
        world.set("NO_PROXY", "changed.example");
        fs::write(of_machine(&world, "fails"), format!("systemctl {verb}")).expect("written");
        install(&world, &[]).exits(3);
        assert_eq!(home(&world), older, "{verb}");
        assert!(of_machine(&world, "active").exists(), "{verb}");
        lacks(&world, "fails");
        assert_eq!(install(&world, &["--json"]).succeeds().object()["outcome"], "updated", "{verb}");
        assert_ne!(home(&world), older);
    }
}

#[test]
fn units_of_somebody_else_stay() {
    let (vendor, world) = scene();
    vendor.expect_unused();
    let path = world.path().join(TIMER);
    fs::create_dir_all(path.parent().expect("a directory")).expect("made");
    fs::write(&path, "[Timer]\nOnCalendar=daily\n").expect("written");
    let before = home(&world);
    install(&world, &[]).exits(3).says("it is left unchanged");
    world.run(&["keepalive", "remove"]).exits(3).says("it is left unchanged");
    assert_eq!(home(&world), before);
}

#[test]
fn a_systemd_that_does_not_answer_leaves_nothing_half_installed() {
    let (vendor, mut world) = scene();
    vendor.expect_unused();
    lacks(&world, "environment");
    let before = home(&world);
    install(&world, &["--timer", "systemd"])
        .exits(3)
        .says("does not answer: Failed to connect to bus")
        .says("hint: ");
    assert_eq!(home(&world), before);
    // A machine without it has a cron.
    if !std::path::Path::new("/run/systemd/system").is_dir() {
        assert_eq!(install(&world, &["--json"]).succeeds().object()["timer"], "cron");
        remove(&world);
    }
    // One that has neither.
    let empty = world.path().join("empty");
    fs::create_dir(&empty).expect("made");
    world.set("PATH", &empty.display().to_string());
    install(&world, &[]).exits(3).says("hint: ");
    install(&world, &["--timer", "cron"]).exits(3).says("`crontab` cannot be run");
    install(&world, &["--timer", "systemd"]).exits(3).says("`systemctl` cannot be run");
    install(&world, &["--timer", "launchd"]).exits(3).says("there is no launchd here");
    assert_eq!(remove(&world)["outcome"], "unchanged");
    assert_eq!(home(&world), before);
}

/// It is asked once, for as long as the deadline leaves.
#[test]
fn a_program_of_the_platform_that_never_answers_is_not_waited_for() {
    for (name, timer) in [("systemctl", "systemd"), ("crontab", "cron")] {
        let (vendor, world) = scene();
        vendor.expect_unused();
        let before = home(&world);
        silence(&world, name);
        install(&world, &["--timer", timer, "--deadline", "10s"])
            .exits(3)
            .says(&format!("`{name}` did not end within "));
        assert_eq!(silences(&world), 1, "{name}");
        assert_eq!((home(&world), crontab(&world)), (before, None), "{name}");
    }
    // What only says more than is needed leaves that unsaid.
    let (vendor, world) = scene();
    vendor.expect_unused();
    install(&world, &[]).succeeds();
    silence(&world, "loginctl");
    let status = world.run(&["keepalive", "status", "--json", "--deadline", "8s"]).succeeds().object();
    assert_eq!(silences(&world), 1);
    let timer = &status["timers"][0];
    assert_eq!((&timer["works"], &timer["lingers"]), (&true.into(), &Value::Null), "{status}");
}

/// It has taken the units, and goes silent when it is to start them: time is left to undo that.
#[test]
fn what_goes_silent_half_way_is_undone_all_the_same() {
    let (vendor, world) = scene();
    vendor.expect_unused();
    let before = home(&world);
    let path = world.path().join("bin/systemctl");
    let script = fs::read_to_string(&path).expect("a script");
    let silent = "set -eu\n[ \"${2-}\" != restart ] || { echo $$ >>\"$MACHINE/silent\"; echo $$ >>\"$MACHINE/silent\"; exec /bin/sleep 600; }";
    fs::write(&path, script.replace("set -eu", silent)).expect("written");
    install(&world, &["--deadline", "10s"]).exits(3).says("`systemctl` did not end within ");
    assert_eq!(silences(&world), 1);
    assert_eq!(home(&world), before);
}

/// The run that is tried is one of ours, and what it reads may hang.
#[test]
fn a_trial_that_never_ends_is_refused() {
    let (vendor, world) = scene();
    vendor.expect_unused();
    let before = home(&world);
    silence(&world, "tokcli");
    let program = world.path().join("bin/tokcli");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("mode");
    fs::write(
        of_machine(&world, "environment"),
        format!("HOME={}\nMACHINE={}\n", world.path().display(), of_machine(&world, "").display()),
    )
    .expect("written");
    install(&world, &["--deadline", "8s", "--program", &program.display().to_string()])
        .exits(3)
        .says("fails where the timer would run it")
        .says("did not end within ");
    assert_eq!(silences(&world), 1);
    assert_eq!(home(&world), before);
}

/// Its manager is gone, as after a container was started without it.
#[test]
fn units_are_removed_without_their_manager_too() {
    let (vendor, world) = scene();
    vendor.expect_unused();
    let before = home(&world);
    install(&world, &[]).succeeds();
    lacks(&world, "environment");
    let status = world.run(&["keepalive", "status", "--json"]).succeeds().object();
    assert_eq!(status["timers"][0]["works"], false, "{status}");
    assert_eq!(remove(&world)["outcome"], "removed");
    assert_eq!(home(&world), before);
}

#[test]
fn the_lines_of_a_person_stay_byte_for_byte_in_the_crontab() {
    let (vendor, world) = scene();
    vendor.expect_unused();
    for lines in [&b"# mine \xff\xfe\n\nMAILTO=me\n0 0 * * *  echo 50\\%\t\n"[..], b"\n", b"@reboot true\r\n"]
    {
        fs::write(of_machine(&world, "crontab"), lines).expect("written");
        install(&world, &["--timer", "cron"]).succeeds().says_nothing_on_stdout();
        let with = crontab(&world).expect("a crontab");
        assert!(with.starts_with(lines) && with.len() > lines.len());
        // Also where the person has gone on behind it.
        let with = [&with[..], b"1 1 * * * false\n"].concat();
        fs::write(of_machine(&world, "crontab"), &with).expect("written");
        assert_eq!(install(&world, &["--json"]).succeeds().object()["outcome"], "unchanged");
        assert_eq!(crontab(&world), Some(with));
        assert_eq!(remove(&world)["timers"], serde_json::json!(["cron"]));
        assert_eq!(crontab(&world), Some([lines, b"1 1 * * * false\n"].concat()));
    }
    lacks(&world, "crontab");
    install(&world, &["--timer", "cron"]).succeeds();
    remove(&world);
    assert_eq!(crontab(&world), None, "where there was none there is none");
}

const HEADER: &str = "# DO NOT EDIT THIS FILE - edit the master and reinstall.\n# (/tmp/crontab.XXXX4711 installed on Mon Jan  1 00:00:00 2024)\n# (Cron version -- $Id: crontab.c,v 2.13 1994/01/17 03:20:37 vixie Exp $)\n";

/// Some crons put lines of their own in front, and show them.
#[test]
fn the_lines_of_cron_itself_are_not_multiplied() {
    let (vendor, mut world) = scene();
    vendor.expect_unused();
    let lines = "# (mine)\n0 0 * * * true\n";
    let given = |world: &World| text(&crontab(world).expect("a crontab"));
    for (shown, own) in [(true, String::new()), (false, HEADER.to_owned()), (true, HEADER.to_owned())] {
        // Those that are a person's own, as a leftover of other programs, stay.
        let own = format!("{own}{lines}");
        fs::write(of_machine(&world, "crontab"), &own).expect("written");
        let _ = fs::remove_file(of_machine(&world, "headers"));
        if shown {
            fs::write(of_machine(&world, "headers"), HEADER).expect("written");
        }
        for changed in ["a.example", "b.example"] {
            world.set("NO_PROXY", changed);
            install(&world, &["--timer", "cron"]).succeeds();
            let with = given(&world);
            assert!(with.starts_with(&own) && with.contains(changed), "{shown}: {with}");
            assert_eq!(with.matches("DO NOT EDIT").count(), own.matches("DO NOT EDIT").count(), "{with}");
        }
        assert_eq!(remove(&world)["timers"], serde_json::json!(["cron"]));
        assert_eq!(given(&world), own, "{shown}");
    }
    // Where nothing else is left there is none.
    fs::write(of_machine(&world, "crontab"), "").expect("written");
    install(&world, &["--timer", "cron"]).succeeds();
    assert_eq!(remove(&world)["outcome"], "removed");
    assert!(crontab(&world).is_none());
}

#[test]
fn a_command_that_crons_would_cut_off_is_refused() {
    let (vendor, mut world) = scene();
    vendor.expect_unused();
    // So that runs call programs, which are looked for on `PATH`.
    world.change("[profiles.", "on_login_required = { command = [\"true\"] }\n[profiles.");
    let path = |count: usize| {
        let bin = world.path().join("bin");
        let more = (0..count).map(|number| format!(":/opt/a-directory-of-some-length-{number:03}/bin"));
        format!("{}{}:/usr/bin:/bin", bin.display(), more.collect::<String>())
    };
    let (long, short) = (path(40), path(2));
    world.set("PATH", &long);
    for more in [&[][..], &["--dry-run"]] {
        install(&world, &[&["--timer", "cron"], more].concat())
            .exits(3)
            .says("crons cut off what is beyond 999")
            .says("hint: with a shorter `PATH`");
    }
    assert!(crontab(&world).is_none());
    world.set("PATH", &short);
    install(&world, &["--timer", "cron"]).succeeds();
    assert!(text(&crontab(&world).expect("a crontab")).contains("-001/bin"));
}

#[test]
fn a_crontab_that_is_not_taken_stays_as_it_was() {
    let (vendor, world) = scene();
    vendor.expect_unused();
    let lines = b"0 0 * * * true\n";
    fs::write(of_machine(&world, "crontab"), lines).expect("written");
    fs::write(of_machine(&world, "fails"), "crontab -").expect("written");
    install(&world, &["--timer", "cron"]).exits(3).says("`crontab -` failed: Job failed.");
    assert_eq!(crontab(&world).as_deref(), Some(&lines[..]));
    // One that others have broken.
    lacks(&world, "fails");
    let broken = b"# tokcli keepalive: begin\n0 0 * * * true\n";
    fs::write(of_machine(&world, "crontab"), broken).expect("written");
    install(&world, &["--timer", "cron"]).exits(3).says("`crontab -e`");
    world.run(&["keepalive", "remove"]).exits(3).says("`crontab -e`");
    assert_eq!(crontab(&world).as_deref(), Some(&broken[..]));
}

#[test]
fn one_timer_at_a_time() {
    let (vendor, world) = scene();
    vendor.expect_unused();
    install(&world, &["--timer", "cron"]).succeeds();
    install(&world, &["--timer", "systemd"])
        .exits(3)
        .says("hint: `tokcli keepalive remove` removes that first");
    assert_eq!(install(&world, &["--json"]).succeeds().object()["timer"], "cron", "the one that is there");
    let calls = text(&fs::read(of_machine(&world, "calls")).expect("calls"));
    assert!(!calls.contains("enable"), "{calls}");
}

#[test]
fn a_dry_run_prints_what_each_timer_would_be_told_and_writes_nothing() {
    let (vendor, world) = scene();
    vendor.expect_unused();
    let before = home(&world);
    for (timer, words) in [
        ("systemd", "ExecStart="),
        ("cron", " * * * * env "),
        ("launchd", "<key>ProgramArguments</key>"),
        ("task", "<Interval>PT1H</Interval>"),
    ] {
        let shown = install(&world, &["--timer", timer, "--dry-run"]).succeeds();
        assert!(shown.stdout.contains(words), "{timer}: {}", shown.stdout);
        assert!(shown.stdout.contains(&tokcli().display().to_string()), "{timer}: {}", shown.stdout);
        assert!(shown.stdout.contains("refresh"), "{timer}");
        let object = install(&world, &["--timer", timer, "--dry-run", "--json"]).succeeds().object();
        assert_eq!((&object["outcome"], &object["timer"]), (&"printed".into(), &timer.into()));
    }
    assert_eq!(home(&world), before);
    assert_eq!(crontab(&world), None);
    assert!(!of_machine(&world, "active").exists());
}

/// What was in its way is: a run that is about one profile, and one that says a timer that nobody knows.
#[test]
fn it_is_about_every_profile() {
    let (vendor, world) = scene();
    vendor.expect_unused();
    let before = home(&world);
    for words in [&["status"][..], &["install"], &["remove"]] {
        world.run(&[&["keepalive"], words, &["-p", "babelbird"]].concat()).exits(2).says("omit `--profile`");
    }
    world.run(&["keepalive", "install", "--timer", "at"]).exits(2);
    assert_eq!(home(&world), before);
}

#[test]
fn another_configuration_takes_the_timer_over_with_a_word() {
    let (vendor, mut world) = scene();
    vendor.expect_unused();
    install(&world, &[]).succeeds();
    let other = world.path().join("other.toml");
    fs::copy(world.path().join("profiles.toml"), &other).expect("copied");
    let before = world.path().join("profiles.toml").display().to_string();
    let words = format!("it was for {before} until now; a machine has one timer");
    install(&world, &["--config", "other.toml"]).succeeds().says(&words);
    world.set("TOKCLI_CONFIG", &other.display().to_string());
    let object = install(&world, &["--json"]).succeeds().object();
    assert_eq!(object["outcome"], "unchanged", "{object}");
}
