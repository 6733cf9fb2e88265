//! What time it is, twice: the wall clock, which people set, and the boot clock,
//! which only moves forward (and goes on while the machine sleeps).
//!
//! Within one boot every age is taken from the boot clock, so a wall clock that
//! jumps neither starts a storm of refreshes nor keeps a dead token alive.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// One instant. `boot` names the boot that `boot_ms` counts from; empty if unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moment {
    /// Milliseconds since 1970, UTC.
    pub(crate) wall_ms: i64,
    /// Milliseconds since the machine started.
    pub(crate) boot_ms: i64,
    pub(crate) boot: String,
}

/// Of this program, in the word with which one hands over to another.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What both clocks say, without the name of the boot, for which a file is read.
#[derive(Clone, Copy)]
pub(crate) struct ClockReading {
    wall_ms: i64,
    boot_ms: i64,
}

impl ClockReading {
    pub(crate) fn now() -> ClockReading {
        let wall_ms = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => millis(since),
            Err(before) => -millis(before.duration()),
        };
        ClockReading { wall_ms, boot_ms: boot_ms() }
    }

    /// When so much time has passed since then, for waiting.
    pub(crate) fn later(self, span: Duration) -> Instant {
        let passed = ClockReading::now().boot_ms.saturating_sub(self.boot_ms);
        Instant::now() + span.saturating_sub(Duration::from_millis(u64::try_from(passed).unwrap_or(0)))
    }

    /// So long ago.
    pub(crate) fn before(self, span: Duration) -> ClockReading {
        let span = millis(span);
        ClockReading { wall_ms: self.wall_ms - span, boot_ms: self.boot_ms - span }
    }

    /// For the other program, as one word.
    pub(crate) fn to_word(self) -> String {
        format!("{VERSION}:{}:{}", self.wall_ms, self.boot_ms)
    }

    /// With the version that wrote it: while both are being replaced, the one may be older than the other.
    /// `None`: no such word.
    #[cfg(any(target_os = "linux", test))]
    pub(crate) fn from_word(word: &std::ffi::OsStr) -> Option<(ClockReading, &str)> {
        let mut parts = word.to_str()?.split(':');
        let (version, wall_ms, boot_ms) = (parts.next()?, parts.next()?, parts.next()?);
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
        let numbered = version.starts_with(|first: char| first.is_ascii_digit());
        let known = numbered && version.len() <= 40 && version.bytes().all(plain) && parts.next().is_none();
        let reading = ClockReading { wall_ms: wall_ms.parse().ok()?, boot_ms: boot_ms.parse().ok()? };
        known.then_some((reading, version))
    }

    /// For whoever knows the name of this boot already.
    pub(crate) fn within(self, boot: &str) -> Moment {
        Moment { wall_ms: self.wall_ms, boot_ms: self.boot_ms, boot: boot.to_owned() }
    }

    pub(crate) fn moment(self) -> Moment {
        self.within(boot_id())
    }
}

impl Moment {
    pub(crate) fn now() -> Moment {
        ClockReading::now().moment()
    }

    /// So long ago.
    pub(crate) fn before(&self, span: Duration) -> Moment {
        let span = millis(span);
        Moment { wall_ms: self.wall_ms - span, boot_ms: self.boot_ms - span, boot: self.boot.clone() }
    }

    /// Milliseconds from `earlier` to here; by the wall only across a reboot.
    pub(crate) fn since(&self, earlier: &Moment) -> i64 {
        if self.same_boot(earlier) {
            self.boot_ms.saturating_sub(earlier.boot_ms)
        } else {
            self.wall_ms.saturating_sub(earlier.wall_ms)
        }
    }

    /// Milliseconds from `self` to `now`, by the boot's own clock within one boot; `None`: it lies ahead of every clock
    /// that can tell. A boot clock may run behind what it was: a machine that was put back to an earlier state keeps
    /// the boot's name, and so do two namespaces with clocks of their own. Then the wall clock tells.
    pub(crate) fn age(&self, now: &Moment) -> Option<i64> {
        let ages = [now.since(self), now.wall_ms.saturating_sub(self.wall_ms)];
        ages.into_iter()
            .find(|age| *age >= 0)
            .map(|age| age.max(if now.rebooted(self) { now.boot_ms } else { 0 }))
    }

    /// At least so many milliseconds from `earlier` to here: no more than either clock says, if neither was set back;
    /// across a reboot, where the wall clock may have been, no less than this boot is old.
    pub(crate) fn certainly_since(&self, earlier: &Moment) -> i64 {
        let (by_boot, by_wall) = (self.since(earlier), self.wall_ms.saturating_sub(earlier.wall_ms));
        let least = match by_boot >= 0 && by_wall >= 0 {
            true => by_boot.min(by_wall),
            false => by_boot.max(by_wall),
        };
        least.max(if self.rebooted(earlier) { self.boot_ms } else { 0 }).max(0)
    }

    /// Not before `started`, the first instruction of this very process, and not later than `now`: a moment of
    /// another boot is not, whatever the wall clocks say, and what lies ahead decides nothing.
    pub(crate) fn is_between(&self, started: &Moment, now: &Moment) -> bool {
        self.boot == started.boot && self.since(started) >= 0 && now.since(self) >= 0
    }

    fn rebooted(&self, earlier: &Moment) -> bool {
        !earlier.boot.is_empty() && !self.boot.is_empty() && !self.same_boot(earlier)
    }

    fn same_boot(&self, other: &Moment) -> bool {
        !self.boot.is_empty() && self.boot == other.boot
    }
}

pub(crate) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// RFC 3339 in UTC, whole seconds: `2026-01-01T00:00:00Z`. Out of range: `None`.
pub(crate) fn rfc3339(unix_seconds: i64) -> Option<String> {
    jiff::Timestamp::from_second(unix_seconds).ok().map(|t| t.to_string())
}

