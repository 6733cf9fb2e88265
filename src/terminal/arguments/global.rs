//! What every command takes, and what the environment says where it is silent.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::known;
use crate::base::error::{Code, Error, Result, config};
use crate::base::{duration, environment};

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Global {
    /// Profile to use [else TOKCLI_PROFILE, else `default_profile`, else the only one; for `status`, `doctor` and `recover` else all]
    #[arg(short, long, global = true, value_name = "NAME", add = known::profiles())]
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

    /// Report what is done and how long it takes (never a secret)
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,

    /// Longest wait, such as `30s`; an answer on its way is still awaited [120s if not given; for `login` 10m]
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
        self.config.clone().or_else(known::usual_path).ok_or_else(|| {
            config("there is no configuration directory").hint("name a file with `--config FILE`")
        })
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

/// The profile that is `named`, else `TOKCLI_PROFILE`.
pub(crate) fn asked_profile(named: Option<&str>) -> Result<Option<String>> {
    match named {
        // A script's variable that is not set would choose another profile than the one it names.
        Some("") => Err(Error::new(Code::UnknownProfile, "`--profile` is empty")
            .hint("name one with `-p NAME`, or omit the flag")),
        Some(name) => Ok(Some(name.to_owned())),
        None => environment::text("TOKCLI_PROFILE").map_err(|_| config("`TOKCLI_PROFILE` is not UTF-8")),
    }
}
