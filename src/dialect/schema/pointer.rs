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
        if source.len() > LONGEST {
            return Err("a JSON Pointer must not be longer than 1000 characters");
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

    /// Whether what stands here may hold what stands at `other`.
    pub(crate) fn is_at_or_above(&self, other: &Pointer, names: Names) -> bool {
        self.led_to_by(other, names).contains(&true)
    }

    /// Whether both may stand at the same place.
    pub(crate) fn meets(&self, other: &Pointer, names: Names) -> bool {
        self.led_to_by(other, names).last() == Some(&true)
    }

    /// Of each number of the first steps of `other`: whether they may lead to where this does. The text of an element of XML
    /// is the element itself, and so is the first of several that are one.
    fn led_to_by(&self, other: &Pointer, names: Names) -> Vec<bool> {
        let (own, others) = (self.parts(names.ignore_case), other.parts(names.ignore_case));
        let leads_nowhere = |step: &String| names.elements && [ANY, "0", "#text"].contains(&step.as_str());
        let farther = |mut reached: Vec<bool>| {
            for (at, step) in others.iter().enumerate() {
                reached[at + 1] |= reached[at] && leads_nowhere(step);
            }
            reached
        };
        let mut reached = vec![false; others.len() + 1];
        reached[0] = true;
        reached = farther(reached);
        for one in &own {
            let mut next = if leads_nowhere(one) { reached.clone() } else { vec![false; reached.len()] };
            for (at, other) in others.iter().enumerate() {
                next[at + 1] |= reached[at] && may_be_one(one, other);
            }
            reached = farther(next);
        }
        reached
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

/// Far beyond any place of any vendor.
const LONGEST: usize = 1_000;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_may_be_the_same_are_known_as_such() {
        let (json, xml) = (Names::default(), Names { elements: true, ..Names::default() });
        for (one, other, in_json, in_xml) in [
            ("/r/t", "/r/t", true, true),
            ("/r/t", "/r/u", false, false),
            ("/r/t", "/r/t/0", false, true),
            ("/r/t", "/r/t/*", false, true),
            ("/r/t", "/r/0/t", false, true),
            ("/r/t", "/*/r/0/t/*", false, true),
            ("/r/t", "/r/t/1", false, false),
            ("/r/0/t", "/r/1/t", false, false),
            ("/r/*/t", "/r/1/t", true, true),
            ("/r/*/t", "/r/t/0", false, true),
            ("/r/t/*", "/r/*/t", false, true),
            ("/r/t/#text", "/r/t", true, true),
            ("/r/t/0/#text", "/r/t", false, true),
            ("/r/t/#text", "/r/*/t/0", false, true),
            ("/r/t/@a", "/r/t", false, false),
            ("/r/t/@a", "/r/0/t/0/@a", false, true),
        ] {
            let pointers = [one, other].map(|source| Pointer::parse(source).expect(source));
            for (names, wanted) in [(json, in_json), (xml, in_xml)] {
                for [one, other] in [[0, 1], [1, 0]].map(|both| both.map(|at| &pointers[at])) {
                    assert_eq!(one.meets(other, names), wanted, "{one:?} {other:?} {}", names.elements);
                    assert!(!wanted || one.is_at_or_above(other, names), "{one:?} {other:?}");
                }
            }
        }
        for (above, below, in_json, in_xml) in [
            ("/r", "/r/t", true, true),
            ("/r/0", "/r/t", false, true),
            ("/r/*", "/r/t/0", false, true),
            ("/r/t/0", "/r", false, false),
        ] {
            let [above, below] = [above, below].map(|source| Pointer::parse(source).expect(source));
            let is = [json, xml].map(|names| above.is_at_or_above(&below, names));
            assert_eq!(is, [in_json, in_xml], "{above:?} {below:?}");
        }
    }

    /// What is held to be one place is found at one, and what is found at one place is held to be one.
    #[test]
    fn no_two_places_find_the_same_text_and_are_held_to_be_apart() {
        let names = Names { elements: true, ..Names::default() };
        let steps = ["r", "t", "0", "1", "*", "#text"];
        let mut all = vec![String::new()];
        for _ in 0..4 {
            let longer: Vec<String> =
                all.iter().flat_map(|begin| steps.map(|step| format!("{begin}/{step}"))).collect();
            all.extend(longer);
            all.sort_unstable();
            all.dedup();
        }
        let all: Vec<Pointer> = all.iter().filter_map(|source| Pointer::parse(source).ok()).collect();
        for tree in [
            serde_json::json!({ "r": { "t": "a" } }),
            serde_json::json!({ "r": [{ "t": "a" }, { "t": "b" }] }),
            serde_json::json!({ "r": { "t": ["a", "b"] } }),
            serde_json::json!({ "r": { "t": { "#text": "a", "t": "b" } } }),
        ] {
            let found: Vec<(&Pointer, Vec<String>)> = all
                .iter()
                .map(|pointer| (pointer, pointer.find(&tree, names)))
                .map(|(pointer, found)| {
                    (pointer, found.iter().filter_map(|one| Some(one.as_str()?.to_owned())).collect())
                })
                .filter(|(_, found): &(_, Vec<String>)| !found.is_empty())
                .collect();
            assert!(found.len() > 10, "{}", found.len());
            for (one, here) in &found {
                for (other, there) in &found {
                    let same = here.iter().any(|text| there.contains(text));
                    assert!(!same || one.meets(other, names), "{one:?} {other:?} {tree}");
                }
            }
        }
    }
}
