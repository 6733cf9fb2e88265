//! The line of nearly every call, `token` and its usual options, and that of a prompt, `status --check`, read without
//! clap, whose tree of all commands takes as long to build as such a call otherwise lasts.
//!
//! The rule that matters: what is read here clap would read the same. It has the word on all else.

#[cfg(any(target_os = "linux", test))]
mod surface;

use std::ffi::OsString;

#[cfg(any(target_os = "linux", test))]
use super::Status;
use super::life::Life;
use super::token::scope;
use super::{Cli, Color, Command, Global, Later, Token};
use crate::base::duration;

impl Cli {
    /// `None`: ask clap.
    pub(crate) fn quick(words: &[OsString]) -> Option<Cli> {
        let mut global = unsaid();
        let mut token = None;
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (name, given) = parts(word.to_str()?);
            let value = || {
                let value = given.or_else(|| words.next()?.to_str())?;
                (!value.is_empty() && !value.starts_with('-')).then_some(value)
            };
            option(&mut global, &mut token, name, given.is_none(), value)?;
        }
        token.map(|token| Cli { global, command: Command::Token(Later(token)) })
    }

    /// The same for `status --check`. By itself, so that `token` does not pay for it.
    #[cfg(any(target_os = "linux", test))]
    pub(crate) fn quick_check(words: &[OsString]) -> Option<Cli> {
        let (mut global, mut status) = (unsaid(), None::<Status>);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (name, given) = parts(word.to_str()?);
            let mut value = || {
                let value = given.or_else(|| words.next()?.to_str())?;
                (!value.is_empty() && !value.starts_with('-')).then_some(value)
            };
            match (name, &mut status) {
                ("status", status @ None) if given.is_none() => first(status, Status::default())?,
                ("--check", Some(status)) if given.is_none() => raise(&mut status.check)?,
                ("--within", Some(status)) => {
                    first(&mut status.within, duration::parse_any(value()?).ok()?)?;
                }
                ("token", _) => return None,
                _ => option(&mut global, &mut None, name, given.is_none(), value)?,
            }
        }
        // The rest of `status` is for the engine.
        let status = status.filter(|status| status.check)?;
        Some(Cli { global, command: Command::Status(Later(status)) })
    }
}

/// As clap has it where nothing is said.
fn unsaid() -> Global {
    Global {
        profile: None,
        config: None,
        json: false,
        quiet: false,
        verbose: false,
        deadline: None,
        abandon: false,
        allow_loss: false,
        color: Color::Auto,
    }
}

/// A name, and what stands behind its `=`.
fn parts(word: &str) -> (&str, Option<&str>) {
    match word.split_once('=') {
        Some((name, value)) if name.starts_with("--") => (name, Some(value)),
        _ => (word, None),
    }
}

/// `None`: it is none of the usual ones, or stands where clap must say what it means.
fn option<'a>(
    global: &mut Global,
    token: &mut Option<Token>,
    name: &str,
    bare: bool,
    value: impl FnOnce() -> Option<&'a str>,
) -> Option<()> {
    match (name, token) {
        ("token", token @ None) if bare => first(token, Token::default()),
        ("-p" | "--profile", _) => first(&mut global.profile, value()?.to_owned()),
        ("--config", _) => first(&mut global.config, value()?.into()),
        ("--json", _) if bare => raise(&mut global.json),
        ("-q" | "--quiet", _) if bare => raise(&mut global.quiet),
        ("--min-ttl", Some(Token { life: Life { min_ttl, fresh: false }, .. })) => {
            first(min_ttl, duration::parse_any(value()?).ok()?)
        }
        ("--fresh", Some(Token { life: Life { min_ttl: None, fresh }, .. })) if bare => raise(fresh),
        ("--scope", Some(token)) => first(&mut token.scope, scope(value()?).ok()?),
        ("--offline", Some(token)) if bare => raise(&mut token.offline),
        ("--no-cache", Some(token)) if bare => raise(&mut token.no_cache),
        _ => None,
    }
}

/// `None`: it was given before, and clap says what that means.
fn first<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

