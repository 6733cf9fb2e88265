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

    /// All that stands there, in the order of the body: more than one value if a step is `*`.
    pub(crate) fn find<'a>(&self, value: &'a Value, names: Names) -> Vec<Cow<'a, Value>> {
        let steps: Vec<String> =
            self.0.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
        follow(value, &steps, names)
    }

    /// Whether what stands here holds what stands at `other`. The text of an element of XML is the element itself.
    pub(crate) fn is_at_or_above(&self, other: &Pointer, ignore_case: bool) -> bool {
        let (own, others) = (self.parts(ignore_case), other.parts(ignore_case));
        own.len() <= others.len() && own.iter().zip(&others).all(|(one, other)| may_be_one(one, other))
    }

    /// Whether both may stand at the same place.
    pub(crate) fn meets(&self, other: &Pointer, ignore_case: bool) -> bool {
        let (own, others) = (self.parts(ignore_case), other.parts(ignore_case));
        own.len() == others.len() && own.iter().zip(&others).all(|(one, other)| may_be_one(one, other))
    }

    fn parts(&self, ignore_case: bool) -> Vec<String> {
        let whole = self.0.strip_suffix("/#text").unwrap_or(&self.0);
        let folded = if ignore_case { whole.to_ascii_lowercase() } else { whole.to_owned() };
        folded.split('/').map(str::to_owned).collect()
    }

    /// A step of it is any element of a list.
    pub(crate) fn has_any(&self) -> bool {
        self.0.split('/').any(|step| step == ANY)
    }

    /// It looks into a body that is a list.
    pub(crate) fn begins_in_list(&self) -> bool {
        let first = self.0.split('/').nth(1).unwrap_or_default();
        first == ANY || first.starts_with(|c: char| c.is_ascii_digit())
    }

    /// Where it stands below `root`.
    pub(crate) fn below(&self, root: &Pointer) -> Pointer {
        Pointer(format!("{}{}", root.0, self.0))
    }

    /// A name as a part of one.
    pub(crate) fn escaped(name: &str) -> String {
        name.replace('~', "~0").replace('/', "~1")
    }

    pub(crate) fn source(&self) -> &str {
        &self.0
    }
}

/// Where a list stands: any element of it.
const ANY: &str = "*";

/// How names are compared.
#[derive(Clone, Copy, Default)]
pub(crate) struct Names {
    pub(crate) ignore_case: bool,
    /// Of XML: nobody can see whether an element that stands alone could be one of several.
    pub(crate) elements: bool,
}

/// Two steps, each as it is written.
fn may_be_one(one: &str, other: &str) -> bool {
    let index = |step: &str| step.bytes().all(|b| b.is_ascii_digit()) && !step.is_empty();
    one == other || (one == ANY && index(other)) || (other == ANY && index(one))
}

impl<'de> Deserialize<'de> for Pointer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Pointer, D::Error> {
        Pointer::parse(&String::deserialize(from)?).map_err(said)
    }
}

fn follow<'a>(value: &'a Value, steps: &[String], names: Names) -> Vec<Cow<'a, Value>> {
    let Some((step, rest)) = steps.split_first() else { return vec![Cow::Borrowed(value)] };
    let alone = || match names.elements && (step == ANY || step == "0") {
        true => follow(value, rest, names),
        false => Vec::new(),
    };
    match value {
        Value::Object(members) => {
            let folded =
                || members.iter().find(|(name, _)| names.ignore_case && name.eq_ignore_ascii_case(step));
            match members.get(step).or_else(|| folded().map(|(_, value)| value)) {
                Some(member) => follow(member, rest, names),
                None => alone(),
            }
        }
        Value::Array(items) if step == ANY => {
            items.iter().flat_map(|item| follow(item, rest, names)).collect()
        }
        Value::Array(items) => {
            let canonical = step == "0" || !step.starts_with(['0', '+']);
            let item = step.parse::<usize>().ok().filter(|_| canonical).and_then(|at| items.get(at));
            item.map_or_else(Vec::new, |item| follow(item, rest, names))
        }
        Value::String(text) => {
            let inner: Option<Value> = serde_json::from_str(text).ok().or_else(|| claims(text));
            match inner.filter(|inner| inner.is_object() || inner.is_array()) {
                Some(inner) => {
                    let found = follow(&inner, steps, Names { elements: false, ..names });
                    found.into_iter().map(|found| Cow::Owned(found.into_owned())).collect()
                }
                None => alone(),
            }
        }
        _ => Vec::new(),
    }
}
