//! Whose the state directory is, and what lies in it: a user who is not this one may have it, or have left files there.
//!
//! The rule that matters: nobody is told to take a login from the user who uses it.

use std::path::{Path, PathBuf};

use super::state_dir::StateDir;
use crate::base::error::Error;
#[cfg(unix)]
use crate::base::{error::damaged, shell::quoted};

pub(super) const WRITABLE: &str = "set `TOKCLI_STATE_DIR` to a directory that this user can write";

impl StateDir {
    /// Itself, and the directories in it.
    pub(super) fn inner(&self) -> impl Iterator<Item = PathBuf> {
        std::iter::once(self.path().to_owned()).chain(["journal", "locks"].map(|name| self.path().join(name)))
    }

    /// One that another user has, or has left files in: as one `sudo` does. It is told once, with all that is in it.
    #[cfg(unix)]
    pub(super) fn foreign(&self, place: &Path) -> Option<(PathBuf, Error)> {
        use std::os::unix::fs::MetadataExt as _;
        let user = nix::unistd::geteuid().as_raw();
        let owner = |path: &Path| std::fs::symlink_metadata(path).ok().map(|facts| facts.uid());
        let is_link = |path: &Path| path.is_symlink();
        if place != self.path() || is_link(place) || !place.is_dir() {
            return None;
        }
        let looks_ours = self.path().join("journal").is_dir() && self.path().join("locks").is_dir();
        let outer = owner(place).filter(|owner| *owner != user);
        let all = self.inner().skip(1).chain(self.journals()).chain(self.locks()).chain(self.own_files());
        let within = || {
            all.filter(|path| !is_link(path))
                .find_map(|path| Some((owner(&path)?, path)).filter(|(owner, _)| *owner != user))
        };
        let (owner, path) = match outer {
            Some(owner) if owner != 0 => (owner, self.path().to_owned()),
            // systemd and pods give directories of root's, which serve.
            Some(owner) if !may_enter(place) => (owner, self.path().to_owned()),
            _ => within()?,
        };
        let words = format!("{} belongs to another user (uid {owner})", path.display());
        let hint = self.taken_over(owner, user, outer.is_none() || looks_ours || !may_enter(place));
        let error = damaged(words).hint(hint);
        Some((path, error))
    }

    #[cfg(not(unix))]
    pub(super) fn foreign(&self, _: &Path) -> Option<(PathBuf, Error)> {
        None
    }

    /// Who takes it from a user that uses it takes their login.
    #[cfg(unix)]
    fn taken_over(&self, owner: u32, user: u32, ours: bool) -> String {
        let chown = format!("`chown -R {user} {}`", quoted(&self.path().display().to_string()));
        match owner {
            _ if !ours => WRITABLE.to_owned(),
            0 => format!("as root: {chown}"),
            _ if user == 0 => {
                format!("run it as the user {owner}, or in the unit or container that this state belongs to")
            }
            _ => format!(
                "run it as the user {owner}, or in the unit or container that this state belongs to; to give it to this user from now on, as root: {chown}"
            ),
        }
    }

    pub(super) fn own_files(&self) -> [PathBuf; 4] {
        [self.file_key(), self.log(), self.old_log(), self.last_run()]
    }
}

#[cfg(unix)]
pub(super) fn may_enter(directory: &Path) -> bool {
    use nix::unistd::{AccessFlags, access};
    access(directory, AccessFlags::X_OK).is_ok()
}

#[cfg(not(unix))]
pub(super) fn may_enter(_: &Path) -> bool {
    true
}
