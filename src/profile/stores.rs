//! Where credentials are kept: the built-in stores, and those under `[stores]`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::file::{Program, StoreKind, WrittenKey, WrittenStore};
use super::secret_source::{SecretSource, expand};
use super::{ACCOUNT, CommandStore, KeySource, StoreSpec};

/// Known without a table of their own.
pub(super) const BUILT_IN: [&str; 2] = ["keyring", "file"];

/// One that needs no table of its own.
pub(crate) fn built_in(name: &str) -> Option<StoreSpec> {
    named(name, &BTreeMap::new(), Path::new(""))?.ok()
}

/// What is wrong with a store, and at which of its keys.
pub(crate) struct Mistaken {
    pub(crate) key: &'static str,
    pub(crate) why: String,
}

impl Mistaken {
    fn at<T>(key: &'static str, why: impl Into<String>) -> Result<T, Mistaken> {
        Err(Mistaken { key, why: why.into() })
    }
}

/// `None`: there is no such store.
pub(super) fn named(
    name: &str,
    stores: &BTreeMap<String, WrittenStore>,
    directory: &Path,
) -> Option<Result<StoreSpec, Mistaken>> {
    match (stores.get(name), name) {
        (Some(written), _) => Some(of_a_table(name, written, directory)),
        (None, "keyring") => Some(Ok(StoreSpec::Keyring)),
        (None, "file") => Some(Ok(StoreSpec::File(KeySource::StateDir))),
        (None, _) => None,
    }
}

fn of_a_table(name: &str, written: &WrittenStore, directory: &Path) -> Result<StoreSpec, Mistaken> {
    let key = |written: &WrittenKey| key_source(written, directory).or_else(|why| Mistaken::at("key", why));
    match written.kind {
        StoreKind::Command => {}
        _ => check_no_commands(written)?,
    }
    match (written.kind, &written.key) {
        (StoreKind::Keyring, None) => Ok(StoreSpec::Keyring),
        (StoreKind::Keyring, Some(_)) => Mistaken::at("key", "a keyring keeps its own keys"),
        (StoreKind::File, None) => Ok(StoreSpec::File(KeySource::StateDir)),
        (StoreKind::File, Some(written)) => key(written).map(StoreSpec::File),
        (StoreKind::Command, None) => Mistaken::at(
            "key",
            "a store of kind `command` needs a key that every machine has; write `key = { env = \"NAME\" }`, of a variable that holds what `openssl rand -base64 32` prints",
        ),
        (StoreKind::Command, Some(source)) => command_store(name, written, key(source)?, directory),
    }
}

fn check_no_commands(written: &WrittenStore) -> Result<(), Mistaken> {
    let WrittenStore { kind: _, key: _, load, save, remove, exclusive } = written;
    let of_commands = [
        ("load", load.is_some()),
        ("save", save.is_some()),
        ("remove", remove.is_some()),
        ("exclusive", *exclusive),
    ];
    match of_commands.iter().find(|(_, given)| *given) {
        Some((key, _)) => Mistaken::at(key, format!("`{key}` belongs to stores of kind `command`")),
        None => Ok(()),
    }
}

fn command_store(
    name: &str,
    written: &WrittenStore,
    key: KeySource,
    directory: &Path,
) -> Result<StoreSpec, Mistaken> {
    let words = |program: &Program| program.0.clone();
    let Some(load) = written.load.as_ref().map(words) else {
        return Mistaken::at(
            "load",
            "`load` is missing: the program that prints the record that was saved last",
        );
    };
    let (save, remove) = (written.save.as_ref().map(words), written.remove.as_ref().map(words));
    let directory = std::fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
    let (name, exclusive) = (name.to_owned(), written.exclusive);
    let store = CommandStore { name, directory, key, load, save, remove, exclusive };
    for (key, words) in [("save", &store.save), ("remove", &store.remove)] {
        let tells = words.as_ref().map(|words| words.iter().any(|word| word.contains(ACCOUNT)));
        if tells.is_some_and(|tells| tells != store.tells_accounts()) {
            let why = format!(
                "`{ACCOUNT}` stands in `load` or in `{key}` alone; it belongs in both, or in neither"
            );
            return Mistaken::at(key, why);
        }
    }
    Ok(StoreSpec::Command(Arc::new(store)))
}

