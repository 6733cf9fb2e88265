//! What is looked at: the profiles that are asked about, as far as they can be read, and where they keep what they have.

use crate::commands::context::Context;
use crate::profile::configuration::Profiles;
use crate::profile::{Profile, StoreSpec};
use crate::store::state_dir::StateDir;

pub(super) struct Scope<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) online: bool,
    pub(super) fix: bool,
    /// That alone.
    pub(super) store: Option<(String, StoreSpec)>,
    /// `None`: the configuration cannot be read.
    pub(super) profiles: Option<Profiles>,
    /// Those that nothing is wrong with.
    pub(super) asked: Vec<Profile>,
    /// `None`: nobody can tell where it is.
    pub(super) state: Option<StateDir>,
}

impl Scope<'_> {
    /// Neither one profile nor one store.
    pub(super) fn is_whole(&self) -> bool {
        self.store.is_none() && self.context.global.profile.is_none()
    }

    pub(super) fn stores(&self) -> impl Iterator<Item = &StoreSpec> {
        let named = self.store.iter().map(|(_, store)| store);
        named.chain(self.asked.iter().map(|profile| &profile.store))
    }

    pub(super) fn uses_keyring(&self) -> bool {
        self.stores().any(StoreSpec::needs_keyring)
    }

    /// The profiles whose credential, or whose secrets, have this id.
    pub(super) fn profile_of(&self, id: &str) -> Option<&str> {
        let has_it = |profile: &&Profile| crate::store::ids(profile).iter().any(|own| own == id);
        self.asked.iter().find(has_it).map(|profile| profile.name.as_str())
    }
}
