//! Who may write a file of configuration, and every place that has a say in it: the file, the
//! directories and the symlinks that lead there. What others could have written is not read.

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

#[cfg(windows)]
use windows_sys::Win32::Storage::FileSystem::READ_CONTROL;

#[cfg(windows)]
use super::acl;
use super::error::{Result, config};
use super::file_stamp::FileStamp;
#[cfg(unix)]
use super::shell::quoted;

/// Where `path` leads: itself, then each place that a symlink names. The kernel follows no more than 40.
fn chain(path: &Path) -> Vec<PathBuf> {
    let mut places = vec![path.to_owned()];
    let above = |place: &Path| place.parent().unwrap_or(Path::new("")).to_owned();
    while let Some(place) = places.last()
        && places.len() <= 41
        && let Ok(target) = fs::read_link(place)
    {
        places.push(above(place).join(target));
    }
    places
}

/// What `path` leads to in the end, whether it is there or not.
pub(crate) fn target(path: &Path) -> PathBuf {
    chain(path).pop().unwrap_or_default()
}

/// The directory that a name stands in.
pub(crate) fn directory_of(place: &Path) -> &Path {
    place.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Everything whose change could mean that a file would be read differently, or refused.
/// `None`: it was changed too short a time ago. Taken before the file is read.
pub(crate) fn stamps(path: &Path) -> Option<Vec<FileStamp>> {
    let places = chain(path);
    let directories = places.iter().map(|place| FileStamp::of_directory(directory_of(place)));
    directories.chain(places.iter().map(|place| FileStamp::of(place))).collect()
}

/// What is wrong with a place, and what its owner can do about it.
#[cfg(unix)]
struct Flaw {
    words: String,
    mend: Option<String>,
}

const OWN_PLACE: &str = "keep the configuration in your own directory, and set `TOKCLI_CONFIG` to its path";

/// Names everything that must be mended at once.
#[cfg(unix)]
pub(super) fn check_writers(path: &Path, facts: &fs::Metadata) -> Result<()> {
    let mut flaws = flaws_of_way(path);
    flaws.extend(flaw_of_owner("", path, facts));
    if others_can_write(path, facts) {
        let name = path.display();
        let words = format!("others can write {name} (mode {:03o})", facts.mode() & 0o777);
        flaws.push(Flaw { words, mend: mend("go-w", path, facts) });
    }
    told(flaws)
}

/// The same of a file that is not there yet: whether it would be read.
#[cfg(unix)]
pub(crate) fn check_place(path: &Path) -> Result<()> {
    told(flaws_of_way(path))
}

/// A symlink is as good as the place that it leads to.
#[cfg(unix)]
fn flaws_of_way(path: &Path) -> Vec<Flaw> {
    let places = chain(path);
    let mut flaws = Vec::new();
    for (at, place) in places.iter().enumerate() {
        flaws.extend(flaw_of_directory(place));
        if at + 1 < places.len() {
            flaws.extend(fs::symlink_metadata(place).ok().and_then(|link| flaw_of_owner("", place, &link)));
        }
    }
    flaws
}

#[cfg(unix)]
fn told(mut flaws: Vec<Flaw>) -> Result<()> {
    let mut told = std::collections::BTreeSet::new();
    flaws.retain(|flaw| told.insert(flaw.words.clone()));
    if flaws.is_empty() {
        return Ok(());
    }
    let words: Vec<&str> = flaws.iter().map(|flaw| flaw.words.as_str()).collect();
    let error = config(words.join("; "));
    let mends: Option<Vec<String>> = flaws.iter().map(|flaw| flaw.mend.clone()).collect();
    Err(match mends {
        Some(mends) => error.hint(mends.join(" && ")),
        None => error.hint(OWN_PLACE),
    })
}

/// Whether somebody but this user, and root, can write it: not where the mount forbids that to everybody.
#[cfg(unix)]
pub(crate) fn others_can_write(path: &Path, facts: &fs::Metadata) -> bool {
    let mode = facts.mode();
    let others = mode & 0o002 != 0 || (mode & 0o020 != 0 && !super::groups::is_private(facts.gid()));
    others && !is_read_only(path)
}

/// Whether any user can read a file: not where a directory above it is closed to them.
#[cfg(unix)]
pub(crate) fn others_can_read(path: &Path) -> bool {
    let Ok(path) = fs::canonicalize(path) else { return false };
    let lets = |place: &Path, bit: u32| fs::metadata(place).is_ok_and(|facts| facts.mode() & bit != 0);
    lets(&path, 0o004) && path.ancestors().skip(1).all(|above| lets(above, 0o001))
}

#[cfg(not(unix))]
pub(crate) fn others_can_read(_: &Path) -> bool {
    false
}

#[cfg(unix)]
fn is_read_only(path: &Path) -> bool {
    use nix::sys::statvfs::{FsFlags, statvfs};
    statvfs(path).is_ok_and(|facts| facts.flags().contains(FsFlags::ST_RDONLY))
}

/// `None`: only another can do it.
#[cfg(unix)]
fn mend(change: &str, path: &Path, facts: &fs::Metadata) -> Option<String> {
    let ours = facts.uid() == nix::unistd::geteuid().as_raw();
    ours.then(|| format!("chmod {change} {}", quoted(&path.display().to_string())))
}

/// Whoever can write the directory can put another file in its place; a sticky one forbids that to all but its owner.
#[cfg(unix)]
fn flaw_of_directory(of: &Path) -> Option<Flaw> {
    let above = directory_of(of);
    let facts = fs::metadata(above).ok()?;
    if facts.mode() & 0o1002 == 0o002 && !is_read_only(above) {
        let words = format!("others can write the directory of {}", of.display());
        return Some(Flaw { words, mend: mend("o-w", above, &facts) });
    }
    flaw_of_owner("the directory of ", of, &facts)
}

#[cfg(unix)]
fn flaw_of_owner(what: &str, path: &Path, facts: &fs::Metadata) -> Option<Flaw> {
    let owner = facts.uid();
    let words = || format!("{what}{} belongs to another user (uid {owner})", path.display());
    let good = owner == 0 || owner == nix::unistd::geteuid().as_raw();
    (!good).then(|| Flaw { words: words(), mend: None })
}

/// What others could have written is not read here either, though the way there is looked at for its last step alone.
#[cfg(windows)]
pub(super) fn check_writers(path: &Path, _: &fs::Metadata) -> Result<()> {
    check_written_by_us(path)?;
    check_place(path)
}

#[cfg(windows)]
pub(crate) fn check_place(path: &Path) -> Result<()> {
    match directory_of(path) {
        above if above.exists() => check_written_by_us(above),
        _ => Ok(()),
    }
}

#[cfg(windows)]
fn check_written_by_us(place: &Path) -> Result<()> {
    let name = place.display();
    let access = acl::open(place, false, READ_CONTROL)
        .and_then(|open| acl::look(&open))
        .map_err(|cause| config(format!("cannot find out who may write {name}")).because(&cause))?;
    if let Some(owner) = access.stranger() {
        return Err(config(format!("{name} belongs to another user ({owner})")).hint(OWN_PLACE));
    }
    match access.others_can_write() {
        true => Err(config(format!("others can write {name}")).hint(OWN_PLACE)),
        false => Ok(()),
    }
}
