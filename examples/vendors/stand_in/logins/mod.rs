//! Logins: how somebody without a token comes by the first one, at each vendor in its own way.
//!
//! As for a refresh, a request is read first (`Ask`, and what departs from the document) and decided then, by what the
//! vendor remembers (`Counter`). A code, a device code, a one-time code is good once; whatever comes again is written down.

mod babelbird;
mod client;
mod code;
mod device;
mod documents;
mod fbox;
mod huawei_isales;
mod oauth2;
mod people;
mod register;
mod revoke;
mod subject;
mod veeam_azure;
mod visit;

use std::collections::{HashMap, HashSet, VecDeque};

pub use client::known as client_of;
pub use device::{Poll, Terms};
pub use people::{TOTP_SEED, USER, one_time_code, password};
pub use subject::{JWT_KEY, edit};
pub use visit::Consent;

pub use babelbird::read as babelbird;
pub use fbox::{grant as fbox_grant, refusal as fbox_refusal};
pub use huawei_isales::read as huawei_isales;
pub use oauth2::{elsewhere as oauth2, grant as oauth2_grant};
pub use veeam_azure::{end_of_login as veeam_azure_end, grant as veeam_azure_grant};

use super::desk::Desk;
use super::http::{Answer, Request};
use super::reading::{Reading, Refusal};

/// What a request is about.
#[derive(Default)]
pub enum Ask {
    #[default]
    Refresh,
    /// A browser at the authorization endpoint.
    Visit(visit::Visit),
    /// An authorization request from the client itself (RFC 9126), and the browser that brings its name.
    Push(visit::Visit),
    Pushed(String),
    Code(code::Redemption),
    /// Without a browser, because a JWT says who it is.
    CodeByJwt,
    Device,
    Poll(String),
    /// A person at the page where a device is approved: its user code, and what they say, if anything yet.
    Approval(String, Option<bool>),
    Password(people::Password),
    Mfa(people::Mfa),
    Client,
    Subject(subject::Subject),
    Revoke(revoke::Wish),
    /// The access token whose login is to end.
    End(String),
    Register(serde_json::Value),
    Document(documents::Document),
}

impl Ask {
    /// Comes from a browser, where no fault is meant for the client.
    pub fn is_of_a_browser(&self) -> bool {
        matches!(self, Ask::Visit(_) | Ask::Pushed(_) | Ask::Approval(..))
    }
}

pub type Lie = Box<dyn Fn(&str, serde_json::Value) -> serde_json::Value + Send>;

/// What a vendor remembers of logins that were begun.
#[derive(Default)]
pub struct Counter {
    /// How the next visitors answer, one after the other; afterwards they consent.
    pub consents: VecDeque<Consent>,
    pub codes: HashMap<String, code::Code>,
    /// State and challenge of each authorization request.
    pub visits: Vec<(String, String)>,
    /// Pushed authorization requests, with the scope of each; a browser brings the name of one once.
    pub pushed: HashMap<String, (visit::Visit, Option<String>)>,
    pub devices: HashMap<String, device::Device>,
    pub terms: Terms,
    /// What the next polls find.
    pub polls: VecDeque<Poll>,
    pub people: people::People,
    pub subjects: HashSet<String>,
    pub clients: Vec<client::Client>,
    pub revoked: Vec<String>,
    /// What becomes of a document before it is sent, by its path.
    pub lie: Option<Lie>,
}

impl Desk {
    /// The answer to whatever is no refresh.
    pub fn attend(&mut self, reading: &mut Reading) -> Answer {
        let ask = std::mem::take(&mut reading.ask);
        let ask = match ask {
            Ask::Visit(visit) => return self.visit(reading, visit),
            Ask::Pushed(name) => return self.pushed(reading, &name),
            other => other,
        };
        if let Some(refusal) = &reading.refusal {
            return self.vendor.refuse(refusal);
        }
        match ask {
            Ask::Push(visit) => self.push(reading, visit),
            Ask::Refresh | Ask::Visit(_) | Ask::Pushed(_) => self.vendor.refuse(&Refusal::Path),
            Ask::Code(redemption) => self.redeem(reading, &redemption),
            Ask::CodeByJwt => self.code_by_jwt(reading),
            Ask::Device => self.device(reading),
            Ask::Poll(code) => self.poll(reading, &code),
            Ask::Approval(user_code, said) => self.approval(&user_code, said),
            Ask::Password(password) => self.password(reading, &password),
            Ask::Mfa(mfa) => self.mfa(reading, &mfa),
            Ask::Client => self.client(reading),
            Ask::Subject(subject) => self.subject(reading, &subject),
            Ask::Revoke(wish) => self.revoke(reading, &wish),
            Ask::End(access) => self.end(&access),
            Ask::Register(wish) => self.register(reading, &wish),
            Ask::Document(document) => self.document(&document),
        }
    }
}

/// At a path, or with a method, that makes the request something else than a refresh.
pub fn is_at(request: &Request, method: &str, path: &str) -> bool {
    request.method == method && request.path == path
}
