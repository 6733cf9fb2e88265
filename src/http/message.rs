//! A request and an answer as plain data: what is sent, and what came over the wire. Both hold
//! secrets: neither has a `Debug`.

use serde::{Deserialize, Deserializer, Serialize};
use url::Url;
use zeroize::Zeroizing;

use crate::base::clock::Moment;
use crate::base::fault::said;

/// One request, ready to be sent. Headers and body hold secrets: no `Debug`.
pub(crate) struct HttpRequest {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(String, Zeroizing<String>)>,
    pub(crate) body: Option<Zeroizing<String>>,
    /// The headers of the answer that somebody will look for, in lower case.
    pub(crate) keep: Vec<String>,
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
    pub(crate) fn word(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Method {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Method, D::Error> {
        let word = String::deserialize(from)?;
        let good = (1..=20).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_uppercase());
        // These make no sense of a body, or of an answer.
        if !good || ["CONNECT", "TRACE", "HEAD"].contains(&word.as_str()) {
            return Err(said("expected a method of HTTP in capitals, such as `POST` or `GET`"));
        }
        Ok(Method(word))
    }
}

/// What came over the wire, before anybody looked into it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct RawAnswer {
    /// 0 if not even a status line came.
    pub(crate) status: u16,
    /// Only those that matter later: content type, `Retry-After`, `Date`, and those that the dialect names.
    pub(crate) headers: Vec<(String, String)>,
    #[serde(skip)]
    pub(crate) body: Vec<u8>,
    /// Whether the body came to its end.
    pub(crate) complete: bool,
    pub(crate) at: Moment,
}

impl RawAnswer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// `Retry-After`, seconds or a date (RFC 9110 section 10.2.3), in seconds from the answer, if it makes sense.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        let text = self.header("retry-after")?;
        let date = || jiff::fmt::rfc2822::parse(text).ok();
        let until = |date: jiff::Zoned| date.timestamp().as_second() - self.at.wall_ms.div_euclid(1_000);
        let seconds = text.trim().parse().ok().or_else(|| date().map(until))?;
        u64::try_from(seconds).ok().filter(|seconds| *seconds > 0)
    }
}
