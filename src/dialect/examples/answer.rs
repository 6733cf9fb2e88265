//! A recorded answer, and whether what is read in it is what was recorded.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::request::Difference;
use crate::base::clock::millis;
use crate::base::duration::Span;
use crate::base::order::InOrder as _;
use crate::base::redact;
use crate::base::toml_source::Fault;
use crate::credential::reading::{Expires, Reading, RefusalKind, RenewsWith, Tokens};
use crate::dialect::answer::opened::OpenedAnswer;
use crate::dialect::flow::Step;
use crate::dialect::schema::{Dialect, one_or_many};
use crate::dialect::template::Values;
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
    /// Headers of the answer; one that came several times, as `Set-Cookie`, has a list of values.
    #[serde(default)]
    #[cfg_attr(
        test,
        schemars(
            with = "std::collections::BTreeMap<String, crate::testing::json_schema::OneOrMany<String>>"
        )
    )]
    headers: BTreeMap<String, HeaderValues>,
    /// The body.
    #[serde(default)]
    pub(crate) body: String,
    /// A success holds this; what is not listed must not be there.
    pub(crate) reads: Option<Reads>,
    /// With `reads`: the step that it asks for, which is not one of the login's `steps`.
    further: Option<String>,
    /// It is no success, but this.
    pub(crate) is: Option<Is>,
    /// With `is`: seconds.
    pub(crate) retry_after: Option<u64>,
    /// With `is`: the vendor's words as they are shown.
    words: Option<String>,
}

#[derive(Deserialize)]
struct HeaderValues(#[serde(deserialize_with = "one_or_many")] Vec<String>);

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
    AuthorizationPending,
    SlowDown,
    UnsupportedTokenType,
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
            Is::AuthorizationPending => "authorization_pending",
            Is::SlowDown => "slow_down",
            Is::UnsupportedTokenType => "unsupported_token_type",
        }
    }

    /// `None`: a success.
    pub(crate) fn of(reading: &Reading) -> Option<Is> {
        Some(match reading {
            Reading::Granted(_) | Reading::Further { .. } => return None,
            Reading::Refused { verdict, .. } => match verdict {
                RefusalKind::LoginRequired => Is::LoginRequired,
                RefusalKind::ClientRejected => Is::ClientRejected,
                RefusalKind::RateLimited => Is::RateLimited,
                RefusalKind::Unavailable => Is::Unavailable,
                RefusalKind::RequestRejected => Is::RequestRejected,
                RefusalKind::NoAnswer => Is::NoAnswer,
                RefusalKind::AuthorizationPending => Is::AuthorizationPending,
                RefusalKind::SlowDown => Is::SlowDown,
                RefusalKind::UnsupportedTokenType => Is::UnsupportedTokenType,
            },
            Reading::Unreadable { .. } => Is::UnreadableAnswer,
            Reading::Salvaged(..) | Reading::Unknown(_) => Is::NoAnswer,
        })
    }
}

