//! Who holds the claim of a credential. Whoever refreshes does so for some seconds: only one that is stopped, has been at it
//! too long, or is no run of tokcli is in the way of others.

use super::holder::{Holder, holder};
use super::scope::Scope;
use crate::base::spoken;
use crate::store::is_busy;
use crate::terminal::finding::Finding;

/// A login takes up to 10 minutes, in seconds.
const LONGEST: u64 = 900;

pub(super) fn check(scope: &Scope<'_>) -> Vec<Finding> {
    let Some(state) = &scope.state else { return Vec::new() };
    let mut found = Vec::new();
    for (id, path) in state.lock_files() {
        let profile = scope.profile_of(&id);
        let others = !scope.is_whole() && profile.is_none();
        let held = holder(&path);
        if others || (held.is_none() && !is_busy(state, &id)) {
            continue;
        }
        let finding = judged(&path.display().to_string(), held);
        found.push(match profile {
            Some(name) => finding.about(name),
            None => finding,
        });
    }
    found
}

fn judged(path: &str, held: Option<Holder>) -> Finding {
    let Some(Holder { process, name, stopped, age }) = held else {
        return Finding::note("locks", format!("another run of tokcli holds {path}"));
    };
    let by = format!("process {process} (`{name}`), which was started {} ago", spoken::span(age));
    let own = name.starts_with("tokcli");
    if stopped {
        let words = format!("{path} is held by {by} and is stopped");
        return Finding::new("locks", words, format!("`kill -CONT {process}` lets it continue"));
    }
    if own && age < LONGEST {
        return Finding::note("locks", format!("{path} is held by {by}"));
    }
    let words = match own {
        true => format!("{path} is still held by {by}"),
        false => format!("{path} is held by {by} and is not a run of tokcli"),
    };
    Finding::new("locks", words, format!("`kill {process}` ends it"))
}
