//! The vaults that stores are in: whether each can be reached, and permits and keeps what a fleet needs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::finding::Found;
use super::scope::Scope;
use crate::profile::StoreSpec;
use crate::profile::secret_source::SecretReader;
use crate::profile::stores::VaultStore;
use crate::store::vault::survey;
use crate::terminal::finding::Finding;

const CHECK: &str = "vault";

/// `closed`: also those whose vault does not serve; nothing more need be said of what is in them.
pub(super) fn check(scope: &Scope<'_>, closed: &mut BTreeSet<String>, found: &mut Found) {
    let mut stores: BTreeMap<&str, (&Arc<VaultStore>, Vec<String>)> = BTreeMap::new();
    for spec in scope.stores() {
        if let StoreSpec::Vault(store) = spec {
            stores.entry(&store.name).or_insert_with(|| (store, Vec::new()));
        }
    }
    for profile in &scope.asked {
        if let StoreSpec::Vault(store) = &profile.store
            && let Some((_, accounts)) = stores.get_mut(store.name.as_str())
        {
            accounts.push(profile.account.clone());
        }
    }
    for (name, (store, accounts)) in stores {
        let findings = of_store(scope, store, accounts);
        if findings.iter().any(|one| one.mend.is_some()) {
            closed.insert(name.to_owned());
        }
        found.extend(findings);
    }
}

fn of_store(scope: &Scope<'_>, store: &Arc<VaultStore>, mut accounts: Vec<String>) -> Vec<Finding> {
    if accounts.is_empty() {
        // Any will do, to see what the policy permits.
        accounts.push("any".to_owned());
    }
    let silent = scope.context.out.json();
    let mut found: Vec<Finding> = match survey::survey(store, &accounts, silent) {
        Err(error) => vec![Finding::of(CHECK, &error, || "its operator must see to it".into())],
        Ok(troubles) => troubles
            .into_iter()
            .map(|trouble| match trouble.mend {
                Some(mend) => Finding::new(CHECK, trouble.words, mend),
                None => Finding::note(CHECK, trouble.words),
            })
            .collect(),
    };
    found.extend(seal(store, silent));
    found
}

/// Whether the key that the fleet shares is to be had.
fn seal(store: &VaultStore, silent: bool) -> Option<Finding> {
    let source = store.seal.as_ref()?;
    let why = source.read(SecretReader { directory: &store.directory, silent }).err()?;
    let name = &store.name;
    let mend = format!("set `seal` under [stores.{name}] to where the key of the fleet is");
    Some(Finding::new(CHECK, format!("the `seal` of the store `{name}`: {why}"), mend))
}
