//! Who may use a file, as Windows has it: an owner, and a list of who may do what. The rules are pure, and what Windows says
//! comes through one door. Each question is asked of what is open: its name may lead elsewhere by then, and may be too long.

#[cfg(windows)]
mod door;
mod rules;

#[cfg(windows)]
use std::fs::{File, OpenOptions};
#[cfg(windows)]
use std::io;
#[cfg(windows)]
use std::os::windows::fs::OpenOptionsExt as _;
#[cfg(windows)]
use std::path::Path;

#[cfg(windows)]
use windows_sys::Win32::Storage::FileSystem::{FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT};

#[cfg(windows)]
pub(crate) use door::{close_to_others, look};
#[cfg(windows)]
pub(crate) use rules::Access;

/// Opens a file or a directory for a look at who may use it, and for nothing that others would have to wait for. `itself`: not
/// what it leads to, if it is a link.
#[cfg(windows)]
#[expect(clippy::disallowed_methods, reason = "nothing is read or written by it")]
pub(crate) fn open(path: &Path, itself: bool, rights: u32) -> io::Result<File> {
    let links = if itself { FILE_FLAG_OPEN_REPARSE_POINT } else { 0 };
    let mut options = OpenOptions::new();
    options.access_mode(rights).custom_flags(FILE_FLAG_BACKUP_SEMANTICS | links).open(path)
}
