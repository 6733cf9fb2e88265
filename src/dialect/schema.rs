//! A dialect as its author writes it: one TOML table. What each key means to a
//! user stands in `docs/dialects.md`; what is checked beyond types, in `mod.rs`.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::template::Template;
use crate::duration::Span;
use crate::replay::Class;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dialect {
    pub(crate) title: Option<String>,
    /// Where the vendor documents the refresh.
    pub(crate) documentation: Option<String>,
    /// Merged before this is read; here so that the key is known.
    #[serde(rename = "extends")]
    _extends: Option<String>,
    #[serde(default)]
    pub(crate) rotation: Class,
    pub(crate) grace: Option<Span>,
    pub(crate) replay: Option<Never>,
    /// Of an access token whose answer does not say.
    pub(crate) access_lifetime: Option<Span>,
    /// Of a refresh token whose answer does not say.
    pub(crate) refresh_lifetime: Option<Span>,
    #[serde(default)]
    pub(crate) refresh_lifetime_kind: LifetimeKind,
    #[serde(default)]
    pub(crate) params: BTreeMap<String, Param>,
    pub(crate) exchanges: Exchanges,
}

/// The exchanges that this version knows how to run.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exchanges {
    pub(crate) refresh: Exchange,
}

/// `replay = "never"`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Never {
    Never,
}

/// From when a refresh token's lifetime counts.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LifetimeKind {
    /// From its own issue: every refresh begins it anew.
    #[default]
    Sliding,
    /// From the login: refreshing does not extend it.
    Absolute,
}

/// A value that the profile gives under `params`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Param {
    #[serde(default)]
    pub(crate) optional: bool,
    /// The profile must give it by a secret source.
    #[serde(default)]
    pub(crate) secret: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exchange {
    pub(crate) request: Request,
    pub(crate) answer: Answer,
    #[serde(default)]
    pub(crate) success: Success,
    #[serde(default)]
    pub(crate) refusals: Vec<Refusal>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    #[serde(default)]
    pub(crate) method: Method,
    pub(crate) url: Template,
    /// One registered name, or several of which the profile chooses; the first is the default.
    #[serde(default, deserialize_with = "one_or_many")]
    pub(crate) client_auth: Vec<ClientAuth>,
    /// Where params that the dialect does not declare are sent; without it they are errors.
    pub(crate) extra_params: Option<Place>,
    #[serde(default)]
    pub(crate) query: Fields,
    #[serde(default)]
    pub(crate) headers: Fields,
    /// A body in `application/x-www-form-urlencoded`.
    pub(crate) form: Option<Fields>,
    /// A body in JSON; strings in it are templates.
    pub(crate) json: Option<Json>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Method {
    #[default]
    Post,
    Get,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Method::Post => "POST",
            Method::Get => "GET",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// By their names in the registry of RFC 7591 section 2.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClientAuth {
    ClientSecretBasic,
    ClientSecretPost,
    None,
}

impl ClientAuth {
    pub(crate) fn word(self) -> &'static str {
        match self {
            ClientAuth::ClientSecretBasic => "client_secret_basic",
            ClientAuth::ClientSecretPost => "client_secret_post",
            ClientAuth::None => "none",
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Place {
    Query,
    Form,
}

/// Parameters in the order in which they are written, which is the order in which they are sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(pub(crate) Vec<(String, Template)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Fields, D::Error> {
        struct InOrder;
        impl<'de> de::Visitor<'de> for InOrder {
            type Value = Fields;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a table of names and templates")
            }
            fn visit_map<M: de::MapAccess<'de>>(self, mut map: M) -> Result<Fields, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        from.deserialize_map(InOrder)
    }
}

/// A JSON body: the tree as written, its strings templates.
#[derive(Clone, Debug)]
pub(crate) enum Json {
    Text(Template),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
    Plain(Value),
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Json, D::Error> {
        Json::from_value(Value::deserialize(from)?).map_err(de::Error::custom)
    }
}

impl Json {
    fn from_value(value: Value) -> Result<Json, String> {
        Ok(match value {
            Value::String(source) => Json::Text(parse_template(source)?),
            Value::Array(items) => {
                Json::List(items.into_iter().map(Json::from_value).collect::<Result<_, _>>()?)
            }
            Value::Object(members) => Json::Object(
                members
                    .into_iter()
                    .map(|(name, value)| Ok((name, Json::from_value(value)?)))
                    .collect::<Result<_, String>>()?,
            ),
            plain => Json::Plain(plain),
        })
    }

    pub(crate) fn templates<'a>(&'a self, found: &mut Vec<&'a Template>) {
        match self {
            Json::Text(template) => found.push(template),
            Json::List(items) => items.iter().for_each(|item| item.templates(found)),
            Json::Object(members) => members.iter().for_each(|(_, value)| value.templates(found)),
            Json::Plain(_) => {}
        }
    }
}

