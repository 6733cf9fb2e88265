//! `tokcli config`: where profiles.toml is, whether it is right, the schema that it follows, and how it is changed.
//! Sends nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};
use url::Url;

use super::context::{Context, Failure};
use super::dialect::mistakes;
use crate::base::error::{Error, Place, Result, internal};
use crate::base::order::Arrange as _;
use crate::base::suggest::check_name;
use crate::http::proxy::{self, Proxy};
use crate::profile::configuration::{CredentialKey, Profiles};
use crate::profile::secrets::{PASSWORD, TOTP_SEED};
use crate::profile::{Profile, StoreSpec};
use crate::session::login::ways;
use crate::session::loss::check_renewal;
use crate::session::stored_secrets::TOGETHER;
use crate::store::Store;
use crate::terminal::arguments::ConfigCommand;

pub(super) mod add;
mod ask;
mod edit;
mod remove;

pub(super) fn run(context: &Context<'_>, args: &ConfigCommand) -> std::result::Result<u8, Failure> {
    let named = |name: &String| Some(name.clone()).filter(|name| check_name(name).is_ok());
    let profile = match args {
        ConfigCommand::Add(add) => named(&add.name),
        ConfigCommand::Remove { name } => named(name),
        _ => None,
    };
    done(context, args).map(|()| 0).map_err(|error| (profile, error))
}

fn done(context: &Context<'_>, args: &ConfigCommand) -> Result<()> {
    match args {
        ConfigCommand::Add(args) => add::run(context, args),
        ConfigCommand::Remove { name } => remove::run(context, name),
        ConfigCommand::Edit => edit::run(context, |source| {
            salvaged(Profiles::salvage_from(source)).0.iter().map(Error::message).collect()
        }),
        ConfigCommand::Path => path(context),
        ConfigCommand::Check => check(context),
        ConfigCommand::Schema => schema(context),
    }
}

/// Made of the types that read the file, see `json_schema.rs`.
const SCHEMA: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/schema.deflate"));

fn schema(context: &Context<'_>) -> Result<()> {
    let unpacked = miniz_oxide::inflate::decompress_to_vec(SCHEMA).ok();
    let schema = unpacked.and_then(|bytes| String::from_utf8(bytes).ok());
    let schema = schema.ok_or_else(|| internal("the schema is damaged"))?;
    if !context.out.json() {
        return context.out.source(&schema);
    }
    let object: Value = serde_json::from_str(&schema).map_err(|_| internal("the schema is not JSON"))?;
    context.out.object(&object)
}

fn path(context: &Context<'_>) -> Result<()> {
    let path = context.global.config_path()?;
    let shown = path.display().to_string();
    if context.out.json() {
        context.out.object(&json!({ "version": 1, "path": shown, "exists": path.exists() }))
    } else {
        context.out.text(&format!("{shown}\n"))
    }
}

/// Everything that a run could stumble over, each once, in one go.
fn check(context: &Context<'_>) -> Result<()> {
    let (profiles, mut problems, mut remarks) = looked_at(context);
    if let Ok(all) = &profiles
        && has_store_without_secrets(all)
    {
        let good: Vec<Profile> = all.names().filter_map(|name| all.get(name).ok()).collect();
        problems = in_order(problems.into_iter().chain(good.iter().flat_map(|it| unkept(all, it))).collect());
        remarks.extend(good.iter().filter_map(|profile| lost(context, profile)));
    }
    mistakes(context, problems)?;
    let profiles = profiles?;
    let count = profiles.names().count();
    if count == 0 {
        remarks.push(format!("{} names no profile; `tokcli config add NAME` adds one", profiles.path()));
    }
    remarks.iter().for_each(|words| context.out.warn(words.as_str()));
    if context.out.json() {
        let path = profiles.path();
        let object = json!({ "version": 1, "path": path, "profiles": count, "warnings": remarks });
        return context.out.object(&object);
    }
    let what = if count == 1 { "1 profile".to_owned() } else { format!("{count} profiles") };
    context.out.text(&format!("{}: {what}, nothing wrong\n", profiles.path()))
}

/// Only for those each profile is looked at once more, of which there may be thousands.
fn has_store_without_secrets(profiles: &Profiles) -> bool {
    let is_one =
        |name| matches!(profiles.store(name), Some(Ok(StoreSpec::Command(_) | StoreSpec::Remote(_))));
    profiles.store_names().any(is_one)
}

/// Secrets that can lie nowhere. `doctor` has a check of its own for it, and for the following.
fn unkept(profiles: &Profiles, profile: &Profile) -> Vec<Error> {
    let store = profile.stored_keys().next().map(|_| Store::open_secrets(profile, true));
    let Some(Err(error)) =
        store.filter(|_| matches!(profile.store, StoreSpec::Command(_) | StoreSpec::Remote(_)))
    else {
        return Vec::new();
    };
    let fault = |key| {
        let fault = profiles.fault_at(&profile.name, key, &error.message());
        error.hint.iter().fold(fault, |fault, hint| fault.hint(hint.as_str()))
    };
    profile.stored_keys().map(fault).collect()
}

