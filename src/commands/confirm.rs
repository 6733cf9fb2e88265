//! Shows a person where a server leads before that counts.

use std::fmt::Display;

use super::context::Context;
use crate::base::error::{Result, refused};
use crate::terminal::input;

/// `Err`: nobody has agreed to `what`. `sure`: the command line that does, without a question.
pub(super) fn confirm(
    context: &Context<'_>,
    yes: bool,
    what: &str,
    question: &str,
    sure: &dyn Display,
) -> Result<()> {
    if !yes && (!input::is_terminal() || context.out.json()) {
        let words = format!("{what}; tokcli cannot ask here whether that is right");
        return Err(refused(words).hint(format!("if it is, {sure} confirms it")));
    }
    context.out.say(what);
    if yes {
        return Ok(());
    }
    context.out.say(&format!("{question} [y/N]"));
    if input::says_yes() { Ok(()) } else { Err(refused("not confirmed, nothing was changed")) }
}
