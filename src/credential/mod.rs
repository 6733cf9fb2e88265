//! What is kept of one login, and what an answer makes of it. Pure: no clock, no file, no vendor.

pub(crate) mod access;
mod attempt;
pub(crate) mod audience;
pub(crate) mod discovered;
pub(crate) mod dpop;
pub(crate) mod expiry;
pub(crate) mod fleet;
pub(crate) mod issued;
pub(crate) mod jwt;
pub(crate) mod legacy;
mod login;
pub(crate) mod mark;
pub(crate) mod merge;
pub(crate) mod outcome;
pub(crate) mod outlook;
pub(crate) mod reading;
pub(crate) mod record;
pub(crate) mod retry;
pub(crate) mod secrets;
pub(crate) mod state;
pub(crate) mod stored_secret;
pub(crate) mod transition;
pub(crate) mod who;
