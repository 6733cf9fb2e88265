//! The machines that have the logins of profiles here: whether each answers, and how the logins fare there. Each is asked
//! what it would be asked for a token, and lends none.

use super::scope::Scope;
use crate::base::clock::VERSION;
use crate::profile::Profile;
use crate::session::owner::fares;
use crate::terminal::finding::Finding;

const CHECK: &str = "owner";

pub(super) fn check(scope: &Scope<'_>) -> Vec<Finding> {
    let here = scope.asked.iter().filter(|profile| profile.store.owner().is_some());
    here.flat_map(|profile| of_profile(scope, profile)).collect()
}

fn of_profile(scope: &Scope<'_>, profile: &Profile) -> Vec<Finding> {
    let (name, store) = (&profile.name, &profile.store_name);
    match fares(&scope.context.invocation, profile) {
        Err(error) => {
            let mend = || {
                let command = profile.store.owner().map(|owner| owner.command.join(" ")).unwrap_or_default();
                format!("run `{command} --version`, as `command` under [stores.{store}] does, until it prints a version")
            };
            vec![Finding::of(CHECK, &error, mend).about(name)]
        }
        Ok((told, version)) => {
            let other = (version != VERSION).then(|| {
                Finding::note(CHECK, format!("the owner behind the store `{store}` has tokcli {version}, and this machine {VERSION}"))
            });
            let person = told.needs_person.then(|| {
                let words = format!("the owner says of the login of `{name}` that a person is needed: it is `{}`", told.state);
                let mend = format!("on the owner, `tokcli doctor --profile {}` says what is to be done", profile.account);
                Finding::new(CHECK, words, mend).about(name)
            });
            other.into_iter().chain(person).collect()
        }
    }
}
