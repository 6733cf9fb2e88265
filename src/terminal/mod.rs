//! Where words come in and go out: the command line, standard input, everything printed. One door for
//! each, and lints that keep them the only ones.

pub(crate) mod arguments;
pub(crate) mod finding;
pub(crate) mod input;
pub(crate) mod login_line;
pub(crate) mod masked;
mod modes;
pub(crate) mod objects;
pub(crate) mod output;
mod progress;
pub(crate) mod prompt;
mod prose;
pub(crate) mod screen;
pub(crate) mod table;
pub(crate) mod visit;
pub(crate) mod wording;
