//! A connection to one server: TCP, straight or through a proxy, and TLS. Nothing of a request is sent here.
//!
//! The rule that matters: what went wrong names who it went wrong with, the server or the proxy, and never
//! an address's query or a login.

use std::cell::Cell;
use std::error::Error as StdError;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tower_service::Service;
use url::Url;

use super::prepared::host;
use super::stream::{Connected, NotConnected, Stream};
use super::tls::{self, Tls, bare_host};
use super::upstream::{self, Upstream};
use crate::base::address::{Cleartext, is_loopback};
use crate::base::error::{Obstacle, Result, plain, refused};
use crate::base::network::{is_of_ones_own_network, is_private};
use crate::base::signals::spawn_deaf;

const CA_FILE: &str = "if it is an authority of your own, name its certificate in `tls.ca_file` of the profile; `pin_sha256` and `insecure` are only for the server that a credential goes to";
const ISSUER: &str = "give the server a certificate that an authority issued, and name the authority's in `tls.ca_file` of the profile";
const NOT_IN_TIME: &str = "no connection was made in time";
const CONNECT: Duration = Duration::from_secs(10);
/// A connection that hangs keeps its place in what translates addresses, and one that is dead is seen to be.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// Who may be at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peers {
    Any,
    /// Nobody in a private network, whatever the resolver says at this moment. Where a proxy asks the resolver, it alone
    /// knows who that is, and what it reaches is its own affair.
    Public,
}

pub(super) struct Connector {
    tcp: HttpConnector<Lookup>,
    tls: TlsConnector,
    proxy: Option<Upstream>,
    /// To the proxy itself, if it speaks TLS.
    proxy_tls: Option<TlsConnector>,
    within: Duration,
    peers: Peers,
    cleartext: Cleartext,
    peer: Cell<Option<IpAddr>>,
    /// The address was found, not given: of its certificate nobody can say which one is right.
    found: bool,
}

impl Connector {
    /// `connect` is for connecting, `answer` for the answer.
    pub(super) fn new(
        url: &Url,
        tls: &Tls,
        proxy: Option<Upstream>,
        connect: Duration,
        answer: Duration,
    ) -> Result<Connector> {
        let connector = |url, tls: &Tls| -> Result<TlsConnector> {
            Ok(TlsConnector::from(tls::client_config(url, tls)?))
        };
        // What proves the vendor, or this client to it, is none of the proxy's.
        let bare = Tls { ca_file: tls.ca_file.clone(), ..Tls::default() };
        let address = proxy.as_ref().map(|proxy| &proxy.address).filter(|at| at.scheme() == "https");
        let proxy_tls = address.map(|address| connector(address, &bare)).transpose()?;
        let cleartext = tls.cleartext();
        let tls = connector(url, tls)?;
        let within = CONNECT.min(connect);
        let tcp = tcp(within.max(answer));
        let (peers, peer) = (Peers::Any, Cell::default());
        Ok(Connector { tcp, tls, proxy, proxy_tls, within, peers, cleartext, peer, found: false })
    }

    pub(super) fn found(&mut self, peers: Peers) {
        (self.peers, self.found) = (peers, true);
    }

    pub(super) fn peer(&self) -> Option<IpAddr> {
        self.peer.get()
    }

    pub(super) async fn connect(&self, url: &Url) -> Connected<Stream> {
        self.connect_within(url, self.within).await
    }

    /// In less time than others are given.
    pub(super) async fn connect_within(&self, url: &Url, within: Duration) -> Connected<Stream> {
        let connected = tokio::time::timeout(within, self.connected(url, within)).await;
        connected.unwrap_or_else(|_| Err(self.failed(url, NOT_IN_TIME)))
    }

    /// By TLS over a connection that stood without it.
    pub(super) async fn secured(&self, url: &Url, stream: Stream) -> Connected<Stream> {
        let secured = tokio::time::timeout(self.within, self.tls(&self.tls, url, url, stream)).await;
        secured.unwrap_or_else(|_| Err(self.failed(url, "TLS was not agreed on in time")))
    }

