//! The directories that files of our own lie in: made for the user alone, and refused where others may use them.

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;

use super::permissions::{check_owner, check_writers, is_empty_and_ours, new_directory, tighten};
use super::{WRITABLE, failed, is_symlink, shut, sync_directory};
use crate::base::error::{Result, damaged};

pub(in crate::store) fn make_if_missing(directory: &Path) -> Result<()> {
    match directory.try_exists() {
        Ok(false) => make_missing(directory).map_err(|cause| failed("make", directory, &cause)),
        _ => Ok(()),
    }
}

/// A directory of ours, made 0700 if it is not there, whatever the umask.
pub(in crate::store) fn make(path: &Path) -> Result<()> {
    make_or_check(path, check)
}

/// The same for one that a person, or who starts our services, may have made.
pub(in crate::store) fn make_outer(path: &Path) -> Result<()> {
    make_or_check(path, check_outer)
}

fn make_or_check(path: &Path, check: impl Fn(&Path) -> Result<()>) -> Result<()> {
    match fs::symlink_metadata(path) {
        // Nothing in it can be of others.
        Ok(facts) if facts.is_dir() && tighten(path, &facts) => Ok(()),
        Ok(_) => check(path),
        Err(_) => make_missing(path).map_err(|cause| match cause.kind() {
            io::ErrorKind::PermissionDenied => failed("make", path, &cause).hint(WRITABLE),
            _ => shut("make", path, &cause),
        }),
    }
}

/// Refuses one that others may use; a missing one is fine, and so is one with nothing in it that can be tightened.
pub(in crate::store) fn check(path: &Path) -> Result<()> {
    checked(path, check_owner)
}

/// Refuses one that others can write: what is in it is closed to them by itself.
pub(in crate::store) fn check_outer(path: &Path) -> Result<()> {
    checked(path, check_writers).map_err(|error| match fs::canonicalize(path) {
        // systemd makes one of root's for a user who lives as long as a unit.
        Ok(place) if is_symlink(path) && place.is_dir() => {
            error.hint(format!("set `TOKCLI_STATE_DIR` to {}, where the link leads", place.display()))
        }
        _ => error,
    })
}

fn checked(path: &Path, check: impl Fn(&Path, &Metadata) -> Result<()>) -> Result<()> {
    match fs::symlink_metadata(path) {
        Ok(facts) if facts.is_dir() => match check(path, &facts) {
            Err(_) if is_empty_and_ours(path, &facts) => Ok(()),
            checked => checked,
        },
        Ok(_) => Err(damaged(format!("{} is not a directory", path.display()))),
        Err(_) => Ok(()),
    }
}

fn make_missing(path: &Path) -> io::Result<()> {
    if let Some(above) = path.parent().filter(|above| !above.exists()) {
        make_missing(above)?;
    }
    match new_directory(path) {
        // Somebody was faster.
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // A journal is only as durable as the name of the directory it lies in.
        made => made.and_then(|()| sync_directory(path)),
    }
}
