//! Answers that nobody can read: never asked for again by themselves, never thrown away.

use httpmock::prelude::*;
use serde_json::{Value, json};

use crate::shim::Shim;
use crate::world::{Ended, On, World};

/// The vendor puts its tokens elsewhere than the dialect looks.
const ODD: &str = "{\"result\":{\"access\":\"at-canary-odd-2\",\"refresh\":\"rt-canary-odd-2\"}}";

/// A dialect that does not know where the tokens of `ODD` are, until it is corrected.
fn world(server: &MockServer, rotation: &str) -> World {
    let mut world = World::on(On::File);
    world.add(&format!(
        r#"
[profiles.acme]
dialect = "acme"
store = "file"
base_url = "{}"
[dialects.acme]
rotation = "{rotation}"
[dialects.acme.exchanges.refresh]
request.url = "{{{{ base_url }}}}/token"
request.form = {{ refresh_token = "{{{{ refresh_token }}}}" }}
answer.access_token = "/access_token"
answer.refresh_token = "/refresh_token"
answer.access_expires = [{{ at = "/expires_in", unit = "seconds" }}]
refusals = [{{ is = "login_required", tests = [{{ at = "/error", equals = "invalid_grant" }}] }}]
"#,
        server.base_url()
    ));
    world.run_with(&["import"], "rt-canary-1").succeeds();
    world
}

/// The dialect looks where the tokens of `ODD` are, too.
fn correct(world: &mut World) {
    world.change(
        "answer.access_token = \"/access_token\"",
        "answer.access_token = [\"/access_token\", \"/result/access\"]",
    );
    world.change(
        "answer.refresh_token = \"/refresh_token\"",
        "answer.refresh_token = [\"/refresh_token\", \"/result/refresh\"]",
    );
}

fn answer<'s>(server: &'s MockServer, status: u16, body: &str) -> httpmock::Mock<'s> {
    let body = body.to_owned();
    server.mock(move |when, then| {
        when.path("/token");
        then.status(status).body(body);
    })
}

fn unread_of(world: &World) -> Value {
    world.run(&["status", "--json"]).succeeds().object()["profiles"][0]["unread"].clone()
}

fn presented(mock: &httpmock::Mock<'_>) -> usize {
    mock.calls()
}

#[test]
fn it_is_never_asked_for_again_by_itself_and_read_by_a_corrected_dialect() {
    for rotation in ["strict", "family", "unknown", "grace-same\"\ngrace = \"1000s", "commit-on-use"] {
        let server = MockServer::start();
        let mut world = world(&server, rotation);
        let odd = answer(&server, 200, ODD);
        world.run(&["token"]).exits(8).says("kept sealed");
        let shim = Shim::build(&world);
        for later in [1, 61, 4_000, 100_000] {
            shim.later(&mut world, later);
            world.run(&["token"]).exits(8).says("nothing more is sent automatically");
            world.run(&["refresh"]).exits(8);
            world.run(&["refresh", "--all"]).exits(8);
        }
        assert_eq!(presented(&odd), 1, "{rotation}");
        let status = world.run(&["status"]).succeeds();
        assert!(status.stderr.contains("/result/refresh: string of 15 characters"), "{status:?}");
        correct(&mut world);
        let recovered = world.run(&["recover"]).succeeds();
        assert!(!recovered.stdout.contains("kept sealed"), "{recovered:?}");
        world.run(&["token"]).succeeds().prints("at-canary-odd-2\n");
        assert_eq!((presented(&odd), unread_of(&world)), (1, json!([])), "{rotation}");
        world.assert_nothing_in_the_clear();
    }
}

#[test]
fn it_outlives_the_refusal_of_a_forced_replay() {
    for (status, body, exit) in [
        (400, "{\"error\":\"invalid_grant\"}", 4),
        (403, "{\"message\":\"no\"}", 3),
        (503, "{}", 5),
        (500, "oops", 8),
        (200, "", 8),
    ] {
        let server = MockServer::start();
        let mut world = world(&server, "strict");
        let mut odd = answer(&server, 200, ODD);
        world.run(&["token"]).exits(8);
        odd.delete();
        let refusal = answer(&server, status, body);
        world.run(&["refresh", "--force-replay"]).exits(exit);
        refusal.assert_calls(1);
        assert!(unread_of(&world).to_string().contains("/result/refresh"), "{status}");
        correct(&mut world);
        let recovered = world.run(&["recover"]);
        assert_eq!(recovered.code, Some(0), "{status}: {recovered:?}");
        world.run(&["token"]).succeeds().prints("at-canary-odd-2\n");
        refusal.assert_calls(1);
    }
}

