//! `tokcli refresh`: renew one profile now, or only show the request.

use serde_json::{Value, json};

use super::context::Context;
use crate::base::error::{Result, config, internal};
use crate::dialect::flow::Step;
use crate::dialect::nonces::Nonces;
use crate::http::message::HttpRequest;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::demand::Demand;
use crate::session::refresh;
use crate::terminal::arguments::Refresh;
use crate::terminal::masked::{MASK, common};

pub(super) fn run(context: &Context<'_>, args: &Refresh, all: &Profiles, profile: &Profile) -> Result<()> {
    if args.dry_run {
        return dry_run(context, profile);
    }
    let want = Demand {
        fresh: true,
        force_replay: args.force_replay,
        strict_store: args.strict_store,
        ..Demand::default()
    };
    let (issued, journal) = refresh::obtain(&context.invocation, profile, &want)?;
    context.give(all, profile, None, issued, journal)
}

/// Reads no secret, takes no lock, writes nothing.
fn dry_run(context: &Context<'_>, profile: &Profile) -> Result<()> {
    let draw = Nonces::now().map_err(internal)?;
    let last = profile.dialect.refresh().last();
    if last.exchange.makes.is_some() {
        return made(context, profile, &last, &draw);
    }
    let requests = profile.dialect.refresh().steps().map(|step| masked(profile, &step, &draw));
    let requests: std::result::Result<Vec<Value>, String> = requests.collect();
    let requests = requests.map_err(|why| config(format!("`profiles.{}`: {why}", profile.name)))?;
    if context.out.json() {
        let mut object = json!({ "version": 1, "profile": profile.name, "request": requests.last() });
        if requests.len() > 1 {
            object["steps"] = json!(requests);
        }
        return context.out.object(&object);
    }
    context.out.text(&requests.iter().map(shown).collect::<Vec<_>>().join("\n"))
}

/// Of a token that nobody is asked for.
fn made(context: &Context<'_>, profile: &Profile, step: &Step<'_>, draw: &Nonces) -> Result<()> {
    let token = masked(profile, step, draw)
        .map_err(|why| config(format!("`profiles.{}`: {why}", profile.name)))?["body"]
        .take();
    if context.out.json() {
        let object = json!({ "version": 1, "profile": profile.name, "request": null, "makes": { "access_token": token } });
        return context.out.object(&object);
    }
    let token = token.as_str().unwrap_or_default();
    let what = match token.starts_with('{') {
        true => "a JSON Web Token of this header, these claims and a signature",
        false => "it reads",
    };
    context.out.text(&format!("nothing is sent: the access token is made here; {what}:\n\n{token}\n"))
}

/// As it goes over the wire, nearly.
fn shown(request: &Value) -> String {
    let field = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
    let mut text = format!("{} {}\n", field("method"), field("url"));
    for (name, value) in request["headers"].as_object().into_iter().flatten() {
        text += &format!("{name}: {}\n", value.as_str().unwrap_or_default());
    }
    if request["body"].is_string() {
        text += &format!("\n{}\n", field("body"));
    }
    text
}

/// Of another length, so that whatever depends on a secret shows by differing.
const OTHER_MASK: &str = "****.";

fn masked(profile: &Profile, step: &Step<'_>, draw: &Nonces) -> std::result::Result<Value, String> {
    let one = profile.masked_request(step, MASK, draw)?;
    let other = profile.masked_request(step, OTHER_MASK, draw)?;
    let headers = |request: &HttpRequest| {
        let shown = request.shown_headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
        shown.collect::<Vec<_>>()
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

/// What differs by what stands in for the secrets is masked, and nothing else.
fn opaque(one: &str, other: &str) -> String {
    if other.replace(OTHER_MASK, MASK) == one { one.to_owned() } else { common(one, other) }
}
