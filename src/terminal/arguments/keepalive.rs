//! `tokcli keepalive`, as it is declared.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Subcommand)]
pub(crate) enum Keepalive {
    /// Have the platform's timer run `refresh --all --due` each hour
    Install(InstallTimer),
    /// Show which timer there is, whether it works, and what the last run found
    Status,
    /// Remove the timer
    Remove,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args, Default)]
pub(crate) struct InstallTimer {
    /// Which timer [else the one that is installed, else the one that the platform has]
    #[arg(long, value_enum, value_name = "TIMER")]
    pub(crate) timer: Option<TimerKind>,

    /// The tokcli that it runs, an absolute path [else this one, as PATH finds it]
    #[arg(long, value_name = "FILE")]
    pub(crate) program: Option<PathBuf>,

    /// Print what would be written; write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[cfg_attr(test, derive(PartialOrd, Ord))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TimerKind {
    /// Units of the user's systemd
    Systemd,
    /// An agent of macOS
    Launchd,
    /// A line of the crontab
    Cron,
    /// A task of Windows
    Task,
}

impl TimerKind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            TimerKind::Systemd => "systemd",
            TimerKind::Launchd => "launchd",
            TimerKind::Cron => "cron",
            TimerKind::Task => "task",
        }
    }
}
