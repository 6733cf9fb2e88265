//! A store as it is written, and what can be wrong with it.

use serde::Deserialize;

use super::key::WrittenKey;
use crate::base::duration::Span;
use crate::credential::fleet::Recovery;
use crate::dialect::schema::one_or_many;
use crate::profile::program::Program;
use crate::profile::secret_source::SecretSource;
use crate::profile::tls::WrittenTls;

/// With the keys of every kind, so that one of another kind is named where it stands. What editors are told of each is
/// `Store` in testing/json_schema.rs.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::profile) struct WrittenStore {
    pub(super) kind: StoreKind,
    pub(in crate::profile) key: Option<WrittenKey>,
    pub(super) load: Option<Program>,
    pub(super) save: Option<Program>,
    pub(super) remove: Option<Program>,
    #[serde(default)]
    pub(super) exclusive: bool,
    pub(super) command: Option<Program>,
    #[serde(default, deserialize_with = "one_or_many")]
    pub(super) address: Vec<String>,
    pub(super) namespace: Option<String>,
    pub(super) mount: Option<String>,
    pub(super) prefix: Option<String>,
    pub(super) tls: Option<WrittenTls>,
    pub(super) token: Option<SecretSource>,
    pub(super) approle: Option<WrittenAppRole>,
    pub(super) jwt: Option<WrittenJwt>,
    pub(super) kubernetes: Option<WrittenKubernetes>,
    pub(super) seal: Option<SecretSource>,
    pub(super) machine: Option<String>,
    pub(super) recovery: Option<Recovery>,
    pub(super) takeover_after: Option<Span>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WrittenAppRole {
    /// Where the method is enabled; `approle` if it is not given.
    pub(super) mount: Option<String>,
    /// Which role it is.
    pub(super) role_id: SecretSource,
    /// Its secret.
    pub(super) secret_id: Option<SecretSource>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WrittenJwt {
    /// Where the method is enabled; `jwt` if it is not given.
    pub(super) mount: Option<String>,
    /// The name of the role.
    pub(super) role: String,
    /// The JWT, such as the OpenID token of a CI job.
    pub(super) token: SecretSource,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WrittenKubernetes {
    /// Where the method is enabled; `kubernetes` if it is not given.
    pub(super) mount: Option<String>,
    /// The name of the role.
    pub(super) role: String,
    /// The service account's token; that of the pod if it is not given.
    pub(super) token: Option<SecretSource>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StoreKind {
    File,
    Keyring,
    Command,
    Vault,
    Remote,
}

impl StoreKind {
    /// As it is written.
    fn word(self) -> &'static str {
        match self {
            StoreKind::File => "file",
            StoreKind::Keyring => "keyring",
            StoreKind::Command => "command",
            StoreKind::Vault => "vault",
            StoreKind::Remote => "remote",
        }
    }
}

impl WrittenStore {
    /// `Err`: there is a key that only stores of another kind have.
    pub(super) fn check_keys(&self) -> Result<(), Mistaken> {
        let of_commands = [
            ("load", self.load.is_some()),
            ("save", self.save.is_some()),
            ("remove", self.remove.is_some()),
            ("exclusive", self.exclusive),
        ];
        let of_a_vault = [
            ("address", !self.address.is_empty()),
            ("namespace", self.namespace.is_some()),
            ("mount", self.mount.is_some()),
            ("prefix", self.prefix.is_some()),
            ("tls", self.tls.is_some()),
            ("token", self.token.is_some()),
            ("approle", self.approle.is_some()),
            ("jwt", self.jwt.is_some()),
            ("kubernetes", self.kubernetes.is_some()),
            ("seal", self.seal.is_some()),
            ("machine", self.machine.is_some()),
            ("recovery", self.recovery.is_some()),
            ("takeover_after", self.takeover_after.is_some()),
        ];
        let of_commands = of_commands.into_iter().map(|(key, given)| (key, given, StoreKind::Command));
        let of_a_vault = of_a_vault.into_iter().map(|(key, given)| (key, given, StoreKind::Vault));
        let of_an_owner = [("command", self.command.is_some(), StoreKind::Remote)];
        match of_commands
            .chain(of_a_vault)
            .chain(of_an_owner)
            .find(|(_, given, of)| *given && *of != self.kind)
        {
            Some((key, _, of)) => {
                Mistaken::at(key, format!("`{key}` belongs to stores of kind `{}`", of.word()))
            }
            None => Ok(()),
        }
    }
}

/// What is wrong with a store, and at which of its keys.
pub(crate) struct Mistaken {
    pub(crate) key: &'static str,
    pub(crate) why: String,
}

impl Mistaken {
    pub(super) fn at<T>(key: &'static str, why: impl Into<String>) -> Result<T, Mistaken> {
        Err(Mistaken { key, why: why.into() })
    }
}
