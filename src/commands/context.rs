//! What a command has at hand, and what several of them do alike.

use serde_json::json;

use super::audit::{self, Event};
use crate::base::clock::Moment;
use crate::base::environment;
use crate::base::error::{Code, Error, Result, config as config_error};
use crate::base::process;
use crate::base::suggest::check_name;
use crate::credential::access::Access;
use crate::credential::issued::Issued;
use crate::credential::state::Credential;
use crate::profile::configuration::Profiles;
use crate::profile::{Place, Profile};
use crate::session::apart::{self, Given};
use crate::session::demand::{Demand, Invocation};
use crate::session::{claim, owner};
use crate::store::keyring;
use crate::store::unnamed::{Unnamed, unnamed};
use crate::store::{Claim, JournalVersion, Look, SECRETS, Store};
use crate::surface::Handed;
use crate::terminal::arguments::Global;
use crate::terminal::output::Output;
use crate::warm::cache::{self, Question};

pub(super) struct Context<'a> {
    pub(super) global: &'a Global,
    pub(super) out: &'a Output,
    pub(super) invocation: Invocation<'a>,
}

/// When a command looks at the credential of its profile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Looks {
    /// First of all: if that is in the keyring, the search for it begins before the profile is read. That the profile has a
    /// mistake is not known by then.
    AtOnce,
    /// After something else, or never.
    Later,
}

/// An error and the profile it is about, if it is about one.
pub(super) type Failure = (Option<String>, Error);

/// Whoever renames a profile leaves its credential behind. It is named if it is the only one that this profile could mean.
pub(super) fn perhaps_renamed(error: Error, profiles: &Profiles, profile: &Profile) -> Error {
    let (Code::NoCredential, Some(hint)) = (error.code, error.hint.clone()) else { return error };
    let store = match profile.store.place() {
        Place::Keyring => "keyring",
        Place::Files => "file",
        // Nobody can see what is there under another name.
        Place::Named(_) => return error,
    };
    let is_its = |left: &Unnamed| {
        left.store == store && left.record.as_ref().is_none_or(|record| record.bound == profile.binding)
    };
    let left = unnamed(profiles.accounts()).unwrap_or_default();
    let left = left.into_iter().filter(is_its).filter_map(|left| left.name);
    let mut left = left.filter(|name| !name.starts_with(SECRETS));
    match (left.next(), left.next()) {
        (Some(account), None) => error.hint(format!(
            "`account = \"{account}\"` under [profiles.{}] uses the credential `{account}`, which no profile names; otherwise {hint}",
            profile.name
        )),
        _ => error,
    }
}

/// With what the credential that is `there` is bound to, by the word of the issuer that the profile names.
pub(super) fn placed(all: &Profiles, profile: Profile, there: &Credential) -> Result<Profile> {
    Ok(as_placed(all, &profile, there)?.unwrap_or(profile))
}

/// `None`: that issuer has said nothing of it.
pub(super) fn as_placed(all: &Profiles, profile: &Profile, there: &Credential) -> Result<Option<Profile>> {
    let found = there.bound().and_then(|bound| bound.discovered.as_deref());
    let found = found.filter(|found| profile.issuer.as_ref() == Some(&found.issuer));
    found.map(|found| all.with_addresses(profile, found)).transpose()
}

