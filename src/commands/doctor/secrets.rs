//! Where secrets come from: those of profiles, and the keys of stores. No command is run for it but one that gives the key of
//! a store, without which nothing can be said of what lies in that.

use std::collections::BTreeMap;
use std::path::Path;

use super::finding::about;
use super::scope::Scope;
use crate::base::program::is_found;
use crate::profile::relogin::Relogin;
use crate::profile::secret_source::SecretSource;
use crate::profile::secrets::For;
use crate::profile::{KeySource, Profile, StoreSpec};
use crate::store::check_key;
use crate::terminal::finding::Finding;

/// Also by the names of the stores.
pub(super) fn of_stores(scope: &Scope<'_>) -> BTreeMap<String, Finding> {
    if scope.state.is_none() {
        return BTreeMap::new();
    }
    let silent = scope.context.out.json();
    let named = scope.store.iter().filter_map(|(name, store)| {
        // Its profiles say where their paths begin.
        scope.asked.is_empty().then(|| (name.as_str(), store, Path::new(".")))
    });
    let used =
        scope.asked.iter().map(|profile| (profile.store_name.as_str(), &profile.store, profile.directory()));
    let unfit = |(name, store, directory): (&str, &StoreSpec, &Path)| {
        let error = check_key(store, directory, silent).err()?;
        Some((name.to_owned(), Finding::of("store_key", &error, || mend_key(name, store))))
    };
    named.chain(used).filter_map(unfit).collect()
}

fn mend_key(name: &str, store: &StoreSpec) -> String {
    match store {
        StoreSpec::File(KeySource::Secret(SecretSource::Env(variable))) => {
            format!("set `{variable}` to the key wherever `tokcli` runs")
        }
        _ => format!("let `key` under [stores.{name}] name where the key is"),
    }
}

pub(super) fn of_profiles(scope: &Scope<'_>) -> Vec<Finding> {
    scope.asked.iter().flat_map(of_profile).collect()
}

fn of_profile(profile: &Profile) -> Vec<Finding> {
    let name = &profile.name;
    let wanted = if profile.relogin == Relogin::Never { For::Renewal } else { For::Login };
    let faults = profile.source_faults(wanted);
    let other = || format!("name another source under [profiles.{name}]");
    let mut found: Vec<Finding> =
        faults.iter().map(|error| about("secret_source", name, error, other)).collect();
    found.extend(notice(profile));
    found
}

/// Nobody would be told that the login died.
fn notice(profile: &Profile) -> Option<Finding> {
    let program = profile.notice.as_ref()?.command.first()?;
    if is_found(program, profile.directory()) {
        return None;
    }
    let words =
        format!("`on_login_required`: there is no program `{program}`, so nobody is told when a login dies");
    let mend = format!("install `{program}`, or let `on_login_required` name it by its whole path");
    Some(Finding::new("notice", words, mend))
}
