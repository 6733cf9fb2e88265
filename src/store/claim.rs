//! One refresher per credential on one machine: flock(2), freed by the kernel
//! even on kill -9. The file is never deleted: two holders would be the result.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use super::files;
use crate::base::error::{Result, unavailable};

/// Held until dropped. Whoever writes a credential must show one; a lock of this machine is one kind.
pub(crate) struct Claim(#[expect(dead_code, reason = "held, not used")] File);

/// `None`: somebody else holds it.
pub(super) fn try_lock(path: &Path) -> Result<Option<Claim>> {
    let file = files::open_or_make(path)?;
    match file.try_lock() {
        // Deleted and made anew meanwhile: then this is the lock of nobody.
        Ok(()) if !is_still(&file, path) => Ok(None),
        Ok(()) => Ok(Some(Claim(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(cause)) => {
            Err(unavailable(format!("cannot lock {}", path.display())).because(&cause))
        }
    }
}

/// Whether somebody holds it. A shared lock for an instant: several who look are not in each other's way.
pub(super) fn is_held(path: &Path) -> bool {
    let Ok(Some(file)) = files::open(path, false) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// For what takes a moment only; a holder that hangs is not waited for.
pub(super) fn wait(path: &Path) -> Result<Claim> {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(lock) = try_lock(path)? {
            return Ok(lock);
        }
        if Instant::now() >= until {
            return Err(unavailable(format!("another run of tokcli holds {}", path.display())));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(held), Ok(there)) = (file.metadata(), std::fs::symlink_metadata(path)) else {
        return false;
    };
    (held.dev(), held.ino()) == (there.dev(), there.ino())
}

#[cfg(not(unix))]
fn is_still(_: &File, _: &Path) -> bool {
    true
}
