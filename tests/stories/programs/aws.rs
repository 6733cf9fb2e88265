//! The AWS SDKs' `credential_process`.

use httpmock::prelude::*;
use serde_json::{Value, json};

use super::{MARGIN, ask, rfc3339};
use crate::shim::Shim;
use crate::world::{On, World};

const AWS: &[&str] = &["helper", "aws"];

pub const DIALECT: &str = r#"
[dialects.keys]
exchanges.refresh.request = { url = "{{ base_url }}/t", json.r = "{{ refresh_token }}" }
[dialects.keys.exchanges.refresh.answer]
access_token = "/credentials/sessionToken"
refresh_token = "/refreshToken"
access_expires = [{ at = "/credentials/expiration", unit = "epoch_milliseconds" }]
[dialects.keys.exchanges.refresh.answer.keep]
access_key_id = { at = "/credentials/accessKeyId", secret = true }
secret_access_key = { at = "/credentials/secretAccessKey", secret = true }
session_token = { at = "/credentials/sessionToken", secret = true }
account_id = "/accountId"
"#;

fn world(server: &MockServer) -> World {
    let mut world = World::on(On::File);
    world.add(&format!(
        "[profiles.keys]\ndialect = \"keys\"\nbase_url = \"{}\"\nstore = \"file\"",
        server.base_url()
    ));
    world.add(DIALECT);
    world.run_with(&["import"], "rt-canary-0").succeeds();
    world
}

fn later(seconds: i64) -> i64 {
    jiff::Timestamp::now().as_second() + seconds
}

/// What the vendor gives the `n`th time.
fn given(n: usize, ends: i64) -> Value {
    json!({
        "credentials": {
            "accessKeyId": format!("AKIA{n}"),
            "secretAccessKey": format!("sk/canary+{n}"),
            "sessionToken": format!("st-canary-{n}=="),
            // Not at the turn of a second, where clocks that differ by less tell another.
            "expiration": ends * 1_000 + 500,
        },
        "refreshToken": format!("rt-canary-{n}"),
        "accountId": 123_456_789_012_i64,
    })
}

fn wanted(n: usize, ends: i64) -> Value {
    json!({
        "Version": 1,
        "AccessKeyId": format!("AKIA{n}"),
        "SecretAccessKey": format!("sk/canary+{n}"),
        "SessionToken": format!("st-canary-{n}=="),
        "AccountId": "123456789012",
        "Expiration": rfc3339(ends - MARGIN),
    })
}

/// Answers that the server gives from now on.
fn answers<'a>(server: &'a MockServer, answer: &Value) -> httpmock::Mock<'a> {
    server.mock(|when, then| {
        when.method(POST).path("/t");
        then.status(200).json_body(answer.clone());
    })
}

/// How many keys of the kernel tell of this world. None holds more in the clear than how to look for a token.
fn copies(world: &World) -> usize {
    let list = String::from_utf8_lossy(&std::fs::read("/proc/keys").expect("Linux")).into_owned();
    let mark = world.path().display().to_string();
    let own: Vec<&str> =
        list.lines().filter(|line| line.contains(" tokcli:") && line.contains(&mark)).collect();
    for line in &own {
        let id = format!("0x{}", line.split_whitespace().next().expect("a number"));
        let read =
            std::process::Command::new("keyctl").args(["pipe", &id]).output().expect("keyctl is there");
        let text = String::from_utf8_lossy(&read.stdout);
        assert!(!text.contains("canary") && !text.contains("AKIA"), "{line}: {text}");
    }
    own.len()
}

#[test]
fn keys_session_and_expiry_are_those_of_one_answer() {
    let server = MockServer::start();
    let world = world(&server);
    let ends = later(3_600);
    let mut first = answers(&server, &given(1, ends));
    for _ in 0..3 {
        assert_eq!(ask(&world, AWS, "").object(), wanted(1, ends));
    }
    first.assert_calls(1);
    first.delete();
    // Whatever is asked between: what is kept for the next `token` holds no keys, and nothing shows them.
    for words in [&["token"][..], &["token", "--json"]] {
        let told = ask(&world, words, "");
        assert!(told.stdout.contains("st-canary-1") && !told.stdout.contains("sk/"), "{told:?}");
    }
    if world.is_cached() {
        assert!(copies(&world) > 0, "there are some");
    }
    assert_eq!(ask(&world, AWS, "").object(), wanted(1, ends));
    let ends = later(7_200);
    let second = answers(&server, &given(2, ends));
    world.run(&["refresh"]).succeeds();
    assert_eq!(ask(&world, &["-p", "keys", "helper", "aws"], "").object(), wanted(2, ends));
    second.assert_calls(1);
    world.assert_nothing_in_the_clear();
}

#[test]
fn an_answer_without_all_keys_gives_none() {
    let server = MockServer::start();
    let world = world(&server);
    let ends = later(3_600);
    answers(&server, &given(1, ends)).delete();
    for (n, name) in (1..).zip(["accessKeyId", "secretAccessKey"]) {
        let mut answer = given(n, ends);
        answer["credentials"].as_object_mut().expect("an object").remove(name);
        let mut mock = answers(&server, &answer);
        world.run(&["refresh"]).succeeds();
        let told = ask(&world, AWS, "");
        assert_eq!((told.code, &*told.stdout), (Some(3), ""), "{name}: {told:?}");
        assert!(told.stderr.contains("gave no `"), "{told:?}");
        mock.delete();
    }
    // Whose they are may be told by an earlier answer, unlike what they are.
    let mut answer = given(3, ends);
    answer.as_object_mut().expect("an object").remove("accountId");
    let mut mock = answers(&server, &answer);
    world.run(&["refresh"]).succeeds();
    let told = ask(&world, AWS, "").object();
    assert_eq!((&told["AccessKeyId"], &told["AccountId"]), (&json!("AKIA3"), &json!("123456789012")));
    mock.delete();
    // An SDK would use them for ever.
    let mut answer = given(4, ends);
    answer["credentials"].as_object_mut().expect("an object").remove("expiration");
    answers(&server, &answer);
    world.run(&["refresh"]).succeeds();
    let told = ask(&world, AWS, "");
    assert!(told.code == Some(3) && told.stdout.is_empty(), "{told:?}");
    assert!(told.stderr.contains("it is not known when these keys expire"), "{told:?}");
}

#[test]
fn another_vendors_token_is_no_key() {
    let (_vendor, world) = super::scene();
    let told = ask(&world, AWS, "");
    assert_eq!((told.code, &*told.stdout), (Some(3), ""), "{told:?}");
    assert!(told.stderr.contains("gave no `access_key_id`\nhint: "), "{told:?}");
}

#[test]
fn keys_that_are_valid_still_serve_while_the_vendor_is_down() {
    let server = MockServer::start();
    let mut world = world(&server);
    let shim = Shim::build(&world);
    let ends = later(100);
    let mut first = answers(&server, &given(1, ends));
    assert_eq!(ask(&world, AWS, "").object(), wanted(1, ends));
    first.delete();
    let down = server.mock(|when, then| {
        when.method(POST).path("/t");
        then.status(503);
    });
    shim.later(&mut world, 70);
    let told = ask(&world, AWS, "");
    assert_eq!(told.code, Some(0), "{told:?}");
    let keys: Value = serde_json::from_str(&told.stdout).expect("JSON");
    assert_eq!((&keys["AccessKeyId"], &keys["SessionToken"]), (&json!("AKIA1"), &json!("st-canary-1==")));
    assert!(told.stderr.contains("the token at hand is still valid"), "{told:?}");
    down.assert_calls(1);
}
