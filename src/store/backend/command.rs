//! A sealed record that programs of the user bring and take away, such as the secret of a CI or an item of a password manager.
//!
//! The rules that matter: what a program gives may be stale, as the secrets of a CI are for as long as a job runs; so what was
//! saved last is remembered here, and the newer of the two is right. A save is believed if its program ends with status 0.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::Backend;
use super::key::KeyPlace;
use crate::base::error::{Error, Result, damaged, internal, unavailable};
use crate::base::waiting::What;
use crate::credential::state::{Credential, Order, Version};
use crate::profile::secret_command::{Call, run};
use crate::profile::secret_source::SecretReader;
use crate::profile::{ACCOUNT, CommandStore, Profile};
use crate::store::files;
use crate::store::item::Item;
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
    /// What `load` gave to this run.
    loaded: Option<Option<Credential>>,
    warnings: Vec<String>,
}

/// In bytes, of a record: as many answers as a journal holds, and all about them.
const LARGEST: usize = 2 << 20;
/// A password manager may ask for a finger, a service may be slow.
const LOADING: Duration = Duration::from_secs(30);
/// The record is in the journal by then, and nobody else may have it.
const SAVING: Duration = Duration::from_secs(60);

pub(in crate::store) fn place_of_key(
    store: &CommandStore,
    directory: &Path,
    state: &StateDir,
    silent: bool,
) -> KeyPlace {
    KeyPlace::new(&store.key, "store", directory, state, silent)
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
            loaded: None,
            warnings: Vec::new(),
        }
    }

    fn known_key(&mut self) -> Result<SealingKey> {
        if self.known_key.is_none() {
            self.known_key = self.key.read()?;
        }
        self.known_key.clone().ok_or_else(|| {
            let place = self.key.words();
            let words = format!("the key of the store `{}` is missing: there is no {place}", self.store.name);
            unavailable(words)
                .hint("`openssl rand -base64 32` makes one, for every machine that uses the store")
        })
    }

    /// What `load` gives now.
    fn ask(&mut self, key: &SealingKey) -> Result<Option<Credential>> {
        if let Some(loaded) = &self.loaded {
            return Ok(loaded.clone());
        }
        let call = Call { largest: LARGEST, patience: LOADING, ..Call::default() };
        let given = self.run("load", &self.store.load, call)?;
        let text = str::from_utf8(&given).unwrap_or("?").trim();
        let found = match text.is_empty() {
            true => None,
            false => Some(self.opened(key, text).map_err(|flaw| self.flawed(flaw))??),
        };
        self.loaded = Some(found.clone());
        Ok(found)
    }

    fn opened(&self, key: &SealingKey, line: &str) -> std::result::Result<Result<Credential>, Flaw> {
        let Opened { account, credential } = sealed::open(key, line)?;
        Ok(if account == self.account {
            Ok(credential)
        } else {
            let words = format!(
                "`load` of the store `{}` gives the record of the account `{account}`, not of `{}`",
                self.store.name, self.account
            );
            Err(damaged(words).hint(format!(
                "let `load` and `save` name `{ACCOUNT}`, which stands for the account, or give this profile `account = \"{account}\"` if it is the same login"
            )))
        })
    }

    fn flawed(&self, flaw: Flaw) -> Error {
        let words = format!("what `load` of the store `{}` gives {}", self.store.name, flaw.words());
        match flaw {
            Flaw::Foreign => damaged(words).hint(format!(
                "where nothing is stored yet, `{}` must end with status 0 and print nothing",
                self.store.load[0]
            )),
            Flaw::Newer => damaged(words).hint("update tokcli"),
            Flaw::Key => damaged(words).hint(format!("the key comes from {}", self.key.words())),
        }
    }

    /// What this machine saved last.
    fn remembered(&self, key: &SealingKey) -> Option<Credential> {
        let file = files::open(&self.saved, false).ok()??;
        let line = std::io::read_to_string(file).ok()?;
        // One that does not open was saved with another key: it says nothing of what is there now.
        self.opened(key, &line).ok()?.ok()
    }

    fn put(&mut self, words: &[String], key: &SealingKey, credential: &Credential) -> Result<()> {
        let line = sealed::seal(key, &self.account, credential)?;
        let input = zeroize::Zeroizing::new(format!("{line}\n").into_bytes());
        let call = Call { input: Some(input), patience: SAVING, what: What::Saving, ..Call::default() };
        self.run("save", words, call)?;
        self.remember(&line);
        Ok(())
    }

    /// If it cannot be, the next run saves once more what is saved already.
    fn remember(&mut self, line: &str) {
        let _ = files::put(&self.saved, line.as_bytes());
        self.loaded = None;
    }

    fn run(&self, key: &str, words: &[String], call: Call<'_>) -> Result<zeroize::Zeroizing<Vec<u8>>> {
        let words: Vec<String> = words.iter().map(|word| word.replace(ACCOUNT, &self.account)).collect();
        let reader = SecretReader { directory: &self.directory, silent: self.silent };
        run(&words, reader, Call { hidden: &self.hidden, ..call }).map_err(|why| {
            let error = unavailable(format!(
                "`{key}` of the store `{}`: command `{}` {why}",
                self.store.name, words[0]
            ));
            match key {
                "load" => {
                    error.hint("where nothing is stored yet, it must end with status 0 and print nothing")
                }
                _ => error,
            }
        })
    }
}

impl Backend for InCommand {
    fn load(&mut self) -> Result<Option<Item>> {
        let key = self.known_key()?;
        let copies = [self.ask(&key)?, self.remembered(&key)];
        let newest = copies.into_iter().flatten().max_by_key(|copy| copy.version);
        Ok(newest.map(|credential| Item::whole(key, credential)))
    }

    fn save(&mut self, key: &SealingKey, credential: &Credential, _: Option<Version>) -> Result<()> {
        // Without it what is new is for this machine alone; `session::loss` has allowed that.
        let Some(words) = self.store.save.clone() else { return Ok(()) };
        let saved = self.put(&words, key, credential);
        // Places for secrets are small, and an answer that nobody could read may be large.
        if saved.is_err() && credential.answers().next().is_some() {
            self.put(&words, key, &credential.without_answers())?;
            self.warnings.push(format!(
                "`save` of the store `{}` did not take the answer that could not be read: it is in the journal of this machine alone",
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
                self.run("remove", &words, Call { patience: SAVING, what: What::Saving, ..Call::default() })?;
                // What `load` gives may be stale.
                self.remember(&sealed::seal(&key, &self.account, &tombstone)?);
                Ok(())
            }
            (None, Some(words)) => self.put(&words, &key, &tombstone),
            (None, None) => {
                self.remember(&sealed::seal(&key, &self.account, &tombstone)?);
                self.warnings.push(format!(
                    "the record that `load` of the store `{}` gives is forgotten here alone: the store has no `remove`",
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

    fn is_alone(&self) -> bool {
        self.store.exclusive
    }

    fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// The vendor has answered since: what is there may be newer.
    fn renew_patience(&mut self) {
        self.loaded = None;
    }
}
