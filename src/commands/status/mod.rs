//! `tokcli status`: every profile and how its credential fares. Changes nothing,
//! sends nothing, and never prompts.

mod check;
pub(super) mod line;
mod owner;
mod people;

use serde_json::{Value, json};

use self::line::{Line, instant, line, logged_in, names};
use super::context::Context;
use crate::base::clock::Moment;
use crate::base::error::Result;
use crate::credential::fleet::Phase;
use crate::profile::configuration::Profiles;
use crate::store::unnamed::{Unnamed, unnamed};
use crate::store::{Holder, SECRETS};
use crate::terminal::arguments::Status;
use crate::terminal::table;
use crate::terminal::wording::{moment_of, words_of};

pub(super) fn run(context: &Context<'_>, args: &Status) -> Result<u8> {
    if args.check {
        return check::run(context, args.within.unwrap_or_default(), args.owner);
    }
    shown(context, args).map(|()| 0)
}

/// The state of one profile's credential, as `status` says it.
pub(super) fn state(context: &Context<'_>, profiles: &Profiles, name: &str) -> String {
    line(context, profiles, name).state().to_owned()
}

fn shown(context: &Context<'_>, args: &Status) -> Result<()> {
    let profiles = context.profiles()?;
    let names = names(context, &profiles)?;
    let mut lines: Vec<Line> = names.iter().map(|name| line(context, &profiles, name)).collect();
    if args.owner {
        owner::ask(context, &profiles, &mut lines);
    }
    // Whoever asks for one profile asks for nothing that none names.
    let others = if context.global.profile.is_some() { Vec::new() } else { left_over(context, &profiles) };
    if context.out.json() {
        let lines: Vec<Value> = lines.iter().map(Line::object).collect();
        let others: Vec<Value> = others.iter().map(unnamed_object).collect();
        return context.out.object(&json!({ "version": 1, "profiles": lines, "unnamed": others }));
    }
    let screen = context.out.screen().filter(|_| !args.utc);
    match screen {
        Some(screen) => context.out.table(&people::table(&lines, screen, Moment::now().wall_ms))?,
        None => context.out.text(&instants(&lines))?,
    }
    tell(context, &lines, &others);
    Ok(())
}

/// What a table has no place for.
fn tell(context: &Context<'_>, lines: &[Line], others: &[Unnamed]) {
    for line in lines {
        if let Some(error) = &line.trouble {
            context.out.warn(format!("`{}`: {error}", line.profile));
        }
        if let Some(holder) = &line.holder {
            context.out.warn(format!("`{}`: {}", line.profile, claimed(holder)));
        }
        if let Some(at) = line.said_before {
            context.out.warn(format!(
                "`{}`: its owner said{} that a person is needed; `tokcli status --owner` asks it again",
                line.profile,
                moment_of(at)
            ));
        }
        if let Some(at) = line.exported {
            context.out.warn(format!(
                "`{}` was exported{}: it is refreshed where the copy is",
                line.profile,
                moment_of(at)
            ));
        }
        if !line.unread.is_empty() {
            context.out.warn(format!(
                "`{0}`: an answer of the vendor could not be read and is kept ({1}); `tokcli recover --profile {0}` reads it once the dialect can",
                line.profile,
                line.unread.join("; "),
            ));
        }
    }
    // Under another configuration all are foreign, and nobody wants to read that of each.
    match others {
        [] => {}
        [other] => context.out.warn(unnamed_words(other)),
        several => {
            several.iter().for_each(|other| context.out.step(&unnamed_words(other)));
            context.out.warn(format!(
                "no profile names {} of the credentials that are kept here; `tokcli status -v` lists them",
                several.len()
            ));
        }
    }
}

/// Who is refreshing, and how far it has got.
fn claimed(holder: &Holder) -> String {
    let Holder { machine, phase, age, is_here } = holder;
    let since = words_of(*age);
    let who = if *is_here { "this machine".to_owned() } else { format!("the machine `{machine}`") };
    match phase {
        Phase::Claimed => {
            format!("{who} claimed the refresh {since} ago and has sent nothing yet")
        }
        Phase::Sent => {
            format!("{who} sent the refresh token {since} ago, and has not come back yet")
        }
        Phase::Uncertain => {
            format!("{who} sent the refresh token {since} ago, and does not know how that ended")
        }
    }
}

/// For scripts, and for whoever wants instants.
fn instants(lines: &[Line]) -> String {
    let dash = |value: Option<String>| value.unwrap_or_else(|| "-".into());
    let head = ["PROFILE", "DIALECT", "STORE", "STATE", "ACCESS TOKEN UNTIL", "LOGIN UNTIL", "WHO"];
    let rows = lines.iter().map(|line| {
        [
            line.profile.clone(),
            line.dialect.clone(),
            line.store.clone(),
            line.state().to_owned(),
            dash(instant(line.access_ends)),
            dash(instant(line.dies)),
            dash(line.who.clone()),
        ]
    });
    table::plain(head, rows)
}

/// What cannot be found out is not in the way of the rest: each profile tells what is wrong with its store.
fn left_over(context: &Context<'_>, profiles: &Profiles) -> Vec<Unnamed> {
    unnamed(profiles.accounts()).unwrap_or_else(|error| {
        context.out.step(&format!("credentials that no profile names cannot be found: {error}"));
        Vec::new()
    })
}

fn unnamed_object(other: &Unnamed) -> Value {
    let record = other.record.as_ref();
    json!({
        "account": other.name,
        "store": other.store,
        "journal": other.id,
        "origins": record.map(|record| &record.bound.origins),
        "who": record.and_then(logged_in),
    })
}

fn unnamed_words(other: &Unnamed) -> String {
    let mut about: Vec<String> = Vec::new();
    if let Some(record) = &other.record {
        about.extend(logged_in(record));
        about.extend(record.bound.origins.iter().cloned());
    }
    let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join(", ")) };
    match &other.name {
        Some(name) if name.starts_with(SECRETS) => {
            let account = &name[SECRETS.len()..];
            format!(
                "no profile names the stored secrets of the account `{account}` in the store `{}`{about}; a profile with `account = \"{account}\"` would use them, and `logout --all-secrets` forgets them",
                other.store
            )
        }
        Some(name) => format!(
            "no profile names the credential `{name}` in the store `{}`{about}; a profile with `account = \"{name}\"` would use it, and `logout` forgets it",
            other.store
        ),
        None => format!(
            "no profile names the credential whose journal is `{}.jrn`, of {}{about}",
            other.id,
            other.of_store()
        ),
    }
}
