//! What a refusal rests on, and how long it is believed: marks that end by themselves, tokens at hand that
//! outlive every verdict.

use httpmock::prelude::*;
use serde_json::json;

use crate::shim::Shim;
use crate::stand_in::{Fault, StandIn, Vendor};
use crate::world::{On, World};

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

/// A vendor of the class `rotation` that has just refused like this.
fn refused(rotation: &str, fault: Fault, exit: i32) -> (StandIn, World, Shim) {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    world.add(&format!("rotation = \"{rotation}\""));
    vendor.misbehave(fault);
    world.run(&["token"]).exits(exit);
    let shim = Shim::build(&world);
    (vendor, world, shim)
}

/// Asks at each of these seconds after the first refusal; whether the vendor saw it.
#[track_caller]
fn asked_at(
    world: &mut World,
    shim: &Shim,
    vendor: &StandIn,
    fault: &dyn Fn() -> Fault,
    times: &[(i64, bool)],
) {
    for (seconds, asks) in times {
        shim.later(world, *seconds);
        let before = vendor.requests().len();
        vendor.misbehave(fault());
        world.run(&["token"]);
        world.run(&["refresh", "--all"]);
        let seen = vendor.requests().len() - before;
        assert_eq!(seen, usize::from(*asks), "after {seconds} s");
        vendor.behave();
    }
}

#[test]
fn a_bare_status_is_asked_again_after_a_minute_and_then_ever_more_seldom() {
    let fault = || Fault::Answer { status: 401, headers: Vec::new(), body: Vec::new() };
    let (vendor, mut world, shim) = refused("strict", fault(), 4);
    let error = world.run(&["token", "--json"]).exits(4).error();
    assert_eq!(error["code"], "login_required");
    assert!((1..=60).contains(&error["retry_after"].as_i64().expect("a number")), "{error}");
    assert_eq!(vendor.requests().len(), 1);
    // A minute, two more, four more; a slow machine may take some seconds of its own.
    let times = [(30, false), (70, true), (150, false), (200, true), (400, false), (450, true)];
    asked_at(&mut world, &shim, &vendor, &fault, &times);
    // The gateway is well again: nobody has to do anything.
    shim.later(&mut world, 1_000);
    world.run(&["token"]).succeeds();
    assert!(!world.run(&["status"]).succeeds().stdout.contains("login_required"));
}

#[test]
fn where_a_second_use_can_do_harm_a_bare_status_is_asked_three_times_more() {
    let fault = || Fault::Answer { status: 401, headers: Vec::new(), body: b"{\"error\":\"\"}".to_vec() };
    let (vendor, mut world, shim) = refused("family", fault(), 4);
    let times = [
        (70, true),
        (200, true),
        (450, true),
        (1_000, false),
        (4_000, false),
        (2 * DAY, false),
        (400 * DAY, false),
    ];
    asked_at(&mut world, &shim, &vendor, &fault, &times);
    // Whoever asks by hand is not held back.
    world.run(&["refresh"]).succeeds();
}

#[test]
fn the_vendors_own_words_hold_for_a_day_or_for_good() {
    let fault = || Fault::json(400, "{\"error\":\"invalid_grant\"}");
    for (rotation, again) in [("strict", true), ("none", true), ("family", false), ("unknown", false)] {
        let (vendor, mut world, shim) = refused(rotation, fault(), 4);
        let times = [(70, false), (4_000, false), (DAY - 60, false), (DAY + 60, again), (2 * DAY, false)];
        asked_at(&mut world, &shim, &vendor, &fault, &times);
        asked_at(&mut world, &shim, &vendor, &fault, &[(2 * DAY + 200, again), (400 * DAY, again)]);
    }
}

/// Nobody's refresh token is at stake where the client itself is refused.
#[test]
fn a_client_that_is_refused_in_words_is_asked_again_once_a_day() {
    let fault = || Fault::json(400, "{\"error\":\"invalid_client\"}");
    let (vendor, mut world, shim) = refused("family", fault(), 3);
    let times = [(70, false), (DAY - 60, false), (DAY + 60, true), (DAY + 4_000, false)];
    asked_at(&mut world, &shim, &vendor, &fault, &times);
}

#[test]
fn a_mark_is_about_all_that_was_sent() {
    let server = MockServer::start();
    let mut world = World::on(On::File);
    world.set("ACME_SECRET", "canary-secret-of-the-client");
    let profile = format!(
        "[profiles.acme]\ndialect = \"oauth2\"\nstore = \"file\"\nclient_id = \"app-7\"\nclient_secret = {{ env = \"ACME_SECRET\" }}\ntoken_url = \"{}/token\"\n",
        server.base_url()
    );
    world.add(&profile);
    world.run_with(&["import"], "rt-canary-1").succeeds();
    let refusal = server.mock(|when, then| {
        when.path("/token");
        then.status(401).json_body(json!({ "error": "invalid_client" }));
    });
    let mut asked = 0;
    let mut asks = |world: &World, wanted: bool, what: &str| {
        world.run(&["token"]).exits(3);
        world.run(&["token"]).exits(3).says("remembered");
        asked += usize::from(wanted);
        assert_eq!(refusal.calls(), asked, "{what}");
    };
    asks(&world, true, "the first time");
    asks(&world, false, "nothing has changed");
    for more in
        ["params = { project = \"p-1\" }\n", "scope = \"read\"\n", "client_auth = \"client_secret_post\"\n"]
    {
        world.add(more);
        asks(&world, true, more);
    }
    world.set("ACME_SECRET", "canary-another-secret-of-it");
    asks(&world, true, "another secret");
    world.add("min_ttl = \"3m\"\n");
    asks(&world, false, "that is not sent");
}

