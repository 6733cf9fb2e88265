//! Terraform's `external` data source.

use serde_json::json;

use super::{another, ask, current, rfc3339, scene, unasked};

const WORDS: &[&str] = &["helper", "terraform"];

#[test]
fn a_query_is_answered_with_strings_alone() {
    let (vendor, world) = scene();
    for query in [json!({}), json!({ "url": "https://git.example.com/x" }), json!({ "of_later": "x" })] {
        let told = ask(&world, WORDS, query.to_string()).object();
        let (token, expiry) = current(&vendor, &world);
        let wanted = json!({ "access_token": token, "token_type": "Bearer", "expires_at": rfc3339(expiry) });
        assert_eq!(told, wanted);
        assert!(told.as_object().expect("flat").values().all(serde_json::Value::is_string));
    }
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn an_unknown_address_or_no_query_is_an_error() {
    let (vendor, mut world) = scene();
    another(&mut world, "other");
    for (words, query, code) in [
        (WORDS, "{\"url\":\"https://elsewhere.example/\"}", 3),
        (&["-p", "other", "helper", "terraform"], "{\"url\":\"https://git.example.com/\"}", 3),
        (&["-p", "other", "helper", "terraform"], "{}", 4),
        (WORDS, "", 3),
        (WORDS, "[]", 3),
        (WORDS, "{\"url\":7}", 3),
    ] {
        let told = ask(&world, words, query);
        assert_eq!((told.code, &*told.stdout), (Some(code), ""), "{query}: {told:?}");
        assert!(told.stderr.starts_with("tokcli: error: "), "{told:?}");
    }
    unasked(&vendor);
}
