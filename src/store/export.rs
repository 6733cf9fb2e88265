//! A credential as one sealed text: the last resort where nothing durable took it. And the key under which one moves to
//! another machine.

use super::backend::key::KeyPlace;
use super::seal::SealingKey;
use super::state_dir::StateDir;
use super::{Store, payload, random};
use crate::base::error::{Result, internal, refused, unavailable};
use crate::credential::state::Credential;
use crate::profile::{KeySource, Profile, StoreSpec};

/// Of what is sealed to leave the store: as it is `given`, else the store's own, if every machine can have that.
pub(crate) fn key(profile: &Profile, given: Option<KeySource>, silent: bool) -> Result<SealingKey> {
    let own = || match &profile.store {
        StoreSpec::File(key @ (KeySource::Secret(_) | KeySource::KeyFile(_))) => Some(key.clone()),
        StoreSpec::Command(store) => Some(store.key.clone()),
        StoreSpec::File(KeySource::StateDir | KeySource::Keyring) | StoreSpec::Keyring => None,
    };
    let source = given.or_else(own).ok_or_else(|| {
        let words = format!("the store `{}` has no key that another machine could have", profile.store_name);
        refused(words)
            .hint("`--key-env NAME` names a variable that holds one: what `openssl rand -base64 32` prints")
    })?;
    let place = KeyPlace::new(&source, "sealed record", profile.directory(), &StateDir::locate()?, silent);
    place.read()?.ok_or_else(|| {
        unavailable(format!("the key of the sealed record is missing: {} does not exist", place.words()))
    })
}

impl Store {
    /// For `recover --stdin` of this credential.
    pub(crate) fn seal_for_export(&self, credential: &Credential) -> Result<Vec<u8>> {
        let payload = payload::payload(credential)?;
        let sealed = self.opened()?.key.seal(&random()?, self.id.as_bytes(), payload);
        sealed.ok_or_else(|| internal("the record cannot be sealed"))
    }

    /// `None`: of another credential, or damaged.
    pub(crate) fn open_export(&self, sealed: &[u8]) -> Result<Option<Credential>> {
        let payload = self.opened()?.key.open(self.id.as_bytes(), sealed);
        Ok(payload.and_then(|payload| {
            payload::from_payload(&payload).or_else(|| payload::from_old_payload(&payload))
        }))
    }
}
