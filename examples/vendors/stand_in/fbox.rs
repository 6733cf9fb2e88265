//! Flexem FBox, "Re-Login in the Old Version": five fields in a form, the scope fixed, no header of its own.
//!
//! The document lists 401 for a wrong refresh token and 429, both without a body. Wrong client credentials are not in it;
//! 400 `invalid_client` is what the login page next to it shows.

use serde_json::{Value, json};

use super::fields::Fields;
use super::http::{Answer, Request};
use super::ledger::Pair;
use super::manual::{Manual, Tokens, Wish, random_hex};
use super::reading::{Reading, Refusal};
use super::{Options, logins};

pub const MANUAL: Manual = Manual {
    paths: &["/idserver/core/connect/token", "/core/connect/token"],
    client_id: "fbox-developer",
    client_secret: "f3:/+%&=ö",
    access_lifetime: 7_200,
    refresh_lifetime: 2_592_000,
    read,
    mint,
    answer,
    refuse,
};

const SCOPE: &str = "openid offline_access fbox email profile";

fn read(request: &Request, options: &Options) -> Reading {
    let mut reading = Reading::default();
    reading.common(request, MANUAL.paths, &[], options);
    reading.no_query(request);
    reading.no_header(request, "Authorization");
    reading.accepts_json(request);
    let form = reading.form(request);
    if ["password", "client_credentials"].contains(&form.get("grant_type").unwrap_or_default()) {
        show_client(&mut reading, &form, options);
        logins::fbox_grant(&mut reading, &form, SCOPE);
        return reading;
    }
    reading.fixed(&form, "grant_type", "refresh_token", "unsupported_grant_type");
    reading.fixed(&form, "scope", SCOPE, "invalid_scope");
    show_client(&mut reading, &form, options);
    reading.only(&form, &["refresh_token", "scope", "client_id", "client_secret", "grant_type"]);
    reading.refresh = reading.required(&form, "refresh_token");
    reading
}

fn show_client(reading: &mut Reading, form: &Fields, options: &Options) {
    let id = reading.required(form, "client_id");
    let secret = reading.required(form, "client_secret");
    if id.as_ref() != Some(&options.client_id) || secret.as_ref() != Some(&options.client_secret) {
        reading.rejects(Refusal::Client);
    }
}

fn mint(wish: &Wish) -> Tokens {
    Tokens {
        refresh: format!("rt-{}-{}", wish.word, random_hex()),
        access: format!("at-{}-{}", wish.word, random_hex()),
    }
}

fn answer(pair: &Pair) -> Value {
    json!({
        "access_token": pair.access,
        "expires_in": pair.access_lifetime,
        "token_type": "Bearer",
        "refresh_token": pair.refresh,
    })
}

fn refuse(refusal: &Refusal) -> Answer {
    match refusal {
        Refusal::RefreshToken => Answer::empty(401),
        Refusal::Person => logins::fbox_refusal(),
        Refusal::Client => Answer::oauth_error(400, "invalid_client"),
        Refusal::Request(code) => Answer::oauth_error(400, code),
        _ => Answer::empty(400),
    }
}
