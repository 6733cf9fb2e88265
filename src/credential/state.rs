//! The state of a credential, one of five, and which of several copies is right.
//!
//! The rule that matters: what happens to a credential is a step from one state to the next,
//! each with a version of its own. What a credential is doing is never inferred from times.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::audience::Audience;
use super::record::{Binding, Record};
use super::secrets::{Kept, RefreshToken};
use crate::base::clock::Moment;
use crate::base::digest::sha256_hex;
use crate::http::message::RawAnswer;

/// No time in ms and no count that a run writes reaches this.
const MOST: i64 = 1 << 53;

/// Answers that nobody could read: so many of the largest, of refreshes and of logins each, lie in a journal at the most.
pub(crate) const MOST_SEALS: usize = 8;

/// So many writes bury a credential: whatever begins over it is written later.
pub(crate) const BURIALS: u64 = 2;

/// Newer is greater: `epoch` is the login (ms since 1970, at least one more than
/// the last), `generation` counts its rotations. Where no login is there is nothing to count: then it says when the time step
/// began whose one-time code was sent last, in seconds since 1970, which outlives a login that came to nothing or was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) epoch: i64,
    pub(crate) generation: u64,
}

/// What tells two writes apart. `sequence` counts them: of two copies of one order the later is right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Version {
    #[serde(flatten)]
    pub(crate) order: Order,
    pub(crate) sequence: u64,
}

/// A credential as it is in one place: in the journal, or in its store.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Credential {
    #[serde(flatten)]
    pub(crate) version: Version,
    pub(crate) state: State,
    /// Answers that nobody could read, the oldest first: they outlive whatever was asked after them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) seals: Vec<Seal>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Nothing is kept, and nothing ever was.
    #[default]
    Empty,
    /// Nothing is under way.
    Held(Box<Record>),
    /// A request was sent, or was about to be, and what came of it is not in the record.
    Open {
        base: Option<Box<Record>>,
        #[serde(flatten)]
        open: Open,
    },
    /// The answer is sealed as it came, and nobody has tried to read it.
    Answered {
        base: Option<Box<Record>>,
        #[serde(flatten)]
        open: Open,
        raw: RawAnswer,
    },
    /// It was forgotten: no copy of an earlier version comes back.
    Buried,
}

/// What is under way.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Open {
    pub(crate) attempt: Attempt,
    /// What it repeats, or goes on from, and whose end is as unknown: if the vendor did nothing, that is open still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) earlier: Option<Box<Attempt>>,
}

/// A request that was begun and whose end is not in the record.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) nonce: String,
    /// Which journal saw it; another one knows nothing of how it went on.
    pub(crate) journal: String,
    pub(crate) sent_at: Moment,
    pub(crate) replays: u32,
    /// Which exchange of the dialect it was.
    pub(crate) step: String,
    /// What was asked for. `None`: written before there were several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) audience: Option<Audience>,
    /// What begins if it is granted. `None`: it renews what is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) login: Option<Box<Beginning>>,
}

/// A credential that begins with the answer to a login. What is there stays as it is until then.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Beginning {
    pub(crate) grant: String,
    /// Of the new credential: greater than that of whatever is there.
    pub(crate) epoch: i64,
    pub(crate) bound: Binding,
    /// What the redirect and earlier steps gave.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) kept: BTreeMap<String, Kept>,
    /// SHA-256 over the attempt's nonce and each secret that was presented: none of them is taken for a token, whenever the
    /// answer is read. A password can be guessed by it, so it stands sealed in the journal alone, with the answer: a store has
    /// the journal's key, and with it whatever the hash could be keyed with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) presented: Vec<String>,
    /// What was open before, and is so still if nothing comes of the login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) over: Option<Box<Open>>,
}

impl Beginning {
    /// How a secret is noted that was presented by the attempt of this nonce.
    pub(crate) fn digest(nonce: &str, secret: &str) -> String {
        sha256_hex(&format!("{nonce}\n{secret}"))
    }

    /// Whether it was presented by that attempt.
    pub(crate) fn has_presented(&self, nonce: &str, text: &str) -> bool {
        self.presented.contains(&Beginning::digest(nonce, text))
    }
}

/// An answer that was looked into, and could not be read.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Seal {
    /// The nonce of what it is the answer to.
    pub(crate) attempt: String,
    pub(crate) step: String,
    /// As its attempt has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) audience: Option<Audience>,
    /// As its attempt has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) login: Option<Box<Beginning>>,
    pub(crate) raw: RawAnswer,
    /// Part of a secret stands among its names, which are not shown then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) names_a_secret: bool,
    /// Something was granted since then: the SHA-256 of the refresh token that came of it. Once the vendor takes that
    /// one, the answer is certainly of the past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) followed_by: Option<String>,
}

/// Which answer was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerAt {
    /// The one that nobody had tried to read.
    Unread,
    /// That of the seal at this place.
    Seal(usize),
}

impl Order {
    /// Whether a run could have written it: arithmetic on another would overflow.
    pub(crate) fn is_sane(self) -> bool {
        (-MOST..MOST).contains(&self.epoch) && self.generation < MOST.unsigned_abs()
    }
}

