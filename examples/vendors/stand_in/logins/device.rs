//! The device flow (RFC 8628): a device code that is polled for, no faster than it was told, and a person elsewhere who
//! approves its user code.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::super::desk::Desk;
use super::super::http::Answer;
use super::super::manual::random_hex;
use super::super::reading::Reading;

/// A clock may tick a little earlier than ours.
const SLACK: SignedDuration = SignedDuration::from_millis(20);

/// What the device is told.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// `None` is not told, and means five seconds.
    pub interval: Option<u32>,
    pub expires_in: u32,
    /// With `verification_uri_complete`.
    pub complete: bool,
}

impl Default for Terms {
    fn default() -> Terms {
        Terms { interval: Some(1), expires_in: 600, complete: true }
    }
}

/// What one poll finds, whatever the person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poll {
    Pending,
    SlowDown,
    /// The person approves just now, denies, or has let the time go by.
    Approved,
    Denied,
    Expired,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Pending,
    Approved,
    Denied,
    Spent,
}

pub struct Device {
    user_code: String,
    client: String,
    scope: Option<String>,
    dies: Timestamp,
    interval: i64,
    polled: Option<Timestamp>,
    standing: Standing,
}

impl Desk {
    pub fn device(&mut self, reading: &Reading) -> Answer {
        let Terms { interval, expires_in, complete } = self.counter.terms;
        let code = format!("dc/{}+{}", self.options.secret_word, random_hex());
        let letters: String = random_hex().chars().map(|c| char::from(b'B' + c as u8 % 23)).collect();
        let user_code = format!("{}-{}", &letters[..4], &letters[4..8]);
        let page = format!("{}/device", self.origin);
        let mut answer = json!({
            "device_code": code, "user_code": user_code, "verification_uri": page, "expires_in": expires_in,
        });
        if let Some(seconds) = interval {
            answer["interval"] = json!(seconds);
        }
        if complete {
            answer["verification_uri_complete"] = json!(format!("{page}?user_code={user_code}"));
        }
        let device = Device {
            user_code,
            client: reading.client.clone(),
            scope: reading.scope.clone(),
            dies: Timestamp::now() + SignedDuration::from_secs(expires_in.into()),
            interval: interval.unwrap_or(5).into(),
            polled: None,
            standing: Standing::Pending,
        };
        self.counter.devices.insert(code, device);
        Answer::json(200, &answer).with("Cache-Control", "no-store")
    }

    pub fn poll(&mut self, reading: &mut Reading, code: &str) -> Answer {
        let now = Timestamp::now();
        let told = self.counter.polls.pop_front();
        let Some(device) =
            self.counter.devices.get_mut(code).filter(|device| device.client == reading.client)
        else {
            reading.departs("a device code that was never given to this client");
            return Answer::oauth_error(400, "invalid_grant");
        };
        let earliest = device.polled.map(|last| last + SignedDuration::from_secs(device.interval) - SLACK);
        device.polled = Some(now);
        if earliest.is_some_and(|earliest| now < earliest) {
            reading.departs(format!("a poll earlier than {} s after the last one", device.interval));
            device.interval += 5;
            return Answer::oauth_error(400, "slow_down");
        }
        match told {
            Some(Poll::SlowDown) => {
                device.interval += 5;
                return Answer::oauth_error(400, "slow_down");
            }
            Some(Poll::Expired) => device.dies = now,
            // Whoever has said something cannot say it again.
            Some(Poll::Approved) if device.standing == Standing::Pending => {
                device.standing = Standing::Approved;
            }
            Some(Poll::Denied) if device.standing == Standing::Pending => device.standing = Standing::Denied,
            _ => {}
        }
        if device.standing == Standing::Spent {
            reading.departs("a device code came again");
            return Answer::oauth_error(400, "invalid_grant");
        }
        if device.dies <= now {
            return Answer::oauth_error(400, "expired_token");
        }
        match device.standing {
            Standing::Denied => Answer::oauth_error(400, "access_denied"),
            Standing::Approved if told != Some(Poll::Pending) => {
                device.standing = Standing::Spent;
                let scope = device.scope.clone();
                let pair = self.begin(scope);
                self.grant(&pair)
            }
            _ => Answer::oauth_error(400, "authorization_pending"),
        }
    }

    /// The page where a person types the user code. With `answer=` they have said it.
    pub fn approval(&mut self, user_code: &str, said: Option<bool>) -> Answer {
        let mut devices = self.counter.devices.values_mut();
        let Some(device) = devices.find(|device| device.user_code == user_code) else {
            return Answer::page(404, "No device waits with this code.");
        };
        match said {
            None => return Answer::page(200, "Is this the code that your device shows?"),
            Some(true) => device.standing = Standing::Approved,
            Some(false) => device.standing = Standing::Denied,
        }
        Answer::page(200, "Thank you. Go back to your device.")
    }

    /// Of all devices that wait.
    pub fn user_codes(&self) -> Vec<String> {
        let devices = self.counter.devices.values();
        devices.filter(|one| one.standing == Standing::Pending).map(|one| one.user_code.clone()).collect()
    }
}
