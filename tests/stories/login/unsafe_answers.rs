//! Answers to a login that are not to be believed, and profiles that change beneath what is kept: nothing that was presented
//! comes out as a token, and nothing goes where nobody confirmed it.

use serde_json::json;

use super::scene::{lives, server, state, with_a_password, world};
use crate::stand_in::{Fault, StandIn, Vendor};
use crate::world::{On, World};

const PASSWORD: [&str; 4] = ["login", "--json", "--grant", "password"];

fn with_password(store: On) -> (StandIn, World) {
    let vendor = server();
    let mut world = world(store, &vendor);
    with_a_password(&mut world, &vendor);
    (vendor, world)
}

#[test]
fn what_was_presented_is_no_token_whoever_reads_the_answer() {
    for refresh_too in [false, true] {
        let (vendor, world) = with_password(On::File);
        let password = vendor.password();
        let refresh = if refresh_too { password.clone() } else { "rt-canary-other".to_owned() };
        let body = json!({ "access_token": password, "refresh_token": refresh, "expires_in": 100 });
        vendor.misbehave_at("/token", Fault::spend_then(Fault::json(200, &body.to_string())));
        world.run(&PASSWORD).exits(8);
        for command in [&["token"][..], &["refresh"], &["recover"], &["status"]] {
            let ended = world.run(command);
            assert!(
                !ended.stdout.contains(&password) && !ended.stderr.contains(&password),
                "{command:?}: {ended:#?}"
            );
        }
        assert_eq!(vendor.requests_at("/token"), 1);
    }
}

#[test]
fn answers_to_logins_that_nobody_can_read_leave_the_living_credential_alone() {
    let (vendor, world) = with_password(On::File);
    world.run(&PASSWORD).succeeds();
    let again = [&PASSWORD[..], &["--replace"]].concat();
    for _ in 0..10 {
        vendor.misbehave_at("/token", Fault::spend_then(Fault::json(200, "{\"odd\":1}")));
        world.run(&again).exits(8);
    }
    assert_eq!(vendor.requests_at("/token"), 11, "`--replace` gives the oldest of them up");
    let kept = world.run(&["recover", "-v"]);
    assert_eq!((kept.stdout.clone() + &kept.stderr).matches("status 200").count(), 8, "{kept:#?}");
    let token = world.run(&["refresh"]).succeeds().stdout;
    assert!(vendor.accepts(token.trim()));
}

#[test]
fn a_logout_goes_nowhere_that_a_changed_profile_leads_it_to() {
    let (vendor, other) = (StandIn::start(Vendor::VeeamAzure), StandIn::start(Vendor::VeeamAzure));
    let mut world = World::with(On::File, &vendor);
    let base = vendor.origin();
    world.add(&format!("token_url = \"{base}/api/oauth2/token\""));
    world.run(&["refresh"]).succeeds();
    world.change(&format!("base_url = \"{base}\""), &format!("base_url = \"{}\"", other.origin()));
    let ended = world.run(&["logout"]).exits(3);
    assert!(ended.stderr.contains("is bound to"), "{}", ended.stderr);
    other.expect_unused();
    assert_eq!(state(&world), "valid");
}

#[test]
fn tokens_are_taken_although_the_answer_speaks_of_a_second_factor() {
    for value in [json!(""), json!(false), json!("m1"), json!(null)] {
        let vendor = StandIn::start_tls(Vendor::VeeamAzure);
        let mut world = world(On::File, &vendor);
        with_a_password(&mut world, &vendor);
        vendor.misbehave_at(
            "/api/oauth2/token",
            Fault::edit(move |mut answer| {
                answer["mfa_token"] = value.clone();
                answer
            }),
        );
        world.run(&PASSWORD).succeeds();
        lives(&world, &vendor);
    }
}
