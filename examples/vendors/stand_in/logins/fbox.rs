//! FBox, "User Login": a password for the one kind of developer account, the client alone for the other.

use serde_json::json;

use super::super::fields::Fields;
use super::super::http::Answer;
use super::super::reading::Reading;
use super::Ask;
use super::people::Password;

/// The grants that are no refresh; the client is known already.
pub fn grant(reading: &mut Reading, form: &Fields, scope: &str) {
    if form.get("grant_type") == Some("client_credentials") {
        reading.fixed(form, "scope", "fbox", "invalid_scope");
        reading.only(form, &["scope", "client_id", "client_secret", "grant_type"]);
        reading.ask = Ask::Client;
        return;
    }
    reading.fixed(form, "scope", scope, "invalid_scope");
    reading.only(form, &["username", "password", "scope", "client_id", "client_secret", "grant_type"]);
    let user = reading.required(form, "username").unwrap_or_default();
    let password = reading.required(form, "password").unwrap_or_default();
    reading.ask = Ask::Password(Password { user, password, short: false });
}

pub fn refusal() -> Answer {
    let words = json!({ "error": "invalid_grant", "error_description": "invalid_username_or_password" });
    Answer::json(400, &words)
}
