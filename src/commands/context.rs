//! What a command has at hand, and what several of them do alike.

use std::collections::BTreeSet;

use serde_json::json;

use crate::base::environment;
use crate::base::error::{Code, Error, Result, config as config_error};
use crate::base::poll::Poll;
use crate::base::suggest::check_name;
use crate::base::waiting::{Waiting, What};
use crate::credential::issued::Issued;
use crate::profile::configuration::Profiles;
use crate::profile::{Profile, StoreSpec};
use crate::session::demand::Invocation;
use crate::store::unnamed::{self, Kept};
use crate::store::{Claim, JournalVersion, Store};
use crate::terminal::arguments::Global;
use crate::terminal::output::Output;
use crate::warm::cache::{self, Question};

pub(super) struct Context<'a> {
    pub(super) global: &'a Global,
    pub(super) out: &'a Output,
    pub(super) invocation: Invocation<'a>,
}

/// An error and the profile it is about, if it is about one.
pub(super) type Failure = (Option<String>, Error);

/// The credentials on this machine that no profile uses.
pub(super) fn without_profile(profiles: &Profiles) -> Vec<Kept> {
    let used: BTreeSet<(bool, String)> = profiles.names().map(|name| profiles.credential(name)).collect();
    let is_used = |kept: &Kept| used.contains(&(kept.in_keyring, kept.account.to_lowercase()));
    unnamed::credentials().into_iter().filter(|kept| !is_used(kept)).collect()
}

/// Whoever renames a profile leaves its credential behind.
pub(super) fn perhaps_renamed(error: Error, profiles: &Profiles, profile: &Profile) -> Error {
    let (Code::NoCredential, Some(hint)) = (error.code, error.hint.clone()) else { return error };
    let in_keyring = profile.store == StoreSpec::Keyring;
    let mut left = without_profile(profiles).into_iter().filter(|kept| kept.in_keyring == in_keyring);
    match (left.next(), left.next()) {
        (Some(Kept { account, .. }), None) => error.hint(format!(
            "`account = \"{account}\"` under [profiles.{}] uses the credential `{account}`, which no profile has now; else {hint}",
            profile.name
        )),
        _ => error,
    }
}

impl Context<'_> {
    pub(super) fn with_profile(
        &self,
        command: impl FnOnce(&Profiles, &Profile) -> Result<()>,
    ) -> std::result::Result<u8, Failure> {
        let profiles = self.profiles().map_err(|error| (None, error))?;
        let asked = self.global.asked_profile().map_err(|error| (None, error))?;
        let named = asked.clone().filter(|name| check_name(name).is_ok());
        let name = profiles.choose(asked).map_err(|error| (named, error))?;
        let done = profiles.get(&name).and_then(|profile| {
            command(&profiles, &profile).map_err(|error| perhaps_renamed(error, &profiles, &profile))
        });
        done.map(|()| 0).map_err(|error| (Some(name), error))
    }

    pub(super) fn profiles(&self) -> Result<Profiles> {
        let path = self.global.config_path()?;
        // What is there and cannot be reached has its own words.
        if matches!(path.try_exists(), Ok(false)) {
            let hint = "make it, with a [profiles.NAME] for each account; profiles.example.toml, beside the README, shows every key";
            return Err(config_error(format!("there is no {}", path.display())).hint(hint));
        }
        Profiles::open(&path)
    }

    /// `None`: nobody named a file, and there is none where it would be.
    pub(super) fn profiles_if_any(&self) -> Result<Option<Profiles>> {
        let named = self.global.config.is_some() || environment::os("TOKCLI_CONFIG").is_some();
        if !named && !self.global.config_path()?.exists() {
            return Ok(None);
        }
        self.profiles().map(Some)
    }

    /// For commands that only change what is kept: waits for whoever refreshes.
    pub(super) fn claim(&self, store: &Store, profile: &Profile) -> Result<Claim> {
        let mut poll = Poll::until(self.invocation.deadline);
        let _waiting = Waiting::begin(What::Lock, Some(self.invocation.deadline));
        loop {
            if let Some(claim) = store.claim()? {
                return Ok(claim);
            }
            if !poll.wait() {
                return Err(Error::new(
                    Code::Busy,
                    format!("another run of tokcli is busy with the credential `{}`", profile.account),
                ));
            }
        }
    }

    /// Prints what was asked for, and keeps a copy for the next `token`.
    pub(super) fn give(
        &self,
        all: &Profiles,
        profile: &Profile,
        issued: Issued,
        journal: Option<JournalVersion>,
    ) -> Result<()> {
        self.out.issued(&profile.name, &issued)?;
        if let (Some(journal), Some(question)) = (journal, Question::of(self.global)) {
            cache::keep(&question, all, profile, issued.access, journal);
        }
        Ok(())
    }

    /// For commands whose result is that they did something.
    pub(super) fn print_outcome(&self, profile: &Profile, outcome: &str, words: &str) -> Result<()> {
        self.out.say(words);
        if self.out.json() {
            self.out.object(&json!({ "version": 1, "profile": profile.name, "outcome": outcome }))
        } else {
            Ok(())
        }
    }
}
