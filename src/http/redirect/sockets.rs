//! The sockets of a redirect address: of the loopback interface and of nothing else, and closed in every program that is
//! started (the standard library sees to that).
//!
//! On Unix the standard library sets `SO_REUSEADDR`, so that the connections of an earlier login do not keep its port
//! taken. It does not set `SO_REUSEPORT`: no two programs listen on one port.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use url::{Host, Url};

use crate::base::error::{Code, Error, refused};

pub(super) enum Families {
    One(IpAddr),
    /// Of `localhost`: which of the two a browser takes first is its own affair.
    Both,
}

impl Families {
    /// `None`: not a plain `http` address of the loopback interface.
    pub(super) fn of(url: &Url) -> Option<Families> {
        let plain = url.scheme() == "http"
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none();
        match url.host().filter(|_| plain)? {
            Host::Ipv4(address) => address.is_loopback().then_some(Families::One(address.into())),
            Host::Ipv6(address) => address.is_loopback().then_some(Families::One(address.into())),
            Host::Domain(name) => (name == "localhost").then_some(Families::Both),
        }
    }
}

/// Why nothing listens.
pub(super) struct Failure {
    port: u16,
    cause: io::Error,
}

impl Failure {
    pub(super) fn is_busy(&self) -> bool {
        self.cause.kind() == io::ErrorKind::AddrInUse
    }

    pub(super) fn words(&self) -> Error {
        let port = self.port;
        if self.is_busy() {
            return Error::new(Code::Busy, format!("another program listens on port {port} of this machine"));
        }
        let on = if port == 0 { String::new() } else { format!(" on port {port}") };
        refused(format!("cannot listen for the redirect of the login{on}")).because(&self.cause)
    }
}

/// A port that is free in one family may be taken in the other.
const TRIES: usize = 16;

/// Port 0: a free one. Gives the one that it became.
pub(super) fn open(families: Families, port: u16) -> Result<(Vec<TcpListener>, u16), Failure> {
    let failed = |cause| Failure { port, cause };
    if let Families::One(address) = families {
        let listener = listen(address, port).map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?.port();
        return Ok((vec![listener], bound));
    }
    let mut tried = both(port);
    for _ in 1..TRIES {
        match tried {
            Err(cause) if port == 0 && cause.kind() == io::ErrorKind::AddrInUse => tried = both(port),
            ended => return ended.map_err(failed),
        }
    }
    tried.map_err(failed)
}

/// One of them alone where the machine has not the other.
fn both(port: u16) -> io::Result<(Vec<TcpListener>, u16)> {
    let four = unless_missing(listen(Ipv4Addr::LOCALHOST.into(), port))?;
    let bound = match &four {
        Ok(listener) => listener.local_addr()?.port(),
        Err(_) => port,
    };
    match (four, unless_missing(listen(Ipv6Addr::LOCALHOST.into(), bound))?) {
        (Ok(four), Ok(six)) => Ok((vec![four, six], bound)),
        (Ok(four), Err(_)) => Ok((vec![four], bound)),
        (Err(_), Ok(six)) => six.local_addr().map(|address| (vec![six], address.port())),
        (Err(cause), Err(_)) => Err(cause),
    }
}

/// The outer `Err`: the family is there, and the port cannot be had.
fn unless_missing(listener: io::Result<TcpListener>) -> io::Result<io::Result<TcpListener>> {
    use io::ErrorKind::{AddrInUse, PermissionDenied};
    match listener {
        Err(cause) if matches!(cause.kind(), AddrInUse | PermissionDenied) => Err(cause),
        ended => Ok(ended),
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the door")]
fn listen(address: IpAddr, port: u16) -> io::Result<TcpListener> {
    debug_assert!(address.is_loopback());
    let listener = TcpListener::bind(SocketAddr::new(address, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_that_the_machine_has_not_is_left_out_and_a_taken_port_is_not() {
        use io::ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied, Unsupported};
        for (kind, missing) in
            [(AddrNotAvailable, true), (Unsupported, true), (AddrInUse, false), (PermissionDenied, false)]
        {
            assert_eq!(unless_missing(Err(kind.into())).is_ok(), missing, "{kind}");
        }
    }
}
