//! A profile, resolved: a named account at a vendor. Secrets are only named here;
//! [`Profile::secrets`] reads them when they are needed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroizing;

use crate::dialect::request;
use crate::dialect::schema::{ClientAuth, Dialect};
use crate::dialect::template::Values;
use crate::error::{Result, config as config_error};
use crate::http::Proxy;
use crate::replay::Policy;
use crate::secret_source::{Reader, SecretSource};
use crate::tls::Tls;
use crate::token::ClientSecret;

/// Which store, and what it needs.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum StoreSpec {
    Keyring,
    File(KeySource),
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum KeySource {
    /// `file.key` in the state directory, made when absent.
    StateDir,
    /// The same elsewhere.
    KeyFile(PathBuf),
    Secret(SecretSource),
    Keyring,
}

/// To whom a credential may be sent: it never goes elsewhere without `rebind`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Binding {
    /// Scheme, host and port of every exchange that carries a secret.
    pub(crate) origins: Vec<String>,
    pub(crate) client_id: Option<String>,
}

pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) dialect_name: String,
    pub(crate) dialect: Arc<Dialect>,
    pub(crate) account: String,
    /// As the profile calls it, for `status`.
    pub(crate) store_name: String,
    pub(crate) store: StoreSpec,
    pub(crate) binding: Binding,
    pub(crate) min_ttl: Option<Duration>,
    pub(crate) access_lifetime: Option<Duration>,
    /// For the answer, once connected.
    pub(crate) timeout: Duration,
    pub(crate) policy: Policy,
    pub(crate) tls: Tls,
    pub(crate) proxy: Proxy,
    pub(crate) token_url: Option<Url>,
    pub(crate) client_auth: ClientAuth,
    pub(crate) plain: Values,
    pub(crate) secret: Vec<(String, SecretSource)>,
    pub(crate) extra: Vec<String>,
    pub(crate) proxy_auth: Option<SecretSource>,
    pub(crate) directory: PathBuf,
}

/// What a profile keeps secret, read for one request.
pub(crate) struct Secrets {
    values: Values,
    pub(crate) proxy_auth: Option<ClientSecret>,
}

impl Profile {
    /// Two profiles of one credential that send it to different places. Accounts that
    /// differ in upper and lower case only are one by accident.
    pub(crate) fn rivals(&self, other: &Profile) -> bool {
        let kind = |profile: &Profile| profile.store == StoreSpec::Keyring;
        let shared = kind(self) == kind(other) && self.account.eq_ignore_ascii_case(&other.account);
        shared && (self.binding != other.binding || self.account != other.account)
    }

    /// Whether a refresh must present the current access token too.
    pub(crate) fn needs_access_token(&self) -> bool {
        self.dialect.refresh().request.uses("access_token")
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Reads every secret source; the time a command takes is spent here, before any lock.
    pub(crate) fn secrets(&self, silent: bool) -> Result<Secrets> {
        let reader = Reader { directory: &self.directory, silent };
        self.secrets_by(|source| source.read(reader))
    }

    pub(crate) fn secrets_by(
        &self,
        reading: impl Fn(&SecretSource) -> std::result::Result<ClientSecret, String>,
    ) -> Result<Secrets> {
        let read = |key: &str, source: &SecretSource| {
            reading(source).map_err(|why| config_error(format!("`profiles.{}.{key}`: {why}", self.name)))
        };
        let mut values = self.plain.clone();
        for (name, source) in &self.secret {
            values.insert(name.clone(), Zeroizing::new(read(name, source)?.expose().to_owned()));
        }
        let proxy_auth = self.proxy_auth.as_ref().map(|source| read("proxy_auth", source)).transpose()?;
        Ok(Secrets { values, proxy_auth })
    }

    /// The request as it would be sent, with `mask` for every secret: nothing is read.
    pub(crate) fn masked_request(&self, mask: &str) -> std::result::Result<request::HttpRequest, String> {
        let masked = || Zeroizing::new(mask.to_owned());
        let mut values = self.plain.clone();
        values.extend(self.secret.iter().map(|(name, _)| (name.clone(), masked())));
        values.extend(["refresh_token", "access_token"].map(|name| (name.to_owned(), masked())));
        self.build(&values)
    }

    pub(crate) fn request(
        &self,
        secrets: &Secrets,
        refresh_token: &str,
        access_token: Option<&str>,
    ) -> Result<request::HttpRequest> {
        let mut values = secrets.values.clone();
        let mut put =
            |name: &str, value: &str| values.insert(name.to_owned(), Zeroizing::new(value.to_owned()));
        put("refresh_token", refresh_token);
        if let Some(token) = access_token {
            put("access_token", token);
        }
        self.build(&values).map_err(|why| config_error(format!("`profiles.{}`: {why}", self.name)))
    }

    fn build(&self, values: &Values) -> std::result::Result<request::HttpRequest, String> {
        let extra = self
            .extra
            .iter()
            .filter_map(|name| Some((name.as_str(), values.get(&format!("params.{name}"))?.as_str())));
        let settings = request::Settings {
            address: self.token_url.as_ref(),
            client_auth: self.client_auth,
            extra: extra.collect(),
        };
        request::build(&self.dialect.refresh().request, &settings, values)
    }

    /// What a mark is about: it holds until one of these changes.
    pub(crate) fn token_address(&self) -> String {
        let address =
            request::endpoint(&self.dialect.refresh().request, self.token_url.as_ref(), &self.plain);
        address.map(|url| url.to_string()).unwrap_or_default()
    }
}

impl Secrets {
    /// Every value that must not show in any output.
    pub(crate) fn all(&self, profile: &Profile) -> Vec<&str> {
        let named =
            profile.secret.iter().filter_map(|(name, _)| self.values.get(name)).map(|value| value.as_str());
        named.chain(self.proxy_auth.iter().map(ClientSecret::expose)).collect()
    }
}
