//! What can be saved of a JSON answer that broke off or goes on as no JSON: everything
//! that was whole before.

use serde_json::Value;

/// How many ends are tried, from the last backwards.
const TRIES: usize = 200;

/// The longest beginning of `bytes` that ends with a whole string, list or object,
/// closed. A string without its last quote is never taken for whole.
pub(crate) fn mend(bytes: &[u8]) -> Option<Value> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(cut) => std::str::from_utf8(&bytes[..cut.valid_up_to()]).ok()?,
    };
    let (ends, _) = scan(text);
    let sound = sound(text);
    ends.iter().rev().skip_while(|end| **end > sound).take(TRIES).find_map(|end| {
        let beginning = &text[..*end];
        let (_, closers) = scan(beginning);
        serde_json::from_str(&(beginning.to_owned() + &closers)).ok()
    })
}

/// How far it can be read: nothing that ends later can be saved.
fn sound(text: &str) -> usize {
    let Err(error) = serde_json::from_str::<Value>(text) else { return text.len() };
    let before = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    before.map(str::len).sum::<usize>() + error.column()
}

/// Where something ends, and what would close all that is open at the end.
fn scan(text: &str) -> (Vec<usize>, String) {
    let (mut ends, mut open, mut in_string, mut escaped) = (Vec::new(), Vec::new(), false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => {
                in_string = !in_string;
                if !in_string {
                    ends.push(at + 1);
                }
            }
            _ if in_string => {}
            '{' => open.push('}'),
            '[' => open.push(']'),
            '}' | ']' => {
                open.pop();
                ends.push(at + 1);
            }
            _ => {}
        }
    }
    (ends, open.iter().rev().collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    #[test]
    fn whole_values_are_saved_and_broken_ones_are_not() {
        let whole = r#"{"a":{"t":"x\"}y","n":12},"r":"rt-ü","z":[1,{"q":"w"}]}"#;
        let full: Value = serde_json::from_str(whole).expect("JSON");
        for cut in 0..whole.len() {
            let Some(mended) = mend(&whole.as_bytes()[..cut]) else { continue };
            let same = |pointer: &str| {
                mended.pointer(pointer).is_none_or(|value| Some(value) == full.pointer(pointer))
            };
            for pointer in ["/a/t", "/a/n", "/r", "/z/1/q"] {
                assert!(same(pointer), "cut at {cut}: {mended}");
            }
        }
        let at = whole.find(r#","z""#).expect("there");
        assert_eq!(mend(&whole.as_bytes()[..at]).expect("mended")["r"], json!("rt-ü"));
        assert_eq!(mend(&whole.as_bytes()[..at - 1]).and_then(|value| value.get("r").cloned()), None);
        let whole = r#"{"r":"rt","#;
        for odd in ["}", "\n\n// why\n\"x\":1}", "\"x\":NaN}", "\"x\":\"\\ud800\"}", "\"x\":1e400}"] {
            let long = format!("{whole}{odd}{}", "[\"x\"],".repeat(1_000));
            assert_eq!(mend(long.as_bytes()).expect(odd)["r"], json!("rt"), "{odd}");
        }
        let deep = format!("{whole}\"x\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
        assert_eq!(mend(deep.as_bytes()).expect("mended"), json!({ "r": "rt" }));
        assert_eq!(mend(b"<html>"), None);
        assert_eq!(mend(b""), None);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
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
            let full: Value = serde_json::from_str(&whole).expect("JSON");
            prop_assert_eq!(&full["refresh_token"], &token);
            for cut in 0..whole.len() {
                let saved = mend(&whole.as_bytes()[..cut]).and_then(|body| body.get("refresh_token").cloned());
                let wanted = (cut >= beginning.len()).then(|| Value::from(token.as_str()));
                prop_assert_eq!(saved, wanted, "cut at {} of {}", cut, whole);
            }
        }
    }
}
