//! What a selector finds: the parts of an answer, as far as it was understood, and the way from a selector
//! to a value in them. What the value means is decided elsewhere.

use std::borrow::Cow;

use serde_json::Value;

use crate::dialect::schema::pointer::Names;
use crate::dialect::schema::selector::{Alternative, Locator};
use crate::dialect::schema::{Format, Selector};

/// An answer in parts. Without a body: it is not of the declared format.
#[derive(Default)]
pub(crate) struct Parts<'a> {
    pub(crate) body: Option<Value>,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) names: Names,
    /// The body as it came, if a test looks at it.
    pub(crate) text: Option<Value>,
    /// What the body was read as.
    pub(crate) format: Option<Format>,
    /// Nothing came as a body, or blanks alone.
    pub(crate) empty: bool,
}

impl Selector {
    pub(crate) fn find<'a>(&self, parts: &'a Parts<'_>) -> Option<Cow<'a, Value>> {
        // A null that is there is something to tell.
        self.all(parts).find(|value| !value.is_null()).or_else(|| self.all(parts).next())
    }

    /// All that it finds, in the order in which they count.
    fn all<'a>(&self, parts: &'a Parts<'_>) -> impl Iterator<Item = Cow<'a, Value>> {
        self.0.iter().flat_map(|one| one.find(parts))
    }

    /// What a test looks at: all that is at the first place that is there.
    pub(super) fn tested<'a>(&self, parts: &'a Parts<'_>) -> Vec<Cow<'a, Value>> {
        let values = |one: &Alternative| -> Vec<Cow<'a, Value>> {
            one.find(parts).into_iter().map(without_attributes).filter(|value| !value.is_null()).collect()
        };
        self.0.iter().map(values).find(|values| !values.is_empty()).unwrap_or_default()
    }

    /// A text that is not empty.
    pub(crate) fn text(&self, parts: &Parts<'_>) -> Option<String> {
        let text =
            |value: Cow<'_, Value>| value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned);
        self.all(parts).find_map(text)
    }

    /// A token. A plain text is one if nothing about it says that it is something else, or if something else says that it is one.
    pub(super) fn token(&self, parts: &Parts<'_>, certain: bool) -> Option<String> {
        let is_text = |one: &Alternative| {
            parts.format == Some(Format::Text) && matches!(one.locator, Locator::Body(_)) && !certain
        };
        let in_one = |one: &Alternative| {
            let mut texts = one.find(parts).into_iter().filter_map(|value| value.as_str().map(str::to_owned));
            texts.find(|text| {
                let is_there = !text.trim().is_empty() && (certain || !is_nothing(text));
                is_there && (!is_text(one) || may_be_a_token(text))
            })
        };
        self.0.iter().find_map(in_one)
    }

    /// How long the cookie lives, by its own attributes: seconds, or a date.
    pub(crate) fn cookie_life(&self, parts: &Parts<'_>) -> Option<String> {
        let named = self.0.iter().find_map(|one| match &one.locator {
            Locator::Cookie(name) => cookies(parts.headers, name).last(),
            _ => None,
        });
        let (_, attributes) = named?;
        let of = |wanted: &str| attributes.iter().find(|(key, _)| key == wanted).map(|(_, value)| *value);
        of("max-age").or_else(|| of("expires")).map(str::to_owned)
    }

    /// A text or a number, as text.
    pub(crate) fn scalar(&self, parts: &Parts<'_>) -> Option<String> {
        self.all(parts).find_map(|value| match own_text(&value) {
            Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            _ => None,
        })
    }

    /// A list of texts, as one with blanks between them.
    pub(crate) fn list(&self, parts: &Parts<'_>) -> Option<String> {
        let found = self.find(parts)?;
        let texts: Option<Vec<&str>> = found.as_array()?.iter().map(Value::as_str).collect();
        texts.filter(|texts| !texts.is_empty()).map(|texts| texts.join(" "))
    }
}

/// What some write where nothing is.
pub(super) fn is_nothing(text: &str) -> bool {
    let nothing = [
        "null",
        "undefined",
        "none",
        "nil",
        "n/a",
        "na",
        "false",
        "deleted",
        "expired",
        "invalid",
        "revoked",
        "-",
        "0",
        "-1",
    ];
    nothing.contains(&text.trim().to_ascii_lowercase().as_str())
}

/// No words, no short number, no line of something larger, no JSON and no markup.
fn may_be_a_token(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control();
    let is_code = text.len() < 4 && text.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit());
    !text.contains(odd) && !is_code && !text.starts_with(['{', '[', '<']) && !is_words(text)
}

/// `OK`, `invalid_grant`, `Error!`: what is drawn at random is longer, or of more kinds of characters.
pub(super) fn is_words(text: &str) -> bool {
    let is_word = |word: &str| {
        let rest = word.get(1..).unwrap_or_default();
        let lower = rest.bytes().all(|b| b.is_ascii_lowercase());
        let upper = word.bytes().all(|b| b.is_ascii_uppercase());
        word.bytes().all(|b| b.is_ascii_alphabetic()) && (lower || upper)
    };
    text.len() < 32 && text.split(['_', '-', '.', '!', ':', ',']).all(is_word)
}

/// An element of XML that has attributes is more than its text.
fn own_text(value: &Value) -> &Value {
    value.get("#text").unwrap_or(value)
}

