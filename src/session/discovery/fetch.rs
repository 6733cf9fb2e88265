//! Asks a server for what anybody may know. Nothing secret is sent, so no intent is written, and what did not get
//! through is asked again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use url::Url;
use zeroize::Zeroizing;

use super::challenge::{self, Challenge};
use super::document::{Document, Missed};
use super::found::Start;
use crate::base::error::{Code, Error, Result};
use crate::base::waiting::{Waiting, What};
use crate::http::client::{Again, Delivery, Door, Route};
use crate::http::message::{HttpRequest, Method, Proofs, RawAnswer, Wanted};
use crate::http::proxy::Proxy;
use crate::http::tls::Tls;
use crate::http::tries::Tries;

const CHALLENGE: &str = "www-authenticate";
/// A resource that is open to all may begin to tell without end.
const GLANCE: Duration = Duration::from_secs(10);

pub(super) struct Fetcher<'a> {
    tls: Tls,
    proxy: &'a Proxy,
    proxy_auth: Option<&'a str>,
    deadline: Instant,
    timeout: Duration,
    tell: &'a dyn Fn(&str),
}

impl<'a> Fetcher<'a> {
    pub(super) fn new(route: &Route<'a>, tell: &'a dyn Fn(&str)) -> Fetcher<'a> {
        Fetcher {
            tls: Tls { ca_file: route.tls.ca_file.clone(), ..Tls::default() },
            proxy: route.proxy,
            proxy_auth: route.proxy_auth,
            deadline: Instant::now() + route.connect,
            timeout: route.timeout,
            tell,
        }
    }

    /// `Err`: nobody answers there at all. Within: what answers is no document.
    pub(super) fn document(&self, at: &Url, start: &Start) -> Result<std::result::Result<Document, Missed>> {
        Ok(Missed::or_document(&self.get(at, start, true, self.timeout)?, at))
    }

    /// What a resource asks for that is met without a token.
    pub(super) fn challenge(&self, at: &Url, start: &Start) -> Result<Challenge> {
        let raw = self.get(at, start, false, self.timeout.min(GLANCE))?;
        if raw.status != 401 {
            return Ok(Challenge::default());
        }
        let fields = raw.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(CHALLENGE));
        Ok(challenge::read(fields.map(|(_, value)| value.as_str())))
    }

    /// Asked again while nothing comes, for some seconds.
    fn get(&self, at: &Url, start: &Start, body: bool, timeout: Duration) -> Result<RawAnswer> {
        let mut tries = Tries::new();
        loop {
            let raw = self.send(&get(at, body), start, &mut tries, timeout)?;
            if raw.status != 0 {
                return Ok(raw);
            }
            if !tries.again(self.deadline) {
                return Err(Error::new(
                    Code::Unavailable,
                    format!("`{at}` took the request and did not answer"),
                ));
            }
        }
    }

    /// Sent once: it leaves something behind.
    pub(super) fn post(&self, request: &HttpRequest, start: &Start) -> Result<RawAnswer> {
        self.send(request, start, &mut Tries::new(), self.timeout)
    }

    fn send(
        &self,
        request: &HttpRequest,
        start: &Start,
        tries: &mut Tries,
        timeout: Duration,
    ) -> Result<RawAnswer> {
        let url = &request.url;
        (self.tell)(&format!("asking {url}{}", self.proxy.words(url)));
        loop {
            let waiting = Arc::new(Waiting::begin(What::Connection, Some(self.deadline)));
            let left = self.deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::new(Code::Unreachable, format!("no time is left to ask `{url}`")));
            }
            let timeout = timeout.min(left);
            let route = Route {
                tls: &self.tls,
                proxy: self.proxy,
                proxy_auth: self.proxy_auth,
                connect: left,
                timeout,
            };
            let door = Door::open(url, &route)?.found(start.peers(url));
            let until = Instant::now().checked_add(timeout);
            let connected = move || {
                waiting.turn_to(What::FreeAnswer, until);
                Ok(None)
            };
            match door.send(request, Box::new(connected)) {
                Delivery::Answer(raw) => {
                    if raw.status != 0 {
                        start.answered(url, door.peer());
                    }
                    return Ok(raw);
                }
                Delivery::Nothing(_, Again::Yes) if tries.again(self.deadline) => {}
                Delivery::Nothing(error, _) => return Err(error),
            }
        }
    }
}

