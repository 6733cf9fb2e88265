//! `tokcli logout`: forgets a credential for good. The secrets that the account keeps in its store stay, unless those are
//! to go too.

use super::context::Context;
use crate::base::error::Result;
use crate::credential::record::Record;
use crate::credential::state::Credential;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::stored_secrets;
use crate::store::Store;
use crate::terminal::arguments::Logout;
use crate::terminal::wording::no_credential;
use crate::warm::cache;

pub(super) fn run(context: &Context<'_>, args: &Logout, all: &Profiles, profile: &Profile) -> Result<()> {
    let forgotten = forget(context, profile)?;
    let secrets =
        if args.all_secrets { stored_secrets::remove_all(&context.invocation, profile)? } else { Vec::new() };
    if !forgotten && secrets.is_empty() {
        return Err(no_credential(profile));
    }
    let mut words = words(profile, forgotten, &secrets, args);
    let others = sharers(all, profile);
    if forgotten && !others.is_empty() {
        words += &format!("; it was that of {} too", others.join(", "));
    }
    context.print_outcome(profile, "logged_out", &words)
}

/// The other profiles of the same login.
fn sharers(all: &Profiles, profile: &Profile) -> Vec<String> {
    let own = all.credential(&profile.name);
    let others = all.names().filter(|name| *name != profile.name && all.credential(name) == own);
    others.map(|name| format!("`{name}`")).collect()
}

fn forget(context: &Context<'_>, profile: &Profile) -> Result<bool> {
    let mut store = Store::open(profile, context.out.json())?;
    let claim = context.claim(&store, profile)?;
    let there = store.load(&claim).ok();
    let known = there.as_ref().and_then(Credential::record).into_iter().flat_map(Record::audiences);
    let forgotten = store.forget(&claim);
    // Whatever came of it: the copies are never wanted again.
    cache::forget(profile, known.chain([&profile.audience]));
    forgotten
}

fn words(profile: &Profile, forgotten: bool, secrets: &[String], args: &Logout) -> String {
    let names = secrets.join(", ");
    let account = &profile.account;
    let mut words = match (forgotten, secrets.is_empty()) {
        (true, true) => format!("forgot the credential `{account}`"),
        (true, false) => format!("forgot the credential `{account}` and its stored secrets ({names})"),
        (false, _) => return format!("forgot the stored secrets of the account `{account}` ({names})"),
    };
    // Nothing is revoked: no dialect has an exchange for it.
    if !args.local {
        let dialect = &profile.dialect_name;
        words += &format!("; the vendor was not told, for the dialect `{dialect}` knows no way");
    }
    words += "; at the vendor it lives until it expires";
    if !args.all_secrets && profile.stored_keys().next().is_some() {
        words += "; stored secrets are kept, `--all-secrets` forgets them too";
    }
    words
}
