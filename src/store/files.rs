//! The one place that makes and writes files of our own: private to the user,
//! never through a symlink, and durable when it says so.

#![expect(clippy::disallowed_methods, reason = "this is the door")]

use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::base::clock::Moment;
use crate::base::error::{Error, Result, damaged, unavailable};
pub(super) use crate::base::writers::directory_of;

/// Opens a file of ours; `None` if there is none. Refuses what others could have
/// made or could read, before a byte of it is looked at.
pub(super) fn open(path: &Path, write: bool) -> Result<Option<File>> {
    match options(write).open(path) {
        Ok(file) => check_file(path, &file).map(|()| Some(file)),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(unopened(path, &cause)),
    }
}

/// What is there may be none that can be opened, such as a socket.
fn unopened(path: &Path, cause: &io::Error) -> Error {
    match fs::symlink_metadata(path) {
        Ok(facts) if facts.is_symlink() => damaged(format!("{} is a symlink", path.display())).because(cause),
        Ok(facts) if !facts.is_file() => damaged(format!("{} is not a file", path.display())),
        _ => shut("open", path, cause),
    }
}

/// The same, made empty if it is not there; for lock files.
pub(super) fn open_or_make(path: &Path) -> Result<File> {
    if let Some(file) = open(path, true)? {
        return Ok(file);
    }
    match new_file(path) {
        Ok(file) => Ok(file),
        // Somebody was faster, and made it for both of us.
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
            open(path, true)?.ok_or_else(|| unavailable(format!("{} comes and goes", path.display())))
        }
        Err(cause) => Err(shut("make", path, &cause)),
    }
}

/// The same, for lines that are added at its end, whoever else adds some.
pub(super) fn open_to_append(path: &Path) -> Result<File> {
    let file = append_options().open(path).map_err(|cause| unopened(path, &cause))?;
    check_file(path, &file).map(|()| file)
}

/// A file of another program, for lines that are added at its end.
pub(super) fn open_of_another(path: &Path) -> io::Result<File> {
    options(false).append(true).open(path)
}

/// In bytes; of what is not there, or cannot be looked at, none.
pub(super) fn size(path: &Path) -> u64 {
    fs::symlink_metadata(path).map_or(0, |facts| facts.len())
}

/// What tells one file from another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity([u64; 2]);

impl Identity {
    pub(super) fn words(self) -> String {
        let [device, number] = self.0;
        format!("{device}:{number}")
    }
}

/// Of what is at `path`, a symlink itself; `Some(None)`: nothing is. `None`: it cannot be looked at.
pub(super) fn identity(path: &Path) -> Option<Option<Identity>> {
    use io::ErrorKind::{NotADirectory, NotFound};
    match fs::symlink_metadata(path) {
        Ok(facts) => identify(&facts).map(Some),
        Err(cause) if [NotFound, NotADirectory].contains(&cause.kind()) => Some(None),
        Err(_) => None,
    }
}

/// Whether an open file is what its path, and no other name, leads to. What cannot be looked at proves nothing.
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    let Ok(facts) = file.metadata() else { return true };
    let at = identify(&facts).zip(identity(path)).is_none_or(|(held, there)| there == Some(held));
    at && check_links(path, &facts).is_ok()
}

/// Makes `path` whole or not at all, and durable: temp, write, fsync, rename, fsync of the directory.
pub(super) fn put(path: &Path, contents: &[u8]) -> Result<()> {
    replace(path, contents, None).map(drop)
}

/// The same for a file that a person has written, which keeps its mode and its owner. `before`: of the file that is there, if
/// that counts. Gives what is worth a warning.
pub(super) fn replace(path: &Path, contents: &[u8], before: Option<&Metadata>) -> Result<Option<String>> {
    let temp = temporary(path);
    let written = new_file(&temp).and_then(|mut file| {
        if let Some(before) = before {
            take_after(&file, before)?;
        }
        file.write_all(contents)?;
        file.sync_all()?;
        fs::rename(&temp, path)?;
        sync_directory(path)
    });
    written.map_err(|cause| {
        let _ = fs::remove_file(&temp);
        failed("write", path, &cause)
    })?;
    let linked = before.is_some_and(|before| check_links(path, before).is_err());
    let words = || format!("{} had a second name (hard link), which keeps the old text", path.display());
    Ok(linked.then(words))
}

