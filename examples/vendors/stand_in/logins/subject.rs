//! Logins without a person: the client for itself (RFC 6749 section 4.4), or with a token of somewhere else, exchanged
//! (RFC 8693) or as a bearer assertion (RFC 7523).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::super::desk::Desk;
use super::super::http::Answer;
use super::super::reading::{Reading, Refusal};

/// What `babelbird` signs and checks its JWTs with; the secret word is appended.
pub const JWT_KEY: &str = "jwt-key";

pub struct Subject {
    pub token: String,
    /// An exchange says what kind of token it gives.
    pub exchanged: bool,
}

impl Desk {
    /// No refresh token: the client can always come again (section 4.4.3).
    pub fn client(&mut self, reading: &Reading) -> Answer {
        let scope = reading.scope.clone();
        let pair = self.begin_for_once(scope);
        self.grant_without_refresh(&pair)
    }

    pub fn subject(&mut self, reading: &mut Reading, asked: &Subject) -> Answer {
        if !self.counter.subjects.contains(&asked.token) {
            return self.vendor.refuse(&Refusal::RefreshToken);
        }
        let scope = reading.scope.clone();
        let pair = self.begin_for_once(scope);
        let mut answer = self.grant_without_refresh(&pair);
        if asked.exchanged {
            edit(&mut answer, |body| {
                body["issued_token_type"] = json!("urn:ietf:params:oauth:token-type:access_token");
            });
        }
        answer
    }

    /// As a CI hands it to its jobs.
    pub fn new_subject(&mut self) -> String {
        let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let number = self.counter.subjects.len() + 1;
        let (head, claims) = (part(json!({ "alg": "RS256" })), part(json!({ "sub": "job", "jti": number })));
        let token = format!("{head}.{claims}.{}-subject-{number}", self.options.secret_word);
        self.counter.subjects.insert(token.clone());
        token
    }
}

pub fn edit(answer: &mut Answer, edit: impl FnOnce(&mut Value)) {
    if let Ok(mut body) = serde_json::from_slice(&answer.body) {
        edit(&mut body);
        answer.body = body.to_string().into_bytes();
    }
}

/// The claims of a JWT that was signed by HS256 with that key.
pub fn claims(jwt: &str, key: &str) -> Option<Value> {
    let (signed, signature) = jwt.rsplit_once('.')?;
    let (head, claims) = signed.split_once('.')?;
    let part = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
    let head: Value = serde_json::from_slice(&part(head)?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
    mac.update(signed.as_bytes());
    mac.verify_slice(&part(signature)?).ok()?;
    (head["alg"] == "HS256").then(|| serde_json::from_slice(&part(claims)?).ok())?
}
