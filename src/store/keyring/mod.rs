//! The platform's keyring, behind one seam: the item of one account, of service `tokcli`. Every call runs on a
//! thread of its own under a budget, because a stopped daemon or a stopped bus answers never; what is locked is
//! never asked for. Beneath it are `keyring`'s entries, on every platform.
//!
//! However many profiles are refreshed at once, one connection serves them, one call after the other:
//! a storm of writers has killed a daemon. Nobody's budget pays for the calls of those before them.

mod entry;
mod failure;
pub(crate) mod gate;
mod keychain;
mod platform;
#[cfg(target_os = "linux")]
pub(crate) mod secret_service;
#[cfg(target_os = "linux")]
mod trouble;

use std::cell::Cell;
use std::convert::Infallible;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::state_dir::StateDir;
use crate::base::error::{Code, Result, unavailable};
use crate::base::signals::spawn_deaf;
use crate::base::waiting::{Waiting, What};
pub(super) use entry::{IsOurs, ItemSecret};
use entry::{Located, SERVICE};
pub(super) use platform::LARGEST;

/// In sum, for all calls before something is sent, and again for those after.
const BUDGET: Duration = Duration::from_secs(3);

/// A look within this time of the last search reads the item where that search found it: a run looks once before it takes the
/// claim and once after. If the item is gone, it is searched for again.
const LATELY: Duration = Duration::from_millis(500);

/// Of a look in a crowd.
const MOST_TRIES: usize = 5;

pub(super) struct Keyring {
    account: String,
    /// The door that is shared with other processes.
    gate: String,
    /// With the claim this run is the only one that asks for this credential, and goes first.
    first: Cell<bool>,
    /// Others were before us.
    waited: Cell<bool>,
    left: Duration,
    /// Where the last look found the item, or that there is none.
    located: Option<Located>,
    /// When it was searched for.
    searched: Option<Instant>,
}

/// Whether there is one that answers. Asks nobody to unlock anything.
pub(crate) fn is_reachable() -> bool {
    StateDir::locate().is_ok_and(|state| Keyring::open("", &state).accounts().is_ok())
}

/// `Err` unless there is one in which credentials can be kept, now. Asks nobody to unlock anything.
pub(crate) fn check() -> Result<()> {
    Keyring::open("", &StateDir::locate()?).call(platform::check)
}

/// Starts the search for an item that will soon be read, while the caller does something else: connecting and searching take
/// most of a look. Does nothing if all places at the gate are taken.
#[cfg(target_os = "linux")]
pub(crate) fn search_early(account: &str) {
    let Ok(state) = StateDir::locate() else { return };
    let Some(place) = gate::enter_at_once(&state.private_name()) else { return };
    let account = account.to_owned();
    let job = move || {
        let _place = place;
        platform::search_early(SERVICE, &account, Instant::now() + LATELY);
    };
    let _ = TURN.lock().unwrap_or_else(PoisonError::into_inner).jobs().send(Box::new(job));
}

/// There a look takes no longer than a search.
#[cfg(not(target_os = "linux"))]
pub(crate) fn search_early(_: &str) {}

impl Keyring {
    pub(super) fn open(account: &str, state: &StateDir) -> Keyring {
        let (account, gate) = (account.to_owned(), state.private_name());
        let (first, waited) = (Cell::new(false), Cell::new(false));
        Keyring { account, gate, first, waited, left: BUDGET, located: None, searched: None }
    }

    pub(super) fn go_first(&self, first: bool) {
        self.first.set(first);
    }

    /// A new budget, for the calls after the answer.
    pub(super) fn renew(&mut self) {
        self.left = BUDGET;
    }

    /// Searches, unless that was done lately, and reads: every item that is exactly this account's; several only if another program copied one.
    pub(super) fn look(&mut self) -> Result<Vec<ItemSecret>> {
        let mut tries = 1..=MOST_TRIES;
        loop {
            if self.searched.is_none_or(|at| at.elapsed() > LATELY) {
                self.located = None;
                self.searched = Some(Instant::now());
            }
            let found = self.look_again();
            let silent = found.as_ref().is_err_and(|error| error.code == Code::StoreUnavailable);
            if !silent || tries.next().is_none() || !self.is_crowded() {
                return found;
            }
            std::thread::sleep(Duration::from_millis(300));
            self.left = BUDGET;
        }
    }

