//! The vaults that stores are in: whether each can be reached, and permits and keeps what a fleet needs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::finding::Found;
use super::scope::Scope;
use crate::profile::StoreSpec;
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
    match survey::survey(store, &accounts, scope.context.out.json()) {
        Err(error) => {
            let mend =
                || format!("see that `address` under [stores.{}] is where the vault answers", store.name);
            vec![Finding::of(CHECK, &error, mend)]
        }
        Ok(troubles) => troubles
            .into_iter()
            .map(|trouble| match trouble.mend {
                Some(mend) => Finding::new(CHECK, trouble.words, mend),
                None => Finding::note(CHECK, trouble.words),
            })
            .collect(),
    }
}
