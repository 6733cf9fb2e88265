//! What one machine asks another one, the owner of a login, and what that answers: a line of JSON each.
//!
//! The rules that matter: times travel as spans, because two clocks differ; and an answer is known by the number that its
//! caller drew, so that whatever else a server says before it is nothing.

pub(super) mod fit;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use super::lent::Lent;
use crate::base::clock::VERSION as PROGRAM;
use crate::base::error::{Code, Error, Result, internal, refused};
use crate::credential::access::Served;
use crate::credential::record::Binding;
use crate::profile::Profile;

const VERSION: u64 = 1;
/// In bytes.
pub(crate) const LARGEST: usize = 16 << 10;
/// Before the number and the answer.
const MARK: &str = "tokcli-answer:";
const DIGITS: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Asked {
    /// One that is valid.
    Token,
    /// One that was obtained after whoever asks began.
    Refresh,
    /// How the login fares.
    Status,
    Logout,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Request {
    version: u64,
    nonce: String,
    pub(crate) ask: Asked,
    /// As the owner calls it.
    pub(crate) profile: String,
    pub(crate) audience: String,
    #[serde(default)]
    pub(crate) token: Served,
    pub(crate) binding: Place,
    #[serde(default)]
    pub(crate) min_ttl_ms: Option<u64>,
    /// At least half of the token's life is to be left.
    #[serde(default)]
    pub(crate) half_a_life: bool,
    /// Since whoever asks began.
    #[serde(default)]
    pub(crate) age_ms: u64,
    /// For so long whoever asks waits.
    #[serde(default)]
    pub(crate) deadline_ms: Option<u64>,
    /// SHA-256 of the token that a program was refused with.
    #[serde(default)]
    pub(crate) doubted: Option<String>,
}

/// Where a login's requests go, and as whose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    origins: Vec<String>,
    client_id: Option<String>,
    issuer: Option<String>,
}

/// Why a line is no request; with the number of whoever asked, if that can be told.
pub(crate) struct Unread {
    pub(crate) nonce: Option<String>,
    pub(crate) error: Error,
}

impl Request {
    pub(crate) fn new(nonce: String, ask: Asked, profile: &Profile) -> Request {
        Request {
            version: VERSION,
            nonce,
            ask,
            profile: profile.account.clone(),
            audience: profile.told_audience.as_str().to_owned(),
            token: profile.token,
            binding: Place::of(profile),
            min_ttl_ms: None,
            half_a_life: false,
            age_ms: 0,
            deadline_ms: None,
            doubted: None,
        }
    }

    pub(crate) fn nonce(&self) -> &str {
        &self.nonce
    }

    pub(crate) fn to_line(&self) -> Result<Zeroizing<Vec<u8>>> {
        let mut line = serde_json::to_vec(self).map_err(|_| internal("a request cannot be written"))?;
        line.push(b'\n');
        Ok(Zeroizing::new(line))
    }

    pub(crate) fn read(line: &str) -> std::result::Result<Request, Unread> {
        let usage = |words: &str| Error::new(Code::Usage, words);
        let whole: Option<Value> = serde_json::from_str(line).ok().filter(Value::is_object);
        let Some(whole) = whole else {
            let error = usage("what came on standard input is not a request of tokcli");
            return Err(Unread { nonce: None, error });
        };
        let nonce = whole["nonce"].as_str().filter(|nonce| is_nonce(nonce)).map(str::to_owned);
        let unread = |error| Err(Unread { nonce: nonce.clone(), error });
        if nonce.is_none() {
            return unread(usage("the request on standard input has no number by which its answer is known"));
        }
        match whole["version"].as_u64() {
            Some(VERSION) => {}
            Some(version) => {
                let words = format!(
                    "requests of version {version} are not known to tokcli {PROGRAM}, which answers those of version {VERSION}"
                );
                return unread(refused(words).hint("install the same version of tokcli on both machines"));
            }
            None => return unread(usage("the request on standard input has no version")),
        }
        serde_json::from_str(line)
            .or_else(|_| unread(usage("the request on standard input lacks a member, or has a wrong one")))
    }
}

fn is_nonce(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|b| b.is_ascii_hexdigit())
}

impl Place {
    pub(crate) fn of(profile: &Profile) -> Place {
        let Binding { origins, client_id, discovered } = &profile.binding;
        let named = profile.issuer.clone().filter(|_| profile.awaits_discovery());
        let issuer = discovered.as_ref().map(|found| found.issuer.clone()).or(named);
        Place { origins: origins.clone(), client_id: client_id.clone(), issuer }
    }

