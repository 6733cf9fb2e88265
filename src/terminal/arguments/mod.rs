//! The command line as it is declared, and what the environment says where it is silent. The words
//! here are a contract (`docs/reference.md`); the man page and the completions are made from them.

pub(crate) mod called_as;
pub(crate) mod exec;
pub(crate) mod keepalive;
pub(crate) mod life;
mod quick;
pub(crate) mod usage;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::base::error::{Code, Error, Result, config};
use crate::base::{duration, environment, shell};
use crate::profile::KeySource;
use crate::profile::secret_source::SecretSource;
use crate::surface::ci::Ci;
use crate::surface::env::Format;
use crate::surface::header::Form;
use crate::surface::sasl::check::Service;
use crate::surface::sasl::{Mailbox, Mechanism};
use crate::surface::setup::Kind;
use crate::surface::variable;
use exec::Exec;
use keepalive::Keepalive;
use life::Life;

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
    /// Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]
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

    /// Longest wait, such as `30s`; an answer on its way is still awaited [120s if it is not given; for `login` 10m]
    #[arg(long, global = true, value_name = "DUR", value_parser = duration::parse_any)]
    pub(crate) deadline: Option<Duration>,

    /// Let the deadline cut off even a request that was sent
    #[arg(long, global = true)]
    pub(crate) abandon: bool,

    /// Refresh also where the store cannot keep the new refresh token
    #[arg(long, global = true)]
    pub(crate) allow_loss: bool,

    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Color,
}

/// A machine waits for so long.
const DEADLINE: Duration = Duration::from_secs(120);
/// A person finds their password meanwhile.
pub(crate) const OF_A_LOGIN: Duration = Duration::from_secs(600);

impl Global {
    pub(crate) fn deadline(&self) -> Duration {
        self.deadline.unwrap_or(DEADLINE)
    }

    pub(crate) fn deadline_of_a_login(&self) -> Duration {
        self.deadline.unwrap_or(OF_A_LOGIN)
    }
}

impl Cli {
    /// Of the whole run.
    pub(crate) fn deadline(&self) -> Duration {
        match &self.command {
            Command::Login(_) => self.global.deadline_of_a_login(),
            _ => self.global.deadline(),
        }
    }
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
    /// Print a credential as one sealed line, for another machine
    Export(Export),
    /// Log in at the vendor, and store what it gives
    Login(Login),
    /// Give a credential back to the vendor where that can be done, and forget it
    Logout(Logout),
    /// Secrets of a profile that its store keeps (`{ store = true }`)
    #[command(subcommand)]
    Secret(SecretCommand),
    /// Confirm that a credential may go to where its profile now points
    Rebind(Rebind),
    /// Show every profile: who is logged in, the credential's state and when it dies
    Status(Status),
    /// Bring back what the journal holds and the store does not
    Recover(Recover),
    /// Print the header that a request carries
    Header(Header),
    /// Print what a mail program says to its server in the place of a password
    Sasl(Sasl),
    /// Run a command that has a token in its environment or on a descriptor
    Exec(Exec),
    /// Print a token as an assignment that a shell reads, or set it in a CI job
    Env(Env),
    /// Answer a program that asks for credentials in a way of its own
    #[command(subcommand)]
    Helper(HelperCommand),
    /// Keep logins alive that nobody uses, by the platform's timer
    #[command(subcommand)]
    Keepalive(Keepalive),
    /// Say what is wrong here, and how it is mended
    Doctor(Doctor),
    /// The catalogue of vendors
    #[command(subcommand)]
    Dialect(DialectCommand),
    /// The configuration file
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print a shell's completion script
    Completions {
        /// bash, zsh, fish, powershell or elvish
        shell: Shell,
    },
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args, Default)]
pub(crate) struct Token {
    #[command(flatten)]
    pub(crate) life: Life,

    /// Ask for this scope instead of the profile's; the login keeps a token for each
    #[arg(long, value_name = "SCOPE", value_parser = scope)]
    pub(crate) scope: Option<String>,

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

    /// Standard input is what `export --sealed` printed
    #[arg(long, conflicts_with = "answer")]
    pub(crate) sealed: bool,

    #[command(flatten)]
    pub(crate) key: SealedKey,

    /// Replace the credential that is there
    #[arg(long)]
    pub(crate) replace: bool,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Export {
    /// Seal it with the key, without which nobody can read it; there is no other form
    #[arg(long, required = true)]
    pub(crate) sealed: bool,

    /// Go on refreshing here, too
    #[arg(long)]
    pub(crate) copy: bool,

    #[command(flatten)]
    pub(crate) key: SealedKey,
}

/// The key of a sealed record.
#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args, Default)]
pub(crate) struct SealedKey {
    /// With --sealed: the environment variable that holds its key, 32 bytes in base64 [else the store's own key]
    #[arg(long, value_name = "NAME", requires = "sealed", conflicts_with = "key_file")]
    pub(crate) key_env: Option<String>,

