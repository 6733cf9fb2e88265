//! Whether the timer's runs can work: what each profile needs, and whether that is there when nobody is.
//!
//! The rule that matters: what cannot work is refused before anything is written, all of it at once; what only may fail is a
//! warning.

use std::process::Command;

use serde_json::Value;

use super::timer::{Job, Timer};
use crate::base::error::{Result, refused};
use crate::commands::tools::{Answer, Tools};
use crate::profile::configuration::Profiles;
use crate::profile::relogin::Relogin;
use crate::profile::secret_source::SecretSource;
use crate::profile::secrets::For;
use crate::profile::{KeySource, Profile, StoreSpec};
use crate::terminal::arguments::keepalive::TimerKind;
use crate::terminal::output::Output;

/// The key of a profile or a store, and where its secret comes from.
type Needed<'a> = (String, &'a SecretSource);

/// What a run reads for it.
fn needed(profile: &Profile) -> Vec<Needed<'_>> {
    let wanted = if profile.relogin == Relogin::Never { For::Renewal } else { For::Login };
    let own = profile.secret_keys().filter(|(key, _)| profile.wants(wanted, key));
    let own = own.map(|(key, source)| (format!("profiles.{}.{key}", profile.name), source));
    let key = match profile.store.key() {
        Some(KeySource::Secret(source)) => Some((format!("stores.{}.key", profile.store_name), source)),
        _ => None,
    };
    own.chain(key).collect()
}

/// Those that can be read at all; what is wrong with others is a warning, as a run would find nothing else.
pub(super) fn legible(out: &Output, profiles: &Profiles) -> Vec<Profile> {
    let read = |name: &str| {
        let read = profiles.get(name);
        read.inspect_err(|error| out.warn(format!("each run will fail for `{name}`: {error}"))).ok()
    };
    profiles.names().filter_map(read).collect()
}

/// Whether a run calls programs of the user.
pub(super) fn calls(profiles: &[Profile]) -> bool {
    let calls = |profile: &Profile| {
        let by_secret = |(_, source): &Needed<'_>| matches!(source, SecretSource::Command(_));
        let by_store = matches!(profile.store, StoreSpec::Command(_));
        by_store || profile.notice.is_some() || needed(profile).iter().any(by_secret)
    };
    profiles.iter().any(calls)
}

pub(super) fn check(
    out: &Output,
    tools: &Tools,
    profiles: &[Profile],
    timer: &dyn Timer,
    job: &Job,
) -> Result<()> {
    let variables = timer.variables();
    sources(out, profiles, timer.kind(), variables.as_deref())?;
    // Elsewhere a program needs more than a timer is known to give.
    if let Some(variables) = variables.filter(|_| cfg!(target_os = "linux")) {
        let unreadable = trial(tools, job, &variables)?;
        unreadable_ones(profiles, &unreadable)?;
    }
    Ok(())
}

fn sources(
    out: &Output,
    profiles: &[Profile],
    kind: TimerKind,
    variables: Option<&[(String, String)]>,
) -> Result<()> {
    let has = |name: &str| variables.is_some_and(|all| all.iter().any(|(known, _)| known == name));
    let mut lacking: Vec<String> = Vec::new();
    for (key, source) in profiles.iter().flat_map(needed) {
        let words = match source {
            SecretSource::Env(name) if !has(name) => {
                format!("`{key}` comes from the variable `{name}`, which {} does not have", kind.word())
            }
            SecretSource::ActionsIdToken(_) => format!("`{key}` is given only to a CI job"),
            SecretSource::Credential(name) => {
                format!("`{key}` is the credential `{name}`, which no unit of `keepalive` is given")
            }
            SecretSource::Command(_) => {
                out.warn(format!("`{key}` comes from a command, which must answer unattended"));
                continue;
            }
            _ => continue,
        };
        // All profiles of a store have its key.
        if !lacking.contains(&words) {
            lacking.push(words);
        }
    }
    if lacking.is_empty() {
        return Ok(());
    }
    // Of a task nobody tells which variables it has: those that are the user's own for good.
    if kind == TimerKind::Task {
        lacking.into_iter().for_each(|words| out.warn(words + " unless it is set for the user"));
        return Ok(());
    }
    // The key of a store lies in none, and a store of commands takes no secrets.
    let by_store = profiles.iter().all(|profile| !matches!(profile.store, StoreSpec::Command(_)))
        && !lacking.iter().any(|words| words.starts_with("`stores."));
    let stored = if by_store { "`{ store = true }`, " } else { "" };
    let sources = format!("{stored}`{{ file = \"PATH\" }}` or `{{ command = [\"PROGRAM\"] }}`");
    Err(refused(lacking.join("; ")).hint(format!("keep the secret where a timer finds it, as in {sources}")))
}

/// A profile, and why it cannot be read.
type Unreadable = (String, String);

/// What `status` says in the environment that the timer will give. It sends nothing and writes nothing.
fn trial(tools: &Tools, job: &Job, variables: &[(String, String)]) -> Result<Vec<Unreadable>> {
    let run = |more: &[&str]| -> Result<Answer> {
        let mut command = Command::new(&job.program);
        command.arg("status").args(more).env_clear().current_dir("/");
        let given = variables.iter().chain(&job.environment).map(|(name, value)| (name, value));
        command.envs(given);
        tools.run(command).ok_or_else(|| refused(format!("{} cannot be run", job.program)))
    };
    let output = run(&["--json"])?;
    let text = &output.said;
    let parsed: Option<Value> = serde_json::from_slice(&output.output).ok().filter(|_| output.good);
    let Some(all) = parsed.as_ref().and_then(|object| object["profiles"].as_array()) else {
        let error: Option<Value> = serde_json::from_str(text).ok();
        let told = error.as_ref().and_then(|error| error["error"]["message"].as_str());
        let words = told.or_else(|| text.lines().next()).unwrap_or("it said nothing");
        return Err(refused(format!("{} fails where the timer would run it: {words}", job.program)));
    };
    let told = |one: &Value| Some((one["profile"].as_str()?.to_owned(), one["trouble"].as_str()?.to_owned()));
    Ok(all.iter().filter_map(told).collect())
}

fn unreadable_ones(profiles: &[Profile], unreadable: &[Unreadable]) -> Result<()> {
    // What is wrong with the profile itself was told.
    let known = |name: &str| profiles.iter().find(|profile| profile.name == name);
    let told: Vec<(&Profile, &str)> =
        unreadable.iter().filter_map(|(name, why)| Some((known(name)?, why.as_str()))).collect();
    if told.is_empty() {
        return Ok(());
    }
    let words: Vec<String> = told
        .iter()
        .map(|(profile, why)| format!("a run could not reach `{}`: {why}", profile.name))
        .collect();
    let error = refused(words.join("; "));
    Err(match told.iter().any(|(profile, _)| profile.store.needs_keyring()) {
        true => error.hint("`store = \"file\"` in the profile keeps the credential where a timer reaches it"),
        false => error,
    })
}

/// What may be locked at the hour, although it is open now. `lingers`: the timer runs without a session, too.
pub(super) fn warn_of_the_keyring(out: &Output, profiles: &[Profile], lingers: bool) {
    let names: Vec<String> = profiles
        .iter()
        .filter(|profile| profile.store.needs_keyring())
        .map(|profile| format!("`{}`", profile.name))
        .collect();
    if lingers && !names.is_empty() {
        out.warn(format!(
            "while nobody is logged in, the keyring is locked, and runs fail for {}; `store = \"file\"` does without it",
            names.join(", ")
        ));
    }
}
