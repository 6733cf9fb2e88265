//! What Rust's own start does, as far as this program needs it: where something is left to do once the C library has started.
//!
//! Rust's own also finds out where the stack ends, to say so when it overflows. For that it has the C library read a text with
//! numbers, and the part of it that can do so is a tenth of the program.

use std::ffi::c_int;

use super::system;

/// The C library has told Rust the words of the command line.
#[unsafe(no_mangle)]
extern "C" fn main() -> c_int {
    system::fill_standard_places();
    system::ignore_broken_pipes();
    std::process::exit(tokcli::main().into())
}
