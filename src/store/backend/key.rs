//! Where the key of a journal lies that is not the keyring's own: in a file, the environment, what a command prints, a unit's
//! credential, an item of the keyring.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::base::error::{Result, damaged, unavailable};
use crate::profile::KeySource;
use crate::profile::secret_source::{SecretReader, SecretSource};
use crate::store::files;
use crate::store::keyring::Keyring;
use crate::store::seal::SealingKey;
use crate::store::state_dir::StateDir;

pub(in crate::store) struct KeyPlace {
    source: KeySource,
    /// Whose key it is, in words.
    of: &'static str,
    state: StateDir,
    directory: PathBuf,
    silent: bool,
}

/// Of what is sealed to leave its store.
pub(in crate::store) const MOVING: &str = "sealed record";
/// Its own item: no account can have this name, because names begin with a letter or digit.
const FILE_KEY_ITEM: &str = ".file-key";

impl KeyPlace {
    pub(in crate::store) fn new(
        source: &KeySource,
        of: &'static str,
        directory: &Path,
        state: &StateDir,
        silent: bool,
    ) -> KeyPlace {
        let (source, state, directory) = (source.clone(), state.clone(), directory.to_owned());
        KeyPlace { source, of, state, directory, silent }
    }

    /// `None`: there is none, and one could be made.
    pub(in crate::store) fn read(&self) -> Result<Option<SealingKey>> {
        if let Some(path) = self.path() {
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
            let secret = source
                .read(reader)
                .map_err(|why| unavailable(format!("the key of the {}: {why}", self.of)))?;
            return self.parse(secret.expose()).map(Some);
        }
        let found = Keyring::open(FILE_KEY_ITEM, &self.state).look()?;
        let text = found.first().map(|secret| String::from_utf8_lossy(secret).into_owned());
        text.map(|text| self.parse(&text)).transpose()
    }

    pub(in crate::store) fn write(&self, key: &SealingKey) -> Result<()> {
        let text = key.to_base64();
        match (&self.source, self.path()) {
            (_, Some(path)) => files::put(&path, (text + "\n").as_bytes()),
            (KeySource::Keyring, None) => Keyring::open(FILE_KEY_ITEM, &self.state).set(&text, |_| true),
            _ => Err(unavailable(format!("{} gives no key", self.words()))),
        }
    }

    fn path(&self) -> Option<PathBuf> {
        match &self.source {
            KeySource::StateDir => Some(self.state.file_key()),
            KeySource::KeyFile(path) => Some(path.clone()),
            KeySource::Secret(_) | KeySource::Keyring => None,
        }
    }

    fn parse(&self, text: &str) -> Result<SealingKey> {
        SealingKey::from_base64(text).ok_or_else(|| {
            let words = format!("{} does not hold a key: 32 bytes in base64", self.words());
            damaged(words).hint(match self.of {
                MOVING => "`openssl rand -base64 32` prints one",
                _ => "put back the key as it was made: a new one cannot open anything that it sealed",
            })
        })
    }

    /// As a person knows the place.
    pub(in crate::store) fn words(&self) -> String {
        match (&self.source, self.path()) {
            (_, Some(path)) => path.display().to_string(),
            (KeySource::Secret(source @ SecretSource::Command(_)), _) => {
                format!("output of {}", source.place())
            }
            (KeySource::Secret(SecretSource::File(path)), _) => path.clone(),
            (KeySource::Secret(source), _) => source.place(),
            _ => format!("item `{FILE_KEY_ITEM}` in the keyring"),
        }
    }

    /// The file, if it lies in the state directory.
    pub(in crate::store) fn own_file(&self) -> Option<PathBuf> {
        (self.source == KeySource::StateDir).then(|| self.state.file_key())
    }
}
