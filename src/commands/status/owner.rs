//! `status --owner`: what another machine says of a login that it has.

use super::line::{Line, UNREADABLE};
use crate::base::clock::Moment;
use crate::base::error::{Code, Error};
use crate::commands::context::Context;
use crate::credential::outlook::Condition;
use crate::profile::configuration::Profiles;
use crate::session::owner::wire::Fares;
use crate::session::owner::{ends, fares};

/// Each owner is asked about each profile that it serves here, one after the other.
pub(super) fn ask(context: &Context<'_>, profiles: &Profiles, lines: &mut [Line]) {
    for line in lines.iter_mut().filter(|line| line.owner.is_some()) {
        let asked = profiles.get(&line.profile).and_then(|profile| fares(&context.invocation, &profile));
        match asked {
            Ok((told, _)) => of_owner(line, told),
            Err(error) => line.trouble = Some(error),
        }
        line.watched = None;
    }
}

/// What it says stands in the line, also in the place of what is known here.
fn of_owner(line: &mut Line, told: Fares) {
    let now = Moment::now();
    line.access_ends = ends(&now, told.expires_in).or(line.access_ends);
    line.dies = ends(&now, told.dies_in);
    line.refresh_ends = ends(&now, told.refresh_expires_in);
    line.who = told.who.clone().or(line.who.take());
    line.needs_person = told.needs_person;
    line.condition = match told.state.as_str() {
        UNREADABLE => None,
        // A word of a later version.
        word => Condition::of_word(word).or(line.condition),
    };
    line.trouble = told
        .trouble
        .as_ref()
        .map(|words| Error::new(Code::Unavailable, format!("its owner says: {words}")))
        .or(line.trouble.take());
    line.said_before = None;
    line.told = Some(told);
}
