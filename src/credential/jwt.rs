//! What a JWT says of itself (RFC 7519), not verified: nobody is trusted for what stands there.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::Value;

use super::reading::Expires;

pub(crate) fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?).ok()
}

/// 2001: no token is older, and no number of milliseconds, and no life, is taken for a date.
const EARLIEST: f64 = 1e9;
/// Seconds since 1970: four hundred years on, which is no date that anybody means.
const LATEST: f64 = 12.8e9;

/// `exp`: it says when to refresh, not whom to trust. `None`: nothing is said; `Some(None)`: something that is no date,
/// such as the 0 with which some vendors say "never".
pub(crate) fn expiry(token: &str) -> Option<Option<Expires>> {
    Some(date(claims(token)?.get("exp").filter(|exp| !exp.is_null())?).map(Expires::At))
}

/// `iat`, in milliseconds since 1970: what the vendor's own clock said when it made the token.
pub(crate) fn issued(token: &str) -> Option<i64> {
    date(claims(token)?.get("iat")?)
}

/// A NumericDate; some vendors count milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
fn date(claim: &Value) -> Option<i64> {
    let number = claim.as_f64().or_else(|| claim.as_str()?.trim().parse().ok())?;
    let seconds = if number > LATEST { number / 1_000.0 } else { number };
    (EARLIEST..=LATEST).contains(&seconds).then_some((seconds * 1_000.0) as i64)
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
            (r#"{"exp":" 1767225600 "}"#, Some(1_767_225_600_000)),
            (r#"{"exp":12800000000}"#, Some(12_800_000_000_000)),
            // Milliseconds.
            (r#"{"exp":1767225600000}"#, Some(1_767_225_600_000)),
            (r#"{"exp":"1767225600250"}"#, Some(1_767_225_600_250)),
        ] {
            assert_eq!(expiry(&token(claims)), Some(wanted.map(Expires::At)), "{claims}");
        }
        for claims in [
            "0",
            "-1",
            "1",
            "3600",
            "12800000001",
            "1e400",
            "1e30",
            "\"NaN\"",
            "\"inf\"",
            "\"never\"",
            "\"\"",
            "false",
            "[1767225600]",
        ] {
            let said = if claims == "1e400" { None } else { Some(None) };
            assert_eq!(
                expiry(&token(&format!("{{\"exp\":{claims}}}"))),
                said,
                "{claims}: no date that anybody means"
            );
        }
        for claims in [r#"{"exp":null}"#, r#"{"iat":1767225600}"#, "[1767225600]", "exp"] {
            assert_eq!(expiry(&token(claims)), None, "{claims}: nothing is said");
        }
        assert_eq!(issued(&token(r#"{"iat":1767225600.5}"#)), Some(1_767_225_600_500));
        assert_eq!([r#"{"iat":0}"#, r#"{"iat":null}"#, "{}"].map(|claims| issued(&token(claims))), [None; 3]);
    }

    #[test]
    fn what_is_no_jwt_says_nothing() {
        let good = token(r#"{"exp":1767225600}"#);
        let [head, claims, _] = [0, 1, 2].map(|n| good.split('.').nth(n).expect("three parts"));
        let end = Some(Some(Expires::At(1_767_225_600_000)));
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
