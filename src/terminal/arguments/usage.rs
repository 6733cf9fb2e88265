//! What is wrong with a command line. What was given is not repeated: it may be a secret that
//! belongs on standard input.

use std::ffi::OsString;

use clap::Parser as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::Cli;
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
        let takes = |command: &str| words.iter().any(|word| word == command);
        let hint = match (takes("import"), takes("secret")) {
            (true, _) => Some("a token is given on standard input, or at the hidden prompt"),
            (_, true) => Some("a secret is given on standard input, or at the hidden prompt"),
            _ => None,
        };
        let line = std::iter::once(OsString::from("tokcli")).chain(words);
        Cli::try_parse_from(line).map_err(|wrong| unparsed(wrong, hint))
    }
}

fn unparsed(wrong: clap::Error, hint: Option<&str>) -> Unparsed {
    if !wrong.use_stderr() || wrong.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Unparsed::Help(wrong);
    }
    let error = Error::new(Code::Usage, words(&wrong));
    Unparsed::Mistake(match hint.filter(|_| wrong.kind() == ErrorKind::UnknownArgument) {
        Some(hint) => error.hint(hint),
        None => error,
    })
}

fn words(wrong: &clap::Error) -> String {
    let mut words = wrong.render().to_string();
    for kind in [ContextKind::InvalidValue, ContextKind::InvalidSubcommand, ContextKind::InvalidArg] {
        if let Some(ContextValue::String(given)) = wrong.get(kind)
            && !given.is_empty()
        {
            // A flag's own name is worth repeating, up to its value.
            let shown = given.starts_with('-').then(|| given.split(['=', ' ']).next().unwrap_or_default());
            words = words.replace(given.as_str(), shown.unwrap_or("..."));
        }
    }
    words.trim().strip_prefix("error: ").unwrap_or(words.trim()).to_owned()
}

/// For a command line that could not be understood otherwise, and where it is out of reach.
pub(crate) fn asks_for_json() -> bool {
    std::env::args_os().any(|argument| argument == "--json")
}