/// A replay may be granted all the same: then the answer is of no more use than a candidate, and in the end of none.
#[test]
fn it_outlives_a_later_grant_until_the_vendor_has_taken_what_came_of_that() {
    let server = MockServer::start();
    let world = world(&server, "strict");
    let mut odd = answer(&server, 200, ODD);
    world.run(&["token"]).exits(8);
    odd.delete();
    let good = |n: u32| {
        format!(
            "{{\"access_token\":\"at-canary-{n}\",\"refresh_token\":\"rt-canary-{n}\",\"expires_in\":3600}}"
        )
    };
    let mut granted = answer(&server, 200, &good(3));
    world.run(&["refresh", "--force-replay"]).succeeds().prints("at-canary-3\n");
    granted.delete();
    assert!(unread_of(&world).to_string().contains("/result/refresh"), "it may be the live one yet");
    // It is not in the way of anything.
    world.run(&["token"]).succeeds().prints("at-canary-3\n");
    let mut granted = answer(&server, 200, &good(4));
    world.run(&["refresh"]).succeeds().prints("at-canary-4\n");
    granted.delete();
    assert_eq!(unread_of(&world), json!([]), "the vendor has taken a token that is younger");
}

#[test]
fn read_after_a_later_grant_its_refresh_token_is_tried_when_that_at_hand_is_refused() {
    let server = MockServer::start();
    let mut world = world(&server, "strict");
    let mut odd = answer(&server, 200, ODD);
    world.run(&["token"]).exits(8);
    odd.delete();
    let mut granted = answer(
        &server,
        200,
        "{\"access_token\":\"at-canary-3\",\"refresh_token\":\"rt-canary-3\",\"expires_in\":3600}",
    );
    world.run(&["refresh", "--force-replay"]).succeeds();
    granted.delete();
    correct(&mut world);
    world.run(&["recover"]).succeeds();
    world.run(&["token"]).succeeds().prints("at-canary-3\n");
    assert_eq!(unread_of(&world), json!([]));
    let live = server.mock(|when, then| {
        when.path("/token").body_includes("rt-canary-odd-2");
        then.status(200).json_body(json!({ "access_token": "at-canary-5", "refresh_token": "rt-canary-5" }));
    });
    let dead = server.mock(|when, then| {
        when.path("/token").body_includes("rt-canary-3");
        then.status(400).json_body(json!({ "error": "invalid_grant" }));
    });
    world.run(&["refresh"]).exits(5).says("another one is at hand");
    world.run(&["refresh"]).succeeds().prints("at-canary-5\n");
    live.assert_calls(1);
    dead.assert_calls(1);
}

/// Not only a grant gives one: what a failure or a refusal gave since is newer than what waits sealed.
#[test]
fn read_after_a_later_refresh_token_it_is_tried_when_that_is_refused() {
    for (status, body, exit) in [
        (500, "{\"error\":\"oops\",\"refresh_token\":\"rt-canary-newest\"}", 8),
        (400, "{\"error\":\"invalid_grant\",\"refresh_token\":\"rt-canary-newest\"}", 5),
    ] {
        for newest_lives in [true, false] {
            let server = MockServer::start();
            let mut world = world(&server, "strict");
            let mut odd = answer(&server, 200, ODD);
            world.run(&["token"]).exits(8);
            odd.delete();
            let mut failed = answer(&server, status, body);
            world.run(&["refresh", "--force-replay"]).exits(exit);
            failed.assert_calls(1);
            failed.delete();
            correct(&mut world);
            let answers = |token: &str, lives: bool| {
                let token = token.to_owned();
                server.mock(move |when, then| {
                    when.path("/token").body_includes(token);
                    match lives {
                        true => then.status(200).json_body(
                            json!({ "access_token": "at-canary-5", "refresh_token": "rt-canary-5" }),
                        ),
                        false => then.status(400).json_body(json!({ "error": "invalid_grant" })),
                    };
                })
            };
            let newest = answers("rt-canary-newest", newest_lives);
            let sealed = answers("rt-canary-odd-2", !newest_lives);
            if !newest_lives {
                world.run(&["refresh"]).exits(5).says("another one is at hand");
            }
            world.run(&["refresh"]).succeeds().prints("at-canary-5\n");
            assert_eq!((newest.calls(), sealed.calls()), (1, usize::from(!newest_lives)), "{status}");
            assert_eq!(unread_of(&world), json!([]));
        }
    }
}

