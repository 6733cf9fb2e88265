//! The modes of the terminal while it is asked: no echo, no lines and no signals by key. While something else is waited
//! for as well, keys send signals, and nothing waits for keys.
//!
//! The rule that matters: however the run ends, the terminal is as it was.

#[cfg(windows)]
mod console;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(super) use unix::{Held, Typed};
#[cfg(windows)]
pub(super) use windows::Held;