impl Open {
    pub(crate) fn new(attempt: Attempt) -> Open {
        Open { attempt, earlier: None }
    }

    fn attempts(&self) -> impl Iterator<Item = &Attempt> + Clone {
        [&self.attempt].into_iter().chain(self.earlier.as_deref())
    }

    /// Also of what is open beneath a login.
    fn change_each(&mut self, change: &mut dyn FnMut(&mut Attempt)) {
        change(&mut self.attempt);
        self.earlier.as_deref_mut().into_iter().for_each(&mut *change);
        let beneath = self.attempt.login.as_deref_mut().and_then(|login| login.over.as_deref_mut());
        beneath.into_iter().for_each(|open| open.change_each(change));
    }

    /// What is open if the attempt itself did nothing.
    pub(super) fn without_the_last(&self) -> Option<Open> {
        self.earlier.as_deref().cloned().map(Open::new)
    }

    /// What is open without the attempt of this nonce, if it is one of them.
    pub(super) fn without(self, nonce: &str) -> Option<Open> {
        match &self.earlier {
            _ if self.attempt.nonce == nonce => self.without_the_last(),
            Some(earlier) if earlier.nonce == nonce => Some(Open::new(self.attempt)),
            _ => Some(self),
        }
    }
}

impl Seal {
    pub(crate) fn new(of: &Attempt, raw: RawAnswer) -> Seal {
        let Attempt { nonce, step, audience, mut login, .. } = of.clone();
        // What was open beneath it goes on without it.
        if let Some(login) = &mut login {
            login.over = None;
        }
        Seal { attempt: nonce, step, audience, login, raw, names_a_secret: false, followed_by: None }
    }

    /// Nothing was granted since: what it holds may be the newest there is.
    pub(crate) fn is_last_word(&self) -> bool {
        self.followed_by.is_none()
    }
}

impl State {
    pub(crate) fn held(record: Record) -> State {
        State::Held(Box::new(record))
    }

    /// With what is open, if anything is.
    pub(super) fn of(base: Option<Box<Record>>, open: Option<Open>) -> State {
        match (base, open) {
            (base, Some(open)) => State::Open { base, open },
            (Some(record), None) => State::Held(record),
            (None, None) => State::Empty,
        }
    }
}

impl Credential {
    /// The first of a login, or of what begins without one.
    pub(crate) fn first(epoch: i64, sequence: u64, record: Record) -> Credential {
        let version = Version { order: Order { epoch, generation: 0 }, sequence };
        Credential { version, state: State::held(record), seals: Vec::new() }
    }

    pub(crate) fn buried(order: Order) -> Credential {
        let version = Version { order, sequence: BURIALS };
        Credential { version, state: State::Buried, seals: Vec::new() }
    }

    pub(crate) fn order(&self) -> Order {
        self.version.order
    }

    /// `None`: there is no credential, or only one that is just being made.
    pub(crate) fn record(&self) -> Option<&Record> {
        match &self.state {
            State::Empty | State::Buried => None,
            State::Held(record) => Some(record),
            State::Open { base, .. } | State::Answered { base, .. } => base.as_deref(),
        }
    }

    pub(crate) fn record_mut(&mut self) -> Option<&mut Record> {
        match &mut self.state {
            State::Empty | State::Buried => None,
            State::Held(record) => Some(record),
            State::Open { base, .. } | State::Answered { base, .. } => base.as_deref_mut(),
        }
    }

    /// Whether a code of the time step that began then was sent.
    pub(crate) fn has_used(&self, time_step: i64) -> bool {
        match self.record() {
            Some(record) => record.has_used(time_step),
            None => self.last_time_step() == Some(time_step),
        }
    }

    /// Codes of that time step are not sent again, whatever comes of this one.
    pub(crate) fn use_up(&mut self, time_step: i64) {
        match self.record_mut() {
            Some(record) => record.use_up(time_step),
            // Nothing gets older by it, also where a clock was set back.
            None => {
                let generation = &mut self.version.order.generation;
                *generation = u64::try_from(time_step).unwrap_or(0).max(*generation);
            }
        }
    }

    fn last_time_step(&self) -> Option<i64> {
        match self.record() {
            Some(record) => record.last_time_step(),
            None => i64::try_from(self.order().generation).ok().filter(|began| *began > 0),
        }
    }

    /// What comes in its place sends no code again either.
    pub(crate) fn hand_time_steps(&self, to: &mut Record) {
        match self.record() {
            Some(record) => to.take_time_steps(record),
            None => self.last_time_step().into_iter().for_each(|time_step| to.use_up(time_step)),
        }
    }

    /// What is left of it once it is forgotten: newer than any copy.
    pub(crate) fn tombstone(&self) -> Order {
        let last = self.last_time_step().and_then(|began| u64::try_from(began).ok());
        Order { epoch: self.order().epoch + 1, generation: last.unwrap_or(0) }
    }

