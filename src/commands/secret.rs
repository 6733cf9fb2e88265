//! `tokcli secret`: the secrets of a profile that its store keeps. They come from standard input or a hidden prompt, are
//! listed by name, and are printed by nobody.

use serde_json::{Value, json};

use super::context::Context;
use crate::base::clock::rfc3339;
use crate::base::error::{Error, Result, config};
use crate::base::order::Arrange as _;
use crate::base::suggest::meant_or;
use crate::credential::secrets::ClientSecret;
use crate::credential::stored_secret::StoredSecret;
use crate::profile::Profile;
use crate::profile::secret_source::SecretSource;
use crate::session::stored_secrets::{self, Change};
use crate::terminal::arguments::SecretCommand;
use crate::terminal::input;
use crate::terminal::table;

pub(super) fn run(context: &Context<'_>, args: &SecretCommand, profile: &Profile) -> Result<()> {
    match args {
        SecretCommand::Set { name } => set(context, profile, name),
        SecretCommand::List => list(context, profile),
        SecretCommand::Rm { name } => remove(context, profile, name),
    }
}

fn set(context: &Context<'_>, profile: &Profile, name: &str) -> Result<()> {
    check_named(profile, name)?;
    let command = format!("tokcli secret set {name} --profile {}", profile.name);
    let value = ClientSecret::new(input::secret(name, &command)?.as_str());
    let change = stored_secrets::set(&context.invocation, profile, name, value)?;
    let words = match change {
        Change::Unchanged => format!("the secret `{name}` is already this one"),
        _ => format!(
            "stored the secret `{name}` of the account `{}` in the store `{}`, for {}",
            profile.account,
            profile.store_name,
            profile.receivers(name).join(", ")
        ),
    };
    print(context, profile, change, &words)
}

fn remove(context: &Context<'_>, profile: &Profile, name: &str) -> Result<()> {
    let change = stored_secrets::remove(&context.invocation, profile, name)?;
    let known = || profile.possible_secret_keys().iter().any(|key| key == name);
    if change == Change::Unchanged && !known() && !profile.stored_keys().any(|key| key == name) {
        return Err(unknown(profile, name));
    }
    let words = match change {
        Change::Unchanged => format!("there is no stored secret `{name}`"),
        _ => format!("removed the stored secret `{name}` of the account `{}`", profile.account),
    };
    print(context, profile, change, &words)
}

fn print(context: &Context<'_>, profile: &Profile, change: Change, words: &str) -> Result<()> {
    let mut warnings = context.out.take_warnings();
    if !context.out.json() || warnings.is_empty() {
        return context.print_outcome(profile, change.word(), words);
    }
    warnings.dedup();
    let object =
        json!({ "version": 1, "profile": profile.name, "outcome": change.word(), "warnings": warnings });
    context.out.object(&object)
}

/// A secret that nothing reads would be a mistake. What was given is not repeated: it may be the secret itself.
fn check_named(profile: &Profile, name: &str) -> Result<()> {
    let at = format!("profiles.{}.{name}", profile.name);
    let mut keys = profile.secret_keys();
    match keys.find(|(key, _)| *key == name).map(|(_, source)| source) {
        Some(SecretSource::Store) => Ok(()),
        Some(source) => {
            let words = format!("`{at}` takes its secret from the {}, not from the store", source.place());
            Err(config(words).hint(format!("write `{{ store = true }}` at `{at}` first")))
        }
        None if profile.possible_secret_keys().iter().any(|key| key == name) => {
            let words = format!("`{at}` does not take its secret from the store");
            Err(config(words).hint(format!("write `{{ store = true }}` at `{at}` first")))
        }
        None => Err(unknown(profile, name)),
    }
}

fn unknown(profile: &Profile, name: &str) -> Error {
    let possible = profile.possible_secret_keys();
    let stored: Vec<&str> = profile.stored_keys().collect();
    let param = format!("params.{name}");
    let meant = if possible.contains(&param) || stored.contains(&param.as_str()) {
        format!(", did you mean `{param}`?")
    } else {
        let known = stored.iter().copied().chain(possible.iter().map(String::as_str));
        meant_or(name, known, || match stored.len() {
            0 => String::new(),
            _ => format!("; in its store it needs {}", stored.join(", ")),
        })
    };
    config(format!("the profile `{}` has no secret of that name{meant}", profile.name))
}

fn list(context: &Context<'_>, profile: &Profile) -> Result<()> {
    let all = stored_secrets::all(&context.invocation, profile)?;
    let missing = profile.stored_keys().filter(|key| !all.contains_key(*key));
    let mut rows: Vec<(&str, Option<&StoredSecret>)> = missing.map(|key| (key, None)).collect();
    rows.extend(all.iter().map(|(key, secret)| (key.as_str(), Some(secret))));
    rows.arrange_by_key(|(key, _)| *key);
    if context.out.json() {
        let secrets: Vec<Value> = rows.iter().map(|(key, secret)| object(profile, key, *secret)).collect();
        return context.out.object(&json!({ "version": 1, "profile": profile.name, "secrets": secrets }));
    }
    context.out.text(&listed(profile, &rows))
}

fn object(profile: &Profile, key: &str, secret: Option<&StoredSecret>) -> Value {
    json!({
        "name": key,
        "state": state(profile, key, secret),
        "set_at": secret.and_then(set_at),
        "bound_to": secret.map_or(&[][..], |secret| &secret.origins),
    })
}

fn set_at(secret: &StoredSecret) -> Option<String> {
    rfc3339(secret.set.wall_ms.div_euclid(1_000))
}

/// Whether this profile would use it.
fn state(profile: &Profile, key: &str, secret: Option<&StoredSecret>) -> &'static str {
    match secret {
        None => "missing",
        Some(_) if !profile.stored_keys().any(|one| one == key) => "unused",
        Some(secret) if !secret.may_go_to(&profile.receivers(key)) => "elsewhere",
        Some(_) => "set",
    }
}

fn listed(profile: &Profile, rows: &[(&str, Option<&StoredSecret>)]) -> String {
    let dash = || "-".to_owned();
    let cells = rows.iter().map(|(key, secret)| {
        [
            (*key).to_owned(),
            state(profile, key, *secret).to_owned(),
            secret.and_then(set_at).unwrap_or_else(dash),
            secret.map_or_else(dash, |secret| secret.origins.join(", ")),
        ]
    });
    table::plain(["NAME", "STATE", "SET", "FOR"], cells)
}
