//! The stand-in vendors as a program: `serve` runs all five on loopback, `tell` talks to a running `serve`.
//!
//! This file owns the command line and what is printed. What a running set does is in `shop.rs`, how it is told in
//! `control.rs`.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::disallowed_types,
    unreachable_pub,
    reason = "a program of its own; the doors are those of tokcli"
)]

mod control;
mod shop;
mod stand_in;

use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use shop::Shop;

const USAGE: &str = "\
usage: vendors serve --dir DIR [--fixed-ports]
       vendors tell --dir DIR VENDOR COMMAND

serve   starts all vendors on 127.0.0.1, writes what they handed out to DIR,
        prints \"ready DIR\" and serves until its standard input closes
tell    VENDOR is fbox, babelbird, veeam-azure, huawei-isales or oauth2
        COMMAND is one of
          expire-login          every refresh token dies
          expire-access         every access token dies
          reject-client         refuses the client, until behave
          rate-limit [SECONDS]  answers 429, until behave
          mfa                   wants a second factor, until behave (veeam-azure)
          behave                back to normal
          login                 a new login; rewrites the vendor's files
          visitor HOW           how the next browser answers: consents, denies, fails,
                                wrong-state, wrong-issuer, no-code, never-returns
          device HOW            approves or denies whoever waits (oauth2)
          account               whom a login by password knows, and the seed of their codes
          revoked               how many tokens were given back
          requests              how many token requests came
          log                   one line per request
          departures            what did not follow the vendor's document";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["serve", "--dir", dir] => serve(Path::new(dir), false),
        ["serve", "--dir", dir, "--fixed-ports"] | ["serve", "--fixed-ports", "--dir", dir] => {
            serve(Path::new(dir), true)
        }
        ["tell", "--dir", dir, vendor, ref command @ ..] if !command.is_empty() => {
            tell(Path::new(dir), vendor, command)
        }
        ["--help" | "-h" | "help"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vendors: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve(dir: &Path, fixed_ports: bool) -> Result<()> {
    let shop = Shop::open(dir, fixed_ports)?;
    control::listen(shop)?;
    println!("ready {}", dir.display());
    // An error is as good a reason to stop as the end.
    let _ = io::copy(&mut io::stdin().lock().by_ref(), &mut io::sink());
    Ok(())
}

fn tell(dir: &Path, vendor: &str, command: &[&str]) -> Result<()> {
    let answer = control::tell(dir, vendor, command)?;
    print!("{answer}");
    Ok(())
}