    /// Where it may go: of a login whose answer nobody has read, as if it was granted.
    pub(crate) fn bound(&self) -> Option<&Binding> {
        let login = self.login().filter(|_| self.is_answered());
        let begun =
            || self.last_words().find_map(|(_, seal)| seal.login.as_deref()).map(|login| &login.bound);
        let record = || self.record().map(|record| &record.bound);
        login.map(|login| &login.bound).or_else(record).or_else(begun)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.record()?.refresh_token.as_ref()
    }

    /// What an earlier run left open, of the credential itself: beneath a login that is under way.
    pub(crate) fn open(&self) -> Option<&Open> {
        let open = self.under_way()?;
        match &open.attempt.login {
            Some(login) => login.over.as_deref(),
            None => Some(open),
        }
    }

    /// What is under way, and what is open beneath it.
    fn attempts(&self) -> impl Iterator<Item = &Attempt> {
        let beneath = self.login().and_then(|login| login.over.as_deref());
        self.under_way().into_iter().chain(beneath).flat_map(Open::attempts)
    }

    fn under_way(&self) -> Option<&Open> {
        match &self.state {
            State::Open { open, .. } | State::Answered { open, .. } => Some(open),
            State::Empty | State::Held(_) | State::Buried => None,
        }
    }

    /// The attempt and the login that an answer belongs to.
    pub(crate) fn login_of(&self, source: AnswerAt) -> Option<(&str, &Beginning)> {
        match source {
            AnswerAt::Unread => {
                let (attempt, _) = self.unread()?;
                Some((&attempt.nonce, attempt.login.as_deref()?))
            }
            AnswerAt::Seal(at) => {
                let seal = self.seals.get(at)?;
                Some((&seal.attempt, seal.login.as_deref()?))
            }
        }
    }

    /// The login under way.
    pub(crate) fn login(&self) -> Option<&Beginning> {
        self.logging_in_by()?.login.as_deref()
    }

    /// Its attempt.
    pub(crate) fn logging_in_by(&self) -> Option<&Attempt> {
        Some(&self.under_way()?.attempt).filter(|attempt| attempt.login.is_some())
    }

    /// The answer that nobody has tried to read, and what it is the answer to.
    pub(crate) fn unread(&self) -> Option<(&Attempt, &RawAnswer)> {
        match &self.state {
            State::Answered { open, raw, .. } => Some((&open.attempt, raw)),
            _ => None,
        }
    }

    /// Answers after which nothing was granted, the last first, each with its place among the seals.
    pub(crate) fn last_words(&self) -> impl Iterator<Item = (usize, &Seal)> {
        self.seals.iter().enumerate().rev().filter(|(_, seal)| seal.is_last_word())
    }

    /// An answer came that nobody can read, and nothing has been decided since: nothing is asked again by itself.
    pub(crate) fn awaits_a_reader(&self) -> bool {
        self.open().is_some() && self.last_words().any(|(_, seal)| seal.login.is_none())
    }

    /// Nobody has tried to read the answer: it may hold a better token, and may have ended the one at hand.
    pub(crate) fn is_answered(&self) -> bool {
        matches!(self.state, State::Answered { .. })
    }

    /// The intent to send. `earlier`: what is open before it, and stays so if nothing comes of it.
    pub(crate) fn opened(&self, attempt: Attempt, earlier: Option<Attempt>) -> Credential {
        let open = Open { attempt, earlier: earlier.map(Box::new) };
        self.next(1, State::Open { base: self.base(), open })
    }

    /// The intent to log in: what is there stays as it is until something is granted.
    pub(crate) fn logging_in(&self, mut attempt: Attempt, login: Beginning) -> Credential {
        let over = self.open().cloned().map(Box::new);
        attempt.login = Some(Box::new(Beginning { over, ..login }));
        self.next(1, State::Open { base: self.base(), open: Open::new(attempt) })
    }

    /// What a login goes on from: an answer that nobody has looked into is kept beside it.
    pub(crate) fn beneath_a_login(&self) -> Credential {
        let there = self.without_login();
        let Some((attempt, raw)) = there.unread() else { return there };
        let seal = Seal::new(attempt, raw.clone());
        let mut after = there.next(1, State::of(there.base(), there.open().cloned()));
        after.seals.push(seal);
        after
    }

    /// Whoever logged in is gone: nothing is known of it, and nothing came of it.
    pub(crate) fn without_login(&self) -> Credential {
        match &self.state {
            State::Open { base, open } if open.attempt.login.is_some() => {
                self.next(1, State::of(base.clone(), self.open().cloned()))
            }
            _ => self.clone(),
        }
    }

    /// The answer to what is open, as it came. Asks for no memory: it is not in the journal yet.
    pub(crate) fn answered(self, raw: RawAnswer) -> Credential {
        let version = self.version.after(1);
        match self.state {
            State::Open { base, open } | State::Answered { base, open, .. } => {
                Credential { version, state: State::Answered { base, open, raw }, seals: self.seals }
            }
            State::Empty | State::Held(_) | State::Buried => unreachable!("nothing was asked"),
        }
    }

    /// The first byte of what is open goes out now.
    pub(crate) fn sent_at(&mut self, now: Moment) {
        if let State::Open { open, .. } = &mut self.state {
            open.attempt.sent_at = now;
        }
    }

