//! `tokcli logout`: gives a credential back to the vendor where that can be done, and forgets it for good. The secrets that
//! the account keeps in its store stay, unless those are to go too.

use std::collections::BTreeSet;

use serde_json::json;

use super::audit::{self, Event};
use super::context::{Context, Failure, Looks};
use crate::base::error::{Code, Result, refused};
use crate::credential::reading::Evidence;
use crate::credential::record::Record;
use crate::credential::state::{Content, Credential};
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::notice::Death;
use crate::session::revoke::{self, Revoked};
use crate::session::{owner, refresh, stored_secrets, unread};
use crate::store::{Claim, Store};
use crate::terminal::arguments::Logout;
use crate::terminal::wording::login::listed;
use crate::terminal::wording::no_credential;
use crate::warm::cache;

pub(super) fn run(context: &Context<'_>, args: &Logout) -> std::result::Result<u8, Failure> {
    if args.all {
        return all(context, args).map_err(|error| (None, error));
    }
    context.with_profile(Looks::AtOnce, |all, profile| one(context, args, all, profile))
}

/// For another machine; in words.
pub(super) fn for_another(context: &Context<'_>, all: &Profiles, profile: &Profile) -> Result<String> {
    let args = Logout { local: false, owner: false, all: false, all_secrets: false };
    done(context, &args, all, profile).map(|(words, _)| words)
}

/// Each credential once, whatever becomes of the others.
fn all(context: &Context<'_>, args: &Logout) -> Result<u8> {
    let profiles = context.profiles()?;
    let (mut seen, mut worst) = (BTreeSet::new(), 0);
    for name in profiles.names() {
        let profile = context.profile(&profiles, name, Looks::Later);
        let left = profile.and_then(|profile| {
            if !seen.insert(profiles.credential(name)) || !is_there(context, args, &profiles, &profile)? {
                return Ok(());
            }
            one(context, args, &profiles, &profile)
        });
        if let Err(error) = left {
            worst = worst.max(error.code.exit());
            context.out.error(Some(name), &error);
        }
    }
    Ok(worst)
}

fn is_there(context: &Context<'_>, args: &Logout, all: &Profiles, profile: &Profile) -> Result<bool> {
    let mut store = Store::open(profile, context.out.json())?;
    let claim = context.claim(&store, profile)?;
    let there = store.load(&claim)?;
    Ok(there.content() != Content::Nothing || (args.all_secrets && keeps_secrets(all, profile)))
}

fn one(context: &Context<'_>, args: &Logout, all: &Profiles, profile: &Profile) -> Result<()> {
    let (words, revoked) = done(context, args, all, profile)?;
    context.out.say(&words);
    if !context.out.json() {
        return Ok(());
    }
    let outcome = if profile.store.owner().is_some() && !args.owner { "forgotten" } else { "logged_out" };
    let mut object = json!({ "version": 1, "profile": profile.name, "outcome": outcome });
    if let Some(Revoked { refresh_tokens, access_tokens, .. }) = &revoked {
        object["revoked"] = json!({ "refresh_tokens": refresh_tokens, "access_tokens": access_tokens });
    }
    context.out.object(&object)
}

type Done = (String, Option<Revoked>);

fn done(context: &Context<'_>, args: &Logout, all: &Profiles, profile: &Profile) -> Result<Done> {
    if profile.store.owner().is_some() {
        return returned(context, args, all, profile).map(|words| (words, None));
    }
    if args.owner {
        let words = format!("the login of `{}` is this machine's own", profile.name);
        return Err(refused(words).hint("omit `--owner`"));
    }
    let left = leave(context, args, profile)?;
    let secrets =
        if args.all_secrets { stored_secrets::remove_all(&context.invocation, profile)? } else { Vec::new() };
    if left.forgotten == Content::Nothing && secrets.is_empty() {
        return Err(no_credential(profile));
    }
    audit::note(context.out, all, profile, &Event::Logout);
    let mut words = words(profile, &left, &secrets, args);
    if !args.all_secrets && keeps_secrets(all, profile) {
        words += "; stored secrets are kept; `--all-secrets` forgets them too";
    }
    let sharers = sharers(all, profile);
    if left.forgotten == Content::Record && sharers.len() > 1 {
        words += &format!("; it was that of the profiles {}", listed(&sharers, "and"));
    }
    Ok((words, left.revoked))
}

