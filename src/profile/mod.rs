//! A profile, resolved: a named account at a vendor. Secrets are only named here;
//! [`Profile::secrets`] reads them when they are needed.

pub(crate) mod file;
pub(crate) mod secret_source;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use url::Url;
use zeroize::Zeroizing;

use crate::base::error::{Result, config as config_error, internal, refused};
use crate::credential::reading::RenewsWith;
use crate::credential::record::Binding;
use crate::credential::retry::Policy;
use crate::credential::secrets::{ClientSecret, Kept};
use crate::dialect::flow::Step;
use crate::dialect::nonces::Nonces;
use crate::dialect::request;
use crate::dialect::schema::{ClientAuth, Dialect};
use crate::dialect::signature::Alg;
use crate::dialect::template::{Filling, Values, stand_in};
use crate::http::message::HttpRequest;
use crate::http::proxy::Proxy;
use crate::http::tls::Tls;
use crate::profile::secret_source::{Reader, SecretSource};

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
    /// By the name of the step.
    pub(crate) client_auth: BTreeMap<String, ClientAuth>,
    pub(crate) signing_alg: Option<Alg>,
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
        self.renews_with() == RenewsWith::RefreshToken && self.dialect.refresh().uses("access_token")
    }

    pub(crate) fn renews_with(&self) -> RenewsWith {
        self.dialect.renews_with
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

    /// A step's request as it would be sent, with `mask` for every secret: nothing is read.
    pub(crate) fn masked_request(
        &self,
        step: &Step<'_>,
        mask: &str,
        draw: &Nonces,
    ) -> std::result::Result<HttpRequest, String> {
        let masked = || Zeroizing::new(mask.to_owned());
        let mut values = self.plain.clone();
        values.extend(self.secret.iter().map(|(name, _)| (name.clone(), masked())));
        values.extend(["refresh_token", "access_token"].map(|name| (name.to_owned(), masked())));
        for exchange in self.dialect.exchanges.values() {
            values.extend(exchange.answer.keep.keys().map(|name| (format!("kept.{name}"), masked())));
        }
        draw.fill(&mut values);
        self.build(step, &values, true)
    }

    pub(crate) fn request(
        &self,
        step: &Step<'_>,
        secrets: &Secrets,
        presented: &Presented<'_>,
    ) -> Result<HttpRequest> {
        let draw = Nonces::now().map_err(internal)?;
        self.request_at(step, secrets, presented, &draw)
    }

    pub(crate) fn request_at(
        &self,
        step: &Step<'_>,
        secrets: &Secrets,
        presented: &Presented<'_>,
        draw: &Nonces,
    ) -> Result<HttpRequest> {
        let mut values = secrets.values.clone();
        draw.fill(&mut values);
        let mut put = |name: String, value: &str| values.insert(name, Zeroizing::new(value.to_owned()));
        if self.renews_with() != RenewsWith::Client {
            put("refresh_token".to_owned(), presented.refresh_token);
        }
        let same = (self.renews_with() == RenewsWith::AccessToken).then_some(presented.refresh_token);
        if let Some(token) = same.or(presented.access_token) {
            put("access_token".to_owned(), token);
        }
        for (name, kept) in presented.kept {
            put(format!("kept.{name}"), kept.value.expose());
        }
        let request = self
            .build(step, &values, false)
            .map_err(|why| config_error(format!("`profiles.{}`: {why}", self.name)))?;
        let mut live = secrets.all(self);
        live.push(presented.refresh_token);
        live.extend(presented.access_token);
        live.extend(presented.kept.values().filter(|kept| kept.secret).map(|kept| kept.value.expose()));
        self.may_go_to(step, &request.url, &live)?;
        Ok(request)
    }

    /// What an answer said decides nothing about where a secret goes, but among hosts that the dialect names.
    fn may_go_to(&self, step: &Step<'_>, url: &Url, secrets: &[&str]) -> Result<()> {
        let host = url.host_str().unwrap_or_default();
        let listed = self.follows_answers(step) && self.dialect.hosts.iter().any(|known| known == host);
        let port =
            url.port().is_none() || url.host().is_some_and(|host| crate::base::address::is_loopback(&host));
        if (listed && port) || self.binding.origins.contains(&url.origin().ascii_serialization()) {
            return Ok(());
        }
        Err(refused(format!(
            "an earlier answer of the vendor leads to `{}`, which is none of the `hosts` of the dialect `{}`; nothing was sent there",
            crate::base::redact::vendor_words(host, secrets),
            self.dialect_name
        )))
    }

    /// Whether what an answer gave is part of the step's address.
    fn follows_answers(&self, step: &Step<'_>) -> bool {
        self.own_address(step).is_none() && step.exchange.request.url.leads_by("kept.")
    }

    /// `token_url` is the address of the last step.
    fn own_address(&self, step: &Step<'_>) -> Option<&Url> {
        self.token_url.as_ref().filter(|_| step.is_last())
    }

    fn build(
        &self,
        step: &Step<'_>,
        values: &Values,
        trial: bool,
    ) -> std::result::Result<HttpRequest, String> {
        let extra = self
            .extra
            .iter()
            .filter_map(|name| Some((name.as_str(), values.get(&format!("params.{name}"))?.as_str())));
        let settings = request::Settings {
            address: self.own_address(step),
            client_auth: self.client_auth.get(step.name).copied().unwrap_or(ClientAuth::None),
            signing_alg: self.signing_alg,
            extra: extra.collect(),
            trial,
        };
        request::build(step.exchange, &settings, values)
    }

    /// What a mark is about: it holds until one of these changes.
    pub(crate) fn token_address(&self) -> String {
        let filling = Filling { values: &self.plain, request: None, trial: true };
        let step = self.dialect.refresh().last();
        let address = request::endpoint(&step.exchange.request, self.own_address(&step), &filling);
        address.map(|url| url.to_string()).unwrap_or_default()
    }
}

