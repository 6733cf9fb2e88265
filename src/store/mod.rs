//! The stores: one contract over every place where a credential can live, with
//! the journal beneath each. A store knows no vendor and sends nothing.
//!
//! Nobody writes without showing the [`Claim`]. Of several copies the newest
//! verified one is right, and the one behind is pushed forward.

mod backend;
mod claim;
pub(crate) mod configuration;
mod copies;
mod files;
pub(crate) mod foreign;
mod home;
pub(crate) mod item;
pub(crate) mod journal;
pub(crate) mod keyring;
mod kinds;
pub(crate) mod last_resort;
pub(crate) mod last_run;
pub(crate) mod lines;
pub(crate) mod log;
mod look;
mod opened;
mod owners;
pub(crate) mod payload;
pub(crate) mod seal;
pub(crate) mod sealed;
pub(crate) mod state_dir;
pub(crate) mod survey;
pub(crate) mod unnamed;
pub(crate) mod unopenable;
mod unsaved;
pub(crate) mod vault;

use std::cell::Cell;
use std::io;
use std::path::PathBuf;
use std::sync::MutexGuard;
use std::time::Duration;

use crate::base::clock::Moment;
use crate::base::digest::hex;
use crate::base::error::{Code, Error, Result, internal, unavailable};
use crate::credential::audience::Audience;
use crate::credential::fleet::{self, Consent};
use crate::credential::merge::merged;
use crate::credential::state::{Content, Credential, Order, State, Version};
use crate::profile::Profile;
use backend::Backend;
use backend::Theirs;
pub(crate) use backend::{Holder, Turn};
pub(crate) use claim::Claim;
use copies::Copies;
pub(crate) use copies::Look;
use files::Identity;
use home::Home;
use item::Item;
pub(crate) use journal::JournalVersion;
use journal::{Glance, Journal, Unsealed};
pub(crate) use kinds::{SECRETS, check_key, credential_id, ids, name_of_secrets};
pub(crate) use opened::JournalWriter;
use opened::OpenedStore;
use seal::{SealingKey, random};
use state_dir::StateDir;
use unsaved::Unsaved;

pub(crate) struct Store {
    id: String,
    profile: String,
    kept: Kept,
    state: StateDir,
    backend: Box<dyn Backend>,
    unsaved: Unsaved,
    /// Whose is what was noted before there were several audiences; `None`: it may be another one's.
    unnamed: Option<Audience>,
    /// What [`Store::load`] found, for writing.
    opened: Option<OpenedStore>,
    /// Of the journal at the last look without the claim.
    seen: Option<JournalVersion>,
    /// The key that the last look found.
    key: Option<SealingKey>,
    /// What the backend holds, as far as this run knows.
    stored: Option<Version>,
    /// The file whose lock is the claim.
    lock: Cell<Option<Identity>>,
    /// The journal cannot be opened, now or ever, as far as anybody can tell.
    unopenable: Cell<bool>,
}

/// What is kept: of one account there are both.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Tokens,
    /// The secrets of its profiles, as a credential without tokens.
    Secrets,
}

/// Names one attempt.
pub(crate) fn draw_nonce() -> Result<String> {
    Ok(hex(&random::<16>()?))
}

/// The version of a credential's journal, read as carefully as by [`Store::look`], but without its key.
pub(crate) fn journal_version(state: &StateDir, credential: &str) -> Result<Option<JournalVersion>> {
    state.check()?;
    JournalVersion::read(&state.journal(credential))
}

/// Whether another run holds the claim of a credential.
pub(crate) fn is_busy(state: &StateDir, credential: &str) -> bool {
    claim::is_held(&state.lock(credential))
}

impl Store {
    pub(crate) fn open(profile: &Profile, silent: bool) -> Result<Store> {
        Store::of(profile, Kept::Tokens, &profile.account, silent)
    }

    /// The secrets of the profile's account.
    pub(crate) fn open_secrets(profile: &Profile, silent: bool) -> Result<Store> {
        kinds::check_keeps_secrets(&profile.store)?;
        Store::of(profile, Kept::Secrets, &name_of_secrets(&profile.account), silent)
    }

