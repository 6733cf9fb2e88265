//! How a credential comes, what becomes of it, and how it goes.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::sealed::SealedKey;
use crate::base::duration;

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

impl Import {
    /// As it is told where else this is done.
    pub(crate) fn words(&self) -> &'static str {
        match self {
            Import { sealed: true, .. } => "import --sealed",
            Import { answer: true, .. } => "import --answer",
            _ => "import",
        }
    }
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args, Default)]
pub(crate) struct Login {
    /// Which of the dialect's logins, such as `authorization_code`, `device_code` or `password`
    #[arg(long, value_name = "GRANT", conflicts_with = "device")]
    pub(crate) grant: Option<String>,

    /// Log in on another device: an address and a code are shown
    #[arg(long, conflicts_with_all = ["paste", "no_browser"])]
    pub(crate) device: bool,

    /// Do not listen for a browser: paste the address that it ends at
    #[arg(long)]
    pub(crate) paste: bool,

    /// Show the address instead of opening a browser
    #[arg(long)]
    pub(crate) no_browser: bool,

    /// The port at which the browser comes back, where the vendor accepts any
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) redirect_port: Option<u16>,

    /// Ask for this scope instead of the profile's
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Option<String>,

    /// The resource that tokens are wanted for, such as an MCP server: it is asked whom it trusts, and a profile is written
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,

    /// Which server's tokens, of several that the resource trusts
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
    /// Forget it without telling the vendor
    #[arg(long)]
    pub(crate) local: bool,

    /// For a login that another machine has: have it log out there too, where it allows that
    #[arg(long, conflicts_with_all = ["local", "all"])]
    pub(crate) owner: bool,

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

impl SecretCommand {
    /// As it is told where else this is done. What was given as a name may be a secret.
    pub(crate) fn words(&self) -> &'static str {
        match self {
            SecretCommand::Set { .. } => "secret set NAME",
            SecretCommand::List => "secret list",
            SecretCommand::Rm { .. } => "secret rm NAME",
        }
    }
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

    /// Ask the machine that has a login, if that is another one, about its state
    #[arg(long)]
    pub(crate) owner: bool,

    /// Show exact times, in UTC, also on a terminal
    #[arg(long, conflicts_with = "check")]
    pub(crate) utc: bool,
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

    /// Set it aside even if it opens, or if that cannot be determined now
    #[arg(long, requires = "discard_journal")]
    pub(crate) yes: bool,

    /// Give up answers that cannot be read: they count as lost on their way
    #[arg(long, conflicts_with_all = ["stdin", "discard_journal"])]
    pub(crate) discard_answers: bool,
}