    /// With --sealed: the file that holds its key
    #[arg(long, value_name = "FILE", requires = "sealed")]
    pub(crate) key_file: Option<PathBuf>,
}

impl SealedKey {
    /// As they stand on the command line, after a space.
    pub(crate) fn words(&self) -> String {
        let variable = self.key_env.as_ref().map(|name| format!(" --key-env {name}"));
        let file =
            || Some(format!(" --key-file {}", shell::quoted(&self.key_file.as_ref()?.display().to_string())));
        variable.or_else(file).unwrap_or_default()
    }

    /// `None`: nobody named one.
    pub(crate) fn source(&self) -> Option<KeySource> {
        let variable = |name: &String| KeySource::Secret(SecretSource::Env(name.clone()));
        let file = |path: &PathBuf| KeySource::KeyFile(path.clone());
        self.key_env.as_ref().map(variable).or_else(|| self.key_file.as_ref().map(file))
    }
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args, Default)]
pub(crate) struct Login {
    /// Which of the dialect's logins, such as `authorization_code`, `device_code` or `password`
    #[arg(long, value_name = "GRANT", conflicts_with = "device")]
    pub(crate) grant: Option<String>,

    /// Decide on another device: an address and a code are shown
    #[arg(long, conflicts_with_all = ["paste", "no_browser"])]
    pub(crate) device: bool,

    /// Listen for no browser: paste the address that it shows in the end
    #[arg(long)]
    pub(crate) paste: bool,

    /// Show the address instead of opening a browser
    #[arg(long)]
    pub(crate) no_browser: bool,

    /// The port at which the browser comes back, where the vendor takes any
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) redirect_port: Option<u16>,

    /// Ask for this scope instead of the profile's
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Option<String>,

    /// The resource that tokens are wanted for, such as an MCP server: it is asked whom it trusts, and a profile is written
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,

    /// Which server's, of several that the resource trusts
    #[arg(long, value_name = "ISSUER", requires = "url")]
    pub(crate) issuer: Option<String>,

    /// Replace the credential that is there
    #[arg(long)]
    pub(crate) replace: bool,

    /// Confirm what is found, without a question
    #[arg(long)]
    pub(crate) yes: bool,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Logout {
    /// Forget it here alone, without telling the vendor
    #[arg(long)]
    pub(crate) local: bool,

    /// Every profile's credential
    #[arg(long, conflicts_with = "profile")]
    pub(crate) all: bool,

    /// Forget the account's stored secrets too
    #[arg(long)]
    pub(crate) all_secrets: bool,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Subcommand)]
pub(crate) enum SecretCommand {
    /// Store a secret from standard input or a hidden prompt
    Set {
        /// Its key in the profile, such as `client_secret`, `password` or `params.pin`
        name: String,
    },
    /// List stored secrets by name: when they were set and where they may go
    List,
    /// Remove a stored secret
    Rm {
        /// Its key in the profile
        name: String,
    },
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Rebind {
    /// Confirm without asking
    #[arg(long)]
    pub(crate) yes: bool,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args, Default)]
pub(crate) struct Status {
    /// Say nothing; exit 4 if a person is needed
    #[arg(long)]
    pub(crate) check: bool,

    /// With --check: or will be within this time, such as `7d`, if nobody refreshes
    #[arg(long, requires = "check", value_name = "DUR", value_parser = duration::parse_any)]
    pub(crate) within: Option<Duration>,

    /// Show times as they stand, in UTC, also on a terminal
    #[arg(long, conflicts_with = "check")]
    pub(crate) utc: bool,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Doctor {
    /// Also ask each vendor's server whether it can be reached and what time it is, without any secret
    #[arg(long)]
    pub(crate) online: bool,

    /// Look at this store alone
    #[arg(long, value_name = "NAME", conflicts_with_all = ["profile", "mail"])]
    pub(crate) store: Option<String>,

    /// Ask a mail server which logins with a token it offers: `HOST`, `HOST:PORT` or `imap://HOST:PORT`
    #[arg(long, value_name = "HOST")]
    pub(crate) mail: Option<String>,

    /// Mend what can be mended safely: files and directories of tokcli that others may use
    #[arg(long)]
    pub(crate) fix: bool,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Recover {
    /// Standard input is a sealed answer that an earlier run printed as its last resort
    #[arg(long, conflicts_with = "discard_journal")]
    pub(crate) stdin: bool,

    /// Set a journal that cannot be opened aside (renamed, not deleted); needs --profile
    #[arg(long)]
    pub(crate) discard_journal: bool,

    /// With --discard-journal: that of the account's stored secrets
    #[arg(long, requires = "discard_journal")]
    pub(crate) secrets: bool,

    /// Set it aside although it opens, or although that cannot be told now
    #[arg(long, requires = "discard_journal")]
    pub(crate) yes: bool,

    /// Give up answers that cannot be read: they count as lost on their way
    #[arg(long, conflicts_with_all = ["stdin", "discard_journal"])]
    pub(crate) discard_answers: bool,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args, Default)]
pub(crate) struct Header {
    /// How it is written
    #[arg(long = "as", value_enum, default_value_t, value_name = "FORM")]
    pub(crate) form: Form,

