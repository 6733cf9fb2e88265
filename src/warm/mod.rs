//! The warm path: `tokcli token`, and what programs ask for, answered from a copy, by the small program on Linux.

#[cfg(target_os = "linux")]
mod answer;
pub(crate) mod cache;
#[cfg(target_os = "linux")]
mod elf;
#[cfg(target_os = "linux")]
mod engine;
#[cfg(target_os = "linux")]
pub(crate) mod front;
#[cfg(target_os = "linux")]
mod surfaces;
#[cfg(target_os = "linux")]
mod token;

use crate::session::demand::Demand;
use crate::terminal::arguments::Token;

/// What `tokcli token` asks for, in the small program and in the engine.
pub(crate) fn demand(args: &Token) -> Demand {
    Demand { offline: args.offline, ..Demand::of_life(args.life.min_ttl, args.life.fresh) }
}
