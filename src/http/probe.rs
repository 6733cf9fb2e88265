//! Whether an address can be reached, and what time it is there: a request for its root that holds no secret.

use std::time::Duration;

use tokio::time::timeout;
use url::{Host, Url};
use zeroize::Zeroizing;

use super::client::{Delivery, Door, Route};
use super::connect::{Peers, resolve};
use super::message::{HttpRequest, Method, Proofs, Wanted};
use super::prepared::host;
use super::proxy;
use super::runtime::Runtime;
use crate::base::error::{Code, Error, Result, plain};

/// Why nobody was reached.
pub(crate) enum Missed {
    /// The name of the server, or of the proxy, leads nowhere.
    Name(Error),
    Connection(Error),
}

/// By how many milliseconds the clock there is ahead of ours; `None`: it does not say.
pub(crate) fn probe(
    url: &Url,
    route: &Route<'_>,
    peers: Option<Peers>,
) -> std::result::Result<Option<i64>, Missed> {
    let proxy = proxy::of(url, route.proxy, route.proxy_auth).map_err(Missed::Connection)?;
    let first = proxy.map_or_else(|| url.clone(), |proxy| proxy.address);
    check_name(&first, route.connect).map_err(Missed::Name)?;
    let door = Door::open(url, route).map_err(Missed::Connection)?.limited(peers);
    match door.send(&root(url), Box::new(|| Ok(None))) {
        Delivery::Answer(raw) if raw.status != 0 => {
            Ok(raw.date().map(|date| date.saturating_sub(raw.at.wall_ms)))
        }
        Delivery::Answer(_) => {
            let words = format!("`{}` accepts a connection, but answers no HTTP request", host(url));
            Err(Missed::Connection(Error::new(Code::Unreachable, words)))
        }
        Delivery::Nothing(error, _) => Err(Missed::Connection(error)),
    }
}

fn check_name(url: &Url, within: Duration) -> Result<()> {
    let Some(Host::Domain(name)) = url.host() else { return Ok(()) };
    let found = Runtime::start()?.block_on(async { timeout(within, resolve(name.to_owned())).await });
    let why = match found {
        Ok(Ok(addresses)) if !addresses.is_empty() => return Ok(()),
        Ok(Ok(_)) => "it has no address".to_owned(),
        Ok(Err(cause)) => plain(&cause),
        Err(_) => "the resolver does not answer".to_owned(),
    };
    Err(Error::new(Code::Unreachable, format!("the name `{name}` cannot be looked up: {why}")))
}

fn root(url: &Url) -> HttpRequest {
    let mut root = url.clone();
    root.set_path("/");
    root.set_query(None);
    HttpRequest {
        method: Method::get(),
        url: root,
        headers: vec![("Accept".into(), Zeroizing::new("*/*".into()))],
        body: None,
        wanted: Wanted { headers: ["date", "age"].map(str::to_owned).to_vec(), body: false },
        proofs: Proofs::default(),
    }
}
