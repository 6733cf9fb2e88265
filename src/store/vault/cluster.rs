//! The nodes of a vault: a question goes to the one that leads, as far as that is known, and is put again while the nodes choose
//! another one.

mod trouble;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use super::auth::{self, Way};
use crate::base::digest::hex;
use crate::base::error::{Code, Error, Result, internal};
use crate::http::client::Route;
use crate::http::message::{HttpRequest, Method, Proofs, Wanted};
use crate::http::proxy::Proxy;
use crate::http::service::{Reply, Service, Unanswered, Within};
use crate::profile::secret_source::SecretReader;
use crate::profile::stores::vault::VaultStore;
use crate::store::seal::random;

/// For one answer, if there is so much time.
const TIMEOUT: Duration = Duration::from_secs(10);
/// For what another node may do as well: a connection, and who leads.
const SOON: Duration = Duration::from_secs(2);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);
/// Once every node was asked so often, and each is sealed, only a person helps.
const LOOKS: usize = 2;

/// One store's vault, as one run asks it.
pub(in crate::store) struct Cluster {
    store: Arc<VaultStore>,
    silent: bool,
    nodes: Vec<Node>,
    /// Which of them leads, as far as anybody knows.
    leader: usize,
    /// Whether somebody said so.
    leader_known: bool,
    token: Option<Zeroizing<String>>,
    /// What it was told, tokens and bodies: no answer may show any of it.
    told: Vec<Zeroizing<String>>,
    /// What the last answer knew.
    index: Option<String>,
    /// Being denied is an answer.
    free: bool,
}

struct Node {
    url: Url,
    service: Option<Service>,
    /// Why it gave no answer, if it was asked and gave none.
    silence: Option<String>,
}

/// What is asked.
pub(super) struct Question<'a> {
    pub(super) method: &'a str,
    /// Behind `/v1/`.
    pub(super) path: String,
    pub(super) body: Option<Zeroizing<String>>,
}

impl Question<'_> {
    /// It changes nothing, however often it is put.
    fn is_harmless(&self) -> bool {
        self.method == "GET" || self.path.starts_with("sys/")
    }
}

/// What came of a question that was put.
pub(super) enum Answered {
    Reply {
        status: u16,
        date: Option<String>,
        json: Value,
    },
    /// Whether it was heard nobody knows.
    Lost(Error),
}

/// What one answer means for the next try.
enum Step {
    Done(Reply),
    Elsewhere(usize),
    Wait(Option<u64>, Error),
    Login,
    Failed(Error),
}

