//! profiles.toml as it is written: its types, which the JSON Schema is made of. What is right for
//! its type may still be wrong for its dialect; that is `resolve.rs`'s to say.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, de};

use super::program::Program;
use super::relogin::Relogin;
use super::secret_source::{SecretSource, TableOnly};
use super::stores::WrittenStore;
use super::tls::WrittenTls;
use crate::base::duration::Span;
use crate::credential::access::Served;
use crate::credential::discovered::Discovered;
use crate::credential::retry::Class;
use crate::dialect::schema::{ClientAuth, Never};
use crate::dialect::signature::Alg;

/// Profiles, stores and dialects. A file of `dialect_files` has `dialects` alone.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "profiles.toml of tokcli, or a file of dialects"))]
pub(crate) struct File {
    /// The profile if none is asked for; must exist.
    pub(super) default_profile: Option<String>,
    /// Files with more `[dialects.NAME]`, relative to this one.
    #[serde(default)]
    pub(super) dialect_files: Vec<String>,
    /// Started once for each death of a login, unless the profile has its own.
    pub(super) on_login_required: Option<WrittenNotice>,
    /// Whether a line is kept of each token that is issued, each refresh, each login and each refusal.
    #[serde(default)]
    pub(super) log: bool,
    /// What `tokcli -p NAME` uses.
    #[serde(default)]
    #[cfg_attr(test, schemars(transform = crate::testing::json_schema::names))]
    pub(super) profiles: BTreeMap<String, WrittenProfile>,
    /// Where credentials are kept, beside the built-in `keyring` and `file`.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "BTreeMap<String, crate::testing::json_schema::Store>", transform = crate::testing::json_schema::names))]
    pub(super) stores: BTreeMap<String, WrittenStore>,
    /// How vendors are asked; see docs/dialects/.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "BTreeMap<String, crate::dialect::schema::Dialect>", transform = crate::testing::json_schema::names))]
    pub(super) dialects: BTreeMap<String, toml::Table>,
}

/// One of `dialect_files`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DialectFile {
    pub(super) dialects: BTreeMap<String, toml::Table>,
}

/// One vendor, one login.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Profile"))]
pub(super) struct WrittenProfile {
    /// A built-in dialect (`tokcli dialect list`) or one under `[dialects]`.
    pub(super) dialect: String,
    /// Scheme and host, and perhaps a path; the dialect makes the address of it.
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::Address>"))]
    pub(super) base_url: Option<String>,
    /// The whole address; replaces the dialect's.
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::Address>"))]
    pub(super) token_url: Option<String>,
    /// Where a browser logs in, for dialects that leave it to the profile.
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::Address>"))]
    pub(super) authorization_url: Option<String>,
    /// Where a login on another device begins (RFC 8628), for dialects that leave it to the profile.
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::Address>"))]
    pub(super) device_authorization_url: Option<String>,
    /// Where tokens are given back (RFC 7009), for dialects that leave it to the profile.
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::Address>"))]
    pub(super) revocation_url: Option<String>,
    /// Where the browser comes back, as it is registered at the vendor.
    pub(super) redirect_uri: Option<String>,
    /// Parameters of the address that a browser visits, beside the dialect's or in their place.
    #[serde(default)]
    pub(super) authorization_params: BTreeMap<String, String>,
    /// The server, by the name that it gives itself: a login asks it for the addresses (RFC 8414, OpenID Connect Discovery).
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::Address>"))]
    pub(super) issuer: Option<String>,
    /// What it said of itself at the login; it stands in no file.
    #[serde(skip)]
    #[cfg_attr(test, schemars(skip))]
    pub(super) discovered: Option<Box<Discovered>>,
    /// Keys that could not be read, and those that were meant by others: what else is missing is told, and these are not.
    #[serde(skip)]
    #[cfg_attr(test, schemars(skip))]
    pub(super) unread: BTreeSet<String>,
    /// What the tokens are for (RFC 8707).
    pub(super) resource: Option<String>,
    /// Where the token comes from that is exchanged for the first ones (RFC 8693, RFC 7523).
    pub(super) subject_token: Option<SecretSource>,
    /// Addresses that a program may be given this token for: scheme and port are exact, `*` is one label of a host or the rest
    /// of a path.
    #[serde(default, rename = "match")]
    pub(super) patterns: Vec<String>,
    /// The client's name at the vendor.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(super) client_id: Option<String>,
    /// Where the client secret comes from; it never stands here itself.
    pub(super) client_secret: Option<SecretSource>,
    /// One of those that the dialect offers.
    pub(super) client_auth: Option<ClientAuth>,
    /// Where the private key comes from (PEM), for assertions.
    pub(super) private_key: Option<SecretSource>,
    /// `kid` of assertions.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(super) key_id: Option<String>,
    /// Where the certificate comes from (PEM), for `x5t` of assertions.
    pub(super) certificate: Option<SecretSource>,
    /// Who logs in, for dialects that ask for it: as it stands, or from a secret source.
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::Given>"))]
    pub(super) username: Option<WrittenParam>,
    /// Where their password comes from; it never stands here itself.
    pub(super) password: Option<SecretSource>,
    /// Where the seed of their one-time codes comes from: base32, or an `otpauth://totp/` address.
    pub(super) totp_seed: Option<SecretSource>,
    /// Of assertions; the key's own if it is not given.
    pub(super) signing_alg: Option<Alg>,
    /// The credential's name in its store; the profile's name if it is not given.
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::Name>"))]
    pub(super) account: Option<String>,
    /// `keyring` (the default), `file`, or a name under `[stores]`.
    pub(super) store: Option<String>,
    /// An access token that expires sooner is refreshed first; 60 s if it is not given.
    pub(super) min_ttl: Option<Span>,
    /// Of access tokens whose answer does not say.
    pub(super) access_lifetime: Option<Span>,
    /// For the answer, once the connection stands; 90 s if it is not given.
    pub(super) timeout: Option<Span>,
    /// For the dialect's templates.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(super) scope: Option<String>,
    /// Values for the dialect's templates: a string, an integer, a boolean or a secret source.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "BTreeMap<String, crate::testing::json_schema::Given>"))]
    pub(super) params: BTreeMap<String, WrittenParam>,
    /// Which token it is for: `access` (the default) or `id`, the id token of OpenID Connect.
    #[serde(default)]
    pub(super) token: Served,
    /// What this server does with a spent refresh token; the dialect's if it is not given.
    pub(super) rotation: Option<Class>,
    /// Goes with the rotation classes `grace-same` and `grace-new`.
    pub(super) grace: Option<Span>,
    /// Never present a refresh token twice by itself.
    pub(super) replay: Option<Never>,
    /// How the server is recognised.
    #[serde(default)]
    pub(super) tls: WrittenTls,
    /// `none`, or an address such as `http://proxy.example:3128`, without a login; the environment's if it is not given.
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::ProxyAddress>"))]
    pub(super) proxy: Option<String>,
    /// Gives `user:password`.
    pub(super) proxy_auth: Option<SecretSource>,
    /// Log in by itself, once for each death of this login, where that needs nobody: `true`, or the name of the login.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::Relogin"))]
    pub(super) relogin: Relogin,
    /// Started once for each death of this login.
    pub(super) on_login_required: Option<WrittenNotice>,
}

