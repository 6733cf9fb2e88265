//! Several runs at once for one profile, one of which logs in: each gets what it asked for or is told why not, one at a time,
//! and the newest login counts.

use std::process::{Child, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde_json::Value;

use super::scene::{Waiting, lives, logged_in, server, state, with_a_password, world};
use crate::sequence::wait_for;
use crate::stand_in::{Fault, Gate, Latch, StandIn};
use crate::world::{Ended, On, World};

const PASSWORD: [&str; 4] = ["login", "--json", "--grant", "password"];
const PASSWORD_AGAIN: [&str; 5] = ["login", "--json", "--replace", "--grant", "password"];
const CODE: [&str; 3] = ["--grant", "authorization_code", "--no-browser"];

fn place(store: On, logged_in_before: bool) -> (StandIn, World) {
    let vendor = server();
    let mut world = world(store, &vendor);
    with_a_password(&mut world, &vendor);
    if logged_in_before {
        logged_in(world.run(&PASSWORD), &vendor);
    }
    (vendor, world)
}

/// Its request has been decided, and its answer waits for the latch.
fn asks(world: &World, vendor: &StandIn, words: &[&str]) -> (Child, Latch) {
    let before = vendor.requests().len();
    let path = if words[0] == "logout" { "/revoke" } else { "/token" };
    let (gate, latch) = Gate::shut();
    vendor.misbehave_at(path, Fault::Held(gate));
    let child = world.spawn(words);
    wait_for(|| vendor.requests().len() > before);
    (child, latch)
}

fn ended(child: Child, words: &[&str]) -> Ended {
    let output: Output = child.wait_with_output().expect("it ends");
    Ended::of(&words.join(" "), output, Instant::now())
}

/// `token` again and again, beside logins.
fn tokens_beside_logins(store: On, calls: usize) {
    let (vendor, world) = place(store, true);
    let (old, all_done) = (vendor.current().access_token, AtomicBool::new(false));
    std::thread::scope(|scope| {
        let looks = scope.spawn(|| {
            let (mut seen, mut count) = (Vec::new(), 0);
            while count < calls || !all_done.load(Ordering::Relaxed) {
                let token = world.run(&["token"]).succeeds().stdout.trim().to_owned();
                assert!(vendor.accepts(&token), "after {count} calls");
                if seen.last() != Some(&token) {
                    seen.push(token);
                }
                count += 1;
            }
            seen
        });
        let mut logins = vec![old];
        for _ in 0..3 {
            world.run(&PASSWORD_AGAIN).succeeds();
            logins.push(vendor.current().access_token);
        }
        all_done.store(true, Ordering::Relaxed);
        let seen = looks.join().expect("no panic");
        // Never one of before after a newer one.
        let mut rest = logins.iter();
        assert!(seen.iter().all(|token| rest.any(|login| login == token)), "back to an older login");
        assert!(seen.len() > 1, "logins happened beside them");
    });
    lives(&world, &vendor);
}

#[test]
fn a_hundred_calls_beside_logins_each_get_a_token() {
    tokens_beside_logins(On::File, 100);
}

#[test]
fn calls_beside_logins_on_the_keyring_each_get_a_token() {
    tokens_beside_logins(On::Keyring, 25);
}

#[test]
fn of_two_first_logins_at_once_one_is_told_that_the_other_was_faster() {
    for store in [On::File, On::Keyring] {
        let (vendor, world) = place(store, false);
        let (first, latch) = asks(&world, &vendor, &PASSWORD);
        let second = world.queue(&PASSWORD, "");
        assert_eq!(vendor.requests_at("/token"), 1, "one at a time");
        latch.open();
        logged_in(ended(first, &PASSWORD), &vendor);
        let error = ended(second, &PASSWORD).exits(3).error();
        assert_eq!(error["code"], "refused");
        assert_eq!((vendor.requests_at("/token"), vendor.live_logins()), (1, 1));
        lives(&world, &vendor);
    }
}

#[test]
fn of_two_logins_at_once_that_replace_what_is_there_the_later_counts() {
    let (vendor, world) = place(On::File, true);
    let (first, latch) = asks(&world, &vendor, &PASSWORD_AGAIN);
    let second = world.queue(&PASSWORD_AGAIN, "");
    assert_eq!(vendor.requests_at("/token"), 2, "one at a time");
    latch.open();
    ended(first, &PASSWORD_AGAIN).succeeds();
    logged_in(ended(second, &PASSWORD_AGAIN), &vendor);
    assert_eq!(vendor.requests_at("/token"), 3);
    lives(&world, &vendor);
}

/// Two windows, two browsers, and each may be the one that somebody goes on with.
#[test]
fn of_two_browsers_at_once_the_second_spends_nothing() {
    let (vendor, world) = place(On::File, false);
    let (mut one, mut other) = (Waiting::of(&world, &CODE), Waiting::of(&world, &CODE));
    assert_ne!(one.redirect().port(), other.redirect().port());
    other.visited().is(200);
    logged_in(other.ends(), &vendor);
    assert!(one.still_waits());
    let page = one.visited();
    assert!(page.body.contains("Not logged in"), "{page:?}");
    assert_eq!(one.ends().exits(3).error()["code"], "refused");
    assert_eq!((vendor.codes_spent(), vendor.live_logins()), (1, 1));
    lives(&world, &vendor);
}

#[test]
fn a_logout_during_a_login_ends_what_came_of_it() {
    for over in [false, true] {
        let (vendor, world) = place(On::File, over);
        let (login, latch) = asks(&world, &vendor, &PASSWORD_AGAIN);
        let new = vendor.current();
        let logout = world.queue(&["logout"], "");
        assert_eq!(vendor.requests_at("/revoke"), 0, "one at a time");
        latch.open();
        ended(login, &PASSWORD_AGAIN).succeeds();
        ended(logout, &["logout"]).succeeds();
        assert_eq!(vendor.revoked()[0], new.refresh_token, "over {over}");
        assert!(!vendor.accepts(&new.access_token), "over {over}");
        assert_eq!(state(&world), "none");
        world.run(&["token"]).exits(4);
        // And nothing of it comes back.
        world.run(&["recover"]).succeeds();
        world.run(&["token"]).exits(4);
        logged_in(world.run(&PASSWORD), &vendor);
        lives(&world, &vendor);
    }
}

#[test]
fn a_login_during_a_logout_begins_where_that_has_ended() {
    for store in [On::File, On::Keyring] {
        let (vendor, world) = place(store, true);
        let old = vendor.current();
        let (logout, latch) = asks(&world, &vendor, &["logout"]);
        let login = world.queue(&PASSWORD, "");
        assert_eq!(vendor.requests_at("/token"), 1, "one at a time");
        latch.open();
        ended(logout, &["logout"]).succeeds();
        logged_in(ended(login, &PASSWORD), &vendor);
        assert!(!vendor.accepts(&old.access_token) && vendor.live_logins() == 1);
        lives(&world, &vendor);
    }
}

/// What `refresh --all --json` says of the only profile.
fn outcome(ended: &Ended) -> String {
    let lines: Vec<Value> =
        ended.stdout.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let own = lines.iter().find(|line| line["profile"] == "oauth2").expect("the profile");
    assert!(own["error"].is_null(), "{own}");
    own["outcome"].as_str().expect("text").to_owned()
}

#[test]
fn a_login_during_a_refresh_of_all_is_the_newest() {
    let all = ["refresh", "--all", "--json"];
    let (vendor, world) = place(On::File, true);
    let (refresh, latch) = asks(&world, &vendor, &all);
    let login = world.queue(&PASSWORD_AGAIN, "");
    assert_eq!(vendor.requests_at("/token"), 2, "one at a time");
    latch.open();
    assert_eq!(outcome(&ended(refresh, &all).succeeds()), "refreshed");
    logged_in(ended(login, &PASSWORD_AGAIN), &vendor);
    lives(&world, &vendor);
    assert!(vendor.reused().is_empty());
}

#[test]
fn a_refresh_of_all_during_a_login_goes_on_from_the_new_one() {
    let all = ["refresh", "--all", "--json"];
    for over in [false, true] {
        let (vendor, world) = place(On::File, over);
        let (login, latch) = asks(&world, &vendor, &PASSWORD_AGAIN);
        let new = vendor.current();
        let refresh = world.queue(&all, "");
        let before = vendor.requests_at("/token");
        latch.open();
        ended(login, &PASSWORD_AGAIN).succeeds();
        let said = outcome(&ended(refresh, &all).succeeds());
        // Whoever waited for the login takes its token, or renews it; what was there before is left alone.
        let sent = vendor.sends_of(&new.refresh_token);
        assert!((said == "refreshed" && sent == 1) || (said == "adopted" && sent == 0), "{said}, {sent}");
        assert_eq!(vendor.requests_at("/token") - before, sent, "over {over}");
        let token = world.run(&["token"]).succeeds().stdout;
        assert_eq!(token.trim(), vendor.current().access_token);
        assert!(vendor.reused().is_empty());
    }
}
