//! BabelBird private cloud, "Refresh token": a POST whose two parameters stand in the query, with nothing in the body.
//!
//! The client shows itself by Basic over the plain `id:secret` in UTF-8, not form-encoded first as RFC 6749 has it. The
//! document names no error; the refusals here are those of RFC 6749 section 5.2.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::http::{Answer, Request};
use super::ledger::Pair;
use super::manual::{Manual, Tokens, Wish, form_encoded, random_hex};
use super::reading::{Reading, Refusal};
use super::{Options, logins};

pub const MANUAL: Manual = Manual {
    paths: &["/api/refreshToken.do"],
    client_id: "bücher/+%1",
    client_secret: "s3:/+%ö",
    access_lifetime: 3_600,
    refresh_lifetime: 2_592_000,
    read,
    mint,
    answer,
    refuse,
};

fn read(request: &Request, options: &Options) -> Reading {
    if let Some(reading) = logins::babelbird(request, options) {
        return reading;
    }
    let mut reading = Reading::default();
    reading.common(request, MANUAL.paths, &[], options);
    show_client(&mut reading, request, options);
    without_body(&mut reading, request);
    if request.header("accept") != Some("application/json") {
        reading.departs("Accept is not application/json, which chooses the answer's format");
    }
    let query = reading.fields(&request.query, "query");
    reading.fixed(&query, "grant_type", "refresh_token", "unsupported_grant_type");
    reading.only(&query, &["grant_type", "refresh_token"]);
    reading.refresh = reading.required(&query, "refresh_token");
    reading
}

pub fn show_client(reading: &mut Reading, request: &Request, options: &Options) {
    let Some(value) = reading.one_header(request, "Authorization", Refusal::Client) else {
        return;
    };
    let Some(encoded) = value.strip_prefix("Basic ") else {
        return reading.refuses(Refusal::Client, "Authorization does not say Basic");
    };
    let Ok(shown) = STANDARD.decode(encoded) else {
        return reading.refuses(Refusal::Client, "Basic is not in the standard Base64 alphabet on one line");
    };
    let (id, secret) = (&options.client_id, &options.client_secret);
    if shown == format!("{id}:{secret}").as_bytes() {
        return;
    }
    if shown == format!("{}:{}", form_encoded(id), form_encoded(secret)).as_bytes() {
        return reading.refuses(Refusal::Client, "Basic: id and secret were form-encoded first");
    }
    reading.rejects(Refusal::Client);
}

pub fn without_body(reading: &mut Reading, request: &Request) {
    if !request.body.is_empty() {
        reading.refuses(
            Refusal::Request("invalid_request"),
            "there is a body; the parameters go into the query",
        );
    }
    if request.header("content-type").is_some() {
        reading.departs("there is a Content-Type, and no body for it");
    }
}

fn mint(wish: &Wish) -> Tokens {
    Tokens {
        refresh: format!("rt+/%&=-{}-{}", wish.word, random_hex()),
        access: format!("at-{}-{}", wish.word, random_hex()),
    }
}

fn answer(pair: &Pair) -> Value {
    json!({
        "access_token": pair.access,
        "refresh_token": pair.refresh,
        "expires_in": pair.access_lifetime,
    })
}

fn refuse(refusal: &Refusal) -> Answer {
    match refusal {
        Refusal::Client => Answer::oauth_error(401, "invalid_client"),
        Refusal::Request(code) => Answer::oauth_error(400, code),
        _ => Answer::oauth_error(400, "invalid_grant"),
    }
}
