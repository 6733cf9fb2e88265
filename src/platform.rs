//! What the operating system is asked for itself: hardening the process, holding
//! signals off, and the home directory of the user we really are.

use std::path::PathBuf;

use crate::error::Result;
#[cfg(unix)]
use crate::error::unavailable;

/// First thing in `main`: no core dump and no debugger of another program of
/// this user reads our memory, and a panic says nothing that it saw.
pub(crate) fn harden() {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_dumpable(false);
    // A file size limit is an error to handle, not a death between answer and journal.
    #[cfg(unix)]
    let _ = nix::sys::signal::SigSet::from_iter([nix::sys::signal::Signal::SIGXFSZ]).thread_block();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|l| format!(" at {}:{}", l.file(), l.line())).unwrap_or_default();
        crate::output::last_words(&format!("tokcli: error: internal error{place}, please report it\n"));
    }));
}

/// The home that the passwd entry of the effective user names, whatever `HOME` says:
/// every run of one user must find the same journal and lock.
#[cfg(unix)]
pub(crate) fn passwd_home() -> Option<PathBuf> {
    let user = nix::unistd::User::from_uid(nix::unistd::geteuid()).ok()??;
    Some(user.dir).filter(|dir| dir.is_absolute())
}

#[cfg(windows)]
pub(crate) fn passwd_home() -> Option<PathBuf> {
    directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned())
}

/// `Err` if this process may not write files of `length` bytes (`ulimit -f`): better
/// known before a request than at its answer.
#[cfg(unix)]
pub(crate) fn check_size_limit(length: u64) -> Result<()> {
    use nix::sys::resource::{Resource, getrlimit};
    match getrlimit(Resource::RLIMIT_FSIZE) {
        Ok((limit, _)) if limit < length => Err(unavailable(format!(
            "the limit on the size of files is {limit} bytes, the journal needs {length}"
        ))
        .hint("raise it with `ulimit -f`")),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
pub(crate) fn check_size_limit(_: u64) -> Result<()> {
    Ok(())
}

/// A thread that never takes a signal meant for the process: while they are held
/// off on the main thread, none may end it through the back door.
#[expect(clippy::disallowed_methods, reason = "this is the door")]
pub(crate) fn spawn_deaf<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) {
    let _held = SignalsHeld::hold();
    std::thread::spawn(work);
}

/// Holds back INT, TERM, HUP, TSTP and their kin from the intent to the save; what came
/// meanwhile takes effect when this is dropped, so the exit status tells it.
#[cfg(unix)]
pub(crate) struct SignalsHeld(nix::sys::signal::SigSet);

#[cfg(unix)]
impl SignalsHeld {
    pub(crate) fn hold() -> SignalsHeld {
        use nix::sys::signal::Signal::*;
        use nix::sys::signal::{SigSet, SigmaskHow};
        // Whatever a person, a shell, a limit or an alarm can send; KILL and STOP cannot be held.
        let held = SigSet::from_iter([
            SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGQUIT, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGUSR1, SIGUSR2,
        ]);
        SignalsHeld(held.thread_swap_mask(SigmaskHow::SIG_BLOCK).unwrap_or_else(|_| SigSet::empty()))
    }
}

#[cfg(unix)]
impl Drop for SignalsHeld {
    fn drop(&mut self) {
        let _ = self.0.thread_set_mask();
    }
}

#[cfg(not(unix))]
pub(crate) struct SignalsHeld;

#[cfg(not(unix))]
impl SignalsHeld {
    pub(crate) fn hold() -> SignalsHeld {
        SignalsHeld
    }
}

#[cfg(not(unix))]
impl Drop for SignalsHeld {
    fn drop(&mut self) {}
}
