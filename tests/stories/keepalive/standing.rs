//! What `keepalive status` knows: the timer, whether it works, and what the last run came to, whoever ran it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::{by_systemd, install, lacks, of_machine, scene};
use crate::shim::Shim;
use crate::stand_in::{Fault, StandIn, Vendor};
use crate::world::{CANARY, On, World, entry};

fn status(world: &World) -> Value {
    world.run(&["keepalive", "status", "--json"]).succeeds().keeps_stderr_empty().object()
}

#[test]
fn it_tells_the_timer_and_what_the_last_run_found() {
    let (vendor, mut world) = scene();
    let none = json!({ "version": 1, "timers": [], "last_run": null, "overdue": false });
    assert_eq!(status(&world), none);
    world.run(&["keepalive", "status"]).succeeds().prints("timer: none\nlast run: none\n");
    let other = StandIn::start(Vendor::Babelbird);
    other.expect_unused();
    world.add(&entry(&other, "nobody", On::File));
    install(&world, &[]).succeeds();
    let there = status(&world);
    let timer = &there["timers"][0];
    assert_eq!(
        (&timer["timer"], &timer["works"], &timer["lingers"]),
        (&"systemd".into(), &true.into(), &true.into())
    );
    assert_eq!(timer["next_run_at"], "2030-01-01T00:00:00Z");
    assert_eq!((&there["last_run"], &there["overdue"]), (&Value::Null, &false.into()));
    // What only looks at single profiles, and all that is asked for at once, is no run of a timer.
    world.run(&["refresh", "-p", "babelbird"]).succeeds();
    world.run(&["refresh", "--all"]).exits(4);
    assert_eq!(status(&world)["last_run"], Value::Null);
    by_systemd(&world, &[]);
    let last = &status(&world)["last_run"];
    let profiles = json!([
        { "profile": "babelbird", "outcome": "not_due", "code": null },
        { "profile": "nobody", "outcome": "failed", "code": "no_credential" },
    ]);
    assert_eq!((&last["exit"], &last["code"], &last["profiles"]), (&4.into(), &Value::Null, &profiles));
    let shown = world.run(&["keepalive", "status"]).succeeds().keeps_stderr_empty();
    for line in [
        "timer: systemd (",
        "works: yes\n",
        "next run: 2030-01-01T00:00:00Z\n",
        ", exit 4\n",
        "  nobody: failed, no_credential\n",
    ] {
        assert!(shown.stdout.contains(line), "{line}: {}", shown.stdout);
    }
    assert_eq!(vendor.requests().len(), 2);
}

/// With words of the vendor, which are not kept.
#[test]
fn the_note_holds_no_secret_and_its_loss_costs_nothing() {
    let (vendor, mut world) = scene();
    let shim = Shim::build(&world);
    shim.later(&mut world, 16 * 24 * 3_600);
    vendor
        .misbehave(Fault::json(400, "{\"error\":\"invalid_request\",\"error_description\":\"outlandish\"}"));
    world.run(&["refresh", "--all", "--due"]).exits(3);
    let note = world.state().join("last-run.json");
    let text = fs::read_to_string(&note).expect("a note");
    assert!(
        text.contains("request_rejected") && !text.contains(CANARY) && !text.contains("outlandish"),
        "{text}"
    );
    let mode = fs::metadata(&note).expect("a note").permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    fs::remove_file(&note).expect("removed");
    // It stands in nobody's way, and what is in its way does not stand in that of the tokens.
    fs::create_dir(&note).expect("made");
    fs::write(note.join("x"), "").expect("written");
    let ended = world.run(&["refresh", "--all", "--due", "--json"]).succeeds().keeps_stderr_empty();
    assert_eq!(ended.object()["outcome"], "refreshed");
    assert_eq!(vendor.requests().len(), 2);
    let left = fs::read_dir(world.state()).expect("a directory").flatten();
    let left: Vec<_> =
        left.map(|entry| entry.file_name()).filter(|name| name.to_string_lossy().contains("tmp")).collect();
    assert!(left.is_empty(), "{left:?}");
    fs::remove_dir_all(&note).expect("removed");
    // One that is no note counts as none.
    fs::write(&note, "{").expect("written");
    fs::set_permissions(&note, fs::Permissions::from_mode(0o600)).expect("mode");
    assert_eq!(status(&world)["last_run"], Value::Null);
}

