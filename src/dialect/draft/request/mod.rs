//! From a curl command to the request of a dialect: which parts it has, what authenticates
//! the client, and what a refresh presents.

mod address;
mod client;
mod parameters;
mod pasted;

use self::pasted::{Login, PastedBody};
use super::curl;
use super::named_values::NamedValues;
use super::toml_line::TomlLine;
use crate::credential::reading::RenewsWith;

#[derive(Default)]
pub(super) struct DraftedRequest {
    /// Else of an answer alone.
    pub(super) from_curl: bool,
    /// What it extends.
    pub(super) base: Option<&'static str>,
    pub(super) renews_with: RenewsWith,
    pub(super) method: String,
    /// As TOML, like every value here.
    pub(super) url: Option<TomlLine>,
    pub(super) secret_in_url: bool,
    pub(super) client_auth: Option<TomlLine>,
    pub(super) query: Vec<TomlLine>,
    pub(super) headers: Vec<TomlLine>,
    pub(super) body: DraftedBody,
    pub(super) certificate: bool,
    pub(super) left_out: Vec<String>,
    pub(super) values: NamedValues,
}

#[derive(Default)]
pub(super) enum DraftedBody {
    #[default]
    None,
    Form(Vec<TomlLine>),
    Json(Vec<TomlLine>),
    /// JSON that is no object.
    List(String),
}

pub(super) fn of(text: &str) -> Result<DraftedRequest, String> {
    let mut call = curl::read(text)?;
    if !curl::METHODS.contains(&call.method()) {
        return Err(
            "the curl command has a method that brings no answer; a dialect uses `POST`, `GET` and the like"
                .into(),
        );
    }
    pasted::leave_out_headers(&mut call);
    let (address, query) = address(&call.url);
    call.query.splice(0..0, query);
    let sent = PastedBody::of(&call)?;
    pasted::check_names(&call, &sent)?;
    let mut values = NamedValues::default();
    values.at_host(&call.url);
    let renews_with = pasted::presented(&call, &sent, &address, &mut values);
    let mut made = DraftedRequest {
        from_curl: true,
        base: pasted::base(&call, &sent),
        renews_with,
        method: call.method().to_owned(),
        certificate: call.certificate,
        left_out: std::mem::take(&mut call.left_out),
        values,
        ..DraftedRequest::default()
    };
    made.address(&address, &mut call)?;
    let login = made.login(&call)?;
    made.headers(&call)?;
    made.query = made.fields(&call.query);
    let sent = made.client_in_body(sent, &login);
    if let Login::Header(line) = login {
        made.headers.push(line);
    }
    made.body = made.body(sent)?;
    Ok(made)
}

/// Without its query, and the query.
fn address(url: &str) -> (String, Vec<(String, String)>) {
    let bare = url.split('#').next().unwrap_or(url);
    let (address, query) = bare.split_once('?').unwrap_or((bare, ""));
    (address.to_owned(), curl::pairs(query))
}

impl DraftedRequest {
    /// Of an answer alone.
    pub(super) fn plain() -> DraftedRequest {
        let mut values = NamedValues::default();
        for name in ["token_url", "client_id", "client_secret"] {
            values.bind(name, "", name == "client_secret");
        }
        DraftedRequest { base: Some("oauth2"), values, ..DraftedRequest::default() }
    }

    /// Those of a profile's own keys that the request needs.
    pub(super) fn profile_keys(&self) -> impl Iterator<Item = &'static str> {
        let all = ["base_url", "token_url", "client_id", "client_secret", "scope"];
        all.into_iter().filter(|name| self.values.has(name))
    }
}
