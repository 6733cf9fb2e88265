//! A file that another program made for lines to be added to it, and reads when we are gone.
//!
//! The rule that matters: it is opened before anything is asked for, and lines are added whole or not at all.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::files;
use crate::base::error::{Result, config, internal, plain};

pub(crate) struct Lines {
    file: File,
    /// What names the file.
    variable: &'static str,
}

impl Lines {
    /// Neither made nor followed: whoever reads it made it.
    pub(crate) fn open(variable: &'static str, path: &Path) -> Result<Lines> {
        let wrong =
            |why: &str| config(format!("environment variable `{variable}`: {} {why}", path.display()));
        if path.is_relative() {
            return Err(wrong("is not an absolute path"));
        }
        let facts =
            std::fs::symlink_metadata(path).map_err(|cause| wrong("cannot be examined").because(&cause))?;
        if facts.is_symlink() {
            return Err(wrong("is a symlink, which no runner makes"));
        }
        if !facts.is_file() {
            return Err(wrong("is not a file"));
        }
        let file =
            files::open_of_another(path).map_err(|cause| wrong("cannot be written").because(&cause))?;
        // It may have been replaced meanwhile.
        match file.metadata() {
            Ok(facts) if facts.is_file() => Ok(Lines { file, variable }),
            _ => Err(wrong("is not a file")),
        }
    }

    pub(crate) fn add(mut self, text: &[u8]) -> Result<()> {
        let before = self.file.metadata().map(|facts| facts.len());
        let added = before.and_then(|length| {
            let begin: &[u8] = if self.ends_within_a_line(length)? { b"\n" } else { b"" };
            let all = zeroize::Zeroizing::new([begin, text].concat());
            self.file.write_all(&all).inspect_err(|_| {
                // Half a line is worse than none, and nothing more can be done about it.
                let _ = self.file.set_len(length);
            })
        });
        added.map_err(|cause| {
            internal(format!("cannot write to the file of `{}`: {}", self.variable, plain(&cause)))
        })
    }

    /// Whoever wrote before forgot to end theirs.
    fn ends_within_a_line(&mut self, length: u64) -> std::io::Result<bool> {
        let mut last = [b'\n'];
        if length > 0 {
            self.file.seek(SeekFrom::End(-1))?;
            self.file.read_exact(&mut last)?;
        }
        Ok(last != [b'\n'])
    }
}
