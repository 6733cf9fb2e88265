//! The key that tokens are bound to (RFC 9449), and what its servers said of their proofs.
//!
//! The rule that matters: a key is kept before it is used for the first time, and for as long as its login lives.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::secrets::{self, ClientSecret};
use crate::base::clock::millis;
use crate::http::message::RawAnswer;

/// The header in which a server gives a nonce (section 8).
pub(crate) const NONCE: &str = "dpop-nonce";

/// More is no nonce but a nuisance.
const LONGEST_NONCE: usize = 1_024;
/// A login has a server, and few have two.
const MOST_SERVERS: usize = 4;
/// Servers allow for less: their clock is then told by their own answers.
const AMISS: std::time::Duration = std::time::Duration::from_secs(30);

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Dpop {
    /// PKCS #8 of a P-256 key, in base64.
    #[serde(with = "secrets::stored")]
    pub(crate) key: ClientSecret,
    /// By their origins.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    servers: BTreeMap<String, ProofServer>,
}

/// What one server wants in a proof.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProofServer {
    pub(crate) nonce: Option<String>,
    /// Milliseconds by which its clock is ahead of ours; 0 if nothing was ever refused.
    #[serde(default)]
    ahead_ms: i64,
}

impl ProofServer {
    /// In seconds since 1970, by its clock.
    pub(crate) fn time(&self, now_ms: i64) -> i64 {
        now_ms.saturating_add(self.ahead_ms).div_euclid(1_000)
    }
}

impl Dpop {
    pub(crate) fn new(key: ClientSecret) -> Dpop {
        Dpop { key, servers: BTreeMap::new() }
    }

    pub(crate) fn server(&self, origin: &str) -> ProofServer {
        self.servers.get(origin).cloned().unwrap_or_default()
    }

    /// A server may give another nonce with any answer (section 8.2), and says by a refusal that its clock is another.
    pub(crate) fn note(&mut self, origin: &str, raw: &RawAnswer) {
        let mut server = self.server(origin);
        let nonce = raw.header(NONCE).filter(|nonce| is_nonce(nonce));
        server.nonce = nonce.map(str::to_owned).or(server.nonce);
        if let Some(date) = raw.date().filter(|_| raw.status >= 400) {
            let ahead = date.saturating_sub(raw.at.wall_ms);
            server.ahead_ms = if ahead.abs() > millis(AMISS) { ahead } else { 0 };
        }
        if self.servers.len() >= MOST_SERVERS && !self.servers.contains_key(origin) {
            self.servers.clear();
        }
        self.servers.insert(origin.to_owned(), server);
    }
}

/// A text that can stand in a header and in JSON (section 8.1).
pub(crate) fn is_nonce(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_NONCE && text.bytes().all(|b| (0x21..=0x7e).contains(&b))
}

/// A complete refusal for want of a nonce, with the nonce that is wanted: nothing was looked at but the proof (section 8).
pub(crate) fn is_challenge(raw: &RawAnswer) -> bool {
    let error = || serde_json::from_slice::<serde_json::Value>(&raw.body).ok()?.get("error").cloned();
    matches!(raw.status, 400 | 401)
        && raw.complete
        && raw.garbled.is_none()
        && raw.header(NONCE).is_some_and(is_nonce)
        && error().is_some_and(|error| error == "use_dpop_nonce")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples::raw;

    fn said(status: u16, nonce: &str, body: &str) -> RawAnswer {
        let mut said = raw(status, body);
        said.headers.push((NONCE.into(), nonce.into()));
        said
    }

    #[test]
    fn only_a_whole_refusal_with_a_nonce_is_a_challenge() {
        let wants = r#"{"error":"use_dpop_nonce"}"#;
        assert!(is_challenge(&said(400, "n-1", wants)) && is_challenge(&said(401, "n-1", wants)));
        for other in [
            raw(400, wants),
            said(400, "", wants),
            said(400, "a b", wants),
            said(400, "n\u{fc}", wants),
            said(400, &"n".repeat(LONGEST_NONCE + 1), wants),
            said(200, "n-1", wants),
            said(500, "n-1", wants),
            said(400, "n-1", r#"{"error":"invalid_grant"}"#),
            said(400, "n-1", r#"{"error":"use_dpop_nonce""#),
            RawAnswer { complete: false, ..said(400, "n-1", wants) },
        ] {
            assert!(!is_challenge(&other), "{} {:?}", other.status, other.headers);
        }
    }

    #[test]
    fn each_server_has_its_own_nonce_and_its_own_clock() {
        let mut dpop = Dpop::new(ClientSecret::new("k"));
        let (one, other) = ("https://a.example", "https://b.example");
        dpop.note(one, &said(200, "n-1", ""));
        dpop.note(other, &said(200, "n-2", ""));
        // What says nothing, or nothing that can be one, changes nothing.
        dpop.note(one, &said(200, "a b", ""));
        dpop.note(one, &raw(200, ""));
        assert_eq!(dpop.server(one).nonce.as_deref(), Some("n-1"));
        assert_eq!(dpop.server(other).nonce.as_deref(), Some("n-2"));
        let mut refused = said(400, "n-3", "");
        refused.at.wall_ms = 1_795_888_800_000;
        for (date, ahead) in [
            ("Sat, 28 Nov 2026 18:10:00 GMT", 600),
            ("Sat, 28 Nov 2026 18:00:20 GMT", 0),
            ("Sat, 28 Nov 2026 17:50:00 GMT", -600),
        ] {
            refused.headers.push(("date".into(), date.into()));
            dpop.note(one, &refused);
            assert_eq!(dpop.server(one).time(0), ahead, "{date}");
            refused.headers.pop();
        }
        assert_eq!(dpop.server(other).time(7_000), 7);
    }
}