    /// Refresh first if more than half of the token's life is over, for programs that use one header for long
    #[arg(long)]
    pub(crate) fresh: bool,

    /// The address of the request, for a token that is bound to a key (DPoP): its proof is printed, too
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,

    /// The method of that request [GET]
    #[arg(long, value_name = "METHOD", requires = "url")]
    pub(crate) method: Option<String>,

    /// The nonce that the server wants in the proof: its answer's `DPoP-Nonce`
    #[arg(long, value_name = "NONCE", requires = "url")]
    pub(crate) nonce: Option<String>,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Env {
    /// Print it for this shell or reader
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,

    /// Set it for the steps that follow in a job of this CI, and mask it in the log; recognised without
    #[arg(long, value_enum, value_name = "CI", conflicts_with = "format")]
    pub(crate) to: Option<Ci>,

    /// The variable
    #[arg(long, value_name = "NAME", default_value = variable::USUAL)]
    pub(crate) name: String,

    #[command(flatten)]
    pub(crate) life: Life,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Sasl {
    /// The mechanism
    #[arg(value_enum)]
    pub(crate) mechanism: Mechanism,

    /// The mailbox, mostly its address
    #[arg(long, value_name = "USER", value_parser = mailbox_word)]
    pub(crate) user: String,

    /// The mail server, which OAUTHBEARER can name
    #[arg(long, value_name = "HOST", value_parser = mailbox_word)]
    pub(crate) host: Option<String>,

    /// Its port
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,

    /// Print nothing, but log in there once and say what the server says [SERVICE: else by its port, else imaps]
    #[arg(long, value_name = "SERVICE", num_args = 0..=1, require_equals = true, requires = "host")]
    pub(crate) check: Option<Option<Service>>,
}

impl Sasl {
    /// What is to be checked, and at which port. `None`: nobody wants that.
    pub(crate) fn checked(&self) -> Option<Result<(Service, u16)>> {
        let service = self.check?.or_else(|| match self.port {
            None => Some(Service::Imaps),
            Some(port) => Service::at(port),
        });
        Some(match service {
            Some(service) => Ok((service, self.port.unwrap_or(service.port()))),
            None => {
                Err(Error::new(Code::Usage, "what is served at that port must be said: `--check=SERVICE`"))
            }
        })
    }

    pub(crate) fn mailbox(&self) -> Mailbox<'_> {
        Mailbox { user: &self.user, host: self.host.as_deref(), port: self.port }
    }
}

/// What a response can hold.
fn mailbox_word(text: &str) -> std::result::Result<String, String> {
    match text.is_empty() || text.chars().any(char::is_control) {
        true => Err("it is empty or holds a control character".into()),
        false => Ok(text.to_owned()),
    }
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Subcommand)]
pub(crate) enum HelperCommand {
    /// For git (`credential.helper`)
    Git {
        /// What git asks for: get, store, erase or capability
        action: String,

        /// Say this name, and the token in the place of the password, whatever the server offers
        #[arg(long, value_name = "NAME")]
        username: Option<String>,
    },
    /// For docker, podman and skopeo (`credHelpers`)
    Docker {
        /// What is asked for: get, store, erase, list or version
        action: String,

        /// The name beside the token [else `oauth2accesstoken`]
        #[arg(long, value_name = "NAME")]
        username: Option<String>,
    },
    /// For kubectl and other programs of Kubernetes (`users[].user.exec`)
    Kubectl,
    /// For Bazel and others that run EngFlow's credential helpers
    Bazel {
        /// What is asked for: get
        action: String,
    },
    /// For cargo (`credential-provider`)
    Cargo {
        /// As cargo calls it
        #[arg(long)]
        cargo_plugin: bool,

        /// The token alone, without `Bearer` before it
        #[arg(long)]
        bare: bool,
    },
    /// For Terraform and OpenTofu (`data "external"`)
    Terraform,
    /// For pip and uv, in the place of the program `keyring`
    Pip {
        /// As pip calls it; with `creds` the answer holds a name too
        #[arg(long, value_name = "MODE")]
        mode: Option<String>,

        /// As pip calls it
        #[arg(long, value_name = "FORMAT")]
        output: Option<String>,

        /// What is asked for: get
        action: String,

        /// The address of the index
        service: String,

        /// The name in that address
        username: Option<String>,
    },
    /// For pnpm (`tokenHelper`)
    Pnpm,
    /// For Google's client libraries (`credential_source.executable`)
    Google,
    /// For the AWS SDKs (`credential_process`), where the vendor gives temporary keys of that kind
    Aws,
    /// For systemd (`LoadCredential=ID:SOCKET`): standard input is the connection, and ID the profile if none is named
    Systemd,
    /// Make the link by which a program finds its helper, and print what goes into the program's configuration
    Install(Install),
    /// Show each helper: its link, whether its program is set up for it, and whether it works
    List,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Install {
    /// The program
    #[arg(value_enum)]
    pub(crate) name: Kind,

    /// Where the link goes [else ~/.local/bin, or ~/bin if that alone is on PATH]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,

    /// Add the lines to the program's configuration instead of printing them
    #[arg(long)]
    pub(crate) write: bool,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Subcommand)]
pub(crate) enum DialectCommand {
    /// List the vendors that are known
    List {
        /// Only those whose name, title, keywords or documentation address hold all of these
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

        /// Say instead what the dialect reads in the vendor's answer in this file, `-` for standard input
        #[arg(long, value_name = "FILE", requires = "what")]
        answer: Option<PathBuf>,

        /// The exchange whose answer it is [else refresh]
        #[arg(long, value_name = "NAME", requires = "answer")]
        exchange: Option<String>,
    },
    /// Refresh once, and print a recorded example of it, in which every secret is made up
    Record {
        /// The dialect; `--profile` says with which profile, if several use it
        name: String,
    },
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print where profiles.toml is looked for
    Path,
    /// Check profiles.toml and every dialect it uses
    Check,
    /// Write a new profile; at a terminal it asks for what is missing
    Add(AddProfile),
    /// Take a profile out; its credential stays
    Remove {
        /// The profile
        name: String,
    },
    /// Open profiles.toml in an editor, and put it in place once it is right
    Edit,
    /// Print the JSON Schema of profiles.toml and of dialect files, for editors
    Schema,
}

/// As a profile may have it.
fn scope(text: &str) -> std::result::Result<String, String> {
    match text.is_empty() || text.chars().any(char::is_control) {
        true => Err("it is empty or holds a control character".into()),
        false => Ok(text.to_owned()),
    }
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args, Default)]
pub(crate) struct AddProfile {
    /// What it shall be called
    pub(crate) name: String,

