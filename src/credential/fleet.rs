//! The claim of a fleet: which of several machines may present the refresh token that all of them share, and what becomes of
//! the record that they share when one of them comes back.
//!
//! The rule that matters: what was certainly not sent anybody may do again; what may have been sent is its holder's, whose
//! journal alone knows how it went on. Nobody's clock counts but the server's. The model in `testing/fleet_model.rs` drives exactly
//! these functions.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::merge::joined;
use super::state::{Attempt, Credential, Open, State};
use crate::base::clock::Moment;
use crate::base::machine;

/// Whose turn it is, as it stands beside the record.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct FleetClaim {
    /// Of the attempt.
    pub(crate) nonce: String,
    pub(crate) phase: Phase,
    /// The machine, as people call it.
    pub(crate) holder: String,
    /// Its journal.
    pub(crate) journal: String,
    pub(crate) recovery: Recovery,
    /// For so long nobody else looks into what became of it.
    pub(crate) ttl_s: u64,
    /// What was sent before, by whichever machine: if nothing comes of this one, that is what counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) over: Option<Box<FleetClaim>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// Nothing is sent: before that comes another write.
    Claimed,
    /// The request goes out, or went out.
    Sent,
    /// It went out, and nobody knows how it ended.
    Uncertain,
}

/// What is left of a holder that dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Recovery {
    /// Its journal, which has the answer if one came.
    Durable,
    /// Nothing: it is the runner of a job, whose disk goes with it.
    None,
}

/// Connecting, an answer, writing it back, and a margin.
pub(crate) const TTL: Duration = Duration::from_secs(180);
/// Of any version's.
const LONGEST_LIFE: Duration = Duration::from_secs(3_600);
/// A server's `Date` has whole seconds, and its clock is set at times.
const MARGIN: Duration = Duration::from_secs(10);

/// How long ago something was written that is `ms` old by the server's clocks. What lies far ahead of them was written before
/// one was set back: how long ago that is nobody knows, and no claim would ever be over. It counts as over.
pub(crate) fn age(ms: i64) -> Duration {
    let apart = Duration::from_millis(ms.unsigned_abs());
    match ms {
        0.. => apart,
        // The clocks of a cluster's nodes are that far apart at times.
        _ if apart <= LONGEST_LIFE => Duration::ZERO,
        _ => LONGEST_LIFE + MARGIN,
    }
}

/// Who says that a request of another machine may be repeated, whose journal may hold the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Consent {
    #[default]
    Nobody,
    /// The configuration, so long after it was sent.
    After(Duration),
    /// A person, now.
    Now,
}

/// One of the machines that share a credential, as its claims say it.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    /// As people call it.
    pub(crate) holder: String,
    pub(crate) journal: String,
    /// The attempts that were noted beside it before they were claimed. `None`: nobody made a copy of the machine.
    pub(crate) noted: Option<Vec<String>>,
    pub(crate) recovery: Recovery,
}

impl Machine {
    /// Whether the claim is this machine's, and not that of a copy of it, whose journal bears the same name: the attempt is
    /// noted here, or the journal has it. `open`: what that has.
    fn made(&self, claim: &FleetClaim, open: Option<&Open>) -> bool {
        let is_open = |attempt: &Attempt| attempt.nonce == claim.nonce;
        let held = || {
            open.is_some_and(|open| is_open(&open.attempt) || open.earlier.as_deref().is_some_and(is_open))
        };
        claim.journal == self.journal
            && (self.noted.as_ref().is_none_or(|noted| noted.contains(&claim.nonce)) || held())
    }

    /// The name of its journal, for a verdict on that claim; of what a copy of it claimed, none.
    pub(crate) fn journal_for(&self, claim: &FleetClaim, open: Option<&Open>) -> &str {
        if self.made(claim, open) { &self.journal } else { "" }
    }
}

