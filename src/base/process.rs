//! What the operating system is asked for itself: hardening the process, and its limits.
//!
//! The rule that matters: a panic shows nothing that the program had in hand, and ends no run from
//! beside while that waits for an answer.

use std::cell::Cell;
use std::sync::OnceLock;

#[cfg(unix)]
use super::error::unavailable;
use super::error::{Code, Result};
use super::{sends, signals};

/// First thing in `main`: no core dump and no debugger of another program of
/// this user reads our memory, and a panic says nothing that it saw: `tell` is given
/// where it was, and what it means.
pub(crate) fn harden(tell: fn(place: &str, means: Code)) {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_dumpable(false);
    // A file size limit is an error to handle, not a death between answer and journal.
    #[cfg(unix)]
    let _ = nix::sys::signal::SigSet::from_iter([nix::sys::signal::Signal::SIGXFSZ]).thread_block();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(|l| format!("{}:{}", l.file(), l.line())).unwrap_or_default();
        let code = STAGE.get();
        tell(&place, code);
        if signals::is_deaf() {
            // Whoever waits for this thread has a time-out. The run itself may be waiting for
            // an answer, which must not be lost with it.
            loop {
                std::thread::park();
            }
        }
        // Nor are the answers that other threads wait for; no more are asked for.
        sends::close_for_good();
        exit(code);
    }));
}

thread_local! {
    /// What a panic of this thread means, by how far its refresh has come.
    static STAGE: Cell<Code> = const { Cell::new(Code::Internal) };
}

/// `NoAnswer` from the intent on; `UnreadableAnswer` while an answer is read that the journal holds;
/// `Internal` when the next refresh begins.
pub(crate) fn panic_means(code: Code) {
    STAGE.set(code);
}

#[expect(clippy::disallowed_methods, reason = "a panic does not come back to main")]
fn exit(code: Code) -> ! {
    std::process::exit(code.exit().into())
}

/// Of a run that works for another one of ours.
static CALLER: OnceLock<String> = OnceLock::new();

/// From now on this run was started by whoever started the one that it works for.
pub(super) fn works_for(caller: &str) {
    // It is said once.
    let _ = CALLER.set(caller.to_owned());
}

pub(crate) fn works_for_another() -> bool {
    CALLER.get().is_some()
}

/// The program that started us, by the name that it has in a list of processes; nothing of its arguments. `None`: the
/// platform does not say.
#[cfg(target_os = "linux")]
pub(crate) fn parent_name() -> Option<String> {
    if let Some(caller) = CALLER.get() {
        return Some(caller.clone());
    }
    let name = std::fs::read(format!("/proc/{}/comm", std::os::unix::process::parent_id())).ok()?;
    Some(String::from_utf8_lossy(&name).trim_end_matches('\n').to_owned())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn parent_name() -> Option<String> {
    None
}

/// `Err` if this process may not write files of `length` bytes (`ulimit -f`): better
/// known before a request than at its answer.
#[cfg(unix)]
pub(crate) fn check_size_limit(length: u64) -> Result<()> {
    use nix::sys::resource::{Resource, getrlimit};
    match getrlimit(Resource::RLIMIT_FSIZE) {
        Ok((limit, most)) if limit < length => {
            let words =
                format!("the limit on the size of files is {limit} bytes, but the journal needs {length}");
            Err(unavailable(words).hint(match most {
                nix::sys::resource::RLIM_INFINITY => "`ulimit -f unlimited` lifts it",
                _ => "the limit is set by what starts tokcli: `LimitFSIZE=infinity` in a unit, `fsize` in /etc/security/limits.conf, `ulimit -f unlimited` as root",
            }))
        }
        _ => Ok(()),
    }
}

/// How many files this process may have open beside those that every run has.
#[cfg(unix)]
pub(crate) fn files_at_once() -> usize {
    use nix::sys::resource::{Resource, getrlimit};
    let most = getrlimit(Resource::RLIMIT_NOFILE).map_or(u64::MAX, |(soft, _)| soft);
    usize::try_from(most).unwrap_or(usize::MAX).saturating_sub(OPEN_ANYWAY)
}

/// Standard input and output, a keyring or a vault, certificates that are being read.
#[cfg(unix)]
const OPEN_ANYWAY: usize = 32;

#[cfg(not(unix))]
pub(crate) fn files_at_once() -> usize {
    usize::MAX
}

#[cfg(not(unix))]
pub(crate) fn check_size_limit(_: u64) -> Result<()> {
    Ok(())
}
