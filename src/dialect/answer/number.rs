//! Numbers as vendors write them: a numeric string is one.

use serde_json::Value;

/// Numbers and numeric strings are equal: `0`, `"0"` and `0.0` are one.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    match (number(left), number(right)) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text)
            if text.bytes().any(|b| b.is_ascii_digit())
                && text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-') =>
        {
            text.parse().ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_and_numeric_strings_are_equal_and_nothing_else_is() {
        assert!(same(&json!(0), &json!("0")) && same(&json!("0"), &json!(0.0)));
        assert!(
            !same(&json!(""), &json!(0))
                && !same(&json!(false), &json!(0))
                && !same(&json!("0x0"), &json!(0))
        );
    }
}
