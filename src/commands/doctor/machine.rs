//! The machine itself.

use crate::base::clock::{Moment, rfc3339};
use crate::terminal::finding::Finding;

/// Nobody ran this program before: 2020-01-01T00:00:00Z, in seconds.
const EARLIEST: i64 = 1_577_836_800;

pub(super) const SET_CLOCK: &str =
    "set the clock: `timedatectl set-ntp true` has it set by the network, `date -u -s TIME` sets it once";

pub(super) fn clock() -> Option<Finding> {
    let now = Moment::now().wall_ms.div_euclid(1_000);
    let words = || {
        format!("the clock says {}, which is in the past", rfc3339(now).unwrap_or_else(|| now.to_string()))
    };
    (now < EARLIEST).then(|| Finding::new("clock", words(), SET_CLOCK))
}
