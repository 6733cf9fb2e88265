//! One host's `Retry-After` holds back the other profiles of that host in this run, and no other host.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::base::error::{Code, Error, Result};

/// Until when an origin (scheme, host, port) wants to be left alone, and how it put that.
#[derive(Default)]
pub(crate) struct HostBackoff(Mutex<HashMap<String, (Instant, Code)>>);

impl HostBackoff {
    /// `Err` while one of `origins` waits.
    pub(crate) fn check(&self, origins: &[String], now: Instant) -> Result<()> {
        let waits = self.waits();
        let wait = origins.iter().find_map(|origin| {
            let (until, code) = waits.get(origin)?;
            Some((origin, until.checked_duration_since(now)?, *code))
        });
        let Some((origin, left, code)) = wait else { return Ok(()) };
        let words = format!("not sent: {origin} asked another profile of this run to wait");
        Err(Error::new(code, words).retry_after(left.as_secs() + 1))
    }

    /// Remembers what a refresh said about the host, if it did.
    pub(crate) fn note(&self, origins: &[String], error: &Error, now: Instant) {
        let seconds = error.retry_after.filter(|seconds| *seconds > 0);
        let (Some(seconds), Code::RateLimited | Code::Unavailable) = (seconds, error.code) else {
            return;
        };
        let until = now + Duration::from_secs(seconds);
        let mut waits = self.waits();
        for origin in origins {
            let known = waits.entry(origin.clone()).or_insert((until, error.code));
            if known.0 < until {
                *known = (until, error.code);
            }
        }
    }

    fn waits(&self) -> MutexGuard<'_, HashMap<String, (Instant, Code)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_binds_its_own_origin_until_it_is_over() {
        let patience = HostBackoff::default();
        let (a, b) = (["https://a.example".to_owned()], ["https://b.example".to_owned()]);
        let begun = Instant::now();
        let after = |ms| begun + Duration::from_millis(ms);
        for (code, seconds) in [(Code::Unreachable, 60), (Code::NoAnswer, 60), (Code::Unavailable, 0)] {
            patience.note(&a, &Error::new(code, "").retry_after(seconds), begun);
            assert!(patience.check(&a, begun).is_ok(), "{code:?} {seconds}");
        }
        patience.note(&a, &Error::new(Code::RateLimited, ""), begun);
        assert!(patience.check(&a, begun).is_ok(), "nobody says how long");

        patience.note(&a, &Error::new(Code::RateLimited, "").retry_after(60), begun);
        // A shorter one does not end the longer.
        patience.note(&a, &Error::new(Code::Unavailable, "").retry_after(1), after(500));
        // Never less than what is left, and at least a second.
        for (ms, left) in [(1, 60), (1_500, 59), (59_000, 2), (59_999, 1)] {
            let error = patience.check(&a, after(ms)).expect_err("it waits");
            assert_eq!((error.code, error.retry_after), (Code::RateLimited, Some(left)), "{ms}");
            assert!(error.message().contains("https://a.example"), "{error}");
        }
        assert!(patience.check(&b, after(1)).is_ok(), "another origin");
        let both = [b.clone(), a.clone()].concat();
        assert!(patience.check(&both, after(1)).is_err(), "one of its origins waits");
        assert!(patience.check(&a, after(60_001)).is_ok(), "its wait is over");
    }

    #[test]
    fn a_longer_wait_takes_the_place_of_a_shorter_one() {
        let patience = HostBackoff::default();
        let (a, begun) = (["https://a.example".to_owned()], Instant::now());
        let after = |seconds| begun + Duration::from_secs(seconds);
        patience.note(&a, &Error::new(Code::RateLimited, "").retry_after(10), begun);
        // Until when counts, not how long.
        patience.note(&a, &Error::new(Code::Unavailable, "").retry_after(9), after(5));
        let error = patience.check(&a, after(12)).expect_err("until the fourteenth second");
        assert_eq!(error.code, Code::Unavailable);
        assert!(patience.check(&a, after(15)).is_ok());
    }
}
