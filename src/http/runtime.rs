//! The asynchronous runtime, driven by whoever waits for what it does.
//!
//! The rule that matters: what hangs in it, such as a name lookup, holds nobody up when it is dropped.

use crate::base::error::{Result, internal};

/// At once: it drives one connection, and there may be as many of it as there are threads.
const EVENTS: usize = 16;

/// With what rests on it, such as a connection, dropped before.
pub(super) struct Runtime {
    /// Taken out when dropped.
    inner: Option<tokio::runtime::Runtime>,
}

impl Runtime {
    pub(super) fn start() -> Result<Runtime> {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let inner = builder.enable_io().enable_time().max_io_events_per_tick(EVENTS).build();
        let inner = inner.map_err(|cause| internal("cannot start the network").because(&cause))?;
        Ok(Runtime { inner: Some(inner) })
    }

    pub(super) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        match &self.inner {
            Some(inner) => inner.block_on(work),
            None => unreachable!("only `drop` takes the runtime"),
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.take() {
            inner.shutdown_background();
        }
    }
}
