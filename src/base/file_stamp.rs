//! What a file or directory looked like when it was read: a later run that sees
//! the same need not read it again. Never the contents.
//!
//! The rule that matters: of a file that was changed a moment ago there is no stamp, because
//! the next change could bear the same time.

use std::fs::Metadata;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileStamp {
    path: String,
    /// Of a directory only who may write it: what is in it comes and goes.
    directory: bool,
    facts: Likeness,
}

/// Device, inode, mode, owner; of a file also its size and when it and these facts were changed (ns).
type Likeness = [i64; 7];

impl FileStamp {
    /// Of the link itself, if it is one.
    pub(crate) fn of(path: &Path) -> Option<FileStamp> {
        FileStamp::take(path, false)
    }

    /// Of what a link leads to.
    pub(crate) fn of_directory(path: &Path) -> Option<FileStamp> {
        FileStamp::take(path, true)
    }

    #[cfg(any(target_os = "linux", all(test, unix)))]
    pub(crate) fn holds(&self) -> bool {
        look(Path::new(&self.path), self.directory).is_ok_and(|now| facts(&now, self.directory) == self.facts)
    }

    fn take(path: &Path, directory: bool) -> Option<FileStamp> {
        let seen = look(path, directory).ok()?;
        let told_apart = directory || is_settled(&seen);
        told_apart.then_some(FileStamp {
            path: path.to_str()?.to_owned(),
            directory,
            facts: facts(&seen, directory),
        })
    }
}

fn look(path: &Path, directory: bool) -> io::Result<Metadata> {
    if directory { std::fs::metadata(path) } else { std::fs::symlink_metadata(path) }
}

#[cfg(unix)]
fn facts(seen: &Metadata, directory: bool) -> Likeness {
    use std::os::unix::fs::MetadataExt;
    let ns = |seconds: i64, rest: i64| seconds.wrapping_mul(1_000_000_000).wrapping_add(rest);
    let (mode, owner) = (seen.mode().into(), seen.uid().into());
    let (device, inode) = (seen.dev().cast_signed(), seen.ino().cast_signed());
    if directory {
        return [device, inode, mode, owner, 0, 0, 0];
    }
    let (changed, altered) = (ns(seen.mtime(), seen.mtime_nsec()), ns(seen.ctime(), seen.ctime_nsec()));
    [device, inode, mode, owner, seen.size().cast_signed(), changed, altered]
}

/// Longer ago than a tick of the clock that file systems take their times from (10 ms at most),
/// or than that of a file system which knows whole seconds only, or even ones.
#[cfg(unix)]
fn is_settled(seen: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    use std::time::{Duration, SystemTime};
    let (Ok(seconds), Ok(rest)) = (u64::try_from(seen.ctime()), u32::try_from(seen.ctime_nsec())) else {
        return false;
    };
    let tick = if rest == 0 { Duration::from_secs(3) } else { Duration::from_millis(50) };
    let altered = SystemTime::UNIX_EPOCH + Duration::new(seconds, rest);
    SystemTime::now().duration_since(altered).is_ok_and(|ago| ago > tick)
}

#[cfg(not(unix))]
fn facts(_: &Metadata, _: bool) -> Likeness {
    Likeness::default()
}

/// Nothing there tells a file for certain from what it was changed to.
#[cfg(not(unix))]
fn is_settled(_: &Metadata) -> bool {
    false
}

#[cfg(all(test, unix))]
#[expect(clippy::disallowed_methods, reason = "it changes files on purpose")]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    use super::*;

    fn settle() {
        std::thread::sleep(Duration::from_millis(80));
    }

    #[test]
    fn a_file_that_was_just_written_has_no_stamp_and_a_later_one_holds_until_it_changes() {
        let directory = tempfile::tempdir().expect("tempdir");
        let (path, other) = (directory.path().join("f"), directory.path().join("g"));
        fs::write(&path, "one").expect("written");
        assert!(FileStamp::of(&path).is_none(), "another write could bear the same time");
        settle();
        let seen = FileStamp::of(&path).expect("settled");
        assert!(seen.holds());
        fs::write(&path, "two").expect("written");
        assert!(!seen.holds(), "of the same length");
        settle();
        let seen = FileStamp::of(&path).expect("settled");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).expect("set");
        assert!(!seen.holds(), "another mode");
        settle();
        let seen = FileStamp::of(&path).expect("settled");
        fs::write(&other, "two").expect("written");
        fs::rename(&other, &path).expect("renamed");
        assert!(!seen.holds(), "another file in its place");
        fs::remove_file(&path).expect("removed");
        assert!(!seen.holds() && FileStamp::of(&path).is_none(), "gone");
    }

    #[test]
    fn a_directory_is_seen_by_who_may_write_it_and_a_link_by_where_it_leads() {
        let directory = tempfile::tempdir().expect("tempdir");
        let inner = directory.path().join("d");
        fs::create_dir(&inner).expect("made");
        let seen = FileStamp::of_directory(&inner).expect("a directory is always told apart");
        fs::write(inner.join("f"), "").expect("written");
        assert!(seen.holds(), "what is in it does not matter");
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o777)).expect("set");
        assert!(!seen.holds());
        let (link, new) = (directory.path().join("l"), directory.path().join("m"));
        std::os::unix::fs::symlink(inner.join("f"), &link).expect("linked");
        settle();
        let seen = FileStamp::of(&link).expect("settled");
        std::os::unix::fs::symlink(inner.join("f"), &new).expect("linked");
        fs::rename(&new, &link).expect("renamed");
        assert!(!seen.holds(), "another link, though to the same place");
    }
}
