//! Where a browser comes back to after a login: a redirect address on the loopback interface (RFC 8252 section 7.3), and
//! the one place of the program that listens.
//!
//! The rule that matters: whoever can reach the address may knock, and TCP does not say who that is. So another user of
//! the machine, a page in the browser or a program of the network namespace gets nothing but a short page, holds nobody
//! up, and ends nothing: only what the caller accepts, by the `state` that it drew for this login, does.

mod page;
mod request;
mod server;
mod sockets;

use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use url::Url;

use self::request::Expected;
pub(crate) use self::request::{Params, params};
pub(crate) use self::server::{Arrival, Reply};
use self::server::{Running, start};
use self::sockets::Families;
use crate::base::error::{Error, Result, config, internal, refused};

/// Listens from its making until it and the [`Reply`] that came of it are dropped.
pub(crate) struct Loopback {
    redirect_uri: String,
    arrivals: Receiver<Arrival>,
    server: Rc<Running>,
}

impl Loopback {
    /// Listens at `written`, an `http` address of this machine: on `127.0.0.1`, on `[::1]`, or for `localhost` on both.
    /// `port` is a person's wish. `any_port`: the vendor leaves the port out when it compares; without one in the address a
    /// free one is taken.
    ///
    /// `Err`: `busy` if another program has the port, `refused` if it may not be had, `config` if the address is not of
    /// this kind.
    pub(crate) fn bind(written: &str, any_port: bool, port: Option<u16>) -> Result<Loopback> {
        let mut url = Url::parse(written).map_err(|_| no_loopback(written))?;
        let families = Families::of(&url).ok_or_else(|| no_loopback(written))?;
        let wanted = wanted_port(&url, any_port, port)?;
        let (listeners, bound) = sockets::open(families, wanted).map_err(|failure| failure.words())?;
        url.set_port(Some(bound)).map_err(|()| no_loopback(written))?;
        let expected = Expected::at(&url, bound);
        let (server, arrivals) = start(listeners, expected);
        Ok(Loopback { redirect_uri: with_port(written, bound), arrivals, server: Rc::new(server) })
    }

    /// For the authorization request, and again for the token request: as it was written, with the port that is listened
    /// on. Vendors compare it word for word.
    pub(crate) fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    #[cfg(test)]
    pub(crate) fn port(&self) -> u16 {
        Url::parse(&self.redirect_uri).ok().and_then(|url| url.port_or_known_default()).unwrap_or_default()
    }

    /// The next request that is right but for what only the caller knows. `None`: none came for so long.
    pub(crate) fn next(&self, patience: Duration) -> Result<Option<Arrival>> {
        match self.arrivals.recv_timeout(patience) {
            Ok(arrival) => Ok(Some(arrival)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(internal("no thread can be started")),
        }
    }

    /// This is the one that was waited for; whoever comes now is told so. The browser waits for the answer.
    pub(crate) fn accept(&self, arrival: Arrival) -> Reply {
        arrival.accept(&self.server)
    }

    /// It came another way: whoever comes now is told that the login was taken up already.
    pub(crate) fn turn_away(&self) {
        self.server.turn_away();
    }
}

fn no_loopback(written: &str) -> Error {
    config(format!(
        "nothing can listen at the redirect address `{written}`: that needs `http://127.0.0.1`, `http://[::1]` or `http://localhost`, without user and fragment"
    ))
}

/// 0: a free one.
fn wanted_port(url: &Url, any_port: bool, wish: Option<u16>) -> Result<u16> {
    let written = url.port();
    match (wish, written) {
        (Some(wish), _) if any_port => Ok(wish),
        (Some(wish), _) if Some(wish) != written.or(url.port_or_known_default()) => Err(refused(format!(
            "the vendor compares the redirect address `{url}` word for word, so no other port than the registered one can be used"
        ))
        .hint("register the address with the other port, and write it as `redirect_uri`")),
        (_, Some(port)) => Ok(port),
        (_, None) if any_port => Ok(0),
        (_, None) => Ok(url.port_or_known_default().unwrap_or_default()),
    }
}

/// `written`, in which nothing but the port changes; a port that is left out because it is the usual one stays out.
fn with_port(written: &str, port: u16) -> String {
    let begin = written.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = written.split_at(begin);
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = match authority.rsplit_once(':') {
        Some((host, digits)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    if port == 80 && host == authority {
        return written.to_owned();
    }
    format!("{scheme}{host}:{port}{path}")
}

#[cfg(test)]
mod tests;
