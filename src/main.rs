//! `tokcli` keeps vendor API tokens alive. Start reading at `refresh.rs`.

mod address;
mod cli;
mod clock;
mod commands;
mod config;
mod dialect;
mod duration;
mod error;
mod http;
mod judge;
mod output;
mod platform;
mod profile;
mod profiles;
mod redact;
mod refresh;
mod replay;
mod run;
mod sealing;
mod secret_source;
mod settle;
mod store;
mod tls;
mod token;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    platform::harden();
    let started = clock::Moment::now();
    let cli = cli::Cli::parse();
    let out = output::Output::new(&cli.global);
    match commands::run(&cli, &out, started) {
        Ok(code) => ExitCode::from(code),
        Err((profile, error)) => {
            out.error(profile.as_deref(), &error);
            ExitCode::from(error.code.exit())
        }
    }
}
