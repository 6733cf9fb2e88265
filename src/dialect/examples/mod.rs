//! Recorded examples: what goes in, the request that must come out, and what must be
//! read in answers. They go through the request builder and the reader of the product.

mod answer;
pub(crate) mod recorded;
mod request;

use std::collections::BTreeMap;

use serde::Deserialize;
use zeroize::Zeroizing;

use self::answer::{A_TIME, Reads};
pub(crate) use self::answer::{Is, RecordedAnswer};
pub(crate) use self::request::Difference;
use self::request::RecordedRequest;
use super::flow::Step;
use super::made;
use super::nonces::Nonces;
use super::schema::{Dialect, REFRESH};
use super::template::Values;
use crate::base::clock::Moment;
use crate::base::order::InOrder as _;
use crate::base::suggest::{meant, meant_or};
use crate::base::toml_source::{self, Fault};
use crate::http::message::RawAnswer;

/// A recorded request, answers to it, or both. One of neither shows the request that comes out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Example {
    /// For messages.
    pub(crate) title: Option<String>,
    /// Which step it shows.
    #[serde(default = "refresh")]
    pub(crate) exchange: String,
    /// The login whose authorization address `request.url` shows, instead of a step.
    pub(crate) authorization: Option<String>,
    /// As in profiles.toml, but for `dialect`; secrets stand in it literally, so make them up.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::Table"))]
    pub(crate) profile: toml::Table,
    /// What there is before the request.
    #[serde(default)]
    pub(crate) credential: RecordedCredential,
    /// What a login or a revocation has beside it: `code`, `state`, `redirect_uri`, `code_verifier`, `code_challenge`,
    /// `subject_token`, `username`, `password`, `totp`, `asked.NAME`, `token`; made up if they are not given.
    #[serde(default)]
    pub(crate) given: BTreeMap<String, String>,
    /// The clock, for request and answers: `2026-01-01T00:00:00Z` if it is not given.
    now: Option<String>,
    /// What `uuid` stands for.
    uuid: Option<String>,
    /// What `random` stands for.
    random: Option<String>,
    /// What `random_digits` stands for.
    random_digits: Option<String>,
    /// The request as it must come out.
    pub(crate) request: Option<RecordedRequest>,
    /// Of an exchange that makes its token: the token, and when it expires.
    pub(crate) reads: Option<Reads>,
    /// Answers, and what must be read in them.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<RecordedAnswer>"))]
    pub(crate) answers: Vec<RecordedAnswer>,
}

fn refresh() -> String {
    REFRESH.to_owned()
}

/// A credential, made up.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RecordedCredential {
    /// The refresh token.
    #[serde(default)]
    pub(crate) refresh_token: String,
    /// The current access token.
    pub(crate) access_token: Option<String>,
    /// Kept values.
    #[serde(default)]
    pub(crate) kept: BTreeMap<String, String>,
}

/// Every example of a dialect, or what is wrong with one.
pub(crate) fn read(dialect: &Dialect, recorded: &[toml::Value]) -> Result<Vec<Example>, Fault> {
    let read = |(index, value): (usize, &toml::Value)| {
        let at = index.to_string();
        let mut example: Example =
            toml_source::from_value(value.clone()).map_err(|fault| fault.below(&["examples", &at]))?;
        if let Some(request) = example.request.as_mut().filter(|_| example.authorization.is_some()) {
            request.method.get_or_insert_with(|| "GET".to_owned());
        }
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
        let advice = meant_or(&example.exchange, names(), || {
            format!("; there are {}", names().collect::<Vec<_>>().join(", "))
        });
        return Some(Fault::at(&["exchange"], &format!("no such exchange{advice}")));
    }
    if let Some(fault) =
        example.authorization.as_ref().and_then(|grant| authorization(dialect, grant, example))
    {
        return Some(fault);
    }
    let makes = dialect.exchanges.get(&example.exchange).is_some_and(|exchange| exchange.makes.is_some());
    let makes = makes && example.authorization.is_none();
    if makes && (example.request.is_some() || !example.answers.is_empty()) {
        let words = "this exchange makes its token: an example of it has only `reads`";
        return Some(Fault::at(&["reads"], words));
    }
    if let Some(reads) = &example.reads {
        let words = "works only with an exchange that `makes` its token; an answer has its own `reads`";
        let wrong = (!makes).then(|| Fault::at(&["reads"], words));
        return wrong.or_else(|| reads.fault().map(|fault| fault.below(&["reads"])));
    }
    if example.request.as_ref().is_some_and(|request| request.json.is_some() && request.body.is_some()) {
        return Some(Fault::at(&["request", "json"], "a request has `body` or `json`; remove one"));
    }
    if example.moment().is_none() {
        return Some(Fault::at(&["now"], A_TIME));
    }
    let answers = example.answers.iter().enumerate();
    let found = |(index, answer): (usize, &RecordedAnswer)| {
        answer.fault().map(|fault| fault.below(&["answers", &index.to_string()]))
    };
    answers.filter_map(found).next()
}

