//! What is wrong with a command line. What was given is not repeated: it may be a secret that
//! belongs on standard input.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Parser as _};

use super::{Cli, Command, HelperCommand, Later, exec};
use crate::base::error::{Code, Error};

/// A command line that asks for nothing.
pub(crate) enum Unparsed {
    Mistake(Error),
    /// `--help`, `--version`, or nothing at all.
    Help(clap::Error),
}

impl Cli {
    pub(crate) fn read(words: Vec<OsString>) -> Result<Cli, Unparsed> {
        if let Some(cli) = Cli::quick(&words) {
            return Ok(cli);
        }
        let named: Vec<String> = words.iter().filter_map(|word| Some(word.to_str()?.to_owned())).collect();
        let line = std::iter::once(OsString::from("tokcli")).chain(exec::in_order(words));
        let mut cli = Cli::try_parse_from(line).map_err(|wrong| unparsed(wrong, &named))?;
        // Its callers read standard error along with the answer.
        cli.global.quiet |= matches!(cli.command, Command::Helper(Later(HelperCommand::Google)));
        Ok(cli)
    }
}

fn unparsed(wrong: clap::Error, line: &[String]) -> Unparsed {
    if !wrong.use_stderr() || wrong.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Unparsed::Help(wrong);
    }
    let error = Error::new(Code::Usage, words(&wrong));
    Unparsed::Mistake(match hint(&wrong, line) {
        Some(hint) => error.hint(hint),
        None => error,
    })
}

/// Commands that are about one profile, or about all but for `-p`.
const OF_A_PROFILE: [&str; 7] = ["token", "refresh", "logout", "rebind", "status", "doctor", "recover"];

/// Whether a command is named that has commands of its own.
fn names_a_group(line: &[String]) -> bool {
    // `help` has all commands below it, and asks for nothing.
    let mut all = Cli::command().disable_help_subcommand(true);
    all.build();
    all.get_subcommands().any(|one| one.has_subcommands() && line.iter().any(|word| word == one.get_name()))
}

/// For whoever left out a flag. Where clap itself knows what was meant, it has said so.
fn hint(wrong: &clap::Error, line: &[String]) -> Option<&'static str> {
    const PROFILE: &str = "name a profile with `-p`";
    let has = |commands: &[&str]| line.iter().any(|word| commands.contains(&word.as_str()));
    match wrong.kind() {
        ErrorKind::UnknownArgument if has(&["import"]) => Some(if is_flag(wrong) {
            "give a token on standard input or at the hidden prompt"
        } else {
            "give a token on standard input or at the hidden prompt; name a profile with `-p`"
        }),
        // Of whatever follows, some may be a command of ours.
        ErrorKind::UnknownArgument if has(&["exec"]) && !has(&["--"]) => {
            Some("the command goes after `--`: `tokcli exec -- CMD`")
        }
        ErrorKind::UnknownArgument if has(&OF_A_PROFILE) && !is_flag(wrong) => Some(PROFILE),
        ErrorKind::InvalidSubcommand
            if !names_a_group(line) && wrong.get(ContextKind::SuggestedSubcommand).is_none() =>
        {
            Some("name a profile with `-p`, after a command: `tokcli token -p NAME`")
        }
        ErrorKind::UnknownArgument if has(&["secret"]) => {
            Some("give a secret on standard input or at the hidden prompt")
        }
        _ => None,
    }
}

fn is_flag(wrong: &clap::Error) -> bool {
    matches!(wrong.get(ContextKind::InvalidArg), Some(ContextValue::String(given)) if given.starts_with('-'))
}

/// What is as long as this may be a secret, wherever it stands; what is shorter may be part of our own words.
const MAY_BE_SECRET: usize = 8;

fn words(wrong: &clap::Error) -> String {
    let mut words = wrong.render().to_string();
    for kind in [ContextKind::InvalidValue, ContextKind::InvalidSubcommand, ContextKind::InvalidArg] {
        if let Some(ContextValue::String(given)) = wrong.get(kind)
            && !given.is_empty()
        {
            words = without(&words, given);
            // Rendered, it has lost what would act on a terminal.
            if given.contains(char::is_control) {
                words = without(&words, &rendered(given));
            }
        }
    }
    words.trim().strip_prefix("error: ").unwrap_or(words.trim()).to_owned()
}

fn rendered(given: &str) -> String {
    clap::builder::StyledStr::from(given.to_owned()).to_string()
}

fn without(words: &str, given: &str) -> String {
    // A flag's own name is worth repeating, up to its value.
    if given.starts_with('-') {
        return words.replace(given, given.split(['=', ' ']).next().unwrap_or_default());
    }
    // Of numbers clap says also what they are not.
    let words =
        words.replace(&format!("'{given}'"), "'...'").replace(&format!(": {given} is not"), ": it is not");
    if given.len() < MAY_BE_SECRET { words } else { words.replace(given, "...") }
}

