//! When `refresh --all --due` refreshes a credential: past half of its refresh token's sliding life,
//! or, if that is not known, a day after the last time.
//!
//! Each credential is due a little early, by a share that its refresh token decides: machines that were
//! set up together drift apart, a daily timer does not miss the day by a second, and no run is later for it.

use crate::base::clock::Moment;
use crate::base::digest::sha256_hex;
use crate::credential::reading::LifetimeKind;
use crate::credential::record::Record;
use crate::credential::secrets::RefreshToken;
use crate::credential::state::Credential;

/// Milliseconds, for a refresh token of unknown life.
const UNKNOWN: i64 = 24 * 3_600_000;
/// Of the wait, in thousandths: the most by which it is cut.
const MOST_EARLY: i64 = 100;

/// Also whatever an earlier run left open or marked: that is to be looked into, or told.
pub(crate) fn is_due(credential: &Credential, kind: LifetimeKind, now: &Moment) -> bool {
    let Some(record) = credential.record() else { return true };
    if credential.open().is_some() || record.mark.is_some() {
        return true;
    }
    let last = last_time(record);
    let wait = half_life(record, kind, last).unwrap_or(UNKNOWN);
    now.certainly_since(last) >= wait - early(record, wait)
}

/// Of import or refresh. A vendor that does not rotate gives a new access token only.
fn last_time(record: &Record) -> &Moment {
    let rotated = &record.refresh_obtained;
    let access = record.access().map(|access| &access.obtained);
    access.filter(|obtained| obtained.since(rotated) > 0).unwrap_or(rotated)
}

/// `None`: not known, or no refresh makes it longer.
fn half_life(record: &Record, kind: LifetimeKind, last: &Moment) -> Option<i64> {
    let life = record.refresh_expires_ms?.saturating_sub(last.wall_ms);
    (kind == LifetimeKind::Sliding && life > 0).then_some(life / 2)
}

fn early(record: &Record, wait: i64) -> i64 {
    let token = record.refresh_token.as_ref().map(RefreshToken::expose).unwrap_or_default();
    let share = i64::from_str_radix(&sha256_hex(token)[..4], 16).unwrap_or(0);
    i64::try_from(i128::from(wait) * i128::from(MOST_EARLY * share) / (1_000 * 0x1_0000)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::record::AccessExpiry;
    use crate::testing::samples::{access, attempt, credential as held, moment};

    const DAY: i64 = 86_400;

    /// Obtained at 0, seconds of life.
    fn credential(token: &str, life: Option<i64>) -> Credential {
        let mut there = held(1, 0, 0, token);
        there.record_mut().expect("held").refresh_expires_ms = life.map(|seconds| seconds * 1_000);
        there
    }

    /// The first second at which it is due.
    fn from(credential: &Credential, kind: LifetimeKind) -> i64 {
        let (mut not_yet, mut due) = (-1, 100 * DAY);
        while due - not_yet > 1 {
            let middle = (due + not_yet) / 2;
            if is_due(credential, kind, &moment(middle)) { due = middle } else { not_yet = middle }
        }
        due
    }

    #[test]
    fn half_of_a_sliding_life_or_a_day_and_at_most_a_tenth_early() {
        for (life, kind, latest) in [
            (Some(30 * DAY), LifetimeKind::Sliding, 15 * DAY),
            (Some(3_600), LifetimeKind::Sliding, 1_800),
            (Some(30 * DAY), LifetimeKind::Absolute, DAY),
            (None, LifetimeKind::Sliding, DAY),
            (Some(-5), LifetimeKind::Sliding, DAY),
        ] {
            for n in 0..50 {
                let at = from(&credential(&format!("rt-{n}"), life), kind);
                assert!((latest * 9 / 10..=latest).contains(&at), "{life:?} {kind:?}: {at}");
            }
        }
    }

    #[test]
    fn credentials_of_one_age_are_due_at_times_of_their_own() {
        let mut buckets = [0; 10];
        for n in 0..1_000 {
            let at = from(&credential(&format!("rt-{n}"), Some(20 * DAY)), LifetimeKind::Sliding);
            buckets[usize::try_from((at - 9 * DAY - 1).max(0) * 10 / DAY).expect("small").min(9)] += 1;
        }
        assert!(buckets.iter().all(|count| (60..=140).contains(count)), "{buckets:?}");
    }

    #[test]
    fn a_refresh_without_a_new_refresh_token_counts() {
        let mut there = credential("rt", None);
        let access = access("at", moment(5 * DAY), AccessExpiry::Unknown);
        there.record_mut().expect("held").set_access(Some(access));
        assert!((5 * DAY + DAY * 9 / 10..=6 * DAY).contains(&from(&there, LifetimeKind::Sliding)));
    }

    #[test]
    fn what_was_left_open_is_due() {
        let there = credential("rt", None);
        assert!(!is_due(&there, LifetimeKind::Sliding, &moment(1)));
        assert!(is_due(&there.opened(attempt(0), None), LifetimeKind::Sliding, &moment(1)));
    }
}