/// What a claim means for a machine that wants to present the refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// There is none, or it is its own, or nothing was sent by it.
    Free,
    /// Its holder is at work.
    Wait(Duration),
    /// What it sent counts as sent by this machine: an attempt that never came back.
    TakeOver,
    /// Its holder's journal may have the answer, and nobody allows to go on without it.
    Blocked,
}

impl FleetClaim {
    fn of(attempt: &Attempt, phase: Phase, machine: &Machine) -> FleetClaim {
        FleetClaim {
            nonce: attempt.nonce.clone(),
            phase,
            holder: machine.holder.clone(),
            journal: attempt.journal.clone(),
            recovery: machine.recovery,
            ttl_s: TTL.as_secs(),
            over: None,
        }
    }

    /// As a machine writes it: its holder is named to people.
    pub(crate) fn is_sane(&self) -> bool {
        machine::is_plain(&self.holder)
            && self.ttl_s <= LONGEST_LIFE.as_secs()
            && self.over.as_deref().is_none_or(FleetClaim::is_sane)
    }

    /// Before anything is sent: this machine wants to. `None`: it rests on what is no longer there, because somebody has
    /// written since this machine looked.
    pub(crate) fn proposed(
        present: Option<&Credential>,
        there: Option<FleetClaim>,
        intent: &Credential,
        machine: &Machine,
    ) -> Option<FleetClaim> {
        let is_there = present.is_none_or(|present| present.version < intent.version);
        let attempt = &intent.open().filter(|_| is_there)?.attempt;
        let over = there.and_then(FleetClaim::what_was_sent);
        Some(FleetClaim { over: over.map(Box::new), ..FleetClaim::of(attempt, Phase::Claimed, machine) })
    }

    /// The next byte is the request's. `None`: it is no longer this attempt's turn.
    pub(crate) fn announced(
        there: Option<&FleetClaim>,
        attempt: &Attempt,
        machine: &Machine,
    ) -> Option<FleetClaim> {
        there.filter(|there| there.nonce == attempt.nonce)?;
        Some(FleetClaim::of(attempt, Phase::Sent, machine))
    }

    /// `age`: since it was written, by the server's clock. `harmless`: a second use of the refresh token does nothing worse than
    /// being refused. With the claim that decides: it names whoever is at work, or may have the answer.
    pub(crate) fn verdict(
        &self,
        journal: &str,
        age: Duration,
        harmless: bool,
        consent: Consent,
    ) -> (Verdict, &FleetClaim) {
        let beneath = self.over.as_deref().filter(|_| self.phase == Phase::Claimed);
        let over = || beneath.map(|sent| sent.verdict(journal, age, harmless, consent));
        if self.journal == journal {
            // That it once was to repeat what was sent came to nothing.
            return over().unwrap_or((Verdict::Free, self));
        }
        let life = Duration::from_secs(self.ttl_s).saturating_add(MARGIN);
        if self.phase != Phase::Uncertain && age < life {
            let asked = self.phase == Phase::Sent && consent == Consent::Now;
            return (if asked { Verdict::TakeOver } else { Verdict::Wait(life - age) }, self);
        }
        let verdict = match (self.phase, self.recovery, consent) {
            (Phase::Claimed, ..) => return over().unwrap_or((Verdict::Free, self)),
            (_, Recovery::None, _) | (.., Consent::Now) => Verdict::TakeOver,
            _ if harmless => Verdict::TakeOver,
            (_, _, Consent::After(least)) if age >= least => Verdict::TakeOver,
            _ => Verdict::Blocked,
        };
        (verdict, self)
    }

    /// What may have gone out by it, and by whom.
    pub(crate) fn what_was_sent(self) -> Option<FleetClaim> {
        match self.phase {
            Phase::Claimed => self.over.map(|sent| *sent),
            Phase::Sent | Phase::Uncertain => Some(FleetClaim { over: None, ..self }),
        }
    }
}

