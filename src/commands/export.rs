//! `tokcli export --sealed` and `tokcli import --sealed`: a credential as one sealed line that moves to another machine.
//!
//! The rule that matters: one machine presents a refresh token. So the credential is marked as handed over before the line is
//! printed, and an older copy never takes the place of a newer one.

use std::cmp::Ordering;

use serde_json::json;

use super::audit::{self, Event};
use super::context::{Context, as_placed};
use super::import::check_rival;
use crate::base::clock::Moment;
use crate::base::error::{Error, Result, refused};
use crate::credential::merge::merged;
use crate::credential::reading::RenewsWith;
use crate::credential::state::Credential;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::login::place::may_replace;
use crate::session::notice::Death;
use crate::session::{binding, loss, unread};
use crate::store::sealed::{self, Flaw, Opened};
use crate::store::{Claim, Store};
use crate::terminal::arguments::sealed::{Export, SealedKey};
use crate::terminal::input;
use crate::terminal::wording::{moment_of, no_credential, unread_login};

pub(super) fn run(context: &Context<'_>, args: &Export, all: &Profiles, profile: &Profile) -> Result<()> {
    may_move(profile)?;
    let key = sealed::key_for_moving(profile, args.key.source(), context.out.json())?;
    let mut store = Store::open(profile, context.out.json())?;
    let claim = context.claim(&store, profile)?;
    let there = newest(context, profile, &mut store, &claim)?;
    if there.record().is_none() {
        return Err(unread_login(profile));
    }
    store.take_warnings().into_iter().for_each(|words| context.out.warn(words));
    let before = there.record().and_then(|record| record.exported_ms);
    if let Some(at) = before.filter(|_| !args.copy) {
        context.out.warn(format!(
            "the credential `{}` was exported before{}; only one of the copies may be used",
            profile.account,
            moment_of(at)
        ));
    }
    if !args.copy {
        check_handed_over_everywhere(profile)?;
        hand_over(&mut store, &claim, &there)?;
    }
    let line = sealed::seal(&key, &profile.account, "", &there.changed(|record| record.exported_ms = None))?;
    drop(claim);
    audit::note(context.out, all, profile, &Event::Exported);
    print(context, args, profile, &line)
}

fn check_handed_over_everywhere(profile: &Profile) -> Result<()> {
    if profile.store.takes_what_is_new() {
        return Ok(());
    }
    let words = format!(
        "the store `{}` has no `save`, so no other machine would learn that the credential was handed over",
        profile.store_name
    );
    Err(refused(words).hint("`--copy` gives a copy; whichever is refreshed first may end the other"))
}

/// Everywhere, or not at all: a copy without the mark would be presented from another place.
fn hand_over(store: &mut Store, claim: &Claim, there: &Credential) -> Result<()> {
    let now = Moment::now().wall_ms;
    let handed = there.changed(|record| record.exported_ms = Some(now));
    store.write_journal(claim, &handed)?;
    store.write_backend(claim, &handed).inspect_err(|_| {
        // The next run sees which of the two is right.
        let _ = store.write_journal(claim, &handed.changed(|record| record.exported_ms = None));
    })
}

fn print(context: &Context<'_>, args: &Export, profile: &Profile, line: &str) -> Result<()> {
    if context.out.json() {
        let mut object =
            json!({ "version": 1, "profile": profile.name, "outcome": "exported", "sealed": line });
        let warnings = context.out.take_warnings();
        if !warnings.is_empty() {
            object["warnings"] = json!(warnings);
        }
        context.out.object(&object)?;
    } else {
        context.out.bytes(format!("{line}\n").as_bytes())?;
    }
    let (name, key) = (&profile.name, args.key.words());
    context.out.say(&match args.copy {
        true => format!("copied the credential `{}`; whichever copy refreshes first ends the other, if the refresh token rotates", profile.account),
        false => format!("exported the credential `{}`; it is not refreshed here until `tokcli import --sealed{key} --profile {name}` takes it back", profile.account),
    });
    Ok(())
}

/// What lies unread may be newer than what is held.
fn newest(context: &Context<'_>, profile: &Profile, store: &mut Store, claim: &Claim) -> Result<Credential> {
    let there = context.at_rest(store, profile, claim)?.without_login();
    if there.record().is_none() && there.answers().next().is_none() {
        return Err(no_credential(profile));
    }
    let death = Death::default();
    let known = there.clone();
    let read = unread::recover(&context.invocation, profile, store, claim, there, &death);
    Ok(match read {
        Ok((newest, _)) => newest,
        // It goes along as it is.
        Err(error) => {
            context.out.warn(format!("an answer that was left sealed is exported unread: {error}"));
            store.load(claim).map_or(known, |there| there.without_login())
        }
    })
}

fn may_move(profile: &Profile) -> Result<()> {
    if profile.renews_with() == RenewsWith::Client {
        let words = format!(
            "the dialect `{}` needs no login: every machine gets tokens with its client's own secrets, so there is nothing to move",
            profile.dialect_name
        );
        return Err(refused(words));
    }
    Ok(())
}

