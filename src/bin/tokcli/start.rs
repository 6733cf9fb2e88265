//! What Rust's own start does, as far as these programs need it. Rust's own also finds out where the stack ends, to say so when it
//! overflows. For that it reads a list of all that is in memory, and a part of the C library reads the numbers in it: a tenth of the
//! small program, and nearly that of the time until the engine has started.

#![expect(unsafe_code, reason = "this is a part of the door")]

use std::ffi::c_int;

use nix::libc;
use nix::sys::signal::{SigHandler, Signal, signal};

/// The C library has told Rust the words of the command line.
#[unsafe(no_mangle)]
#[expect(clippy::disallowed_methods, reason = "it prints what Rust still holds back of standard output")]
extern "C" fn main() -> c_int {
    fill_standard_places();
    // A reader who went away kills nobody.
    // SAFETY: no handler is installed.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigIgn) };
    std::process::exit(super::run().into())
}

/// Whatever is opened later is never taken for standard input or output, where somebody closed these.
fn fill_standard_places() {
    for place in 0..3 {
        // SAFETY: a number is asked about, and a path is opened.
        unsafe {
            // It gets the first place that is free.
            if libc::fcntl(place, libc::F_GETFD) == -1
                && libc::open(c"/dev/null".as_ptr(), libc::O_RDWR) == -1
            {
                libc::abort();
            }
        }
    }
}
