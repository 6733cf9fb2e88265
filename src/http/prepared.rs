//! A request as it goes over the wire.

use hyper::Request;
use hyper::header::{ACCEPT, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use url::{Position, Url};

use super::message::HttpRequest;
use crate::base::error::{Result, config};

pub(super) const AGENT: &str = concat!("tokcli/", env!("CARGO_PKG_VERSION"));

/// For whom an empty body is one all the same, and has a length (RFC 9110 section 8.6).
const WITH_BODY: [&str; 3] = ["POST", "PUT", "PATCH"];

pub(super) fn prepared(request: &HttpRequest) -> Result<Request<String>> {
    whole(request).ok_or_else(|| config("the request cannot be written as HTTP"))
}

fn whole(request: &HttpRequest) -> Option<Request<String>> {
    let target = &request.url[Position::BeforePath..Position::AfterQuery];
    let body = request.body.as_ref().map(|body| body.to_string()).unwrap_or_default();
    let needs_length = body.is_empty() && WITH_BODY.contains(&request.method.word());
    let mut prepared = Request::builder().method(request.method.word()).uri(target).body(body).ok()?;
    let headers = prepared.headers_mut();
    headers.insert(HOST, HeaderValue::from_str(&host(&request.url)).ok()?);
    add(headers, request)?;
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(AGENT));
    if needs_length {
        headers.entry(CONTENT_LENGTH).or_insert(HeaderValue::from_static("0"));
    }
    Some(prepared)
}

/// A `Host` of the dialect's own takes the place of ours.
fn add(headers: &mut HeaderMap, request: &HttpRequest) -> Option<()> {
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let mut value =
            HeaderValue::from_str(value).or_else(|_| HeaderValue::from_bytes(value.as_bytes())).ok()?;
        value.set_sensitive(true);
        if name == HOST {
            headers.insert(name, value);
        } else {
            headers.append(name, value);
        }
    }
    Some(())
}

/// With its port, if that is not the scheme's own.
pub(super) fn host(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    url.host_str().unwrap_or_default().to_owned() + &port
}
