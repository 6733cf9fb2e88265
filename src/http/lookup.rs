//! Names of hosts, and the one name that is not asked for: `localhost` is this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::base::signals::spawn_deaf;

/// Of `localhost`; the port is the address's own.
pub(super) const LOCALHOST: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
];

/// Asks the platform's resolver on a thread of its own, which neither takes a
/// signal that is held off nor keeps the process waiting when it hangs.
pub(super) struct Lookup;

impl Resolve for Lookup {
    fn resolve(&self, name: Name) -> Resolving {
        let (reply, answer) = tokio::sync::oneshot::channel();
        spawn_deaf(move || {
            let found = (name.as_str(), 0).to_socket_addrs();
            let _ = reply.send(found.map(Iterator::collect::<Vec<_>>));
        });
        Box::pin(async move {
            let found = answer.await??;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
