//! What stands in an example as a secret is masked all the same: it may be a real one by mistake.

use url::form_urlencoded::byte_serialize;

use crate::base::redact;
use crate::dialect::examples::Example;
use crate::dialect::schema::Dialect;
use crate::http::message::HttpRequest;

/// Everything in an example that would be a secret in life, the longer first: one may be part of another.
pub(super) struct ExampleSecrets(Vec<String>);

const MASK: &str = "***";

/// Shorter ones would take other words with them.
const SHORTEST_SECRET: usize = 4;

impl ExampleSecrets {
    pub(super) fn of(dialect: &Dialect, example: &Example) -> ExampleSecrets {
        let text = |value: &toml::Value| value.as_str().map(str::to_owned);
        let params = example.profile.get("params").and_then(toml::Value::as_table);
        let secret = |name: &str| dialect.params.get(name).is_some_and(|rule| rule.secret);
        let params = params.into_iter().flatten().filter(|(name, _)| secret(name));
        let own = ["client_secret", "private_key"].iter().filter_map(|key| example.profile.get(*key));
        let mut all: Vec<String> = own.chain(params.map(|(_, value)| value)).filter_map(text).collect();
        let credential = &example.credential;
        all.push(credential.refresh_token.clone());
        all.extend(credential.access_token.clone());
        all.extend(credential.kept.values().cloned());
        for reads in example.answers.iter().filter_map(|answer| answer.reads.as_ref()) {
            all.extend([&reads.access_token, &reads.refresh_token].into_iter().flatten().cloned());
        }
        all.retain(|secret| secret.len() >= SHORTEST_SECRET);
        all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        ExampleSecrets(all)
    }

    /// What differs must be seen, so only what is a secret word for word is masked.
    pub(super) fn without(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |shown, secret| {
            let encoded: String = byte_serialize(secret.as_bytes()).collect();
            shown.replace(&encoded, MASK).replace(secret, MASK)
        })
    }

    fn masked(&self, text: &str) -> String {
        let secrets: Vec<&str> = self.0.iter().map(String::as_str).collect();
        // What is left may hold one in another encoding.
        let masked = |word| if redact::shows_any(word, &secrets) { MASK } else { word };
        self.without(text).split(' ').map(masked).collect::<Vec<_>>().join(" ")
    }

    pub(super) fn request(&self, built: &HttpRequest) -> String {
        let mut lines = format!("{} {}", built.method.word(), self.masked(built.url.as_str()));
        for (name, value) in &built.headers {
            lines += &format!("\n{name}: {}", self.masked(value));
        }
        if let Some(body) = &built.body {
            lines += &format!("\n\n{}", self.masked(body));
        }
        lines
    }
}
