//! The warm path: `tokcli token` answered from a copy, by the small program on Linux.

pub(crate) mod cache;
#[cfg(target_os = "linux")]
mod elf;
#[cfg(target_os = "linux")]
mod engine;
#[cfg(target_os = "linux")]
pub(crate) mod front;

use crate::session::demand::Demand;
use crate::terminal::arguments::Token;

/// What `tokcli token` asks for, in the small program and in the engine.
pub(crate) fn demand(args: &Token) -> Demand {
    Demand { min_ttl: args.min_ttl, offline: args.offline, obey_marks: true, ..Demand::default() }
}
