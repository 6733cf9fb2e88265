//! Asks a server for what anybody may know. Nothing secret is sent, so no intent is written, and what did not get
//! through is asked again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use url::Url;
use zeroize::Zeroizing;

use super::challenge::{self, Challenge};
use super::document::{Document, Missed};
use super::found::Given;
use crate::base::error::{Code, Error, Result};
use crate::base::waiting::{Waiting, What};
use crate::http::client::{Again, Delivery, Door, Route};
use crate::http::message::{HttpRequest, Method, RawAnswer, Wanted};
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
    pub(super) fn document(&self, at: &Url, given: &Given) -> Result<std::result::Result<Document, Missed>> {
        let mut tries = Tries::new();
        loop {
            let raw = self.send(&get(at, true), given, &mut tries, self.timeout)?;
            if raw.status != 0 || !tries.again(self.deadline) {
                return Ok(Missed::or_document(&raw, at));
            }
        }
    }

    /// What a resource asks for that is met without a token.
    pub(super) fn challenge(&self, at: &Url, given: &Given) -> Result<Challenge> {
        let raw = self.send(&get(at, false), given, &mut Tries::new(), self.timeout.min(GLANCE))?;
        if raw.status != 401 {
            return Ok(Challenge::default());
        }
        let fields = raw.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(CHALLENGE));
        Ok(challenge::read(fields.map(|(_, value)| value.as_str())))
    }

    /// Sent once: it leaves something behind.
    pub(super) fn post(&self, request: &HttpRequest, given: &Given) -> Result<RawAnswer> {
        self.send(request, given, &mut Tries::new(), self.timeout)
    }

    fn send(
        &self,
        request: &HttpRequest,
        given: &Given,
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
            let door = Door::open(url, &route)?.found(given.peers(url));
            let until = Instant::now().checked_add(timeout);
            let connected = move || {
                waiting.turn_to(What::FreeAnswer, until);
                Ok(())
            };
            match door.send(request, Box::new(connected)) {
                Delivery::Answer(raw) => {
                    if raw.status != 0 {
                        given.answered(url, door.peer());
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
    }
}
