//! Logins over what is there already: a credential that lives, one that died, one that nobody knows about, or that somebody
//! is just refreshing. Whatever goes wrong leaves it exactly as it was.

use nix::sys::signal::Signal;

use super::browser::{sent_to, visit};
use super::scene::{Waiting, lives, logged_in, server, state, with_a_password, world};
use crate::sequence::wait_for;
use crate::stand_in::{Consent, Fault, StandIn};
use crate::world::{Ended, On, World};

const CODE: [&str; 3] = ["--grant", "authorization_code", "--no-browser"];
const PASSWORD: [&str; 4] = ["login", "--json", "--grant", "password"];
const PASSWORD_AGAIN: [&str; 5] = ["login", "--json", "--replace", "--grant", "password"];
const REPLACE: [&str; 4] = ["--replace", "--grant", "authorization_code", "--no-browser"];

fn logged_in_before(store: On) -> (StandIn, World) {
    let vendor = server();
    let mut world = world(store, &vendor);
    with_a_password(&mut world, &vendor);
    logged_in(world.run(&PASSWORD), &vendor);
    (vendor, world)
}

#[test]
fn a_credential_that_lives_is_not_replaced_unasked() {
    for store in [On::File, On::Keyring] {
        let (vendor, world) = logged_in_before(store);
        let (before, token) = (vendor.requests().len(), world.run(&["token"]).succeeds());
        let error = world.run(&PASSWORD).exits(3).error();
        assert_eq!(error["code"], "refused");
        assert_eq!(
            world.run(&[&["login", "--json"], &CODE[..]].concat()).exits(3).error()["code"],
            "refused"
        );
        assert_eq!(vendor.requests().len(), before, "refused before anybody is sent anywhere");
        world.run(&["token"]).succeeds().prints(&token.stdout);
        let mut login = Waiting::of(&world, &REPLACE);
        login.visited().is(200);
        logged_in(login.ends(), &vendor);
        lives(&world, &vendor);
        let tokens = world.run(&["token"]).succeeds();
        assert_ne!(tokens.stdout, token.stdout);
    }
}

#[test]
fn a_credential_that_died_is_replaced_without_a_word() {
    let (vendor, world) = logged_in_before(On::File);
    vendor.expire_login();
    world.run(&["refresh"]).exits(4);
    assert_eq!(state(&world), "login_required");
    logged_in(world.run(&PASSWORD), &vendor);
    lives(&world, &vendor);
}

type Failing = dyn Fn(&StandIn, Waiting) -> Ended;

