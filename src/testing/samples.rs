//! Records for tests: simple ones, and any that a run could have written.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde::Serialize;

use crate::base::clock::Moment;
use crate::base::error::Code;
use crate::credential::access::{Access, AccessExpiry, IdToken};
use crate::credential::audience::Audience;
use crate::credential::mark::Mark;
use crate::credential::outcome::{AfterUnreadable, Next, Outcome, Said};
use crate::credential::reading::{Evidence, RefusalKind};
use crate::credential::record::{AttemptEnd, Binding, Record};
use crate::credential::secrets::{AccessToken, ClientSecret, Kept, RefreshToken};
use crate::credential::state::{Attempt, Credential, Open, Order, Seal, State, Version};
use crate::credential::stored_secret::StoredSecret;
use crate::http::message::RawAnswer;

pub(crate) fn moment(seconds: i64) -> Moment {
    Moment { wall_ms: seconds * 1_000, boot_ms: seconds * 1_000, boot: "b".into() }
}

pub(crate) fn record(obtained: i64, refresh_token: &str) -> Record {
    let bound = Binding { origins: vec!["https://a.example".into()], client_id: None, discovered: None };
    Record::first(Some(RefreshToken::new(refresh_token)), moment(obtained), bound)
}

/// Held, and obtained in the second that is its sequence.
pub(crate) fn credential(epoch: i64, generation: u64, sequence: u64, refresh_token: &str) -> Credential {
    let record = record(i64::try_from(sequence).expect("small"), refresh_token);
    let version = Version { order: Order { epoch, generation }, sequence };
    Credential { version, state: State::held(record), seals: Vec::new() }
}

pub(crate) fn access(token: &str, obtained: Moment, expires: AccessExpiry) -> Access {
    let (token_type, scope, extra, id_token) = (None, None, Default::default(), None);
    let beside = Default::default();
    let token = AccessToken::new(token);
    Access { token, put_together: None, token_type, scope, obtained, expires, extra, beside, id_token }
}

pub(crate) fn attempt(replays: u32) -> Attempt {
    let (nonce, journal, step) = ("n".into(), "j".into(), "refresh".into());
    let audience = Some(Audience::default());
    let (sent_at, sent_by) = (moment(50), Vec::new());
    Attempt { nonce, journal, sent_at, replays, sent_by, step, goes_on: false, audience, login: None }
}

pub(crate) fn raw(status: u16, body: &str) -> RawAnswer {
    RawAnswer {
        status,
        headers: Vec::new(),
        body: body.as_bytes().to_vec(),
        complete: true,
        garbled: None,
        at: moment(60),
    }
}

