//! `make bench`: measures tokcli beside the programs that people use today, and
//! writes `docs/performance.md` and its plots.
//!
//! Nothing is asserted about absolute times: a figure is a ratio to a yardstick
//! that ran in the same rounds. What could not be measured is said so, with the
//! reason; no figure is ever typed by hand.

mod budgets;
mod engine;
mod fleet;
mod growth;
mod machine;
mod measure;
mod others;
mod plot;
mod report;
mod rows;
#[path = "../tests/stories/secret_service.rs"]
#[allow(dead_code, reason = "the stories kill and lock it; here it only serves")]
mod secret_service;
mod vendor;
mod world;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use rows::Row;
use world::{Build, Stage};

const USAGE: &str = "\
usage: yardsticks DIRECTORY NAME=TOKCLI...
       yardsticks vendor CERTIFICATE KEY

Measures each build of tokcli and writes performance.md and its plots into DIRECTORY.
ROUNDS=N in the environment: at most N rounds of everything, for a quick look.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["vendor", certificate, key] => {
            vendor::serve(Path::new(certificate), Path::new(key)).context("the vendor")
        }
        [directory, ref builds @ ..] if !builds.is_empty() => run(Path::new(directory), builds),
        _ => Err(anyhow!(USAGE)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

/// A row that cannot be measured is no failure of the run: the page says so.
fn run(directory: &Path, builds: &[&str]) -> Result<()> {
    let builds = builds.iter().map(|words| build(words)).collect::<Result<Vec<_>, _>>()?;
    let begun = machine::Machine::look();
    let stage = Stage::open(builds)?;
    let rows: Vec<Row> =
        rows::ALL.iter().chain(&fleet::ALL).flat_map(|measure| announce(measure(&stage))).collect();
    let others = others::measure(&stage);
    let growths = growth::measure(&stage);
    rows::forget_key(&stage);
    report::write(directory, &begun, &stage, &rows, &others, &growths)
}

fn announce(rows: Vec<Row>) -> Vec<Row> {
    rows.iter().for_each(|row| println!("{}", report::line(row)));
    rows
}

fn build(words: &str) -> Result<Build> {
    let (name, path) = words.split_once('=').context(USAGE)?;
    let path: PathBuf = std::fs::canonicalize(path).with_context(|| path.to_owned())?;
    Ok(Build { name: name.to_owned(), path })
}
