//! Huawei Cloud CC-iSales, "Interface for Refreshing a Token": JSON with one member, and the present access token in a
//! header named `Authentication`.
//!
//! An answer is an envelope. The document's table calls its numbers strings and its sample writes numbers, so this
//! stand-in alternates. A wrong refresh token is answered 200 with `result` "1", as the document has business failures.

use serde_json::{Value, json};

use super::http::{Answer, Request};
use super::ledger::Pair;
use super::manual::{Manual, Tokens, Wish, random_hex};
use super::reading::{Reading, Refusal};
use super::{Options, logins};

pub const MANUAL: Manual = Manual {
    paths: &["/rest/isales/v1/openapi/obs/auth/refresh"],
    client_id: "",
    client_secret: "",
    access_lifetime: 300,
    refresh_lifetime: 3_600,
    read,
    mint,
    answer,
    refuse,
};

fn read(request: &Request, options: &Options) -> Reading {
    if let Some(reading) = logins::huawei_isales(request, options) {
        return reading;
    }
    let mut reading = Reading::default();
    reading.common(request, MANUAL.paths, &["Authentication"], options);
    reading.no_query(request);
    reading.no_header(request, "Authorization");
    reading.accepts_json(request);
    reading.content_type(request, "application/json");
    access_token(&mut reading, request);
    match refresh_token(&request.body) {
        Ok(token) => reading.refresh = Some(token),
        Err(words) => reading.refuses(Refusal::Request("invalid_request"), words),
    }
    reading
}

fn access_token(reading: &mut Reading, request: &Request) {
    let Some(value) = reading.one_header(request, "Authentication", Refusal::AccessToken) else {
        return;
    };
    match value.strip_prefix("Bearer ") {
        Some(token) => reading.access = Some(token.to_owned()),
        None => reading.refuses(Refusal::AccessToken, "Authentication does not say Bearer"),
    }
}

fn refresh_token(body: &[u8]) -> Result<String, &'static str> {
    let text = std::str::from_utf8(body).map_err(|_| "the body is not UTF-8")?;
    let json: Value = serde_json::from_str(text).map_err(|_| "the body is not JSON")?;
    let members = json.as_object().ok_or("the body is not a JSON object")?;
    if members.keys().any(|name| name != "refreshToken") {
        return Err("JSON: there is a member besides refreshToken");
    }
    // serde_json keeps the last of two equal names, so the text has to tell.
    if text.matches("\"refreshToken\"").count() > 1 {
        return Err("JSON: refreshToken comes twice");
    }
    let token = members.get("refreshToken").ok_or("JSON: refreshToken is missing")?;
    token.as_str().map(str::to_owned).ok_or("JSON: refreshToken is not a string")
}

fn mint(wish: &Wish) -> Tokens {
    Tokens {
        refresh: format!("{}-rt-{}", wish.word, random_hex()),
        access: format!("{}-at-{}", wish.word, random_hex()),
    }
}

fn answer(pair: &Pair) -> Value {
    let number = |number: u64| match pair.number % 2 {
        0 => json!(number.to_string()),
        _ => json!(number),
    };
    json!({
        "result": number(0),
        "resultData": {
            "token": pair.access,
            "tokenExpirationTime": number(pair.access_lifetime),
            "refreshToken": pair.refresh,
            "refreshExpirationTime": number(pair.refresh_lifetime),
        },
    })
}

/// No status of the document comes with a body, except the envelope of 200.
fn refuse(refusal: &Refusal) -> Answer {
    match refusal {
        Refusal::RefreshToken | Refusal::Person => Answer::json(200, &json!({ "result": "1" })),
        Refusal::AccessToken => Answer::empty(403),
        Refusal::Client => Answer::empty(401),
        _ => Answer::empty(400),
    }
}
