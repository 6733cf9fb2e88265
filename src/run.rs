//! What is asked of one run, and what comes of it.

use std::time::{Duration, Instant};

use crate::clock::Moment;
use crate::output::Output;
use crate::store::record::Access;

/// What every command of this process shares.
pub(crate) struct Run<'a> {
    pub(crate) out: &'a Output,
    /// The first instruction: what others did after it, this run may adopt.
    pub(crate) started: Moment,
    pub(crate) deadline: Instant,
    pub(crate) abandon: bool,
}

/// What is asked for.
#[derive(Clone, Default)]
pub(crate) struct Want {
    /// `refresh`: a token obtained after this run began.
    pub(crate) fresh: bool,
    pub(crate) min_ttl: Option<Duration>,
    /// Send nothing.
    pub(crate) offline: bool,
    /// Let a mark spare the vendor the question.
    pub(crate) obey_marks: bool,
    pub(crate) force_replay: bool,
    pub(crate) strict_store: bool,
}

/// An access token that may be printed.
pub(crate) struct Grant {
    pub(crate) access: Access,
    /// This process sent the request.
    pub(crate) refreshed: bool,
}
