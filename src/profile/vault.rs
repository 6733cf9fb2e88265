//! A store in a vault that many machines share, resolved.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::KeySource;
use super::secret_source::SecretSource;
use crate::base::environment;
use crate::base::machine;
use crate::credential::fleet::Recovery;
use crate::http::tls::Tls;

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
    /// After this time a machine that may have the answer is not waited for any more.
    pub(crate) takeover_after: Option<Duration>,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum VaultAuth {
    Token(SecretSource),
    /// `mount`: as its path, `auth/approle`.
    AppRole { mount: String, role_id: SecretSource, secret_id: Option<SecretSource> },
    /// Also that of a Kubernetes service account.
    Jwt { mount: String, role: String, jwt: SecretSource },
}

impl VaultStore {
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
