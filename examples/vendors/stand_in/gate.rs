//! A gate in front of an answer. A test shuts it, looks at what goes on meanwhile, and opens it: whatever the machine's
//! pace, nothing passes earlier, and nobody waits longer than they must.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Clone)]
pub struct Gate(Arc<Mutex<Receiver<()>>>);

/// Keeps the gate shut as long as it is held; a test that panics lets go of it.
pub struct Latch(Sender<()>);

impl Gate {
    pub fn shut() -> (Gate, Latch) {
        let (latch, opened) = mpsc::channel();
        (Gate(Arc::new(Mutex::new(opened))), Latch(latch))
    }

    /// Returns when the gate is open.
    pub fn pass(&self) {
        let opened = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = opened.recv();
    }
}

impl Latch {
    pub fn open(self) {}
}
