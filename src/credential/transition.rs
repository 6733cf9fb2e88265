//! What an answer makes of a credential: a pure function from the state before, the reading of
//! the answer and its own time to the state after, and how that ended.
//!
//! Nothing is ever deleted because a vendor refused; what cannot be read is kept as it came.

mod after;
mod terms;

pub(crate) use self::after::remember;
use self::after::{After, current};
pub(crate) use self::terms::{Applied, Described, InFlow, ReadAnswer, Terms};
use super::login::LoginAnswer;
use super::outcome::{AfterUnreadable, Next, Outcome, Said};
use super::reading::{Evidence, Reading, RefusalKind, RenewsWith};
use super::record::AttemptEnd;
use super::retry::{self, Class, End, Policy, SETTLED, SIBLING_AFTER};
use super::state::{AnswerAt, Credential};
use crate::base::error::Code;

/// Longest wait that a vendor can impose, in seconds.
const LONGEST_WAIT: u64 = 3_600;

/// The state after `answer`, which `before` holds as it came.
pub(crate) fn apply(before: &Credential, answer: ReadAnswer<'_>, terms: &Terms) -> Applied {
    match LoginAnswer::of(before, answer.source) {
        Some(asked) => began(before, asked, answer, terms),
        None => renewed(before, answer, terms),
    }
}

/// The state after an answer to a login: what is granted takes the place of whatever is there.
fn began(before: &Credential, asked: LoginAnswer, answer: ReadAnswer<'_>, terms: &Terms) -> Applied {
    let source = answer.source;
    let (further, tokens) = match answer.reading {
        Reading::Further { step, tokens } => (Some(step), tokens),
        Reading::Granted(tokens) if !terms.step.last => (None, tokens),
        reading => {
            let blank = asked.blank(before, &answer.at);
            let whole = ReadAnswer { source: AnswerAt::Unread, reading, ..answer };
            let applied = renewed(&blank, whole, terms);
            let credential = if applied.credential.order() > blank.order() && asked.is_newer_than(before) {
                applied.credential
            } else {
                // A step before the last brings no tokens: what nobody can read of it is not worth keeping.
                let seals = if terms.step.last { applied.credential.seals } else { Vec::new() };
                asked.undone(before, source, seals)
            };
            let mut outcome = applied.outcome;
            if let Outcome::Unreadable { then, .. } = &mut outcome
                && !terms.step.last
            {
                *then = AfterUnreadable::AsksAgain;
            }
            return Applied { credential, outcome, ..applied };
        }
    };
    Applied {
        credential: asked.went_on(before, source, tokens.kept),
        audience: terms.audience.clone(),
        outcome: Outcome::Granted,
        retry_after: None,
        warnings: tokens.warnings,
        further,
    }
}

/// The state after an answer to a refresh, or to what a credential begins with.
fn renewed(before: &Credential, answer: ReadAnswer<'_>, terms: &Terms) -> Applied {
    let mut next = After::new(before, &answer, terms);
    let reading = checked(answer.reading, before, terms);
    let end = end(&reading, terms, next.again);
    let said = |words| Said { status: answer.status, words };
    let outcome = match reading {
        Reading::Granted(tokens) if !terms.step.last => return next.progressed(*tokens),
        Reading::Further { tokens, .. } => return next.progressed(*tokens),
        Reading::Granted(tokens) if next.repeats_another => next.repeated(*tokens),
        Reading::Granted(tokens) => next.granted(&tokens),
        Reading::Refused { verdict: kind, evidence, words, refresh_token } => {
            next.keep_given(kind, refresh_token);
            let refused = kind == RefusalKind::LoginRequired;
            if refused && evidence == Evidence::Words {
                next.end_what_was_refused();
            }
            // Where no token was presented, none was refused.
            match refused && terms.step.spends && next.has_candidate() {
                true => next.next_candidate(evidence),
                false => {
                    let lost_at = next.lost_at.filter(|_| refused);
                    let sent_by = if refused { std::mem::take(&mut next.sent_by) } else { Vec::new() };
                    Outcome::Refused { kind, said: said(words), lost_at, sent_by }
                }
            }
        }
        Reading::Unreadable { refresh_token, words } => {
            let then = next.unreadable(refresh_token);
            let Described { looked_for, held } = (answer.unread)();
            Outcome::Unreadable { looked_for, held, said: said(words), then }
        }
        Reading::Salvaged(token, access) => {
            next.rotated_without_access(token, access);
            Outcome::Salvaged
        }
        Reading::Unknown(why) if !terms.step.spends => Outcome::NothingSpent { why },
        Reading::Unknown(why) => Outcome::Unclear { why, next: follow_up(before, terms.policy) },
    };
    let last = before.record().and_then(|record| record.ended(&terms.audience));
    let retry_after = wait(&outcome, answer.retry_after, last);
    next.ended(end, outcome, retry_after)
}

/// What is made of the answer of a seal after which something else was granted, if it can be read now: its refresh
/// token may live, and is the next to be tried should that at hand be refused. Nothing else of it is newer than what is held.
pub(crate) fn apply_late(before: &Credential, at: usize, reading: Reading) -> Option<Credential> {
    let found = match reading {
        Reading::Granted(tokens) => tokens.refresh_token,
        Reading::Further { .. } => return None,
        other => Some(other.new_refresh_token()?.clone()),
    };
    let mut after = before.changed(|record| {
        if let Some(token) = found.filter(|token| !record.is_spent(token)) {
            record.keep_candidate_first(token);
        }
    });
    after.seals.remove(at);
    Some(after)
}

