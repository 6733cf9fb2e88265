//! What Rust's own start does, as far as these programs need it. Rust's own also finds out where the stack ends, to say so when it
//! overflows. For that it reads a list of all that is in memory, and a part of the C library reads the numbers in it: a tenth of the
//! small program, and of the time until the engine has started.

#![expect(unsafe_code, reason = "this is a part of the door")]

use std::ffi::c_int;
use std::os::fd::{BorrowedFd, IntoRawFd};

use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::stat::Mode;

/// The C library has told Rust the words of the command line.
#[unsafe(no_mangle)]
#[expect(clippy::disallowed_methods, reason = "it prints what Rust still holds back of standard output")]
extern "C" fn main() -> c_int {
    fill_standard_places();
    // A reader who went away kills nobody.
    // SAFETY: nothing is called that could do harm.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigIgn) };
    std::process::exit(super::run().into())
}

/// Whatever is opened later is never taken for standard input or output, where somebody closed these.
fn fill_standard_places() {
    for place in 0..3 {
        // SAFETY: it is only asked whether it is open.
        let place = unsafe { BorrowedFd::borrow_raw(place) };
        if fcntl(place, FcntlArg::F_GETFD).is_err() {
            // It gets the first place that is free, and is never closed.
            let _ = open("/dev/null", OFlag::O_RDWR, Mode::empty()).map(IntoRawFd::into_raw_fd);
        }
    }
}
