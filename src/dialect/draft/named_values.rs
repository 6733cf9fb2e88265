//! The values of a pasted request, each given a name that templates can use. The values
//! themselves stay here: only to know them again, and to see that none of them is shown.

use zeroize::Zeroizing;

use super::looks::{Epoch, epoch, is_uuid, looks_random, placeholder};
use super::meaning::{Meaning, meaning};
use super::public::{announces_an_identifier, is_public, is_public_part, is_route};
use super::word_list::canonical;

/// One value and what it is called.
struct NamedValue {
    /// `refresh_token`, `params.tenant`
    name: String,
    value: Zeroizing<String>,
    secret: bool,
    /// It stands in an address, so not every letter will do.
    in_host: bool,
    number: bool,
}

#[derive(Default)]
pub(super) struct NamedValues {
    bound: Vec<NamedValue>,
    /// Every secret of what was pasted, found before anything is written.
    secrets: Vec<Zeroizing<String>>,
    /// The words of the request's host, which everybody sees.
    host: Vec<String>,
    /// What a lone `token` and a `Bearer` are.
    pub(super) token_is: Option<Meaning>,
    /// What the token is called there.
    pub(super) token_named: String,
}

/// The text of a template that stands for a value, and what was guessed.
pub(super) struct Guess {
    pub(super) text: String,
    pub(super) note: Option<&'static str>,
}

fn guess(text: impl Into<String>, note: Option<&'static str>) -> Guess {
    Guess { text: text.into(), note }
}

/// Shorter ones stand in many a word by chance.
const TELLING: usize = 6;

impl NamedValues {
    /// A secret that must show nowhere, also not in another value.
    pub(super) fn hide(&mut self, secret: &str) {
        if secret.len() >= TELLING && placeholder(secret).is_none() {
            self.secrets.push(secret.to_owned().into());
        }
    }

    pub(super) fn hide_if_secret(&mut self, name: &str, value: &str) {
        let telling = [Meaning::RefreshToken, Meaning::AccessToken, Meaning::ClientSecret, Meaning::Secret];
        if telling.contains(&self.meaning(name, value)) {
            self.hide(value);
        }
    }

    fn holds_secret(&self, text: &str) -> bool {
        self.secrets.iter().any(|secret| text.contains(secret.as_str()))
    }

    /// One that shows in `text`, though it is no word of ours.
    pub(super) fn shows_in(&self, text: &str) -> bool {
        let is_word = |secret: &str| !secret.bytes().any(|b| b.is_ascii_digit()) || secret.len() < 8;
        let bound = self.bound.iter().filter(|bound| bound.secret).map(|bound| bound.value.as_str());
        let all = self.secrets.iter().map(|secret| secret.as_str()).chain(bound);
        all.into_iter().any(|secret| !is_word(secret) && text.contains(secret))
    }

    pub(super) fn meaning(&self, name: &str, value: &str) -> Meaning {
        match meaning(name, value) {
            Meaning::Secret if canonical(name) == self.token_named => {
                self.token_is.unwrap_or(Meaning::Secret)
            }
            Meaning::AccessToken if self.token_is == Some(Meaning::Secret) => Meaning::Secret,
            Meaning::Plain | Meaning::Own if self.holds_secret(value) => Meaning::Secret,
            // A short password looks like any word.
            Meaning::Plain if !is_public(name, value, &self.host) => {
                if is_uuid(value) {
                    Meaning::Own
                } else {
                    Meaning::Secret
                }
            }
            known => known,
        }
    }

    /// The same of a part of a path. What is not known there is rather a user's own than a secret.
    pub(super) fn meaning_in_path(&self, part: &str, above: &str) -> Meaning {
        let route = || !announces_an_identifier(above) && is_route(part) && !self.holds_secret(part);
        match meaning("", part) {
            Meaning::Plain if is_public_part(part, &self.host) || route() => Meaning::Plain,
            Meaning::Plain | Meaning::Own if !self.holds_secret(part) => Meaning::Own,
            _ => Meaning::Secret,
        }
    }

