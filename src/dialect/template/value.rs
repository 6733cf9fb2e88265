//! What expressions are made of: a closed set of kinds, as text, as bytes, and from and to JSON; and what templates
//! are filled in with.
//!
//! Values are secrets here: texts and bytes are overwritten when they go, and words of an error hold none of them.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use zeroize::Zeroizing;

use super::budget::Budget;
use crate::base::order::InOrder as _;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    None,
    Bool(bool),
    Whole(i64),
    /// Of a JSON text, where it is no whole number that can be counted with.
    Number(serde_json::Number),
    Text(Text),
    Bytes(Bytes),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
    /// In a trial: whatever may stand in a JSON text, with all the members that it is asked for.
    Anything(Zeroizing<String>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text {
    text: Zeroizing<String>,
    /// A stand-in, or made of one.
    unknown: bool,
}

impl Text {
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bytes {
    bytes: Zeroizing<Vec<u8>>,
    unknown: bool,
}

impl Value {
    pub(super) fn text(text: impl Into<Zeroizing<String>>) -> Value {
        Value::Text(Text { text: text.into(), unknown: false })
    }

    pub(super) fn unknown(text: impl Into<Zeroizing<String>>) -> Value {
        Value::Text(Text { text: text.into(), unknown: true })
    }

    pub(super) fn bytes(bytes: impl Into<Zeroizing<Vec<u8>>>) -> Value {
        Value::Bytes(Bytes { bytes: bytes.into(), unknown: false })
    }

    /// Made of something that is a stand-in, or holds one.
    pub(super) fn is_unknown(&self) -> bool {
        match self {
            Value::Anything(_) => true,
            Value::Text(text) => text.unknown,
            Value::Bytes(bytes) => bytes.unknown,
            Value::List(items) => items.iter().any(Value::is_unknown),
            Value::Map(members) => members.values().any(Value::is_unknown),
            Value::None | Value::Bool(_) | Value::Whole(_) | Value::Number(_) => false,
        }
    }

    /// The same, made of something unknown.
    pub(super) fn veiled(mut self) -> Value {
        match &mut self {
            Value::Text(text) => text.unknown = true,
            Value::Bytes(bytes) => bytes.unknown = true,
            _ => {}
        }
        self
    }

    pub(super) fn is_true(&self) -> bool {
        match self {
            Value::None => false,
            Value::Bool(truth) => *truth,
            Value::Whole(whole) => *whole != 0,
            Value::Text(text) => !text.text.is_empty(),
            Value::Bytes(bytes) => !bytes.bytes.is_empty(),
            Value::List(items) => !items.is_empty(),
            Value::Map(members) => !members.is_empty(),
            Value::Number(_) | Value::Anything(_) => true,
        }
    }

    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        match self {
            Value::Text(Text { text, .. }) | Value::Anything(text) => text.len(),
            Value::Bytes(bytes) => bytes.bytes.len(),
            Value::List(items) => items.iter().map(|item| size_of::<Value>() + item.size()).sum(),
            Value::Map(members) => {
                members.iter().map(|(name, value)| name.len() + size_of::<Value>() + value.size()).sum()
            }
            Value::None | Value::Bool(_) | Value::Whole(_) | Value::Number(_) => 0,
        }
    }

    /// What a request can carry, as it would carry it.
    pub(crate) fn plain_text(&self) -> Result<Zeroizing<String>, String> {
        Ok(match self {
            Value::Text(Text { text, .. }) | Value::Anything(text) => text.clone(),
            Value::Bool(truth) => truth.to_string().into(),
            Value::Whole(whole) => whole.to_string().into(),
            Value::Number(number) => number.to_string().into(),
            Value::Bytes(_) => {
                return Err("bytes are not text; `hex`, `base64` or `base64url` makes text from them".into());
            }
            Value::None => return Err("`none` is used where a text is needed".into()),
            Value::List(_) | Value::Map(_) => {
                return Err(
                    "a list or a map is not text; `json`, `join` or `sorted_pairs` makes text from it".into(),
                );
            }
        })
    }

    /// Of a text: its UTF-8.
    pub(super) fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, String> {
        match self {
            Value::Bytes(bytes) => Ok(bytes.bytes.clone()),
            _ => self.plain_text().map(|text| text.as_bytes().to_vec().into()),
        }
    }

    pub(crate) fn to_json(&self) -> Result<serde_json::Value, String> {
        Ok(match self {
            Value::None => serde_json::Value::Null,
            Value::Bool(truth) => (*truth).into(),
            Value::Whole(whole) => (*whole).into(),
            Value::Number(number) => number.clone().into(),
            Value::List(items) => items.iter().map(Value::to_json).collect::<Result<Vec<_>, _>>()?.into(),
            Value::Map(members) => {
                let members = members.iter().map(|(name, value)| Ok((name.clone(), value.to_json()?)));
                serde_json::Value::Object(members.collect::<Result<_, String>>()?)
            }
            Value::Text(_) | Value::Bytes(_) | Value::Anything(_) => self.plain_text()?.as_str().into(),
        })
    }

    pub(crate) fn from_json(value: &serde_json::Value, stand_ins: StandIns<'_>) -> Value {
        match value {
            serde_json::Value::Null => Value::None,
            serde_json::Value::Bool(truth) => Value::Bool(*truth),
            serde_json::Value::Number(number) => {
                number.as_i64().map_or_else(|| Value::Number(number.clone()), Value::Whole)
            }
            serde_json::Value::String(text) if stand_ins.stand_in(text) => Value::unknown(text.clone()),
            serde_json::Value::String(text) => Value::text(text.clone()),
            serde_json::Value::Array(items) => {
                Value::List(items.iter().map(|item| Value::from_json(item, stand_ins)).collect())
            }
            serde_json::Value::Object(members) => {
                let members =
                    members.iter().map(|(name, value)| (name.clone(), Value::from_json(value, stand_ins)));
                Value::Map(members.in_order())
            }
        }
    }
}

/// Anew: a text that grows where it stands leaves copies of itself behind.
pub(super) fn joined(text: &str, more: &str) -> Zeroizing<String> {
    let mut both = Zeroizing::new(String::with_capacity(text.len() + more.len()));
    both.push_str(text);
    both.push_str(more);
    both
}

/// What a template may name, and what it stands for here and now.
pub(crate) type Values = BTreeMap<String, Zeroizing<String>>;

/// Those of a request, by the names that it gives them. `None`: what one names is not there, so whatever names that
/// one is left out.
pub(crate) type NamedValues = BTreeMap<String, Option<Value>>;

/// Those that are copies of one another share what they may cost.
#[derive(Clone)]
pub(crate) struct Filling<'a> {
    pub(crate) values: &'a Values,
    /// `None`: not yet.
    pub(super) request: Option<&'a Value>,
    pub(super) named: &'a NamedValues,
    pub(super) stand_ins: StandIns<'a>,
    pub(super) budget: Rc<Budget>,
}

