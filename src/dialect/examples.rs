//! Recorded examples: what goes in, the request that must come out, and what must be
//! read in answers. They go through the request builder and the reader of the product.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::opened::Opened;
use super::flow::Step;
use super::nonces::Nonces;
use super::schema::{Dialect, REFRESH};
use super::signature::Alg;
use crate::base::clock::Moment;
use crate::base::duration::Span;
use crate::base::suggest;
use crate::base::toml_source::{self, Fault};
use crate::credential::reading::{Expires, Reading, RefusalKind, RenewsWith, Tokens};
use crate::http::message::{HttpRequest, RawAnswer};

/// A recorded request, answers to it, or both.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Example {
    /// For messages.
    pub(crate) title: Option<String>,
    /// Which step it shows.
    #[serde(default = "refresh")]
    pub(crate) exchange: String,
    /// As in profiles.toml, but for `dialect`; secrets stand in it literally, so make them up.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::Table"))]
    pub(crate) profile: toml::Table,
    /// What there is before the request.
    #[serde(default)]
    pub(crate) credential: Credential,
    /// The clock, for request and answers: `2026-01-01T00:00:00Z` if it is not given.
    now: Option<String>,
    /// What `uuid` stands for.
    uuid: Option<String>,
    /// What `random` stands for.
    random: Option<String>,
    /// What `random_digits` stands for.
    random_digits: Option<String>,
    /// The request as it must come out.
    pub(crate) request: Option<Recorded>,
    /// Answers, and what must be read in them.
    #[serde(default)]
    pub(crate) answers: Vec<Answered>,
}

fn refresh() -> String {
    REFRESH.to_owned()
}

/// A credential, made up.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Credential {
    /// The refresh token.
    #[serde(default)]
    pub(crate) refresh_token: String,
    /// The current access token.
    pub(crate) access_token: Option<String>,
    /// Kept values.
    #[serde(default)]
    pub(crate) kept: BTreeMap<String, String>,
}

/// A request as it must look.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Recorded {
    /// `POST` if it is not given.
    #[serde(default = "post")]
    method: String,
    /// With its query.
    pub(crate) url: String,
    /// Every header that the dialect makes; default ones may be left out.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The body as it must be.
    body: Option<String>,
    /// The body, where the order of members does not matter.
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::Any>"))]
    json: Option<Value>,
}

fn post() -> String {
    "POST".to_owned()
}

/// An answer, and what must be read in it: `reads` or `is`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(transform = crate::testing::json_schema::reads_or_is))]
pub(crate) struct Answered {
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

/// What a success holds; what is not listed must not be there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Reads {
    /// The access token.
    pub(crate) access_token: Option<String>,
    /// The new refresh token.
    pub(crate) refresh_token: Option<String>,
    /// The token type.
    token_type: Option<String>,
    /// The scope.
    scope: Option<String>,
    /// Who the tokens are for.
    account: Option<String>,
    /// Seconds.
    expires_in: Option<u64>,
    /// Such as `2026-01-01T00:00:00Z`.
    expires_at: Option<String>,
    /// Seconds.
    refresh_expires_in: Option<u64>,
    /// Such as `2026-01-01T00:00:00Z`.
    refresh_expires_at: Option<String>,
    /// Kept values.
    #[serde(default)]
    kept: BTreeMap<String, String>,
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
}

/// Every example of a dialect, or what is wrong with one.
pub(crate) fn read(dialect: &Dialect, recorded: &[toml::Value]) -> Result<Vec<Example>, Fault> {
    let read = |(index, value): (usize, &toml::Value)| {
        let at = index.to_string();
        let example: Example =
            toml_source::from_value(value.clone()).map_err(|fault| fault.below(&["examples", &at]))?;
        match check(dialect, &example) {
            Some(fault) => Err(fault.below(&["examples", &at])),
            None => Ok(example),
        }
    };
    recorded.iter().enumerate().map(read).collect()
}

/// What types alone cannot say of an example.
pub(super) fn check(dialect: &Dialect, example: &Example) -> Option<Fault> {
    if !dialect.exchanges.contains_key(&example.exchange) {
        let names = || dialect.exchanges.keys().map(String::as_str);
        let advice = suggest::did_you_mean(&example.exchange, names()).map_or_else(
            || format!("; there are {}", names().collect::<Vec<_>>().join(", ")),
            |close| format!(", did you mean `{close}`?"),
        );
        return Some(Fault::at(&["exchange"], &format!("there is no exchange of that name{advice}")));
    }
    if example.request.is_none() && example.answers.is_empty() {
        return Some(Fault::at(&["title"], "an example has a `request`, `answers` or both"));
    }
    if example.request.as_ref().is_some_and(|request| request.json.is_some() && request.body.is_some()) {
        return Some(Fault::at(&["request", "json"], "a request has `body` or `json`; take one away"));
    }
    if example.moment().is_none() {
        return Some(Fault::at(&["now"], A_TIME));
    }
    let answers = example.answers.iter().enumerate();
    let found = |(index, answer): (usize, &Answered)| {
        answer.fault().map(|fault| fault.below(&["answers", &index.to_string()]))
    };
    answers.filter_map(found).next()
}

