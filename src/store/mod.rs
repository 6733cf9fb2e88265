//! The stores: one contract over every place where a credential can live, with
//! the journal beneath each. A store knows no vendor and sends nothing.
//!
//! Nobody writes without showing the [`Claim`]. Of several copies the newest
//! verified one is right, and the one behind is pushed forward.

mod backend;
mod claim;
pub(crate) mod configuration;
pub(crate) mod export;
mod files;
pub(crate) mod foreign;
mod home;
pub(crate) mod item;
pub(crate) mod journal;
pub(crate) mod keyring;
pub(crate) mod last_run;
pub(crate) mod lines;
pub(crate) mod log;
mod owners;
pub(crate) mod payload;
pub(crate) mod seal;
pub(crate) mod sealed;
pub(crate) mod state_dir;
pub(crate) mod survey;
pub(crate) mod unnamed;

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::digest::{hex, sha256_hex};
use crate::base::error::{Code, Error, Result, damaged, internal, refused, unavailable};
use crate::credential::audience::Audience;
use crate::credential::merge::merged;
use crate::credential::state::{Content, Credential, Order, State, Version};
use crate::profile::{CommandStore, KeySource, Profile, StoreSpec};
use backend::Backend;
use backend::command::{self, InCommand};
use backend::file::InFile;
use backend::keyring::InKeyring;
pub(crate) use claim::Claim;
use files::Identity;
use home::Home;
use item::Item;
pub(crate) use journal::JournalVersion;
use journal::{Glance, Journal, Unsealed};
use seal::{SealingKey, random};
use state_dir::StateDir;