/// What is wrong with an example of an address that a browser visits.
fn authorization(dialect: &Dialect, grant: &str, example: &Example) -> Option<Fault> {
    let known = dialect.logins.iter().filter(|(_, login)| login.authorization.is_some());
    if !known.clone().any(|(name, _)| name == grant) {
        let names = || known.clone().map(|(name, _)| name.as_str());
        let words = format!("no login of that name has an authorization address{}", meant(grant, names()));
        return Some(Fault::at(&["authorization"], &words));
    }
    let only = "an authorization address has a `request` with its `url`, and no answers";
    let whole = example.request.is_some() && example.answers.is_empty();
    (!whole).then(|| Fault::at(&["authorization"], only))
}

/// What a login has that an example need not speak of.
const MADE_UP: [(&str, &str); 9] = [
    ("code", "code-1"),
    ("state", "state-1"),
    ("redirect_uri", "http://127.0.0.1:8457/"),
    ("code_verifier", "verifier-1"),
    ("code_challenge", "challenge-1"),
    ("subject_token", "subject-1"),
    ("token", "rt-1"),
    ("token_type_hint", "refresh_token"),
    ("totp", "123456"),
];

impl Example {
    /// What a login or a revocation presents.
    pub(crate) fn given(&self) -> Values {
        let made_up = MADE_UP.map(|(name, value)| (name, value));
        let own = self.given.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all = made_up.into_iter().chain(own);
        all.map(|(name, value)| (name.to_owned(), Zeroizing::new(value.to_owned()))).in_order()
    }

    /// What of its profile may be a part of an access token.
    pub(crate) fn plain(&self, dialect: &Dialect) -> Values {
        let text = |value: &toml::Value| match value {
            toml::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let given = self.profile.get("params").and_then(toml::Value::as_table);
        let own = |name: &String| given.and_then(|given| given.get(name)).map(text);
        let params = dialect.params.iter().filter(|(_, rule)| !rule.secret);
        let params = params.filter_map(|(name, rule)| {
            Some((format!("params.{name}"), own(name).or_else(|| rule.default.clone())?))
        });
        let client_id = self.profile.get("client_id").map(|id| ("client_id".to_owned(), text(id)));
        params.chain(client_id).map(|(name, value)| (name, Zeroizing::new(value))).in_order()
    }

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

    pub(crate) fn nonces(&self) -> Nonces {
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
        RawAnswer { status: 200, headers: Vec::new(), body, complete: true, garbled: None, at }
    }

    /// The token that was made, and what is wrong with it. Where its signature is another each time, the recorded one stands in
    /// its place.
    pub(crate) fn compare_made(&self, step: &Step<'_>, token: &str) -> Vec<Difference> {
        let Some(reads) = &self.reads else { return Vec::new() };
        let recorded = reads.access_token.as_deref();
        let token = recorded.filter(|recorded| request::same(recorded, token)).unwrap_or(token);
        let raw = made::answer(token, self.moment().unwrap_or_else(Moment::now));
        reads.compare_with(step, &raw)
    }

    pub(crate) fn raw(&self, answer: &RecordedAnswer) -> RawAnswer {
        let headers = answer.headers().map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        RawAnswer { status: answer.status, headers, ..self.raw_success(&answer.body) }
    }
}
