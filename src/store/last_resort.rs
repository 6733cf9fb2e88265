//! The last resort: a credential as sealed text, printed where nothing durable took it. `recover --stdin` takes it back.

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::{Store, payload, random};
use crate::base::error::{Result, internal};
use crate::credential::state::Credential;

/// Such a text as it was given, not opened yet.
pub(crate) struct SealedText(Vec<u8>);

impl SealedText {
    /// `None`: it is none. What stands before it, as it was printed, may have come along.
    pub(crate) fn read(text: &str) -> Option<SealedText> {
        let text = text.rsplit("sealed:").next().unwrap_or_default().trim();
        BASE64_STANDARD.decode(text).ok().map(SealedText)
    }
}

impl Store {
    /// For `recover --stdin` of this credential.
    pub(crate) fn sealed_text(&self, credential: &Credential) -> Result<String> {
        let payload = payload::payload(credential)?;
        let sealed = self.opened()?.key.seal(&random()?, self.id.as_bytes(), payload);
        let sealed = sealed.ok_or_else(|| internal("the record cannot be sealed"))?;
        Ok(BASE64_STANDARD.encode(sealed))
    }

    /// `None`: of another credential, or damaged.
    pub(crate) fn open_sealed_text(&self, text: &SealedText) -> Result<Option<Credential>> {
        let payload = self.opened()?.key.open(self.id.as_bytes(), &text.0);
        Ok(payload.and_then(|payload| {
            payload::from_payload(&payload).or_else(|| payload::from_old_payload(&payload))
        }))
    }
}