impl RecordedAnswer {
    /// Each as often as it came.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().flat_map(|(name, all)| all.0.iter().map(|value| (name.as_str(), value.as_str())))
    }

    pub(super) fn fault(&self) -> Option<Fault> {
        if !(100..600).contains(&self.status) {
            return Some(Fault::at(&["status"], "expected a status such as `200`"));
        }
        match (&self.reads, self.is) {
            (Some(reads), None) => {
                let word = [("retry_after", self.retry_after.is_some()), ("words", self.words.is_some())];
                let word = word.into_iter().find(|(_, given)| *given);
                let word = word
                    .map(|(key, _)| Fault::at(&[key], "works only with `is`; a success has only `reads`"));
                word.or_else(|| reads.fault().map(|fault| fault.below(&["reads"])))
            }
            (None, Some(_)) => None,
            _ => Some(Fault::at(&[], "an answer has either `reads` (a success) or `is` (a refusal)")),
        }
    }

    /// What is read in it, beside what should be.
    /// `values`: what of the profile is no secret.
    pub(crate) fn compare(&self, step: &Step<'_>, raw: &RawAnswer, values: &Values) -> Vec<Difference> {
        let opened = step.open(raw);
        let reading = opened.given_out(opened.reading(), values);
        let is = Is::of(&reading);
        if is != self.is {
            let word = |is: Option<Is>| is.map_or("a success", Is::word);
            let why = if is.is_some() { format!(": {}", opened.why_not()) } else { String::new() };
            let found = Difference::new("verdict", word(self.is), format!("{}{why}", word(is)));
            return vec![Difference { is_verdict: true, ..found }];
        }
        match (&self.reads, reading) {
            (Some(reads), Reading::Granted(tokens)) => {
                let mut all = reads.compare(&tokens, step.dialect, raw);
                all.extend(self.compare_further(None));
                all
            }
            (Some(reads), Reading::Further { step: next, tokens }) => {
                let mut all = reads.compare(&tokens, step.dialect, raw);
                all.extend(self.compare_further(Some(&next)));
                all
            }
            (_, Reading::Refused { words, .. } | Reading::Unreadable { words, .. }) => {
                self.compare_refusal(&opened, raw, words.as_deref())
            }
            _ => self.compare_refusal(&opened, raw, None),
        }
    }

    fn compare_further(&self, is: Option<&str>) -> Option<Difference> {
        let wanted = self.further.as_deref();
        let word = |it: Option<&str>| it.unwrap_or("(none)").to_owned();
        (wanted != is).then(|| Difference::new("further", word(wanted), word(is)))
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
        let secrets = opened.secrets();
        let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
        let shown = |words: &str| redact::vendor_words(words, &secrets);
        let words = words.map(shown);
        if let Some(wanted) = self.words.as_deref().filter(|wanted| Some(shown(wanted)) != words) {
            found.push(Difference::new("words", wanted, words.as_deref().unwrap_or("(none)")));
        }
        found
    }
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
    /// The id token; looked at only if it is listed.
    id_token: Option<String>,
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

pub(super) const A_TIME: &str = "expected a time such as `2026-01-01T00:00:00Z`";

impl Reads {
    pub(super) fn fault(&self) -> Option<Fault> {
        let times = [("expires_at", &self.expires_at), ("refresh_expires_at", &self.refresh_expires_at)];
        let wrong = |time: &String| time.parse::<jiff::Timestamp>().is_err();
        let wrong = times.into_iter().find(|(_, time)| time.as_ref().is_some_and(wrong));
        wrong.map(|(key, _)| Fault::at(&[key], A_TIME))
    }

    /// Of a token that was made.
    pub(super) fn compare_with(&self, step: &Step<'_>, raw: &RawAnswer) -> Vec<Difference> {
        match step.open(raw).reading() {
            Reading::Granted(tokens) => self.compare(&tokens, step.dialect, raw),
            _ => vec![Difference::new("access_token", self.access_token.as_deref().unwrap_or_default(), "")],
        }
    }

    fn compare(&self, tokens: &Tokens, dialect: &Dialect, raw: &RawAnswer) -> Vec<Difference> {
        let text = |value: &Option<String>| value.as_ref().map_or(Value::Null, |text| json!(text));
        let kept: BTreeMap<&String, &str> =
            tokens.kept.iter().map(|(name, kept)| (name, kept.value.expose())).in_order();
        let given_out = tokens.put_together.as_deref().or(tokens.access_token.as_ref());
        let access = given_out.map_or(Value::Null, |token| json!(token.expose()));
        let refresh = tokens.refresh_token.as_ref().map_or(Value::Null, |token| json!(token.expose()));
        // There is only one token: to list it once is enough.
        let same_token = dialect.renews_with == RenewsWith::AccessToken && self.refresh_token.is_none();
        let renewed = if same_token { refresh.clone() } else { text(&self.refresh_token) };
        let access_end = tokens.access_expires.or(lifetime(dialect.access_lifetime, self.expires_in));
        let refresh_end =
            tokens.refresh_expires.or(lifetime(dialect.refresh_lifetime, self.refresh_expires_in));
        let id_token = tokens.id_token.as_ref().filter(|_| self.id_token.is_some());
        let id_token = id_token.map_or(Value::Null, |token| json!(token.expose()));
        let rows = [
            ("access_token", [text(&self.access_token), access]),
            ("refresh_token", [renewed, refresh]),
            ("id_token", [text(&self.id_token), id_token]),
            ("token_type", [text(&self.token_type), text(&tokens.token_type)]),
            ("scope", [text(&self.scope), text(&tokens.scope)]),
            ("account", [text(&self.account), text(&tokens.account)]),
            ("expires", expiry(self.expires_in, self.expires_at.as_deref(), access_end, raw)),
            (
                "refresh_expires",
                expiry(self.refresh_expires_in, self.refresh_expires_at.as_deref(), refresh_end, raw),
            ),
            ("kept", [json!(self.kept), json!(kept)]),
        ];
        let rows = rows.into_iter().filter(|(_, [wanted, is])| wanted != is);
        rows.map(|(what, [wanted, is])| Difference::new(what, shown(&wanted), shown(&is))).collect()
    }
}

