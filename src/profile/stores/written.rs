//! A store as it is written, and what can be wrong with it.

use serde::Deserialize;

use super::key::WrittenKey;
use crate::profile::program::Program;

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
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StoreKind {
    File,
    Keyring,
    Command,
}

impl StoreKind {
    /// As it is written.
    fn word(self) -> &'static str {
        match self {
            StoreKind::File => "file",
            StoreKind::Keyring => "keyring",
            StoreKind::Command => "command",
        }
    }
}

impl WrittenStore {
    /// `Err`: there is a key that only stores of another kind have.
    pub(super) fn check_keys(&self) -> Result<(), Mistaken> {
        let WrittenStore { kind, key: _, load, save, remove, exclusive } = self;
        let given = [
            ("load", load.is_some(), StoreKind::Command),
            ("save", save.is_some(), StoreKind::Command),
            ("remove", remove.is_some(), StoreKind::Command),
            ("exclusive", *exclusive, StoreKind::Command),
        ];
        match given.iter().find(|(_, given, of)| *given && of != kind) {
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
