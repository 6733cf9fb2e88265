//! Clients beside the one of the options: those that registered themselves.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::Options;
use super::super::fields::Fields;
use super::super::http::Request;

#[derive(Clone)]
pub struct Client {
    pub id: String,
    /// Empty for a public one.
    pub secret: String,
    pub method: &'static str,
    pub redirect_uris: &'static [&'static str],
}

/// The options as the client has them that this request names.
pub fn known(request: &Request, clients: &[Client], options: &Options) -> Options {
    let named = names(request);
    match clients.iter().find(|client| named.contains(&client.id)) {
        None => options.clone(),
        Some(client) => Options {
            client_id: client.id.clone(),
            client_secret: client.secret.clone(),
            oauth2_auth: client.method,
            redirect_uris: client.redirect_uris,
            ..options.clone()
        },
    }
}

/// In query, form or Basic. Ids of registered clients need no form encoding.
fn names(request: &Request) -> Vec<String> {
    let body = String::from_utf8_lossy(&request.body);
    let fields = [Fields::parse(&request.query, "query"), Fields::parse(&body, "form")];
    let mut names: Vec<String> =
        fields.iter().filter_map(|f| f.get("client_id").map(str::to_owned)).collect();
    let basic = request.header("authorization").and_then(|value| value.strip_prefix("Basic "));
    if let Some(shown) = basic.and_then(|encoded| STANDARD.decode(encoded).ok()) {
        let shown = String::from_utf8_lossy(&shown);
        names.extend(shown.split_once(':').map(|(id, _)| id.to_owned()));
    }
    names
}
