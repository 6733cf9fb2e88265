//! Where credentials are kept: the built-in stores, and those under `[stores]`.

use std::collections::BTreeMap;
use std::path::Path;

use super::file::{StoreKind, WrittenKey, WrittenStore};
use super::secret_source::{SecretSource, expand};
use super::{KeySource, StoreSpec};

/// Known without a table of their own.
pub(super) const BUILT_IN: [&str; 2] = ["keyring", "file"];

/// One that needs no table of its own.
pub(crate) fn built_in(name: &str) -> Option<StoreSpec> {
    named(name, &BTreeMap::new(), Path::new(""))?.ok()
}

/// `None`: there is no such store. `Err`: what is wrong with its `key`.
pub(super) fn named(
    name: &str,
    stores: &BTreeMap<String, WrittenStore>,
    directory: &Path,
) -> Option<Result<StoreSpec, String>> {
    let key = match (stores.get(name), name) {
        (Some(WrittenStore { kind: StoreKind::Keyring, key: None }), _) | (None, "keyring") => {
            return Some(Ok(StoreSpec::Keyring));
        }
        (Some(WrittenStore { kind: StoreKind::Keyring, key: Some(_) }), _) => {
            return Some(Err("a keyring keeps its own keys".into()));
        }
        (Some(WrittenStore { kind: StoreKind::File, key }), _) => key.as_ref(),
        (None, "file") => None,
        (None, _) => return None,
    };
    Some(key.map_or(Ok(KeySource::StateDir), |key| key_source(key, directory)).map(StoreSpec::File))
}

fn key_source(written: &WrittenKey, directory: &Path) -> Result<KeySource, String> {
    if written.store.is_some() {
        let words = "the key that opens a store cannot lie in it; `{ keyring = true }` keeps it in the platform's keyring";
        return Err(words.into());
    }
    match (&written.env, &written.file, &written.command, written.keyring) {
        (Some(name), None, None, false) => Ok(KeySource::Secret(SecretSource::Env(name.clone()))),
        (None, Some(path), None, false) => expand(path, directory).map(KeySource::KeyFile),
        (None, None, Some(words), false) if !words.is_empty() => Ok(KeySource::Secret(SecretSource::Command(words.clone()))),
        (None, None, None, true) => Ok(KeySource::Keyring),
        _ => Err("one of `{ file = \"PATH\" }`, `{ env = \"NAME\" }`, `{ keyring = true }` and `{ command = [\"PROGRAM\"] }`".into()),
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
        super::named(name, &stores, Path::new("/etc")).unwrap_or_else(|| Err(String::new()))
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
        for key in ["{}", "{ command = [] }", "{ env = 'K', file = 'k' }", "{ env = 'K', keyring = true }"] {
            assert!(
                why("x", &format!("x = {{ kind = 'file', key = {key} }}")).starts_with("one of `{ file"),
                "{key}"
            );
        }
    }
}
