//! Copies of the credential, each by a number: whatever becomes of one is the product's own doing, and is worked out once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Claim;
use super::vendor::{Answer, GRACE};
use crate::credential::audience::Audience;
use crate::credential::expiry::Lifetimes;
use crate::credential::fleet::{FleetClaim, Machine, taken_over, written_back};
use crate::credential::merge::merged;
use crate::credential::outcome::Outcome;
use crate::credential::reading::{Evidence, Reading, RefusalKind, RenewsWith, Tokens};
use crate::credential::record::Binding;
use crate::credential::retry::{Class, Policy};
use crate::credential::secrets::{AccessToken, RefreshToken};
use crate::credential::state::{AnswerAt, Attempt, Credential};
use crate::credential::transition::{Described, InFlow, ReadAnswer, Terms, apply, apply_late};
use crate::http::message::RawAnswer;
use crate::testing::samples::{attempt, credential, moment, raw};

/// One copy. Equal ones have one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Copy(u32);

/// What is written back, and the claim beside it.
type Written = Option<(Copy, Claim)>;

#[derive(Default)]
struct Known {
    numbers: HashMap<String, u32>,
    all: Vec<Arc<Credential>>,
    tokens: HashMap<Copy, u32>,
    made: HashMap<(Copy, How), Copy>,
    merged: HashMap<(Option<Copy>, Copy, String), Copy>,
    written: HashMap<(Copy, Claim, Copy, String), Written>,
    read: HashMap<(Copy, &'static str), Option<Read>>,
}

/// What is made of a copy.
#[derive(Clone, PartialEq, Eq, Hash)]
enum How {
    Opened(String, String, u32, u16),
    Dated(u16),
    Answered(Option<Answer>, u16),
    TakenBack,
    TakenOver(Copy, Claim, String, u16),
}

/// What reading an answer comes to.
#[derive(Clone, Copy)]
pub(super) struct Read {
    pub(super) after: Copy,
    pub(super) refused: bool,
}

static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

fn known() -> MutexGuard<'static, Known> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Worked out without the lock, so that what is worked out may ask for more.
fn once<K: Hash + Eq, V: Clone>(
    of: fn(&mut Known) -> &mut HashMap<K, V>,
    key: K,
    work: impl FnOnce(&K) -> V,
) -> V {
    let there = of(&mut known()).get(&key).cloned();
    there.unwrap_or_else(|| {
        let value = work(&key);
        of(&mut known()).insert(key, value.clone());
        value
    })
}

pub(super) fn policy(class: Class) -> Policy {
    Policy { class, grace: Duration::from_secs(GRACE.into()), never: false }
}

pub(super) fn at(seconds: u16) -> crate::base::clock::Moment {
    moment(i64::from(seconds))
}

/// The machine of that name.
pub(super) fn named(holder: &str) -> u8 {
    holder.strip_prefix('m').and_then(|number| number.parse().ok()).expect("a machine of the model")
}

fn number(token: &str) -> u8 {
    token.strip_prefix('t').and_then(|number| number.parse().ok()).expect("a token of the model")
}

/// The sealed answer says which token it brings; a refusal brings none.
fn sealed(answer: Option<Answer>, now: u16) -> RawAnswer {
    let (status, body) = match answer {
        Some(Answer::New(token)) => (200, format!("t{token}")),
        Some(Answer::Refused) => (400, String::new()),
        _ => (0, String::new()),
    };
    RawAnswer { at: at(now), complete: answer.is_some(), ..raw(status, &body) }
}

fn reading(raw: &RawAnswer) -> Reading {
    match raw.status {
        200 => Reading::Granted(Box::new(Tokens {
            access_token: Some(AccessToken::new("at")),
            refresh_token: Some(RefreshToken::new(String::from_utf8_lossy(&raw.body))),
            ..Tokens::default()
        })),
        400 => Reading::Refused {
            verdict: RefusalKind::LoginRequired,
            evidence: Evidence::Words,
            words: None,
            refresh_token: None,
        },
        _ => Reading::Unknown("no answer came".into()),
    }
}

fn terms(class: Class) -> Terms {
    Terms {
        audience: Audience::default(),
        policy: policy(class),
        lifetimes: Lifetimes::default(),
        renews_with: RenewsWith::RefreshToken,
        needs_access_token: false,
        step: InFlow { first: true, last: true, spends: true },
        bound: Binding { origins: Vec::new(), client_id: None, discovered: None },
    }
}

impl Copy {
    pub(super) fn of(credential: Credential) -> Copy {
        let mut text = serde_json::to_string(&credential).expect("JSON");
        credential.answers().for_each(|raw| text.push_str(&format!("\n{:?}", raw.body)));
        let mut known = known();
        let next = u32::try_from(known.all.len()).expect("few");
        let number = *known.numbers.entry(text).or_insert(next);
        if number == next {
            known.all.push(Arc::new(credential));
        }
        Copy(number)
    }

    /// A login of which nothing was renewed yet.
    pub(super) fn first() -> Copy {
        Copy::of(credential(1, 0, 1, "t0"))
    }

    pub(super) fn get(self) -> Arc<Credential> {
        Arc::clone(&known().all[self.0 as usize])
    }

    /// The token that is presented next.
    pub(super) fn token(self) -> u8 {
        number(self.get().record().and_then(|record| record.refresh_token.as_ref()).expect("held").expose())
    }

