//! A recorded answer, and whether what is read in it is what was recorded.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::difference::Difference;
use super::reads::Reads;
use crate::base::toml_source::Fault;
use crate::credential::reading::{Reading, RefusalKind};
use crate::dialect::answer::opened::OpenedAnswer;
use crate::dialect::flow::Step;
use crate::http::message::RawAnswer;

/// An answer, and what must be read in it: `reads` or `is`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(transform = crate::testing::json_schema::reads_or_is))]
pub(crate) struct RecordedAnswer {
    /// 200 if it is not given.
    #[serde(default = "ok")]
    #[cfg_attr(test, schemars(range(min = 100, max = 599)))]
    pub(crate) status: u16,
    /// Headers of the answer.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// The body.
    #[serde(default)]
    pub(crate) body: String,
    /// A success holds this; what is not listed must not be there.
    pub(crate) reads: Option<Reads>,
    /// It is no success, but this.
    pub(crate) is: Option<Is>,
    /// With `is`: seconds.
    pub(crate) retry_after: Option<u64>,
    /// With `is`: the vendor's words as they are shown.
    words: Option<String>,
}

fn ok() -> u16 {
    200
}

/// What an answer is if it is no success.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Is {
    LoginRequired,
    ClientRejected,
    RateLimited,
    Unavailable,
    RequestRejected,
    NoAnswer,
    UnreadableAnswer,
}

impl Is {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Is::LoginRequired => "login_required",
            Is::ClientRejected => "client_rejected",
            Is::RateLimited => "rate_limited",
            Is::Unavailable => "unavailable",
            Is::RequestRejected => "request_rejected",
            Is::NoAnswer => "no_answer",
            Is::UnreadableAnswer => "unreadable_answer",
        }
    }

    /// `None`: a success.
    fn of(reading: &Reading) -> Option<Is> {
        Some(match reading {
            Reading::Granted(_) => return None,
            Reading::Refused { verdict, .. } => match verdict {
                RefusalKind::LoginRequired => Is::LoginRequired,
                RefusalKind::ClientRejected => Is::ClientRejected,
                RefusalKind::RateLimited => Is::RateLimited,
                RefusalKind::Unavailable => Is::Unavailable,
                RefusalKind::RequestRejected => Is::RequestRejected,
                RefusalKind::NoAnswer => Is::NoAnswer,
            },
            Reading::Unreadable { .. } => Is::UnreadableAnswer,
            Reading::Salvaged(..) | Reading::Unknown(_) => Is::NoAnswer,
        })
    }
}

impl RecordedAnswer {
    pub(super) fn fault(&self) -> Option<Fault> {
        if !(100..600).contains(&self.status) {
            return Some(Fault::at(&["status"], "expected a status such as `200`"));
        }
        match (&self.reads, self.is) {
            (Some(reads), None) => {
                let word = [("retry_after", self.retry_after.is_some()), ("words", self.words.is_some())];
                let word = word.into_iter().find(|(_, given)| *given);
                let word =
                    word.map(|(key, _)| Fault::at(&[key], "goes with `is`; a success has `reads` alone"));
                word.or_else(|| reads.fault().map(|fault| fault.below(&["reads"])))
            }
            (None, Some(_)) => None,
            _ => Some(Fault::at(&[], "an answer has either `reads`, of a success, or `is`, of a refusal")),
        }
    }

    /// What is read in it, beside what should be.
    pub(crate) fn compare(&self, step: &Step<'_>, raw: &RawAnswer) -> Vec<Difference> {
        let opened = step.open(raw);
        let reading = opened.reading();
        let is = Is::of(&reading);
        if is != self.is {
            let word = |is: Option<Is>| is.map_or("a success", Is::word);
            let why = if is.is_some() { format!(": {}", opened.why_not()) } else { String::new() };
            return vec![Difference::new("verdict", word(self.is), format!("{}{why}", word(is)))];
        }
        match (&self.reads, reading) {
            (Some(reads), Reading::Granted(tokens)) => reads.compare(&tokens, step.dialect, raw),
            (_, Reading::Refused { words, .. } | Reading::Unreadable { words, .. }) => {
                self.compare_refusal(&opened, raw, words.as_deref())
            }
            _ => self.compare_refusal(&opened, raw, None),
        }
    }

    fn compare_refusal(
        &self,
        opened: &OpenedAnswer<'_>,
        raw: &RawAnswer,
        words: Option<&str>,
    ) -> Vec<Difference> {
        let mut found = Vec::new();
        let header = raw.header("retry-after").and_then(|text| text.trim().parse().ok());
        let wait = header.or_else(|| opened.retry_after());
        if self.retry_after.is_some() && self.retry_after != wait {
            let shown = |wait: Option<u64>| wait.map_or("(none)".to_owned(), |wait| wait.to_string());
            found.push(Difference::new("retry_after", shown(self.retry_after), shown(wait)));
        }
        if let Some(wanted) = self.words.as_deref().filter(|wanted| Some(*wanted) != words) {
            found.push(Difference::new("words", wanted, words.unwrap_or("(none)")));
        }
        found
    }
}
