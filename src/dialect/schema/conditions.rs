//! What must hold of an answer: its status, and tests of the values in it.

use crate::base::fault::said;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::one_or_many::{one_or_many, some_one_or_many};
use super::pointer::Pointer;
use super::selector::{Alternative, HeaderName, Locator, Selector};

/// Statuses and classes: `[200, "4xx"]`.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "crate::testing::json_schema::Statuses"))]
pub(crate) struct StatusSet(Vec<Status>);

impl<'de> Deserialize<'de> for StatusSet {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<StatusSet, D::Error> {
        let all = Vec::deserialize(from)?;
        if all.is_empty() {
            return Err(said("has no status; write one, such as `200`, or remove it"));
        }
        Ok(StatusSet(all))
    }
}

#[derive(Clone, Copy, Debug)]
enum Status {
    One(u16),
    Class(u16),
}

impl StatusSet {
    /// All from `hundreds`00 to `hundreds`99.
    pub(super) fn class(hundreds: u16) -> StatusSet {
        StatusSet(vec![Status::Class(hundreds)])
    }

    /// How many entries it is written with.
    pub(crate) fn size(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn holds(&self, status: u16) -> bool {
        self.0.iter().any(|entry| match *entry {
            Status::One(one) => one == status,
            Status::Class(hundreds) => status / 100 == hundreds,
        })
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Status, D::Error> {
        let written = Value::deserialize(from)?;
        let number = written
            .as_u64()
            .filter(|code| (100..600).contains(code))
            .and_then(|code| u16::try_from(code).ok());
        let class =
            written.as_str().and_then(|text| text.strip_suffix("xx")).and_then(|digit| digit.parse().ok());
        match (number, class) {
            (Some(code), _) => Ok(Status::One(code)),
            (_, Some(hundreds @ 1..=5)) => Ok(Status::Class(hundreds)),
            _ => Err(said("expected a status such as `401` or a class such as `\"4xx\"`")),
        }
    }
}

/// Holds if every condition it names holds.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "TestTable"))]
pub(crate) struct Test {
    pub(crate) selector: Selector,
    /// Any of these; numbers and numeric strings are equal.
    pub(crate) equals: Option<Vec<Value>>,
    pub(crate) not_equals: Option<Vec<Value>>,
    /// In lower case; any of these.
    pub(crate) contains: Option<Vec<String>>,
    /// Whether there is a value other than null.
    pub(crate) present: Option<bool>,
    /// It holds also where nothing is there.
    pub(crate) optional: bool,
    /// Whether there is no body; then it looks at no place.
    pub(crate) empty: Option<bool>,
}

impl Test {
    /// Somewhere else than at the text of the whole body.
    pub(crate) fn looks_at_a_place(&self) -> bool {
        self.empty.is_none() && !self.selector.is_text()
    }

    /// How many places it looks at, and how many values it compares them with.
    pub(crate) fn size(&self) -> usize {
        let Test { selector, equals, not_equals, contains, .. } = self;
        let values = [equals, not_equals].into_iter().flatten().map(Vec::len);
        let texts = contains.iter().map(Vec::len);
        values.chain(texts).sum::<usize>() + selector.0.len()
    }

    /// Where it looks, for messages.
    pub(crate) fn source(&self) -> String {
        if self.empty.is_some() { "the whole body".to_owned() } else { self.selector.source() }
    }
}

/// A selector and conditions; it holds if all of them hold. Or `empty` alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "TestTable", transform = crate::testing::json_schema::some_test))]
struct TestTable {
    /// Where in the body: a JSON Pointer (RFC 6901), or several, of which the first that is there counts. `""` is the text of the whole body as it came.
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::Sought>"))]
    at: Option<Sought>,
    /// A header of the answer, its name in any case.
    header: Option<HeaderName>,
    /// A cookie that the answer sets.
    cookie: Option<String>,
    /// A beginning of the value that is taken off if it is there, in any case, such as `Bearer `.
    strip: Option<String>,
    /// The value there is this, or one of these. Numbers and numeric strings are equal.
    #[serde(default, deserialize_with = "some_one_or_many")]
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::Values>"))]
    equals: Option<Vec<Value>>,
    /// The value there is none of these; also if nothing is there.
    #[serde(default, deserialize_with = "some_one_or_many")]
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::Values>"))]
    not_equals: Option<Vec<Value>>,
    /// The text there contains this, or one of these, in any case.
    #[serde(default, deserialize_with = "some_one_or_many")]
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::Texts>"))]
    contains: Option<Vec<String>>,
    /// `true`: something other than null is there; `false`: nothing, or null.
    present: Option<bool>,
    /// `true`: with `equals` and `contains` it holds also where nothing is there.
    #[serde(default)]
    optional: bool,
    /// `true`: the answer has no body; `false`: it has one, whatever is in it. It goes without a place.
    empty: Option<bool>,
}

impl<'de> Deserialize<'de> for Test {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Test, D::Error> {
        let written = TestTable::deserialize(from)?;
        let TestTable { at, header, cookie, strip, equals, not_equals, contains, present, optional, empty } =
            written;
        let conditions = equals.is_some() || not_equals.is_some() || contains.is_some() || present.is_some();
        let placed = at.is_some() || header.is_some() || cookie.is_some() || strip.is_some();
        let selector = match empty {
            Some(_) if conditions || placed || optional => {
                return Err(said("`empty` is about the whole body and is used alone: `{ empty = true }`"));
            }
            Some(_) => Selector(Vec::new()),
            None => sought(at, header, cookie, strip).map_err(said)?,
        };
        if empty.is_none() && !conditions {
            let words = "a test needs `equals`, `not_equals`, `contains` or `present`";
            return Err(said(words));
        }
        let contains = contains.map(|all| all.iter().map(|one| one.to_lowercase()).collect());
        Ok(Test { selector, equals, not_equals, contains, present, optional, empty })
    }
}

/// Where in the body a test looks.
enum Sought {
    Whole,
    Pointers(Vec<Pointer>),
}

impl<'de> Deserialize<'de> for Sought {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Sought, D::Error> {
        let written: Vec<String> = one_or_many(from)?;
        if written == [""] {
            return Ok(Sought::Whole);
        }
        if written.is_empty() {
            return Err(said("has no place; write a JSON Pointer, such as `/error`"));
        }
        if written.iter().any(String::is_empty) {
            return Err(said("`\"\"` is the whole body and is used alone; write another test for it"));
        }
        let pointers: Result<Vec<Pointer>, _> = written.iter().map(|one| Pointer::parse(one)).collect();
        pointers.map(Sought::Pointers).map_err(said)
    }
}

fn sought(
    at: Option<Sought>,
    header: Option<HeaderName>,
    cookie: Option<String>,
    strip: Option<String>,
) -> Result<Selector, String> {
    match at {
        None => Selector::of(None, header, cookie, strip),
        Some(_) if header.is_some() || cookie.is_some() => {
            Err("a test looks at one of `at`, `header` and `cookie`; write another test for the other".into())
        }
        Some(Sought::Whole) => Ok(Selector(vec![Alternative { locator: Locator::Text, strip }])),
        Some(Sought::Pointers(all)) => {
            let one = |pointer| Alternative { locator: Locator::Body(pointer), strip: strip.clone() };
            Ok(Selector(all.into_iter().map(one).collect()))
        }
    }
}