impl Cluster {
    pub(in crate::store) fn of(store: &Arc<VaultStore>, silent: bool) -> Cluster {
        let nodes = store
            .addresses
            .iter()
            .map(|url| Node { url: url.clone(), service: None, silence: None })
            .collect();
        Cluster {
            store: Arc::clone(store),
            silent,
            nodes,
            leader: 0,
            leader_known: store.addresses.len() == 1,
            token: None,
            told: Vec::new(),
            index: None,
            free: false,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.store.name
    }

    /// How long a vault without a leader is waited for, where nothing presses.
    pub(in crate::store) fn usual_patience(&self) -> Duration {
        if self.nodes.len() > 1 { Duration::from_secs(12) } else { Duration::from_secs(6) }
    }

    /// The same, where being denied is an answer.
    pub(super) fn ask_freely(&mut self, question: &Question<'_>, until: Instant) -> Result<Answered> {
        self.free = true;
        let answered = self.ask(question, until);
        self.free = false;
        answered
    }

    /// Of the node that leads, until `until` if it must be.
    pub(super) fn ask(&mut self, question: &Question<'_>, until: Instant) -> Result<Answered> {
        if !self.leader_known {
            self.find_leader(until);
        }
        self.told.extend(question.body.clone());
        let mut fresh_token = false;
        let mut sealed = 0;
        loop {
            let token = self.token(until, &mut fresh_token)?;
            let at = self.leader;
            let step = match self.put(at, question, Some(&token), until) {
                Ok(reply) => self.step(reply),
                Err(Unanswered::NotAsked(error)) => Step::Wait(None, error),
                Err(Unanswered::Lost(error)) if question.is_harmless() => Step::Wait(None, error),
                Err(Unanswered::Lost(error)) => {
                    self.leader_known = self.nodes.len() == 1;
                    return Ok(Answered::Lost(self.words(error)));
                }
            };
            match step {
                Step::Done(reply) => return Ok(self.done(&reply)),
                Step::Elsewhere(node) => (self.leader, self.leader_known) = (node, true),
                Step::Login if fresh_token || !self.can_log_in() => {
                    return Err(self.denied(question, fresh_token, until));
                }
                Step::Login => self.token = None,
                Step::Failed(error) => return Err(error),
                Step::Wait(after, error) => {
                    sealed += usize::from(error.code == Code::StoreLocked);
                    let pause = after.map_or(PAUSE, Duration::from_secs) + jitter();
                    if Instant::now() + pause >= until || sealed >= LOOKS * self.nodes.len() {
                        return Err(self.words(error));
                    }
                    thread::sleep(pause);
                    self.leader = (self.leader + 1) % self.nodes.len();
                    self.find_leader(until);
                }
            }
        }
    }

    fn done(&mut self, reply: &Reply) -> Answered {
        if let Some(index) = reply.header("x-vault-index") {
            self.index = Some(index.to_owned());
        }
        let json = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
        Answered::Reply { status: reply.status, date: reply.header("date").map(str::to_owned), json }
    }

    fn step(&self, reply: Reply) -> Step {
        let after =
            || reply.header("retry-after").and_then(|text| text.trim().parse().ok()).map(|s: u64| s.min(30));
        match reply.status {
            307 => match reply.header("location").and_then(|at| self.node_at(at)) {
                Some(node) if node != self.leader => Step::Elsewhere(node),
                Some(_) => {
                    Step::Wait(None, self.broken("it names itself as its leader, but forwards nothing"))
                }
                None => Step::Failed(self.foreign(reply.header("location").unwrap_or_default())),
            },
            403 if self.free => Step::Done(reply),
            403 => Step::Login,
            412 | 429 => Step::Wait(after(), self.broken("it is overloaded, or is behind (429)")),
            500 if !self.says_no_leader(&reply) => Step::Failed(self.failed(&reply)),
            500 | 502 | 504 => Step::Wait(None, self.broken("no node leads it at the moment")),
            503 if says(&reply).contains("sealed") => Step::Wait(after(), self.sealed()),
            503 => Step::Wait(after(), self.broken("it is not available (503)")),
            301..=399 => Step::Failed(self.foreign(reply.header("location").unwrap_or_default())),
            _ => Step::Done(reply),
        }
    }

    fn says_no_leader(&self, reply: &Reply) -> bool {
        let said = says(reply);
        ["active", "leader", "standby", "context", "forward", "raft"].iter().any(|word| said.contains(word))
    }

    fn node_at(&self, location: &str) -> Option<usize> {
        let location = Url::parse(location).ok()?;
        self.nodes.iter().position(|node| node.url.origin() == location.origin())
    }

    /// By what any node says of it, if it is one of ours; else one that answers is asked.
    fn find_leader(&mut self, until: Instant) {
        let count = self.nodes.len();
        if count == 1 {
            return;
        }
        self.leader_known = false;
        let question = Question { method: "GET", path: "sys/leader".into(), body: None };
        let first = self.leader;
        let mut answers: Option<(bool, usize)> = None;
        for at in (0..count).map(|step| (first + step) % count) {
            let now = Instant::now();
            let soon = now + share(until.saturating_duration_since(now));
            let Ok(reply) = self.put(at, &question, None, soon) else { continue };
            if let Some(leader) = self.leader_by(at, &reply) {
                (self.leader, self.leader_known) = (leader, true);
                return;
            }
            let well = reply.status == 200;
            if answers.is_none_or(|(others, _)| well && !others) {
                answers = Some((well, at));
            }
        }
        if let Some((_, at)) = answers {
            self.leader = at;
        }
    }

    fn leader_by(&self, at: usize, reply: &Reply) -> Option<usize> {
        let json = serde_json::from_slice::<Value>(&reply.body).ok()?;
        // One that stands alone leads nobody, and needs no leader.
        if json["is_self"] == true || json["ha_enabled"] == false {
            return Some(at);
        }
        let named = json["leader_address"].as_str().filter(|address| !address.is_empty())?;
        // One that is not among ours: a node that answers passes on what is written.
        self.node_at(named).or_else(|| (reply.status == 200).then_some(at))
    }

    fn can_log_in(&self) -> bool {
        !matches!(self.store.auth, crate::profile::stores::vault::VaultAuth::Token(_))
    }

    fn token(&mut self, until: Instant, fresh: &mut bool) -> Result<Zeroizing<String>> {
        if let Some(token) = &self.token {
            return Ok(token.clone());
        }
        let reader = SecretReader { directory: &self.store.directory.clone(), silent: self.silent };
        let token = match auth::way(&self.store.name, &self.store.auth, reader)? {
            Way::Token(token) => token,
            Way::Login(login) => self.log_in(&login, until)?,
        };
        *fresh = true;
        self.told.push(token.clone());
        self.token = Some(token.clone());
        Ok(token)
    }

    fn log_in(&mut self, login: &auth::Login, until: Instant) -> Result<Zeroizing<String>> {
        let question = Question {
            method: "POST",
            path: format!("auth/{}", login.path),
            body: Some(Zeroizing::new(login.body.to_string())),
        };
        self.told.extend(question.body.clone());
        loop {
            let step = match self.put(self.leader, &question, None, until) {
                Ok(reply) if matches!(reply.status, 400 | 403 | 404) => {
                    return Err(auth::refused(&self.store, &self.shown(&says(&reply))));
                }
                Ok(reply) => self.step(reply),
                Err(why) => Step::Wait(None, why.into_error()),
            };
            match step {
                Step::Done(reply) => {
                    let json: Value = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
                    return auth::granted(&json).ok_or_else(|| self.failed(&reply));
                }
                Step::Elsewhere(node) => (self.leader, self.leader_known) = (node, true),
                Step::Failed(error) => return Err(error),
                Step::Login => return Err(internal("a login that asks for a login")),
                Step::Wait(after, error) => {
                    let pause = after.map_or(PAUSE, Duration::from_secs) + jitter();
                    if Instant::now() + pause >= until {
                        return Err(self.words(error));
                    }
                    thread::sleep(pause);
                    self.leader = (self.leader + 1) % self.nodes.len();
                    self.find_leader(until);
                }
            }
        }
    }

    /// Once, at that node.
    fn put(
        &mut self,
        at: usize,
        question: &Question<'_>,
        token: Option<&str>,
        until: Instant,
    ) -> std::result::Result<Reply, Unanswered> {
        let request = self.request(at, question, token).map_err(Unanswered::NotAsked)?;
        let node = &mut self.nodes[at];
        let mut service = match node.service.take() {
            Some(service) => service,
            None => {
                let route = Route {
                    tls: &self.store.tls,
                    proxy: &Proxy::Environment,
                    proxy_auth: None,
                    connect: TIMEOUT,
                    timeout: TIMEOUT,
                };
                Service::at(&node.url, &route).map_err(Unanswered::NotAsked)?
            }
        };
        let answered = service.ask(&request, self.within(until));
        let silence = answered.as_ref().err().map(|why| why.error().message());
        let node = &mut self.nodes[at];
        (node.service, node.silence) = (Some(service), silence);
        answered
    }

    fn within(&self, until: Instant) -> Within {
        let now = Instant::now();
        let left = until.saturating_duration_since(now);
        if self.nodes.len() == 1 {
            return Within { connect: left.min(TIMEOUT), until: until.min(now + TIMEOUT) };
        }
        // A node that passes a question on to one that hangs must not take the time in which another begins to lead.
        Within { connect: share(left), until: until.min(now + TIMEOUT.min(left / 2).max(SOON)) }
    }

    fn request(&self, at: usize, question: &Question<'_>, token: Option<&str>) -> Result<HttpRequest> {
        let mut url = self.nodes[at].url.clone();
        let (path, query) =
            question.path.split_once('?').map_or((&*question.path, None), |(p, q)| (p, Some(q)));
        url.path_segments_mut()
            .map_err(|()| internal("an address of a vault without a path"))?
            .pop_if_empty()
            .push("v1")
            .extend(path.split('/'));
        url.set_query(query);
        let secret = |text: &str| Zeroizing::new(text.to_owned());
        let mut headers = vec![("X-Vault-Request".to_owned(), secret("true"))];
        if let Some(token) = token {
            headers.push(("X-Vault-Token".into(), secret(token)));
        }
        if let Some(namespace) = &self.store.namespace {
            headers.push(("X-Vault-Namespace".into(), secret(namespace)));
        }
        // A node that is behind what was seen asks the one that leads.
        if let Some(index) = &self.index {
            headers.push(("X-Vault-Index".into(), secret(index)));
            headers.push(("X-Vault-Inconsistent".into(), secret("forward-active-node")));
        }
        if question.body.is_some() {
            headers.push(("Content-Type".into(), secret("application/json")));
        }
        Ok(HttpRequest {
            method: serde_json::from_value::<Method>(question.method.into())
                .map_err(|_| internal("an unknown method"))?,
            url,
            headers,
            body: question.body.clone(),
            wanted: Wanted::default(),
            proofs: Proofs::default(),
        })
    }
}

/// For one node: the others are asked in what remains.
fn share(left: Duration) -> Duration {
    SOON.min(left / 2)
}

fn says(reply: &Reply) -> String {
    let json: Value = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
    let errors = json["errors"].as_array().into_iter().flatten().filter_map(Value::as_str);
    errors.collect::<Vec<_>>().join("; ").to_lowercase()
}

/// So that many who wait do not come at once.
fn jitter() -> Duration {
    let drawn = random::<1>().map_or(0, |byte| u64::from(byte[0]));
    Duration::from_millis(drawn / 2)
}

/// For what is written, so that it is recognised.
pub(super) fn mark() -> Result<String> {
    Ok(hex(&random::<8>()?))
}
