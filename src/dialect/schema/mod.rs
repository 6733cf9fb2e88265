//! A dialect as its author writes it: one TOML table. What each key means to a user stands in
//! `docs/dialects/reference.md`; what is checked beyond types, in `check`. Types alone: nothing here fills a
//! template in or looks into an answer.

mod answer;
mod conditions;
mod exchange;
mod expiry;
mod fields;
mod json;
mod login;
mod one_or_many;
pub(crate) mod pointer;
mod request;
pub(crate) mod selector;
mod singles;

use std::collections::BTreeMap;

use serde::Deserialize;

pub(crate) use self::answer::{Answer, ExpiresBy, Format, Keep};
pub(crate) use self::conditions::{StatusSet, Test};
pub(crate) use self::exchange::{Exchange, Makes, Refusal};
pub(crate) use self::expiry::{Expiry, Unit};
pub(crate) use self::fields::Fields;
pub(crate) use self::json::Json;
pub(crate) use self::login::{
    AUTHORIZATION, Ask, Authorization, Login, QueryIn, RedirectAnswer, RedirectRule, Revocation, Takes,
    checked_redirect,
};
pub(crate) use self::one_or_many::one_or_many;
pub(crate) use self::request::{ClientAuth, DigestLogin, FormIn, Part, Request};
pub(crate) use self::selector::Selector;
pub(crate) use self::singles::listed;
use crate::base::duration::Span;
use crate::credential::reading::{LifetimeKind, RenewsWith};
use crate::credential::retry::Class;

/// How one vendor's token refresh is asked for and how the answer is read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(transform = crate::testing::json_schema::extends_or_whole))]
pub(crate) struct Dialect {
    /// The vendor's product, for `tokcli dialect list`.
    pub(crate) title: Option<String>,
    /// Other names and abbreviations by which `tokcli dialect list` finds it too.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<String>"))]
    pub(crate) keywords: Vec<String>,
    /// Address of the vendor's documentation of the refresh.
    pub(crate) documentation: Option<String>,
    /// What the vendor's documents leave open, for `tokcli dialect list --json`.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<String>"))]
    pub(crate) undocumented: Vec<String>,
    /// The dialect to start from, built-in or your own: tables merge, all else replaces.
    /// Here so that the key is known; merged before this is read.
    pub(crate) extends: Option<String>,
    /// Keys of the dialect that this extends which are left out, each as a path: `exchanges.refresh.request.form.scope`.
    #[serde(rename = "remove", default)]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<String>"))]
    _remove: Vec<String>,
    /// What a refresh presents.
    #[serde(default)]
    pub(crate) renews_with: RenewsWith,
    /// What the server does with a spent refresh token. Leave it out unless the vendor documents it.
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
    pub(crate) params: BTreeMap<String, DeclaredParam>,
    /// The exchanges of one refresh, in order; the last is `refresh`.
    #[serde(default = "only_refresh")]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<String>"))]
    pub(crate) steps: Vec<String>,
    /// How a person, or a program for them, logs in: by the names of the grants.
    #[serde(default)]
    #[cfg_attr(test, schemars(transform = crate::testing::json_schema::identifiers))]
    pub(crate) logins: BTreeMap<String, Login>,
    /// The exchange `revoke` gives a token back (RFC 7009).
    pub(crate) revocation: Option<Revocation>,
    /// Where an address that an answer gave may lead: names of hosts in lower case.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<String>"))]
    pub(crate) hosts: Vec<String>,
    /// Each request with its answer; `refresh` is the one that gives the access token.
    #[cfg_attr(test, schemars(transform = crate::testing::json_schema::identifiers))]
    pub(crate) exchanges: BTreeMap<String, Exchange>,
    /// Recorded requests and answers, replayed by `tokcli dialect test`.
    #[serde(default)]
    #[cfg_attr(
        test,
        schemars(with = "crate::testing::json_schema::OneOrMany<crate::dialect::examples::Example>")
    )]
    pub(crate) examples: Vec<toml::Value>,
}

/// The last step of every refresh, and mostly the only one.
pub(crate) const REFRESH: &str = "refresh";
/// The exchange by which a token is given back.
pub(crate) const REVOKE: &str = "revoke";

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
pub(crate) struct DeclaredParam {
    /// Without it a profile that does not give it is an error.
    #[serde(default)]
    pub(crate) optional: bool,
    /// The value for a profile that does not give it.
    pub(crate) default: Option<String>,
    /// The only values there are.
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::OneOrMany<String>>"))]
    pub(crate) one_of: Option<Vec<String>>,
    /// The profile must give it by a secret source; a literal is an error.
    #[serde(default)]
    pub(crate) secret: bool,
    /// What it is, for people.
    pub(crate) about: Option<String>,
}
