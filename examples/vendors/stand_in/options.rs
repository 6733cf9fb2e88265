//! How a stand-in is set up, where that differs from the vendor's document.

use super::http::Answer;
use super::ledger::Pair;
use super::manual::Vendor;
use super::tls::Tls;

/// Empty texts and zeros mean: what the vendor's document says, or a value that suits it.
#[derive(Clone, Debug)]
pub struct Options {
    pub tls: Tls,
    /// 0 takes a free one.
    pub port: u16,
    pub client_id: String,
    pub client_secret: String,
    /// Lives in seconds.
    pub access_lifetime: u64,
    pub refresh_lifetime: u64,
    /// Stands in clear in every token and in the default client secret, so that a test can scan for leaks.
    pub secret_word: String,
    /// For `OAuth2`: `client_secret_basic`, `client_secret_basic_plain` (no form-decoding), `client_secret_post` or `none`.
    pub oauth2_auth: &'static str,
    /// For `OAuth2`: what it grants, and no more than is asked for; a token for `openid` comes with an id token. Empty: no
    /// scope is looked at.
    pub scopes: &'static [&'static str],
    /// For `OAuth2`, `Babelbird`: where a browser may be sent back to. The port of a loopback address counts for nothing.
    pub redirect_uris: &'static [&'static str],
    /// Whether each refresh gives a new refresh token and spends the old one.
    pub rotates: bool,
    /// Whether a spent token, presented again, kills all tokens of its login.
    pub reuse_revokes: bool,
    /// PEM of the certificates that sign the clients'; asks each client for one.
    pub demand_client_cert: Option<String>,
    /// Nothing newer is spoken.
    pub only_tls_1_2: bool,
    /// The one protocol (ALPN) that is spoken; empty: whatever comes.
    pub alpn: &'static str,
    /// What becomes of each answer that grants, for vendors that say the same in another way.
    pub reshape: Option<fn(&Pair, Answer) -> Answer>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            tls: Tls::None,
            port: 0,
            client_id: String::new(),
            client_secret: String::new(),
            access_lifetime: 0,
            refresh_lifetime: 0,
            secret_word: "canary".to_owned(),
            oauth2_auth: "client_secret_basic",
            scopes: &[],
            redirect_uris: &["http://127.0.0.1/", "http://[::1]/", "http://127.0.0.1/callback"],
            rotates: true,
            reuse_revokes: false,
            demand_client_cert: None,
            only_tls_1_2: false,
            alpn: "",
            reshape: None,
        }
    }
}

impl Options {
    /// Fills in what was left to the vendor's document.
    pub fn for_vendor(mut self, vendor: Vendor) -> Options {
        let manual = vendor.manual();
        if self.client_id.is_empty() {
            self.client_id = manual.client_id.to_owned();
        }
        let public = vendor == Vendor::OAuth2 && self.oauth2_auth == "none";
        if self.client_secret.is_empty() && !manual.client_secret.is_empty() && !public {
            self.client_secret = format!("{}-{}", manual.client_secret, self.secret_word);
        }
        if self.access_lifetime == 0 {
            self.access_lifetime = manual.access_lifetime;
        }
        if self.refresh_lifetime == 0 {
            self.refresh_lifetime = manual.refresh_lifetime;
        }
        self
    }
}
