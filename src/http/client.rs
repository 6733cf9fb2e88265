//! The one door to the network. It owns the asynchronous runtime and gives the
//! synchronous world one call: at most one request, no redirect, no resend.
//!
//! The rule that matters: the caller is asked (`before_first_byte`) after the
//! connection stands and before anything is sent, and `Nothing` is said only
//! when that question was never answered with yes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::ClientBuilder;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HeaderValue;
use reqwest::redirect::Policy;
use tower::util::MapFutureLayer;
use url::Url;

use super::message::{HttpRequest, RawAnswer};
use super::partial::Partial;
use super::proxy::{self, Proxy};
use super::tls::{self, Seen, Tls};
use crate::base::address::is_loopback;
use crate::base::error::{Code, Error, Result, config, internal, plain};
use crate::base::mutex::lock;
use crate::base::signals::spawn_deaf;

const CONNECT: Duration = Duration::from_secs(10);
const USER_AGENT: &str = concat!("tokcli/", env!("CARGO_PKG_VERSION"));

/// Everything about a connection but the request.
pub(crate) struct Route<'a> {
    pub(crate) tls: &'a Tls,
    pub(crate) proxy: &'a Proxy,
    pub(crate) proxy_auth: Option<&'a str>,
    /// What the deadline leaves for connecting.
    pub(crate) connect: Duration,
    /// For the answer, once connected.
    pub(crate) timeout: Duration,
}

/// What came of sending once.
pub(crate) enum Delivery {
    /// Certainly nothing went out; why, and whether another try could help.
    Nothing(Error, Again),
    /// An answer, or as much of one as came. Without a status: none.
    Answer(RawAnswer),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    Yes,
    No,
}

/// A client for one request: built, and its files read, before anything is begun.
pub(crate) struct Door {
    /// Taken out when dropped.
    runtime: Option<tokio::runtime::Runtime>,
    client: Client,
}

struct Client {
    http: reqwest::Client,
    gate: Arc<Gate>,
    seen: Seen,
    timeout: Duration,
}

impl Door {
    pub(crate) fn open(url: &Url, route: &Route<'_>) -> Result<Door> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime.map_err(|cause| internal("cannot start the network").because(&cause))?;
        let seen = Seen::default();
        let gate = Arc::new(Gate::default());
        let http = client(url, route, &seen, &gate)?;
        Ok(Door { runtime: Some(runtime), client: Client { http, gate, seen, timeout: route.timeout } })
    }

    /// Sends `request`, once. `before_first_byte` runs when the connection stands;
    /// if it fails, or was never reached, nothing was sent.
    pub(crate) fn send(&self, request: &HttpRequest, before_first_byte: Ask) -> Delivery {
        *lock(&self.client.gate.ask) = Some(before_first_byte);
        match &self.runtime {
            Some(runtime) => runtime.block_on(self.client.exchange(request)),
            None => unreachable!("only `drop` takes the runtime"),
        }
    }
}

impl Drop for Door {
    /// A name lookup that hangs must not hold the process up.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Client {
    async fn exchange(&self, request: &HttpRequest) -> Delivery {
        let mut answer = Partial::default();
        let ended = tokio::select! {
            ended = self.run(request, &mut answer) => ended,
            () = self.too_late() => Err(None),
        };
        if self.gate.passed.load(Ordering::SeqCst) {
            return Delivery::Answer(answer.finish(ended.is_ok()));
        }
        match (lock(&self.gate.refusal).take(), ended) {
            (Some(error), _) => Delivery::Nothing(error, Again::No),
            (None, Err(Some(cause))) => self.not_connected(&request.url, &cause),
            (None, _) => {
                Delivery::Nothing(Error::new(Code::Unreachable, "the connection was not made"), Again::Yes)
            }
        }
    }

    /// The time for the answer counts from when the connection stood.
    async fn too_late(&self) {
        self.gate.opened.notified().await;
        tokio::time::sleep(self.timeout).await;
    }

    async fn run(
        &self,
        request: &HttpRequest,
        answer: &mut Partial,
    ) -> std::result::Result<(), Option<reqwest::Error>> {
        let mut response = self.prepared(request).ok_or(None)?.send().await.map_err(Some)?;
        answer.begin(response.status().as_u16(), response.headers(), &request.keep)?;
        while let Some(chunk) = response.chunk().await.map_err(Some)? {
            answer.add(&chunk)?;
        }
        Ok(())
    }

