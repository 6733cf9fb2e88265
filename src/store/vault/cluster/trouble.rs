//! What is said of a vault that gives no answer, or none that is of use.

use std::time::Instant;

use url::Url;

use super::{Cluster, Question, says};
use crate::base::error::{Code, Error, unavailable};
use crate::base::redact::{shows_any, vendor_words};
use crate::http::service::Reply;

impl Cluster {
    /// Whether the token is dead, or may not do what is asked. `fresh`: it was read or given a moment ago.
    pub(super) fn denied(&mut self, question: &Question<'_>, fresh: bool, until: Instant) -> Error {
        let alive = (fresh && self.can_log_in()) || {
            let look = Question { method: "GET", path: "auth/token/lookup-self".into(), body: None };
            let token = self.token.clone().unwrap_or_default();
            self.put(self.leader, &look, Some(&token), until).is_ok_and(|reply| reply.status == 200)
        };
        let name = &self.store.name;
        let path = question.path.split('?').next().unwrap_or_default();
        if alive {
            unavailable(format!("the vault of the store `{name}` does not permit {} on `{path}`", verb(question.method)))
                .hint(format!("the token's policy must allow `read`, `create` and `update` there, or `mount` under [stores.{name}] is wrong; `tokcli doctor --store {name}` prints the policy"))
        } else {
            unavailable(format!(
                "the vault of the store `{name}` refuses the token for `{path}`: it has expired, was revoked, or its policy does not allow it"
            ))
            .hint(format!("set `token` under [stores.{name}] to a valid one, or correct `mount`; `tokcli doctor --store {name}` says which policy it needs"))
        }
    }

    pub(super) fn broken(&self, why: &str) -> Error {
        unavailable(format!("the vault of the store `{}` cannot be used: {why}", self.store.name))
    }

    pub(super) fn sealed(&self) -> Error {
        Error::new(Code::StoreLocked, format!("the vault of the store `{}` is sealed", self.store.name))
            .hint("its operator must unseal it")
    }

    pub(super) fn foreign(&self, location: &str) -> Error {
        let location = if self.echoes(location) { "" } else { location };
        let named = Url::parse(location).ok().and_then(|url| Some(format!("`{}`", url.host_str()?)));
        let named = named.unwrap_or_else(|| "another address".into());
        let name = &self.store.name;
        unavailable(format!(
            "the vault of the store `{name}` forwards requests to {named}, which is not among its addresses"
        ))
        .hint(format!(
            "list the addresses of all its nodes, as they name themselves, in `address` under [stores.{name}]"
        ))
    }

    pub(super) fn failed(&self, reply: &Reply) -> Error {
        unavailable(format!(
            "the vault of the store `{}` failed ({}){}",
            self.store.name,
            reply.status,
            self.shown(&says(reply))
        ))
    }

    /// Whether it says the token that it was given.
    pub(in crate::store) fn echoes(&self, text: &str) -> bool {
        self.token.as_ref().is_some_and(|token| shows_any(text, &[token.as_str()]))
    }

    /// The vault's own words, to stand behind ours.
    pub(in crate::store::vault) fn shown(&self, words: &str) -> String {
        let told: Vec<&str> = self.told.iter().map(|told| told.as_str()).collect();
        if words.is_empty() { String::new() } else { format!(": {}", vendor_words(words, &told)) }
    }

    /// What connections say, as something about the store.
    pub(super) fn words(&self, error: Error) -> Error {
        if matches!(error.code, Code::StoreUnavailable | Code::StoreLocked | Code::Config) {
            return error;
        }
        let name = &self.store.name;
        let mut why: Vec<String> = self.nodes.iter().filter_map(|node| node.silence.clone()).collect();
        if why.is_empty() {
            why.push(error.message());
        }
        let told =
            unavailable(format!("the vault of the store `{name}` cannot be reached: {}", why.join("; ")));
        let hint = error.hint.clone();
        told.hint(hint.unwrap_or_else(|| {
            format!("see that the vault runs, and that `address` under [stores.{name}] is its address")
        }))
    }
}

fn verb(method: &str) -> &'static str {
    if method == "GET" { "reading" } else { "writing" }
}
