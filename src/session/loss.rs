//! Whether what a vendor gives can be kept: a store of commands may take nothing, or may be used by two jobs at once, and
//! then the refresh token that a rotation gives would be lost with the machine.

use super::demand::Invocation;
use crate::base::error::{Result, refused};
use crate::credential::reading::RenewsWith;
use crate::credential::retry::Class;
use crate::profile::{CommandStore, Profile, StoreSpec};

/// `Err`: a renewal would lose the refresh token, and nobody allows that. Nothing is sent.
pub(crate) fn check_renewal(invocation: &Invocation<'_>, profile: &Profile) -> Result<()> {
    let Some(store) = commands(profile).filter(|_| rotates(profile) && !invocation.allow_loss) else {
        return Ok(());
    };
    let name = &store.name;
    if store.save.is_none() {
        let words = format!(
            "the refresh token may rotate, and the rotation would be lost: the store `{name}` has no `save`"
        );
        return Err(refused(words).hint(format!(
            "`save` under [stores.{name}] names the program that stores the new record; `--allow-loss` refreshes all the same"
        )));
    }
    if !store.exclusive {
        let words = format!(
            "the refresh token may rotate, and the rotation would be lost where two jobs run at once: the store `{name}` is not `exclusive`"
        );
        return Err(refused(words).hint(format!(
            "let the CI run one such job at a time, then write `exclusive = true` under [stores.{name}]; `--allow-loss` refreshes all the same"
        )));
    }
    Ok(())
}

/// The same for what a credential begins with.
pub(crate) fn check_first(invocation: &Invocation<'_>, profile: &Profile) -> Result<()> {
    match commands(profile).filter(|store| store.save.is_none()) {
        Some(store) => Err(refused(format!(
            "the store `{name}` stores nothing: it has no `save` under [stores.{name}]",
            name = store.name
        ))),
        None => check_renewal(invocation, profile),
    }
}

fn commands(profile: &Profile) -> Option<&CommandStore> {
    match &profile.store {
        StoreSpec::Command(store) => Some(store),
        StoreSpec::Keyring | StoreSpec::File(_) | StoreSpec::Vault(_) | StoreSpec::Remote(_) => None,
    }
}

fn rotates(profile: &Profile) -> bool {
    profile.policy.class != Class::None && profile.renews_with() != RenewsWith::Client
}
