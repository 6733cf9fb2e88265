//! What an owner says that is not as it should be: another machine may say anything.

use serde_json::{Value, json};

use super::pair::Owner;
use crate::stand_in::{StandIn, Vendor};

fn place(vendor: &StandIn) -> Value {
    json!({ "origins": [vendor.origin()], "client_id": vendor.client_id(), "issuer": null })
}

fn lent(vendor: &StandIn, age_ms: u64, expires_in_ms: u64) -> Value {
    let lent = json!({
        "access_token": "at-made-up", "token_type": "Bearer", "scope": null,
        "age_ms": age_ms, "expires_in_ms": expires_in_ms,
    });
    json!({ "token": { "binding": place(vendor), "lent": lent, "refreshed": true, "who": null } })
}

fn fares(vendor: &StandIn, state: &str, who: &str) -> Value {
    json!({ "status": {
        "binding": place(vendor), "state": state, "needs_person": false, "who": who, "trouble": null,
        "expires_in": 600, "refresh_expires_in": null, "dies_in": null,
    } })
}

#[test]
fn a_token_that_is_over_when_it_comes_is_given_to_nobody() {
    let vendor = StandIn::start(Vendor::OAuth2);
    vendor.expect_unused();
    let owner = Owner::of(&vendor);
    for (left, first) in [(0, ""), (1_000, "sleep 2")] {
        let here = owner.caller(&vendor);
        owner.answers(&lent(&vendor, 0, left), first);
        for command in ["token", "refresh"] {
            let error = here.run(&[command, "--json"]).exits(5).error();
            assert_eq!(error["code"], "unavailable", "{error}");
            assert!(error["message"].as_str().is_some_and(|said| said.ends_with("expired when it came")));
        }
        // Nor is it kept.
        here.run(&["token", "--offline"]).exits(3);
    }
    // What is here serves as long as it can.
    let here = owner.caller(&vendor);
    owner.answers(&lent(&vendor, 0, 120_000), "");
    here.run(&["token"]).succeeds().prints("at-made-up\n").keeps_stderr_empty();
    owner.answers(&lent(&vendor, 120_000, 0), "");
    let served = here.run(&["token", "--min-ttl", "119s"]).succeeds();
    served.prints("at-made-up\n");
}

/// As one of another version might: what is kept here stays as it was.
#[test]
fn an_answer_to_something_that_was_not_asked_is_the_owners_fault_and_is_not_kept() {
    let vendor = StandIn::start(Vendor::OAuth2);
    vendor.expect_unused();
    let owner = Owner::of(&vendor);
    let mut empty = lent(&vendor, 0, 120_000);
    empty["token"]["lent"]["access_token"] = json!("");
    for (said, command) in [
        (&empty, "token"),
        (&fares(&vendor, "valid", "ann"), "token"),
        (&lent(&vendor, 0, 120_000), "logout"),
    ] {
        let here = owner.caller(&vendor);
        owner.answers(said, "");
        let arguments: &[&str] = if command == "logout" { &["logout", "--owner"] } else { &[command] };
        let error = here.run(&[arguments, &["--json"]].concat()).exits(6).error();
        assert_eq!(error["code"], "store_damaged", "{error}");
        assert_eq!(error["hint"], "install the same version of tokcli on both machines", "{error}");
        here.run(&["token", "--offline"]).exits(3);
    }
}

#[test]
fn a_token_that_lives_shorter_than_was_asked_for_is_not_without_a_word() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let owner = Owner::of(&vendor);
    let of = |said: &Value, arguments: &[&str]| {
        owner.answers(said, "");
        let here = owner.caller(&vendor);
        here.run(&[&["token"], arguments].concat()).succeeds().prints("at-made-up\n")
    };
    let asked: &[&str] = &["--min-ttl", "5m"];
    of(&lent(&vendor, 0, 120_000), asked).says("the minimum TTL is cut to half of the token's life, 60 s");
    of(&lent(&vendor, 100_000, 20_000), asked).says(" s, sooner than was asked for");
    of(&lent(&vendor, 100_000, 20_000), &[]).keeps_stderr_empty();
    of(&lent(&vendor, 0, 3_600_000), asked).keeps_stderr_empty();
    // An owner that says so itself is not repeated.
    owner.lets("exec \"$@\"");
    owner.world.run(&["token"]).succeeds();
    let cut = owner.caller(&vendor).run(&["token", "--min-ttl", "50m"]).succeeds();
    assert_eq!(cut.stderr.matches("is cut to half").count(), 1, "{cut:?}");
}

