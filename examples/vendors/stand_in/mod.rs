//! Stand-in vendors: strict, stateful imitations of vendors' token endpoints on loopback.
//!
//! A `StandIn` owns one endpoint, hands out logins, rotates refresh tokens, and writes down whatever a request did that
//! the vendor's document does not allow. Dropping it is the last check of a test: it panics on a departure, on a spent
//! token that came again, and when nobody ever called, unless the test said that this is expected.

#![allow(dead_code)] // each user takes its part

mod babelbird;
mod desk;
mod fault;
mod fbox;
mod fields;
mod gate;
mod http;
mod huawei_isales;
mod last_check;
mod ledger;
mod login_api;
mod logins;
mod manual;
mod oauth2;
mod options;
mod reading;
mod serve;
mod tls;
mod veeam_azure;

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard};

pub use desk::Seen;
#[allow(unused_imports)] // the tests tell answers step by step
pub use fault::Act;
pub use fault::Fault;
#[allow(unused_imports)] // so do those who hold an answer back
pub use gate::{Gate, Latch};
#[allow(unused_imports)] // one story has a vendor of its own
pub use http::{Answer, Request};
pub use ledger::Ledger;
#[allow(unused_imports)] // and one tells expiries in ways of its own
pub use ledger::Pair;
#[allow(unused_imports)] // the tests log in in more ways
pub use logins::{Consent, Poll, TOTP_SEED, Terms, USER, one_time_code};
pub use manual::{Login, Vendor};
pub use options::Options;
#[allow(unused_imports)] // and a server that takes the tokens speaks TLS as they do
pub use tls::{Identity, Tls, Wire};

use desk::{Desk, Mood};
use last_check::LastCheck;
use serve::{Listener, Shared};

/// A running stand-in on 127.0.0.1.
pub struct StandIn {
    vendor: Vendor,
    options: Options,
    shared: Arc<Shared>,
    listener: Listener,
    last_check: LastCheck,
}

impl StandIn {
    /// Over plain http.
    pub fn start(vendor: Vendor) -> StandIn {
        StandIn::start_with(vendor, Options::default())
    }

    /// Over https, with a self-signed certificate that names no address.
    pub fn start_tls(vendor: Vendor) -> StandIn {
        StandIn::start_with(vendor, Options { tls: Tls::SelfSigned, ..Options::default() })
    }

    pub fn start_with(vendor: Vendor, options: Options) -> StandIn {
        StandIn::open(vendor, options)
            .unwrap_or_else(|error| panic!("{} does not start: {error}", vendor.name()))
    }

    /// For those who can do something about a port that is taken.
    pub fn open(vendor: Vendor, options: Options) -> io::Result<StandIn> {
        let options = options.for_vendor(vendor);
        let identity = Identity::fresh(&options)?;
        let shared = Shared::new(Desk::new(vendor, options.clone()), identity);
        let listener = Listener::start(options.port, shared.clone())?;
        let stand_in = StandIn { vendor, options, shared, listener, last_check: LastCheck::default() };
        stand_in.desk().origin = stand_in.origin();
        Ok(stand_in)
    }

    pub fn vendor(&self) -> Vendor {
        self.vendor
    }

    pub fn origin(&self) -> String {
        let scheme = if self.options.tls == Tls::None { "http" } else { "https" };
        format!("{scheme}://{}", self.listener.address)
    }

    pub fn token_url(&self) -> String {
        self.origin() + self.vendor.manual().paths[0]
    }

    /// Empty for a vendor that knows no clients.
    pub fn client_id(&self) -> &str {
        &self.options.client_id
    }

    pub fn client_secret(&self) -> &str {
        &self.options.client_secret
    }

    /// Empty over plain http.
    pub fn certificate_pem(&self) -> String {
        self.shared.identity.as_ref().map(|identity| identity.pem.clone()).unwrap_or_default()
    }

    /// SHA-256 of the certificate's DER in lower-case hex; empty over plain http.
    pub fn fingerprint(&self) -> String {
        self.shared.identity.as_ref().map(|identity| identity.fingerprint.clone()).unwrap_or_default()
    }

    /// A fresh login, as if somebody had just typed a password.
    pub fn login(&self) -> Login {
        let pair = self.desk().log_in();
        Login::of(self.vendor, &pair)
    }

