//! Digests as text: lower case, two digits a byte. For telling things apart; secrets that must not
//! be guessed are hashed with a key, by `store/seal.rs`.

use sha2::{Digest as _, Sha256};

pub(crate) fn sha256_hex(text: &str) -> String {
    hex(&Sha256::digest(text))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
