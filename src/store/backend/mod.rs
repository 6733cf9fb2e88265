//! Where a credential is kept beside its journal, and where the journal's key comes from.
//! One trait, as many forms as there are kinds of store; `store/mod.rs` chooses among them.

pub(super) mod command;
pub(super) mod file;
mod inherited;
pub(super) mod key;
pub(super) mod keyring;
mod place;
pub(super) mod vault;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::claim::{self, Claim};
use super::item::Item;
use super::seal::SealingKey;
use crate::base::error::Result;
use crate::credential::fleet::{Consent, FleetClaim, Phase, TTL};
use crate::credential::state::{Credential, Open, Order, Version};

/// Told of the intent when the next byte is the request's. `false`: another machine has claimed the refresh meanwhile.
pub(crate) type Announce = Arc<dyn Fn(&Credential) -> Result<bool> + Send + Sync>;

/// A machine of a fleet that has the claim, and may be gone.
pub(crate) struct Holder {
    pub(crate) machine: String,
    pub(crate) phase: Phase,
    /// Since it was written down, by the server's clock.
    pub(crate) age: Duration,
    /// It is this one, as far as its name tells.
    pub(crate) is_here: bool,
}

impl Holder {
    /// It may yet come back with an answer by itself.
    pub(crate) fn is_at_work(&self) -> bool {
        self.phase != Phase::Uncertain && self.age < TTL
    }
}

/// What stands there, and the claim of whoever sent what is open in it.
pub(crate) struct Theirs {
    pub(crate) credential: Credential,
    pub(crate) claim: FleetClaim,
}

/// Whether this machine may present the refresh token now.
pub(crate) enum Turn {
    Ours,
    /// What another one sent so long ago counts as sent by this one, and never answered.
    TakeOver {
        age: Duration,
        there: Box<Theirs>,
    },
    /// Another one is at work.
    Wait {
        holder: String,
    },
    /// Another one may have the answer.
    Blocked {
        holder: String,
        age: Duration,
    },
}

pub(super) trait Backend {
    /// The newest item that can be verified; `None` if there is none.
    fn load(&mut self) -> Result<Option<Item>>;
    /// `expected`: what is there as far as the caller knows. What somebody has put there since then, and is
    /// later, is kept, unless it is of an earlier login or rotation than `credential`. `key`: of its journal.
    fn save(&mut self, key: &SealingKey, credential: &Credential, expected: Option<Version>) -> Result<()>;
    /// Under the claim, before a load: what is needed to keep what that finds.
    fn prepare(&mut self) -> Result<()> {
        Ok(())
    }
    /// Before a request: the backend takes a write, and nobody else is about to send. `false`: somebody was faster.
    fn propose(&mut self, key: &SealingKey, intent: &Credential, expected: Option<Version>) -> Result<bool> {
        self.save(key, intent, expected).map(|()| true)
    }
    /// For whoever sends.
    fn announcer(&self) -> Option<Announce> {
        None
    }
    /// After a load. `open`: what this machine's journal has. `harmless`: a second use of the refresh token does nothing worse
    /// than being refused.
    fn turn(&mut self, _open: Option<&Open>, _harmless: bool, _consent: Consent) -> Result<Turn> {
        Ok(Turn::Ours)
    }
    /// After a load.
    fn holder(&mut self) -> Option<Holder> {
        None
    }
    /// The identity of the journal above it, and the attempts that are noted beside that, before anything is written.
    fn meet(&mut self, _journal: &str, _noted: Vec<String>) {}
    /// Whether what the journal alone says is enough for a look: the backend is far away.
    fn asks_last(&self) -> bool {
        false
    }
    /// Removes only what is older than `below`.
    fn remove(&mut self, below: Order) -> Result<()>;
    /// The key, for backends that do not keep it in the item.
    fn key(&mut self) -> Result<Option<SealingKey>>;
    /// A key for the first credential.
    fn make_key(&mut self) -> Result<SealingKey>;
    /// By which all machines that share the credential note what was refused. `None`: by the journal's.
    fn key_of_marks(&mut self) -> Result<Option<SealingKey>> {
        Ok(None)
    }
    /// `None`: somebody else holds it. A lock on this machine, where the backend has no claim of its own.
    fn claim(&self, lock: &Path) -> Result<Option<Claim>> {
        claim::try_lock(lock)
    }
    /// Where the key lies, if that is in the state directory.
    fn key_file(&self) -> Option<PathBuf> {
        None
    }
    /// Where the journal's key is, as a person knows the place.
    fn key_place(&self) -> String;
    /// Whether what was not found is not there: the backend has all that it ever has.
    fn is_loaded(&mut self) -> bool {
        true
    }
    /// Whether the credential itself is here too, beside the journal.
    fn mirrors(&self) -> bool;
    /// Whether it takes a credential at all.
    fn takes(&self) -> bool {
        true
    }
    /// Whether the journal's key is here with the credential, and nowhere else.
    fn holds_key(&self) -> bool {
        false
    }
    /// Whether nobody else uses the credential while this run does, wherever that is: what a run in another place left
    /// open is this one's to go on with.
    fn is_alone(&self) -> bool {
        false
    }
    /// Under the claim, before the journal has what was found or first saved: a journal without its place is believed by nobody.
    fn settle(&mut self) -> Result<()> {
        Ok(())
    }
    /// Whether what a load found, or did not find, is what the journal is about, which holds a record.
    fn check_found(&mut self, _found: bool) -> Result<()> {
        Ok(())
    }
    /// Nothing is left here or there that another record could be mistaken for.
    fn unsettle(&mut self) {}
    /// Before a load: a record that is gone although this machine knows of it is taken for none. A person says so.
    fn put_back(&mut self) {}
    /// What was remembered beside a journal that is set aside. Whether there was anything.
    fn forget_here(&mut self) -> bool {
        false
    }
    /// What the user should know of what was found.
    fn take_warnings(&mut self) -> Vec<String> {
        Vec::new()
    }
    /// What the last save could not put there, and the journal holds alone, in words.
    fn take_left_out(&mut self) -> Option<String> {
        None
    }
    /// What was sent cannot be unsent: the calls after it have a time of their own.
    fn renew_patience(&mut self) {}
}
