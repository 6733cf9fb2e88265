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
}
