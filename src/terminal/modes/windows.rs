use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use winapi_util::{HandleRef, console};

use super::console as keys;
use crate::base::error::{Error, Result, refused};
use crate::base::mutex::lock;
use crate::base::sends::SendsClosed;
use crate::base::{signals, waiting};

/// No echo while a question stands, so that nothing shows of what is pasted the moment it appears.
pub(in crate::terminal) struct Held {
    /// The modes that were there before; nothing once they are again.
    owed: Arc<Mutex<Option<u32>>>,
}

/// How often the console was taken.
static NEWEST: AtomicUsize = AtomicUsize::new(0);

/// `ENABLE_ECHO_INPUT`.
const ECHO: u32 = 0x4;
/// Two parts of a paste are less apart.
const A_MOMENT: Duration = Duration::from_millis(100);
/// Whoever goes on typing waits no longer.
const LONGEST: Duration = Duration::from_secs(2);

impl Held {
    pub(in crate::terminal) fn take() -> Result<Held> {
        let nobody = |_| refused("there is no terminal to ask on");
        let before = console::mode(HandleRef::stdin()).map_err(nobody)?;
        let owed = Arc::new(Mutex::new(Some(before)));
        let theirs = Arc::clone(&owed);
        let number = NEWEST.fetch_add(1, Ordering::SeqCst) + 1;
        signals::catch(move |event| {
            // Whoever has asked since then obeys.
            if number != NEWEST.load(Ordering::SeqCst) {
                return;
            }
            restore(&theirs);
            // Who was asked may have a request under way by now: what comes of it is saved first.
            waiting::tell_of_signal();
            let _closed = SendsClosed::close();
            signals::obey(event);
        })?;
        let held = Held { owed };
        console::set_mode(HandleRef::stdin(), before & !ECHO).map_err(nobody)?;
        // A terminal that emulates a console may show what is typed until a moment after it is asked for keys.
        keys::take();
        std::thread::sleep(A_MOMENT / 4);
        // What was typed before anybody asked belongs to no answer.
        while keys::take().is_some() {}
        Ok(held)
    }

    /// Takes away what is typed ahead, with the rest of what is being pasted, before anybody else can read or show it.
    /// Whether that was more than ends of lines.
    pub(in crate::terminal) fn drain(&self) -> bool {
        let (mut more, begun) = (false, Instant::now());
        let mut last = begun;
        while last.elapsed() < A_MOMENT && begun.elapsed() < LONGEST {
            match keys::take() {
                Some(true) => {
                    more = true;
                    last = Instant::now();
                }
                Some(false) => {}
                None => std::thread::sleep(A_MOMENT / 10),
            }
        }
        more
    }

    pub(in crate::terminal) fn give_way(&self) {
        std::thread::sleep(3 * A_MOMENT);
    }

    /// Does not come back.
    pub(in crate::terminal) fn interrupt(&self) -> Error {
        restore(&self.owed);
        signals::obey(0);
        refused("interrupted; nothing was changed")
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        restore(&self.owed);
    }
}

fn restore(owed: &Mutex<Option<u32>>) {
    if let Some(before) = lock(owed).take() {
        let _ = console::set_mode(HandleRef::stdin(), before);
    }
}
