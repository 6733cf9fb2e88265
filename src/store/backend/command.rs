//! A sealed record that programs of the user bring and take away, such as the secret of a CI or an item of a password manager.
//!
//! The rules that matter: what a program gives may be stale, as the secrets of a CI are for as long as a job runs; so what was
//! saved last is remembered here, and the newer of the two is right. A save is believed if its program ends with status 0.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::Backend;
use super::inherited::Inherited;
use super::key::KeyPlace;
use super::place::Place;
use crate::base::error::{Error, Result, damaged, internal, unavailable};
use crate::base::program::unstartable;
use crate::base::runner::Input;
use crate::base::waiting::{Waiting, What};
use crate::credential::merge::merged;
use crate::credential::state::{Credential, Order, Version};
use crate::profile::secret_command::{Call, run};
use crate::profile::secret_source::SecretReader;
use crate::profile::{ACCOUNT, CommandStore, Profile};
use crate::store::files;
use crate::store::item::Item;
use crate::store::keyring::gate;
use crate::store::seal::SealingKey;
use crate::store::sealed::{self, Flaw, Opened};
use crate::store::state_dir::StateDir;

pub(in crate::store) struct InCommand {
    store: Arc<CommandStore>,
    account: String,
    directory: PathBuf,
    /// Variables that no command of it gets: the key is among them.
    hidden: Arc<[String]>,
    silent: bool,
    key: KeyPlace,
    /// As it was read.
    known_key: Option<SealingKey>,
    /// What was saved last, by whichever run on this machine.
    saved: PathBuf,
    /// What is being saved.
    sending: PathBuf,
    /// What whoever changes what is there has locked.
    changing: PathBuf,
    place: Place,
    /// What `load` gave to this run, and when.
    loaded: Option<(Instant, Option<Credential>)>,
    /// A request was sent, and its answer is to be kept, however long that takes.
    answered: bool,
    warnings: Vec<String>,
}

/// In bytes, of a record: as many answers as a journal holds, and all about them.
const LARGEST: usize = 2 << 20;
/// A password manager may ask for a finger, a service may be slow.
const LOADING: Duration = Duration::from_secs(30);
/// A look without the claim and one under it are asked once, unless this run has waited for the claim.
const AN_INSTANT: Duration = Duration::from_secs(2);
/// The record is in the journal by then, and nobody else may have it.
const SAVING: Duration = Duration::from_secs(60);
/// No program is at work for so long.
const ABANDONED: Duration = Duration::from_secs(600);

pub(in crate::store) fn place_of_key(
    store: &CommandStore,
    directory: &Path,
    state: &StateDir,
    silent: bool,
) -> KeyPlace {
    KeyPlace::new(&store.key, "store", directory, state, silent)
}

pub(in crate::store) fn key_missing(store: &CommandStore, key: &KeyPlace) -> Error {
    let place = key.words();
    let words = format!("the key of the store `{}` is missing: there is no {place}", store.name);
    unavailable(words).hint(format!(
        "bring the key back from where it was kept, as {place}; only where nothing is stored yet, `openssl rand -base64 32` makes one, for every machine that uses the store"
    ))
}

impl InCommand {
    pub(in crate::store) fn open(
        store: &Arc<CommandStore>,
        id: &str,
        profile: &Profile,
        state: &StateDir,
        silent: bool,
    ) -> InCommand {
        InCommand {
            store: Arc::clone(store),
            account: profile.account.clone(),
            directory: profile.directory().to_owned(),
            hidden: Arc::clone(&profile.hidden),
            silent,
            key: place_of_key(store, profile.directory(), state, silent),
            known_key: None,
            saved: state.saved(id),
            sending: state.sending(id),
            changing: state.changing(id),
            place: Place::remembered_at(state.place(id)),
            loaded: None,
            answered: false,
            warnings: Vec::new(),
        }
    }

    fn known_key(&mut self) -> Result<SealingKey> {
        if self.known_key.is_none() {
            self.known_key = self.key.read()?;
        }
        self.known_key.clone().ok_or_else(|| key_missing(&self.store, &self.key))
    }

    /// What `load` gives now.
    fn ask(&mut self, key: &SealingKey) -> Result<Option<Credential>> {
        if let Some((_, loaded)) = self.loaded.as_ref().filter(|(at, _)| at.elapsed() < AN_INSTANT) {
            return Ok(loaded.clone());
        }
        let call = Call { largest: LARGEST, ..Call::new(What::Secret, LOADING) };
        let given = self.run("load", &self.store.load, call)?;
        let text = str::from_utf8(&given).unwrap_or("?").trim();
        let found = match text.is_empty() {
            true => None,
            false => Some(self.opened(key, text).map_err(|flaw| self.flawed(flaw))??),
        };
        self.loaded = Some((Instant::now(), found.clone()));
        Ok(found)
    }

