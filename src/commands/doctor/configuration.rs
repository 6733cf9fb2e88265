//! The configuration: all that `config check` finds, and what a run is asked for that it does not know.

use std::path::Path;

use super::finding::Found;
use super::scope::Scope;
use crate::base::environment;
use crate::base::error::{Code, Error, Result};
#[cfg(unix)]
use crate::base::shell::quoted;
use crate::commands::config;
use crate::commands::context::Context;
use crate::profile::configuration::Profiles;
use crate::profile::stores::{self, Mistaken};
use crate::profile::{Profile, StoreSpec};
use crate::store::state_dir::StateDir;
use crate::terminal::arguments::doctor::Doctor;
use crate::terminal::finding::Finding;

const CHECK: &str = "configuration";
const VARIABLE: &str = "TOKCLI_PROFILE";

pub(super) fn read<'a>(context: &'a Context<'a>, args: &Doctor, found: &mut Found) -> Scope<'a> {
    let named = context.global.profile.as_deref();
    let (profiles, mut problems, remarks) = config::looked_at(context);
    if let Ok(all) = &profiles {
        if let Some(name) = named {
            problems = all.choose(Some(name.to_owned())).err().into_iter().collect();
            problems.extend(all.whole(name).err().filter(|_| all.has(name)).into_iter().flatten());
        } else if args.store.is_some() {
            problems.clear();
        } else {
            found.extend(variable(all));
            found.extend(nobody(all));
        }
    }
    let path = context.global.config_path().ok();
    // A store that is always there needs none.
    let store = args.store.as_ref().map(|name| (name.clone(), store(&profiles, name)));
    if store.as_ref().is_none_or(|(_, store)| store.is_err()) {
        found.extend(problems.iter().map(|problem| told(profiles.as_ref().ok(), path.as_deref(), problem)));
    }
    if named.is_none() && store.is_none() {
        found.extend(remarks.into_iter().map(|words| Finding::note(CHECK, words)));
    }
    let store = store.and_then(|(name, store)| match store {
        Ok(store) => Some((name, store)),
        Err(finding) => {
            found.extend(finding);
            None
        }
    });
    let profiles = profiles.ok();
    let asked = profiles.as_ref().map(|all| asked(all, named, args.store.as_deref())).unwrap_or_default();
    let state = StateDir::locate().ok();
    Scope { context, online: args.online, fix: args.fix, store, profiles, asked, state }
}

fn asked(all: &Profiles, named: Option<&str>, store: Option<&str>) -> Vec<Profile> {
    let names = all.names().filter(|name| named.is_none_or(|named| named == *name));
    let good = names.filter_map(|name| all.get(name).ok());
    good.filter(|profile| store.is_none_or(|store| store == profile.store_name)).collect()
}

fn told(all: Option<&Profiles>, path: Option<&Path>, error: &Error) -> Finding {
    let finding = Finding::of(CHECK, error, || match error.place() {
        Some(place) => {
            format!("correct {} at line {}; `tokcli config edit` opens it", place.file, place.line)
        }
        None if error.code == Code::UnknownProfile => "use `--profile` with one that exists".to_owned(),
        None => legible(path),
    });
    let is_its = |name: &&str| {
        all.and_then(|all| all.whole(name).err())
            .is_some_and(|errors| errors.iter().any(|one| one.message() == error.message()))
    };
    match all.and_then(|all| all.names().find(is_its)) {
        Some(name) => finding.about(name),
        None => finding,
    }
}

#[cfg(unix)]
fn legible(path: Option<&Path>) -> String {
    use std::os::unix::fs::MetadataExt as _;
    let ours = |path: &&Path| {
        std::fs::metadata(path).is_ok_and(|facts| {
            facts.is_file() && facts.uid() == nix::unistd::geteuid().as_raw() && facts.mode() & 0o400 == 0
        })
    };
    match path.filter(ours) {
        Some(path) => format!("chmod u+r {}", quoted(&path.display().to_string())),
        None => ANOTHER.to_owned(),
    }
}

#[cfg(not(unix))]
fn legible(_: Option<&Path>) -> String {
    ANOTHER.to_owned()
}

const ANOTHER: &str = "put a file there that this user can read, or name one with `TOKCLI_CONFIG`";

fn nobody(all: &Profiles) -> Option<Finding> {
    let error = all.choose(None).err().filter(|_| all.names().next().is_none())?;
    Some(Finding::new(CHECK, error.message(), "`tokcli config add NAME` adds one"))
}

/// What the environment asks every run for.
fn variable(all: &Profiles) -> Option<Finding> {
    let name = environment::text(VARIABLE).ok()??;
    let error = all.choose(Some(name)).err()?;
    let words = format!("`{VARIABLE}` names no profile: {}", error.message());
    Some(Finding::new(CHECK, words, format!("`unset {VARIABLE}`, or set it to one")))
}

/// `Err`: there is none, or what is wrong with it stands in the configuration.
fn store(profiles: &Result<Profiles>, name: &str) -> std::result::Result<StoreSpec, Option<Finding>> {
    let Ok(all) = profiles else {
        return stores::built_in(name).ok_or(None);
    };
    match all.store(name) {
        Some(Ok(store)) => Ok(store),
        Some(Err(Mistaken { key, why })) => {
            let words = format!("`stores.{name}.{key}`: {why}");
            Err(Some(Finding::new(CHECK, words, format!("correct `{key}` under [stores.{name}]"))))
        }
        None => {
            let known: Vec<String> = all.store_names().map(|name| format!("`{name}`")).collect();
            let words = format!("no such store; the stores are {}", known.join(", "));
            Err(Some(Finding::new(CHECK, words, "name one of them with `--store`, or write a [stores.NAME]")))
        }
    }
}