fn without_attributes(value: Cow<'_, Value>) -> Cow<'_, Value> {
    match value.get("#text") {
        Some(text) => Cow::Owned(text.clone()),
        None => value,
    }
}

impl Alternative {
    fn find<'a>(&self, parts: &'a Parts<'_>) -> Vec<Cow<'a, Value>> {
        let found = match &self.locator {
            Locator::Body(pointer) => {
                parts.body.as_ref().map_or_else(Vec::new, |body| pointer.find(body, parts.names))
            }
            Locator::Header(name) => {
                let header = parts.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                header.map(|(_, value)| Cow::Owned(Value::from(value.as_str()))).into_iter().collect()
            }
            Locator::Cookie(name) => {
                let cookie = cookies(parts.headers, name).last();
                cookie.map(|(value, _)| Cow::Owned(Value::from(value))).into_iter().collect()
            }
            Locator::Text => parts.text.iter().map(Cow::Borrowed).collect(),
        };
        found.into_iter().map(|value| self.stripped(value)).collect()
    }

    fn stripped<'a>(&self, value: Cow<'a, Value>) -> Cow<'a, Value> {
        let Some(strip) = &self.strip else { return value };
        let bare = value.as_str().and_then(|text| {
            let head = text.get(..strip.len()).filter(|head| head.eq_ignore_ascii_case(strip))?;
            Some(Value::from(text[head.len()..].trim_start()))
        });
        bare.map_or(value, Cow::Owned)
    }
}

/// Value and attributes of each cookie of a name that the answer sets (RFC 6265 section 4.1), and does not take away
/// again.
fn cookies<'a>(
    headers: &'a [(String, String)],
    name: &str,
) -> impl Iterator<Item = (&'a str, Vec<(String, &'a str)>)> {
    let set = headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case("set-cookie"));
    set.filter_map(move |(_, line)| {
        let mut parts = line.split(';').map(|part| part.split_once('=').unwrap_or((part, "")));
        let (_, value) = parts.next().filter(|(known, _)| known.trim() == name)?;
        let value = value.trim().trim_matches('"');
        let attributes: Vec<_> =
            parts.map(|(key, value)| (key.trim().to_lowercase(), value.trim())).collect();
        let gone = attributes.iter().any(|(key, value)| match key.as_str() {
            "max-age" => value.parse::<i64>().is_ok_and(|seconds| seconds <= 0),
            "expires" => value.contains(" 1970 ") || value.contains("-1970 "),
            _ => false,
        });
        (!value.is_empty() && !gone).then_some((value, attributes))
    })
}

/// Numbers and numeric strings are equal: `0`, `"0"` and `0.0` are one.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
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
    use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
    use serde_json::json;

    use super::*;

    fn found(selector: &str, parts: &Parts<'_>) -> Option<Value> {
        #[derive(serde::Deserialize)]
        struct One {
            selector: Selector,
        }
        let one: One = toml::from_str(&format!("selector = {selector}")).expect(selector);
        one.selector.find(parts).map(Cow::into_owned)
    }

    #[test]
    fn values_are_found_wherever_a_vendor_may_put_them() {
        let jwt = format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(r#"{"sub":"u-1"}"#));
        let body = json!({
            "a": { "b/c~d": [1, { "e": "Bearer t-1" }] }, "inner": "{\"t\":\"t-2\"}", "id": jwt, "Up": "x", "null": null, "n": "12",
        });
        let headers = [
            ("x-auth".to_owned(), "t-3".to_owned()),
            ("set-cookie".to_owned(), "a=1; Path=/".to_owned()),
            ("set-cookie".to_owned(), "s=\"t-4\"; Secure".to_owned()),
            ("set-cookie".to_owned(), "twice=deleteMe; Max-Age=0".to_owned()),
            ("set-cookie".to_owned(), "twice=t-5".to_owned()),
            ("set-cookie".to_owned(), "twice=t-6; Max-Age=60".to_owned()),
            ("set-cookie".to_owned(), "gone=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT".to_owned()),
        ];
        let parts = Parts { body: Some(body), headers: &headers, ..Parts::default() };
        for (selector, wanted) in [
            ("'/a/b~1c~0d/0'", Some(json!(1))),
            ("{ at = '/a/b~1c~0d/1/e', strip = 'bearer ' }", Some(json!("t-1"))),
            ("{ at = '/a/b~1c~0d/1/e', strip = 'Basic ' }", Some(json!("Bearer t-1"))),
            ("'/a/b~1c~0d/01'", None),
            ("'/inner/t'", Some(json!("t-2"))),
            ("'/id/sub'", Some(json!("u-1"))),
            ("'/n/x'", None),
            ("'/up'", None),
            ("{ header = 'X-Auth' }", Some(json!("t-3"))),
            ("{ cookie = 's' }", Some(json!("t-4"))),
            ("{ cookie = 'S' }", None),
            ("{ cookie = 'twice' }", Some(json!("t-6"))),
            ("{ cookie = 'gone' }", None),
            ("['/null', '/nowhere', { header = 'X-Auth' }]", Some(json!("t-3"))),
            ("'/null'", Some(json!(null))),
        ] {
            assert_eq!(found(selector, &parts), wanted, "{selector}");
        }
        let parts = Parts { names: Names { ignore_case: true, ..Names::default() }, ..parts };
        assert_eq!(found("'/up'", &parts), Some(json!("x")));
    }

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
