//! `tokcli completions`, as it is declared.

use clap::{Args, Subcommand};
use clap_complete::Shell;

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Completions {
    /// bash, zsh, fish, powershell or elvish
    #[arg(required = true)]
    pub(crate) shell: Option<Shell>,

    #[command(subcommand)]
    pub(crate) install: Option<CompletionsCommand>,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Subcommand)]
pub(crate) enum CompletionsCommand {
    /// Put the script where the shell looks for it
    Install {
        /// bash, zsh, fish, powershell or elvish [else the one that SHELL names]
        shell: Option<Shell>,
    },
}
