//! The line of `exec`: whose token goes where, and the command. Unlike everywhere else a profile may be named several times, and
//! the order counts.

use std::ffi::OsString;

use clap::error::{Error, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::known;
use super::life::Life;
use crate::base::order::Arrange as _;
use crate::surface::variable;

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Exec {
    #[command(flatten)]
    pub(crate) shares: Shares,

    #[command(flatten)]
    pub(crate) life: Life,

    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}

/// What is given of each profile.
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(crate) struct Shares(pub(crate) Vec<Share>);

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Default)]
pub(crate) struct Share {
    /// `None`: the usual one.
    pub(crate) profile: Option<String>,
    pub(crate) places: Vec<Place>,
}

#[cfg_attr(test, derive(Debug))]
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Variable(String, Form),
    Descriptor(i32),
}

#[cfg_attr(test, derive(Debug))]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Token,
    /// `Authorization: Bearer …`
    Header,
    /// As `token --json` prints it.
    Json,
}

fn variable(text: &str) -> Result<Place, String> {
    let (name, form) = text.split_once('=').unwrap_or((text, "token"));
    let form = match form {
        "token" => Form::Token,
        "header" => Form::Header,
        "json" => Form::Json,
        _ => return Err("what follows the `=` must be `token`, `header` or `json`".into()),
    };
    Ok(Place::Variable(name.to_owned(), form))
}

fn descriptor(text: &str) -> Result<Place, String> {
    match text.parse() {
        Ok(1 | 2) => Err("standard output and standard error are for what the command says".into()),
        Ok(number @ 0..) => Ok(Place::Descriptor(number)),
        _ => Err("expected the number of a descriptor, such as `3`".into()),
    }
}

const VARIABLE: &str = "env";
const DESCRIPTOR: &str = "fd";
/// As `Global` calls it: what is said here comes in the place of that.
const PROFILE: &str = "profile";

impl Args for Shares {
    fn augment_args(command: Command) -> Command {
        let option = |name, value, help| {
            Arg::new(name).long(name).action(ArgAction::Append).value_name(value).help(help)
        };
        command
            .arg(option(PROFILE, "NAME", "Profile whose token the next --env and --fd give; may be given several times [else as everywhere]").short('p').add(known::profiles()))
            .arg(
                option(
                    VARIABLE,
                    "NAME[=FORM]",
                    "The variable that holds it, as `token`, `header` or `json` [TOKCLI_TOKEN=token if no --env and no --fd is given]",
                )
                .value_parser(variable),
            )
            .arg(
                option(DESCRIPTOR, "N", "The descriptor from which the command reads it, with a newline")
                    .value_parser(descriptor),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Shares::augment_args(command)
    }
}

impl FromArgMatches for Shares {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Shares, Error> {
        let mut said = of(matches, VARIABLE, |place: &Place| Said::Place(place.clone()));
        said.extend(of(matches, DESCRIPTOR, |place: &Place| Said::Place(place.clone())));
        said.extend(of(matches, PROFILE, |name: &String| Said::Profile(name.clone())));
        said.arrange_by_key(|(at, _)| *at);
        shares(said.into_iter().map(|(_, said)| said))
            .map(Shares)
            .map_err(|why| Error::raw(ErrorKind::MissingRequiredArgument, why))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Shares::from_arg_matches(matches)?;
        Ok(())
    }
}

enum Said {
    Profile(String),
    Place(Place),
}

/// Each with where it stood.
fn of<T: Clone + Send + Sync + 'static>(
    matches: &ArgMatches,
    name: &str,
    as_said: impl Fn(&T) -> Said,
) -> Vec<(usize, Said)> {
    let (places, values) = (matches.indices_of(name), matches.get_many::<T>(name));
    places.into_iter().flatten().zip(values.into_iter().flatten().map(as_said)).collect()
}

fn shares(said: impl Iterator<Item = Said>) -> Result<Vec<Share>, &'static str> {
    let mut shares = vec![Share::default()];
    for said in said {
        match (said, shares.last_mut()) {
            (Said::Place(place), Some(last)) => last.places.push(place),
            (Said::Profile(name), _) => shares.push(Share { profile: Some(name), places: Vec::new() }),
            (Said::Place(_), None) => {}
        }
    }
    shares.retain(|share| share.profile.is_some() || !share.places.is_empty());
    match &mut shares[..] {
        [] => Ok(vec![Share { profile: None, places: vec![usual()] }]),
        [only] if only.places.is_empty() => {
            only.places.push(usual());
            Ok(shares)
        }
        all if all.iter().any(|share| share.places.is_empty()) => {
            Err("a `-p` has no `--env` or `--fd` after it; each belongs to the `-p` before it")
        }
        _ => Ok(shares),
    }
}