    async fn connected(&self, url: &Url, within: Duration) -> Connected<Stream> {
        self.peer.set(None);
        if let Ok(literal) = bare_host(url).parse() {
            self.meet(url, literal)?;
        }
        let stream: Stream = match &self.proxy {
            None => {
                let stream = self.tcp(url, within).await.map_err(|why| self.failed(url, &why))?;
                let peer = stream.peer_addr().map_err(|cause| self.failed(url, &plain(&cause)))?;
                self.meet(url, peer.ip())?;
                Box::new(stream)
            }
            Some(proxy) => self.through(proxy, url, within).await?,
        };
        if url.scheme() == "http" { Ok(stream) } else { self.tls(&self.tls, url, url, stream).await }
    }

    async fn through(&self, proxy: &Upstream, url: &Url, within: Duration) -> Connected<Stream> {
        let address = &proxy.address;
        let stream = self.tcp(address, within).await.map_err(|why| {
            let words = format!("cannot connect to the proxy `{}`: {why}", host(address));
            let failed = NotConnected::passing(words);
            NotConnected { error: failed.error.met(Obstacle::Proxy), ..failed }
        })?;
        if address.scheme().starts_with("socks") {
            let target = self.socks_target(proxy, url).await?;
            return proxy.socks(stream, target).await.map(|stream| Box::new(stream) as Stream);
        }
        let mut stream: Stream = Box::new(stream);
        if let Some(tls) = &self.proxy_tls {
            stream = self.tls(tls, address, url, stream).await?;
        }
        proxy.tunnel(&mut stream, url).await?;
        Ok(stream)
    }

    /// Who asks for the address: we, or the proxy.
    async fn socks_target(&self, proxy: &Upstream, url: &Url) -> Connected<Uri> {
        let (name, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(443));
        let mut target = name.to_owned();
        if !proxy.asks_for_names() && matches!(url.host(), Some(url::Host::Domain(_))) {
            let found = resolve(name.to_owned()).await.map_err(|cause| self.failed(url, &plain(&cause)))?;
            let first = found.first().ok_or_else(|| self.failed(url, "its name has no address"))?;
            self.meet(url, first.ip())?;
            target = SocketAddr::new(first.ip(), 0).to_string().trim_end_matches(":0").to_owned();
        }
        let uri = format!("https://{target}:{port}").parse();
        uri.map_err(|_| self.failed(url, "its name is not valid"))
    }

    /// Of the connection itself, not of a look-up of its own: the next answer may be another.
    fn meet(&self, url: &Url, peer: IpAddr) -> Connected<()> {
        self.peer.set(Some(peer));
        if url.scheme() == "http" && !url.host().is_some_and(|host| is_loopback(&host)) {
            self.meet_in_the_clear(url, peer)?;
        }
        if self.peers == Peers::Any || !is_private(peer) {
            return Ok(());
        }
        let words =
            format!("`{}` is at {peer}, an address of a private network; nothing was sent there", host(url));
        Err(NotConnected::settled(refused(words)))
    }

    /// Whatever the name says, and wherever it leads now: without TLS only to somebody in a network of one's own.
    fn meet_in_the_clear(&self, url: &Url, peer: IpAddr) -> Connected<()> {
        let words = match self.cleartext {
            Cleartext::Private if is_of_ones_own_network(peer) => return Ok(()),
            Cleartext::Private => format!(
                "`{}` is at {peer}, which is not in a private network, and `http://` sends secrets in the clear; nothing was sent there",
                host(url)
            ),
            Cleartext::Here => {
                format!(
                    "`{}` is another machine, and `http://` sends secrets in the clear; nothing was sent there",
                    host(url)
                )
            }
        };
        Err(NotConnected::settled(refused(words)))
    }

