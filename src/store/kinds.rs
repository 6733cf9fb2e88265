//! The kinds of store. What is particular to one of them is chosen here: its backend, what its credentials are called, and
//! what it cannot do.

use std::path::Path;

use super::backend::Backend;
use super::backend::command::{self, InCommand};
use super::backend::file::InFile;
use super::backend::keyring::InKeyring;
use super::backend::vault::InVault;
use super::state_dir::StateDir;
use crate::base::digest::sha256_hex;
use crate::base::error::{Result, refused};
use crate::profile::stores::remote::RemoteStore;
use crate::profile::stores::vault::VaultStore;
use crate::profile::{CommandStore, KeySource, Profile, StoreSpec};

/// How the ids of credentials begin: in the keyring, in files, and in stores of commands.
pub(super) const KEYRING: &str = "k";
pub(super) const FILE: &str = "f";
const COMMAND: &str = "c";
const VAULT: &str = "v";
/// Of what another machine lent: an access token that is got again, and no credential.
const REMOTE: &str = "r";

/// The same, with the word for each kind. What begins otherwise is no credential.
pub(super) const KINDS: [(&str, &str); 4] =
    [(KEYRING, "keyring"), (FILE, "file"), (COMMAND, OF_COMMANDS), (VAULT, "vault")];
pub(super) const OF_COMMANDS: &str = "command";

/// What identifies a credential: its files are named by it. The account alone for
/// `file`, so that a state directory can be carried to another machine.
pub(crate) fn credential_id(profile: &Profile) -> String {
    id_in(&profile.store, &profile.account)
}

pub(super) fn id_in(store: &StoreSpec, account: &str) -> String {
    match store {
        StoreSpec::Keyring => id_of(KEYRING, account),
        StoreSpec::File(_) => id_of(FILE, account),
        StoreSpec::Command(store) => {
            let CommandStore { name, directory, .. } = &**store;
            id_of(COMMAND, &format!("{}\n{name}\n{account}", directory.display()))
        }
        StoreSpec::Vault(store) => {
            let VaultStore { name, namespace, mount, prefix, .. } = &**store;
            let namespace = namespace.as_deref().unwrap_or_default();
            id_of(VAULT, &format!("{name}\n{namespace}\n{mount}\n{prefix}\n{account}"))
        }
        // By whoever is asked: another owner has another login.
        StoreSpec::Remote(store) => {
            let RemoteStore { name, command, .. } = &**store;
            id_of(REMOTE, &format!("{name}\n{command:?}\n{account}"))
        }
    }
}

pub(super) fn id_of(kind: &str, account: &str) -> String {
    format!("{kind}-{}", &sha256_hex(&format!("{kind}\n{account}"))[..32])
}

/// Before the account that secrets are of.
pub(crate) const SECRETS: &str = ".secrets.";

/// What the secrets of an account are kept under: no account's name begins with a dot.
pub(crate) fn name_of_secrets(account: &str) -> String {
    format!("{SECRETS}{account}")
}

/// What the files of a profile's account are called: those of its credential, and those of its secrets.
pub(crate) fn ids(profile: &Profile) -> [String; 2] {
    [credential_id(profile), id_in(&profile.store, &name_of_secrets(&profile.account))]
}

/// The backend of this account.
pub(super) fn backend(profile: &Profile, account: &str, state: &StateDir, silent: bool) -> Box<dyn Backend> {
    match &profile.store {
        StoreSpec::Keyring => Box::new(InKeyring::open(account, state)),
        StoreSpec::File(source) => Box::new(InFile::open(source, profile, state, silent)),
        StoreSpec::Command(store) => {
            let id = id_in(&profile.store, account);
            Box::new(InCommand::open(store, &id, profile, state, silent))
        }
        StoreSpec::Remote(store) => Box::new(InFile::open(&store.key, profile, state, silent)),
        StoreSpec::Vault(store) => {
            let id = id_in(&profile.store, account);
            Box::new(InVault::open(store, account, &id, profile, state, silent))
        }
    }
}

/// `Err`: it keeps the credential alone.
pub(super) fn check_keeps_secrets(store: &StoreSpec) -> Result<()> {
    match store {
        StoreSpec::Keyring | StoreSpec::File(_) | StoreSpec::Vault(_) => Ok(()),
        StoreSpec::Command(store) => {
            let words = format!(
                "the store `{}` is of kind `command`, which keeps no secrets of profiles",
                store.name
            );
            Err(refused(words).hint("take the secret from the environment, a file or a command"))
        }
        StoreSpec::Remote(store) => {
            let words = format!(
                "the store `{}` belongs to another machine: secrets of profiles are kept there",
                store.name
            );
            Err(refused(words).hint("omit the secret here; only the owner needs it"))
        }
    }
}

/// `Err` if the key of a store can neither be had nor made. A keyring keeps its own. `file_keys`: of all stores that seal journals by one.
pub(crate) fn check_key(
    store: &StoreSpec,
    file_keys: &[KeySource],
    directory: &Path,
    silent: bool,
) -> Result<()> {
    match store {
        StoreSpec::Keyring => Ok(()),
        StoreSpec::File(source) => {
            InFile::of(source, file_keys, directory, &StateDir::locate()?, silent).check_key()
        }
        StoreSpec::Vault(store) => {
            InFile::of(&store.key, file_keys, directory, &StateDir::locate()?, silent).check_key()
        }
        StoreSpec::Remote(store) => {
            InFile::of(&store.key, file_keys, directory, &StateDir::locate()?, silent).check_key()
        }
        StoreSpec::Command(store) => {
            let key = command::place_of_key(store, directory, &StateDir::locate()?, silent);
            key.read()?.map(drop).ok_or_else(|| command::key_missing(store, &key))
        }
    }
}
