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
                let attempt = Attempt {
                    nonce,
                    journal,
                    sent_at,
                    replays: 0,
                    sent_by: Vec::new(),
                    step,
                    goes_on: false,
                    audience,
                    login: None,
                };
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
        record.dpop.clone_from(&self.login.dpop);
        before.hand_time_steps(&mut record);
        let order = Order { epoch: self.login.epoch, generation: 0 };
        let open = Open::new(self.attempt.clone());
        let state = State::Answered { base: Some(Box::new(record)), open, raw: self.raw.clone() };
        Credential { version: Version { order, sequence: before.version.sequence }, state, seals: Vec::new() }
    }

    /// A step went well, and another follows.
    pub(super) fn went_on(
        mut self,
        before: &Credential,
        source: AnswerAt,
        kept: BTreeMap<String, Kept>,
    ) -> Credential {
        // Whoever would send it is gone.
        if source != AnswerAt::Unread {
            return self.undone(before, source, Vec::new());
        }
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
                // No dialect looks into heads that broke off: the last is enough.
                if kept.iter().any(|seal| seal.raw.is_cut_in_its_head()) {
                    after.seals.retain(|seal| seal.login.is_none() || !seal.raw.is_cut_in_its_head());
                }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use crate::credential::audience::Audience;
    use crate::credential::discovered::Discovered;
    use crate::credential::expiry::Lifetimes;
    use crate::credential::outcome::Outcome;
    use crate::credential::reading::{Evidence, Reading, RefusalKind, RenewsWith, Tokens};
    use crate::credential::record::{Binding, Record};
    use crate::credential::retry::{Class, Policy};
    use crate::credential::secrets::{AccessToken, Kept, RefreshToken};
    use crate::credential::state::{AnswerAt, Beginning, Credential, State};
    use crate::credential::transition::{self, Applied, Described, InFlow, ReadAnswer, Terms};
    use crate::testing::samples::{attempt, credential, moment, raw};

    fn beginning(epoch: i64) -> Beginning {
        let found = Discovered { issuer: "https://new.example".into(), ..Discovered::default() };
        let origins = vec!["https://new.example".into()];
        let bound = Binding { origins, client_id: None, discovered: Some(Box::new(found)) };
        let kept = BTreeMap::from([("realm".into(), Kept::new("r1".into(), false))]);
        Beginning {
            grant: "password".into(),
            epoch,
            bound,
            kept,
            dpop: None,
            presented: Vec::new(),
            over: None,
        }
    }

    /// A login over `there`, and its answer as it came.
    fn asked(there: &Credential) -> Credential {
        let intent = there.beneath_a_login().logging_in(attempt(0), beginning(there.order().epoch + 1));
        intent.answered(raw(200, "answer"))
    }

    fn apply(before: &Credential, source: AnswerAt, reading: Reading, last: bool) -> Applied {
        let unread = &|| Described { looked_for: "access token".into(), held: String::new() };
        let answer = ReadAnswer {
            source,
            reading,
            holds_something: true,
            names_a_secret: &|| false,
            status: 200,
            at: moment(60),
            date: None,
            retry_after: None,
            unread,
        };
        let terms = Terms {
            audience: Audience::default(),
            policy: Policy { class: Class::Unknown, grace: Duration::ZERO, never: true },
            lifetimes: Lifetimes::default(),
            renews_with: RenewsWith::RefreshToken,
            needs_access_token: false,
            step: InFlow { first: true, last, spends: true },
            bound: Binding { origins: Vec::new(), client_id: None, discovered: None },
        };
        transition::apply(before, answer, &terms)
    }

    fn granted(access: &str, refresh: Option<&str>) -> Reading {
        Reading::Granted(Box::new(Tokens {
            access_token: Some(AccessToken::new(access)),
            refresh_token: refresh.map(RefreshToken::new),
            ..Tokens::default()
        }))
    }

    fn refused(verdict: RefusalKind) -> Reading {
        Reading::Refused { verdict, evidence: Evidence::Words, words: Some("no".into()), refresh_token: None }
    }

    fn refresh_token(credential: &Credential) -> Option<&str> {
        Some(credential.record()?.refresh_token.as_ref()?.expose())
    }

    /// Nothing, something held, and something held with a refresh that never came back.
    fn places() -> [Credential; 3] {
        let held = credential(7, 4, 10, "old");
        let open = held.opened(attempt(1), None);
        [Credential::default(), held, open]
    }

    #[test]
    fn what_is_granted_takes_the_place_of_whatever_is_there() {
        for there in places() {
            let applied = apply(&asked(&there), AnswerAt::Unread, granted("at", Some("new")), true);
            let after = applied.credential;
            assert_eq!(applied.outcome, Outcome::Granted);
            assert!(after.order() > there.order() && after.order().epoch == there.order().epoch + 1);
            assert_eq!(refresh_token(&after), Some("new"));
            let record = after.record().expect("held");
            assert_eq!(record.bound.origins, ["https://new.example"]);
            assert_eq!(record.kept["realm"].value.expose(), "r1");
            assert!(after.open().is_none() && after.seals.is_empty() && record.marks.is_empty());
        }
    }

    #[test]
    fn a_login_without_a_refresh_token_is_one_too() {
        let after =
            apply(&asked(&Credential::default()), AnswerAt::Unread, granted("at", None), true).credential;
        assert!(refresh_token(&after).is_none());
        assert!(after.record().is_some_and(|record| record.access(&Audience::default()).is_some()));
    }

    #[test]
    fn what_is_not_granted_leaves_all_as_it_was() {
        use RefusalKind::{AuthorizationPending, ClientRejected, LoginRequired, RateLimited, SlowDown};
        for there in places() {
            for kind in [LoginRequired, ClientRejected, RateLimited, AuthorizationPending, SlowDown] {
                let applied = apply(&asked(&there), AnswerAt::Unread, refused(kind), true);
                let after = applied.credential;
                assert_eq!(applied.outcome.refusal(), Some(kind));
                assert_eq!((after.order(), refresh_token(&after)), (there.order(), refresh_token(&there)));
                assert_eq!(after.open().is_some(), there.open().is_some(), "{kind:?}");
                assert!(after.seals.is_empty() && after.login().is_none());
                assert!(after.record().is_none_or(|record| record.marks.is_empty()));
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_kept_and_begins_the_credential_once_it_can_be_read() {
        for there in places() {
            let unreadable = Reading::Unreadable { refresh_token: None, words: None };
            let kept = apply(&asked(&there), AnswerAt::Unread, unreadable, true).credential;
            assert_eq!((kept.order(), refresh_token(&kept)), (there.order(), refresh_token(&there)));
            assert_eq!((kept.seals.len(), kept.open().is_some()), (1, there.open().is_some()));
            assert!(!kept.awaits_a_reader(), "whoever refreshes need not wait for it");
            let read = apply(&kept, AnswerAt::Seal(0), granted("at", Some("new")), true).credential;
            assert_eq!(refresh_token(&read), Some("new"));
            assert!(read.order() > there.order() && read.seals.is_empty());
            // A refusal is no longer worth keeping.
            let no = apply(&kept, AnswerAt::Seal(0), refused(RefusalKind::LoginRequired), true).credential;
            assert_eq!((refresh_token(&no), no.seals.len()), (refresh_token(&there), 0));
        }
    }

    #[test]
    fn an_old_answer_takes_the_place_of_no_newer_login() {
        let there = credential(7, 4, 10, "old");
        let unreadable = Reading::Unreadable { refresh_token: None, words: None };
        let kept = apply(&asked(&there), AnswerAt::Unread, unreadable, true).credential;
        let mut newer = credential(9, 0, 20, "newer");
        newer.seals.clone_from(&kept.seals);
        let after = apply(&newer, AnswerAt::Seal(0), granted("at", Some("late")), true).credential;
        assert_eq!((refresh_token(&after), after.seals.len()), (Some("newer"), 0));
    }

    #[test]
    fn a_step_before_the_last_keeps_what_it_gave_and_leaves_the_rest_alone() {
        for there in places() {
            let kept = BTreeMap::from([("mfa".into(), Kept::new("m1".into(), true))]);
            let tokens = || Box::new(Tokens { kept: kept.clone(), ..Tokens::default() });
            for (reading, last, next) in [
                (Reading::Granted(tokens()), false, None),
                (Reading::Further { step: "mfa".into(), tokens: tokens() }, true, Some("mfa")),
            ] {
                let applied = apply(&asked(&there), AnswerAt::Unread, reading, last);
                let after = applied.credential;
                assert_eq!((applied.outcome, applied.further.as_deref()), (Outcome::Granted, next));
                assert_eq!(after.login().expect("under way").kept["mfa"].value.expose(), "m1");
                assert_eq!((after.order(), refresh_token(&after)), (there.order(), refresh_token(&there)));
                assert_eq!(after.without_login().open().is_some(), there.open().is_some());
            }
        }
    }

    #[test]
    fn a_login_that_was_killed_leaves_what_was_open_beneath_it() {
        for there in places() {
            let intent = there.beneath_a_login().logging_in(attempt(0), beginning(8));
            let after = intent.without_login();
            assert_eq!(
                (refresh_token(&after), after.open().is_some()),
                (refresh_token(&there), there.open().is_some())
            );
            assert!(after.login().is_none() && after.version > there.version);
        }
    }

    #[test]
    fn a_code_that_a_login_sent_is_used_up_whatever_becomes_of_it() {
        for there in places() {
            let mut intent = there.beneath_a_login().logging_in(attempt(0), beginning(8));
            assert!(!intent.has_used(1_230));
            intent.use_up(1_230);
            let refused = refused(RefusalKind::LoginRequired);
            let failed =
                apply(&intent.clone().answered(raw(400, "no")), AnswerAt::Unread, refused, true).credential;
            let reading = granted("at", Some("new"));
            let new =
                apply(&intent.clone().answered(raw(200, "yes")), AnswerAt::Unread, reading, true).credential;
            assert_eq!(refresh_token(&new), Some("new"));
            for after in [&intent, &intent.without_login(), &failed, &new] {
                assert!(after.has_used(1_230) && !after.has_used(1_260));
                let left = Credential::buried(after.tombstone());
                assert!(left.has_used(1_230) && left.order().epoch > after.order().epoch);
                let mut next = Record::first(None, moment(1), beginning(0).bound);
                left.hand_time_steps(&mut next);
                assert!(next.has_used(1_230) && !next.has_used(0));
            }
        }
        assert!(!Credential::buried(Credential::default().tombstone()).has_used(0));
    }

    #[test]
    fn an_answer_that_nobody_looked_into_outlives_a_login_that_comes_to_nothing() {
        let unread = credential(7, 4, 10, "old").opened(attempt(0), None).answered(raw(200, "rotated"));
        let beneath = unread.beneath_a_login();
        assert_eq!((beneath.seals.len(), beneath.open().is_some()), (1, true));
        let after =
            apply(&asked(&unread), AnswerAt::Unread, refused(RefusalKind::LoginRequired), true).credential;
        assert!(after.awaits_a_reader() && after.seals[0].raw.body == b"rotated");
        assert!(!matches!(after.state, State::Answered { .. }));
    }
}