/// Whether the command is `doctor`, as far as can be told without clap.
#[cfg(target_os = "linux")]
pub(crate) fn asks_for_doctor(words: &[OsString]) -> bool {
    const WITH_VALUE: [&str; 5] = ["-p", "--profile", "--config", "--deadline", "--color"];
    let mut words = words.iter().filter_map(|word| word.to_str());
    while let Some(word) = words.next() {
        match word {
            _ if WITH_VALUE.contains(&word) => drop(words.next()),
            _ if word.starts_with('-') => {}
            _ => return word == "doctor",
        }
    }
    false
}

/// For a command line that could not be understood otherwise, and where it is out of reach.
pub(crate) fn asks_for_json() -> bool {
    std::env::args_os().any(|argument| argument == "--json")
}

#[cfg(all(test, target_os = "linux"))]
mod doctor {
    use super::*;

    #[test]
    fn it_is_the_first_word_that_is_no_option() {
        let asks = |line: &str| asks_for_doctor(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        for line in ["doctor", "--json doctor --online", "-p token doctor", "--config=x -q doctor"] {
            assert!(asks(line), "{line}");
        }
        for line in ["token", "-p doctor token", "status doctor", "--json", "--config doctor"] {
            assert!(!asks(line), "{line}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> (String, Option<String>) {
        match Cli::read(line.split(' ').map(OsString::from).collect()) {
            Err(Unparsed::Mistake(error)) => (error.message(), error.hint),
            Err(Unparsed::Help(_)) => panic!("{line}: help"),
            Ok(_) => panic!("{line}: understood"),
        }
    }

    #[test]
    fn what_was_given_is_masked_and_our_own_words_are_not() {
        const UNIT: &str = "expected a number and a unit, such as `90s`, `15m`, `2h` or `30d`";
        for given in ["90", "s", "m", "h", "0s5", "number", "such"] {
            for flag in ["token --min-ttl", "token --deadline"] {
                let (words, _) = told(&format!("{flag} {given}"));
                let name = flag.split(' ').nth(1).expect("a flag");
                let head = format!("invalid value '...' for '{name}': {UNIT}");
                assert!(words.starts_with(&head), "{given}: {words}");
            }
        }
        for (line, wanted) in [
            ("refresh --all --jobs 4711", "invalid value '...' for '--jobs': it is not in 1..=128"),
            ("token --color rt-canary", "invalid value '...' for '--color'"),
            ("token rt-canary-1", "unexpected argument '...' found"),
            // As a terminal gives what is pasted.
            ("token \u{1b}[200~rt-canary\u{1b}[201~", "unexpected argument '...' found"),
            ("token --color \u{1b}[200~rt-canary\u{1b}[201~", "invalid value '...' for '--color'"),
            ("token --color rt-canary\u{1}", "invalid value '...' for '--color'"),
            ("rt-\u{1b}canary\r", "unrecognized subcommand '...'"),
            ("token --refresh-token=rt-canary", "unexpected argument '--refresh-token' found"),
            ("rt-canary-1", "unrecognized subcommand '...'"),
            ("token --profile", "a value is required for '--profile' but none was supplied"),
        ] {
            let (words, _) = told(line);
            assert!(words.starts_with(wanted), "{line}: {words}");
            assert!(!words.contains("canary") && !words.contains("4711"), "{line}: {words}");
        }
    }

    #[test]
    fn whoever_names_a_profile_without_its_flag_is_told_of_the_flag() {
        const TOKEN: &str = "give a token on standard input or at the hidden prompt";
        for (line, hint) in [
            ("token metrics", Some("name a profile with `-p`")),
            ("--json refresh work", Some("name a profile with `-p`")),
            ("logout work", Some("name a profile with `-p`")),
            ("status work", Some("name a profile with `-p`")),
            ("work", Some("name a profile with `-p`, after a command: `tokcli token -p NAME`")),
            ("-q work", Some("name a profile with `-p`, after a command: `tokcli token -p NAME`")),
            ("import --refresh-token=x", Some(TOKEN)),
            (
                "import work",
                Some("give a token on standard input or at the hidden prompt; name a profile with `-p`"),
            ),
            ("tokn", None),
            ("dialect work", None),
            ("config path work", None),
            ("keepalive bogus", None),
            ("helper bogus", None),
            ("token --profil work", None),
        ] {
            assert_eq!(told(line).1.as_deref(), hint, "{line}");
        }
        assert!(told("tokn").0.contains("a similar subcommand exists: 'token'"));
    }
}
