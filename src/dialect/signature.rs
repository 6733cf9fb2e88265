//! Signatures: JSON Web Tokens (RFC 7515, RFC 7519) and what signed APIs want of a private key.
//!
//! Words of an error name what is wrong with a key, never the key.

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use ring::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};
use ring::{hmac, signature::RsaEncoding};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde::Deserialize;
use serde_json::{Map, Value, json};

macro_rules! algs {
    ($($name:ident)*) => {
        /// By their names in the registry of RFC 7518 section 3.1.
        #[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        pub(crate) enum Alg { $($name),* }

        const ALGS: &[(&str, Alg)] = &[$((stringify!($name), Alg::$name)),*];
    };
}

algs! { HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 EdDSA }

impl Alg {
    pub(crate) fn from_word(word: &str) -> Option<Alg> {
        ALGS.iter().find(|(known, _)| *known == word).map(|(_, alg)| *alg)
    }

    pub(crate) fn word(self) -> &'static str {
        ALGS.iter().find(|(_, alg)| *alg == self).map_or("", |(word, _)| word)
    }

    pub(crate) fn words() -> String {
        ALGS.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ")
    }

    /// Whether the same input gives another signature each time.
    pub(crate) fn is_random(word: &str) -> bool {
        word.starts_with("PS") || word.starts_with("ES")
    }
}

/// A signed token in its compact form. `header` comes after `alg`.
pub(crate) fn jwt(
    alg: Alg,
    key: &[u8],
    header: Map<String, Value>,
    claims: &Value,
) -> Result<String, String> {
    let mut whole = Map::from_iter([("alg".to_owned(), json!(alg.word())), ("typ".to_owned(), json!("JWT"))]);
    whole.extend(header);
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&Value::Object(whole)), part(claims));
    let signature = sign(alg, key, signed.as_bytes())?;
    Ok(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
}

/// The algorithm that goes with a private key if nobody names another.
pub(crate) fn own_alg(key: &[u8]) -> Result<Alg, String> {
    Ok(match PrivateKey::read(key)? {
        PrivateKey::Rsa(_) => Alg::RS256,
        PrivateKey::P256(_) => Alg::ES256,
        PrivateKey::P384(_) => Alg::ES384,
        PrivateKey::Ed25519(_) => Alg::EdDSA,
    })
}

fn sign(alg: Alg, key: &[u8], message: &[u8]) -> Result<Vec<u8>, String> {
    let by_secret = |algorithm| Ok(hmac::sign(&hmac::Key::new(algorithm, key), message).as_ref().to_vec());
    match alg {
        Alg::HS256 => by_secret(hmac::HMAC_SHA256),
        Alg::HS384 => by_secret(hmac::HMAC_SHA384),
        Alg::HS512 => by_secret(hmac::HMAC_SHA512),
        Alg::RS256 => rsa(&signature::RSA_PKCS1_SHA256, key, message),
        Alg::RS384 => rsa(&signature::RSA_PKCS1_SHA384, key, message),
        Alg::RS512 => rsa(&signature::RSA_PKCS1_SHA512, key, message),
        Alg::PS256 => rsa(&signature::RSA_PSS_SHA256, key, message),
        Alg::PS384 => rsa(&signature::RSA_PSS_SHA384, key, message),
        Alg::PS512 => rsa(&signature::RSA_PSS_SHA512, key, message),
        Alg::ES256 | Alg::ES384 | Alg::EdDSA => by_curve(alg, key, message),
    }
}

/// PKCS #1 v1.5 or PSS.
pub(crate) fn rsa(scheme: &'static dyn RsaEncoding, key: &[u8], message: &[u8]) -> Result<Vec<u8>, String> {
    let PrivateKey::Rsa(pair) = PrivateKey::read(key)? else {
        return Err("the private key is not an RSA key".into());
    };
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(scheme, &SystemRandom::new(), message, &mut signature)
        .map_err(|_| "the private key cannot sign".to_owned())?;
    Ok(signature)
}

fn by_curve(alg: Alg, key: &[u8], message: &[u8]) -> Result<Vec<u8>, String> {
    let random = SystemRandom::new();
    match (alg, PrivateKey::read(key)?) {
        (Alg::ES256, PrivateKey::P256(pair)) | (Alg::ES384, PrivateKey::P384(pair)) => pair
            .sign(&random, message)
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| "the private key cannot sign".to_owned()),
        (Alg::EdDSA, PrivateKey::Ed25519(pair)) => Ok(pair.sign(message).as_ref().to_vec()),
        _ => Err(format!("the private key is not for {}", alg.word())),
    }
}

enum PrivateKey {
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl PrivateKey {
    /// PEM, or the base64 within it, as some vendors hand keys out.
    fn read(text: &[u8]) -> Result<PrivateKey, String> {
        if text.windows(11).any(|window| window == b"-----BEGIN ") {
            return match PrivateKeyDer::from_pem_slice(text) {
                Ok(PrivateKeyDer::Pkcs8(der)) => PrivateKey::pkcs8(der.secret_pkcs8_der()),
                Ok(PrivateKeyDer::Pkcs1(der)) => PrivateKey::pkcs1(der.secret_pkcs1_der()),
                Ok(_) => Err(
                    "the private key is in SEC1 form; `openssl pkcs8 -topk8 -nocrypt` converts it to PKCS #8"
                        .into(),
                ),
                Err(_) => Err("the private key is not the PEM of an unencrypted private key".into()),
            };
        }
        let bare: Vec<u8> = text.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
        let der = BASE64_STANDARD.decode(bare).map_err(|_| "the private key is neither PEM nor base64")?;
        PrivateKey::pkcs8(&der).or_else(|_| PrivateKey::pkcs1(&der))
    }

    fn pkcs1(der: &[u8]) -> Result<PrivateKey, String> {
        let pair = RsaKeyPair::from_der(der);
        pair.map(|pair| PrivateKey::Rsa(Box::new(pair))).map_err(|cause| unusable(&cause))
    }

    fn pkcs8(der: &[u8]) -> Result<PrivateKey, String> {
        let random = SystemRandom::new();
        let p256 = || EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, der, &random);
        let p384 = || EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P384_SHA384_FIXED_SIGNING, der, &random);
        match RsaKeyPair::from_pkcs8(der) {
            Ok(pair) => Ok(PrivateKey::Rsa(Box::new(pair))),
            Err(cause) => p256()
                .map(PrivateKey::P256)
                .or_else(|_| p384().map(PrivateKey::P384))
                .or_else(|_| Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(PrivateKey::Ed25519))
                .map_err(|_| unusable(&cause)),
        }
    }
}