/// What another machine lent is forgotten. That machine hears of it only if it is to log out too, and does so first.
fn returned(context: &Context<'_>, args: &Logout, all: &Profiles, profile: &Profile) -> Result<String> {
    let there = match args.owner {
        true => Some(owner::log_out(&context.invocation, profile)?),
        false => None,
    };
    let mut store = Store::open(profile, context.out.json())?;
    let claim = context.claim(&store, profile)?;
    let known = store.load(&claim).unwrap_or_default();
    let forgotten = store.forget(&claim);
    let known = known.record().into_iter().flat_map(Record::audiences);
    cache::forget(profile, known.chain([&profile.audience]));
    if forgotten? == Content::Nothing && there.is_none() {
        return Err(no_credential(profile));
    }
    audit::note(context.out, all, profile, &Event::Logout);
    let forgot = format!("forgot what was lent to this machine for `{}`", profile.name);
    Ok(match there {
        Some(words) => format!("{words}; {forgot}"),
        None => format!(
            "{forgot}; the login lives on with its owner, which `tokcli logout --owner --profile {}` asks to log out",
            profile.name
        ),
    })
}

/// What became of a credential.
struct Left {
    forgotten: Content,
    /// `None`: the vendor was not told.
    revoked: Option<Revoked>,
    /// Another machine has it.
    exported: bool,
}

/// The profiles of the same login, this one among them.
fn of_the_same<'a>(all: &'a Profiles, profile: &Profile) -> impl Iterator<Item = &'a str> {
    let own = all.credential(&profile.name);
    all.names().filter(move |name| all.credential(name) == own)
}

fn sharers(all: &Profiles, profile: &Profile) -> Vec<String> {
    of_the_same(all, profile).map(|name| format!("`{name}`")).collect()
}

/// Whether one of them keeps secrets in the store: they are the account's.
fn keeps_secrets(all: &Profiles, profile: &Profile) -> bool {
    let keeps = |name| all.get(name).is_ok_and(|profile| profile.stored_keys().next().is_some());
    of_the_same(all, profile).any(keeps)
}

fn leave(context: &Context<'_>, args: &Logout, profile: &Profile) -> Result<Left> {
    let mut store = Store::open(profile, context.out.json())?;
    let claim = context.claim(&store, profile)?;
    // What another machine is about to get would live on.
    let there = match args.local {
        true => store.load(&claim),
        false => context.at_rest(&mut store, profile, &claim),
    };
    let (there, unread) = match (there, args.local) {
        (Ok(there), true) => (Some(there), None),
        // What it would tell the vendor ends the copy that another machine uses, or is no token any more.
        (Ok(there), false) if is_exported(&there) => (Some(there), None),
        (Ok(there), false) => {
            let (newest, unread) = newest(context, profile, &mut store, &claim, there);
            (Some(newest), unread)
        }
        // What cannot be read can be forgotten here, but not given back.
        (Err(_), true) => (None, None),
        (Err(error), false) => return Err(error),
    };
    let exported = there.as_ref().is_some_and(is_exported);
    let local = args.local || exported;
    let there = match there {
        Some(there) if !local => Some(renewed(context, profile, &mut store, &claim, there)?),
        there => there,
    };
    let record = there.as_ref().and_then(Credential::record);
    let revoked = match record.filter(|_| !local) {
        Some(record) => revoke::revoke(&context.invocation, profile, record)?,
        None => None,
    };
    let known = record.into_iter().flat_map(Record::audiences);
    let forgotten = store.forget(&claim);
    // Whatever came of it: the copies are never wanted again.
    cache::forget(profile, known.chain([&profile.audience]));
    let forgotten = forgotten?;
    // Where there was nothing else, that is what is told.
    let beside = unread.filter(|_| forgotten == Content::Record);
    beside.into_iter().for_each(|words| context.out.warn(words));
    Ok(Left { forgotten, revoked, exported })
}

fn is_exported(there: &Credential) -> bool {
    there.record().is_some_and(|record| record.exported_ms.is_some())
}

/// With the access token that the vendor wants to be told with, should the one at hand be over. A login that the vendor
/// refuses to renew is over, too: there is nothing to tell.
fn renewed(
    context: &Context<'_>,
    profile: &Profile,
    store: &mut Store,
    claim: &Claim,
    there: Credential,
) -> Result<Credential> {
    if !there.record().is_some_and(|record| revoke::wants_renewal(profile, record)) {
        return Ok(there);
    }
    context.invocation.out.step("the access token expired; renewing it, since the vendor is told with one");
    let renewed = refresh::under(&context.invocation, profile, store, claim);
    store.take_warnings().into_iter().for_each(|words| context.out.warn(words));
    let there = store.load(claim)?;
    // A bare status may be that of whatever stands before the vendor.
    let mark = there.record().and_then(|record| record.marks.of_the_login());
    let is_over = mark.is_some_and(|mark| mark.evidence == Evidence::Words);
    match renewed {
        Err(error) if !(error.code == Code::LoginRequired && is_over) => {
            Err(revoke::not_renewed(error, profile))
        }
        _ => Ok(there),
    }
}

