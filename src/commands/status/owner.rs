//! `status --owner`: what another machine says of a login that it has.

use super::line::Line;
use crate::base::clock::Moment;
use crate::commands::context::Context;
use crate::credential::outlook::Condition;
use crate::profile::configuration::Profiles;
use crate::session::owner::{ends, fares};

/// Each owner is asked about each profile that it serves here, one after the other.
pub(super) fn ask(context: &Context<'_>, profiles: &Profiles, lines: &mut [Line]) {
    for line in lines.iter_mut().filter(|line| line.owner.is_some()) {
        let asked = profiles.get(&line.profile).and_then(|profile| fares(&context.invocation, &profile));
        match asked {
            Ok((told, _)) => {
                let now = Moment::now();
                line.dies = ends(&now, told.dies_in);
                line.refresh_ends = ends(&now, told.refresh_expires_in);
                line.who = told.who.clone().or(line.who.take());
                line.needs_person = told.needs_person;
                // What it says counts, but for a token that is here.
                let here = line.condition.filter(|condition| *condition == Condition::Valid && !told.needs_person);
                line.condition = here.or_else(|| Condition::of_word(&told.state)).or(line.condition);
                line.told = Some(told);
            }
            Err(error) => line.trouble = Some(error),
        }
        line.watched = None;
    }
}
