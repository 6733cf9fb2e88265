//! People who type: a password, and a one-time code where the vendor asks for one. Three wrong passwords lock an account.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::json;
use totp_lite::{Sha1, totp_custom};

use super::super::desk::{Desk, Mood};
use super::super::http::Answer;
use super::super::manual::{Vendor, random_hex};
use super::super::reading::{Reading, Refusal};
use super::super::{Options, veeam_azure};

pub const USER: &str = "jö@example.com";
/// RFC 6238 appendix B, in base32.
pub const TOTP_SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const SEED: &[u8] = b"12345678901234567890";
const PERIOD: u64 = 30;
const ATTEMPTS: usize = 3;

pub fn password(options: &Options) -> String {
    format!("p4:/+%&=ö {}", options.secret_word)
}

pub struct Password {
    pub user: String,
    pub password: String,
    /// A refresh token that lives for minutes.
    pub short: bool,
}

pub struct Mfa {
    pub token: String,
    pub code: String,
}

#[derive(Default)]
pub struct People {
    /// In a row.
    pub wrong: usize,
    /// Tokens of passwords that were right, and whether they ask for a short life.
    pub half: HashMap<String, bool>,
    /// Steps whose code was taken.
    pub steps: Vec<u64>,
}

impl Desk {
    pub fn password(&mut self, reading: &mut Reading, asked: &Password) -> Answer {
        let right = asked.user == USER && asked.password == password(&self.options);
        let people = &mut self.counter.people;
        if !right || people.wrong >= ATTEMPTS {
            people.wrong += 1;
            return self.vendor.refuse(&Refusal::Person);
        }
        people.wrong = 0;
        if matches!(self.mood, Mood::DemandsMfa) {
            let token = format!("mfa-{}-{}", self.options.secret_word, random_hex());
            self.counter.people.half.insert(token.clone(), asked.short);
            return veeam_azure::mfa_wanted(&token);
        }
        self.welcome(reading, asked.short)
    }

    pub fn mfa(&mut self, reading: &mut Reading, asked: &Mfa) -> Answer {
        let Some(short) = self.counter.people.half.remove(&asked.token) else {
            reading.departs("an mfa_token that was never given, or came again");
            return self.vendor.refuse(&Refusal::Person);
        };
        let now = u64::try_from(Timestamp::now().as_second()).unwrap_or_default() / PERIOD;
        let code = |step: &u64| totp_custom::<Sha1>(PERIOD, 6, SEED, step * PERIOD) == asked.code;
        let Some(step) = [now, now - 1].into_iter().find(code) else {
            return self.vendor.refuse(&Refusal::Person);
        };
        if self.counter.people.steps.contains(&step) {
            reading.departs("a one-time code came again");
            return self.vendor.refuse(&Refusal::Person);
        }
        self.counter.people.steps.push(step);
        self.welcome(reading, short)
    }

    fn welcome(&mut self, reading: &Reading, short: bool) -> Answer {
        let life = if short { 900 } else { self.options.refresh_lifetime };
        let pair = self.begin_for(life, reading.scope.clone());
        let answer = self.grant(&pair);
        match serde_json::from_slice::<serde_json::Value>(&answer.body) {
            Ok(mut body) if self.vendor == Vendor::VeeamAzure => {
                body["shortLived"] = json!(short);
                Answer { body: body.to_string().into_bytes(), ..answer }
            }
            _ => answer,
        }
    }
}

/// The code of this moment.
pub fn one_time_code() -> String {
    let now = u64::try_from(Timestamp::now().as_second()).unwrap_or_default();
    totp_custom::<Sha1>(PERIOD, 6, SEED, now)
}
