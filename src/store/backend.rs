//! Where a credential is kept beside its journal, and where the journal's
//! key comes from. One trait, as many forms as there are kinds of store.

use std::path::Path;

use super::claim::{self, Claim};
use super::files;
use super::item::Item;
use super::journal::{Glance, Journal};
use super::keyring::{ItemSecret, Keyring, LARGEST};
use super::seal::SealingKey;
use super::state_dir::StateDir;
use crate::base::error::{Error, Result, damaged, unavailable};
use crate::credential::state::{Order, Version};
use crate::profile::secret_source::SecretReader;
use crate::profile::{KeySource, Profile, StoreSpec};

pub(super) trait Backend {
    /// The newest item that can be verified; `None` if there is none.
    fn load(&mut self) -> Result<Option<Item>>;
    /// `expected`: what is there as far as the caller knows. What is neither that nor older than `item` is kept.
    fn save(&mut self, item: &Item, expected: Option<Version>) -> Result<()>;
    /// The same right after a look, with nothing in between that waits: what was seen then still counts.
    fn save_at_once(&mut self, item: &Item) -> Result<()>;
    /// Removes only what is older than `below`.
    fn remove(&mut self, below: Order) -> Result<()>;
    /// The key, for homes that do not keep it in the item.
    fn key(&mut self) -> Result<Option<SealingKey>>;
    /// A key for the first credential.
    fn make_key(&mut self) -> Result<SealingKey>;
    /// `None`: somebody else holds it. A lock on this machine, where the backend has no claim of its own.
    fn claim(&self, lock: &Path) -> Result<Option<Claim>> {
        claim::try_lock(lock)
    }
    /// Whether the credential itself is here too, beside the journal.
    fn mirrors(&self) -> bool;
    /// What the user should know of what was found.
    fn take_warnings(&mut self) -> Vec<String> {
        Vec::new()
    }
    /// What was sent cannot be unsent: the calls after it have a time of their own.
    fn renew_patience(&mut self) {}
}

pub(super) fn open(profile: &Profile, state: &StateDir, silent: bool) -> Box<dyn Backend> {
    match &profile.store {
        StoreSpec::Keyring => {
            let (keyring, account) = (Keyring::open(&profile.account), profile.account.clone());
            Box::new(InKeyring { keyring, account, warnings: Vec::new() })
        }
        StoreSpec::File(source) => Box::new(InFile {
            source: source.clone(),
            state: state.clone(),
            directory: profile.directory().to_owned(),
            silent,
        }),
    }
}

/// The whole credential is one item of the keyring.
struct InKeyring {
    keyring: Keyring,
    account: String,
    warnings: Vec<String>,
}

fn is_item(secret: &[u8]) -> bool {
    Item::decode(secret, "").is_ok()
}

impl InKeyring {
    fn newest(&mut self, found: Vec<ItemSecret>) -> Result<Option<Item>> {
        let place = format!("the keyring's item `{}`", self.account);
        let (mut newest, mut foreign): (Option<Item>, Option<Error>) = (None, None);
        if found.len() > 1 {
            let words =
                format!("the keyring holds {} items `{}`; the newest is used", found.len(), self.account);
            self.warnings.push(words);
        }
        for secret in found {
            let item = match Item::decode(&secret, &place) {
                Ok(item) => item,
                // That one may be the newest.
                Err(error) if Item::is_newer(&secret) => return Err(error),
                Err(error) => {
                    foreign = Some(error);
                    continue;
                }
            };
            let version = item.credential.version;
            if newest.as_ref().is_none_or(|known| version > known.credential.version) {
                newest = Some(item);
            }
        }
        // A foreign one beside ours is in nobody's way.
        match (newest, foreign) {
            (None, Some(error)) => Err(error),
            (newest, _) => Ok(newest),
        }
    }

    /// What is there now where the last look found it. If that is not this credential any more, it is searched anew.
    fn look_again(&mut self, key: &SealingKey) -> Result<Option<Version>> {
        let mut found = self.keyring.look_again()?;
        if !found.iter().all(|secret| Item::decode(secret, "").is_ok_and(|item| item.key == *key)) {
            found = self.keyring.look()?;
        }
        Ok(self.newest(found)?.map(|item| item.credential.version))
    }
}

impl Backend for InKeyring {
    fn load(&mut self) -> Result<Option<Item>> {
        let found = self.keyring.look()?;
        self.newest(found)
    }