/// What was asked for the first time, and answered.
pub(crate) fn answered(before: &Credential, status: u16, body: &str) -> Credential {
    before.opened(attempt(0), None).answered(raw(status, body))
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

fn any_access() -> BoxedStrategy<Any<Access>> {
    let expires = prop_oneof![
        any::<i64>().prop_map(AccessExpiry::At),
        Just(AccessExpiry::Unknown),
        Just(AccessExpiry::UnknownAge)
    ];
    let id_token = option::of((text(), expires.clone(), any::<bool>()));
    (text(), option::of(text()), option::of(text()), any_moment(), expires, id_token)
        .prop_map(|(token, token_type, scope, obtained, expires, id_token)| {
            let extra = scope.iter().map(|scope| (scope.clone(), token.clone())).collect();
            let token = AccessToken::new(token);
            let id_token = id_token.map(|(id_token, expires, is_old)| {
                Box::new(IdToken { token: AccessToken::new(id_token), expires, is_old })
            });
            let beside = scope.iter().map(|scope| (scope.clone(), Kept::new(scope.clone(), true))).collect();
            let put_together = scope.as_ref().map(|scope| Box::new(AccessToken::new(scope.as_str())));
            Any(Access { token, put_together, token_type, scope, obtained, expires, extra, beside, id_token })
        })
        .boxed()
}

fn any_raw() -> BoxedStrategy<Any<RawAnswer>> {
    (any::<u16>(), vec((text(), text()), 0..3), vec(any::<u8>(), 0..40), any::<bool>(), any_moment())
        .prop_map(|(status, headers, body, complete, at)| {
            Any(RawAnswer { status, headers, body, complete, garbled: None, at })
        })
        .boxed()
}

fn any_seals() -> impl Strategy<Value = Vec<Any<Seal>>> {
    let seal = (text(), text(), option::of(any_audience()), any_raw(), option::of(text()));
    vec(
        seal.prop_map(|(attempt, step, audience, Any(raw), followed_by)| {
            Any(Seal { attempt, step, audience, login: None, raw, names_a_secret: false, followed_by })
        }),
        0..3,
    )
}

fn bare<T>(all: Vec<Any<T>>) -> Vec<T> {
    all.into_iter().map(|Any(one)| one).collect()
}

pub(crate) fn any_audience() -> impl Strategy<Value = Audience> {
    let of = |scope: &'static str| Audience::of([("scope", scope)]);
    proptest::sample::select(vec![Audience::default(), Audience::unnamed(), of("a"), of("b"), of("c d")])
}

fn any_attempt() -> impl Strategy<Value = Any<Attempt>> {
    (text(), text(), any_moment(), 0..u32::MAX, (text(), any::<bool>()), option::of(any_audience())).prop_map(
        |(nonce, journal, sent_at, replays, (step, goes_on), audience)| {
            let sent_by = Vec::new();
            Any(Attempt { nonce, journal, sent_at, replays, sent_by, step, goes_on, audience, login: None })
        },
    )
}

fn any_open() -> BoxedStrategy<Any<Open>> {
    (any_attempt(), option::of(any_attempt()))
        .prop_map(|(Any(attempt), earlier)| {
            Any(Open { attempt, earlier: earlier.map(|Any(earlier)| Box::new(earlier)) })
        })
        .boxed()
}

fn any_outcome() -> BoxedStrategy<Outcome> {
    use RefusalKind::{ClientRejected, LoginRequired, NoAnswer, RateLimited, RequestRejected, Unavailable};
    let kinds = [LoginRequired, ClientRejected, RateLimited, Unavailable, RequestRejected, NoAnswer];
    let kind = proptest::sample::select(kinds.to_vec());
    let said = || (any::<u16>(), option::of(text())).prop_map(|(status, words)| Said { status, words });
    let then = proptest::sample::select(vec![
        AfterUnreadable::Rotated,
        AfterUnreadable::AsksAgain,
        AfterUnreadable::Waits,
    ]);
    let after = std::time::Duration::from_secs(60);
    let next = vec![Next::AsksAgain, Next::OnceWithinGrace(after), Next::Once(after), Next::Nothing];
    prop_oneof![
        Just(Outcome::Granted),
        Just(Outcome::OtherAtHand),
        Just(Outcome::Salvaged),
        (kind, said(), any::<Option<i64>>()).prop_map(|(kind, said, lost_at)| Outcome::Refused {
            kind,
            said,
            lost_at,
            sent_by: Vec::new()
        }),
        (text(), text(), said(), then).prop_map(|(looked_for, held, said, then)| Outcome::Unreadable {
            looked_for,
            held,
            said,
            then
        }),
        (text(), proptest::sample::select(next)).prop_map(|(why, next)| Outcome::Unclear { why, next }),
        text().prop_map(|why| Outcome::NothingSpent { why }),
        text().prop_map(|words| Outcome::Other { code: Code::Unreachable, words }),
    ]
    .boxed()
}

fn any_record() -> BoxedStrategy<Any<Record>> {
    let ended = (any_moment(), any_outcome(), any::<Option<u64>>())
        .prop_map(|(at, outcome, retry_after)| Any(AttemptEnd { at, outcome, retry_after, client: None }));
    let evidence = proptest::sample::select(vec![Evidence::Words, Evidence::Status]);
    let alike = (vec(text(), 0..3), option::of(text()), option::of(any_audience()));
    let mark = (any_outcome(), text(), alike, evidence, any_moment(), any::<u32>(), any::<bool>()).prop_map(
        |(outcome, about, (alike, client, audience), evidence, at, again, told)| {
            Any(Mark { outcome, about, alike, client, audience, evidence, at, again, told })
        },
    );
    let bound = (vec(text(), 0..3), option::of(text())).prop_map(|(origins, client_id)| Binding {
        origins,
        client_id,
        discovered: None,
    });
    // An empty one is none, and would come back as none.
    let token = option::of(text()).prop_map(|token| token.filter(|token| !token.is_empty()));
    let tokens = (token, vec(text().prop_map(RefreshToken::new), 0..3), vec(text(), 0..9));
    let times = (any_moment(), option::of(-(1_i64 << 53)..1 << 53));
    let accesses = vec((any_audience(), any_access()), 0..4);
    let ends = vec((any_audience(), ended), 0..3);
    (times, tokens, accesses, bound, ends, vec(mark, 0..4))
        .prop_map(|((obtained, expires), (token, candidates, spent), accesses, bound, ends, marks)| {
            let mut record = Record::first(token.map(RefreshToken::new), obtained, bound);
            record.refresh_expires_ms = expires;
            accesses.into_iter().for_each(|(of, Any(access))| record.set_access(&of, Some(access)));
            let kept =
                spent.iter().map(|name| (name.clone(), Kept::new(name.repeat(2), name.len() % 2 == 0)));
            (record.kept, record.account) = (kept.collect(), spent.first().cloned());
            (record.candidates, record.spent) = (candidates, spent);
            ends.into_iter().for_each(|(of, Any(ended))| record.note_end(&of, ended));
            marks.into_iter().for_each(|Any(mark)| record.marks.note(mark));
            if let Some(name) = record.spent.last() {
                let (value, origins) = (ClientSecret::new(name.repeat(2)), record.bound.origins.clone());
                let set = record.refresh_obtained.clone();
                record.stored.insert(name.clone(), StoredSecret { value, origins, set });
                record.use_up(record.refresh_obtained.wall_ms);
            }
            Any(record)
        })
        .boxed()
}

pub(crate) fn any_credential() -> impl Strategy<Value = Any<Credential>> {
    let count = 0..1_u64 << 53;
    let numbers = (-(1_i64 << 53)..1 << 53, count.clone(), count);
    let boxed = |base: Option<Any<Record>>| base.map(|Any(record)| Box::new(record));
    let state = prop_oneof![
        Just(Any(State::Empty)),
        Just(Any(State::Buried)),
        any_record().prop_map(|Any(record)| Any(State::held(record))),
        (option::of(any_record()), any_open())
            .prop_map(move |(base, Any(open))| Any(State::Open { base: boxed(base), open })),
        (option::of(any_record()), any_open(), any_raw()).prop_map(move |(base, Any(open), Any(raw))| Any(
            State::Answered { base: boxed(base), open, raw }
        )),
    ];
    (numbers, state, any_seals()).prop_map(|((epoch, generation, sequence), Any(state), seals)| {
        let version = Version { order: Order { epoch, generation }, sequence };
        Any(Credential { version, state, seals: bare(seals) })
    })
}