pub(crate) struct Store {
    id: String,
    profile: String,
    kept: Kept,
    state: StateDir,
    backend: Box<dyn Backend>,
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

/// A credential under the claim: its journal and key, and where they belong.
#[derive(Clone)]
struct OpenedStore {
    journal: Arc<Mutex<Journal>>,
    key: SealingKey,
    home: Arc<Home>,
}

impl OpenedStore {
    fn new(journal: Journal, key: SealingKey, home: Home) -> OpenedStore {
        OpenedStore { journal: Arc::new(Mutex::new(journal)), key, home: Arc::new(home) }
    }

    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a look without the claim shows.
pub(crate) enum Look {
    Nothing,
    Settled(Box<Credential>, SealingKey),
    /// The journal is ahead of the store, or has buried it; how, if the key opens it.
    /// Whoever wants to use it takes the claim, which brings them together.
    Unsettled(Option<Box<Credential>>),
}

/// Writes the journal from wherever the request is sent. Nonces and memory are there when it is made, so
/// that nothing stands between an answer and its write.
pub(crate) struct JournalWriter {
    opened: OpenedStore,
    nonces: Vec<seal::Nonce>,
    buffer: journal::Buffer,
}

impl JournalWriter {
    /// Durable when it returns, and where the next run looks for it.
    pub(crate) fn write(&mut self, credential: &Credential) -> io::Result<()> {
        let nonce = self.nonces.pop().ok_or_else(|| io::Error::other("more writes than nonces"))?;
        let OpenedStore { key, home, .. } = &self.opened;
        let mut journal = self.opened.journal();
        journal.write(&mut self.buffer, credential, key, &nonce)?;
        home.keep(&mut journal, key).map_err(|error| io::Error::other(error.message()))
    }
}

/// What identifies a credential: its files are named by it. The account alone for
/// `file`, so that a state directory can be carried to another machine.
pub(crate) fn credential_id(profile: &Profile) -> String {
    id_in(&profile.store, &profile.account)
}

fn id_in(store: &StoreSpec, account: &str) -> String {
    match store {
        StoreSpec::Keyring => id_of("k", account),
        StoreSpec::File(_) => id_of("f", account),
        StoreSpec::Command(store) => {
            let CommandStore { name, directory, .. } = &**store;
            id_of("c", &format!("{}\n{name}\n{account}", directory.display()))
        }
    }
}

fn id_of(kind: &str, account: &str) -> String {
    format!("{kind}-{}", &sha256_hex(&format!("{kind}\n{account}"))[..32])
}

/// Before the account that secrets are of.
pub(crate) const SECRETS: &str = ".secrets.";

/// What the secrets of an account are kept under: no account's name begins with a dot.
pub(crate) fn name_of_secrets(account: &str) -> String {
    format!("{SECRETS}{account}")
}

/// What the files of a profile's account are called: those of its credential, and those of its secrets.
pub(crate) fn ids(profile: &Profile) -> [String; 2] {
    [credential_id(profile), id_in(&profile.store, &name_of_secrets(&profile.account))]
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

/// `Err` if the key of a store can neither be had nor made. A keyring keeps its own. `file_keys`: of all file stores.
pub(crate) fn check_key(
    store: &StoreSpec,
    file_keys: &[KeySource],
    directory: &Path,
    silent: bool,
) -> Result<()> {
    match store {
        StoreSpec::Keyring => Ok(()),
        StoreSpec::File(source) => {
            InFile::of(source, file_keys, directory, &StateDir::locate()?, silent).check_key()
        }
        StoreSpec::Command(store) => {
            let key = command::place_of_key(store, directory, &StateDir::locate()?, silent);
            key.read()?.map(drop).ok_or_else(|| command::key_missing(store, &key))
        }
    }
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
        if let StoreSpec::Command(store) = &profile.store {
            let words =
                format!("the store `{}` is one of commands, which keeps no secrets of profiles", store.name);
            return Err(refused(words).hint("let the secret come from the environment, a file or a command"));
        }
        Store::of(profile, Kept::Secrets, &name_of_secrets(&profile.account), silent)
    }

    fn of(profile: &Profile, kept: Kept, account: &str, silent: bool) -> Result<Store> {
        let state = StateDir::locate()?;
        let backend: Box<dyn Backend> = match &profile.store {
            StoreSpec::Keyring => Box::new(InKeyring::open(account, &state)),
            StoreSpec::File(source) => Box::new(InFile::open(source, profile, &state, silent)),
            StoreSpec::Command(store) => {
                let id = id_in(&profile.store, account);
                Box::new(InCommand::open(store, &id, profile, &state, silent))
            }
        };
        let (lock, unopenable) = (Cell::new(None), Cell::new(false));
        let unnamed = profile.siblings.is_empty().then(|| profile.audience.clone());
        Ok(Store {
            id: id_in(&profile.store, account),
            profile: profile.name.clone(),
            kept,
            state,
            backend,
            unnamed,
            opened: None,
            seen: None,
            key: None,
            stored: None,
            lock,
            unopenable,
        })
    }

    /// Reads without the claim, and writes nothing.
    pub(crate) fn look(&mut self) -> Result<Look> {
        self.state.check()?;
        let journal = self.journal(false)?;
        self.seen = journal.as_ref().and_then(Journal::version);
        Ok(match self.copies(journal.as_ref())? {
            Copies::None | Copies::Buried { left: false, .. } => Look::Nothing,
            Copies::Buried { left: true, .. } => Look::Unsettled(None),
            Copies::Some { held, stored, key } => {
                let held = match (held, &stored) {
                    (Unsealed::Held(held), _) => Some(*held),
                    (Unsealed::Unreadable(order), Some(stored)) if order > stored.order() => {
                        return Ok(Look::Unsettled(None));
                    }
                    (Unsealed::Unreadable(_), None) => return Err(self.seal_broken()),
                    _ => None,
                };
                match looked(held, stored, key) {
                    Look::Settled(credential, key) => Look::Settled(self.named(credential), key),
                    Look::Unsettled(credential) => Look::Unsettled(credential.map(|it| self.named(it))),
                    Look::Nothing => Look::Nothing,
                }
            }
        })
    }

    /// While another run has the claim: what it has written into the journal. Those who wait would otherwise all ask the
    /// keyring for what the journal tells them; it is written first.
    pub(crate) fn look_meanwhile(&mut self) -> Result<Look> {
        let Some(key) = self.key.clone().filter(|_| self.backend.mirrors()) else { return self.look() };
        self.seen = None;
        match self.journal(false)?.map(|journal| journal.unseal(&key)) {
            Some(Unsealed::Held(held)) if matches!(held.state, State::Held(_)) => {
                Ok(Look::Settled(self.named(held), key))
            }
            Some(Unsealed::Held(_)) => Ok(Look::Unsettled(None)),
            _ => self.look(),
        }
    }

    /// What journal and backend hold, each opened with the key.
    fn copies(&mut self, journal: Option<&Journal>) -> Result<Copies> {
        let glance = journal.map_or(Glance::Nothing, Journal::glance);
        let item = self.backend.load()?;
        if let Glance::Buried(order) = glance
            && item.as_ref().is_none_or(|item| item.credential.order() < order)
        {
            return Ok(Copies::Buried { order, left: item.is_some() });
        }
        if let Some(buried) = item.as_ref().filter(|item| item.credential.is_buried())
            && glance.order().is_none_or(|order| order <= buried.credential.order())
        {
            return Ok(Copies::Buried { order: buried.credential.order(), left: false });
        }
        let Some(key) = self.key_for(item.as_ref(), glance)? else { return Ok(Copies::None) };
        self.key = Some(key.clone());
        let held = journal.map_or(Unsealed::Nothing, |journal| journal.unseal(&key));
        self.stored = item.as_ref().map(|item| item.credential.version);
        Ok(match (held, item.map(|item| Box::new(item.credential))) {
            (Unsealed::Nothing | Unsealed::Buried, None) => Copies::None,
            (held, stored) => Copies::Some { held, stored, key },
        })
    }

    fn key_for(&mut self, item: Option<&Item>, glance: Glance) -> Result<Option<SealingKey>> {
        if let Some(item) = item {
            return Ok(Some(item.key.clone()));
        }
        match (self.backend.holds_key(), glance) {
            (true, Glance::Sealed(_)) => Err(self.item_missing()),
            (true, _) => Ok(None),
            (false, Glance::Sealed(_)) => self.backend.key()?.ok_or_else(|| self.key_missing()).map(Some),
            (false, _) => Ok(None),
        }
    }

    /// The journal as this run last saw or wrote it; `None`: nothing can be concluded from it.
    pub(crate) fn version(&mut self) -> Option<JournalVersion> {
        match &self.opened {
            Some(opened) => opened.journal().version(),
            None => self.seen.take(),
        }
    }

    /// Changes with every write of the journal; cheap to poll.
    pub(crate) fn stamp(&self) -> Option<Version> {
        match self.journal(false).ok()??.glance() {
            Glance::Sealed(version) => Some(version),
            Glance::Buried(order) => Some(Version { order, sequence: 0 }),
            Glance::Nothing => None,
        }
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
        let journal = self.journal(true)?;
        let copies = self.copies(journal.as_ref())?;
        self.backend.settle()?;
        let (held, stored, key) = match copies {
            Copies::None => return Ok(Credential::default()),
            Copies::Buried { order, .. } => {
                if let Some(mut journal) =
                    journal.filter(|journal| matches!(journal.glance(), Glance::Sealed(_)))
                {
                    journal.bury(order).map_err(|cause| cannot_write(&cause))?;
                }
                self.backend.remove(order)?;
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
        if self.backend.is_alone() {
            right.take_over(&journal.id());
        }
        self.opened = Some(OpenedStore::new(journal, key, self.home()));
        if held.is_none_or(|held| !held.is_copy_of(&right)) {
            self.write_journal(claim, &right)?;
        }
        if stored.is_some_and(|stored| !stored.is_copy_of(&right)) {
            self.write_backend(claim, &right)?;
        }
        Ok(right)
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
        journal.make_room(credential)?;
        self.opened = Some(OpenedStore::new(journal, key, self.home()));
        self.write_journal(claim, credential)
    }

    /// Everything that could fail later is tried now: the journal has room, the backend takes a write.
    pub(crate) fn prove_writable(&mut self, claim: &Claim, intent: &Credential) -> Result<()> {
        self.locked_journal()?.make_room(intent)?;
        self.leave_old_formats()?;
        self.write_backend(claim, intent)
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
        let (opened, buffer) = (self.opened()?.clone(), self.locked_journal()?.buffer());
        Ok(JournalWriter { opened, nonces, buffer })
    }

    pub(crate) fn write_journal(&mut self, _: &Claim, credential: &Credential) -> Result<()> {
        self.leave_old_formats()?;
        self.write_once(credential)
    }

    pub(crate) fn write_backend(&mut self, _: &Claim, credential: &Credential) -> Result<()> {
        let key = self.opened()?.key.clone();
        self.backend.save(&key, credential, self.stored)?;
        self.stored = Some(credential.version);
        Ok(())
    }

    /// Journal first, then the backend.
    pub(crate) fn save(&mut self, claim: &Claim, credential: &Credential) -> Result<()> {
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
        self.backend.remove(order)
    }

    pub(crate) fn journal_id(&self) -> Result<String> {
        Ok(self.locked_journal()?.id())
    }

    pub(crate) fn key(&self) -> Result<&SealingKey> {
        Ok(&self.opened()?.key)
    }

    /// Whether nobody else uses the credential while this run does, wherever that is.
    pub(crate) fn is_alone(&self) -> bool {
        self.backend.is_alone()
    }

    pub(crate) fn renew_patience(&mut self) {
        self.backend.renew_patience();
    }

    pub(crate) fn take_warnings(&mut self) -> Vec<String> {
        let mut warnings = self.backend.take_warnings();
        warnings.extend(self.opened.iter().filter_map(|opened| opened.home.take_warning()));
        warnings
    }

    /// What the backend holds now, if it can be read.
    pub(crate) fn peek(&mut self) -> Option<Credential> {
        let there = self.backend.load().ok()??.credential;
        Some(*self.named(Box::new(there)))
    }

    fn named(&self, mut credential: Box<Credential>) -> Box<Credential> {
        self.unnamed.iter().for_each(|audience| credential.adopt(audience));
        credential
    }

    /// Whether the backend gives back what it was given; never for a store that is the journal alone.
    pub(crate) fn reads_back(&mut self, credential: &Credential) -> bool {
        self.peek().is_some_and(|there| there.is_copy_of(credential))
    }

    /// `Err` if the journal opens, or it cannot be told now whether it does.
    pub(crate) fn check_discardable(&mut self) -> Result<()> {
        let there = self.path().exists();
        match self.look() {
            Ok(_) if there => Err(refused(format!(
                "the journal {} opens: there is no reason to set it aside",
                self.path().display()
            ))
            .hint("`--yes` sets it aside all the same")),
            Ok(_) => Ok(()),
            Err(_) if self.unopenable.get() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Sets the journal aside; the store's item stays.
    pub(crate) fn discard_journal(&mut self, _: &Claim) -> Result<Option<Discarded>> {
        let journal = self.path();
        if !journal.exists() {
            return Ok(None);
        }
        let mut aside = journal.with_extension("jrn.discarded");
        let mut n = 1;
        while aside.exists() {
            n += 1;
            aside = journal.with_extension(format!("jrn.discarded{n}"));
        }
        files::set_aside(&journal, &aside)?;
        self.backend.forget_here();
        Ok(Some(Discarded { journal, aside }))
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

    /// What setting the journal aside costs depends on what else there is.
    fn discard_hint(&self, error: Error) -> Error {
        self.unopenable.set(true);
        let cost = match (self.backend.mirrors(), self.kept) {
            (true, _) => "then the store's own copy counts",
            (false, Kept::Tokens) => "the credential in it is lost then",
            (false, Kept::Secrets) => "the secrets in it are lost then",
        };
        error.hint(format!("where nothing else helps, `{}` sets it aside; {cost}", self.discarding()))
    }

    /// The command line that sets the journal aside.
    fn discarding(&self) -> String {
        let which = if self.kept == Kept::Secrets { " --secrets" } else { "" };
        format!("tokcli recover --discard-journal{which} --profile {}", self.profile)
    }

    /// A keyring that is only coming up knows no item either: what cannot be undone is named only where one is open.
    fn item_missing(&mut self) -> Error {
        let (whose, again) = match self.kept {
            Kept::Tokens => ("this account", "import"),
            Kept::Secrets => ("the stored secrets of this account", "secret set NAME"),
        };
        let error = unavailable(format!(
            "the keyring has no item for {whose}, but its sealed journal is here; the keyring may not be the right one, or not loaded yet"
        ));
        if !self.backend.is_loaded() {
            return error.hint("see that the keyring with the item is there and unlocked, then try again");
        }
        self.unopenable.set(true);
        error.hint(format!(
            "see that it is the keyring with the item; if that was reset and the item is gone for good, `{}` and then `tokcli {again} --profile {}` begin anew",
            self.discarding(), self.profile
        ))
    }

    fn key_missing(&self) -> Error {
        self.unopenable.set(true);
        let place = self.backend.key_place();
        unavailable(format!(
            "the file store's key is missing, but its sealed journal is here: there is no {place}"
        ))
        .hint(format!("bring the key back from where it was kept, as {place}"))
    }

    fn seal_broken(&self) -> Error {
        let words = format!(
            "the journal {} does not open with the key that the store holds: {}",
            self.path().display(),
            self.backend.key_place()
        );
        let error = self.discard_hint(damaged(words));
        let last = error.hint.clone().unwrap_or_default();
        error.hint(format!("put the key with which it was sealed back there; {last}"))
    }
}

/// A journal that was set aside.
pub(crate) struct Discarded {
    pub(crate) journal: PathBuf,
    pub(crate) aside: PathBuf,
}

/// The copies of one credential.
enum Copies {
    None,
    /// The journal says so, and the backend holds nothing newer; perhaps something older is left there.
    Buried {
        order: Order,
        left: bool,
    },
    Some {
        held: Unsealed,
        stored: Option<Box<Credential>>,
        key: SealingKey,
    },
}

/// Whether the copies agree as far as a look needs it: with an attempt open in the backend's, the journal may hold its
/// answer; otherwise what the journal alone knows of the same rotation can wait.
fn looked(held: Option<Credential>, stored: Option<Box<Credential>>, key: SealingKey) -> Look {
    let right = Box::new(merged(held.as_ref(), stored.as_deref(), None));
    let ahead = held.zip(stored).is_some_and(|(held, stored)| match stored.open() {
        Some(_) => held.version > stored.version,
        None => held.order() > stored.order(),
    });
    if ahead { Look::Unsettled(Some(right)) } else { Look::Settled(right, key) }
}

fn cannot_write(cause: &io::Error) -> Error {
    unavailable("cannot write the journal").because(cause)
}
