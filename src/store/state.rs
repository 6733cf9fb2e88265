//! The state directory: where journals, locks and the file store's key lie.
//! It follows the user, not the environment, so that every run finds the same lock.

use std::path::{Path, PathBuf};

use super::files;
use crate::cli;
use crate::error::{Result, config, unavailable};

#[derive(Clone)]
pub(crate) struct StateDir(PathBuf);

impl StateDir {
    /// `TOKCLI_STATE_DIR`, else below the home that the passwd entry names.
    pub(crate) fn locate() -> Result<StateDir> {
        if let Some(given) = cli::env_os("TOKCLI_STATE_DIR").map(PathBuf::from) {
            if !given.is_absolute() {
                return Err(config("`TOKCLI_STATE_DIR` must be an absolute path"));
            }
            return Ok(StateDir(given));
        }
        let home = crate::platform::passwd_home().ok_or_else(|| {
            config("this user has no home directory to keep a journal in")
                .hint("set `TOKCLI_STATE_DIR` to a private directory")
        })?;
        let below = if cfg!(target_os = "macos") {
            "Library/Application Support/tokcli"
        } else if cfg!(windows) {
            "AppData/Local/tokcli"
        } else {
            ".local/state/tokcli"
        };
        Ok(StateDir(home.join(below)))
    }

    /// Refuses directories that others may use; missing ones are fine.
    pub(super) fn check(&self) -> Result<()> {
        [self.0.clone(), self.0.join("journal")]
            .iter()
            .filter(|path| path.exists())
            .try_for_each(|path| files::make_directory(path))
    }

    /// Makes the directories that a writer needs.
    pub(crate) fn prepare(&self) -> Result<()> {
        files::make_directory(&self.0)?;
        refuse_network(&self.0)?;
        files::make_directory(&self.0.join("journal"))?;
        files::make_directory(&self.0.join("locks"))
    }

    pub(super) fn journal(&self, id: &str) -> PathBuf {
        self.0.join("journal").join(format!("{id}.jrn"))
    }

    pub(super) fn lock(&self, id: &str) -> PathBuf {
        self.0.join("locks").join(format!("{id}.lock"))
    }

    pub(super) fn file_key(&self) -> PathBuf {
        self.0.join("file.key")
    }

    pub(super) fn journals(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.0.join("journal")).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|end| end == "jrn"))
            .collect()
    }
}

/// A lock there may be forgotten by the server, and a sync may not be one.
#[cfg(target_os = "linux")]
fn refuse_network(path: &Path) -> Result<()> {
    use nix::sys::statfs::{FUSE_SUPER_MAGIC, NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, statfs};
    let facts = statfs(path)
        .map_err(|cause| unavailable(format!("cannot look at {}: {}", path.display(), cause.desc())))?;
    // CIFS, SMB2 and 9p have no names in the library (linux/magic.h).
    let more: [i64; 3] = [0xFF53_4D42, 0xFE53_4D42, 0x0102_1997];
    let kind = facts.filesystem_type();
    if [NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, FUSE_SUPER_MAGIC].contains(&kind) || more.contains(&(kind.0 as i64))
    {
        let words = format!(
            "{} lies on a network file system, where neither locks nor syncs can be trusted",
            path.display()
        );
        return Err(unavailable(words).hint("set `TOKCLI_STATE_DIR` to a directory on a local disk"));
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn refuse_network(_: &Path) -> Result<()> {
    Ok(())
}