#[test]
fn a_client_without_a_login_is_asked_again_ever_more_seldom_and_by_one_caller() {
    let server = MockServer::start();
    let mut world = World::on(On::File);
    world.set("ACME_SECRET", "canary-secret-of-the-client");
    world.add(&format!(
        "[profiles.acme]\ndialect = \"oauth2-client-credentials\"\nstore = \"file\"\nclient_id = \"app-7\"\nclient_secret = {{ env = \"ACME_SECRET\" }}\ntoken_url = \"{}/token\"\n",
        server.base_url()
    ));
    let mut refusal = server.mock(|when, then| {
        when.path("/token");
        then.status(401).json_body(json!({ "error": "invalid_client" }));
    });
    world.run(&["token"]).exits(3);
    let shim = Shim::build(&world);
    for (seconds, calls) in [(30, 1), (70, 2), (150, 2), (210, 3)] {
        shim.later(&mut world, seconds);
        let crowd: Vec<_> = (0..10).map(|_| world.spawn(&["token"])).collect();
        for child in crowd {
            assert_eq!(child.wait_with_output().expect("it ends").status.code(), Some(3));
        }
        assert_eq!(refusal.calls(), calls, "after {} minutes", seconds / MINUTE);
    }
    refusal.delete();
    server.mock(|when, then| {
        when.path("/token");
        then.status(200).json_body(json!({ "access_token": "at-canary-1", "expires_in": 3600 }));
    });
    shim.later(&mut world, 500);
    world.run(&["token"]).succeeds().prints("at-canary-1\n");
}

/// Whatever is refused, it does not concern the token that is valid yet.
#[test]
fn a_token_that_is_still_valid_outlives_every_verdict() {
    for (status, body, code) in [
        (403, "{\"message\":\"blocked by the firewall\"}", "request_rejected"),
        (400, "{\"error\":\"invalid_grant\"}", "login_required"),
        (401, "", "login_required"),
        (400, "{\"error\":\"invalid_client\"}", "client_rejected"),
        (404, "{}", "request_rejected"),
        (503, "", "unavailable"),
        (200, "{\"tokens\":\"somewhere else\"}", "unreadable_answer"),
    ] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::with(On::File, &vendor);
        let token = world.run(&["token"]).succeeds().stdout;
        let shim = Shim::build(&world);
        // Of two hours one minute is left, which is less than `token` asks for.
        shim.later(&mut world, 7_200 - 50);
        vendor.misbehave(Fault::json(status, body));
        let ended = world.run(&["token"]).succeeds().prints(&token);
        assert!(
            ended.stderr.contains("still valid and is used, because refreshing failed"),
            "{code}: {ended:?}"
        );
        // Also when nobody is asked any more.
        if code != "request_rejected" {
            world.run(&["token"]).succeeds().prints(&token).says("still valid");
        }
        assert_eq!(vendor.requests().len(), 2, "{code}");
        vendor.misbehave(Fault::json(status, body));
        assert_eq!(world.run(&["refresh", "--json"]).error()["code"], code, "fresh is fresh");
        vendor.behave();
        shim.later(&mut world, 7_201);
        assert_ne!(world.run(&["token", "--offline"]).code, Some(0), "{code}: not beyond its end");
    }
}

#[test]
fn a_refusal_that_follows_a_lost_answer_says_so() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    vendor.misbehave(Fault::SpendThen(Box::new(Fault::DropAfterRead)));
    vendor.expect_reuse();
    world.run(&["refresh"]).exits(8);
    let shim = Shim::build(&world);
    shim.later(&mut world, 61);
    world
        .run(&["refresh"])
        .exits(4)
        .says("log in again")
        .says("; the answer of 20")
        .says("was lost on its way");
    // Remembered, with the cause.
    world.run(&["token"]).exits(4).says("remembered").says("was lost on its way");
}

#[test]
fn an_unlisted_refusal_of_a_replay_uses_it_up_and_is_no_licence_to_ask_again() {
    for status in [404, 403, 422, 301] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::with(On::File, &vendor);
        vendor.misbehave(Fault::DropAfterRead);
        world.run(&["refresh"]).exits(8);
        let shim = Shim::build(&world);
        shim.later(&mut world, 61);
        vendor.misbehave(Fault::json(status, "{\"message\":\"who are you?\"}"));
        assert_eq!(world.run(&["refresh", "--json"]).exits(3).error()["code"], "request_rejected");
        for later in [70, 200, 2 * DAY] {
            shim.later(&mut world, later);
            world.run(&["refresh"]).exits(8).says("--force-replay");
            world.run(&["token"]).exits(8);
        }
        assert_eq!(vendor.requests().len(), 2, "{status}");
        world.run(&["refresh", "--force-replay"]).succeeds();
    }
}