/// `tokcli import --sealed`
pub(super) fn bring_back(
    context: &Context<'_>,
    key: &SealedKey,
    replace: bool,
    all: &Profiles,
    profile: &Profile,
) -> Result<()> {
    may_move(profile)?;
    check_rival(all, profile)?;
    loss::check_first(&context.invocation, profile)?;
    let command = format!("tokcli import --sealed{} --profile {}", key.words(), profile.name);
    let key = sealed::key_for_moving(profile, key.source(), context.out.json())?;
    let line = input::large_secret("sealed record", &command)?;
    let (brought, placed) = own(all, profile, sealed::open(&key, &line))?;
    let profile = placed.as_ref().unwrap_or(profile);
    let mut store = Store::open(profile, context.out.json())?;
    let claim = context.claim(&store, profile)?;
    let there = context.at_rest(&mut store, profile, &claim)?;
    if is_another_login(&brought, &there) {
        may_replace(&there, replace, profile, &format!("`{command} --replace`"))?;
    }
    let account = &profile.account;
    let words = match place(&brought, &there, replace) {
        Place::Same => {
            // An earlier run may have been killed before it did.
            adopt(&mut store, &claim)?;
            let words = format!("the credential `{account}` is already this one");
            return context.print_outcome(profile, "unchanged", &words);
        }
        Place::Returned => {
            store.save(&claim, &there.changed(|record| record.exported_ms = None))?;
            format!("took back the credential `{account}`")
        }
        Place::Older => return Err(older(profile, &command, is_spent(&brought, &there))),
        Place::Spent => {
            let words =
                "the refresh token of this sealed record has already been used; what came of it is at hand";
            return Err(refused(words));
        }
        Place::Newer(newest) => {
            put(&mut store, &claim, *newest)?;
            format!("imported the sealed credential `{account}` into the store `{}`", profile.store_name)
        }
    };
    store.take_warnings().into_iter().for_each(|words| context.out.warn(words));
    audit::note(context.out, all, profile, &Event::Login);
    context.print_outcome(profile, "imported", &words)
}

/// What it is for this profile, if it is; and the profile with the addresses that come with it, if it names its issuer alone.
fn own(
    all: &Profiles,
    profile: &Profile,
    opened: std::result::Result<Opened, Flaw>,
) -> Result<(Credential, Option<Profile>)> {
    let Opened { account, credential, .. } =
        opened.map_err(|flaw| refused(format!("what is on standard input {}", flaw.words())))?;
    if account != profile.account {
        let words = format!("the sealed record is of the account `{account}`, not of `{}`", profile.account);
        return Err(refused(words).hint(format!(
            "`account = \"{account}\"` under [profiles.{}] accepts it, if it is the same login",
            profile.name
        )));
    }
    let named_here = profile.awaits_discovery().then(|| as_placed(all, profile, &credential)).transpose()?;
    let placed = named_here.flatten();
    if let Some(bound) = credential.bound() {
        // What is confirmed for the credential that is here does nothing for this one.
        binding::check(placed.as_ref().unwrap_or(profile), bound).map_err(|error| {
            error.hint(format!(
                "[profiles.{}] takes it with the address and client that it is bound to",
                profile.name
            ))
        })?;
    }
    Ok((credential, placed))
}

fn is_spent(brought: &Credential, there: &Credential) -> bool {
    let token = brought.record().and_then(|record| record.refresh_token.as_ref());
    let held = there.record().filter(|_| brought.order() < there.order());
    token.zip(held).is_some_and(|(token, held)| held.is_spent(token))
}

/// Of which what is there knows nothing. What was handed over from here may have been logged in again since.
fn is_another_login(brought: &Credential, there: &Credential) -> bool {
    let exported = there.record().is_some_and(|record| record.exported_ms.is_some());
    there.record().is_none() || (brought.order().epoch > there.order().epoch && !exported)
}

/// How what is brought stands to what is there.
enum Place {
    Same,
    /// It was exported from here, and comes back as it was.
    Returned,
    Older,
    /// It would begin anew, with a refresh token that was used already.
    Spent,
    /// What it comes to in its place.
    Newer(Box<Credential>),
}

fn place(brought: &Credential, there: &Credential, replace: bool) -> Place {
    // What lies here unread may belong to it, too.
    let newer = || Place::Newer(Box::new(merged(Some(there), Some(brought), None).after(there)));
    let Some(held) = there.record() else {
        return if there.order() < brought.order() { newer() } else { anew(brought, there) };
    };
    let same = brought.record().is_some_and(|record| record.refresh_token == held.refresh_token);
    match brought.order().cmp(&there.order()) {
        Ordering::Greater => newer(),
        _ if replace => anew(brought, there),
        // Something was tried with it where it comes from.
        Ordering::Equal if same && brought.version > there.version => newer(),
        Ordering::Equal if same && held.exported_ms.is_some() => Place::Returned,
        Ordering::Equal if same => Place::Same,
        _ => Place::Older,
    }
}

/// Nothing is there that could be newer, or a person says so.
fn anew(brought: &Credential, there: &Credential) -> Place {
    if is_spent(brought, there) {
        return Place::Spent;
    }
    let epoch = Moment::now().wall_ms.max(there.order().epoch + 1);
    Place::Newer(Box::new(brought.clone().begun_anew(epoch, there.version.sequence + 1)))
}

/// Whose refresh token was spent here is good for nothing any more.
fn older(profile: &Profile, command: &str, spent: bool) -> Error {
    let error = refused(format!(
        "the sealed record of `{}` is older than the credential at hand, which is kept",
        profile.account
    ));
    if spent {
        return error;
    }
    error.hint(format!("`{command} --replace` imports it all the same"))
}

fn put(store: &mut Store, claim: &Claim, credential: Credential) -> Result<()> {
    store.establish(claim, &credential)?;
    adopt(store, claim)
}

/// Where it comes from nobody goes on with what was under way.
fn adopt(store: &mut Store, claim: &Claim) -> Result<()> {
    let mut there = store.load(claim)?;
    if there.take_over(&store.journal_id()?, None, None) {
        store.save(claim, &there)?;
    }
    Ok(())
}
