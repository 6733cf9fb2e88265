//! A service that is asked several times over one connection, and whose answers are read whole: a vault.
//!
//! The rule that matters: who asks says how long each question may take, and learns whether one was certainly not put. No
//! redirect is followed.

use std::error::Error as _;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::time::{Duration, Instant};

use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::time::timeout_at;
use url::Url;

use super::client::Route;
use super::connect::Connector;
use super::message::HttpRequest;
use super::prepared::{host, prepared};
use super::proxy;
use super::runtime::Runtime;
use crate::base::error::{Code, Error, Result};

/// In bytes, of an answer.
const LARGEST: usize = 4 << 20;

pub(crate) struct Service {
    /// Before the runtime, on which it rests.
    open: Option<Open>,
    runtime: Runtime,
    connector: Connector,
}

/// For one question.
#[derive(Clone, Copy)]
pub(crate) struct Within {
    /// For each connection.
    pub(crate) connect: Duration,
    /// For all of it.
    pub(crate) until: Instant,
}

/// What was answered.
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: hyper::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Why there is no answer.
pub(crate) enum Unanswered {
    /// Certainly nothing went out.
    NotAsked(Error),
    /// Nobody knows whether it was heard.
    Lost(Error),
}

impl Unanswered {
    pub(crate) fn error(&self) -> &Error {
        match self {
            Unanswered::NotAsked(error) | Unanswered::Lost(error) => error,
        }
    }

    pub(crate) fn into_error(self) -> Error {
        match self {
            Unanswered::NotAsked(error) | Unanswered::Lost(error) => error,
        }
    }
}

/// A connection that stands.
struct Open {
    sender: SendRequest<String>,
    /// `None`: it has ended, and with it the connection.
    driver: Option<Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>>,
}

impl Service {
    pub(crate) fn at(url: &Url, route: &Route<'_>) -> Result<Service> {
        let runtime = Runtime::start()?;
        let proxy = proxy::of(url, route.proxy, route.proxy_auth)?;
        let connector = Connector::new(url, route.tls, proxy, route.connect, route.timeout)?;
        Ok(Service { open: None, runtime, connector })
    }

    pub(crate) fn ask(
        &mut self,
        request: &HttpRequest,
        within: Within,
    ) -> std::result::Result<Reply, Unanswered> {
        let Service { open, runtime, connector } = self;
        let Within { connect, until } = within;
        runtime.block_on(async {
            // A connection that stood idle may be closed: then nothing of the request was taken.
            if let Some(mut kept) = open.take()
                && let Some(answered) = kept.ask(request, until).await
            {
                return keep(open, kept, answered);
            }
            let connect = connect.min(until.saturating_duration_since(Instant::now()));
            let stream = connector.connect_within(&request.url, connect).await;
            let stream = stream.map_err(|why| Unanswered::NotAsked(why.error))?;
            let (sender, driver) = handshake(TokioIo::new(stream))
                .await
                .map_err(|_| Unanswered::NotAsked(broken(&request.url, "the connection was closed")))?;
            let mut fresh = Open { sender, driver: Some(Box::pin(driver)) };
            match fresh.ask(request, until).await {
                Some(answered) => keep(open, fresh, answered),
                None => Err(Unanswered::NotAsked(broken(&request.url, "the connection was closed"))),
            }
        })
    }
}

fn keep(
    open: &mut Option<Open>,
    connection: Open,
    answered: std::result::Result<Reply, Unanswered>,
) -> std::result::Result<Reply, Unanswered> {
    if answered.is_ok() && connection.driver.is_some() && !connection.sender.is_closed() {
        *open = Some(connection);
    }
    answered
}

fn broken(url: &Url, why: &str) -> Error {
    Error::new(Code::Unreachable, format!("`{}` gave no answer: {why}", host(url)))
}

impl Open {
    /// `None`: the connection took nothing of it.
    async fn ask(
        &mut self,
        request: &HttpRequest,
        until: Instant,
    ) -> Option<std::result::Result<Reply, Unanswered>> {
        let written: Request<String> = match prepared(request) {
            Ok(written) => written,
            Err(error) => return Some(Err(Unanswered::NotAsked(error))),
        };
        let Open { sender, driver } = self;
        let mut talk = std::pin::pin!(async {
            sender.ready().await.map_err(|_| None)?;
            let sent = sender.send_request(written).await;
            let answer = sent.map_err(|why| (!why.is_canceled()).then(|| broke_off(&why)))?;
            whole(answer).await.map_err(Some)
        });
        let driven = async {
            loop {
                tokio::select! {
                    biased;
                    ended = &mut talk => break ended,
                    // Dropped at once: whoever waits for it to be ready learns that it never will be.
                    () = drive(driver), if driver.is_some() => *driver = None,
                }
            }
        };
        let url = &request.url;
        match timeout_at(until.into(), driven).await {
            Ok(Ok(reply)) => Some(Ok(reply)),
            Ok(Err(None)) => None,
            Ok(Err(Some(REFUSED))) => Some(Err(Unanswered::NotAsked(broken(url, REFUSED)))),
            Ok(Err(Some(why))) => Some(Err(Unanswered::Lost(broken(url, why)))),
            Err(_) => Some(Err(Unanswered::Lost(broken(url, "it took too long")))),
        }
    }
}

async fn drive(driver: &mut Option<Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>>) {
    if let Some(driver) = driver {
        let _ = driver.await;
    }
}

const REFUSED: &str = "connection refused";

/// Some networks take every connection, and say afterwards that nobody was there.
fn broke_off(why: &hyper::Error) -> &'static str {
    match why.source().and_then(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => REFUSED,
        _ => "the connection broke off",
    }
}

async fn whole(answer: Response<Incoming>) -> std::result::Result<Reply, &'static str> {
    let (head, mut incoming) = answer.into_parts();
    let mut body = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut incoming).poll_frame(context)).await {
        let frame = frame.map_err(|_| "the connection broke off")?;
        if let Some(data) = frame.data_ref() {
            if body.len() + data.len() > LARGEST {
                return Err("the answer is too large");
            }
            body.extend_from_slice(data);
        }
    }
    Ok(Reply { status: head.status.as_u16(), headers: head.headers, body })
}
