use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, de};

use super::expiry::Expiry;
use super::one_or_many::one_or_many;
use super::pointer::{Names, Pointer};
use super::selector::{HeaderName, Selector};
use crate::base::fault::said;
use crate::dialect::template::Template;

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
    /// Where in the body the places of tokens, their expiries and kept values begin: a JSON Pointer. `words`, `retry_after` and tests begin at the body itself.
    pub(crate) within: Option<Root>,
    /// Where the access token stands. Required in `refresh`, unless `keeps_access_token`.
    pub(crate) access_token: Option<Selector>,
    /// What programs get in place of the access token: a template of `access_token`, `client_id`, kept values of the same answer and params that are no secret.
    pub(crate) access_token_as: Option<Template>,
    /// A success need not hold an access token: the current one stays, with the expiry that the answer gives.
    #[serde(default)]
    pub(crate) keeps_access_token: bool,
    /// Where a new refresh token stands; if none is there, the old one stays.
    pub(crate) refresh_token: Option<Selector>,
    /// Where the id token stands, for profiles that say `token = "id"`; `/id_token` if it is not given.
    pub(crate) id_token: Option<Selector>,
    /// For `--json`; `Bearer` if it is not given.
    pub(crate) token_type: Option<Selector>,
    /// For `--json`.
    pub(crate) scope: Option<Selector>,
    /// Who the tokens are for; if a later answer names another, there is a warning.
    pub(crate) account: Option<Selector>,
    /// When the access token expires: the first that is there and can be read, unless `expires_by` says otherwise.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<Expiry>"))]
    pub(crate) access_expires: Vec<Expiry>,
    /// When the refresh token expires.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<Expiry>"))]
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
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<Expiry>"))]
    pub(crate) retry_after: Vec<Expiry>,
    /// Where the vendor's own words about a refusal stand.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<Selector>"))]
    pub(crate) words: Vec<Selector>,
}

/// A JSON Pointer, or the body itself.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "crate::testing::json_schema::Root"))]
pub(crate) struct Root(Option<Pointer>);

impl<'de> Deserialize<'de> for Root {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Root, D::Error> {
        match String::deserialize(from)?.as_str() {
            "" => Ok(Root(None)),
            source => Pointer::parse(source).map(|root| Root(Some(root))).map_err(said),
        }
    }
}

/// An answer whose places all begin at the body.
pub(super) fn placed<'de, D: Deserializer<'de>>(from: D) -> Result<Answer, D::Error> {
    let mut answer = Answer::deserialize(from)?;
    if let Some(Root(Some(root))) = answer.within.clone() {
        answer.id_token.get_or_insert_with(|| ID_TOKEN.clone());
        answer.successful().for_each(|selector| selector.move_below(&root));
    }
    Ok(answer)
}

fn as_json() -> Vec<Format> {
    vec![Format::Json]
}

/// Where OpenID Connect Core 1.0 section 3.1.3.3 has it.
static ID_TOKEN: LazyLock<Selector> = LazyLock::new(|| {
    let source = de::value::StrDeserializer::<de::value::Error>::new("/id_token");
    Selector::deserialize(source).expect("a pointer")
});

impl Answer {
    pub(crate) fn id_token(&self) -> &Selector {
        self.id_token.as_ref().unwrap_or(&ID_TOKEN)
    }

    /// How names in its body may be compared.
    pub(crate) fn names(&self) -> Names {
        Names { ignore_case: self.ignore_case, elements: self.format.contains(&Format::Xml) }
    }

    pub(crate) fn selectors(&self) -> impl Iterator<Item = &Selector> {
        let Answer { access_token, refresh_token, id_token, token_type, scope, account, words, .. } = self;
        let expiries = self.access_expires.iter().chain(&self.refresh_expires).chain(&self.retry_after);
        let single =
            [access_token, refresh_token, id_token, token_type, scope, account].into_iter().flatten();
        let kept = self.keep.values().map(|keep| &keep.selector);
        single.chain(words).chain(expiries.flat_map(Expiry::selectors)).chain(kept)
    }

    /// The places of what a success gives.
    fn successful(&mut self) -> impl Iterator<Item = &mut Selector> {
        let Answer { access_token, refresh_token, id_token, token_type, scope, account, .. } = self;
        let single =
            [access_token, refresh_token, id_token, token_type, scope, account].into_iter().flatten();
        let expiries = self.access_expires.iter_mut().chain(&mut self.refresh_expires);
        let kept = self.keep.values_mut().map(|keep| &mut keep.selector);
        single.chain(expiries.flat_map(Expiry::selectors_mut)).chain(kept)
    }
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
#[cfg_attr(test, schemars(with = "crate::testing::json_schema::Kept<KeepTable>"))]
pub(crate) struct Keep {
    pub(crate) selector: Selector,
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
struct KeepTable {
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
        struct SelectorOrTable;
        impl<'de> de::Visitor<'de> for SelectorOrTable {
            type Value = Keep;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a place")
            }
            fn visit_str<E: de::Error>(self, source: &str) -> Result<Keep, E> {
                let selector = Selector::deserialize(de::value::StrDeserializer::new(source))?;
                Ok(Keep { selector, secret: false, optional: false })
            }
            fn visit_seq<S: de::SeqAccess<'de>>(self, list: S) -> Result<Keep, S::Error> {
                let selector = Selector::deserialize(de::value::SeqAccessDeserializer::new(list))?;
                Ok(Keep { selector, secret: false, optional: false })
            }
            fn visit_map<M: de::MapAccess<'de>>(self, map: M) -> Result<Keep, M::Error> {
                let KeepTable { at, header, cookie, strip, secret, optional } =
                    KeepTable::deserialize(de::value::MapAccessDeserializer::new(map))?;
                let selector = Selector::of(at, header, cookie, strip).map_err(said)?;
                Ok(Keep { selector, secret, optional })
            }
        }
        from.deserialize_any(SelectorOrTable)
    }
}
