//! One machine of the fleet, step by step: between any two of them it may be killed, sleep, or be overtaken.

use std::sync::Arc;
use std::time::Duration;

use super::copies::{Copy, at, named, policy};
use super::vendor::Answer;
use super::{Claim, Connects, Fleet, Keeps, State, Vault};
use crate::credential::fleet::{Consent, FleetClaim, Machine, Recovery, Verdict};
use crate::credential::retry::{self, Class};

/// A machine that slept for so long between its look and the send looks again.
const STALE_LOOK: u16 = 30;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Member {
    pub(super) recovery: Recovery,
    /// How often it lost its journal.
    pub(super) lives: u8,
    pub(super) journal: Option<Copy>,
    /// In its last attempt it came as far as a connection to the vendor.
    pub(super) connected: bool,
    pub(super) run: Run,
}

/// What a run has seen of the vault, or written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Seen {
    version: u8,
    copy: Copy,
    claim: Claim,
    written: u16,
}

/// An attempt, from the look on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Try {
    seen: Seen,
    looked: u16,
    before: Copy,
    intent: Copy,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Run {
    Idle,
    /// It may present the token.
    Ready(Try),
    Claimed(Try),
    /// Its claim says `sent`.
    Announced(Try),
    /// The request is out.
    Waiting(Try),
    /// The journal has the answer.
    Sealed {
        seen: Option<Seen>,
        copy: Copy,
    },
    /// What the journal has goes into the vault.
    Saving {
        seen: Option<Seen>,
        ours: Copy,
        looked: Option<u16>,
    },
    /// Of its write it heard nothing; what stands at that version will say how it went on.
    Unheard(Box<Run>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// Reads vault and journal; with or without somebody who allows to repeat what another machine sent.
    Look(bool),
    Propose(Wire),
    Announce(Wire),
    Send,
    NotSent,
    Receive,
    TimeOut,
    Read,
    Save(Wire),
    ReadBack,
    Kill,
}

/// What becomes of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Wire {
    Answered,
    /// Its answer is lost.
    Lost,
    /// It was not heard of, and the run gives up; it lands when everybody has forgotten it, or never.
    Late,
}

pub(super) const STEPS: [Step; 17] = [
    Step::Look(false),
    Step::Look(true),
    Step::Propose(Wire::Answered),
    Step::Propose(Wire::Lost),
    Step::Propose(Wire::Late),
    Step::Announce(Wire::Answered),
    Step::Announce(Wire::Lost),
    Step::Announce(Wire::Late),
    Step::Send,
    Step::NotSent,
    Step::Receive,
    Step::TimeOut,
    Step::Read,
    Step::Save(Wire::Answered),
    Step::Save(Wire::Lost),
    Step::ReadBack,
    Step::Kill,
];

impl Member {
    pub(super) fn new(recovery: Recovery) -> Member {
        Member { recovery, lives: 0, journal: None, connected: false, run: Run::Idle }
    }

    pub(super) fn machine(&self, number: u8) -> Machine {
        Machine {
            holder: format!("m{number}"),
            journal: format!("j{number}.{}", self.lives),
            noted: None,
            recovery: self.recovery,
        }
    }

    /// Tokens that it has, in its journal and in memory.
    pub(super) fn tokens(&self) -> u32 {
        self.run.tokens() | self.journal.map_or(0, Copy::tokens)
    }
}

impl Run {
    fn takes(&self, step: Step) -> bool {
        match step {
            Step::Look(_) => *self == Run::Idle,
            Step::Propose(_) => matches!(self, Run::Ready(_)),
            Step::Announce(_) => matches!(self, Run::Claimed(_)),
            Step::Send | Step::NotSent => matches!(self, Run::Claimed(_) | Run::Announced(_)),
            Step::Receive | Step::TimeOut => matches!(self, Run::Waiting(_)),
            Step::Read => matches!(self, Run::Sealed { .. }),
            Step::Save(_) => matches!(self, Run::Saving { .. }),
            Step::ReadBack => matches!(self, Run::Unheard(_)),
            Step::Kill => *self != Run::Idle,
        }
    }