    /// Whether one machine means what the other one says. Who names an issuer alone knows no address, and perhaps no client.
    pub(crate) fn is_as(&self, whole: &Place) -> bool {
        if self.origins.is_empty() && self.issuer.is_some() {
            let client = self.client_id.is_none() || self.client_id == whole.client_id;
            return client && self.issuer == whole.issuer;
        }
        self == whole
    }

    pub(crate) fn words(&self) -> String {
        let client = self.client_id.as_ref().map_or("no client".to_owned(), |id| format!("client `{id}`"));
        match &self.issuer {
            Some(issuer) if self.origins.is_empty() => format!("the issuer `{issuer}` with {client}"),
            Some(issuer) => format!("the issuer `{issuer}` at {} with {client}", self.origins.join(", ")),
            None => format!("{} with {client}", self.origins.join(", ")),
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Answer {
    version: u64,
    /// Of the owner's program.
    pub(crate) tokcli: String,
    /// For so long the owner had the request.
    pub(crate) held_ms: u64,
    #[serde(default)]
    pub(crate) warnings: Vec<String>,
    #[serde(flatten)]
    pub(crate) said: Said,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Said {
    Token(Box<Given>),
    Status(Box<Fares>),
    LoggedOut { words: String },
    Error(Failed),
}

/// An access token, and whose it is.
#[derive(Serialize, Deserialize)]
pub(crate) struct Given {
    pub(crate) binding: Place,
    pub(crate) lent: Lent,
    /// For this request another one was sent.
    pub(crate) refreshed: bool,
    pub(crate) who: Option<String>,
}

/// How a login fares, by the owner's word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fares {
    pub(crate) binding: Place,
    pub(crate) state: String,
    pub(crate) needs_person: bool,
    pub(crate) who: Option<String>,
    pub(crate) trouble: Option<String>,
    /// Whole seconds from now.
    pub(crate) expires_in: Option<i64>,
    pub(crate) refresh_expires_in: Option<i64>,
    pub(crate) dies_in: Option<i64>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Failed {
    code: String,
    exit: u8,
    message: String,
    hint: Option<String>,
    retry_after: Option<u64>,
    /// What only the owner can open.
    #[serde(default)]
    sealed: Option<String>,
}

impl Answer {
    pub(crate) fn new(held_ms: u64, warnings: Vec<String>, said: Said) -> Answer {
        Answer { version: VERSION, tokcli: PROGRAM.to_owned(), held_ms, warnings, said }
    }

    /// With the mark and the number that begin it, and the line's end, without which it is not whole.
    pub(crate) fn framed(&self, nonce: &str) -> Result<Zeroizing<Vec<u8>>> {
        let mut bytes = Zeroizing::new(format!("{MARK}{nonce}:").into_bytes());
        serde_json::to_writer(&mut *bytes, self).map_err(|_| internal("an answer cannot be written"))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// `None`: there is none to this number, or it is not whole.
    pub(crate) fn find(output: &[u8], nonce: &str) -> Option<Answer> {
        let frame = format!("{MARK}{nonce}:");
        let start = output.windows(frame.len()).position(|some| some == frame.as_bytes())? + frame.len();
        let end = start + output[start..].iter().position(|byte| *byte == b'\n')?;
        let answer: Answer = serde_json::from_slice(&output[start..end]).ok()?;
        (answer.version == VERSION).then(|| answer.made_fit())
    }
}

impl Failed {
    pub(crate) fn of(error: &Error) -> Failed {
        Failed {
            code: error.code.word().to_owned(),
            exit: error.code.exit(),
            message: error.message(),
            hint: error.hint.clone(),
            retry_after: error.retry_after,
            sealed: error.sealed.as_ref().map(ToString::to_string),
        }
    }

    /// As it is told here: it leaves with the same code.
    pub(crate) fn told(self, owner: &str) -> Error {
        let Failed { code, exit, message, hint, retry_after, sealed } = self;
        let code = Code::from_word(&code).unwrap_or_else(|| of_exit(exit));
        let mut error = Error::new(code, format!("{owner}: {message}"));
        error.hint = hint.map(|hint| format!("on the owner: {hint}"));
        error.retry_after = retry_after;
        error.sealed = sealed.map(String::into_boxed_str);
        error
    }
}

/// A code of a later version.
fn of_exit(exit: u8) -> Code {
    match exit {
        3 => Code::Refused,
        4 => Code::LoginRequired,
        5 => Code::Unavailable,
        6 => Code::StoreUnavailable,
        7 => Code::NotStored,
        8 => Code::NoAnswer,
        _ => Code::Internal,
    }
}

#[cfg(test)]
mod tests;
