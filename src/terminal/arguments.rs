//! The command line and the environment: the only place that reads either.
//! The words here are a contract (`docs/reference.md`); the man page and the
//! completions are made from them.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::base::error::{Code, Error, Result, config};
use crate::base::{duration, environment};

/// Keeps vendor API tokens alive
///
/// The refresh token lives in the keyring, rotates when the vendor rotates it,
/// and is never lost; `tokcli token` prints a valid access token.
#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Parser)]
#[command(name = "tokcli", version, max_term_width = 100, infer_subcommands = false)]
#[command(arg_required_else_help = true, subcommand_required = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Global {
    /// Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status` and `recover` else all]
    #[arg(short, long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// The profiles.toml to read [else TOKCLI_CONFIG, else the one in the configuration directory]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Print one JSON object instead of text, errors too
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Print no warnings
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,

    /// Say what is done and how long it takes (never a secret)
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,

    /// Longest wait, such as `30s`; an answer on its way is still awaited
    #[arg(long, global = true, value_name = "DUR", default_value = "120s", value_parser = duration::parse_any)]
    pub(crate) deadline: Duration,

    /// Let the deadline cut off even a request that was sent
    #[arg(long, global = true)]
    pub(crate) abandon: bool,

    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Color,
}

#[cfg_attr(test, derive(Debug))]
#[derive(Clone, Copy, Default, PartialEq, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Print a valid access token, refreshing it first if need be
    Token(Token),
    /// Refresh now and print the new access token
    Refresh(Refresh),
    /// Store a refresh token from standard input or a hidden prompt
    Import(Import),
    /// Forget a credential
    Logout(Logout),
    /// Confirm that a credential may go to where its profile now points
    Rebind(Rebind),
    /// Show every profile: its credential's state and when it dies
    Status,
    /// Bring back what the journal holds and the store does not
    Recover(Recover),
    /// The catalogue of vendors
    #[command(subcommand)]
    Dialect(Dialect),
    /// The configuration file
    #[command(subcommand)]
    Config(Config),
    /// Print a shell's completion script
    Completions {
        /// bash, zsh, fish, powershell or elvish
        shell: Shell,
    },
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args, Default)]
pub(crate) struct Token {
    /// Refresh first if it would expire within this time [else the profile's `min_ttl`, else 60s]
    #[arg(long, value_name = "DUR", value_parser = duration::parse_any)]
    pub(crate) min_ttl: Option<Duration>,

    /// Send nothing to the vendor; print any token that is still valid
    #[arg(long)]
    pub(crate) offline: bool,

    /// Read the store, not the cache of access tokens, and leave nothing in the cache
    #[arg(long)]
    pub(crate) no_cache: bool,
}

