//! What version 0.1.0 wrote (format 1), read as it is meant today. Nothing is written in this form any more.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::access::Access;
use super::audience::Audience;
use super::mark::Mark;
use super::outcome::Outcome;
use super::reading::Evidence;
use super::record::{AttemptEnd, Binding, Record};
use super::secrets::{self, Kept, RefreshToken};
use super::state::{Attempt, Credential, Open, Order, Seal, State, Version};
use crate::base::clock::Moment;
use crate::base::error::Code;
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
    /// Empty, where the vendor has none.
    #[serde(with = "secrets::stored")]
    refresh_token: RefreshToken,
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
        let mut seals = Vec::new();
        let state = match old.attempt {
            None => State::held(*base),
            Some(OldAttempt { answer, nonce, journal, sent_at, replays, step }) => {
                let attempt = Attempt {
                    nonce,
                    journal,
                    sent_at,
                    replays,
                    sent_by: Vec::new(),
                    step,
                    goes_on: false,
                    audience: None,
                    login: None,
                };
                // What a replay replayed was not noted; put off, it stays open and used up.
                let earlier = (replays > 0).then(|| Box::new(attempt.clone()));
                let open = Open { attempt, earlier };
                match answer {
                    Some(raw) if !read(&raw) => State::Answered { base: Some(base), open, raw },
                    answer => {
                        seals.extend(answer.map(|raw| Seal::new(&open.attempt, raw)));
                        State::Open { base: Some(base), open }
                    }
                }
            }
        };
        Credential { version, state, seals }
    }
}

impl From<OldRecord> for Record {
    fn from(old: OldRecord) -> Record {
        let mut record = Record::first(
            Some(old.refresh_token).filter(|token| !token.expose().is_empty()),
            old.refresh_obtained,
            old.bound,
        );
        record.refresh_expires_ms = old.refresh_expires_ms;
        record.candidates = old.candidates;
        record.spent = old.spent;
        let ended = old.outcome.map(|ended| AttemptEnd {
            at: ended.at,
            outcome: outcome(ended.code, ended.message),
            retry_after: ended.retry_after,
            client: None,
        });
        // What it rested on, nobody noted: it is asked again as soon as anything may be.
        let mark = old.mark.map(|mark| Mark {
            outcome: outcome(mark.code, mark.message),
            about: mark.about,
            alike: Vec::new(),
            client: None,
            audience: None,
            evidence: Evidence::Status,
            at: ended.as_ref().map_or(record.refresh_obtained.clone(), |ended| ended.at.clone()),
            again: 0,
            told: false,
        });
        record.marks = mark.into();
        record.kept = old.kept;
        record.account = old.account;
        record.set_access(&Audience::unnamed(), old.access);
        ended.into_iter().for_each(|ended| record.note_end(&Audience::unnamed(), ended));
        record
    }
}

