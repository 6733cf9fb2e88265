//! The desk of one vendor: takes a request, writes down what it saw, and decides the answer.
//!
//! All of its state is behind one lock and a request is decided in one go, so a token is never spent twice. Waiting and
//! sending happen elsewhere, without the lock.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::fault::Fault;
use super::gate::Gate;
use super::http::{Answer, Request};
use super::ledger::{Ledger, Pair, Standing};
use super::logins::{self, Ask, Counter};
use super::manual::{Vendor, Wish, random_hex};
use super::reading::{Reading, Refusal};
use super::{Options, veeam_azure};

/// One request as it was received.
#[derive(Clone)]
pub struct Seen {
    pub at: Timestamp,
    pub method: String,
    pub path: String,
    /// Still encoded, without the question mark.
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The refresh token, if one stood where the document wants it.
    pub presented: Option<String>,
    /// The status answered; 0 when the connection ended without a proper answer.
    pub status: u16,
}

/// What goes for every request until the next change.
pub enum Mood {
    Well,
    RejectsClient,
    LimitsRate(Option<String>),
    DemandsMfa,
}

pub struct Desk {
    pub(super) vendor: Vendor,
    pub(super) options: Options,
    /// Known once somebody listens.
    pub origin: String,
    pub ledger: Ledger,
    pub counter: Counter,
    pub mood: Mood,
    pub faults: VecDeque<Fault>,
    /// The same for requests at one path only.
    pub faults_at: Vec<(String, Fault)>,
    pub seen: Vec<Seen>,
    pub departures: Vec<String>,
    /// Somebody came, even if `DropBeforeRead` kept the request from being seen.
    pub called: bool,
    minted: u64,
}

impl Desk {
    pub fn new(vendor: Vendor, options: Options) -> Desk {
        Desk {
            vendor,
            options,
            origin: String::new(),
            ledger: Ledger::default(),
            counter: Counter::default(),
            mood: Mood::Well,
            faults: VecDeque::new(),
            faults_at: Vec::new(),
            seen: Vec::new(),
            departures: Vec::new(),
            called: false,
            minted: 0,
        }
    }

    /// Begins a new login.
    pub fn log_in(&mut self) -> Pair {
        let pair = self.mint();
        self.ledger.begin(pair.clone());
        pair
    }

    /// Is the next connection to be closed unread? Uses that fault up.
    pub fn closes_unread(&mut self) -> bool {
        let closes = matches!(self.faults.front(), Some(Fault::DropBeforeRead));
        if closes {
            self.faults.pop_front();
            self.called = true;
        }
        closes
    }

    /// What the next request lies behind before anybody looks at it.
    pub fn dawdles(&self) -> Option<Gate> {
        match self.faults.front() {
            Some(Fault::Ghost(gate)) => Some(gate.clone()),
            _ => None,
        }
    }

    /// The answer to be sent, if any, and the way to misbehave in sending it.
    pub fn receive(&mut self, request: Request) -> (Option<Answer>, Option<Fault>) {
        if is_for_the_root(&request) {
            return (Some(self.root(request)), None);
        }
        let options = logins::client_of(&request, &self.counter.clients, &self.options);
        let mut reading = (self.vendor.manual().read)(&request, &options);
        let standing = reading.refresh.as_deref().map(|token| self.ledger.present(token));
        self.check_access(&mut reading);
        let fault = self.next_fault(&request.path, &reading.ask);
        let processed = fault.as_ref().is_none_or(Fault::processes);
        let real = processed.then(|| self.decide(&mut reading, standing));
        let fault = fault.map(Fault::on_the_wire);
        let answer = match &fault {
            Some(fault) => fault.answer(real),
            None => real,
        };
        self.write_down(request, reading, answer.as_ref().map_or(0, |answer| answer.status));
        (answer, fault)
    }

    /// Somebody looks whether anybody is there. It is written down, and nothing is wrong with it.
    fn root(&mut self, request: Request) -> Answer {
        let Request { method, path, query, headers, body } = request;
        let at = Timestamp::now();
        self.seen.push(Seen { at, method, path, query, headers, body, presented: None, status: 404 });
        let date = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        Answer::page(404, "nothing is here").with("Date", &date)
    }

    fn next_fault(&mut self, path: &str, ask: &Ask) -> Option<Fault> {
        match self.faults_at.iter().position(|(at, _)| at == path) {
            Some(found) => Some(self.faults_at.remove(found).1),
            None if ask.is_of_a_browser() => None,
            None => self.faults.pop_front(),
        }
    }

