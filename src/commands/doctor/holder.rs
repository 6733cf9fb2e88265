//! Which process has a file locked, as Linux lists it.

use std::path::Path;

pub(super) struct Holder {
    pub(super) process: u32,
    /// As in a list of processes.
    pub(super) name: String,
    pub(super) stopped: bool,
    /// Since it was started, in seconds.
    pub(super) age: u64,
}

/// `None`: nobody, as far as can be seen from here.
#[cfg(target_os = "linux")]
pub(super) fn holder(path: &Path) -> Option<Holder> {
    use std::fs::read_to_string;
    use std::os::unix::fs::MetadataExt as _;

    use crate::base::listed::Listed;
    let file = std::fs::symlink_metadata(path).ok()?;
    let list = read_to_string("/proc/locks").ok()?;
    let lockers = list.lines().filter_map(|line| locker(line, file.ino()));
    let process = lockers.into_iter().find(|process| has_open(*process, &file))?;
    let Listed { name, stopped, started, .. } = Listed::read(process)?;
    let uptime = read_to_string("/proc/uptime").ok()?;
    let uptime: u64 = uptime.split('.').next()?.parse().ok()?;
    let age = uptime.saturating_sub(started / 100);
    Some(Holder { process, name, stopped, age })
}

/// A file of another file system may have the same number.
#[cfg(target_os = "linux")]
fn has_open(process: u32, file: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let open = std::fs::read_dir(format!("/proc/{process}/fd"));
    let open = open.into_iter().flatten().flatten().filter_map(|link| std::fs::metadata(link.path()).ok());
    open.into_iter().any(|there| (there.dev(), there.ino()) == (file.dev(), file.ino()))
}

/// `1: FLOCK  ADVISORY  WRITE 123 fe:00:456 0 EOF`. Devices are numbered otherwise on some file systems (btrfs), so the
/// file's own number must do here.
#[cfg(target_os = "linux")]
fn locker(line: &str, number: u64) -> Option<u32> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let of_file = fields.get(5)?.rsplit(':').next()?.parse() == Ok(number);
    (of_file && fields.get(1) == Some(&"FLOCK"))
        .then(|| fields.get(4)?.parse().ok())
        .flatten()
        .filter(|id| *id != 0)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn holder(_: &Path) -> Option<Holder> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_lock_tells_its_process_and_its_file() {
        let line = "1: FLOCK  ADVISORY  WRITE 24247 fe:00:6152226 0 EOF";
        assert_eq!((locker(line, 6_152_226), locker(line, 6_152_227)), (Some(24_247), None));
        assert_eq!(locker("2: OFDLCK ADVISORY  WRITE -1 fe:00:7 0 EOF", 7), None);
        assert_eq!(locker("1: -> FLOCK  ADVISORY  WRITE 5 fe:00:7 0 EOF", 7), None, "it only waits");
        assert_eq!(locker("3: FLOCK  ADVISORY  WRITE 0 fe:00:7 0 EOF", 7), None, "of another namespace");
        assert_eq!(locker("nonsense", 7), None);
    }
}