/// A copy for a person to work on, in the same directory and readable by them alone.
pub(super) fn copy(of: &Path, contents: &[u8]) -> Result<PathBuf> {
    let moment = Moment::now();
    let path = of.with_extension(format!("edit-{}-{}.toml", std::process::id(), moment.wall_ms));
    let made = new_file(&path).and_then(|mut file| file.write_all(contents));
    made.map(|()| path.clone()).map_err(|cause| {
        let _ = fs::remove_file(&path);
        failed("write", &path, &cause)
    })
}

pub(super) fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}

/// Clears away what killed runs left of files that they were about to put in the place of `path`. Only for who holds
/// its directory.
pub(super) fn sweep(path: &Path) {
    let entries = fs::read_dir(directory_of(path)).into_iter().flatten().flatten();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned() + ".tmp-";
    for entry in entries {
        let name = entry.file_name();
        let rest = name.to_str().and_then(|name| name.strip_prefix(&stem));
        let is_ours = |rest: &str| {
            rest.split('-').count() == 3 && rest.bytes().all(|b| b.is_ascii_digit() || b == b'-')
        };
        if rest.is_some_and(is_ours) {
            remove(&entry.path());
        }
    }
}

/// Locked while it is open. `None`: another holds it. A directory, because a file that is replaced is no lock, and one
/// beside it would stay.
#[cfg(unix)]
pub(super) fn try_lock_directory(path: &Path) -> Result<Option<Option<File>>> {
    let directory = File::open(path).map_err(|cause| failed("open", path, &cause))?;
    match directory.try_lock() {
        Ok(()) => Ok(Some(Some(directory))),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(cause)) => Err(failed("lock", path, &cause)),
    }
}

/// There directories cannot be locked: what another run changes at the same time is noticed before it is replaced.
#[cfg(not(unix))]
pub(super) fn try_lock_directory(_: &Path) -> Result<Option<Option<File>>> {
    Ok(Some(None))
}

pub(super) fn make_if_missing(directory: &Path) -> Result<()> {
    match directory.try_exists() {
        Ok(false) => make_missing(directory).map_err(|cause| failed("make", directory, &cause)),
        _ => Ok(()),
    }
}

/// A name of its own for each try: one that a killed run left behind is in nobody's way.
fn temporary(path: &Path) -> PathBuf {
    let moment = Moment::now();
    path.with_extension(format!("tmp-{}-{}-{}", std::process::id(), moment.wall_ms, moment.boot_ms))
}

/// Makes a symlink, whole or not at all. `over`: in the place of what is there.
#[cfg(unix)]
pub(super) fn put_link(link: &Path, target: &Path, over: bool) -> Result<()> {
    use std::os::unix::fs::symlink;
    let made = if over {
        let temp = temporary(link);
        symlink(target, &temp).and_then(|()| fs::rename(&temp, link)).inspect_err(|_| {
            let _ = fs::remove_file(&temp);
        })
    } else {
        symlink(target, link)
    };
    made.and_then(|()| sync_directory(link)).map_err(|cause| failed("make", link, &cause))
}

/// Renames, durably.
pub(super) fn set_aside(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).and_then(|()| sync_directory(to)).map_err(|cause| failed("rename", from, &cause))
}

/// A directory of ours, made 0700 if it is not there, whatever the umask.
pub(super) fn make_directory(path: &Path) -> Result<()> {
    make_or_check(path, check_directory)
}