    fn tokens(&self) -> u32 {
        match self {
            Run::Sealed { copy, .. } | Run::Saving { ours: copy, .. } => copy.tokens(),
            Run::Unheard(next) => next.tokens(),
            _ => 0,
        }
    }
}

/// What a look comes to.
pub(super) enum Turn {
    Go(Try),
    /// The answer that was sealed is read first.
    Read(Copy),
    Stop(Stop),
}

/// Why nothing is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Another one is waited for.
    Waits,
    /// This machine may have the answer.
    Blocked(u8),
    /// The vendor said no; these machines, as bits, are said to have presented the token before.
    Refused { sent_by: u8 },
    /// It was sent with a journal that is no machine's.
    Foreign,
    /// The token is not presented again.
    UsedUp,
}

impl Fleet {
    /// `None`: it is not that far, or nothing changes.
    pub(super) fn step(&self, before: &State, number: u8, step: Step) -> Option<State> {
        if !before.members[usize::from(number)].run.takes(step) {
            return None;
        }
        let mut after = before.clone();
        let run = std::mem::replace(&mut after.members[usize::from(number)].run, Run::Idle);
        match (step, run) {
            (Step::Look(consents), Run::Idle) => {
                after.consents = after.consents.checked_sub(u8::from(consents))?;
                after.consented |= consents;
                let seen = Seen::of(&after);
                let looked = after.now;
                self.looked(&mut after, number, seen, looked, consents);
            }
            (Step::Propose(wire), Run::Ready(attempt)) => {
                after.member(number).run = self.propose(&mut after, number, attempt, wire)?;
            }
            (Step::Announce(wire), Run::Claimed(attempt)) if self.protocol.sent => {
                self.announce(&mut after, number, attempt, wire)?;
            }
            (Step::Send, Run::Announced(attempt)) => self.send(&mut after, number, attempt),
            (Step::Send, Run::Claimed(attempt)) if !self.protocol.sent => {
                self.send(&mut after, number, attempt);
            }
            (Step::NotSent, Run::Claimed(attempt) | Run::Announced(attempt)) if self.protocol.sent => {
                after.not_sent = after.not_sent.checked_sub(1)?;
                self.take_back(&mut after, number, &attempt, Some(attempt.seen.clone()));
            }
            (Step::Receive, Run::Waiting(attempt)) => {
                let at = after.vendor.awaited_by(number)?;
                let answer = after.vendor.requests[at].answer.filter(|answer| *answer != Answer::Never)?;
                after.vendor.requests.remove(at);
                let copy = attempt.intent.answered(Some(answer), after.now);
                self.write_journal(&mut after, number, copy);
                after.member(number).run = Run::Sealed { seen: Some(attempt.seen), copy };
            }
            (Step::TimeOut, Run::Waiting(attempt)) => {
                after.timeouts = after.timeouts.checked_sub(1)?;
                after.vendor.leave(number);
                let copy = attempt.intent.answered(None, after.now);
                self.write_journal(&mut after, number, copy);
                after.member(number).run = Run::Sealed { seen: Some(attempt.seen), copy };
            }
            (Step::Read, Run::Sealed { seen, copy }) => self.read(&mut after, number, seen, copy),
            (Step::Save(_), Run::Saving { seen, ours, looked }) => {
                self.save(&mut after, number, seen, ours, looked);
            }
            (Step::ReadBack, Run::Unheard(next)) => after.member(number).run = *next,
            (Step::Kill, run) if run != Run::Idle => {
                after.kills = after.kills.checked_sub(1)?;
                self.kill(&mut after, number);
            }
            _ => return None,
        }
        if let Step::Propose(Wire::Lost) | Step::Announce(Wire::Lost) | Step::Save(Wire::Lost) = step {
            after.lost = after.lost.checked_sub(1)?;
            let next = std::mem::replace(&mut after.member(number).run, Run::Idle);
            after.member(number).run = Run::Unheard(Box::new(next));
        }
        (after != *before).then_some(after)
    }

    fn kill(&self, after: &mut State, number: u8) {
        let had = after.member(number).tokens();
        after.vendor.leave(number);
        let member = after.member(number);
        member.run = Run::Idle;
        if member.recovery == Recovery::None {
            member.journal = None;
            member.lives += 1;
            // That it dies with what it holds is what such a machine is.
            after.vendor.orphans |= had & !after.stored();
        }
    }

