//! What one use of a filter is given, and what it gives back.

use std::collections::BTreeMap;
use std::fmt;

use minijinja::{Error, ErrorKind, Value};

use crate::dialect::template::value::{bytes_of, plain_text};

pub(super) type FilterResult = Result<Value, String>;

pub(super) struct Input {
    pub(super) value: Value,
    pub(super) args: Vec<Value>,
    pub(super) named: BTreeMap<String, Value>,
    /// Values are stand-ins: nothing is decoded, parsed or signed with.
    pub(super) trial: bool,
}

impl Input {
    pub(super) fn text(&self) -> Result<String, String> {
        plain_text(&self.value)
    }

    pub(super) fn bytes(&self) -> Result<Vec<u8>, String> {
        bytes_of(&self.value)
    }

    pub(super) fn arg(&self, at: usize) -> Result<String, String> {
        plain_text(&self.args[at])
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.named.get(name).is_some_and(Value::is_true)
    }

    pub(super) fn decoded(&self, what: &str, decode: impl Fn(&str) -> Option<Vec<u8>>) -> FilterResult {
        let text = self.text()?;
        match decode(text.trim()) {
            Some(bytes) => Ok(Value::from_bytes(bytes)),
            None if self.trial => Ok(Value::from_bytes(text.into_bytes())),
            None => Err(format!("a value that should be {what} is not")),
        }
    }
}

pub(super) fn text(text: String) -> FilterResult {
    Ok(Value::from(text))
}

/// What a filter takes and gives: far above any secret.
pub(super) const LARGEST: usize = 1 << 20;

/// An error whose words may be shown.
#[derive(Debug)]
struct FilterError(String);

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FilterError {}

pub(super) fn error(words: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, "").with_source(FilterError(words))
}

/// The words of one of our filters; the engine's own quote operands.
pub(crate) fn words_of(error: &Error) -> Option<String> {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if let Some(FilterError(words)) = error.downcast_ref::<FilterError>() {
            return Some(words.clone());
        }
        cause = error.source();
    }
    None
}
