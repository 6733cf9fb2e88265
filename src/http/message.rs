//! A request and an answer as plain data: what is sent, and what came over the wire. Both hold
//! secrets: neither has a `Debug`.

use serde::{Deserialize, Deserializer, Serialize};
use url::Url;
use zeroize::Zeroizing;

use crate::base::clock::Moment;
use crate::base::fault::said;
use crate::base::suggest::meant;

/// One request, ready to be sent. Headers and body hold secrets: no `Debug`.
pub(crate) struct HttpRequest {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(String, Zeroizing<String>)>,
    pub(crate) body: Option<Zeroizing<String>>,
    pub(crate) wanted: Wanted,
    pub(crate) proofs: Proofs,
}

/// What whoever sends the request makes when all else is known. As it stands here it is never sent.
#[derive(Default)]
pub(crate) struct Proofs {
    /// Whose password answers a server that asks for a digest (RFC 7616).
    pub(crate) digest: Option<NamedPassword>,
    /// A proof of a key goes with it (RFC 9449).
    pub(crate) dpop: bool,
}

pub(crate) struct NamedPassword {
    pub(crate) username: Zeroizing<String>,
    pub(crate) password: Zeroizing<String>,
}

impl Proofs {
    /// The headers that will be made, by what is shown of them.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let digest = self.digest.iter().map(|_| ("Authorization", "Digest ***"));
        digest.chain(self.dpop.then_some((DPOP, "***")))
    }
}

/// The header in which a proof goes.
pub(crate) const DPOP: &str = "DPoP";

impl HttpRequest {
    /// Those that stand in it, and what is shown of those that are still to be made.
    pub(crate) fn shown_headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let made = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        self.proofs.headers().chain(made)
    }
}

/// What of the answer somebody will look for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// In lower case.
    pub(crate) headers: Vec<String>,
    pub(crate) body: bool,
}

/// A method of HTTP, in capitals.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "crate::testing::json_schema::HttpMethod"))]
pub(crate) struct Method(String);

impl Default for Method {
    fn default() -> Method {
        Method("POST".into())
    }
}

impl Method {
    /// A browser's.
    pub(crate) fn get() -> Method {
        Method("GET".into())
    }

    pub(crate) fn word(&self) -> &str {
        &self.0
    }
}

const METHODS: [&str; 6] = ["POST", "GET", "PUT", "PATCH", "DELETE", "QUERY"];

impl<'de> Deserialize<'de> for Method {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Method, D::Error> {
        let word = String::deserialize(from)?;
        let good = (1..=20).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_uppercase());
        // These make no sense of a body, or of an answer.
        match word.as_str() {
            "HEAD" => {
                Err(said("the answer to a HEAD has no body that could hold a token; did you mean `GET`?"))
            }
            "CONNECT" | "TRACE" => Err(said("this method asks for no token; write `POST` or `GET`")),
            _ if good => Ok(Method(word)),
            _ => {
                let close = meant(&word, METHODS);
                Err(said(format!("expected an HTTP method in capitals, such as `POST` or `GET`{close}")))
            }
        }
    }
}

/// So much of an answer is kept, its headers included.
pub(crate) const LARGEST_ANSWER: usize = 48 << 10;

/// What came over the wire, before anybody looked into it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct RawAnswer {
    /// 0 if not even a status line came.
    pub(crate) status: u16,
    /// Only those that matter later: content type, `Retry-After`, `Date`, `Age`, and those that the dialect names.
    pub(crate) headers: Vec<(String, String)>,
    #[serde(skip)]
    pub(crate) body: Vec<u8>,
    /// Whether the body came to its end.
    pub(crate) complete: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) garbled: Option<Garbled>,
    pub(crate) at: Moment,
}

/// A body whose frame is wrong, and that did not only break off: bytes of the frame may lie within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Garbled {
    /// Its last chunk came: nothing is missing.
    Ended,
    Cut,
}

impl RawAnswer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// It is longer than there is room for: the rest was not read.
    pub(crate) fn is_too_long(&self) -> bool {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        !self.complete && self.body.len() + headers >= LARGEST_ANSWER
    }

    /// What came broke off before its body began.
    pub(crate) fn is_cut_in_its_head(&self) -> bool {
        let has = |line: &[u8]| self.body.windows(line.len()).any(|window| window == line);
        self.status == 0 && self.body.starts_with(b"HTTP/") && !has(b"\r\n\r\n") && !has(b"\n\n")
    }

    /// What the clock of whoever answered said then, in milliseconds since 1970: `Date`, and how old it is if a cache gave
    /// it (RFC 9110 section 6.6.1, RFC 9111 section 5.1). `None` if it is no date that a clock shows.
    pub(crate) fn date(&self) -> Option<i64> {
        let date = jiff::fmt::rfc2822::parse(self.header("date")?.trim()).ok()?.timestamp().as_millisecond();
        let age = self.header("age").and_then(|text| text.trim().parse::<u32>().ok()).unwrap_or(0);
        Some(date + i64::from(age) * 1_000).filter(|date| *date >= EARLIEST_DATE)
    }

    /// What time it was then to whoever answered, as far as that is known.
    pub(crate) fn vendors_ms(&self) -> i64 {
        self.date().unwrap_or(self.at.wall_ms)
    }

    /// `Retry-After`, seconds or a date (RFC 9110 section 10.2.3), in seconds from the answer, if it makes sense.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        let text = self.header("retry-after")?;
        let date = || jiff::fmt::rfc2822::parse(text).ok();
        let until = |date: jiff::Zoned| date.timestamp().as_second() - self.vendors_ms().div_euclid(1_000);
        let seconds = text.trim().parse().ok().or_else(|| date().map(until))?;
        u64::try_from(seconds).ok().filter(|seconds| *seconds > 0)
    }
}