    /// With the attempts of this journal that lie ahead of every clock as sent `now`: when they were, nobody knows, and they
    /// are not to wait for that clock. `None`: there are none.
    pub(crate) fn dated(&self, journal: &str, now: &Moment) -> Option<Credential> {
        let ahead = |attempt: &Attempt| attempt.journal == journal && attempt.sent_at.age(now).is_none();
        self.attempts().find(|attempt| ahead(attempt))?;
        let mut dated = self.changed(|_| ());
        dated.change_each_attempt(&mut |attempt| {
            if ahead(attempt) {
                attempt.sent_at = now.clone();
            }
        });
        Some(dated)
    }

    /// Certainly nothing was sent: all is as it was before the intent, which was a write of its own.
    pub(crate) fn taken_back(&self) -> Credential {
        self.next(2, State::of(self.base(), self.open().cloned()))
    }

    /// The same login with another record, and nothing new of what is open.
    pub(crate) fn changed(&self, change: impl FnOnce(&mut Record)) -> Credential {
        let mut after = self.next(1, self.state.clone());
        if let Some(record) = after.record_mut() {
            change(record);
        }
        after
    }

    /// The same login with another record that is to be everywhere: a copy that is behind is brought up to it.
    pub(crate) fn superseded(&self, change: impl FnOnce(&mut Record)) -> Credential {
        let mut after = self.changed(change);
        after.version.order.generation += 1;
        after
    }

    /// The same, written later than `there`.
    pub(crate) fn after(mut self, there: &Credential) -> Credential {
        if self.order() == there.order() {
            self.version.sequence = self.version.sequence.max(there.version.sequence) + 1;
        }
        self
    }

    /// Nobody else asks for other tokens of this login: what was noted before there were several is of this audience.
    pub(crate) fn adopt(&mut self, audience: &Audience) {
        if let Some(record) = self.record_mut() {
            record.adopt(audience);
        }
        let unnamed = self.seals.iter_mut().map(|seal| &mut seal.audience);
        unnamed.filter(|of| of.is_none()).for_each(|of| *of = Some(audience.clone()));
        self.change_each_attempt(&mut |attempt| {
            attempt.audience.get_or_insert_with(|| audience.clone());
        });
    }

    fn change_each_attempt(&mut self, change: &mut dyn FnMut(&mut Attempt)) {
        if let State::Open { open, .. } | State::Answered { open, .. } = &mut self.state {
            open.change_each(change);
        }
    }

    /// What follows an answer: a new record, what stays open, and what is not read yet.
    pub(super) fn settled(
        &self,
        rotations: u64,
        record: Option<Record>,
        open: Option<Open>,
        seals: Vec<Seal>,
    ) -> Credential {
        let mut after = self.next(1, State::of(record.map(Box::new), open));
        after.version.order.generation += rotations;
        Credential { seals, ..after }
    }

    /// Without the answers that were not read: a person has given them up, as if they had been lost on their way.
    pub(crate) fn given_up(&self) -> Credential {
        self.without_answers().changed(|_| ())
    }

    pub(super) fn base(&self) -> Option<Box<Record>> {
        self.record().cloned().map(Box::new)
    }

    pub(super) fn next(&self, writes: u64, state: State) -> Credential {
        Credential { version: self.version.after(writes), state, seals: self.seals.clone() }
    }

    /// A copy that was made from the same write.
    pub(crate) fn is_copy_of(&self, other: &Credential) -> bool {
        self.version == other.version && self.refresh_token() == other.refresh_token()
    }

    /// Numbers that a run could have written: arithmetic on others would overflow.
    pub(crate) fn is_sane(&self) -> bool {
        let attempts: Vec<&Attempt> = self.attempts().collect();
        let logins = attempts.iter().filter_map(|attempt| attempt.login.as_ref());
        let logins = logins.chain(self.seals.iter().filter_map(|seal| seal.login.as_ref()));
        let whole = logins.into_iter().all(|login| (-MOST..MOST).contains(&login.epoch));
        let moments = self.record().into_iter().flat_map(Record::moments);
        let moments = moments.chain(attempts.iter().map(|attempt| &attempt.sent_at));
        let moments = moments.chain(self.answers().map(|answer| &answer.at));
        let mut times: Vec<i64> = moments.flat_map(|moment| [moment.wall_ms, moment.boot_ms]).collect();
        times.extend(self.record().and_then(|record| record.refresh_expires_ms));
        times.iter().all(|time| (-MOST..MOST).contains(time))
            && whole
            && attempts.into_iter().all(|attempt| attempt.replays < u32::MAX)
            && self.order().is_sane()
            && self.version.sequence < MOST.unsigned_abs()
    }

    /// Every answer that it holds as it came, in a fixed order.
    pub(crate) fn answers(&self) -> impl Iterator<Item = &RawAnswer> {
        self.seals.iter().map(|seal| &seal.raw).chain(self.unread().map(|(_, raw)| raw))
    }

