//! Which of the places that bear one name this machine knows. A record carries a name that was drawn when it was begun, and this
//! machine remembers that beside its journal: what is found elsewhere is not mistaken for what it knows.

use std::path::PathBuf;

use crate::base::digest::hex;
use crate::base::error::{Result, damaged};
use crate::store::files;
use crate::store::seal::random;

/// In bytes, when it is drawn; a name has two digits for each.
const DRAWN: usize = 16;

pub(super) struct Place {
    /// Where it is remembered.
    path: PathBuf,
    /// Of the record that was found, or is written.
    there: Option<String>,
}

impl Place {
    pub(super) fn remembered_at(path: PathBuf) -> Place {
        Place { path, there: None }
    }

    /// Whether somebody could have drawn it.
    pub(super) fn is_name(name: &str) -> bool {
        name.len() == 2 * DRAWN && name.bytes().all(|digit| digit.is_ascii_hexdigit())
    }

    /// `None`: this machine knows none.
    pub(super) fn known(&self) -> Result<Option<String>> {
        let path = self.path.display();
        let remembered = files::text(&self.path, 2 * DRAWN + 1).and_then(|name| match name {
            Some(name) if !Place::is_name(&name) => {
                Err(damaged(format!("{path} does not hold the name of a place")))
            }
            name => Ok(name),
        });
        remembered.map_err(|error| match &error.hint {
            Some(_) => error,
            None => error.hint("`tokcli recover --discard-journal --yes` with the profile sets it aside, and the journal with it"),
        })
    }

    /// Of a record that was found. `false`: this machine knows another place.
    pub(super) fn is_found(&mut self, name: &str) -> Result<bool> {
        let is_known = self.known()?.is_none_or(|known| known == name);
        if is_known {
            self.there = Some(name.to_owned());
        }
        Ok(is_known)
    }

    /// That of what is there, as far as anybody knows.
    pub(super) fn name(&self) -> Result<Option<String>> {
        self.there.clone().map_or_else(|| self.known(), |name| Ok(Some(name)))
    }

    /// The same for a record that is written; if there is none, it is drawn now.
    pub(super) fn own(&mut self) -> Result<String> {
        let name = self.name()?.map_or_else(|| random::<DRAWN>().map(|drawn| hex(&drawn)), Ok)?;
        Ok(self.there.insert(name).clone())
    }

    /// Remembers it.
    pub(super) fn settle(&self) -> Result<()> {
        match &self.there {
            Some(name) if self.known()?.is_none() => files::put(&self.path, name.as_bytes()),
            _ => Ok(()),
        }
    }

    pub(super) fn forget(&self) {
        files::remove(&self.path);
    }
}
