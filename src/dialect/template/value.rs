//! Values of the template engine: as text, as bytes, and from and to JSON; and what templates are filled in with.
//!
//! Words of an error are ours and hold no value: values are secrets here.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Object, ValueKind};
use zeroize::Zeroizing;

/// What a request can carry, as it would carry it.
pub(super) fn plain_text(value: &Value) -> Result<String, String> {
    match value.kind() {
        ValueKind::String | ValueKind::Number | ValueKind::Bool => Ok(value.to_string()),
        _ if value.downcast_object_ref::<Anything>().is_some() => Ok(value.to_string()),
        ValueKind::Bytes => {
            Err("bytes are no text; `hex`, `base64` or `base64url` makes text of them".into())
        }
        ValueKind::None => Err("`none` stands where a text is needed".into()),
        ValueKind::Undefined => Err("there is no such value".into()),
        _ => Err("a list or a map is not text; `json`, `join` or `sorted_pairs` makes text of it".into()),
    }
}

pub(super) fn bytes_of(value: &Value) -> Result<Vec<u8>, String> {
    match value.kind() {
        ValueKind::Bytes => Ok(value.as_bytes().unwrap_or_default().to_vec()),
        _ => plain_text(value).map(String::into_bytes),
    }
}

/// In a trial: whatever may stand in a JSON text, with all the members that it is asked for.
#[derive(Debug)]
pub(super) struct Anything(pub(super) String);

impl Object for Anything {
    fn get_value(self: &Arc<Self>, _: &Value) -> Option<Value> {
        Some(Value::from_dyn_object(Arc::clone(self)))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) fn from_json_value(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Bool(truth) => Value::from(*truth),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Value::from(whole),
            (None, Some(whole)) => Value::from(whole),
            (None, None) => Value::from(number.as_f64().unwrap_or_default()),
        },
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(list) => Value::from(list.iter().map(from_json_value).collect::<Vec<_>>()),
        serde_json::Value::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.clone(), from_json_value(value)));
            Value::from_object(members.collect::<BTreeMap<_, _>>())
        }
    }
}

pub(super) fn to_json(value: &Value) -> Result<serde_json::Value, String> {
    Ok(match value.kind() {
        ValueKind::None => serde_json::Value::Null,
        ValueKind::Bool => serde_json::Value::Bool(value.is_true()),
        ValueKind::Number => {
            serde_json::from_str(&value.to_string()).map_err(|_| "this number is none of JSON")?
        }
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter().map_err(|_| "this list cannot be read")?;
            serde_json::Value::Array(items.map(|item| to_json(&item)).collect::<Result<_, _>>()?)
        }
        ValueKind::Map if value.downcast_object_ref::<Anything>().is_none() => {
            let names = value.try_iter().map_err(|_| "this map cannot be read")?;
            let members = names.map(|name| {
                let member = value.get_item(&name).map_err(|_| "this map cannot be read")?;
                Ok((name.to_string(), to_json(&member)?))
            });
            serde_json::Value::Object(members.collect::<Result<_, String>>()?)
        }
        _ => serde_json::Value::String(plain_text(value)?),
    })
}

/// What a template may name, and what it stands for here and now.
pub(crate) type Values = BTreeMap<String, Zeroizing<String>>;

#[derive(Clone, Copy)]
pub(crate) struct Filling<'a> {
    pub(crate) values: &'a Values,
    /// `None`: not yet.
    pub(crate) request: Option<&'a Value>,
    /// Values are stand-ins: nothing is decoded, parsed or signed with.
    pub(crate) trial: bool,
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
        assert_eq!(to_json(&from_json_value(&tree)), Ok(tree));
    }

    #[test]
    fn only_what_a_request_can_carry_is_text() {
        let many = Value::from(vec![Value::from(1)]);
        let texts = [Value::from("x"), Value::from(7)].map(|value| plain_text(&value).ok());
        assert_eq!(texts, ["x", "7"].map(|text| Some(text.to_owned())));
        for value in [Value::from(()), Value::UNDEFINED, Value::from_bytes(vec![1]), many] {
            assert!(plain_text(&value).is_err(), "{value:?}");
        }
        assert_eq!(bytes_of(&Value::from_bytes(vec![0xff])), Ok(vec![0xff]));
    }
}
