//! The journal alone, under a key from elsewhere: a file, the environment, a command, the keyring.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::Backend;
use crate::base::error::{Error, Result, damaged, unavailable};
use crate::credential::state::{Order, Version};
use crate::profile::secret_source::{SecretReader, SecretSource};
use crate::profile::{KeySource, Profile};
use crate::store::item::Item;
use crate::store::journal::{Glance, Journal};
use crate::store::keyring::Keyring;
use crate::store::seal::SealingKey;
use crate::store::state_dir::StateDir;
use crate::store::{claim, files};

/// The journal alone, under a key from elsewhere.
pub(in crate::store) struct InFile {
    source: KeySource,
    state: StateDir,
    directory: PathBuf,
    silent: bool,
}

/// Its own item: no account can have this name, because names begin with a letter or digit.
const FILE_KEY_ITEM: &str = ".file-key";

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
        InFile { source: source.clone(), state: state.clone(), directory: directory.to_owned(), silent }
    }

    /// `Err` if the key can neither be had nor made.
    pub(in crate::store) fn check_key(&mut self) -> Result<()> {
        match self.key()? {
            None if any_sealed_file_journal(&self.state)? => Err(self.missing_beside_journals()),
            _ => Ok(()),
        }
    }

    fn missing_beside_journals(&self) -> Error {
        let place = self.key_place();
        let words =
            format!("the file store's key is missing, but sealed journals are there: there is no {place}");
        unavailable(words).hint(format!("bring the key back from where it was kept, as {place}"))
    }

    fn path_of_key(&self) -> Option<PathBuf> {
        match &self.source {
            KeySource::StateDir => Some(self.state.file_key()),
            KeySource::KeyFile(path) => Some(path.clone()),
            KeySource::Secret(_) | KeySource::Keyring => None,
        }
    }

    fn parse(&self, text: &str) -> Result<SealingKey> {
        SealingKey::from_base64(text).ok_or_else(|| {
            let words = format!("{} does not hold a key: 32 bytes in base64", self.key_place());
            damaged(words).hint("put back the key as it was made: a new one opens no journal that is there")
        })
    }
}

impl Backend for InFile {
    fn load(&mut self) -> Result<Option<Item>> {
        Ok(None)
    }

    fn save(&mut self, _: &Item, _: Option<Version>) -> Result<()> {
        Ok(())
    }

    fn remove(&mut self, _: Order) -> Result<()> {
        Ok(())
    }

    fn key(&mut self) -> Result<Option<SealingKey>> {
        if let Some(path) = self.path_of_key() {
            let opened = files::open(&path, false).map_err(|error| self.state.whole_hint(error));
            let Some(file) = opened? else {
                return Ok(None);
            };
            let text = std::io::read_to_string(file.take(256))
                .map_err(|cause| files::failed("read", &path, &cause))?;
            return self.parse(&text).map(Some);
        }
        if let KeySource::Secret(source) = &self.source {
            let reader = SecretReader { directory: &self.directory, silent: self.silent };
            let secret =
                source.read(reader).map_err(|why| unavailable(format!("the file store's key: {why}")))?;
            return self.parse(secret.expose()).map(Some);
        }
        let found = Keyring::open(FILE_KEY_ITEM, &self.state).look()?;
        let text = found.first().map(|secret| String::from_utf8_lossy(secret).into_owned());
        text.map(|text| self.parse(&text)).transpose()
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
        let text = key.to_base64() + "\n";
        match (&self.source, self.path_of_key()) {
            (_, Some(path)) => files::put(&path, text.as_bytes())?,
            (KeySource::Keyring, None) => {
                Keyring::open(FILE_KEY_ITEM, &self.state).set(text.trim(), |_| true)?;
            }
            _ => return Err(unavailable(format!("{} gives no key", self.key_place()))),
        }
        // Read back before anything is sealed with it.
        self.key()?
            .filter(|read| *read == key)
            .ok_or_else(|| unavailable("the file store's key could not be read back"))
    }

    fn key_place(&self) -> String {
        match (&self.source, self.path_of_key()) {
            (_, Some(path)) => path.display().to_string(),
            (KeySource::Secret(SecretSource::Env(name)), _) => format!("environment variable `{name}`"),
            (KeySource::Secret(SecretSource::File(path)), _) => path.clone(),
            (KeySource::Secret(SecretSource::Command(words)), _) => {
                format!("output of command `{}`", words.first().map_or("", String::as_str))
            }
            _ => format!("item `{FILE_KEY_ITEM}` in the keyring"),
        }
    }

    fn key_file(&self) -> Option<PathBuf> {
        (self.source == KeySource::StateDir).then(|| self.state.file_key())
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
