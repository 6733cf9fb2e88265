//! The vendor: which tokens live, and what becomes of a request, whenever it is handled.

use crate::credential::retry::{Class, SETTLED, SIBLING_AFTER};

/// Seconds.
pub(super) const GRACE: u16 = 40;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Vendor {
    pub(super) tokens: Vec<Token>,
    pub(super) requests: Vec<Request>,
    /// Tokens whose answer went to nobody: killed or out of time, with the answer on the wire or in memory.
    pub(super) orphans: u32,
    /// Which machines presented each token, as bits.
    pub(super) presented: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Token {
    Live,
    /// Used at this time; its successor.
    Spent(u16, u8),
    Dead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Request {
    pub(super) token: u8,
    pub(super) sent: u16,
    /// Who waits for its answer.
    pub(super) by: Option<u8>,
    pub(super) answer: Option<Answer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Answer {
    New(u8),
    Refused,
    /// It never arrived.
    Never,
}

/// By when a request was handled, or never will be.
fn settled(class: Class) -> u16 {
    let after = if class == Class::GraceNew { SIBLING_AFTER } else { SETTLED };
    u16::try_from(after.as_secs()).expect("short")
}

impl Vendor {
    pub(super) fn new() -> Vendor {
        Vendor { tokens: vec![Token::Live], requests: Vec::new(), orphans: 0, presented: vec![0] }
    }

    pub(super) fn live(&self) -> u32 {
        let live = self.tokens.iter().enumerate().filter(|(_, token)| **token == Token::Live);
        live.fold(0, |bits, (at, _)| bits | 1 << at)
    }

    /// Tokens that are on their way to somebody who waits.
    pub(super) fn on_the_way(&self) -> u32 {
        let awaited = self.requests.iter().filter(|request| request.by.is_some());
        awaited.fold(0, |bits, request| match request.answer {
            Some(Answer::New(token)) => bits | 1 << token,
            _ => bits,
        })
    }

    pub(super) fn present(&mut self, token: u8, machine: u8, now: u16) {
        self.requests.push(Request { token, sent: now, by: Some(machine), answer: None });
        self.presented[usize::from(token)] |= 1 << machine;
    }

    pub(super) fn awaited_by(&self, machine: u8) -> Option<usize> {
        self.requests.iter().position(|request| request.by == Some(machine))
    }

    /// Nobody waits for it any more.
    pub(super) fn leave(&mut self, machine: u8) {
        if let Some(at) = self.awaited_by(machine) {
            if let Some(Answer::New(token)) = self.requests[at].answer {
                self.orphans |= 1 << token;
            }
            self.requests[at].by = None;
            self.tidy();
        }
    }

    fn tidy(&mut self) {
        self.requests.retain(|request| request.by.is_some() || request.answer.is_none());
    }

    pub(super) fn never_arrives(&mut self, at: usize) {
        self.requests[at].answer = Some(Answer::Never);
        self.tidy();
    }

    /// Whether a request would still be under way then that cannot be any more.
    pub(super) fn is_overdue(&self, class: Class, then: u16) -> bool {
        let late = |request: &Request| request.answer.is_none() && then >= request.sent + settled(class);
        self.requests.iter().any(late)
    }

    /// Handles a request. What the whole login had of live tokens and lost by it, as bits.
    pub(super) fn handle(&mut self, class: Class, at: usize, now: u16) -> u32 {
        let Request { token, by, .. } = self.requests[at];
        let there = self.tokens[usize::from(token)];
        let mut revoked = 0;
        let answer = match (there, class) {
            (Token::Live, Class::None) => Answer::New(token),
            (Token::Live, _) => self.mint(token, now),
            (Token::Spent(when, same), Class::GraceSame) if now - when < GRACE => Answer::New(same),
            (Token::Spent(when, sibling), Class::GraceNew) if now - when < GRACE => {
                let answer = self.mint(token, when);
                self.tokens[usize::from(sibling)] = match self.tokens[usize::from(sibling)] {
                    Token::Live => Token::Dead,
                    other => other,
                };
                answer
            }
            (Token::Spent(..) | Token::Dead, Class::Family | Class::Unknown | Class::GraceNew) => {
                revoked = self.live();
                self.tokens
                    .iter_mut()
                    .filter(|token| **token == Token::Live)
                    .for_each(|token| *token = Token::Dead);
                Answer::Refused
            }
            (Token::Spent(..) | Token::Dead, _) => Answer::Refused,
        };
        if let (Answer::New(token), None) = (answer, by) {
            self.orphans |= 1 << token;
        }
        self.requests[at].answer = Some(answer);
        self.tidy();
        revoked
    }

    fn mint(&mut self, of: u8, now: u16) -> Answer {
        let fresh = u8::try_from(self.tokens.len()).expect("few");
        self.tokens[usize::from(of)] = Token::Spent(now, fresh);
        self.tokens.push(Token::Live);
        self.presented.push(0);
        Answer::New(fresh)
    }
}