fn outcome(code: String, words: String) -> Outcome {
    match code.as_str() {
        "ok" => Outcome::Granted,
        code => Outcome::Other { code: Code::from_word(code).unwrap_or(Code::Internal), words },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::base::digest::sha256_hex;
    use crate::credential::access::AccessExpiry;
    use crate::credential::reading::RefusalKind;

    fn moment(ms: i64) -> Value {
        json!({ "wall_ms": ms, "boot_ms": ms, "boot": "b" })
    }

    /// Every field that there was, each with a value of its own.
    fn contents(attempt: &Value) -> Value {
        json!({
            "sequence": 3,
            "record": {
                "epoch": 1,
                "generation": 2,
                "refresh_token": "rt-canary",
                "refresh_obtained": moment(10),
                "refresh_expires_ms": 11,
                "access": {
                    "token": "at-canary", "token_type": "Bearer", "scope": "read",
                    "obtained": moment(12), "expires": { "at": 13 }, "extra": { "site": "s" },
                },
                "bound": { "origins": ["https://a.example"], "client_id": "c" },
                "candidates": ["rt-canary-other"],
                "spent": [sha256_hex("rt-canary-spent")],
                "outcome": { "at": moment(14), "code": "rate_limited", "message": "later", "retry_after": 15 },
                "mark": { "code": "login_required", "message": "over", "about": "hash" },
                "kept": { "ticket": { "value": "canary", "secret": true } },
                "account": "user",
            },
            "attempt": attempt,
        })
    }

    fn attempt(answer: &Value) -> Value {
        json!({
            "nonce": "n", "journal": "j", "sent_at": moment(20), "replays": 1, "step": "ticket", "answer": answer,
        })
    }

    fn answer(at: &Value) -> Value {
        json!({ "status": 200, "headers": [["a", "b"]], "complete": true, "at": at })
    }

    fn converted(contents: Value) -> Credential {
        let mut old: Contents = serde_json::from_value(contents).expect("the old form");
        old.answer_mut().into_iter().for_each(|raw| raw.body = b"body".to_vec());
        Credential::from(old)
    }

    #[test]
    fn every_field_of_a_record_keeps_its_meaning() {
        let there = converted(contents(&Value::Null));
        assert_eq!(there.version, Version { order: Order { epoch: 1, generation: 2 }, sequence: 3 });
        let State::Held(record) = &there.state else { panic!("held") };
        assert!(there.seals.is_empty());
        assert_eq!(record.refresh_token, Some(RefreshToken::new("rt-canary")));
        assert_eq!((record.refresh_obtained.wall_ms, record.refresh_expires_ms), (10, Some(11)));
        let access = record.access(&Audience::unnamed()).expect("one");
        assert_eq!((access.token.expose(), access.obtained.wall_ms), ("at-canary", 12));
        assert_eq!((access.token_type.as_deref(), access.scope.as_deref()), (Some("Bearer"), Some("read")));
        assert_eq!((access.expires, access.extra["site"].as_str()), (AccessExpiry::At(13), "s"));
        assert_eq!(record.bound.origins, ["https://a.example"]);
        assert_eq!(record.bound.client_id.as_deref(), Some("c"));
        assert_eq!(record.candidates, [RefreshToken::new("rt-canary-other")]);
        assert!(record.is_spent(&RefreshToken::new("rt-canary-spent")));
        let ended = record.ended(&Audience::unnamed()).expect("one");
        let later = Outcome::Other { code: Code::RateLimited, words: "later".into() };
        assert_eq!((ended.at.wall_ms, ended.retry_after, &ended.outcome), (14, Some(15), &later));
        let mark = record.marks.newest().expect("one");
        assert_eq!(mark.outcome.refusal(), Some(RefusalKind::LoginRequired));
        assert!(mark.wants_login() && mark.about == "hash");
        let ticket = &record.kept["ticket"];
        assert_eq!((ticket.value.expose(), ticket.secret), ("canary", true));
        assert_eq!(record.account.as_deref(), Some("user"));
    }

    #[test]
    fn what_was_not_written_is_not_there() {
        let mut old = contents(&attempt(&Value::Null));
        let record = old["record"].as_object_mut().expect("an object");
        record.retain(|name, _| !["kept", "account"].contains(&name.as_str()));
        // Of a vendor that has none.
        record["refresh_token"] = "".into();
        for name in ["refresh_expires_ms", "access", "outcome", "mark"] {
            record[name] = Value::Null;
        }
        old["attempt"].as_object_mut().expect("an object").remove("step");
        let there = converted(old);
        let record = there.record().expect("a record");
        assert!(
            record.refresh_token.is_none()
                && record.access(&Audience::unnamed()).is_none()
                && record.kept.is_empty()
        );
        assert!(
            record.ended(&Audience::unnamed()).is_none()
                && record.marks.is_empty()
                && record.account.is_none()
        );
        assert_eq!(there.open().expect("open").attempt.step, "refresh");
    }

    #[test]
    fn an_attempt_is_open_answered_or_sealed() {
        let there = converted(contents(&attempt(&Value::Null)));
        let State::Open { base: Some(base), open } = &there.state else { panic!("open") };
        assert!(base.refresh_token.is_some() && there.seals.is_empty());
        assert_eq!(open.earlier.as_ref().map(|earlier| earlier.replays), Some(1));
        let Attempt {
            nonce,
            journal,
            sent_at,
            replays,
            step,
            goes_on: false,
            audience: None,
            login: None,
            ..
        } = &open.attempt
        else {
            panic!("it had no audience")
        };
        assert_eq!((nonce.as_str(), journal.as_str(), step.as_str()), ("n", "j", "ticket"));
        assert_eq!((sent_at.wall_ms, *replays), (20, 1));

        // The last attempt had ended at 14: nobody has read an answer that came after it.
        let State::Answered { base: Some(base), open, raw } =
            converted(contents(&attempt(&answer(&moment(15))))).state
        else {
            panic!("answered")
        };
        assert!(base.refresh_token.is_some() && open.attempt.step == "ticket");
        assert_eq!((raw.status, raw.complete, raw.at.wall_ms), (200, true, 15));
        assert_eq!((raw.body.as_slice(), raw.headers), (&b"body"[..], vec![("a".into(), "b".into())]));

        let there = converted(contents(&attempt(&answer(&moment(14)))));
        let State::Open { base: Some(base), open } = &there.state else { panic!("open") };
        assert!(base.refresh_token.is_some() && open.attempt.nonce == "n");
        let [
            Seal {
                attempt,
                step,
                audience: None,
                raw,
                names_a_secret: false,
                followed_by: None,
                login: None,
            },
        ] = there.seals.as_slice()
        else {
            panic!("one seal")
        };
        assert_eq!(attempt, "n");
        assert_eq!((step.as_str(), raw.at.wall_ms, raw.body.as_slice()), ("ticket", 14, &b"body"[..]));
    }

    #[test]
    fn an_answer_was_read_if_an_attempt_ended_when_it_came_or_later() {
        let is_read = |answered: &Value, ended: &Value| {
            let mut old = contents(&attempt(&answer(answered)));
            old["record"]["outcome"]["at"] = ended.clone();
            !converted(old).is_answered()
        };
        assert!(is_read(&moment(10), &moment(10)) && is_read(&moment(10), &moment(11)));
        assert!(!is_read(&moment(10), &moment(9)));
        // Within a boot its own clock counts, across one the wall's.
        let at = |wall_ms: i64, boot_ms: i64, boot: &str| json!({ "wall_ms": wall_ms, "boot_ms": boot_ms, "boot": boot });
        assert!(!is_read(&at(10, 20, "b"), &at(30, 19, "b")));
        assert!(is_read(&at(10, 20, "b"), &at(30, 19, "c")));
        // No attempt before it ended.
        let mut first = contents(&attempt(&answer(&moment(10))));
        first["record"]["outcome"] = Value::Null;
        assert!(converted(first).is_answered());
    }

    #[test]
    fn an_end_that_was_good_is_a_grant() {
        let mut old = contents(&Value::Null);
        old["record"]["outcome"] =
            json!({ "at": moment(14), "code": "ok", "message": "", "retry_after": null });
        let there = converted(old);
        let ended = there.record().and_then(|record| record.ended(&Audience::unnamed())).expect("one");
        assert_eq!((&ended.outcome, ended.retry_after), (&Outcome::Granted, None));
    }
}
