//! The state directory: where journals, locks and the file store's key lie.
//! It follows the user, not the environment, so that every run finds the same lock.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files::{self, Identity, directories};
use crate::base::digest::sha256_hex;
use crate::base::environment;
use crate::base::error::{Error, Result, config};
use crate::base::file_stamp::FileStamp;
use crate::base::shell::quoted;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct StateDir(PathBuf);

impl StateDir {
    /// `TOKCLI_STATE_DIR`, else below the home that the passwd entry names.
    pub(crate) fn locate() -> Result<StateDir> {
        if let Some(given) = StateDir::given() {
            if !given.0.is_absolute() {
                return Err(config("`TOKCLI_STATE_DIR` must be an absolute path"));
            }
            return Ok(given);
        }
        StateDir::usual().ok_or_else(|| {
            config("this user has no home directory to keep a journal in")
                .hint("set `TOKCLI_STATE_DIR` to a private directory")
        })
    }

    /// Where nobody names another.
    pub(crate) fn usual() -> Option<StateDir> {
        let home = crate::base::users::home()?;
        Some(StateDir(home.join(below_home(std::env::consts::OS))))
    }

    /// Of what a place below the home follows from, beside the user: where users are listed.
    pub(crate) fn stamp_of_home() -> Option<FileStamp> {
        FileStamp::of(Path::new("/etc/passwd"))
    }

    /// As the environment names it, and perhaps wrongly.
    pub(crate) fn given() -> Option<StateDir> {
        environment::os("TOKCLI_STATE_DIR").map(|given| StateDir(given.into()))
    }

    /// Of which files a user has made it: what is in it no other user can see.
    pub(super) fn private_name(&self) -> String {
        let of = |path: &Path| files::identity(path).flatten().map(Identity::words);
        let parts = [self.0.clone(), self.0.join("journal"), self.0.join("locks")].map(|path| of(&path));
        sha256_hex(&format!("{} {parts:?}", self.0.display()))[..32].to_owned()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Refuses directories that others may use; missing ones are fine.
    pub(super) fn check(&self) -> Result<()> {
        let checked =
            directories::check_outer(&self.0).and_then(|()| directories::check(&self.0.join("journal")));
        checked.map_err(|error| self.whole_hint(error))
    }

    /// Makes the directories that a writer needs.
    pub(crate) fn prepare(&self) -> Result<()> {
        let made = directories::make_outer(&self.0)
            .and_then(|()| check_file_system(&self.0))
            .and_then(|()| directories::make(&self.0.join("journal")))
            .and_then(|()| directories::make(&self.0.join("locks")));
        made.map_err(|error| self.whole_hint(error))
    }

    /// What mends one file or directory that others may use mends all of them at once.
    pub(super) fn whole_hint(&self, error: Error) -> Error {
        if !error.hint.as_ref().is_some_and(|hint| hint.starts_with(files::TIGHTEN)) {
            return error;
        }
        let inner = ["journal", "locks"].map(|name| self.0.join(name));
        let within = |directory: &PathBuf| {
            let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
            entries.map(|entry| entry.path()).collect::<Vec<_>>()
        };
        let mut loose: Vec<PathBuf> = inner.iter().flat_map(within).chain([self.file_key()]).collect();
        loose.retain(|path| files::is_loose(path, false));
        loose.splice(0..0, inner.into_iter().filter(|path| files::is_loose(path, false)));
        loose.splice(0..0, files::is_loose(&self.0, true).then(|| self.0.clone()));
        let names: Vec<String> = loose.iter().map(|path| quoted(&path.display().to_string())).collect();
        if names.is_empty() { error } else { error.hint(files::tightening(&names)) }
    }

    pub(super) fn journal(&self, id: &str) -> PathBuf {
        self.0.join("journal").join(format!("{id}.jrn"))
    }

    /// What a command of the user took last, beside its journal.
    pub(super) fn saved(&self, id: &str) -> PathBuf {
        self.0.join("journal").join(format!("{id}.saved"))
    }

    /// There while the journal may hold what the store does not.
    pub(super) fn unsaved(&self, id: &str) -> PathBuf {
        self.0.join("journal").join(format!("{id}.unsaved"))
    }

    /// Which of the places that bear one name this machine knows.
    pub(super) fn place(&self, id: &str) -> PathBuf {
        self.0.join("journal").join(format!("{id}.place"))
    }

    /// What a command of the user is given, whole before it begins.
    pub(super) fn sending(&self, id: &str) -> PathBuf {
        self.0.join("journal").join(format!("{id}.sending"))
    }

    /// The lock of a program that changes what is elsewhere.
    pub(super) fn changing(&self, id: &str) -> PathBuf {
        self.0.join("locks").join(format!("{id}.changing"))
    }

    pub(super) fn lock(&self, id: &str) -> PathBuf {
        self.0.join("locks").join(format!("{id}.lock"))
    }

    pub(super) fn file_key(&self) -> PathBuf {
        self.0.join("file.key")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.0.join("log")
    }

    /// What was the log before it was full.
    pub(super) fn old_log(&self) -> PathBuf {
        self.0.join("log.1")
    }

    /// What the last `refresh --all --due` came to.
    pub(super) fn last_run(&self) -> PathBuf {
        self.0.join("last-run.json")
    }

    /// The files by which runs hold what they claim.
    pub(super) fn locks(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.0.join("locks")).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|end| end == "lock"))
            .collect()
    }

    pub(super) fn journals(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.0.join("journal")).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|end| end == "jrn"))
            .collect()
    }
}

