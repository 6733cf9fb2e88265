//! The gate between a connection that stands and the first byte of a request. It is passed once, and
//! only if whoever sends still wants it: no answer to that question, nothing sent.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::base::error::Error;
use crate::base::mutex::lock;

pub(super) type Ask = Box<dyn FnOnce() -> Result<(), Error> + Send>;

/// Passed once, by the connection that may be written to.
#[derive(Default)]
pub(super) struct Gate {
    pub(super) ask: Mutex<Option<Ask>>,
    pub(super) passed: AtomicBool,
    pub(super) refusal: Mutex<Option<Error>>,
    pub(super) opened: tokio::sync::Notify,
}

impl Gate {
    /// Fires after TCP, CONNECT and TLS, and before the first byte of the request.
    pub(super) fn pass(&self) -> Result<(), Refused> {
        let ask = lock(&self.ask).take().ok_or(Refused)?;
        if let Err(error) = ask() {
            *lock(&self.refusal) = Some(error);
            return Err(Refused);
        }
        self.passed.store(true, Ordering::SeqCst);
        self.opened.notify_one();
        Ok(())
    }
}

/// The caller did not want the request to be sent after all.
#[derive(Debug)]
pub(super) struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not sent")
    }
}

impl std::error::Error for Refused {}
