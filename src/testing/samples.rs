//! Records for tests: simple ones, and any that a run could have written.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde::Serialize;

use crate::base::clock::Moment;
use crate::credential::record::{Access, AccessExpiry, Attempt, Binding, Contents, Mark, Outcome, Record};
use crate::credential::secrets::{AccessToken, Kept, RefreshToken};
use crate::dialect::schema::REFRESH;
use crate::http::message::RawAnswer;

pub(crate) fn moment(seconds: i64) -> Moment {
    Moment { wall_ms: seconds * 1_000, boot_ms: seconds * 1_000, boot: "b".into() }
}

pub(crate) fn contents(epoch: i64, generation: u64, sequence: u64, refresh_token: &str) -> Contents {
    let obtained = moment(i64::try_from(sequence).expect("small"));
    let bound = Binding { origins: vec!["https://a.example".into()], client_id: None };
    let record =
        Record { generation, ..Record::first(epoch, RefreshToken::new(refresh_token), obtained, bound) };
    Contents { sequence, record, attempt: None }
}

/// Shown as JSON when a property fails: what holds tokens has no `Debug`.
#[derive(Clone)]
pub(crate) struct Any<T>(pub(crate) T);

impl<T: Serialize> std::fmt::Debug for Any<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).expect("JSON"))
    }
}

fn text() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..12).prop_map(String::from_iter)
}

fn any_moment() -> impl Strategy<Value = Moment> {
    let time = -(1_i64 << 53)..1 << 53;
    (time.clone(), time, option::of(text())).prop_map(|(wall_ms, boot_ms, boot)| Moment {
        wall_ms,
        boot_ms,
        boot: boot.unwrap_or_default(),
    })
}

fn any_access() -> impl Strategy<Value = Any<Access>> {
    let expires = prop_oneof![
        any::<i64>().prop_map(AccessExpiry::At),
        Just(AccessExpiry::Unknown),
        Just(AccessExpiry::UnknownAge)
    ];
    (text(), option::of(text()), option::of(text()), any_moment(), expires).prop_map(
        |(token, token_type, scope, obtained, expires)| {
            let extra = scope.iter().map(|scope| (scope.clone(), token.clone())).collect();
            Any(Access { token: AccessToken::new(token), token_type, scope, obtained, expires, extra })
        },
    )
}

fn any_attempt() -> impl Strategy<Value = Any<Attempt>> {
    let answer =
        (any::<u16>(), vec((text(), text()), 0..3), vec(any::<u8>(), 0..40), any::<bool>(), any_moment())
            .prop_map(|(status, headers, body, complete, at)| {
                Any(RawAnswer { status, headers, body, complete, at })
            });
    (text(), text(), any_moment(), 0..u32::MAX, option::of(answer)).prop_map(
        |(nonce, journal, sent_at, replays, answer)| {
            let answer = answer.map(|Any(answer)| answer);
            let step = if replays % 2 == 0 { REFRESH.to_owned() } else { nonce.clone() };
            Any(Attempt { nonce, journal, sent_at, replays, step, answer })
        },
    )
}

pub(crate) fn any_contents() -> impl Strategy<Value = Any<Contents>> {
    let time = -(1_i64 << 53)..1 << 53;
    let count = 0..1_u64 << 53;
    let outcome = (any_moment(), text(), text(), any::<Option<u64>>())
        .prop_map(|(at, code, message, retry_after)| Any(Outcome { at, code, message, retry_after }));
    let mark = (text(), text(), text()).prop_map(|(code, message, about)| Any(Mark { code, message, about }));
    let bound = (vec(text(), 0..3), option::of(text()))
        .prop_map(|(origins, client_id)| Binding { origins, client_id });
    let tokens = (text(), vec(text().prop_map(RefreshToken::new), 0..3), vec(text(), 0..9));
    let rest = (option::of(outcome), option::of(mark), option::of(any_attempt()));
    let numbers = (count.clone(), count, time.clone(), option::of(time));
    (numbers, tokens, any_moment(), option::of(any_access()), bound, rest).prop_map(
        |(numbers, tokens, refresh_obtained, access, bound, (outcome, mark, attempt))| {
            let (sequence, generation, epoch, refresh_expires_ms) = numbers;
            let (token, candidates, spent) = tokens;
            let kept = spent.iter().map(|name| (name.clone(), Kept::new(token.clone(), sequence % 2 == 0)));
            let (kept, account) = (kept.collect(), spent.first().cloned());
            let refresh_token = RefreshToken::new(token);
            Any(Contents {
                sequence,
                record: Record {
                    epoch,
                    generation,
                    refresh_token,
                    refresh_obtained,
                    refresh_expires_ms,
                    access: access.map(|Any(access)| access),
                    bound,
                    candidates,
                    spent,
                    outcome: outcome.map(|Any(outcome)| outcome),
                    mark: mark.map(|Any(mark)| mark),
                    kept,
                    account,
                },
                attempt: attempt.map(|Any(attempt)| attempt),
            })
        },
    )
}
