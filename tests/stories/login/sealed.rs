//! The answer of a login that nobody has read: it lies in the journal, or is printed as the last resort because nothing took
//! it. Whoever brings another token has to say that it may go.

use std::process::Stdio;

use serde_json::json;

use super::scene::{lives, logged_in, server, state, with_a_password, world};
use crate::moments::Moment;
use crate::sequence::wait_for;
use crate::stand_in::{Fault, StandIn};
use crate::world::{CANARY, On, World};

const PASSWORD: [&str; 4] = ["login", "--json", "--grant", "password"];
const PASSWORD_AGAIN: [&str; 5] = ["login", "--json", "--replace", "--grant", "password"];

fn place(store: On) -> (StandIn, World) {
    let vendor = server();
    let mut world = world(store, &vendor);
    with_a_password(&mut world, &vendor);
    (vendor, world)
}

/// What strace is to do at a moment of such a login, in a world where the next one is like it: from nothing, which is not the
/// first time, or over what is there.
fn inject(world: &World, words: &[&str], moment: Moment, fault: &str) -> String {
    let over = words.contains(&"--replace");
    let end = || {
        if !over {
            world.run(&["logout", "--local"]).succeeds();
        }
    };
    world.run(&PASSWORD).succeeds();
    end();
    let calls = world.calls(words);
    std::fs::remove_file(world.path().join("calls")).expect("the trace, with what was sent");
    end();
    moment.inject_into(&calls, fault)
}

/// A login that nothing could store: the disk is full from the answer on, and the keyring has gone away.
fn nowhere_to_go(store: On) -> (StandIn, World, String) {
    let (vendor, mut world) = place(store);
    let inject = inject(&world, &PASSWORD, Moment::Answer, "error=ENOSPC") + "+";
    let before = vendor.requests().len();
    let latch = vendor.hold(1);
    let mut command = world.injected(&inject, &[], &["login", "--grant", "password"]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.expect("strace is installed (`make test` installs it)");
    wait_for(|| vendor.requests().len() > before);
    world.keyring.iter_mut().for_each(crate::secret_service::SecretService::kill_daemon);
    latch.open();
    let output = child.wait_with_output().expect("it ends");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(7), "{}: {words}", store.word());
    assert!(output.stdout.is_empty() && !words.contains(CANARY), "{words}");
    world.keyring.iter_mut().for_each(crate::secret_service::SecretService::restart);
    (vendor, world, words)
}

#[test]
fn a_first_login_that_nothing_could_store_is_printed_and_taken_back() {
    for store in [On::File, On::Keyring] {
        let (vendor, world, words) = nowhere_to_go(store);
        assert!(words.contains("`tokcli recover --stdin --profile oauth2`"), "{words}");
        let sealed = words.lines().find_map(|line| line.strip_prefix("sealed: ")).expect("the sealed text");
        let token = vendor.current().access_token;
        let before = vendor.requests().len();
        world.run(&["token"]).exits(4).says_nothing_on_stdout();
        world.run_with(&["recover", "--stdin", "-p", "oauth2"], sealed).succeeds();
        world.run(&["token"]).succeeds().prints(&format!("{token}\n"));
        let again = world.run_with(&["recover", "--stdin", "-p", "oauth2"], sealed).succeeds();
        assert_eq!(again.stdout, "oauth2: the sealed credential is there already\n");
        assert_eq!(vendor.requests().len(), before, "nobody logged in again");
        lives(&world, &vendor);
        // What has been used since does not come back.
        world.run_with(&["recover", "--stdin", "-p", "oauth2"], sealed).exits(3);
    }
}

#[test]
fn a_printed_login_that_was_given_up_does_not_take_the_place_of_the_next() {
    let (vendor, world, words) = nowhere_to_go(On::File);
    let sealed = words.lines().find_map(|line| line.strip_prefix("sealed: ")).expect("the sealed text");
    logged_in(world.run(&PASSWORD), &vendor);
    world.run_with(&["recover", "--stdin", "-p", "oauth2"], sealed).exits(3);
    lives(&world, &vendor);
}

/// Two kinds: one that nobody has looked into, because whoever asked for it was killed, and one that nobody could read.
fn unread(killed: bool, over: bool) -> (StandIn, World) {
    let (vendor, world) = place(On::File);
    let words: &[&str] = if over { &PASSWORD_AGAIN } else { &PASSWORD };
    let kill = inject(&world, words, Moment::AnswerSynced, "signal=KILL");
    if killed {
        assert_eq!(world.run_injected(&kill, words).status.code(), None);
    } else {
        vendor.misbehave(Fault::edit(|answer| serde_json::json!({ "data": answer })));
        world.run(words).exits(8);
    }
    (vendor, world)
}

