//! `tokcli refresh`: renew one profile now, or only show the request.

use serde_json::{Value, json};

use super::context::Context;
use crate::base::error::{Result, config, internal};
use crate::dialect::flow::Step;
use crate::dialect::nonces::Nonces;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::demand::Demand;
use crate::session::{owner, refresh};
use crate::terminal::arguments::Refresh;
use crate::terminal::masked::MASK;

pub(super) fn run(context: &Context<'_>, args: &Refresh, all: &Profiles, profile: &Profile) -> Result<()> {
    let by_hand = [("refresh --dry-run", args.dry_run), ("refresh --force-replay", args.force_replay)];
    by_hand
        .iter()
        .filter(|(_, given)| *given)
        .try_for_each(|(what, _)| owner::check_is_here(profile, what))?;
    if args.dry_run {
        return dry_run(context, profile);
    }
    let want = Demand {
        fresh: true,
        force_replay: args.force_replay,
        takeover: args.takeover.is_some(),
        strict_store: args.strict_store,
        ..Demand::default()
    };
    let (issued, journal) = refresh::obtain(&context.invocation, all, profile, &want)?;
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

fn masked(profile: &Profile, step: &Step<'_>, draw: &Nonces) -> std::result::Result<Value, String> {
    let request = profile.masked_request(step, MASK, draw)?;
    let headers: serde_json::Map<String, Value> =
        request.shown_headers().map(|(name, value)| (name.to_owned(), json!(value))).collect();
    let body = request.body.as_ref().map(|body| body.as_str());
    Ok(
        json!({ "method": request.method.word(), "url": request.url.as_str(), "headers": headers, "body": body }),
    )
}
