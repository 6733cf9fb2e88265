//! The warm path: `tokcli token` answered from a copy, by the small program on Linux.

pub(crate) mod cache;
#[cfg(target_os = "linux")]
pub(crate) mod front;