/// Of its own on each system: the directory of the configuration is a person's, and open to whom they like.
fn below_home(system: &str) -> &'static str {
    match system {
        "macos" => "Library/Application Support/tokcli/state",
        "windows" => "AppData/Local/tokcli",
        _ => ".local/state/tokcli",
    }
}

/// A lock on a network may be forgotten by the server, and a sync there may be none.
/// Where every write goes to a new place, even overwriting the journal takes space.
#[cfg(target_os = "linux")]
pub(super) fn check_file_system(path: &Path) -> Result<()> {
    use crate::base::error::unavailable;
    let facts = nix::sys::statfs::statfs(path)
        .map_err(|cause| unavailable(format!("cannot examine {}: {}", path.display(), cause.desc())))?;
    let kind = facts.filesystem_type().0 as i64 & 0xFFFF_FFFF;
    let block = u64::try_from(facts.block_size()).unwrap_or(0);
    match flaw(kind, facts.blocks_available().saturating_mul(block)) {
        None => Ok(()),
        Some(Flaw::Network) => {
            let words = format!(
                "{} is on a network file system, where neither locks nor syncs can be trusted",
                path.display()
            );
            Err(unavailable(words).hint("set `TOKCLI_STATE_DIR` to a directory on a local disk"))
        }
        Some(Flaw::Full) => Err(unavailable(format!(
            "less than 1 MiB is free for {}, and its file system needs space even to overwrite",
            path.display()
        ))),
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn check_file_system(_: &Path) -> Result<()> {
    Ok(())
}

/// Magic numbers of linux/magic.h, and of OpenZFS: NFS, CIFS, SMB, SMB2, 9p, FUSE.
#[cfg(target_os = "linux")]
const NETWORK: [i64; 6] = [0x6969, 0xFF53_4D42, 0x517B, 0xFE53_4D42, 0x0102_1997, 0x6573_5546];
/// Btrfs and ZFS.
#[cfg(target_os = "linux")]
const COPY_ON_WRITE: [i64; 2] = [0x9123_683E, 0x2FC1_2FC1];

#[cfg(target_os = "linux")]
#[derive(Debug, PartialEq)]
enum Flaw {
    Network,
    Full,
}

#[cfg(target_os = "linux")]
fn flaw(kind: i64, free: u64) -> Option<Flaw> {
    if NETWORK.contains(&kind) {
        Some(Flaw::Network)
    } else if COPY_ON_WRITE.contains(&kind) && free < 1 << 20 {
        Some(Flaw::Full)
    } else {
        None
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use nix::sys::statfs::{
        BTRFS_SUPER_MAGIC, EXT4_SUPER_MAGIC, FUSE_SUPER_MAGIC, NFS_SUPER_MAGIC, SMB_SUPER_MAGIC,
    };

    use super::*;

    #[test]
    fn network_file_systems_are_refused_and_full_ones_that_copy_on_write() {
        for kind in [NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, FUSE_SUPER_MAGIC] {
            assert_eq!(flaw(kind.0, u64::MAX), Some(Flaw::Network));
        }
        for kind in [0xFF53_4D42, 0xFE53_4D42, 0x0102_1997] {
            assert_eq!(flaw(kind, u64::MAX), Some(Flaw::Network), "CIFS, SMB2, 9p");
        }
        for kind in [BTRFS_SUPER_MAGIC.0, 0x2FC1_2FC1] {
            assert_eq!(flaw(kind, (1 << 20) - 1), Some(Flaw::Full));
            assert_eq!(flaw(kind, 1 << 20), None);
        }
        assert_eq!(flaw(EXT4_SUPER_MAGIC.0, 0), None, "overwritten in place");
    }
}
