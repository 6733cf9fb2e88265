//! `tokcli` keeps vendor API tokens alive. Start reading at `refresh.rs`.
//!
//! A program, not a library: what is public here serves `main.rs` and `fuzz/` alone.

mod address;
mod cli;
mod clock;
mod commands;
mod config;
mod dialect;
mod due;
mod duration;
mod error;
#[doc(hidden)]
pub mod fuzzing;
mod http;
mod judge;
mod output;
mod patience;
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

pub fn main() -> ExitCode {
    platform::harden();
    let started = clock::Moment::now();
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(wrong) => return usage(&wrong),
    };
    let out = output::Output::new(&cli.global);
    match commands::run(&cli, &out, started) {
        Ok(code) => ExitCode::from(code),
        Err((profile, error)) => {
            out.error(profile.as_deref(), &error);
            ExitCode::from(error.code.exit())
        }
    }
}

fn usage(wrong: &clap::Error) -> ExitCode {
    match cli::usage_error(wrong) {
        Ok(error) => {
            output::usage(&error, cli::asks_for_json());
            ExitCode::from(error.code.exit())
        }
        Err(help) => match help.print() {
            Ok(()) => ExitCode::from(u8::try_from(help.exit_code()).unwrap_or(2)),
            Err(_) => ExitCode::FAILURE,
        },
    }
}
