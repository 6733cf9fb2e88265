//! Encryption as vendors' logins want it of a password: by a public key, or by a key that both have.
//!
//! Words of an error name what is wrong with a key, never the key.

use std::num::NonZeroU32;

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockEncryptMut, KeyIvInit};
use aes::{Aes128, Aes192, Aes256};
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use cbc::Encryptor;
use ring::{aead, pbkdf2};
use rsa::pkcs1::DecodeRsaPublicKey as _;
use rsa::pkcs8::DecodePublicKey as _;
use rsa::rand_core::UnwrapErr;
use rsa::traits::PaddingScheme;
use rsa::{Oaep, Pkcs1v15Encrypt, PublicKey};
use zeroize::Zeroizing;

type Encrypted = Result<Vec<u8>, String>;

/// RFC 8017 section 7.
#[derive(Clone, Copy)]
pub(crate) enum Padding {
    Pkcs1,
    OaepSha1,
    OaepSha256,
    /// As Java has it by default: SHA-256, and SHA-1 for its masks.
    OaepSha256Mgf1Sha1,
}

/// Another text each time.
pub(crate) fn by_public_key(padding: Padding, key: &[u8], message: &[u8]) -> Encrypted {
    let key = public_key(key)?;
    match padding {
        Padding::Pkcs1 => encrypted(&key, Pkcs1v15Encrypt, message),
        Padding::OaepSha1 => encrypted(&key, Oaep::<rsa_sha1::Sha1>::new(), message),
        Padding::OaepSha256 => encrypted(&key, Oaep::<rsa_sha2::Sha256>::new(), message),
        Padding::OaepSha256Mgf1Sha1 => {
            encrypted(&key, Oaep::<rsa_sha2::Sha256, rsa_sha1::Sha1>::new_with_mgf_hash(), message)
        }
    }
}

fn encrypted(key: &PublicKey, padding: impl PaddingScheme, message: &[u8]) -> Encrypted {
    // If the system has no randomness, it is said here; a moment later it has still.
    getrandom::fill(&mut [0; 8]).map_err(|_| "the system provides no random bytes".to_owned())?;
    key.encrypt(&mut UnwrapErr(getrandom::SysRng), padding, message)
        .map_err(|_| "the text is too long for the public key".to_owned())
}

/// PEM, or the base64 within it; of a public key's own form, or PKCS #1.
fn public_key(text: &[u8]) -> Result<PublicKey, String> {
    let unusable = || "the public key is neither PEM nor base64 of an RSA public key".to_owned();
    let text = std::str::from_utf8(text).map_err(|_| unusable())?;
    let bare: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    let bare: String = bare.split_whitespace().collect();
    let der = BASE64_STANDARD.decode(bare).map_err(|_| unusable())?;
    let key = PublicKey::from_public_key_der(&der);
    key.or_else(|_| PublicKey::from_pkcs1_der(&der).map_err(|_| unusable()))
}

/// With PKCS #7 padding (RFC 5652 section 6.3).
pub(crate) fn aes_cbc(key: &[u8], iv: &[u8], message: &[u8]) -> Encrypted {
    if iv.len() != 16 {
        return Err("the second argument, the initialization vector, must have 16 bytes".into());
    }
    let encrypted = match key.len() {
        16 => cbc::<Encryptor<Aes128>>(key, iv, message),
        24 => cbc::<Encryptor<Aes192>>(key, iv, message),
        _ => cbc::<Encryptor<Aes256>>(key, iv, message),
    };
    encrypted.ok_or_else(|| "the first argument, the key, must have 16, 24 or 32 bytes".into())
}

fn cbc<E: BlockEncryptMut + KeyIvInit>(key: &[u8], iv: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    Some(E::new_from_slices(key, iv).ok()?.encrypt_padded_vec_mut::<Pkcs7>(message))
}

/// The tag comes last (NIST SP 800-38D).
pub(crate) fn aes_gcm(key: &[u8], iv: &[u8], aad: &[u8], message: &[u8]) -> Encrypted {
    let algorithm = if key.len() == 16 { &aead::AES_128_GCM } else { &aead::AES_256_GCM };
    let key = aead::UnboundKey::new(algorithm, key)
        .map_err(|_| "the first argument, the key, must have 16 or 32 bytes".to_owned())?;
    let nonce = aead::Nonce::try_assume_unique_for_key(iv)
        .map_err(|_| "the second argument, the nonce, must have 12 bytes".to_owned())?;
    let mut text = message.to_vec();
    aead::LessSafeKey::new(key)
        .seal_in_place_append_tag(nonce, aead::Aad::from(aad), &mut text)
        .map_err(|_| "the text is too long".to_owned())?;
    Ok(text)
}

