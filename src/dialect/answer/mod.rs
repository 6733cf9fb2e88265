//! From a vendor's answer to what it means: `step.open(&raw)` parses it once, and [`opened::OpenedAnswer`] tells the
//! rest. Nothing here knows a store, a clock or what becomes of the tokens.

mod body;
mod duration;
mod expiry;
mod lookup;
pub(crate) mod opened;
mod redirect;
mod refusal;
mod salvage;
mod tokens;

pub(crate) use self::body::members;
