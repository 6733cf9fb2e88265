//! One run's work: whether the token at hand suffices, and the one hard sequence if it does not.

pub(crate) mod demand;
pub(crate) mod freshness;
pub(crate) mod host_backoff;
pub(crate) mod refresh;
pub(crate) mod schedule;
mod write_ahead;
