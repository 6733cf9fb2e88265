//! A dialect as its author writes it: one TOML table. What each key means to a
//! user stands in `docs/dialects.md`; what is checked beyond types, in `mod.rs`.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde::de::IntoDeserializer as _;
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::expiry::Expiry;
use super::place::{HeaderName, Place, Pointer};
use super::template::Template;
use crate::base::duration::Span;
use crate::base::fault::said;
use crate::credential::reading::{LifetimeKind, RefusalKind, RenewsWith};
use crate::credential::retry::Class;
use crate::http::message::Method;

/// How one vendor's token refresh is asked for and how the answer is read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(transform = crate::testing::json_schema::extends_or_whole))]
pub(crate) struct Dialect {
    /// The vendor's product, for `tokcli dialect list`.
    pub(crate) title: Option<String>,
    /// Address of the vendor's documentation of the refresh.
    pub(crate) documentation: Option<String>,
    /// What the vendor's documents leave open, for `tokcli dialect list`.
    #[serde(default)]
    pub(crate) undocumented: Vec<String>,
    /// The dialect to start from, built-in or your own: tables merge, all else replaces.
    /// Here so that the key is known; merged before this is read.
    #[serde(rename = "extends")]
    _extends: Option<String>,
    /// Keys of the dialect that this extends which are left out, each as a path: `exchanges.refresh.request.form.scope`.
    #[serde(rename = "remove", default)]
    _remove: Vec<String>,
    /// What a refresh presents.
    #[serde(default)]
    pub(crate) renews_with: RenewsWith,
    /// What the server does with a spent refresh token. Leave it away unless the vendor documents it.
    #[serde(default)]
    pub(crate) rotation: Class,
    /// Since sending; goes with the rotation classes `grace-same` and `grace-new`, and is required there.
    pub(crate) grace: Option<Span>,
    /// Never present a refresh token twice by itself.
    pub(crate) replay: Option<Never>,
    /// Of an access token whose answer does not say.
    pub(crate) access_lifetime: Option<Span>,
    /// Of a refresh token whose answer does not say.
    pub(crate) refresh_lifetime: Option<Span>,
    /// From when `refresh_lifetime` counts.
    #[serde(default)]
    pub(crate) refresh_lifetime_kind: LifetimeKind,
    /// An access token counts as expired this much before the vendor says.
    pub(crate) margin: Option<Span>,
    /// Values that a profile gives under `params`; templates name them as `params.NAME`.
    #[serde(default)]
    #[cfg_attr(test, schemars(transform = crate::testing::json_schema::identifiers))]
    pub(crate) params: BTreeMap<String, Param>,
    /// The exchanges of one refresh, in order; the last is `refresh`.
    #[serde(default = "only_refresh")]
    pub(crate) steps: Vec<String>,
    /// Where an address that an answer gave may lead: names of hosts in lower case.
    #[serde(default)]
    pub(crate) hosts: Vec<String>,
    /// Each request with its answer; `refresh` is the one that gives the access token.
    #[cfg_attr(test, schemars(transform = crate::testing::json_schema::identifiers))]
    pub(crate) exchanges: BTreeMap<String, Exchange>,
    /// Recorded requests and answers, replayed by `tokcli dialect test`.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Vec<super::examples::Example>"))]
    pub(crate) examples: Vec<toml::Value>,
}

/// The last step of every chain, and mostly the only one.
pub(crate) const REFRESH: &str = "refresh";

fn only_refresh() -> Vec<String> {
    vec![REFRESH.to_owned()]
}

/// `replay = "never"`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Never {
    Never,
}

/// A value that the profile gives under `params`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "DeclaredParam"))]
pub(crate) struct Param {
    /// Without it a profile that does not give it is an error.
    #[serde(default)]
    pub(crate) optional: bool,
    /// The value for a profile that does not give it.
    pub(crate) default: Option<String>,
    /// The only values there are.
    pub(crate) one_of: Option<Vec<String>>,
    /// The profile must give it by a secret source; a literal is an error.
    #[serde(default)]
    pub(crate) secret: bool,
    /// What it is, for people.
    #[serde(rename = "about")]
    _about: Option<String>,
}

