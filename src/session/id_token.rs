//! The OpenID token of a CI job: its runner gives one over HTTP to whoever knows the address and the token that stand in
//! the job's environment. It says which repository and which workflow runs here, and is worth as much as a password.
//!
//! The rule that matters: only a login asks for one, and no word of the answer is ever shown.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use super::demand::Invocation;
use crate::base::address::is_loopback;
use crate::base::environment;
use crate::base::error::{Code, Error, Result, config};
use crate::base::secret_text::unmarked;
use crate::base::waiting::{Waiting, What};
use crate::credential::secrets::ClientSecret;
use crate::http::client::{Again, Delivery, Door, Route};
use crate::http::message::{HttpRequest, Method, Proofs, RawAnswer, Wanted};
use crate::http::proxy::Proxy;
use crate::http::tls::Tls;
use crate::http::tries::Tries;
use crate::profile::Profile;
use crate::profile::secret_source::ID_TOKEN_BEARER;
use crate::profile::secrets::{For, Given};

/// Runners of Actions set it, and the token beside it, if the job may have an OpenID token.
const ADDRESS: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
/// A runner is near.
const PATIENCE: Duration = Duration::from_secs(30);

/// Adds what is `wanted` of them to what is given.
pub(super) fn ask(
    invocation: &Invocation<'_>,
    profile: &Profile,
    wanted: For,
    given: &mut Given,
) -> Result<()> {
    for (key, audience) in profile.id_tokens().filter(|(key, _)| profile.wants(wanted, key)) {
        let token = Runner::here().and_then(|runner| runner.token(invocation, profile, audience));
        given.insert(key.to_owned(), token.map_err(|error| named(error, profile, key))?);
    }
    Ok(())
}

/// Whether a runner is here that can be asked for them.
pub(super) fn check(profile: &Profile, wanted: For) -> Result<()> {
    for (key, _) in profile.id_tokens().filter(|(key, _)| profile.wants(wanted, key)) {
        Runner::here().map_err(|error| named(error, profile, key))?;
    }
    Ok(())
}

fn named(error: Error, profile: &Profile, key: &str) -> Error {
    let words = format!("`profiles.{}.{key}`: {}", profile.name, error.message());
    let mut named = Error::new(error.code, words);
    (named.hint, named.retry_after) = (error.hint, error.retry_after);
    named
}

/// Who gives it.
struct Runner {
    url: Url,
    bearer: Zeroizing<String>,
}

impl Runner {
    fn here() -> Result<Runner> {
        let address = variable(ADDRESS)?;
        let wrong = |why: &str| config(format!("environment variable `{ADDRESS}` {why}"));
        let url = Url::parse(&address).map_err(|_| wrong("is not an address"))?;
        let here = url.host().is_some_and(|host| is_loopback(&host));
        if url.scheme() != "https" && !(url.scheme() == "http" && here) {
            return Err(wrong("is neither https nor an address of this machine"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("has a login in it, which is not sent"));
        }
        Ok(Runner { url, bearer: variable(ID_TOKEN_BEARER)? })
    }

    fn token(&self, invocation: &Invocation<'_>, profile: &Profile, audience: &str) -> Result<ClientSecret> {
        let host = self.url.host_str().unwrap_or_default();
        invocation.out.step(&format!("asking the runner at `{host}` for an OpenID token of this job"));
        let raw = self.answer(&self.request(audience), &profile.tls, invocation.deadline)?;
        value(&raw)
    }

    fn request(&self, audience: &str) -> HttpRequest {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("audience", audience);
        let bearer = Zeroizing::new(format!("bearer {}", self.bearer.as_str()));
        let accept = ("Accept".to_owned(), Zeroizing::new("application/json".to_owned()));
        HttpRequest {
            method: Method::get(),
            url,
            headers: vec![("Authorization".to_owned(), bearer), accept],
            body: None,
            wanted: Wanted { headers: vec!["retry-after".to_owned()], body: true },
            proofs: Proofs::default(),
        }
    }

    /// It spends nothing: asked again while nobody answers. The vendor's proxy and certificates are not the runner's,
    /// whose environment knows the way; an authority of one's own may well be of both.
    fn answer(&self, request: &HttpRequest, of_vendor: &Tls, deadline: Instant) -> Result<RawAnswer> {
        let tls = Tls { ca_file: of_vendor.ca_file.clone(), ..Tls::default() };
        let mut tries = Tries::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::new(Code::Unreachable, "no time is left to ask the runner"));
            }
            let (connect, timeout) = (left.min(PATIENCE), left.min(PATIENCE));
            let route = Route { tls: &tls, proxy: &Proxy::Environment, proxy_auth: None, connect, timeout };
            let door = Door::open(&request.url, &route)?;
            let waiting = Arc::new(Waiting::begin(What::Connection, Some(deadline)));
            let connected = move || {
                waiting.turn_to(What::FreeAnswer, Instant::now().checked_add(timeout));
                Ok(None)
            };
            match door.send(request, Box::new(connected)) {
                Delivery::Answer(raw) if is_passing(&raw) && tries.again(deadline) => {}
                Delivery::Answer(raw) => return Ok(raw),
                Delivery::Nothing(_, Again::Yes) if tries.again(deadline) => {}
                Delivery::Nothing(error, _) => return Err(error),
            }
        }
    }
}

