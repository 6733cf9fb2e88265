//! Where secrets come from: those of profiles, and the keys of stores. Of all commands it runs only one that gives the key of
//! a store, without which nothing can be said of what lies in that.

use std::collections::BTreeSet;
use std::path::Path;

use super::finding::about;
use super::scope::Scope;
use crate::base::error::Code;
use crate::base::program::unstartable;
use crate::profile::configuration::Profiles;
use crate::profile::relogin::Relogin;
use crate::profile::secret_source::SecretSource;
use crate::profile::secrets::For;
use crate::profile::{KeySource, Profile, StoreSpec};
use crate::session::loss::check_renewal;
use crate::store::{Store, check_key};
use crate::terminal::finding::Finding;

/// With the names of the stores.
pub(super) fn of_stores(scope: &Scope<'_>) -> Vec<(String, Finding)> {
    if scope.state.is_none() {
        return Vec::new();
    }
    let named =
        scope.store.iter().filter(|_| scope.asked.is_empty()).map(|(name, store)| (name, store, None));
    let used = scope.asked.iter().map(|it| (&it.store_name, &it.store, Some(it.directory())));
    let mut found = Vec::new();
    let mut told = BTreeSet::new();
    for (name, store, directory) in named.chain(used).filter(|(name, ..)| told.insert(*name)) {
        // Its profiles say where their paths begin.
        let directory = directory.unwrap_or(Path::new("."));
        found.extend(unfit(scope, name, store, directory).into_iter().map(|finding| (name.clone(), finding)));
    }
    found
}

/// What a run would take, and others can read.
pub(super) fn exposed(scope: &Scope<'_>) -> Vec<Finding> {
    let vaults = scope.stores().filter_map(|store| match store {
        StoreSpec::Vault(store) => Some(store),
        _ => None,
    });
    let words = vaults.flat_map(|store| {
        let of = |(key, source): (&str, &SecretSource)| {
            source.exposed(&store.directory, &format!("`stores.{}.{key}`", store.name))
        };
        store.secrets().filter_map(of).collect::<Vec<_>>()
    });
    words.map(|words| Finding::note("secret_source", words)).collect()
}

fn unfit(scope: &Scope<'_>, name: &str, store: &StoreSpec, directory: &Path) -> Vec<Finding> {
    // Which journals are of a store that no profile names nobody can tell.
    let nobodys =
        scope.asked.is_empty() && scope.profiles.is_some() && *store == StoreSpec::File(KeySource::StateDir);
    let keys = scope.profiles.as_ref().map(Profiles::file_keys).unwrap_or_default();
    let error = check_key(store, &keys, directory, scope.context.out.json()).err().filter(|_| !nobodys);
    let mut found: Vec<Finding> = error
        .iter()
        .map(|error| Finding::of("store_key", error, || mend_key(name, store, directory)))
        .collect();
    let commands = match store {
        StoreSpec::Command(commands) => vec![
            ("load", Some(&commands.load)),
            ("save", commands.save.as_ref()),
            ("remove", commands.remove.as_ref()),
        ],
        StoreSpec::Remote(owner) => vec![("command", Some(&owner.command))],
        StoreSpec::Keyring | StoreSpec::File(_) | StoreSpec::Vault(_) => Vec::new(),
    };
    for (key, words) in commands {
        let Some(program) = words.and_then(|words| words.first()) else { continue };
        let named_by = format!("`{key}` under [stores.{name}]");
        let lacking = unstartable(program, directory, &named_by);
        found.extend(lacking.map(|it| {
            Finding::new("store_command", format!("`stores.{name}.{key}`: {}", it.words), it.mend)
        }));
    }
    found
}

fn mend_key(name: &str, store: &StoreSpec, directory: &Path) -> String {
    match store.key() {
        Some(KeySource::Secret(SecretSource::Env(variable))) => {
            format!("set `{variable}` to the key wherever `tokcli` runs")
        }
        Some(KeySource::Secret(SecretSource::Credential(credential))) => {
            format!(
                "run it in the unit that is given `{credential}`, or set `key` under [stores.{name}] to another source"
            )
        }
        Some(KeySource::Secret(SecretSource::Command(words))) => {
            let named_by = format!("`key` under [stores.{name}]");
            match unstartable(&words[0], directory, &named_by) {
                None => format!("run by hand what {named_by} names: it says why"),
                Some(lacking) => lacking.mend,
            }
        }
        Some(KeySource::KeyFile(path)) => format!("make sure that this user can read {}", path.display()),
        _ => format!("set `key` under [stores.{name}] to where the key is"),
    }
}

pub(super) fn of_profiles(scope: &Scope<'_>) -> Vec<Finding> {
    scope
        .asked
        .iter()
        .flat_map(|profile| of_profile(profile).into_iter().chain(loses(scope, profile)))
        .collect()
}

fn of_profile(profile: &Profile) -> Vec<Finding> {
    let name = &profile.name;
    let wanted = if profile.relogin == Relogin::Never { For::Renewal } else { For::Login };
    let faults = profile.source_faults(wanted);
    let other = || format!("name another source under [profiles.{name}]");
    let by_store = profile.stored_keys().next().and_then(|_| Store::open_secrets(profile, true).err());
    let other_store = by_store.filter(|error| error.code == Code::Refused);
    let mut found: Vec<Finding> =
        other_store.iter().chain(&faults).map(|error| about("secret_source", name, error, other)).collect();
    let odd = profile.source_oddities(wanted);
    found.extend(odd.into_iter().map(|words| Finding::note("secret_source", words).about(name)));
    found.extend(notice(profile));
    found
}

/// What a renewal gives could not be kept, so that none is asked for.
fn loses(scope: &Scope<'_>, profile: &Profile) -> Option<Finding> {
    let error = check_renewal(&scope.context.invocation, profile).err()?;
    let name = &profile.name;
    Some(about("rotation", name, &error, || format!("set another `store` under [profiles.{name}]")))
}

/// Nobody would be told that the login died.
fn notice(profile: &Profile) -> Option<Finding> {
    let program = profile.notice.as_ref()?.command.first()?;
    let lacking = unstartable(program, profile.directory(), "`on_login_required`")?;
    let words = format!("`on_login_required`: {}, so nobody is told when a login dies", lacking.words);
    Some(Finding::new("notice", words, lacking.mend))
}
