//! A conversation in lines, as mail servers have it, over one connection: by TLS from the start, or from when it is asked for.
//!
//! The rule that matters: what came before TLS counts for nothing behind it, and no line, nor the whole, goes on forever.

use std::io;
use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout_at;
use url::{Host, Url};

use super::connect::{Connector, Peers};
use super::runtime::Runtime;
use super::stream::Stream;
use super::tls::Tls;
use crate::base::address::is_loopback;
use crate::base::error::{Code, Error, Result, config, internal, refused};

/// All that a server may say, and that is far more than a check of a login needs.
const MOST: usize = 256 << 10;
/// Of it, one line.
const LONGEST: usize = 64 << 10;

pub(crate) struct Lines {
    /// Before the runtime, on which it rests. `None`: TLS failed.
    stream: Option<Stream>,
    runtime: Runtime,
    connector: Connector,
    url: Url,
    /// As people are told of it.
    name: String,
    deadline: Instant,
    came: Vec<u8>,
    left: usize,
}

/// Where a connection goes.
pub(crate) struct Server {
    url: Url,
    name: String,
}

impl Server {
    /// `host` may be an IPv6 address without its brackets.
    pub(crate) fn of(host: &str, port: u16) -> Result<Server> {
        let bracketed =
            if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
        let none = || config(format!("`{host}` is neither a host name nor an IP address"));
        let host = Host::parse(&bracketed).map_err(|_| none())?;
        let url = Url::parse(&format!("https://{host}:{port}/")).map_err(|_| none())?;
        Ok(Server { url, name: format!("{host}:{port}") })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is this machine itself.
    pub(crate) fn is_here(&self) -> bool {
        self.url.host().is_some_and(|host| is_loopback(&host))
    }
}

impl Lines {
    /// Straight, as mail programs do it, whatever proxy there is for HTTP.
    pub(crate) fn connect(server: &Server, secure: bool, tls: &Tls, deadline: Instant) -> Result<Lines> {
        let runtime = Runtime::start()?;
        let left = deadline.saturating_duration_since(Instant::now());
        let mut connector = Connector::new(&server.url, tls, None, left, left)?;
        connector.found(Peers::Any);
        let mut first = server.url.clone();
        if !secure {
            // The port stands in the address, so that nothing else changes with its scheme.
            first = Url::parse(&format!("http://{}/", server.name)).map_err(|_| internal("no address"))?;
        }
        let stream = runtime.block_on(connector.connect(&first)).map_err(|failure| failure.error)?;
        let (url, name) = (server.url.clone(), server.name.clone());
        Ok(Lines {
            stream: Some(stream),
            runtime,
            connector,
            url,
            name,
            deadline,
            came: Vec::new(),
            left: MOST,
        })
    }

    /// The next one, without its end.
    pub(crate) fn line(&mut self) -> Result<String> {
        loop {
            if let Some(end) = self.came.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.came.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned());
            }
            if self.came.len() > LONGEST || self.left == 0 {
                return Err(self.trouble("says more than a mail server has to say"));
            }
            let mut piece = vec![0; self.left.min(8 << 10)];
            let got = self.within(async |stream| stream.read(&mut piece).await)?;
            if got == 0 {
                return Err(self.trouble("closed the connection"));
            }
            self.left -= got;
            self.came.extend_from_slice(&piece[..got]);
        }
    }

    pub(crate) fn say(&mut self, line: &[u8]) -> Result<()> {
        self.within(async |stream| {
            stream.write_all(line).await?;
            stream.write_all(b"\r\n").await?;
            stream.flush().await
        })
    }

    /// From now on by TLS.
    pub(crate) fn secure(&mut self) -> Result<()> {
        if !self.came.is_empty() {
            return Err(refused(format!(
                "`{}` said more before TLS than it was asked; nothing was sent",
                self.name
            )));
        }
        let stream = self.stream.take().ok_or_else(|| internal("there is no connection"))?;
        let secured = self.connector.secured(&self.url, stream);
        self.stream = Some(self.runtime.block_on(secured).map_err(|failure| failure.error)?);
        Ok(())
    }

    fn within<T>(&mut self, work: impl AsyncFnOnce(&mut Stream) -> io::Result<T>) -> Result<T> {
        let deadline = self.deadline.into();
        let stream = self.stream.as_mut().ok_or_else(|| internal("there is no connection"))?;
        let done = self.runtime.block_on(async { timeout_at(deadline, work(stream)).await });
        match done {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(cause)) => Err(self.trouble("broke the connection").because(&cause)),
            Err(_) => Err(self.trouble("did not answer in time")),
        }
    }

    fn trouble(&self, what: &str) -> Error {
        Error::new(Code::Unavailable, format!("`{}` {what}", self.name))
    }
}
