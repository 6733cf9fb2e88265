//! Proofs that whoever asks holds a key (RFC 9449 section 4).

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Map, Value, json};
use url::Url;
use zeroize::Zeroizing;

use super::signature::{self, Alg};
use crate::base::digest::{base64url, sha256};

/// What a proof is about.
pub(crate) struct Proof<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a Url,
    /// In seconds since 1970.
    pub(crate) issued_at: i64,
    pub(crate) nonce: Option<&'a str>,
    /// That goes with it, at a resource.
    pub(crate) access_token: Option<&'a str>,
}

/// A new key: PKCS #8 in base64.
pub(crate) fn new_key() -> Result<Zeroizing<String>, String> {
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    let made = made.map_err(|_| "the system provides no random bytes".to_owned())?;
    Ok(Zeroizing::new(BASE64_STANDARD.encode(made.as_ref())))
}

impl Proof<'_> {
    /// Each is another: servers take a `jti` once.
    pub(crate) fn signed(&self, key: &str) -> Result<String, String> {
        let mut drawn = [0; 16];
        getrandom::fill(&mut drawn).map_err(|_| "the system provides no random bytes".to_owned())?;
        let mut about = self.url.clone();
        about.set_query(None);
        about.set_fragment(None);
        let mut claims = json!({
            "jti": base64url(&drawn), "htm": self.method, "htu": about.as_str(), "iat": self.issued_at,
        });
        if let Some(nonce) = self.nonce {
            claims["nonce"] = json!(nonce);
        }
        if let Some(token) = self.access_token {
            claims["ath"] = json!(base64url(&sha256(token.as_bytes())));
        }
        let header =
            Map::from_iter([("typ".to_owned(), json!("dpop+jwt")), ("jwk".to_owned(), public_key(key)?)]);
        signature::jwt(Alg::ES256, key.as_bytes(), header, &claims)
    }
}

/// The thumbprint by which tokens are bound to a key (RFC 7638), for `dpop_jkt` (section 10).
pub(crate) fn thumbprint(key: &str) -> Result<String, String> {
    // Its members stand in the order of their names, as they must here.
    Ok(base64url(&sha256(public_key(key)?.to_string().as_bytes())))
}

fn public_key(key: &str) -> Result<Value, String> {
    let unusable = || "the key that tokens are bound to cannot be used".to_owned();
    let der = Zeroizing::new(BASE64_STANDARD.decode(key).map_err(|_| unusable())?);
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &SystemRandom::new());
    let pair = pair.map_err(|_| unusable())?;
    // Uncompressed: 4, then both coordinates.
    let Some((x, y)) = pair.public_key().as_ref().get(1..).and_then(|point| point.split_at_checked(32))
    else {
        return Err(unusable());
    };
    let members =
        [("crv", "P-256".to_owned()), ("kty", "EC".to_owned()), ("x", base64url(x)), ("y", base64url(y))];
    Ok(members.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect::<Map<_, _>>().into())
}

#[cfg(test)]
mod tests {
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    fn part(text: &str) -> Value {
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).expect("base64url")).expect("JSON")
    }

    #[test]
    fn a_proof_says_what_it_is_about_and_is_signed_by_the_key_in_it() {
        let (key, url) =
            (new_key().expect("a key"), Url::parse("https://A.example/t?x=1#f").expect("an address"));
        let proof =
            Proof { method: "POST", url: &url, issued_at: 7, nonce: Some("n"), access_token: Some("at-1") };
        let (one, other) = (proof.signed(&key).expect("signed"), proof.signed(&key).expect("signed"));
        let parts: Vec<&str> = one.split('.').collect();
        let (header, mut claims) = (part(parts[0]), part(parts[1]));
        assert_eq!((&header["typ"], &header["alg"]), (&json!("dpop+jwt"), &json!("ES256")));
        assert!(header["jwk"].get("d").is_none());
        let jti = claims["jti"].take();
        assert!(
            jti.as_str().is_some_and(|jti| jti.len() == 22)
                && jti != part(other.split('.').nth(1).expect("claims"))["jti"]
        );
        let wanted = json!({
            "jti": null, "htm": "POST", "htu": "https://a.example/t", "iat": 7, "nonce": "n",
            "ath": base64url(&sha256(b"at-1")),
        });
        assert_eq!(claims, wanted);
        let point =
            ["x", "y"].map(|it| BASE64_URL_SAFE_NO_PAD.decode(header["jwk"][it].as_str().expect("text")));
        let point: Vec<u8> =
            [4].into_iter().chain(point.into_iter().flat_map(|it| it.expect("base64url"))).collect();
        let signature = BASE64_URL_SAFE_NO_PAD.decode(parts[2]).expect("base64url");
        let signed = format!("{}.{}", parts[0], parts[1]);
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        assert!(public.verify(signed.as_bytes(), &signature).is_ok());
        // RFC 7638 section 3: the members, in order, without blanks.
        let jwk = &header["jwk"];
        let text = format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, jwk["x"], jwk["y"]);
        assert_eq!(thumbprint(&key), Ok(base64url(&sha256(text.as_bytes()))));
        assert!(thumbprint("AAAA").is_err());
    }
}
