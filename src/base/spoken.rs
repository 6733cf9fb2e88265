//! Spans of time as people say them: `2 h 10 min`, `3 weeks`. Rounded down, so that nobody is promised more than there is.

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;
/// A twelfth of a year of the calendar that has leap years.
const MONTH: u64 = 2_629_746;
const YEAR: u64 = 12 * MONTH;

/// With the next smaller unit where it matters to somebody who waits: within a day.
pub(crate) fn span(seconds: u64) -> String {
    match seconds {
        HOUR..DAY if seconds % HOUR >= MINUTE => {
            format!("{} h {} min", seconds / HOUR, seconds % HOUR / MINUTE)
        }
        _ => rough_span(seconds),
    }
}

/// In one unit: for what is over.
pub(crate) fn rough_span(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..MINUTE => return format!("{seconds} s"),
        MINUTE..HOUR => return format!("{} min", seconds / MINUTE),
        HOUR..DAY => return format!("{} h", seconds / HOUR),
        // As long as a number of days is one that people say.
        _ if seconds < 2 * WEEK => (seconds / DAY, "day"),
        _ if seconds < 2 * MONTH => (seconds / WEEK, "week"),
        _ if seconds < 2 * YEAR => (seconds / MONTH, "month"),
        _ => (seconds / YEAR, "year"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// `in 2 h 10 min`, `5 min ago`: of what lies `ahead`, or less than nothing, in seconds.
pub(crate) fn from_now(ahead: i64) -> String {
    match u64::try_from(ahead) {
        Ok(ahead) => format!("in {}", span(ahead)),
        Err(_) => format!("{} ago", rough_span(ahead.unsigned_abs())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spans_are_said_as_people_say_them() {
        for (seconds, exact, rough) in [
            (0, "0 s", "0 s"),
            (59, "59 s", "59 s"),
            (60, "1 min", "1 min"),
            (3_599, "59 min", "59 min"),
            (3_600, "1 h", "1 h"),
            (3_659, "1 h", "1 h"),
            (3_660, "1 h 1 min", "1 h"),
            (7_800, "2 h 10 min", "2 h"),
            (86_399, "23 h 59 min", "23 h"),
            (86_400, "1 day", "1 day"),
            (2 * 86_400 - 1, "1 day", "1 day"),
            (2 * 86_400, "2 days", "2 days"),
            (14 * 86_400 - 1, "13 days", "13 days"),
            (14 * 86_400, "2 weeks", "2 weeks"),
            (21 * 86_400, "3 weeks", "3 weeks"),
            (30 * 86_400, "4 weeks", "4 weeks"),
            (61 * 86_400, "2 months", "2 months"),
            (366 * 86_400, "12 months", "12 months"),
            (2 * 366 * 86_400, "2 years", "2 years"),
            (400 * 366 * 86_400, "400 years", "400 years"),
        ] {
            assert_eq!((span(seconds).as_str(), rough_span(seconds).as_str()), (exact, rough), "{seconds}");
        }
        assert_eq!([7_800, 0, -1, -300].map(from_now), ["in 2 h 10 min", "in 0 s", "1 s ago", "5 min ago"]);
        assert!(from_now(i64::MIN).ends_with(" years ago") && span(u64::MAX).ends_with(" years"));
    }

    /// What was said, in seconds.
    fn meant(words: &str) -> u64 {
        let words: Vec<&str> = words.split(' ').collect();
        let unit = |name: &str| match name.trim_end_matches('s') {
            "" => 1,
            "min" => MINUTE,
            "h" => HOUR,
            "day" => DAY,
            "week" => WEEK,
            "month" => MONTH,
            "year" => YEAR,
            other => panic!("{other}"),
        };
        words.chunks(2).map(|pair| pair[0].parse::<u64>().expect("a number") * unit(pair[1])).sum()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn no_more_is_promised_than_there_is_and_at_least_half_of_it(
            seconds in prop_oneof![0..200_u64, 0..200_000_u64, 0..200_000_000_u64],
        ) {
            let said = meant(&span(seconds));
            prop_assert!(said <= seconds && 2 * said >= seconds, "{}", span(seconds));
            prop_assert!(meant(&rough_span(seconds)) <= said);
            prop_assert!(span(seconds).len() <= 11 && said <= meant(&span(seconds + 1)));
        }
    }
}
