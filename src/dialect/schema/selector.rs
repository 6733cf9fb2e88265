//! Selectors: where a value stands in an answer, in its body, a header or a cookie. How one is written, and
//! which headers it needs; what it finds in an answer is the business of `answer`.

use crate::base::fault::said;
use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, de};

use super::pointer::{Names, Pointer};

/// Where a value stands in an answer: a JSON Pointer into the body, a table, or a list of these, of which the first that
/// is there counts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "crate::testing::json_schema::Places"))]
pub(crate) struct Selector(pub(crate) Vec<Alternative>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alternative {
    pub(crate) locator: Locator,
    /// A beginning that is taken off.
    pub(crate) strip: Option<String>,
}

/// Where in an answer to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Locator {
    Body(Pointer),
    /// In lower case.
    Header(String),
    Cookie(String),
    /// The text of the body as it came, whatever it is: for tests alone.
    Text,
}

/// Exactly one of `at`, `header` and `cookie`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "SelectorTable", transform = crate::testing::json_schema::one_site))]
pub(crate) struct SelectorTable {
    /// Where in the body: a JSON Pointer (RFC 6901). It goes on into strings that hold JSON and into the claims of a JWT.
    at: Option<Pointer>,
    /// A header of the answer, its name in any case.
    header: Option<HeaderName>,
    /// A cookie that the answer sets.
    cookie: Option<String>,
    /// A beginning of the value that is taken off if it is there, in any case, such as `Bearer `.
    strip: Option<String>,
}

/// The name of a header, in any case.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "crate::testing::json_schema::Header"))]
pub(crate) struct HeaderName(String);

impl<'de> Deserialize<'de> for HeaderName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<HeaderName, D::Error> {
        let name = String::deserialize(from)?;
        header_name(&name).map_err(said)?;
        Ok(HeaderName(name.to_ascii_lowercase()))
    }
}

impl Selector {
    /// Of the keys of a selector within a larger table.
    pub(crate) fn of(
        at: Option<Pointer>,
        header: Option<HeaderName>,
        cookie: Option<String>,
        strip: Option<String>,
    ) -> Result<Selector, String> {
        Alternative::of(SelectorTable { at, header, cookie, strip }).map(|one| Selector(vec![one]))
    }

    /// For messages.
    pub(crate) fn source(&self) -> String {
        let shown = |one: &Alternative| match &one.locator {
            Locator::Body(pointer) => pointer.source().to_owned(),
            Locator::Header(name) => format!("header {name}"),
            Locator::Cookie(name) => format!("cookie {name}"),
            Locator::Text => "the whole body".to_owned(),
        };
        self.0.iter().map(shown).collect::<Vec<_>>().join(", ")
    }

    /// It looks into a body that is a list.
    pub(crate) fn is_in_list(&self) -> bool {
        self.0.iter().any(|one| matches!(&one.locator, Locator::Body(pointer) if pointer.begins_in_list()))
    }

    /// What it finds in the body is below `root`.
    pub(super) fn move_below(&mut self, root: &Pointer) {
        for one in &mut self.0 {
            if let Locator::Body(pointer) = &mut one.locator {
                *pointer = pointer.below(root);
            }
        }
    }

    /// It may find several values at one place.
    pub(crate) fn has_any(&self) -> bool {
        self.0.iter().any(|one| matches!(&one.locator, Locator::Body(pointer) if pointer.has_any()))
    }

    /// It looks at the text of the whole body.
    pub(crate) fn is_text(&self) -> bool {
        self.0.iter().any(|one| one.locator == Locator::Text)
    }

    /// Whether both may find the same value.
    pub(crate) fn meets(&self, other: &Selector, names: Names) -> bool {
        let same = |one: &Locator, other: &Locator| match (one, other) {
            (Locator::Body(one), Locator::Body(other)) => one.meets(other, names),
            _ => one == other,
        };
        self.any(other, same)
    }

    /// Whether what one finds may be the same as what the other finds, or a part of it that is no place of its own: a cookie
    /// of all that are set.
    pub(crate) fn overlaps(&self, other: &Selector, names: Names) -> bool {
        self.meets(other, names) || self.any(other, |one, other| sets(one, other) || sets(other, one))
    }

