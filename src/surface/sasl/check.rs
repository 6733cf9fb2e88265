//! Whether a mail server takes the token: one authentication as a mail program makes it, over IMAP (RFC 9051), SMTP
//! submission (RFC 4954) or POP3 (RFC 5034), and what the server says of it.
//!
//! The rule that matters: the response goes out once, behind TLS, to a server that offers the mechanism; a server on this
//! machine alone may do without TLS.

mod dialogue;
mod service;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

pub(crate) use self::dialogue::Peer;
use self::dialogue::{Dialogue, Kind, Offers, Reply};
pub(crate) use self::service::Service;
use super::Mechanism;
use crate::base::error::{Code, Error, Result, refused};
use crate::base::redact::vendor_words;

/// What a server may say of its refusal: of the two mechanisms together (RFC 7628 section 3.2.2).
const FIELDS: [&str; 4] = ["status", "scope", "schemes", "openid-configuration"];

pub(crate) struct Asked<'a> {
    pub(crate) service: Service,
    pub(crate) mechanism: Mechanism,
    pub(crate) user: &'a str,
    /// The initial response, in base64.
    pub(crate) response: &'a str,
    pub(crate) token: &'a str,
    /// As people are told of it.
    pub(crate) server: &'a str,
    /// It is on this machine.
    pub(crate) here: bool,
}

/// `Ok`: it was taken.
pub(crate) fn check(asked: &Asked<'_>, peer: &mut dyn Peer) -> Result<()> {
    let mut dialogue = Dialogue::with(peer, asked.service.protocol());
    let greeting = dialogue.greeting()?;
    if greeting.kind != Kind::Done {
        return Err(asked.put_off(&greeting));
    }
    let offers = asked.offers(&mut dialogue)?;
    let offers = match asked.service.is_secure_from_the_start() {
        true => offers,
        false => asked.secured(&mut dialogue, offers)?,
    };
    asked.is_offered(&offers.mechanisms)?;
    let (verdict, error) = asked.authenticated(&mut dialogue, offers.initial_response)?;
    dialogue.leave();
    match verdict.kind {
        Kind::Done => Ok(()),
        Kind::Later | Kind::Strange => Err(asked.put_off(&verdict)),
        Kind::Go | Kind::No => Err(asked.refusal(&verdict, error.as_deref())),
    }
}

impl Asked<'_> {
    fn offers(&self, dialogue: &mut Dialogue<'_>) -> Result<Offers> {
        dialogue.offers()?.map_err(|reply| self.put_off(&reply))
    }

    fn secured(&self, dialogue: &mut Dialogue<'_>, offers: Offers) -> Result<Offers> {
        if !offers.tls {
            let words = || format!("`{}` offers no TLS, and a token goes nowhere in the clear", self.server);
            return if self.here { Ok(offers) } else { Err(refused(words())) };
        }
        if let Err(reply) = dialogue.secure()? {
            return Err(self.put_off(&reply));
        }
        // What it said in the clear counts no more.
        self.offers(dialogue)
    }

    fn is_offered(&self, mechanisms: &[String]) -> Result<()> {
        let offers = |wanted: Mechanism| mechanisms.iter().any(|offered| offered == wanted.name());
        if offers(self.mechanism) {
            return Ok(());
        }
        let (name, other) = (self.mechanism.name(), self.mechanism.other());
        let offered = match mechanisms {
            [] => "no mechanism at all".to_owned(),
            some => self.words(&some.join(", ")),
        };
        let error = refused(format!("`{}` offers {offered}, not {name}; no token was sent", self.server));
        Err(if offers(other) { error.hint(format!("it takes {}", other.name())) } else { error })
    }

    /// The server's last word, and the error in base64 that it gave before.
    fn authenticated(&self, dialogue: &mut Dialogue<'_>, at_once: bool) -> Result<(Reply, Option<String>)> {
        let answer = dialogue.authenticate(self.mechanism.name(), self.response, at_once)?;
        if answer.kind != Kind::Go {
            return Ok((answer, None));
        }
        // Before the server says no, it waits for an answer to that.
        let verdict = dialogue.answer(self.mechanism.answer_to_an_error())?;
        Ok((verdict, Some(answer.last)))
    }

    fn refusal(&self, verdict: &Reply, error: Option<&str>) -> Error {
        let mut words = format!("`{}` does not take the token for `{}`", self.server, self.user);
        let error = error.and_then(|code| STANDARD.decode(code).ok());
        let error: Value = error.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        let told = FIELDS.iter().filter_map(|field| {
            let value = match error.get(field)? {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            Some(format!("{field} `{}`", self.words(&value)))
        });
        let told: Vec<String> = told.collect();
        if !told.is_empty() {
            words += &format!(": {}", told.join(", "));
        }
        if verdict.kind == Kind::No && !verdict.last.is_empty() {
            words += &format!("; it says: {}", self.words(&verdict.last));
        }
        Error::new(Code::LoginRequired, words)
    }

    fn put_off(&self, reply: &Reply) -> Error {
        if reply.kind == Kind::Strange {
            let name = self.service.protocol().name();
            return refused(format!("`{}` speaks no {name}; it says: {}", self.server, self.words(&reply.last)));
        }
        let words = format!("`{}` does not serve now: {}", self.server, self.words(&reply.last));
        Error::new(Code::Unavailable, words)
    }

    /// What the server says, without what it was told.
    fn words(&self, text: &str) -> String {
        vendor_words(text, &[self.token, self.response])
    }
}
