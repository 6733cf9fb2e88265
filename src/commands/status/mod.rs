//! `tokcli status`: every profile and how its credential fares. Changes nothing,
//! sends nothing, and never prompts.

mod check;
mod people;

use serde_json::{Value, json};

use super::context::Context;
use crate::base::clock::{Moment, rfc3339};
use crate::base::error::{Error, Result};
use crate::credential::outlook::{Condition, Outlook, Renewal};
use crate::credential::record::Record;
use crate::credential::state::Credential;
use crate::credential::who::{self, Given};
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::{binding, unread};
use crate::store::unnamed::{Unnamed, unnamed};
use crate::store::{Look, Store, credential_id};
use crate::terminal::arguments::Status;
use crate::warm::cache::forecast::Watched;

pub(super) fn run(context: &Context<'_>, args: &Status) -> Result<u8> {
    if args.check {
        return check::run(context, args.within.unwrap_or_default());
    }
    shown(context, args).map(|()| 0)
}

fn shown(context: &Context<'_>, args: &Status) -> Result<()> {
    let profiles = context.profiles()?;
    let names = names(context, &profiles)?;
    let lines: Vec<Line> = names.iter().map(|name| line(context, &profiles, name)).collect();
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
        None => context.out.text(&table(&lines))?,
    }
    tell(context, &lines, &others);
    Ok(())
}

fn names(context: &Context<'_>, profiles: &Profiles) -> Result<Vec<String>> {
    match &context.global.profile {
        Some(name) => Ok(vec![profiles.choose(Some(name.clone()))?]),
        None => Ok(profiles.names().map(str::to_owned).collect()),
    }
}

/// What a table has no place for.
fn tell(context: &Context<'_>, lines: &[Line], others: &[Unnamed]) {
    for line in lines {
        if let Some(error) = &line.trouble {
            context.out.warn(format!("`{}`: {error}", line.profile));
        }
        if !line.unread.is_empty() {
            context.out.warn(format!(
                "`{0}`: an answer of the vendor could not be read and is kept ({1}); `tokcli recover --profile {0}` reads it once the dialect can",
                line.profile,
                line.unread.join("; "),
            ));
        }
    }
    others.iter().for_each(|other| context.out.warn(unnamed_words(other)));
}

/// One line: what is known of a profile without asking anybody. Times are milliseconds since 1970.
struct Line {
    profile: String,
    dialect: String,
    store: String,
    account: String,
    /// `None`: it cannot be read.
    condition: Option<Condition>,
    access_ends: Option<i64>,
    refresh_ends: Option<i64>,
    dies: Option<i64>,
    who: Option<String>,
    scope: Option<String>,
    /// What answers hold that nobody could read.
    unread: Vec<String>,
    trouble: Option<Error>,
    /// The kind of store and the account, which profiles of one login have in common.
    login: (bool, String),
    needs_person: bool,
    /// The journal that this tells of; `None`: something else would have to be looked at again.
    watched: Option<Watched>,
}

fn line(context: &Context<'_>, profiles: &Profiles, name: &str) -> Line {
    let login = profiles.credential(name);
    let unreadable = |trouble: Error, profile: Option<&Profile>| Line {
        profile: name.to_owned(),
        dialect: profile.map_or("?", |profile| &profile.dialect_name).to_owned(),
        store: profile.map_or("?", |profile| &profile.store_name).to_owned(),
        account: profile.map_or("?", |profile| &profile.account).to_owned(),
        condition: None,
        access_ends: None,
        refresh_ends: None,
        dies: None,
        who: None,
        scope: None,
        unread: Vec::new(),
        trouble: Some(trouble),
        login: login.clone(),
        needs_person: false,
        watched: None,
    };
    let profile = match profiles.get(name) {
        Ok(profile) => profile,
        Err(error) => return unreadable(error, None),
    };
    let look = Store::open(&profile, context.out.json()).and_then(|mut store| {
        let look = store.look()?;
        Ok((look, store.version()))
    });
    let (credential, version) = match look {
        Ok((Look::Settled(credential, _) | Look::Unsettled(Some(credential)), version)) => {
            (Some(credential), version)
        }
        Ok((Look::Nothing | Look::Unsettled(None), version)) => (None, version),
        Err(error) => return unreadable(error, Some(&profile)),
    };
    let line = readable(&profile, credential.as_deref(), login);
    // Where there is no journal, the keyring may come by a credential, and nobody would notice.
    let watched = (version.is_some() || (credential.is_none() && !line.needs_person))
        .then(|| Watched::of(credential_id(&profile), version.as_ref()));
    let watched = watched.filter(|_| line.trouble.is_none());
    Line { watched, ..line }
}

fn readable(profile: &Profile, credential: Option<&Credential>, login: (bool, String)) -> Line {
    let record = credential.and_then(Credential::record);
    let access = record.and_then(Record::access);
    let outlook = Outlook::of(credential, access, renewal(profile), &Moment::now());
    Line {
        profile: profile.name.clone(),
        dialect: profile.dialect_name.clone(),
        store: profile.store_name.clone(),
        account: profile.account.clone(),
        condition: Some(outlook.condition),
        access_ends: access.and_then(|access| Some(access.expires_at()?.saturating_mul(1_000))),
        refresh_ends: record.and_then(|record| record.refresh_expires_ms),
        dies: outlook.dies_ms,
        who: record.and_then(logged_in),
        scope: profile.scope().map(str::to_owned),
        unread: credential.map(unread::described).unwrap_or_default(),
        // Not a state of the credential, but the reason why it would not be used.
        trouble: record.and_then(|record| binding::check(profile, &record.bound).err()),
        login,
        needs_person: outlook.needs_person,
        watched: None,
    }
}

fn renewal(profile: &Profile) -> Renewal {
    Renewal { with: profile.renews_with(), needs_access_token: profile.needs_access_token() }
}

/// Of a record that an earlier version wrote, what its tokens tell.
fn logged_in(record: &Record) -> Option<String> {
    let access_token = record.access().map(|access| access.token.expose());
    let told = || who::of(record.account.as_deref(), None, Given { access_token, ..Given::default() });
    record.who.clone().or_else(told)
}

fn instant(ms: Option<i64>) -> Option<String> {
    rfc3339(ms?.div_euclid(1_000))
}

impl Line {
    fn state(&self) -> &'static str {
        self.condition.map_or("unreadable", Condition::word)
    }

    fn object(&self) -> Value {
        json!({
            "profile": self.profile,
            "dialect": self.dialect,
            "store": self.store,
            "account": self.account,
            "state": self.state(),
            "expires_at": instant(self.access_ends),
            "refresh_expires_at": instant(self.refresh_ends),
            "dies_at": instant(self.dies),
            "unread": self.unread,
            "who": self.who,
        })
    }
}

/// For scripts, and for whoever wants instants.
fn table(lines: &[Line]) -> String {
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
    let rows: Vec<[String; 7]> = std::iter::once(head.map(str::to_owned)).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..7).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text += cells.join("  ").trim_end();
        text.push('\n');
    }
    text
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
        Some(name) => format!(
            "no profile names the credential `{name}` in the store `{}`{about}; one with `account = \"{name}\"` has it",
            other.store
        ),
        None => format!(
            "no profile names the credential whose journal is `{}.jrn`, of the store `{}`{about}",
            other.id, other.store
        ),
    }
}
