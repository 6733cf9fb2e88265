//! The stores: one contract over every place where a credential can live, with
//! the journal beneath each. A store knows no vendor and sends nothing.
//!
//! Nobody writes without showing the [`Lock`]. Of several copies the newest
//! verified one is right, and the one behind is pushed forward.

mod backend;
mod claim;
mod files;
pub(crate) mod item;
pub(crate) mod journal;
mod keyring;
pub(crate) mod seal;
pub(crate) mod state_dir;

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::digest::{hex, sha256_hex};
use crate::base::error::{Code, Error, Result, damaged, internal, unavailable};
use crate::credential::record::{Contents, Order};
use crate::profile::{Profile, StoreSpec};
use backend::Backend;
pub(crate) use claim::Lock;
use item::Item;
pub(crate) use journal::JournalVersion;
use journal::{Glance, Journal, Opened};
use seal::{SealingKey, random};
use state_dir::StateDir;

pub(crate) struct Store {
    id: String,
    profile: String,
    state: StateDir,
    home: Box<dyn Backend>,
    /// What [`Store::load`] found, for writing.
    open: Option<Open>,
    /// Of the journal at the last look without the lock.
    seen: Option<JournalVersion>,
}

/// A credential under the lock: its journal and key.
#[derive(Clone)]
struct Open {
    journal: Arc<Mutex<Journal>>,
    key: SealingKey,
}

/// What a look without the lock shows.
pub(crate) enum Look {
    Nothing,
    Held(Box<Contents>, SealingKey),
    /// The journal is ahead of the store, or has buried it; how, if the key opens it.
    /// Whoever wants to use it takes the lock, which brings them together.
    Unsettled(Option<Box<Contents>>),
}

/// Writes the journal from wherever the request is sent. The nonces are drawn
/// when it is made, so that nothing stands between an answer and its write.
pub(crate) struct JournalWriter {
    open: Open,
    nonces: Vec<seal::Nonce>,
}

impl JournalWriter {
    /// Durable when it returns.
    pub(crate) fn write(&mut self, contents: &Contents) -> io::Result<()> {
        let nonce = self.nonces.pop().ok_or_else(|| io::Error::other("more writes than nonces"))?;
        let mut journal = self.open.journal.lock().unwrap_or_else(PoisonError::into_inner);
        journal.write(contents, &self.open.key, &nonce)
    }
}

/// What identifies a credential: its files are named by it. The account alone for
/// `file`, so that a state directory can be carried to another machine.
pub(crate) fn credential_id(profile: &Profile) -> String {
    let kind = match profile.store {
        StoreSpec::Keyring => "k",
        StoreSpec::File(_) => "f",
    };
    format!("{kind}-{}", &sha256_hex(&format!("{kind}\n{}", profile.account))[..32])
}

/// An intent that names this journal counts only if this journal holds it: it is
/// written there last, just before the first byte, so otherwise nothing was sent.
fn forget_unsent(newest: &mut Contents, held: Option<&Contents>, journal: &str) {
    let Some(open) = newest.attempt.as_ref().filter(|open| open.journal == journal) else {
        return;
    };
    let own = held.and_then(|held| held.attempt.as_ref());
    if own.is_none_or(|own| own.nonce != open.nonce) {
        newest.attempt = own.cloned();
        newest.sequence += 1;
    }
}

/// Names one attempt.
pub(crate) fn draw_nonce() -> Result<String> {
    Ok(hex(&random::<16>()?))
}

/// The heads of a credential's journal, read as carefully as by [`Store::look`], but without its key.
pub(crate) fn heads_of(state: &StateDir, credential: &str) -> Result<Option<JournalVersion>> {
    state.check()?;
    JournalVersion::read(&state.journal(credential))
}

/// Whether another run holds the lock of a credential.
pub(crate) fn is_busy(state: &StateDir, credential: &str) -> bool {
    claim::is_held(&state.lock(credential))
}

/// Whether a journal of the file store needs the key that was not found.
fn any_sealed_file_journal(state: &StateDir) -> Result<bool> {
    for path in state.journals() {
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if !name.starts_with("f-") {
            continue;
        }
        match Journal::open(&path, &name, false) {
            Ok(Some(journal)) if matches!(journal.glance(), Glance::Sealed { .. }) => {
                return Ok(true);
            }
            Ok(_) => {}
            // Unreadable: to be on the safe side it is one that needs its key.
            Err(_) => return Ok(true),
        }
    }
    Ok(false)
}

