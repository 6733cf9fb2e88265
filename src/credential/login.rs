//! A login's answer beside the credential that it may take the place of. What is there stays as it is until something is
//! granted; if nothing is, all is as it was before.

use std::collections::BTreeMap;

use super::record::Record;
use super::secrets::Kept;
use super::state::{AnswerAt, Attempt, Beginning, Credential, Open, Order, Seal, State, Version};
use crate::base::clock::Moment;
use crate::http::message::RawAnswer;

/// A login's request, and the answer to it as it came.
pub(super) struct LoginAnswer {
    attempt: Attempt,
    login: Beginning,
    raw: RawAnswer,
}

impl LoginAnswer {
    /// `None`: it is the answer to something else.
    pub(super) fn of(before: &Credential, source: AnswerAt) -> Option<LoginAnswer> {
        match source {
            AnswerAt::Unread => {
                let (attempt, raw) = before.unread()?;
                let login = attempt.login.as_deref()?.clone();
                let attempt = Attempt { login: None, ..attempt.clone() };
                Some(LoginAnswer { attempt, login, raw: raw.clone() })
            }
            AnswerAt::Seal(at) => {
                let Seal { attempt: nonce, step, audience, login, raw, .. } = before.seals.get(at)?.clone();
                let login = *login?;
                let (journal, sent_at) = (String::new(), raw.at.clone());
                let attempt = Attempt { nonce, journal, sent_at, replays: 0, step, audience, login: None };
                Some(LoginAnswer { attempt, login, raw })
            }
        }
    }

    /// Of what lay sealed for a while only what is newer begins anything.
    pub(super) fn is_newer_than(&self, there: &Credential) -> bool {
        self.login.epoch > there.order().epoch
    }

    /// What begins, with the answer to it: nothing yet but what the redirect and earlier steps gave.
    pub(super) fn blank(&self, before: &Credential, at: &Moment) -> Credential {
        let mut record = Record::first(None, at.clone(), self.login.bound.clone());
        record.kept.clone_from(&self.login.kept);
        before.record().into_iter().for_each(|there| record.take_time_steps(there));
        let order = Order { epoch: self.login.epoch, generation: 0 };
        let open = Open::new(self.attempt.clone());
        let state = State::Answered { base: Some(Box::new(record)), open, raw: self.raw.clone() };
        Credential { version: Version { order, sequence: before.version.sequence }, state, seals: Vec::new() }
    }

    /// A step went well, and another follows.
    pub(super) fn went_on(mut self, before: &Credential, kept: BTreeMap<String, Kept>) -> Credential {
        self.login.kept.extend(kept);
        let open = Open::new(Attempt { login: Some(Box::new(self.login)), ..self.attempt });
        before.next(1, State::Open { base: before.base(), open })
    }

    /// All as it was before, and the answer itself if it must be `kept`.
    pub(super) fn undone(self, before: &Credential, source: AnswerAt, kept: Vec<Seal>) -> Credential {
        match source {
            AnswerAt::Unread => {
                let over = self.login.over.as_deref().cloned();
                let login = Some(Box::new(self.login));
                let mut after = before.next(1, State::of(before.base(), over));
                after.seals.extend(kept.into_iter().map(|seal| Seal { login: login.clone(), ..seal }));
                after
            }
            AnswerAt::Seal(at) => {
                let mut after = before.changed(|_| ());
                if kept.is_empty() || !self.is_newer_than(before) {
                    after.seals.remove(at);
                }
                after
            }
        }
    }
}