const A_TIME: &str = "expected a time such as `2026-01-01T00:00:00Z`";

impl Example {
    /// The exchange that it shows, of the dialect that it was read with.
    pub(crate) fn step<'a>(&'a self, dialect: &'a Dialect) -> Step<'a> {
        match dialect.step(&self.exchange) {
            Some(step) => step,
            None => unreachable!("an example of an unknown exchange is not read"),
        }
    }

    /// The clock of the example.
    fn moment(&self) -> Option<Moment> {
        let now: jiff::Timestamp = self.now.as_deref().unwrap_or("2026-01-01T00:00:00Z").parse().ok()?;
        Some(Moment { wall_ms: now.as_millisecond(), boot_ms: 0, boot: "example".into() })
    }

    pub(crate) fn draw(&self) -> Nonces {
        let given =
            |text: &Option<String>, otherwise: &str| text.clone().unwrap_or_else(|| otherwise.to_owned());
        Nonces {
            now_ms: self.moment().map_or(0, |moment| moment.wall_ms),
            uuid: given(&self.uuid, "00000000-0000-4000-8000-000000000000"),
            random: given(&self.random, &"0123456789abcdef".repeat(4)),
            random_digits: given(&self.random_digits, "12345678901234567890123456789012"),
        }
    }

    /// A good answer with this body.
    pub(crate) fn raw_success(&self, body: &str) -> RawAnswer {
        let body = body.as_bytes().to_vec();
        let at = self.moment().unwrap_or_else(Moment::now);
        RawAnswer { status: 200, headers: Vec::new(), body, complete: true, at }
    }

    pub(crate) fn raw(&self, answer: &Answered) -> RawAnswer {
        let headers = answer.headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone()));
        RawAnswer {
            status: answer.status,
            headers: headers.collect(),
            body: answer.body.clone().into_bytes(),
            complete: true,
            at: self.moment().unwrap_or_else(Moment::now),
        }
    }
}

/// Where two things differ: what, as it must be, as it is.
pub(crate) type Difference = (String, String, String);

impl Recorded {
    pub(crate) fn compare(&self, built: &HttpRequest) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut differ = |what: &str, wanted: &str, is: &str| {
            if same(wanted, is) {
                return;
            }
            found.push((what.to_owned(), wanted.to_owned(), is.to_owned()));
        };
        differ("method", &self.method, built.method.word());
        // Upper case in the name of a host is no difference.
        let url = url::Url::parse(&self.url).map_or_else(|_| self.url.clone(), |url| url.to_string());
        differ("url", &url, built.url.as_str());
        for (name, value) in &built.headers {
            let wanted = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            match wanted {
                Some((_, wanted)) => differ(&format!("header {name}"), wanted, value),
                None if is_default(name, value, built) => {}
                None => differ(&format!("header {name}"), "(none)", value),
            }
        }
        for (name, wanted) in &self.headers {
            if !built.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                differ(&format!("header {name}"), wanted, "(none)");
            }
        }
        let body = built.body.as_ref().map(|body| body.as_str()).unwrap_or_default();
        match &self.json {
            Some(tree) if serde_json::from_str::<Value>(body).is_ok_and(|body| body == *tree) => {}
            Some(tree) => differ("body", &tree.to_string(), body),
            None => differ("body", self.body.as_deref().unwrap_or_default(), body),
        }
        found
    }
}

/// What is sent with every request of that kind.
fn is_default(name: &str, value: &str, built: &HttpRequest) -> bool {
    let json = built.body.as_ref().is_some_and(|body| body.starts_with(['{', '[']));
    match name.to_ascii_lowercase().as_str() {
        "accept" => value == "application/json",
        "content-type" => {
            value == if json { "application/json" } else { "application/x-www-form-urlencoded" }
        }
        _ => false,
    }
}

