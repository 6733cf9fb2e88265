//! A credential as one sealed text: the last resort where nothing durable took it.

use super::{Store, payload, random};
use crate::base::error::{Result, internal};
use crate::credential::state::Credential;

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
