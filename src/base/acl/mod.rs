//! Who may use a file, as Windows has it: an owner, and a list of who may do what. The rules are pure, and what Windows says
//! comes through one door.

#[cfg(windows)]
mod door;
mod rules;

#[cfg(windows)]
pub(crate) use door::{close_to_others, look};
#[cfg(windows)]
pub(crate) use rules::Access;