fn get(url: &Url, body: bool) -> HttpRequest {
    let headers = [CHALLENGE, "location", "retry-after", "date"];
    HttpRequest {
        method: Method::get(),
        url: url.clone(),
        headers: vec![("Accept".into(), Zeroizing::new("application/json".into()))],
        body: None,
        wanted: Wanted { headers: headers.map(str::to_owned).to_vec(), body },
        proofs: Proofs::default(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::{Read as _, Write as _};

    use super::super::tests::listen;
    use super::*;
    use crate::base::signals::spawn_deaf;

    /// Connects to `at` as to an address that a public one has named.
    pub(in super::super) fn peer_of_found(at: &str) -> Result<()> {
        let (tls, proxy, second) = (Tls::default(), Proxy::None, Duration::from_secs(5));
        let route = Route { tls: &tls, proxy: &proxy, proxy_auth: None, connect: second, timeout: second };
        let fetcher = Fetcher::new(&route, &|_| ());
        let url = |text: &str| Url::parse(text).expect("an address");
        fetcher.document(&url(at), &Start::new(url("https://m.example/mcp"))).map(drop)
    }

    #[test]
    fn a_private_address_in_figures_is_refused_before_a_proxy_hears_of_it() {
        let listener = listen();
        listener.set_nonblocking(true).expect("it can");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        let proxy = Proxy::Url(Url::parse(&address).expect("an address"));
        let (tls, second) = (Tls::default(), Duration::from_secs(5));
        let route = Route { tls: &tls, proxy: &proxy, proxy_auth: None, connect: second, timeout: second };
        let fetcher = Fetcher::new(&route, &|_| ());
        let url = |text: &str| Url::parse(text).expect("an address");
        for at in ["https://10.0.0.1/", "https://[::ffff:10.0.0.1]/", "https://[fd00::1]/"] {
            let ended = fetcher.document(&url(at), &Start::new(url("https://m.example/mcp")));
            assert_eq!(ended.err().expect("refused").code, Code::Refused, "{at}");
        }
        assert!(listener.accept().is_err(), "nobody knocked");
    }

    /// Answers one request over TLS, if anybody comes so far; gives where, and its certificate in PEM.
    fn over_tls(answer: &'static str) -> (Url, String) {
        use rustls::pki_types::PrivateKeyDer;
        let key = rcgen::KeyPair::generate().expect("a key");
        let params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("params");
        let certificate = params.self_signed(&key).expect("a certificate");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ServerConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions().expect("TLS").with_no_client_auth();
        let secret = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let config = builder.with_single_cert(vec![certificate.der().clone()], secret).expect("a pair");
        let listener = listen();
        let at = format!("https://{}/", listener.local_addr().expect("bound"));
        spawn_deaf(move || {
            let (stream, _) = listener.accept().expect("somebody");
            let connection = rustls::ServerConnection::new(Arc::new(config)).expect("TLS");
            let mut stream = rustls::StreamOwned::new(connection, stream);
            let mut bytes = [0; 4096];
            if stream.read(&mut bytes).is_ok() {
                let _ = stream.write_all(answer.as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        });
        (Url::parse(&at).expect("an address"), certificate.pem())
    }

    #[test]
    fn a_certificate_that_nobody_trusts_is_no_matter_of_a_pin() {
        let answer = "HTTP/1.1 200 x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("ca.pem");
        let ask = |tls: &Tls, at: &Url| {
            let second = Duration::from_secs(5);
            let route =
                Route { tls, proxy: &Proxy::None, proxy_auth: None, connect: second, timeout: second };
            let outcome = Fetcher::new(&route, &|_| ()).document(at, &Start::new(at.clone()));
            outcome.map(|found| found.is_ok())
        };
        let (at, _) = over_tls(answer);
        let error = ask(&Tls { insecure: true, ..Tls::default() }, &at).expect_err("untrusted");
        assert_eq!(error.code, Code::Config);
        assert!(error.message().starts_with("the certificate of `127.0.0.1:"), "{error}");
        let hint = error.hint.expect("a way out");
        assert!(hint.contains("`tls.ca_file`") && !hint.contains("trusts it"), "{hint}");
        // Wine has no engine for other roots than its own.
        if cfg!(windows) {
            return;
        }
        let (at, pem) = over_tls(answer);
        std::fs::File::options()
            .write(true)
            .create_new(true)
            .open(&file)
            .expect("a file")
            .write_all(pem.as_bytes())
            .expect("written");
        assert_eq!(ask(&Tls { ca_file: Some(file), ..Tls::default() }, &at).ok(), Some(true));
    }

    #[test]
    fn only_an_authority_of_ones_own_counts_here() {
        let own = Tls {
            ca_file: Some("ca.pem".into()),
            pin: Some([1; 32]),
            insecure: true,
            plaintext: true,
            client_cert: Some("c.pem".into()),
            client_key: Some("k.pem".into()),
        };
        let (proxy, second) = (Proxy::None, Duration::from_secs(5));
        let route = Route { tls: &own, proxy: &proxy, proxy_auth: None, connect: second, timeout: second };
        let tls = Fetcher::new(&route, &|_| ()).tls;
        assert!(tls == Tls { ca_file: Some("ca.pem".into()), ..Tls::default() });
    }
}
