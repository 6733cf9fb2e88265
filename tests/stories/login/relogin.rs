//! Logins by themselves at a vendor that does not say what it means, beside others, and where none is wanted.

use std::collections::BTreeSet;
use std::process::Output;
use std::time::Duration;

use serde_json::Value;

use super::scene::{lives, profile, server, state, with_a_password};
use super::unattended::{by_password, ended, many};
use crate::permits::Permit;
use crate::sequence::wait_for;
use crate::stand_in::{Fault, StandIn, USER};
use crate::world::{On, World};

fn passwords(vendor: &StandIn) -> usize {
    let requests = vendor.requests();
    requests.iter().filter(|seen| String::from_utf8_lossy(&seen.body).contains("password=")).count()
}

fn answer(status: u16, wait: Option<&str>, body: &str) -> Fault {
    let headers = wait.map(|wait| ("Retry-After".to_owned(), wait.to_owned())).into_iter().collect();
    Fault::Answer { status, headers, body: body.as_bytes().to_vec() }
}

/// The vendor has ended the login; the access token at hand has nearly all of its life before it.
fn refused(vendor: &StandIn) -> (World, String) {
    let world = by_password(On::File, vendor);
    world.import(vendor);
    let old = world.run(&["refresh"]).succeeds().stdout;
    vendor.expire_login();
    (world, old)
}

fn token(output: &Output) -> &str {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::str::from_utf8(&output.stdout).expect("text").trim()
}

