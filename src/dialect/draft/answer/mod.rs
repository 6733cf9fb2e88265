//! From a pasted answer to where its values stand, and to the same answer with made-up tokens.

mod envelope;
mod leaf;
mod lifetime;
mod made_up;

use serde_json::{Value, json};

use self::envelope::{success_code, usual_words};
pub(super) use self::leaf::DraftedSelector;
use self::leaf::{DraftedExpiry, Leaf};
pub(super) use self::lifetime::tells_a_time;
use super::looks::{is_jwt, looks_random, may_be_a_value};

/// Short, and nothing that anybody must hide.
pub(super) fn is_harmless_word(text: &str) -> bool {
    envelope::is_word(text, 24)
}

#[derive(Default)]
pub(super) struct DraftedAnswer {
    /// Else it is what OAuth 2.0 says.
    pub(super) was_pasted: bool,
    /// Unless it is JSON.
    pub(super) format: Option<&'static str>,
    pub(super) access_token: DraftedSelector,
    pub(super) refresh_token: Option<DraftedSelector>,
    pub(super) token_type: Option<DraftedSelector>,
    pub(super) scope: Option<DraftedSelector>,
    pub(super) access_expires: Option<DraftedExpiry>,
    pub(super) refresh_expires: Option<DraftedExpiry>,
    /// Where a success says that it is one, and how.
    pub(super) tests: Vec<(DraftedSelector, Value)>,
    pub(super) words: Vec<DraftedSelector>,
    /// With made-up tokens.
    pub(super) body: String,
    pub(super) secrets: Vec<String>,
}

/// What OAuth 2.0 says, where nobody has shown an answer.
pub(super) fn standard(rotates: bool) -> DraftedAnswer {
    let mut body = json!({ "access_token": "at-2", "token_type": "Bearer", "expires_in": 3600 });
    if rotates {
        body["refresh_token"] = "rt-2".into();
    }
    DraftedAnswer {
        access_token: DraftedSelector::at("/access_token"),
        refresh_token: rotates.then(|| DraftedSelector::at("/refresh_token")),
        token_type: Some(DraftedSelector::at("/token_type")),
        scope: Some(DraftedSelector::at("/scope")),
        access_expires: Some(DraftedExpiry {
            selector: DraftedSelector::at("/expires_in"),
            unit: "seconds",
            note: None,
        }),
        words: usual_words(),
        body: body.to_string(),
        ..DraftedAnswer::default()
    }
}

pub(super) fn of(text: &str) -> Result<DraftedAnswer, String> {
    let (format, body) = leaf::parsed(text)?;
    let mut leaves = Vec::new();
    leaf::collect(&body, &mut Vec::new(), &mut leaves);
    leaves.retain(|leaf| !leaf.path.iter().any(|name| may_be_a_value(name)));
    let access = leaf::best(&leaves, leaf::access_score)
        .ok_or("the answer contains nothing that is named like an access token")?;
    let refresh = leaf::best(&leaves, leaf::refresh_score).filter(|refresh| refresh.path != access.path);
    let named = |wanted: &[&str]| {
        let mut found =
            leaves.iter().filter(|leaf| wanted.contains(&leaf.name().as_str()) && leaf.value.is_string());
        found.next().map(Leaf::selector)
    };
    let envelope: Vec<&Leaf<'_>> = leaves
        .iter()
        .filter(|leaf| {
            let mut around = (0..access.path.len()).map(|depth| &access.path[..depth]);
            leaf.path != access.path
                && around.any(|names| leaf.is_below(names) || envelope::is_nested_below(leaf, names))
        })
        .collect();
    let tests: Vec<(DraftedSelector, Value)> =
        envelope.iter().filter_map(|leaf| Some((leaf.selector(), success_code(leaf)?))).collect();
    let mut answer = DraftedAnswer {
        was_pasted: true,
        format,
        access_token: access.selector(),
        refresh_token: refresh.map(Leaf::selector),
        token_type: named(&["tokentype"]),
        scope: named(&["scope", "scopes"]),
        access_expires: lifetime::expiry(&leaves, false, access),
        refresh_expires: refresh.and_then(|refresh| lifetime::expiry(&leaves, true, refresh)),
        words: envelope::words(&envelope, &tests),
        tests,
        body: String::new(),
        secrets: secrets(&leaves),
    };
    answer.body = answer.made_up(&body);
    Ok(answer)
}

