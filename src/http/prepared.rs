//! A request as it goes over the wire.

use hyper::Request;
use hyper::header::{ACCEPT, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use url::{Position, Url};

use super::message::HttpRequest;
use crate::base::error::{Result, config};

pub(super) const AGENT: &str = concat!("tokcli/", env!("CARGO_PKG_VERSION"));

/// They have a length even without a body (RFC 9110 section 8.6).
const WITH_BODY: [&str; 3] = ["POST", "PUT", "PATCH"];

pub(super) fn prepared(request: &HttpRequest) -> Result<Request<String>> {
    whole(request).ok_or_else(|| config("the request cannot be written as HTTP"))
}

fn whole(request: &HttpRequest) -> Option<Request<String>> {
    let target = &request.url[Position::BeforePath..Position::AfterQuery];
    let body = request.body.as_ref().map(|body| body.to_string()).unwrap_or_default();
    let needs_length =
        body.is_empty() && (request.body.is_some() || WITH_BODY.contains(&request.method.word()));
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

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::http::message::{Method, Proofs, Wanted};

    fn request(method: &str, url: &str, headers: &[(&str, &str)], body: Option<&str>) -> HttpRequest {
        let secret = |text: &str| Zeroizing::new(text.to_owned());
        HttpRequest {
            method: serde_json::from_value::<Method>(method.into()).expect("a method"),
            url: Url::parse(url).expect("an address"),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), secret(value))).collect(),
            body: body.map(secret),
            wanted: Wanted::default(),
            proofs: Proofs::default(),
        }
    }

    fn header(request: &HttpRequest, name: &str) -> Option<String> {
        let prepared = prepared(request).expect("it can be written");
        let all: Vec<&str> =
            prepared.headers().get_all(name).iter().map(|value| value.to_str().expect("ASCII")).collect();
        (!all.is_empty()).then(|| all.join("|"))
    }

    #[test]
    fn an_empty_body_has_a_length_where_one_could_be() {
        for (method, body, wanted) in [
            ("POST", None, Some("0")),
            ("PUT", Some(""), Some("0")),
            ("PATCH", None, Some("0")),
            ("POST", Some("a=b"), None),
            ("GET", None, None),
            ("DELETE", None, None),
            ("DELETE", Some(""), Some("0")),
            ("OPTIONS", None, None),
        ] {
            let length = header(&request(method, "https://a.example/t", &[], body), "content-length");
            // That of a body is written by the client.
            assert_eq!(length.as_deref(), wanted, "{method} {body:?}");
        }
        let own = request("POST", "https://a.example/t", &[("Content-Length", "0")], None);
        assert_eq!(header(&own, "content-length").as_deref(), Some("0"), "once");
    }

    #[test]
    fn what_the_dialect_does_not_say_has_a_value_all_the_same() {
        let url = "https://a.example:8443/t/%41?q=%20&r#no";
        let bare = request("GET", url, &[], None);
        assert_eq!(header(&bare, "host").as_deref(), Some("a.example:8443"));
        assert_eq!(header(&bare, "accept").as_deref(), Some("*/*"));
        assert_eq!(header(&bare, "user-agent").as_deref(), Some(AGENT));
        assert_eq!(prepared(&bare).expect("it can be written").uri(), "/t/%41?q=%20&r");
        let own = [("Host", "b.example"), ("Accept", "text/plain"), ("X-A", "1"), ("x-a", "2")];
        let own = request("GET", "https://[2001:db8::1]/", &own, None);
        assert_eq!(header(&own, "host").as_deref(), Some("b.example"));
        assert_eq!(header(&own, "accept").as_deref(), Some("text/plain"));
        assert_eq!(header(&own, "x-a").as_deref(), Some("1|2"));
        assert!(prepared(&request("GET", url, &[("X", "a\nb")], None)).is_err(), "no header of its own");
        assert_eq!(host(&Url::parse("https://[2001:db8::1]:443/").expect("one")), "[2001:db8::1]");
    }
}
