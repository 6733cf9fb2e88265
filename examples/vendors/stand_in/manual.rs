//! A vendor's document as a table: where it listens, how it reads a request, what its tokens and answers look like.
//!
//! One file per vendor fills one `Manual` in. What all vendors share (counting, rotating, misbehaving) is not in here.

use jiff::Timestamp;
use serde_json::Value;

use super::http::{Answer, Request};
use super::ledger::Pair;
use super::reading::{Reading, Refusal};
use super::tls::hex;
use super::{Options, babelbird, fbox, huawei_isales, oauth2, veeam_azure};

pub struct Manual {
    /// The first is the one that `token_url` names.
    pub paths: &'static [&'static str],
    /// Empty when the vendor knows no clients.
    pub client_id: &'static str,
    /// The secret word is appended; empty when the vendor knows no clients.
    pub client_secret: &'static str,
    /// Lives in seconds, as the document or its sample has them.
    pub access_lifetime: u64,
    pub refresh_lifetime: u64,
    pub read: fn(&Request, &Options) -> Reading,
    pub mint: fn(&Wish) -> Tokens,
    pub answer: fn(&Pair) -> Value,
    pub refuse: fn(&Refusal) -> Answer,
}

/// What new tokens are made from.
pub struct Wish<'a> {
    /// Has to stand in every token in clear.
    pub word: &'a str,
    pub issued: Timestamp,
    pub access_lifetime: u64,
    pub refresh_lifetime: u64,
}

pub struct Tokens {
    pub refresh: String,
    pub access: String,
}

/// One pair of tokens, and the vendor's own answer that carries it.
#[derive(Clone, Debug, PartialEq)]
pub struct Login {
    pub refresh_token: String,
    pub access_token: String,
    pub answer: Value,
}

impl Login {
    /// A login always shows its refresh token, even where a refresh would not repeat it.
    pub fn of(vendor: Vendor, pair: &Pair) -> Login {
        let shown = Pair { rotated: true, ..pair.clone() };
        Login {
            refresh_token: shown.refresh.clone(),
            access_token: shown.access.clone(),
            answer: (vendor.manual().answer)(&shown),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendor {
    Fbox,
    Babelbird,
    VeeamAzure,
    HuaweiIsales,
    OAuth2,
}

impl Vendor {
    pub const ALL: [Vendor; 5] =
        [Vendor::Fbox, Vendor::Babelbird, Vendor::VeeamAzure, Vendor::HuaweiIsales, Vendor::OAuth2];

    pub fn name(self) -> &'static str {
        match self {
            Vendor::Fbox => "fbox",
            Vendor::Babelbird => "babelbird",
            Vendor::VeeamAzure => "veeam-azure",
            Vendor::HuaweiIsales => "huawei-isales",
            Vendor::OAuth2 => "oauth2",
        }
    }

    /// Keeps to the standards, beyond the refresh too.
    pub fn is_standard(self) -> bool {
        self == Vendor::OAuth2
    }

    pub fn named(name: &str) -> Option<Vendor> {
        Vendor::ALL.into_iter().find(|vendor| vendor.name() == name)
    }

    pub fn manual(self) -> &'static Manual {
        match self {
            Vendor::Fbox => &fbox::MANUAL,
            Vendor::Babelbird => &babelbird::MANUAL,
            Vendor::VeeamAzure => &veeam_azure::MANUAL,
            Vendor::HuaweiIsales => &huawei_isales::MANUAL,
            Vendor::OAuth2 => &oauth2::MANUAL,
        }
    }

    /// The refusals that are alike everywhere, and the vendor's own words for the rest.
    pub fn refuse(self, refusal: &Refusal) -> Answer {
        match refusal {
            Refusal::Method => Answer::empty(405).with("Allow", "POST"),
            Refusal::Path => Answer::empty(404),
            Refusal::TooOften(None) => Answer::empty(429),
            Refusal::TooOften(Some(after)) => Answer::empty(429).with("Retry-After", after),
            _ => (self.manual().refuse)(refusal),
        }
    }
}

pub fn random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system hands out random bytes");
}

/// 32 hex digits, new each time.
pub fn random_hex() -> String {
    let mut bytes = [0; 16];
    random(&mut bytes);
    hex(&bytes)
}

pub fn form_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
