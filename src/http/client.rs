//! The one door to the network. It owns the asynchronous runtime and gives the
//! synchronous world one call: at most one request, no redirect, no resend.
//!
//! The rule that matters: the caller is asked (`before_first_byte`) after the
//! connection stands and before anything is sent, and `NotSent` is said only
//! when that question was never answered with yes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::redirect::Policy;
use tower::util::MapFutureLayer;
use url::Url;

use crate::base::address::is_loopback;
use crate::base::clock::Moment;
use crate::base::error::plain;
use crate::base::error::{Code, Error, Result, config};
use crate::http::message::HttpRequest;
use crate::http::message::RawAnswer;
use crate::http::proxy::{self, Proxy};
use crate::http::tls::{self, Seen, Tls, certificate_trouble, fingerprint, lock};

const CONNECT: Duration = Duration::from_secs(10);
const LARGEST_BODY: usize = 48 << 10;
/// Of those that are kept, in bytes.
const LARGEST_HEADERS: usize = 16 << 10;
const MOST_HEADERS: usize = 100;
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

pub(crate) enum Sent {
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

type Ask = Box<dyn FnOnce() -> std::result::Result<(), Error> + Send>;

struct Client {
    http: reqwest::Client,
    gate: Arc<Gate>,
    seen: Seen,
    timeout: Duration,
}

/// Passed once, by the connection that may be written to.
#[derive(Default)]
struct Gate {
    ask: Mutex<Option<Ask>>,
    passed: AtomicBool,
    refusal: Mutex<Option<Error>>,
    opened: tokio::sync::Notify,
}

impl Door {
    pub(crate) fn open(url: &Url, route: &Route<'_>) -> Result<Door> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime.map_err(|cause| {
            crate::base::error::internal(format!("cannot start the network: {}", plain(&cause)))
        })?;
        let seen = Seen::default();
        let gate = Arc::new(Gate::default());
        let http = client(url, route, &seen, &gate)?;
        Ok(Door { runtime: Some(runtime), client: Client { http, gate, seen, timeout: route.timeout } })
    }

    /// Sends `request`, once. `before_first_byte` runs when the connection stands;
    /// if it fails, or was never reached, nothing was sent.
    pub(crate) fn send(&self, request: &HttpRequest, before_first_byte: Ask) -> Sent {
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
    async fn exchange(&self, request: &HttpRequest) -> Sent {
        let mut answer = Partial::default();
        let ended = tokio::select! {
            ended = self.run(request, &mut answer) => ended,
            () = self.too_late() => Err(None),
        };
        if self.gate.passed.load(Ordering::SeqCst) {
            return Sent::Answer(answer.finish(ended.is_ok()));
        }
        match (lock(&self.gate.refusal).take(), ended) {
            (Some(error), _) => Sent::Nothing(error, Again::No),
            (None, Err(Some(cause))) => self.not_connected(&request.url, &cause),
            (None, _) => {
                Sent::Nothing(Error::new(Code::Unreachable, "the connection was not made"), Again::Yes)
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
        let method = reqwest::Method::from_bytes(request.method.word().as_bytes()).map_err(|_| None)?;
        let mut prepared = self.http.request(method, request.url.clone());
        for (name, value) in &request.headers {
            let mut value = reqwest::header::HeaderValue::from_str(value)
                .or_else(|_| reqwest::header::HeaderValue::from_bytes(value.as_bytes()))
                .map_err(|_| None)?;
            value.set_sensitive(true);
            prepared = prepared.header(name, value);
        }
        if let Some(body) = &request.body {
            prepared = prepared.body(body.as_bytes().to_vec());
        }
        let mut response = prepared.send().await.map_err(Some)?;
        answer.begin(&response, &request.keep)?;
        while let Some(chunk) = response.chunk().await.map_err(Some)? {
            let room = answer.room();
            answer.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                return Err(None);
            }
        }
        Ok(())
    }

    fn not_connected(&self, url: &Url, cause: &reqwest::Error) -> Sent {
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let host = url.host_str().unwrap_or_default().to_owned() + &port;
        if let Some(why) = certificate_trouble(cause) {
            return Sent::Nothing(self.untrusted(url, &host, &why), Again::No);
        }
        let why =
            if cause.is_timeout() { "no connection was made in time".to_owned() } else { innermost(cause) };
        Sent::Nothing(Error::new(Code::Unreachable, format!("cannot connect to `{host}`: {why}")), Again::Yes)
    }
}

impl Client {
    /// The certificate may be a proxy's: then a pin for the vendor would be wrong advice.
    fn untrusted(&self, url: &Url, host: &str, why: &str) -> Error {
        let seen = lock(&self.seen).clone();
        let bare = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        match seen {
            Some((name, _)) if name != bare => {
                config(format!("the certificate of the proxy `{name}` is not trusted: {why}"))
            }
            Some((_, digest)) => {
                let print = fingerprint(&digest);
                let words =
                    format!("the certificate of `{host}` is not trusted: {why}; its SHA-256 is {print}");
                config(words).hint(format!("compare it with the server's own; if it is right, `tls = {{ pin_sha256 = \"{print}\" }}` in the profile trusts it"))
            }
            None => config(format!("the certificate of `{host}` is not trusted: {why}")),
        }
    }
}

/// An answer as it grows; what came is kept even if the rest does not.
#[derive(Default)]
struct Partial {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Partial {
    /// Room for the whole body at once, so that later only bytes are copied.
    fn begin(
        &mut self,
        response: &reqwest::Response,
        keep: &[String],
    ) -> std::result::Result<(), Option<reqwest::Error>> {
        self.status = response.status().as_u16();
        self.body.reserve_exact(LARGEST_BODY);
        for name in keep {
            for value in response.headers().get_all(name).iter().filter_map(|value| value.to_str().ok()) {
                // The body may hold a token, whatever the headers are.
                if self.headers_size() + name.len() + value.len() > LARGEST_HEADERS {
                    continue;
                }
                self.headers.push((name.clone(), value.to_owned()));
            }
        }
        if response.headers().len() > MOST_HEADERS { Err(None) } else { Ok(()) }
    }

    fn headers_size(&self) -> usize {
        self.headers.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// The journal has room for so much of headers and body.
    fn room(&self) -> usize {
        LARGEST_BODY.saturating_sub(self.body.len() + self.headers_size())
    }

    fn finish(self, complete: bool) -> RawAnswer {
        RawAnswer { status: self.status, headers: self.headers, body: self.body, complete, at: Moment::now() }
    }
}

fn client(url: &Url, route: &Route<'_>, seen: &Seen, gate: &Arc<Gate>) -> Result<reqwest::Client> {
    let local = url.host().is_some_and(|host| is_loopback(&host));
    let gate = Arc::clone(gate);
    let mut builder = reqwest::Client::builder()
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .http1_only()
        .http1_title_case_headers()
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT.min(route.connect))
        .user_agent(USER_AGENT)
        .tls_backend_preconfigured(tls::client_config(url, route.tls, seen)?)
        .dns_resolver(Lookup)
        .resolve_to_addrs(
            "localhost",
            &[
                SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
                SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
            ],
        )
        .connector_layer(MapFutureLayer::new(move |connecting| {
            let gate = Arc::clone(&gate);
            async move {
                let connection = connecting.await?;
                gate.pass().map_err(Box::new)?;
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(connection)
            }
        }));
    builder = builder.no_proxy();
    let proxy = if local { None } else { proxy::of(route.proxy, route.proxy_auth)? };
    if let Some(proxy) = proxy {
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(|_| config("the connection's settings do not go together"))
}

/// Asks the platform's resolver on a thread of its own, which neither takes a
/// signal that is held off nor keeps the process waiting when it hangs.
struct Lookup;

impl reqwest::dns::Resolve for Lookup {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let (reply, answer) = tokio::sync::oneshot::channel();
        crate::base::signals::spawn_deaf(move || {
            let found = std::net::ToSocketAddrs::to_socket_addrs(&(name.as_str(), 0));
            let _ = reply.send(found.map(Iterator::collect::<Vec<_>>));
        });
        Box::pin(async move {
            let found = answer.await??;
            Ok(Box::new(found.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

impl Gate {
    /// Fires after TCP, CONNECT and TLS, and before the first byte of the request.
    fn pass(&self) -> std::result::Result<(), Refused> {
        let ask = lock(&self.ask).take().ok_or(Refused)?;
        if let Err(error) = ask() {
            *lock(&self.refusal) = Some(error);
            return Err(Refused);
        }
        self.passed.store(true, Ordering::SeqCst);
        self.opened.notify_one();
        Ok(())
    }
}

/// The caller did not want the request to be sent after all.
#[derive(Debug)]
struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not sent")
    }
}

impl std::error::Error for Refused {}

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

/// Up to two more tries within five seconds, while certainly nothing was sent.
pub(crate) struct Tries {
    begun: Instant,
    left: u8,
}

impl Tries {
    pub(crate) fn new() -> Tries {
        Tries { begun: Instant::now(), left: 2 }
    }

    /// Waits a little and says whether to try once more.
    pub(crate) fn again(&mut self, deadline: Instant) -> bool {
        let pause = Duration::from_millis(if self.left == 2 { 300 } else { 1_200 });
        let resume = Instant::now() + pause;
        if self.left == 0 || resume > deadline || resume - self.begun > Duration::from_secs(5) {
            return false;
        }
        self.left -= 1;
        std::thread::sleep(pause);
        true
    }
}
