//! What is sent again after an answer was lost, and when: the rule of each class, with
//! the clocks of the program moved on instead of waiting.

use crate::moments::Moment;
use crate::shim::Shim;
use crate::stand_in::{Fault, StandIn, Vendor};
use crate::world::{On, World};

/// A vendor that did not handle the first request, and the attempt that is left of it.
fn lost(store: On, rotation: &str) -> (StandIn, World, Shim) {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(store, &vendor);
    world.add(rotation);
    vendor.misbehave(Fault::DropAfterRead);
    world.run(&["refresh"]).exits(8);
    let shim = Shim::build(&world);
    (vendor, world, shim)
}

#[test]
fn p15_f46_one_replay_once_the_server_must_have_settled() {
    for store in [On::File, On::Keyring] {
        for (rotation, before, after) in [
            // A slow machine may take some seconds of its own.
            ("", 30, 61),
            ("rotation = \"family\"", 30, 61),
            ("rotation = \"grace-new\"\ngrace = \"1000s\"", 5, 16),
        ] {
            let (vendor, mut world, shim) = lost(store, rotation);
            shim.later(&mut world, before);
            let error = world.run(&["token", "--json"]).exits(8).error();
            assert!(
                (1..=after - before).contains(&error["retry_after"].as_i64().expect("a number")),
                "{rotation}: {error}"
            );
            assert_eq!(vendor.requests().len(), 1, "{rotation}");
            shim.later(&mut world, after);
            world.run(&["token"]).succeeds();
            assert_eq!(vendor.requests().len(), 2, "{rotation}");
        }
    }
}

#[test]
fn p15_used_up_nothing_is_sent_but_by_force() {
    let (vendor, mut world, shim) = lost(On::File, "");
    shim.later(&mut world, 61);
    vendor.misbehave(Fault::DropAfterRead);
    world.run(&["refresh"]).exits(8).says("nothing more is sent automatically").says("--force-replay");
    for later in [62, 130, 100_000] {
        shim.later(&mut world, later);
        world.run(&["refresh"]).exits(8).says("--force-replay");
        world.run(&["token"]).exits(8);
    }
    assert_eq!(vendor.requests().len(), 2);
    // Forced, it still waits until the replay has settled.
    shim.later(&mut world, 100);
    assert!(world.run(&["refresh", "--force-replay", "--json"]).exits(8).error()["retry_after"].is_number());
    assert_eq!(vendor.requests().len(), 2);
    shim.later(&mut world, 130);
    world.run(&["refresh", "--force-replay"]).succeeds();
    assert_eq!(vendor.requests().len(), 3);
}

#[test]
fn p15_past_the_grace_no_sibling_is_minted() {
    let (vendor, mut world, shim) = lost(On::File, "rotation = \"grace-new\"\ngrace = \"40s\"");
    shim.later(&mut world, 45);
    world.run(&["refresh"]).exits(8).says("--force-replay");
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn p15_a_replay_that_is_put_off_is_given_back() {
    let (vendor, mut world, shim) = lost(On::File, "");
    shim.later(&mut world, 61);
    let headers = vec![("Retry-After".to_owned(), "5".to_owned())];
    vendor.misbehave(Fault::Answer { status: 429, headers, body: b"{}".to_vec() });
    assert_eq!(world.run(&["refresh", "--json"]).exits(5).error()["code"], "rate_limited");
    shim.later(&mut world, 70);
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 3, "the one replay was not used up");
}

#[test]
fn p15_f50_a_ghost_of_a_family_kills_nothing() {
    let options = crate::stand_in::Options { reuse_revokes: true, ..Default::default() };
    let vendor = StandIn::start_with(Vendor::Fbox, options);
    let mut world = World::with(On::File, &vendor);
    world.add("timeout = \"3s\"\nrotation = \"family\"");
    vendor.expect_reuse();
    // Handled, but answered too late.
    let latch = vendor.hold(1);
    world.run(&["refresh"]).exits(8);
    latch.open();
    let shim = Shim::build(&world);
    shim.later(&mut world, 30);
    world.run(&["refresh"]).exits(8);
    assert_eq!(vendor.requests().len(), 1, "no early replay");
    // The answer is lost whatever is done; the replay finds that out, and says so.
    shim.later(&mut world, 61);
    world.run(&["refresh"]).exits(4).says("log in again");
    assert_eq!(vendor.requests().len(), 2);
}

/// Put off once, a replay is not asked for by every run that comes within the time.
#[test]
fn p15_a_put_off_replay_binds_every_run() {
    let (vendor, world, _) = lost(On::File, "rotation = \"strict\"");
    let headers = vec![("Retry-After".to_owned(), "600".to_owned())];
    vendor.misbehave(Fault::Answer { status: 503, headers, body: b"{}".to_vec() });
    for _ in 0..3 {
        let error = world.run(&["refresh", "--json"]).exits(5).error();
        assert_eq!(error["code"], "unavailable");
        assert!(error["retry_after"].as_i64().expect("a number") > 500, "{error}");
        world.run(&["token"]).exits(5);
    }
    assert_eq!(vendor.requests().len(), 2);
}

/// The same, if the run that replayed died before it read the answer.
#[test]
fn p15_a_put_off_replay_that_was_left_sealed_stays_open() {
    let (vendor, mut world, shim) = lost(On::File, "");
    shim.later(&mut world, 61);
    let headers = vec![("Retry-After".to_owned(), "5".to_owned())];
    vendor.misbehave(Fault::Answer { status: 503, headers, body: b"{}".to_vec() });
    world.run_injected(&Moment::AnswerSynced.inject("signal=KILL"), &["refresh"]);
    assert_eq!(vendor.requests().len(), 2);
    world.run(&["refresh"]).exits(5);
    shim.later(&mut world, 300);
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 3);
}

/// A broken answer that is read by the next run sends nothing while the token at hand is good.
#[test]
fn p13_a_sealed_answer_without_a_token_is_no_reason_to_ask() {
    for (fault, word) in [(Fault::json(500, "{}"), "no_answer"), (Fault::json(401, "{}"), "login_required")] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::with(On::File, &vendor);
        world.add("rotation = \"strict\"");
        let token = world.run(&["token"]).succeeds().stdout;
        vendor.misbehave(fault);
        world.run_injected(&Moment::AnswerSynced.inject("signal=KILL"), &["refresh"]);
        world.run(&["token"]).succeeds().prints(&token).keeps_stderr_empty();
        world.run(&["token"]).succeeds().prints(&token);
        assert_eq!(vendor.requests().len(), 2, "{word}");
    }
}

/// What stands where the refresh token belongs may be none: the old one is tried after it.
#[test]
fn p11_a_false_refresh_token_gives_way_to_the_old_one() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    vendor.misbehave(Fault::json(200, "{\"refresh_token\":\"rt-canary-of-nobody\",\"error\":\"later\"}"));
    world.run(&["refresh"]).exits(8);
    world.run(&["refresh"]).exits(5);
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 3);
}

#[test]
fn b50_offline_is_refused_whatever_the_vendor_said_last() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    for status in [401, 503] {
        vendor.misbehave(Fault::json(status, "{}"));
        world.run(&["refresh"]);
        assert_eq!(world.run(&["token", "--offline", "--json"]).exits(3).error()["code"], "refused");
    }
}
