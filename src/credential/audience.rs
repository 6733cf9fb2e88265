//! What of a profile changes what is granted: one login has an access token for each of these.
//!
//! The rule that matters: profiles of one audience get one token, and of another never that one.

use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use crate::base::digest::sha256_hex;
use crate::base::order::Arrange as _;

/// A name in form encoding that a person can read, such as `params.resource=…&scope=…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Audience(String);

/// Nothing in form encoding reads so.
const OF_NOTHING: &str = "default";
/// As records name it that were written before there were several.
const UNNAMED: &str = "all";
/// In bytes; what is longer ends in its digest.
const LONGEST: usize = 200;
const DIGITS: usize = 32;

impl Default for Audience {
    /// Of a profile that asks for nothing in particular.
    fn default() -> Audience {
        Audience(OF_NOTHING.to_owned())
    }
}

impl Audience {
    /// Made from names and values, in any order.
    pub(crate) fn of<'a>(parts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Audience {
        let mut parts: Vec<_> = parts.into_iter().collect();
        parts.arrange();
        if parts.is_empty() {
            return Audience::default();
        }
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(parts).finish();
        if text.len() <= LONGEST {
            return Audience(text);
        }
        let head = &text[..LONGEST - DIGITS - 1];
        Audience(format!("{head}~{}", &sha256_hex(&text)[..DIGITS]))
    }

    /// Of a token that nobody noted the audience of.
    pub(crate) fn unnamed() -> Audience {
        Audience(UNNAMED.to_owned())
    }

    /// What it says of the scope, or else all of it.
    pub(crate) fn words(&self) -> String {
        let scope = form_urlencoded::parse(self.0.as_bytes()).find(|(name, _)| name == "scope");
        scope.map_or_else(|| self.0.clone(), |(_, scope)| scope.into_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_can_be_read_and_depends_on_no_order() {
        let of = |parts: &[(&str, &str)]| Audience::of(parts.iter().copied()).0;
        assert_eq!(of(&[]), "default");
        assert_eq!(
            of(&[("scope", "a b"), ("params.resource", "https://g.example")]),
            "params.resource=https%3A%2F%2Fg.example&scope=a+b"
        );
        assert_eq!(of(&[("scope", "a"), ("params.x", "1")]), of(&[("params.x", "1"), ("scope", "a")]));
        assert_eq!(Audience::of([("scope", "a b"), ("params.x", "1")]).words(), "a b");
        assert_eq!(Audience::of([("params.x", "1")]).words(), "params.x=1");
        // A value cannot pass for another name.
        assert_ne!(of(&[("a", "1&b=2")]), of(&[("a", "1"), ("b", "2")]));
        assert_ne!(of(&[("scope", "")]), of(&[]));
    }

    #[test]
    fn a_long_one_ends_in_its_digest() {
        let of = |end: &str| Audience::of([("scope", format!("{}{end}", "s".repeat(300)).as_str())]).0;
        assert_eq!(of("1").len(), LONGEST);
        assert_ne!(of("1"), of("2"));
        assert_eq!(Audience::of([("s", "x".repeat(LONGEST - 2).as_str())]).0.len(), LONGEST);
    }
}
