//! Pairs of names and values, which may be secrets: form-encoded, and as headers.

use std::fmt::Write as _;

use url::Url;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use crate::http::message::HttpRequest;

pub(super) type Pairs = Vec<(String, Zeroizing<String>)>;

pub(super) fn secret(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

pub(super) fn encoded(pairs: &Pairs) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    for (name, value) in pairs {
        let sign = if text.is_empty() { "" } else { "&" };
        let _ = write!(text, "{sign}{}=", byte_serialize(name.as_bytes()).collect::<String>());
        text.extend(byte_serialize(value.as_bytes()));
    }
    text
}

pub(super) fn with_query(mut url: Url, query: &Pairs) -> Url {
    if !query.is_empty() {
        let joined: Vec<&str> = url.query().into_iter().filter(|own| !own.is_empty()).collect();
        let whole = Zeroizing::new([joined.as_slice(), &[encoded(query).as_str()]].concat().join("&"));
        url.set_query(Some(&whole));
    }
    url
}

pub(super) fn add_default_headers(headers: &mut Pairs, content_type: Option<&str>) {
    let has = |headers: &Pairs, name: &str| headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    if !has(headers, "accept") {
        headers.push(("Accept".into(), secret("application/json")));
    }
    if let Some(kind) = content_type.filter(|_| !has(headers, "content-type")) {
        headers.push(("Content-Type".into(), secret(kind)));
    }
}

/// A line break in a value would be a header of its own.
pub(super) fn check_headers(headers: &Pairs) -> Result<(), String> {
    match headers.iter().find(|(_, value)| value.bytes().any(|b| b < 0x20 || b == 0x7f)) {
        Some((name, _)) => Err(format!("the value of header `{name}` holds a control character")),
        None => Ok(()),
    }
}

/// Whether a header is what is sent with every request of that kind.
pub(crate) fn is_default_header(name: &str, value: &str, built: &HttpRequest) -> bool {
    let json = built.body.as_ref().is_some_and(|body| body.starts_with(['{', '[']));
    match name.to_ascii_lowercase().as_str() {
        "accept" => value == "application/json",
        "content-type" if json => value == "application/json",
        "content-type" => value == "application/x-www-form-urlencoded",
        _ => false,
    }
}
