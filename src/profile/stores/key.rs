//! Where a store's sealing key lies.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::profile::secret_source::{SecretSource, expand};
use crate::profile::unit_credential;

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum KeySource {
    /// `file.key` in the state directory, made when absent.
    StateDir,
    /// The same elsewhere.
    KeyFile(PathBuf),
    Secret(SecretSource),
    Keyring,
}

/// Where a store's sealing key lies.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Key", transform = crate::testing::json_schema::one_key))]
pub(crate) struct WrittenKey {
    /// The environment variable that holds it.
    pub(in crate::profile) env: Option<String>,
    /// A file that holds it.
    pub(in crate::profile) file: Option<String>,
    /// A program that prints it, and its arguments.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(in crate::profile) command: Option<Vec<String>>,
    /// The credential of a systemd unit that holds it.
    #[serde(default, deserialize_with = "unit_credential::name")]
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::Credential>"))]
    pub(in crate::profile) credential: Option<String>,
    /// It lies where it cannot.
    #[cfg_attr(test, schemars(skip))]
    pub(in crate::profile) store: Option<bool>,
    /// It lies in the platform's keyring.
    #[serde(default)]
    pub(in crate::profile) keyring: bool,
}

pub(super) fn key_source(written: &WrittenKey, directory: &Path) -> Result<KeySource, String> {
    if written.store.is_some() {
        let words = "the key that opens a store cannot be kept in it; `{ keyring = true }` keeps it in the platform's keyring";
        return Err(words.into());
    }
    let secret = |source| Ok(KeySource::Secret(source));
    match (&written.env, &written.file, &written.command, &written.credential, written.keyring) {
        (Some(name), None, None, None, false) => secret(SecretSource::Env(name.clone())),
        (None, Some(path), None, None, false) => expand(path, directory).map(KeySource::KeyFile),
        (None, None, Some(words), None, false) if !words.is_empty() => secret(SecretSource::Command(words.clone())),
        (None, None, None, Some(name), false) => secret(SecretSource::Credential(name.clone())),
        (None, None, None, None, true) => Ok(KeySource::Keyring),
        _ => Err("one of `{ file = \"PATH\" }`, `{ env = \"NAME\" }`, `{ keyring = true }`, `{ command = [\"PROGRAM\"] }` and `{ credential = \"NAME\" }` of systemd".into()),
    }
}
