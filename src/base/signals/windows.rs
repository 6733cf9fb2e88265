//! Console events as Windows has them: Ctrl-C, Ctrl-Break, a window that is closed, a user who logs off, a machine that goes
//! down. There is no mask. So a thread of its own hears them from the first time that one is held off, and ends the process
//! when none is.

use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, MutexGuard, Once};

use tokio::runtime::Builder;
use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};

use crate::base::mutex::lock;

/// `STATUS_CONTROL_C_EXIT`, with which a process ends that hears nothing.
const ENDED: u32 = 0xC000_013A;
/// What was heard, by the numbers that the signals have elsewhere.
const KEY: i32 = 2;
const END: i32 = 15;

struct Ears {
    /// How many threads hold events off.
    held: usize,
    /// One came meanwhile.
    heard: bool,
    tell: Option<fn()>,
    /// Who takes them in place of all that.
    catchers: Vec<Sender<i32>>,
}

static EARS: Mutex<Ears> = Mutex::new(Ears { held: 0, heard: false, tell: None, catchers: Vec::new() });

fn ears() -> MutexGuard<'static, Ears> {
    lock(&EARS)
}

/// Waits for ever if the process is about to end.
pub(super) fn hold() {
    begin_to_hear();
    ears().held += 1;
}

pub(super) fn release() {
    let mut ears = ears();
    ears.held -= 1;
    if ears.heard && ears.held == 0 {
        end(&ears);
    }
}

/// Nothing is begun any more: whoever wants to waits for the lock.
fn end(_all: &MutexGuard<'_, Ears>) -> ! {
    #[expect(clippy::disallowed_methods, reason = "as the event would have ended it")]
    std::process::exit(ENDED.cast_signed())
}

/// If nobody can hear, an event ends the process as ever.
fn begin_to_hear() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        let (ready, wait) = mpsc::channel();
        let hear = move || {
            let Ok(runtime) = Builder::new_current_thread().build() else { return };
            let _ = runtime.block_on(listen(ready));
        };
        if std::thread::Builder::new().spawn(hear).is_ok() {
            // From then on nothing ends the process behind our back.
            let _ = wait.recv();
        }
    });
}

async fn listen(ready: Sender<()>) -> std::io::Result<()> {
    let (mut key, mut broken) = (ctrl_c()?, ctrl_break()?);
    let (mut closed, mut logged_off, mut down) = (ctrl_close()?, ctrl_logoff()?, ctrl_shutdown()?);
    let _ = ready.send(());
    loop {
        heard(tokio::select! {
            _ = key.recv() => KEY,
            _ = broken.recv() => KEY,
            _ = closed.recv() => END,
            _ = logged_off.recv() => END,
            _ = down.recv() => END,
        });
    }
}

fn heard(event: i32) {
    let mut ears = ears();
    ears.catchers.retain(|catcher| catcher.send(event).is_ok());
    if !ears.catchers.is_empty() {
        return;
    }
    if ears.held == 0 {
        end(&ears);
    }
    ears.heard = true;
    let tell = ears.tell;
    drop(ears);
    if let Some(tell) = tell {
        tell();
    }
}

/// What is heard from now on, for whoever obeys it when it is time.
pub(super) fn caught() -> mpsc::Receiver<i32> {
    begin_to_hear();
    let (tell, told) = mpsc::channel();
    ears().catchers.push(tell);
    told
}

/// Tells whoever wants to end the process meanwhile why it goes on.
pub(in crate::base) struct Ear;

impl Ear {
    /// `tell` is called on another thread.
    pub(in crate::base) fn listen(tell: fn()) -> Option<Ear> {
        ears().tell = Some(tell);
        Some(Ear)
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        ears().tell = None;
    }
}

/// What the event would have done unheard.
pub(crate) fn obey(_: i32) {
    end(&ears())
}

/// There is none that only stops a process.
pub(crate) fn is_fatal(_: i32) -> bool {
    true
}

/// Ctrl-C or Ctrl-Break.
pub(crate) fn is_of_a_key(event: i32) -> bool {
    event == KEY
}
