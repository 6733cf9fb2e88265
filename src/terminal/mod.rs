//! Where words come in and go out: the command line, standard input, everything printed.

pub(crate) mod arguments;
pub(crate) mod input;
pub(crate) mod output;
mod progress;
