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
        let pause = Duration::from_millis(if self.left == 2 { 300 } else { 1_200 });
        let resume = Instant::now() + pause;
        if self.left == 0 || resume > deadline || resume - self.begun > Duration::from_secs(5) {
            return false;
        }
        self.left -= 1;
        std::thread::sleep(pause);
        true
    }
}