static NOTHING_NAMED: NamedValues = NamedValues::new();

impl<'a> Filling<'a> {
    pub(crate) fn new(values: &'a Values) -> Filling<'a> {
        let budget = Rc::default();
        Filling { values, request: None, named: &NOTHING_NAMED, stand_ins: StandIns::Nothing, budget }
    }

    pub(crate) fn standing_in(values: &'a Values, stand_ins: StandIns<'a>) -> Filling<'a> {
        Filling { stand_ins, ..Filling::new(values) }
    }

    /// The same when the request, or more of it, is there.
    pub(crate) fn with<'b>(&self, request: Option<&'b Value>, named: &'b NamedValues) -> Filling<'b>
    where
        'a: 'b,
    {
        Filling { request, named, ..self.clone() }
    }

    /// A request as templates see it.
    pub(crate) fn described(&self, request: &serde_json::Value) -> Value {
        Value::from_json(request, self.stand_ins)
    }

    /// What has been filled in has cost all that it may.
    pub(crate) fn is_spent(&self) -> bool {
        self.budget.is_spent()
    }
}

/// Which values only stand for others. All else is what it will be, and is treated so: of a known text the parts are
/// its own, whether or not anything is known beside it.
#[derive(Clone, Copy, Default)]
pub(crate) enum StandIns<'a> {
    #[default]
    Nothing,
    /// What is made of one is made of its text, as far as that goes: nothing is decoded, parsed or signed with.
    Tried(&'a BTreeSet<String>),
    /// The text of each is a mask, and so is all that is made of one and does not hold it word for word.
    Masked(&'a BTreeSet<String>, &'a str),
}

impl<'a> StandIns<'a> {
    pub(crate) fn names(self, name: &str) -> bool {
        match self {
            StandIns::Nothing => false,
            StandIns::Tried(names) | StandIns::Masked(names, _) => names.contains(name),
        }
    }

    pub(crate) fn mask(self) -> Option<&'a str> {
        match self {
            StandIns::Masked(_, mask) => Some(mask),
            StandIns::Nothing | StandIns::Tried(_) => None,
        }
    }

    /// Of a request: whether a part of it may hold one.
    pub(super) fn stand_in(self, text: &str) -> bool {
        match self {
            StandIns::Nothing => false,
            StandIns::Tried(names) => !names.is_empty(),
            StandIns::Masked(_, mask) => text.contains(mask),
        }
    }
}

/// Stands for every value when a template is tried before there are any.
pub(super) const STAND_IN: &str = "x";

/// Every value that a name may have when there is none yet: for a trial.
pub(crate) fn stand_in(name: &str) -> Zeroizing<String> {
    Zeroizing::new(match name {
        "now" => "1767225600".to_owned(),
        "now_ms" => "1767225600000".to_owned(),
        "random" | "random_digits" | "uuid" => "1".repeat(64),
        "totp" => "123456".to_owned(),
        "base_url"
        | "token_url"
        | "authorization_url"
        | "device_authorization_url"
        | "revocation_url"
        | "redirect_uri"
        | "resource" => "https://x.example".to_owned(),
        _ => STAND_IN.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_comes_back_as_it_was() {
        let tree = serde_json::json!({ "a": [1, -2, u64::MAX, 0.5, null, true], "b": { "c": "d" } });
        assert_eq!(Value::from_json(&tree, StandIns::Nothing).to_json(), Ok(tree));
    }

    #[test]
    fn only_what_a_request_can_carry_is_text() {
        let texts = [Value::text("x".to_owned()), Value::Whole(7)]
            .map(|value| value.plain_text().ok().map(|text| text.to_string()));
        assert_eq!(texts, ["x", "7"].map(|text| Some(text.to_owned())));
        for value in [Value::None, Value::bytes(vec![1]), Value::List(vec![Value::Whole(1)])] {
            assert!(value.plain_text().is_err(), "{value:?}");
        }
        assert_eq!(Value::bytes(vec![0xff]).to_bytes(), Ok(vec![0xff].into()));
    }
}