/// An answer that nobody has looked into may hold what is to be given back. With what is to be said once it
/// is forgotten, if it cannot be read.
fn newest(
    context: &Context<'_>,
    profile: &Profile,
    store: &mut Store,
    claim: &Claim,
    there: Credential,
) -> (Credential, Option<String>) {
    if profile.dialect.revocation.is_none() || there.answers().next().is_none() {
        return (there, None);
    }
    let words = "an answer of the vendor that could not be read was forgotten: what it gave was not revoked";
    let known = there.clone();
    match unread::recover(&context.invocation, profile, store, claim, there, &Death::default()) {
        Ok((newest, _)) => {
            let unread = newest.answers().next().map(|_| words.to_owned());
            (newest, unread)
        }
        // It may have been read, and not be everywhere it belongs.
        Err(error) => (store.load(claim).unwrap_or(known), Some(format!("{words}; {error}"))),
    }
}

fn words(profile: &Profile, left: &Left, secrets: &[String], args: &Logout) -> String {
    let names = secrets.join(", ");
    let account = &profile.account;
    let what = match left.forgotten {
        Content::Record => format!("the credential `{account}`"),
        Content::Answers => {
            format!("what the vendor answered to the login of `{account}`, which could not be read")
        }
        Content::Bare => return bare(account, secrets),
        Content::Begun => format!("the login of `{account}` that was begun, and whose answer was lost"),
        Content::Nothing => return format!("forgot the stored secrets of the account `{account}` ({names})"),
    };
    let forgot = match secrets.is_empty() {
        true => format!("forgot {what}"),
        false => format!("forgot {what}, and its stored secrets ({names})"),
    };
    match &left.revoked {
        Some(revoked) => format!("{}; {forgot}", told(revoked)),
        None if left.forgotten != Content::Record => {
            format!("{forgot}; if the vendor granted it, it stays valid there until it expires")
        }
        None if left.exported => {
            format!(
                "{forgot}; it was exported, and lives on where the copy is; `tokcli logout` there gives it back"
            )
        }
        None if args.local => format!("{forgot}; it stays valid at the vendor until it expires"),
        None if profile.can_revoke() => format!(
            "{forgot}; the vendor was not told, because that needs {}; it stays valid at the vendor until it expires",
            match profile.dialect.revoke().is_some_and(|flow| flow.uses("access_token")) {
                true => "an access token, and no valid one could be obtained",
                false => "a token that no longer exists",
            }
        ),
        None if profile.dialect.revocation.is_some() => format!(
            "{forgot}; the vendor was not told, because `profiles.{}` has no `revocation_url`; it stays valid at the vendor until it expires",
            profile.name
        ),
        None => {
            let dialect = &profile.dialect_name;
            format!(
                "{forgot}; the vendor was not told, because the dialect `{dialect}` has no way to revoke it; it stays valid at the vendor until it expires"
            )
        }
    }
}

fn bare(account: &str, secrets: &[String]) -> String {
    let beside = match secrets.is_empty() {
        true => String::new(),
        false => format!(", and its stored secrets ({})", secrets.join(", ")),
    };
    format!("forgot what was tried for the account `{account}`{beside}; no token ever came of it")
}

fn told(revoked: &Revoked) -> String {
    let many = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("the {what}")),
        more => Some(format!("{more} {what}s")),
    };
    let all = [many(revoked.refresh_tokens, "refresh token"), many(revoked.access_tokens, "access token")];
    let all: Vec<String> = all.into_iter().flatten().collect();
    let left = match (revoked.leaves_refresh_token, revoked.left) {
        (true, _) if all.is_empty() => {
            return "nothing was revoked (the vendor does not revoke such tokens: they stay valid there until they expire)"
                .to_owned();
        }
        (true, _) => " (the vendor does not revoke refresh tokens: it stays valid there until it expires)",
        (false, 0) => "",
        (false, _) => " (an access token stays valid until it expires)",
    };
    if all.is_empty() && revoked.left > 0 {
        format!("nothing was revoked{left}")
    } else if all.is_empty() {
        "nothing was left to revoke".to_owned()
    } else {
        format!("revoked {}{left}", all.join(" and "))
    }
}
