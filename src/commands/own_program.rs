//! Where this program lies, for lines by which others call it.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use crate::base::environment;
use crate::base::error::{Result, internal};
use crate::base::program::first_on_path;

/// tokcli as others are to call it: by its place on `PATH`, if that leads here, since an upgrade may leave that alone and move
/// the file.
pub(super) fn program() -> Result<PathBuf> {
    let running = std::env::current_exe()
        .map_err(|cause| internal("cannot find out where `tokcli` is").because(&cause))?;
    let own = running.with_file_name(if cfg!(windows) { "tokcli.exe" } else { "tokcli" });
    let here = fs::canonicalize(&own).ok();
    let named = first_on_path(&path(), "tokcli");
    Ok(named.filter(|named| named.is_absolute() && fs::canonicalize(named).ok() == here).unwrap_or(own))
}

pub(super) fn path() -> OsString {
    environment::os("PATH").unwrap_or_default()
}
