//! An answer as a document, and its members as what they have to be.

use serde_json::{Map, Value};
use url::Url;

use crate::base::error::{Code, Error, Result, refused};
use crate::base::redact::vendor_words;
use crate::http::message::RawAnswer;

/// What a server says of itself at one place.
pub(super) struct Document {
    pub(super) at: Url,
    pub(super) members: Map<String, Value>,
}

/// Why there is no document where one was looked for.
#[derive(Debug)]
pub(super) struct Missed {
    code: Code,
    /// What answered there, or did not.
    words: String,
    retry_after: Option<u64>,
}

impl Missed {
    fn new(code: Code, words: impl Into<String>) -> Missed {
        Missed { code, words: words.into(), retry_after: None }
    }

    /// `Err`: what came was no document of status 200.
    pub(super) fn or_document(raw: &RawAnswer, at: &Url) -> std::result::Result<Document, Missed> {
        let members = Missed::or_members(raw, &[200])?;
        Ok(Document { at: at.clone(), members })
    }

    /// The same for an answer of one of `statuses`.
    pub(super) fn or_members(
        raw: &RawAnswer,
        statuses: &[u16],
    ) -> std::result::Result<Map<String, Value>, Missed> {
        if !statuses.contains(&raw.status) {
            return Err(Missed::by_status(raw));
        }
        if raw.is_too_long() {
            return Err(Missed::new(Code::Refused, "more than 48 KiB, of which none is read"));
        }
        let text = std::str::from_utf8(&raw.body).unwrap_or_default();
        match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
            Ok(Value::Object(members)) => Ok(members),
            Ok(_) => Err(Missed::new(Code::Config, "JSON that is not an object")),
            Err(_) if !raw.complete => Err(Missed::new(Code::Unavailable, "an answer that broke off")),
            Err(_) if text.trim_start().starts_with('<') => {
                Err(Missed::new(Code::Config, "a page, not JSON"))
            }
            Err(_) => Err(Missed::new(Code::Config, "something that is not JSON")),
        }
    }

    fn by_status(raw: &RawAnswer) -> Missed {
        let words = format!("status {}", raw.status);
        let code = match raw.status {
            0 => return Missed::new(Code::Unavailable, "nothing"),
            300..400 => {
                let to = raw.header("location").map(|to| format!(" to `{}`", vendor_words(to, &[])));
                let to = to.unwrap_or_default();
                return Missed::new(Code::Refused, format!("a redirect{to}, which is not followed"));
            }
            429 => Code::RateLimited,
            408 | 425 | 500.. => Code::Unavailable,
            _ => Code::Config,
        };
        Missed { code, words, retry_after: raw.retry_after() }
    }

    /// As an error of its own.
    pub(super) fn at(&self, place: &Url) -> Error {
        let mut error = Error::new(self.code, format!("`{place}` answered with {}", self.words));
        error.retry_after = self.retry_after;
        error
    }

    /// What came is more than that nothing is there: a lie first, then what may pass.
    pub(super) fn worse_than_absent(all: &[(Url, Missed)]) -> Option<Error> {
        let of = |code| all.iter().find(move |(_, miss)| miss.code == code);
        let found = [Code::Refused, Code::RateLimited, Code::Unavailable].into_iter().find_map(of);
        found.map(|(place, miss)| miss.at(place))
    }

    /// What answered at each place, in one line.
    pub(super) fn told(all: &[(Url, Missed)]) -> String {
        let one = |(place, miss): &(Url, Missed)| format!("`{place}` answered with {}", miss.words);
        all.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

impl Document {
    /// `null` is as good as nothing.
    pub(super) fn member(&self, name: &str) -> Option<&Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    /// `None`: it is not there. `Err`: it is there and is not text.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>> {
        match self.member(name) {
            None => Ok(None),
            Some(value) => value.as_str().map(Some).ok_or_else(|| self.wrong(name, "text")),
        }
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool> {
        match self.member(name) {
            None => Ok(false),
            Some(value) => value.as_bool().ok_or_else(|| self.wrong(name, "`true` or `false`")),
        }
    }

    /// Texts in a list.
    pub(super) fn list(&self, name: &str) -> Result<Option<Vec<String>>> {
        let Some(value) = self.member(name) else { return Ok(None) };
        let texts = |all: &Vec<Value>| all.iter().map(|one| one.as_str().map(str::to_owned)).collect();
        let list: Option<Vec<String>> = value.as_array().and_then(texts);
        list.map(Some).ok_or_else(|| self.wrong(name, "a list of texts"))
    }

    fn wrong(&self, name: &str, what: &str) -> Error {
        refused(format!("`{name}` in the metadata at `{}` is not {what}", self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::message::LARGEST_ANSWER;
    use crate::testing::samples::raw;

    fn at() -> Url {
        Url::parse("https://a.example/m").expect("one")
    }

    fn missed(raw: &RawAnswer) -> String {
        match Missed::or_document(raw, &at()) {
            Ok(_) => "a document".to_owned(),
            Err(miss) => format!("{}: {}", miss.code.word(), miss.at(&at()).message()),
        }
    }

    #[test]
    fn only_an_object_of_status_200_is_a_document() {
        let says = |code, what| format!("{code}: `https://a.example/m` answered with {what}");
        for (status, body, wanted) in [
            (200, "{}", "a document".to_owned()),
            (200, "\u{feff} {\"issuer\": 1} ", "a document".to_owned()),
            (200, "[]", says("config", "JSON that is not an object")),
            (200, "\"https://a.example\"", says("config", "JSON that is not an object")),
            (200, "{", says("config", "something that is not JSON")),
            (200, "", says("config", "something that is not JSON")),
            (200, "{} {}", says("config", "something that is not JSON")),
            (200, " <!doctype html><title>x</title>", says("config", "a page, not JSON")),
            (201, "{}", says("config", "status 201")),
            (204, "", says("config", "status 204")),
            (404, "{}", says("config", "status 404")),
            (401, "{}", says("config", "status 401")),
            (302, "{}", says("refused", "a redirect, which is not followed")),
            (429, "", says("rate_limited", "status 429")),
            (500, "{}", says("unavailable", "status 500")),
            (503, "<html>", says("unavailable", "status 503")),
            (0, "", says("unavailable", "nothing")),
        ] {
            assert_eq!(missed(&raw(status, body)), wanted, "{status} {body}");
        }
        let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
        assert!(missed(&raw(200, &format!("{{\"a\":{deep}}}"))).contains("not JSON"));
    }

    #[test]
    fn a_redirect_names_where_it_leads_and_a_pause_is_told() {
        let mut answer = raw(301, "");
        answer.headers.push(("location".into(), "http://169.254.169.254/\u{1b}[2J".into()));
        assert_eq!(
            missed(&answer),
            "refused: `https://a.example/m` answered with a redirect to `http://169.254.169.254/?[2J`, which is not followed"
        );
        let mut answer = raw(503, "");
        answer.headers.push(("retry-after".into(), "7".into()));
        let miss = Missed::or_document(&answer, &at()).err().expect("a miss");
        assert_eq!(miss.at(&at()).retry_after, Some(7));
    }

    #[test]
    fn what_is_too_large_or_broke_off_is_no_document() {
        let mut large = raw(200, &format!("{{\"a\":\"{}\"}}", "x".repeat(LARGEST_ANSWER)));
        large.body.truncate(LARGEST_ANSWER);
        large.complete = false;
        assert!(missed(&large).ends_with("more than 48 KiB, of which none is read"));
        let mut cut = raw(200, "{\"a\":\"");
        cut.complete = false;
        assert_eq!(missed(&cut), "unavailable: `https://a.example/m` answered with an answer that broke off");
        // Whole, whatever its frame said.
        let mut whole = raw(200, "{}");
        whole.complete = false;
        assert_eq!(missed(&whole), "a document");
    }

    #[test]
    fn a_lie_is_told_before_what_may_pass_and_that_before_what_is_not_there() {
        let miss = |status| (at(), Missed::by_status(&raw(status, "")));
        let code = |all: &[u16]| {
            let all: Vec<_> = all.iter().map(|status| miss(*status)).collect();
            Missed::worse_than_absent(&all).map(|error| error.code)
        };
        assert_eq!(code(&[404, 503, 302]), Some(Code::Refused));
        assert_eq!(code(&[404, 503]), Some(Code::Unavailable));
        assert_eq!(code(&[503, 429]), Some(Code::RateLimited));
        assert_eq!(code(&[404, 401]), None);
    }

    #[test]
    fn members_are_what_they_have_to_be_or_named() {
        let members = r#"{"t":"x","n":null,"f":true,"s":["a","b"],"m":["a",1],"i":7,"o":{}}"#;
        let document = Document { at: at(), members: serde_json::from_str(members).expect("an object") };
        assert_eq!(document.text("t").expect("text"), Some("x"));
        assert_eq!(document.list("s").expect("a list"), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert!(document.flag("f").expect("a flag") && !document.flag("n").expect("none"));
        for name in ["n", "none"] {
            assert!(
                document.text(name).expect("none").is_none() && document.list(name).expect("none").is_none()
            );
        }
        for name in ["f", "s", "i", "o"] {
            let error = document.text(name).expect_err(name);
            let wanted = format!("`{name}` in the metadata at `https://a.example/m` is not text");
            assert_eq!((error.code, error.message()), (Code::Refused, wanted));
        }
        for name in ["t", "m", "i", "o", "f"] {
            assert!(document.list(name).is_err(), "{name}");
        }
        assert!(document.flag("t").is_err() && document.flag("i").is_err());
    }
}