/// The library's word, such as `TooSmall`, holds nothing of the key.
fn unusable(cause: &ring::error::KeyRejected) -> String {
    format!("the private key cannot be used ({cause})")
}

/// `x5t` and `x5t#S256` of a certificate in PEM (RFC 7515 section 4.1.7).
pub(crate) fn thumbprints(certificate: &[u8]) -> Result<[(&'static str, String); 2], String> {
    let der = CertificateDer::from_pem_slice(certificate)
        .map_err(|_| "the certificate is not the PEM of a certificate".to_owned())?;
    let print = |algorithm| BASE64_URL_SAFE_NO_PAD.encode(digest::digest(algorithm, &der));
    Ok([("x5t", print(&SHA1_FOR_LEGACY_USE_ONLY)), ("x5t#S256", print(&SHA256))])
}

#[cfg(test)]
mod tests {
    use ring::signature::{KeyPair as _, UnparsedPublicKey, VerificationAlgorithm};

    use super::*;

    /// RFC 7515 appendix A.1, RFC 8037 appendix A.4.
    #[test]
    fn signatures_are_those_of_the_standards() {
        let secret = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let secret = BASE64_URL_SAFE_NO_PAD.decode(secret).expect("base64url");
        let message = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signed = sign(Alg::HS256, &secret, message.as_bytes()).expect("signed");
        assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(signed), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        // PKCS #8 around the `d` of the standard.
        let head = "MC4CAQAwBQYDK2VwBCIEIA==";
        let d =
            BASE64_URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").expect("base64url");
        let der = [BASE64_STANDARD.decode(head).expect("base64"), d].concat();
        let key = BASE64_STANDARD.encode(der);
        let message = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signed = sign(Alg::EdDSA, key.as_bytes(), message.as_bytes()).expect("signed");
        let wanted = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(signed), wanted);
        assert_eq!(own_alg(key.as_bytes()), Ok(Alg::EdDSA));
    }

    fn verifies(alg: Alg, by: &'static dyn VerificationAlgorithm, key: &str, public: &[u8]) {
        let token = jwt(alg, key.as_bytes(), Map::new(), &json!({ "sub": "u" })).expect("signed");
        let (signed, signature) = token.rsplit_once('.').expect("three parts");
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).expect("base64url");
        let public = UnparsedPublicKey::new(by, public);
        assert!(public.verify(signed.as_bytes(), &signature).is_ok(), "{}", alg.word());
    }

    #[test]
    fn every_algorithm_signs_what_its_verifier_takes() {
        for (alg, by, kind) in [
            (
                Alg::ES256,
                &signature::ECDSA_P256_SHA256_FIXED as &dyn VerificationAlgorithm,
                &rcgen::PKCS_ECDSA_P256_SHA256,
            ),
            (Alg::ES384, &signature::ECDSA_P384_SHA384_FIXED, &rcgen::PKCS_ECDSA_P384_SHA384),
            (Alg::EdDSA, &signature::ED25519, &rcgen::PKCS_ED25519),
        ] {
            let key = rcgen::KeyPair::generate_for(kind).expect("a key");
            verifies(alg, by, &key.serialize_pem(), key.public_key_raw());
            assert_eq!(own_alg(key.serialize_pem().as_bytes()), Ok(alg));
            assert!(jwt(Alg::RS256, key.serialize_pem().as_bytes(), Map::new(), &json!({})).is_err());
        }
        let example = super::super::catalog::examples("oauth2-jwt-bearer").expect("a key");
        let from = example.find("-----BEGIN").expect("PEM");
        let pem = &example[from..example.find("-----END").expect("PEM") + "-----END PRIVATE KEY-----".len()];
        let PrivateKey::Rsa(pair) = PrivateKey::read(pem.as_bytes()).expect("a key") else { panic!("RSA") };
        for (alg, by) in [
            (Alg::RS256, &signature::RSA_PKCS1_2048_8192_SHA256 as &dyn VerificationAlgorithm),
            (Alg::RS384, &signature::RSA_PKCS1_2048_8192_SHA384),
            (Alg::RS512, &signature::RSA_PKCS1_2048_8192_SHA512),
            (Alg::PS256, &signature::RSA_PSS_2048_8192_SHA256),
            (Alg::PS384, &signature::RSA_PSS_2048_8192_SHA384),
            (Alg::PS512, &signature::RSA_PSS_2048_8192_SHA512),
        ] {
            verifies(alg, by, pem, pair.public_key().as_ref());
        }
        assert!(jwt(Alg::ES256, pem.as_bytes(), Map::new(), &json!({})).is_err());
    }
}
