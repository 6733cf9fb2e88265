//! Reading a file that somebody names beside the configuration: a key, a certificate, a secret.
//! Only a plain one, and never more of it than fits.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::error::plain;

/// A file that a profile names: a plain one, and small.
pub(crate) fn read_small(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let name = path.display();
    let facts = fs::metadata(path).map_err(|cause| format!("cannot read {name}: {}", plain(&cause)))?;
    if !facts.is_file() || facts.len() > limit {
        return Err(format!("{name} is no file of at most {} KiB", limit >> 10));
    }
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.map_err(|cause| format!("cannot read {name}: {}", plain(&cause)))?;
    Ok(bytes)
}
