//! What types alone cannot say of a dialect: whether its parts go together, and
//! whether every template can be filled in. All of it, before anything is sent.

mod answer;
mod exchange;
mod faults;
mod known;
mod metadata;
mod request;
mod steps;
mod template;

use self::faults::Faults;
pub(super) use self::faults::Found;
pub(super) use self::steps::stranger;
use super::schema::Dialect;

pub(super) fn faults(dialect: &Dialect) -> Vec<Found> {
    let mut all = Faults::of(dialect);
    all.metadata();
    all.steps();
    for name in dialect.exchanges.keys() {
        dialect.step(name).iter().for_each(|step| all.exchange(step));
    }
    all.chain();
    all.found
}
