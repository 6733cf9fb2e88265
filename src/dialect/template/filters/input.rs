//! What one use of a filter is given, and what it gives back.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::dialect::template::budget::Budget;
use crate::dialect::template::value::Value;

pub(super) type FilterResult = Result<Value, String>;

pub(in crate::dialect::template) struct Input<'a> {
    pub(in crate::dialect::template) value: Value,
    pub(in crate::dialect::template) args: Vec<Value>,
    pub(in crate::dialect::template) named: BTreeMap<String, Value>,
    /// Some of these are stand-ins: nothing is decoded, parsed or signed with.
    pub(in crate::dialect::template) unknown: bool,
    /// This is a trial: what takes long is not done, whether or not all is known.
    pub(in crate::dialect::template) tried: bool,
    /// What stands for each value that is not shown.
    pub(in crate::dialect::template) mask: Option<&'a str>,
    pub(in crate::dialect::template) budget: &'a Budget,
}

impl Input<'_> {
    pub(super) fn text(&self) -> Result<Zeroizing<String>, String> {
        self.value.plain_text()
    }

    pub(super) fn bytes(&self) -> Result<Zeroizing<Vec<u8>>, String> {
        self.value.to_bytes()
    }

    pub(super) fn arg(&self, at: usize) -> Result<Zeroizing<String>, String> {
        self.args[at].plain_text()
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.named.get(name).is_some_and(Value::is_true)
    }

    /// What is made of a text, with each mask in it as it stands.
    pub(super) fn around_masks(&self, text: &str, make: impl Fn(&str) -> String) -> String {
        match self.mask.filter(|_| self.unknown) {
            Some(mask) => text.split(mask).map(make).collect::<Vec<_>>().join(mask),
            None => make(text),
        }
    }

    pub(super) fn decoded(&self, what: &str, decode: impl Fn(&str) -> Option<Vec<u8>>) -> FilterResult {
        let text = self.text()?;
        match decode(text.trim()) {
            Some(bytes) => Ok(Value::bytes(bytes)),
            None if self.unknown => Ok(Value::bytes(text.as_bytes().to_vec())),
            None => Err(format!("a value that should be {what} is not")),
        }
    }
}

pub(super) fn text(text: String) -> FilterResult {
    Ok(Value::text(text))
}

/// What a filter takes and gives: far above any secret.
pub(in crate::dialect::template) const LARGEST: usize = 1 << 20;
pub(in crate::dialect::template) const TOO_LONG: &str =
    "the text grows too long, beyond 1 MiB; remove what repeats";