/// In seconds: as long as the vendor `asks` for, where it may ask, or else as long as makes sense.
fn wait(outcome: &Outcome, asks: Option<u64>, last: Option<&AttemptEnd>) -> Option<u64> {
    let otherwise = |seconds| Some(asks.unwrap_or(seconds).min(LONGEST_WAIT));
    // Twice as long each time: nobody knows when it will be readable.
    let longer = || {
        let last = last.filter(|last| matches!(last.outcome, Outcome::Unreadable { .. }))?.retry_after?;
        Some(last.saturating_mul(2))
    };
    match outcome {
        Outcome::Refused { kind: RefusalKind::RateLimited, .. } => otherwise(60),
        Outcome::Refused { kind: RefusalKind::Unavailable, .. } | Outcome::NothingSpent { .. } => {
            otherwise(5)
        }
        Outcome::Refused { kind: RefusalKind::AuthorizationPending | RefusalKind::SlowDown, .. } => {
            asks.map(|asks| asks.min(LONGEST_WAIT))
        }
        Outcome::Unreadable { then: AfterUnreadable::AsksAgain, .. } => otherwise(longer().unwrap_or(5)),
        Outcome::OtherAtHand | Outcome::Other { code: Code::Unavailable, .. } => Some(0),
        Outcome::Unclear { next: Next::Once(after), .. } => Some(after.as_secs()),
        _ => None,
    }
}

/// A success without an access token needs one that stays.
fn checked(reading: Reading, before: &Credential, terms: &Terms) -> Reading {
    let at_hand = before.record().is_some_and(|record| current(record, terms).is_some());
    let presented = before.record().is_some_and(|record| record.refresh_token.is_some());
    let stays = at_hand || (presented && terms.renews_with == RenewsWith::AccessToken);
    match reading {
        Reading::Granted(tokens) if terms.step.last && tokens.access_token.is_none() && !stays => {
            Reading::Unreadable { refresh_token: tokens.refresh_token, words: None }
        }
        // No login helps where there is none.
        Reading::Refused { verdict: RefusalKind::LoginRequired, evidence, words, refresh_token }
            if terms.renews_with == RenewsWith::Client =>
        {
            Reading::Refused { verdict: RefusalKind::ClientRejected, evidence, words, refresh_token }
        }
        reading => reading,
    }
}

/// What the answer says about the attempt itself. `again`: the token was presented before, with an end that nobody knows.
fn end(reading: &Reading, terms: &Terms, again: bool) -> End {
    use RefusalKind::{ClientRejected, LoginRequired, NoAnswer, RateLimited, RequestRejected, Unavailable};
    match reading {
        // What was open before is as open as before.
        Reading::Refused { .. } | Reading::Unknown(_) | Reading::Unreadable { refresh_token: None, .. }
            if !terms.step.spends =>
        {
            End::Nothing
        }
        // It says nothing of a refresh token that an earlier step presented.
        Reading::Refused { verdict, .. } if *verdict != LoginRequired && !terms.step.first => End::Nothing,
        // The vendor did not say it, or not so that anybody could know: a replay is used up.
        Reading::Refused { evidence: Evidence::Nothing, .. } if again => End::Unknown,
        Reading::Refused { verdict: RateLimited | Unavailable, .. } => End::Nothing,
        // The vendor did not come to the token.
        Reading::Refused { verdict: ClientRejected, evidence: Evidence::Words, .. } if again => End::Nothing,
        Reading::Refused { verdict: ClientRejected | RequestRejected, .. } => retry::turned_down(again),
        Reading::Refused { verdict: NoAnswer, .. } => End::Unknown,
        Reading::Granted(_) | Reading::Further { .. } | Reading::Refused { .. } | Reading::Salvaged(..) => {
            End::Decided
        }
        Reading::Unreadable { refresh_token: Some(_), .. } => End::Decided,
        // Nothing can be spent: it is asked again.
        Reading::Unreadable { .. } if terms.policy.class == Class::None => End::Nothing,
        // Kept with its answer, until that can be read.
        Reading::Unreadable { .. } | Reading::Unknown(_) => End::Unknown,
    }
}

