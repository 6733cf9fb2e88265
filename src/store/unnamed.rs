//! Credentials that no profile names: of a profile that was renamed, removed, or given another store. What is found
//! out is found without a prompt and without a command of the user: a look at the state directory, the file store's
//! own key, and a keyring that is open.

use std::collections::BTreeSet;
use std::io::Read as _;

use super::files;
use super::item::Item;
use super::journal::{Glance, Journal, Unsealed};
use super::keyring::Keyring;
use super::kinds::{FILE, KEYRING, KINDS, OF_COMMANDS, SECRETS, id_in, id_of, name_of_secrets};
use super::seal::SealingKey;
use super::state_dir::StateDir;
use crate::base::error::Result;
use crate::base::order::Arrange as _;
use crate::base::suggest::check_name;
use crate::credential::record::Record;
use crate::credential::state::{Content, Credential};
use crate::profile::StoreSpec;

/// One of them.
pub(crate) struct Unnamed {
    /// Its journal is called so, if there is one.
    pub(crate) id: String,
    /// The kind of store that it is in: `keyring`, `file` or `command`.
    pub(crate) store: &'static str,
    /// The account, if it can be told: of a profile with that `account`, it would be the credential.
    pub(crate) name: Option<String>,
    /// What is known of it, if it opens.
    pub(crate) record: Option<Record>,
}

impl Unnamed {
    /// The store, in words.
    pub(crate) fn of_store(&self) -> String {
        match self.store {
            // Which of them, and whose it is, cannot be told: their keys may be a program's to give.
            OF_COMMANDS => "a store of kind `command`".to_owned(),
            kind => format!("the store `{kind}`"),
        }
    }
}

/// All but those of `accounts`: what the profiles name, and in which store (`None`: nobody can tell). The keyring
/// is asked if a profile uses it, or if a journal can be told by it alone; one that is locked or silent says nothing.
pub(crate) fn unnamed<'a>(
    accounts: impl Iterator<Item = (Option<StoreSpec>, &'a str)>,
) -> Result<Vec<Unnamed>> {
    let state = StateDir::locate()?;
    state.check()?;
    let (mut named, mut asks_keyring, mut knows_stores) = (BTreeSet::new(), false, true);
    for (store, account) in accounts {
        asks_keyring |= matches!(store, None | Some(StoreSpec::Keyring));
        knows_stores &= store.is_some();
        match &store {
            Some(store) => named.extend([account, &name_of_secrets(account)].map(|name| id_in(store, name))),
            None => named.extend([KEYRING, FILE].iter().flat_map(|kind| ids(kind, account))),
        }
    }
    let mut found = in_journals(&state, &named);
    found.retain(|one| knows_stores || one.store != OF_COMMANDS);
    if asks_keyring || found.iter().any(|one| one.store == "keyring") {
        in_keyring(&state, &named, &mut found);
    }
    // What is kept beside a credential is not another one.
    let secrets: Vec<String> = found.iter().filter_map(beside).collect();
    found.retain(|one| !secrets.contains(&one.id));
    found.arrange_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
    Ok(found)
}

/// Of all that is kept of an account: its credential, and the secrets that its profiles store.
fn ids(kind: &str, account: &str) -> [String; 2] {
    [id_of(kind, account), id_of(kind, &name_of_secrets(account))]
}

fn beside(one: &Unnamed) -> Option<String> {
    let (kind, _) = KINDS.iter().find(|(_, store)| *store == one.store)?;
    let [_, secrets] = ids(kind, one.name.as_ref()?);
    Some(secrets)
}

fn in_journals(state: &StateDir, named: &BTreeSet<String>) -> Vec<Unnamed> {
    let mut found = Vec::new();
    let key = file_key(state);
    for path in state.journals() {
        let id = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let kind =
            KINDS.iter().find(|(kind, _)| id.strip_prefix(kind).is_some_and(|rest| rest.starts_with('-')));
        let Some((_, store)) = kind.filter(|_| !named.contains(&id)) else { continue };
        // One that cannot be read is in nobody's way, but it is there.
        let journal = Journal::open(&path, &id, false).ok().flatten();
        if journal.as_ref().is_some_and(|journal| !matches!(journal.glance(), Glance::Sealed(_))) {
            continue;
        }
        let key = key.as_ref().filter(|_| *store == "file");
        let there = journal.zip(key).and_then(|(journal, key)| opened(&journal, key));
        if there.as_ref().is_some_and(is_bare) {
            continue;
        }
        let record = there.and_then(|there| there.record().cloned());
        let name =
            record.as_ref().and_then(|record| record.name.clone()).filter(|name| id_of(FILE, name) == id);
        found.push(Unnamed { id, store, name, record });
    }
    found
}

/// Nothing ever came of it: nobody misses it.
fn is_bare(there: &Credential) -> bool {
    there.content() == Content::Bare
}

fn opened(journal: &Journal, key: &SealingKey) -> Option<Credential> {
    match journal.unseal(key) {
        Unsealed::Held(credential) => Some(*credential),
        Unsealed::Nothing | Unsealed::Buried | Unsealed::Unreadable(_) => None,
    }
}

/// That of the predefined store, which is made by itself.
fn file_key(state: &StateDir) -> Option<SealingKey> {
    let file = files::open(&state.file_key(), false).ok()??;
    SealingKey::from_base64(&std::io::read_to_string(file.take(256)).ok()?)
}

/// Items tell their account even where their secret is locked.
fn in_keyring(state: &StateDir, named: &BTreeSet<String>, found: &mut Vec<Unnamed>) {
    let accounts = Keyring::open("", state).accounts().unwrap_or_default();
    let of_ours = |account: &String| check_name(account.strip_prefix(SECRETS).unwrap_or(account)).is_ok();
    for account in accounts.into_iter().filter(of_ours) {
        let id = id_of(KEYRING, &account);
        if named.contains(&id) {
            continue;
        }
        let secrets = Keyring::open(&account, state).look().unwrap_or_default();
        let items: Vec<_> = secrets.iter().filter_map(|secret| Item::decode(secret, "").ok()).collect();
        // Something else that another program keeps under our name.
        if items.is_empty() && !secrets.is_empty() {
            continue;
        }
        let newest = items.into_iter().max_by_key(|item| item.credential.version);
        if newest.as_ref().is_some_and(|item| is_bare(&item.credential)) {
            found.retain(|one| one.id != id);
            continue;
        }
        let record = newest.and_then(|item| item.credential.record().cloned());
        let known = found.iter_mut().find(|one| one.id == id);
        match known {
            Some(known) => (known.name, known.record) = (Some(account), record),
            None => found.push(Unnamed { id, store: "keyring", name: Some(account), record }),
        }
    }
}
