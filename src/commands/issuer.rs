//! Asks the server that a profile names by its issuer, and shows a person what it says of itself before that counts.

use std::fmt::Display;
use std::time::{Duration, Instant};

use url::Url;

use super::context::Context;
use crate::base::address::checked_issuer;
use crate::base::error::{Result, config, refused};
use crate::credential::discovered::Discovered;
use crate::credential::record::Binding;
use crate::credential::secrets::ClientSecret;
use crate::http::client::Route;
use crate::profile::Profile;
use crate::profile::secrets::{For, PROXY_AUTH};
use crate::session::discovery::{Discovery, Issuer, Server};
use crate::session::stored_secrets;
use crate::terminal::input;

/// For all that is asked together, and for one answer.
const LONGEST: Duration = Duration::from_secs(60);
const ANSWER: Duration = Duration::from_secs(20);

/// Begins at `given`, by the profile's way to the network.
pub(super) fn ask<T>(
    context: &Context<'_>,
    profile: &Profile,
    given: Url,
    ask: impl FnOnce(&Discovery<'_>) -> Result<T>,
) -> Result<T> {
    // Whoever needs no login at a proxy has no other secret read.
    let wants_login = profile.secret_keys().any(|(key, _)| key == PROXY_AUTH);
    let secrets = wants_login.then(|| stored_secrets::secrets(&context.invocation, profile, For::Renewal));
    let secrets = secrets.transpose()?;
    let proxy_auth = secrets.as_ref().and_then(|secrets| secrets.proxy_auth.as_ref());
    let left = context.invocation.deadline.saturating_duration_since(Instant::now());
    let route = Route {
        tls: &profile.tls,
        proxy: &profile.proxy,
        proxy_auth: proxy_auth.map(ClientSecret::expose),
        connect: left.min(LONGEST),
        timeout: profile.timeout.min(ANSWER),
    };
    let tell = |words: &str| context.out.step(words);
    ask(&Discovery::from(given, &route, &tell))
}

/// What the issuer of the profile says of itself now.
pub(super) fn server(context: &Context<'_>, profile: &Profile, issuer: &str) -> Result<Server> {
    let given = checked_issuer(issuer).map_err(config)?;
    let server = ask(context, profile, given, |discovery| discovery.server(&Issuer::given(issuer)))?;
    server.warnings.iter().for_each(|words| context.out.warn(words.as_str()));
    Ok(server)
}

/// What is kept of it.
pub(super) fn pin(server: &Server, profile: &Profile) -> Discovered {
    Discovered { resource: profile.resource().map(str::to_owned), ..server.pinned.clone() }
}

/// Where nobody has agreed yet that anything may go.
pub(super) fn new_origins(found: &Discovered, known: Option<&Binding>) -> Vec<String> {
    let of = |found: &Discovered| found.origins();
    let issuer = Url::parse(&found.issuer).map(|url| url.origin().ascii_serialization());
    let known = known.and_then(|bound| bound.discovered.as_ref()).map(|found| of(found));
    let known: Vec<String> = known.into_iter().flatten().chain(issuer).collect();
    let mut new = of(found);
    new.retain(|origin| !known.contains(origin));
    new
}

/// `Err`: nobody has agreed to `what`. `sure`: the command line that does, without a question.
pub(super) fn confirm(
    context: &Context<'_>,
    yes: bool,
    what: &str,
    question: &str,
    sure: &dyn Display,
) -> Result<()> {
    context.out.say(what);
    if yes {
        return Ok(());
    }
    if !input::is_terminal() || context.out.json() {
        let words = format!("{what}; tokcli cannot ask here whether that is right");
        return Err(refused(words).hint(format!("if it is, {sure} confirms it")));
    }
    context.out.say(&format!("{question} [y/N]"));
    if input::says_yes() { Ok(()) } else { Err(refused("not confirmed, nothing was changed")) }
}