#[test]
fn a_run_that_found_no_configuration_is_told_too() {
    let (vendor, world) = scene();
    vendor.expect_unused();
    install(&world, &[]).succeeds();
    world.write("profiles.toml", "[profiles.x]\n");
    by_systemd(&world, &[]);
    world.write("profiles.toml", "nonsense");
    by_systemd(&world, &[]);
    let last = &status(&world)["last_run"];
    assert_eq!((&last["exit"], &last["code"], &last["profiles"]), (&3.into(), &"config".into(), &json!([])));
    let shown = world.run(&["keepalive", "status"]).succeeds();
    assert!(shown.stdout.contains(", exit 3 (config)\n"), "{}", shown.stdout);
}

#[test]
fn what_should_have_run_and_has_not_is_said() {
    let (vendor, mut world) = scene();
    vendor.expect_unused();
    let shim = Shim::build(&world);
    install(&world, &[]).succeeds();
    let hours = |world: &mut World, hours: i64| {
        shim.later(world, hours * 3_600);
        status(world)["overdue"] == true
    };
    assert!(!hours(&mut world, 2) && hours(&mut world, 4), "it never ran");
    world
        .run(&["keepalive", "status"])
        .succeeds()
        .says("warning: it has not run yet, though there should be a run each hour");
    world.run(&["refresh", "--all", "--due"]).succeeds();
    assert!(!hours(&mut world, 6) && hours(&mut world, 8));
    world
        .run(&["keepalive", "status"])
        .succeeds()
        .says("the last run was 4 h ago, though there should be one each hour");
    // Without a timer nobody expects a run.
    world.run(&["keepalive", "remove"]).succeeds();
    assert!(!hours(&mut world, 8));
}

#[test]
fn whatever_keeps_it_from_running_is_named() {
    let (vendor, mut world) = scene();
    vendor.expect_unused();
    let own = world.path().join("bin/tokcli");
    std::os::unix::fs::symlink(super::tokcli(), &own).expect("linked");
    install(&world, &["--program", &own.display().to_string()]).succeeds();
    let trouble = |world: &World, words: &str| {
        let status = status(world);
        let timer = &status["timers"][0];
        let told = timer["trouble"].to_string();
        assert!(timer["works"] == words.is_empty() && told.contains(words), "{words}: {timer}");
    };
    trouble(&world, "");
    fs::remove_file(&own).expect("removed");
    trouble(&world, "no longer exists; `tokcli keepalive install` names the new one");
    world.run(&["keepalive", "status"]).succeeds().says("no longer exists");
    install(&world, &[]).succeeds();
    trouble(&world, "");
    lacks(&world, "active");
    trouble(&world, "systemd does not run tokcli-keepalive.timer");
    let environment = fs::read(of_machine(&world, "environment")).expect("read");
    lacks(&world, "environment");
    trouble(&world, "does not answer");
    fs::write(of_machine(&world, "environment"), environment).expect("written");
    install(&world, &[]).succeeds();
    fs::remove_file(world.path().join(super::SERVICE)).expect("removed");
    trouble(&world, "one of its two units is missing");
    install(&world, &[]).succeeds();
    trouble(&world, "");
    // Another configuration has neither this timer nor its runs.
    world.run(&["refresh", "--all", "--due"]).succeeds();
    fs::copy(world.path().join("profiles.toml"), world.path().join("other.toml")).expect("copied");
    world.set("TOKCLI_CONFIG", &world.path().join("other.toml").display().to_string());
    trouble(&world, "it is for ");
    assert_eq!(status(&world)["last_run"], Value::Null);
}
