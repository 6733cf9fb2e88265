//! What the small program finds of a copy, and whether it counts.

use super::seal::{self, CopySeal};
use super::{Cache, Copy, Plan, Question};
use crate::base::clock::{ClockReading, Moment};
use crate::base::environment;
use crate::base::file_stamp::FileStamp;
use crate::credential::access::Access;
use crate::session::demand::Demand;
use crate::session::freshness;
use crate::store::{JournalVersion, is_busy};

impl Plan {
    /// With the journal as it is. `None`: the configuration must be read, for the first time or again.
    pub(crate) fn find(cache: &Cache, question: &Question) -> Option<(Plan, JournalVersion)> {
        let kept = cache.get(&question.name)?;
        let plan: Plan = serde_json::from_slice(seal::legible(&kept)?).ok()?;
        let asked = question.state.as_ref().is_none_or(|state| state.path() == plan.state.path());
        let at_home = plan.home.as_ref().is_none_or(|home| *home == environment::home().unwrap_or_default());
        if !asked || !at_home || !plan.seen.iter().all(FileStamp::holds) {
            return None;
        }
        // It is to be believed only now: where the journal lies it said itself.
        let journal = plan.journal()?;
        CopySeal::of(&journal).is_vouched_for(&question.name, &kept).then_some((plan, journal))
    }

    /// The access token and the time that it is, if nothing was changed since it was kept. Whether it
    /// is valid long enough is another question.
    pub(crate) fn token(&self, cache: &Cache, journal: &JournalVersion) -> Option<(Access, Moment)> {
        let mut kept = cache.get(&self.copy)?;
        let copy = CopySeal::of(journal).reveal(&self.copy, journal, &mut kept)?;
        let copy: Copy = serde_json::from_slice(copy).ok()?;
        (copy.bound == self.bound).then_some(())?;
        // It is in memory, so it was kept since this boot.
        let now = ClockReading::now().within(&copy.at.boot);
        Some((copy.access, now))
    }

    /// Whether a new one is due for certain, and another run is about to get it.
    pub(crate) fn awaits_one(&self, want: &Demand, journal: &JournalVersion) -> bool {
        let (order, access) = &self.kept;
        let now = ClockReading::now().within(&self.at.boot);
        let due = freshness::serves(want, self.min_ttl, access, &now).is_none();
        // Of the same order: nobody has got one since, of which nothing was kept.
        let same = || journal.order() == *order;
        due && order.is_some() && same() && is_busy(&self.state, &self.credential)
    }
}