fn parse_template(source: String) -> Result<Template, String> {
    let plain = de::value::StringDeserializer::<de::value::Error>::new(source);
    Template::deserialize(plain).map_err(|cause| cause.to_string())
}

/// Where the values of a good answer stand.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    #[serde(default)]
    pub(crate) format: Format,
    pub(crate) access_token: Pointer,
    pub(crate) refresh_token: Option<Pointer>,
    pub(crate) token_type: Option<Pointer>,
    pub(crate) scope: Option<Pointer>,
    /// The first of these that the answer holds counts.
    #[serde(default)]
    pub(crate) access_expires: Vec<Expiry>,
    #[serde(default)]
    pub(crate) refresh_expires: Vec<Expiry>,
    /// Where the vendor's own words about a refusal stand.
    #[serde(default)]
    pub(crate) words: Vec<Pointer>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    #[default]
    Json,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expiry {
    pub(crate) at: Pointer,
    pub(crate) unit: Unit,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    /// From the moment of the answer.
    Seconds,
    Milliseconds,
    /// Since 1970.
    EpochSeconds,
    EpochMilliseconds,
    /// ISO 8601 with an offset or `Z`, and up to nine fraction digits.
    Iso8601,
    /// The value is a JWT; its `exp` is meant (RFC 7519 section 4.1.4).
    JwtExp,
}

/// A JSON Pointer (RFC 6901) below the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pointer(String);

impl Pointer {
    pub(crate) fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        value.pointer(&self.0)
    }

    pub(crate) fn source(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Pointer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Pointer, D::Error> {
        let source = String::deserialize(from)?;
        if !source.starts_with('/') {
            return Err(de::Error::custom("a JSON Pointer begins with `/`, as in `/access_token`"));
        }
        let escapes = source.split('~').skip(1);
        if !escapes.clone().all(|rest| rest.starts_with('0') || rest.starts_with('1')) {
            return Err(de::Error::custom("in a JSON Pointer `~` is written `~0`, and `/` in a name `~1`"));
        }
        Ok(Pointer(source))
    }
}

/// Besides a usable access token, which every success must hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Success {
    #[serde(default = "any_2xx")]
    pub(crate) status: StatusSet,
    #[serde(default)]
    pub(crate) tests: Vec<BodyTest>,
}

impl Default for Success {
    fn default() -> Success {
        Success { status: any_2xx(), tests: Vec::new() }
    }
}

fn any_2xx() -> StatusSet {
    StatusSet(vec![Status::Class(2)])
}

/// An answer that says no: the first that matches counts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refusal {
    #[serde(rename = "is")]
    pub(crate) verdict: Verdict,
    pub(crate) status: Option<StatusSet>,
    #[serde(default)]
    pub(crate) tests: Vec<BodyTest>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    LoginRequired,
    ClientRejected,
    RateLimited,
    Unavailable,
    RequestRejected,
}

/// `[200, "4xx"]`
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct StatusSet(Vec<Status>);

#[derive(Clone, Copy, Debug)]
enum Status {
    One(u16),
    Class(u16),
}

impl StatusSet {
    pub(crate) fn any() -> StatusSet {
        StatusSet((1..=5).map(Status::Class).collect())
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
            _ => Err(de::Error::custom("expected a status such as `401` or a class such as `\"4xx\"`")),
        }
    }
}

/// Holds if every condition it names holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BodyTest {
    pub(crate) at: Pointer,
    /// Any of these; numbers and numeric strings are equal.
    #[serde(default, deserialize_with = "some_one_or_many")]
    pub(crate) equals: Option<Vec<Value>>,
    #[serde(default, deserialize_with = "some_one_or_many")]
    pub(crate) not_equals: Option<Vec<Value>>,
    /// Whether there is a value other than null.
    pub(crate) present: Option<bool>,
}

fn one_or_many<'de, T: de::DeserializeOwned, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    let list = match Value::deserialize(from)? {
        Value::Array(list) => list,
        one => vec![one],
    };
    list.into_iter().map(|value| T::deserialize(value).map_err(de::Error::custom)).collect()
}

fn some_one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<Value>>, D::Error> {
    one_or_many(from).map(Some)
}
