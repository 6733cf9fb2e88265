//! Filters of JSON texts, lists and maps.

use std::collections::BTreeMap;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::encoding::percent_encoded;
use super::input::{FilterResult, Input, text};
use crate::dialect::template::value::{Anything, from_json_value, plain_text, to_json};

pub(super) fn from_json(input: &Input) -> FilterResult {
    let text = input.text()?;
    match serde_json::from_str::<serde_json::Value>(&text) {
        _ if input.trial => Ok(Value::from_object(Anything(text))),
        Ok(value) => Ok(from_json_value(&value)),
        Err(_) => Err("a value that should be JSON is not".into()),
    }
}

/// Names in the order of their bytes: what signed APIs call canonical.
pub(super) fn sorted_pairs(input: &Input) -> FilterResult {
    let (within, between) = (input.arg(0)?, input.arg(1)?);
    let shown = |text: String| if input.is("encode") { percent_encoded(&text) } else { text };
    let mut pairs: Vec<(String, String)> = Vec::new();
    for name in input.value.try_iter().map_err(|_| "`sorted_pairs` needs a map".to_owned())? {
        let value = input.value.get_item(&name).map_err(|_| "`sorted_pairs` needs a map".to_owned())?;
        let values = match value.kind() {
            ValueKind::Seq => value.try_iter().map_or_else(|_| Vec::new(), Iterator::collect),
            _ => vec![value],
        };
        for value in values {
            let value = match value.kind() {
                ValueKind::Map | ValueKind::Seq => to_json(&value)?.to_string(),
                _ => plain_text(&value)?,
            };
            if !(value.is_empty() && input.is("skip_empty")) {
                pairs.push((plain_text(&name)?, value));
            }
        }
    }
    pairs.sort();
    let joined: Vec<String> =
        pairs.into_iter().map(|(name, value)| shown(name) + &within + &shown(value)).collect();
    text(joined.join(&between))
}

pub(super) fn merge(input: &Input) -> FilterResult {
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    for map in [&input.value, &input.args[0]] {
        for name in map.try_iter().map_err(|_| "`merge` needs two maps".to_owned())? {
            let value = map.get_item(&name).map_err(|_| "`merge` needs two maps".to_owned())?;
            all.insert(plain_text(&name)?, value);
        }
    }
    Ok(Value::from_object(all))
}