    /// `None`: it cannot be written as HTTP.
    fn prepared(&self, request: &HttpRequest) -> Option<reqwest::RequestBuilder> {
        let method = reqwest::Method::from_bytes(request.method.word().as_bytes()).ok()?;
        let mut prepared = self.http.request(method, request.url.clone());
        for (name, value) in &request.headers {
            let mut value =
                HeaderValue::from_str(value).or_else(|_| HeaderValue::from_bytes(value.as_bytes())).ok()?;
            value.set_sensitive(true);
            prepared = prepared.header(name, value);
        }
        Some(match &request.body {
            Some(body) => prepared.body(body.as_bytes().to_vec()),
            None => prepared,
        })
    }

    fn not_connected(&self, url: &Url, cause: &reqwest::Error) -> Delivery {
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let host = url.host_str().unwrap_or_default().to_owned() + &port;
        if let Some(why) = tls::trouble(cause) {
            return Delivery::Nothing(tls::untrusted(&self.seen, url, &host, why), Again::No);
        }
        let why =
            if cause.is_timeout() { "no connection was made in time".to_owned() } else { innermost(cause) };
        Delivery::Nothing(
            Error::new(Code::Unreachable, format!("cannot connect to `{host}`: {why}")),
            Again::Yes,
        )
    }
}

fn client(url: &Url, route: &Route<'_>, seen: &Seen, gate: &Arc<Gate>) -> Result<reqwest::Client> {
    let tls = tls::client_config(url, route.tls, seen)?;
    let local = url.host().is_some_and(|host| is_loopback(&host));
    let proxy = if local { None } else { proxy::of(route.proxy, route.proxy_auth)? };
    let builder = gated(reqwest::Client::builder(), gate)
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .http1_only()
        .http1_title_case_headers()
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT.min(route.connect))
        .user_agent(USER_AGENT)
        .tls_backend_preconfigured(tls)
        .dns_resolver(Lookup)
        .resolve_to_addrs("localhost", &LOCALHOST)
        // The environment's is read by `proxy.rs`.
        .no_proxy();
    let builder = proxy.into_iter().fold(builder, ClientBuilder::proxy);
    builder.build().map_err(|_| config("the connection's settings do not go together"))
}

/// Each connection passes the gate once it stands: after TCP, CONNECT and TLS.
fn gated(builder: ClientBuilder, gate: &Arc<Gate>) -> ClientBuilder {
    let gate = Arc::clone(gate);
    builder.connector_layer(MapFutureLayer::new(move |connecting| {
        let gate = Arc::clone(&gate);
        async move {
            let connection = connecting.await?;
            gate.pass()?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(connection)
        }
    }))
}

/// The deepest cause: the outer ones hold the address, and with it perhaps a token.
fn innermost(cause: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = cause;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    match deepest.downcast_ref::<std::io::Error>() {
        Some(io) => plain(io),
        None => deepest.to_string().chars().filter(|c| matches!(c, ' '..='~')).take(200).collect(),
    }
}

type Ask = Box<dyn FnOnce() -> Result<()> + Send>;

/// The caller did not want the request to be sent after all.
const NOT_SENT: &str = "not sent";

/// Between a connection that stands and the first byte of a request. Passed once, and only if whoever sends still
/// wants it: no answer to that question, nothing sent.
#[derive(Default)]
struct Gate {
    ask: Mutex<Option<Ask>>,
    passed: AtomicBool,
    refusal: Mutex<Option<Error>>,
    opened: tokio::sync::Notify,
}

impl Gate {
    /// Fires after TCP, CONNECT and TLS, and before the first byte of the request.
    fn pass(&self) -> std::result::Result<(), &'static str> {
        let ask = lock(&self.ask).take().ok_or(NOT_SENT)?;
        if let Err(error) = ask() {
            *lock(&self.refusal) = Some(error);
            return Err(NOT_SENT);
        }
        self.passed.store(true, Ordering::SeqCst);
        self.opened.notify_one();
        Ok(())
    }
}

/// Of `localhost`, the one name that is not asked for; the port is the address's own.
const LOCALHOST: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
];

/// Asks the platform's resolver on a thread of its own, which neither takes a
/// signal that is held off nor keeps the process waiting when it hangs.
struct Lookup;

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
