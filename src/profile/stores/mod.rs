//! Where credentials are kept: the built-in stores, and those under `[stores]`.

mod command;
pub(crate) mod key;
pub(crate) mod remote;
pub(crate) mod vault;
pub(crate) mod written;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use self::command::command_store;
pub(crate) use self::command::{ACCOUNT, CommandStore};
pub(crate) use self::key::KeySource;
use self::key::key_source;
pub(crate) use self::remote::RemoteStore;
use self::remote::remote_store;
pub(crate) use self::vault::VaultStore;
use self::vault::vault_store;
pub(crate) use self::written::Mistaken;
use self::written::StoreKind;
pub(super) use self::written::WrittenStore;
use crate::credential::fleet::Recovery;

/// Which store, and what it needs.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum StoreSpec {
    Keyring,
    File(KeySource),
    Command(Arc<CommandStore>),
    Vault(Arc<VaultStore>),
    Remote(Arc<RemoteStore>),
}

impl StoreSpec {
    /// What tells the places apart in which an account can be: all file stores share one.
    pub(crate) fn place(&self) -> Place {
        match self {
            StoreSpec::Keyring => Place::Keyring,
            StoreSpec::File(_) => Place::Files,
            StoreSpec::Command(store) => Place::Named(store.name.clone()),
            StoreSpec::Vault(store) => Place::Named(store.name.clone()),
            StoreSpec::Remote(store) => Place::Named(store.name.clone()),
        }
    }

    /// Where its sealing key is. `None`: a keyring keeps its own.
    pub(crate) fn key(&self) -> Option<&KeySource> {
        match self {
            StoreSpec::Keyring => None,
            StoreSpec::File(key) => Some(key),
            StoreSpec::Command(store) => Some(&store.key),
            StoreSpec::Vault(store) => Some(&store.key),
            StoreSpec::Remote(store) => Some(&store.key),
        }
    }

    /// Whether nothing can be had of it while the keyring is locked.
    pub(crate) fn needs_keyring(&self) -> bool {
        self.key().is_none_or(|key| *key == KeySource::Keyring)
    }

    /// Otherwise it stays in the journal.
    pub(crate) fn takes_what_is_new(&self) -> bool {
        match self {
            StoreSpec::Keyring | StoreSpec::File(_) | StoreSpec::Vault(_) | StoreSpec::Remote(_) => true,
            StoreSpec::Command(store) => store.save.is_some(),
        }
    }

    /// Whether other machines renew what is in it, and nobody tells this one.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self, StoreSpec::Vault(_))
    }

    /// Whether what this machine keeps of it goes with the job that it is for.
    pub(crate) fn is_ephemeral_here(&self) -> bool {
        matches!(self, StoreSpec::Vault(store) if store.recovery() == Recovery::None)
    }

    /// How long a machine of a fleet is waited for that may have the answer to what it sent; `None`: for ever.
    pub(crate) fn takeover_after(&self) -> Option<Duration> {
        match self {
            StoreSpec::Vault(store) => store.takeover_after,
            StoreSpec::Keyring | StoreSpec::File(_) | StoreSpec::Command(_) | StoreSpec::Remote(_) => None,
        }
    }

    /// What the machines of a fleet call this one.
    pub(crate) fn name_here(&self) -> Option<String> {
        match self {
            StoreSpec::Vault(store) => Some(store.holder()),
            StoreSpec::Keyring | StoreSpec::File(_) | StoreSpec::Command(_) | StoreSpec::Remote(_) => None,
        }
    }

    /// The machine that has the login, where this one only asks it for access tokens.
    pub(crate) fn owner(&self) -> Option<&RemoteStore> {
        match self {
            StoreSpec::Remote(store) => Some(store),
            StoreSpec::Keyring | StoreSpec::File(_) | StoreSpec::Command(_) | StoreSpec::Vault(_) => None,
        }
    }
}

/// Where accounts are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Keyring,
    Files,
    /// The store of that name.
    Named(String),
}

/// Known without a table of their own.
pub(super) const BUILT_IN: [&str; 2] = ["keyring", "file"];

/// One that needs no table of its own.
pub(crate) fn built_in(name: &str) -> Option<StoreSpec> {
    named(name, &BTreeMap::new(), Path::new(""))?.ok()
}

