//! What this run waits for, so that whoever waits with it can be told: at a terminal after two seconds, and
//! anywhere at a signal that is held off.
//!
//! The rule that matters: who waits only notes it. All words come from other threads, and none is said while
//! the lock is held: a terminal that takes no words holds up nothing.

use std::sync::{Condvar, Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use super::mutex::lock;
use super::signals::spawn_deaf;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Another run has the credential.
    Lock,
    Connection,
    /// The answer to a request that may spend a token.
    Answer,
    /// The answer to one that spends nothing.
    FreeAnswer,
    /// The answer came, and is being kept.
    Saving,
    /// A program that gives a secret.
    Secret,
    /// Another program.
    Program,
    /// The machine that has the login.
    Owner,
    Keyring,
    /// A person, in a browser.
    Visit,
}

/// Why something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    TakesLong,
    Signal,
}

/// For how long at the most, if that is known.
pub(crate) type Voice = fn(What, Option<Duration>, Occasion);

/// A person wonders after so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

struct Wait {
    id: u64,
    what: What,
    since: Instant,
    until: Option<Instant>,
    told: bool,
}

struct State {
    waits: Vec<Wait>,
    next: u64,
    voice: Option<Voice>,
    /// Somebody sits there.
    watched: bool,
}

static STATE: Mutex<State> = Mutex::new(State { waits: Vec::new(), next: 0, voice: None, watched: false });
static CHANGED: Condvar = Condvar::new();

/// `watched`: at a terminal what takes long is told by itself, once.
pub(crate) fn tell_by(voice: Voice, watched: bool) {
    let mut state = lock(&STATE);
    (state.voice, state.watched) = (Some(voice), watched);
}

pub(crate) fn is_watched() -> bool {
    lock(&STATE).watched
}

/// Noted until it is dropped.
pub(crate) struct Waiting(u64);

impl Waiting {
    pub(crate) fn begin(what: What, until: Option<Instant>) -> Waiting {
        static WATCH: Once = Once::new();
        let mut state = lock(&STATE);
        let id = state.next;
        state.next += 1;
        state.waits.push(Wait { id, what, since: Instant::now(), until, told: false });
        let watched = state.watched;
        drop(state);
        if watched {
            WATCH.call_once(|| spawn_deaf(watch));
            CHANGED.notify_all();
        }
        Waiting(id)
    }

    /// Now for something else. Asks for no memory.
    pub(crate) fn turn_to(&self, what: What, until: Option<Instant>) {
        let mut state = lock(&STATE);
        if let Some(wait) = state.waits.iter_mut().find(|wait| wait.id == self.0) {
            *wait = Wait { id: self.0, what, since: Instant::now(), until, told: false };
        }
        drop(state);
        CHANGED.notify_all();
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        lock(&STATE).waits.retain(|wait| wait.id != self.0);
    }
}

/// What cannot be broken off, and for how long at the most; the longest of several.
pub(crate) fn held_off() -> Option<(What, Option<Duration>)> {
    let state = lock(&STATE);
    let held = state.waits.iter().filter(|wait| matches!(wait.what, What::Answer | What::Saving));
    let longest = held.max_by_key(|wait| (wait.what == What::Answer, wait.until));
    longest.map(|wait| (wait.what, left(wait.until)))
}

/// To whoever wants to end this run.
pub(crate) fn tell_of_signal() {
    let voice = lock(&STATE).voice;
    if let (Some(voice), Some((what, left))) = (voice, held_off()) {
        voice(what, left, Occasion::Signal);
    }
}

fn left(until: Option<Instant>) -> Option<Duration> {
    until.map(|until| until.saturating_duration_since(Instant::now()))
}

/// Never ends; the process does.
fn watch() {
    let mut state = lock(&STATE);
    loop {
        let Some(wait) = state.waits.iter_mut().find(|wait| !wait.told) else {
            state = CHANGED.wait(state).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let quiet = PATIENCE.saturating_sub(wait.since.elapsed());
        if quiet > Duration::ZERO {
            state = CHANGED.wait_timeout(state, quiet).unwrap_or_else(PoisonError::into_inner).0;
            continue;
        }
        wait.told = true;
        let (what, left) = (wait.what, left(wait.until));
        if let Some(voice) = state.voice {
            drop(state);
            voice(what, left, Occasion::TakesLong);
            state = lock(&STATE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static SAID: Mutex<Vec<(What, Occasion)>> = Mutex::new(Vec::new());

    fn hear(what: What, left: Option<Duration>, occasion: Occasion) {
        assert!(left.is_none_or(|left| left <= Duration::from_secs(60)));
        lock(&SAID).push((what, occasion));
    }

    /// One test, because there is one state.
    #[test]
    fn what_takes_long_is_told_once_and_a_signal_of_what_is_held_off() {
        tell_by(hear, true);
        let soon = Some(Instant::now() + Duration::from_secs(60));
        drop(Waiting::begin(What::Keyring, None));
        let waiting = Waiting::begin(What::Connection, soon);
        tell_of_signal();
        assert_eq!(*lock(&SAID), [], "a connection can be broken off");
        waiting.turn_to(What::Answer, soon);
        tell_of_signal();
        std::thread::sleep(PATIENCE + PATIENCE / 4);
        let told = [(What::Answer, Occasion::Signal), (What::Answer, Occasion::TakesLong)];
        assert_eq!(*lock(&SAID), told);
        std::thread::sleep(PATIENCE + PATIENCE / 4);
        assert_eq!(*lock(&SAID), told, "once");
        drop(waiting);
        tell_of_signal();
        assert_eq!(*lock(&SAID), told);
        tell_by(hear, false);
    }
}