fn raise(flag: &mut bool) -> Option<()> {
    (!std::mem::replace(flag, true)).then_some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use clap::Parser as _;

    use super::*;

    fn quick(words: &[&str]) -> Option<Cli> {
        let words = words.iter().map(OsString::from).collect::<Vec<_>>();
        Cli::quick(&words).or_else(|| Cli::quick_check(&words)).or_else(|| Cli::quick_surface(&words))
    }

    #[test]
    fn the_usual_lines_are_read_without_clap() {
        for words in [
            &["token"][..],
            &["token", "-p", "a"],
            &["-p", "a", "token"],
            &["--profile=a", "token", "--min-ttl", "5m"],
            &["token", "--fresh"],
            &["token", "--profile", "a", "--json", "-q"],
            &["token", "--scope", "mail send"],
            &["token", "--config", "x.toml", "--offline", "--no-cache", "--min-ttl=0"],
            &["status", "--check"],
            &["-p", "a", "status", "--within=7d", "--check", "-q"],
            &["header"],
            &["header", "-p", "a", "--as=object", "--fresh"],
            &["sasl", "xoauth2", "--user", "a@b", "-p", "a"],
            &["sasl", "--host=h", "--port=993", "--user=a", "oauthbearer"],
            &["helper", "git", "get"],
            &["helper", "git", "--username", "x", "-p", "a", "get"],
        ] {
            assert!(quick(words).is_some(), "{words:?}");
        }
        for words in [
            &[][..],
            &["refresh"],
            &["token", "-h"],
            &["token", "x"],
            &["token", "--jso"],
            &["--version"],
            &["status"],
            &["status", "--within", "7d"],
            &["status", "--check", "--utc"],
            &["status", "--check", "token"],
            &["status", "--check", "--offline"],
            &["header", "--as", "x"],
            &["header", "--json", "x"],
            &["sasl", "xoauth2"],
            &["sasl", "xoauth2", "--user", "a", "--host", "h", "--check"],
            &["sasl", "xoauth2", "--user", "a", "--host", "h", "--check=imap"],
            &["sasl", "--user", "a"],
            &["sasl", "xoauth2", "--user", "a", "--port", "0"],
            &["helper", "docker", "get"],
            &["helper", "git", "store"],
            &["helper", "git"],
        ] {
            assert!(quick(words).is_none(), "{words:?}");
        }
    }

    const WORDS: [&str; 69] = [
        "header",
        "header",
        "--as",
        "--as=object",
        "object",
        "curl",
        "--fresh",
        "sasl",
        "sasl",
        "xoauth2",
        "oauthbearer",
        "--user",
        "--user=a@b",
        "--host=h",
        "--port=993",
        "993",
        "helper",
        "helper",
        "git",
        "git",
        "get",
        "--username=x",
        "status",
        "status",
        "--check",
        "--check",
        "--check=true",
        "--within",
        "--within=7d",
        "token",
        "token",
        "token",
        "-p",
        "--profile",
        "-pa",
        "-p=a",
        "--profile=a",
        "--profile=",
        "--profile=-x",
        "a",
        "work",
        "--config",
        "--config=x",
        "--json",
        "--json=",
        "--json=true",
        "-q",
        "--quiet",
        "-qv",
        "-v",
        "--offline",
        "--no-cache",
        "--no-cache=",
        "--scope",
        "--scope=a b",
        "--scope=\n",
        "a b",
        "--min-ttl",
        "--min-ttl=5m",
        "--fresh",
        "--fresh=",
        "5m",
        "0",
        "2 weeks",
        "--",
        "-",
        "",
        "refresh",
        "--deadline=1s",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_is_read_without_clap_is_what_clap_reads(picks in prop::collection::vec(0..WORDS.len(), 0..7)) {
            let words: Vec<&str> = picks.into_iter().map(|pick| WORDS[pick]).collect();
            if let Some(read) = quick(&words) {
                let line = std::iter::once("tokcli").chain(words.iter().copied());
                match Cli::try_parse_from(line) {
                    Ok(parsed) => prop_assert_eq!(read, parsed),
                    Err(_) => prop_assert!(false, "clap refuses {:?}", words),
                }
            }
        }
    }
}
