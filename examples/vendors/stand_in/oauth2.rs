//! Any vendor that keeps to RFC 6749: section 6 for the request, 2.3.1 for the client, 5.1 and 5.2 for the answers.
//!
//! `Options::oauth2_auth` says how the client has to show itself. Parameters that the RFC does not know are let pass, as
//! section 3.2 demands.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::fields::Fields;
use super::http::{Answer, Request};
use super::ledger::Pair;
use super::manual::{Manual, Tokens, Wish, form_encoded, random_hex};
use super::reading::{Reading, Refusal};
use super::{Options, logins};

pub const MANUAL: Manual = Manual {
    paths: &["/token"],
    client_id: "app:/+%&=1",
    client_secret: "s3:/+%&=",
    access_lifetime: 3_600,
    refresh_lifetime: 2_592_000,
    read,
    mint,
    answer,
    refuse,
};

fn read(request: &Request, options: &Options) -> Reading {
    if let Some(reading) = logins::oauth2(request, options) {
        return reading;
    }
    let mut reading = Reading::default();
    reading.common(request, MANUAL.paths, &[], options);
    reading.no_query(request);
    reading.accepts_json(request);
    let form = reading.form(request);
    show_client(&mut reading, request, &form, options);
    if form.get("grant_type").is_some_and(|grant| grant != "refresh_token") {
        logins::oauth2_grant(&mut reading, &form, options);
        return reading;
    }
    reading.fixed(&form, "grant_type", "refresh_token", "unsupported_grant_type");
    if form.get("scope") == Some("") {
        reading.refuses(Refusal::Request("invalid_scope"), "form: scope is empty");
    }
    reading.refresh = reading.required(&form, "refresh_token");
    if !options.scopes.is_empty() {
        let all = options.scopes.join(" ");
        let asked = form.get("scope").unwrap_or(&all);
        if asked.split(' ').any(|scope| !options.scopes.contains(&scope)) {
            reading.rejects(Refusal::Request("invalid_scope"));
        }
        reading.scope = Some(asked.to_owned());
    }
    reading
}

/// As it was registered, at whatever endpoint.
pub fn show_client(reading: &mut Reading, request: &Request, form: &Fields, options: &Options) {
    match options.oauth2_auth {
        "client_secret_basic" | "client_secret_basic_plain" => by_header(reading, request, form, options),
        "client_secret_post" => by_form(reading, request, form, options, true),
        _ => by_form(reading, request, form, options, false),
    }
}

fn by_header(reading: &mut Reading, request: &Request, form: &Fields, options: &Options) {
    if form.get("client_secret").is_some() {
        reading.refuses(
            Refusal::Request("invalid_request"),
            "form: client_secret, although Basic is the method",
        );
    }
    if form.get("client_id").is_some_and(|id| id != options.client_id) {
        reading.rejects(Refusal::Client);
    }
    let Some(value) = reading.one_header(request, "Authorization", Refusal::Client) else {
        return;
    };
    let encoded = value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
    let Some(Ok(shown)) = encoded.map(|(_, encoded)| STANDARD.decode(encoded)) else {
        return reading.refuses(Refusal::Client, "Authorization is not Basic with Base64");
    };
    let (id, secret) = (&options.client_id, &options.client_secret);
    if options.oauth2_auth == "client_secret_basic_plain" {
        // As servers do that know RFC 7617 alone.
        if shown != format!("{id}:{secret}").as_bytes() {
            reading.rejects(Refusal::Client);
        }
        return;
    }
    if decoded(&shown).is_some_and(|pair| pair == (id.clone(), secret.clone())) {
        return;
    }
    let joined = format!("{id}:{secret}");
    if shown == joined.as_bytes() && joined != format!("{}:{}", form_encoded(id), form_encoded(secret)) {
        return reading.refuses(Refusal::Client, "Basic: id and secret were not form-encoded first");
    }
    reading.rejects(Refusal::Client);
}

/// The id and secret of a Basic header, each out of its form encoding.
fn decoded(shown: &[u8]) -> Option<(String, String)> {
    let (id, secret) = std::str::from_utf8(shown).ok()?.split_once(':')?;
    // No `&` or `=` can be left in an encoded part, so each parses as one name without a value.
    let part =
        |text: &str| url::form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name.into_owned());
    let clean = |text: &str| !text.contains(['&', '=', ':', '/']);
    (clean(id) && clean(secret)).then(|| Some((part(id)?, part(secret)?)))?
}

fn by_form(reading: &mut Reading, request: &Request, form: &Fields, options: &Options, secret: bool) {
    reading.no_header(request, "Authorization");
    let id = reading.required(form, "client_id");
    let mut known = id.as_ref() == Some(&options.client_id);
    if secret {
        known &= reading.required(form, "client_secret").as_ref() == Some(&options.client_secret);
    } else if form.get("client_secret").is_some() {
        reading.refuses(Refusal::Request("invalid_request"), "form: client_secret of a client that has none");
    }
    if !known {
        reading.rejects(Refusal::Client);
    }
}

fn mint(wish: &Wish) -> Tokens {
    Tokens {
        refresh: format!("rt/{}+{}==", wish.word, random_hex()),
        access: format!("at.{}~{}", wish.word, random_hex()),
    }
}

/// Section 6 leaves it to the server whether a new refresh token comes; one that goes on is not repeated.
fn answer(pair: &Pair) -> Value {
    let mut answer = json!({
        "access_token": pair.access,
        "token_type": "Bearer",
        "expires_in": pair.access_lifetime,
    });
    if pair.rotated {
        answer["refresh_token"] = json!(pair.refresh);
    }
    if let Some(scope) = &pair.scope {
        answer["scope"] = json!(scope);
        if scope.split(' ').any(|scope| scope == "openid") {
            answer["id_token"] = json!(id_token(pair));
        }
    }
    answer
}

/// OpenID Connect Core 1.0 section 2, as far as anybody here looks at it. What stands for the signature is that of the pair.
fn id_token(pair: &Pair) -> String {
    let claims =
        json!({ "sub": "somebody", "iat": pair.issued.as_second(), "exp": pair.access_dies().as_second() });
    let word = pair.access.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    format!("e30.{}.{word}", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

fn refuse(refusal: &Refusal) -> Answer {
    let answer = match refusal {
        Refusal::Client => {
            let answer = Answer::oauth_error(401, "invalid_client");
            answer.with("WWW-Authenticate", "Basic realm=\"stand-in\"")
        }
        Refusal::Request(code) => Answer::oauth_error(400, code),
        _ => Answer::oauth_error(400, "invalid_grant"),
    };
    answer.with("Cache-Control", "no-store").with("Pragma", "no-cache")
}