    fn of(profile: &Profile, kept: Kept, account: &str, silent: bool) -> Result<Store> {
        let state = StateDir::locate()?;
        let backend = kinds::backend(profile, account, &state, silent);
        let (lock, unopenable) = (Cell::new(None), Cell::new(false));
        let unnamed = profile.siblings.is_empty().then(|| profile.audience.clone());
        let id = kinds::id_in(&profile.store, account);
        let unsaved = Unsaved::noted_at(backend.asks_last().then(|| state.unsaved(&id)));
        Ok(Store {
            id,
            profile: profile.name.clone(),
            kept,
            state,
            backend,
            unsaved,
            unnamed,
            opened: None,
            seen: None,
            key: None,
            stored: None,
            lock,
            unopenable,
        })
    }

    /// `None`: somebody else holds it.
    pub(crate) fn claim(&self) -> Result<Option<Claim>> {
        self.state.prepare()?;
        let path = self.state.lock(&self.id);
        let claim = self.backend.claim(&path).map_err(|error| self.state.whole_hint(error))?;
        self.lock.set(files::identity(&path).flatten());
        Ok(claim)
    }

    /// Of a credential under the claim.
    fn home(&self) -> Home {
        Home::new(self.state.clone(), &self.id, self.lock.get(), self.backend.key_file())
    }

    /// The right copy of the credential, after whichever was behind is pushed forward.
    /// [`State::Empty`] or [`State::Buried`]: there is none, or no longer.
    pub(crate) fn load(&mut self, claim: &Claim) -> Result<Credential> {
        self.opened = None;
        self.backend.prepare()?;
        let journal = self.journal(true)?;
        let (held, stored, key) = match self.copies(journal.as_ref())? {
            Copies::None => {
                self.backend.unsettle();
                return Ok(Credential::default());
            }
            Copies::Buried { order, .. } => {
                if let Some(mut journal) =
                    journal.filter(|journal| matches!(journal.glance(), Glance::Sealed(_)))
                {
                    journal.bury(order).map_err(|cause| cannot_write(&cause))?;
                }
                self.backend.remove(order)?;
                self.backend.unsettle();
                self.unsaved.clear();
                return Ok(Credential::buried(order));
            }
            Copies::Some { held, stored, key } => (held, stored, key),
        };
        let held = match (held, &stored) {
            (Unsealed::Held(held), _) => Some(*held),
            (Unsealed::Unreadable(order), Some(stored)) if order < stored.order() => None,
            (Unsealed::Unreadable(_), _) => return Err(self.seal_broken()),
            (Unsealed::Nothing | Unsealed::Buried, _) => None,
        };
        let id = journal.as_ref().map(Journal::id);
        let mut right = *self.named(Box::new(merged(held.as_ref(), stored.as_deref(), id.as_deref())));
        let journal = journal.map_or_else(|| Journal::make(&self.path(), &self.id), Ok)?;
        self.backend.meet(&journal.id(), self.unsaved.attempts());
        if self.backend.is_alone() {
            right.take_over(&journal.id(), None, None);
        }
        self.opened = Some(OpenedStore::new(journal, key, self.home()));
        self.backend.settle()?;
        if held.is_none_or(|held| !held.is_copy_of(&right)) {
            self.write_journal(claim, &right)?;
        }
        if stored.is_some_and(|stored| !stored.is_copy_of(&right)) {
            match self.write_backend(claim, &right) {
                // It waits until that one has written what it got.
                Err(error) if error.code == Code::Busy => return Ok(right),
                written => written?,
            }
        }
        // What this machine claimed it must recognise, for as long as that stands.
        if self.backend.holder().is_none_or(|holder| !holder.is_here) {
            self.unsaved.clear();
        }
        Ok(right)
    }

    /// Before a look or a load: a record that the backend has lost counts as none there. A person says so.
    pub(crate) fn may_put_back(&mut self) {
        self.backend.put_back();
    }