/// As it was recorded, and as it is, in the same form.
fn expiry(seconds: Option<u64>, time: Option<&str>, is: Option<Expires>, raw: &RawAnswer) -> [Value; 2] {
    match (seconds, time, is) {
        (None, None, None) => [Value::Null, Value::Null],
        (None, Some(time), is) => [json!(time), moment(is, raw, time)],
        (seconds, _, Some(Expires::After(span))) => [json!(seconds), json!(span.as_secs())],
        (seconds, _, Some(Expires::At(ms))) => [json!(seconds), json!((ms - raw.at.wall_ms) / 1_000)],
        (seconds, _, None) => [json!(seconds), Value::Null],
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

/// In the form in which an example writes it, if it is the same as far as that is said.
fn moment(expires: Option<Expires>, raw: &RawAnswer, wanted: &str) -> Value {
    let ms = match expires {
        Some(Expires::At(ms)) => ms,
        Some(Expires::After(span)) => raw.at.wall_ms + millis(span),
        None => return Value::Null,
    };
    let fraction = wanted.split_once('.').map_or("", |(_, rest)| rest);
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count().min(3);
    let unit = [1_000, 100, 10, 1][digits];
    let same = wanted
        .parse::<jiff::Timestamp>()
        .is_ok_and(|time| time.as_millisecond().div_euclid(unit) == ms.div_euclid(unit));
    match same {
        true => json!(wanted),
        false => jiff::Timestamp::from_millisecond(ms).map_or(Value::Null, |time| json!(time.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use crate::dialect::UserDialects;
    use crate::dialect::examples;

    /// What differs from what an answer of `oauth2` is recorded to be, by name.
    fn differs(answer: &str) -> Vec<String> {
        let dialect = UserDialects::default().load("oauth2").expect("built in").expect("whole");
        let example: toml::Value =
            toml::from_str(&format!("now = '2026-01-01T00:00:00.250Z'\nanswers = [{answer}]")).expect(answer);
        let examples = examples::read(&dialect, &[example]).expect("an example");
        let (example, answer) = (&examples[0], &examples[0].answers[0]);
        let raw = example.raw(answer);
        let found = answer.compare(&example.step(&dialect), &raw, &example.plain(&dialect));
        found.into_iter().map(|difference| difference.what).collect()
    }

    #[test]
    fn words_are_compared_as_they_are_shown() {
        let answer = |words: &str| {
            format!(
                "{{ status = 400, is = 'login_required', words = '{words}', body = '{{\"error\":\"invalid_grant\",\"error_description\":\"abgelaufen, früher schon\"}}' }}"
            )
        };
        for words in ["invalid_grant: abgelaufen, fr?her schon", "invalid_grant: abgelaufen, früher schon"] {
            assert_eq!(differs(&answer(words)), Vec::<String>::new(), "{words}");
        }
        for words in ["invalid_grant: abgelaufen, fr??her schon", "invalid_grant"] {
            assert_eq!(differs(&answer(words)), ["words"], "{words}");
        }
    }

    #[test]
    fn a_moment_is_compared_as_far_as_it_is_written() {
        let answer = |time: &str| {
            format!(
                "{{ body = '{{\"access_token\":\"at\",\"expires_in\":60.5}}', reads = {{ access_token = 'at', expires_at = '{time}' }} }}"
            )
        };
        for time in [
            "2026-01-01T00:01:00Z",
            "2026-01-01T01:01:00+01:00",
            "2026-01-01T00:01:00.7Z",
            "2026-01-01T00:01:00.75Z",
            "2026-01-01T00:01:00.750Z",
            "2026-01-01T00:01:00.750000Z",
        ] {
            assert_eq!(differs(&answer(time)), Vec::<String>::new(), "{time}");
        }
        for time in ["2026-01-01T00:01:01Z", "2026-01-01T00:01:00.8Z", "2026-01-01T00:01:00.751Z"] {
            assert_eq!(differs(&answer(time)), ["expires"], "{time}");
        }
    }
}
