//! One file per command. A command reads the configuration, asks `session`,
//! the store or the catalogue, and prints; nothing points back here.

mod audit;
pub(crate) mod completions;
mod config;
mod confirm;
mod context;
mod dialect;
mod doctor;
mod env;
mod exec;
mod export;
mod header;
mod helper;
mod import;
mod keepalive;
mod login;
mod logout;
mod own_program;
mod rebind;
mod recover;
mod refresh;
mod refresh_all;
mod resource;
mod sasl;
mod secret;
mod serve_once;
mod status;
mod token;
mod tools;

use self::context::{Context, Failure, Looks};
use crate::base::clock::ClockReading;
use crate::base::environment;
use crate::base::error::Result;
use crate::session::demand::Invocation;
use crate::store::keyring::gate;
use crate::terminal::arguments::{Cli, Command};
use crate::terminal::output::Output;

/// The exit status, or what went wrong. `other`: the version of the small program, if it is not of ours.
pub(crate) fn run(
    cli: &Cli,
    out: &Output,
    started: ClockReading,
    other: Option<&str>,
) -> std::result::Result<u8, Failure> {
    let invocation = Invocation {
        out,
        started,
        deadline: started.later(cli.deadline()),
        abandon: cli.global.abandon,
        allow_loss: cli.global.allow_loss,
        witness: None,
    };
    gate::wait_until(invocation.deadline);
    // Many at once have a bar.
    let many = matches!(&cli.command, Command::Refresh(args) if args.all);
    out.tell_of_waits(!many);
    if cli.global.verbose {
        out.step(&environment::words());
    }
    perform(&Context { global: &cli.global, out, invocation }, &cli.command, other)
}

fn perform(
    context: &Context<'_>,
    command: &Command,
    other: Option<&str>,
) -> std::result::Result<u8, Failure> {
    let plain = |done: Result<u8>| done.map_err(|error| (None, error));
    match command {
        Command::Token(args) => {
            context.with_profile(Looks::AtOnce, |all, profile| token::run(context, args, all, profile))
        }
        Command::Refresh(args) if args.all => plain(refresh_all::run(context, args)),
        Command::Refresh(args) => {
            let looks = if args.dry_run { Looks::Later } else { Looks::AtOnce };
            context.with_profile(looks, |all, profile| refresh::run(context, args, all, profile))
        }
        Command::Import(args) => context.with_own(args.words(), |all, profile| match args.sealed {
            true => export::bring_back(context, &args.key, args.replace, all, profile),
            false => import::run(context, args, all, profile),
        }),
        Command::Export(args) => {
            context.with_own("export --sealed", |all, profile| export::run(context, args, all, profile))
        }
        Command::Login(args) => match &args.url {
            Some(url) => resource::run(context, args, url),
            None => context.with_own("login", |all, profile| login::run(context, args, all, profile)),
        },
        Command::Logout(args) => logout::run(context, args),
        Command::Secret(args) => {
            context.with_own(args.words(), |_, profile| secret::run(context, args, profile))
        }
        Command::Rebind(args) => {
            context.with_own("rebind", |all, profile| rebind::run(context, args, all, profile))
        }
        Command::Status(args) => plain(status::run(context, args)),
        Command::Recover(args) => recover::run(context, args),
        Command::Header(args) => {
            context.with_profile(Looks::AtOnce, |all, profile| header::run(context, args, all, profile))
        }
        Command::Sasl(args) => {
            context.with_profile(Looks::AtOnce, |all, profile| sasl::run(context, args, all, profile))
        }
        Command::Exec(args) => exec::run(context, args),
        Command::Env(args) => env::run(context, args),
        Command::Helper(args) => helper::run(context, args),
        Command::ServeOnce(args) => serve_once::run(context, args),
        Command::Keepalive(args) => plain(keepalive::run(context, args)),
        Command::Doctor(args) => plain(doctor::run(context, args, other)),
        Command::Dialect(args) => dialect::run(context, args),
        Command::Config(args) => config::run(context, args),
        Command::Completions(args) => plain(completions::run(context, args).map(|()| 0)),
    }
}
