//! Signals as Unix has them.

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use signal_hook::iterator::Signals;

use crate::base::error::{Result, internal};

/// Gives what was held off before.
pub(super) fn hold() -> SigSet {
    held().thread_swap_mask(SigmaskHow::SIG_BLOCK).unwrap_or_else(|_| SigSet::empty())
}

pub(super) fn restore(before: &SigSet) {
    let _ = before.thread_set_mask();
}

/// Whatever a person, a shell, a limit or an alarm can send; KILL and STOP cannot be held.
fn held() -> SigSet {
    use Signal::*;
    [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGQUIT, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGUSR1, SIGUSR2]
        .into_iter()
        .collect()
}

/// All that are held off, but for those that whoever started us wants ignored.
pub(super) fn signals() -> Result<Signals> {
    let (held, ignored) = (held(), ignored());
    let caught = held.iter().map(|signal| signal as i32).filter(|signal| !ignored.contains(signal));
    Signals::new(caught).map_err(|cause| internal("signals cannot be caught").because(&cause))
}

/// So that whoever looks from outside can tell whether it waits or has something to do.
pub(super) fn name_this_thread() {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_name(c"signals");
}

/// What the signal would have done uncaught; it comes back only from one that stops and continues.
pub(crate) fn obey(signal: i32) {
    let _ = signal_hook::low_level::emulate_default_handler(signal);
}

/// Not one that stops the process until it is continued.
pub(crate) fn is_fatal(signal: i32) -> bool {
    signal != Signal::SIGTSTP as i32
}

/// As `nohup` wants it. Elsewhere than on Linux nobody says.
fn ignored() -> Vec<i32> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    (1..=64).filter(|signal| mask & (1 << (signal - 1)) != 0).collect()
}
