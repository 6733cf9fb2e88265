//! Asks the server that a profile names by its issuer, and shows a person what it says of itself before that counts.

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

/// A server that was asked what it is, and what of that a person has agreed to.
pub(super) struct Confirmation<'a> {
    pub(super) server: &'a Server,
    /// Where the credential that is there may go.
    pub(super) known: Option<Binding>,
    /// Whoever asked has shown the rest.
    pub(super) yes: bool,
}

impl Confirmation<'_> {
    /// What the server says in the place of what it said before, and where nothing has gone yet.
    pub(super) fn check(&self, context: &Context<'_>, replace: bool, profile: &Profile) -> Result<()> {
        let Some(now) = &profile.binding.discovered else { return Ok(()) };
        let before = self.known.as_ref().and_then(|bound| bound.discovered.as_ref());
        // What it is asked for is the profile's to say.
        let before = before.map(|before| Discovered { resource: now.resource.clone(), ..(**before).clone() });
        let changes = before.map(|before| before.changes(now)).unwrap_or_default();
        if !changes.is_empty() && !replace {
            let words =
                format!("`{}` is not what it was: {}; nothing was sent", now.issuer, changes.join("; "));
            return Err(refused(words).hint("`--replace` logs in there all the same"));
        }
        changes.iter().for_each(|words| context.out.say(&format!("`{}`: {words}", now.issuer)));
        let new = new_origins(now, self.known.as_ref());
        if new.is_empty() {
            return Ok(());
        }
        let what = format!("`{}` leads to {}", now.issuer, new.join(", "));
        confirm(context, self.yes, &what, "log in there?")
    }
}

/// Where nobody has agreed yet that anything may go.
fn new_origins(found: &Discovered, known: Option<&Binding>) -> Vec<String> {
    let issuer = Url::parse(&found.issuer).map(|url| url.origin().ascii_serialization());
    let known = known.and_then(|bound| bound.discovered.as_ref()).map(|known| known.origins());
    let known: Vec<String> = known.into_iter().flatten().chain(issuer).collect();
    let mut new = found.origins();
    new.retain(|origin| !known.contains(origin));
    new
}

/// `Err`: nobody has agreed to `what`.
pub(super) fn confirm(context: &Context<'_>, yes: bool, what: &str, question: &str) -> Result<()> {
    context.out.say(what);
    if yes {
        return Ok(());
    }
    if !input::is_terminal() || context.out.json() {
        let words = format!("{what}; nobody can be asked here whether that is right");
        return Err(refused(words).hint("`--yes` confirms it"));
    }
    context.out.say(&format!("{question} [y/N]"));
    if input::says_yes() { Ok(()) } else { Err(refused("not confirmed, nothing was changed")) }
}
