//! CC-iSales, the login of the CTI-OBS: JSON with `user` and `passwd`, and nobody has to show a token yet.

use serde_json::Value;

use super::super::Options;
use super::super::http::Request;
use super::super::reading::{Reading, Refusal};
use super::Ask;
use super::people::Password;

/// `None`: this is the refresh, or nothing of ours.
pub fn read(request: &Request, options: &Options) -> Option<Reading> {
    (request.path == "/rest/isales/v1/openapi/obs/auth/login").then_some(())?;
    let mut reading = Reading::default();
    reading.arrives(request, "POST", &[], options);
    reading.no_query(request);
    reading.no_header(request, "Authorization");
    reading.no_header(request, "Authentication");
    reading.accepts_json(request);
    reading.content_type(request, "application/json");
    let body = serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
    let names: Vec<&String> = body.as_object().into_iter().flat_map(serde_json::Map::keys).collect();
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    match (text("user"), text("passwd")) {
        (Some(user), Some(password)) if names.len() == 2 => {
            reading.ask = Ask::Password(Password { user, password, short: false });
        }
        _ => {
            reading
                .refuses(Refusal::Request("invalid_request"), "JSON: not just user and passwd, both strings");
        }
    }
    Some(reading)
}