    /// Whether others ask at the same time, so that a silent keyring may only be a busy one.
    fn is_crowded(&self) -> bool {
        !self.first.get() && gate::has_time() && (self.waited.get() || gate::enter(&self.gate).waited)
    }

    /// Searches, whenever that was done last, and reads.
    pub(super) fn search_anew(&mut self) -> Result<Vec<ItemSecret>> {
        self.searched = None;
        self.look()
    }

    /// Reads where the last look found it. An item that came beside it since is not seen.
    pub(super) fn look_again(&mut self) -> Result<Vec<ItemSecret>> {
        self.with_located(Located::read)
    }

    /// Replaces the item where it was found; makes it if it is not there. Of several only those that are `ours`.
    pub(super) fn set(&mut self, secret: &str, ours: IsOurs) -> Result<()> {
        let secret = secret.as_bytes().to_vec();
        self.with_located(move |mut located| located.write(&secret, ours).map(|()| (located, ())))
    }

    /// A missing item is fine. Of several only those that are `ours`.
    pub(super) fn delete(&mut self, ours: IsOurs) -> Result<()> {
        self.with_located(move |mut located| located.delete(ours).map(|()| (located, ())))
    }

    /// Of all items of ours, which account each is for. Asks nobody to unlock anything.
    pub(super) fn accounts(&mut self) -> Result<Vec<String>> {
        self.call(|| platform::accounts(SERVICE))
    }

    /// Whether there is one that holds items, and it is unlocked. What cannot be asked is not.
    pub(super) fn is_open(&mut self) -> bool {
        self.call(platform::is_open).unwrap_or(false)
    }

    fn with_located<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(Located) -> Result<(Located, T)> + Send + 'static,
    ) -> Result<T> {
        let (known, account) = (self.located.take(), self.account.clone());
        let (located, done) = self.call(move || work(known.map_or_else(|| Located::new(&account), Ok)?))?;
        self.located = Some(located);
        Ok(done)
    }

    fn call<T: Send + 'static>(&mut self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let _waiting = Waiting::begin(What::Keyring, None);
        // Each of those before us holds it for their own budget at most.
        let mut turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (!self.first.get()).then(|| gate::enter(&self.gate));
        self.waited.set(place.as_ref().is_some_and(|place| place.waited));
        let begun = Instant::now();
        let silent = || unavailable("the keyring did not answer within 3 s");
        let gone = || unavailable("the keyring's thread ended");
        if turn.is_stuck() {
            return Err(silent());
        }
        let (reply, answer) = mpsc::channel();
        let (running, ended) = mpsc::channel::<Infallible>();
        let job = move || {
            let done = work();
            {
                // Held until then.
                let place = place;
                // A bus and a daemon have room for so many connections, and whoever waits for a refresh needs none.
                if place.as_ref().is_some_and(|place| place.waited) {
                    platform::disconnect();
                }
            }
            let _ = reply.send(done);
            drop(running);
        };
        turn.jobs().send(Box::new(job)).map_err(|_| gone())?;
        let result = answer.recv_timeout(self.left);
        self.left = self.left.saturating_sub(begun.elapsed());
        match result {
            Ok(done) => done,
            Err(RecvTimeoutError::Timeout) => {
                turn.overdue = Some(ended);
                Err(silent())
            }
            Err(RecvTimeoutError::Disconnected) => Err(gone()),
        }
    }
}

type Job = Box<dyn FnOnce() + Send>;

/// Held by whoever's turn it is.
static TURN: Mutex<Turn> = Mutex::new(Turn { jobs: None, overdue: None });

struct Turn {
    jobs: Option<Sender<Job>>,
    /// The call that nobody waits for any more. Until it comes back every other would wait in vain.
    overdue: Option<Receiver<Infallible>>,
}

impl Turn {
    fn jobs(&mut self) -> &Sender<Job> {
        self.jobs.get_or_insert_with(|| {
            let (jobs, inbox) = mpsc::channel::<Job>();
            spawn_deaf(move || inbox.into_iter().for_each(|job| job()));
            jobs
        })
    }

    fn is_stuck(&mut self) -> bool {
        let stuck =
            self.overdue.as_ref().is_some_and(|overdue| overdue.try_recv() == Err(TryRecvError::Empty));
        if !stuck {
            self.overdue = None;
        }
        stuck
    }
}
