//! A token endpoint and an API that believe no proof (RFC 9449) but one that is right in everything, and bind all tokens to its
//! key. A refresh token is good once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::server::{Asked, Said, Server, said};

#[derive(Clone, Copy)]
pub struct Rules {
    /// The token endpoint takes no proof without its nonce.
    pub nonces: bool,
    /// It never has enough of them.
    pub always_challenges: bool,
    /// Seconds by which its clock is ahead.
    pub ahead: i64,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules { nonces: true, always_challenges: false, ahead: 0 }
    }
}

#[derive(Default)]
pub struct Books {
    origin: String,
    count: usize,
    /// The nonce that is good now, at the token endpoint.
    nonce: String,
    jtis: BTreeSet<String>,
    /// Of each live token the thumbprint of its key.
    refresh: BTreeMap<String, String>,
    access: BTreeMap<String, String>,
    spent: BTreeSet<String>,
    /// Spent tokens that came again.
    pub reused: usize,
    /// Whose proofs were believed, in their order.
    pub keys: Vec<String>,
    /// Of each request to the token endpoint, what was said.
    pub told: Vec<String>,
}

pub struct Desk {
    pub server: Server,
    books: Arc<Mutex<Books>>,
}

impl Desk {
    pub fn open(rules: Rules) -> Desk {
        let books = Arc::new(Mutex::new(Books { nonce: "nonce-0".to_owned(), ..Books::default() }));
        let shared = Arc::clone(&books);
        let server = Server::start(move |asked| {
            let mut books = shared.lock().expect("one after the other");
            let clock = jiff::Timestamp::now().as_second() + rules.ahead;
            let date = jiff::Timestamp::from_second(clock).expect("a time");
            let answer = match asked.path.split('?').next() {
                Some("/token") => books.token(asked, rules, clock),
                // It asks for no proof, and minds none (RFC 9126).
                Some("/par") => said(201, json!({ "request_uri": "urn:desk:1" })),
                _ => books.api(asked, clock),
            };
            answer.with(
                "Date",
                &jiff::fmt::rfc2822::DateTimePrinter::new()
                    .timestamp_to_rfc9110_string(&date)
                    .expect("a date"),
            )
        });
        books.lock().expect("nobody asks yet").origin.clone_from(&server.origin);
        Desk { server, books }
    }

    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().expect("whole")
    }

    /// Nobody's tokens are live but what stands here, which belongs to somebody else's key.
    pub fn knows(&self, refresh_token: &str) {
        self.books().refresh.insert(refresh_token.to_owned(), "another key".to_owned());
    }
}

fn json_of(part: &str) -> Result<Value, String> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| "no base64url")?;
    serde_json::from_slice(&bytes).map_err(|_| "no JSON".to_owned())
}

fn bytes_of(value: &Value) -> Result<Vec<u8>, String> {
    BASE64_URL_SAFE_NO_PAD.decode(value.as_str().ok_or("no text")?).map_err(|_| "no base64url".to_owned())
}