    fn save(&mut self, item: &Item, expected: Option<Version>) -> Result<()> {
        let there = self.look_again(&item.key)?.filter(|there| Some(*there) != expected);
        if there.is_some_and(|there| there.order >= item.credential.order()) {
            return Err(unavailable("the keyring holds a newer credential than the one to be saved")
                .hint("run the command again"));
        }
        self.save_at_once(item)
    }

    fn save_at_once(&mut self, item: &Item) -> Result<()> {
        self.keyring.set(&item.encode_within(LARGEST)?, is_item)
    }

    fn remove(&mut self, below: Order) -> Result<()> {
        match self.load()? {
            Some(item) if item.credential.order() < below => self.keyring.delete(is_item),
            _ => Ok(()),
        }
    }

    fn key(&mut self) -> Result<Option<SealingKey>> {
        Ok(None)
    }

    fn make_key(&mut self) -> Result<SealingKey> {
        SealingKey::draw()
    }

    fn mirrors(&self) -> bool {
        true
    }

    fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    fn renew_patience(&mut self) {
        self.keyring.renew();
    }
}

/// The journal alone, under a key from elsewhere.
struct InFile {
    source: KeySource,
    state: StateDir,
    directory: std::path::PathBuf,
    silent: bool,
}

/// Its own item: no account can have this name, because names begin with a letter or digit.
const FILE_KEY_ITEM: &str = ".file-key";

impl InFile {
    fn key_file(&self) -> Option<std::path::PathBuf> {
        match &self.source {
            KeySource::StateDir => Some(self.state.file_key()),
            KeySource::KeyFile(path) => Some(path.clone()),
            KeySource::Secret(_) | KeySource::Keyring => None,
        }
    }

    fn parse(text: &str, from: &str) -> Result<SealingKey> {
        SealingKey::from_base64(text)
            .ok_or_else(|| damaged(format!("{from} does not hold a key: 32 bytes in base64")))
    }
}

impl Backend for InFile {
    fn load(&mut self) -> Result<Option<Item>> {
        Ok(None)
    }

    fn save(&mut self, _: &Item, _: Option<Version>) -> Result<()> {
        Ok(())
    }

    fn save_at_once(&mut self, _: &Item) -> Result<()> {
        Ok(())
    }

    fn remove(&mut self, _: Order) -> Result<()> {
        Ok(())
    }

    fn key(&mut self) -> Result<Option<SealingKey>> {
        if let Some(path) = self.key_file() {
            let Some(file) = files::open(&path, false)? else {
                return Ok(None);
            };
            let text = std::io::read_to_string(std::io::Read::take(file, 256))
                .map_err(|cause| files::failed("read", &path, &cause))?;
            return InFile::parse(&text, &path.display().to_string()).map(Some);
        }
        if let KeySource::Secret(source) = &self.source {
            let reader = SecretReader { directory: &self.directory, silent: self.silent };
            let secret =
                source.read(reader).map_err(|why| unavailable(format!("the file store's key: {why}")))?;
            return InFile::parse(secret.expose(), "the file store's key source").map(Some);
        }
        let found = Keyring::open(FILE_KEY_ITEM).look()?;
        let text = found.first().map(|secret| String::from_utf8_lossy(secret).into_owned());
        text.map(|text| InFile::parse(&text, "the keyring's item for the file store")).transpose()
    }

    /// One key serves every credential of the store, so it is made only beside no sealed journal.
    fn make_key(&mut self) -> Result<SealingKey> {
        // Its own lock: first credentials of two accounts hold different ones.
        let _making = claim::wait(&self.state.lock("file-key"))?;
        if let Some(made_meanwhile) = self.key()? {
            return Ok(made_meanwhile);
        }
        if any_sealed_file_journal(&self.state)? {
            return Err(unavailable("the file store's key is missing, but sealed journals are there")
                .hint("bring the key back from where it was kept"));
        }
        let key = SealingKey::draw()?;
        let text = key.to_base64() + "\n";
        match (&self.source, self.key_file()) {
            (_, Some(path)) => files::put(&path, text.as_bytes())?,
            (KeySource::Keyring, None) => Keyring::open(FILE_KEY_ITEM).set(text.trim(), |_| true)?,
            _ => return Err(unavailable("the file store's key source gives no key")),
        }
        // Read back before anything is sealed with it.
        self.key()?
            .filter(|read| *read == key)
            .ok_or_else(|| unavailable("the file store's key could not be read back"))
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