    /// The same, to put back what was written beside it.
    pub(crate) fn answers_mut(&mut self) -> impl Iterator<Item = &mut RawAnswer> {
        let raw = match &mut self.state {
            State::Answered { raw, .. } => Some(raw),
            _ => None,
        };
        self.seals.iter_mut().map(|seal| &mut seal.raw).chain(raw)
    }

    /// Without the answers and what they are read with, which are the journal's alone: what a store is given stays small.
    pub(crate) fn without_answers(&self) -> Credential {
        let mut state = match self.state.clone() {
            State::Answered { base, open, .. } => State::Open { base, open },
            other => other,
        };
        if let State::Open { open: Open { attempt: Attempt { login: Some(login), .. }, .. }, .. } = &mut state
        {
            login.presented.clear();
        }
        Credential { version: self.version, state, seals: Vec::new() }
    }
}

impl Version {
    fn after(self, writes: u64) -> Version {
        Version { sequence: self.sequence + writes, ..self }
    }
}

/// What a journal and a store together say: the newer copy is right, completed by the other. The journal
/// is that of `journal`: an intent that names it counts only if it holds it, because it is written there
/// last, just before the first byte; otherwise nothing was sent.
pub(crate) fn merged(
    held: Option<&Credential>,
    stored: Option<&Credential>,
    journal: Option<&str>,
) -> Credential {
    let mut right = match (held, stored) {
        (Some(held), Some(stored)) => newest(held, stored),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => return Credential::default(),
    };
    if let Some(held) = held.filter(|held| held.order() == right.order())
        && let (Some(record), Some(fuller)) = (right.record_mut(), held.record())
    {
        record.complete_from(fuller);
    }
    // A store holds no answers.
    if let Some(held) = held.filter(|held| held.order().epoch == right.order().epoch)
        && right.seals.is_empty()
    {
        right.seals.clone_from(&held.seals);
    }
    keep_login_answer(&mut right, held);
    match right.open() {
        Some(open) if Some(open.attempt.journal.as_str()) == journal => as_the_journal_has_it(right, held),
        _ => right,
    }
}

/// With the attempt that the journal holds, and the answer to it.
fn as_the_journal_has_it(right: Credential, held: Option<&Credential>) -> Credential {
    let own = held.and_then(Credential::open);
    // The answer to a login is not that to what lies open beneath it.
    let held = held.filter(|held| held.login().is_none());
    let unread = held.and_then(Credential::unread).map(|(_, raw)| raw.clone());
    let nonce = |open: &Open| open.attempt.nonce.clone();
    let same = own.map(nonce) == right.open().map(nonce);
    if same && right.is_answered() {
        return right;
    }
    // Its own copy of the attempt may be the later one.
    let open = if same { right.open() } else { own }.cloned();
    let state = match (open, unread) {
        (Some(open), Some(raw)) => State::Answered { base: right.base(), open, raw },
        _ if same => return right,
        (open, _) => State::of(right.base(), open),
    };
    right.next(1, state)
}

/// The answer to a login that nobody has looked into outlives a credential that was renewed elsewhere meanwhile. It is read
/// before anything else, unless something is under way that was sent since.
fn keep_login_answer(right: &mut Credential, held: Option<&Credential>) {
    let Some(held) = held.filter(|_| right.login_of(AnswerAt::Unread).is_none()) else { return };
    let newer = held.login_of(AnswerAt::Unread).is_some_and(|(_, login)| login.epoch > right.order().epoch);
    let Some((attempt, raw)) = held.unread().filter(|_| newer) else { return };
    if right.seals.iter().any(|known| known.attempt == attempt.nonce) {
        return;
    }
    if !matches!(right.state, State::Held(_) | State::Empty) {
        return right.seals.push(Seal::new(attempt, raw.clone()));
    }
    let mut open = Open::new(attempt.clone());
    // What was open beneath it went on without it.
    open.attempt.login.iter_mut().for_each(|login| login.over = None);
    *right = right.next(1, State::Answered { base: right.base(), open, raw: raw.clone() });
}

/// The right one of two copies. Of two rotations of one token, in which no version tells, that which was obtained later.
fn newest(left: &Credential, right: &Credential) -> Credential {
    let twins = left.order() == right.order() && left.refresh_token() != right.refresh_token();
    match (left.record(), right.record()) {
        (Some(one), Some(other)) if twins => {
            // The other may yet be the live one.
            let token =
                |record: &Record| record.refresh_token.as_ref().map(|token| token.expose().to_owned());
            let left_is_later = match one.refresh_obtained.since(&other.refresh_obtained) {
                0 => token(one) > token(other),
                later => later > 0,
            };
            if left_is_later { with_twin(left, right) } else { with_twin(right, left) }
        }
        _ if left.version >= right.version => left.clone(),
        _ => right.clone(),
    }
}