impl Store {
    pub(crate) fn open(profile: &Profile, silent: bool) -> Result<Store> {
        let state = StateDir::locate()?;
        let home = backend::open(profile, &state, silent);
        Ok(Store {
            id: credential_id(profile),
            profile: profile.name.clone(),
            state,
            home,
            open: None,
            seen: None,
        })
    }

    /// Reads without the lock, and writes nothing.
    pub(crate) fn look(&mut self) -> Result<Look> {
        self.state.check()?;
        let journal = self.journal(false)?;
        self.seen = journal.as_ref().and_then(Journal::heads);
        let glance = journal.as_ref().map_or(Glance::Nothing, Journal::glance);
        if !self.home.mirrors() {
            return self.look_into(journal, glance);
        }
        let newer = |item: &Item| match glance {
            // With an attempt open, the journal may hold its answer.
            Glance::Sealed { order, sequence } if item.contents.attempt.is_some() => {
                (order, sequence) > (item.contents.order(), item.contents.sequence)
            }
            Glance::Sealed { order, .. } | Glance::Forgotten(order) => order > item.contents.order(),
            Glance::Nothing => false,
        };
        let opened = |item: &Item| match journal.as_ref()?.unseal(&item.key) {
            Opened::Held(contents) => Some(contents),
            _ => None,
        };
        Ok(match (self.home.load()?, glance) {
            (None, Glance::Sealed { .. }) => return Err(self.item_missing()),
            (None, Glance::Nothing | Glance::Forgotten(_)) => Look::Nothing,
            (Some(item), Glance::Forgotten(_)) if newer(&item) => Look::Unsettled(None),
            (Some(item), _) if newer(&item) => Look::Unsettled(opened(&item)),
            // An item leaves a raw answer to the journal, a small one the access token too.
            (Some(item), _) if item.contents.attempt.is_some() || item.contents.record.access.is_none() => {
                let same = opened(&item).filter(|journal| journal.is_copy_of(&item.contents));
                Look::Held(same.unwrap_or_else(|| Box::new(item.contents.clone())), item.key)
            }
            (Some(item), _) => Look::Held(Box::new(item.contents), item.key),
        })
    }

    fn look_into(&mut self, journal: Option<Journal>, glance: Glance) -> Result<Look> {
        let (Some(journal), Glance::Sealed { .. }) = (journal, glance) else {
            return Ok(Look::Nothing);
        };
        let key = self.home.key()?.ok_or_else(|| self.key_missing())?;
        match journal.unseal(&key) {
            Opened::Held(contents) => Ok(Look::Held(contents, key)),
            Opened::Unreadable(_) => Err(self.seal_broken()),
            Opened::Nothing | Opened::Forgotten => Ok(Look::Nothing),
        }
    }

    /// The journal as this run last saw or wrote it; `None`: nothing can be concluded from it.
    pub(crate) fn heads(&mut self) -> Option<JournalVersion> {
        match &self.open {
            Some(open) => open.journal.lock().unwrap_or_else(PoisonError::into_inner).heads(),
            None => self.seen.take(),
        }
    }

    /// A number that changes with every write of the journal; cheap to poll.
    pub(crate) fn stamp(&self) -> Option<(Order, u64)> {
        match self.journal(false).ok()??.glance() {
            Glance::Sealed { order, sequence } => Some((order, sequence)),
            Glance::Forgotten(order) => Some((order, 0)),
            Glance::Nothing => None,
        }
    }

    /// `None`: somebody else holds it.
    pub(crate) fn try_lock(&self) -> Result<Option<Lock>> {
        self.state.prepare()?;
        claim::try_lock(&self.state.lock(&self.id))
    }

