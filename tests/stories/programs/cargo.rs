//! cargo, by its credential provider protocol.

use serde_json::{Value, json};

use super::{another, ask, current, scene};

const PLUGIN: &[&str] = &["helper", "cargo", "--cargo-plugin"];

fn request(kind: &str, index: &str) -> Value {
    json!({
        "v": 1, "kind": kind, "operation": "read", "args": [],
        "registry": { "index-url": index, "name": "own", "headers": ["WWW-Authenticate: Bearer"] },
    })
}

/// What is answered to these lines, behind the hello.
fn talk(world: &crate::world::World, words: &[&str], requests: &[String]) -> Vec<Value> {
    let input: String = requests.iter().map(|request| format!("{request}\n")).collect();
    let told = ask(world, words, input);
    assert_eq!((told.code, &*told.stderr), (Some(0), ""), "{told:?}");
    let mut lines = told.stdout.lines();
    assert_eq!(lines.next(), Some("{\"v\":[1]}"), "{told:?}");
    let answers: Vec<Value> = lines.map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(answers.len(), requests.len(), "{told:?}");
    answers
}

#[test]
fn a_registry_gets_the_whole_header_and_when_to_ask_again() {
    let (vendor, world) = scene();
    for index in ["sparse+https://git.example.com/index/", "https://git.example.com/index"] {
        let answers = talk(&world, PLUGIN, &[request("get", index).to_string()]);
        let (token, expiry) = current(&vendor, &world);
        let wanted = json!({ "Ok": {
            "kind": "get", "token": format!("Bearer {token}"), "cache": "expires",
            "expiration": expiry, "operation_independent": true,
        } });
        assert_eq!(answers, [wanted]);
    }
    let bare = talk(
        &world,
        &["helper", "cargo", "--cargo-plugin", "--bare"],
        &[request("get", "sparse+https://git.example.com/").to_string()],
    );
    assert_eq!(bare[0]["Ok"]["token"], *vendor.current().access_token);
    // As cargo says what its configuration has behind the program's name.
    let mut said = request("get", "sparse+https://git.example.com/");
    said["args"] = json!(["--bare"]);
    assert_eq!(talk(&world, PLUGIN, &[said.to_string()]), bare);
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn all_of_a_conversation_is_answered_in_turn() {
    let (vendor, mut world) = scene();
    another(&mut world, "other");
    let mut of_later = request("get", "sparse+https://git.example.com/");
    of_later["v"] = json!(2);
    let requests = [
        request("login", "sparse+https://git.example.com/").to_string(),
        request("logout", "sparse+https://git.example.com/").to_string(),
        request("get", "sparse+https://elsewhere.example/").to_string(),
        of_later.to_string(),
        "{".to_owned(),
        "{}".to_owned(),
        request("get", "sparse+https://git.example.com/").to_string(),
    ];
    let answers = talk(&world, PLUGIN, &requests);
    let kinds: Vec<&str> =
        answers[..6].iter().map(|answer| answer["Err"]["kind"].as_str().expect("a kind")).collect();
    let unsupported = "operation-not-supported";
    assert_eq!(kinds, [unsupported, unsupported, "url-not-supported", "other", "other", "other"]);
    assert_eq!(answers[6]["Ok"]["kind"], "get");
    let closed = talk(
        &world,
        &["-p", "other", "helper", "cargo", "--cargo-plugin"],
        &[request("get", "sparse+https://git.example.com/").to_string()],
    );
    assert_eq!(closed, [json!({ "Err": { "kind": "url-not-supported" } })]);
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn a_failure_is_an_answer() {
    let (vendor, world) = scene();
    let get = [request("get", "sparse+https://git.example.com/").to_string()];
    vendor.expire_login();
    let dead = talk(&world, PLUGIN, &get);
    assert_eq!(dead[0]["Err"]["kind"], "other");
    assert_eq!(dead[0]["Err"]["caused-by"], json!([]));
    assert!(dead[0]["Err"]["message"].as_str().is_some_and(|words| words.contains("tokcli")), "{dead:?}");
    world.run(&["logout", "--local"]).succeeds();
    assert_eq!(talk(&world, PLUGIN, &get)[0], json!({ "Err": { "kind": "not-found" } }));
    world.write("profiles.toml", "[profiles");
    assert_eq!(talk(&world, PLUGIN, &get)[0]["Err"]["kind"], "other");
}