/// Nothing is refreshed where the refresh token would be lost; the access token that is there may be all that is wanted.
fn lost(context: &Context<'_>, profile: &Profile) -> Option<String> {
    let error = check_renewal(&context.invocation, profile).err()?;
    let (name, words) = (&profile.name, error.message());
    Some(format!("`profiles.{name}.store`: {words}; no refresh is sent without `--allow-loss`"))
}

/// The configuration, all that is wrong with it, and what may surprise.
pub(super) fn looked_at(context: &Context<'_>) -> (Result<Profiles>, Vec<Error>, Vec<String>) {
    match context.profiles() {
        Ok(profiles) => {
            let (problems, remarks) = problems(&profiles, Vec::new());
            (Ok(profiles), problems, remarks)
        }
        Err(error) => {
            let path = context.global.config_path();
            let (problems, _) = path.map(|path| unreadable(&path)).unwrap_or_default();
            // One that is alone may have a hint.
            let problems = if problems.len() > 1 { problems } else { vec![error.clone()] };
            (Err(error), problems, Vec::new())
        }
    }
}

/// Of a file that stops its reader; nothing, if there is none.
fn unreadable(path: &Path) -> (Vec<Error>, Vec<String>) {
    if matches!(path.try_exists(), Ok(false)) {
        return (Vec::new(), Vec::new());
    }
    salvaged(Profiles::salvage(path))
}

fn salvaged(read: (Vec<Error>, Option<Profiles>)) -> (Vec<Error>, Vec<String>) {
    match read {
        (found, Some(rest)) => problems(&rest, found),
        (found, None) => (in_order(found), Vec::new()),
    }
}

/// What is wrong, and what may surprise.
fn problems(profiles: &Profiles, before: Vec<Error>) -> (Vec<Error>, Vec<String>) {
    let mut remarks = Vec::new();
    let mut found = Vec::new();
    let mut add = |error: Error| found.push(error);
    before.into_iter().for_each(&mut add);
    let own: Vec<String> = profiles.dialects.names().map(str::to_owned).collect();
    profiles.dialects.faults(&own).into_iter().for_each(&mut add);
    let mut good: BTreeMap<CredentialKey, Vec<Profile>> = BTreeMap::new();
    for name in profiles.names() {
        match profiles.whole(name) {
            Err(errors) => errors.into_iter().for_each(&mut add),
            // Whether it is another's rival nobody knows.
            Ok(_) if profiles.is_unread(name) => {}
            Ok(profile) => good.entry(profiles.credential(name)).or_default().push(profile),
        }
    }
    remarks.extend(good.values().flatten().filter_map(|profile| names_no_client(profiles, profile)));
    remarks.extend(good.values().flatten().filter_map(unused_proxy));
    remarks.extend(good.values().flatten().filter_map(ways::never_comes));
    remarks.extend(good.values().filter_map(|sharing| one_factor(sharing)));
    for sharing in good.values() {
        let first = &sharing[0];
        // Who is no rival of the first has the same ones.
        let other = sharing.iter().find(|other| other.rivals(first));
        for profile in sharing {
            if let Some(rival) = other.map(|other| if profile.rivals(first) { first } else { other }) {
                add(profiles.rivalry(profile, &rival.name));
            }
        }
    }
    (in_order(found), remarks)
}

/// Each once; those of one file as they stand in it.
fn in_order(mut found: Vec<Error>) -> Vec<Error> {
    let mut files: Vec<String> = Vec::new();
    for Place { file, .. } in found.iter().filter_map(Error::place) {
        if !files.contains(file) {
            files.push(file.clone());
        }
    }
    found.arrange_by_key(|error| {
        error.place().map(|place| (files.iter().position(|one| *one == place.file), place.line, place.column))
    });
    let mut told = BTreeSet::new();
    found.retain(|error| told.insert(error.message()));
    found
}

/// Nothing here can tell whether the vendor knows the client by a name. Most do.
fn names_no_client(profiles: &Profiles, profile: &Profile) -> Option<String> {
    let name = &profile.name;
    profiles.names_no_client(profile).then(|| {
        format!(
            "`profiles.{name}.client_id`: missing; nearly every vendor refuses a client that has neither a name nor a secret; add `client_id` under [profiles.{name}], or `client_auth = \"none\"` if the vendor gave none"
        )
    })
}

/// Profiles of one account whose password and second factor lie in one place.
fn one_factor(sharing: &[Profile]) -> Option<String> {
    let keeps = |key: &str| sharing.iter().find(|profile| profile.stored_keys().any(|one| one == key));
    let (password, seed) = (keeps(PASSWORD)?, keeps(TOTP_SEED)?);
    Some(format!(
        "`profiles.{}.{PASSWORD}` and `profiles.{}.{TOTP_SEED}`: {TOGETHER}",
        password.name, seed.name
    ))
}

/// This machine is never reached through a proxy, not even through one that a profile names.
fn unused_proxy(profile: &Profile) -> Option<String> {
    let mut origins = profile.binding.origins.iter();
    let here = origins.find(|origin| Url::parse(origin).is_ok_and(|url| proxy::is_here(&url)))?;
    let words = format!(
        "`profiles.{}.proxy` is not used for `{here}`: this machine is never reached through a proxy",
        profile.name
    );
    matches!(profile.proxy, Proxy::Url(_)).then_some(words)
}