impl WrittenProfile {
    pub(super) fn store_name(&self) -> &str {
        self.store.as_deref().unwrap_or("keyring")
    }

    /// Every place that a secret comes from. Each key is named, so that a new one does not compile until somebody has
    /// decided whether it is one.
    pub(super) fn secret_sources(&self) -> impl Iterator<Item = &SecretSource> {
        #[rustfmt::skip]
        let WrittenProfile {
            client_secret, private_key, certificate, params, proxy_auth, username, password, totp_seed, subject_token,
            authorization_url: _, device_authorization_url: _, revocation_url: _, redirect_uri: _, authorization_params: _,
            resource: _, relogin: _, patterns: _, issuer: _, discovered: _, unread: _,
            dialect: _, base_url: _, token_url: _, client_id: _, client_auth: _, key_id: _, signing_alg: _, account: _,
            store: _, min_ttl: _, access_lifetime: _, timeout: _, scope: _, rotation: _, grace: _, replay: _, tls: _,
            proxy: _, on_login_required: _, token: _,
        } = self;
        let params = params.values().chain(username).filter_map(|param| match param {
            WrittenParam::Secret(source) => Some(source),
            WrittenParam::Plain(_) => None,
        });
        let sources =
            [client_secret, private_key, certificate, proxy_auth, password, totp_seed, subject_token];
        sources.into_iter().flatten().chain(params)
    }
}

/// What is done when a person must log in again.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Notice"))]
pub(super) struct WrittenNotice {
    /// A program and its arguments; no shell. Nobody waits for it, and its output is dropped.
    pub(super) command: Program,
}

/// A value for the dialect's templates: as it stands, or from a secret source.
#[derive(Clone)]
pub(super) enum WrittenParam {
    Plain(String),
    Secret(SecretSource),
}

impl<'de> Deserialize<'de> for WrittenParam {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<WrittenParam, D::Error> {
        from.deserialize_any(PlainOrSource)
    }
}

struct PlainOrSource;

impl<'de> de::Visitor<'de> for PlainOrSource {
    type Value = WrittenParam;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        TableOnly.expecting(f)
    }

    fn visit_str<E>(self, text: &str) -> Result<WrittenParam, E> {
        Ok(WrittenParam::Plain(text.to_owned()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<WrittenParam, E> {
        Ok(WrittenParam::Plain(number.to_string()))
    }

    fn visit_bool<E>(self, truth: bool) -> Result<WrittenParam, E> {
        Ok(WrittenParam::Plain(truth.to_string()))
    }

    fn visit_map<M: de::MapAccess<'de>>(self, map: M) -> Result<WrittenParam, M::Error> {
        TableOnly.visit_map(map).map(WrittenParam::Secret)
    }
}
