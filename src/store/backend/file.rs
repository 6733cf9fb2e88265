//! The journal alone, under a key from elsewhere.

use std::path::{Path, PathBuf};

use super::Backend;
use super::key::KeyPlace;
use crate::base::error::{Error, Result, unavailable};
use crate::credential::state::{Credential, Order, Version};
use crate::profile::{KeySource, Profile};
use crate::store::claim;
use crate::store::item::Item;
use crate::store::journal::{Glance, Journal};
use crate::store::seal::SealingKey;
use crate::store::state_dir::StateDir;

/// The journal alone, under a key from elsewhere.
pub(in crate::store) struct InFile {
    key: KeyPlace,
    state: StateDir,
}

impl InFile {
    pub(in crate::store) fn open(
        source: &KeySource,
        profile: &Profile,
        state: &StateDir,
        silent: bool,
    ) -> InFile {
        InFile::of(source, profile.directory(), state, silent)
    }

    /// Of no profile: relative paths begin in `directory`.
    pub(in crate::store) fn of(
        source: &KeySource,
        directory: &Path,
        state: &StateDir,
        silent: bool,
    ) -> InFile {
        let key = KeyPlace::new(source, "file store", directory, state, silent);
        InFile { key, state: state.clone() }
    }

    /// `Err` if the key can neither be had nor made.
    pub(in crate::store) fn check_key(&mut self) -> Result<()> {
        match self.key()? {
            None if any_sealed_file_journal(&self.state)? => Err(self.missing_beside_journals()),
            _ => Ok(()),
        }
    }

    fn missing_beside_journals(&self) -> Error {
        let place = self.key.words();
        let words =
            format!("the file store's key is missing, but sealed journals are there: there is no {place}");
        unavailable(words).hint(format!("bring the key back from where it was kept, as {place}"))
    }
}

impl Backend for InFile {
    fn load(&mut self) -> Result<Option<Item>> {
        Ok(None)
    }

    fn save(&mut self, _: &SealingKey, _: &Credential, _: Option<Version>) -> Result<()> {
        Ok(())
    }

    fn remove(&mut self, _: Order) -> Result<()> {
        Ok(())
    }

    fn key(&mut self) -> Result<Option<SealingKey>> {
        self.key.read()
    }

    /// One key serves every credential of the store, so it is made only beside no sealed journal.
    fn make_key(&mut self) -> Result<SealingKey> {
        // Its own lock: first credentials of two accounts hold different ones.
        let _making = claim::wait(&self.state.lock("file-key"))?;
        if let Some(made_meanwhile) = self.key()? {
            return Ok(made_meanwhile);
        }
        if any_sealed_file_journal(&self.state)? {
            return Err(self.missing_beside_journals());
        }
        let key = SealingKey::draw()?;
        self.key.write(&key)?;
        // Read back before anything is sealed with it.
        self.key()?
            .filter(|read| *read == key)
            .ok_or_else(|| unavailable("the file store's key could not be read back"))
    }

    fn key_place(&self) -> String {
        self.key.words()
    }

    fn key_file(&self) -> Option<PathBuf> {
        self.key.own_file()
    }

    fn mirrors(&self) -> bool {
        false
    }
}

/// Whether a journal of the file store needs the key that was not found.
fn any_sealed_file_journal(state: &StateDir) -> Result<bool> {
    for path in state.journals() {
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if !name.starts_with("f-") {
            continue;
        }
        match Journal::open(&path, &name, false) {
            Ok(Some(journal)) if matches!(journal.glance(), Glance::Sealed(_)) => return Ok(true),
            Ok(_) => {}
            // Unreadable: to be on the safe side it is one that needs its key.
            Err(_) => return Ok(true),
        }
    }
    Ok(false)
}