    pub(super) fn at_host(&mut self, address: &str) {
        let host = address.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or(rest));
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        let labels = host.split([':', '.']).filter(|label| label.len() > 1 && !looks_random(label));
        self.host = labels.map(str::to_ascii_lowercase).collect();
    }

    /// How a value is written in a dialect.
    pub(super) fn write(&mut self, name: &str, value: &str) -> Guess {
        match self.meaning(name, value) {
            Meaning::RefreshToken => self.fixed("refresh_token", name, value, true),
            Meaning::AccessToken => self.fixed("access_token", name, value, true),
            Meaning::ClientId => self.fixed("client_id", name, value, false),
            Meaning::ClientSecret => self.fixed("client_secret", name, value, true),
            Meaning::Scope if value.trim().is_empty() => guess("", None),
            Meaning::Scope => self.fixed("scope", name, value, false),
            Meaning::Time if epoch(value) == Some(Epoch::Milliseconds) => {
                guess("{{ now_ms }}", Some("guessed: the time of the request in milliseconds"))
            }
            Meaning::Time => guess("{{ now }}", Some("guessed: the time of the request in seconds")),
            Meaning::Nonce => nonce(value),
            Meaning::Secret => self.secret(name, value),
            Meaning::Own => {
                let name =
                    placeholder(value).filter(|_| !looks_random(value)).unwrap_or_else(|| name.to_owned());
                let text = self.param(&name, value, false);
                guess(braces(&text), Some("guessed: each profile has its own"))
            }
            Meaning::Plain => guess(literal(value), None),
        }
    }

    fn secret(&mut self, name: &str, value: &str) -> Guess {
        if value.is_empty() {
            return guess("", None);
        }
        let name_says =
            ["sign", "signature", "xsign", "xsignature", "mac", "hash"].contains(&canonical(name).as_str());
        let note = if name_says {
            "a signature? Write how it is made; `man tokcli-dialects` has filters for it"
        } else if meaning(name, "") == Meaning::Plain {
            "guessed: nothing says what it is, so it may be a secret"
        } else {
            "guessed: a secret"
        };
        let text = self.param(name, value, true);
        guess(braces(&text), Some(note))
    }

    /// One of the names that every dialect has; a second value for it becomes a param.
    fn fixed(&mut self, name: &str, written_name: &str, value: &str, secret: bool) -> Guess {
        let taken = self.bound.iter().find(|bound| bound.name == name);
        if taken.is_some_and(|bound| bound.value.as_str() != value) {
            let text = self.param(written_name, value, true);
            return guess(braces(&text), Some("guessed: a secret"));
        }
        self.bind(name, value, secret);
        guess(braces(name), None)
    }

    /// For what is sent by `client_auth`.
    pub(super) fn bind(&mut self, name: &str, value: &str, secret: bool) {
        if !self.bound.iter().any(|bound| bound.name == name) {
            let value = value.to_owned().into();
            self.bound.push(NamedValue {
                name: name.to_owned(),
                value,
                secret,
                in_host: false,
                number: false,
            });
        }
    }

    /// `params.NAME`, of a name that is still free.
    pub(super) fn param(&mut self, name: &str, value: &str, secret: bool) -> String {
        let stem = identifier(name);
        for count in 1.. {
            let name = if count == 1 { format!("params.{stem}") } else { format!("params.{stem}_{count}") };
            match self.bound.iter().find(|bound| bound.name == name) {
                Some(bound) if bound.value.as_str() == value => return name,
                Some(_) => {}
                None => {
                    self.bind(&name, value, secret);
                    return name;
                }
            }
        }
        unreachable!("some count is free")
    }

    pub(super) fn is_number(&mut self, template: &str) {
        let bound = self.bound.iter_mut().find(|bound| braces(&bound.name) == template);
        bound.into_iter().for_each(|bound| bound.number = true);
    }

    pub(super) fn in_host(&mut self, name: &str) {
        let bound = self.bound.iter_mut().find(|bound| bound.name == name);
        bound.into_iter().for_each(|bound| bound.in_host = true);
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.bound.iter().any(|bound| bound.name == name)
    }

    #[cfg(test)]
    fn is_secret(&self, name: &str) -> bool {
        self.bound.iter().any(|bound| bound.name == name && bound.secret)
    }

    /// Without `params.`, and whether it is a secret.
    pub(super) fn params(&self) -> impl Iterator<Item = (&str, bool)> {
        self.bound.iter().filter_map(|bound| Some((bound.name.strip_prefix("params.")?, bound.secret)))
    }

    /// A value for the recorded example.
    pub(super) fn made_up(&self, name: &str) -> String {
        let bound = self.bound.iter().find(|bound| bound.name == name);
        let plain = match name {
            "client_id" => "app-7".to_owned(),
            "client_secret" => "s3cr3t".to_owned(),
            "base_url" => "https://api.example".to_owned(),
            "token_url" => "https://id.example/token".to_owned(),
            "refresh_token" => "rt-1".to_owned(),
            "access_token" => "at-1".to_owned(),
            "scope" => "read".to_owned(),
            other => format!("my-{}", other.trim_start_matches("params.")),
        };
        match bound {
            Some(bound) if bound.number => "7".to_owned(),
            Some(bound) if bound.in_host => plain.replace('_', "-"),
            _ => plain,
        }
    }
}