#[test]
fn a_person_may_give_it_up_and_then_it_counts_as_lost() {
    let server = MockServer::start();
    let mut world = world(&server, "family");
    let mut odd = answer(&server, 200, ODD);
    world.run(&["token"]).exits(8);
    let given_up = world.run(&["recover", "--discard-answers", "-p", "acme"]).succeeds();
    assert!(given_up.stdout.contains("/result/refresh: string of 15 characters"), "{given_up:?}");
    assert_eq!(unread_of(&world), json!([]));
    world.run(&["recover", "--discard-answers"]).exits(3).says("gives nothing up without `--profile`");
    world.run(&["recover", "--discard-answers", "-p", "acme"]).succeeds();
    // A mistake can be undone.
    let sealed = given_up.stdout.lines().find(|line| line.contains("sealed:")).expect("a text");
    world.run_with(&["recover", "--stdin"], sealed).succeeds();
    assert!(unread_of(&world).to_string().contains("/result/refresh"));
    world.run(&["token"]).exits(8).says("kept sealed");
    world.run(&["recover", "--discard-answers", "-p", "acme"]).succeeds();
    // The retry rule of its class: once, when the server must have settled.
    world.run(&["token"]).exits(8).says("has no known outcome");
    assert_eq!(presented(&odd), 1);
    odd.delete();
    let good = answer(&server, 200, "{\"access_token\":\"at-canary-3\"}");
    let shim = Shim::build(&world);
    shim.later(&mut world, 61);
    world.run(&["token"]).succeeds().prints("at-canary-3\n");
    good.assert_calls(1);
}

#[test]
fn a_new_login_leaves_it_behind() {
    let server = MockServer::start();
    let world = world(&server, "unknown");
    let _odd = answer(&server, 200, ODD);
    world.run(&["token"]).exits(8);
    world.run_with(&["import", "--replace"], "rt-canary-7").succeeds();
    assert_eq!(unread_of(&world), json!([]));
}

#[test]
fn a_token_that_cannot_be_spent_is_presented_again_ever_more_seldom() {
    let server = MockServer::start();
    let mut world = world(&server, "none");
    let mut odd = answer(&server, 200, ODD);
    let ends_in = |ended: Ended| {
        let error = ended.exits(8).error();
        error["retry_after"].as_i64().expect("a number")
    };
    assert!((1..=5).contains(&ends_in(world.run(&["token", "--json"]))));
    world.run(&["token"]).exits(8);
    assert_eq!(presented(&odd), 1, "not at once");
    let shim = Shim::build(&world);
    shim.later(&mut world, 10);
    assert!((6..=10).contains(&ends_in(world.run(&["token", "--json"]))), "longer each time");
    shim.later(&mut world, 14);
    world.run(&["token"]).exits(8);
    assert_eq!(presented(&odd), 2);
    assert_eq!(unread_of(&world).as_array().map(Vec::len), Some(3), "the last one is enough");
    odd.delete();
    let _good = answer(&server, 200, "{\"access_token\":\"at-canary-3\"}");
    shim.later(&mut world, 60);
    world.run(&["token"]).succeeds().prints("at-canary-3\n");
    assert_eq!(unread_of(&world), json!([]));
}

/// So many lie in the journal at the most: nobody forces more than can be kept.
#[test]
fn eight_of_them_are_enough() {
    let server = MockServer::start();
    let world = world(&server, "strict");
    let odd = answer(&server, 200, ODD);
    world.run(&["token"]).exits(8);
    for _ in 1..8 {
        world.run(&["refresh", "--force-replay"]).exits(8);
    }
    world.run(&["refresh", "--force-replay"]).exits(8).says("--discard-answers");
    assert_eq!(presented(&odd), 8);
    world.run(&["recover", "--discard-answers", "-p", "acme"]).succeeds();
    world.run(&["refresh", "--force-replay"]).exits(8);
    assert_eq!(presented(&odd), 9);
}

