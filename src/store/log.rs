//! The audit log: lines of JSON in the state directory, for whoever wants to know who asked for a token. Bounded: a full
//! file is set aside once, and the one before it is given up.

use std::io::Write as _;

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
    let mut file = files::open_to_append(&path)?;
    file.write_all(format!("{line}\n").as_bytes()).map_err(|cause| files::failed("write", &path, &cause))
}

/// One run does it. Others go on writing, and whoever has the file open already writes into the one set aside.
fn set_aside(state: &StateDir) -> Result<()> {
    let path = state.log();
    let Some(_claim) = claim::try_lock(&state.lock("log"))? else { return Ok(()) };
    // Another run may have just done it.
    if files::size(&path) >= LARGEST { files::set_aside(&path, &state.old_log()) } else { Ok(()) }
}