fn key_source(written: &WrittenKey, directory: &Path) -> Result<KeySource, String> {
    if written.store.is_some() {
        let words = "the key that opens a store cannot lie in it; `{ keyring = true }` keeps it in the platform's keyring";
        return Err(words.into());
    }
    let secret = |source| Ok(KeySource::Secret(source));
    match (&written.env, &written.file, &written.command, &written.credential, written.keyring) {
        (Some(name), None, None, None, false) => secret(SecretSource::Env(name.clone())),
        (None, Some(path), None, None, false) => expand(path, directory).map(KeySource::KeyFile),
        (None, None, Some(words), None, false) if !words.is_empty() => secret(SecretSource::Command(words.clone())),
        (None, None, None, Some(name), false) => secret(SecretSource::Credential(name.clone())),
        (None, None, None, None, true) => Ok(KeySource::Keyring),
        _ => Err("one of `{ file = \"PATH\" }`, `{ env = \"NAME\" }`, `{ keyring = true }`, `{ command = [\"PROGRAM\"] }` and `{ credential = \"NAME\" }` of systemd".into()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::base::toml_source::from_value;

    /// `Err`: what is wrong with the key; no such store is `Err("")`.
    fn named(name: &str, text: &str) -> Result<StoreSpec, String> {
        let stores = from_value(toml::Value::Table(text.parse().expect("TOML"))).expect(text);
        let named = super::named(name, &stores, Path::new("/etc"));
        named.map_or_else(|| Err(String::new()), |named| named.map_err(|mistaken| mistaken.why))
    }

    #[test]
    fn a_store_is_built_in_or_has_a_table_of_its_own() {
        let file = StoreSpec::File;
        let command = KeySource::Secret(SecretSource::Command(vec!["pass".into()]));
        for (name, text, wanted) in [
            ("keyring", "", StoreSpec::Keyring),
            ("file", "", file(KeySource::StateDir)),
            ("x", "x.kind = 'keyring'", StoreSpec::Keyring),
            ("x", "x.kind = 'file'", file(KeySource::StateDir)),
            ("x", "x = { kind = 'file', key.file = 'k' }", file(KeySource::KeyFile(PathBuf::from("/etc/k")))),
            (
                "x",
                "x = { kind = 'file', key.env = 'K' }",
                file(KeySource::Secret(SecretSource::Env("K".into()))),
            ),
            ("x", "x = { kind = 'file', key.command = ['pass'] }", file(command)),
            (
                "x",
                "x = { kind = 'file', key.credential = 'tokcli-key' }",
                file(KeySource::Secret(SecretSource::Credential("tokcli-key".into()))),
            ),
            ("x", "x = { kind = 'file', key.keyring = true }", file(KeySource::Keyring)),
            ("keyring", "keyring.kind = 'file'", file(KeySource::StateDir)),
        ] {
            assert!(named(name, text).is_ok_and(|spec| spec == wanted), "{text}");
        }
        let why = |name: &str, text: &str| named(name, text).map(|_| ()).expect_err(text);
        assert_eq!(why("fil", ""), "");
        assert_eq!(why("x", "x = { kind = 'keyring', key.env = 'K' }"), "a keyring keeps its own keys");
        let inside = why("x", "x = { kind = 'file', key.store = true }");
        assert!(inside.starts_with("the key that opens a store cannot lie in it"), "{inside}");
        for key in [
            "{}",
            "{ command = [] }",
            "{ env = 'K', file = 'k' }",
            "{ env = 'K', keyring = true }",
            "{ env = 'K', credential = 'k' }",
        ] {
            assert!(
                why("x", &format!("x = {{ kind = 'file', key = {key} }}")).starts_with("one of `{ file"),
                "{key}"
            );
        }
    }
}