#[test]
fn an_import_over_an_unread_login_wants_to_be_told_so() {
    for (killed, over) in [(true, false), (true, true), (false, false), (false, true)] {
        let at = format!("killed {killed}, over {over}");
        let (vendor, world) = unread(killed, over);
        let newest = vendor.current().access_token;
        let brought = vendor.login();
        let before = vendor.requests().len();
        let error = world.run_with(&["import", "--json"], &brought.refresh_token).exits(3).error();
        assert_eq!(error["code"], "refused", "{at}");
        let hint = error["hint"].as_str().expect("a way out");
        assert!(hint.contains("--replace") && hint.contains("tokcli recover"), "{at}: {hint}");
        // What was there is there still.
        let token = world.run(&["token"]);
        match (killed, over) {
            (true, _) => drop(token.succeeds().prints(&format!("{newest}\n"))),
            (false, true) => drop(token.succeeds()),
            (false, false) => drop(token.exits(8)),
        }
        assert_eq!(vendor.requests().len(), before, "{at}");
        assert_eq!(vendor.sends_of(&brought.refresh_token), 0, "{at}");
    }
}

#[test]
fn an_import_that_replaces_an_unread_login_counts_alone() {
    for (killed, over) in [(true, false), (true, true), (false, false), (false, true)] {
        let at = format!("killed {killed}, over {over}");
        let (vendor, mut world) = unread(killed, over);
        let newest = vendor.current();
        let brought = vendor.login();
        world.run_with(&["import", "--replace"], &brought.refresh_token).succeeds();
        let token = world.run(&["token"]).succeeds().stdout;
        assert!(vendor.accepts(token.trim()) && token.trim() != newest.access_token, "{at}");
        assert_eq!(vendor.sends_of(&brought.refresh_token), 1, "{at}");
        // Nor does the answer come back once somebody could read it.
        if !killed {
            world.change("dialect = \"oauth2\"", "dialect = \"mended\"");
            world.add("[dialects.mended]\nextends = \"oauth2\"\nlogins.password = {}\n[dialects.mended.exchanges.password.answer]\naccess_token = \"/data/access_token\"\nrefresh_token = \"/data/refresh_token\"\n");
        }
        world.run(&["recover"]).succeeds();
        world.run(&["token"]).succeeds().prints(&token);
        assert_eq!(vendor.sends_of(&newest.refresh_token), 0, "{at}");
        assert_eq!(state(&world), "valid", "{at}");
        let live = world.run(&["refresh"]).succeeds().stdout;
        assert!(vendor.accepts(live.trim()), "{at}");
    }
}

#[test]
fn a_first_login_that_nobody_could_read_is_forgotten_when_somebody_logs_out() {
    for logout in [&["logout"][..], &["logout", "--local"], &["logout", "--all"]] {
        let (vendor, world) = unread(false, false);
        world.run(logout).succeeds().says("could not be read").says("if the vendor granted it");
        assert_eq!(world.run(&["status", "--json"]).succeeds().object()["profiles"][0]["unread"], json!([]));
        assert!(world.run(&["recover"]).succeeds().stdout.contains("nothing to recover"));
        world.run(&["logout"]).exits(4);
        logged_in(world.run(&PASSWORD), &vendor);
        lives(&world, &vendor);
    }
}

#[test]
fn a_first_login_whose_answer_was_lost_is_told_of_until_it_is_forgotten() {
    for logout in [&["logout"][..], &["logout", "--local"], &["logout", "--all"]] {
        let (vendor, world) = place(On::File);
        let kill = inject(&world, &PASSWORD, Moment::Answer, "signal=KILL");
        assert_eq!(world.run_injected(&kill, &PASSWORD).status.code(), None);
        let lost = "the answer to the login of 20";
        world.run(&["token"]).exits(4).says(lost);
        assert!(world.run(&["recover"]).succeeds().stdout.contains(lost));
        world.run(&["token"]).exits(4).says(lost);
        world.run(logout).succeeds().says("whose answer was lost").says("if the vendor granted it");
        for gone in [world.run(&["token"]), world.run(&["logout"])] {
            let gone = gone.exits(4);
            assert!(!gone.stderr.contains(lost), "{}", gone.stderr);
        }
        logged_in(world.run(&PASSWORD), &vendor);
        lives(&world, &vendor);
    }
}

#[test]
fn an_answer_that_is_too_long_is_said_to_be() {
    let (vendor, world) = place(On::File);
    vendor.misbehave(Fault::edit(|mut answer| {
        answer["refresh_token"] = json!("x".repeat(60_000));
        answer
    }));
    world.run(&PASSWORD).exits(8).says("longer than 48 KiB");
}
