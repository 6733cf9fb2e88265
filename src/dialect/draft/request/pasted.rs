//! The parts of a pasted request before anything is made of them, and what they say of its purpose.

use serde_json::Value;

use crate::credential::reading::RenewsWith;
use crate::dialect::draft::curl::{self, CurlCommand, scheme};
use crate::dialect::draft::looks::may_be_a_value;
use crate::dialect::draft::meaning::{Meaning, meaning};
use crate::dialect::draft::named_values::NamedValues;
use crate::dialect::draft::public::is_public;
use crate::dialect::draft::toml_line::TomlLine;
use crate::dialect::draft::word_list::{WordList, canonical};

/// As it was pasted.
pub(super) enum PastedBody {
    Nothing,
    Form(Vec<(String, String)>),
    Json(Value),
}

/// What a login of curl becomes.
pub(super) enum Login {
    None,
    /// `client_auth` sends it.
    Registered,
    /// No registered name means it.
    Header(TomlLine),
}

impl PastedBody {
    pub(super) fn of(call: &CurlCommand) -> Result<PastedBody, String> {
        let Some(data) = call.data.as_deref().map(str::trim).filter(|data| !data.is_empty()) else {
            return Ok(PastedBody::Nothing);
        };
        let kind = call.content_type().unwrap_or_default().to_ascii_lowercase();
        let json =
            serde_json::from_str::<Value>(data).ok().filter(|json| json.is_object() || json.is_array());
        match json {
            Some(json) => return Ok(PastedBody::Json(json)),
            None if kind.contains("json") => {
                return Err(
                    "the curl command's body is not JSON, though it says so; a value without quotes?".into(),
                );
            }
            None => {}
        }
        // curl puts an `&` between all that it is given, and of nothing there is no pair.
        let is_pair = |piece: &str| piece.is_empty() || piece.contains('=');
        let is_form = (kind.is_empty() || kind.contains("form")) && data.split('&').all(is_pair);
        if !is_form || data.starts_with(['<', '{', '[']) {
            return Err("the curl command's body is neither a form nor JSON; a dialect can have it as `body`, written by hand".into());
        }
        Ok(PastedBody::Form(curl::pairs(data)))
    }

    /// A text of that name.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self {
            PastedBody::Form(pairs) => {
                pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
            }
            PastedBody::Json(json) => json.get(name).and_then(Value::as_str).map(str::to_owned),
            PastedBody::Nothing => None,
        }
    }

    pub(super) fn without(mut self, gone: &[&str]) -> PastedBody {
        match &mut self {
            PastedBody::Form(pairs) => pairs.retain(|(name, _)| !gone.contains(&name.as_str())),
            PastedBody::Json(Value::Object(members)) => {
                members.retain(|name, _| !gone.contains(&name.as_str()));
            }
            _ => {}
        }
        self
    }
}

/// What tokcli does in its own way, or no server asks for.
const OTHERS_WORK: WordList =
    WordList("connection host content-length transfer-encoding expect te proxy-connection keep-alive");

/// What browsers and their pages add, and what is there to follow a request through somebody's machines. A vendor may
/// want one of them all the same, so what is left out is told.
const NOISE: WordList = WordList(
    "user-agent referer origin dnt priority cache-control pragma upgrade-insecure-requests save-data downlink rtt ect dpr \
     device-memory viewport-width width purpose if-none-match if-modified-since range forwarded via traceparent tracestate \
     baggage b3 newrelic sentry-trace uber-trace-id request-id x-request-id request-context traceid x-traceid trace-id \
     x-trace-id correlation-id x-correlation-id x-client-data x-amzn-trace-id x-cloud-trace-context x-client-trace-id \
     x-real-ip x-cache x-purpose",
);
const NOISY_BEGINNINGS: [&str; 10] = [
    "accept-",
    "sec-",
    "x-b3-",
    "x-datadog-",
    "x-forwarded-",
    "x-newrelic-",
    "x-instana-",
    "x-sentry-",
    "cf-",
    "ot-",
];

pub(super) fn leave_out_headers(call: &mut CurlCommand) {
    let is_noise =
        |name: &str| NOISE.has(name) || NOISY_BEGINNINGS.iter().any(|start| name.starts_with(start));
    for (name, value) in std::mem::take(&mut call.headers) {
        let lower = name.to_ascii_lowercase();
        if is_noise(&lower) {
            call.leave_out(&format!("the header `{lower}`"));
        } else if !OTHERS_WORK.has(&lower) {
            call.headers.push((name, value));
        }
    }
}

/// Names are shown as they are.
pub(super) fn check_names(call: &CurlCommand, sent: &PastedBody) -> Result<(), String> {
    let mut all: Vec<&str> = call.query.iter().map(|(name, _)| name.as_str()).collect();
    match sent {
        PastedBody::Form(pairs) => all.extend(pairs.iter().map(|(name, _)| name.as_str())),
        PastedBody::Json(json) => names_of(json, &mut all),
        PastedBody::Nothing => {}
    }
    if all.iter().any(|name| name.chars().any(char::is_control)) {
        return Err("the name of a parameter contains a control character".into());
    }
    if all.iter().any(|name| may_be_a_value(name)) {
        return Err("the name of a parameter looks like a secret; is a `=` missing?".into());
    }
    let form = if let PastedBody::Form(pairs) = sent { pairs.as_slice() } else { &[] };
    let alone =
        |(name, value): &(String, String)| value.chars().all(|c| c == '=') && !is_public("", name, &[]);
    if call.query.iter().chain(form).any(alone) {
        return Err("a parameter has no value, and its name may be a secret; is a `=` missing?".into());
    }
    if call.headers.iter().any(|(name, _)| may_be_a_value(name)) {
        return Err("the name of a header looks like a secret".into());
    }
    match call.headers.iter().find(|(_, value)| value.chars().any(char::is_control)) {
        Some(_) => Err("the value of a header contains a control character".into()),
        None => Ok(()),
    }
}