/// Word for word, but for the signatures of JWTs that are different each time.
fn same(wanted: &str, is: &str) -> bool {
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
        let alg = crate::credential::jwt::claims(&format!(".{header}."))
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

impl Answered {
    fn fault(&self) -> Option<Fault> {
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
        let (is, words, tokens) = match opened.reading() {
            Reading::Granted(tokens) => ("a success".to_owned(), None, Some(tokens)),
            Reading::Refused { verdict, words } => (verdict_word(verdict).to_owned(), words, None),
            Reading::Unreadable { words, .. } => (Is::UnreadableAnswer.word().to_owned(), words, None),
            Reading::Salvaged(..) | Reading::Unknown(_) => (Is::NoAnswer.word().to_owned(), None, None),
        };
        let wanted = self.is.map_or("a success", Is::word);
        if is != wanted {
            let why = if is == "a success" { String::new() } else { format!(": {}", opened.why_not()) };
            return vec![("verdict".into(), wanted.into(), is + &why)];
        }
        match (&self.reads, tokens) {
            (Some(reads), Some(tokens)) => reads.compare(&tokens, step.dialect, raw),
            _ => self.compare_refusal(&opened, raw, words.as_deref()),
        }
    }

    fn compare_refusal(&self, opened: &Opened<'_>, raw: &RawAnswer, words: Option<&str>) -> Vec<Difference> {
        let mut found = Vec::new();
        let header = raw.header("retry-after").and_then(|text| text.trim().parse().ok());
        let wait = header.or_else(|| opened.retry_after());
        if self.retry_after.is_some() && self.retry_after != wait {
            let shown = |wait: Option<u64>| wait.map_or("(none)".to_owned(), |wait| wait.to_string());
            found.push(("retry_after".into(), shown(self.retry_after), shown(wait)));
        }
        if let Some(wanted) = self.words.as_deref().filter(|wanted| Some(*wanted) != words) {
            found.push(("words".into(), wanted.into(), words.unwrap_or("(none)").into()));
        }
        found
    }
}

fn verdict_word(verdict: RefusalKind) -> &'static str {
    match verdict {
        RefusalKind::LoginRequired => "login_required",
        RefusalKind::ClientRejected => "client_rejected",
        RefusalKind::RateLimited => "rate_limited",
        RefusalKind::Unavailable => "unavailable",
        RefusalKind::RequestRejected => "request_rejected",
        RefusalKind::NoAnswer => "no_answer",
    }
}

impl Reads {
    fn fault(&self) -> Option<Fault> {
        let times = [("expires_at", &self.expires_at), ("refresh_expires_at", &self.refresh_expires_at)];
        let wrong = |time: &String| time.parse::<jiff::Timestamp>().is_err();
        let wrong = times.into_iter().find(|(_, time)| time.as_ref().is_some_and(wrong));
        wrong.map(|(key, _)| Fault::at(&[key], A_TIME))
    }

    fn compare(&self, tokens: &Tokens, dialect: &Dialect, raw: &RawAnswer) -> Vec<Difference> {
        let text = |value: &Option<String>| value.as_ref().map_or(Value::Null, |text| json!(text));
        let expiry =
            |seconds: Option<u64>, time: &Option<String>, is: Option<Expires>| match (seconds, time, is) {
                (None, None, None) => (Value::Null, Value::Null),
                (None, Some(time), is) => (json!(time), moment(is, raw)),
                (seconds, _, Some(Expires::After(span))) => (json!(seconds), json!(span.as_secs())),
                (seconds, _, Some(Expires::At(ms))) => (json!(seconds), json!((ms - raw.at.wall_ms) / 1_000)),
                (seconds, _, None) => (json!(seconds), Value::Null),
            };
        let kept: BTreeMap<&String, &str> =
            tokens.kept.iter().map(|(name, kept)| (name, kept.value.expose())).collect();
        let access = tokens.access_token.as_ref().map_or(Value::Null, |token| json!(token.expose()));
        let refresh = tokens.refresh_token.as_ref().map_or(Value::Null, |token| json!(token.expose()));
        let [one, other] = [
            expiry(
                self.expires_in,
                &self.expires_at,
                tokens.access_expires.or(lifetime(dialect.access_lifetime, self.expires_in)),
            ),
            expiry(
                self.refresh_expires_in,
                &self.refresh_expires_at,
                tokens.refresh_expires.or(lifetime(dialect.refresh_lifetime, self.refresh_expires_in)),
            ),
        ];
        // There is only one token: to list it once is enough.
        let same_token = dialect.renews_with == RenewsWith::AccessToken && self.refresh_token.is_none();
        let rows = [
            ("access_token", text(&self.access_token), access),
            ("refresh_token", if same_token { refresh.clone() } else { text(&self.refresh_token) }, refresh),
            ("token_type", text(&self.token_type), text(&tokens.token_type)),
            ("scope", text(&self.scope), text(&tokens.scope)),
            ("account", text(&self.account), text(&tokens.account)),
            ("expires", one.0, one.1),
            ("refresh_expires", other.0, other.1),
            ("kept", json!(self.kept), json!(kept)),
        ];
        let rows = rows.into_iter().filter(|(_, wanted, is)| wanted != is);
        rows.map(|(what, wanted, is)| (what.to_owned(), shown(&wanted), shown(&is))).collect()
    }
}

/// What stands in for an expiry that the answer does not give; an example need not speak of it.
fn lifetime(of_dialect: Option<Span>, wanted: Option<u64>) -> Option<Expires> {
    of_dialect.filter(|_| wanted.is_some()).map(|span| Expires::After(span.0))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// In the form in which examples write it.
fn moment(expires: Option<Expires>, raw: &RawAnswer) -> Value {
    let ms = match expires {
        Some(Expires::At(ms)) => ms,
        Some(Expires::After(span)) => raw.at.wall_ms + crate::base::clock::millis(span),
        None => return Value::Null,
    };
    jiff::Timestamp::from_millisecond(ms).map_or(Value::Null, |time| json!(time.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

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