/// What is written back of `ours`, and the claim beside it, where `present` and `claim` stand: no token that may live is lost, and
/// no note of somebody who may have sent. `None`: nothing, because what is there is its holder's.
pub(crate) fn written_back(
    present: &Credential,
    claim: Option<&FleetClaim>,
    ours: &Credential,
    machine: &Machine,
) -> Option<(Credential, Option<FleetClaim>)> {
    let theirs = claim.filter(|claim| !machine.made(claim, ours.open()));
    if theirs.is_some() && ours.order() <= present.order() {
        return None;
    }
    let right = joined(present, ours);
    let claim = left(&right, claim, machine);
    Some((right, claim))
}

/// What another machine sent counts as sent by this one, at that time. It is open in what is `present`, although this one's copy of
/// the same rotation may be the later one.
pub(crate) fn taken_over(
    ours: &Credential,
    present: &Credential,
    claim: &FleetClaim,
    journal: &str,
    sent: &Moment,
) -> Credential {
    let theirs = present.open().filter(|open| open.attempt.journal == claim.journal);
    let mut after = match theirs.filter(|_| present.order() == ours.order()) {
        Some(open) => {
            let mut open = open.clone();
            // Of a copy of this machine, whose journal bears the same name.
            open.attempt.sent_at = sent.clone();
            ours.next(1, State::of(ours.base(), Some(open)))
        }
        None => ours.clone(),
    };
    let holder = (claim.recovery == Recovery::Durable).then_some(claim.holder.as_str());
    after.take_over(journal, Some(sent), holder);
    after
}

