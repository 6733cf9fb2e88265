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
    pub(crate) fn check(&self, origins: &[String]) -> Result<()> {
        let waits = self.waits();
        let now = Instant::now();
        let wait = origins.iter().find_map(|origin| {
            let (until, code) = waits.get(origin)?;
            Some((origin, until.checked_duration_since(now)?, *code))
        });
        let Some((origin, left, code)) = wait else { return Ok(()) };
        let words = format!("not sent: {origin} asked another profile of this run for patience");
        Err(Error::new(code, words).retry_after(left.as_secs() + 1))
    }

    /// Remembers what a refresh said about the host, if it did.
    pub(crate) fn note(&self, origins: &[String], error: &Error) {
        let seconds = error.retry_after.filter(|seconds| *seconds > 0);
        let (Some(seconds), Code::RateLimited | Code::Unavailable) = (seconds, error.code) else {
            return;
        };
        let until = Instant::now() + Duration::from_secs(seconds);
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
        for (code, seconds) in [(Code::Unreachable, 60), (Code::NoAnswer, 60), (Code::Unavailable, 0)] {
            patience.note(&a, &Error::new(code, "").retry_after(seconds));
            assert!(patience.check(&a).is_ok(), "{code:?} {seconds}");
        }
        patience.note(&a, &Error::new(Code::RateLimited, "").retry_after(60));
        // A shorter one does not end the longer.
        patience.note(&a, &Error::new(Code::Unavailable, "").retry_after(1));
        let error = patience.check(&a).expect_err("it waits");
        assert_eq!((error.code, error.retry_after), (Code::RateLimited, Some(60)));
        assert!(error.message().contains("https://a.example"), "{error}");
        assert!(patience.check(&b).is_ok());

        patience.note(&b, &Error::new(Code::Unavailable, "").retry_after(1));
        std::thread::sleep(Duration::from_millis(1_010));
        assert!(patience.check(&b).is_ok(), "its wait is over");
    }
}
