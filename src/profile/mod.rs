//! A profile, resolved: a named account at a vendor. Whoever holds one can send; secrets are only
//! named here, and read when they are needed.

pub(crate) mod addressed;
pub(crate) mod audience;
mod clashes;
mod client_auth;
pub(crate) mod configuration;
mod connection;
pub(crate) mod edit;
pub(crate) mod file;
mod given;
mod issuer;
pub(crate) mod login;
pub(crate) mod login_addresses;
mod made_up;
pub(crate) mod missing;
mod origins;
mod pattern;
mod program;
mod put_aside;
pub(crate) mod relogin;
pub(crate) mod request;
mod resolve;
pub(crate) mod secret_command;
pub(crate) mod secret_source;
pub(crate) mod secrets;
pub(crate) mod settings;
pub(crate) mod stores;
pub(crate) mod tls;
pub(crate) mod unit_credential;
mod variant;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::base::toml_source::Source;
use crate::credential::access::Served;
use crate::credential::audience::Audience;
use crate::credential::reading::RenewsWith;
use crate::credential::record::Binding;
use crate::credential::retry::Policy;
use crate::dialect::schema::{ClientAuth, Dialect};
use crate::dialect::signature::Alg;
use crate::dialect::template::Values;
use crate::http::proxy::Proxy;
use crate::http::tls::Tls;
use relogin::Relogin;
use secret_source::SecretSource;
pub(crate) use stores::{ACCOUNT, CommandStore, KeySource, Place, RemoteStore, StoreSpec};

/// What is done when a person must log in again.
pub(crate) struct Notice {
    /// A program and its arguments.
    pub(crate) command: Vec<String>,
}

pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) dialect_name: String,
    pub(crate) dialect: Arc<Dialect>,
    /// Where the dialect stands; `None`: it is built in.
    dialect_source: Option<Source>,
    pub(crate) account: String,
    /// As the profile calls it, for `status`.
    pub(crate) store_name: String,
    pub(crate) store: StoreSpec,
    /// Of every store of its configuration that seals journals by one: they lie in one directory.
    pub(crate) file_keys: Arc<[KeySource]>,
    pub(crate) binding: Binding,
    /// What it asks for.
    pub(crate) audience: Audience,
    /// The same as another machine can say it: of secrets it knows nothing.
    pub(crate) told_audience: Audience,
    /// What the other profiles of the same credential ask for, where that is something else.
    pub(crate) siblings: BTreeSet<Audience>,
    /// Which of the tokens that it gets it is for.
    pub(crate) token: Served,
    pub(crate) min_ttl: Option<Duration>,
    pub(crate) access_lifetime: Option<Duration>,
    /// For the answer, once connected.
    pub(crate) timeout: Duration,
    pub(crate) policy: Policy,
    pub(crate) tls: Tls,
    pub(crate) proxy: Proxy,
    pub(crate) notice: Option<Notice>,
    /// The environment variables that secrets come from, of whatever profile. No program gets them that gives none itself.
    pub(crate) hidden: Arc<[String]>,
    /// Log in by itself, where that needs nobody.
    pub(crate) relogin: Relogin,
    /// Whom a login asks where requests go.
    pub(crate) issuer: Option<String>,
    /// Nobody has asked yet: nothing can be sent.
    awaits_discovery: bool,
    /// To whom its secrets are given, if that is not simply where its requests go.
    receivers: Option<Vec<String>>,
    token_url: Option<Url>,
    redirect_uri: Option<String>,
    /// Of the address that a browser visits.
    authorization_params: Vec<(String, String)>,
    /// By the name of the step.
    client_auth: BTreeMap<String, ClientAuth>,
    signing_alg: Option<Alg>,
    plain: Values,
    pub(crate) secret: Vec<(String, SecretSource)>,
    extra: Vec<String>,
    proxy_auth: Option<SecretSource>,
    directory: PathBuf,
}

impl Profile {
    /// Two profiles of one credential that send it to different places. Accounts that
    /// differ in upper and lower case only are one by accident.
    pub(crate) fn rivals(&self, other: &Profile) -> bool {
        let shared =
            self.store.place() == other.store.place() && self.account.eq_ignore_ascii_case(&other.account);
        shared && (!self.points_where(other) || self.account != other.account)
    }

    /// Whether a refresh must present the current access token too.
    pub(crate) fn needs_access_token(&self) -> bool {
        self.renews_with() == RenewsWith::RefreshToken && self.dialect.refresh().uses("access_token")
    }

    /// What of it templates may name and anybody may see.
    pub(crate) fn plain(&self) -> &Values {
        &self.plain
    }

    /// Whether its scope holds this word.
    pub(crate) fn asks_for(&self, word: &str) -> bool {
        self.plain.get("scope").is_some_and(|scope| scope.split_ascii_whitespace().any(|one| one == word))
    }

    pub(crate) fn has_token_url(&self) -> bool {
        self.token_url.is_some() || self.plain.contains_key("token_url")
    }

    pub(crate) fn has_device_authorization_url(&self) -> bool {
        self.plain.contains_key("device_authorization_url")
    }

    pub(crate) fn has_base_url(&self) -> bool {
        self.plain.contains_key("base_url")
    }

    pub(crate) fn renews_with(&self) -> RenewsWith {
        self.dialect.renews_with
    }

    pub(crate) fn scope(&self) -> Option<&str> {
        self.plain.get("scope").map(|scope| scope.as_str())
    }

    pub(crate) fn resource(&self) -> Option<&str> {
        self.plain.get("resource").map(|resource| resource.as_str())
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }
}
