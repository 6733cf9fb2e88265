//! One refresher per credential on one machine: flock(2), freed by the kernel
//! even on kill -9. The file is never deleted: two holders would be the result.
//!
//! The rule that matters: nobody finds it held by one who only looks, however short a time they may wait. So on Linux whoever
//! holds the lock also marks the file with a record lock, and that can be asked about.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::files;
use crate::base::error::{Result, unavailable};

/// Held until dropped. Whoever writes a credential must show one; a lock of this machine is one kind.
pub(crate) struct Claim(File);

impl Drop for Claim {
    /// Windows may take its time with a lock that is only closed.
    fn drop(&mut self) {
        if cfg!(windows) {
            let _ = self.0.unlock();
        }
    }
}

/// An earlier version, or another program, may have it for an instant without holding it: it is tried so often.
const TRIES: usize = 50;
const INSTANT: Duration = Duration::from_millis(1);

/// `None`: somebody else holds it.
pub(super) fn try_lock(path: &Path) -> Result<Option<Claim>> {
    for _ in 0..TRIES {
        let file = files::open_or_make(path)?;
        match file.try_lock() {
            // Deleted and made anew meanwhile: then this is the lock of nobody.
            Ok(()) if files::is_at(&file, path) != Some(true) => {}
            Ok(()) => {
                mark::set(&file);
                return Ok(Some(Claim(file)));
            }
            Err(TryLockError::WouldBlock) if mark::is_set(&file) => return Ok(None),
            Err(TryLockError::WouldBlock) => {
                drop(file);
                thread::sleep(INSTANT);
            }
            Err(TryLockError::Error(cause)) => {
                return Err(unavailable(format!("cannot lock {}", path.display())).because(&cause));
            }
        }
    }
    Ok(None)
}

/// Whether somebody holds it, which nobody notices. No more than a guess where the mark is missing.
pub(super) fn is_held(path: &Path) -> bool {
    matches!(files::open(path, false), Ok(Some(file)) if mark::is_set(&file))
}

/// `Err` if nothing can be locked where this directory is. Tried on the directory, which is nobody's claim.
#[cfg(unix)]
pub(super) fn check_lockable(directory: &Path) -> Result<()> {
    match File::open(directory).map(|it| it.try_lock_shared()) {
        Ok(Err(TryLockError::Error(cause))) => {
            Err(unavailable(format!("files in {} cannot be locked", directory.display())).because(&cause))
        }
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
pub(super) fn check_lockable(_: &Path) -> Result<()> {
    Ok(())
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
        thread::sleep(Duration::from_millis(10));
    }
}

/// A record lock of the open file (fcntl(2)): another can ask whether there is one, without taking any.
#[cfg(target_os = "linux")]
mod mark {
    use std::fs::File;

    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc;

    /// Without it nobody waits for this holder before its time; the lock itself is held.
    pub(super) fn set(file: &File) {
        let _ = fcntl(file, FcntlArg::F_OFD_SETLK(&whole(libc::F_WRLCK)));
    }

    pub(super) fn is_set(file: &File) -> bool {
        let mut asked = whole(libc::F_WRLCK);
        fcntl(file, FcntlArg::F_OFD_GETLK(&mut asked)).is_ok()
            && libc::c_int::from(asked.l_type) != libc::F_UNLCK
    }

    #[expect(clippy::cast_possible_truncation, reason = "0, 1 or 2")]
    fn whole(kind: libc::c_int) -> libc::flock {
        libc::flock { l_type: kind as _, l_whence: libc::SEEK_SET as _, l_start: 0, l_len: 0, l_pid: 0 }
    }
}

/// Elsewhere whoever looks shares the lock for an instant with all who only look.
#[cfg(not(target_os = "linux"))]
mod mark {
    use std::fs::{File, TryLockError};

    pub(super) fn set(_: &File) {}

    pub(super) fn is_set(file: &File) -> bool {
        match file.try_lock_shared() {
            // Given back at once: shared for longer, it would be held by nobody, for whoever wants it.
            Ok(()) => {
                let _ = file.unlock();
                false
            }
            Err(error) => matches!(error, TryLockError::WouldBlock),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn a_look_tells_of_a_holder_alone_and_is_in_nobodys_way() {
        let directory = tempfile::tempdir().expect("tempdir");
        let path = directory.path().join("lock");
        assert!(!is_held(&path), "there is none");
        let claim = try_lock(&path).unwrap_or_else(|error| panic!("{error}")).expect("free");
        assert!(is_held(&path));
        assert!(try_lock(&path).is_ok_and(|second| second.is_none()));
        drop(claim);
        assert!(!is_held(&path), "a file alone is no lock");
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    is_held(&path);
                }
            });
            for _ in 0..500 {
                let free = try_lock(&path).is_ok_and(|claim| claim.is_some());
                done.store(!free, Ordering::Relaxed);
                assert!(free, "nobody holds it");
            }
            done.store(true, Ordering::Relaxed);
        });
    }

    /// Or those who wait, and look meanwhile, would hold each other off.
    #[test]
    fn whoever_has_looked_holds_nothing() {
        let directory = tempfile::tempdir().expect("tempdir");
        let path = directory.path().join("lock");
        let open = || files::open_or_make(&path).unwrap_or_else(|error| panic!("{error}"));
        let (looker, taker) = (open(), open());
        assert!(!mark::is_set(&looker));
        taker.try_lock().expect("free, though the looker has it open");
    }

    #[test]
    fn a_lock_that_nobody_marked_is_waited_for_an_instant() {
        let directory = tempfile::tempdir().expect("tempdir");
        let path = directory.path().join("lock");
        let other = files::open_or_make(&path).unwrap_or_else(|error| panic!("{error}"));
        other.try_lock_shared().expect("free");
        assert!(!is_held(&path));
        assert!(try_lock(&path).is_ok_and(|claim| claim.is_none()), "not for ever");
        let begun = Instant::now();
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(INSTANT);
                drop(other);
            });
            // The other thread may be late on a busy machine.
            while try_lock(&path).is_ok_and(|claim| claim.is_none()) {
                assert!(begun.elapsed() < Duration::from_secs(60));
            }
        });
    }
}