fn with_twin(winner: &Credential, loser: &Credential) -> Credential {
    let mut winner = winner.clone();
    winner.version.sequence = winner.version.sequence.max(loser.version.sequence) + 1;
    let Some(lost) = loser.record() else { return winner };
    if let Some(record) = winner.record_mut() {
        // The twin of what is held is likelier to live than what either kept beside it.
        let own = std::mem::take(&mut record.candidates);
        let others = lost.candidates.iter().filter(|token| !record.is_spent(token)).cloned();
        let twin = lost.refresh_token.iter().filter(|token| !record.is_spent(token)).cloned();
        let likeliest_first: Vec<RefreshToken> = twin.chain(own).chain(others).collect();
        likeliest_first.into_iter().for_each(|token| record.keep_candidate(token));
    }
    winner
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::array::uniform3;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::subsequence;
    use serde_json::Value;

    use super::*;
    use crate::base::digest::sha256_hex;
    use crate::credential::access::AccessExpiry;
    use crate::testing::samples::{Any, access, answered, any_credential, attempt, credential, moment, raw};

    fn both(one: &Credential, other: &Credential) -> Credential {
        merged(Some(one), Some(other), None)
    }

    #[test]
    fn the_newest_copy_wins_and_a_twin_becomes_a_candidate() {
        let newest = |a: &Credential, b: &Credential| {
            let token = |both: Credential| both.refresh_token().map(|token| token.expose().to_owned());
            assert_eq!(token(both(a, b)), token(both(b, a)), "whichever comes first");
            token(both(a, b)).expect("held")
        };
        assert_eq!(newest(&credential(2, 0, 1, "new login"), &credential(1, 9, 9, "old")), "new login");
        assert_eq!(newest(&credential(1, 2, 1, "rotated"), &credential(1, 1, 9, "old")), "rotated");
        let (a, b) = (credential(1, 2, 3, "a"), credential(1, 2, 4, "b"));
        assert_eq!(newest(&a, &b), "b");
        let twin = both(&a, &b);
        assert_eq!(twin.record().expect("held").candidates, [RefreshToken::new("a")]);
        assert_eq!(twin.version.sequence, 5);
    }

    #[test]
    fn nothing_is_nothing_and_one_copy_is_enough() {
        assert!(matches!(merged(None, None, None).state, State::Empty));
        let one = credential(1, 2, 3, "a");
        assert!(merged(Some(&one), None, None).is_copy_of(&one));
        assert!(merged(None, Some(&one), None).is_copy_of(&one));
    }

    #[test]
    fn what_a_small_item_left_out_comes_from_the_journal_of_the_same_rotation_only() {
        let mut fuller = credential(1, 2, 3, "a");
        fuller
            .record_mut()
            .expect("held")
            .set_access(&Audience::default(), Some(access("at", moment(1), AccessExpiry::Unknown)));
        let mut item = credential(1, 2, 4, "a");
        assert!(both(&fuller, &item).record().expect("held").access(&Audience::default()).is_some());
        item.version.order.generation = 3;
        assert!(
            both(&fuller, &item).record().expect("held").access(&Audience::default()).is_none(),
            "another rotation"
        );
    }

    #[test]
    fn what_was_sent_by_a_clock_that_was_set_back_counts_as_sent_now() {
        // Both were sent in second 50.
        let asked = credential(1, 2, 3, "a").opened(attempt(0), Some(attempt(1)));
        assert!(asked.dated("j", &moment(50)).is_none() && asked.dated("j", &moment(51)).is_none());
        assert!(asked.dated("another", &moment(20)).is_none(), "its own clock tells");
        let dated = asked.dated("j", &moment(20)).expect("it lies ahead");
        assert!(dated.version > asked.version);
        let open = dated.open().expect("as before");
        for attempt in [Some(&open.attempt), open.earlier.as_deref()] {
            assert_eq!(attempt.expect("as before").sent_at, moment(20));
        }
        assert!(credential(1, 2, 3, "a").dated("j", &moment(0)).is_none());
    }

    #[test]
    fn an_intent_counts_only_if_its_own_journal_holds_it() {
        let held = credential(1, 2, 3, "a");
        let intent = held.opened(attempt(0), None);
        let here = merged(Some(&held), Some(&intent), Some("j"));
        assert!(here.open().is_none() && here.version > intent.version, "nothing was sent");
        let there = merged(Some(&held), Some(&intent), Some("another"));
        assert!(there.open().is_some(), "only a run there knows");
        let sent = merged(Some(&intent), Some(&intent), Some("j"));
        assert!(sent.is_copy_of(&intent));
        // An earlier attempt, and its answer, are what is open then.
        let before = answered(&held, 200, "{}");
        let mut later = before.opened(Attempt { nonce: "m".into(), ..attempt(1) }, Some(attempt(0)));
        later.version.sequence += 9;
        let back = merged(Some(&before), Some(&later), Some("j"));
        assert!(back.is_answered() && back.open().is_some_and(|open| open.attempt.nonce == "n"));
    }

    #[test]
    fn an_answer_that_only_the_journal_holds_outlives_a_later_copy_of_the_store() {
        let answered = answered(&credential(1, 2, 3, "a"), 200, "body");
        let stored = answered.changed(|_| ()).without_answers();
        let both = merged(Some(&answered), Some(&stored), Some("j"));
        assert_eq!(both.unread().map(|(_, raw)| raw.body.as_slice()), Some(&b"body"[..]));
        assert!(both.version > stored.version && both.is_answered());
        // Decided meanwhile, it is read.
        let decided = Credential { version: stored.version, ..credential(1, 2, 3, "a") };
        assert!(merged(Some(&answered), Some(&decided), Some("j")).unread().is_none());
    }

    #[test]
    fn a_step_back_leaves_what_was_open_before_and_is_newer_than_the_intent() {
        let held = credential(1, 2, 3, "a");
        let intent = held.opened(attempt(0), None);
        let back = held.taken_back();
        assert!(back.version > intent.version && matches!(back.state, State::Held(_)));
        let replay = intent.opened(Attempt { nonce: "m".into(), ..attempt(1) }, Some(attempt(0)));
        let again = intent.taken_back();
        assert!(again.version > replay.version && again.record().is_some());
        assert_eq!(again.open().map(|open| open.attempt.replays), Some(0));
    }

    #[test]
    fn answers_are_the_journals_alone() {
        let answered = answered(&credential(1, 2, 3, "a"), 200, "{}");
        assert_eq!(answered.answers().count(), 1);
        let kept = answered.without_answers();
        assert!(kept.answers().next().is_none() && kept.open().is_some() && kept.is_copy_of(&answered));
        let mut held = credential(1, 1, 1, "a");
        held.seals = vec![Seal::new(&attempt(0), raw(200, "x"))];
        assert!(held.answers().count() == 1 && held.without_answers().answers().next().is_none());
    }

    #[test]
    fn seals_outlive_the_next_request_and_a_later_copy_of_the_store_but_no_new_login() {
        let mut held = credential(1, 2, 3, "a");
        held.seals = vec![Seal::new(&attempt(0), raw(200, "x"))];
        assert_eq!(held.opened(attempt(1), None).answered(raw(500, "")).seals.len(), 1);
        let stored = credential(1, 3, 4, "b");
        assert_eq!(merged(Some(&held), Some(&stored), Some("j")).seals.len(), 1);
        let login = credential(2, 0, 1, "c");
        assert!(merged(Some(&held), Some(&login), Some("j")).seals.is_empty());
        let given_up = answered(&held, 200, "y").given_up();
        assert!(given_up.answers().next().is_none() && given_up.open().is_some());
        assert!(given_up.version > held.version);
    }

    #[test]
    fn without_one_of_two_attempts_the_other_is_open() {
        let named = |nonce: &str| Attempt { nonce: nonce.into(), ..attempt(0) };
        let open = Open { attempt: named("late"), earlier: Some(Box::new(named("early"))) };
        let left = |nonce: &str| {
            open.clone().without(nonce).map(|open| (open.attempt.nonce, open.earlier.is_some()))
        };
        assert_eq!(left("late"), Some(("early".to_owned(), false)));
        assert_eq!(left("early"), Some(("late".to_owned(), false)));
        assert_eq!(left("another"), Some(("late".to_owned(), true)));
        assert!(Open::new(named("late")).without("late").is_none());
    }

    #[test]
    fn what_was_noted_before_there_were_several_audiences_is_of_the_one_who_asks_alone() {
        let unnamed = |replays| Attempt { audience: None, ..attempt(replays) };
        let own = Audience::of([("scope", "a")]);
        let mut there = credential(1, 2, 3, "a").opened(unnamed(1), Some(unnamed(0))).answered(raw(200, ""));
        there.seals = vec![Seal::new(&unnamed(0), raw(200, "x")), Seal::new(&attempt(0), raw(200, "y"))];
        let version = there.version;
        there.adopt(&own);
        let open = there.open().expect("as before");
        assert_eq!(open.attempt.audience.as_ref(), Some(&own));
        assert_eq!(open.earlier.as_ref().and_then(|earlier| earlier.audience.as_ref()), Some(&own));
        let seals: Vec<_> = there.seals.iter().map(|seal| seal.audience.clone()).collect();
        assert_eq!(seals, [Some(own), Some(Audience::default())]);
        assert!(there.version == version, "nothing was written");
    }

    fn beginning() -> Beginning {
        Beginning {
            grant: "password".into(),
            epoch: 2,
            bound: Binding { origins: Vec::new(), client_id: None, discovered: None },
            kept: BTreeMap::new(),
            presented: vec![Beginning::digest("n", "password-1")],
            over: None,
        }
    }

    #[test]
    fn what_lies_open_beneath_a_login_is_dated_and_adopted_too() {
        let unnamed = |replays| Attempt { audience: None, ..attempt(replays) };
        let beneath = credential(1, 2, 3, "a").opened(unnamed(1), Some(unnamed(0)));
        let asked = beneath.logging_in(unnamed(2), beginning());
        let own = Audience::of([("scope", "a")]);
        for mut there in [asked.clone(), asked.answered(raw(200, ""))] {
            there = there.dated("j", &moment(20)).expect("all lie ahead");
            there.adopt(&own);
            let all: Vec<&Attempt> = there.attempts().collect();
            assert_eq!(all.len(), 3);
            for attempt in all {
                assert_eq!((&attempt.sent_at, attempt.audience.as_ref()), (&moment(20), Some(&own)));
            }
            assert!(there.dated("j", &moment(20)).is_none());
        }
    }

    #[test]
    fn what_a_login_presented_can_be_known_by_the_journal_alone() {
        let asked = credential(1, 2, 3, "a").logging_in(attempt(0), beginning());
        let answered = asked.clone().answered(raw(200, "password-1"));
        for there in [&asked, &answered] {
            let kept = json(&there.without_answers()).to_string();
            assert!(!kept.contains(&Beginning::digest("n", "password-1")), "{kept}");
        }
        // It reads the answer, whatever a store says.
        let right = merged(Some(&answered), Some(&asked.without_answers()), Some("j"));
        let (nonce, login) = right.login_of(AnswerAt::Unread).expect("unread");
        assert!(login.has_presented(nonce, "password-1") && !login.has_presented(nonce, "other"));
        // One that an earlier program gave to a store opens.
        let mut old = json(&asked);
        old["state"]["open"]["attempt"]["login"]["time_step"] = 1_230.into();
        let old: Credential = serde_json::from_value(old).expect("as ever");
        assert!(old.is_copy_of(&asked) && old.login().is_some());
    }

    /// Three of few tokens and two orders, so that copies meet their likes. As in life a
    /// token of an order was obtained once, and one of its copies is as good as another.
    fn three_copies() -> impl Strategy<Value = [Any<Credential>; 3]> {
        const NAMES: [&str; 4] = ["a", "b", "c", "d"];
        let one = (0..3_i64, 1..4_u64, subsequence(&NAMES[..], 0..=2), subsequence(&NAMES[..], 0..=1));
        (vec(one, 8), uniform3((0..2_usize, 0..4_usize))).prop_map(|(world, picks)| {
            picks.map(|(generation, token)| {
                let (obtained, sequence, candidates, spent) = &world[generation * 4 + token];
                let others = |names: &Vec<&'static str>| -> Vec<&'static str> {
                    names.iter().copied().filter(|name| *name != NAMES[token]).collect()
                };
                let mut copy = credential(1, generation as u64, *sequence, NAMES[token]);
                let record = copy.record_mut().expect("held");
                record.refresh_obtained = moment(*obtained);
                record.candidates = others(candidates).into_iter().map(RefreshToken::new).collect();
                record.spent = others(spent).into_iter().map(sha256_hex).collect();
                Any(copy)
            })
        })
    }

    fn names<'a>(tokens: impl IntoIterator<Item = &'a RefreshToken>) -> Vec<&'a str> {
        tokens.into_iter().map(RefreshToken::expose).collect()
    }

    fn json(credential: &Credential) -> Value {
        serde_json::to_value(credential).expect("JSON")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn the_newest_of_copies_is_the_same_in_any_order([Any(a), Any(b), Any(c)] in three_copies()) {
            prop_assert_eq!(json(&both(&a, &b)), json(&both(&b, &a)));
            prop_assert_eq!(json(&both(&a, &a)), json(&a));
            let (left, right) = (both(&both(&a, &b), &c), both(&a, &both(&b, &c)));
            prop_assert_eq!(left.order(), right.order());
            prop_assert_eq!(left.refresh_token(), right.refresh_token());
        }

        #[test]
        fn twins_lose_no_token_that_may_be_live([Any(a), Any(b), _] in three_copies()) {
            prop_assume!(a.order() == b.order() && a.refresh_token() != b.refresh_token());
            let both = both(&a, &b);
            let record = both.record().expect("held");
            prop_assert!(both.version > a.version && both.version > b.version, "a write of its own");
            prop_assert!(!record.candidates.iter().any(|token| Some(token) == record.refresh_token.as_ref()));
            let first = both.refresh_token();
            let (winner, loser) = if first == a.refresh_token() { (&a, &b) } else { (&b, &a) };
            let (won, lost) = (winner.record().expect("held"), loser.record().expect("held"));
            prop_assert!(won.refresh_token.as_ref() == first && won.refresh_obtained.wall_ms >= lost.refresh_obtained.wall_ms);
            // Two beside the first: the loser's own, unless the winner knows it to be spent, then what
            // the winner and the loser kept beside theirs. Nothing else may be lost.
            let live = |token: &&RefreshToken| !won.is_spent(token);
            let twin = lost.refresh_token.iter().filter(live);
            let mut wanted = names(twin.chain(&won.candidates).chain(lost.candidates.iter().filter(live)));
            let mut known: BTreeSet<&str> = names(first).into_iter().collect();
            wanted.retain(|name| known.insert(name));
            wanted.truncate(2);
            prop_assert_eq!(names(&record.candidates), wanted);
            prop_assert_eq!(&record.spent, &won.spent);
        }

        #[test]
        fn every_state_comes_back_as_it_was_written(Any(there) in any_credential()) {
            let back: Credential = serde_json::from_value(json(&there)).expect("read");
            prop_assert_eq!(json(&back), json(&there));
            prop_assert!(back.is_copy_of(&there) && there.is_sane());
            prop_assert_eq!(back.is_answered(), there.is_answered());
        }
    }
}
