//! What a stand-in complains about when it is dropped: all that a test might have overlooked.
//!
//! A test that provokes one of these on purpose says so, by setting the flag of that name.

use std::sync::atomic::{AtomicBool, Ordering};

use super::desk::Desk;

/// What is let pass.
#[derive(Default)]
pub struct LastCheck {
    pub departures: AtomicBool,
    pub unused: AtomicBool,
    pub reuse: AtomicBool,
}

impl LastCheck {
    pub fn complaints(&self, desk: &Desk) -> Vec<String> {
        let mut complaints = Vec::new();
        if !self.departures.load(Ordering::Relaxed) {
            complaints.extend(desk.departures.iter().cloned());
        }
        let reused = desk.ledger.reused().len();
        if reused > 0 && !self.reuse.load(Ordering::Relaxed) {
            complaints.push(format!("spent refresh tokens came again, {reused} times"));
        }
        if !desk.called && !self.unused.load(Ordering::Relaxed) {
            complaints.push("nobody ever called".to_owned());
        }
        complaints
    }
}
