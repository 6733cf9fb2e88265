//! What is wrong with the state directory and with what lies in it, all at once. Each verdict is that of the code which a run
//! would stumble over.
//!
//! The rule that matters: nothing is written here, and nothing of ours is locked.

use std::path::{Path, PathBuf};

use super::claim;
use super::files::{self, directories};
use super::kinds::{KEYRING, id_of};
use super::owners::{WRITABLE, may_enter};
use super::state_dir::{StateDir, check_file_system};
use crate::base::error::{Error, Result, unavailable};
use crate::base::order::Arrange as _;
use crate::base::process;
use crate::base::shell::quoted;

/// What a new journal takes.
const JOURNAL: u64 = 256 << 10;
/// The same with what is put in its place, and a key.
#[cfg(target_os = "linux")]
const ROOM: u64 = 1 << 20;
const ELSEWHERE: &str = "set `TOKCLI_STATE_DIR` to a directory on a local disk";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing can be said of what it should hold: it is another's, or none, or cannot be looked into.
    Closed,
    /// Something in it cannot be used: it is another's, or not what it should be.
    Unusable,
    /// It can be read, and that is all.
    Unwritable,
    /// Others may use it.
    Loose,
    FileSystem,
    /// What it holds does not outlive a reboot.
    Volatile,
    Full,
    Limit,
    Locks,
}

pub(crate) struct Trouble {
    pub(crate) kind: Kind,
    pub(crate) error: Error,
    /// What it is about.
    pub(crate) path: PathBuf,
}

impl Trouble {
    fn with_file(path: &Path, error: Error) -> Trouble {
        let loose = error.hint.as_ref().is_some_and(|hint| hint.starts_with(files::TIGHTEN));
        Trouble { kind: if loose { Kind::Loose } else { Kind::Unusable }, error, path: path.to_owned() }
    }
}

/// Takes others the use of a file or directory of ours.
pub(crate) fn tighten(path: &Path) -> Result<()> {
    files::take_from_others(path).map_err(|cause| files::failed("change", path, &cause))
}

impl StateDir {
    pub(crate) fn survey(&self) -> Vec<Trouble> {
        let of = |kind, error| Trouble { kind, error, path: self.path().to_owned() };
        let limit = process::check_size_limit(JOURNAL).err().map(|error| of(Kind::Limit, error));
        let mut found: Vec<Trouble> = limit.into_iter().collect();
        let place = match standing(self.path()) {
            Ok(place) => place,
            Err(error) => {
                found.push(of(Kind::Closed, error));
                return found;
            }
        };
        let foreign = self.foreign(&place);
        let foreign = foreign.map(|(path, error)| Trouble { kind: Kind::Closed, error, path });
        if let Some(trouble) = foreign.or_else(|| self.closed(&place)) {
            found.push(trouble);
            return found;
        }
        let directories = self.directories(&place);
        let refused = directories.iter().any(|trouble| matches!(trouble.kind, Kind::Closed | Kind::Unusable));
        found.extend(directories);
        if refused {
            return found;
        }
        found.extend(check_file_system(&place).err().map(|error| of(Kind::FileSystem, self.moved(error))));
        found.extend(volatile(&place, self.path()).map(|error| of(Kind::Volatile, self.moved(error))));
        let unwritable = self.unwritable(&place).map(|error| of(Kind::Unwritable, error));
        let write = unwritable.is_none();
        found.extend(unwritable);
        found.extend(full(&place, self.path()).filter(|_| write).map(|error| of(Kind::Full, error)));
        let lockable = claim::check_lockable(&place).map_err(|error| error.hint(self.elsewhere()));
        found.extend(lockable.err().map(|error| of(Kind::Locks, error)));
        found.extend(self.unfit_files(write));
        found
    }

    /// The locks that somebody may hold, by the ids of their credentials.
    pub(crate) fn lock_files(&self) -> Vec<(String, PathBuf)> {
        let id = |path: &Path| Some(path.file_name()?.to_str()?.strip_suffix(".lock")?.to_owned());
        let mut all: Vec<_> = self.locks().into_iter().filter_map(|path| Some((id(&path)?, path))).collect();
        all.arrange();
        all
    }

