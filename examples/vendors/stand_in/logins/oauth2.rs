//! A standard server beyond the refresh: the grants at `/token`, and its other endpoints.

use super::super::Options;
use super::super::fields::Fields;
use super::super::http::Request;
use super::super::oauth2::show_client;
use super::super::reading::{Reading, Refusal};
use super::code::Redemption;
use super::people::Password;
use super::revoke::Wish;
use super::subject::Subject;
use super::{Ask, documents, register, visit};

const PREFIX: &str = "urn:ietf:params:oauth:grant-type:";

/// `None`: this is the token endpoint, or nothing of ours.
pub fn elsewhere(request: &Request, options: &Options) -> Option<Reading> {
    match request.path.as_str() {
        "/authorize" if request.query.contains("request_uri=") => Some(pushed(request, options)),
        "/authorize" => Some(authorize(request, options)),
        "/par" => Some(push(request, options)),
        "/device_authorization" => Some(device(request, options)),
        "/device" => Some(approval(request, options)),
        "/revoke" => Some(revoke(request, options)),
        _ => register::read(request, options).or_else(|| documents::read(request, options)),
    }
}

fn authorize(request: &Request, options: &Options) -> Reading {
    let (mut reading, query) = visit::read(request, options, "state");
    let challenge = challenge(&mut reading, &query);
    scope(&mut reading, &query, options);
    if let Ask::Visit(visit) = &mut reading.ask {
        visit.challenge = challenge;
    }
    reading
}

/// RFC 9126: the same from the client itself, which authenticates.
fn push(request: &Request, options: &Options) -> Reading {
    let (mut reading, form) = posted(request, options);
    for name in ["request_uri", "code", "code_verifier"] {
        if form.get(name).is_some() {
            reading.refuses(
                Refusal::Request("invalid_request"),
                format!("form: {name} does not belong into a pushed request"),
            );
        }
    }
    let mut visit = visit::asked(&mut reading, &form, options, "state");
    visit.challenge = challenge(&mut reading, &form);
    scope(&mut reading, &form, options);
    reading.ask = Ask::Push(visit);
    reading
}

/// A browser that brings the name of what was pushed, and nothing else that counts.
fn pushed(request: &Request, options: &Options) -> Reading {
    let (mut reading, query) = visit::arrived(request, options);
    reading.only(&query, &["client_id", "request_uri"]);
    if query.get("client_id") != Some(&options.client_id) {
        reading.refuses(Refusal::Client, "query: client_id is not that of a registered client");
    }
    reading.ask = Ask::Pushed(query.get("request_uri").unwrap_or_default().to_owned());
    reading
}

fn challenge(reading: &mut Reading, fields: &Fields) -> Option<String> {
    reading.fixed(fields, "code_challenge_method", "S256", "invalid_request");
    let challenge = reading.required(fields, "code_challenge");
    let code = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if challenge.as_ref().is_some_and(|text| text.len() != 43 || !text.bytes().all(code)) {
        let words = format!("{}: code_challenge is no SHA-256 in base64url", fields.place);
        reading.refuses(Refusal::Request("invalid_request"), words);
    }
    challenge
}

/// Asked for, if anything, and nothing that the server does not know.
fn scope(reading: &mut Reading, fields: &Fields, options: &Options) {
    if fields.get("scope") == Some("") {
        reading.refuses(Refusal::Request("invalid_scope"), format!("{}: scope is empty", fields.place));
    }
    reading.scope = fields.get("scope").map(str::to_owned);
    let asked = reading.scope.as_deref().unwrap_or_default();
    let known =
        |scope: &str| options.scopes.contains(&scope) || ["openid", "offline_access"].contains(&scope);
    if !options.scopes.is_empty() && !asked.is_empty() && !asked.split(' ').all(known) {
        reading.rejects(Refusal::Request("invalid_scope"));
    }
}

