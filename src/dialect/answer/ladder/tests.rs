//! The ladder by itself, on whatever may come.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::*;

fn read(body: &[u8], complete: bool) -> Vec<Candidate> {
    let at = crate::base::clock::Moment { wall_ms: 0, boot_ms: 0, boot: String::new() };
    let raw =
        RawAnswer { status: 200, headers: Vec::new(), body: body.to_vec(), complete, garbled: None, at };
    climb(&[Format::Json], false, &raw).candidates
}

/// What is there although it broke off.
fn mend(bytes: &[u8]) -> Option<Value> {
    let mut all = read(bytes, false);
    let one = all.pop().filter(|_| all.is_empty())?;
    one.doubted.is_none().then_some(one.tree)
}

#[test]
fn whole_values_are_saved_and_broken_ones_are_not() {
    let whole = r#"{"a":{"t":"x\"}y","n":12},"r":"rt-ü","z":[1,{"q":"w"}]}"#;
    let full: Value = serde_json::from_str(whole).expect("JSON");
    for cut in 0..whole.len() {
        let Some(mended) = mend(&whole.as_bytes()[..cut]) else { continue };
        let same =
            |pointer: &str| mended.pointer(pointer).is_none_or(|value| Some(value) == full.pointer(pointer));
        for pointer in ["/a/t", "/a/n", "/r", "/z/1/q"] {
            assert!(same(pointer), "cut at {cut}: {mended}");
        }
    }
    let at = whole.find(r#","z""#).expect("there");
    assert_eq!(mend(&whole.as_bytes()[..at]).expect("mended")["r"], json!("rt-ü"));
    assert_eq!(mend(&whole.as_bytes()[..at - 1]).and_then(|value| value.get("r").cloned()), None);
    let deep = format!("{{\"r\":\"rt\",\"x\":{}", "[".repeat(20_000));
    assert_eq!(mend(deep.as_bytes()).expect("mended")["r"], json!("rt"));
    assert_eq!(mend(b"<html>"), None);
    assert_eq!(mend(b""), None);
}

#[test]
fn nothing_takes_long() {
    let size = 48 << 10;
    for part in [
        "{",
        "[",
        "{\"a\":",
        "[1,",
        "\"",
        "'",
        "{a",
        "{a:",
        "{\"a\":{",
        "\\",
        "\"{\":",
        "{\"a\" \"",
        "[[",
        "}{",
        "][",
        "%7B",
        "&quot;",
        "{\"a\":1,\"a\":2,",
        "\"\\\"",
        "/*",
        "<!--",
        "{/*",
        "x=",
        "[{\"a\":\"",
        "{\"a\":b(",
        "{\"a\":\"b\"c\"",
        "\u{201c}",
        "1\r\n{\r\n",
    ] {
        let body = part.repeat(size / part.len());
        for around in [["", ""], ["{\"a\":", "}"]] {
            let begun = processor_time();
            let _ = read(format!("{}{body}{}", around[0], around[1]).as_bytes(), false);
            let taken = processor_time() - begun;
            assert!(taken < Duration::from_secs(10), "{part}: {taken:?}");
        }
    }
}

/// Of this thread: however busy the machine is.
#[cfg(unix)]
fn processor_time() -> Duration {
    use nix::time::{ClockId, clock_gettime};
    Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("a clock"))
}

#[cfg(not(unix))]
fn processor_time() -> Duration {
    Duration::ZERO
}

#[test]
fn names_that_stand_twice_leave_a_doubt_only_where_they_differ() {
    for (body, tree, doubted) in [
        (r#"{"a":1,"a":1}"#, json!({"a":1}), None),
        (r#"{"a":1,"a":2}"#, json!({"a":2}), Some(json!({"a":"\u{fffd}"}))),
        (r#"{"a":"x","a":null,"a":" "}"#, json!({"a":"x"}), None),
        (r#"{"a":null,"a":"x"}"#, json!({"a":"x"}), None),
        (r#"{"a":{"b":1},"a":{"c":2}}"#, json!({"a":{"b":1,"c":2}}), None),
        (
            r#"{"a":{"b":1},"a":{"b":2,"c":3}}"#,
            json!({"a":{"b":2,"c":3}}),
            Some(json!({"a":{"b":"\u{fffd}","c":3}})),
        ),
        (r#"{"a":[{"b":1,"b":2}]}"#, json!({"a":[{"b":2}]}), Some(json!({"a":[{"b":"\u{fffd}"}]}))),
    ] {
        let one = read(body.as_bytes(), true).pop().expect(body);
        assert_eq!((one.tree, one.doubted), (tree, doubted), "{body}");
        assert_eq!(one.odd.len(), 1, "{body}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            vec((any::<String>(), inner), 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn members() -> impl Strategy<Value = String> {
    let member =
        (any::<String>(), any_json(), select(&["", " ", "\n\t"][..])).prop_map(|(name, value, space)| {
            // Its own name: `refresh_token` below stands alone.
            format!("{}:{space}{value}{space}", Value::from(format!("x{name}")))
        });
    vec(member, 0..3).prop_map(|members| members.join(","))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_token_is_saved_exactly_if_it_came_whole(before in members(), token in vec(any::<char>(), 1..20).prop_map(String::from_iter), after in members()) {
        let (comma, then) = (if before.is_empty() { "" } else { "," }, if after.is_empty() { "" } else { "," });
        let beginning = format!("{{{before}{comma}\"refresh_token\":{}", Value::from(token.as_str()));
        let whole = format!("{beginning}{then}{after}}}");
        for cut in 0..whole.len() {
            let all = read(&whole.as_bytes()[..cut], false);
            let saved = all.iter().find_map(|one| one.tree.get("refresh_token").cloned());
            let wanted = (cut >= beginning.len()).then(|| Value::from(token.as_str()));
            prop_assert_eq!(saved, wanted, "cut at {} of {}", cut, whole);
            prop_assert!(all.iter().all(|one| !one.closed), "cut at {} of {}", cut, whole);
        }
    }

    #[test]
    fn strict_json_is_read_alike_by_both(value in any_json()) {
        let text = json!({ "x": value }).to_string();
        let mut fuel = FUEL * text.len();
        let read = loose::container(&text, 0, &mut fuel).expect("an object");
        prop_assert!(read.closed && read.odd.is_empty() && read.doubted().is_none(), "{}", text);
        prop_assert_eq!((read.value.to_string(), read.end), (serde_json::from_str::<Value>(&text).expect("JSON").to_string(), text.len()));
    }

    #[test]
    fn whatever_comes_is_read_or_not(bytes in vec(prop_oneof![any::<u8>(), select(&b"{}[]\"':,\\ua1 \n&%<=/*"[..])], 0..200), complete in any::<bool>()) {
        for one in read(&bytes, complete) {
            prop_assert!(one.tree.is_object());
            prop_assert!(complete || one.is_json());
        }
        let _ = json(&bytes);
    }
}
