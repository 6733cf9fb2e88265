//! Signals wait while a request is on its way, until what came of it is saved; what came meanwhile
//! takes effect then, so that the exit status tells it.
//!
//! The rule that matters: a signal to the process ends it on any thread that does not hold it off. So
//! threads beside are deaf, and where several send, signals are caught.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(unix)]
use std::sync::{Arc, LazyLock};

use super::error::Result;
#[cfg(unix)]
pub(super) use unix::{Ear, let_all_through};
#[cfg(unix)]
pub(crate) use unix::{is_fatal, is_of_a_key, obey};
#[cfg(windows)]
pub(super) use windows::Ear;
#[cfg(windows)]
pub(crate) use windows::{is_fatal, is_of_a_key, obey};

static CAUGHT: AtomicBool = AtomicBool::new(false);
/// Nobody catches them.
#[cfg(unix)]
static ALONE: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(true)));

/// To be called before anything is waited for.
#[cfg(target_os = "linux")]
pub(crate) fn be_mortal() {
    unix::be_mortal(&ALONE);
}

/// Whether they come to the one that [`catch`] was given, and to nobody else.
pub(super) fn are_caught() -> bool {
    CAUGHT.load(Ordering::Relaxed)
}

thread_local! {
    static DEAF: Cell<bool> = const { Cell::new(false) };
}

/// A thread that never takes a signal meant for the process: while they are held
/// off on the main thread, none may end it through the back door. If no thread can be
/// had, `work` is dropped, and with it the channel at whose other end somebody waits.
pub(crate) fn spawn_deaf<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) {
    #[cfg(unix)]
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

/// Holds back INT, TERM, HUP, TSTP and their kin on this thread until it is dropped, or the events of a console.
pub(crate) struct SignalsHeld {
    #[cfg(unix)]
    before: nix::sys::signal::SigSet,
}

impl SignalsHeld {
    pub(crate) fn hold() -> SignalsHeld {
        #[cfg(windows)]
        windows::hold();
        SignalsHeld {
            #[cfg(unix)]
            before: unix::hold(),
        }
    }
}

impl Drop for SignalsHeld {
    fn drop(&mut self) {
        #[cfg(unix)]
        unix::restore(&self.before);
        #[cfg(windows)]
        windows::release();
    }
}

/// Several threads send: a signal that one of them holds off would end the process on another.
/// From here on it is caught, and told to `tell` on a thread of its own. Caught and not held off on
/// every thread, because the programs that secrets come from would inherit that; a handler they do not.
#[cfg(unix)]
pub(crate) fn catch(tell: impl Fn(i32) + Send + 'static) -> Result<()> {
    let mut signals = unix::signals()?;
    CAUGHT.store(true, Ordering::Relaxed);
    ALONE.store(false, Ordering::Relaxed);
    spawn_deaf(move || {
        unix::name_this_thread();
        signals.forever().for_each(tell);
    });
    Ok(())
}

#[cfg(windows)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it may fail")]
pub(crate) fn catch(tell: impl Fn(i32) + Send + 'static) -> Result<()> {
    CAUGHT.store(true, Ordering::Relaxed);
    let told = windows::caught();
    spawn_deaf(move || told.into_iter().for_each(tell));
    Ok(())
}
