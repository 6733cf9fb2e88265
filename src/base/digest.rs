//! Digests as text: lower case, two digits a byte. For telling things apart; secrets that must not
//! be guessed are hashed with a key, by `store/seal.rs`.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use sha2::{Digest as _, Sha256};

pub(crate) fn sha256_hex(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// As PKCE and JSON Web Tokens have it: without padding (RFC 4648 section 5).
pub(crate) fn base64url(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
