//! The lock of a file that a program has as its standard input: it lasts until the program and all it shares that with have
//! ended, whatever becomes of the run that started it. Where nothing can be locked it is not there.

use std::fs::File;

#[cfg(unix)]
pub(super) fn lock(file: &File) {
    let _ = file.try_lock();
}

#[cfg(unix)]
pub(super) fn is_locked(file: &File) -> bool {
    matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock))
}

/// Here a lock ends with the process that took it, and keeps the others from reading.
#[cfg(not(unix))]
pub(super) fn lock(_: &File) {}

#[cfg(not(unix))]
pub(super) fn is_locked(_: &File) -> bool {
    false
}
