//! The one place that makes and writes files of our own: private to the user,
//! never through a symlink, and durable when it says so.

#![expect(clippy::disallowed_methods, reason = "this is the door")]

pub(super) mod directories;
mod permissions;

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::base::clock::Moment;
use crate::base::error::{Error, Result, damaged, unavailable};
pub(super) use crate::base::writers::directory_of;
pub(super) use permissions::{Identity, TIGHTEN, is_loose, take_from_others, tightening};
use permissions::{
    append_options, check_owner_of, new_options, node, node_at, options, restrict, take_after,
};

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

/// The same, for lines that are added at its end, whoever else adds some. Not by way of [`open_or_make`]: the file may
/// allow nothing else (`chattr +a`).
pub(super) fn open_to_append(path: &Path) -> Result<File> {
    let opened = append_options().open(path).or_else(|cause| match cause.kind() {
        // Unless somebody else makes it at the same time.
        io::ErrorKind::NotFound => new_file(path).and_then(|_| append_options().open(path)),
        _ => Err(cause),
    });
    let opened = opened.or_else(|cause| match cause.kind() {
        io::ErrorKind::AlreadyExists => append_options().open(path),
        _ => Err(cause),
    });
    let file = opened.map_err(|cause| unopened(path, &cause))?;
    check_file(path, &file).map(|()| file)
}

/// A file of another program, for lines that are added at its end.
pub(super) fn open_of_another(path: &Path) -> io::Result<File> {
    options(false).append(true).open(path)
}

/// A small file of ours; `None` if there is none. No more than `largest` bytes are read.
pub(super) fn text(path: &Path, largest: usize) -> Result<Option<String>> {
    let Some(file) = open(path, false)? else { return Ok(None) };
    let read = io::read_to_string(file.take(largest as u64));
    read.map(Some).map_err(|cause| failed("read", path, &cause))
}

/// In bytes; of what is not there, or cannot be looked at, none.
pub(super) fn size(path: &Path) -> u64 {
    fs::symlink_metadata(path).map_or(0, |facts| facts.len())
}

/// Of what is at `path`, a symlink itself; `Some(None)`: nothing is. `None`: it cannot be looked at.
pub(super) fn identity(path: &Path) -> Option<Option<Identity>> {
    use io::ErrorKind::{NotADirectory, NotFound};
    match node_at(path) {
        Ok(node) => Some(Some(node.identity)),
        Err(cause) if [NotFound, NotADirectory].contains(&cause.kind()) => Some(None),
        Err(_) => None,
    }
}

/// Whether an open file is what its path, and no other name, leads to. `None`: that cannot be looked at.
pub(super) fn is_at(file: &File, path: &Path) -> Option<bool> {
    let held = file.metadata().and_then(|facts| node(file, &facts)).ok()?;
    identity(path).map(|there| there == Some(held.identity) && held.names == 1)
}

/// Makes `path` whole or not at all, and durable: temp, write, fsync, rename, fsync of the directory.
pub(super) fn put(path: &Path, contents: &[u8]) -> Result<()> {
    replace(path, contents, None).map(drop)
}

/// The same for a file that a person has written, which keeps its mode and its owner. `before`: of the file that is there, if
/// that counts. Gives what is worth a warning.
pub(super) fn replace(path: &Path, contents: &[u8], before: Option<&Metadata>) -> Result<Option<String>> {
    let linked = before.is_some() && node_at(path).is_ok_and(|node| node.names > 1);
    let temp = temporary(path);
    let written = new_file(&temp).and_then(|mut file| {
        if let Some(before) = before {
            take_after(&file, before)?;
        }
        file.write_all(contents)?;
        file.sync_all()?;
        rename(&temp, path)?;
        sync_directory(path)
    });
    written.map_err(|cause| {
        let _ = fs::remove_file(&temp);
        failed("write", path, &cause)
    })?;
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

/// Clears away what killed runs left of files that they were about to put in the place of `path`. Whoever does not
/// hold its directory may take what another is about to put there, which must be worth no more than that.
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

/// There a symlink takes rights that few have: a copy, whole or not at all.
#[cfg(windows)]
pub(super) fn put_link(link: &Path, target: &Path, _over: bool) -> Result<()> {
    let temp = temporary(link);
    let made = fs::copy(target, &temp).and_then(|_| rename(&temp, link)).inspect_err(|_| {
        let _ = fs::remove_file(&temp);
    });
    made.map_err(|cause| failed("make", link, &cause).hint("a program that runs is not replaced"))
}

/// A file that holds nothing, in the place of one that is let go.
#[cfg(windows)]
pub(super) fn nothing() -> io::Result<File> {
    File::open("NUL")
}

/// Windows refuses it while somebody else has the file open, as another run or a virus scanner has for a moment.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    const DENIED: i32 = 5;
    const SHARED: i32 = 32;
    let until = Instant::now() + Duration::from_secs(1);
    loop {
        match fs::rename(from, to) {
            Err(cause)
                if cfg!(windows)
                    && [DENIED, SHARED].map(Some).contains(&cause.raw_os_error())
                    && Instant::now() < until =>
            {
                thread::sleep(Duration::from_millis(10));
            }
            renamed => return renamed,
        }
    }
}

/// Renames, durably.
pub(super) fn set_aside(from: &Path, to: &Path) -> Result<()> {
    rename(from, to).and_then(|()| sync_directory(to)).map_err(|cause| failed("rename", from, &cause))
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
    let file = new_options().open(path)?;
    restrict(&file)?;
    Ok(file)
}

fn check_file(path: &Path, file: &File) -> Result<()> {
    let facts = file.metadata().map_err(|cause| failed("look at", path, &cause))?;
    let name = path.display();
    if facts.is_symlink() {
        return Err(damaged(format!("{name} is a symlink")));
    }
    if !facts.is_file() {
        return Err(damaged(format!("{name} is not a file")));
    }
    let node = node(file, &facts).map_err(|cause| failed("look at", path, &cause))?;
    if node.names != 1 {
        return Err(damaged(format!("{name} has a second name (hard link)")));
    }
    check_owner_of(path, file, &facts)
}

#[cfg(unix)]
pub(super) fn sync_directory(of: &Path) -> io::Result<()> {
    File::open(directory_of(of))?.sync_all()
}

#[cfg(not(unix))]
pub(super) fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}
