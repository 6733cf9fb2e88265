//! `tokcli completions`: made from the command line's own definition, so that nothing is kept twice.

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

use crate::base::error::Result;
use crate::terminal::arguments::Cli;
use crate::terminal::output::Output;

pub(super) fn run(out: &Output, shell: Shell) -> Result<()> {
    out.source(&script(shell))
}

pub(super) fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "tokcli", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