    fn write_journal(&self, after: &mut State, number: u8, copy: Copy) {
        if self.protocol.journal {
            after.member(number).journal = Some(copy);
        }
    }

    /// Under the claim of its own machine: what is there and what the journal holds.
    fn looked(&self, after: &mut State, number: u8, seen: Seen, looked: u16, consents: bool) {
        let machine = after.member(number).machine(number);
        let held = after.member(number).journal;
        let right = Copy::merged(held, seen.copy, &machine.journal);
        self.write_journal(after, number, right);
        if !seen.copy.is_copy_of(right) {
            after.member(number).run = Run::Saving { seen: Some(seen), ours: right, looked: Some(looked) };
            return;
        }
        self.settled(after, number, seen, right, looked, consents);
    }

    /// What is to be done once vault and journal agree.
    fn settled(&self, after: &mut State, number: u8, seen: Seen, right: Copy, looked: u16, consents: bool) {
        let machine = after.member(number).machine(number);
        match self.turn(&seen, right, &machine, after.now, looked, consents) {
            Turn::Go(attempt) => {
                if attempt.seen.claim.as_ref().is_some_and(|claim| claim.recovery == Recovery::None) {
                    after.outlived |= after.is_alive(attempt.seen.claim.as_deref());
                }
                after.member(number).run = Run::Ready(attempt);
            }
            Turn::Read(copy) => self.saved(after, number, copy, Some(seen)),
            Turn::Stop(_) => {}
        }
    }

    pub(super) fn turn(
        &self,
        seen: &Seen,
        right: Copy,
        machine: &Machine,
        now: u16,
        looked: u16,
        consents: bool,
    ) -> Turn {
        if let Some(read) = right.read(self.class) {
            return Turn::Read(read.after);
        }
        let age = Duration::from_secs((now - seen.written).into());
        let harmless = matches!(self.class, Class::None | Class::Strict);
        let consent = if consents { Consent::Now } else { self.protocol.consent };
        let claim = seen.claim.as_ref();
        let before = match claim.map(|claim| claim.verdict(&machine.journal, age, harmless, consent)) {
            None | Some((Verdict::Free, _)) => right,
            Some((Verdict::TakeOver, of)) => right.taken_over(seen.copy, of, &machine.journal, seen.written),
            Some((Verdict::Wait(_), _)) => return Turn::Stop(Stop::Waits),
            Some((Verdict::Blocked, of)) => return Turn::Stop(Stop::Blocked(named(&of.holder))),
        };
        if let Some(sent_by) = before.refused() {
            return Turn::Stop(Stop::Refused { sent_by });
        }
        let replays = match before.attempt() {
            None => 0,
            Some(open) if open.journal != machine.journal => return Turn::Stop(Stop::Foreign),
            Some(open) => {
                let elapsed = at(now).certainly_since(&open.sent_at);
                let elapsed = Duration::from_millis(u64::try_from(elapsed).unwrap_or(0));
                match retry::next(policy(self.class), elapsed, open.replays, false) {
                    Ok(replays) => replays,
                    Err(_) => return Turn::Stop(Stop::UsedUp),
                }
            }
        };
        let nonce = format!("{}v{}", machine.journal, seen.version);
        let intent = before.opened(&nonce, &machine.journal, replays, now);
        Turn::Go(Try { seen: seen.clone(), looked, before, intent })
    }

    /// `None`: no such fault is left.
    fn propose(&self, after: &mut State, number: u8, mut attempt: Try, wire: Wire) -> Option<Run> {
        if !self.protocol.claims {
            return (wire != Wire::Late).then_some(Run::Claimed(attempt));
        }
        let machine = after.member(number).machine(number);
        let Seen { copy, claim, .. } = attempt.seen.clone();
        let over = claim.as_deref().cloned();
        let Some(claim) = FleetClaim::proposed(Some(&*copy.get()), over, &attempt.intent.get(), &machine)
        else {
            return (wire != Wire::Late).then_some(Run::Idle);
        };
        // What is noted beneath may have gone out.
        after.member(number).connected &= claim.over.is_some();
        let (copy, claim) = match self.protocol.connects {
            Connects::First => (copy, claim),
            Connects::Last => {
                let intent = attempt.intent.attempt().expect("open");
                (attempt.intent, FleetClaim::announced(Some(&claim), &intent, &machine).expect("proposed"))
            }
        };
        let claim = Some(Arc::new(claim));
        if wire == Wire::Late {
            after.delay(attempt.seen.version, copy, claim)?;
            return Some(Run::Idle);
        }
        Some(match after.cas(attempt.seen.version, copy, claim) {
            Some(seen) => {
                attempt.seen = seen;
                Run::Claimed(attempt)
            }
            None => Run::Idle,
        })
    }

