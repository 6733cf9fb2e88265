//! What a JWT says of itself (RFC 7519), not verified: nobody is trusted for what stands there.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::Value;

use super::reading::Expires;

pub(crate) fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?).ok()
}

/// Seconds since 1970: four hundred years on, which is no date that anybody means.
const LATEST: f64 = 12.8e9;

/// `exp`: it says when to refresh, not whom to trust.
#[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
pub(crate) fn expiry(token: &str) -> Option<Expires> {
    let claims = claims(token)?;
    let exp = claims.get("exp")?;
    let seconds = exp.as_f64().or_else(|| exp.as_str()?.parse().ok())?;
    (0.0..=LATEST).contains(&seconds).then_some(Expires::At((seconds * 1000.0) as i64))
}
