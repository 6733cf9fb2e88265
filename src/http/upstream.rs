//! The proxy that leads to a server, and what it is asked: CONNECT, or SOCKS.
//!
//! The rule that matters: a proxy that refuses is named, with what it answered, and without the login.

use std::future::{Ready, ready};
use std::task::{Context, Poll};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hyper::Uri;
use hyper_util::client::legacy::connect::proxy::{SocksV4, SocksV5};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tower_service::Service;
use url::Url;

use super::lenient;
use super::prepared::{AGENT, host};
use super::stream::{Again, Connected, NotConnected, Stream};
use crate::base::error::{Code, Error, Obstacle, plain};

/// Of what no browser knows. An `http` proxy's is 80, as its address says, not curl's 1080.
pub(super) fn default_port(address: &Url) -> Option<u16> {
    address.scheme().starts_with("socks").then_some(1080)
}

/// The longest answer to a CONNECT, up to its end.
const LARGEST_HEAD: usize = 16 << 10;

/// The proxy that leads to a server.
pub(super) struct Upstream {
    pub(super) address: Url,
    login: Option<(String, String)>,
    /// The profile's own.
    explicit: bool,
}

impl Upstream {
    pub(super) fn of_profile(address: &Url, login: Option<(String, String)>) -> Upstream {
        Upstream { address: address.clone(), login, explicit: true }
    }

    pub(super) fn of_environment(address: Url) -> Upstream {
        Upstream { login: login_in(&address), address, explicit: false }
    }

    pub(super) fn way(&self) -> String {
        format!(" through the proxy `{}`", host(&self.address))
    }

    pub(super) fn asks_for_names(&self) -> bool {
        ["socks4a", "socks5h"].contains(&self.address.scheme())
    }

    /// Own, because the library's does not say what the proxy answered.
    pub(super) async fn tunnel(&self, stream: &mut Stream, url: &Url) -> Connected<()> {
        let target =
            format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(443));
        let login = self.login.as_ref().map(|(user, word)| {
            let pair = BASE64_STANDARD.encode(format!("{user}:{word}"));
            format!("Proxy-Authorization: Basic {pair}\r\n")
        });
        let login = login.unwrap_or_default();
        let head =
            format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nUser-Agent: {AGENT}\r\n{login}\r\n");
        let gone = |cause: &std::io::Error| self.passing(&format!("broke off at CONNECT: {}", plain(cause)));
        stream.write_all(head.as_bytes()).await.map_err(|cause| gone(&cause))?;
        let mut came = Vec::new();
        loop {
            let mut bytes = [0; 4096];
            let read = stream.read(&mut bytes).await.map_err(|cause| gone(&cause))?;
            came.extend_from_slice(&bytes[..read]);
            match self.judge(&came) {
                Some(verdict) => return verdict,
                None if read == 0 => return Err(self.passing("closed the connection at CONNECT")),
                None if came.len() > LARGEST_HEAD => return Err(self.passing("answered CONNECT without end")),
                None => {}
            }
        }
    }

    /// `None`: its answer is not whole.
    fn judge(&self, came: &[u8]) -> Option<Connected<()>> {
        let mut headers = vec![httparse::EMPTY_HEADER; lenient::MOST_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let parsed = lenient::parser().parse_response(&mut response, came);
        match (parsed, response.code) {
            (Ok(httparse::Status::Partial), _) => None,
            (Ok(httparse::Status::Complete(head)), Some(status @ 200..300)) if head < came.len() => {
                Some(Err(self.settled(&format!("answered CONNECT with a page of its own (status {status})"))))
            }
            (Ok(_), Some(200..300)) => Some(Ok(())),
            (_, Some(407)) => Some(Err(self.wants_login("status 407"))),
            (_, Some(status @ 500..)) => {
                Some(Err(self.passing(&format!("answered CONNECT with status {status}"))))
            }
            (_, Some(status)) => Some(Err(self.settled(&format!("answered CONNECT with status {status}")))),
            (_, None) => Some(Err(self.settled("answered CONNECT with something that is not HTTP"))),
        }
    }

    /// By the library: what the proxy said stands in its error.
    pub(super) async fn socks(&self, stream: TcpStream, target: Uri) -> Connected<TcpStream> {
        let uri = || Uri::from_static("http://proxy.invalid/");
        let standing = Standing(Some(TokioIo::new(stream)));
        let (words, done) = if self.address.scheme().starts_with("socks4") {
            split(SocksV4::new(uri(), standing).call(target).await)
        } else {
            let proxy = SocksV5::new(uri(), standing);
            let mut proxy = match self.login.clone() {
                Some((user, word)) => proxy.with_auth(user, word),
                None => proxy,
            };
            split(proxy.call(target).await)
        };
        let refusal = |words: String| match words.contains("auth") || words.contains("credentials") {
            true => self.wants_login(&words),
            false => self.passing(&format!("did not connect: {words}")),
        };
        done.ok_or_else(|| refusal(words))
    }

    fn error(&self, code: Code, what: &str) -> Error {
        Error::new(code, format!("the proxy `{}` {what}", host(&self.address))).met(Obstacle::Proxy)
    }

    fn passing(&self, what: &str) -> NotConnected {
        NotConnected { error: self.error(Code::Unreachable, what), again: Again::Yes }
    }

    fn settled(&self, what: &str) -> NotConnected {
        NotConnected::settled(self.error(Code::Unreachable, what))
    }

    fn wants_login(&self, why: &str) -> NotConnected {
        let what = if self.login.is_some() { "refuses the login that it is given" } else { "wants a login" };
        let hint = if self.explicit {
            "`proxy_auth` in the profile gives it, as `user:password`"
        } else {
            "`proxy` and `proxy_auth` in the profile give it; so does the address in the variable, which others can read"
        };
        NotConnected::settled(self.error(Code::Config, &format!("{what} ({why})")).hint(hint))
    }
}