    /// The newest pair of the newest login.
    pub fn current(&self) -> Login {
        let newest = self.desk().ledger.newest().cloned();
        Login::of(self.vendor, &newest.expect("current() comes after login()"))
    }

    /// Is this access token live now?
    pub fn accepts(&self, access_token: &str) -> bool {
        self.desk().ledger.accepts(access_token)
    }

    /// What this access token is for, if the vendor looks at scopes.
    pub fn scope_of(&self, access_token: &str) -> Option<String> {
        self.desk().ledger.scope_of(access_token)
    }

    /// Everything received, in order, on whatever path.
    pub fn requests(&self) -> Vec<Seen> {
        self.desk().seen.clone()
    }

    /// How many of them came over a TLS session that went on from an earlier one.
    pub fn resumed(&self) -> usize {
        self.shared.resumed.load(Ordering::SeqCst)
    }

    /// How often this refresh token was presented.
    pub fn sends_of(&self, refresh_token: &str) -> usize {
        self.desk().ledger.sends_of(refresh_token)
    }

    /// Spent refresh tokens that were presented again, once for each time.
    pub fn reused(&self) -> Vec<String> {
        self.desk().ledger.reused().to_vec()
    }

    /// Every departure from the vendor's document, in words that hold no secret.
    pub fn departures(&self) -> Vec<String> {
        self.desk().departures.clone()
    }

    /// Queues a fault; each spoils one request, in order.
    pub fn misbehave(&self, fault: Fault) {
        self.desk().faults.push_back(fault);
    }

    /// Holds back the next answers, so many, as long as the latch is held. The requests are processed at once.
    pub fn hold(&self, answers: usize) -> Latch {
        let (gate, latch) = Gate::shut();
        (0..answers).for_each(|_| self.misbehave(Fault::Held(gate.clone())));
        latch
    }

    /// The next request is not processed, and its connection ends without an answer when the latch is let go.
    pub fn keep_silent(&self) -> Latch {
        let (gate, latch) = Gate::shut();
        self.misbehave(Fault::Silence(gate));
        latch
    }

    /// All refresh tokens handed out so far die; access tokens live on.
    pub fn expire_login(&self) {
        self.desk().ledger.expire_refresh();
    }

    /// So many seconds pass for all tokens handed out so far.
    pub fn grow_older(&self, seconds: i64) {
        self.desk().ledger.grow_older(seconds);
    }

    /// All access tokens handed out so far die.
    pub fn expire_access(&self) {
        self.desk().ledger.expire_access();
    }

    /// The client is refused until `behave`.
    pub fn reject_client(&self) {
        self.desk().mood = Mood::RejectsClient;
    }

    /// 429 until `behave`, with what `Retry-After` is to say.
    pub fn rate_limit(&self, retry_after: Option<&str>) {
        self.desk().mood = Mood::LimitsRate(retry_after.map(str::to_owned));
    }

    /// 200 with an `mfa_token` and no access token, until `behave`; `veeam-azure` only.
    pub fn demand_mfa(&self) {
        assert_eq!(self.vendor, Vendor::VeeamAzure, "only veeam-azure has a second factor");
        self.desk().mood = Mood::DemandsMfa;
    }

    /// What it knows of its tokens now, to go back to with `restore`.
    pub fn remember(&self) -> Ledger {
        self.desk().ledger.clone()
    }

    /// Back to that time: what was spent since is live again, what was given out since is unknown.
    pub fn restore(&self, then: &Ledger) {
        self.desk().ledger = then.clone();
    }

    /// Ends a mood and drops the faults still queued. Tokens that died stay dead.
    pub fn behave(&self) {
        let mut desk = self.desk();
        desk.mood = Mood::Well;
        desk.faults.clear();
        desk.faults_at.clear();
    }

    /// Departures are no reason to panic at the drop.
    pub fn expect_departures(&self) {
        self.last_check.departures.store(true, Ordering::Relaxed);
    }

    /// Nor is a stand-in that nobody called.
    pub fn expect_unused(&self) {
        self.last_check.unused.store(true, Ordering::Relaxed);
    }

    /// Nor is a spent refresh token that came again.
    pub fn expect_reuse(&self) {
        self.last_check.reuse.store(true, Ordering::Relaxed);
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.shared.desk()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.listener.stop();
        let complaints = self.last_check.complaints(&self.desk());
        if !complaints.is_empty() && !std::thread::panicking() {
            panic!("{}: {}", self.vendor.name(), complaints.join("; "));
        }
    }
}