/// `None`: there is no such store.
pub(super) fn named(
    name: &str,
    stores: &BTreeMap<String, WrittenStore>,
    directory: &Path,
) -> Option<Result<StoreSpec, Mistaken>> {
    match (stores.get(name), name) {
        (Some(written), _) => Some(of_a_table(name, written, directory)),
        (None, "keyring") => Some(Ok(StoreSpec::Keyring)),
        (None, "file") => Some(Ok(StoreSpec::File(KeySource::StateDir))),
        (None, _) => None,
    }
}

fn of_a_table(name: &str, written: &WrittenStore, directory: &Path) -> Result<StoreSpec, Mistaken> {
    written.check_keys()?;
    let key = written.key.as_ref().map(|key| key_source(key, directory));
    let key = key.transpose().or_else(|why| Mistaken::at("key", why));
    match written.kind {
        StoreKind::Keyring if written.key.is_some() => Mistaken::at("key", "a keyring keeps its own keys"),
        StoreKind::Keyring => Ok(StoreSpec::Keyring),
        StoreKind::File => Ok(StoreSpec::File(key?.unwrap_or(KeySource::StateDir))),
        StoreKind::Command => match key? {
            None | Some(KeySource::Keyring) => Mistaken::at("key", NOT_EVERYWHERE),
            Some(key) => Ok(StoreSpec::Command(Arc::new(command_store(name, written, key, directory)?))),
        },
        StoreKind::Remote => Ok(StoreSpec::Remote(Arc::new(remote_store(name, written, key?, directory)?))),
        StoreKind::Vault => Ok(StoreSpec::Vault(Arc::new(vault_store(name, written, key?, directory)?))),
    }
}

/// A machine's own keyring is on that machine alone.
const NOT_EVERYWHERE: &str = "a store of kind `command` needs a key that every machine has; set `key = { env = \"NAME\" }`, with a variable that holds what `openssl rand -base64 32` prints";

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::base::toml_source::from_value;
    use crate::profile::secret_source::SecretSource;

    /// `Err`: what is wrong with the key; no such store is `Err("")`.
    fn named(name: &str, text: &str) -> Result<StoreSpec, String> {
        let stores = from_value(toml::Value::Table(text.parse().expect("TOML"))).expect(text);
        let named = super::named(name, &stores, Path::new("/etc"));
        named.map_or_else(|| Err(String::new()), |named| named.map_err(|mistaken| mistaken.why))
    }

    #[test]
    fn a_store_is_built_in_or_has_a_table_of_its_own() {
        let file = StoreSpec::File;
        let command = KeySource::Secret(SecretSource::Command(vec!["pass".into()]));
        for (name, text, wanted) in [
            ("keyring", "", StoreSpec::Keyring),
            ("file", "", file(KeySource::StateDir)),
            ("x", "x.kind = 'keyring'", StoreSpec::Keyring),
            ("x", "x.kind = 'file'", file(KeySource::StateDir)),
            ("x", "x = { kind = 'file', key.file = 'k' }", file(KeySource::KeyFile(PathBuf::from("/etc/k")))),
            (
                "x",
                "x = { kind = 'file', key.env = 'K' }",
                file(KeySource::Secret(SecretSource::Env("K".into()))),
            ),
            ("x", "x = { kind = 'file', key.command = ['pass'] }", file(command)),
            (
                "x",
                "x = { kind = 'file', key.credential = 'tokcli-key' }",
                file(KeySource::Secret(SecretSource::Credential("tokcli-key".into()))),
            ),
            ("x", "x = { kind = 'file', key.keyring = true }", file(KeySource::Keyring)),
            ("keyring", "keyring.kind = 'file'", file(KeySource::StateDir)),
        ] {
            assert!(named(name, text).is_ok_and(|spec| spec == wanted), "{text}");
        }
        let why = |name: &str, text: &str| named(name, text).map(|_| ()).expect_err(text);
        assert_eq!(why("fil", ""), "");
        assert_eq!(why("x", "x = { kind = 'keyring', key.env = 'K' }"), "a keyring keeps its own keys");
        let inside = why("x", "x = { kind = 'file', key.store = true }");
        assert!(inside.starts_with("the key that opens a store cannot be kept in it"), "{inside}");
        for key in [
            "{}",
            "{ command = [] }",
            "{ env = 'K', file = 'k' }",
            "{ env = 'K', keyring = true }",
            "{ env = 'K', credential = 'k' }",
        ] {
            assert!(
                why("x", &format!("x = {{ kind = 'file', key = {key} }}")).starts_with("one of `{ file"),
                "{key}"
            );
        }
    }
}