/// Ways in which a login fails after the browser was sent off.
fn failures() -> Vec<(&'static str, Box<Failing>)> {
    vec![
        (
            "denied",
            Box::new(|vendor, mut login| {
                vendor.visitors(&[Consent::Denied]);
                login.visited();
                login.ends().exits(4)
            }),
        ),
        (
            "interrupted",
            Box::new(|_, mut login| {
                sent_to(&login.address());
                login.dies_of(Signal::SIGINT)
            }),
        ),
        (
            "refused",
            Box::new(|vendor, mut login| {
                vendor.misbehave(Fault::json(400, r#"{"error":"invalid_grant"}"#));
                login.visited();
                login.ends().exits(4)
            }),
        ),
        (
            "unavailable",
            Box::new(|vendor, mut login| {
                vendor.misbehave(Fault::json(503, ""));
                login.visited();
                login.ends().exits(5)
            }),
        ),
        (
            "lost",
            Box::new(|vendor, mut login| {
                vendor.misbehave(Fault::spend_then(Fault::DropAfterRead));
                login.visited();
                login.ends().exits(8)
            }),
        ),
        (
            "broken",
            Box::new(|vendor, mut login| {
                vendor.misbehave(Fault::Truncate { at: 20 });
                login.visited();
                login.ends().exits(8)
            }),
        ),
        (
            "unreadable",
            Box::new(|vendor, mut login| {
                vendor.misbehave(Fault::spend_then(Fault::json(200, r#"{"tokens":"canary"}"#)));
                login.visited();
                login.ends().exits(8)
            }),
        ),
    ]
}

#[test]
fn a_login_that_fails_leaves_the_old_credential_as_it_was() {
    for store in [On::File, On::Keyring] {
        for (name, fails) in failures() {
            let (vendor, world) = logged_in_before(store);
            let old = vendor.current();
            let token = world.run(&["token"]).succeeds();
            fails(&vendor, Waiting::of(&world, &REPLACE));
            world.run(&["token"]).succeeds().prints(&token.stdout);
            // The stand-in gives each login a family of its own: the old one goes on.
            let refreshed = world.run(&["refresh"]).succeeds();
            assert!(vendor.accepts(refreshed.stdout.trim()), "{name}");
            assert_eq!(vendor.sends_of(&old.refresh_token), 1, "{name}");
            world.assert_nothing_in_the_clear();
        }
    }
}

#[test]
fn a_first_login_that_fails_leaves_nothing_that_stands_in_the_way() {
    for (name, fails) in failures() {
        let vendor = server();
        let world = world(On::File, &vendor);
        fails(&vendor, Waiting::of(&world, &CODE));
        let next = world.run(&["token"]);
        assert!(matches!(next.code, Some(4 | 8)), "{name}: {next:#?}");
        // An answer that lies unread is given up only if somebody says so.
        let words: &[&str] = if next.code == Some(8) { &REPLACE } else { &CODE };
        let mut login = Waiting::of(&world, words);
        login.visited().is(200);
        logged_in(login.ends(), &vendor);
        lives(&world, &vendor);
        let spent = if ["lost", "broken", "unreadable"].contains(&name) { 2 } else { 1 };
        assert_eq!(vendor.codes_spent(), spent, "{name}");
    }
}

#[test]
fn a_login_during_a_refresh_waits_and_the_newest_counts() {
    let (vendor, world) = logged_in_before(On::File);
    let latch = vendor.hold(1);
    let refresh = world.spawn(&["refresh"]);
    wait_for(|| vendor.requests_at("/token") == 2);
    let login = world.queue(&PASSWORD_AGAIN, "");
    assert_eq!(vendor.requests_at("/token"), 2, "one at a time");
    latch.open();
    assert!(refresh.wait_with_output().expect("it ends").status.success());
    assert!(login.wait_with_output().expect("it ends").status.success());
    lives(&world, &vendor);
}

/// Nobody is kept from refreshing because somebody sits in front of a browser.
#[test]
fn a_refresh_during_a_login_goes_on_and_the_login_has_its_turn() {
    let (vendor, world) = logged_in_before(On::File);
    let mut login = Waiting::of(&world, &REPLACE);
    let address = login.address();
    world.run(&["refresh"]).succeeds();
    let latch = vendor.hold(1);
    let refresh = world.spawn(&["refresh"]);
    wait_for(|| vendor.requests_at("/token") == 3);
    let tab = std::thread::spawn(move || visit(&address));
    wait_for(|| vendor.requests_at("/authorize") == 1);
    assert_eq!(vendor.requests_at("/token"), 3, "one at a time");
    latch.open();
    assert!(refresh.wait_with_output().expect("it ends").status.success());
    logged_in(login.ends(), &vendor);
    tab.join().expect("no panic").is(200);
    lives(&world, &vendor);
}

#[test]
fn a_refresh_that_nobody_knows_the_end_of_ends_with_a_login() {
    for store in [On::File, On::Keyring] {
        let (vendor, mut world) = logged_in_before(store);
        world.add("rotation = \"strict\"");
        vendor.misbehave(Fault::spend_then(Fault::DropAfterRead));
        world.run(&["refresh"]).exits(8);
        vendor.visitors(&[Consent::Denied]);
        let mut login = Waiting::of(&world, &REPLACE);
        login.visited();
        login.ends().exits(4);
        // As open as before.
        let next = world.run(&["refresh"]);
        assert!(matches!(next.code, Some(4 | 8)), "{next:#?}");
        let mut login = Waiting::of(&world, &REPLACE);
        login.visited().is(200);
        logged_in(login.ends(), &vendor);
        lives(&world, &vendor);
        vendor.expect_reuse();
    }
}
