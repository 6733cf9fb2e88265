//! `tokcli dialect`: the catalogue, a dialect's source, and whether it is right.

mod catalogue;
mod check;
mod chosen;
mod example_secrets;
mod new;
mod replay;
mod test;

use self::chosen::{Chosen, known};
use super::context::Context;
use crate::base::error::Result;
use crate::terminal::arguments::DialectCommand;

pub(super) fn run(context: &Context<'_>, args: &DialectCommand) -> Result<()> {
    match args {
        DialectCommand::List { words } => catalogue::list(context, &known(context)?, words),
        DialectCommand::Show { name } => catalogue::show(context, &known(context)?, name),
        DialectCommand::New { name, curl, answer } => {
            new::run(context, name, curl.as_deref(), answer.as_deref())
        }
        DialectCommand::Check { what } => check::run(context, &Chosen::of(context, what.as_deref())?),
        DialectCommand::Test { what } => test::run(context, &Chosen::of(context, what.as_deref())?),
    }
}
