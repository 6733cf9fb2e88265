//! Who is logged in, as far as an answer tells: in the vendor's own place for it, in an id token (OpenID Connect Core 2
//! and 5.1), or in an access token that is a JWT. For people to recognise a login by; nothing is decided by it.

use serde_json::Value;

use super::jwt;
use crate::base::characters::harmless_line;

/// In characters. A name is told apart by its beginning.
const LONGEST: usize = 100;

/// Claims that name a person or a client, the best known first. An email address is what people log in with; `sub` says
/// something to the vendor alone, and stands for those who have nothing else.
const CLAIMS: [&str; 9] = [
    "email",
    "preferred_username",
    "upn",
    "unique_name",
    "username",
    "name",
    "client_name",
    "sub",
    "client_id",
];

/// `account`: what stands in the vendor's own place. `None`: nothing tells.
pub(crate) fn of(account: Option<&str>, id_token: Option<&str>, tokens: AnswerTokens<'_>) -> Option<String> {
    let by_jwt = |token: &str| jwt::claims(token).and_then(|claims| claimed(&claims));
    let named = account.map(str::to_owned);
    let named = named.or_else(|| by_jwt(id_token?)).or_else(|| by_jwt(tokens.access_token?))?;
    // A token where a name belongs is none.
    let tokens = [tokens.access_token, tokens.refresh_token, id_token].into_iter().flatten();
    if tokens.filter(|token| !token.is_empty()).any(|token| named.contains(token)) {
        return None;
    }
    shown(&named)
}

/// The tokens of the same answer.
#[derive(Clone, Copy, Default)]
pub(crate) struct AnswerTokens<'a> {
    pub(crate) access_token: Option<&'a str>,
    pub(crate) refresh_token: Option<&'a str>,
}

fn claimed(claims: &Value) -> Option<String> {
    let text = |name: &&str| claims.get(*name)?.as_str().filter(|text| !text.trim().is_empty());
    CLAIMS.iter().find_map(text).map(str::to_owned)
}

/// Fit for one cell of a table.
fn shown(name: &str) -> Option<String> {
    let name = harmless_line(name.trim());
    let cut = match name.char_indices().nth(LONGEST) {
        Some(_) => name.chars().take(LONGEST - 1).chain(['…']).collect(),
        None => name,
    };
    Some(cut).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};

    use super::*;

    fn jwt(claims: &str) -> String {
        format!("e30.{}.sig", BASE64_URL_SAFE_NO_PAD.encode(claims))
    }

    fn who(account: Option<&str>, id: Option<&str>, access: &str) -> Option<String> {
        let tokens = AnswerTokens { access_token: Some(access), refresh_token: Some("rt-secret") };
        of(account, id.map(jwt).as_deref(), tokens)
    }

    #[test]
    fn the_vendors_place_comes_first_then_the_id_token_then_the_access_token() {
        let (id, access) = (r#"{"email":"id@a.example"}"#, jwt(r#"{"upn":"at@a.example"}"#));
        assert_eq!(who(Some("acme"), Some(id), &access).as_deref(), Some("acme"));
        assert_eq!(who(None, Some(id), &access).as_deref(), Some("id@a.example"));
        assert_eq!(who(None, None, &access).as_deref(), Some("at@a.example"));
        assert_eq!(who(None, Some("{}"), &access).as_deref(), Some("at@a.example"));
        for opaque in
            ["at-1", "a.b.c", "..", "", &jwt("[]"), &jwt(r#"{"exp":1}"#), &jwt(r#"{"sub":7,"name":" "}"#)]
        {
            assert_eq!(who(None, None, opaque), None, "{opaque}");
        }
    }

    #[test]
    fn of_several_claims_the_one_counts_that_people_know() {
        let all = r#"{"sub":"f3b0","name":"Jane Doe","preferred_username":"jane","email":"jane@a.example"}"#;
        assert_eq!(who(None, Some(all), "at").as_deref(), Some("jane@a.example"));
        for (claims, wanted) in [
            (r#"{"sub":"f3b0","name":"Jane Doe","preferred_username":"jane"}"#, "jane"),
            (r#"{"sub":"f3b0","name":"Jane Doe","upn":"jane@corp"}"#, "jane@corp"),
            (r#"{"sub":"f3b0","name":"Jane Doe"}"#, "Jane Doe"),
            (r#"{"sub":"f3b0","email":null}"#, "f3b0"),
        ] {
            assert_eq!(who(None, Some(claims), "at").as_deref(), Some(wanted), "{claims}");
        }
    }

    #[test]
    fn what_is_shown_commands_no_terminal_is_short_and_is_no_token() {
        assert_eq!(who(Some(" a\u{1b}[31m\nb "), None, "at").as_deref(), Some("a\\u{1b}[31m\\u{a}b"));
        let long = who(Some(&"ü".repeat(200)), None, "at").expect("somebody");
        assert_eq!((long.chars().count(), long.chars().last()), (LONGEST, Some('…')));
        assert_eq!(who(Some(&"x".repeat(100)), None, "at"), Some("x".repeat(100)));
        for echo in ["rt-secret", "is rt-secret", "at-secret"] {
            assert_eq!(who(Some(echo), None, "at-secret"), None, "{echo}");
        }
    }
}
