//! A store in a vault that many machines share, resolved.

use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use super::key::KeySource;
use super::written::{Mistaken, WrittenAppRole, WrittenJwt, WrittenKubernetes, WrittenStore};
use crate::base::duration::Span;
use crate::base::environment;
use crate::base::machine;
use crate::credential::fleet::Recovery;
use crate::http::tls::Tls;
use crate::profile::secret_source::SecretSource;
use crate::profile::tls;

#[derive(PartialEq, Eq)]
pub(crate) struct VaultStore {
    /// As it is called under `[stores]`.
    pub(crate) name: String,
    /// Of the configuration that names it, in which relative paths begin.
    pub(crate) directory: PathBuf,
    /// Of its journals on this machine.
    pub(crate) key: KeySource,
    /// One, or those of all nodes.
    pub(crate) addresses: Vec<Url>,
    pub(crate) namespace: Option<String>,
    pub(crate) mount: String,
    pub(crate) prefix: String,
    pub(crate) tls: Tls,
    pub(crate) auth: VaultAuth,
    /// With it the records are sealed, so that the vault's operators cannot read them.
    pub(crate) seal: Option<SecretSource>,
    pub(crate) machine: Option<String>,
    pub(crate) recovery: Option<Recovery>,
    /// How long a machine that may have the answer is waited for.
    pub(crate) takeover_after: Option<Duration>,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum VaultAuth {
    Token(SecretSource),
    /// `mount`: as its path, `auth/approle`.
    AppRole {
        mount: String,
        role_id: SecretSource,
        secret_id: Option<SecretSource>,
    },
    /// Also that of a Kubernetes service account.
    Jwt {
        mount: String,
        role: String,
        jwt: SecretSource,
    },
}

impl VaultStore {
    /// What nobody else may read, by the keys that name where it is. A token that a pod is given stands there for all in the pod.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = (&'static str, &SecretSource)> {
        let auth = match &self.auth {
            VaultAuth::Token(source) => Some(("token", source)),
            VaultAuth::AppRole { secret_id, .. } => {
                secret_id.as_ref().map(|source| ("approle.secret_id", source))
            }
            VaultAuth::Jwt { .. } => None,
        };
        auth.into_iter().chain(self.seal.iter().map(|source| ("seal", source)))
    }

    /// As people call this machine.
    pub(crate) fn holder(&self) -> String {
        self.machine.clone().unwrap_or_else(machine::name)
    }

    /// Whether what this machine writes down outlives the run: on the runner of a job it does not.
    pub(crate) fn recovery(&self) -> Recovery {
        self.recovery.unwrap_or_else(|| match environment::is_ci() {
            true => Recovery::None,
            false => Recovery::Durable,
        })
    }
}

const POD: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";
/// The longest path of a mount or a prefix.
const LONGEST: usize = 200;

pub(super) fn vault_store(
    name: &str,
    written: &WrittenStore,
    key: Option<KeySource>,
    directory: &Path,
) -> Result<VaultStore, Mistaken> {
    let given_tls = written.tls.clone().unwrap_or_default();
    let cleartext = tls::cleartext(&given_tls);
    if written.address.is_empty() {
        return Mistaken::at(
            "address",
            "`address` is missing: the address of the vault, such as `https://vault.example:8200`",
        );
    }
    let address = |text: &String| tls::address(text, cleartext).or_else(|why| Mistaken::at("address", why));
    let addresses = written.address.iter().map(address).collect::<Result<Vec<Url>, _>>()?;
    if let Some(bad) = addresses.iter().find(|url| url.query().is_some() || url.fragment().is_some()) {
        return Mistaken::at(
            "address",
            format!(
                "`{}` has a query; an address of a vault ends with its port or a path",
                bad.host_str().unwrap_or_default()
            ),
        );
    }
    let tls = tls::tls(&given_tls, directory).or_else(|fault| Mistaken::at("tls", fault.words().clone()))?;
    let path = |key: &'static str, given: &Option<String>, usual: &str| {
        let text = given.as_deref().unwrap_or(usual).trim_matches('/').to_owned();
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./".contains(&b);
        let parts = text.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        if text.bytes().all(plain) && parts && text.len() <= LONGEST {
            return Ok(text);
        }
        Mistaken::at(key, "expected a path of letters, digits, `-`, `_` and `.`, with `/` between its parts")
    };
    let namespace =
        written.namespace.as_ref().map(|_| path("namespace", &written.namespace, "")).transpose()?;
    Ok(VaultStore {
        name: name.to_owned(),
        directory: directory.to_owned(),
        key: key.unwrap_or(KeySource::StateDir),
        addresses,
        namespace,
        mount: path("mount", &written.mount, "secret")?,
        prefix: path("prefix", &written.prefix, "tokcli")?,
        tls,
        auth: auth(written)?,
        seal: written.seal.clone(),
        machine: written.machine.as_ref().map(|name| machine_name(name)).transpose()?,
        recovery: written.recovery,
        takeover_after: written.takeover_after.map(|Span(after)| after),
    })
}

fn machine_name(name: &str) -> Result<String, Mistaken> {
    match machine::is_plain(name) {
        true => Ok(name.to_owned()),
        false => {
            Mistaken::at("machine", "expected a name of letters, digits, `-`, `_` and `.`, of at most 64")
        }
    }
}

fn auth(written: &WrittenStore) -> Result<VaultAuth, Mistaken> {
    let mount =
        |given: &Option<String>, usual: &str| given.as_deref().unwrap_or(usual).trim_matches('/').to_owned();
    match (&written.token, &written.approle, &written.jwt, &written.kubernetes) {
        (Some(token), None, None, None) => Ok(VaultAuth::Token(token.clone())),
        (None, Some(WrittenAppRole { mount: at, role_id, secret_id }), None, None) => {
            Ok(VaultAuth::AppRole {
                mount: mount(at, "approle"),
                role_id: role_id.clone(),
                secret_id: secret_id.clone(),
            })
        }
        (None, None, Some(WrittenJwt { mount: at, role, token }), None) => {
            Ok(VaultAuth::Jwt { mount: mount(at, "jwt"), role: role.clone(), jwt: token.clone() })
        }
        (None, None, None, Some(WrittenKubernetes { mount: at, role, token })) => Ok(VaultAuth::Jwt {
            mount: mount(at, "kubernetes"),
            role: role.clone(),
            jwt: token.clone().unwrap_or_else(|| SecretSource::File(POD.into())),
        }),
        _ => Mistaken::at(
            "token",
            "one of `token`, `approle`, `jwt` and `kubernetes` says how to log in to the vault; set `token = { env = \"NAME\" }`",
        ),
    }
}
