//! Where a value stands in an answer: in its body, a header or a cookie. And the
//! answer itself, as far as it was understood.

use std::borrow::Cow;

use crate::base::fault::said;
use crate::credential::jwt::claims;
use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// An answer in parts. Without a body: it is not of the declared format.
pub(crate) struct Parts<'a> {
    pub(crate) body: Option<Value>,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) ignore_case: bool,
}

/// Where a value stands in an answer: a JSON Pointer into the body, a table, or a list of these, of which the first that
/// is there counts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "crate::testing::json_schema::Places"))]
pub(crate) struct Place(Vec<Site>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Site {
    spot: Spot,
    /// A beginning that is taken off.
    strip: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Spot {
    Body(Pointer),
    /// In lower case.
    Header(String),
    Cookie(String),
}

/// Exactly one of `at`, `header` and `cookie`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "PlaceTable", transform = crate::testing::json_schema::one_site))]
pub(crate) struct Written {
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

impl Place {
    /// Of the keys of a place within a larger table.
    pub(crate) fn of(
        at: Option<Pointer>,
        header: Option<HeaderName>,
        cookie: Option<String>,
        strip: Option<String>,
    ) -> Result<Place, String> {
        Site::of(Written { at, header, cookie, strip }).map(|site| Place(vec![site]))
    }

    pub(crate) fn find<'a>(&self, parts: &'a Parts<'_>) -> Option<Cow<'a, Value>> {
        self.0.iter().find_map(|site| site.find(parts).filter(|value| !value.is_null())).or_else(|| {
            // A null that is there is something to tell.
            self.0.iter().find_map(|site| site.find(parts))
        })
    }

    /// A text that is not empty.
    pub(crate) fn text(&self, parts: &Parts<'_>) -> Option<String> {
        let text =
            |value: Cow<'_, Value>| value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned);
        self.0.iter().find_map(|site| site.find(parts).and_then(text))
    }

    /// How long the cookie lives, by its own attributes: seconds, or a date.
    pub(crate) fn cookie_life(&self, parts: &Parts<'_>) -> Option<String> {
        let named = self.0.iter().find_map(|site| match &site.spot {
            Spot::Cookie(name) => cookies(parts.headers, name).last(),
            _ => None,
        });
        let (_, attributes) = named?;
        let of = |wanted: &str| attributes.iter().find(|(key, _)| key == wanted).map(|(_, value)| *value);
        of("max-age").or_else(|| of("expires")).map(str::to_owned)
    }

    /// A text or a number, as text.
    pub(crate) fn scalar(&self, parts: &Parts<'_>) -> Option<String> {
        self.0.iter().find_map(|site| match own_text(site.find(parts)?.as_ref()) {
            Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            _ => None,
        })
    }

    /// A list of texts, as one with blanks between them.
    pub(crate) fn list(&self, parts: &Parts<'_>) -> Option<String> {
        let found = self.find(parts)?;
        let texts: Option<Vec<&str>> = found.as_array()?.iter().map(Value::as_str).collect();
        texts.filter(|texts| !texts.is_empty()).map(|texts| texts.join(" "))
    }

    /// For messages.
    pub(crate) fn source(&self) -> String {
        let shown = |site: &Site| match &site.spot {
            Spot::Body(pointer) => pointer.source().to_owned(),
            Spot::Header(name) => format!("header {name}"),
            Spot::Cookie(name) => format!("cookie {name}"),
        };
        self.0.iter().map(shown).collect::<Vec<_>>().join(", ")
    }

    /// It looks into a body that is a list.
    pub(crate) fn is_in_list(&self) -> bool {
        let first = |pointer: &Pointer| pointer.0[1..].starts_with(|c: char| c.is_ascii_digit());
        self.0.iter().any(|site| matches!(&site.spot, Spot::Body(pointer) if first(pointer)))
    }

    /// Whether both may find the same value.
    pub(crate) fn meets(&self, other: &Place, ignore_case: bool) -> bool {
        let same = |one: &Spot, other: &Spot| match (one, other) {
            (Spot::Body(one), Spot::Body(other)) if ignore_case => one.0.eq_ignore_ascii_case(&other.0),
            _ => one == other,
        };
        self.0.iter().any(|site| other.0.iter().any(|twin| same(&twin.spot, &site.spot)))
    }

    /// The headers that must be kept of an answer, in lower case.
    pub(crate) fn headers(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|site| match &site.spot {
            Spot::Header(name) => Some(name.as_str()),
            Spot::Cookie(_) => Some("set-cookie"),
            Spot::Body(_) => None,
        })
    }
}

/// An element of XML that has attributes is more than its text.
fn own_text(value: &Value) -> &Value {
    value.get("#text").unwrap_or(value)
}

impl Site {
    fn of(written: Written) -> Result<Site, String> {
        let Written { at, header, cookie, strip } = written;
        let spot = match (at, header, cookie) {
            (Some(pointer), None, None) => Spot::Body(pointer),
            (None, Some(name), None) => Spot::Header(name.0),
            (None, None, Some(name)) => Spot::Cookie(name),
            _ => return Err(
                "a place is one of `{ at = \"/NAME\" }`, `{ header = \"NAME\" }` and `{ cookie = \"NAME\" }`"
                    .into(),
            ),
        };
        Ok(Site { spot, strip })
    }

    fn find<'a>(&self, parts: &'a Parts<'_>) -> Option<Cow<'a, Value>> {
        let value = match &self.spot {
            Spot::Body(pointer) => pointer.find(parts.body.as_ref()?, parts.ignore_case)?,
            Spot::Header(name) => {
                let header = parts.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                Cow::Owned(Value::from(header?.1.as_str()))
            }
            Spot::Cookie(name) => Cow::Owned(Value::from(cookie(parts.headers, name)?)),
        };
        let Some(strip) = &self.strip else { return Some(value) };
        let bare = value.as_str().and_then(|text| {
            let head = text.get(..strip.len()).filter(|head| head.eq_ignore_ascii_case(strip))?;
            Some(Value::from(text[head.len()..].trim_start()))
        });
        Some(bare.map_or(value, Cow::Owned))
    }
}

/// RFC 9110 section 5.1.
pub(crate) fn header_name(name: &str) -> Result<(), String> {
    let good = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if !name.is_empty() && name.bytes().all(good) {
        Ok(())
    } else {
        Err("this is no name of a header; one is written without spaces and colons, as `X-Api-Key`".into())
    }
}

/// The last one of a name that the answer sets and does not take away.
fn cookie<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    cookies(headers, name).last().map(|(value, _)| value)
}

/// Value and attributes of each cookie of a name.
fn cookies<'a>(
    headers: &'a [(String, String)],
    name: &str,
) -> impl Iterator<Item = (&'a str, Vec<(String, &'a str)>)> {
    let set = headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case("set-cookie"));
    set.filter_map(move |(_, line)| {
        let mut parts = line.split(';').map(|part| part.split_once('=').unwrap_or((part, "")));
        let (known, value) = parts.next().filter(|(known, _)| known.trim() == name)?;
        let value = value.trim().trim_matches('"');
        let attributes: Vec<_> =
            parts.map(|(key, value)| (key.trim().to_lowercase(), value.trim())).collect();
        let gone = attributes.iter().any(|(key, value)| match key.as_str() {
            "max-age" => value.parse::<i64>().is_ok_and(|seconds| seconds <= 0),
            "expires" => value.contains(" 1970 ") || value.contains("-1970 "),
            _ => false,
        });
        (!value.is_empty() && !gone).then_some((known.trim(), value, attributes)).map(|(_, v, a)| (v, a))
    })
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Place, D::Error> {
        let sites = from.deserialize_any(OneOrMany)?;
        if sites.is_empty() {
            return Err(said("names no place; write a JSON Pointer, such as `/access_token`"));
        }
        Ok(Place(sites))
    }
}

