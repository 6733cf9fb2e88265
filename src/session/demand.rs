//! What is asked of one run.

use std::time::{Duration, Instant};

use super::witness::Witness;
use crate::base::clock::ClockReading;
use crate::terminal::output::Output;

/// What every command of this process shares.
pub(crate) struct Invocation<'a> {
    pub(crate) out: &'a Output,
    /// The first instruction: what others did after it, this run may adopt.
    pub(crate) started: ClockReading,
    pub(crate) deadline: Instant,
    pub(crate) abandon: bool,
    /// Also where what comes cannot be kept.
    pub(crate) allow_loss: bool,
    /// Who is told what the vendor answered.
    pub(crate) witness: Option<&'a Witness>,
}

/// What is asked for.
#[derive(Clone, Default)]
pub(crate) struct Demand {
    /// `refresh`: a token obtained after this run began.
    pub(crate) fresh: bool,
    pub(crate) min_ttl: Option<Duration>,
    /// At least half of the token's life is to be left, if it is known.
    pub(crate) half_a_life: bool,
    /// Send nothing.
    pub(crate) offline: bool,
    /// Let a mark spare the vendor the question.
    pub(crate) obey_marks: bool,
    pub(crate) force_replay: bool,
    /// What another machine sent, and may have an answer to, is not waited for.
    pub(crate) takeover: bool,
    pub(crate) strict_store: bool,
}

impl Demand {
    /// Of a program that keeps what it gets for a while.
    pub(crate) fn of_life(min_ttl: Option<Duration>, half_a_life: bool) -> Demand {
        Demand { min_ttl, half_a_life, obey_marks: true, ..Demand::default() }
    }
}
