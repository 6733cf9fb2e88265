//! How much goes on at once. Most stories wait, so more of them run side by side than there are cores; but a keyring
//! has 3 s to answer each of its callers, and too many daemons, or a crowd of processes, would keep it from that.

use std::collections::HashMap;
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

/// Daemons for each core: most of their time they wait.
const DAEMONS_PER_CORE: usize = 3;

#[derive(Default)]
struct Holders {
    /// How many each thread has: whoever holds one never waits for their next.
    each: HashMap<ThreadId, usize>,
    /// A crowd wants to be alone; until it has been, no other thread gets a permit.
    crowd_waits: bool,
    crowd: bool,
}

static HOLDERS: LazyLock<Mutex<Holders>> = LazyLock::new(Mutex::default);
static RETURNED: Condvar = Condvar::new();

fn holders() -> MutexGuard<'static, Holders> {
    HOLDERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returned when it is dropped, on whatever thread that is.
pub struct Permit {
    holder: ThreadId,
    crowd: bool,
}

impl Permit {
    /// For a keyring daemon: some at once, and none beside a crowd.
    pub fn of_a_daemon() -> Permit {
        let most = DAEMONS_PER_CORE * thread::available_parallelism().map_or(2, usize::from);
        let no_room = |now: &Holders| now.crowd || now.crowd_waits || now.each.len() >= most;
        Permit::take(wait_while(holders(), no_room), false)
    }

    /// For a crowd of processes: alone.
    pub fn of_a_crowd() -> Permit {
        let mut holders = wait_while(holders(), |now| now.crowd_waits);
        holders.crowd_waits = true;
        let mut holders = wait_while(holders, |now| now.crowd || !now.each.is_empty());
        holders.crowd_waits = false;
        holders.crowd = true;
        Permit::take(holders, true)
    }

    fn take(mut holders: MutexGuard<'_, Holders>, crowd: bool) -> Permit {
        let holder = thread::current().id();
        *holders.each.entry(holder).or_default() += 1;
        Permit { holder, crowd }
    }
}

fn wait_while<'a>(
    holders: MutexGuard<'a, Holders>,
    busy: impl Fn(&Holders) -> bool,
) -> MutexGuard<'a, Holders> {
    let own = thread::current().id();
    let waits = |now: &mut Holders| !now.each.contains_key(&own) && busy(now);
    RETURNED.wait_while(holders, waits).unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut holders = holders();
        if let Some(count) = holders.each.get_mut(&self.holder) {
            *count -= 1;
            if *count == 0 {
                holders.each.remove(&self.holder);
            }
        }
        holders.crowd &= !self.crowd;
        RETURNED.notify_all();
    }
}