    fn write_down(&mut self, request: Request, reading: Reading, status: u16) {
        let Request { method, path, query, headers, body } = request;
        let presented = reading.refresh;
        self.called = true;
        self.departures.extend(reading.departures);
        self.seen.push(Seen { at: Timestamp::now(), method, path, query, headers, body, presented, status });
    }

    /// An access token that has run out is in order: it lives 300 s, and refreshing would be pointless before that.
    fn check_access(&self, reading: &mut Reading) {
        let Some(access) = reading.access.clone() else {
            return;
        };
        let same_login = reading.refresh.as_deref().and_then(|token| self.ledger.same_login(token, &access));
        match same_login {
            Some(true) => {}
            Some(false) => {
                reading.refuses(
                    Refusal::AccessToken,
                    "the access token never belonged to this refresh token's login",
                );
            }
            None if self.ledger.issued(&access) => {}
            None => reading.rejects(Refusal::AccessToken),
        }
    }

    fn decide(&mut self, reading: &mut Reading, standing: Option<Standing>) -> Answer {
        let refreshes = matches!(reading.ask, Ask::Refresh);
        match &self.mood {
            _ if reading.ask.is_of_a_browser() => {}
            Mood::Well => {}
            Mood::RejectsClient => return self.vendor.refuse(&Refusal::Client),
            Mood::LimitsRate(after) => {
                return self.vendor.refuse(&Refusal::TooOften(after.clone()));
            }
            Mood::DemandsMfa if refreshes => {
                let token = format!("mfa-{}-{}", self.options.secret_word, random_hex());
                return veeam_azure::mfa_wanted(&token);
            }
            Mood::DemandsMfa => {}
        }
        if !refreshes {
            return self.attend(reading);
        }
        if let Some(refusal) = &reading.refusal {
            return self.vendor.refuse(refusal);
        }
        match (&reading.refresh, standing) {
            (Some(token), Some(Standing::Live)) => self.refresh(token, reading.scope.clone()),
            (Some(token), Some(Standing::Spent)) if self.options.reuse_revokes => {
                self.ledger.revoke_family(token);
                self.vendor.refuse(&Refusal::RefreshToken)
            }
            _ => self.vendor.refuse(&Refusal::RefreshToken),
        }
    }

    fn refresh(&mut self, token: &str, scope: Option<String>) -> Answer {
        let mut pair = Pair { scope, ..self.mint() };
        if !self.options.rotates {
            pair.refresh = token.to_owned();
            pair.rotated = false;
        }
        self.ledger.rotate(token, pair.clone());
        self.grant(&pair)
    }

    /// Begins a login that is refreshed within the vendor's time, or within so many seconds.
    pub(super) fn begin(&mut self, scope: Option<String>) -> Pair {
        self.begin_for(self.options.refresh_lifetime, scope)
    }

    pub(super) fn begin_for(&mut self, refresh_lifetime: u64, scope: Option<String>) -> Pair {
        let pair = Pair { scope, refresh_lifetime, ..self.mint() };
        self.ledger.begin(pair.clone());
        pair
    }

    /// Begins one that cannot be refreshed.
    pub(super) fn begin_for_once(&mut self, scope: Option<String>) -> Pair {
        let pair = Pair { scope, ..self.mint() };
        self.ledger.begin_for_once(pair.clone());
        pair
    }

    /// The answer that carries these tokens.
    pub(super) fn grant(&self, pair: &Pair) -> Answer {
        let answer = Answer::json(200, &(self.vendor.manual().answer)(pair));
        // RFC 6749 section 5.1; harmless to the vendors that do not mention it.
        let answer = answer.with("Cache-Control", "no-store").with("Pragma", "no-cache");
        match self.options.reshape {
            Some(reshape) => reshape(pair, answer),
            None => answer,
        }
    }

    pub(super) fn grant_without_refresh(&self, pair: &Pair) -> Answer {
        let mut answer = self.grant(pair);
        logins::edit(&mut answer, |body| {
            body.as_object_mut().map(|body| body.remove("refresh_token"));
        });
        answer
    }

    fn mint(&mut self) -> Pair {
        self.minted += 1;
        let Options { access_lifetime, refresh_lifetime, .. } = self.options;
        let issued = Timestamp::now();
        let word = &self.options.secret_word;
        let wish = Wish { word, issued, access_lifetime, refresh_lifetime };
        let tokens = (self.vendor.manual().mint)(&wish);
        Pair {
            refresh: tokens.refresh,
            access: tokens.access,
            issued,
            access_lifetime,
            refresh_lifetime,
            number: self.minted,
            rotated: true,
            scope: None,
        }
    }
}

fn is_for_the_root(request: &Request) -> bool {
    request.method == "GET" && request.path == "/" && request.query.is_empty() && request.body.is_empty()
}
