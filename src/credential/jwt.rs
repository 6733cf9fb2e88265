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

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.sig", BASE64_URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn it_ends_when_its_exp_says_if_that_is_a_date_that_anybody_means() {
        for (claims, wanted) in [
            (r#"{"exp":1767225600}"#, Some(1_767_225_600_000)),
            (r#"{"exp":1767225600.25}"#, Some(1_767_225_600_250)),
            (r#"{"exp":"1767225600"}"#, Some(1_767_225_600_000)),
            (r#"{"exp":0}"#, Some(0)),
            (r#"{"exp":12800000000}"#, Some(12_800_000_000_000)),
            // Milliseconds, most likely; no date at all; a time before any token.
            (r#"{"exp":12800000001}"#, None),
            (r#"{"exp":1767225600000}"#, None),
            (r#"{"exp":1e400}"#, None),
            (r#"{"exp":-1}"#, None),
            (r#"{"exp":"NaN"}"#, None),
            (r#"{"exp":"inf"}"#, None),
            (r#"{"exp":"tomorrow"}"#, None),
            (r#"{"exp":null}"#, None),
            (r#"{"exp":[1767225600]}"#, None),
            (r#"{"iat":1767225600}"#, None),
            ("[1767225600]", None),
            ("exp", None),
        ] {
            assert_eq!(expiry(&token(claims)), wanted.map(Expires::At), "{claims}");
        }
    }

    #[test]
    fn what_is_no_jwt_says_nothing() {
        let good = token(r#"{"exp":1767225600}"#);
        let [head, claims, _] = [0, 1, 2].map(|n| good.split('.').nth(n).expect("three parts"));
        let end = Some(Expires::At(1_767_225_600_000));
        for (token, wanted) in [
            (format!("{head}.{claims}."), end),
            (format!("{head}.{claims}==.sig"), end),
            (format!("{head}.{claims}"), None),
            (claims.to_owned(), None),
            (format!("{claims}.{head}.sig"), None),
            (format!("{head}.{claims}!.sig"), None),
            (format!("{head}..sig"), None),
            (String::new(), None),
            ("..".to_owned(), None),
        ] {
            assert_eq!(expiry(&token), wanted, "{token}");
        }
    }
}
