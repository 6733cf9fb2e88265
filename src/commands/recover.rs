//! `tokcli recover`: what the journal holds and the store does not, brought back;
//! and what a sealed answer holds that could not be read, by names and lengths.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::json;

use super::{Context, Failure};
use crate::base::error::{Result, refused};
use crate::base::redact;
use crate::credential::record::Contents;
use crate::credential::secrets::RefreshToken;
use crate::dialect::answer;
use crate::profile::Profile;
use crate::session::refresh::{self, no_credential};
use crate::store::{Look, Store};
use crate::terminal::arguments::Recover;
use crate::terminal::input;

pub(super) fn run(context: &Context<'_>, args: &Recover) -> std::result::Result<u8, Failure> {
    let one = context.global.profile.is_some() || args.stdin || args.discard_journal;
    if one {
        return context.with_profile(|_, profile| {
            if args.discard_journal {
                discard(context, profile)
            } else if args.stdin {
                from_stdin(context, profile)
            } else {
                report(context, profile)
            }
        });
    }
    let profiles = context.profiles().map_err(|error| (None, error))?;
    let mut exit = 0;
    for name in profiles.names() {
        if let Err(error) = profiles.get(name).and_then(|profile| report(context, &profile)) {
            context.out.error(Some(name), &error);
            exit = exit.max(error.code.exit());
        }
    }
    Ok(exit)
}

fn report(context: &Context<'_>, profile: &Profile) -> Result<()> {
    let mut store = Store::open(profile, context.out.json())?;
    let lock = context.lock(&store, profile)?;
    let behind = matches!(store.look()?, Look::Unsettled(Some(_)));
    let Some(contents) = store.load(&lock)? else {
        return say(context, profile, "nothing", "no credential, nothing to recover", &[]);
    };
    let sealed = contents
        .attempt
        .as_ref()
        .and_then(|attempt| attempt.answer.as_ref())
        .map(|answer| describe(&contents, answer.status, answer.complete, &answer.body));
    let read = refresh::resume(&context.run, profile, &mut store, &lock, contents)?;
    match (read, sealed, behind) {
        (true, _, _) => {
            say(context, profile, "recovered", "an answer that had been left sealed was read and stored", &[])
        }
        (false, Some(found), _) => say(
            context,
            profile,
            "sealed",
            "an answer that could not be read is kept sealed; it holds",
            &found,
        ),
        (false, None, true) => say(
            context,
            profile,
            "recovered",
            "the journal was ahead of the store; the store has caught up",
            &[],
        ),
        (false, None, false) => say(context, profile, "intact", "journal and store agree", &[]),
    }
}

fn say(context: &Context<'_>, profile: &Profile, outcome: &str, words: &str, found: &[String]) -> Result<()> {
    if context.out.json() {
        return context
            .out
            .object(&json!({ "version": 1, "profile": profile.name, "outcome": outcome, "found": found }));
    }
    let details: String = found.iter().map(|line| format!("  {line}\n")).collect();
    let colon = if found.is_empty() { "" } else { ":" };
    context.out.text(&format!("{}: {words}{colon}\n{details}", profile.name))
}

/// Names and lengths, never values.
fn describe(contents: &Contents, status: u16, complete: bool, body: &[u8]) -> Vec<String> {
    let ending = if complete { "" } else { ", broken off" };
    let mut lines = vec![format!("status {status}, {} bytes{ending}", body.len())];
    match answer::members(body) {
        Some(members) => lines.extend(members.iter().map(|(at, kind)| format!("{at}: {kind}"))),
        None => lines.push("not JSON".into()),
    }
    let record = &contents.record;
    let mut secrets: Vec<&str> = record.candidates.iter().map(RefreshToken::expose).collect();
    secrets.push(record.refresh_token.expose());
    secrets.extend(record.access.iter().map(|access| access.token.expose()));
    lines.truncate(100);
    lines.iter().map(|line| redact::vendor_words(line, &secrets)).collect()
}

fn discard(context: &Context<'_>, profile: &Profile) -> Result<()> {
    let mut store = Store::open(profile, context.out.json())?;
    let lock = context.lock(&store, profile)?;
    match store.discard_journal(&lock)? {
        Some(aside) => say(
            context,
            profile,
            "discarded",
            &format!("the journal is set aside as {}", aside.display()),
            &[],
        ),
        None => say(context, profile, "nothing", "there is no journal", &[]),
    }
}

fn from_stdin(context: &Context<'_>, profile: &Profile) -> Result<()> {
    let text = input::secret("sealed text")?;
    let sealed = BASE64_STANDARD
        .decode(text.trim().trim_start_matches("sealed:").trim())
        .map_err(|_| refused("standard input is no sealed text"))?;
    let mut store = Store::open(profile, context.out.json())?;
    let lock = context.lock(&store, profile)?;
    let there = store.load(&lock)?.ok_or_else(|| no_credential(profile))?;
    let mut brought = store
        .open_export(&sealed)?
        .ok_or_else(|| refused("the sealed text belongs to another credential, or is damaged"))?;
    // An answer that no journal took belongs to the record that is there.
    let answered =
        |contents: &Contents| contents.attempt.as_ref().is_some_and(|attempt| attempt.answer.is_some());
    if brought.order() == there.order() && answered(&brought) && !answered(&there) {
        brought.sequence = brought.sequence.max(there.sequence) + 1;
    } else if brought.is_copy_of(&there) {
        return say(context, profile, "intact", "the sealed credential is there already", &[]);
    } else if brought.order() <= there.order() {
        return Err(refused("the credential at hand is as new as the sealed one, or newer"));
    }
    store.save(&lock, &brought)?;
    say(context, profile, "recovered", "the sealed credential is stored", &[])
}
