//! Where a credential is kept beside its journal, and where the journal's key comes from.
//! One trait, as many forms as there are kinds of store; `store/mod.rs` chooses among them.

pub(super) mod command;
pub(super) mod file;
mod inherited;
pub(super) mod key;
pub(super) mod keyring;

use std::path::{Path, PathBuf};

use super::claim::{self, Claim};
use super::item::Item;
use super::seal::SealingKey;
use crate::base::error::Result;
use crate::credential::state::{Credential, Order, Version};

pub(super) trait Backend {
    /// The newest item that can be verified; `None` if there is none.
    fn load(&mut self) -> Result<Option<Item>>;
    /// `expected`: what is there as far as the caller knows. What somebody has put there since then, and is
    /// later, is kept, unless it is of an earlier login or rotation than `credential`. `key`: of its journal.
    fn save(&mut self, key: &SealingKey, credential: &Credential, expected: Option<Version>) -> Result<()>;
    /// Removes only what is older than `below`.
    fn remove(&mut self, below: Order) -> Result<()>;
    /// The key, for backends that do not keep it in the item.
    fn key(&mut self) -> Result<Option<SealingKey>>;
    /// A key for the first credential.
    fn make_key(&mut self) -> Result<SealingKey>;
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
    /// Under the claim, after a load: what was found is known from now on.
    fn settle(&mut self) -> Result<()> {
        Ok(())
    }
    /// Beside the journal that is set aside.
    /// Whether there was anything.
    fn forget_here(&mut self) -> bool {
        false
    }
    /// What the user should know of what was found.
    fn take_warnings(&mut self) -> Vec<String> {
        Vec::new()
    }
    /// What was sent cannot be unsent: the calls after it have a time of their own.
    fn renew_patience(&mut self) {}
}
