//! Google's client libraries, by AIP-4117.

use serde_json::{Value, json};

use super::{Told, current, end, scene, unasked};
use crate::world::World;

const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

fn ask(world: &World, given: &[(&str, &str)]) -> Told {
    let mut command = world.command(&["helper", "google"]);
    for (name, value) in given {
        command.env(format!("GOOGLE_EXTERNAL_ACCOUNT_{name}"), value);
    }
    end(command, "")
}

#[test]
fn the_kind_that_is_asked_for_comes_back_with_its_expiry() {
    let (vendor, world) = scene();
    for kind in [JWT, ID_TOKEN] {
        let given = [
            ("TOKEN_TYPE", kind),
            ("AUDIENCE", "//iam.googleapis.com/x"),
            ("INTERACTIVE", "0"),
            ("REVOKE", "0"),
        ];
        let told = ask(&world, &given).object();
        let (token, expiry) = current(&vendor, &world);
        let wanted = json!({
            "version": 1, "success": true, "token_type": kind, "id_token": token, "expiration_time": expiry,
        });
        assert_eq!(told, wanted);
    }
    assert_eq!(vendor.requests().len(), 1);
}

#[track_caller]
fn failure(told: &Told, code: &str) {
    let object: Value = told.object();
    assert_eq!((&object["version"], &object["success"]), (&json!(1), &json!(false)), "{told:?}");
    assert_eq!(object["code"], code, "{told:?}");
    assert!(object["message"].as_str().is_some_and(|words| !words.is_empty()), "{told:?}");
    assert_eq!(object.as_object().expect("one").len(), 4, "{told:?}");
}

#[test]
fn failures_are_answers_and_standard_error_stays_empty() {
    let (vendor, mut world) = scene();
    failure(&ask(&world, &[("TOKEN_TYPE", "urn:ietf:params:oauth:token-type:saml2")]), "refused");
    failure(&ask(&world, &[("TOKEN_TYPE", JWT), ("REVOKE", "1")]), "refused");
    unasked(&vendor);
    world.run(&["token"]).succeeds();
    vendor.expire_login();
    world.run(&["refresh"]).exits(4);
    let shim = crate::shim::Shim::build(&world);
    shim.later(&mut world, 8_000);
    failure(&ask(&world, &[("TOKEN_TYPE", JWT)]), "login_required");
    world.run(&["logout", "--local"]).succeeds();
    failure(&ask(&world, &[("TOKEN_TYPE", JWT)]), "no_credential");
    world.write("profiles.toml", "[profiles");
    failure(&ask(&world, &[("TOKEN_TYPE", JWT)]), "config");
    std::fs::remove_file(world.path().join("profiles.toml")).expect("it is there");
    failure(&ask(&world, &[("TOKEN_TYPE", JWT)]), "config");
}

#[test]
fn a_warning_is_not_said_into_the_answer() {
    let (vendor, mut world) = scene();
    world.run(&["token"]).succeeds();
    let shim = crate::shim::Shim::build(&world);
    // Within the minimum TTL, and the vendor is away: the token at hand is given, with a warning.
    shim.later(&mut world, 7_160);
    vendor.misbehave(crate::stand_in::Fault::json(503, "{}"));
    let told = ask(&world, &[("TOKEN_TYPE", JWT)]);
    assert_eq!(told.object()["success"], true);
    vendor.misbehave(crate::stand_in::Fault::json(503, "{}"));
    world.run(&["token", "--no-cache"]).succeeds().says("warning");
}
