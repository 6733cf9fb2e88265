//! Sealing: XChaCha20-Poly1305 under one key per credential. A sealed journal
//! tells a reader of the disk nothing, and a swapped or altered one is noticed.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use chacha20poly1305::aead::AeadInPlace as _;
use chacha20poly1305::{KeyInit as _, Tag, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::base::digest::hex;
use crate::base::error::{Result, internal};
use crate::base::fault::said;

pub(super) const NONCE: usize = 24;
pub(super) const TAG: usize = 16;

#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub(crate) struct SealingKey([u8; 32]);

pub(super) type Nonce = [u8; NONCE];

impl SealingKey {
    pub(crate) fn draw() -> Result<SealingKey> {
        random().map(SealingKey)
    }

    /// 32 bytes in base64, as key files hold them.
    pub(crate) fn from_base64(text: &str) -> Option<SealingKey> {
        let mut bytes = BASE64_STANDARD.decode(text.trim()).ok()?;
        let key = bytes.as_slice().try_into().ok().map(SealingKey);
        bytes.zeroize();
        key
    }

    /// Whoever knows the name has it.
    pub(super) fn named(name: &str) -> SealingKey {
        SealingKey(Sha256::digest(name).into())
    }

    pub(super) fn to_base64(&self) -> String {
        BASE64_STANDARD.encode(self.0)
    }

    /// `nonce ‖ ciphertext ‖ tag`
    pub(super) fn seal(&self, nonce: &Nonce, clear_head: &[u8], mut secret: Vec<u8>) -> Option<Vec<u8>> {
        let tag = self.seal_in_place(nonce, clear_head, &mut secret)?;
        Some([nonce, secret.as_slice(), tag.as_slice()].concat())
    }

    /// The tag. Asks for no memory.
    pub(super) fn seal_in_place(
        &self,
        nonce: &Nonce,
        clear_head: &[u8],
        secret: &mut [u8],
    ) -> Option<[u8; TAG]> {
        let cipher = XChaCha20Poly1305::new((&self.0).into());
        let tag = cipher.encrypt_in_place_detached(XNonce::from_slice(nonce), clear_head, secret).ok()?;
        Some(tag.into())
    }

    /// `None` if the key is another or a byte was changed.
    pub(super) fn open(&self, clear_head: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_at_checked(NONCE)?;
        let (secret, tag) = rest.split_at_checked(rest.len().checked_sub(TAG)?)?;
        let mut secret = secret.to_vec();
        let cipher = XChaCha20Poly1305::new((&self.0).into());
        cipher
            .decrypt_in_place_detached(
                XNonce::from_slice(nonce),
                clear_head,
                &mut secret,
                Tag::from_slice(tag),
            )
            .ok()?;
        Some(secret)
    }

    /// A hash that only holders of the key can compare with.
    pub(crate) fn keyed_hash(&self, parts: &[&str]) -> String {
        let mut mac =
            <Hmac<Sha256> as hmac::Mac>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        hex(&mac.finalize().into_bytes())
    }
}

impl Serialize for SealingKey {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.serialize_str(&self.to_base64())
    }
}

impl<'de> Deserialize<'de> for SealingKey {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<SealingKey, D::Error> {
        SealingKey::from_base64(&String::deserialize(from)?).ok_or_else(|| said("not a key"))
    }
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| internal("the system provides no random bytes"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_and_head_only() {
        let (key, other) = (SealingKey([7; 32]), SealingKey([8; 32]));
        let sealed = key.seal(&[1; NONCE], b"head", b"secret".to_vec()).expect("sealed");
        assert_eq!(key.open(b"head", &sealed).as_deref(), Some(&b"secret"[..]));
        assert_eq!(key.open(b"Head", &sealed), None);
        assert_eq!(other.open(b"head", &sealed), None);
        for at in 0..sealed.len() {
            let mut broken = sealed.clone();
            broken[at] ^= 1;
            assert_eq!(key.open(b"head", &broken), None, "byte {at}");
        }
        assert_eq!(key.open(b"head", &sealed[..10]), None);
    }

    #[test]
    fn keys_are_32_bytes_in_base64() {
        let text = BASE64_STANDARD.encode([3; 32]);
        assert!(SealingKey::from_base64(&format!("{text}\n")).is_some_and(|key| key.to_base64() == text));
        for bad in ["", "AAAA", "not base64!", &BASE64_STANDARD.encode([3; 31])] {
            assert!(SealingKey::from_base64(bad).is_none(), "{bad}");
        }
    }
}