fn split<T, E: std::fmt::Display>(done: Result<TokioIo<T>, E>) -> (String, Option<T>) {
    match done {
        Ok(stream) => (String::new(), Some(stream.into_inner())),
        Err(cause) => (cause.to_string().trim_start_matches("SOCKS error: ").to_owned(), None),
    }
}

/// A connection that stands, for the library to ask.
struct Standing(Option<TokioIo<TcpStream>>);

impl Service<Uri> for Standing {
    type Response = TokioIo<TcpStream>;
    type Error = std::io::Error;
    type Future = Ready<std::io::Result<TokioIo<TcpStream>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(self.0.take().ok_or_else(|| std::io::Error::other("given away")))
    }
}

fn login_in(address: &Url) -> Option<(String, String)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let some = !address.username().is_empty() || address.password().is_some();
    some.then(|| (decoded(address.username()), decoded(address.password().unwrap_or_default())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(came: &str) -> String {
        let address = Url::parse("http://user:canary@p.example:3128").expect("an address");
        match Upstream::of_environment(address).judge(came.as_bytes()) {
            None => "not whole".to_owned(),
            Some(Ok(())) => "open".to_owned(),
            Some(Err(NotConnected { error, again })) => {
                format!("{} {} {again:?}", error.code.word(), error.message())
            }
        }
    }

    #[test]
    fn what_a_proxy_answers_is_told_with_its_name_and_without_the_login() {
        for (came, wanted) in [
            ("", "not whole"),
            ("HTTP/1.1 20", "not whole"),
            ("HTTP/1.1 200 OK\r\nX: y\r\n", "not whole"),
            ("HTTP/1.1 200 OK\r\n\r\n", "open"),
            ("HTTP/1.0 299 x\r\nX : y\r\nno colon\r\n folded\r\n\r\n", "open"),
            (
                "HTTP/1.1 201 x\r\n\r\n<html>",
                "unreachable the proxy `p.example:3128` answered CONNECT with a page of its own (status 201) No",
            ),
            (
                "HTTP/1.1 407 x\r\n\r\n",
                "config the proxy `p.example:3128` refuses the login that it is given (status 407) No",
            ),
            (
                "HTTP/1.1 302 x\r\n\r\n",
                "unreachable the proxy `p.example:3128` answered CONNECT with status 302 No",
            ),
            (
                "HTTP/1.1 502 x\r\n\r\n",
                "unreachable the proxy `p.example:3128` answered CONNECT with status 502 Yes",
            ),
            (
                "SSH-2.0-x\r\n",
                "unreachable the proxy `p.example:3128` answered CONNECT with something that is not HTTP No",
            ),
        ] {
            assert_eq!(judged(came), wanted, "{came:?}");
        }
    }

    #[test]
    fn a_login_in_an_address_is_decoded() {
        for (address, login) in [
            ("http://p.example", None),
            ("http://u@p.example", Some(("u", ""))),
            ("http://u%20s:%41%3a+@p.example", Some(("u s", "A:+"))),
            ("socks5h://:w@p.example", Some(("", "w"))),
        ] {
            let found = login_in(&Url::parse(address).expect("an address"));
            assert_eq!(found, login.map(|(user, word)| (user.to_owned(), word.to_owned())), "{address}");
        }
    }
}