fn names_of<'a>(json: &'a Value, all: &mut Vec<&'a str>) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                all.push(name);
                names_of(value, all);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names_of(item, all)),
        _ => {}
    }
}

/// Every name and value of the request.
fn items(call: &CurlCommand, sent: &PastedBody) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = call.query.clone();
    for (name, value) in &call.headers {
        all.push(match scheme(value) {
            (kind, bare)
                if kind.eq_ignore_ascii_case("bearer") && name.eq_ignore_ascii_case("authorization") =>
            {
                ("access_token".to_owned(), bare.to_owned())
            }
            (_, bare) => (name.clone(), bare.to_owned()),
        });
    }
    match sent {
        PastedBody::Form(pairs) => all.extend(pairs.iter().cloned()),
        PastedBody::Json(json) => leaves("", json, &mut all),
        PastedBody::Nothing => {}
    }
    all
}

fn leaves(name: &str, json: &Value, all: &mut Vec<(String, String)>) {
    match json {
        Value::Object(members) => members.iter().for_each(|(name, value)| leaves(name, value, all)),
        Value::Array(items) => items.iter().for_each(|item| leaves(name, item, all)),
        Value::String(text) => all.push((name.to_owned(), text.clone())),
        Value::Null | Value::Bool(_) => {}
        other => all.push((name.to_owned(), other.to_string())),
    }
}

/// Finds the secrets, and what a refresh presents.
pub(super) fn presented(
    call: &CurlCommand,
    sent: &PastedBody,
    address: &str,
    values: &mut NamedValues,
) -> RenewsWith {
    let items = items(call, sent);
    let renews_with = renewal(&items, address);
    values.token_named = renewed(&items, address).unwrap_or_else(|| TOKEN.to_owned());
    values.token_is = match renews_with {
        RenewsWith::RefreshToken => None,
        RenewsWith::AccessToken => Some(Meaning::AccessToken),
        RenewsWith::Client => Some(Meaning::Secret),
    };
    items.iter().for_each(|(name, value)| values.hide_if_secret(name, value));
    if let Some((_, password)) = call.login.as_deref().and_then(|login| login.split_once(':')) {
        values.hide(password);
    }
    renews_with
}

fn renewal(items: &[(String, String)], address: &str) -> RenewsWith {
    let has = |wanted: Meaning| items.iter().any(|(name, value)| meaning(name, value) == wanted);
    let named = |wanted: &[&str]| items.iter().find(|(name, _)| wanted.contains(&canonical(name).as_str()));
    let grant = named(&["granttype"]).map(|(_, value)| value.to_ascii_lowercase()).unwrap_or_default();
    let by_client = ["client_credentials", "password", "jwt-bearer", "authorization_code"]
        .iter()
        .any(|one| grant.contains(one))
        || named(&["password", "passwd", "pwd", "userpassword"]).is_some();
    let lone_token = renewed(items, address).is_some();
    if has(Meaning::RefreshToken) {
        RenewsWith::RefreshToken
    } else if !by_client && (has(Meaning::AccessToken) || lone_token) {
        RenewsWith::AccessToken
    } else {
        RenewsWith::Client
    }
}

/// What a parameter is called that may be the token itself, and often is.
const TOKEN: &str = "token";

/// What the only token is called that is sent to an address which says that it renews one.
fn renewed(items: &[(String, String)], address: &str) -> Option<String> {
    let address = address.to_ascii_lowercase();
    let renews = ["refresh", "renew", "extend", "rotate", "prolong", "keepalive", "keep-alive"];
    let is_token = |name: &String| {
        let other = ["csrf", "xsrf", "refresh", "device", "push"];
        name.ends_with(TOKEN) && !other.iter().any(|part| name.contains(part))
    };
    let mut names = items.iter().map(|(name, _)| canonical(name)).filter(is_token);
    let only = names.next().filter(|_| renews.iter().any(|word| address.contains(word)));
    only.filter(|_| names.next().is_none())
}

/// OAuth 2.0, as the built-in dialects have it.
pub(super) fn base(call: &CurlCommand, sent: &PastedBody) -> Option<&'static str> {
    let PastedBody::Form(pairs) = sent else { return None };
    let has = |wanted: &str| pairs.iter().any(|(name, _)| name == wanted);
    if call.method() != "POST" || !has("grant_type") {
        return None;
    }
    let of_client = !items(call, sent)
        .iter()
        .any(|(name, value)| [Meaning::RefreshToken, Meaning::AccessToken].contains(&meaning(name, value)));
    match (has("refresh_token"), of_client) {
        (true, _) => Some("oauth2"),
        (false, true) => Some("oauth2-client-credentials"),
        (false, false) => None,
    }
}
