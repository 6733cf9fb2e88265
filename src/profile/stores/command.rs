//! A store of the user's own programs.

use std::path::{Path, PathBuf};

use super::key::KeySource;
use super::written::{Mistaken, WrittenStore};
use crate::profile::program::Program;

/// A store of the user's own programs.
#[derive(PartialEq, Eq)]
pub(crate) struct CommandStore {
    /// As it is called under `[stores]`.
    pub(crate) name: String,
    /// Of the configuration that names it: in another it is another store.
    pub(crate) directory: PathBuf,
    pub(crate) key: KeySource,
    pub(crate) load: Vec<String>,
    /// `None`: what it gives nobody can change.
    pub(crate) save: Option<Vec<String>>,
    pub(crate) remove: Option<Vec<String>>,
    /// One run at a time uses it, wherever it runs.
    pub(crate) exclusive: bool,
}

/// Stands in the words of a command for the account.
pub(crate) const ACCOUNT: &str = "{account}";

impl CommandStore {
    /// The words of `load` for this account.
    pub(crate) fn load_for(&self, account: &str) -> Vec<String> {
        self.load.iter().map(|word| word.replace(ACCOUNT, account)).collect()
    }

    /// Whether it keeps a record of each account.
    pub(crate) fn tells_accounts(&self) -> bool {
        self.load.iter().any(|word| word.contains(ACCOUNT))
    }
}

/// As it is written. `key` is where every machine has it.
pub(super) fn command_store(
    name: &str,
    written: &WrittenStore,
    key: KeySource,
    directory: &Path,
) -> Result<CommandStore, Mistaken> {
    let words = |program: &Program| program.0.clone();
    let Some(load) = written.load.as_ref().map(words) else {
        return Mistaken::at(
            "load",
            "`load` is missing: the program that prints the record that was saved last",
        );
    };
    let (save, remove) = (written.save.as_ref().map(words), written.remove.as_ref().map(words));
    let directory = std::fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
    let (name, exclusive) = (name.to_owned(), written.exclusive);
    let store = CommandStore { name, directory, key, load, save, remove, exclusive };
    for (key, words) in [("save", &store.save), ("remove", &store.remove)] {
        let tells = words.as_ref().map(|words| words.iter().any(|word| word.contains(ACCOUNT)));
        if tells.is_some_and(|tells| tells != store.tells_accounts()) {
            let why = format!(
                "`{ACCOUNT}` is in only one of `load` and `{key}`; it belongs in both, or in neither"
            );
            return Mistaken::at(key, why);
        }
    }
    Ok(store)
}
