//! Reading a file that somebody names beside the configuration: a key, a certificate, a secret.
//! Only a plain one, and never more of it than fits.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::error::plain;

/// A file that a profile names: a plain one, and small.
pub(crate) fn read_small(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let name = path.display();
    let too_large = || format!("{name} is not a file of at most {} KiB", limit >> 10);
    let facts = fs::metadata(path).map_err(|cause| format!("cannot read {name}: {}", plain(&cause)))?;
    if !facts.is_file() || facts.len() > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // Some files are longer than they say, such as those of /proc, and some grow.
    let read = fs::File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes));
    read.map_err(|cause| format!("cannot read {name}: {}", plain(&cause)))?;
    if bytes.len() as u64 > limit {
        return Err(too_large());
    }
    Ok(bytes)
}
