//! One contract, wherever a login is kept: the same stories are told of every kind of store, each in a place of its own.

mod place;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Child;

use serde_json::{Value, json};

use crate::fleet::machine::{ended, spawn};
use crate::fleet::vault::{Cluster, Vault};
use crate::moments::Moment;
use crate::sequence::wait_for;
use place::{Engine, Kind, Place};

type Story = fn(&mut Place<'_>);

const CLOSED: &str = "a token at hand is printed while the store is closed";
const REFUSED: &str = "what the store refuses is printed, and written later";
const ELSEWHERE: &str = "another machine goes on where this one was";

const STORIES: [(&str, Story); 11] = [
    ("what is imported gives tokens", what_is_imported_gives_tokens),
    ("a token at hand asks nobody", a_token_at_hand_asks_nobody),
    (CLOSED, a_token_at_hand_is_printed_while_the_store_is_closed),
    ("each refresh presents what the last one got", each_refresh_presents_what_the_last_one_got),
    ("many at expiry make one request", many_at_expiry_make_one_request),
    ("whoever is killed behind the answer loses nothing", whoever_is_killed_behind_the_answer_loses_nothing),
    (REFUSED, what_the_store_refuses_is_printed_and_written_later),
    ("a login that is dead is asked about once", a_login_that_is_dead_is_asked_about_once),
    ("who logged out logs in again", who_logged_out_logs_in_again),
    ("two profiles leave each other alone", two_profiles_leave_each_other_alone),
    (ELSEWHERE, another_machine_goes_on_where_this_one_was),
];

/// Stories that would mean nothing of a kind of store, and why.
const UNTOLD: [(Kind, &str, &str); 4] = [
    (Kind::File, CLOSED, "the store is the journal, which is read for the token at hand"),
    (
        Kind::File,
        REFUSED,
        "the store is the journal: what that refuses nobody has, and it leaves as sealed text",
    ),
    (Kind::File, ELSEWHERE, "the login is on one disk: another machine is another kind of store"),
    (Kind::Remote, REFUSED, "what is kept here is a copy: the answer is written where the owner's store is"),
];

/// All that fails is told, not the first alone.
fn told_of(kind: Kind, engine: &Engine) {
    let told = STORIES
        .iter()
        .filter(|(name, _)| !UNTOLD.iter().any(|(of, untold, _)| (*of, *untold) == (kind, *name)));
    let fails = |(_, story): &&(&str, Story)| {
        let told = || {
            let mut place = Place::fresh(kind, engine);
            story(&mut place);
            assert_eq!(place.vendor.reused(), Vec::<String>::new());
            place.here.assert_nothing_in_the_clear();
            place.holder().assert_nothing_in_the_clear();
        };
        catch_unwind(AssertUnwindSafe(told)).is_err()
    };
    let failed: Vec<&str> = told.filter(fails).map(|(name, _)| *name).collect();
    assert_eq!(failed, Vec::<&str>::new(), "{kind:?}");
}

#[test]
fn the_contract_holds_in_files() {
    told_of(Kind::File, &Engine::None);
}

#[test]
fn the_contract_holds_in_a_keyring() {
    told_of(Kind::Keyring, &Engine::None);
}

#[test]
fn the_contract_holds_by_commands() {
    told_of(Kind::Command, &Engine::None);
}

#[test]
fn the_contract_holds_with_an_owner() {
    told_of(Kind::Remote, &Engine::None);
}

#[test]
fn the_contract_holds_in_a_vault() {
    told_of(Kind::Vault, &Engine::One(Vault::start()));
}

#[test]
fn the_contract_holds_in_a_vault_of_three_nodes() {
    told_of(Kind::Vault, &Engine::Three(Cluster::start()));
}

fn what_is_imported_gives_tokens(place: &mut Place<'_>) {
    let error = place.here.run(&["token", "-p", "w", "--json"]).exits(4).error();
    assert_eq!(error["code"], "no_credential");
    // Of an owner it is known what was said last.
    let (before, after) = match place.kind {
        Kind::Remote => ("none", "none"),
        _ => ("none", "ready"),
    };
    assert_eq!(fares(place, "w"), before);
    place.import("w");
    assert_eq!(fares(place, "w"), after);
    place.here.run(&["token", "-p", "w"]).succeeds().prints(&place.newest());
    assert_eq!((fares(place, "w"), place.requests()), (json!("valid"), 1));
    // It is not replaced by the way.
    let (token, other) = (place.newest(), place.vendor.login().refresh_token);
    place.here.run_with(&["import", "-p", "w"], &other).exits(3);
    place.here.run(&["token", "-p", "w"]).succeeds().prints(&token);
}

/// In the words of `status`, which names the store.
fn fares(place: &Place<'_>, profile: &str) -> Value {
    let told = place.here.run(&["status", "--json"]).succeeds().object();
    let profiles = told["profiles"].as_array().expect("a list");
    let one = profiles.iter().find(|one| one["profile"] == profile).expect("it is told");
    assert_eq!(one["store"], "s", "{one}");
    one["state"].clone()
}

fn a_token_at_hand_asks_nobody(place: &mut Place<'_>) {
    place.import("w");
    let token = place.here.run(&["token", "-p", "w"]).succeeds().stdout;
    for _ in 0..3 {
        place.here.run(&["token", "-p", "w"]).succeeds().prints(&token).keeps_stderr_empty();
    }
    place.here.run(&["token", "-p", "w", "--offline"]).succeeds().prints(&token);
    assert_eq!(place.requests(), 1);
}

fn a_token_at_hand_is_printed_while_the_store_is_closed(place: &mut Place<'_>) {
    place.import("w");
    let token = place.here.run(&["token", "-p", "w"]).succeeds().stdout;
    place.close();
    place.here.run(&["token", "-p", "w"]).succeeds().prints(&token);
    // What could not be kept is not asked for.
    let refused = place.here.run(&["refresh", "-p", "w"]);
    assert!(matches!(refused.code, Some(5 | 6)), "{refused:?}");
    assert_eq!(place.requests(), 1);
    place.open();
    place.here.run(&["refresh", "-p", "w"]).succeeds().prints(&place.newest());
}

fn each_refresh_presents_what_the_last_one_got(place: &mut Place<'_>) {
    place.import("w");
    let refresh = |_| place.here.run(&["refresh", "-p", "w"]).succeeds().keeps_stderr_empty().stdout;
    let tokens: BTreeSet<String> = (0..4).map(refresh).collect();
    assert_eq!((tokens.len(), place.requests()), (4, 4));
    place.here.run(&["token", "-p", "w"]).succeeds().prints(&place.newest());
    assert_eq!(place.requests(), 4);
}

fn many_at_expiry_make_one_request(place: &mut Place<'_>) {
    let login = place.vendor.login().answer.to_string();
    let ago = ["import", "-p", "w", "--answer", "--obtained-at", "2001-01-01T00:00:00Z"];
    place.holder().run_with(&ago, &login).succeeds();
    let latch = place.vendor.hold(1);
    let token = ["token", "-p", "w"];
    let callers: Vec<Child> = (0..20).map(|_| spawn(place.here.command(&token))).collect();
    wait_for(|| place.requests() == 1);
    latch.open();
    for caller in callers {
        ended(&token, caller).succeeds().prints(&place.newest());
    }
    assert_eq!(place.requests(), 1);
}

fn whoever_is_killed_behind_the_answer_loses_nothing(place: &mut Place<'_>) {
    place.import("w");
    let refresh = ["refresh", "-p", "w"];
    let calls = place.holder().calls(&refresh);
    fs::remove_file(place.holder().path().join("calls")).expect("the trace, which tells all");
    let killed =
        place.holder().run_injected(&Moment::AnswerSynced.inject_into(&calls, "signal=KILL"), &refresh);
    assert!(!killed.status.success() && killed.stdout.is_empty(), "{killed:?}");
    assert_eq!(place.requests(), 2);
    place.here.run(&["token", "-p", "w"]).succeeds().prints(&place.newest());
    place.here.run(&refresh).succeeds().keeps_stderr_empty().prints(&place.newest());
    assert_eq!(place.requests(), 3);
}

fn what_the_store_refuses_is_printed_and_written_later(place: &mut Place<'_>) {
    place.import("w");
    let latch = place.vendor.hold(1);
    let refresh = ["refresh", "-p", "w"];
    let child = spawn(place.here.command(&refresh));
    wait_for(|| place.requests() == 1);
    place.close();
    latch.open();
    ended(&refresh, child).succeeds().prints(&place.newest()).says("is safe, but not everywhere it belongs");
    place.open();
    place.here.run(&["recover", "-p", "w"]).succeeds();
    // Who knows the store alone finds it there.
    place.another().run(&["token", "-p", "w"]).succeeds().prints(&place.newest()).keeps_stderr_empty();
    place.here.run(&refresh).succeeds().keeps_stderr_empty();
    assert_eq!(place.requests(), 2);
}

fn a_login_that_is_dead_is_asked_about_once(place: &mut Place<'_>) {
    place.import("w");
    place.vendor.expire_login();
    for _ in 0..2 {
        let error = place.here.run(&["token", "-p", "w", "--json"]).exits(4).error();
        assert_eq!(error["code"], "login_required");
    }
    assert_eq!(place.requests(), 1);
    let token = place.vendor.login().refresh_token;
    place.holder().run_with(&["import", "-p", "w", "--replace"], &token).succeeds();
    place.here.run(&["token", "-p", "w"]).succeeds().prints(&place.newest());
}

fn who_logged_out_logs_in_again(place: &mut Place<'_>) {
    place.import("w");
    place.here.run(&["token", "-p", "w"]).succeeds();
    // Of another machine's login only the copy would be forgotten.
    let owner: &[&str] = if place.kind == Kind::Remote { &["--owner"] } else { &[] };
    place.here.run(&[&["logout", "-p", "w"], owner].concat()).succeeds();
    for _ in 0..2 {
        let error = place.here.run(&["token", "-p", "w", "--json"]).exits(4).error();
        assert_eq!(error["code"], "no_credential");
    }
    assert_eq!(place.requests(), 1);
    place.import("w");
    place.here.run(&["token", "-p", "w"]).succeeds().prints(&place.newest());
}

fn two_profiles_leave_each_other_alone(place: &mut Place<'_>) {
    place.import("w");
    place.import("x");
    let token = |profile: &str| place.here.run(&["token", "-p", profile]).succeeds().stdout;
    let (w, x) = (token("w"), token("x"));
    assert_ne!(w, x);
    let newer = place.here.run(&["refresh", "-p", "w"]).succeeds().stdout;
    assert_eq!((token("w") == newer, token("x") == x), (true, true));
    place.holder().run(&["logout", "-p", "w"]).succeeds();
    place.here.run(&["refresh", "-p", "w"]).exits(4);
    place.here.run(&["refresh", "-p", "x"]).succeeds().prints(&place.newest());
}

fn another_machine_goes_on_where_this_one_was(place: &mut Place<'_>) {
    place.import("w");
    let there = place.another();
    let refresh = ["refresh", "-p", "w"];
    place.here.run(&refresh).succeeds();
    there.run(&["token", "-p", "w"]).succeeds().prints(&place.newest()).keeps_stderr_empty();
    assert_eq!(place.requests(), 1);
    for machine in [&there, &there, &place.here, &there, &place.here] {
        machine.run(&refresh).succeeds().keeps_stderr_empty().prints(&place.newest());
    }
    assert_eq!(place.requests(), 6);
    there.assert_nothing_in_the_clear();
}
