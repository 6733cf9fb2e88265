//! `tokcli config add`: a new profile, from the command line and, at a terminal, from answers.
//!
//! The rule that matters: what is written was checked before, as `config check` would; until then nothing is made.

use std::time::Instant;

use toml::{Table, Value};

use super::ask;
use crate::base::clock::ClockReading;
use crate::base::error::{Code, Error, Result, config};
use crate::base::shell;
use crate::base::toml_source::Source;
use crate::commands::context::Context;
use crate::commands::login;
use crate::credential::reading::RenewsWith;
use crate::credential::secrets::ClientSecret;
use crate::credential::stored_secret::StoredSecrets;
use crate::profile::configuration::Profiles;
use crate::profile::login_addresses::{self, ISSUER};
use crate::profile::missing::{self, Kind, Missing};
use crate::profile::{Profile, edit, settings};
use crate::session::demand::Invocation;
use crate::session::stored_secrets;
use crate::store::configuration::Place;
use crate::terminal::arguments::{AddProfile, Login};
use crate::terminal::input;
use crate::terminal::prompt::Prompter;

pub(super) fn run(context: &Context<'_>, args: &AddProfile) -> Result<()> {
    let path = context.global.config_path()?;
    let place = Place::of(&path);
    let before = place.read()?;
    let draft = Draft { path: &path, args };
    let profiles = draft.profiles(before.as_ref())?;
    let mut keys = given(args)?;
    let (mut secrets, said) = (Vec::new(), keys.clone());
    if input::can_ask() && !context.out.json() {
        secrets = ask::complete(&profiles, &args.name, &mut keys)?;
    } else {
        check_complete(&profiles, args, &keys)?;
    }
    let (profile, shared, after) = draft.write(context, &keys)?;
    // The profile is there by now: what fails is told with the way to give the secret once more.
    let mut failed = None;
    for (key, secret) in secrets {
        failed = failed.or(store(context, &profile, &key, secret).err());
    }
    failed.map_or(Ok(()), Err)?;
    let whole = told(context, &profile, shared, &login_addresses::ways_in(&profiles.dialects, &keys)?)?;
    // A command line that says all is asked nothing, and nobody is offered what does not work here.
    if whole && !shared && keys != said && profile.can_log_in() && login::fits_here(context, &profile) {
        return offer_login(context, &after, &profile);
    }
    Ok(())
}

/// Whoever has just written a profile mostly wants a token.
fn offer_login(context: &Context<'_>, all: &Profiles, profile: &Profile) -> Result<()> {
    let yes = |typed: &str| "yes".starts_with(&typed.to_lowercase());
    let check = |typed: &str| match typed.to_lowercase() {
        word if !word.is_empty() && ("yes".starts_with(&word) || "no".starts_with(&word)) => Ok(()),
        _ => Err("type `yes` or `no`".to_owned()),
    };
    let typed = Prompter::open()?.line("log in now?", "", Some("yes"), check)?;
    if !yes(&typed) {
        return Ok(());
    }
    // Beginning now: what was typed until here took its time.
    let Invocation { out, abandon, allow_loss, .. } = context.invocation;
    let deadline = Instant::now() + context.global.deadline_of_a_login();
    let started = ClockReading::now();
    let invocation = Invocation { out, started, deadline, abandon, allow_loss, witness: None };
    let context = Context { global: context.global, out: context.out, invocation };
    login::run(&context, &Login::default(), all, profile).map_err(|error| gone_on(error, &profile.name))
}

/// The profile is there all the same.
fn gone_on(error: Error, name: &str) -> Error {
    let again = format!("`tokcli login --profile {name}`");
    let next = match error.code {
        Code::LoginRequired => format!("the profile `{name}` exists, and {again} starts over"),
        _ => format!("the profile `{name}` exists: `tokcli config edit` changes it, {again} starts over"),
    };
    match error.hint.clone() {
        Some(hint) if hint.contains(&again) => error,
        Some(hint) => error.hint(format!("{hint}; {next}")),
        None => error.hint(next),
    }
}

/// A profile that a command has made, with nothing left to ask for.
pub(in crate::commands) fn write(context: &Context<'_>, name: &str, keys: &Table) -> Result<Profile> {
    let args = AddProfile { name: name.to_owned(), ..AddProfile::default() };
    let path = context.global.config_path()?;
    Draft { path: &path, args: &args }.write(context, keys).map(|(profile, ..)| profile)
}

/// What `write` would make of it, without writing it: the configuration with the profile in it.
pub(in crate::commands) fn would_be(context: &Context<'_>, name: &str, keys: &Table) -> Result<Profiles> {
    let args = AddProfile { name: name.to_owned(), ..AddProfile::default() };
    let path = context.global.config_path()?;
    let before = Place::of(&path).read()?;
    Draft { path: &path, args: &args }.text(before.as_ref(), keys).map(|(.., after)| after)
}