fn usual() -> Place {
    Place::Variable(variable::USUAL.to_owned(), Form::Token)
}

/// Options that stand before any command and take the next word.
const WITH_A_VALUE: [&str; 4] = ["--profile", "--config", "--deadline", "--color"];

/// With `exec` first: what stood before it counts as standing behind it, so that a profile that is named there comes before all
/// others.
pub(super) fn in_order(mut words: Vec<OsString>) -> Vec<OsString> {
    let mut is_value = false;
    let command = words.iter().position(|word| {
        let word = word.to_str().unwrap_or_default();
        let taken = std::mem::replace(&mut is_value, takes_next(word));
        is_value &= !taken;
        !taken && !word.starts_with('-')
    });
    if let Some(at) = command.filter(|at| words[*at] == "exec") {
        words[..=at].rotate_right(1);
    }
    words
}

fn takes_next(word: &str) -> bool {
    let short = word.strip_prefix('-').filter(|letters| !letters.starts_with('-'));
    // Of letters that stand together the rest is the value of the first that takes one.
    WITH_A_VALUE.contains(&word)
        || short.and_then(|letters| letters.split_once('p')).is_some_and(|(_, rest)| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::super::{self as arguments, Cli};
    use super::*;

    fn read(line: &str) -> Result<Exec, String> {
        let words = line.split(' ').map(OsString::from).collect();
        let words = std::iter::once(OsString::from("tokcli")).chain(in_order(words));
        match Cli::try_parse_from(words).map_err(|wrong| wrong.to_string())?.command {
            arguments::Command::Exec(exec) => Ok(exec),
            _ => Err("another command".into()),
        }
    }

    fn token(name: &str) -> Place {
        Place::Variable(name.into(), Form::Token)
    }

    fn share(profile: &str, places: &[Place]) -> Share {
        Share { profile: (!profile.is_empty()).then(|| profile.to_owned()), places: places.to_vec() }
    }

    #[test]
    fn each_place_belongs_to_the_profile_before_it() {
        let usual = [token("TOKCLI_TOKEN")];
        for (line, wanted) in [
            ("exec -- x", vec![share("", &usual)]),
            ("exec -p a -- x", vec![share("a", &usual)]),
            ("-p a exec -- x -p b", vec![share("a", &usual)]),
            ("exec --env A -- x", vec![share("", &[token("A")])]),
            ("-qp a exec --env A -- x", vec![share("a", &[token("A")])]),
            (
                "-pa exec --fd 3 --env A -p b --env B -- x",
                vec![share("a", &[Place::Descriptor(3), token("A")]), share("b", &[token("B")])],
            ),
            (
                "--profile a --json exec --env A -pb --fd=0 -p a --env=C=json -- x",
                vec![
                    share("a", &[token("A")]),
                    share("b", &[Place::Descriptor(0)]),
                    share("a", &[Place::Variable("C".into(), Form::Json)]),
                ],
            ),
            (
                "exec --env A=header -p b --env B -- x",
                vec![share("", &[Place::Variable("A".into(), Form::Header)]), share("b", &[token("B")])],
            ),
        ] {
            assert_eq!(read(line).expect(line).shares.0, wanted, "{line}");
        }
        for line in [
            "exec",
            "exec --",
            "exec x",
            "exec -p a -p b --env B -- x",
            "exec --env A -p b -- x",
            "exec --env A=b -- x",
            "exec --fd 1 -- x",
            "exec --fd 2 -- x",
            "exec --fd -1 -- x",
            "exec --fd x -- x",
            "exec --fd 99999999999 -- x",
            "exec --fresh --min-ttl 5m -- x",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
        assert_eq!(read("exec -- x --env -p").expect("good").command, ["x", "--env", "-p"]);
    }

    #[test]
    fn the_options_that_take_a_value_are_those_that_clap_knows() {
        let command = Cli::command();
        let with = command.get_arguments().filter(|arg| arg.get_action().takes_values());
        let mut with: Vec<String> = with.filter_map(|arg| Some(format!("--{}", arg.get_long()?))).collect();
        let mut ours = WITH_A_VALUE.map(str::to_owned).to_vec();
        with.sort_unstable();
        ours.sort_unstable();
        assert_eq!(with, ours);
        let shorts = command.get_arguments().filter(|arg| arg.get_action().takes_values());
        assert_eq!(shorts.filter_map(Arg::get_short).collect::<String>(), "p");
    }

    #[test]
    fn other_lines_stay_as_they_are() {
        for line in ["token -p exec", "-p exec token", "--profile exec", "-v token exec", ""] {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(in_order(words.clone()), words, "{line}");
        }
    }
}
