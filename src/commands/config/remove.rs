//! `tokcli config remove`: takes a profile out of the file. Its credential is not touched, and it is said where that is.

use serde_json::json;

use crate::base::error::{Code, Error, Result};
use crate::base::toml_source::Source;
use crate::commands::context::Context;
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
    context.out.say(&format!("took the profile `{name}` out of {}", path.display()));
    match left {
        Some(words) => words.iter().for_each(|words| context.out.say(words)),
        None => context.out.say("it could not be read; whether a credential of it stays behind is not known"),
    }
    if context.out.json() {
        context.out.object(&json!({ "version": 1, "profile": name, "outcome": "removed" }))
    } else {
        Ok(())
    }
}

/// What stays of it, and how it is reached from now on.
fn left(context: &Context<'_>, profiles: &Profiles, profile: &Profile) -> Vec<String> {
    let (account, store) = (&profile.account, &profile.store_name);
    let others = profiles.names().filter(|other| *other != profile.name);
    let mut sharing = others.filter(|other| profiles.credential(other) == profiles.credential(&profile.name));
    let look = Store::open(profile, context.out.json()).and_then(|mut store| store.look());
    let has = match look {
        Ok(Look::Nothing | Look::Unsettled(None)) => return Vec::new(),
        Ok(Look::Settled(credential, _) | Look::Unsettled(Some(credential)))
            if credential.record().is_none() =>
        {
            return Vec::new();
        }
        Ok(_) => "stays",
        Err(_) => "may stay",
    };
    let told = format!("the credential `{account}` {has} in the store `{store}`");
    match sharing.next() {
        Some(other) => vec![format!("{told}; the profile `{other}` has the same one")],
        None => vec![
            told,
            format!(
                "a profile `{account}`, or one with `account = \"{account}\"`, of the same dialect, client and address has it again; `tokcli logout --local` with that profile forgets it"
            ),
        ],
    }
}