/// In a flow of two steps, of which the first presents the refresh token and the second does not.
const STEPS: &str = r#"
[dialects.acme]
rotation = "family"
steps = ["ticket", "refresh"]
[dialects.acme.exchanges.ticket]
request.url = "{{ base_url }}/ticket"
request.form = { refresh_token = "{{ refresh_token }}" }
answer.keep = { ticket = { at = "/ticket", secret = true } }
[dialects.acme.exchanges.refresh]
request.url = "{{ base_url }}/token"
request.form = { ticket = "{{ kept.ticket }}" }
answer.access_token = "/token"
"#;

#[test]
fn what_the_first_step_presented_stays_open_wherever_the_second_dies() {
    let server = MockServer::start();
    let two_steps = || {
        let mut world = World::on(On::File);
        let url = server.base_url();
        world.add(&format!(
            "[profiles.acme]\ndialect = \"acme\"\nstore = \"file\"\nbase_url = \"{url}\"\n{STEPS}"
        ));
        world.run_with(&["import"], "rt-canary-1").succeeds();
        world
    };
    let ticket = server.mock(|when, then| {
        when.path("/ticket");
        then.status(200).json_body(json!({ "ticket": "canary-ticket" }));
    });
    let mut granted = answer(&server, 200, "{\"token\":\"at-canary-2\"}");
    let calls = two_steps().calls(&["refresh"]);
    let writes = calls.iter().filter(|call| call.name == "pwrite64").count();
    granted.delete();
    let _later = answer(&server, 503, "{}");
    assert_eq!(writes, 6, "intent, answer and record of each step");
    for n in 1..=writes {
        let (world, before) = (two_steps(), ticket.calls());
        world.run_injected(&format!("pwrite64:signal=KILL:when={n}"), &["refresh"]);
        for _ in 0..3 {
            world.run(&["token"]);
        }
        assert!(ticket.calls() - before <= 1, "killed at write {n}, the first step was begun anew");
    }
}

/// Whatever stands in an answer that was not granted may be a secret: where tokens stand, and among the names.
#[test]
fn nothing_of_it_is_shown_but_names_and_lengths() {
    let server = MockServer::start();
    let mut world = world(&server, "family");
    world.change(
        "answer.access_token",
        "success.tests = [{ at = \"/ok\", equals = true }]\nanswer.words = [\"/message\"]\nanswer.access_token",
    );
    let body = json!({
        "ok": false, "access_token": "canary-at-0f3a9c71be52", "message": "took canary-at-0f3a9c71be52",
        "sessions": { "canary-9f8e7d6c5b4a39281706f5e4d3c2b1a0": 1 },
    });
    let _odd = answer(&server, 200, &body.to_string());
    for arguments in [
        &["token"][..],
        &["token", "--json"],
        &["status"],
        &["status", "--json"],
        &["recover"],
        &["refresh", "-v"],
    ] {
        let ended = world.run(arguments);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(!said.contains("canary"), "{arguments:?}: {said}");
    }
    assert!(
        unread_of(&world).to_string().contains("/sessions/(a name of 39 characters)"),
        "{}",
        unread_of(&world)
    );
}

/// A vendor that puts its refresh token where something is shown does not make it shown.
#[test]
fn what_is_printed_with_a_token_holds_no_other() {
    let server = MockServer::start();
    let mut world = world(&server, "strict");
    world.change("answer.access_token", "answer.scope = \"/scope\"\nanswer.token_type = \"/type\"\nanswer.keep = { site = { at = \"/site\", optional = true } }\nanswer.access_token");
    let token = "canary-rt-0f3a9c71be52";
    let body = json!({
        "access_token": "at-2", "refresh_token": token, "expires_in": 3600,
        "scope": token, "type": token, "site": format!("https://x.example/{token}"),
    });
    let _good = answer(&server, 200, &body.to_string());
    for arguments in [&["refresh", "--json"][..], &["token", "--json"], &["token"]] {
        let ended = world.run(arguments).succeeds();
        assert!(!format!("{}{}", ended.stdout, ended.stderr).contains("canary"), "{arguments:?}: {ended:?}");
    }
    world.run(&["refresh"]).succeeds().says("scope holds part of a secret");
}