/// A request and what its answer means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(transform = crate::testing::json_schema::nothing_required))]
pub(crate) struct Exchange {
    /// What is sent.
    pub(crate) request: Request,
    /// Where the values of a good answer stand.
    pub(crate) answer: Answer,
    /// Which answers are good; without it any 2xx with an access token.
    #[serde(default)]
    pub(crate) success: Success,
    /// Answers that say no, in order: the first that matches counts. List only what the vendor documents: a refusal means that nothing was spent.
    #[serde(default)]
    pub(crate) refusals: Vec<Refusal>,
}

/// What is sent. Parameters are sent in the order in which they are written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(transform = crate::testing::json_schema::nothing_required, transform = crate::testing::json_schema::one_body))]
pub(crate) struct Request {
    /// A method of HTTP in capitals; `POST` if it is not given.
    #[serde(default)]
    pub(crate) method: Method,
    /// The address; a profile's `token_url` replaces it whole.
    pub(crate) url: Template,
    /// The vendor wants a secret in the address itself. Prefer `query`, which is never logged.
    #[serde(default)]
    pub(crate) secret_in_url: bool,
    /// How the client authenticates: one registered name, or several of which the profile chooses; the first is the default.
    #[serde(default, deserialize_with = "one_or_many")]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<ClientAuth>"))]
    pub(crate) client_auth: Vec<ClientAuth>,
    /// For `private_key_jwt` and `client_secret_jwt`.
    #[serde(default)]
    pub(crate) client_assertion: ClientAssertion,
    /// Where params that the dialect does not declare are sent; without it they are errors.
    pub(crate) extra_params: Option<Part>,
    /// Added to the address, form-encoded, after a query that the address has.
    #[serde(default)]
    pub(crate) query: Fields,
    /// Headers, by their names in RFC 9110.
    #[serde(default)]
    pub(crate) headers: Fields,
    /// A body in `application/x-www-form-urlencoded`.
    pub(crate) form: Option<Fields>,
    /// A body in `application/json`: strings in it are templates, other values stand as written.
    pub(crate) json: Option<Json>,
    /// A body as it stands: XML, text. Give it a `Content-Type` in `headers`.
    pub(crate) body: Option<Template>,
}

/// By their names in the registry of RFC 7591 section 2, but for one.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[expect(clippy::enum_variant_names, reason = "they are the registry's")]
pub(crate) enum ClientAuth {
    /// `Authorization: Basic` over `client_id:client_secret`, both form-encoded first (RFC 6749 section 2.3.1).
    ClientSecretBasic,
    /// The same without that encoding, as many vendors have it. Not a registered name.
    ClientSecretBasicPlain,
    /// `client_id` and `client_secret` as the last members of the body.
    ClientSecretPost,
    /// A JWT signed with the client secret (RFC 7523).
    ClientSecretJwt,
    /// A JWT signed with a private key (RFC 7523).
    PrivateKeyJwt,
    /// `client_id` in the body, over mutual TLS (RFC 8705).
    TlsClientAuth,
    /// `client_id` in the body, over mutual TLS with a self-signed certificate (RFC 8705).
    SelfSignedTlsClientAuth,
    /// A public client: `client_id` in the body, if the profile gives one.
    None,
}

impl ClientAuth {
    pub(crate) fn word(self) -> &'static str {
        match self {
            ClientAuth::ClientSecretBasic => "client_secret_basic",
            ClientAuth::ClientSecretBasicPlain => "client_secret_basic_plain",
            ClientAuth::ClientSecretPost => "client_secret_post",
            ClientAuth::ClientSecretJwt => "client_secret_jwt",
            ClientAuth::PrivateKeyJwt => "private_key_jwt",
            ClientAuth::TlsClientAuth => "tls_client_auth",
            ClientAuth::SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
            ClientAuth::None => "none",
        }
    }

    /// What the profile must give for it.
    pub(crate) fn needs(self) -> &'static [&'static str] {
        match self {
            ClientAuth::ClientSecretBasic
            | ClientAuth::ClientSecretBasicPlain
            | ClientAuth::ClientSecretPost
            | ClientAuth::ClientSecretJwt => &["client_id", "client_secret"],
            ClientAuth::PrivateKeyJwt => &["client_id", "private_key"],
            ClientAuth::TlsClientAuth | ClientAuth::SelfSignedTlsClientAuth => &["client_id"],
            ClientAuth::None => &[],
        }
    }

    pub(crate) fn needs_certificate(self) -> bool {
        matches!(self, ClientAuth::TlsClientAuth | ClientAuth::SelfSignedTlsClientAuth)
    }
}

