//! What the small program finds of a forecast, and whether it counts.

use std::time::Duration;

use super::{Forecast, bound, name};
use crate::base::clock::{Moment, millis};
use crate::base::environment;
use crate::base::file_stamp::FileStamp;
use crate::store::state_dir::StateDir;
use crate::store::{JournalVersion, journal_version};
use crate::terminal::arguments::Global;
use crate::warm::cache::Cache;
use crate::warm::cache::seal::{self, CopySeal};

/// Whether a person is needed until then. `None`: the stores must be looked into.
pub(crate) fn foretold(global: &Global, within: Duration) -> Option<bool> {
    let name = name(global)?;
    let kept = Cache::open()?.get(&name)?;
    let forecast: Forecast = serde_json::from_slice(seal::legible(&kept)?).ok()?;
    let asked = StateDir::given().is_none_or(|state| state.path() == forecast.state.path());
    let at_home = forecast.home.as_ref().is_none_or(|home| *home == environment::home().unwrap_or_default());
    if !asked || !at_home || !forecast.seen.iter().all(FileStamp::holds) {
        return None;
    }
    let journal = |credential: &String| journal_version(&forecast.state, credential).ok();
    let journals: Option<Vec<Option<JournalVersion>>> = forecast.credentials.iter().map(journal).collect();
    // It is to be believed only now: where the journals lie it said itself.
    let journals = journals?;
    let bound = bound(&name, journals.iter().map(Option::as_ref));
    let seal = CopySeal::of(journals.iter().flatten().next()?);
    seal.is_vouched_for(&bound, &kept).then_some(())?;
    let until = Moment::now().wall_ms.saturating_add(millis(within));
    Some(forecast.needs_person || forecast.dies_ms.is_some_and(|dies| dies <= until))
}
