//! `tokcli status`: every profile and how its credential fares. Changes nothing,
//! sends nothing, and never prompts.

use serde_json::{Value, json};

use super::Context;
use crate::base::clock::{Moment, rfc3339};
use crate::base::error::{Error, Result};
use crate::credential::record::Contents;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::freshness::check_binding;
use crate::store::{Look, Store};

/// One line: what is known of a profile without asking anybody.
struct Line {
    profile: String,
    dialect: String,
    store: String,
    account: String,
    state: String,
    expires_at: Option<String>,
    refresh_expires_at: Option<String>,
    trouble: Option<Error>,
}

pub(super) fn run(context: &Context<'_>) -> Result<()> {
    let profiles = context.profiles()?;
    let names: Vec<String> = match &context.global.profile {
        Some(name) => vec![profiles.choose(Some(name.clone()))?],
        None => profiles.names().map(str::to_owned).collect(),
    };
    let lines: Vec<Line> = names.iter().map(|name| line(context, &profiles, name)).collect();
    if context.out.json() {
        return context.out.object(
            &json!({ "version": 1, "profiles": lines.iter().map(Line::object).collect::<Vec<_>>() }),
        );
    }
    context.out.text(&table(&lines))?;
    for line in &lines {
        if let Some(error) = &line.trouble {
            context.out.warn(format!("`{}`: {error}", line.profile));
        }
    }
    Ok(())
}

fn line(context: &Context<'_>, profiles: &Profiles, name: &str) -> Line {
    let unreadable = |trouble: Error, profile: Option<&Profile>| Line {
        profile: name.to_owned(),
        dialect: profile.map_or("?", |profile| &profile.dialect_name).to_owned(),
        store: profile.map_or("?", |profile| &profile.store_name).to_owned(),
        account: profile.map_or("?", |profile| &profile.account).to_owned(),
        state: "unreadable".into(),
        expires_at: None,
        refresh_expires_at: None,
        trouble: Some(trouble),
    };
    let profile = match profiles.get(name) {
        Ok(profile) => profile,
        Err(error) => return unreadable(error, None),
    };
    let look = Store::open(&profile, context.out.json()).and_then(|mut store| store.look());
    let contents = match look {
        Ok(Look::Held(contents, _) | Look::Unsettled(Some(contents))) => Some(contents),
        Ok(Look::Nothing | Look::Unsettled(None)) => None,
        Err(error) => return unreadable(error, Some(&profile)),
    };
    // Not a state of the credential, but the reason why it would not be used.
    let misdirected = contents.as_ref().and_then(|contents| check_binding(&profile, contents).err());
    let access = contents.as_ref().and_then(|contents| contents.record.access.as_ref());
    Line {
        state: state(contents.as_deref()),
        expires_at: access.and_then(crate::credential::record::Access::expires_at).and_then(rfc3339),
        refresh_expires_at: contents
            .as_ref()
            .and_then(|contents| contents.record.refresh_expires_ms)
            .and_then(|ms| rfc3339(ms.div_euclid(1_000))),
        profile: profile.name,
        dialect: profile.dialect_name,
        store: profile.store_name,
        account: profile.account,
        trouble: misdirected,
    }
}

fn state(contents: Option<&Contents>) -> String {
    let Some(contents) = contents else {
        return "none".into();
    };
    let valid =
        contents.record.access.as_ref().is_some_and(|access| access.remaining(&Moment::now()).is_some());
    match (&contents.record.mark, &contents.attempt) {
        (Some(mark), _) => mark.code.clone(),
        (None, Some(_)) => "uncertain".into(),
        (None, None) if valid => "valid".into(),
        (None, None) => "expired".into(),
    }
}

impl Line {
    fn object(&self) -> Value {
        json!({
            "profile": self.profile,
            "dialect": self.dialect,
            "store": self.store,
            "account": self.account,
            "state": self.state,
            "expires_at": self.expires_at,
            "refresh_expires_at": self.refresh_expires_at,
            // If nobody refreshes, the login ends with its refresh token.
            "dies_at": self.refresh_expires_at,
        })
    }
}

fn table(lines: &[Line]) -> String {
    let dash = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".into());
    let head =
        ["PROFILE", "DIALECT", "STORE", "STATE", "ACCESS TOKEN UNTIL", "LOGIN UNTIL"].map(str::to_owned);
    let rows = lines.iter().map(|line| {
        [
            line.profile.clone(),
            line.dialect.clone(),
            line.store.clone(),
            line.state.clone(),
            dash(&line.expires_at),
            dash(&line.refresh_expires_at),
        ]
    });
    let rows: Vec<[String; 6]> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text += cells.join("  ").trim_end();
        text.push('\n');
    }
    text
}