/// Of a client assertion (RFC 7523 section 3).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ClientAssertion {
    /// `aud`; the address of the request if it is not given.
    pub(crate) audience: Option<Template>,
    /// `exp` less `iat`; five minutes if it is not given.
    pub(crate) lifetime: Option<Span>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Part {
    /// Added to the address.
    Query,
    /// Members of the form.
    Form,
    /// Members of the JSON body.
    Json,
}

/// Parameters in the order in which they are written, which is the order in which they are sent.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(
    test,
    schemars(
        with = "std::collections::BTreeMap<String, crate::testing::json_schema::OneOrMany<crate::testing::json_schema::Scalar>>"
    )
)]
pub(crate) struct Fields(pub(crate) Vec<(String, Vec<Template>)>);

impl Fields {
    pub(crate) fn templates(&self) -> impl Iterator<Item = (&str, &Template)> {
        self.0.iter().flat_map(|(name, all)| all.iter().map(move |one| (name.as_str(), one)))
    }
}

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
                while let Some((name, FieldValues(values))) = map.next_entry()? {
                    fields.push((name, values));
                }
                Ok(Fields(fields))
            }
        }
        from.deserialize_map(InOrder)
    }
}

/// A template, a number, a boolean, or a list of these.
struct FieldValues(Vec<Template>);

impl<'de> Deserialize<'de> for FieldValues {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<FieldValues, D::Error> {
        let values: Vec<FieldValue> = one_or_many(from)?;
        Ok(FieldValues(values.into_iter().map(|value| value.0).collect()))
    }
}

struct FieldValue(Template);

impl<'de> Deserialize<'de> for FieldValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<FieldValue, D::Error> {
        let template = match Value::deserialize(from)? {
            Value::String(source) => Template::parse(source),
            Value::Number(number) => Template::parse(number.to_string()),
            Value::Bool(truth) => Template::parse(truth.to_string()),
            _ => Err("expected a string, a number, true, false, or a list of these".into()),
        };
        template.map(FieldValue).map_err(said)
    }
}

/// A JSON body: the tree as written, its strings templates.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "crate::testing::json_schema::Tree"))]
pub(crate) enum Json {
    Text(Template),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
    Plain(Value),
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Json, D::Error> {
        from.deserialize_any(Tree)
    }
}

/// By hand: through a JSON value it would be lost where in the file a fault stands.
struct Tree;

