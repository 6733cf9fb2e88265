//! A token from the cache, with a look at whether it still is what the credential has.

use std::time::Instant;

use crate::base::clock::{ClockReading, Moment};
use crate::base::poll::Poll;
use crate::base::waiting::{Occasion, PATIENCE, What};
use crate::credential::access::Access;
use crate::session::demand::Demand;
use crate::session::freshness;
use crate::terminal::arguments::Global;
use crate::terminal::output::{self, Output};
use crate::warm::answer::Manner;
use crate::warm::cache::{Cache, Plan, Question};

/// The profile that is meant, and its token at this time. `None`: the engine is needed, or will say it better.
pub(super) fn cached(
    out: &Output,
    manner: Manner,
    want: &Demand,
    question: &Question,
    global: &Global,
    started: ClockReading,
) -> Option<(String, Access, Moment)> {
    let cache = Cache::open()?;
    let (plan, mut journal) = Plan::find(&cache, question)?;
    let deadline = started.later(global.deadline());
    let mut waiting = Poll::until(deadline);
    let mut waited = false;
    let mut began = None;
    loop {
        if let Some((access, now)) = plan.token(&cache, &journal)
            && let Some(cut) = freshness::serves(want, plan.min_ttl, &access, &now)
        {
            if cut.is_some() && manner == Manner::AtOnce {
                return None;
            }
            cut.into_iter().for_each(|cut| out.warn(cut.words()));
            return Some((plan.profile, access, now));
        }
        // A run that refreshes lets go of the lock a moment before it leaves its token in the cache.
        if manner == Manner::AtOnce {
            return None;
        }
        let busy = !want.offline && plan.awaits_one(want, &journal);
        if !(busy || waited) || !waiting.wait() {
            return None;
        }
        waited = busy;
        if say_once(&mut began) && out.is_watched() {
            let left = deadline.saturating_duration_since(Instant::now());
            output::waits(What::Lock, Some(left), Occasion::TakesLong);
        }
        journal = plan.journal()?;
    }
}

/// Whether the time has come to say what is waited for. `began`: `None` inside when that is said.
fn say_once(began: &mut Option<Option<Instant>>) -> bool {
    let since = began.get_or_insert_with(|| Some(Instant::now()));
    since.take_if(|since| since.elapsed() >= PATIENCE).is_some()
}
