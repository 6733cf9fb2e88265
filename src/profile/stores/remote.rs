//! A store on another machine, the owner of the refresh token, resolved.
//!
//! The rule that matters: nothing of a login is here but an access token. What the owner calls the profile is its account here.

use std::path::{Path, PathBuf};

use super::key::KeySource;
use super::written::{Mistaken, WrittenStore};

#[derive(PartialEq, Eq)]
pub(crate) struct RemoteStore {
    /// As it is called under `[stores]`.
    pub(crate) name: String,
    /// Of the configuration that names it: the program is started there.
    pub(crate) directory: PathBuf,
    /// Of its journals on this machine.
    pub(crate) key: KeySource,
    /// Starts `tokcli` on the owner; `serve-once` follows it.
    pub(crate) command: Vec<String>,
}

pub(super) fn remote_store(
    name: &str,
    written: &WrittenStore,
    key: Option<KeySource>,
    directory: &Path,
) -> Result<RemoteStore, Mistaken> {
    let Some(command) = written.command.as_ref().map(|program| program.0.clone()) else {
        return Mistaken::at(
            "command",
            "`command` is missing: what starts `tokcli` on the owner, such as `[\"ssh\", \"-o\", \"BatchMode=yes\", \"box\", \"tokcli\"]`",
        );
    };
    let (name, directory) = (name.to_owned(), directory.to_owned());
    Ok(RemoteStore { name, directory, key: key.unwrap_or(KeySource::StateDir), command })
}
