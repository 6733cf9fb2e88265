//! `tokcli config remove`: takes a profile out of the file. Its credential is not touched, and it is said where that is.

use crate::base::error::{Code, Error, Result};
use crate::base::toml_source::Source;
use crate::commands::context::Context;
use crate::credential::state::Content;
use crate::profile::configuration::Profiles;
use crate::profile::{Profile, edit};
use crate::store::configuration::Place;
use crate::store::{Look, Store};

pub(super) fn run(context: &Context<'_>, name: &str) -> Result<()> {
    // With the words for a missing file.
    let profiles = context.profiles()?;
    let path = context.global.config_path()?;
    let unknown = |profiles: &Profiles| Error::new(Code::UnknownProfile, profiles.no_profile(name));
    if !profiles.has(name) {
        return Err(unknown(&profiles));
    }
    let left = profiles.get(name).ok().map(|profile| left(context, &profiles, &profile));
    let place = Place::of(&path);
    let held = place.hold(context.invocation.deadline)?;
    let Some(before) = place.read()? else { return Err(unknown(&profiles)) };
    let now = Profiles::read(before.clone(), Source::open)?;
    let text = edit::without_profile(before.text(), name)?.ok_or_else(|| unknown(&now))?;
    // Nothing else can have become wrong by it, but what is wrong is not written.
    Profiles::read(Source::of(&path, text.clone()), Source::open)?;
    if let Some(words) = place.replace(&held, Some(&before), &text)? {
        context.out.warn(words);
    }
    drop(held);
    context.out.say(&format!("removed the profile `{name}` from {}", path.display()));
    match left {
        Some(words) => words.iter().for_each(|words| context.out.say(words)),
        None => {
            context.out.warn("it could not be read; whether a credential of it remains is not known");
        }
    }
    context.print_change(name, "removed", &[])
}

/// What stays of it, and how it is reached from now on.
fn left(context: &Context<'_>, profiles: &Profiles, profile: &Profile) -> Vec<String> {
    let (account, store) = (&profile.account, &profile.store_name);
    let kept = |what: &str, look: Result<Look>| {
        let stays = match look {
            Ok(Look::Nothing) => return None,
            Ok(Look::Settled(credential, _) | Look::Unsettled(Some(credential))) => {
                if credential.content() != Content::Record {
                    return None;
                }
                "stays"
            }
            Ok(Look::Unsettled(None)) | Err(_) => "may stay",
        };
        Some(format!("{what} of the account `{account}` {stays} in the store `{store}`"))
    };
    let silent = context.out.json();
    let look = |store: Result<Store>| store.and_then(|mut store| store.look());
    let credential = kept("the credential", look(Store::open(profile, silent)));
    let has_secrets = profile.stored_keys().next().is_some();
    let secrets = has_secrets
        .then(|| kept("what was stored by `secret set`", look(Store::open_secrets(profile, silent))))
        .flatten();
    let forget = if secrets.is_some() { "logout --local --all-secrets" } else { "logout --local" };
    let mut words: Vec<String> = credential.into_iter().chain(secrets).collect();
    if !words.is_empty() {
        words.push(way_back(profiles, profile, forget));
    }
    words
}

fn way_back(profiles: &Profiles, profile: &Profile, forget: &str) -> String {
    let (account, store) = (&profile.account, &profile.store_name);
    let mut others = profiles.names().filter(|other| *other != profile.name);
    let same = |other: &&str| profiles.credential(other) == profiles.credential(&profile.name);
    match others.find(same) {
        Some(other) => format!("the profile `{other}` has the same account"),
        None => format!(
            "a profile with `account = \"{account}\"`, `store = \"{store}\"` and the same dialect, client and address gets it back, and `tokcli {forget} --profile NAME` forgets it"
        ),
    }
}
