//! Profiles that are in each other's way where they are kept.

use std::collections::BTreeMap;
use std::path::Path;

use super::file::WrittenProfile;
use super::stores::{WrittenStore, named};
use super::{ACCOUNT, KeySource, Profile, StoreSpec};

/// Which other profile is in the way of one, and how.
pub(super) enum Clash {
    OtherKey(String),
    OtherAccount(String),
    SameCommands(String),
}

fn note_clash(found: &mut BTreeMap<String, Clash>, first: &str, name: &str, clash: fn(String) -> Clash) {
    found.insert(name.to_owned(), clash(first.to_owned()));
    found.entry(first.to_owned()).or_insert_with(|| clash(name.to_owned()));
}

impl Clash {
    pub(super) fn words(&self, profile: &Profile) -> String {
        match self {
            Clash::OtherKey(other) => format!(
                "profile `{other}` keeps the same account `{}` in a file store with another key, but there is one journal for both; give one of them its own `account`, or give both the same store",
                profile.account
            ),
            Clash::SameCommands(other) => format!(
                "the store `{}` and that of profile `{other}` have the same `load`, so there is one record for both; give both profiles the same store, and use `{ACCOUNT}` in `load` and `save` if they have different accounts",
                profile.store_name
            ),
            Clash::OtherAccount(other) => format!(
                "profile `{other}` keeps another account in the store `{}`, whose commands are the same for both; use `{ACCOUNT}`, which stands for the account, in `load` and `save`",
                profile.store_name
            ),
        }
    }
}

/// Profiles that cannot both be where they are kept, each with such another. One journal serves all file stores, so that
/// a state directory can be carried to another machine: of an account it has one key. And a store of commands that do not
/// name the account has one record.
pub(super) fn all(
    profiles: &BTreeMap<String, WrittenProfile>,
    stores: &BTreeMap<String, WrittenStore>,
    directory: &Path,
) -> BTreeMap<String, Clash> {
    let mut keys: BTreeMap<String, (&str, KeySource)> = BTreeMap::new();
    let mut commands: BTreeMap<Vec<String>, (&str, String, String)> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for (name, entry) in profiles {
        let store = named(entry.store_name(), stores, directory);
        let account = entry.account.as_deref().unwrap_or(name).to_lowercase();
        match store {
            Some(Ok(StoreSpec::File(key))) => {
                let (first, known) = keys.entry(account).or_insert((name, key.clone()));
                if *known != key {
                    note_clash(&mut found, first, name, Clash::OtherKey);
                }
            }
            Some(Ok(StoreSpec::Command(store))) => {
                let place = store.load_for(&account);
                let (first, known, other) =
                    commands.entry(place).or_insert((name, store.name.clone(), account.clone()));
                if *known != store.name {
                    note_clash(&mut found, first, name, Clash::SameCommands);
                } else if *other != account {
                    note_clash(&mut found, first, name, Clash::OtherAccount);
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::testing::profiles::profiles;

    #[test]
    fn file_stores_of_one_account_have_one_key() {
        let profile = |name: &str, more: &str| {
            format!(
                "[profiles.{name}]\ndialect = 'oauth2'\ntoken_url = 'https://a.example/t'\nclient_id = 'c'\n{more}\n"
            )
        };
        let stores = "[stores.own]\nkind = 'file'\nkey.env = 'K'\n[stores.same]\nkind = 'file'\nkey.env = 'K'\n[stores.bare]\nkind = 'file'\n";
        for (first, second, told) in [
            ("store = 'file'", "store = 'own'\naccount = 'A'", true),
            ("store = 'own'\naccount = 'x'", "store = 'bare'\naccount = 'X'", true),
            ("store = 'file'", "store = 'bare'\naccount = 'a'", false),
            ("store = 'own'", "store = 'same'\naccount = 'a'", false),
            ("store = 'file'", "store = 'own'", false),
            ("", "store = 'own'\naccount = 'a'", false),
        ] {
            let text = profile("a", first) + &profile("b", second) + &profile("c", "store = 'own'") + stores;
            let all = profiles(&text).unwrap_or_else(|why| panic!("{why}"));
            for (name, other) in [("a", "b"), ("b", "a")] {
                let why = all.get(name).map(|_| ()).err().map(|error| error.message());
                assert_eq!(why.is_some(), told, "{first} {second}: {why:?}");
                let words = format!("`profiles.{name}.store`: profile `{other}` keeps the same account");
                assert!(why.is_none_or(|why| why.contains(&words)), "{words}");
            }
            assert!(all.get("c").is_ok());
        }
    }
}
