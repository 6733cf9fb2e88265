//! What is said where no login fits: why, and which of the dialect's own would, with what they lack.

use super::kind::{Kind, lacking};
use crate::base::error::{Code, Error, config};
use crate::profile::Profile;
use crate::profile::login::Redirect;
use crate::terminal::login_line::LoginLine;
use crate::terminal::wording::import_hint;
use crate::terminal::wording::login::listed;

/// Why nobody is asked here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unwatched {
    /// The variable `CI` says so; `true`: although somebody sits at a terminal.
    Ci {
        at_terminal: bool,
    },
    NoTerminal,
}

/// The logins to choose from: each with its grant.
pub(super) type Logins<'a> = [(&'a str, Kind)];

/// What was wished for by `flag` is not among them. `who`: whose they are.
pub(super) fn no_such(
    profile: &Profile,
    (flag, who): (&str, &str),
    all: &Logins<'_>,
    watched: Result<(), Unwatched>,
    again: &LoginLine,
) -> Error {
    let what = if flag == "--device" { "no login on another device" } else { "no login in a browser" };
    let names: Vec<String> = all.iter().map(|(grant, _)| format!("`{grant}`")).collect();
    let there = match names.is_empty() {
        true => "no other either".to_owned(),
        false => listed(&names, "and"),
    };
    let error = config(format!("{who} has {what}, which `{flag}` asks for; it has {there}"));
    match (all, watched) {
        ([], _) => error,
        ([(grant, _)], _) => {
            error.hint(format!("{} uses that one", again.by(Some(&format!("--grant {grant}")))))
        }
        (_, Ok(())) => error.hint(format!("{} uses one that fits here", again.by(None))),
        (_, Err(why)) => error.hint(ways(profile, all, why, again).join("; ")),
    }
}

/// No login of the dialect goes without a person, as things are.
pub(super) fn nobody(profile: &Profile, all: &Logins<'_>, why: Unwatched, again: &LoginLine) -> Error {
    let dialect = &profile.dialect_name;
    let why_not = match why {
        Unwatched::Ci { .. } => "`CI` is set",
        Unwatched::NoTerminal => "there is no terminal",
    };
    let words = format!(
        "{why_not}, so nobody is asked, and no login of the dialect `{dialect}` works unattended with what `profiles.{}` says",
        profile.name
    );
    Error::new(Code::LoginRequired, words).hint(ways(profile, all, why, again).join("; "))
}

/// Each ends with what it comes to.
fn ways(profile: &Profile, all: &Logins<'_>, why: Unwatched, again: &LoginLine) -> Vec<String> {
    let again = again.by(None);
    let mut ways = vec![match why {
        Unwatched::Ci { at_terminal: true } if cfg!(windows) => format!("without `CI` {again} asks"),
        Unwatched::Ci { at_terminal: true } => {
            format!("{} asks all the same", again.in_environment("CI="))
        }
        Unwatched::Ci { .. } if cfg!(windows) => format!("without `CI` {again} asks at a terminal"),
        Unwatched::Ci { .. } => format!("at a terminal {} asks", again.in_environment("CI=")),
        Unwatched::NoTerminal => format!("at a terminal {again} asks"),
    }];
    let prepared = |keys: &[&str]| match keys.is_empty() {
        true => String::new(),
        false => {
            let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            format!("with {} under [profiles.{}] ", listed(&keys, "and"), profile.name)
        }
    };
    let mut seen = Vec::new();
    for (grant, kind) in all {
        let Some(keys) = lacking(profile, grant) else { continue };
        let by = match kind {
            Kind::Device if seen.contains(kind) => continue,
            Kind::Device => ("--device".to_owned(), "shows here where to go, and waits"),
            Kind::Browser if seen.contains(kind) || why != Unwatched::NoTerminal => continue,
            Kind::Browser if listens(profile, grant) => {
                ("--no-browser".to_owned(), "shows an address here, and waits for a browser of this machine")
            }
            Kind::Browser => (
                "--paste".to_owned(),
                "shows an address here, and reads the address that its browser ends at from standard input",
            ),
            Kind::Given | Kind::Questions | Kind::Client => (format!("--grant {grant}"), "runs unattended"),
        };
        seen.push(*kind);
        let (way, what) = by;
        ways.push(format!("{}{} {what}", prepared(&keys), again.by(Some(&way))));
    }
    // Of an issuer alone nobody knows where a token may go: what this run was told, the next one is not.
    if !profile.awaits_discovery() && !profile.is_discovered() {
        ways.push(import_hint(profile));
    }
    ways
}

fn listens(profile: &Profile, grant: &str) -> bool {
    let authorization = profile.login(grant).ok().and_then(|(login, _)| login.authorization.as_ref());
    let redirect = authorization.map(|authorization| profile.redirect(authorization));
    matches!(redirect, Some(Ok(Redirect::Loopback { .. })))
}
