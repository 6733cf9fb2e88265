//! The command line as it is declared. The words here are a contract (`docs/reference.md`); the man pages and the
//! completions are made from them.

pub(crate) mod called_as;
mod completions;
mod config;
mod credential;
mod dialect;
pub(crate) mod doctor;
pub(crate) mod exec;
mod global;
mod helper;
pub(crate) mod keepalive;
mod known;
mod later;
pub(crate) mod life;
mod quick;
pub(crate) mod sealed;
mod serve_once;
mod surface;
mod token;
pub(crate) mod usage;

use std::time::Duration;

use clap::{Parser, Subcommand};

pub(crate) use self::completions::{Completions, CompletionsCommand};
pub(crate) use self::config::{AddProfile, ConfigCommand};
pub(crate) use self::credential::{Import, Login, Logout, Rebind, Recover, SecretCommand, Status};
pub(crate) use self::dialect::DialectCommand;
use self::doctor::Doctor;
use self::exec::Exec;
pub(crate) use self::global::{Color, Global, OF_A_LOGIN, asked_profile};
pub(crate) use self::helper::{HelperCommand, Install};
use self::keepalive::Keepalive;
pub(crate) use self::later::Later;
use self::sealed::Export;
pub(crate) use self::serve_once::{Allowed, ServeOnce};
pub(crate) use self::surface::{Env, Header, Sasl};
pub(crate) use self::token::{Refresh, Token};

/// Keeps vendor API tokens alive
///
/// Each refresh token is kept in the keyring or in the store that its profile names,
/// and refreshed the way its vendor wants. One that rotates is never lost, as far as
/// that can be promised. `tokcli token` prints a valid access token.
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

impl Cli {
    /// Of the whole run.
    pub(crate) fn deadline(&self) -> Duration {
        match &self.command {
            Command::Login(_) => self.global.deadline_of_a_login(),
            _ => self.global.deadline(),
        }
    }
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Print a valid access token, refreshing it first if need be
    Token(Later<Token>),
    /// Refresh now and print the new access token
    Refresh(Later<Refresh>),
    /// Store a refresh token from standard input or a hidden prompt
    Import(Later<Import>),
    /// Print a credential as one sealed line, for another machine
    Export(Later<Export>),
    /// Log in at the vendor, and store what it gives
    Login(Later<Login>),
    /// Give a credential back to the vendor where that can be done, and forget it
    Logout(Later<Logout>),
    /// Secrets of a profile that its store keeps (`{ store = true }`)
    #[command(subcommand)]
    Secret(Later<SecretCommand>),
    /// Confirm that a credential may go to where its profile now points
    Rebind(Later<Rebind>),
    /// Show every profile: who is logged in, the credential's state and when it dies
    Status(Later<Status>),
    /// Bring back what the journal holds and the store does not
    Recover(Later<Recover>),
    /// Print the header that a request carries
    Header(Later<Header>),
    /// Print what a mail program says to its server instead of a password
    Sasl(Later<Sasl>),
    /// Run a command that has a token in its environment or on a descriptor
    // Not later: its `--profile` takes the place of the global one.
    Exec(Exec),
    /// Print a token as an assignment that a shell reads, or set it in a CI job
    Env(Later<Env>),
    /// Answer a program that asks for credentials in its own way
    #[command(subcommand)]
    Helper(Later<HelperCommand>),
    /// Answer one request of another machine on standard input and output, such as over SSH
    ServeOnce(Later<ServeOnce>),
    /// Keep unused logins alive, with the platform's timer
    #[command(subcommand)]
    Keepalive(Later<Keepalive>),
    /// Report what is wrong here, and how to fix it
    Doctor(Later<Doctor>),
    /// The catalogue of vendors
    #[command(subcommand)]
    Dialect(Later<DialectCommand>),
    /// The configuration file
    #[command(subcommand)]
    Config(Later<ConfigCommand>),
    /// Print a shell's completion script, or put it where the shell looks
    Completions(Later<Completions>),
}
