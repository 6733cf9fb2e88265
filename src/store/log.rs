//! The audit log: lines of JSON in the state directory, for whoever wants to know who asked for a token. Bounded: a full
//! file is set aside once, and the one before it is given up.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::state_dir::StateDir;
use super::{claim, files};
use crate::base::error::Result;

/// In bytes, of each of the two files.
const LARGEST: u64 = 1 << 20;

/// Appends `line` by one write, so that those of several runs stay whole.
pub(crate) fn append(line: &str) -> Result<()> {
    let state = StateDir::locate()?;
    state.prepare()?;
    let path = state.log();
    if files::size(&path) >= LARGEST {
        set_aside(&state)?;
    }
    let torn = if is_torn(&path) { "\n" } else { "" };
    let mut file = files::open_to_append(&path)?;
    file.write_all(format!("{torn}{line}\n").as_bytes())
        .map_err(|cause| files::failed("write", &path, &cause))
}

/// The last line has no end: the disk was full.
fn is_torn(path: &Path) -> bool {
    let last = || {
        let mut file = files::open(path, false).ok()??;
        file.seek(SeekFrom::End(-1)).ok()?;
        let mut last = [0];
        file.read_exact(&mut last).ok()?;
        Some(last[0])
    };
    last().is_some_and(|last| last != b'\n')
}

/// One run does it. Others go on writing, and whoever has the file open already writes into the one set aside.
fn set_aside(state: &StateDir) -> Result<()> {
    let path = state.log();
    let Some(_claim) = claim::try_lock(&state.lock("log"))? else { return Ok(()) };
    // Another run may have just done it.
    if files::size(&path) >= LARGEST { files::set_aside(&path, &state.old_log()) } else { Ok(()) }
}
