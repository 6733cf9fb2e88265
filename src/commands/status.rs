//! `tokcli status`: every profile and how its credential fares. Changes nothing,
//! sends nothing, and never prompts.

use serde_json::{Value, json};

use super::context::Context;
use crate::base::clock::{Moment, rfc3339};
use crate::base::error::{Error, Result};
use crate::credential::access::Access;
use crate::credential::reading::RefusalKind;
use crate::credential::state::{Credential, State};
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::{binding, unread};
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
    dies_at: Option<String>,
    /// What answers hold that nobody could read.
    unread: Vec<String>,
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
        if !line.unread.is_empty() {
            context.out.warn(format!(
                "`{0}`: an answer of the vendor could not be read and is kept ({1}); `tokcli recover --profile {0}` reads it once the dialect can",
                line.profile,
                line.unread.join("; "),
            ));
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
        dies_at: None,
        unread: Vec::new(),
        trouble: Some(trouble),
    };
    let profile = match profiles.get(name) {
        Ok(profile) => profile,
        Err(error) => return unreadable(error, None),
    };
    let look = Store::open(&profile, context.out.json()).and_then(|mut store| store.look());
    let credential = match look {
        Ok(Look::Settled(credential, _) | Look::Unsettled(Some(credential))) => Some(credential),
        Ok(Look::Nothing | Look::Unsettled(None)) => None,
        Err(error) => return unreadable(error, Some(&profile)),
    };
    let record = credential.as_ref().and_then(|credential| credential.record());
    let served = record.and_then(|record| record.access(&profile.audience)?.served(profile.token));
    let expires_at = served.as_ref().and_then(|access| rfc3339(access.expires_at()?));
    let refresh_expires = record.and_then(|record| rfc3339(record.refresh_expires_ms?.div_euclid(1_000)));
    let dies_at = record.and_then(|record| rfc3339(record.dies_ms(profile.renews_with())?.div_euclid(1_000)));
    // Not a state of the credential, but the reason why it would not be used.
    let misdirected = record.and_then(|record| binding::check(&profile, &record.bound).err());
    Line {
        state: credential.as_ref().map_or("none", |credential| state(credential, served.as_ref())).to_owned(),
        expires_at,
        refresh_expires_at: refresh_expires,
        dies_at,
        profile: profile.name,
        dialect: profile.dialect_name,
        store: profile.store_name,
        account: profile.account,
        unread: credential.as_deref().map(unread::described).unwrap_or_default(),
        trouble: misdirected,
    }
}

fn state(credential: &Credential, access: Option<&Access>) -> &'static str {
    let Some(record) = credential.record() else { return "none" };
    if let Some(mark) = &record.mark {
        return match mark.outcome.refusal() {
            Some(RefusalKind::ClientRejected) => "client_rejected",
            _ => "login_required",
        };
    }
    let valid = access.is_some_and(|access| access.remaining(&Moment::now()).is_some());
    match credential.state {
        State::Open { .. } | State::Answered { .. } => "uncertain",
        _ if valid => "valid",
        _ => "expired",
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
            "dies_at": self.dies_at,
            "unread": self.unread,
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
            dash(&line.dies_at),
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
