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
        let finding = unused(scope, &other);
        // Perhaps the profile that lacks it was named already.
        let known = other.name.as_ref().is_some_and(|name| found.mends_by(&account(name)));
        if !known {
            found.add(finding);
        }
    }
    found.extend(two_directories(scope));
}

fn account(name: &str) -> String {
    format!("`account = \"{name}\"`")
}

fn unused(scope: &Scope<'_>, other: &Unnamed) -> Finding {
    let store = other.store;
    let (words, mend) = match &other.name {
        Some(name) if name.starts_with(SECRETS) => {
            let of = &name[SECRETS.len()..];
            (
                format!("no profile names the stored secrets of the account `{of}` in the store `{store}`"),
                format!(
                    "a profile with {} has them, and with it `tokcli logout --all-secrets` forgets them",
                    account(of)
                ),
            )
        }
        Some(name) => (
            format!("no profile names the credential `{name}` in the store `{store}`"),
            format!("a profile with {} has it, and with it `tokcli logout` forgets it", account(name)),
        ),
        None => {
            let path = scope.state.as_ref().map(|state| state.path().join("journal")).unwrap_or_default();
            let path = path.join(format!("{}.jrn", other.id));
            (
                format!(
                    "no profile names the credential of {} whose journal is {}",
                    other.of_store(),
                    path.display()
                ),
                format!("a profile with its `account` has it; `rm {}` gives it up", path.display()),
            )
        }
    };
    Finding::new("unnamed", words, mend)
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
            "the keyring's credential `{}` has a journal in {used} and one in {usual}: runs with the one see no lock of the other",
            profile.account
        );
        let mend = format!(
            "let all runs have one of them: `TOKCLI_STATE_DIR={used}` everywhere, or nowhere; of the other the journal goes"
        );
        Finding::new("state_directories", words, mend).about(&profile.name)
    });
    told.collect()
}