impl Context<'_> {
    pub(super) fn with_profile(
        &self,
        looks: Looks,
        command: impl FnOnce(&Profiles, &Profile) -> Result<()>,
    ) -> std::result::Result<u8, Failure> {
        let profiles = self.profiles().map_err(|error| (None, error))?;
        let asked = self.global.asked_profile().map_err(|error| (None, error))?;
        self.with_one(&profiles, asked, looks, |profile| command(&profiles, profile)).map(|()| 0)
    }

    /// For `what` is done on the machine alone that has the login.
    pub(super) fn with_own(
        &self,
        what: &str,
        command: impl FnOnce(&Profiles, &Profile) -> Result<()>,
    ) -> std::result::Result<u8, Failure> {
        self.with_profile(Looks::Later, |all, profile| {
            owner::check_is_here(profile, what)?;
            command(all, profile)
        })
    }

    /// The profile that is `asked` for, or the usual one.
    pub(super) fn with_one<T>(
        &self,
        profiles: &Profiles,
        asked: Option<String>,
        looks: Looks,
        command: impl FnOnce(&Profile) -> Result<T>,
    ) -> std::result::Result<T, Failure> {
        let named = asked.clone().filter(|name| check_name(name).is_ok());
        let name = profiles.choose(asked).map_err(|error| (named, error))?;
        let profile = self.profile(profiles, &name, looks);
        let done = profile
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|profile| command(profile).map_err(|error| perhaps_renamed(error, profiles, profile)));
        if let Err(error) = &done {
            // The run that this one works for tells of it.
            if !process::works_for_another() {
                audit::note_of(self.out, profiles, &name, profile.as_ref().ok(), &Event::Refused(error));
            }
        }
        done.map_err(|error| (Some(name), error))
    }

    /// The profile of this name, placed.
    pub(super) fn profile(&self, all: &Profiles, name: &str, looks: Looks) -> Result<Profile> {
        if looks == Looks::AtOnce
            && let Some(account) = all.in_keyring(name)
        {
            keyring::search_early(account);
        }
        self.placed(all, all.get(name)?)
    }

    /// A profile that names its issuer alone, with the addresses that its credential is bound to. Where there is none, or
    /// it cannot be read, it points nowhere.
    pub(super) fn placed(&self, all: &Profiles, profile: Profile) -> Result<Profile> {
        if profile.issuer.is_none() {
            return Ok(profile);
        }
        let look = Store::open(&profile, self.out.json()).and_then(|mut store| store.look());
        match look {
            Ok(Look::Settled(there, _) | Look::Unsettled(Some(there))) => placed(all, profile, &there),
            Ok(Look::Nothing | Look::Unsettled(None)) | Err(_) => Ok(profile),
        }
    }

    pub(super) fn profiles(&self) -> Result<Profiles> {
        let path = self.global.config_path()?;
        // What is there and cannot be reached has its own words.
        if matches!(path.try_exists(), Ok(false)) {
            let named = self.global.config.is_some();
            let line = if named { "tokcli --config FILE config add NAME" } else { "tokcli config add NAME" };
            let hint = format!(
                "`{line}` creates it, with a [profiles.NAME]; at a terminal it asks for what is needed"
            );
            return Err(config_error(format!("there is no {}", path.display())).hint(hint));
        }
        Profiles::open(&path)
    }

    /// `None`: there is no file yet where it would be.
    pub(super) fn profiles_if_any(&self) -> Result<Option<Profiles>> {
        match self.global.config_path()?.try_exists() {
            Ok(false) => Ok(None),
            _ => self.profiles().map(Some),
        }
    }

    /// `Err`: somebody named a file, and there is none.
    pub(super) fn named_profiles_exist(&self) -> Result<()> {
        let named = self.global.config.is_some() || environment::os("TOKCLI_CONFIG").is_some();
        if named && matches!(self.global.config_path()?.try_exists(), Ok(false)) {
            return self.profiles().map(drop);
        }
        Ok(())
    }

    /// For commands that only change what is kept: waits for whoever refreshes.
    pub(super) fn claim(&self, store: &Store, profile: &Profile) -> Result<Claim> {
        claim::of_credential(&self.invocation, profile, store)
    }

    /// The credential, once no other machine is about to renew it.
    pub(super) fn at_rest(&self, store: &mut Store, profile: &Profile, claim: &Claim) -> Result<Credential> {
        claim::when_at_rest(&self.invocation, profile, store, claim)
    }

    /// Prints what was asked for, and keeps a copy for the next `token`.
    pub(super) fn give(
        &self,
        all: &Profiles,
        profile: &Profile,
        scope: Option<&str>,
        issued: Issued,
        journal: Option<JournalVersion>,
    ) -> Result<()> {
        self.issue(all, profile, &issued)?;
        self.keep(all, profile, Question::of(self.global, scope), issued, journal);
        Ok(())
    }

    /// A token for a program that gets it in a form of its own. `asked`: what its copy is kept under.
    pub(super) fn obtain(
        &self,
        all: &Profiles,
        profile: &Profile,
        demand: &Demand,
        asked: Option<Question>,
    ) -> Result<Access> {
        let words = self.global.words_for(&profile.name);
        let (issued, journal) = match apart::obtain(&self.invocation, all, profile, demand, &words)? {
            // What gives it to this run has noted it, for whoever asked this one.
            Given::Apart(obtained) => obtained,
            Given::Here(obtained) => {
                self.note(all, profile, &obtained.0);
                obtained
            }
        };
        let access = issued.access.clone();
        self.keep(all, profile, asked, issued, journal);
        Ok(access)
    }

    /// The same as most programs get it.
    pub(super) fn hand(
        &self,
        all: &Profiles,
        profile: &Profile,
        demand: &Demand,
        asked: Option<Question>,
    ) -> Result<Handed> {
        Handed::of(&self.obtain(all, profile, demand, asked)?, &Moment::now())
    }

    /// For the small program, which asks the same again. With a log nothing is left for it, since it would give it out unseen.
    fn keep(
        &self,
        all: &Profiles,
        profile: &Profile,
        asked: Option<Question>,
        issued: Issued,
        journal: Option<JournalVersion>,
    ) {
        let journal = journal.filter(|_| !all.is_logged());
        if let (Some(journal), Some(question)) = (journal, asked) {
            cache::keep(&question, all, profile, issued.access, journal);
        }
    }

    /// For commands that change profiles.toml: what came of it, what is still to be given, and what was worth a warning.
    pub(super) fn print_change(&self, profile: &str, outcome: &str, secrets_to_set: &[&str]) -> Result<()> {
        if !self.out.json() {
            return Ok(());
        }
        let mut object = json!({ "version": 1, "profile": profile, "outcome": outcome });
        if !secrets_to_set.is_empty() {
            object["secrets_to_set"] = json!(secrets_to_set);
        }
        let warnings = self.out.take_warnings();
        if !warnings.is_empty() {
            object["warnings"] = json!(warnings);
        }
        self.out.object(&object)
    }

    /// Prints what was asked for.
    pub(super) fn issue(&self, all: &Profiles, profile: &Profile, issued: &Issued) -> Result<()> {
        self.note(all, profile, issued);
        self.out.bytes(&self.out.issued(&profile.name, issued)?)
    }

    pub(super) fn note(&self, all: &Profiles, profile: &Profile, issued: &Issued) {
        if issued.refreshed {
            audit::note(self.out, all, profile, &Event::gained(issued));
        }
        audit::note(self.out, all, profile, &Event::Issued);
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
