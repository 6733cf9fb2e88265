//! What the operating system is asked for itself: hardening the process, holding
//! signals off, and the home directory of the user we really are.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[cfg(unix)]
use crate::config::plain;
#[cfg(unix)]
use crate::error::unavailable;
use crate::error::{Code, Result};

/// First thing in `main`: no core dump and no debugger of another program of
/// this user reads our memory, and a panic says nothing that it saw.
pub(crate) fn harden() {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_dumpable(false);
    // A file size limit is an error to handle, not a death between answer and journal.
    #[cfg(unix)]
    let _ = nix::sys::signal::SigSet::from_iter([nix::sys::signal::Signal::SIGXFSZ]).thread_block();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|l| format!("{}:{}", l.file(), l.line())).unwrap_or_default();
        let code = STAGE.get();
        crate::output::panicked(&place, code);
        if DEAF.get() {
            // Whoever waits for this thread has a time-out. The run itself may be waiting for
            // an answer, which must not be lost with it.
            loop {
                std::thread::park();
            }
        }
        // Nor are the answers that other threads wait for; no more are asked for.
        close_sends_for_good();
        exit(code);
    }));
}

thread_local! {
    static DEAF: Cell<bool> = const { Cell::new(false) };
    /// What a panic of this thread means, by how far its refresh has come.
    static STAGE: Cell<Code> = const { Cell::new(Code::Internal) };
    /// How many of the open sends are this thread's.
    static OWN_SENDS: Cell<usize> = const { Cell::new(0) };
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
/// off on the main thread, none may end it through the back door. If no thread can be
/// had, `work` is dropped, and with it the channel at whose other end somebody waits.
pub(crate) fn spawn_deaf<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) {
    let _held = SignalsHeld::hold();
    let _ = std::thread::Builder::new().spawn(|| {
        DEAF.set(true);
        work()
    });
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
fn close_sends_for_good() {
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
        .map_err(|cause| crate::error::internal(format!("signals cannot be caught: {}", plain(&cause))))?;
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

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "it looks at a process of its own from outside")]
mod tests {
    use std::io::Write as _;

    use super::*;

    const CHILD: &str = "TOKCLI_TEST_PANIC";

    /// Run by the test below, in a process of its own.
    #[test]
    fn panics_as_it_is_told() {
        let Ok(how) = std::env::var(CHILD) else { return };
        harden();
        match how.as_str() {
            "sent" => panic_means(Code::NoAnswer),
            "reading" => panic_means(Code::UnreadableAnswer),
            "beside" => {
                let (done, wait) = std::sync::mpsc::channel::<()>();
                spawn_deaf(move || {
                    let _done = done;
                    panic!("rt-canary");
                });
                let waited = wait.recv_timeout(Duration::from_millis(500));
                assert_eq!(waited, Err(std::sync::mpsc::RecvTimeoutError::Timeout));
                std::process::exit(0);
            }
            "others" => {
                let (begun, wait) = std::sync::mpsc::channel();
                std::thread::spawn(move || {
                    let _sending = Sending::begin();
                    begun.send(()).expect("it waits");
                    std::thread::sleep(Duration::from_millis(300));
                    std::io::stderr().write_all(b"stored\n").expect("written");
                });
                wait.recv().expect("it sends");
            }
            _ => {}
        }
        panic!("rt-canary");
    }

    #[test]
    fn f72_a_panic_is_exit_1_or_8_shows_nothing_and_never_ends_a_run_from_beside() {
        for (how, exit, words) in [
            ("before", 1, "internal error at src/platform.rs:"),
            ("sent", 8, "whether the refresh token was used is not known"),
            ("reading", 8, "the answer is kept sealed"),
            ("beside", 0, "internal error at src/platform.rs:"),
            ("others", 1, "stored"),
        ] {
            let output = std::process::Command::new(std::env::current_exe().expect("this test"))
                .args(["--exact", "platform::tests::panics_as_it_is_told", "--nocapture"])
                .env(CHILD, how)
                .output()
                .expect("it runs");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(exit), "{how}: {said}");
            assert!(said.contains(words) && !said.contains("canary"), "{how}: {said}");
        }
    }
}
