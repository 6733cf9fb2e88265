//! Authorization codes (RFC 6749 section 4.1.3, RFC 7636): good once, for the client, the redirect address and the verifier
//! that they were given for. What came of a code dies when it comes again.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::super::desk::Desk;
use super::super::http::Answer;
use super::super::manual::random_hex;
use super::super::reading::{Reading, Refusal};

const LIFETIME: SignedDuration = SignedDuration::from_mins(5);

#[derive(Default)]
pub struct Redemption {
    pub code: String,
    pub back: Option<String>,
    pub verifier: Option<String>,
    pub resource: Option<String>,
}

pub struct Code {
    pub client: String,
    pub back: Option<String>,
    pub challenge: Option<String>,
    pub resource: Option<String>,
    pub scope: Option<String>,
    pub dies: Timestamp,
    pub spent: bool,
    /// The refresh token that it was spent for.
    pub gave: Option<String>,
}

impl Code {
    /// With its name, for nobody yet.
    pub fn new(word: &str) -> (String, Code) {
        let code = Code {
            client: String::new(),
            back: None,
            challenge: None,
            resource: None,
            scope: None,
            dies: Timestamp::now() + LIFETIME,
            spent: false,
            gave: None,
        };
        (format!("code/{word}+{}", random_hex()), code)
    }
}

impl Desk {
    pub fn redeem(&mut self, reading: &mut Reading, redemption: &Redemption) -> Answer {
        let refusal = self.vendor.refuse(&Refusal::RefreshToken);
        let Some(code) = self.counter.codes.get_mut(&redemption.code) else {
            reading.departs("a code that was never given");
            return refusal;
        };
        if code.spent {
            reading.departs("a code came again");
            if let Some(token) = code.gave.clone() {
                self.ledger.revoke_family(&token);
            }
            return refusal;
        }
        code.spent = true;
        if code.dies <= Timestamp::now() {
            return refusal;
        }
        let wrong = mismatches(code, redemption, &reading.client);
        if !wrong.is_empty() {
            wrong.into_iter().for_each(|words| reading.departs(words));
            return refusal;
        }
        let scope = code.scope.clone();
        let pair = self.begin(scope);
        if let Some(code) = self.counter.codes.get_mut(&redemption.code) {
            code.gave = Some(pair.refresh.clone());
        }
        self.grant(&pair)
    }
}

fn mismatches(code: &Code, redemption: &Redemption, client: &str) -> Vec<&'static str> {
    let verified = redemption.verifier.as_ref().map(|verifier| challenge_of(verifier));
    let rules = [
        (code.client == client, "the code belongs to another client"),
        (
            code.back.is_none() || code.back == redemption.back,
            "redirect_uri is not that of the authorization request",
        ),
        (code.challenge == verified, "the code_verifier does not belong to the code_challenge"),
        (code.resource == redemption.resource, "resource is not that of the authorization request"),
    ];
    rules.into_iter().filter(|(kept, _)| !kept).map(|(_, words)| words).collect()
}

fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}
