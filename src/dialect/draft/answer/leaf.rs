//! The values of a pasted answer, each with the names that lead to it.

use serde_json::Value;

use super::selector::DraftedSelector;
use crate::dialect::draft::meaning::canonical;

/// One value and the names that lead to it.
pub(super) struct Leaf<'a> {
    pub(super) path: Vec<String>,
    pub(super) value: &'a Value,
}

impl Leaf<'_> {
    pub(super) fn selector(&self) -> DraftedSelector {
        let escaped = |name: &String| format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        let strip = bearer(self.value).is_some();
        DraftedSelector { at: self.path.iter().map(escaped).collect(), strip }
    }

    pub(super) fn name(&self) -> String {
        canonical(self.path.last().map_or("", String::as_str))
    }

    /// With the name of what it stands in: `refresh.token`.
    pub(super) fn long_name(&self) -> String {
        let from = self.path.len().saturating_sub(2);
        self.path[from..].iter().map(|name| canonical(name)).collect()
    }

    pub(super) fn is_below(&self, names: &[String]) -> bool {
        self.path.len() == names.len() + 1 && self.path.starts_with(names)
    }
}

pub(super) fn bearer(value: &Value) -> Option<&str> {
    let text = value.as_str()?;
    text.get(..7).filter(|head| head.eq_ignore_ascii_case("bearer ")).map(|_| text[7..].trim())
}

pub(super) fn collect<'a>(value: &'a Value, path: &mut Vec<String>, leaves: &mut Vec<Leaf<'a>>) {
    let mut step = |name: String, value: &'a Value| {
        path.push(name);
        collect(value, path, leaves);
        path.pop();
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| step(name.clone(), value)),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, value)| step(at.to_string(), value)),
        value => leaves.push(Leaf { path: path.clone(), value }),
    }
}