/// The same for one that a person, or who starts our services, may have made.
pub(super) fn make_outer_directory(path: &Path) -> Result<()> {
    make_or_check(path, check_outer_directory)
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
pub(super) fn check_directory(path: &Path) -> Result<()> {
    checked_directory(path, check_owner)
}

/// Refuses one that others can write: what is in it is closed to them by itself.
pub(super) fn check_outer_directory(path: &Path) -> Result<()> {
    checked_directory(path, check_writers).map_err(|error| match fs::canonicalize(path) {
        // systemd makes one of root's for a user who lives as long as a unit.
        Ok(place) if is_symlink(path) && place.is_dir() => {
            error.hint(format!("set `TOKCLI_STATE_DIR` to {}, where the link leads", place.display()))
        }
        _ => error,
    })
}

fn checked_directory(path: &Path, check: impl Fn(&Path, &Metadata) -> Result<()>) -> Result<()> {
    match fs::symlink_metadata(path) {
        Ok(facts) if facts.is_dir() => match check(path, &facts) {
            Err(_) if is_empty_and_ours(path, &facts) => Ok(()),
            checked => checked,
        },
        Ok(_) => Err(damaged(format!("{} is not a directory", path.display()))),
        Err(_) => Ok(()),
    }
}

/// Whether a hint about it would be one to tighten it.
pub(super) fn is_loose(path: &Path, outer: bool) -> bool {
    let check = if outer { check_writers } else { check_owner };
    let told = fs::symlink_metadata(path).ok().and_then(|facts| check(path, &facts).err());
    told.and_then(|error| error.hint).is_some_and(|hint| hint.starts_with(TIGHTEN))
}

/// Does what such a hint says.
pub(super) fn take_from_others(path: &Path) -> io::Result<()> {
    close_to_others(path)
}

/// How a hint begins that takes others the use of files.
pub(super) const TIGHTEN: &str = "chmod go= ";

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

/// For containers, in which little can be written.
pub(super) const WRITABLE: &str = "set `TOKCLI_STATE_DIR` to a directory that this user can write";

/// One of ours: where it lies, nothing can be written, or it cannot be opened.
fn shut(what: &str, path: &Path, cause: &io::Error) -> Error {
    let error = failed(what, path, cause);
    if cause.kind() == io::ErrorKind::ReadOnlyFilesystem { error.hint(WRITABLE) } else { error }
}

pub(super) fn failed(what: &str, path: &Path, cause: &io::Error) -> Error {
    unavailable(format!("cannot {what} {}", path.display())).because(cause)
}

fn is_symlink(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|facts| facts.is_symlink())
}

fn new_file(path: &Path) -> io::Result<File> {
    let file = options(true).create_new(true).open(path)?;
    restrict(&file)?;
    Ok(file)
}

fn check_file(path: &Path, file: &File) -> Result<()> {
    let facts = file.metadata().map_err(|cause| failed("look at", path, &cause))?;
    if !facts.is_file() {
        return Err(damaged(format!("{} is not a file", path.display())));
    }
    check_links(path, &facts)?;
    check_owner(path, &facts)
}

#[cfg(unix)]
mod private {
    use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
    use std::path::Path;

    use super::{Identity, TIGHTEN};
    use crate::base::error::{Error, Result, damaged};
    use crate::base::shell::quoted;
    use crate::base::{groups, writers};

    pub(super) fn options(write: bool) -> OpenOptions {
        let mut options = OpenOptions::new();
        // Not blocking, so that a FIFO in our place is seen for what it is.
        let flags = nix::fcntl::OFlag::O_NOFOLLOW | nix::fcntl::OFlag::O_NONBLOCK;
        options.read(true).write(write).mode(0o600).custom_flags(flags.bits());
        options
    }

    /// Made if it is not there. A mask can only take from its mode.
    pub(super) fn append_options() -> OpenOptions {
        let mut options = options(false);
        options.append(true).create(true);
        options
    }