    fn opened(&mut self, key: &SealingKey, line: &str) -> std::result::Result<Result<Credential>, Flaw> {
        let Opened { account, place, credential } = sealed::open(key, line)?;
        Ok(if account == self.account {
            // An earlier version drew none.
            match if place.is_empty() { Ok(true) } else { self.place.is_found(&place) } {
                Ok(true) => Ok(credential),
                Ok(false) => Err(self.strange()),
                Err(error) => Err(error),
            }
        } else {
            let words = format!(
                "`load` of the store `{}` gives the record of the account `{account}`, not of `{}`",
                self.store.name, self.account
            );
            Err(damaged(words).hint(format!(
                "use `{ACCOUNT}`, which stands for the account, in `load` and `save`, or give this profile `account = \"{account}\"` if it is the same login"
            )))
        })
    }

    /// As where two environments of a CI share a machine: neither is to get the other's token.
    fn strange(&self) -> Error {
        let words = format!(
            "`load` of the store `{}` gives a record of another place than the one that this machine knows",
            self.store.name
        );
        damaged(words).hint("give each place its own `TOKCLI_STATE_DIR`; if the record was started again elsewhere, `tokcli recover --discard-journal --yes` with the profile lets this machine start from that")
    }

    fn flawed(&self, flaw: Flaw) -> Error {
        let words = format!("the output of `load` of the store `{}` {}", self.store.name, flaw.words());
        match flaw {
            Flaw::Foreign => damaged(words).hint(format!(
                "where nothing is stored yet, `{}` must end with status 0 and print nothing",
                self.store.load[0]
            )),
            Flaw::Newer => damaged(words).hint("update tokcli"),
            Flaw::Key => damaged(words)
                .hint(format!("use the key with which it was saved; it comes from {}", self.key.words())),
        }
    }

    /// What this machine saved last.
    fn remembered(&mut self, key: &SealingKey) -> Result<Option<Credential>> {
        let Some(line) = files::text(&self.saved, 2 * LARGEST)? else { return Ok(None) };
        // One that does not open was saved with another key: it says nothing of what is there now.
        Ok(self.opened(key, &line).ok().and_then(Result::ok))
    }

    fn sealed(&mut self, key: &SealingKey, credential: &Credential) -> Result<String> {
        let place = self.place.own()?;
        sealed::seal(key, &self.account, &place, credential)
    }

    /// The line that the program has taken.
    fn give(&mut self, words: &[String], key: &SealingKey, credential: &Credential) -> Result<String> {
        let line = self.sealed(key, credential)?;
        self.change("save", words, format!("{line}\n").into_bytes()).map(|()| line)
    }

    /// By a program that reads `text`. While one is at work no other begins: the older would have the last word.
    fn change(&mut self, key: &str, words: &[String], text: Vec<u8>) -> Result<()> {
        self.outwait(words)?;
        let lock = Inherited::take(&self.changing);
        // Whole before the program begins: one that outlives this run must not take half of it, or nothing.
        let written = files::put(&self.sending, &text).and_then(|()| files::open(&self.sending, false));
        // A disk that takes nothing is the more reason to save elsewhere.
        let input = written.ok().flatten().map_or_else(|| Input::Bytes(text.into()), Input::File);
        // Until it has ended well nobody knows what is there.
        files::remove(&self.saved);
        let kept = lock.as_ref().map(Inherited::file);
        let call = Call { input: Some(input), kept, ..Call::new(What::Saving, SAVING) };
        let done = self.run(key, words, call).map(drop);
        files::remove(&self.sending);
        // One that was cut off may have left others at work.
        if done.is_ok() {
            lock.into_iter().for_each(Inherited::free);
        }
        self.loaded = None;
        done
    }

