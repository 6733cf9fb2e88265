//! The file of the configuration, when a command changes it: read and written under a lock, whole or not at all.
//!
//! The rule that matters: nothing is replaced that is not what this run has read. A symlink stays, and what it leads to is
//! written; mode and owner stay too.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::files::{self, directories};
use crate::base::error::{Code, Error, Result, config, refused};
use crate::base::poll::Poll;
use crate::base::toml_source::Source;
use crate::base::waiting::{Waiting, What};
use crate::base::writers;

/// Where it is, and where a symlink leads.
pub(crate) struct Place {
    path: PathBuf,
    target: PathBuf,
}

/// Held until dropped: no other run changes it meanwhile.
pub(crate) struct Held(#[expect(dead_code, reason = "held, not used")] Option<File>);

impl Place {
    pub(crate) fn of(path: &Path) -> Place {
        Place { path: path.to_owned(), target: writers::target(path) }
    }

    /// `None`: there is none yet, and one could be made.
    pub(crate) fn read(&self) -> Result<Option<Source>> {
        if matches!(self.path.try_exists(), Ok(false)) {
            writers::check_place(&self.path)?;
            return Ok(None);
        }
        Source::open(&self.path).map(Some)
    }

    /// Waits for others who change it. Makes its directory if that is not there.
    pub(crate) fn hold(&self, until: Instant) -> Result<Held> {
        let directory = files::directory_of(&self.target);
        directories::make_if_missing(directory)?;
        let mut poll = Poll::until(until);
        let _waiting = Waiting::begin(What::Lock, Some(until));
        loop {
            if let Some(lock) = files::try_lock_directory(directory)? {
                files::sweep(&self.target);
                return Ok(Held(lock));
            }
            if !poll.wait() {
                let words = format!("another run of tokcli is changing {}", self.path.display());
                return Err(Error::new(Code::Busy, words));
            }
        }
    }

    /// `before` is what was read. Gives what is worth a warning.
    pub(crate) fn replace(&self, _: &Held, before: Option<&Source>, text: &str) -> Result<Option<String>> {
        let now = self.read()?;
        if now.as_ref().map(Source::text) != before.map(Source::text) {
            let words = format!("{} was changed meanwhile; nothing was written", self.path.display());
            return Err(refused(words));
        }
        let facts = now.is_some().then(|| fs::metadata(&self.target)).transpose();
        let facts =
            facts.map_err(|cause| config(format!("cannot read {}", self.path.display())).because(&cause))?;
        files::replace(&self.target, text.as_bytes(), facts.as_ref())
    }
}

/// What a person works on, beside the file.
pub(crate) struct WorkingCopy(PathBuf);

impl Place {
    /// Makes the directory if that is not there.
    pub(crate) fn copy(&self, text: &str) -> Result<WorkingCopy> {
        directories::make_if_missing(files::directory_of(&self.target))?;
        files::copy(&self.target, text.as_bytes()).map(WorkingCopy)
    }
}

impl WorkingCopy {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn read(&self) -> Result<String> {
        Ok(Source::open(&self.0)?.text().to_owned())
    }

    pub(crate) fn discard(self) {
        files::remove(&self.0);
    }
}