fn digest(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

fn check(good: bool, what: &str) -> Result<(), String> {
    if good { Ok(()) } else { Err(what.to_owned()) }
}

impl Books {
    pub fn forget_the_nonce(&mut self) {
        self.nonce = "another".to_owned();
    }

    /// Section 4.3, in its order. The thumbprint of the key, and the claims.
    fn proof(&mut self, asked: &Asked, clock: i64) -> Result<(String, Value), String> {
        let proof = asked.header("dpop");
        let [header, claims, signature] = proof.split('.').collect::<Vec<_>>()[..] else {
            return Err(format!("no proof: {proof:?}"));
        };
        let (head, said) = (json_of(header)?, json_of(claims)?);
        check(head["typ"] == "dpop+jwt" && head["alg"] == "ES256", "typ or alg")?;
        let jwk = &head["jwk"];
        let members: Vec<&String> = jwk.as_object().ok_or("no key")?.keys().collect();
        check(members.len() == 4 && jwk["kty"] == "EC" && jwk["crv"] == "P-256", "the key")?;
        let (x, y) = (bytes_of(&jwk["x"])?, bytes_of(&jwk["y"])?);
        check(x.len() == 32 && y.len() == 32, "the point")?;
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, [&[4], &x[..], &y[..]].concat());
        let signed = format!("{header}.{claims}");
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| "the signature")?;
        public.verify(signed.as_bytes(), &signature).map_err(|_| "the signature")?;
        let path = asked.path.split('?').next().unwrap_or_default();
        check(said["htm"] == asked.method.as_str(), "htm")?;
        check(said["htu"] == format!("{}{path}", self.origin).as_str(), "htu")?;
        let issued = said["iat"].as_i64().ok_or("iat")?;
        check((clock - issued).abs() <= 60, "iat is not now")?;
        let jti = said["jti"].as_str().filter(|jti| jti.len() >= 16).ok_or("jti")?;
        check(self.jtis.insert(jti.to_owned()), "jti was used")?;
        let print = digest(&format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, jwk["x"], jwk["y"]));
        Ok((print, said))
    }

    fn token(&mut self, asked: &Asked, rules: Rules, clock: i64) -> Said {
        let answer = self.answered(asked, rules, clock);
        let told = answer.body["error"].as_str().unwrap_or("granted").to_owned();
        self.told.push(told);
        answer
    }

    fn answered(&mut self, asked: &Asked, rules: Rules, clock: i64) -> Said {
        let refused = |error: &str, why: &str| said(400, json!({ "error": error, "error_description": why }));
        let (key, claims) = match self.proof(asked, clock) {
            Ok(proof) => proof,
            Err(why) => return refused("invalid_dpop_proof", &why),
        };
        if rules.nonces && (rules.always_challenges || claims["nonce"] != self.nonce.as_str()) {
            if rules.always_challenges {
                self.count += 1;
                self.nonce = format!("nonce-{}", self.count);
            }
            return refused("use_dpop_nonce", "a nonce is wanted").with("DPoP-Nonce", &self.nonce);
        }
        self.keys.push(key.clone());
        match asked.form("grant_type").as_str() {
            "password" if asked.form("password") == "canary-pw" => {}
            "client_credentials" => {}
            "authorization_code" if asked.form("code") == "canary-code" => {}
            "refresh_token" => {
                let token = asked.form("refresh_token");
                if self.spent.contains(&token) {
                    self.reused += 1;
                }
                if self.refresh.get(&token) != Some(&key) {
                    return refused("invalid_grant", "it is not live, or not this key's");
                }
                self.refresh.remove(&token);
                self.spent.insert(token);
            }
            _ => return refused("unsupported_grant_type", ""),
        }
        self.count += 1;
        let (access, refresh) = (format!("at-{}", self.count), format!("rt-canary-{}", self.count));
        self.access.insert(access.clone(), key.clone());
        self.refresh.insert(refresh.clone(), key);
        // The next nonce comes with the answer (section 8.2).
        self.nonce = format!("nonce-{}", self.count);
        said(200, json!({ "access_token": access, "token_type": "DPoP", "expires_in": 600, "refresh_token": refresh }))
            .with("DPoP-Nonce", &self.nonce)
    }

    /// Section 7, and a nonce of the API's own (section 9).
    fn api(&mut self, asked: &Asked, clock: i64) -> Said {
        let refused = |why: &str| said(401, json!({ "error": why }));
        let Some(token) = asked.header("authorization").strip_prefix("DPoP ") else {
            return refused("no DPoP");
        };
        let bound = self.access.get(token).cloned();
        match self.proof(asked, clock) {
            Err(why) => refused(&why),
            Ok((key, _)) if bound.as_ref() != Some(&key) => refused("another key"),
            Ok((_, claims)) if claims["ath"] != digest(token).as_str() => refused("ath"),
            Ok((_, claims)) if claims["nonce"] != "of-the-api" => {
                refused("use_dpop_nonce").with("DPoP-Nonce", "of-the-api")
            }
            Ok(_) => said(200, json!({ "good": true })),
        }
    }
}
