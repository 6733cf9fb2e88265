//! How programs ask for a token, and in what form each of them takes it: one file per surface. A surface reads what it is asked
//! and writes the answer; whose token that is, and how it is come by, its [`Caller`] knows.
//!
//! The rule that matters: a token goes out whole, to the one place that it is for, with an expiry that leaves time to use it.

pub(crate) mod aws;
pub(crate) mod bazel;
pub(crate) mod cargo;
pub(crate) mod ci;
pub(crate) mod docker;
pub(crate) mod env;
pub(crate) mod git;
pub(crate) mod google;
pub(crate) mod header;
pub(crate) mod kubectl;
pub(crate) mod pip;
pub(crate) mod pnpm;
pub(crate) mod sasl;
pub(crate) mod setup;
pub(crate) mod systemd;
pub(crate) mod terraform;
pub(crate) mod variable;

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::base::clock::Moment;
use crate::base::error::{Error, Result, internal, refused};
use crate::credential::access::Access;
use crate::credential::secrets::{AccessToken, Kept};

/// Nobody is told of the last moments of a token: until it is used they are over.
const MARGIN_MS: i64 = 30_000;

/// What a surface asks for.
#[derive(Default)]
pub(crate) struct Wanted<'a> {
    /// The place that the token is for, as the program names it; only profiles that may serve it are asked. `None`: the
    /// profile that is named, or the default.
    pub(crate) address: Option<&'a str>,
    /// Without an address: the profile that the program names in a way of its own, if the user names none.
    pub(crate) profile: Option<&'a str>,
    /// Somebody else is asked where this has none: an address that no profile can be for is then none of ours, and no mistake.
    pub(crate) passes_on: bool,
}

impl<'a> Wanted<'a> {
    pub(crate) fn at(address: &'a str) -> Wanted<'a> {
        Wanted { address: Some(address), ..Wanted::default() }
    }

    pub(crate) fn passing_on(self) -> Wanted<'a> {
        Wanted { passes_on: true, ..self }
    }
}

/// A token as programs get it.
pub(crate) struct Handed {
    token: AccessToken,
    token_type: Option<String>,
    beside: BTreeMap<String, Kept>,
    extra: BTreeMap<String, String>,
    /// In seconds since 1970, with the margin taken off. `None`: nobody knows.
    pub(crate) expires_at: Option<i64>,
}

impl Handed {
    /// `Err`: it cannot be handed to a program as it is, or is of no use to one that has not its key.
    pub(crate) fn of(access: &Access, now: &Moment) -> Result<Handed> {
        match Handed::perhaps_bound(access, now)? {
            handed if handed.is_bound() => Err(needs_a_proof()),
            handed => Ok(handed),
        }
    }

    /// For whoever makes a proof of a token that is bound to a key, or leaves that to others.
    pub(crate) fn perhaps_bound(access: &Access, now: &Moment) -> Result<Handed> {
        printable(&access.token)?;
        let left = access.expires_at().and(access.remaining(now));
        // Of one that is about to end, half is left to use.
        let margin = left.map_or(0, |left| MARGIN_MS.min(left / 2));
        Ok(Handed {
            token: access.token.clone(),
            token_type: access.token_type.clone(),
            beside: access.beside.clone(),
            extra: access.extra.clone(),
            // By the clock of now: the one by which it was obtained may have been set since.
            expires_at: left.map(|left| (now.wall_ms.saturating_add(left - margin)).div_euclid(1_000)),
        })
    }

    pub(crate) fn token(&self) -> &str {
        self.token.expose()
    }

    /// A secret that the answer which gave the token gave beside it, by its name.
    fn beside(&self, name: &str) -> Option<&str> {
        self.beside.get(name).map(|kept| kept.value.expose()).filter(|value| !value.is_empty())
    }

    /// It is bound to a key, and of no use without a proof (RFC 9449).
    pub(crate) fn is_bound(&self) -> bool {
        self.scheme().eq_ignore_ascii_case("DPoP")
    }

    /// `Bearer` however it was written, or if nothing was said (RFC 6749 section 5.1). What is no scheme (RFC 9110 section 11.1)
    /// is not repeated: behind a line break a vendor would say more to a program than that.
    pub(crate) fn scheme(&self) -> &str {
        let is_another = |kind: &&str| is_scheme(kind) && !kind.eq_ignore_ascii_case("bearer");
        self.token_type.as_deref().filter(is_another).unwrap_or("Bearer")
    }
}

/// Each request that carries the token carries a proof of its own, so that it is of no use alone.
fn needs_a_proof() -> Error {
    let words = "the access token is bound to a key (DPoP), and each request needs a proof of its own, which only tokcli can make";
    refused(words).hint("`tokcli header --url URL --method METHOD` prints both headers of one request")
}

