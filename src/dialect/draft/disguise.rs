//! An answer that a vendor gave, with all that may be somebody's replaced by something of the same form: letters by letters,
//! digits by digits, a JSON Web Token by another one. What stays are words that anybody may see, dates and lifetimes.

use std::collections::BTreeMap;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::{Map, Value};

use super::answer::{is_harmless_word, tells_a_time};
use super::curl;
use super::looks::{epoch, is_jwt, looks_random, may_be_a_value};
use crate::dialect::schema::{Dialect, Exchange};

/// What replaces what; the same always by the same.
pub(crate) struct Disguise {
    known: BTreeMap<String, String>,
    /// What the dialect compares with: a test must hold of the record, too.
    compared: Vec<Value>,
    /// In lower case, as `contains` has it.
    contained: Vec<String>,
    drawn: u64,
}

/// Longer ones are nobody's number but a date's.
const COUNT: usize = 5;

impl Disguise {
    pub(crate) fn of(dialect: &Dialect) -> Disguise {
        let tests = dialect.exchanges.values().flat_map(Exchange::tests);
        let compared = tests.flat_map(|test| test.equals.iter().chain(&test.not_equals).flatten().cloned());
        let tests = dialect.exchanges.values().flat_map(Exchange::tests);
        let contained = tests.flat_map(|test| test.contains.iter().flatten().cloned());
        Disguise {
            known: BTreeMap::new(),
            compared: compared.collect(),
            contained: contained.collect(),
            drawn: 0,
        }
    }

    /// Another text of the same form.
    pub(crate) fn text(&mut self, text: &str) -> String {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let made_up = match text.split_once("://") {
            Some((scheme, rest)) if scheme.bytes().all(|b| b.is_ascii_lowercase()) => {
                format!("{scheme}://{}", self.letters(rest))
            }
            _ if is_jwt(text) => self.token(text),
            _ => self.letters(text),
        };
        self.known.insert(text.to_owned(), made_up.clone());
        made_up
    }

    fn letters(&mut self, text: &str) -> String {
        let mut other = |c: char| {
            // Knuth's generator: nobody need foresee it, for nothing of the text goes into it.
            self.drawn =
                self.drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let drawn = u8::try_from(self.drawn >> 59).unwrap_or_default();
            match c {
                'a'..='z' => char::from(b'a' + drawn % 26),
                'A'..='Z' => char::from(b'A' + drawn % 26),
                '0'..='9' => char::from(b'0' + drawn % 10),
                c if c.is_ascii() => c,
                _ => 'x',
            }
        };
        text.chars().map(&mut other).collect()
    }

    /// Header and claims in disguise, and another signature.
    fn token(&mut self, text: &str) -> String {
        let parts: Vec<&str> = text.splitn(3, '.').collect();
        let mut part = |part: &str| {
            let tree = BASE64_URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok();
            let tree = tree.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
            match tree {
                Some(tree) => BASE64_URL_SAFE_NO_PAD.encode(self.value("", &tree).to_string()),
                None => self.letters(part),
            }
        };
        let (header, claims) = (part(parts[0]), part(parts[1]));
        format!("{header}.{claims}.{}", self.letters(parts[2]))
    }

    /// The body of an answer, whatever it is.
    pub(crate) fn body(&mut self, text: &str) -> String {
        if let Ok(tree) = serde_json::from_str::<Value>(text) {
            return match tree {
                Value::String(bare) => Value::String(self.text(&bare)).to_string(),
                tree => self.value("", &tree).to_string(),
            };
        }
        let within = text.find(['{', '[']).zip(text.rfind(['}', ']'])).filter(|(from, to)| from < to);
        if let Some((from, to)) = within
            && let Ok(tree) = serde_json::from_str::<Value>(&text[from..=to])
        {
            return format!("{}{}{}", &text[..from], self.value("", &tree), &text[to + 1..]);
        }
        let is_form = !text.contains(|c: char| c.is_whitespace() || c == '<') && text.contains('=');
        if is_form {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in curl::pairs(text) {
                let value = self.value(&name, &Value::String(value));
                form.append_pair(&name, value.as_str().unwrap_or_default());
            }
            return form.finish();
        }
        self.runs(text)
    }

    /// Of a text in which nobody knows what is what: whatever looks like a key, and what was replaced elsewhere.
    fn runs(&mut self, text: &str) -> String {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "+/_=.~-".contains(c);
        let mut whole = String::new();
        for run in text.split_inclusive(|c: char| !is_part(c)) {
            let (run, end) = match run.char_indices().next_back() {
                Some((at, last)) if !is_part(last) => run.split_at(at),
                _ => (run, ""),
            };
            let known = self.known.contains_key(run);
            let shown =
                if known || looks_random(run) || is_jwt(run) { self.text(run) } else { run.to_owned() };
            whole += &shown;
            whole += end;
        }
        whole
    }

    fn value(&mut self, name: &str, value: &Value) -> Value {
        if self.compared.contains(value) {
            return value.clone();
        }
        match value {
            Value::Object(members) => {
                let mut all = Map::new();
                for (name, value) in members {
                    let shown = if may_be_a_value(name) { self.text(name) } else { name.clone() };
                    all.insert(shown, self.value(name, value));
                }
                Value::Object(all)
            }
            Value::Array(items) => items.iter().map(|item| self.value(name, item)).collect(),
            Value::String(text) => self.string(name, text),
            Value::Number(number) => {
                let digits = number.to_string();
                let is_a_time = tells_a_time(name) || epoch(&digits).is_some() || digits.len() <= COUNT;
                if is_a_time { value.clone() } else { self.text(&digits).parse().unwrap_or(0).into() }
            }
            Value::Null | Value::Bool(_) => value.clone(),
        }
    }

    fn string(&mut self, name: &str, text: &str) -> Value {
        let inner =
            serde_json::from_str::<Value>(text).ok().filter(|inner| inner.is_object() || inner.is_array());
        if let Some(inner) = inner {
            return self.value(name, &inner).to_string().into();
        }
        let is_a_time = text.parse::<jiff::Timestamp>().is_ok()
            || text.parse::<jiff::civil::DateTime>().is_ok()
            || epoch(text).is_some()
            || (tells_a_time(name) && text.len() <= 30 && text.bytes().any(|b| b.is_ascii_digit()));
        // Scopes and words of the vendor are words apart.
        let words = text.split([' ', ',']).all(|word| word.is_empty() || is_harmless_word(word));
        if is_a_time || words {
            return text.into();
        }
        let lower = text.to_ascii_lowercase();
        let found = self.contained.iter().find_map(|part| Some((lower.find(part)?, part.len())));
        match found {
            Some((at, length)) => {
                let (before, rest) = text.split_at(at);
                let (part, after) = rest.split_at(length);
                format!("{}{part}{}", self.letters(before), self.letters(after)).into()
            }
            None => self.text(text).into(),
        }
    }
}