/// What of a credential a request presents.
pub(crate) struct Presented<'a> {
    pub(crate) refresh_token: &'a str,
    pub(crate) access_token: Option<&'a str>,
    pub(crate) kept: &'a BTreeMap<String, Kept>,
}

/// Every origin that a chain's requests may go to, in its order. `Err` names the key at fault.
pub(crate) fn origins(
    dialect: &Dialect,
    token_url: Option<&Url>,
    plain: &Values,
    secret: &[(String, SecretSource)],
) -> std::result::Result<Vec<String>, (&'static str, String)> {
    let mut all = Vec::new();
    for step in dialect.refresh().steps() {
        let template = &step.exchange.request.url;
        let own = token_url.filter(|_| step.is_last());
        let key = if own.is_some() { "token_url" } else { "base_url" };
        let unknown = |name: &&str| {
            ["refresh_token", "access_token", "now", "now_ms", "uuid", "random", "random_digits"]
                .contains(name)
                || name.starts_with("kept.")
                || secret.iter().any(|(known, _)| known == name)
        };
        let origin = |other: &str| {
            let mut values = plain.clone();
            for name in template.names().filter(unknown) {
                values.insert(name.to_owned(), format!("{}{other}", stand_in(name).as_str()).into());
            }
            let filling = Filling { values: &values, request: None, trial: true };
            let url = request::endpoint(&step.exchange.request, own, &filling);
            url.map(|url| url.origin().ascii_serialization()).map_err(|why| (key, why))
        };
        if own.is_none() && template.leads_by("kept.") {
            all.extend(dialect.hosts.iter().map(|host| format!("https://{host}")));
            continue;
        }
        let one = origin("")?;
        if origin("y")? != one {
            return Err((key, "a secret or a value that changes cannot decide where a request goes".into()));
        }
        all.push(one);
    }
    let mut seen = Vec::new();
    all.retain(|origin| {
        !seen.contains(origin) && {
            seen.push(origin.clone());
            true
        }
    });
    Ok(all)
}

impl Secrets {
    /// Every value that must not show in any output.
    pub(crate) fn all(&self, profile: &Profile) -> Vec<&str> {
        let named =
            profile.secret.iter().filter_map(|(name, _)| self.values.get(name)).map(|value| value.as_str());
        named.chain(self.proxy_auth.iter().map(ClientSecret::expose)).collect()
    }
}