fn is_scheme(word: &str) -> bool {
    let marks = b"!#$%&'*+-.^_`|~";
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || marks.contains(&b))
}

/// What all of them print is a word: a shell, or whoever reads lines, would cut or alter anything else.
pub(crate) fn printable(token: &AccessToken) -> Result<&str> {
    let bare = token.expose();
    match bare.bytes().position(|b| !(0x21..=0x7e).contains(&b)) {
        None => Ok(bare),
        Some(at) => {
            let what = if bare.as_bytes()[at] == b' ' { "a blank" } else { "a character" };
            Err(refused(format!(
                "the access token ({} bytes) contains {what} at offset {at} that cannot be printed raw",
                bare.len()
            )))
        }
    }
}

/// For programs that may name a host alone. It is asked by HTTPS, or on this machine perhaps without TLS.
fn hosted(caller: &mut dyn Caller, asked: &str) -> Result<Option<Handed>> {
    let at = |scheme: &str| format!("{scheme}://{asked}");
    let mut token = |address: &str| caller.token(&Wanted::at(address).passing_on());
    if asked.contains("://") {
        return token(asked);
    }
    match token(&at("https"))? {
        None => token(&at("http")),
        found => Ok(found),
    }
}

/// For programs that name no address.
fn of_a_profile(caller: &mut dyn Caller, wanted: &Wanted<'_>) -> Result<Handed> {
    caller.token(wanted)?.ok_or_else(|| internal("no profile was asked"))
}

/// Whoever a surface works for: the one process that was called.
pub(crate) trait Caller {
    /// All of standard input, which is bounded.
    fn input(&mut self) -> Result<Zeroizing<Vec<u8>>>;
    /// Its next line, without the end of the line. `None`: there is none.
    fn line(&mut self) -> Result<Option<Zeroizing<String>>>;
    /// `None`: no profile is for that address.
    fn token(&mut self, wanted: &Wanted<'_>) -> Result<Option<Handed>>;
    /// Whoever was given this token was refused with it: the next one is to be another.
    fn doubt(&mut self, wanted: &Wanted<'_>, token: &str) -> Result<()>;
    fn print(&mut self, bytes: &[u8]) -> Result<()>;
    /// An environment variable, in which some programs say what they want.
    fn variable(&self, name: &str) -> Option<String>;
    /// One line for people on stderr, for surfaces that report a failure in their own way besides.
    fn complain(&mut self, error: &Error);
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::credential::access::AccessExpiry;
    use crate::testing::samples::{access, moment};

    #[test]
    fn nobody_is_told_of_the_last_moments() {
        for (ends, told) in [(1_000, 970), (160, 130), (140, 120), (104, 102), (101, 100)] {
            let access = access("at", moment(1), AccessExpiry::At(ends * 1_000));
            let handed = Handed::of(&access, &moment(100)).expect("printable");
            assert_eq!(handed.expires_at, Some(told), "{ends}");
        }
        let access = access("at", moment(1), AccessExpiry::Unknown);
        assert_eq!(Handed::of(&access, &moment(100)).expect("printable").expires_at, None);
    }

    #[test]
    fn a_scheme_is_one_word_or_bearer() {
        for (kind, scheme) in [
            (None, "Bearer"),
            (Some("bEARER"), "Bearer"),
            (Some("MAC"), "MAC"),
            (Some(""), "Bearer"),
            (Some("a b"), "Bearer"),
            (Some("a\nusername=x"), "Bearer"),
            (Some("a\""), "Bearer"),
            (Some("\u{fc}"), "Bearer"),
        ] {
            let access = Access {
                token_type: kind.map(str::to_owned),
                ..access("at", moment(1), AccessExpiry::Unknown)
            };
            assert_eq!(Handed::of(&access, &moment(2)).expect("printable").scheme(), scheme, "{kind:?}");
        }
    }

    #[test]
    fn what_is_bound_to_a_key_is_handed_to_nobody_who_has_it_not() {
        for kind in ["DPoP", "dpop"] {
            let access = Access {
                token_type: Some(kind.to_owned()),
                ..access("at", moment(1), AccessExpiry::Unknown)
            };
            let why = Handed::of(&access, &moment(2)).err().and_then(|why| why.hint).unwrap_or_default();
            assert!(why.contains("tokcli header --url URL --method METHOD"), "{why}");
            assert!(Handed::perhaps_bound(&access, &moment(2)).is_ok_and(|handed| handed.is_bound()));
        }
    }

    #[test]
    fn what_is_no_word_is_handed_to_no_program() {
        for token in ["a b", "a\n", "\u{fc}", "a\0", ""] {
            let access = access(token, moment(1), AccessExpiry::Unknown);
            assert_eq!(Handed::of(&access, &moment(2)).is_ok(), token.is_empty(), "{token:?}");
        }
    }
}
