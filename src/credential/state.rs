//! The state of a credential, one of five.
//!
//! The rule that matters: what happens to a credential is a step from one state to the next,
//! each with a version of its own. What a credential is doing is never inferred from times.

use serde::{Deserialize, Serialize};

use super::attempt;
pub(crate) use super::attempt::{Attempt, Beginning, Open, Seal};
use super::audience::Audience;
use super::record::{Binding, Record};
use super::secrets::RefreshToken;
use crate::base::clock::Moment;
use crate::base::machine;
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

/// What there is to lose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Nothing,
    /// A record of what was tried; nothing ever came of that.
    Bare,
    /// A first login whose answer never came.
    Begun,
    /// Answers to a first login, which nobody has read.
    Answers,
    Record,
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

    pub(super) fn refresh_token(&self) -> Option<&RefreshToken> {
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

    /// Answers to logins that nobody could read.
    pub(crate) fn seals_of_logins(&self) -> usize {
        self.seals.iter().filter(|seal| seal.login.is_some()).count()
    }

    /// No more than so many of them: the oldest go first.
    pub(crate) fn leave_seals_of_logins(&mut self, most: usize) {
        let mut more = self.seals_of_logins().saturating_sub(most);
        self.seals.retain(|seal| {
            let goes = more > 0 && seal.login.is_some();
            more -= usize::from(goes);
            !goes
        });
    }

    /// Answers after which nothing was granted, the last first, each with its place among the seals.
    pub(crate) fn last_words(&self) -> impl Iterator<Item = (usize, &Seal)> {
        self.seals.iter().enumerate().rev().filter(|(_, seal)| seal.is_last_word())
    }

    /// An answer came that nobody can read, and nothing has been decided since: nothing is asked again by itself.
    pub(crate) fn awaits_a_reader(&self) -> bool {
        self.open().is_some() && self.last_words().any(|(_, seal)| seal.login.is_none())
    }

    /// An answer is kept that nobody has looked into or could read, and nothing was granted after it: it may hold the login
    /// that lives.
    pub(crate) fn has_unread_answers(&self) -> bool {
        self.is_answered() || self.last_words().next().is_some()
    }

    pub(crate) fn content(&self) -> Content {
        if let Some(record) = self.record() {
            let waits = self.answers().next().is_some() || self.open().is_some() || self.login().is_some();
            if record.is_bare() && !waits { Content::Bare } else { Content::Record }
        } else if self.answers().next().is_some() {
            Content::Answers
        } else if self.login().is_some() {
            Content::Begun
        } else {
            Content::Nothing
        }
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

    /// The vendor looked at nothing and asks for another proof: all is as it was before the question.
    pub(crate) fn challenged(&self) -> Credential {
        let left = match self.under_way().and_then(|open| open.attempt.login.as_deref()) {
            Some(login) => login.over.as_deref().cloned(),
            None => self.under_way().and_then(Open::without_the_last),
        };
        self.next(1, State::of(self.base(), left))
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

    /// What another journal saw being sent is this one's to go on with: there nobody will.
    /// Whether there was any.
    /// `sent`: when that was, if the clock by which it is noted may be another one's.
    /// `holder`: whose journal that is, if it may hold the answer.
    pub(crate) fn take_over(&mut self, journal: &str, sent: Option<&Moment>, holder: Option<&str>) -> bool {
        let any = self.attempts().any(|attempt| attempt.journal != journal);
        if any {
            self.version = self.version.after(1);
            self.change_each_attempt(&mut |attempt| {
                if attempt.journal != journal {
                    sent.iter().for_each(|sent| attempt.sent_at = (*sent).clone());
                    let holder = holder.filter(|holder| !attempt.sent_by.iter().any(|known| known == holder));
                    attempt.sent_by.extend(holder.map(str::to_owned));
                }
                attempt.journal = journal.to_owned();
            });
        }
        any
    }

    /// Whatever was not read came before the refresh token that is held.
    pub(super) fn follow_seals(&mut self) {
        let Some(record) = self.record() else { return };
        let (held, spent) = (record.refresh_token.clone(), record.spent.clone());
        held.iter().for_each(|token| attempt::follow(&mut self.seals, token, &spent));
    }

    pub(crate) fn is_buried(&self) -> bool {
        matches!(self.state, State::Buried)
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

    /// The same as another login.
    pub(crate) fn begun_anew(mut self, epoch: i64, sequence: u64) -> Credential {
        self.version = Version { order: Order { epoch, ..self.order() }, sequence };
        self
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
            && attempts.iter().all(|attempt| attempt.replays < u32::MAX)
            && attempts.iter().flat_map(|attempt| &attempt.sent_by).all(|name| machine::is_plain(name))
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::credential::merge::merged;
    use crate::testing::samples::{Any, answered, any_credential, attempt, credential, moment, raw};

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
            dpop: None,
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

    fn json(credential: &Credential) -> Value {
        serde_json::to_value(credential).expect("JSON")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn every_state_comes_back_as_it_was_written(Any(there) in any_credential()) {
            let back: Credential = serde_json::from_value(json(&there)).expect("read");
            prop_assert_eq!(json(&back), json(&there));
            prop_assert!(back.is_copy_of(&there) && there.is_sane());
            prop_assert_eq!(back.is_answered(), there.is_answered());
        }
    }
}