fn is_passing(raw: &RawAnswer) -> bool {
    raw.status == 0 || raw.status >= 500 || !raw.complete
}

fn variable(name: &str) -> Result<Zeroizing<String>> {
    let given = environment::text(name)
        .map_err(|_| config(format!("environment variable `{name}` is not UTF-8")))?
        .ok_or_else(|| {
            let words =
                format!("this job may not have an OpenID token: environment variable `{name}` is not set");
            config(words).hint(
                "its workflow lacks `permissions: id-token: write`, or whatever the platform calls that",
            )
        })?;
    Ok(unmarked(Zeroizing::new(given)))
}

/// `{"value": "…"}`.
fn value(raw: &RawAnswer) -> Result<ClientSecret> {
    let code = match raw.status {
        0 => Code::Unavailable,
        200..300 if !raw.complete => Code::Unavailable,
        200..300 => {
            let mut answer: Value = serde_json::from_slice(&raw.body).unwrap_or_default();
            return match answer.get_mut("value").map(Value::take) {
                Some(Value::String(token)) if !token.is_empty() => Ok(ClientSecret::new(token)),
                _ => Err(config("the runner's answer holds no OpenID token under `value`")),
            };
        }
        300..400 => Code::Refused,
        429 => Code::RateLimited,
        408 | 425 | 500.. => Code::Unavailable,
        _ => Code::Config,
    };
    let what = match raw.status {
        0 => "did not answer".to_owned(),
        300..400 => format!("answered with a redirect (status {}), which is not followed", raw.status),
        200..300 => "broke off its answer".to_owned(),
        other => format!("gives no OpenID token (status {other})"),
    };
    let mut error = Error::new(code, format!("the runner {what}"));
    error.retry_after = raw.retry_after();
    Err(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples::raw;

    #[test]
    fn the_answer_is_the_token_or_says_why_not_without_a_word_of_it() {
        assert_eq!(
            value(&raw(200, r#"{"count":9,"value":"id.tok.en"}"#)).expect("one").expose(),
            "id.tok.en"
        );
        for (status, body, code) in [
            (200, r#"{"value":""}"#, Code::Config),
            (200, r#"{"value":7}"#, Code::Config),
            (200, "[]", Code::Config),
            (200, "canary", Code::Config),
            (302, r#"{"value":"canary"}"#, Code::Refused),
            (401, "canary", Code::Config),
            (403, "canary", Code::Config),
            (429, "canary", Code::RateLimited),
            (503, "canary", Code::Unavailable),
            (0, "", Code::Unavailable),
        ] {
            let error = value(&raw(status, body)).map(|_| ()).expect_err(body);
            assert_eq!(error.code, code, "{status}");
            assert!(!error.message().contains("canary"), "{error}");
        }
        let mut cut = raw(200, r#"{"value":"canary"}"#);
        cut.complete = false;
        assert_eq!(value(&cut).map(|_| ()).expect_err("cut").code, Code::Unavailable);
    }

    #[test]
    fn the_audience_joins_whatever_the_address_asks_already() {
        for (address, whole) in [
            ("https://r.example/t?v=2", "https://r.example/t?v=2&audience=api%3A%2F%2Fa%26b"),
            ("https://r.example/t", "https://r.example/t?audience=api%3A%2F%2Fa%26b"),
        ] {
            let url = Url::parse(address).expect("an address");
            let runner = Runner { url, bearer: Zeroizing::new("b".to_owned()) };
            let request = runner.request("api://a&b");
            assert_eq!(request.url.as_str(), whole);
            assert_eq!(request.headers[0].1.as_str(), "bearer b");
        }
    }
}