impl<'de> Deserialize<'de> for Site {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Site, D::Error> {
        from.deserialize_any(One)
    }
}

/// By hand: an untagged choice would lose where in the file a fault stands.
struct One;

impl<'de> de::Visitor<'de> for One {
    type Value = Site;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a place: a JSON Pointer, or a table with `at`, `header` or `cookie`")
    }

    fn visit_str<E: de::Error>(self, source: &str) -> Result<Site, E> {
        let pointer = Pointer::parse(source).map_err(said)?;
        Ok(Site { spot: Spot::Body(pointer), strip: None })
    }

    fn visit_map<M: de::MapAccess<'de>>(self, map: M) -> Result<Site, M::Error> {
        let written = Written::deserialize(MapAccessDeserializer::new(map))?;
        Site::of(written).map_err(said)
    }
}

struct OneOrMany;

impl<'de> de::Visitor<'de> for OneOrMany {
    type Value = Vec<Site>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a place: a JSON Pointer, a table with `at`, `header` or `cookie`, or a list of these")
    }

    fn visit_str<E: de::Error>(self, source: &str) -> Result<Vec<Site>, E> {
        One.visit_str(source).map(|site| vec![site])
    }

    fn visit_map<M: de::MapAccess<'de>>(self, map: M) -> Result<Vec<Site>, M::Error> {
        One.visit_map(map).map(|site| vec![site])
    }

    fn visit_seq<S: de::SeqAccess<'de>>(self, mut list: S) -> Result<Vec<Site>, S::Error> {
        let mut sites = Vec::new();
        while let Some(site) = list.next_element()? {
            sites.push(site);
        }
        Ok(sites)
    }
}

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

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
    use serde_json::json;

    use super::*;

    fn found(place: &str, parts: &Parts<'_>) -> Option<Value> {
        #[derive(Deserialize)]
        struct One {
            place: Place,
        }
        let one: One = toml::from_str(&format!("place = {place}")).expect(place);
        one.place.find(parts).map(Cow::into_owned)
    }

    #[test]
    fn values_are_found_wherever_a_vendor_may_put_them() {
        let jwt = format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(r#"{"sub":"u-1"}"#));
        let body = json!({
            "a": { "b/c~d": [1, { "e": "Bearer t-1" }] }, "inner": "{\"t\":\"t-2\"}", "id": jwt, "Up": "x", "null": null, "n": "12",
        });
        let headers = [
            ("x-auth".to_owned(), "t-3".to_owned()),
            ("set-cookie".to_owned(), "a=1; Path=/".to_owned()),
            ("set-cookie".to_owned(), "s=\"t-4\"; Secure".to_owned()),
            ("set-cookie".to_owned(), "twice=deleteMe; Max-Age=0".to_owned()),
            ("set-cookie".to_owned(), "twice=t-5".to_owned()),
            ("set-cookie".to_owned(), "twice=t-6; Max-Age=60".to_owned()),
            ("set-cookie".to_owned(), "gone=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT".to_owned()),
        ];
        let parts = Parts { body: Some(body), headers: &headers, ignore_case: false };
        for (place, wanted) in [
            ("'/a/b~1c~0d/0'", Some(json!(1))),
            ("{ at = '/a/b~1c~0d/1/e', strip = 'bearer ' }", Some(json!("t-1"))),
            ("{ at = '/a/b~1c~0d/1/e', strip = 'Basic ' }", Some(json!("Bearer t-1"))),
            ("'/a/b~1c~0d/01'", None),
            ("'/inner/t'", Some(json!("t-2"))),
            ("'/id/sub'", Some(json!("u-1"))),
            ("'/n/x'", None),
            ("'/up'", None),
            ("{ header = 'X-Auth' }", Some(json!("t-3"))),
            ("{ cookie = 's' }", Some(json!("t-4"))),
            ("{ cookie = 'S' }", None),
            ("{ cookie = 'twice' }", Some(json!("t-6"))),
            ("{ cookie = 'gone' }", None),
            ("['/null', '/nowhere', { header = 'X-Auth' }]", Some(json!("t-3"))),
            ("'/null'", Some(json!(null))),
        ] {
            assert_eq!(found(place, &parts), wanted, "{place}");
        }
        let parts = Parts { ignore_case: true, ..parts };
        assert_eq!(found("'/up'", &parts), Some(json!("x")));
    }
}
