//! The journal alone, under a key from elsewhere.

use std::path::{Path, PathBuf};

use super::Backend;
use super::key::KeyPlace;
use crate::base::error::{Error, Result, unavailable};
use crate::credential::state::{Credential, Order, Version};
use crate::profile::{KeySource, Profile};
use crate::store::claim;
use crate::store::item::Item;
use crate::store::journal::{Glance, Journal, Unsealed};
use crate::store::seal::SealingKey;
use crate::store::state_dir::StateDir;

/// The journal alone, under a key from elsewhere.
pub(in crate::store) struct InFile {
    key: KeyPlace,
    /// Of the other stores that seal journals so.
    others: Vec<KeyPlace>,
    state: StateDir,
}

impl InFile {
    pub(in crate::store) fn open(
        source: &KeySource,
        profile: &Profile,
        state: &StateDir,
        silent: bool,
    ) -> InFile {
        InFile::of(source, &profile.file_keys, profile.directory(), state, silent)
    }

    /// Of no profile: relative paths begin in `directory`. `all`: the keys of all such stores that are known.
    pub(in crate::store) fn of(
        source: &KeySource,
        all: &[KeySource],
        directory: &Path,
        state: &StateDir,
        silent: bool,
    ) -> InFile {
        let place = |source| KeyPlace::new(source, "file store", directory, state, silent);
        let others = all.iter().filter(|other| *other != source).map(place).collect();
        InFile { key: place(source), others, state: state.clone() }
    }

    /// `Err` if the key can neither be had nor made.
    pub(in crate::store) fn check_key(&mut self) -> Result<()> {
        match self.key()? {
            None if self.any_sealed_journal() => Err(self.missing_beside_journals()),
            _ => Ok(()),
        }
    }

    /// Whether a journal needs the key that was not found. All file stores keep theirs in one directory, and none says whose it
    /// is: it is another store's if that one's key opens it. What nobody can open may be this one's.
    fn any_sealed_journal(&self) -> bool {
        let sealed: Vec<_> = sealed_journals(&self.state).collect();
        if sealed.is_empty() {
            return false;
        }
        // Their keys may be a program's to give, so each is asked for once.
        let others: Vec<SealingKey> =
            self.others.iter().filter_map(|place| place.read().ok().flatten()).collect();
        let is_theirs =
            |journal: &Journal| others.iter().any(|key| matches!(journal.unseal(key), Unsealed::Held(_)));
        !sealed.iter().all(|journal| journal.as_ref().is_some_and(is_theirs))
    }

    fn missing_beside_journals(&self) -> Error {
        let place = self.key.words();
        let words =
            format!("the file store's key is missing, but there are sealed journals: there is no {place}");
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
        if self.any_sealed_journal() {
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

/// Those of all files and vaults, which hold what nothing else may have; `None`: one that cannot be read.
fn sealed_journals(state: &StateDir) -> impl Iterator<Item = Option<Journal>> {
    let named = |path: PathBuf| {
        let name = path.file_stem()?.to_str()?.to_owned();
        ["f-", "v-"].iter().any(|kind| name.starts_with(kind)).then_some((path, name))
    };
    state.journals().into_iter().filter_map(named).filter_map(|(path, name)| {
        match Journal::open(&path, &name, false) {
            Ok(journal) => journal.filter(|it| matches!(it.glance(), Glance::Sealed(_))).map(Some),
            Err(_) => Some(None),
        }
    })
}