/// Each round costs time, and nobody waits for more.
const MOST_ROUNDS: u32 = 2_000_000;
const LONGEST_KEY: usize = 512;

/// RFC 8018 section 5.2.
pub(crate) struct Derivation {
    algorithm: pbkdf2::Algorithm,
    rounds: NonZeroU32,
    length: usize,
}

impl Derivation {
    pub(crate) fn of(algorithm: pbkdf2::Algorithm, rounds: i64, length: i64) -> Result<Derivation, String> {
        let rounds = u32::try_from(rounds).ok().filter(|rounds| *rounds <= MOST_ROUNDS);
        let rounds = rounds.and_then(NonZeroU32::new);
        let rounds = rounds
            .ok_or_else(|| format!("the second argument, the iterations, must be 1 to {MOST_ROUNDS}"))?;
        let length = usize::try_from(length).ok().filter(|length| (1..=LONGEST_KEY).contains(length));
        let length = length
            .ok_or_else(|| format!("the third argument, how many bytes, must be 1 to {LONGEST_KEY}"))?;
        Ok(Derivation { algorithm, rounds, length })
    }

    pub(crate) fn rounds(&self) -> u64 {
        self.rounds.get().into()
    }

    pub(crate) fn length(&self) -> u64 {
        self.length as u64
    }

    pub(crate) fn key(&self, salt: &[u8], password: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut key = Zeroizing::new(vec![0; self.length]);
        pbkdf2::derive(self.algorithm, self.rounds, salt, password, &mut key);
        key
    }
}

/// Twice the time for each more.
const HIGHEST_COST: u32 = 15;

const BCRYPT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// A setting as the vendor gives it: `$2a$10$` and 22 letters, which are the salt.
pub(crate) struct BcryptSetting {
    version: bcrypt::Version,
    pub(crate) cost: u32,
    salt: [u8; 16],
}

impl BcryptSetting {
    pub(crate) fn parse(setting: &str) -> Result<BcryptSetting, String> {
        BcryptSetting::read(setting).ok_or_else(|| {
            format!("the salt of `bcrypt` must be `$2a$`, a cost of 4 to {HIGHEST_COST}, `$` and 22 letters")
        })
    }

    fn read(setting: &str) -> Option<BcryptSetting> {
        let mut parts = setting.splitn(4, '$').skip(1);
        let version = match parts.next()? {
            "2a" => bcrypt::Version::TwoA,
            "2b" => bcrypt::Version::TwoB,
            "2y" => bcrypt::Version::TwoY,
            _ => return None,
        };
        let cost = parts.next()?.parse().ok().filter(|cost| (4..=HIGHEST_COST).contains(cost))?;
        let salt = BCRYPT_BASE64.decode(parts.next()?.get(..22)?).ok()?;
        Some(BcryptSetting { version, cost, salt: salt.try_into().ok()? })
    }

    pub(crate) fn hashed(self, password: &[u8]) -> Result<String, String> {
        let parts = bcrypt::hash_with_salt(password, self.cost, self.salt)
            .map_err(|_| "`bcrypt` needs a text without zero bytes".to_owned())?;
        Ok(parts.format_for_version(self.version))
    }
}

#[cfg(test)]
mod tests {
    use rsa::PrivateKey;
    use rsa::pkcs8::{DecodePrivateKey as _, EncodePublicKey as _};

    use super::*;
    use crate::base::digest::hex;