    /// The right copy of the credential, after whichever was behind is pushed forward.
    /// `None`: there is no credential, or it was forgotten.
    pub(crate) fn load(&mut self, lock: &Lock) -> Result<Option<Contents>> {
        self.open = None;
        let item = self.home.load()?;
        let journal = self.journal(true)?;
        let glance = journal.as_ref().map_or(Glance::Nothing, Journal::glance);
        if let Glance::Forgotten(buried) = glance
            && item.as_ref().is_none_or(|item| item.contents.order() < buried)
        {
            self.home.remove(buried)?;
            return Ok(None);
        }
        let Some(key) = self.key_for(item.as_ref(), glance)? else {
            return Ok(None);
        };
        let held = journal.as_ref().map_or(Opened::Nothing, |journal| journal.unseal(&key));
        let held = match (held, &item) {
            (Opened::Held(contents), _) => Some(*contents),
            (Opened::Unreadable(order), Some(item)) if order < item.contents.order() => None,
            (Opened::Unreadable(_), _) => return Err(self.seal_broken()),
            (Opened::Nothing | Opened::Forgotten, _) => None,
        };
        let mirrored = item.as_ref().map(|item| item.contents.clone());
        let mut newest = match (held.clone(), mirrored) {
            (Some(left), Some(right)) => Contents::newest(left, right),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return Ok(None),
        };
        if let Some(held) = &held {
            newest.complete_from(held);
        }
        if let Some(journal) = &journal {
            forget_unsent(&mut newest, held.as_ref(), &journal.id());
        }
        let journal = journal.map_or_else(|| Journal::make(&self.path(), &self.id), Ok)?;
        self.open = Some(Open { journal: Arc::new(Mutex::new(journal)), key });
        if held.is_none_or(|held| !held.is_copy_of(&newest)) {
            self.write_journal(lock, &newest)?;
        }
        if item.is_some_and(|item| !item.contents.is_copy_of(&newest)) {
            self.write_home(lock, &newest)?;
        }
        Ok(Some(newest))
    }

    fn key_for(&mut self, item: Option<&Item>, glance: Glance) -> Result<Option<SealingKey>> {
        if let Some(item) = item {
            return Ok(Some(item.key.clone()));
        }
        match (self.home.mirrors(), glance) {
            (true, Glance::Sealed { .. }) => Err(self.item_missing()),
            (true, _) => Ok(None),
            (false, Glance::Sealed { .. }) => self.home.key()?.ok_or_else(|| self.key_missing()).map(Some),
            (false, _) => Ok(None),
        }
    }

    /// The first record of a credential, or of a new login: makes key and journal where
    /// neither was, and reads the key back before anything is sealed with it.
    pub(crate) fn establish(&mut self, lock: &Lock, contents: &Contents) -> Result<()> {
        if self.open.is_some() {
            self.locked_journal()?.make_room(contents)?;
            self.write_journal(lock, contents)?;
            return self.write_home(lock, contents);
        }
        let known = self.home.key()?;
        let key = known.map_or_else(|| self.home.make_key(), Ok)?;
        if self.home.mirrors() {
            self.home.save(&Item::new(key.clone(), contents))?;
            let back = self.home.load()?.filter(|item| item.key == key && item.contents.is_copy_of(contents));
            back.ok_or_else(|| unavailable("the keyring did not give back what it was given"))?;
        }
        let mut journal = match self.journal(true)? {
            Some(journal) => journal,
            None => Journal::make(&self.path(), &self.id)?,
        };
        journal.make_room(contents)?;
        self.open = Some(Open { journal: Arc::new(Mutex::new(journal)), key });
        self.write_journal(lock, contents)
    }

    /// Everything that could fail later is tried now: the journal has room, the home takes a write.
    pub(crate) fn prove_writable(&mut self, _: &Lock, with_intent: &Contents) -> Result<()> {
        self.locked_journal()?.make_room(with_intent)?;
        let key = self.opened()?.key.clone();
        self.home.save_at_once(&Item::new(key, with_intent))
    }

    pub(crate) fn writer(&self, writes: usize) -> Result<JournalWriter> {
        let nonces = (0..writes).map(|_| random()).collect::<Result<_>>()?;
        Ok(JournalWriter { open: self.opened()?.clone(), nonces })
    }

    pub(crate) fn write_journal(&mut self, _: &Lock, contents: &Contents) -> Result<()> {
        self.writer(1)?
            .write(contents)
            .map_err(|cause| unavailable("cannot write the journal").because(&cause))
    }

    pub(crate) fn write_home(&mut self, _: &Lock, contents: &Contents) -> Result<()> {
        let key = self.opened()?.key.clone();
        self.home.save(&Item::new(key, contents))
    }

    /// Journal first, then the home.
    pub(crate) fn save(&mut self, lock: &Lock, contents: &Contents) -> Result<()> {
        self.write_journal(lock, contents)?;
        self.write_home(lock, contents)
    }