/// What the vendor does with a token that it has seen before decides.
fn follow_up(before: &Credential, policy: Policy) -> Next {
    let replays = before.open().map_or(0, |open| open.attempt.replays);
    match (policy.never, policy.class, replays) {
        (true, ..) => Next::Nothing,
        (false, Class::None | Class::Strict | Class::GraceSame | Class::CommitOnUse, _) => Next::AsksAgain,
        (false, Class::GraceNew, 0) => Next::OnceWithinGrace(SIBLING_AFTER),
        (false, Class::Family | Class::Unknown, 0) => Next::Once(SETTLED),
        _ => Next::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::credential::access::AccessExpiry;
    use crate::credential::audience::Audience;
    use crate::credential::expiry::Lifetimes;
    use crate::credential::reading::{Expires, LifetimeKind, Tokens};
    use crate::credential::record::{Binding, Record};
    use crate::credential::secrets::{AccessToken, RefreshToken};
    use crate::credential::state::Attempt;
    use crate::testing::samples::{
        access as access_of, answered, any_audience, attempt, credential, moment, raw,
    };

    /// Of a vendor that says nothing, and whose only exchange was answered.
    fn terms(class: Class) -> Terms {
        Terms {
            audience: Audience::default(),
            policy: Policy { class, grace: Duration::from_secs(30), never: false },
            lifetimes: Lifetimes::default(),
            renews_with: RenewsWith::RefreshToken,
            needs_access_token: false,
            step: InFlow { first: true, last: true, spends: true },
            bound: Binding { origins: Vec::new(), client_id: None, discovered: None },
        }
    }

    const SECOND: InFlow = InFlow { first: false, last: true, spends: true };

    fn answer(reading: Reading, retry_after: Option<u64>) -> ReadAnswer<'static> {
        let unread = &|| Described { looked_for: "access token".into(), held: "/x".into() };
        let (source, holds_something) = (AnswerAt::Unread, true);
        ReadAnswer {
            source,
            reading,
            holds_something,
            names_a_secret: &|| false,
            status: 400,
            at: moment(60),
            date: None,
            retry_after,
            unread,
        }
    }

    /// The answer of the seal at this place, read once more.
    fn of_seal(at: usize, reading: Reading) -> ReadAnswer<'static> {
        ReadAnswer { source: AnswerAt::Seal(at), ..answer(reading, None) }
    }

    fn refused(verdict: RefusalKind) -> Reading {
        Reading::Refused { verdict, evidence: Evidence::Words, words: Some("no".into()), refresh_token: None }
    }

    fn tokens(access: Option<&str>, refresh: Option<&str>) -> Box<Tokens> {
        Box::new(Tokens {
            access_token: access.map(AccessToken::new),
            refresh_token: refresh.map(RefreshToken::new),
            ..Tokens::default()
        })
    }

    /// A credential with a candidate, asked for the first time.
    fn asked() -> Credential {
        let mut there = credential(1, 4, 10, "old");
        let record = there.record_mut().expect("held");
        record.set_access(
            &Audience::default(),
            Some(access_of("at-old", moment(10), AccessExpiry::At(3_600_000))),
        );
        answered(&there, 400, "answer")
    }

    fn record(applied: &Applied) -> &Record {
        applied.credential.record().expect("held")
    }

    fn refresh_token(applied: &Applied) -> &str {
        record(applied).refresh_token.as_ref().expect("a token").expose()
    }

    #[test]
    fn a_grant_is_the_next_generation_and_closes_the_attempt() {
        let before = asked();
        let applied = apply(
            &before,
            answer(Reading::Granted(tokens(Some("at"), Some("rt"))), None),
            &terms(Class::Strict),
        );
        assert_eq!((refresh_token(&applied), &applied.outcome), ("rt", &Outcome::Granted));
        assert_eq!(applied.credential.order().generation, before.order().generation + 1);
        assert!(applied.credential.open().is_none() && record(&applied).is_spent(&RefreshToken::new("old")));
        assert_eq!(
            record(&applied).access(&Audience::default()).map(|access| access.token.expose()),
            Some("at")
        );
    }

    #[test]
    fn without_a_new_refresh_token_the_old_one_stays() {
        let applied =
            apply(&asked(), answer(Reading::Granted(tokens(Some("at"), None)), None), &terms(Class::None));
        assert_eq!((refresh_token(&applied), record(&applied).spent.len()), ("old", 0));
    }

    #[test]
    fn a_refusal_forgets_nothing_and_says_how_long_to_wait() {
        use RefusalKind::*;
        for (kind, said, waits, open) in [
            (LoginRequired, None, None, false),
            (ClientRejected, None, None, false),
            (RequestRejected, None, None, false),
            (RateLimited, None, Some(60), false),
            (RateLimited, Some(7), Some(7), false),
            (Unavailable, None, Some(5), false),
            (Unavailable, Some(999_999), Some(LONGEST_WAIT), false),
        ] {
            let applied = apply(&asked(), answer(refused(kind), said), &terms(Class::Family));
            assert_eq!((applied.retry_after, refresh_token(&applied)), (waits, "old"), "{kind:?}");
            assert_eq!(applied.credential.open().is_some(), open, "{kind:?}");
            assert_eq!(applied.outcome.refusal(), Some(kind));
            assert_eq!(
                record(&applied).ended(&Audience::default()).map(|ended| &ended.outcome),
                Some(&applied.outcome)
            );
        }
    }

    #[test]
    fn a_passing_refusal_of_a_replay_leaves_open_what_it_replayed() {
        let before = replayed(429);
        let terms = terms(Class::Family);
        let applied = apply(&before, answer(refused(RefusalKind::RateLimited), None), &terms);
        assert_eq!(applied.credential.open().map(|open| open.attempt.replays), Some(0));
        let applied = apply(&before, answer(refused(RefusalKind::LoginRequired), None), &terms);
        assert!(applied.credential.open().is_none(), "that decides");
        let Outcome::Refused { lost_at, .. } = applied.outcome else { panic!("refused") };
        assert_eq!(lost_at, Some(50_000), "why it may have been refused");
    }

    #[test]
    fn a_refusal_says_who_may_have_the_answer_to_what_was_presented_before() {
        let names = vec!["m1".to_owned()];
        let again = Attempt { nonce: "again".into(), sent_by: names.clone(), ..attempt(1) };
        let before = credential(1, 4, 10, "old").opened(again, Some(attempt(0))).answered(raw(400, ""));
        let of = |kind| match apply(&before, answer(refused(kind), None), &terms(Class::Strict)).outcome {
            Outcome::Refused { sent_by, .. } => sent_by,
            other => panic!("{other:?}"),
        };
        assert_eq!(of(RefusalKind::LoginRequired), names);
        assert!(of(RefusalKind::ClientRejected).is_empty(), "the token was not refused");
    }

    /// A second presentation, answered.
    fn replayed(status: u16) -> Credential {
        let raw = raw(status, "");
        let again = Attempt { nonce: "again".into(), ..attempt(1) };
        credential(1, 4, 10, "old").opened(again, Some(attempt(0))).answered(raw)
    }

    #[test]
    fn what_says_nothing_of_the_first_time_uses_a_replay_up() {
        use RefusalKind::{ClientRejected, RequestRejected};
        for (kind, evidence, replays) in [
            (RequestRejected, Evidence::Status, Some(1)),
            (RequestRejected, Evidence::Words, Some(1)),
            (ClientRejected, Evidence::Status, Some(1)),
            // It did not come to the token.
            (ClientRejected, Evidence::Words, Some(0)),
            (RefusalKind::Unavailable, Evidence::Words, Some(0)),
            (RefusalKind::Unavailable, Evidence::Status, Some(0)),
            // Of a gateway, or of what nobody knows.
            (RefusalKind::Unavailable, Evidence::Nothing, Some(1)),
        ] {
            let reading = || Reading::Refused { verdict: kind, evidence, words: None, refresh_token: None };
            let left = |before: &Credential| {
                let applied = apply(before, answer(reading(), None), &terms(Class::Family));
                assert_eq!(applied.outcome.refusal(), Some(kind));
                applied.credential.open().map(|open| open.attempt.replays)
            };
            assert_eq!(left(&replayed(400)), replays, "{kind:?} {evidence:?}");
            assert_eq!(left(&asked()), None, "the first time it is no riddle");
        }
    }

    #[test]
    fn another_candidate_is_tried_before_a_person_is_asked() {
        let mut before = asked();
        before.record_mut().expect("held").candidates = vec![RefreshToken::new("b"), RefreshToken::new("c")];
        let first = apply(&before, answer(refused(RefusalKind::LoginRequired), None), &terms(Class::Unknown));
        assert_eq!(
            (refresh_token(&first), &first.outcome, first.retry_after),
            ("b", &Outcome::OtherAtHand, Some(0))
        );
        let again = answered(&first.credential, 400, "");
        let second = apply(&again, answer(refused(RefusalKind::LoginRequired), None), &terms(Class::Unknown));
        assert_eq!(refresh_token(&second), "c");
        let again = answered(&second.credential, 400, "");
        let last = apply(&again, answer(refused(RefusalKind::LoginRequired), None), &terms(Class::Unknown));
        assert_eq!(last.outcome.refusal(), Some(RefusalKind::LoginRequired));
        assert_eq!(refresh_token(&last), "c", "nothing is deleted because a vendor refused");
    }

    /// A second step, which goes on from a first that was answered.
    fn after_a_step() -> Credential {
        let second = Attempt { step: "second".into(), ..attempt(0) };
        credential(1, 4, 10, "old").opened(second, Some(attempt(0))).answered(raw(400, ""))
    }

    #[test]
    fn of_heads_that_were_cut_the_last_is_kept() {
        let cut = |n: u32| raw(0, &format!("HTTP/1.1 200 OK\r\nX-{n}: a"));
        let mut there = credential(1, 2, 3, "rt");
        for n in 0..10 {
            let asked = there.opened(attempt(0), None).answered(cut(n));
            let applied =
                apply(&asked, answer(Reading::Unknown("broke off".into()), None), &terms(Class::Strict));
            there = applied.credential;
            assert_eq!(there.seals.len(), 1, "{n}");
        }
        assert!(there.seals[0].raw.body.ends_with(b"X-9: a"));
        let asked = there.opened(attempt(0), None).answered(raw(0, "{\"a\":1}"));
        let applied = apply(&asked, answer(Reading::Unknown("no HTTP".into()), None), &terms(Class::Strict));
        assert_eq!(applied.credential.seals.len(), 2, "a body of nobody is kept beside it");
    }

    #[test]
    fn what_a_step_goes_on_from_was_not_lost() {
        let terms = Terms { step: SECOND, ..terms(Class::Family) };
        let applied = apply(&after_a_step(), answer(refused(RefusalKind::LoginRequired), None), &terms);
        assert!(matches!(applied.outcome, Outcome::Refused { lost_at: None, .. }));
    }

    #[test]
    fn a_successor_that_is_given_twice_is_as_old_as_the_first_request() {
        let given = || {
            let access_expires = Some(Expires::After(Duration::from_secs(100)));
            Reading::Granted(Box::new(Tokens { access_expires, ..*tokens(Some("at"), Some("rt")) }))
        };
        // Sent at 50, replayed and answered at 60.
        for (class, before, ends) in [
            (Class::GraceSame, replayed(200), 150_000),
            (Class::GraceSame, asked(), 160_000),
            (Class::Strict, replayed(200), 160_000),
            (Class::GraceNew, replayed(200), 160_000),
        ] {
            let applied = apply(&before, answer(given(), None), &terms(class));
            let expires = record(&applied).access(&Audience::default()).map(|access| access.expires);
            assert_eq!(expires, Some(AccessExpiry::At(ends)), "{class:?}");
        }
        // The step before it, which was answered.
        let terms = Terms { step: SECOND, ..terms(Class::GraceSame) };
        let applied = apply(&after_a_step(), answer(given(), None), &terms);
        let expires = record(&applied).access(&Audience::default()).map(|access| access.expires);
        assert_eq!(expires, Some(AccessExpiry::At(160_000)));
    }

    #[test]
    fn a_login_helps_nobody_who_has_none() {
        let terms = Terms { renews_with: RenewsWith::Client, ..terms(Class::None) };
        let applied = apply(&asked(), answer(refused(RefusalKind::LoginRequired), None), &terms);
        assert_eq!(applied.outcome.refusal(), Some(RefusalKind::ClientRejected));
    }

    #[test]
    fn what_cannot_be_read_is_kept_as_it_came_until_it_can_be() {
        let reading = || Reading::Unreadable { refresh_token: None, words: None };
        let applied = apply(&asked(), answer(reading(), None), &terms(Class::Strict));
        assert!(matches!(applied.outcome, Outcome::Unreadable { then: AfterUnreadable::Waits, .. }));
        let seal = applied.credential.seals.first().expect("kept");
        assert_eq!((seal.step.as_str(), seal.raw.body.as_slice()), ("refresh", &b"answer"[..]));
        assert!(applied.credential.awaits_a_reader());
        // Looked into once more it is kept once.
        let again = apply(&applied.credential, of_seal(0, reading()), &terms(Class::Strict));
        assert_eq!(again.credential.answers().count(), 1);
        // A dialect that can read it settles it.
        let granted = Reading::Granted(tokens(Some("at"), Some("rt")));
        let read = apply(&again.credential, of_seal(0, granted), &terms(Class::Strict));
        assert!(read.credential.answers().next().is_none() && read.credential.open().is_none());
        assert_eq!(refresh_token(&read), "rt");
    }

    fn unread(class: Class) -> Credential {
        let reading = Reading::Unreadable { refresh_token: None, words: None };
        apply(&asked(), answer(reading, None), &terms(class)).credential
    }

    /// What a later request, insisted on, comes to.
    fn insisted(before: &Credential, reading: Reading) -> Credential {
        let again = Attempt { nonce: "again".into(), ..attempt(1) };
        let earlier = before.open().map(|open| open.attempt.clone());
        let asked = before.opened(again, earlier).answered(raw(200, "{}"));
        apply(&asked, answer(reading, None), &terms(Class::Family)).credential
    }

    #[test]
    fn an_answer_that_nobody_can_read_outlives_every_refusal() {
        use RefusalKind::*;
        for kind in [LoginRequired, ClientRejected, RateLimited, Unavailable, RequestRejected] {
            let after = insisted(&unread(Class::Family), refused(kind));
            assert_eq!(after.answers().count(), 1, "{kind:?}");
            assert_eq!(after.awaits_a_reader(), kind != LoginRequired, "{kind:?}");
            let granted = Reading::Granted(tokens(Some("at"), Some("rt")));
            let read = apply(&after, of_seal(0, granted), &terms(Class::Family));
            assert_eq!(refresh_token(&read), "rt", "{kind:?}");
            assert!(record(&read).marks.is_empty() && read.credential.seals.is_empty(), "{kind:?}");
        }
    }

    #[test]
    fn a_later_grant_makes_it_a_candidate_and_a_grant_after_that_the_past() {
        let granted = |name| Reading::Granted(tokens(Some("at"), Some(name)));
        let once = insisted(&unread(Class::Family), granted("second"));
        assert!(once.seals.len() == 1 && !once.seals[0].is_last_word());
        // What it held may live yet, but is not newer than what is held.
        let late = apply_late(&once, 0, granted("first")).expect("read");
        let held = late.record().expect("held");
        assert_eq!(held.refresh_token, Some(RefreshToken::new("second")));
        assert_eq!(held.candidates, [RefreshToken::new("first")]);
        assert!(late.seals.is_empty() && late.version > once.version);
        assert!(apply_late(&once, 0, Reading::Unknown("why".into())).is_none(), "unread it stays");
        assert!(apply_late(&once, 0, Reading::Unreadable { refresh_token: None, words: None }).is_none());
        // The vendor takes the token that came after it.
        assert!(insisted(&once, granted("third")).seals.is_empty());
        assert_eq!(insisted(&once, refused(RefusalKind::LoginRequired)).seals.len(), 1);
    }

    #[test]
    fn where_nothing_can_be_spent_the_vendor_is_asked_again_ever_more_seldom() {
        let reading = || Reading::Unreadable { refresh_token: None, words: None };
        let mut before = asked();
        for wait in [5, 10, 20, 40] {
            let applied = apply(&before, answer(reading(), None), &terms(Class::None));
            assert!(matches!(applied.outcome, Outcome::Unreadable { then: AfterUnreadable::AsksAgain, .. }));
            assert_eq!(applied.retry_after, Some(wait));
            assert!(
                applied.credential.open().is_none() && applied.credential.answers().count() == 1,
                "the last is enough"
            );
            before = answered(&applied.credential, 200, "answer");
        }
        let granted = Reading::Granted(tokens(Some("at"), None));
        assert!(apply(&before, answer(granted, None), &terms(Class::None)).credential.seals.is_empty());
    }

    #[test]
    fn what_an_old_answer_says_does_not_close_another_attempt() {
        let later = Attempt { nonce: "later".into(), ..attempt(0) };
        let refused_once = insisted(&unread(Class::Family), refused(RefusalKind::LoginRequired));
        let lost = refused_once.opened(later, None);
        for reading in [refused(RefusalKind::RateLimited), refused(RefusalKind::LoginRequired)] {
            let after = apply(&lost, of_seal(0, reading), &terms(Class::Family)).credential;
            assert_eq!(after.open().map(|open| open.attempt.nonce.as_str()), Some("later"));
            assert!(after.seals.is_empty(), "it has been read");
        }
    }

    #[test]
    fn a_new_refresh_token_without_an_access_token_is_the_next_and_the_old_one_after_it() {
        let reading = Reading::Unreadable { refresh_token: Some(RefreshToken::new("new")), words: None };
        let applied = apply(&asked(), answer(reading, None), &terms(Class::Family));
        assert_eq!(refresh_token(&applied), "new");
        assert_eq!(record(&applied).candidates, [RefreshToken::new("old")]);
        assert!(
            record(&applied).access(&Audience::default()).is_none() && applied.credential.open().is_none()
        );
        let wanted = Terms { needs_access_token: true, ..terms(Class::Family) };
        let salvaged = Reading::Salvaged(RefreshToken::new("new"), Some(AccessToken::new("at-new")));
        let applied = apply(&asked(), answer(salvaged, None), &wanted);
        let access = record(&applied).access(&Audience::default()).expect("the vendor wants it");
        assert_eq!((access.token.expose(), access.expires), ("at-new", AccessExpiry::UnknownAge));
    }

    #[test]
    fn what_nobody_knows_stays_open_unless_nothing_could_be_spent() {
        let unknown = || Reading::Unknown("no answer came".into());
        for (class, next) in [
            (Class::Strict, Next::AsksAgain),
            (Class::GraceNew, Next::OnceWithinGrace(SIBLING_AFTER)),
            (Class::Family, Next::Once(SETTLED)),
        ] {
            let applied = apply(&asked(), answer(unknown(), None), &terms(class));
            assert!(applied.credential.open().is_some());
            assert!(
                matches!(applied.outcome, Outcome::Unclear { next: then, .. } if then == next),
                "{class:?}"
            );
        }
        let never =
            Terms { policy: Policy { never: true, ..terms(Class::Strict).policy }, ..terms(Class::Strict) };
        let applied = apply(&asked(), answer(unknown(), None), &never);
        assert!(matches!(applied.outcome, Outcome::Unclear { next: Next::Nothing, .. }));
        let step = InFlow { first: true, last: false, spends: false };
        let applied = apply(&asked(), answer(unknown(), None), &Terms { step, ..terms(Class::Family) });
        assert!(
            matches!(applied.outcome, Outcome::NothingSpent { .. }) && applied.credential.open().is_none()
        );
    }

    #[test]
    fn a_step_before_the_last_keeps_what_it_gave_and_what_it_presented_stays_open() {
        let step = InFlow { first: true, last: false, spends: true };
        let granted = |refresh| answer(Reading::Granted(tokens(None, refresh)), None);
        let applied = apply(&asked(), granted(None), &Terms { step, ..terms(Class::Family) });
        assert!(applied.credential.open().is_some_and(|open| open.attempt.nonce == "n"));
        assert!(applied.credential.answers().next().is_none());
        let applied = apply(&asked(), granted(Some("new")), &Terms { step, ..terms(Class::Family) });
        assert!(applied.credential.open().is_none() && refresh_token(&applied) == "new");
    }

    #[test]
    fn a_credential_may_begin_with_an_answer() {
        let nothing = Credential::default().opened(attempt(0), None).answered(raw(200, ""));
        let applied = apply(
            &nothing,
            answer(Reading::Granted(tokens(Some("at"), Some("rt"))), None),
            &terms(Class::Strict),
        );
        assert_eq!(refresh_token(&applied), "rt");
        let applied =
            apply(&nothing, answer(refused(RefusalKind::ClientRejected), None), &terms(Class::Strict));
        assert!(applied.credential.record().is_none(), "a refusal begins nothing");
        let unknown = answer(Reading::Unknown("no answer came".into()), None);
        let applied = apply(&nothing, unknown, &terms(Class::Strict));
        assert!(applied.credential.open().is_some() && applied.credential.record().is_none());
    }

    #[test]
    fn a_token_that_stays_ends_when_it_would_have_ended() {
        let applied =
            apply(&asked(), answer(Reading::Granted(tokens(None, None)), None), &terms(Class::None));
        let access = record(&applied).access(&Audience::default()).expect("it stays");
        assert_eq!((access.token.expose(), access.expires), ("at-old", AccessExpiry::At(3_600_000)));
    }

    #[test]
    fn lifetimes_fill_in_what_the_answer_does_not_say() {
        let hours = |n: u64| Duration::from_secs(n * 3_600);
        let lifetimes = Lifetimes {
            access: Some(hours(1)),
            refresh: Some(hours(24)),
            refresh_kind: LifetimeKind::Sliding,
            margin: Duration::from_secs(600),
        };
        let granted = || answer(Reading::Granted(tokens(Some("at"), Some("rt"))), None);
        let applied = apply(&asked(), granted(), &Terms { lifetimes, ..terms(Class::Strict) });
        let at = |seconds: i64| (60 + seconds) * 1_000;
        assert_eq!(
            record(&applied).access(&Audience::default()).map(|access| access.expires),
            Some(AccessExpiry::At(at(3_000)))
        );
        assert_eq!(record(&applied).refresh_expires_ms, Some(at(86_400)));
        let absolute = Lifetimes { refresh_kind: LifetimeKind::Absolute, ..lifetimes };
        let applied = apply(&asked(), granted(), &Terms { lifetimes: absolute, ..terms(Class::Strict) });
        assert_eq!(record(&applied).refresh_expires_ms, Some(1 + 86_400_000), "from the login");
        // One that stays is as good as new only where its use renews it, and only if it was used.
        let stays = || answer(Reading::Granted(tokens(Some("at"), None)), None);
        let unused = InFlow { first: true, last: false, spends: false };
        for (refresh_kind, step, ends) in [
            (LifetimeKind::Sliding, SECOND, None),
            (LifetimeKind::Absolute, SECOND, None),
            (LifetimeKind::Idle, SECOND, Some(at(86_400))),
            (LifetimeKind::Idle, unused, None),
        ] {
            let lifetimes = Lifetimes { refresh_kind, ..lifetimes };
            let applied = apply(&asked(), stays(), &Terms { lifetimes, step, ..terms(Class::None) });
            assert_eq!(record(&applied).refresh_expires_ms, ends, "{refresh_kind:?}");
        }
    }

    fn scope(name: &str) -> Audience {
        Audience::of([("scope", name)])
    }

    #[test]
    fn a_grant_is_of_the_audience_that_was_asked_for_and_leaves_the_others_alone() {
        let terms = Terms { audience: scope("b"), ..terms(Class::Strict) };
        let applied =
            apply(&asked(), answer(Reading::Granted(tokens(Some("at-b"), Some("rt"))), None), &terms);
        let of = |audience| record(&applied).access(audience).map(|access| access.token.expose());
        assert_eq!((of(&scope("b")), of(&Audience::default())), (Some("at-b"), Some("at-old")));
        assert_eq!(refresh_token(&applied), "rt");
        assert!(
            record(&applied).ended(&scope("b")).is_some()
                && record(&applied).ended(&Audience::default()).is_none()
        );
        // No token of its own stays, unless the vendor was shown that of another.
        let none = || Reading::Granted(tokens(None, None));
        let applied = apply(&asked(), answer(none(), None), &terms);
        assert!(matches!(applied.outcome, Outcome::Unreadable { .. }));
        let shown = Terms { needs_access_token: true, ..terms };
        let applied = apply(&asked(), answer(none(), None), &shown);
        assert_eq!(record(&applied).access(&scope("b")).map(|access| access.token.expose()), Some("at-old"));
    }

    #[test]
    fn a_rotation_without_an_access_token_costs_no_other_audience_its_own() {
        let salvaged = || Reading::Salvaged(RefreshToken::new("new"), None);
        let terms = Terms { audience: scope("b"), ..terms(Class::Family) };
        let applied = apply(&asked(), answer(salvaged(), None), &terms);
        let access = record(&applied).access(&Audience::default()).expect("it stays");
        assert_eq!(access.expires, AccessExpiry::At(3_600_000));
        assert!(record(&applied).access(&scope("b")).is_none());
    }

    #[test]
    fn an_answer_that_may_be_that_to_another_request_gives_nobody_its_access_token() {
        let granted = || answer(Reading::Granted(tokens(Some("whose"), Some("rt"))), None);
        // It replays one of another audience, sent 10 s before.
        for (class, doubtful) in [(Class::GraceSame, true), (Class::GraceNew, false), (Class::Strict, false)]
        {
            let terms = Terms { audience: scope("b"), ..terms(class) };
            let applied = apply(&replayed(200), granted(), &terms);
            assert_eq!(refresh_token(&applied), "rt", "{class:?}");
            assert!(applied.credential.open().is_none(), "{class:?}");
            let given = record(&applied).access(&scope("b")).is_some();
            assert_eq!((given, applied.outcome.code().is_some()), (!doubtful, doubtful), "{class:?}");
            assert_eq!(applied.retry_after, doubtful.then_some(0), "{class:?}");
        }
    }

    #[test]
    fn an_id_token_is_kept_while_it_is_valid_if_no_new_one_comes() {
        let with = |id_token: Option<&str>| {
            let id_token = id_token.map(AccessToken::new);
            Reading::Granted(Box::new(Tokens { id_token, ..*tokens(Some("at"), Some("rt")) }))
        };
        let claims = |seconds: i64| {
            use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
            format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(format!("{{\"exp\":{seconds}}}")))
        };
        let mut before = asked();
        let id_token = |applied: &Applied| record(applied).access(&Audience::default())?.id_token.clone();
        // The samples' clock begins in 1970, before any date that a token may have.
        let late = moment(1_800_000_000);
        let at = |reading| ReadAnswer { at: late.clone(), ..answer(reading, None) };
        let applied = apply(&before, at(with(Some(&claims(1_800_000_600)))), &terms(Class::Strict));
        let new = id_token(&applied).expect("it came");
        assert_eq!((new.expires, new.is_old), (AccessExpiry::At(1_800_000_600_000), false));
        before = answered(&applied.credential, 200, "");
        let later = ReadAnswer { at: moment(1_800_000_100), ..answer(with(None), None) };
        let applied = apply(&before, later, &terms(Class::Strict));
        let old = id_token(&applied).expect("it is valid yet");
        assert_eq!((old.expires, old.is_old), (AccessExpiry::At(1_800_000_600_000), true));
        let over = ReadAnswer { at: moment(1_800_000_600), ..answer(with(None), None) };
        assert!(id_token(&apply(&before, over, &terms(Class::Strict))).is_none());
        // One that says nothing of its end ends with its access token.
        let mute = apply(&before, at(with(Some("opaque"))), &terms(Class::Strict));
        assert_eq!(id_token(&mute).map(|id_token| id_token.expires), Some(AccessExpiry::Unknown));
    }

    /// Its kind (0 granted, 1 unreadable, 2 salvaged, 3 and 4 unknown, the others refusals), whether it holds
    /// an access token, and the refresh token that it gives.
    type Said = (u8, bool, Option<&'static str>);

    /// A refresh token is a new one, the one that was presented, or one that is at hand beside it.
    fn any_reading() -> impl Strategy<Value = Said> {
        let given = select(vec![None, Some("new"), Some("old"), Some("one")]);
        (0..11_u8, any::<bool>(), given).prop_map(|(kind, access, given)| match kind {
            0 | 1 => (kind, access, given),
            2 => (kind, access, given.or(Some("new"))),
            3 | 4 => (kind, false, None),
            _ => (kind, false, given),
        })
    }

    fn reading((kind, access, given): Said) -> Reading {
        use RefusalKind::*;
        let new = given.map(RefreshToken::new);
        match (kind, new) {
            (0, _) => Reading::Granted(tokens(access.then_some("at"), given)),
            (1, refresh_token) => Reading::Unreadable { refresh_token, words: None },
            (2, Some(new)) => Reading::Salvaged(new, access.then(|| AccessToken::new("at"))),
            (..5, _) => Reading::Unknown("why".into()),
            (n, refresh_token) => {
                let kinds =
                    [LoginRequired, ClientRejected, RateLimited, Unavailable, RequestRejected, NoAnswer];
                let (verdict, words) = (kinds[usize::from(n - 5)], Some("no".into()));
                Reading::Refused { verdict, evidence: Evidence::Words, words, refresh_token }
            }
        }
    }

    fn any_class() -> impl Strategy<Value = Class> {
        use Class::*;
        select(vec![None, Strict, GraceSame, GraceNew, CommitOnUse, Family, Unknown])
    }

    fn any_renewal() -> impl Strategy<Value = RenewsWith> {
        select(vec![RenewsWith::RefreshToken, RenewsWith::AccessToken, RenewsWith::Client])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Whatever the vendor says, no refresh token that may be live is forgotten, and each write is newer.
        #[test]
        fn no_answer_loses_a_token_that_may_be_live(
            said in any_reading(), class in any_class(), renews_with in any_renewal(), place: [bool; 3],
            others in 0..3_usize, at_hand: bool, replay: bool, needs: bool, audience in any_audience(),
        ) {
            let [first, last, spends] = place;
            let mut before = if replay { replayed(200) } else { asked() };
            let held = before.record_mut().expect("held");
            held.candidates = ["one", "two"][..others].iter().map(|name| RefreshToken::new(*name)).collect();
            held.set_access(&Audience::default(), at_hand.then(|| access_of("at-old", moment(10), AccessExpiry::At(3_600_000))));
            let terms = Terms {
                renews_with,
                step: InFlow { first, last, spends: spends && renews_with != RenewsWith::Client },
                needs_access_token: needs,
                audience: audience.clone(),
                ..terms(class)
            };
            let elsewhere = scope("elsewhere");
            let other = access_of("at-other", moment(5), AccessExpiry::At(9_000));
            before.record_mut().expect("held").set_access(&elsewhere, Some(other));
            let applied = apply(&before, answer(reading(said), None), &terms);
            let after = record(&applied);
            let left = after.access(&elsewhere).map(|access| (access.token.expose(), access.expires));
            prop_assert_eq!(left, Some(("at-other", AccessExpiry::At(9_000))), "another audience's token stays");
            prop_assert!(applied.credential.version > before.version && applied.credential.is_sane());
            prop_assert!(applied.credential.order().generation <= before.order().generation + 1);

            // From the likeliest on: what was given, what was presented, what was at hand beside it.
            let (kind, access, given) = said;
            let mut live: Vec<&str> = given.into_iter().chain([&["old", "one", "two"][..=others]].concat()).collect();
            let mut known = std::collections::BTreeSet::new();
            live.retain(|name| known.insert(*name));
            let at_hand = needs || (at_hand && audience == Audience::default());
            let stays = at_hand || renews_with == RenewsWith::AccessToken;
            let granted = kind == 0 && (!last || access || stays);
            let rotates = given.is_some_and(|given| given != "old");
            if granted && (last || rotates) {
                // What grants is live, or its successor is, and nothing else.
                live.truncate(1);
            } else if kind >= 5 {
                // What is presented is presented again, unless it was refused for good and another one is at hand.
                live.retain(|name| *name != "old");
                if !(kind == 5 && terms.step.spends && !live.is_empty()) {
                    live.insert(0, "old");
                } else if live.len() == 3 {
                    live.remove(1);
                }
            }
            // One, and two beside it: the newest, and the last.
            if live.len() > 3 {
                live.remove(live.len() - 2);
            }
            let kept: Vec<&str> = after.refresh_token.iter().chain(&after.candidates).map(RefreshToken::expose).collect();
            prop_assert_eq!(&kept, &live);
            prop_assert!(live.contains(&"old") || after.is_spent(&RefreshToken::new("old")), "nobody knows of the old one");

            // An answer that nobody could read is kept as it came, and nothing is decided.
            let waits = matches!(applied.outcome, Outcome::Unreadable { then: AfterUnreadable::Waits, .. } | Outcome::Unclear { .. });
            let unread = matches!(kind, 3 | 4) || (kind <= 1 && given.is_none() && !granted);
            let harmless = !terms.step.spends || (class == Class::None && kind <= 1);
            prop_assert_eq!(waits, unread && !harmless);
            prop_assert_eq!(unread, applied.credential.answers().count() == 1);
            prop_assert!(!waits || applied.credential.open().is_some());
        }
    }
}