/// What is open stays its holder's, whoever writes.
pub(crate) fn left(
    credential: &Credential,
    there: Option<&FleetClaim>,
    machine: &Machine,
) -> Option<FleetClaim> {
    let attempt = &credential.open()?.attempt;
    let sent = there.cloned().and_then(FleetClaim::what_was_sent);
    // What was taken over counts as sent by this machine here; it is not, before anything is.
    let theirs = sent.filter(|sent| {
        sent.journal != machine.journal && (sent.journal == attempt.journal || sent.nonce == attempt.nonce)
    });
    let ours = || FleetClaim::of(attempt, Phase::Uncertain, machine);
    let claim = theirs.or_else(|| (attempt.journal == machine.journal).then(ours))?;
    Some(FleetClaim { phase: Phase::Uncertain, ..claim })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::testing::samples::{attempt, credential, moment};

    const LIFE: u64 = 190;

    fn machine(journal: &str, recovery: Recovery) -> Machine {
        Machine { holder: format!("host of {journal}"), journal: journal.into(), noted: None, recovery }
    }

    fn of(journal: &str, phase: Phase, recovery: Recovery) -> FleetClaim {
        let attempt = Attempt { journal: journal.into(), nonce: format!("of {journal}"), ..attempt(0) };
        FleetClaim::of(&attempt, phase, &machine(journal, recovery))
    }

    fn asked(claim: &FleetClaim, journal: &str, age: u64, harmless: bool, consent: Consent) -> Verdict {
        claim.verdict(journal, Duration::from_secs(age), harmless, consent).0
    }

    #[test]
    fn what_lies_in_the_future_is_young_unless_a_clock_was_set_back() {
        for (ms, seconds) in
            [(0, 0), (1_500, 1), (-1, 0), (-3_600_000, 0), (-3_600_001, 3_610), (i64::MIN, 3_610)]
        {
            assert_eq!(age(ms).as_secs(), seconds, "{ms}");
        }
        let (sent, claimed) =
            [Phase::Sent, Phase::Claimed].map(|phase| of("a", phase, Recovery::Durable)).into();
        let nobody = |claim: &FleetClaim| claim.verdict("b", age(i64::MIN), false, Consent::Nobody).0;
        assert_eq!((nobody(&claimed), nobody(&sent)), (Verdict::Free, Verdict::Blocked));
        let longest = FleetClaim { ttl_s: LONGEST_LIFE.as_secs(), ..claimed };
        assert_eq!(nobody(&longest), Verdict::Free);
    }

    #[test]
    fn what_was_not_sent_is_free_when_its_time_is_over_and_what_was_sent_stays_its_holders() {
        let nobody = |claim: &FleetClaim, age| asked(claim, "b", age, false, Consent::Nobody);
        let claimed = of("a", Phase::Claimed, Recovery::Durable);
        assert_eq!(nobody(&claimed, LIFE - 1), Verdict::Wait(Duration::from_secs(1)));
        assert_eq!(nobody(&claimed, LIFE), Verdict::Free);
        let sent = of("a", Phase::Sent, Recovery::Durable);
        assert_eq!(nobody(&sent, 1), Verdict::Wait(Duration::from_secs(LIFE - 1)));
        assert_eq!(nobody(&sent, LIFE), Verdict::Blocked);
        assert_eq!(asked(&sent, "b", 1, false, Consent::Now), Verdict::TakeOver);
        assert_eq!(asked(&sent, "b", LIFE, true, Consent::Nobody), Verdict::TakeOver);
        let after = Consent::After(Duration::from_secs(3_600));
        assert_eq!(asked(&sent, "b", 3_599, false, after), Verdict::Blocked);
        assert_eq!(asked(&sent, "b", 3_600, false, after), Verdict::TakeOver);
        assert_eq!(nobody(&of("a", Phase::Uncertain, Recovery::Durable), 0), Verdict::Blocked);
        assert_eq!(nobody(&of("a", Phase::Uncertain, Recovery::None), 0), Verdict::TakeOver);
        assert_eq!(asked(&sent, "a", 0, false, Consent::Nobody), Verdict::Free);
    }

    #[test]
    fn what_a_claim_stands_over_outlives_whoever_takes_it_also_twice() {
        let sent = of("a", Phase::Sent, Recovery::Durable);
        let there = credential(1, 2, 3, "a");
        let proposed = |over: &FleetClaim, journal: &str, recovery| {
            let intent = there.opened(Attempt { journal: journal.into(), ..attempt(0) }, None);
            FleetClaim::proposed(Some(&there), Some(over.clone()), &intent, &machine(journal, recovery))
                .expect("it is there")
        };
        let first = proposed(&sent, "b", Recovery::None);
        let (again, third) =
            (proposed(&first, "b", Recovery::None), proposed(&first, "c", Recovery::Durable));
        let own = proposed(&sent, "a", Recovery::Durable);
        for claim in [&first, &again, &third, &own] {
            assert_eq!(claim.over.as_deref(), Some(&sent));
            for journal in ["b", "c", "d"] {
                let (verdict, of) = claim.verdict(journal, Duration::from_secs(LIFE), false, Consent::Nobody);
                assert_eq!((verdict, of), (Verdict::Blocked, &sent), "{journal}");
            }
            assert_eq!(asked(claim, "a", LIFE, false, Consent::Nobody), Verdict::Free, "its own");
        }
    }

    #[test]
    fn what_another_one_sent_is_taken_over_although_the_own_copy_is_the_later_one() {
        let base = credential(1, 2, 3, "a");
        let theirs = Attempt { journal: "a".into(), nonce: "of a".into(), ..attempt(0) };
        let (there, ours) = (base.opened(theirs, None), base.taken_back());
        assert!(ours.version > there.version);
        let taken = |recovery| {
            let after = taken_over(&ours, &there, &of("a", Phase::Sent, recovery), "b", &moment(9));
            assert!(after.version > ours.version);
            after.open().expect("it was sent").attempt.clone()
        };
        let durable = taken(Recovery::Durable);
        assert_eq!((durable.nonce.as_str(), durable.journal.as_str()), ("of a", "b"));
        assert_eq!((durable.sent_at.wall_ms, durable.sent_by), (9_000, vec!["host of a".to_owned()]));
        assert!(taken(Recovery::None).sent_by.is_empty(), "nobody can look there");
        let later = credential(1, 3, 1, "b");
        let after = taken_over(&later, &there, &of("a", Phase::Sent, Recovery::Durable), "b", &moment(9));
        assert!(after.open().is_none(), "another rotation");
    }

    #[test]
    fn nobody_claims_what_rests_on_an_earlier_look() {
        let intent = credential(1, 2, 3, "a").opened(attempt(0), None);
        let proposed = |there: &Credential| {
            FleetClaim::proposed(Some(there), None, &intent, &machine("j", Recovery::Durable))
        };
        assert!(proposed(&credential(1, 2, 3, "a")).is_some());
        for later in [credential(1, 3, 1, "b"), credential(1, 2, 4, "a"), credential(2, 0, 1, "c")] {
            assert!(proposed(&later).is_none());
        }
    }

    #[test]
    fn what_a_copy_of_a_machine_claims_is_anothers_unless_this_one_has_the_attempt() {
        let here = machine("a", Recovery::Durable);
        let copy = Machine { noted: Some(Vec::new()), ..here.clone() };
        let noted = Machine { noted: Some(vec![attempt(0).nonce]), ..here.clone() };
        let there = credential(1, 2, 3, "a");
        let intent = there.opened(Attempt { journal: "a".into(), ..attempt(0) }, None);
        let claim = FleetClaim::of(&intent.open().expect("open").attempt, Phase::Sent, &here);
        for (machine, open, own) in [
            (&here, None, true),
            (&here, intent.open(), true),
            (&copy, None, false),
            (&copy, intent.open(), true),
            (&noted, None, true),
        ] {
            assert_eq!(machine.journal_for(&claim, open) == "a", own, "{:?}", machine.noted);
        }
        // A copy, which knows nothing of the attempt, takes back nothing.
        assert!(written_back(&intent, Some(&claim), &there, &copy).is_none());
        assert!(written_back(&intent, Some(&claim), &intent.taken_back(), &here).is_some());
    }

    fn any_claim() -> impl Strategy<Value = FleetClaim> {
        let one = || {
            let phase = select(vec![Phase::Claimed, Phase::Sent, Phase::Uncertain]);
            (select(vec!["a", "b", "c"]), phase, select(vec![Recovery::Durable, Recovery::None]))
                .prop_map(|(journal, phase, recovery)| of(journal, phase, recovery))
        };
        (one(), proptest::option::of(one())).prop_map(|(claim, over)| match claim.phase {
            Phase::Claimed => {
                FleetClaim { over: over.filter(|over| over.phase != Phase::Claimed).map(Box::new), ..claim }
            }
            _ => claim,
        })
    }

    proptest! {
        /// P19.
        #[test]
        fn what_a_durable_machine_sent_is_nobody_elses_unless_somebody_says_so(claim in any_claim(), asks in select(vec!["a", "b", "c"]), age in 0..10_000_u64) {
            let sent = claim.clone().what_was_sent();
            let theirs = sent.is_some_and(|sent| sent.journal != asks && sent.recovery == Recovery::Durable);
            let verdict = asked(&claim, asks, age, false, Consent::Nobody);
            prop_assert!(!theirs || matches!(verdict, Verdict::Wait(_) | Verdict::Blocked), "{:?}", verdict);
            // Nobody waits for ever, and a wait ends in something else.
            if let Verdict::Wait(left) = verdict {
                prop_assert!(left.as_secs() <= LIFE);
                prop_assert!(!matches!(asked(&claim, asks, age + left.as_secs(), false, Consent::Nobody), Verdict::Wait(_)));
            }
            // Whoever says so is obeyed, and whoever waits long enough.
            prop_assert!(asked(&claim, asks, age, false, Consent::Now) != Verdict::Blocked);
            prop_assert!(asked(&claim, asks, age.max(LIFE), true, Consent::Nobody) != Verdict::Blocked);
        }
    }
}