    pub(super) fn new_directory(path: &Path) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(path)?;
        std::fs::set_permissions(path, Permissions::from_mode(0o700))
    }

    /// Whatever the umask left of it.
    pub(super) fn restrict(file: &File) -> io::Result<()> {
        file.set_permissions(Permissions::from_mode(0o600))
    }

    pub(super) fn check_owner(path: &Path, facts: &Metadata) -> Result<()> {
        check_user(path, facts, false)?;
        let mode = facts.mode();
        // A volume that is made fit for a pod gets the pod's own group.
        let pods =
            || mode & 0o007 == 0 && !groups::is_own_by_name(facts.gid()) && groups::is_private(facts.gid());
        if mode & 0o077 == 0 || pods() { Ok(()) } else { Err(loose("may use", path, facts)) }
    }

    /// That others can look into it does no harm.
    pub(super) fn check_writers(path: &Path, facts: &Metadata) -> Result<()> {
        check_user(path, facts, true)?;
        if writers::others_can_write(path, facts) { Err(loose("may use", path, facts)) } else { Ok(()) }
    }

    fn check_user(path: &Path, facts: &Metadata, or_root: bool) -> Result<()> {
        let (name, owner) = (path.display(), facts.uid());
        if owner == nix::unistd::geteuid().as_raw() || (or_root && owner == 0) {
            return Ok(());
        }
        Err(damaged(format!("{name} belongs to another user (uid {owner})")))
    }

    /// Only its owner can tighten it.
    fn loose(what: &str, path: &Path, facts: &Metadata) -> Error {
        let (name, mode) = (path.display(), facts.mode() & 0o7777);
        let error = damaged(format!("others {what} {name} (mode {mode:04o})"));
        // One that all may put something into is there for others, too, whoever owns it.
        if facts.uid() == nix::unistd::geteuid().as_raw() && mode & 0o1000 == 0 {
            return error.hint(format!("{TIGHTEN}{}", quoted(&name.to_string())));
        }
        let below = path.join("tokcli");
        error.hint(format!("set `TOKCLI_STATE_DIR` to a directory of its own, such as {}", below.display()))
    }

    pub(super) fn is_empty_and_ours(path: &Path, facts: &Metadata) -> bool {
        let ours = facts.uid() == nix::unistd::geteuid().as_raw();
        ours && std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
    }

    /// An empty directory of ours is closed to others; `false`: it is not, or not empty.
    pub(super) fn tighten(path: &Path, facts: &Metadata) -> bool {
        facts.mode() & 0o777 == 0o700 && facts.uid() == nix::unistd::geteuid().as_raw()
            || is_empty_and_ours(path, facts)
                && std::fs::set_permissions(path, Permissions::from_mode(0o700)).is_ok()
    }

    /// Not through a symlink, whatever others put there meanwhile.
    pub(super) fn close_to_others(path: &Path) -> io::Result<()> {
        let file = options(false).open(path)?;
        let mode = file.metadata()?.mode();
        file.set_permissions(Permissions::from_mode(mode & 0o7700))
    }

    /// Its mode, its owner and its group.
    pub(super) fn take_after(file: &File, before: &Metadata) -> io::Result<()> {
        let now = file.metadata()?;
        if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
            std::os::unix::fs::fchown(file, Some(before.uid()), Some(before.gid()))?;
        }
        file.set_permissions(Permissions::from_mode(before.mode() & 0o7777))
    }

    #[expect(clippy::unnecessary_wraps, reason = "elsewhere nothing tells")]
    pub(super) fn identify(facts: &Metadata) -> Option<Identity> {
        Some(Identity([facts.dev(), facts.ino()]))
    }

    pub(super) fn check_links(path: &Path, facts: &Metadata) -> Result<()> {
        if facts.nlink() == 1 {
            Ok(())
        } else {
            Err(damaged(format!("{} has a second name (hard link)", path.display())))
        }
    }
}

#[cfg(not(unix))]
mod private {
    use std::fs::{File, Metadata, OpenOptions};
    use std::io;
    use std::path::Path;

    use super::Identity;
    use crate::base::error::Result;

    pub(super) fn options(write: bool) -> OpenOptions {
        let mut options = OpenOptions::new();
        options.read(true).write(write);
        options
    }

    pub(super) fn append_options() -> OpenOptions {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        options
    }

    pub(super) fn new_directory(path: &Path) -> io::Result<()> {
        std::fs::create_dir(path)
    }

    /// The profile directory of the user is private already.
    pub(super) fn restrict(_: &File) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn check_owner(_: &Path, _: &Metadata) -> Result<()> {
        Ok(())
    }

    pub(super) fn check_writers(_: &Path, _: &Metadata) -> Result<()> {
        Ok(())
    }

    pub(super) fn is_empty_and_ours(_: &Path, _: &Metadata) -> bool {
        false
    }

    pub(super) fn tighten(_: &Path, _: &Metadata) -> bool {
        false
    }

    pub(super) fn close_to_others(_: &Path) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn take_after(_: &File, _: &Metadata) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn identify(_: &Metadata) -> Option<Identity> {
        None
    }

    pub(super) fn check_links(_: &Path, _: &Metadata) -> Result<()> {
        Ok(())
    }
}

use private::{
    append_options, check_links, check_owner, check_writers, close_to_others, identify, is_empty_and_ours,
    new_directory, options, restrict, take_after, tighten,
};

#[cfg(unix)]
pub(super) fn sync_directory(of: &Path) -> io::Result<()> {
    File::open(directory_of(of))?.sync_all()
}

#[cfg(not(unix))]
pub(super) fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}