impl<'de> de::Visitor<'de> for Tree {
    type Value = Json;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_str<E: de::Error>(self, source: &str) -> Result<Json, E> {
        Template::parse(source.to_owned()).map(Json::Text).map_err(said)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Json, E> {
        Ok(Json::Plain(truth.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Plain(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Plain(number.into()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Json, E> {
        let number = serde_json::Number::from_f64(number);
        number.map(|number| Json::Plain(number.into())).ok_or_else(|| said("JSON has no such number"))
    }

    fn visit_seq<S: de::SeqAccess<'de>>(self, mut list: S) -> Result<Json, S::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<M: de::MapAccess<'de>>(self, mut map: M) -> Result<Json, M::Error> {
        let mut members = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            // So the reader of TOML says that a value is a date.
            if name.starts_with("$__toml") {
                return Err(said("JSON has no dates; write it in quotes"));
            }
            members.push((name, map.next_value()?));
        }
        Ok(Json::Object(members))
    }
}

impl Json {
    /// Every template in it, each with where it stands below `path`.
    pub(crate) fn templates<'a>(&'a self, path: &[String], found: &mut Vec<(Vec<String>, &'a Template)>) {
        let below = |key: &str| [path, &[key.to_owned()]].concat();
        match self {
            Json::Text(template) => found.push((path.to_vec(), template)),
            Json::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    item.templates(&below(&index.to_string()), found);
                }
            }
            Json::Object(members) => {
                members.iter().for_each(|(name, value)| value.templates(&below(name), found));
            }
            Json::Plain(_) => {}
        }
    }
}

/// Where the values of a good answer stand.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Answer {
    /// What the body is, whatever its `Content-Type` says; of a list the first in which it can be read. `json` if it is not given.
    #[serde(default = "as_json", deserialize_with = "one_or_many")]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<Format>"))]
    pub(crate) format: Vec<Format>,
    /// Names in pointers match without regard to case.
    #[serde(default)]
    pub(crate) ignore_case: bool,
    /// Where the access token stands. Required in `refresh`, unless `keeps_access_token`.
    pub(crate) access_token: Option<Place>,
    /// A success need not hold an access token: the current one stays, with the expiry that the answer gives.
    #[serde(default)]
    pub(crate) keeps_access_token: bool,
    /// Where a new refresh token stands; if none is there, the old one stays.
    pub(crate) refresh_token: Option<Place>,
    /// For `--json`; `Bearer` if it is not given.
    pub(crate) token_type: Option<Place>,
    /// For `--json`.
    pub(crate) scope: Option<Place>,
    /// Who the tokens are for; if a later answer names another, there is a warning.
    pub(crate) account: Option<Place>,
    /// When the access token expires: the first that is there and can be read, unless `expires_by` says otherwise.
    #[serde(default)]
    pub(crate) access_expires: Vec<Expiry>,
    /// When the refresh token expires.
    #[serde(default)]
    pub(crate) refresh_expires: Vec<Expiry>,
    /// Which expiry counts if the answer holds several.
    #[serde(default)]
    pub(crate) expires_by: ExpiresBy,
    /// Values that are kept with the credential, at most 16; later requests name them as `kept.NAME`.
    #[serde(default)]
    #[cfg_attr(test, schemars(transform = crate::testing::json_schema::identifiers))]
    pub(crate) keep: BTreeMap<String, Keep>,
    /// How long to wait after `rate_limited` and `unavailable`, if the header `Retry-After` does not say.
    #[serde(default)]
    pub(crate) retry_after: Vec<Expiry>,
    /// Where the vendor's own words about a refusal stand.
    #[serde(default)]
    pub(crate) words: Vec<Place>,
}

fn as_json() -> Vec<Format> {
    vec![Format::Json]
}

/// What a body is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Format {
    /// One JSON object or list.
    Json,
    /// The JSON object or list between other text, such as `callback({…});`.
    JsonWithin,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// One XML document: `/Envelope/Body/Token` is the text of that element, `@name` an attribute.
    Xml,
    /// Plain text; it stands at `/text`.
    Text,
    /// The body is not looked at; tokens stand in headers.
    None,
}

/// Which of several expiries counts.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum ExpiresBy {
    /// The first of the list.
    #[default]
    First,
    /// The earliest.
    Earliest,
    /// The latest.
    Latest,
}

/// A value that is kept with the credential.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "crate::testing::json_schema::Kept<WrittenKeep>"))]
pub(crate) struct Keep {
    pub(crate) place: Place,
    /// Never shown.
    pub(crate) secret: bool,
    /// A success need not hold it.
    pub(crate) optional: bool,
}

/// A place of a value that is kept.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "KeptTable", transform = crate::testing::json_schema::one_site))]
struct WrittenKeep {
    /// Where in the body: a JSON Pointer (RFC 6901). It goes on into strings that hold JSON and into the claims of a JWT.
    at: Option<Pointer>,
    /// A header of the answer, its name in any case.
    header: Option<HeaderName>,
    /// A cookie that the answer sets.
    cookie: Option<String>,
    /// A beginning of the value that is taken off if it is there, in any case, such as `Bearer `.
    strip: Option<String>,
    /// Never shown.
    #[serde(default)]
    secret: bool,
    /// A success need not hold it; the old value stays.
    #[serde(default)]
    optional: bool,
}

impl<'de> Deserialize<'de> for Keep {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Keep, D::Error> {
        struct PlaceOrTable;
        impl<'de> de::Visitor<'de> for PlaceOrTable {
            type Value = Keep;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a place")
            }
            fn visit_str<E: de::Error>(self, source: &str) -> Result<Keep, E> {
                let place = Place::deserialize(de::value::StrDeserializer::new(source))?;
                Ok(Keep { place, secret: false, optional: false })
            }
            fn visit_seq<S: de::SeqAccess<'de>>(self, list: S) -> Result<Keep, S::Error> {
                let place = Place::deserialize(de::value::SeqAccessDeserializer::new(list))?;
                Ok(Keep { place, secret: false, optional: false })
            }
            fn visit_map<M: de::MapAccess<'de>>(self, map: M) -> Result<Keep, M::Error> {
                let WrittenKeep { at, header, cookie, strip, secret, optional } =
                    WrittenKeep::deserialize(de::value::MapAccessDeserializer::new(map))?;
                let place = Place::of(at, header, cookie, strip).map_err(said)?;
                Ok(Keep { place, secret, optional })
            }
        }
        from.deserialize_any(PlaceOrTable)
    }
}

