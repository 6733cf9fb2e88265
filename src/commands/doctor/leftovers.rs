//! What is kept and used by nobody, and what is kept twice.

use super::finding::Found;
use super::scope::Scope;
use crate::base::environment;
use crate::profile::StoreSpec;
use crate::store::SECRETS;
use crate::store::state_dir::StateDir;
use crate::store::unnamed::{Unnamed, unnamed};
use crate::terminal::finding::Finding;

pub(super) fn check(scope: &Scope<'_>, found: &mut Found) {
    let Some(profiles) = &scope.profiles else { return };
    for other in unnamed(profiles.accounts()).unwrap_or_default() {
        // Perhaps the profile that lacks it was named already.
        let known =
            other.name.as_ref().is_some_and(|name| found.mends_by(&format!("`account = \"{name}\"`")));
        found.extend(unused(&other).filter(|_| !known));
    }
    found.extend(two_directories(scope));
}

/// A profile of another configuration may name it, so that it is only good to know, and nobody is told how to lose it. What
/// does not open here may be of another store: nothing is said of that.
fn unused(other: &Unnamed) -> Option<Finding> {
    let (name, store) = (other.name.as_ref()?, other.store);
    let (what, of) = match name.strip_prefix(SECRETS) {
        Some(of) => (format!("the stored secrets of the account `{of}`"), of),
        None => (format!("the credential `{name}`"), name.as_str()),
    };
    let words = format!(
        "no profile of this configuration names {what} in the store `{store}`; one with `account = \"{of}\"` would have it"
    );
    Some(Finding::note("unnamed", words))
}

/// Both would refresh what lies in one keyring, and neither sees the other's locks.
fn two_directories(scope: &Scope<'_>) -> Vec<Finding> {
    let (Some(used), Some(usual)) = (&scope.state, StateDir::usual()) else { return Vec::new() };
    if environment::os("TOKCLI_STATE_DIR").is_none() || used.path() == usual.path() {
        return Vec::new();
    }
    let of_keyring = scope.asked.iter().filter(|profile| profile.store == StoreSpec::Keyring);
    let twice = of_keyring.filter(|profile| {
        used.knows_in_keyring(&profile.account) && usual.knows_in_keyring(&profile.account)
    });
    let (used, usual) = (used.path().display(), usual.path().display());
    let told = twice.map(|profile| {
        let words = format!(
            "the keyring's credential `{}` has a journal in {used} and one in {usual}: runs with one do not see the locks of runs with the other",
            profile.account
        );
        let mend = format!(
            "let all runs use the same directory: set `TOKCLI_STATE_DIR={used}` for every run, or for none; then remove the journal from the directory that is no longer used"
        );
        Finding::new("state_directories", words, mend).about(&profile.name)
    });
    told.collect()
}