    fn bytes(digits: &str) -> Vec<u8> {
        let digit = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).expect("digits");
        (0..digits.len()).step_by(2).map(digit).collect()
    }

    /// NIST SP 800-38A F.2.1, F.2.3 and F.2.5; the last block is padding.
    #[test]
    fn cbc_is_that_of_the_standard_with_each_size_of_key() {
        let (iv, text) =
            (bytes("000102030405060708090a0b0c0d0e0f"), bytes("6bc1bee22e409f96e93d7e117393172a"));
        for (key, wanted) in [
            ("2b7e151628aed2a6abf7158809cf4f3c", "7649abac8119b246cee98e9b12e9197d"),
            ("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "4f021db243bc633d7178183a9fa071e8"),
            (
                "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
                "f58c4c04d6e5f1ba779eabfb5f7bfbd6",
            ),
        ] {
            let encrypted = aes_cbc(&bytes(key), &iv, &text).expect(key);
            assert_eq!((hex(&encrypted[..16]).as_str(), encrypted.len()), (wanted, 32));
        }
        assert!(aes_cbc(&iv[1..], &iv, &text).is_err_and(|why| why.contains("16, 24 or 32")));
        assert!(aes_cbc(&iv, &iv[1..], &text).is_err_and(|why| why.contains("16 bytes")));
    }

    /// Test case 4 of McGrew and Viega, which NIST took over.
    #[test]
    fn gcm_is_that_of_the_standard_and_its_tag_comes_last() {
        let key = bytes("feffe9928665731c6d6a8f9467308308");
        let iv = bytes("cafebabefacedbaddecaf888");
        let aad = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let text = bytes(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        );
        let wanted = "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47";
        assert_eq!(hex(&aes_gcm(&key, &iv, &aad, &text).expect("encrypted")), wanted);
        assert!(aes_gcm(&key[1..], &iv, &aad, &text).is_err_and(|why| why.contains("16 or 32")));
        assert!(aes_gcm(&key, &key, &aad, &text).is_err_and(|why| why.contains("12 bytes")));
    }

    /// RFC 6070 section 2, RFC 7914 section 11; jBCrypt's own vector.
    #[test]
    fn keys_are_derived_as_the_standards_have_it() {
        let derived = |algorithm, rounds, length, password: &[u8]| {
            Derivation::of(algorithm, rounds, length).map(|it| it.key(b"salt", password))
        };
        let bcrypt = |setting, password| BcryptSetting::parse(setting)?.hashed(password);
        let key = derived(pbkdf2::PBKDF2_HMAC_SHA1, 2, 20, b"password").expect("derived");
        assert_eq!(hex(&key), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
        let key = derived(pbkdf2::PBKDF2_HMAC_SHA256, 1, 32, b"passwd").expect("derived");
        assert_eq!(hex(&key), "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
        for (rounds, length) in [(0, 20), (-1, 20), (i64::from(MOST_ROUNDS) + 1, 20), (1, 0), (1, 513)] {
            assert!(derived(pbkdf2::PBKDF2_HMAC_SHA1, rounds, length, b"p").is_err(), "{rounds} {length}");
        }
        let hashed = bcrypt("$2a$06$m0CrhHm10qJ3lXRY.5zDGO", b"a").expect("hashed");
        assert_eq!(hashed, "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe");
        for setting in [
            "",
            "a",
            "$2a$06$",
            "$2a$16$m0CrhHm10qJ3lXRY.5zDGO",
            "$1$06$m0CrhHm10qJ3lXRY.5zDGO",
            "$2a$06$ö0CrhHm10qJ3lXRY.5zDG",
        ] {
            assert!(bcrypt(setting, b"a").is_err(), "{setting}");
        }
    }

    #[test]
    fn the_private_key_reads_what_its_public_key_encrypted_in_each_form_and_padding() {
        let example = super::super::catalog::examples("oauth2-jwt-bearer").expect("a key");
        let from = example.find("-----BEGIN").expect("PEM") + "-----BEGIN PRIVATE KEY-----".len();
        let to = example.find("-----END").expect("PEM");
        let bare: String = example[from..to].replace("\\n", "").split_whitespace().collect();
        let private =
            PrivateKey::from_pkcs8_der(&BASE64_STANDARD.decode(bare).expect("base64")).expect("a key");
        let public = private.to_public_key().to_public_key_der().expect("DER");
        let bare = BASE64_STANDARD.encode(public.as_bytes());
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n{}\n-----END PUBLIC KEY-----\n",
            &bare[..64],
            &bare[64..]
        );
        for key in [bare.as_str(), pem.as_str()] {
            let encrypted = |padding| by_public_key(padding, key.as_bytes(), b"s3cret").expect("encrypted");
            let read = private.decrypt(Pkcs1v15Encrypt, &encrypted(Padding::Pkcs1));
            assert_eq!(read.ok().as_deref(), Some(&b"s3cret"[..]));
            let read = private.decrypt(Oaep::<rsa_sha1::Sha1>::new(), &encrypted(Padding::OaepSha1));
            assert_eq!(read.ok().as_deref(), Some(&b"s3cret"[..]));
            let read = private.decrypt(Oaep::<rsa_sha2::Sha256>::new(), &encrypted(Padding::OaepSha256));
            assert_eq!(read.ok().as_deref(), Some(&b"s3cret"[..]));
            let mixed = Oaep::<rsa_sha2::Sha256, rsa_sha1::Sha1>::new_with_mgf_hash();
            let read = private.decrypt(mixed, &encrypted(Padding::OaepSha256Mgf1Sha1));
            assert_eq!(read.ok().as_deref(), Some(&b"s3cret"[..]));
            assert_ne!(encrypted(Padding::Pkcs1), encrypted(Padding::Pkcs1));
        }
        assert!(
            by_public_key(Padding::Pkcs1, bare.as_bytes(), &[b'x'; 300])
                .is_err_and(|why| why.contains("too long"))
        );
        assert!(by_public_key(Padding::Pkcs1, b"CANARY", b"x").is_err_and(|why| !why.contains("CANARY")));
    }
}