#[test]
fn whatever_the_vendor_says_of_a_password_nobody_sends_it_again_and_again() {
    let _alone = Permit::of_a_crowd();
    let unclear = || answer(400, None, r#"{"error":"temporarily_unavailable"}"#);
    for (what, fault, waits) in [
        ("an unknown error", (|| answer(200, None, r#"{"error":"wrong_password"}"#)) as fn() -> Fault, false),
        ("nothing known", || answer(200, None, r#"{"result":"no"}"#), false),
        ("a page", || answer(200, None, "<html>no</html>"), false),
        ("a page of a proxy", || answer(502, None, "<html>no</html>"), false),
        ("another status", || answer(418, None, "{}"), false),
        ("a refusal for good", || answer(400, None, r#"{"error":"invalid_grant"}"#), false),
        ("no answer", || Fault::DropAfterRead, false),
        ("too many", || answer(429, None, "{}"), true),
        ("too many, later", || answer(429, Some("600"), "{}"), true),
        ("unwell", || answer(503, None, "{}"), true),
        ("unwell for now", unclear, true),
    ] {
        let vendor = server();
        let world = by_password(On::File, &vendor);
        (0..40).for_each(|_| vendor.misbehave(fault()));
        let first = world.run(&["token", "--json"]);
        assert!(matches!(first.code, Some(3 | 4 | 5 | 7 | 8)), "{what}: {first:#?}");
        let next = world.run(&["token", "--json"]).exits(if waits { 5 } else { 4 });
        let left = next.error()["retry_after"].as_u64();
        assert_eq!(left.is_some(), waits, "{what}: {next:#?}");
        assert!(left.is_none_or(|left| left > 50), "{what}: {next:#?}");
        for output in ended(many(&world, "token", 12)) {
            assert!(!output.status.success(), "{what}");
        }
        assert_eq!(passwords(&vendor), 1, "{what}");
        world.assert_nothing_in_the_clear();
    }
}

#[test]
fn a_refused_refresh_never_gives_the_old_token_for_a_new_one() {
    let vendor = server();
    let (world, old) = refused(&vendor);
    // Who wants no new one is not asked to log in.
    world.run(&["token"]).succeeds().prints(&old);
    assert_eq!(passwords(&vendor), 0);
    let new = world.run(&["refresh"]).succeeds().stdout;
    assert!(new != old && vendor.accepts(new.trim()));
    assert_eq!(passwords(&vendor), 1);
    lives(&world, &vendor);
    vendor.expire_login();
    let all = world.run(&["refresh", "--all", "--json"]).succeeds();
    assert!(all.stdout.contains("\"refreshed\"") && !all.stdout.contains("adopted"), "{}", all.stdout);
    assert_eq!(passwords(&vendor), 2);
    lives(&world, &vendor);
}

#[test]
fn where_a_login_by_itself_is_refused_too_a_demand_for_a_new_token_fails_and_a_person_is_told_once() {
    let vendor = server();
    let (mut world, old) = refused(&vendor);
    world.add("on_login_required = { command = [\"sh\", \"-c\", \"echo told >> told\"] }");
    world.set("LOGIN_PASSWORD", "wrong-canary");
    for command in [&["refresh"][..], &["refresh"], &["refresh", "--all", "--json"]] {
        let said = world.run(command).exits(4);
        assert!(!said.stdout.contains("adopted") && !said.stdout.contains(old.trim()), "{said:#?}");
    }
    // The demand decides, and this one is met.
    world.run(&["token"]).succeeds().prints(&old);
    assert_eq!(vendor.wrong_passwords(), 1);
    let told = world.path().join("told");
    wait_for(|| told.exists());
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(std::fs::read_to_string(&told).expect("it was told").lines().count(), 1);
    assert_eq!(state(&world), "login_required");
}

#[test]
fn all_who_come_while_somebody_logs_in_get_the_one_new_token() {
    let _alone = Permit::of_a_crowd();
    for (command, after_a_death) in [("token", false), ("refresh", true)] {
        let vendor = server();
        let world = if after_a_death { refused(&vendor).0 } else { by_password(On::File, &vendor) };
        if after_a_death {
            // The refresh is refused as it is, and the login's answer comes late.
            vendor.misbehave(answer(400, None, r#"{"error":"invalid_grant"}"#));
        }
        let latch = vendor.hold(1);
        let children = many(&world, command, 25);
        wait_for(|| passwords(&vendor) == 1);
        assert!(["none", "login_required"].contains(&state(&world).as_str()), "{}", state(&world));
        std::thread::sleep(Duration::from_millis(1_500));
        latch.open();
        let outputs = ended(children);
        let tokens: BTreeSet<&str> = outputs.iter().map(token).collect();
        assert_eq!((tokens.len(), passwords(&vendor)), (1, 1), "{command}");
        assert!(vendor.accepts(tokens.first().expect("one")));
        lives(&world, &vendor);
    }
}

/// A second profile of the same credential, which asks for something else.
fn with_a_second(world: &mut World, vendor: &StandIn) {
    let name = vendor.vendor().name();
    let second = profile(vendor, On::File).replace(&format!("[profiles.{name}]"), "[profiles.second]");
    world.add(&format!(
        "{second}account = \"{name}\"\nscope = \"mail\"\nusername = \"{USER}\"\n\
         password = {{ env = \"LOGIN_PASSWORD\" }}\nrelogin = true"
    ));
}

#[test]
fn several_profiles_of_one_account_share_one_login_by_itself() {
    for from_nothing in [true, false] {
        let vendor = server();
        let mut world = if from_nothing { by_password(On::File, &vendor) } else { refused(&vendor).0 };
        with_a_second(&mut world, &vendor);
        let all = world.run(&["refresh", "--all", "--json"]);
        for line in all.stdout.lines() {
            let line: Value = serde_json::from_str(line).expect("an object");
            assert!(line["error"].is_null(), "from nothing {from_nothing}: {line}");
        }
        assert_eq!(passwords(&vendor), 1, "from nothing: {from_nothing}: {}", all.stdout);
        let name = vendor.vendor().name();
        for profile in [name, "second"] {
            let token = world.run(&["token", "-p", profile]).succeeds();
            assert!(vendor.accepts(token.stdout.trim()), "{profile}");
        }
        assert_eq!(passwords(&vendor), 1, "from nothing: {from_nothing}");
        world.assert_nothing_in_the_clear();
    }
}

#[test]
fn nobody_logs_in_by_itself_where_nothing_is_to_be_sent() {
    let vendor = server();
    let world = by_password(On::File, &vendor);
    world.run(&["token", "--offline"]).exits(4);
    world.run(&["refresh", "--dry-run"]).succeeds();
    world.run(&["status", "--check"]).succeeds();
    assert_eq!((vendor.requests().len(), state(&world)), (0, "ready".to_owned()));
    let (world, _) = refused(&vendor);
    let before = vendor.requests().len();
    world.run(&["refresh", "--dry-run"]).succeeds();
    world.run(&["token", "--offline", "--min-ttl", "1s"]).succeeds();
    assert_eq!(vendor.requests().len(), before);
}

#[test]
fn a_login_by_itself_is_a_login_in_the_log() {
    let vendor = server();
    let mut world = World::on(On::File);
    world.add("log = true");
    world.give_secrets(&vendor);
    world.add(&profile(&vendor, On::File));
    with_a_password(&mut world, &vendor);
    world.add("relogin = true");
    world.run(&["token"]).succeeds();
    vendor.expire_login();
    world.run(&["refresh"]).succeeds();
    world.run(&["refresh"]).succeeds();
    let text = std::fs::read_to_string(world.state().join("log")).expect("there");
    let events: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("an object")["event"].to_string())
        .filter(|event| event != "\"issued\"")
        .collect();
    assert_eq!(events, ["\"login\"", "\"login\"", "\"refreshed\""]);
    world.assert_nothing_in_the_clear();
}
