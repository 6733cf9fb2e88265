//! A token, at hand or renewed: `token` and `refresh`.

use clap::Args;

use super::life::Life;

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

/// As a profile may have it.
pub(super) fn scope(text: &str) -> Result<String, String> {
    match text.is_empty() || text.chars().any(char::is_control) {
        true => Err("it is empty or holds a control character".into()),
        false => Ok(text.to_owned()),
    }
}

/// Each holds six descriptors, of the 1,024 that a process usually may have; where it may have less, fewer are asked at once.
const MOST_JOBS: i64 = 128;

/// What becomes of the request of another machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Takeover {
    /// It counts as one of this machine that was never answered
    Replay,
}

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
    #[arg(short, long, requires = "all", value_name = "N", default_value_t = 40, value_parser = clap::value_parser!(u16).range(1..=MOST_JOBS))]
    pub(crate) jobs: u16,

    /// Print the request with its secrets masked; send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Send once more although the outcome of the last request is not known
    #[arg(long)]
    pub(crate) force_replay: bool,

    /// In a fleet: do not wait for a machine that sent the refresh token and may have the answer
    #[arg(long, value_name = "HOW", conflicts_with_all = ["all", "dry_run"])]
    pub(crate) takeover: Option<Takeover>,

    /// Fail with exit 7 if the store did not take the new credential, though the journal did
    #[arg(long)]
    pub(crate) strict_store: bool,
}
