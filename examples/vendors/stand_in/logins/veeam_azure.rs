//! Veeam Backup for Microsoft Azure beyond the refresh: `Password`, `Mfa` when the first answer carries an `mfa_token`, and
//! the DELETE that is likely to end a login (its page is not there to be read).

use super::super::Options;
use super::super::fields::Fields;
use super::super::http::Request;
use super::super::reading::{Reading, Refusal};
use super::people::{Mfa, Password};
use super::{Ask, is_at};

/// The grants that are no refresh; the form has been read.
pub fn grant(reading: &mut Reading, form: &Fields) {
    if form.get("grant_type") == Some("Mfa") {
        reading.only(form, &["grant_type", "mfa_token", "mfa_code"]);
        let token = reading.required(form, "mfa_token").unwrap_or_default();
        let code = reading.required(form, "mfa_code").unwrap_or_default();
        reading.ask = Ask::Mfa(Mfa { token, code });
        return;
    }
    // Older versions write them with capitals.
    let capitals = form.get("Username").is_some() || form.get("Password").is_some();
    let [user, password] = if capitals { ["Username", "Password"] } else { ["username", "password"] };
    reading.only(form, &["grant_type", user, password, "short_lived_refresh_token"]);
    let short = match form.get("short_lived_refresh_token") {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => {
            let words = "form: short_lived_refresh_token is neither true nor false";
            reading.refuses(Refusal::Request("invalid_request"), words);
            false
        }
    };
    let user = reading.required(form, user).unwrap_or_default();
    let password = reading.required(form, password).unwrap_or_default();
    reading.ask = Ask::Password(Password { user, password, short });
}

/// `None`: not a DELETE at the token's address.
pub fn end_of_login(request: &Request, path: &str, options: &Options) -> Option<Reading> {
    is_at(request, "DELETE", path).then_some(())?;
    let mut reading = Reading::default();
    reading.arrives(request, "DELETE", &["Authorization"], options);
    reading.no_query(request);
    let shown = reading.one_header(request, "Authorization", Refusal::AccessToken).unwrap_or_default();
    match shown.strip_prefix("Bearer ") {
        Some(access) => reading.ask = Ask::End(access.to_owned()),
        None => reading.refuses(Refusal::AccessToken, "Authorization does not say Bearer"),
    }
    Some(reading)
}