    /// Loads, and gives the backend what it has lost and the journal has. Whether it had lost it.
    pub(crate) fn put_back(&mut self, claim: &Claim) -> Result<(Credential, bool)> {
        let right = self.load(claim)?;
        let lost =
            self.stored.is_none() && self.opened.is_some() && self.backend.mirrors() && self.backend.takes();
        if lost {
            self.write_backend(claim, &right)?;
            self.backend.settle()?;
        }
        Ok((right, lost))
    }

    /// The first record of a credential, or of a new login: makes key and journal where
    /// neither was, and reads the key back before anything is sealed with it.
    pub(crate) fn establish(&mut self, claim: &Claim, credential: &Credential) -> Result<()> {
        if self.opened.is_some() {
            self.locked_journal()?.make_room(credential)?;
            return self.save(claim, credential);
        }
        let known = self.backend.key()?;
        let key = known.map_or_else(|| self.backend.make_key(), Ok)?;
        if self.backend.mirrors() && self.backend.takes() {
            self.backend.save(&key, credential, None)?;
            self.stored = Some(credential.version);
            let given = |item: &Item| item.key == key && item.credential.is_copy_of(credential);
            let back = self.backend.load()?.filter(given);
            back.ok_or_else(|| unavailable("the store did not give back what it was given"))?;
        }
        let mut journal = match self.journal(true)? {
            Some(journal) => journal,
            None => Journal::make(&self.path(), &self.id)?,
        };
        self.backend.meet(&journal.id(), self.unsaved.attempts());
        journal.make_room(credential)?;
        self.opened = Some(OpenedStore::new(journal, key, self.home()));
        self.backend.settle()?;
        self.write_journal(claim, credential)
    }

    /// Everything that could fail later is tried now: the journal has room, the backend takes a write.
    /// `false`: somebody on another machine was faster.
    pub(crate) fn prove_writable(&mut self, _: &Claim, intent: &Credential) -> Result<bool> {
        self.locked_journal()?.make_room(intent)?;
        self.leave_old_formats()?;
        self.unsaved.note();
        self.unsaved.note_attempt(intent);
        let key = self.opened()?.key.clone();
        let ours = self.backend.propose(&key, intent, self.stored)?;
        if ours {
            self.stored = Some(intent.version);
        }
        Ok(ours)
    }

    /// Whether this machine may present the refresh token now.
    pub(crate) fn turn(&mut self, credential: &Credential, harmless: bool, consent: Consent) -> Result<Turn> {
        self.backend.turn(credential.open(), harmless, consent)
    }

    /// What another machine sent counts as sent by this one, so long ago.
    pub(crate) fn take_over(&self, ours: &Credential, age: Duration, there: &Theirs) -> Result<Credential> {
        let sent = Moment::now().before(age);
        Ok(fleet::taken_over(ours, &there.credential, &there.claim, &self.journal_id()?, &sent))
    }

    /// An earlier program would go on from a slot that it can read, blind to the intent in the other.
    fn leave_old_formats(&mut self) -> Result<()> {
        let opened = self.opened()?;
        let journal = opened.journal();
        let held = if journal.is_outdated() { journal.unseal(&opened.key) } else { Unsealed::Nothing };
        drop(journal);
        match held {
            Unsealed::Held(held) => (0..2).try_for_each(|_| self.write_once(&held)),
            _ => Ok(()),
        }
    }

    fn write_once(&self, credential: &Credential) -> Result<()> {
        self.locked_journal()?.fit(credential)?;
        self.writer(1)?.write(credential).map_err(|cause| cannot_write(&cause))
    }

    pub(crate) fn writer(&self, writes: usize) -> Result<JournalWriter> {
        let nonces = (0..writes).map(|_| random()).collect::<Result<_>>()?;
        self.locked_journal()?.prepare()?;
        Ok(JournalWriter { opened: self.opened()?.clone(), nonces, announce: self.backend.announcer() })
    }