pub(in crate::commands) fn store(
    context: &Context<'_>,
    profile: &Profile,
    key: &str,
    secret: ClientSecret,
) -> Result<()> {
    let name = &profile.name;
    // Another store, or another environment, comes first.
    let again = |error: Error| {
        let first = error.hint.as_ref().map(|hint| format!("{hint}; then ")).unwrap_or_default();
        error.hint(format!("{first}`tokcli secret set {key} --profile {name}` stores it"))
    };
    stored_secrets::set(&context.invocation, profile, key, secret).map_err(again)?;
    let (account, store) = (&profile.account, &profile.store_name);
    context.out.say(&format!("stored the secret `{key}` of the account `{account}` in the store `{store}`"));
    Ok(())
}

/// With what is still to be done before there is a token. What is `shared` may be there already.
/// Whether nothing is lacking. `ways_in`: with which keys it could log in.
fn told(context: &Context<'_>, profile: &Profile, shared: bool, ways_in: &[WayIn]) -> Result<bool> {
    let name = &profile.name;
    let there = match profile.stored_keys().next() {
        Some(_) => stored_secrets::all(&context.invocation, profile).unwrap_or_default(),
        None => StoredSecrets::new(),
    };
    let lacking: Vec<&str> = profile.stored_keys().filter(|key| !there.contains_key(*key)).collect();
    for key in &lacking {
        let mut command = format!("tokcli secret set {key} --profile {name}");
        if missing::is_of_several_lines(&profile.dialect, key) {
            command = shell::fed_by_a_file(&command);
        }
        context.out.say(&format!("`{command}` stores its secret `{key}`"));
    }
    let next = match profile.renews_with() {
        _ if profile.store.owner().is_some() => {
            format!("`tokcli token --profile {name}` asks the owner for a token")
        }
        RenewsWith::Client => format!("`tokcli token --profile {name}` gets a token"),
        _ if profile.can_log_in() => format!("`tokcli login --profile {name}` logs in"),
        _ if profile.needs_access_token() => {
            format!("`tokcli import --answer --profile {name}` imports the vendor's token answer to a login")
        }
        _ => format!("`tokcli import --profile {name}` imports the refresh token of a login"),
    };
    if !shared {
        context.out.say(&next);
        // Another machine's login is begun there.
        if !ways_in.is_empty() && profile.store.owner().is_none() {
            let ways: Vec<String> = ways_in.iter().map(|(key, with)| format!("`{key}` ({with})")).collect();
            context.out.say(&format!(
                "to log in, it needs one of {}; `tokcli config edit` adds it",
                ways.join(", ")
            ));
        }
    }
    context.print_change(name, "added", &lacking)?;
    Ok(lacking.is_empty())
}

/// What the command line says of the profile.
fn given(args: &AddProfile) -> Result<Table> {
    let mut keys = Table::new();
    if let Some(dialect) = &args.dialect {
        keys.insert("dialect".into(), Value::String(dialect.clone()));
    }
    for (key, value) in settings::keys(&args.settings)? {
        settings::put(&mut keys, &[key], value)?;
    }
    Ok(keys)
}

struct Draft<'a> {
    path: &'a std::path::Path,
    args: &'a AddProfile,
}

impl Draft<'_> {
    /// Gives the profile, whether another has its credential, and all of them.
    fn write(&self, context: &Context<'_>, keys: &Table) -> Result<(Profile, bool, Profiles)> {
        let place = Place::of(self.path);
        // Before a directory is made, and before anybody waits.
        self.text(place.read()?.as_ref(), keys)?;
        let held = place.hold(context.invocation.deadline)?;
        let before = place.read()?;
        let (text, profile, shared, after) = self.text(before.as_ref(), keys)?;
        if let Some(words) = place.replace(&held, before.as_ref(), &text)? {
            context.out.warn(words);
        }
        drop(held);
        context.out.say(&format!("wrote the profile `{}` into {}", self.args.name, self.path.display()));
        Ok((profile, shared, after))
    }

    /// What is there, if it is right so far and has room for the name.
    fn profiles(&self, before: Option<&Source>) -> Result<Profiles> {
        let source = before.cloned().unwrap_or_else(|| Source::of(self.path, String::new()));
        let profiles = Profiles::read(source, Source::open)?;
        profiles.check_new(&self.args.name).map_err(|why| {
            let hint = "`tokcli config edit` changes one that is there";
            let error = config(why);
            if profiles.has(&self.args.name) { error.hint(hint) } else { error }
        })?;
        Ok(profiles)
    }

    /// The whole file, with the profile in it, which is right; whether another has its credential; and the file as read.
    fn text(&self, before: Option<&Source>, keys: &Table) -> Result<(String, Profile, bool, Profiles)> {
        self.profiles(before)?;
        let name = &self.args.name;
        let mut text = edit::with_profile(before.map_or("", Source::text), name, keys)?;
        if self.args.default {
            text = edit::with_default(&text, name)?;
        }
        let after = Profiles::read(Source::of(self.path, text.clone()), Source::open)?;
        let profile = after.get(name).map_err(|error| unplaced(&error, name))?;
        match after.rival(&profile) {
            Some(rival) => Err(unplaced(&after.rivalry(&profile, &rival), name)),
            None => {
                let shared = after.is_shared(name);
                Ok((text, profile, shared, after))
            }
        }
    }
}

