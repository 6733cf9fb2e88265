//! When `refresh --all --due` refreshes a credential: past half of its refresh token's sliding life,
//! or, if that is not known, a day after the last time.
//!
//! Each credential is due a little early, by a share that its refresh token decides: machines that were
//! set up together drift apart, a daily timer does not miss the day by a second, and no run is later for it.

use crate::base::clock::Moment;
use crate::base::digest::sha256_hex;
use crate::credential::access::AccessExpiry;
use crate::credential::audience::Audience;
use crate::credential::reading::{LifetimeKind, RenewsWith};
use crate::credential::record::Record;
use crate::credential::secrets::RefreshToken;
use crate::credential::state::Credential;

/// Milliseconds, for a refresh token of unknown life.
const UNKNOWN: i64 = 24 * 3_600_000;
/// Of the wait, in thousandths: the most by which it is cut.
const MOST_EARLY: i64 = 100;

/// What of a dialect decides it.
#[derive(Clone, Copy)]
pub(crate) struct Renewal<'a> {
    pub(crate) audience: &'a Audience,
    /// As `Record::mark` wants it.
    pub(crate) client: Option<&'a str>,
    pub(crate) lifetime_kind: LifetimeKind,
    pub(crate) with: RenewsWith,
}

/// Also whatever an earlier run left open or marked: that is to be looked into, or told.
pub(crate) fn is_due(credential: &Credential, renewal: Renewal<'_>, now: &Moment) -> bool {
    let Some(record) = credential.record() else { return true };
    // Another machine keeps it alive.
    if record.exported_ms.is_some() {
        return false;
    }
    if credential.open().is_some() || record.mark(renewal.audience, renewal.client).is_some() {
        return true;
    }
    // A last time that lies ahead was told by another clock: nobody knows how long ago it was.
    let Some(last) = last_time(record, now) else { return true };
    let wait = match half_life(record, renewal, last) {
        Some(wait) => wait,
        // Of a token that a person brought, and that is all there is, not even the life is known.
        None if renewal.with == RenewsWith::AccessToken && !is_dated(record) => return true,
        None => UNKNOWN,
    };
    last.age(now).is_none_or(|age| age >= wait - early(record, wait))
}

/// Of import or refresh. A vendor that does not rotate gives a new access token only.
fn last_time<'a>(record: &'a Record, now: &Moment) -> Option<&'a Moment> {
    let access = record.newest_access().map(|access| &access.obtained);
    let all = access.into_iter().chain([&record.refresh_obtained]);
    all.filter_map(|moment| Some((moment.age(now)?, moment)))
        .min_by_key(|(age, _)| *age)
        .map(|(_, moment)| moment)
}

/// `None`: not known, or no refresh makes it longer.
fn half_life(record: &Record, renewal: Renewal<'_>, last: &Moment) -> Option<i64> {
    let life = record.dies_ms(renewal.with)?.saturating_sub(last.wall_ms);
    let longer = renewal.lifetime_kind != LifetimeKind::Absolute || renewal.with == RenewsWith::AccessToken;
    (longer && life > 0).then_some(life / 2)
}

fn is_dated(record: &Record) -> bool {
    record.newest_access().is_some_and(|access| access.expires != AccessExpiry::UnknownAge)
}

fn early(record: &Record, wait: i64) -> i64 {
    let token = record.refresh_token.as_ref().map(RefreshToken::expose).unwrap_or_default();
    let share = i64::from_str_radix(&sha256_hex(token)[..4], 16).unwrap_or(0);
    i64::try_from(i128::from(wait) * i128::from(MOST_EARLY * share) / (1_000 * 0x1_0000)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::credential::audience::Audience;
    use crate::testing::samples::{access, attempt, credential as held, moment};

    static OWN: LazyLock<Audience> = LazyLock::new(Audience::default);
    const DAY: i64 = 86_400;

    /// Obtained at 0, seconds of life.
    fn credential(token: &str, life: Option<i64>) -> Credential {
        let mut there = held(1, 0, 0, token);
        there.record_mut().expect("held").refresh_expires_ms = life.map(|seconds| seconds * 1_000);
        there
    }

    fn sliding() -> Renewal<'static> {
        Renewal {
            audience: &OWN,
            client: None,
            lifetime_kind: LifetimeKind::Sliding,
            with: RenewsWith::RefreshToken,
        }
    }

    /// The first second at which it is due.
    fn from(credential: &Credential, kind: LifetimeKind) -> i64 {
        first_due(credential, Renewal { lifetime_kind: kind, ..sliding() })
    }

    fn first_due(credential: &Credential, renewal: Renewal<'_>) -> i64 {
        let (mut not_yet, mut due) = (-1, 100 * DAY);
        while due - not_yet > 1 {
            let middle = (due + not_yet) / 2;
            if is_due(credential, renewal, &moment(middle)) { due = middle } else { not_yet = middle }
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
        there.record_mut().expect("held").set_access(&Audience::default(), Some(access));
        let due = |at: i64| is_due(&there, sliding(), &moment(at));
        assert_eq!([5 * DAY, 5 * DAY + DAY * 9 / 10 - 1, 6 * DAY].map(due), [false, false, true]);
    }

    #[test]
    fn who_renews_with_the_access_token_is_due_at_half_of_its_life() {
        let renewal = Renewal { with: RenewsWith::AccessToken, ..sliding() };
        let of = |expires| {
            let mut there = credential("at", None);
            there
                .record_mut()
                .expect("held")
                .set_access(&Audience::default(), Some(access("at", moment(0), expires)));
            there
        };
        for kind in [LifetimeKind::Sliding, LifetimeKind::Absolute] {
            let renewal = Renewal { lifetime_kind: kind, ..renewal };
            let due = first_due(&of(AccessExpiry::At(3_600_000)), renewal);
            assert!((1_620..=1_800).contains(&due), "{due}");
            assert!((DAY * 9 / 10..=DAY).contains(&first_due(&of(AccessExpiry::Unknown), renewal)));
            // Brought by a person, and nobody knows how long it lives.
            assert_eq!(first_due(&of(AccessExpiry::UnknownAge), renewal), 0);
            assert_eq!(first_due(&credential("at", None), renewal), 0);
            let known = first_due(&credential("at", Some(3_600)), renewal);
            assert!((1_620..=1_800).contains(&known), "{known}");
        }
    }

    #[test]
    fn a_last_time_that_lies_ahead_is_none() {
        let mut there = credential("rt", Some(30 * DAY));
        let record = there.record_mut().expect("held");
        record.refresh_obtained = moment(5 * DAY);
        let due = |there: &Credential, at: i64| is_due(there, sliding(), &moment(at));
        assert!(due(&there, 4 * DAY), "nobody knows how long ago it was");
        // That it was refreshed since, without a new refresh token, is known.
        there
            .record_mut()
            .expect("held")
            .set_access(&Audience::default(), Some(access("at", moment(4 * DAY), AccessExpiry::Unknown)));
        assert!(!due(&there, 4 * DAY) && due(&there, 5 * DAY - 1) == due(&there, 5 * DAY - 1));
    }

    #[test]
    fn what_was_left_open_is_due() {
        let there = credential("rt", None);
        assert!(!is_due(&there, sliding(), &moment(1)));
        assert!(is_due(&there.opened(attempt(0), None), sliding(), &moment(1)));
    }
}