    /// Whatever refresh token can be had from it, as bits.
    pub(super) fn tokens(self) -> u32 {
        once(
            |known| &mut known.tokens,
            self,
            |copy| {
                let there = copy.get();
                let record = there.record().expect("held");
                let held =
                    record.refresh_token.iter().chain(&record.candidates).map(|token| number(token.expose()));
                let answers = there.answers().filter(|raw| raw.status == 200);
                let answered = answers.map(|raw| number(&String::from_utf8_lossy(&raw.body)));
                held.chain(answered).fold(0, |bits, token| bits | 1 << token)
            },
        )
    }

    /// The product's own, over what the journal holds.
    pub(super) fn merged(held: Option<Copy>, stored: Copy, journal: &str) -> Copy {
        once(
            |known| &mut known.merged,
            (held, stored, journal.to_owned()),
            |(held, stored, journal)| {
                let held = held.map(Copy::get);
                Copy::of(merged(held.as_deref(), Some(&stored.get()), Some(journal)))
            },
        )
    }

    /// The product's own.
    pub(super) fn written_back(self, claim: &Claim, ours: Copy, machine: &Machine) -> Written {
        let key = (self, claim.clone(), ours, machine.journal.clone());
        once(
            |known| &mut known.written,
            key,
            |(present, claim, ours, _)| {
                let written = written_back(&present.get(), claim.as_deref(), &ours.get(), machine);
                written.map(|(right, claim)| (Copy::of(right), claim.map(Arc::new)))
            },
        )
    }

    fn made(self, how: How) -> Copy {
        once(
            |known| &mut known.made,
            (self, how),
            |(copy, how)| {
                let mut there = Credential::clone(&copy.get());
                Copy::of(match how {
                    How::Opened(nonce, journal, replays, now) => {
                        let (nonce, journal, sent_at) = (nonce.clone(), journal.clone(), at(*now));
                        let before = there.open().map(|open| open.attempt.clone());
                        let sent_by = before.as_ref().map(|it| it.sent_by.clone()).unwrap_or_default();
                        let attempt = Attempt { nonce, journal, sent_at, sent_by, ..attempt(*replays) };
                        there.opened(attempt, before)
                    }
                    How::Dated(now) => {
                        there.sent_at(at(*now));
                        there
                    }
                    How::Answered(answer, now) => there.answered(sealed(*answer, *now)),
                    How::TakenBack => there.taken_back(),
                    How::TakenOver(present, claim, journal, sent) => {
                        let claim = claim.as_deref().expect("taken over");
                        taken_over(&there, &present.get(), claim, journal, &at(*sent))
                    }
                })
            },
        )
    }

    pub(super) fn answered(self, answer: Option<Answer>, now: u16) -> Copy {
        self.made(How::Answered(answer, now))
    }

    /// What reading a sealed answer makes of it. `None`: there is none.
    pub(super) fn read(self, class: Class) -> Option<Read> {
        once(
            |known| &mut known.read,
            (self, class.word()),
            |(copy, _)| {
                let before = copy.get();
                let late = (0..before.seals.len()).rev().find(|at| !before.seals[*at].is_last_word());
                let late = late.and_then(|at| apply_late(&before, at, reading(&before.seals[at].raw)));
                if let Some(after) = late {
                    return Some(Read { after: Copy::of(after), refused: false });
                }
                let last_word = before.last_words().next().map(|(at, seal)| (AnswerAt::Seal(at), &seal.raw));
                let unread = before.unread().map(|(_, raw)| (AnswerAt::Unread, raw));
                let (source, raw) = unread.or(last_word)?;
                let answer = ReadAnswer {
                    source,
                    reading: reading(raw),
                    holds_something: false,
                    names_a_secret: &|| false,
                    status: raw.status,
                    at: raw.at.clone(),
                    date: None,
                    retry_after: None,
                    unread: &|| Described { looked_for: String::new(), held: String::new() },
                };
                let applied = apply(&before, answer, &terms(class));
                let refused = applied.outcome == Outcome::OtherAtHand
                    || applied.outcome.refusal() == Some(RefusalKind::LoginRequired);
                Some(Read { after: Copy::of(applied.credential), refused })
            },
        )
    }

    /// Nobody is asked again. Who is said to have presented the token before, as bits.
    pub(super) fn refused(self) -> Option<u8> {
        let there = self.get();
        let ended = there.record().and_then(|record| record.ended(&Audience::default()));
        let ended = ended.filter(|ended| ended.is_about_the_login())?;
        let Outcome::Refused { sent_by, .. } = &ended.outcome else { return Some(0) };
        Some(sent_by.iter().fold(0, |bits, name| bits | 1 << named(name)))
    }

    pub(super) fn is_copy_of(self, other: Copy) -> bool {
        self == other || self.get().is_copy_of(&other.get())
    }

    /// With the intent of this machine to present its token.
    pub(super) fn opened(self, nonce: &str, journal: &str, replays: u32, now: u16) -> Copy {
        self.made(How::Opened(nonce.into(), journal.into(), replays, now))
    }

    pub(super) fn dated(self, now: u16) -> Copy {
        self.made(How::Dated(now))
    }

    pub(super) fn taken_back(self) -> Copy {
        self.made(How::TakenBack)
    }

    /// What another machine sent counts as sent by this one.
    pub(super) fn taken_over(self, present: Copy, claim: &FleetClaim, journal: &str, sent: u16) -> Copy {
        self.made(How::TakenOver(present, Some(Arc::new(claim.clone())), journal.into(), sent))
    }

    pub(super) fn attempt(self) -> Option<Attempt> {
        self.get().open().map(|open| open.attempt.clone())
    }
}
