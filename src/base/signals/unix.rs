//! Signals as Unix has them.

use std::os::unix::thread::JoinHandleExt as _;
use std::sync::mpsc::{self, Receiver};
use std::thread::JoinHandle;
use std::time::Duration;

use nix::sys::pthread::pthread_kill;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill};
use nix::unistd::Pid;
use signal_hook::iterator::Signals;

use crate::base::error::{Result, internal};

/// Gives what was held off before.
pub(super) fn hold() -> SigSet {
    held().thread_swap_mask(SigmaskHow::SIG_BLOCK).unwrap_or_else(|_| SigSet::empty())
}

pub(super) fn restore(before: &SigSet) {
    let _ = before.thread_set_mask();
}

/// All of them, for a program that takes the place of this one: it knows nothing of what we hold off.
pub(in crate::base) fn let_all_through() {
    restore(&SigSet::empty());
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

/// Hears the first signal that wants to end the process while every thread holds it off, and leaves it pending: it takes
/// effect when somebody lets it.
pub(in crate::base) struct Ear {
    thread: JoinHandle<()>,
    /// It has left what it heard pending, or will hear nothing more.
    settled: Receiver<()>,
}

/// Nobody sends it, and whoever does means nothing by it.
const ENOUGH: Signal = Signal::SIGURG;
/// An ear that is told to end has little to do.
const MOMENT: Duration = Duration::from_secs(1);
/// It only says a line.
const STACK: usize = 128 << 10;

impl Ear {
    /// `None`: no thread can be had, and nothing is said. `tell` is called on it.
    pub(in crate::base) fn listen(tell: fn()) -> Option<Ear> {
        // Read here: on its own thread it could stand beside the answer.
        let ignored = ignored();
        let (settle, settled) = mpsc::channel();
        let listen = move || {
            let mut wanted: SigSet =
                [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT].into_iter().collect();
            wanted = wanted.iter().filter(|signal| !ignored.contains(&(*signal as i32))).collect();
            wanted.add(ENOUGH);
            let heard = wanted.wait().ok().filter(|signal| *signal != ENOUGH);
            if let Some(signal) = heard {
                let _ = kill(Pid::this(), signal);
            }
            drop(settle);
            if heard.is_some() {
                tell();
            }
        };
        // It is born with all of them held off, its own too.
        let mut all = held();
        all.add(ENOUGH);
        let before = all.thread_swap_mask(SigmaskHow::SIG_BLOCK).ok()?;
        let thread = std::thread::Builder::new().stack_size(STACK).spawn(listen);
        restore(&before);
        Some(Ear { thread: thread.ok()?, settled })
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        // A number with glibc, a pointer with musl.
        let _ = pthread_kill(self.thread.as_pthread_t() as _, ENOUGH);
        let _ = self.settled.recv_timeout(MOMENT);
    }
}

/// The first process of a container is ended by no signal that it does not handle: so it handles those that end others, as
/// long as `alone`.
#[cfg(target_os = "linux")]
pub(super) fn be_mortal(alone: &std::sync::Arc<std::sync::atomic::AtomicBool>) {
    if !is_first() {
        return;
    }
    let ignored = ignored();
    for signal in held().iter().map(|signal| signal as i32).filter(|signal| is_fatal(*signal)) {
        if !ignored.contains(&signal) {
            // One that cannot be handled is one more that does nothing.
            let _ = signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, alone.clone());
        }
    }
}

fn is_first() -> bool {
    std::process::id() == 1
}

/// What the signal would have done uncaught; it comes back only from one that stops and continues.
pub(crate) fn obey(signal: i32) {
    if is_first() && is_fatal(signal) {
        signal_hook::low_level::exit(128 + signal);
    }
    let _ = signal_hook::low_level::emulate_default_handler(signal);
}

/// Not one that stops the process until it is continued.
pub(crate) fn is_fatal(signal: i32) -> bool {
    signal != Signal::SIGTSTP as i32
}

/// A key of the terminal sends it.
pub(crate) fn is_of_a_key(signal: i32) -> bool {
    [Signal::SIGINT as i32, Signal::SIGQUIT as i32].contains(&signal)
}

/// As `nohup` wants it. Elsewhere than on Linux nobody says.
fn ignored() -> Vec<i32> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    (1..=64).filter(|signal| mask & (1 << (signal - 1)) != 0).collect()
}
