//! Veeam Backup for Microsoft Azure, "Using Refresh Token": `grant_type=Refresh_token` with a capital R, no client.
//!
//! `Username` and `Password` stand in the sample but are not asked for: both or neither. Tokens are JWTs of the sample's
//! size; their signatures are noise that begins with the secret word.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

use super::http::{Answer, Request};
use super::ledger::Pair;
use super::manual::{Manual, Tokens, Wish, random, random_hex};
use super::reading::{Reading, Refusal};
use super::{Options, logins};

pub const MANUAL: Manual = Manual {
    paths: &["/api/oauth2/token"],
    client_id: "",
    client_secret: "",
    access_lifetime: 3_600,
    refresh_lifetime: 1_209_600,
    read,
    mint,
    answer,
    refuse,
};

const USER: &str = "6f4236c2-1626-4cfb-8eec-4961e57a0241";

fn read(request: &Request, options: &Options) -> Reading {
    if let Some(reading) = logins::veeam_azure_end(request, MANUAL.paths[0], options) {
        return reading;
    }
    let mut reading = Reading::default();
    reading.common(request, MANUAL.paths, &[], options);
    reading.no_query(request);
    reading.no_header(request, "Authorization");
    reading.accepts_json(request);
    let form = reading.form(request);
    if ["Password", "Mfa"].contains(&form.get("grant_type").unwrap_or_default()) {
        logins::veeam_azure_grant(&mut reading, &form);
        return reading;
    }
    reading.fixed(&form, "grant_type", "Refresh_token", "unsupported_grant_type");
    reading.only(&form, &["grant_type", "refresh_token", "Username", "Password"]);
    if form.get("Username").is_some() != form.get("Password").is_some() {
        reading.refuses(
            Refusal::Request("invalid_request"),
            "form: one of Username and Password without the other",
        );
    }
    reading.refresh = reading.required(&form, "refresh_token");
    reading
}

fn mint(wish: &Wish) -> Tokens {
    let issued = wish.issued.as_second();
    let id = guid();
    let token = |audience: &str, lifetime: u64| {
        let header =
            json!({ "alg": "RS512", "kid": "519C0D9E2DBE71CA9FBA957BBA4CF4BF20B2C6C3", "typ": "JWT" });
        let claims = json!({
            "jti": id, "nameid": USER, "unique_name": "administrator", "role": "PortalAdmin",
            "nbf": issued, "exp": issued.saturating_add_unsigned(lifetime), "iat": issued,
            "aud": format!("{audience}/{}", guid()),
        });
        let part = |json: &Value| BASE64.encode(json.to_string());
        format!("{}.{}.{}", part(&header), part(&claims), signature(wish.word))
    };
    Tokens {
        refresh: token("auth/refresh", wish.refresh_lifetime),
        access: token("api/default", wish.access_lifetime),
    }
}

/// As long as one of RS512 with a 2048-bit key.
fn signature(word: &str) -> String {
    let mut bytes = [0; 256];
    random(&mut bytes);
    let noise = BASE64.encode(bytes);
    format!("{word}{}", &noise[word.len().min(300)..])
}

fn guid() -> String {
    let hex = random_hex();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

fn answer(pair: &Pair) -> Value {
    json!({
        "access_token": pair.access,
        "token_type": "bearer",
        "refresh_token": pair.refresh,
        "expires_in": pair.access_lifetime,
        ".issued": format!("{:.7}", pair.issued),
        ".expires": format!("{:.7}", pair.access_dies()),
        "userId": USER,
        "username": "administrator",
        "roleName": "PortalAdmin",
        "userType": "Internal",
        "latestNewsShown": true,
        "mfa_enabled": false,
        "shortLived": false,
    })
}

/// What the password login answers once MFA is on: 200, and no token but the one for the second step.
pub fn mfa_wanted(token: &str) -> Answer {
    Answer::json(200, &json!({ "mfa_token": token, "mfa_enabled": true }))
}

fn refuse(refusal: &Refusal) -> Answer {
    match refusal {
        Refusal::RefreshToken => Answer::oauth_error(400, "invalid_grant"),
        Refusal::Request(code) => Answer::oauth_error(400, code),
        _ => {
            let problem = json!({ "type": "about:blank", "title": "Unauthorized", "status": 401 });
            Answer::json(401, &problem).with("Content-Type", "application/problem+json")
        }
    }
}
