//! The headers of a request: those that the dialect writes, those that go without saying, and what none may hold.

use super::settings::{Pairs, secret};

pub(super) fn add_default(headers: &mut Pairs, content_type: Option<&str>) {
    let has = |headers: &Pairs, name: &str| headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    if !has(headers, "accept") {
        headers.push(("Accept".into(), secret("application/json")));
    }
    if let Some(kind) = content_type.filter(|_| !has(headers, "content-type")) {
        headers.push(("Content-Type".into(), secret(kind)));
    }
}

/// A line break in a value would be a header of its own.
pub(super) fn check(headers: &Pairs) -> Result<(), String> {
    match headers.iter().find(|(_, value)| value.bytes().any(|b| b < 0x20 || b == 0x7f)) {
        Some((name, _)) => Err(format!("the value of header `{name}` holds a control character")),
        None => Ok(()),
    }
}