    /// Buries the credential: no copy that turns up later brings it back.
    pub(crate) fn forget(&mut self, lock: &Lock) -> Result<bool> {
        let held = self.load(lock)?;
        let Some(held) = held else { return Ok(false) };
        let order = Order { epoch: held.record.epoch + 1, generation: 0 };
        let buried = self.locked_journal()?.bury(order);
        buried.map_err(|cause| unavailable("cannot write the journal").because(&cause))?;
        self.open = None;
        self.home.remove(order)?;
        Ok(true)
    }

    /// The epoch that a new login must exceed, even of what was forgotten.
    pub(crate) fn last_epoch(&self) -> Result<i64> {
        let journal = self.journal(false)?;
        Ok(match journal.as_ref().map_or(Glance::Nothing, Journal::glance) {
            Glance::Forgotten(order) | Glance::Sealed { order, .. } => order.epoch,
            Glance::Nothing => 0,
        })
    }

    pub(crate) fn journal_id(&self) -> Result<String> {
        Ok(self.locked_journal()?.id())
    }

    pub(crate) fn key(&self) -> Result<&SealingKey> {
        Ok(&self.opened()?.key)
    }

    pub(crate) fn renew_patience(&mut self) {
        self.home.renew_patience();
    }

    pub(crate) fn take_warnings(&mut self) -> Vec<String> {
        self.home.take_warnings()
    }

    /// What the home holds now, if it can be read.
    pub(crate) fn peek_home(&mut self) -> Option<Contents> {
        self.home.load().ok()?.map(|item| item.contents)
    }

    /// Whether the home gives back what it was given; never for a store without one.
    pub(crate) fn reads_back(&mut self, contents: &Contents) -> bool {
        self.peek_home().is_some_and(|there| there.is_copy_of(contents))
    }

    /// A record that nothing durable took, for `recover --stdin` of this credential.
    pub(crate) fn seal_for_export(&self, contents: &Contents) -> Result<Vec<u8>> {
        self.opened()?
            .key
            .seal(&random()?, self.id.as_bytes(), journal::payload(contents)?)
            .ok_or_else(|| internal("the record cannot be sealed"))
    }

    /// `None`: of another credential, or damaged.
    pub(crate) fn open_export(&self, sealed: &[u8]) -> Result<Option<Contents>> {
        let payload = self.opened()?.key.open(self.id.as_bytes(), sealed);
        Ok(payload.and_then(|payload| journal::contents_of(&payload)))
    }

    /// Sets a journal that cannot be opened aside; the store's item stays.
    pub(crate) fn discard_journal(&mut self, _: &Lock) -> Result<Option<PathBuf>> {
        let path = self.path();
        if !path.exists() {
            return Ok(None);
        }
        let mut aside = path.with_extension("jrn.discarded");
        let mut n = 1;
        while aside.exists() {
            n += 1;
            aside = path.with_extension(format!("jrn.discarded{n}"));
        }
        files::set_aside(&path, &aside)?;
        Ok(Some(aside))
    }

    fn journal(&self, write: bool) -> Result<Option<Journal>> {
        Journal::open(&self.path(), &self.id, write).map_err(|error| match (&error.hint, error.code) {
            (None, Code::StoreDamaged) => self.discard_hint(error),
            _ => error,
        })
    }

    /// What setting the journal aside costs depends on what else there is.
    fn discard_hint(&self, error: Error) -> Error {
        let cost = if self.home.mirrors() {
            "then the keyring's own copy counts"
        } else {
            "the credential in it is lost then"
        };
        error.hint(format!(
            "if it cannot be mended, `tokcli recover --discard-journal --profile {}` sets it aside; {cost}",
            self.profile
        ))
    }

    fn path(&self) -> PathBuf {
        self.state.journal(&self.id)
    }

    fn opened(&self) -> Result<&Open> {
        self.open.as_ref().ok_or_else(|| internal("the store was not loaded under the lock"))
    }

    fn locked_journal(&self) -> Result<std::sync::MutexGuard<'_, Journal>> {
        Ok(self.opened()?.journal.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn item_missing(&self) -> Error {
        unavailable("the keyring has no item for this account, but its sealed journal is here; the keyring may not be the right one, or not loaded yet")
            .hint("see that the keyring with the item is there and unlocked, then try again")
    }

    fn key_missing(&self) -> Error {
        unavailable("the file store's key is missing, but its sealed journal is here")
            .hint("bring the key back from where it was kept")
    }

    fn seal_broken(&self) -> Error {
        let words =
            format!("the journal {} does not open with the key that the store holds", self.path().display());
        self.discard_hint(damaged(words))
    }
}
