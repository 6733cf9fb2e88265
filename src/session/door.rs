//! The door to a profile's vendor, within what the deadline leaves.

use std::time::{Duration, Instant};

use url::Url;

use super::demand::Invocation;
use crate::base::error::Result;
use crate::credential::secrets::ClientSecret;
use crate::http::client::{Door, Route};
use crate::http::proxy;
use crate::profile::Profile;
use crate::profile::secrets::Secrets;

/// Whoever connects, or has sent a request that is to be cut off, is given this long at the least: cut off at once it helps
/// nobody.
pub(super) const LEAST: Duration = Duration::from_secs(1);

pub(super) fn open(
    invocation: &Invocation<'_>,
    profile: &Profile,
    secrets: &Secrets,
    url: &Url,
) -> Result<Door> {
    if url.scheme() == "http" && !proxy::is_here(url) {
        let host = url.host_str().unwrap_or_default();
        let words =
            format!("`tls.plaintext` is set: whoever listens on the way to `{host}` can take the tokens");
        invocation.out.warn(&words);
    }
    let route = Route {
        tls: &profile.tls,
        proxy: &profile.proxy,
        proxy_auth: secrets.proxy_auth.as_ref().map(ClientSecret::expose),
        connect: left(invocation),
        timeout: timeout(invocation, profile),
    };
    Ok(Door::open(url, &route)?.limited(profile.peers(url)))
}

/// For the answer, once the request was sent.
pub(super) fn timeout(invocation: &Invocation<'_>, profile: &Profile) -> Duration {
    if invocation.abandon { profile.timeout.min(left(invocation)) } else { profile.timeout }
}

fn left(invocation: &Invocation<'_>) -> Duration {
    invocation.deadline.saturating_duration_since(Instant::now()).max(LEAST)
}