fn nonce(value: &str) -> Guess {
    let note = Some("guessed: a new one each time");
    let length = value.len().clamp(1, 64);
    if is_uuid(value) {
        guess("{{ uuid }}", note)
    } else if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        guess(format!("{{{{ random_digits[:{}] }}}}", length.min(32)), note)
    } else {
        guess(format!("{{{{ random[:{length}] }}}}"), note)
    }
}

pub(super) fn braces(name: &str) -> String {
    format!("{{{{ {name} }}}}")
}

/// `{{` in a value is no template.
pub(super) fn literal(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '{' && rest.peek().is_some_and(|next| "{%#".contains(*next)) {
            text.push_str("{{ '{' }}");
        } else {
            text.push(c);
        }
    }
    text
}

/// `X-Api-Key` and `apiKey` as `x_api_key` and `api_key`.
fn identifier(name: &str) -> String {
    let mut text = String::new();
    let mut above_lower = false;
    for c in name.chars().take(60) {
        if c.is_ascii_uppercase() && above_lower {
            text.push('_');
        }
        above_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        text.push(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
    }
    let text = text.trim_matches('_').to_owned();
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        text
    } else {
        format!("value_{text}").trim_end_matches('_').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn params_are_named_once_for_each_value() {
        let mut values = NamedValues::default();
        assert_eq!(values.param("X-Api-Key", "a", true), "params.x_api_key");
        assert_eq!(values.param("xApiKey", "b", true), "params.x_api_key_2");
        assert_eq!(values.param("x_api_key", "a", true), "params.x_api_key");
        assert_eq!(values.param("7", "a", true), "params.value_7");
        assert_eq!(values.param("é", "a", true), "params.value");
    }

    #[test]
    fn a_second_value_for_a_known_name_is_a_secret_param() {
        let mut values = NamedValues::default();
        assert_eq!(values.write("refresh_token", "a").text, "{{ refresh_token }}");
        assert_eq!(values.write("refreshToken", "a").text, "{{ refresh_token }}");
        assert_eq!(values.write("old_refresh_token", "b").text, "{{ params.old_refresh_token }}");
        assert!(values.is_secret("params.old_refresh_token"));
    }

    #[test]
    fn a_secret_within_another_value_hides_that_too() {
        let mut values = NamedValues::default();
        values.hide_if_secret("password", "offline");
        assert_eq!(values.write("mode", "offline access").text, "{{ params.mode }}");
        assert_eq!(values.write("mode", "online access").text, "online access");
    }

    #[test]
    fn braces_in_a_value_stay_braces() {
        for (value, wanted) in [
            ("a{b}", "a{b}"),
            ("{{x}}", "{{ '{' }}{x}}"),
            ("{%", "{{ '{' }}%"),
            ("{{%", "{{ '{' }}{{ '{' }}%"),
        ] {
            assert_eq!(literal(value), wanted);
            let template = crate::dialect::template::Template::parse(literal(value)).expect(value);
            let values = Default::default();
            let filling = crate::dialect::template::Filling::new(&values);
            assert_eq!(template.render(&filling).expect(value).expect(value).as_str(), value);
        }
    }
}
