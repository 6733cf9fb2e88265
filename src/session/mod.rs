//! One run's work: whether the token at hand suffices, and the one hard sequence if it does not.

pub(crate) mod answer;
pub(crate) mod apart;
pub(crate) mod binding;
pub(crate) mod claim;
pub(crate) mod demand;
pub(crate) mod discovery;
mod door;
pub(crate) mod doubt;
mod durability;
mod exchange;
pub(crate) mod freshness;
pub(crate) mod host_backoff;
mod id_token;
pub(crate) mod login;
mod mark;
pub(crate) mod notice;
pub(crate) mod refresh;
pub(crate) mod relogin;
pub(crate) mod replay;
pub(crate) mod revoke;
pub(crate) mod schedule;
pub(crate) mod stored_secrets;
mod time_step;
mod unjudged;
pub(crate) mod unread;
pub(crate) mod witness;
mod write_ahead;
