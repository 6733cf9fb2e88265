//! What a server said of itself when a login was begun, as it is kept beside the credential: where each request goes,
//! and who may answer. What it says later counts only once a person has confirmed it.

use serde::{Deserialize, Serialize};
use url::Url;

/// Addresses as they were checked; no secret is among them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Discovered {
    /// As the server writes it, to the letter: `iss` is compared with it (RFC 9207 section 2.4).
    pub(crate) issuer: String,
    /// What is asked for, as RFC 8707 sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) resource: Option<String>,
    pub(crate) token_endpoint: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) authorization_endpoint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) device_authorization_endpoint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) revocation_endpoint: Option<String>,
    /// How clients prove at the token endpoint who they are, in the words of RFC 8414; empty where it does not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) client_auth: Vec<String>,
    /// It is in a private network itself, and may lead to others there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) in_private: bool,
    /// Each authorization answer carries `iss`; one without it is not this server's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) iss_in_answers: bool,
}

impl Discovered {
    /// What is no longer as it was, each as half a sentence: `the token endpoint was `A` and is `B``.
    pub(crate) fn changes(&self, now: &Discovered) -> Vec<String> {
        let pairs = self.named().into_iter().zip(now.named());
        let changed = pairs.filter(|((_, before), (_, after))| before != after);
        let mut words: Vec<String> = changed
            .map(|((name, before), (_, after))| match (before, after) {
                (Some(before), Some(after)) => format!("the {name} was `{before}` and is `{after}`"),
                (Some(before), None) => format!("the {name} `{before}` is gone"),
                (None, after) => format!("the {name} `{}` is new", after.unwrap_or_default()),
            })
            .collect();
        words.extend(match (self.iss_in_answers, now.iss_in_answers) {
            (true, false) => Some("its answers no longer carry `iss`".to_owned()),
            (false, true) => Some("its answers now carry `iss`".to_owned()),
            _ => None,
        });
        words
    }

    /// Scheme, host and port of each address, in their order and each once.
    pub(crate) fn origins(&self) -> Vec<String> {
        let addresses = self.named().into_iter().skip(2).filter_map(|(_, text)| Url::parse(text?).ok());
        let mut all: Vec<String> = Vec::new();
        for origin in addresses.map(|url| url.origin().ascii_serialization()) {
            if !all.contains(&origin) {
                all.push(origin);
            }
        }
        all
    }

    fn named(&self) -> [(&'static str, Option<&str>); 6] {
        [
            ("issuer", Some(&self.issuer)),
            ("resource", self.resource.as_deref()),
            ("token endpoint", Some(&self.token_endpoint)),
            ("authorization endpoint", self.authorization_endpoint.as_deref()),
            ("device authorization endpoint", self.device_authorization_endpoint.as_deref()),
            ("revocation endpoint", self.revocation_endpoint.as_deref()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> Discovered {
        Discovered {
            issuer: "https://a.example".into(),
            token_endpoint: "https://a.example/t".into(),
            revocation_endpoint: Some("https://a.example/r".into()),
            ..Discovered::default()
        }
    }

    #[test]
    fn what_changed_is_said_in_words() {
        assert_eq!(found().changes(&found()), Vec::<String>::new());
        let now = Discovered {
            issuer: "https://b.example".into(),
            resource: Some("https://m.example/mcp".into()),
            revocation_endpoint: None,
            iss_in_answers: true,
            ..found()
        };
        assert_eq!(
            found().changes(&now),
            [
                "the issuer was `https://a.example` and is `https://b.example`",
                "the resource `https://m.example/mcp` is new",
                "the revocation endpoint `https://a.example/r` is gone",
                "its answers now carry `iss`",
            ]
        );
        assert_eq!(
            now.changes(&found()).last().map(String::as_str),
            Some("its answers no longer carry `iss`")
        );
    }

    #[test]
    fn each_origin_is_told_once() {
        let found = Discovered { authorization_endpoint: Some("https://b.example:8443/a".into()), ..found() };
        assert_eq!(found.origins(), ["https://a.example", "https://b.example:8443"]);
    }

    #[test]
    fn each_part_that_is_another_is_a_change() {
        for (name, now) in [
            ("issuer", Discovered { issuer: "x".into(), ..found() }),
            ("resource", Discovered { resource: Some("x".into()), ..found() }),
            ("token endpoint", Discovered { token_endpoint: "x".into(), ..found() }),
            ("authorization endpoint", Discovered { authorization_endpoint: Some("x".into()), ..found() }),
            (
                "device authorization endpoint",
                Discovered { device_authorization_endpoint: Some("x".into()), ..found() },
            ),
            ("revocation endpoint", Discovered { revocation_endpoint: Some("x".into()), ..found() }),
            ("its answers", Discovered { iss_in_answers: true, ..found() }),
        ] {
            let changes = found().changes(&now);
            assert!(changes.len() == 1 && changes[0].contains(name), "{name}: {changes:?}");
        }
    }

    #[test]
    fn it_is_kept_as_json_and_what_is_not_there_takes_no_room() {
        let text = serde_json::to_string(&found()).expect("JSON");
        assert_eq!(
            text,
            r#"{"issuer":"https://a.example","token_endpoint":"https://a.example/t","revocation_endpoint":"https://a.example/r"}"#
        );
        assert_eq!(serde_json::from_str::<Discovered>(&text).expect("JSON"), found());
    }
}
