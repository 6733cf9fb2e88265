//! The lock of a file that a program has open from its start: it lasts until the program and all that it shares that with have
//! ended, whatever becomes of the run that started it. Where nothing can be locked, or passed on, it is not there.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

#[cfg(unix)]
use crate::store::files;

pub(super) struct Inherited(File);

#[cfg(unix)]
impl Inherited {
    /// `None`: it cannot be had.
    pub(super) fn take(path: &Path) -> Option<Inherited> {
        let file = files::open_or_make(path).ok()?;
        file.try_lock().ok()?;
        let _ = file.set_modified(std::time::SystemTime::now());
        Some(Inherited(file))
    }

    /// For a program.
    pub(super) fn file(&self) -> &File {
        &self.0
    }

    /// Whoever has it still, such as an agent, has nothing to do with it.
    pub(super) fn free(self) {
        let _ = self.0.unlock();
    }

    /// Since it was taken, if somebody has it.
    pub(super) fn age(path: &Path) -> Option<Duration> {
        let file = files::open(path, false).ok()??;
        let taken = file.metadata().and_then(|facts| facts.modified());
        let locked = matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock));
        locked.then(|| taken.ok().and_then(|taken| taken.elapsed().ok()).unwrap_or_default())
    }
}

/// Here a lock ends with the process that took it.
#[cfg(not(unix))]
impl Inherited {
    pub(super) fn take(_: &Path) -> Option<Inherited> {
        None
    }

    pub(super) fn file(&self) -> &File {
        &self.0
    }

    pub(super) fn free(self) {}

    pub(super) fn age(_: &Path) -> Option<Duration> {
        None
    }
}
