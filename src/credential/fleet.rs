//! The claim of a fleet: which of several machines may present the refresh token that all of them share, and what becomes of
//! the record that they share when one of them comes back.
//!
//! The rule that matters: what was certainly not sent anybody may do again; what may have been sent is its holder's, whose
//! journal alone knows how it went on. Nobody's clock counts but the server's. The model in `testing/fleet_model.rs` drives exactly
//! these functions.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::merge::joined;
use super::state::{Attempt, Credential};

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
    /// What another machine sent before: if nothing comes of this one, that is what counts.
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
pub(crate) enum Recovery {
    /// Its journal, which has the answer if one came.
    Durable,
    /// Nothing: it is the runner of a job, whose disk goes with it.
    None,
}

/// Connecting, an answer, writing it back, and a margin.
pub(crate) const TTL: Duration = Duration::from_secs(180);
/// A server's `Date` has whole seconds, and its clock is set at times.
const MARGIN: Duration = Duration::from_secs(10);

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
    pub(crate) recovery: Recovery,
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

    /// Before anything is sent: it is this machine's turn. `there`: what stands there now.
    pub(crate) fn proposed(there: Option<FleetClaim>, attempt: &Attempt, machine: &Machine) -> FleetClaim {
        let over = there.filter(|there| there.journal != attempt.journal).and_then(FleetClaim::what_was_sent);
        FleetClaim { over: over.map(Box::new), ..FleetClaim::of(attempt, Phase::Claimed, machine) }
    }

    /// The next byte is the request's. `None`: it is no longer this attempt's turn.
    pub(crate) fn announced(there: Option<&FleetClaim>, attempt: &Attempt, machine: &Machine) -> Option<FleetClaim> {
        there.filter(|there| there.nonce == attempt.nonce)?;
        Some(FleetClaim::of(attempt, Phase::Sent, machine))
    }

    /// `age`: since it was written, by the server's clock. `harmless`: a second use of the refresh token does nothing worse than
    /// being refused.
    pub(crate) fn verdict(&self, journal: &str, age: Duration, harmless: bool, consent: Consent) -> Verdict {
        if self.journal == journal {
            return Verdict::Free;
        }
        let life = Duration::from_secs(self.ttl_s).saturating_add(MARGIN);
        if self.phase != Phase::Uncertain && age < life {
            let asked = self.phase == Phase::Sent && consent == Consent::Now;
            return if asked { Verdict::TakeOver } else { Verdict::Wait(life - age) };
        }
        match (self.phase, self.recovery, consent) {
            (Phase::Claimed, ..) => match &self.over {
                Some(sent) => sent.verdict(journal, age, harmless, consent),
                None => Verdict::Free,
            },
            (_, Recovery::None, _) | (.., Consent::Now) => Verdict::TakeOver,
            _ if harmless => Verdict::TakeOver,
            (_, _, Consent::After(least)) if age >= least => Verdict::TakeOver,
            _ => Verdict::Blocked,
        }
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
    let theirs = claim.filter(|claim| claim.journal != machine.journal);
    if theirs.is_some() && ours.order() <= present.order() {
        return None;
    }
    let right = joined(present, ours);
    let claim = left(&right, machine);
    Some((right, claim))
}

/// What is open stays its holder's.
pub(crate) fn left(credential: &Credential, machine: &Machine) -> Option<FleetClaim> {
    Some(FleetClaim::of(&credential.open()?.attempt, Phase::Uncertain, machine))
}