    fn announce(&self, after: &mut State, number: u8, mut attempt: Try, wire: Wire) -> Option<()> {
        let machine = after.member(number).machine(number);
        after.member(number).connected = true;
        if self.protocol.connects == Connects::Last {
            after.member(number).run = Run::Announced(attempt);
            return (wire == Wire::Answered).then_some(());
        }
        attempt.intent = attempt.intent.dated(after.now);
        let intent = attempt.intent.attempt().expect("open");
        let claim = FleetClaim::announced(attempt.seen.claim.as_deref(), &intent, &machine);
        let claim = Some(Arc::new(claim.expect("proposed")));
        if wire == Wire::Late {
            after.delay(attempt.seen.version, attempt.intent, claim)?;
            self.take_back(after, number, &attempt, Some(attempt.seen.clone()));
            return Some(());
        }
        match after.cas(attempt.seen.version, attempt.intent, claim) {
            Some(seen) => {
                attempt.seen = seen;
                after.member(number).run = Run::Announced(attempt);
            }
            None => self.take_back(after, number, &attempt, None),
        }
        Some(())
    }

    fn send(&self, after: &mut State, number: u8, attempt: Try) {
        if self.protocol.sent && after.now - attempt.looked > STALE_LOOK {
            self.take_back(after, number, &attempt, Some(attempt.seen.clone()));
            return;
        }
        let now = after.now;
        self.write_journal(after, number, attempt.intent);
        after.vendor.present(attempt.before.token(), number, now);
        after.member(number).run = Run::Waiting(attempt);
    }

    /// Nothing was sent.
    fn take_back(&self, after: &mut State, number: u8, attempt: &Try, seen: Option<Seen>) {
        self.saved(after, number, attempt.before.taken_back(), seen);
    }

    fn read(&self, after: &mut State, number: u8, seen: Option<Seen>, copy: Copy) {
        let read = copy.read(self.class).expect("an answer");
        if read.refused && after.vault.copy.get().order() > copy.get().order() {
            return;
        }
        self.saved(after, number, read.after, seen);
    }

    /// Journal first, then the vault.
    fn saved(&self, after: &mut State, number: u8, ours: Copy, seen: Option<Seen>) {
        self.write_journal(after, number, ours);
        after.member(number).run = Run::Saving { seen, ours, looked: None };
    }

    fn save(&self, after: &mut State, number: u8, seen: Option<Seen>, ours: Copy, looked: Option<u16>) {
        let machine = after.member(number).machine(number);
        let seen = seen.unwrap_or_else(|| Seen::of(after));
        let written = match self.protocol.keeps {
            Keeps::Blindly => {
                after.vault =
                    Vault { version: after.vault.version + 1, copy: ours, claim: None, written: after.now };
                return;
            }
            Keeps::IfUnchanged => Some((ours, None)),
            Keeps::Generations => seen.copy.written_back(&seen.claim, ours, &machine),
        };
        let seen = match written {
            None => seen,
            Some((right, claim)) => match after.cas(seen.version, right, claim) {
                Some(seen) => seen,
                None if self.protocol.keeps == Keeps::IfUnchanged => {
                    after.member(number).journal = None;
                    return;
                }
                None => {
                    after.member(number).run = Run::Saving { seen: None, ours, looked };
                    return;
                }
            },
        };
        if let Some(looked) = looked {
            self.settled(after, number, seen, ours, looked, false);
        }
    }
}

impl Seen {
    pub(super) fn of(state: &State) -> Seen {
        let Vault { version, copy, claim, written } = state.vault.clone();
        Seen { version, copy, claim, written }
    }
}
