//! Signals wait while a request is on its way, until what came of it is saved.

use std::cell::Cell;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::error::Result;
#[cfg(unix)]
use super::error::internal;

thread_local! {
    static DEAF: Cell<bool> = const { Cell::new(false) };
    /// How many of the open sends are this thread's.
    static OWN_SENDS: Cell<usize> = const { Cell::new(0) };
}

/// A thread that never takes a signal meant for the process: while they are held
/// off on the main thread, none may end it through the back door. If no thread can be
/// had, `work` is dropped, and with it the channel at whose other end somebody waits.
pub(crate) fn spawn_deaf<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) {
    let _held = SignalsHeld::hold();
    let _ = std::thread::Builder::new().spawn(|| {
        DEAF.set(true);
        work()
    });
}

/// Whether this thread is one of those.
pub(super) fn is_deaf() -> bool {
    DEAF.get()
}

/// Holds back INT, TERM, HUP, TSTP and their kin from the intent to the save; what came
/// meanwhile takes effect when this is dropped, so the exit status tells it.
#[cfg(unix)]
pub(crate) struct SignalsHeld(nix::sys::signal::SigSet);

#[cfg(unix)]
impl SignalsHeld {
    pub(crate) fn hold() -> SignalsHeld {
        use nix::sys::signal::{SigSet, SigmaskHow};
        SignalsHeld(held().thread_swap_mask(SigmaskHow::SIG_BLOCK).unwrap_or_else(|_| SigSet::empty()))
    }
}

/// Whatever a person, a shell, a limit or an alarm can send; KILL and STOP cannot be held.
#[cfg(unix)]
fn held() -> nix::sys::signal::SigSet {
    use nix::sys::signal::Signal::*;
    [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGQUIT, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGUSR1, SIGUSR2]
        .into_iter()
        .collect()
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

/// A request from its intent to the save of its record. Signals are held off on its thread; those that
/// come to the process meanwhile wait for it ([`SendsClosed`]).
pub(crate) struct Sending(#[expect(dead_code, reason = "held, not used")] SignalsHeld);

struct Sends {
    open: usize,
    closed: bool,
}

static SENDS: Mutex<Sends> = Mutex::new(Sends { open: 0, closed: false });
static SENDS_CHANGED: Condvar = Condvar::new();

fn sends() -> MutexGuard<'static, Sends> {
    SENDS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sending {
    /// Waits for as long as nothing more may be sent, which may be for ever.
    pub(crate) fn begin() -> Sending {
        let held = SignalsHeld::hold();
        let mut sends =
            SENDS_CHANGED.wait_while(sends(), |sends| sends.closed).unwrap_or_else(PoisonError::into_inner);
        sends.open += 1;
        OWN_SENDS.set(OWN_SENDS.get() + 1);
        Sending(held)
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        sends().open -= 1;
        OWN_SENDS.set(OWN_SENDS.get() - 1);
        SENDS_CHANGED.notify_all();
    }
}

/// No vendor takes so long; a panic is not to hold the process for ever.
const LONGEST_ANSWER: Duration = Duration::from_secs(600);

/// Nothing is being sent, and nothing will be until this is dropped: the process may end.
pub(crate) struct SendsClosed;

impl SendsClosed {
    /// Waits for what other threads have sent until it is stored.
    pub(crate) fn close() -> SendsClosed {
        let mut sends = sends();
        sends.closed = true;
        let own = OWN_SENDS.get();
        drop(SENDS_CHANGED.wait_while(sends, |sends| sends.open > own));
        SendsClosed
    }
}

/// When a thread panics. What it has sent itself comes to no end that another one could wait for,
/// should that panic too.
pub(super) fn close_sends_for_good() {
    let mut sends = sends();
    sends.closed = true;
    sends.open -= OWN_SENDS.take();
    SENDS_CHANGED.notify_all();
    drop(SENDS_CHANGED.wait_timeout_while(sends, LONGEST_ANSWER, |sends| sends.open > 0));
}

impl Drop for SendsClosed {
    fn drop(&mut self) {
        sends().closed = false;
        SENDS_CHANGED.notify_all();
    }
}

/// Several threads send: a signal that one of them holds off would end the process on another.
/// From here on it is caught, and told to `tell` on a thread of its own. Caught and not held off on
/// every thread, because the programs that secrets come from would inherit that; a handler they do not.
#[cfg(unix)]
pub(crate) fn catch_signals(tell: impl Fn(i32) + Send + 'static) -> Result<()> {
    let (held, ignored) = (held(), ignored_signals());
    let caught = held.iter().map(|signal| signal as i32).filter(|signal| !ignored.contains(signal));
    let mut signals = signal_hook::iterator::Signals::new(caught)
        .map_err(|cause| internal("signals cannot be caught").because(&cause))?;
    spawn_deaf(move || signals.forever().for_each(tell));
    Ok(())
}

/// What the signal would have done uncaught; it comes back only from one that stops and continues.
#[cfg(unix)]
pub(crate) fn obey_signal(signal: i32) {
    let _ = signal_hook::low_level::emulate_default_handler(signal);
}

/// Not one that stops the process until it is continued.
#[cfg(unix)]
pub(crate) fn is_fatal(signal: i32) -> bool {
    signal != nix::sys::signal::Signal::SIGTSTP as i32
}

/// Those that whoever started us wants ignored, as `nohup` does. Elsewhere than on Linux nobody says.
#[cfg(unix)]
fn ignored_signals() -> Vec<i32> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    (1..=64).filter(|signal| mask & (1 << (signal - 1)) != 0).collect()
}

#[cfg(not(unix))]
pub(crate) fn catch_signals(_: impl Fn(i32) + Send + 'static) -> Result<()> {
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn obey_signal(_: i32) {}

#[cfg(not(unix))]
pub(crate) fn is_fatal(_: i32) -> bool {
    true
}