/// The file does not have that line yet.
fn unplaced(error: &Error, name: &str) -> Error {
    let (message, mark) = (error.message(), format!("`profiles.{name}."));
    match message.find(&mark) {
        Some(at) => config(format!("`{}", &message[at + mark.len()..])),
        None => error.clone(),
    }
}

/// Names all that is lacking at once, and the line that gives it.
fn check_complete(profiles: &Profiles, args: &AddProfile, keys: &Table) -> Result<()> {
    if !keys.contains_key("dialect") {
        let words = "`--dialect` is missing, and cannot be asked for here";
        return Err(config(words).hint("`tokcli dialect list WORD` finds the vendor's"));
    }
    let mut lacking = missing::missing(&profiles.dialects, keys)?;
    let store = keys.get("store").and_then(Value::as_str).and_then(|name| profiles.store(name));
    let elsewhere = store.is_some_and(|store| store.is_ok_and(|store| store.owner().is_some()));
    lacking.retain(|one| !elsewhere || one.says_where());
    lacking.retain(|one| one.default.is_none());
    let names_no_client = missing::names_no_client(&profiles.dialects, keys)?;
    if names_no_client {
        lacking.push(missing::public_client_id(true));
    }
    if lacking.is_empty() {
        return Ok(());
    }
    let words: Vec<String> = lacking.iter().map(Missing::words).collect();
    let all: Vec<String> = lacking.iter().map(setting).collect();
    let line = match (args.settings.is_empty(), &args.dialect) {
        (true, Some(dialect)) => {
            let default = if args.default { " --default" } else { "" };
            format!("`tokcli config add {} --dialect {dialect}{default} {}`", args.name, all.join(" "))
        }
        _ => format!("add `{}`", all.join(" ")),
    };
    let line = match names_no_client {
        true => format!("{line}; if the vendor gave no `client_id`, `--set client_auth=none` says so"),
        false => line,
    };
    let (more, line) = match login_addresses::ways_in(&profiles.dialects, keys)?.as_slice() {
        [] => (String::new(), line),
        ways => with_a_login(ways, line),
    };
    Err(config(format!("the profile lacks {}{more}", words.join(", "))).hint(line))
}

type WayIn = (&'static str, &'static str);

/// What a login would need besides, in the error and in the line that mends it.
fn with_a_login(ways: &[WayIn], line: String) -> (String, String) {
    let words: Vec<String> = ways.iter().map(|(key, with)| format!("`{key}` ({with})")).collect();
    let flag = |key: &str| match key {
        ISSUER => format!("--set {key}=https://HOST"),
        _ => format!("--set {key}=https://HOST/PATH"),
    };
    let (issuer, others): (Vec<&WayIn>, Vec<&WayIn>) = ways.iter().partition(|(key, _)| *key == ISSUER);
    let others: Vec<String> = others.iter().map(|(key, _)| flag(key)).collect();
    let mut line = format!("{line}; for a login also `{}`", others.join("` or `"));
    if !issuer.is_empty() {
        line += &format!(", or `{}` instead of all addresses", flag(ISSUER));
    }
    (format!(", and, to log in, one of {}", words.join(", ")), line)
}

/// As it stands on a command line, with a word in capitals for what is to be filled in.
fn setting(one: &Missing) -> String {
    let name = one.name();
    let name = if one.path.iter().any(|key| key.contains('.')) { quoted(&one.path) } else { name };
    match one.kind {
        Kind::Address if name == "token_url" => format!("--set {name}=https://HOST/PATH"),
        Kind::Address => format!("--set {name}=https://HOST"),
        Kind::Text => format!("--set {name}=VALUE"),
        Kind::Path => format!("--set {name}=FILE"),
        Kind::Secret => format!("--set {name}.env=VARIABLE"),
        Kind::SecretFile => format!("--set {name}.file=FILE"),
    }
}

fn quoted(key: &[String]) -> String {
    let part = |key: &String| if key.contains('.') { format!("'\"{key}\"'") } else { key.clone() };
    key.iter().map(part).collect::<Vec<_>>().join(".")
}