    /// Whether it keeps a journal of this account for the keyring.
    pub(crate) fn knows_in_keyring(&self, account: &str) -> bool {
        self.journal(&id_of(KEYRING, account)).exists()
    }

    /// By the rules of [`StateDir::prepare`], but for what it would mend by itself.
    fn directories(&self, place: &Path) -> Vec<Trouble> {
        let outer = directories::check_outer(self.path()).err().map(|error| match has_no_modes(place) {
            Some(name) if files::is_loose(self.path(), true) => {
                let words = format!(
                    "{} is on a file system that keeps no modes ({name}), so others may use it",
                    self.path().display()
                );
                let error = unavailable(words).hint(self.elsewhere());
                Trouble { kind: Kind::FileSystem, error, path: self.path().to_owned() }
            }
            _ => match Trouble::with_file(self.path(), error) {
                trouble if trouble.kind == Kind::Unusable => Trouble { kind: Kind::Closed, ..trouble },
                trouble => trouble,
            },
        });
        if outer.as_ref().is_some_and(|trouble| trouble.kind != Kind::Loose) {
            return outer.into_iter().collect();
        }
        let inner = self
            .inner()
            .skip(1)
            .filter_map(|path| directories::check(&path).err().map(|error| Trouble::with_file(&path, error)));
        outer.into_iter().chain(inner).collect()
    }

    /// Nothing is kept in it that another directory would lack.
    fn is_bare(&self) -> bool {
        self.journals().is_empty() && !self.file_key().exists()
    }

    fn moved(&self, error: Error) -> Error {
        match error.hint {
            Some(_) => error.hint(self.elsewhere()),
            None => error,
        }
    }

    /// A new directory has none of the logins.
    fn elsewhere(&self) -> String {
        let path = quoted(&self.path().display().to_string());
        match self.is_bare() {
            true => ELSEWHERE.to_owned(),
            false => format!(
                "`cp -a {path} NEW` copies it with its logins to a local disk; then set `TOKCLI_STATE_DIR` to NEW"
            ),
        }
    }

    /// Of a place that cannot even be looked into, or where nothing is and nothing can be made.
    fn closed(&self, place: &Path) -> Option<Trouble> {
        let (path, words, above) = if place == self.path() {
            let path = self.inner().find(|path| path.is_dir() && !may_enter(path))?;
            (path.clone(), format!("{} cannot be used", path.display()), path)
        } else {
            let words = format!("{} cannot be created in {}", self.path().display(), place.display());
            (self.path().to_owned(), words, place.to_owned())
        };
        let why = cannot_write(&above)?;
        let error = unavailable(format!("{words}: {why}")).hint(made_writable(&above));
        Some(Trouble { kind: Kind::Closed, error, path })
    }

    /// `None`: what a run has to make can be made.
    fn unwritable(&self, place: &Path) -> Option<Error> {
        if place != self.path() {
            return None;
        }
        let mut there = self.inner().filter(|path| path.exists());
        there.find_map(|path| {
            let why = cannot_write(&path)?;
            let words = format!("{} cannot be written: {why}", path.display());
            let hint = match made_writable(&path) {
                hint if hint == WRITABLE && !self.is_bare() => {
                    let path = quoted(&self.path().display().to_string());
                    format!("make its file system writable; or `cp -a {path} NEW` copies it with its logins, and then set `TOKCLI_STATE_DIR` to NEW")
                }
                hint => hint,
            };
            Some(unavailable(words).hint(hint))
        })
    }

    fn unfit_files(&self, write: bool) -> Vec<Trouble> {
        let mut all: Vec<(PathBuf, bool)> = self.journals().into_iter().map(|path| (path, write)).collect();
        all.extend(self.locks().into_iter().map(|path| (path, write)));
        all.extend(self.own_files().map(|path| (path, false)));
        all.arrange();
        let unfit = |(path, write): (PathBuf, bool)| {
            files::open(&path, write).err().map(|error| Trouble::with_file(&path, error))
        };
        all.into_iter().filter_map(unfit).collect()
    }
}

