//! Asks the server that a profile names by its issuer what it says of itself, and where that leads.

use std::time::{Duration, Instant};

use url::Url;

use super::demand::Invocation;
use super::discovery::{Discovery, Issuer, Server};
use super::stored_secrets;
use crate::base::address::checked_issuer;
use crate::base::error::{Result, config};
use crate::credential::discovered::Discovered;
use crate::credential::record::Binding;
use crate::credential::secrets::ClientSecret;
use crate::http::client::Route;
use crate::profile::Profile;
use crate::profile::secrets::{For, PROXY_AUTH};

/// For all that is asked together, and for one answer.
const LONGEST: Duration = Duration::from_secs(60);
const ANSWER: Duration = Duration::from_secs(20);

/// Begins at `given`, by the profile's way to the network.
pub(crate) fn ask<T>(
    invocation: &Invocation<'_>,
    profile: &Profile,
    given: Url,
    ask: impl FnOnce(&Discovery<'_>) -> Result<T>,
) -> Result<T> {
    // Whoever needs no login at a proxy has no other secret read.
    let wants_login = profile.secret_keys().any(|(key, _)| key == PROXY_AUTH);
    let secrets = wants_login.then(|| stored_secrets::secrets(invocation, profile, For::Renewal));
    let secrets = secrets.transpose()?;
    let proxy_auth = secrets.as_ref().and_then(|secrets| secrets.proxy_auth.as_ref());
    let left = invocation.deadline.saturating_duration_since(Instant::now());
    let route = Route {
        tls: &profile.tls,
        proxy: &profile.proxy,
        proxy_auth: proxy_auth.map(ClientSecret::expose),
        connect: left.min(LONGEST),
        timeout: profile.timeout.min(ANSWER),
    };
    let tell = |words: &str| invocation.out.step(words);
    ask(&Discovery::from(given, &route, &tell))
}

/// What the issuer of the profile says of itself now.
pub(crate) fn server(invocation: &Invocation<'_>, profile: &Profile, issuer: &str) -> Result<Server> {
    let given = checked_issuer(issuer).map_err(config)?;
    let server = ask(invocation, profile, given, |discovery| discovery.server(&Issuer::given(issuer)))?;
    server.warnings.iter().for_each(|words| invocation.out.warn(words.as_str()));
    Ok(server)
}

/// What is kept of it.
pub(crate) fn pin(server: &Server, profile: &Profile) -> Discovered {
    Discovered { resource: profile.resource().map(str::to_owned), ..server.pinned.clone() }
}

/// Where nobody has agreed yet that anything may go.
pub(crate) fn new_origins(found: &Discovered, known: Option<&Binding>) -> Vec<String> {
    let of = |found: &Discovered| found.origins();
    let issuer = Url::parse(&found.issuer).map(|url| url.origin().ascii_serialization());
    let known = known.and_then(|bound| bound.discovered.as_ref()).map(|found| of(found));
    let known: Vec<String> = known.into_iter().flatten().chain(issuer).collect();
    let mut new = of(found);
    new.retain(|origin| !known.contains(origin));
    new
}