    pub(crate) fn write_journal(&mut self, _: &Claim, credential: &Credential) -> Result<()> {
        self.leave_old_formats()?;
        self.write_once(credential)
    }

    pub(crate) fn write_backend(&mut self, _: &Claim, credential: &Credential) -> Result<()> {
        let key = self.opened()?.key.clone();
        self.backend.save(&key, credential, self.stored)?;
        self.stored = Some(credential.version);
        self.unsaved.clear();
        Ok(())
    }

    /// Journal first, then the backend.
    pub(crate) fn save(&mut self, claim: &Claim, credential: &Credential) -> Result<()> {
        self.unsaved.note();
        self.write_journal(claim, credential)?;
        self.write_backend(claim, credential)
    }

    /// Buries whatever is kept: no copy that turns up later brings it back.
    pub(crate) fn forget(&mut self, claim: &Claim) -> Result<Content> {
        let there = self.load(claim)?;
        if there.content() != Content::Nothing {
            self.bury(there.tombstone())?;
        }
        Ok(there.content())
    }

    /// Takes back what was made for a credential that did not come about.
    pub(crate) fn withdraw(&mut self, claim: &Claim) -> Result<()> {
        let there = self.load(claim)?;
        if matches!(there.state, State::Buried) {
            return Ok(());
        }
        self.bury(there.tombstone())
    }

    fn bury(&mut self, order: Order) -> Result<()> {
        self.leave_old_formats()?;
        let OpenedStore { home, key, .. } = self.opened()?;
        let mut journal = self.locked_journal()?;
        journal.bury(order).map_err(|cause| cannot_write(&cause))?;
        home.keep(&mut journal, key)?;
        drop(journal);
        self.opened = None;
        self.backend.remove(order)?;
        self.backend.unsettle();
        Ok(())
    }

    pub(crate) fn journal_id(&self) -> Result<String> {
        Ok(self.locked_journal()?.id())
    }

    pub(crate) fn key(&self) -> Result<&SealingKey> {
        Ok(&self.opened()?.key)
    }

    /// By which a mark tells what was refused: of all machines that share the credential.
    pub(crate) fn key_of_marks(&mut self) -> Result<SealingKey> {
        let own = self.opened()?.key.clone();
        self.key_of_marks_beside(own)
    }

    /// The same after a look, which gave the key of the journal.
    pub(crate) fn key_of_marks_beside(&mut self, own: SealingKey) -> Result<SealingKey> {
        Ok(self.backend.key_of_marks()?.unwrap_or(own))
    }

    /// Whether nobody else uses the credential while this run does, wherever that is.
    pub(crate) fn is_alone(&self) -> bool {
        self.backend.is_alone()
    }

    pub(crate) fn renew_patience(&mut self) {
        self.backend.renew_patience();
    }

    /// What the last write left to the journal alone, in words.
    pub(crate) fn take_left_out(&mut self) -> Option<String> {
        self.backend.take_left_out()
    }

    pub(crate) fn take_warnings(&mut self) -> Vec<String> {
        let mut warnings = self.backend.take_warnings();
        warnings.extend(self.opened.iter().filter_map(|opened| opened.home.take_warning()));
        warnings
    }

    fn journal(&self, write: bool) -> Result<Option<Journal>> {
        Journal::open(&self.path(), &self.id, write).map_err(|error| match (&error.hint, error.code) {
            (None, Code::StoreDamaged) => self.discard_hint(error),
            _ => self.state.whole_hint(error),
        })
    }

    fn path(&self) -> PathBuf {
        self.state.journal(&self.id)
    }

    fn opened(&self) -> Result<&OpenedStore> {
        self.opened.as_ref().ok_or_else(|| internal("the store was not loaded under the claim"))
    }

    fn locked_journal(&self) -> Result<MutexGuard<'_, Journal>> {
        Ok(self.opened()?.journal())
    }
}

fn cannot_write(cause: &io::Error) -> Error {
    unavailable("cannot write the journal").because(cause)
}