/// Each holds six descriptors, of the 1,024 that a process usually may have.
const MOST_JOBS: i64 = 128;

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Refresh {
    /// Refresh every profile; prints outcomes, never tokens
    #[arg(long, conflicts_with_all = ["dry_run", "force_replay", "profile"])]
    pub(crate) all: bool,

    /// With --all: only those past half of their refresh token's life, or not refreshed for a day if that is unknown
    #[arg(long, requires = "all")]
    pub(crate) due: bool,

    /// With --all: how many at once
    #[arg(short, long, requires = "all", value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=MOST_JOBS))]
    pub(crate) jobs: u16,

    /// Print the request with its secrets masked; send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Send once more although the outcome of the last request is not known
    #[arg(long)]
    pub(crate) force_replay: bool,

    /// Fail with exit 7 if the store did not take the new credential, though the journal did
    #[arg(long)]
    pub(crate) strict_store: bool,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Import {
    /// Standard input is a whole token answer of the vendor, not a bare refresh token
    #[arg(long)]
    pub(crate) answer: bool,

    /// When the vendor gave that answer: `now`, RFC 3339, or seconds since 1970
    #[arg(long, requires = "answer", value_name = "TIME")]
    pub(crate) obtained_at: Option<String>,

    /// Replace the credential that is there
    #[arg(long)]
    pub(crate) replace: bool,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Logout {
    /// Only forget it here; the vendor is not told
    #[arg(long)]
    pub(crate) local: bool,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Rebind {
    /// Confirm without asking
    #[arg(long)]
    pub(crate) yes: bool,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Recover {
    /// Standard input is a sealed answer that an earlier run printed as its last resort
    #[arg(long, conflicts_with = "discard_journal")]
    pub(crate) stdin: bool,

    /// Set a journal that cannot be opened aside (renamed, not deleted)
    #[arg(long)]
    pub(crate) discard_journal: bool,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Subcommand)]
pub(crate) enum Dialect {
    /// List the vendors that are known
    List {
        /// Only those whose name, title or documentation address holds all of these
        words: Vec<String>,
    },
    /// Print a dialect's source
    Show {
        /// A built-in name or one under [dialects]
        name: String,
    },
    /// Print a starting point for a dialect of your own, from nothing or from what you have at hand
    New {
        /// What it shall be called
        name: String,

        /// Make it from the curl command in this file, `-` for standard input
        #[arg(long, value_name = "FILE")]
        curl: Option<PathBuf>,

        /// Make it from the vendor's answer in this file, `-` for standard input
        #[arg(long, value_name = "FILE")]
        answer: Option<PathBuf>,
    },
    /// Say everything that is wrong with a dialect
    Check {
        /// A file with [dialects], or a name [else all of yours]
        #[arg(value_name = "FILE|NAME")]
        what: Option<String>,
    },
    /// Replay a dialect's recorded examples; nothing is sent
    Test {
        /// A file with [dialects], or a name [else all of yours]
        #[arg(value_name = "FILE|NAME")]
        what: Option<String>,
    },
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Subcommand)]
pub(crate) enum Config {
    /// Print where profiles.toml is looked for
    Path,
    /// Check profiles.toml and every dialect it uses
    Check,
    /// Print the JSON Schema of profiles.toml and of dialect files, for editors
    Schema,
}

const DEADLINE: Duration = Duration::from_secs(120);

impl Cli {
    /// The line of nearly every call, `token` and its usual options, read without clap, whose tree
    /// of all commands takes as long to build as such a call otherwise lasts. `None`: ask clap, which
    /// has the word on everything else, and would read the same here.
    pub(crate) fn quick(mut words: impl Iterator<Item = OsString>) -> Option<Cli> {
        let mut global = Global {
            profile: None,
            config: None,
            json: false,
            quiet: false,
            verbose: false,
            deadline: DEADLINE,
            abandon: false,
            color: Color::Auto,
        };
        let mut token = None;
        while let Some(word) = words.next() {
            let word = word.into_string().ok()?;
            let (name, given) = match word.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
                _ => (word.as_str(), None),
            };
            let is_flag = given.is_none();
            let mut value = || {
                let value = given.clone().map_or_else(|| words.next()?.into_string().ok(), Some);
                value.filter(|value| !value.is_empty() && !value.starts_with('-'))
            };
            match (name, &mut token) {
                ("token", None) if is_flag => token = Some(Token::default()),
                ("-p" | "--profile", _) => first(&mut global.profile, value()?)?,
                ("--config", _) => first(&mut global.config, value()?.into())?,
                ("--json", _) if is_flag => raise(&mut global.json)?,
                ("-q" | "--quiet", _) if is_flag => raise(&mut global.quiet)?,
                ("--min-ttl", Some(token)) => {
                    first(&mut token.min_ttl, duration::parse_any(&value()?).ok()?)?;
                }
                ("--offline", Some(token)) if is_flag => raise(&mut token.offline)?,
                ("--no-cache", Some(token)) if is_flag => raise(&mut token.no_cache)?,
                _ => return None,
            }
        }
        token.map(|token| Cli { global, command: Command::Token(token) })
    }
}

impl Global {
    /// `--profile`, else `TOKCLI_PROFILE`.
    pub(crate) fn asked_profile(&self) -> Result<Option<String>> {
        match &self.profile {
            Some(name) => Ok(Some(name.clone())),
            None => environment::text("TOKCLI_PROFILE").map_err(|_| config("`TOKCLI_PROFILE` is not UTF-8")),
        }
    }

    /// `--config`, else `TOKCLI_CONFIG`, else profiles.toml in the platform's directory.
    pub(crate) fn config_path(&self) -> Result<PathBuf> {
        let given = self.config.clone().or_else(|| environment::os("TOKCLI_CONFIG").map(PathBuf::from));
        let place = || {
            directories::ProjectDirs::from("", "", "tokcli")
                .map(|dirs| dirs.config_dir().join("profiles.toml"))
                // A relative `HOME` would mean another file in each directory.
                .filter(|path| path.is_absolute())
        };
        given
            .or_else(place)
            .ok_or_else(|| config("there is no configuration directory").hint("say `--config FILE`"))
    }
}

/// `None`: it was given before, and clap says what that means.
fn first<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

fn raise(flag: &mut bool) -> Option<()> {
    (!std::mem::replace(flag, true)).then_some(())
}

/// Why the command line is wrong, without what was given: it may be a secret that
/// belongs on standard input. `Err`: it is no mistake but `--help` or `--version`.
pub(crate) fn usage_error(wrong: &clap::Error) -> std::result::Result<Error, &clap::Error> {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    if !wrong.use_stderr() || wrong.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Err(wrong);
    }
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
    let words = words.trim().strip_prefix("error: ").unwrap_or(words.trim()).to_owned();
    let error = Error::new(Code::Usage, words);
    let importing =
        wrong.kind() == ErrorKind::UnknownArgument && std::env::args_os().any(|word| word == "import");
    Ok(if importing {
        error.hint("a token is given on standard input, or at the hidden prompt")
    } else {
        error
    })
}

/// For a command line that could not be understood otherwise.
pub(crate) fn asks_for_json() -> bool {
    std::env::args_os().any(|argument| argument == "--json")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quick(words: &[&str]) -> Option<Cli> {
        Cli::quick(words.iter().map(OsString::from))
    }

    #[test]
    fn the_usual_lines_are_read_without_clap() {
        for words in [
            &["token"][..],
            &["token", "-p", "a"],
            &["-p", "a", "token"],
            &["--profile=a", "token", "--min-ttl", "5m"],
            &["token", "--profile", "a", "--json", "-q"],
            &["token", "--config", "x.toml", "--offline", "--no-cache", "--min-ttl=0"],
        ] {
            assert!(quick(words).is_some(), "{words:?}");
        }
        for words in
            [&[][..], &["refresh"], &["token", "-h"], &["token", "x"], &["token", "--jso"], &["--version"]]
        {
            assert!(quick(words).is_none(), "{words:?}");
        }
    }

    const WORDS: [&str; 34] = [
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
        "--min-ttl",
        "--min-ttl=5m",
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
