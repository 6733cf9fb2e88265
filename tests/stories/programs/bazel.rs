//! Bazel, by EngFlow's credential helper specification.

use serde_json::json;

use super::{another, ask, current, rfc3339, scene, unasked};

const GET: &[&str] = &["helper", "bazel", "get"];

#[test]
fn an_address_gets_its_header_and_its_expiry() {
    let (vendor, world) = scene();
    for uri in ["https://git.example.com/a/b", "https://git.example.com/a?b=c", "https://git.example.com"] {
        let told = ask(&world, GET, json!({ "uri": uri, "of-later": [1] }).to_string()).object();
        let (token, expiry) = current(&vendor, &world);
        let wanted = json!({ "headers": { "Authorization": [format!("Bearer {token}")] }, "expires": rfc3339(expiry) });
        assert_eq!(told, wanted);
    }
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn what_cannot_be_answered_is_an_error_without_output() {
    let (vendor, mut world) = scene();
    another(&mut world, "other");
    let uri = |uri: &str| json!({ "uri": uri }).to_string();
    for (words, input, code) in [
        (GET, uri("https://elsewhere.example/"), 3),
        (GET, uri("no address"), 3),
        (&["-p", "other", "helper", "bazel", "get"], uri("https://git.example.com/"), 3),
        (GET, String::new(), 3),
        (GET, "{}".to_owned(), 3),
        (GET, "[]".to_owned(), 3),
        (GET, "{\"uri\":7}".to_owned(), 3),
        (&["helper", "bazel", "store-x"], uri("https://git.example.com/"), 3),
    ] {
        let told = ask(&world, words, &input);
        assert_eq!((told.code, &*told.stdout), (Some(code), ""), "{input}: {told:?}");
        assert!(told.stderr.starts_with("tokcli: error: "), "{told:?}");
    }
    unasked(&vendor);
    vendor.expire_login();
    let told = ask(&world, GET, uri("https://git.example.com/"));
    assert_eq!((told.code, &*told.stdout), (Some(4), ""), "{told:?}");
}
