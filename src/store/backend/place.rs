//! Which of the places that bear one name this machine knows. A record carries a name that was drawn when it was begun, and this
//! machine remembers that beside its journal: what is found elsewhere is not mistaken for what it knows.

use std::path::PathBuf;

use crate::base::digest::hex;
use crate::base::error::Result;
use crate::store::files;
use crate::store::seal::random;

/// In bytes, of a name.
const LARGEST: usize = 256;

pub(super) struct Place {
    /// Where it is remembered.
    path: PathBuf,
    /// Of the record that was found, or is begun.
    there: Option<String>,
}

impl Place {
    pub(super) fn remembered_at(path: PathBuf) -> Place {
        Place { path, there: None }
    }

    /// `None`: this machine knows none.
    pub(super) fn known(&self) -> Result<Option<String>> {
        files::text(&self.path, LARGEST)
    }

    /// Of a record that was found; an empty name says nothing. `false`: this machine knows another place.
    pub(super) fn is_found(&mut self, name: &str) -> Result<bool> {
        if name.is_empty() {
            return Ok(true);
        }
        if self.known()?.is_some_and(|known| known != name) {
            return Ok(false);
        }
        self.there = Some(name.to_owned());
        Ok(true)
    }

    /// For a record that is written: that of what is there, else one that is drawn now.
    pub(super) fn own(&mut self) -> Result<String> {
        let name = match self.there.take() {
            Some(name) => name,
            None => self.known()?.map_or_else(|| random::<16>().map(|drawn| hex(&drawn)), Ok)?,
        };
        Ok(self.there.insert(name).clone())
    }

    /// Remembers what was found.
    pub(super) fn settle(&self) -> Result<()> {
        match &self.there {
            Some(name) if self.known()?.is_none() => files::put(&self.path, name.as_bytes()),
            _ => Ok(()),
        }
    }

    /// Whether there was anything.
    pub(super) fn forget(&self) -> bool {
        let there = self.path.exists();
        files::remove(&self.path);
        there
    }
}