/// Which answers are good, besides that each holds a usable access token.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Success {
    /// Statuses and classes: `[200, "2xx"]`.
    #[serde(default = "any_2xx")]
    pub(crate) status: StatusSet,
    /// All of which must hold.
    #[serde(default)]
    pub(crate) tests: Vec<Test>,
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(transform = crate::testing::json_schema::some_condition))]
pub(crate) struct Refusal {
    /// What the answer means.
    #[serde(rename = "is")]
    pub(crate) verdict: RefusalKind,
    /// Statuses and classes: `[401, "4xx"]`; any if it is not given.
    pub(crate) status: Option<StatusSet>,
    /// All of which must hold.
    #[serde(default)]
    pub(crate) tests: Vec<Test>,
}

/// Statuses and classes: `[200, "4xx"]`.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "crate::testing::json_schema::Statuses"))]
pub(crate) struct StatusSet(Vec<Status>);

impl<'de> Deserialize<'de> for StatusSet {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<StatusSet, D::Error> {
        let all = Vec::deserialize(from)?;
        if all.is_empty() {
            return Err(said("names no status; write one, such as `200`, or leave it away"));
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
            _ => Err(said("expected a status such as `401` or a class such as `\"4xx\"`")),
        }
    }
}

/// Holds if every condition it names holds.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "WrittenTest"))]
pub(crate) struct Test {
    pub(crate) place: Place,
    /// Any of these; numbers and numeric strings are equal.
    pub(crate) equals: Option<Vec<Value>>,
    pub(crate) not_equals: Option<Vec<Value>>,
    /// In lower case; any of these.
    pub(crate) contains: Option<Vec<String>>,
    /// Whether there is a value other than null.
    pub(crate) present: Option<bool>,
}

/// A place and conditions; it holds if all of them hold.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "TestTable", transform = crate::testing::json_schema::one_site, transform = crate::testing::json_schema::some_test))]
struct WrittenTest {
    /// Where in the body: a JSON Pointer (RFC 6901). It goes on into strings that hold JSON and into the claims of a JWT.
    at: Option<Pointer>,
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
}

impl<'de> Deserialize<'de> for Test {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Test, D::Error> {
        let written = WrittenTest::deserialize(from)?;
        let WrittenTest { at, header, cookie, strip, equals, not_equals, contains, present } = written;
        let place = Place::of(at, header, cookie, strip).map_err(said)?;
        if equals.is_none() && not_equals.is_none() && contains.is_none() && present.is_none() {
            let words = "a test needs `equals`, `not_equals`, `contains` or `present`";
            return Err(said(words));
        }
        let contains = contains.map(|all| all.iter().map(|one| one.to_lowercase()).collect());
        Ok(Test { place, equals, not_equals, contains, present })
    }
}

fn one_or_many<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    from.deserialize_any(OneOrMany(PhantomData))
}

/// For conditions: of no values none can be the one.
fn some_one_or_many<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Vec<T>>, D::Error> {
    let values = one_or_many(from)?;
    if values.is_empty() {
        return Err(said("names no value; write at least one"));
    }
    Ok(Some(values))
}

/// By hand: an untagged choice would lose where in the file a fault stands.
struct OneOrMany<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for OneOrMany<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value or a list of values")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<T>, E> {
        T::deserialize(text.into_deserializer()).map(|one| vec![one])
    }

    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Vec<T>, E> {
        T::deserialize(truth.into_deserializer()).map(|one| vec![one])
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Vec<T>, E> {
        T::deserialize(number.into_deserializer()).map(|one| vec![one])
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Vec<T>, E> {
        T::deserialize(number.into_deserializer()).map(|one| vec![one])
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Vec<T>, E> {
        T::deserialize(number.into_deserializer()).map(|one| vec![one])
    }

    fn visit_map<M: de::MapAccess<'de>>(self, map: M) -> Result<Vec<T>, M::Error> {
        T::deserialize(de::value::MapAccessDeserializer::new(map)).map(|one| vec![one])
    }

    fn visit_seq<S: de::SeqAccess<'de>>(self, mut list: S) -> Result<Vec<T>, S::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(values)
    }
}
