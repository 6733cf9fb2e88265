//! `tokcli doctor`: what is wrong here, each in one line with its mend. It asks the code that would stumble over it.
//!
//! The rule that matters: it never prompts, gives no secret to anybody, spends nothing, and without `--fix` writes nothing.
//! What nobody can be sure of is not said.

mod cache;
mod configuration;
mod finding;
mod holder;
mod keyring;
mod leftovers;
mod locks;
mod logins;
mod machine;
mod mail;
mod network;
mod online;
mod owner;
mod programs;
mod scope;
mod secrets;
mod state;
mod timers;
mod vault;

use std::collections::BTreeSet;

use self::finding::Found;
use self::scope::Scope;
use super::context::Context;
use crate::base::error::Result;
use crate::base::runner;
use crate::terminal::arguments::doctor::Doctor;
use crate::terminal::finding::{lines, object};

/// `other`: the version of the small program, if it is not of ours.
pub(super) fn run(context: &Context<'_>, args: &Doctor, other: Option<&str>) -> Result<u8> {
    runner::wait_until(context.invocation.deadline);
    let mut found = Found::default();
    let mut scope = configuration::read(context, args, &mut found);
    match &args.mail {
        Some(host) => found.extend(mail::check(&scope, host)?),
        None => look(&mut scope, other, &mut found),
    }
    let findings = found.all();
    match context.out.json() {
        true => context.out.object(&object(findings))?,
        false => context.out.text(&lines(findings))?,
    }
    Ok(u8::from(found.needs_mending()))
}

/// From causes to what follows from them.
fn look(scope: &mut Scope<'_>, other: Option<&str>, found: &mut Found) {
    if scope.store.is_none() {
        found.extend(machine::clock());
        found.extend(programs::versions(other));
    }
    match state::check(scope) {
        Ok(findings) => found.extend(findings),
        Err(findings) => {
            found.extend(findings);
            scope.state = None;
        }
    }
    found.extend(locks::check(scope));
    found.extend(keyring::check(scope));
    let keys = secrets::of_stores(scope);
    let mut closed: BTreeSet<String> = keys.iter().map(|(name, _)| name.clone()).collect();
    found.extend(keys.into_iter().map(|(_, finding)| finding));
    found.extend(secrets::exposed(scope));
    if scope.online || scope.store.is_some() {
        vault::check(scope, &mut closed, found);
    }
    if scope.store.is_none() {
        found.extend(network::check(scope));
        found.extend(secrets::of_profiles(scope));
    }
    logins::check(scope, &closed, found);
    if scope.is_whole() {
        leftovers::check(scope, found);
        found.extend(cache::check());
        found.extend(programs::completions());
        found.extend(programs::helpers(scope));
        timers::check(scope, found);
    }
    if scope.online || scope.store.is_some() {
        found.extend(owner::check(scope));
    }
    if scope.online {
        found.extend(online::check(scope));
    }
}
