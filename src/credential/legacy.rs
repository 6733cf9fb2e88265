//! What version 0.1.0 wrote, read as it is meant today. Nothing is written in this form any more.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::outcome::Outcome;
use super::record::{Access, Binding, Ended, Mark, Record};
use super::secrets::{self, Kept, RefreshToken};
use super::state::{Attempt, Credential, Open, Order, Seal, State, Version};
use crate::base::clock::Moment;
use crate::http::message::RawAnswer;

/// What a slot of the journal and an item of a store held.
#[derive(Deserialize)]
pub(crate) struct Contents {
    sequence: u64,
    record: OldRecord,
    attempt: Option<OldAttempt>,
}

#[derive(Deserialize)]
struct OldRecord {
    epoch: i64,
    generation: u64,
    #[serde(with = "secrets::stored_option")]
    refresh_token: Option<RefreshToken>,
    refresh_obtained: Moment,
    refresh_expires_ms: Option<i64>,
    access: Option<Access>,
    bound: Binding,
    #[serde(with = "secrets::stored_list")]
    candidates: Vec<RefreshToken>,
    spent: Vec<String>,
    outcome: Option<OldOutcome>,
    mark: Option<OldMark>,
    #[serde(default)]
    kept: BTreeMap<String, Kept>,
    account: Option<String>,
}

#[derive(Deserialize)]
struct OldOutcome {
    at: Moment,
    /// `ok`, or an error's code.
    code: String,
    message: String,
    retry_after: Option<u64>,
}

#[derive(Deserialize)]
struct OldMark {
    code: String,
    message: String,
    about: String,
}

#[derive(Deserialize)]
struct OldAttempt {
    nonce: String,
    journal: String,
    sent_at: Moment,
    replays: u32,
    #[serde(default = "refresh")]
    step: String,
    answer: Option<RawAnswer>,
}

fn refresh() -> String {
    "refresh".to_owned()
}

impl Contents {
    /// The answer whose body was written beside it, if there is one.
    pub(crate) fn answer_mut(&mut self) -> Option<&mut RawAnswer> {
        self.attempt.as_mut()?.answer.as_mut()
    }
}

impl From<Contents> for Credential {
    fn from(old: Contents) -> Credential {
        let order = Order { epoch: old.record.epoch, generation: old.record.generation };
        let version = Version { order, sequence: old.sequence };
        // Whether anybody had tried to read an answer was told by the time of the last outcome.
        let read_at = old.record.outcome.as_ref().map(|outcome| outcome.at.clone());
        let read = |raw: &RawAnswer| read_at.as_ref().is_some_and(|at| raw.at.since(at) <= 0);
        let base = Box::new(Record::from(old.record));
        let state = match old.attempt {
            None => State::held(*base),
            Some(OldAttempt { answer, nonce, journal, sent_at, replays, step }) => {
                let mut open = Open::new(Attempt { nonce, journal, sent_at, replays, step });
                match answer {
                    Some(raw) if !read(&raw) => State::Answered { base: Some(base), open, raw },
                    answer => {
                        let step = open.attempt.step.clone();
                        open.seals.extend(answer.map(|raw| Seal { step, raw }));
                        State::Open { base: Some(base), open }
                    }
                }
            }
        };
        Credential { version, state }
    }
}

impl From<OldRecord> for Record {
    fn from(old: OldRecord) -> Record {
        let mut record = Record::first(old.refresh_token, old.refresh_obtained, old.bound);
        record.refresh_expires_ms = old.refresh_expires_ms;
        record.candidates = old.candidates;
        record.spent = old.spent;
        record.ended = old.outcome.map(|ended| Ended {
            at: ended.at,
            outcome: outcome(ended.code, ended.message),
            retry_after: ended.retry_after,
        });
        record.mark =
            old.mark.map(|mark| Mark { outcome: outcome(mark.code, mark.message), about: mark.about });
        record.kept = old.kept;
        record.account = old.account;
        record.set_access(old.access);
        record
    }
}

fn outcome(code: String, words: String) -> Outcome {
    if code == "ok" { Outcome::Granted } else { Outcome::Other { code, words } }
}
