//! What `--json` prints, as `docs/reference.md` promises it: members are added, never changed. Only
//! the object of an issued token holds one.

use serde_json::{Value, json};

use crate::base::clock::{Moment, rfc3339};
use crate::base::error::Error;
use crate::credential::issued::Issued;

/// The `error` member of every JSON failure, also of a line of `refresh --all`.
pub(crate) fn error_member(profile: Option<&str>, error: &Error) -> Value {
    let mut object = json!({
        "code": error.code.word(),
        "exit": error.code.exit(),
        "profile": profile,
        "message": error.message(),
        "hint": error.hint,
        "retry_after": error.retry_after,
    });
    if let Some(sealed) = &error.sealed {
        object["sealed"] = json!(sealed);
    }
    object
}

pub(super) fn error_object(profile: Option<&str>, error: &Error) -> Value {
    json!({ "version": 1, "error": error_member(profile, error) })
}

pub(super) fn issued_object(profile: &str, issued: &Issued, warnings: Vec<String>) -> Value {
    let access = &issued.access;
    let at = access.expires_at();
    let left = access.expires_at().and(access.remaining(&Moment::now())).map(|ms| ms / 1_000);
    let kind = access.token_type.as_deref().unwrap_or("Bearer");
    let mut object = json!({
        "version": 1,
        "profile": profile,
        "access_token": access.token.expose(),
        // RFC 6749 section 5.1: the value is case insensitive.
        "token_type": if kind.eq_ignore_ascii_case("bearer") { "Bearer" } else { kind },
        "expires_at": at.and_then(rfc3339),
        "expires_at_unix": at,
        "expires_in": at.map(|_| left.unwrap_or(0)),
        "scope": access.scope,
        "refreshed": issued.refreshed,
        "warnings": warnings,
    });
    if !access.extra.is_empty() {
        object["extra"] = json!(access.extra);
    }
    object
}
