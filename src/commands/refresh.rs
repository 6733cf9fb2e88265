//! `tokcli refresh`: renew now; one profile, all of them, or only show the request.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Context;
use crate::cli::Refresh;
use crate::clock::rfc3339;
use crate::dialect::request::HttpRequest;
use crate::error::{Error, Result, config};
use crate::output::error_member;
use crate::profile::{Profile, StoreSpec};
use crate::profiles::Profiles;
use crate::refresh;
use crate::run::{Grant, Want};

pub(super) fn run(context: &Context<'_>, args: &Refresh, all: &Profiles, profile: &Profile) -> Result<()> {
    if args.dry_run {
        return dry_run(context, profile);
    }
    let want = Want {
        fresh: true,
        force_replay: args.force_replay,
        strict_store: args.strict_store,
        ..Want::default()
    };
    let grant = refresh::obtain(&context.run, profile, &want)?;
    context.give(all, profile, grant)
}

/// Outcomes of every profile, never tokens; the highest exit status.
pub(super) fn all(context: &Context<'_>, args: &Refresh) -> Result<u8> {
    let profiles = context.profiles()?;
    let want = Want { fresh: true, obey_marks: true, strict_store: args.strict_store, ..Want::default() };
    let mut seen = BTreeSet::new();
    let (mut good, mut failed, mut exit) = (0, 0, 0);
    for name in profiles.names() {
        let ended = one(context, &profiles, name, &want, &mut seen);
        match &ended {
            Ok(_) => good += 1,
            Err(error) => {
                failed += 1;
                exit = exit.max(error.code.exit());
            }
        }
        print_line(context, name, &ended)?;
        // The same words about another profile are news.
        context.out.take_warnings();
    }
    if failed == 0 {
        context.out.say(&format!("{good} refreshed"));
    } else {
        context.out.say(&format!("{good} refreshed, {failed} failed"));
    }
    Ok(exit)
}

/// A second profile of the same account adopts what the first obtained.
fn one(
    context: &Context<'_>,
    profiles: &Profiles,
    name: &str,
    want: &Want,
    seen: &mut BTreeSet<(bool, String)>,
) -> Result<(&'static str, Grant)> {
    let profile = profiles.get(name)?;
    let first = seen.insert((profile.store == StoreSpec::Keyring, profile.account.to_lowercase()));
    let grant = refresh::obtain(&context.run, &profile, want)?;
    Ok((if first && grant.refreshed { "refreshed" } else { "adopted" }, grant))
}

fn print_line(context: &Context<'_>, name: &str, ended: &Result<(&'static str, Grant)>) -> Result<()> {
    let outcome = ended.as_ref().map_or("failed", |(outcome, _)| outcome);
    let expires = ended.as_ref().ok().and_then(|(_, grant)| grant.access.expires_at()).and_then(rfc3339);
    if context.out.json() {
        let error = ended.as_ref().err().map(|error: &Error| error_member(Some(name), error));
        return context.out.object(&json!({ "version": 1, "profile": name, "outcome": outcome, "expires_at": expires, "error": error }));
    }
    context.out.text(&match (ended, expires) {
        (Ok(_), Some(expires)) => format!("{name}: {outcome}, expires {expires}\n"),
        (Ok(_), None) => format!("{name}: {outcome}\n"),
        (Err(error), _) => format!("{name}: failed, {}: {error}\n", error.code.word()),
    })
}

/// Reads no secret, takes no lock, writes nothing.
fn dry_run(context: &Context<'_>, profile: &Profile) -> Result<()> {
    let request = masked(profile).map_err(|why| config(format!("`profiles.{}`: {why}", profile.name)))?;
    if context.out.json() {
        return context.out.object(&json!({ "version": 1, "profile": profile.name, "request": request }));
    }
    let field = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
    let mut text = format!("{} {}\n", field("method"), field("url"));
    for (name, value) in request["headers"].as_object().into_iter().flatten() {
        text += &format!("{name}: {}\n", value.as_str().unwrap_or_default());
    }
    if request["body"].is_string() {
        text += &format!("\n{}\n", field("body"));
    }
    context.out.text(&text)
}

const MASK: &str = "***";
/// Of another length, so that whatever depends on a secret shows by differing.
const OTHER_MASK: &str = "****.";

fn masked(profile: &Profile) -> std::result::Result<Value, String> {
    let (one, other) = (profile.masked_request(MASK)?, profile.masked_request(OTHER_MASK)?);
    let headers = |request: &HttpRequest| {
        request.headers.iter().map(|(name, value)| (name.clone(), value.to_string())).collect::<Vec<_>>()
    };
    let shown: serde_json::Map<String, Value> = headers(&one)
        .into_iter()
        .zip(headers(&other))
        .map(|((name, a), (_, b))| (name, json!(opaque(&a, &b))))
        .collect();
    let body = one.body.as_ref().zip(other.body.as_ref()).map(|(a, b)| opaque(a, b));
    Ok(
        json!({ "method": one.method.word(), "url": opaque(one.url.as_str(), other.url.as_str()), "headers": shown, "body": body }),
    )
}

/// A secret that was encoded together with other text shows as one mask; so does the scheme's word stay.
fn opaque(one: &str, other: &str) -> String {
    if other.replace(OTHER_MASK, MASK) == one {
        return one.to_owned();
    }
    match one.split_once(' ') {
        Some((scheme, _)) if other.starts_with(&format!("{scheme} ")) => format!("{scheme} {MASK}"),
        _ => MASK.to_owned(),
    }
}
