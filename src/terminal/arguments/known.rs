//! Names that a shell can complete: those of profiles.toml, as far as it can be read, and of the catalogue.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap_complete::engine::{ArgValueCandidates, ArgValueCompleter, CompletionCandidate};

use crate::base::order::Arrange as _;
use crate::base::{environment, users};
use crate::dialect::catalog;
use crate::profile::configuration::Profiles;

/// The profiles.toml that is read where the command line names none.
pub(super) fn usual_path() -> Option<PathBuf> {
    environment::os("TOKCLI_CONFIG").map(PathBuf::from).or_else(|| {
        let directory = users::config_directory()?;
        // A relative `HOME` would mean another file in each directory.
        Some(directory.join("profiles.toml")).filter(|path| path.is_absolute())
    })
}

pub(super) fn profiles() -> ArgValueCandidates {
    ArgValueCandidates::new(|| candidates(&all(|all| owned(all.names()))))
}

pub(super) fn stores() -> ArgValueCandidates {
    ArgValueCandidates::new(|| candidates(&all(|all| owned(all.store_names()))))
}

/// Your own, and those of the catalogue.
pub(super) fn dialects() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let mut names = all(|all| owned(all.dialects.names()));
        names.extend(owned(catalog::names()));
        candidates(&names)
    })
}

/// Of `KEY=VALUE`, where the value is a name that is known.
pub(super) fn settings() -> ArgValueCompleter {
    ArgValueCompleter::new(|given: &OsStr| {
        let Some(key @ ("account" | "store" | "dialect")) =
            given.to_str().and_then(|given| Some(given.split_once('=')?.0))
        else {
            return candidates(&["account=", "client_id=", "client_secret.", "scope=", "store="])
                .into_iter()
                .filter(|candidate| starts_with(candidate, given))
                .collect();
        };
        let names = match key {
            "account" => all(|all| owned(all.accounts().map(|(_, account)| account))),
            "store" => [owned(["file", "keyring"].into_iter()), all(|all| owned(all.store_names()))].concat(),
            _ => [all(|all| owned(all.dialects.names())), owned(catalog::names())].concat(),
        };
        let whole: Vec<String> = names.iter().map(|name| format!("{key}={name}")).collect();
        candidates(&whole).into_iter().filter(|candidate| starts_with(candidate, given)).collect()
    })
}

fn starts_with(candidate: &CompletionCandidate, given: &OsStr) -> bool {
    candidate.get_value().as_encoded_bytes().starts_with(given.as_encoded_bytes())
}

fn all(names: impl Fn(&Profiles) -> Vec<String>) -> Vec<String> {
    let all = usual_path().and_then(|path| Profiles::salvage(&path).1);
    let mut names = all.map(|all| names(&all)).unwrap_or_default();
    names.arrange();
    names.dedup();
    names
}

fn owned<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names.map(str::to_owned).collect()
}

fn candidates(names: &[impl AsRef<str>]) -> Vec<CompletionCandidate> {
    names.iter().map(|name| CompletionCandidate::new(name.as_ref())).collect()
}
