//! Waiting for another run: a little longer each time, and never in step with others who wait.
//! Looking whether it is over is the caller's.

use std::time::{Duration, Instant};

const FIRST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_millis(100);

pub(crate) struct Poll {
    pause: Duration,
    longest: Duration,
    until: Instant,
}

impl Poll {
    pub(crate) fn until(until: Instant) -> Poll {
        Poll { pause: FIRST, longest: LONGEST, until }
    }

    pub(crate) fn slowly(until: Instant, longest: Duration) -> Poll {
        Poll { longest, ..Poll::until(until) }
    }

    /// `false`: the time is over.
    pub(crate) fn wait(&mut self) -> bool {
        let now = Instant::now();
        if now >= self.until {
            return false;
        }
        // By process: they were perhaps started together.
        let jitter = Duration::from_micros(u64::from(std::process::id() % 17) * 900);
        std::thread::sleep((self.pause + jitter).min(self.until - now));
        self.pause = (self.pause * 3 / 2).min(self.longest);
        true
    }
}