    async fn tcp(&self, url: &Url, within: Duration) -> std::result::Result<TcpStream, String> {
        let port = url.port_or_known_default().or_else(|| upstream::default_port(url)).unwrap_or(443);
        let uri = format!("http://{}:{port}/", url.host_str().unwrap_or_default()).parse::<Uri>();
        let uri = uri.map_err(|_| "its name is not valid".to_owned())?;
        let mut tcp = self.tcp.clone();
        // It is shared out among the addresses that the name has.
        tcp.set_connect_timeout(Some(within));
        let stream = tcp.call(uri).await.map_err(|cause| innermost(&cause))?;
        Ok(stream.into_inner())
    }

    /// With `server`, on the way to `url`.
    async fn tls(&self, tls: &TlsConnector, server: &Url, url: &Url, stream: Stream) -> Connected<Stream> {
        let name = ServerName::try_from(bare_host(server).to_owned())
            .map_err(|_| self.failed(url, "its name is not valid"))?;
        match tls.connect(name, stream).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(cause) => Err(match tls::trouble(&cause) {
                Some(distrust) => {
                    let mut error = tls::untrusted(&distrust, server, url, &host(url));
                    if self.found {
                        error.hint = match distrust.why {
                            tls::UNKNOWN_ISSUER => Some(CA_FILE.to_owned()),
                            tls::OWN_CERTIFICATE => Some(ISSUER.to_owned()),
                            _ => None,
                        };
                    }
                    NotConnected::settled(error)
                }
                None if tls::is_none(&cause) => self.failed(url, "what answers there does not speak TLS"),
                None => self.failed(url, &innermost(&cause)),
            }),
        }
    }

    fn failed(&self, url: &Url, why: &str) -> NotConnected {
        let way = self.proxy.as_ref().map(Upstream::way).unwrap_or_default();
        NotConnected::passing(format!("cannot connect to `{}`{way}: {why}", host(url)))
    }
}

#[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "nothing else takes it"))]
fn tcp(answer: Duration) -> HttpConnector<Lookup> {
    let mut tcp = HttpConnector::new_with_resolver(Lookup);
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(KEEPALIVE));
    tcp.set_keepalive_interval(Some(KEEPALIVE));
    tcp.set_keepalive_retries(Some(3));
    #[cfg(target_os = "linux")]
    // For a while the way may be broken: the answer is waited for as long as the vendor is given.
    tcp.set_tcp_user_timeout(Some(answer));
    tcp
}

/// The deepest cause: the outer ones name less.
fn innermost(cause: &(dyn StdError + 'static)) -> String {
    let mut deepest = cause;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    match deepest.downcast_ref::<io::Error>() {
        Some(io) => plain(io),
        None if deepest.is::<tokio::time::error::Elapsed>() => NOT_IN_TIME.to_owned(),
        None => deepest.to_string().chars().filter(|c| matches!(c, ' '..='~')).take(200).collect(),
    }
}

/// Of `localhost`, the one name that is not asked for; the port is the address's own.
const LOCALHOST: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
];

/// Asks the platform's resolver on a thread of its own, which neither takes a
/// signal that is held off nor keeps the process waiting when it hangs.
#[derive(Clone)]
struct Lookup;

pub(super) async fn resolve(name: String) -> io::Result<Vec<SocketAddr>> {
    if name == "localhost" {
        return Ok(LOCALHOST.to_vec());
    }
    let (reply, answer) = tokio::sync::oneshot::channel();
    spawn_deaf(move || {
        let found = (name.as_str(), 0).to_socket_addrs();
        let _ = reply.send(found.map(Iterator::collect::<Vec<_>>));
    });
    answer.await.unwrap_or_else(|_| Err(io::Error::other("the resolver gave up")))
}

impl Service<Name> for Lookup {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(async move { Ok(resolve(name.as_str().to_owned()).await?.into_iter()) })
    }
}