/// 2024: a clock that shows less is not set.
const EARLIEST_DATE: i64 = 1_704_067_200_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(header: &str, value: &str) -> RawAnswer {
        // 2023-11-14T22:13:20.900Z
        let at = Moment { wall_ms: 1_700_000_000_900, boot_ms: 0, boot: String::new() };
        let headers = vec![("date".into(), "7".into()), (header.into(), value.into())];
        RawAnswer { status: 429, headers, body: Vec::new(), complete: true, garbled: None, at }
    }

    #[test]
    fn how_long_to_wait_is_said_in_seconds_or_by_a_date() {
        for (value, wanted) in [
            ("7", Some(7)),
            (" 7 ", Some(7)),
            ("007", Some(7)),
            ("9223372036854775807", Some(9_223_372_036_854_775_807)),
            ("0", None),
            ("-7", None),
            ("Tue, 14 Nov 2023 22:14:20 GMT", Some(60)),
            ("Tue, 14 Nov 2023 22:13:21 GMT", Some(1)),
            // The second of the answer itself, and one before it.
            ("Tue, 14 Nov 2023 22:13:20 GMT", None),
            ("Tue, 14 Nov 2023 22:13:19 GMT", None),
            ("Mon, 14 Nov 2023 22:14:20 GMT", None),
            ("Tue, 31 Nov 2023 22:14:20 GMT", None),
            ("", None),
            ("7.5", None),
            ("7s", None),
            ("soon", None),
            ("7, 8", None),
            ("2023-11-14T22:14:20Z", None),
        ] {
            assert_eq!(answered("retry-after", value).retry_after(), wanted, "{value}");
        }
    }

    #[test]
    fn the_vendors_clock_is_its_date_and_the_age_of_a_copy() {
        let said = |date: &str, age: &str| {
            let mut raw = answered("date", date);
            raw.headers = vec![("date".into(), date.into()), ("age".into(), age.into())];
            raw.date()
        };
        let date = "Sat, 28 Nov 2026 18:00:00 GMT";
        assert_eq!(said(date, ""), Some(1_795_888_800_000));
        assert_eq!(said(date, "3600"), Some(1_795_892_400_000));
        assert_eq!((said(date, "-5"), said(date, "soon")), (said(date, ""), said(date, "")));
        for date in ["", "7", "today", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 28 Nov 2026 18:00:00 GMT"] {
            assert_eq!(said(date, "60"), None, "{date}");
        }
    }

    #[test]
    fn a_date_to_wait_for_is_the_vendors_too() {
        let waits = |clock: &str| {
            let mut raw = answered("retry-after", "Sat, 28 Nov 2026 18:01:00 GMT");
            raw.headers.retain(|(name, _)| name != "date");
            raw.headers.push(("date".into(), clock.into()));
            // An hour behind.
            raw.at.wall_ms = 1_795_885_200_000;
            raw.retry_after()
        };
        assert_eq!(waits("Sat, 28 Nov 2026 18:00:00 GMT"), Some(60));
        assert_eq!(waits("today"), Some(3_660), "nobody tells");
    }

    #[test]
    fn a_header_is_found_by_its_name_in_any_case_and_the_first_one_counts() {
        let mut raw = answered("Retry-After", "7");
        raw.headers.push(("retry-after".into(), "8".into()));
        assert_eq!((raw.retry_after(), raw.header("RETRY-AFTER")), (Some(7), Some("7")));
        assert_eq!(answered("x-retry-after", "7").retry_after(), None);
    }

    #[test]
    fn a_method_is_one_of_http_that_has_a_body_and_an_answer() {
        let read = |word: &str| serde_json::from_value::<Method>(word.into()).map(|method| method.0).ok();
        for word in ["GET", "POST", "PATCH", "ABCDEFGHIJKLMNOPQRST"] {
            assert_eq!(read(word).as_deref(), Some(word));
        }
        for word in ["", "get", "PO ST", "POST1", "ABCDEFGHIJKLMNOPQRSTU", "CONNECT", "TRACE", "HEAD"] {
            assert_eq!(read(word), None, "{word}");
        }
    }
}
