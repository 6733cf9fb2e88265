//! Sending again where certainly nothing was sent: twice more at most, within five seconds and the deadline.

use std::time::{Duration, Instant};

pub(crate) struct Tries {
    begun: Instant,
    left: u8,
}

impl Tries {
    pub(crate) fn new() -> Tries {
        Tries { begun: Instant::now(), left: 2 }
    }

    /// Waits a little and says whether to try once more.
    pub(crate) fn again(&mut self, deadline: Instant) -> bool {
        let pause = self.pause(Instant::now(), deadline);
        pause.into_iter().for_each(std::thread::sleep);
        pause.is_some()
    }

    /// How long to wait before the next one. `None`: that was the last.
    fn pause(&mut self, now: Instant, deadline: Instant) -> Option<Duration> {
        let pause = Duration::from_millis(if self.left == 2 { 300 } else { 1_200 });
        let resume = now + pause;
        if self.left == 0 || resume > deadline || resume - self.begun > Duration::from_secs(5) {
            return None;
        }
        self.left -= 1;
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each try waits for, begun so many ms after the first, with a deadline so many ms after it.
    fn pauses<const N: usize>(at: [u64; N], deadline: u64) -> [Option<u64>; N] {
        let mut tries = Tries::new();
        let after = |ms| tries.begun + Duration::from_millis(ms);
        let (at, deadline) = (at.map(after), after(deadline));
        at.map(|now| tries.pause(now, deadline).map(|pause| u64::try_from(pause.as_millis()).expect("short")))
    }

    #[test]
    fn there_are_two_more_tries_within_five_seconds_and_the_deadline() {
        let (soon, later) = (Some(300), Some(1_200));
        assert_eq!(pauses([0, 300, 1_500], 60_000), [soon, later, None], "two and no more");
        assert_eq!(pauses([0, 3_800], 60_000), [soon, later]);
        assert_eq!(pauses([0, 3_801], 60_000), [soon, None], "past the fifth second");
        assert_eq!(pauses([4_700], 60_000), [soon]);
        assert_eq!(pauses([4_701], 60_000), [None]);
        assert_eq!(pauses([0, 300], 1_500), [soon, later]);
        assert_eq!(pauses([0, 300], 1_499), [soon, None], "past the deadline");
        assert_eq!(pauses([0], 299), [None]);
    }

    #[test]
    fn a_try_that_may_not_be_made_is_not_waited_for() {
        let mut tries = Tries::new();
        let over = tries.begun;
        assert!(!tries.again(over));
        assert_eq!(tries.left, 2);
    }
}