    fn any(&self, other: &Selector, is: impl Fn(&Locator, &Locator) -> bool) -> bool {
        self.0.iter().any(|one| other.0.iter().any(|other| is(&one.locator, &other.locator)))
    }

    /// Whether what this finds may hold what `secret` finds, or a cookie of it: it overlaps, or stands above it.
    pub(crate) fn may_hold(&self, secret: &Selector, names: Names) -> bool {
        let above = |one: &Locator, secret: &Locator| match (one, secret) {
            (Locator::Body(one), Locator::Body(secret)) => one.is_at_or_above(secret, names),
            _ => false,
        };
        self.overlaps(secret, names) || self.any(secret, above)
    }

    /// The headers that must be kept of an answer, in lower case.
    pub(crate) fn headers(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|one| match &one.locator {
            Locator::Header(name) => Some(name.as_str()),
            Locator::Cookie(_) => Some("set-cookie"),
            Locator::Body(_) | Locator::Text => None,
        })
    }
}

/// The header that sets every cookie.
fn sets(header: &Locator, cookie: &Locator) -> bool {
    matches!((header, cookie), (Locator::Header(name), Locator::Cookie(_)) if name == "set-cookie")
}

impl Alternative {
    fn of(written: SelectorTable) -> Result<Alternative, String> {
        let SelectorTable { at, header, cookie, strip } = written;
        let locator = match (at, header, cookie) {
            (Some(pointer), None, None) => Locator::Body(pointer),
            (None, Some(name), None) => Locator::Header(name.0),
            (None, None, Some(name)) => Locator::Cookie(name),
            _ => return Err(
                "a place is one of `{ at = \"/NAME\" }`, `{ header = \"NAME\" }` and `{ cookie = \"NAME\" }`"
                    .into(),
            ),
        };
        Ok(Alternative { locator, strip })
    }
}

/// RFC 9110 section 5.1.
pub(crate) fn header_name(name: &str) -> Result<(), String> {
    let good = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if !name.is_empty() && name.bytes().all(good) {
        Ok(())
    } else {
        Err("this is not the name of a header; one is written without spaces and colons, as `X-Api-Key`"
            .into())
    }
}

impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Selector, D::Error> {
        let all = from.deserialize_any(Alternatives)?;
        if all.is_empty() {
            return Err(said("has no place; write a JSON Pointer, such as `/access_token`"));
        }
        Ok(Selector(all))
    }
}

impl<'de> Deserialize<'de> for Alternative {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Alternative, D::Error> {
        from.deserialize_any(One)
    }
}

/// By hand: an untagged choice would lose where in the file a fault stands.
struct One;

impl<'de> de::Visitor<'de> for One {
    type Value = Alternative;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a place: a JSON Pointer, or a table with `at`, `header` or `cookie`")
    }

    fn visit_str<E: de::Error>(self, source: &str) -> Result<Alternative, E> {
        let pointer = Pointer::parse(source).map_err(said)?;
        Ok(Alternative { locator: Locator::Body(pointer), strip: None })
    }

    fn visit_map<M: de::MapAccess<'de>>(self, map: M) -> Result<Alternative, M::Error> {
        let written = SelectorTable::deserialize(MapAccessDeserializer::new(map))?;
        Alternative::of(written).map_err(said)
    }
}

struct Alternatives;

impl<'de> de::Visitor<'de> for Alternatives {
    type Value = Vec<Alternative>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a place: a JSON Pointer, a table with `at`, `header` or `cookie`, or a list of these")
    }

    fn visit_str<E: de::Error>(self, source: &str) -> Result<Vec<Alternative>, E> {
        One.visit_str(source).map(|one| vec![one])
    }

    fn visit_map<M: de::MapAccess<'de>>(self, map: M) -> Result<Vec<Alternative>, M::Error> {
        One.visit_map(map).map(|one| vec![one])
    }

    fn visit_seq<S: de::SeqAccess<'de>>(self, mut list: S) -> Result<Vec<Alternative>, S::Error> {
        let mut all = Vec::new();
        while let Some(one) = list.next_element()? {
            all.push(one);
        }
        Ok(all)
    }
}
