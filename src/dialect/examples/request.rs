//! A recorded request, and whether the one that was built is the same.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::credential::jwt;
use crate::dialect::request::is_default_header;
use crate::dialect::signature::Alg;
use crate::http::message::HttpRequest;

/// What stands where nothing is.
const NONE: &str = "(none)";

/// A request as it must look.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RecordedRequest {
    /// `POST` if it is not given, or `GET` of an address that a browser visits.
    pub(super) method: Option<String>,
    /// With its query.
    pub(crate) url: String,
    /// Every header that the dialect makes; default ones may be left out.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The body as it must be.
    pub(super) body: Option<String>,
    /// The body, where the order of members does not matter.
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::Any>"))]
    pub(super) json: Option<Value>,
}

impl RecordedRequest {
    pub(crate) fn compare(&self, built: &HttpRequest) -> Vec<Difference> {
        // Upper case in the name of a host is no difference.
        let url = url::Url::parse(&self.url).map_or_else(|_| self.url.clone(), |url| url.to_string());
        let mut all = vec![
            Difference::new("method", self.method.as_deref().unwrap_or("POST"), built.method.word()),
            Difference::new("url", url, built.url.as_str()),
        ];
        all.extend(self.compare_headers(built));
        all.extend(self.compare_body(built));
        all.retain(|part| !same(&part.recorded, &part.comes_out));
        all
    }

    /// `again`: the same, built once more. What is another each time, as something encrypted by a public key, may be
    /// another here, too.
    pub(crate) fn compare_with(&self, built: &HttpRequest, again: &HttpRequest) -> Vec<Difference> {
        let other = self.compare(again);
        let mut all = self.compare(built);
        all.retain(|one| {
            let other = other.iter().find(|other| other.what == one.what);
            !other.is_some_and(|other| differs_by_chance(&one.recorded, &one.comes_out, &other.comes_out))
        });
        all
    }

    fn compare_headers(&self, built: &HttpRequest) -> Vec<Difference> {
        let mut all = Vec::new();
        for (name, value) in built.shown_headers() {
            let recorded = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            if recorded.is_some() || !is_default_header(name, value, built) {
                let recorded = recorded.map_or(NONE, |(_, recorded)| recorded);
                all.push(Difference::new(format!("header {name}"), recorded, value));
            }
        }
        for (name, recorded) in &self.headers {
            if !built.shown_headers().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                all.push(Difference::new(format!("header {name}"), recorded, NONE));
            }
        }
        all
    }

    fn compare_body(&self, built: &HttpRequest) -> Option<Difference> {
        let body = built.body.as_ref().map(|body| body.as_str()).unwrap_or_default();
        match &self.json {
            Some(tree) if serde_json::from_str::<Value>(body).is_ok_and(|body| body == *tree) => None,
            Some(tree) => Some(Difference::new("body", tree.to_string(), body)),
            None => Some(Difference::new("body", self.body.as_deref().unwrap_or_default(), body)),
        }
    }
}

/// Whether a record differs from what comes out only where that is never the same.
fn differs_by_chance(recorded: &str, one: &str, other: &str) -> bool {
    let within = |c: char| c.is_ascii_alphanumeric() || "+/-_%".contains(c);
    let pieces = |text: &str| text.split_inclusive(|c| !within(c)).map(str::to_owned).collect::<Vec<_>>();
    let all = [recorded, one, other].map(pieces);
    let alike = |at: usize| {
        let [recorded, one, other] = [&all[0][at], &all[1][at], &all[2][at]];
        let ending = |piece: &str| piece.chars().next_back().filter(|c| !within(*c));
        recorded == one
            || (one != other && ending(recorded) == ending(one) && recorded.len() >= MADE_BY_CHANCE)
    };
    all.iter().all(|pieces| pieces.len() == all[0].len()) && (0..all[0].len()).all(alike)
}

/// What is encrypted is longer.
const MADE_BY_CHANCE: usize = 16;

/// Word for word, but for the signatures of JWTs that are different each time.
pub(super) fn same(wanted: &str, is: &str) -> bool {
    wanted == is || (unsigned(wanted) != wanted && unsigned(wanted) == unsigned(is))
}

fn unsigned(text: &str) -> String {
    let within = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let pieces = text.split_inclusive(|c: char| !within(c));
    let bare = |piece: &str| {
        let mut parts = piece.splitn(3, '.');
        let (Some(header), Some(claims), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
            return piece.to_owned();
        };
        let alg = jwt::claims(&format!(".{header}."))
            .and_then(|header| header.get("alg")?.as_str().map(Alg::is_random));
        let ending = piece.chars().next_back().filter(|c| !within(*c)).map(String::from);
        if alg == Some(true) {
            format!("{header}.{claims}.{}", ending.unwrap_or_default())
        } else {
            piece.to_owned()
        }
    };
    pieces.map(bare).collect()
}

/// One part of a request or an answer, as it must be and as it is.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) what: String,
    pub(crate) recorded: String,
    pub(crate) comes_out: String,
    /// It is about whether the answer is a success, or what else.
    pub(crate) is_verdict: bool,
}

impl Difference {
    pub(super) fn new(
        what: impl Into<String>,
        recorded: impl Into<String>,
        comes_out: impl Into<String>,
    ) -> Difference {
        Difference {
            what: what.into(),
            recorded: recorded.into(),
            comes_out: comes_out.into(),
            is_verdict: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encrypted_may_be_another_and_nothing_beside_it() {
        let sealed = |text: &str| text.repeat(8);
        let (one, other, recorded) = (sealed("a1"), sealed("b%2B"), sealed("c3+"));
        for (text, alike) in [
            (format!("u=1&p={recorded}%3D&v=2"), true),
            (format!("u=1&p={recorded}%3D&v=3"), false),
            (format!("u=1&p={recorded}"), false),
            ("u=1&p=short&v=2".to_owned(), false),
        ] {
            let [one, other] = [&one, &other].map(|sealed| format!("u=1&p={sealed}%3D&v=2"));
            assert_eq!(differs_by_chance(&text, &one, &other), alike, "{text}");
            assert!(!differs_by_chance(&text, &one, &one), "{text}");
        }
    }

    #[test]
    fn a_signature_that_is_different_each_time_is_not_compared_and_any_other_is() {
        let (es, rs) = ("eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ", "eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ");
        for (one, other, alike) in [
            (format!("a={es}.AAA&b=1"), format!("a={es}.zz-&b=1"), true),
            (format!("a={es}.AA_"), format!("a={es}.b"), true),
            (format!("a={es}.AAA&b=1"), format!("a={es}.zz-&b=2"), false),
            (format!("a={rs}.AAA"), format!("a={rs}.AAB"), false),
            ("a.b.c".to_owned(), "a.b.d".to_owned(), false),
        ] {
            assert_eq!(same(&one, &other), alike, "{one} {other}");
        }
    }
}