fn posted(request: &Request, options: &Options) -> (Reading, Fields) {
    let mut reading = Reading::default();
    let allowed: &[&str] = &[];
    reading.arrives(request, "POST", allowed, options);
    reading.no_query(request);
    reading.accepts_json(request);
    let form = reading.form(request);
    show_client(&mut reading, request, &form, options);
    (reading, form)
}

fn device(request: &Request, options: &Options) -> Reading {
    let (mut reading, form) = posted(request, options);
    scope(&mut reading, &form, options);
    reading.ask = Ask::Device;
    reading
}

fn approval(request: &Request, options: &Options) -> Reading {
    let mut reading = Reading::default();
    reading.arrives(request, "GET", &[], options);
    let query = Fields::parse(&request.query, "query");
    let said = query.get("answer").map(|answer| answer == "yes");
    reading.ask = Ask::Approval(query.get("user_code").unwrap_or_default().to_owned(), said);
    reading
}

fn revoke(request: &Request, options: &Options) -> Reading {
    let (mut reading, form) = posted(request, options);
    let token = reading.required(&form, "token").unwrap_or_default();
    let hint = form.get("token_type_hint").map(str::to_owned);
    if hint.as_ref().is_some_and(|hint| hint != "refresh_token" && hint != "access_token") {
        reading.departs("form: token_type_hint is not a registered one");
    }
    reading.ask = Ask::Revoke(Wish { token, hint });
    reading
}

/// What `/token` is asked for beside a refresh; the client is known already.
pub fn grant(reading: &mut Reading, form: &Fields, options: &Options) {
    scope(reading, form, options);
    let kind = form.get("grant_type").unwrap_or_default();
    match kind.strip_prefix(PREFIX).unwrap_or(kind) {
        "authorization_code" => code(reading, form),
        "device_code" => {
            let code = reading.required(form, "device_code").unwrap_or_default();
            reading.ask = Ask::Poll(code);
        }
        "password" => {
            let user = reading.required(form, "username").unwrap_or_default();
            let password = reading.required(form, "password").unwrap_or_default();
            reading.ask = Ask::Password(Password { user, password, short: false });
        }
        "client_credentials" if options.oauth2_auth == "none" => {
            let refusal = Refusal::Request("unauthorized_client");
            reading.refuses(refusal, "form: client_credentials of a client without any");
        }
        "client_credentials" => reading.ask = Ask::Client,
        "token-exchange" => {
            let token = reading.required(form, "subject_token").unwrap_or_default();
            let kind = reading.required(form, "subject_token_type").unwrap_or_default();
            if !kind.starts_with("urn:ietf:params:oauth:token-type:") {
                let words = "form: subject_token_type is not a registered one";
                reading.refuses(Refusal::Request("invalid_request"), words);
            }
            reading.ask = Ask::Subject(Subject { token, exchanged: true });
        }
        "jwt-bearer" => {
            let token = reading.required(form, "assertion").unwrap_or_default();
            reading.ask = Ask::Subject(Subject { token, exchanged: false });
        }
        _ => {
            reading
                .refuses(Refusal::Request("unsupported_grant_type"), "form: grant_type is not a known one");
        }
    }
}

fn code(reading: &mut Reading, form: &Fields) {
    let code = reading.required(form, "code").unwrap_or_default();
    let back = reading.required(form, "redirect_uri");
    let verifier = reading.required(form, "code_verifier");
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let fine = |text: &String| (43..=128).contains(&text.len()) && text.bytes().all(unreserved);
    if verifier.as_ref().is_some_and(|text| !fine(text)) {
        let words = "form: code_verifier is not 43 to 128 unreserved characters";
        reading.refuses(Refusal::Request("invalid_request"), words);
    }
    for name in ["state", "scope", "code_challenge"] {
        if form.get(name).is_some() {
            reading.departs(format!("form: {name} does not belong into the exchange of a code"));
        }
    }
    let resource = form.get("resource").map(str::to_owned);
    reading.ask = Ask::Code(Redemption { code, back, verifier, resource });
}