/// Every text but those that are words, numbers or dates.
fn secrets(leaves: &[Leaf<'_>]) -> Vec<String> {
    let texts = leaves.iter().filter_map(|leaf| leaf.value.as_str());
    texts.filter(|text| looks_random(text) || is_jwt(text)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::lifetime::unit;
    use super::*;
    use crate::dialect::draft::looks::MADE_UP_JWT;

    #[test]
    fn tokens_and_expiries_are_found_by_their_names() {
        let jwt = format!("{MADE_UP_JWT}.x");
        for (body, access, refresh, expires) in [
            (
                json!({ "access_token": "a", "refresh_token": "b", "expires_in": 3600 }),
                "/access_token",
                "/refresh_token",
                ("/expires_in", "seconds"),
            ),
            (
                json!({ "access": { "token": "a", "expires": "2026-01-31T12:00:00Z" }, "refresh": { "token": "b", "expires": "2026-02-28T12:00:00Z" } }),
                "/access/token",
                "/refresh/token",
                ("/access/expires", "iso8601"),
            ),
            (
                json!({ "data": [{ "Token": "a", "RefreshToken": "b", "ExpiresIn": 7_200_000 }] }),
                "/data/0/Token",
                "/data/0/RefreshToken",
                ("/data/0/ExpiresIn", "milliseconds"),
            ),
            (
                json!({ "result": { "accessToken": "a", "refreshToken": "b", "expireTime": 1_767_229_200, "refreshExpireTime": 1_769_229_200 } }),
                "/result/accessToken",
                "/result/refreshToken",
                ("/result/expireTime", "epoch_seconds"),
            ),
            (
                json!({ "a/b": { "token": "x", "tokenType": "y", "csrfToken": "z", "validMinutes": "30" } }),
                "/a~1b/token",
                "",
                ("/a~1b/validMinutes", "minutes"),
            ),
            (
                json!({ "id_token": "i", "jwt": jwt, "refresh_token_expires_in": 5 }),
                "/jwt",
                "",
                ("/jwt", "jwt_exp"),
            ),
            (json!({ "session": { "authToken": "a" } }), "/session/authToken", "", ("", "")),
        ] {
            let found = of(&body.to_string()).unwrap_or_else(|why| panic!("{body}: {why}"));
            assert_eq!(found.access_token.at, access, "{body}");
            assert_eq!(
                found.refresh_token.map(|selector| selector.at).unwrap_or_default(),
                refresh,
                "{body}"
            );
            let expiry =
                found.access_expires.map(|expiry| (expiry.selector.at, expiry.unit)).unwrap_or_default();
            assert_eq!((expiry.0.as_str(), expiry.1), expires, "{body}");
        }
    }

    #[test]
    fn numbers_are_told_apart_by_name_and_size() {
        for (name, value, wanted) in [
            ("expiresin", json!(3600), "seconds"),
            ("expiresin", json!("86400"), "seconds"),
            ("expiresin", json!(5_184_000), "seconds"),
            ("expiresin", json!(3_600_000), "milliseconds"),
            ("expiresin", json!(1_767_225_600), "epoch_seconds"),
            ("expiresat", json!(1_767_225_600_000_u64), "epoch_milliseconds"),
            ("expiresin", json!(2_592_000_000_u64), "milliseconds"),
            ("expireminutes", json!(30), "minutes"),
            ("expires", json!("2026-01-31 12:00:00"), "iso8601"),
            ("expires", json!("Wed, 21 Oct 2026 07:28:00 GMT"), "http_date"),
            ("expires", json!("PT1H"), "duration"),
            ("expires", json!("soon"), ""),
            ("expires", json!(0), ""),
            ("expires", json!(true), ""),
        ] {
            assert_eq!(unit(name, &value).map(|unit| unit.0).unwrap_or_default(), wanted, "{name} {value}");
        }
    }

    #[test]
    fn other_forms_of_an_answer_are_known() {
        for (text, format, body) in [
            ("access_token=a&token_type=x", Some("form"), "access_token=at-2&token_type=x"),
            ("cb({\"token\":\"a\"});", Some("json_within"), "callback({\"token\":\"at-2\"});"),
            ("HTTP/1.1 200 OK\r\nA: b\r\n\r\n{\"token\":\"Bearer a\"}", None, "{\"token\":\"Bearer at-2\"}"),
        ] {
            let found = of(text).expect(text);
            assert_eq!((found.format, found.body.as_str()), (format, body), "{text}");
        }
    }

    #[test]
    fn only_what_is_read_stays_in_the_recorded_answer() {
        let found = of("{\"message\":{\"token\":\"a\",\"x\":1}}").expect("read");
        assert_eq!(found.body, "{\"message\":{\"token\":\"at-2\"}}");
        let body = json!({ "ok": true, "name": "Jane", "list": [1, { "accessToken": "a", "mail": "x" }, 3] });
        let found = of(&body.to_string()).expect("read");
        assert_eq!(found.body, json!({ "ok": true, "list": [null, { "accessToken": "at-2" }] }).to_string());
        assert_eq!(found.tests, [(DraftedSelector::at("/ok"), json!(true))].to_vec());
    }

    #[test]
    fn words_are_guessed_where_they_are_nested_too() {
        let words = |body: Value| {
            let found = of(&body.to_string()).expect("read");
            let places: Vec<String> = found.words.into_iter().map(|selector| selector.at).collect();
            (places, found.tests.into_iter().map(|(selector, _)| selector.at).collect::<Vec<_>>())
        };
        let nested = json!({ "error": { "code": 0, "message": "" }, "data": { "accessToken": "a" } });
        assert_eq!(
            words(nested),
            (vec!["/error/code".into(), "/error/message".into()], vec!["/error/code".into()])
        );
        let flat = json!({ "access_token": "a", "expires_in": 5 });
        assert_eq!(
            words(flat).0,
            ["/error", "/error_description", "/error/message", "/errors/0", "/message"]
        );
    }
}
