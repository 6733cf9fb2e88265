//! The authorization endpoint (RFC 6749 section 4.1.1), with the person who consents there, and the way back.
//!
//! Nobody is sent to an address that is not registered (section 4.1.2.1). A person consents at once, unless they were
//! told otherwise.

use serde_json::json;

use super::super::Options;
use super::super::desk::Desk;
use super::super::fields::Fields;
use super::super::http::{Answer, Request};
use super::super::manual::random_hex;
use super::super::reading::{Reading, Refusal};
use super::Ask;
use super::code::Code;

/// How a visitor answers, or how the server brings them back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consent {
    #[default]
    Given,
    Denied,
    /// Another `error` of section 4.1.2.1.
    Fails(&'static str),
    WrongState,
    NoState,
    /// RFC 9207: of another server, and missing where it is promised.
    WrongIssuer,
    NoIssuer,
    /// Comes back with neither code nor error.
    NoCode,
    /// Leaves the page open.
    NeverReturns,
}

#[derive(Clone)]
pub struct Visit {
    /// Registered; without it nobody is sent anywhere.
    pub back: Option<String>,
    /// Its name, too, which is not the same everywhere.
    pub state: (&'static str, Option<String>),
    pub challenge: Option<String>,
    pub resource: Option<String>,
}

/// What is alike at all authorization endpoints.
pub fn read(request: &Request, options: &Options, state: &'static str) -> (Reading, Fields) {
    let (mut reading, query) = arrived(request, options);
    let visit = asked(&mut reading, &query, options, state);
    reading.ask = Ask::Visit(visit);
    (reading, query)
}

/// A browser, and what its address holds.
pub fn arrived(request: &Request, options: &Options) -> (Reading, Fields) {
    let mut reading = Reading::default();
    reading.arrives(request, "GET", &[], options);
    let query = reading.fields(&request.query, "query");
    if request.query.contains(&options.secret_word) {
        reading.departs("a secret stands in the authorization request");
    }
    (reading, query)
}

/// What is asked for, wherever that stands.
pub fn asked(reading: &mut Reading, fields: &Fields, options: &Options, state: &'static str) -> Visit {
    let place = fields.place;
    reading.fixed(fields, "response_type", "code", "unsupported_response_type");
    let known = fields.get("client_id") == Some(&options.client_id);
    if !known {
        reading.refuses(Refusal::Client, format!("{place}: client_id is not that of a registered client"));
    }
    let back = fields.get("redirect_uri").filter(|back| known && is_registered(back, options));
    if back.is_none() {
        reading.refuses(Refusal::Client, format!("{place}: redirect_uri is not a registered one"));
    }
    let told = reading.required(fields, state);
    if told.as_ref().is_some_and(|told| told.len() < 22 || !told.bytes().all(|byte| byte.is_ascii_graphic()))
    {
        reading.departs(format!("{place}: {state} is short, or odd"));
    }
    reading.scope = fields.get("scope").map(str::to_owned);
    let back = back.map(str::to_owned);
    let resource = fields.get("resource").map(str::to_owned);
    Visit { back, state: (state, told), challenge: None, resource }
}

/// RFC 8252 section 7.3: of a loopback address the port counts for nothing.
pub fn is_registered(address: &str, options: &Options) -> bool {
    options
        .redirect_uris
        .iter()
        .any(|known| *known == address || without_port(address).as_deref() == Some(known))
}

fn without_port(address: &str) -> Option<String> {
    let mut url = url::Url::parse(address).ok()?;
    let loopback = ["127.0.0.1", "[::1]", "localhost"].contains(&url.host_str()?);
    (loopback && url.scheme() == "http" && url.port().is_some() && url.as_str() == address).then_some(())?;
    url.set_port(None).ok()?;
    Some(url.to_string())
}

impl Desk {
    pub fn visit(&mut self, reading: &mut Reading, visit: Visit) -> Answer {
        let Some(back) = &visit.back else {
            return Answer::page(400, "This is no address to come back to.");
        };
        if reading.refusal.is_none() {
            self.look_at_draws(reading, &visit);
        }
        let consent = self.counter.consents.pop_front().unwrap_or_default();
        let mut answer: Vec<(&str, String)> = Vec::new();
        match (&reading.refusal, consent) {
            (Some(Refusal::Request(code)), _) => answer.push(("error", (*code).to_owned())),
            (Some(_), _) => answer.push(("error", "server_error".to_owned())),
            (None, Consent::NeverReturns) => return Answer::page(200, "Do you consent?"),
            (None, Consent::Denied) => {
                answer.push(("error", "access_denied".to_owned()));
                answer.push(("error_description", "the person said no".to_owned()));
            }
            (None, Consent::Fails(code)) => answer.push(("error", code.to_owned())),
            (None, Consent::NoCode) => {}
            (None, _) => answer.push(("code", self.new_code(reading, &visit))),
        }
        match (visit.state, consent) {
            (_, Consent::NoState) | ((_, None), _) => {}
            ((name, _), Consent::WrongState) => answer.push((name, "another-state-than-yours".to_owned())),
            ((name, Some(state)), _) => answer.push((name, state)),
        }
        match consent {
            Consent::NoIssuer => {}
            Consent::WrongIssuer => answer.push(("iss", "https://another.example".to_owned())),
            _ if self.vendor.is_standard() => answer.push(("iss", self.origin.clone())),
            _ => {}
        }
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(answer).finish();
        let mark = if back.contains('?') { '&' } else { '?' };
        Answer::empty(302).with("Location", &format!("{back}{mark}{query}")).with("Cache-Control", "no-store")
    }

    /// RFC 9126 section 2.2.
    pub fn push(&mut self, reading: &Reading, visit: Visit) -> Answer {
        let name = format!("urn:ietf:params:oauth:request_uri:{}", random_hex());
        self.counter.pushed.insert(name.clone(), (visit, reading.scope.clone()));
        Answer::json(201, &json!({ "request_uri": name, "expires_in": 60 }))
    }

    pub fn pushed(&mut self, reading: &mut Reading, name: &str) -> Answer {
        let Some((visit, scope)) = self.counter.pushed.remove(name) else {
            reading.departs("a request_uri that was never given, or came before");
            return Answer::page(400, "Nothing was pushed under this name.");
        };
        reading.scope = scope;
        self.visit(reading, visit)
    }

    /// Neither state nor challenge serves two requests. The same request again is a second tab.
    fn look_at_draws(&mut self, reading: &mut Reading, visit: &Visit) {
        let told = |text: &Option<String>| text.clone().unwrap_or_default();
        let draws = (told(&visit.state.1), told(&visit.challenge));
        for (state, challenge) in &self.counter.visits {
            if *state == draws.0 && *challenge != draws.1 {
                reading.departs("a state serves a second authorization request");
            }
            if *challenge == draws.1 && !challenge.is_empty() && *state != draws.0 {
                reading.departs("a code_challenge serves a second authorization request");
            }
        }
        self.counter.visits.push(draws);
    }

    fn new_code(&mut self, reading: &Reading, visit: &Visit) -> String {
        let code = Code::new(&self.options.secret_word);
        let name = code.0;
        let code = Code {
            client: reading.client.clone(),
            back: visit.back.clone(),
            challenge: visit.challenge.clone(),
            resource: visit.resource.clone(),
            scope: reading.scope.clone(),
            ..code.1
        };
        self.counter.codes.insert(name.clone(), code);
        name
    }
}
