//! `tokcli dialect`: the catalogue, a dialect's source, and whether it is right.

mod catalogue;
mod check;
mod chosen;
mod example_secrets;
mod new;
mod replay;
mod test;

use self::chosen::{Chosen, known};
use super::Context;
use crate::base::error::Result;
use crate::terminal::arguments::Dialect;

pub(super) fn run(context: &Context<'_>, args: &Dialect) -> Result<()> {
    match args {
        Dialect::List { words } => catalogue::list(context, &known(context)?, words),
        Dialect::Show { name } => catalogue::show(context, &known(context)?, name),
        Dialect::New { name, curl, answer } => new::run(context, name, curl.as_deref(), answer.as_deref()),
        Dialect::Check { what } => check::run(context, &Chosen::of(context, what.as_deref())?),
        Dialect::Test { what } => test::run(context, &Chosen::of(context, what.as_deref())?),
    }
}
