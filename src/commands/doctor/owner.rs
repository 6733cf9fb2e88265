//! The machines that have the logins of profiles here: whether each answers, and how the logins fare there. Each is asked
//! what it would be asked for a token, and lends none.

use super::scope::Scope;
use crate::base::clock::VERSION;
use crate::profile::Profile;
use crate::session::owner::{fares, looked_into_by};
use crate::terminal::finding::Finding;
use crate::terminal::wording::moment_of;

const CHECK: &str = "owner";

pub(super) fn check(scope: &Scope<'_>) -> Vec<Finding> {
    let here = scope.asked.iter().filter(|profile| profile.store.owner().is_some());
    here.flat_map(|profile| of_profile(scope, profile)).collect()
}

fn of_profile(scope: &Scope<'_>, profile: &Profile) -> Vec<Finding> {
    let (name, store) = (&profile.name, &profile.store_name);
    match fares(&scope.context.invocation, profile) {
        Err(error) => {
            let mend = || profile.store.owner().map(looked_into_by).unwrap_or_default();
            vec![Finding::of(CHECK, &error, mend).about(name)]
        }
        Ok((told, version)) => {
            let other = (version != VERSION).then(|| {
                Finding::note(CHECK, format!("the owner behind the store `{store}` has tokcli {version}, and this machine {VERSION}"))
            });
            let person = told.needs_person.then(|| {
                let words = format!(
                    "the owner says that the login of `{name}` needs a person: it is `{}`",
                    told.state
                );
                let mend =
                    format!("on the owner, `tokcli doctor --profile {}` says what to do", profile.account);
                Finding::new(CHECK, words, mend).about(name)
            });
            other.into_iter().chain(person).collect()
        }
    }
}

/// Its word from an earlier question, which may be out of date.
pub(super) fn said_before(profile: &Profile, at: i64) -> Finding {
    let name = &profile.name;
    let words = format!(
        "the owner behind the store `{}` said{} that the login of `{name}` needs a person",
        profile.store_name,
        moment_of(at)
    );
    Finding::new("login", words, format!("`tokcli refresh --profile {name}` asks it again")).about(name)
}
