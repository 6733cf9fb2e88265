//! How many requests are on their way: while one is, the process does not end, and once it is about
//! to end, none begins.
//!
//! The rule that matters: a send is open from its intent to the save of its record.

use std::cell::Cell;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::mutex::lock;
use super::signals::{self, Ear, SignalsHeld};
use super::waiting;

thread_local! {
    /// How many of the open sends are this thread's.
    static OWN_SENDS: Cell<usize> = const { Cell::new(0) };
}

/// A request from its intent to the save of its record. Signals are held off on its thread; those that
/// come to the process meanwhile wait for it ([`SendsClosed`]).
/// Dropped in this order: what was heard takes effect when signals are let in again.
pub(crate) struct Sending {
    ear: Option<Ear>,
    _held: SignalsHeld,
}

struct Sends {
    open: usize,
    closed: bool,
}

static SENDS: Mutex<Sends> = Mutex::new(Sends { open: 0, closed: false });
static SENDS_CHANGED: Condvar = Condvar::new();

fn sends() -> MutexGuard<'static, Sends> {
    lock(&SENDS)
}

impl Sending {
    /// Waits for as long as nothing more may be sent, which may be for ever.
    pub(crate) fn begin() -> Sending {
        let held = SignalsHeld::hold();
        let mut sends =
            SENDS_CHANGED.wait_while(sends(), |sends| sends.closed).unwrap_or_else(PoisonError::into_inner);
        sends.open += 1;
        OWN_SENDS.set(OWN_SENDS.get() + 1);
        drop(sends);
        Sending { ear: None, _held: held }
    }

    /// From now on whoever wants to end the process is told why it goes on; so is who wanted to before.
    pub(crate) fn listen(&mut self) {
        if !signals::are_caught() {
            self.ear = Ear::listen(waiting::tell_of_signal);
        }
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
pub(super) fn close_for_good() {
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
