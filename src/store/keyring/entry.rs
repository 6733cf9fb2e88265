//! One account's entry in the keyring, the same on all platforms: looked for once, and then read and written where
//! it was found. Of several items that are exactly this account's, made by other programs, each is an entry.

use keyring_core::{Entry, Error as Failure};

use super::failure::explain;
use super::platform::{choose_store, entry};
use crate::base::error::{Result, unavailable};

pub(super) const SERVICE: &str = "tokcli";

pub(in crate::store) type ItemSecret = Vec<u8>;
/// Whether it may be overwritten or deleted.
pub(in crate::store) type IsOurs = fn(&[u8]) -> bool;

/// Where an account's item is, as one look found it.
pub(super) struct Located {
    /// Knows where the one item is; makes one where there is none.
    one: Entry,
    /// Otherwise.
    several: Vec<Entry>,
}

impl Located {
    /// Asks nothing yet.
    pub(super) fn new(account: &str) -> Result<Located> {
        choose_store()?;
        let one = entry(SERVICE, account).map_err(|failure| explain(&failure))?;
        Ok(Located { one, several: Vec::new() })
    }

    /// Every item that is exactly this account's, where it was found; what was not, or is not there any more, is searched.
    pub(super) fn read(self) -> Result<(Located, Vec<ItemSecret>)> {
        self.searched(false)
    }

    fn searched(self, again: bool) -> Result<(Located, Vec<ItemSecret>)> {
        let several = if self.several.is_empty() {
            match self.one.get_secret() {
                Ok(secret) => return Ok((self, vec![secret])),
                Err(Failure::NoEntry) => return Ok((self, Vec::new())),
                Err(Failure::Ambiguous(several)) => several,
                Err(failure) => return Err(explain(&failure)),
            }
        } else {
            self.several
        };
        match several.iter().map(Entry::get_secret).collect::<keyring_core::Result<_>>() {
            Ok(secrets) => Ok((Located { one: self.one, several }, secrets)),
            // Somebody deleted one of them. A keyring that still lists it is not asked for ever.
            Err(Failure::NoEntry) if !again => Located { one: self.one, several: Vec::new() }.searched(true),
            Err(failure) => Err(explain(&failure)),
        }
    }

    /// Replaces the item in place; makes it if it is not there. Of several only those that are `ours`.
    pub(super) fn write(&mut self, secret: &[u8], ours: IsOurs) -> Result<()> {
        if self.several.is_empty() {
            match self.one.set_secret(secret) {
                Err(Failure::Ambiguous(several)) => self.several = several,
                done => return done.map_err(|failure| explain(&failure)),
            }
        }
        match self.each_of(ours, |entry| entry.set_secret(secret))? {
            0 => Err(unavailable("the keyring's items changed meanwhile").hint("run the command again")),
            _ => Ok(()),
        }
    }

    /// A missing item is fine. Of several only those that are `ours`.
    pub(super) fn delete(&mut self, ours: IsOurs) -> Result<()> {
        if self.several.is_empty() {
            match self.one.delete_credential() {
                Ok(()) | Err(Failure::NoEntry) => return Ok(()),
                Err(Failure::Ambiguous(several)) => self.several = several,
                Err(failure) => return Err(explain(&failure)),
            }
        }
        self.each_of(ours, Entry::delete_credential).map(drop)
    }

    /// To how many of several it was done; those that somebody deleted since are passed over.
    fn each_of(&self, ours: IsOurs, work: impl Fn(&Entry) -> keyring_core::Result<()>) -> Result<usize> {
        let mut done = 0;
        for entry in &self.several {
            let worked = match entry.get_secret() {
                Ok(secret) if !ours(&secret) => continue,
                Ok(_) => work(entry),
                Err(failure) => Err(failure),
            };
            match worked {
                Ok(()) => done += 1,
                Err(Failure::NoEntry) => {}
                Err(failure) => return Err(explain(&failure)),
            }
        }
        Ok(done)
    }
}