    /// Its dialect: a built-in name or one under [dialects]
    #[arg(long, value_name = "NAME")]
    pub(crate) dialect: Option<String>,

    /// A key as in profiles.toml, such as `client_id=app-7` or `client_secret.env=VARIABLE`; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) settings: Vec<String>,

    /// Make it the profile that is used if none is asked for
    #[arg(long)]
    pub(crate) default: bool,
}

/// The profile that is `named`, else `TOKCLI_PROFILE`.
pub(crate) fn asked_profile(named: Option<&str>) -> Result<Option<String>> {
    match named {
        // A script's variable that is not set would choose another profile than the one it names.
        Some("") => Err(Error::new(Code::UnknownProfile, "`--profile` is empty")
            .hint("name one with `-p NAME`, or leave the flag out")),
        Some(name) => Ok(Some(name.to_owned())),
        None => environment::text("TOKCLI_PROFILE").map_err(|_| config("`TOKCLI_PROFILE` is not UTF-8")),
    }
}

impl Global {
    /// `--profile`, else `TOKCLI_PROFILE`.
    pub(crate) fn asked_profile(&self) -> Result<Option<String>> {
        asked_profile(self.profile.as_deref())
    }

    /// Of a run for that profile that has everything else from here: for another process of ours.
    pub(crate) fn words_for(&self, profile: &str) -> Vec<String> {
        let mut words = vec![format!("--profile={profile}")];
        words.extend(self.config.as_ref().map(|path| format!("--config={}", path.display())));
        words.extend(self.deadline.map(|deadline| format!("--deadline={}s", deadline.as_secs())));
        words.extend(self.abandon.then(|| "--abandon".to_owned()));
        words.extend(self.allow_loss.then(|| "--allow-loss".to_owned()));
        words
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
