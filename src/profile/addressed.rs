//! Which profile a program is given the token of, by the address that it names: one of those that `match` it, else one whose
//! `base_url` has its origin.

use super::configuration::Profiles;
use super::file::WrittenProfile;
use super::pattern::{Address, Closeness, Pattern};
use crate::base::address::{Place, checked_url};
use crate::base::error::{Result, config, refused};

/// Whether a profile can be for it: no other address than a plain one is given a token.
pub(crate) fn is_plain(address: &str) -> bool {
    Address::read(address).is_ok()
}

impl Profiles {
    /// `only`: the one profile that may be meant. `preferred`: the one that is, of several that mean the address as closely.
    /// `None`: none is for it.
    ///
    /// # Errors
    ///
    /// What is wrong with the address, or several profiles that may be meant.
    pub(crate) fn addressed(
        &self,
        address: &str,
        only: Option<&str>,
        preferred: Option<&str>,
    ) -> Result<Option<String>> {
        let address =
            Address::read(address).map_err(|why| refused(format!("no token for this address: {why}")))?;
        let all = self.written_profiles().filter(|(name, _)| only.is_none_or(|only| only == *name));
        let means =
            |(name, entry): (&str, &WrittenProfile)| Some((closeness(entry, &address)?, name.to_owned()));
        let mut found: Vec<(Option<Closeness>, String)> = all.filter_map(means).collect();
        let closest = found.iter().map(|(closeness, _)| *closeness).max();
        found.retain(|(closeness, _)| Some(*closeness) == closest);
        let default = self.default_profile();
        for wanted in [preferred, default].into_iter().flatten() {
            if found.iter().any(|(_, name)| name == wanted) {
                return Ok(Some(wanted.to_owned()));
            }
        }
        match found.as_slice() {
            [] => Ok(None),
            [(_, only)] => Ok(Some(only.clone())),
            several => {
                let names: Vec<&str> = several.iter().map(|(_, name)| name.as_str()).collect();
                let words = format!("which profile? {} are all for this address", names.join(", "));
                Err(config(words).hint(
                    "a closer `match` in one of them tells them apart, or `-p NAME` on the helper's line",
                ))
            }
        }
    }
}

impl Profiles {
    /// Where a profile's token may go: what its `match` lists.
    pub(crate) fn places(&self, name: &str) -> Vec<Place> {
        let entry = self.written_profiles().find(|(known, _)| *known == name).map(|(_, entry)| entry);
        let patterns = entry.into_iter().flat_map(|entry| &entry.patterns);
        patterns.filter_map(|text| Some(Pattern::read(text).ok()?.place())).collect()
    }

    /// Where its requests go, which it is for, too.
    pub(crate) fn own_place(&self, name: &str) -> Option<Place> {
        let (_, entry) = self.written_profiles().find(|(known, _)| *known == name)?;
        Some(Address::of(&checked_url(entry.base_url.as_deref()?).ok()?).place())
    }
}

/// `Some(None)`: not by a pattern, but its requests go there. A mistake in a profile is told where that is used.
fn closeness(entry: &WrittenProfile, address: &Address) -> Option<Option<Closeness>> {
    let patterns = entry.patterns.iter().filter_map(|text| Pattern::read(text).ok());
    if let Some(closest) = patterns.filter_map(|pattern| pattern.means(address)).max() {
        return Some(Some(closest));
    }
    let base = entry.base_url.as_deref().and_then(|text| checked_url(text).ok())?;
    Address::of(&base).has_origin_of(address).then_some(None)
}