#[cfg(target_os = "linux")]
fn boot_ms() -> i64 {
    use nix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::CLOCK_BOOTTIME).map_or(0, |t| millis(Duration::from(t)))
}

#[cfg(not(target_os = "linux"))]
fn boot_ms() -> i64 {
    0
}

/// Read once: it cannot change while we run.
#[cfg(target_os = "linux")]
fn boot_id() -> &'static str {
    use std::sync::OnceLock;
    static ID: OnceLock<String> = OnceLock::new();
    ID.get_or_init(|| {
        let read = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
        read.map(|id| id.trim().to_owned()).unwrap_or_default()
    })
}

/// Without a name for the boot, ages are taken from the wall clock.
#[cfg(not(target_os = "linux"))]
fn boot_id() -> &'static str {
    ""
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(wall_ms: i64, boot_ms: i64, boot: &str) -> Moment {
        Moment { wall_ms, boot_ms, boot: boot.into() }
    }

    #[test]
    fn across_a_reboot_at_least_this_boot_has_passed() {
        let at = |wall_ms, boot_ms, boot: &str| Moment { wall_ms, boot_ms, boot: boot.into() };
        let then = at(9_000_000, 500_000, "a");
        assert_eq!(at(1_000, 70_000, "b").certainly_since(&then), 70_000, "the clock was set back");
        assert_eq!(at(9_600_000, 70_000, "b").certainly_since(&then), 600_000);
        assert_eq!(at(1_000, 510_000, "a").certainly_since(&then), 10_000);
        assert_eq!(at(1_000, 490_000, "a").certainly_since(&then), 0);
        assert_eq!(at(1_000, 70_000, "").certainly_since(&then), 0, "nobody knows");
    }

    #[test]
    fn of_two_clocks_that_were_not_set_back_the_slower_one_is_certain() {
        let then = at(1_000_000, 500_000, "a");
        for (wall, boot, certain, age) in [
            (1_060_000, 560_000, 60_000, Some(60_000)),
            // Another boot clock: a namespace a day ahead, and one a day behind.
            (1_005_000, 86_905_000, 5_000, Some(86_405_000)),
            (1_005_000, 400_000, 5_000, Some(5_000)),
            // The wall clock was set: back, and ahead.
            (5_000, 530_000, 30_000, Some(30_000)),
            (9_000_000, 530_000, 30_000, Some(30_000)),
            // The machine was put back to an earlier state.
            (900_000, 400_000, 0, None),
        ] {
            let now = at(wall, boot, "a");
            assert_eq!((now.certainly_since(&then), then.age(&now)), (certain, age), "{wall} {boot}");
        }
        assert_eq!(then.age(&at(1_060_000, 7_000, "b")), Some(60_000));
        assert_eq!(then.age(&at(1_060_000, 90_000, "b")), Some(90_000), "up for longer than that");
        assert_eq!(then.age(&at(999_999, 90_000, "b")), None, "set back across a reboot");
    }

    #[test]
    fn a_reading_passes_to_the_other_program_of_whatever_version() {
        let read = |word: &str| {
            let read = ClockReading::from_word(std::ffi::OsStr::new(word));
            read.map(|(read, version)| (read.wall_ms, read.boot_ms, version.to_owned()))
        };
        let now = ClockReading { wall_ms: -3, boot_ms: 7 };
        assert_eq!(read(&now.to_word()), Some((-3, 7, VERSION.to_owned())));
        assert_eq!(read("9.9.9-rc.1:1:2"), Some((1, 2, "9.9.9-rc.1".to_owned())));
        for word in ["", "status", ":1:1", "x:1:1", "9.9.9:1", "9.9.9:1:x", "9.9.9:1:1:1", "9.\u{1b}:1:1"] {
            assert_eq!(read(word), None, "{word}");
        }
    }

    #[test]
    fn a_jump_of_the_wall_clock_changes_no_age_within_one_boot() {
        let then = at(1_000_000, 5_000, "a");
        assert_eq!(at(-9_000_000, 6_500, "a").since(&then), 1_500);
        assert_eq!(at(1_004_000, 10, "b").since(&then), 4_000);
        assert_eq!(at(1_004_000, 10, "").since(&at(1_000_000, 5_000, "")), 4_000);
    }

    #[test]
    fn times_are_written_as_the_contract_says() {
        assert_eq!(rfc3339(1_767_225_600).as_deref(), Some("2026-01-01T00:00:00Z"));
        assert_eq!(rfc3339(i64::MAX), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn ages_never_overflow_and_follow_the_boot_clock_within_a_boot(a in any::<[i64; 2]>(), b in any::<[i64; 2]>(), same: bool) {
            let (one, other) = (at(a[0], a[1], "a"), at(b[0], b[1], if same { "a" } else { "b" }));
            let (to, from) = if same { (a[1], b[1]) } else { (a[0], b[0]) };
            prop_assert_eq!(one.since(&other), to.saturating_sub(from));
            prop_assert_eq!(one.since(&other) >= 0, to >= from);
            let (now, late) = (at(0, i64::MAX, "a"), at(0, i64::MIN, "a"));
            prop_assert_eq!(one.is_between(&other, &now), same && to >= from);
            prop_assert!(!one.is_between(&other, &late) || to == i64::MIN, "it lies ahead");
            prop_assert!(one.certainly_since(&other) >= 0 && other.age(&one).is_none_or(|age| age >= 0));
        }

        #[test]
        fn any_second_is_a_date_or_none(seconds: i64) {
            prop_assert!(rfc3339(seconds).is_none_or(|date| date.ends_with('Z')));
        }
    }
}
