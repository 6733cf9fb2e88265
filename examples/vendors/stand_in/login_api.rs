//! What a test tells a stand-in about logins, and asks it afterwards.

use serde_json::Value;

use super::logins::{Consent, JWT_KEY, Poll, Terms, password};
use super::{Fault, StandIn};

impl StandIn {
    /// Queues a fault for requests at this path alone; others pass it by.
    pub fn misbehave_at(&self, path: &str, fault: Fault) {
        let odd = matches!(fault, Fault::DropBeforeRead | Fault::Ghost(_));
        assert!(!odd, "nobody knows the path before the request is read");
        self.desk().faults_at.push((path.to_owned(), fault));
    }

    /// Where a browser is sent.
    pub fn authorization_url(&self) -> String {
        self.origin() + if self.vendor().is_standard() { "/authorize" } else { "/api/authorize.do" }
    }

    pub fn device_authorization_url(&self) -> String {
        self.origin() + "/device_authorization"
    }

    pub fn revocation_url(&self) -> String {
        self.origin() + "/revoke"
    }

    /// A resource that sends whoever comes without a token to this server.
    pub fn resource_url(&self) -> String {
        self.origin() + "/mcp"
    }

    /// The password of `USER`.
    pub fn password(&self) -> String {
        password(&self.options)
    }

    /// What `babelbird` and its customer sign JWTs with.
    pub fn jwt_key(&self) -> String {
        format!("{JWT_KEY}-{}", self.options.secret_word)
    }

    /// A token of a CI that this server takes for an access token.
    pub fn subject_token(&self) -> String {
        self.desk().new_subject()
    }

    /// How the next visitors answer, one after the other; afterwards they consent.
    pub fn visitors(&self, consents: &[Consent]) {
        self.desk().counter.consents.extend(consents);
    }

    /// All codes given so far die.
    pub fn expire_codes(&self) {
        self.desk().counter.codes.values_mut().for_each(|code| code.dies = jiff::Timestamp::now());
    }

    /// What the next devices are told.
    pub fn device_terms(&self, terms: Terms) {
        self.desk().counter.terms = terms;
    }

    /// What the next polls find, one after the other; afterwards what the person has said.
    pub fn polls(&self, polls: &[Poll]) {
        self.desk().counter.polls.extend(polls);
    }

    /// The codes that wait for somebody to approve them.
    pub fn user_codes(&self) -> Vec<String> {
        self.desk().user_codes()
    }

    /// Somebody approves every device that waits, or denies it.
    pub fn at_the_device_page(&self, approves: bool) {
        let mut desk = self.desk();
        for user_code in desk.user_codes() {
            desk.approval(&user_code, Some(approves));
        }
    }

    /// Changes what is said at `/.well-known/…`; told the path and the truth.
    pub fn lie(&self, lie: impl Fn(&str, Value) -> Value + Send + 'static) {
        self.desk().counter.lie = Some(Box::new(lie));
    }

    pub fn tell_the_truth(&self) {
        self.desk().counter.lie = None;
    }

    /// Wrong passwords in a row; three lock the account.
    pub fn wrong_passwords(&self) -> usize {
        self.desk().counter.people.wrong
    }

    /// As if the time of every one-time code that was taken were over.
    pub fn forget_one_time_codes(&self) {
        self.desk().counter.people.steps.clear();
    }

    pub fn unlock(&self) {
        self.desk().counter.people.wrong = 0;
    }

    /// Every token that was revoked by request, in order.
    pub fn revoked(&self) -> Vec<String> {
        self.desk().counter.revoked.clone()
    }

    /// How many logins could be refreshed now.
    pub fn live_logins(&self) -> usize {
        self.desk().ledger.live_logins()
    }

    /// How many codes and device codes were spent for tokens.
    pub fn codes_spent(&self) -> usize {
        self.desk().counter.codes.values().filter(|code| code.spent).count()
    }

    /// How many requests came at this path.
    pub fn requests_at(&self, path: &str) -> usize {
        self.desk().seen.iter().filter(|seen| seen.path == path).count()
    }

    pub fn clients_registered(&self) -> usize {
        self.desk().counter.clients.len()
    }
}
