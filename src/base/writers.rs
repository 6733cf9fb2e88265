//! Who may write a file of configuration, and every place that has a say in it: the file, the
//! directories and the symlinks that lead there. What others could have written is not read.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::Result;
#[cfg(unix)]
use super::error::config;
use super::file_stamp::FileStamp;

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

/// The directory that a name stands in.
fn directory_of(place: &Path) -> &Path {
    place.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Everything whose change could mean that a file would be read differently, or refused.
/// `None`: it was changed too short a time ago. Taken before the file is read.
pub(crate) fn stamps(path: &Path) -> Option<Vec<FileStamp>> {
    let places = chain(path);
    let directories = places.iter().map(|place| FileStamp::of_directory(directory_of(place)));
    directories.chain(places.iter().map(|place| FileStamp::of(place))).collect()
}

#[cfg(unix)]
pub(super) fn check_writers(path: &Path, facts: &fs::Metadata) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let places = chain(path);
    // A symlink is as good as the place that it leads to.
    for (at, place) in places.iter().enumerate() {
        check_directory(place)?;
        if at + 1 < places.len() {
            fs::symlink_metadata(place).map_or(Ok(()), |link| check_owner("", place, &link))?;
        }
    }
    check_owner("", path, facts)?;
    if facts.mode() & 0o022 != 0 {
        let name = path.display();
        return Err(config(format!("others can write {name} (mode {:03o})", facts.mode() & 0o777))
            .hint(format!("chmod go-w {name}")));
    }
    Ok(())
}

/// Whoever can write the directory can put another file in its place; a sticky one forbids that to all but its owner.
#[cfg(unix)]
fn check_directory(of: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let above = directory_of(of);
    let Ok(facts) = fs::metadata(above) else { return Ok(()) };
    if facts.mode() & 0o1002 == 0o002 {
        let words = format!("others can write the directory of {}", of.display());
        return Err(config(words).hint(format!("chmod o-w {}", above.display())));
    }
    check_owner("the directory of ", of, &facts)
}

#[cfg(unix)]
fn check_owner(what: &str, path: &Path, facts: &fs::Metadata) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let owner = facts.uid();
    if owner == 0 || owner == nix::unistd::geteuid().as_raw() {
        return Ok(());
    }
    Err(config(format!("{what}{} belongs to another user (uid {owner})", path.display())))
}

#[cfg(not(unix))]
pub(super) fn check_writers(_: &Path, _: &fs::Metadata) -> Result<()> {
    Ok(())
}
