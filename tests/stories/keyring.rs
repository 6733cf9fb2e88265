//! The keyring store on a real Secret Service, well and ill.

use std::fs;

use crate::stand_in::{StandIn, Vendor};
use crate::world::{On, World};

#[test]
fn a_credential_is_one_line_of_printable_ascii() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    world.run(&["token"]).succeeds();
    let item = world.service().lookup("fbox");
    assert!(item.status.success());
    let line = String::from_utf8(item.stdout).expect("ASCII");
    assert!(line.bytes().all(|b| (0x20..0x7f).contains(&b)), "{}", line.len());
    assert!(line.contains(&vendor.current().refresh_token), "the credential's home is the keyring");
}

#[test]
fn f33_a_locked_keyring_is_exit_6_at_once_and_nothing_is_sent() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    world.run(&["token"]).succeeds();
    world.service().lock();
    for command in [&["token"][..], &["refresh"], &["token", "--offline"]] {
        let ended = world.run(command).exits(6).says("locked").says("hint: ");
        assert!(ended.seconds < 3.0, "{} s", ended.seconds);
    }
    assert_eq!(world.run(&["token", "--json"]).exits(6).error()["code"], "store_locked");
    world.run_with(&["import", "--replace"], &vendor.login().refresh_token).exits(6);
    let status = world.run(&["status", "--json"]).succeeds().object();
    assert_eq!(status["profiles"][0]["state"], "unreadable");
    assert_eq!(vendor.requests().len(), 1);
    world.assert_nothing_in_the_clear();
}

#[test]
fn f39_without_a_bus_it_is_exit_6_with_a_hint_and_nothing_is_written() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let mut world = World::on(On::Keyring);
    world.profile(&vendor);
    let missing = world.path().join("no-bus").display().to_string();
    for address in ["", &format!("unix:path={missing}"), "nonsense"] {
        world.set("DBUS_SESSION_BUS_ADDRESS", address);
        for (command, input) in [(&["import"][..], "rt-canary-1"), (&["token"], ""), (&["refresh"], "")] {
            let ended = world.run_with(command, input).exits(6).says("hint: ").says("store = \"file\"");
            assert!(ended.seconds < 3.0, "{} s", ended.seconds);
        }
    }
    world.assert_nothing_in_the_clear();
    let state = fs::read_dir(world.state().join("journal")).expect("made").count();
    assert_eq!(state, 0, "no journal without a key");
}

#[test]
fn f38_a_dead_a_stopped_and_an_absent_daemon_are_exit_6_in_time() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::Keyring, &vendor);
    world.run(&["token"]).succeeds();
    world.service().stop_daemon();
    let stopped = world.run(&["refresh"]).exits(6);
    assert!((1.0..4.0).contains(&stopped.seconds), "{} s", stopped.seconds);
    world.keyring.as_mut().expect("keyring").kill_daemon();
    let dead = world.run(&["refresh"]).exits(6).says("no program offers a keyring");
    assert!(dead.seconds < 3.0);
    world.service().stop_bus();
    let stopped = world.run(&["refresh"]).exits(6).says("did not answer within 3 s");
    assert!(stopped.seconds < 4.0, "{} s", stopped.seconds);
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn an_item_that_vanished_is_no_proof_of_absence() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    world.run(&["token"]).succeeds();
    assert!(
        world.service().secret_tool(&["clear", "service", "tokcli", "username", "fbox"], "").status.success()
    );
    let before = world.journal();
    for command in [&["token"][..], &["refresh"], &["import", "--replace"], &["logout", "--local"]] {
        world.run_with(command, "rt-canary-new").exits(6).says("its sealed journal is here");
    }
    assert_eq!(world.journal(), before, "nothing was written");
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn a_keyring_that_fell_behind_is_pushed_forward() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    world.run(&["refresh"]).succeeds();
    let old = world.service().lookup("fbox").stdout;
    let token = world.run(&["refresh"]).succeeds();
    // As after a daemon that acknowledged a write and died before saving it.
    world.service().overwrite("fbox", old);
    world.run(&["token"]).succeeds().prints(&token.stdout);
    assert_eq!(vendor.requests().len(), 2, "the journal had it: no request");
    assert!(
        String::from_utf8_lossy(&world.service().lookup("fbox").stdout)
            .contains(&vendor.current().refresh_token)
    );
    world.run(&["recover"]).succeeds().prints("fbox: journal and store agree\n");
}

#[test]
fn a_lost_journal_is_made_anew_from_the_keyring() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    let token = world.run(&["token"]).succeeds();
    fs::remove_dir_all(world.state()).expect("removed");
    world.run(&["token"]).succeeds().prints(&token.stdout);
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 2);
}