    /// A program whose run was killed, or that was cut off, goes on by itself. It is waited for.
    fn outwait(&self, words: &[String]) -> Result<()> {
        let until = Instant::now() + self.patience(SAVING);
        let mut waiting = None;
        // Whoever has it for longer is no program at work, but an agent that one of them left.
        while Inherited::age(&self.changing).is_some_and(|age| age < ABANDONED) {
            if Instant::now() >= until {
                let words = format!(
                    "the store `{}`: a program that an earlier run started to change it has not ended, and would undo what `{}` does now",
                    self.store.name, words[0]
                );
                return Err(unavailable(words).hint(format!(
                    "wait until it ends, or end it: it is the process that has {} open; {} min after its start it counts as gone",
                    self.changing.display(),
                    ABANDONED.as_secs() / 60
                )));
            }
            waiting.get_or_insert_with(|| Waiting::begin(What::Program, Some(until)));
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    fn patience(&self, usual: Duration) -> Duration {
        if self.answered { usual } else { usual.min(gate::left()) }
    }

    fn put(&mut self, words: &[String], key: &SealingKey, credential: &Credential) -> Result<()> {
        let line = self.give(words, key, credential)?;
        self.remember(&line);
        Ok(())
    }

    /// If it cannot be, the next run saves once more what is saved already.
    fn remember(&mut self, line: &str) {
        let _ = files::put(&self.saved, line.as_bytes()).and_then(|()| self.settle());
        self.loaded = None;
    }

    fn way_to_load(&self, program: &str) -> String {
        let store = &self.store.name;
        if let Some(lacking) =
            unstartable(program, &self.directory, &format!("`load` under [stores.{store}]"))
        {
            return lacking.mend;
        }
        let by_hand = format!("run the command in `load` under [stores.{store}] by hand to see why");
        match self.saved.exists() {
            true => by_hand,
            false => format!(
                "{by_hand}; where nothing is stored yet, `{program}` must end with status 0 and print nothing"
            ),
        }
    }

    fn run(&self, key: &str, written: &[String], call: Call<'_>) -> Result<zeroize::Zeroizing<Vec<u8>>> {
        let words: Vec<String> = written.iter().map(|word| word.replace(ACCOUNT, &self.account)).collect();
        let reader = SecretReader { directory: &self.directory, silent: self.silent };
        let call = Call { patience: self.patience(call.patience), hidden: &self.hidden, ..call };
        run(&words, written, reader, call).map_err(|why| {
            let error = unavailable(format!(
                "`{key}` of the store `{}`: command `{}` {why}",
                self.store.name, words[0]
            ));
            match key {
                "load" => error.hint(self.way_to_load(&words[0])),
                _ => error.hint(format!(
                    "run the command in `{key}` under [stores.{}] by hand to see why",
                    self.store.name
                )),
            }
        })
    }
}

impl Backend for InCommand {
    fn load(&mut self) -> Result<Option<Item>> {
        let key = self.known_key()?;
        let (loaded, remembered) = (self.ask(&key)?, self.remembered(&key)?);
        let either = loaded.is_some() || remembered.is_some();
        let right = merged(remembered.as_ref(), loaded.as_ref(), None);
        Ok(either.then(|| Item::whole(key, right)))
    }

    fn save(&mut self, key: &SealingKey, credential: &Credential, _: Option<Version>) -> Result<()> {
        // Without it what is new is for this machine alone; `session::loss` has allowed that.
        let Some(words) = self.store.save.clone() else { return Ok(()) };
        let saved = self.put(&words, key, credential);
        // Places for secrets are small, and an answer that nobody could read may be large.
        if saved.is_err() && credential.answers().next().is_some() {
            // It is no copy: the next run tries again.
            self.give(&words, key, &credential.without_answers())?;
            self.warnings.push(format!(
                "`save` of the store `{}` did not accept the answer that could not be read: it is only in the journal of this machine",
                self.store.name
            ));
            return Ok(());
        }
        saved
    }

    fn remove(&mut self, below: Order) -> Result<()> {
        let key = self.known_key()?;
        if self.load()?.is_none_or(|item| item.credential.order() >= below) {
            return Ok(());
        }
        let tombstone = Credential::buried(below);
        match (self.store.remove.clone(), self.store.save.clone()) {
            (Some(words), _) => {
                self.change("remove", &words, Vec::new())?;
                // What `load` gives may be stale.
                let line = self.sealed(&key, &tombstone)?;
                self.remember(&line);
                Ok(())
            }
            (None, Some(words)) => self.put(&words, &key, &tombstone),
            (None, None) => {
                let line = self.sealed(&key, &tombstone)?;
                self.remember(&line);
                self.warnings.push(format!(
                    "the record that `load` of the store `{}` gives is forgotten only here: the store has no `remove`",
                    self.store.name
                ));
                Ok(())
            }
        }
    }

    fn key(&mut self) -> Result<Option<SealingKey>> {
        self.known_key().map(Some)
    }

    fn make_key(&mut self) -> Result<SealingKey> {
        Err(internal("the key of a store of commands is never made"))
    }

    fn key_place(&self) -> String {
        self.key.words()
    }

    fn mirrors(&self) -> bool {
        true
    }

    fn takes(&self) -> bool {
        self.store.save.is_some()
    }

    fn is_alone(&self) -> bool {
        self.store.exclusive
    }

    fn settle(&mut self) -> Result<()> {
        self.place.settle()
    }

    fn forget_here(&mut self) -> bool {
        let there = self.saved.exists();
        files::remove(&self.saved);
        there
    }

    fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// The vendor has answered since: what is there may be newer.
    fn renew_patience(&mut self) {
        self.loaded = None;
        self.answered = true;
    }
}
