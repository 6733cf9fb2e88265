//! JSON Pointers (RFC 6901), and the way of one into a tree.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::base::fault::said;
use crate::credential::jwt::claims;

/// A JSON Pointer (RFC 6901) below the root. It goes on into a string that holds JSON, and into the claims of a JWT.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "crate::testing::json_schema::JsonPointer"))]
pub(crate) struct Pointer(String);

impl Pointer {
    pub(crate) fn parse(source: &str) -> Result<Pointer, &'static str> {
        if !source.starts_with('/') {
            return Err("a JSON Pointer begins with `/`, as in `/access_token`");
        }
        let mut escapes = source.split('~').skip(1);
        if !escapes.all(|rest| rest.starts_with('0') || rest.starts_with('1')) {
            return Err("in a JSON Pointer `~` is written `~0`, and `/` in a name `~1`");
        }
        Ok(Pointer(source.to_owned()))
    }

    pub(crate) fn find<'a>(&self, value: &'a Value, ignore_case: bool) -> Option<Cow<'a, Value>> {
        let steps: Vec<String> =
            self.0.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
        follow(value, &steps, ignore_case)
    }

    /// Whether what stands here holds what stands at `other`. The text of an element of XML is the element itself.
    pub(crate) fn is_at_or_above(&self, other: &Pointer, ignore_case: bool) -> bool {
        let parts = |pointer: &Pointer| -> Vec<String> {
            let whole = pointer.0.strip_suffix("/#text").unwrap_or(&pointer.0);
            let folded = if ignore_case { whole.to_ascii_lowercase() } else { whole.to_owned() };
            folded.split('/').map(str::to_owned).collect()
        };
        parts(other).starts_with(&parts(self))
    }

    /// A name as a part of one.
    pub(crate) fn escaped(name: &str) -> String {
        name.replace('~', "~0").replace('/', "~1")
    }

    pub(crate) fn source(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Pointer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Pointer, D::Error> {
        Pointer::parse(&String::deserialize(from)?).map_err(said)
    }
}

fn follow<'a>(value: &'a Value, steps: &[String], ignore_case: bool) -> Option<Cow<'a, Value>> {
    let Some((step, rest)) = steps.split_first() else { return Some(Cow::Borrowed(value)) };
    match value {
        Value::Object(members) => {
            let folded = || members.iter().find(|(name, _)| ignore_case && name.eq_ignore_ascii_case(step));
            let member = members.get(step).or_else(|| folded().map(|(_, value)| value))?;
            follow(member, rest, ignore_case)
        }
        Value::Array(items) => {
            let canonical = step == "0" || !step.starts_with(['0', '+']);
            follow(items.get(step.parse::<usize>().ok().filter(|_| canonical)?)?, rest, ignore_case)
        }
        Value::String(text) => {
            let inner: Value = serde_json::from_str(text).ok().or_else(|| claims(text))?;
            let whole = inner.is_object() || inner.is_array();
            follow(&inner, steps, ignore_case).filter(|_| whole).map(|found| Cow::Owned(found.into_owned()))
        }
        _ => None,
    }
}
