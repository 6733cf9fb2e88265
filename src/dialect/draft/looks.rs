//! What a value probably is by its looks alone. Where it may be a secret it counts as one: what was pasted is
//! never shown.

use super::vocabulary::{is_word as is_known, words};
use crate::credential::jwt::claims;

/// `$NAME`, `${NAME}`, `<name>`, `{name}`, `{{name}}`, `YOUR_NAME`: what documents write where a value goes.
pub(super) fn placeholder(value: &str) -> Option<String> {
    let inner = marked(value)?;
    // A password may begin with `$` as well, and the name is shown.
    let told = words(inner).any(|word| is_known(&word)) && !inner.contains(|c: char| c.is_ascii_digit());
    (told && !looks_random(inner)).then(|| inner.to_ascii_lowercase())
}

/// The same in a host, which everybody sees: by the marks alone, whatever the word.
pub(super) fn placeholder_in_host(value: &str) -> Option<String> {
    let inner = marked(value)?;
    (!looks_random(inner)).then(|| inner.to_ascii_lowercase())
}

/// The name between the marks of a placeholder.
fn marked(value: &str) -> Option<&str> {
    let value = value.trim();
    let between = |(open, close): (&str, &str)| value.strip_prefix(open)?.strip_suffix(close);
    let marked = BRACKETS.into_iter().chain([("%", "%")]).find_map(between);
    let marked = marked.or_else(|| value.strip_prefix('$'));
    let yours = ["your_", "your-"].into_iter().find_map(|start| {
        let head = value.get(..start.len())?;
        head.eq_ignore_ascii_case(start).then(|| &value[start.len()..])
    });
    let inner = marked.or(yours)?.trim();
    let good = |c: char| c.is_ascii_alphanumeric() || "_- .".contains(c);
    let named =
        inner.starts_with(|c: char| c.is_ascii_alphabetic()) && inner.chars().all(good) && inner.len() <= 40;
    named.then_some(inner)
}

/// Around a name; those that begin another come after it.
pub(super) const BRACKETS: [(&str, &str); 4] = [("${", "}"), ("{{", "}}"), ("{", "}"), ("<", ">")];

/// Seconds or milliseconds since 1970, near our days.
pub(super) fn epoch(value: &str) -> Option<Epoch> {
    let number: u64 = value.parse().ok()?;
    match number {
        1_200_000_000..=2_500_000_000 => Some(Epoch::Seconds),
        1_200_000_000_000..=2_500_000_000_000 => Some(Epoch::Milliseconds),
        _ => None,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Epoch {
    Seconds,
    Milliseconds,
}

pub(crate) fn is_uuid(value: &str) -> bool {
    let parts: Vec<usize> = value.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && value.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

pub(super) fn is_jwt(value: &str) -> bool {
    value.split('.').count() == 3 && claims(value).is_some()
}

/// `{"alg":"none"}` and an `exp` an hour after the moment of the example.
pub(super) const MADE_UP_JWT: &str = "eyJhbGciOiJub25lIn0.eyJleHAiOjE3NjcyMjkyMDB9";

/// So long that it is no word, and of the letters that keys have.
const LONG: usize = 20;

/// Somewhere in it stands what looks like a key: at least twenty letters of base64 or hex that are no words.
pub(crate) fn looks_random(value: &str) -> bool {
    let runs = value.split(|c: char| !(c.is_ascii_alphanumeric() || "+/_=.~-".contains(c)));
    let mut long = runs.filter(|run| run.len() >= LONG);
    long.any(|run| !run.split(|c: char| !c.is_ascii_alphanumeric()).all(is_word))
}

/// Whether the name of a member or a parameter may rather be somebody's value, as a key of a map.
pub(super) fn may_be_a_value(name: &str) -> bool {
    let digits = name.chars().filter(char::is_ascii_digit).count();
    (looks_random(name) && !is_made_of_words(name)) || is_uuid(name) || digits > 3 || name.contains('@')
}

/// `personalAccessTokenName`: long, of letters, and of words of which at least half are known.
fn is_made_of_words(name: &str) -> bool {
    let all: Vec<String> = words(name).collect();
    let known = all.iter().filter(|word| is_known(word)).count();
    name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_' || b == b'-')
        && known * 2 >= all.len()
        && known > 0
}

/// `api`, `OAuth2`, `v1`, `2026`.
fn is_word(piece: &str) -> bool {
    let letters = piece.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = piece.len() - letters.len();
    piece.len() < LONG
        && letters.bytes().all(|b| b.is_ascii_alphabetic())
        && digits <= if letters.is_empty() { 4 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_words() {
        for random in [
            "9f86d081884c7d659a2feaa0c55ad015",
            "abcdefghijklmnopqrstuv",
            "rt-canary-0123456789abcdef",
            "{\"in\":\"9f86d081884c7d659a2f\"}",
            "12345678901234567890",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        ] {
            assert!(looks_random(random), "{random}");
        }
        for word in [
            "",
            "application/vnd.acme.v2+json",
            "https://api.example.com/v1/oauth2/callback",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "read:users write:users offline_access",
            "2026-01-31T12:00:00Z",
            "9f86d081884c7d659a2",
        ] {
            assert!(!looks_random(word), "{word}");
        }
    }
}