/// What is there of a way that is still to be made.
fn standing(path: &Path) -> Result<PathBuf> {
    let mut place = path;
    // A symlink that leads nowhere is there, too.
    while std::fs::symlink_metadata(place).is_err() {
        place = place.parent().unwrap_or(Path::new("/"));
    }
    if place != path && !place.is_dir() {
        let words = format!("{} cannot be created: {} is not a directory", path.display(), place.display());
        return Err(unavailable(words).hint(files::WRITABLE));
    }
    Ok(place.to_owned())
}

/// Its owner may have closed it to themselves.
#[cfg(unix)]
fn made_writable(directory: &Path) -> String {
    use std::os::unix::fs::MetadataExt as _;
    let closed = std::fs::metadata(directory)
        .is_ok_and(|facts| facts.uid() == nix::unistd::geteuid().as_raw() && facts.mode() & 0o300 != 0o300);
    if closed {
        format!("chmod u+rwx {}", quoted(&directory.display().to_string()))
    } else {
        files::WRITABLE.to_owned()
    }
}

#[cfg(not(unix))]
fn made_writable(_: &Path) -> String {
    files::WRITABLE.to_owned()
}

#[cfg(unix)]
fn cannot_write(directory: &Path) -> Option<String> {
    use nix::unistd::{AccessFlags, access};
    let cause = access(directory, AccessFlags::W_OK | AccessFlags::X_OK).err()?;
    Some(crate::base::error::plain(&cause.into()))
}

#[cfg(not(unix))]
fn cannot_write(_: &Path) -> Option<String> {
    None
}

#[cfg(target_os = "linux")]
fn full(place: &Path, state: &Path) -> Option<Error> {
    let facts = nix::sys::statvfs::statvfs(place).ok()?;
    let free = facts.blocks_available().saturating_mul(facts.fragment_size());
    let names = facts.files() > 0 && facts.files_available() == 0;
    let what = match free < ROOM {
        true => "less than 1 MiB is free".to_owned(),
        false if names => "no more files can be created".to_owned(),
        false => return None,
    };
    let (state, place) = (state.display(), place.display());
    let words = format!("{what} on the file system of {state}: no new login can be kept there");
    Some(
        unavailable(words)
            .hint(format!("make room on it; `df -h {place}` and `df -i {place}` show what it has")),
    )
}

#[cfg(not(target_os = "linux"))]
fn full(_: &Path, _: &Path) -> Option<Error> {
    None
}

/// Magic numbers of linux/magic.h.
#[cfg(target_os = "linux")]
const IN_MEMORY: [(i64, &str); 2] = [(0x0102_1994, "tmpfs"), (0x8584_58F6, "ramfs")];
#[cfg(target_os = "linux")]
const WITHOUT_MODES: [(i64, &str); 3] = [(0x4D44, "FAT"), (0x2011_BAB0, "exFAT"), (0x7366_746E, "NTFS")];

#[cfg(target_os = "linux")]
fn is_one_of(place: &Path, kinds: &[(i64, &'static str)]) -> Option<&'static str> {
    let kind = nix::sys::statfs::statfs(place).ok()?.filesystem_type().0 as i64 & 0xFFFF_FFFF;
    kinds.iter().find(|(known, _)| *known == kind).map(|(_, name)| *name)
}

#[cfg(target_os = "linux")]
fn volatile(place: &Path, state: &Path) -> Option<Error> {
    let name = is_one_of(place, &IN_MEMORY)?;
    let words = format!("{} is in memory ({name}): what it contains is gone after a reboot", state.display());
    Some(unavailable(words).hint(ELSEWHERE))
}

#[cfg(target_os = "linux")]
fn has_no_modes(place: &Path) -> Option<&'static str> {
    is_one_of(place, &WITHOUT_MODES)
}

#[cfg(not(target_os = "linux"))]
fn volatile(_: &Path, _: &Path) -> Option<Error> {
    None
}

#[cfg(not(target_os = "linux"))]
fn has_no_modes(_: &Path) -> Option<&'static str> {
    None
}