#[test]
fn words_of_an_owner_command_no_terminal_and_end_somewhere() {
    let vendor = StandIn::start(Vendor::OAuth2);
    vendor.expect_unused();
    let owner = Owner::of(&vendor);
    let long = "evil \u{1b}[2J".repeat(1_000);
    let error = |sealed: &str| {
        json!({
            "error": {
                "code": "rate_limited", "exit": 5, "message": long, "hint": long,
                "retry_after": u64::MAX, "sealed": sealed,
            },
        })
    };
    for (sealed, shown) in [("AbC+/9==", true), ("\u{1b}]0;evil\u{7}", false), ("a\nb", false), ("", false)] {
        owner.answers(&error(sealed), "");
        // Otherwise the wait binds, and nobody is asked.
        let here = owner.caller(&vendor);
        let failed = here.run(&["refresh"]).exits(5);
        assert!(!failed.stderr.contains(['\u{1b}', '\u{7}']) && failed.stderr.len() < 5_000, "{failed:?}");
        assert_eq!(failed.stderr.contains("sealed: "), shown, "{failed:?}");
    }
    let here = owner.caller(&vendor);
    // Nobody is kept away for ever.
    let told = here.run(&["token", "--json"]).exits(5).error();
    assert_eq!(told["retry_after"], 86_400);
    let here = owner.caller(&vendor);
    let mut said = lent(&vendor, 0, 600_000);
    said["warnings"] = json!((0..30).map(|at| format!("{at} {long}")).collect::<Vec<_>>());
    said["token"]["who"] = json!(long);
    owner.answers(&said, "");
    let served = here.run(&["token"]).succeeds();
    assert!(served.stderr.contains("evil") && served.stderr.len() < 12_000, "{}", served.stderr.len());
    let status = here.run(&["status"]).succeeds();
    assert!(status.stdout.contains("evil") && status.stdout.len() < 1_000, "{status:?}");
}

#[test]
fn a_name_does_not_break_the_table() {
    let vendor = StandIn::start(Vendor::OAuth2);
    vendor.expect_unused();
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    let lines = here.run(&["status"]).succeeds().stdout.lines().count();
    owner.answers(&fares(&vendor, "valid", "jane\nother  oauth2  box  valid\u{1b}[1m"), "");
    let shown = here.run(&["status", "--owner"]).succeeds().stdout;
    assert!(shown.contains("jane\\u{a}other") && !shown.contains('\u{1b}'), "{shown}");
    assert_eq!(shown.lines().count(), lines, "{shown}");
}

#[test]
fn what_the_owner_says_stands_in_the_line() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    here.run(&["token"]).succeeds();
    let line = |arguments: &[&str]| {
        here.run(&[&["status", "--json"], arguments].concat()).succeeds().object()["profiles"][0].clone()
    };
    for state in ["uncertain", "ready", "expired", "client_rejected", "unreadable", "valid"] {
        owner.answers(&fares(&vendor, state, "jane"), "");
        assert_eq!(line(&["--owner"])["state"], state);
        assert_eq!(line(&[])["state"], "valid", "what is known here");
    }
    // A word of a later version says nothing here.
    owner.answers(&fares(&vendor, "asleep", "jane"), "");
    assert_eq!(line(&["--owner"])["state"], "valid");
    let mut said = fares(&vendor, "valid", "jane");
    said["status"]["trouble"] = json!("the secret is gone");
    owner.answers(&said, "");
    here.run(&["status", "--owner"]).succeeds().says("its owner says: the secret is gone");
    here.run(&["status", "--check", "--owner"]).exits(5).says("its owner says: the secret is gone");
}
