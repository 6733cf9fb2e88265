//! The secrets of a profile that are kept in its store: all profiles of an account have the same ones, in a record of
//! their own beside the credential, with a journal, a lock and a sealing key of their own.
//!
//! The rule that matters: a secret is used only for the places that it was set for.

use crate::base::clock::Moment;
use crate::base::error::{Error, Result, config, refused};
use crate::base::order::InOrder as _;
use crate::credential::record::Record;
use crate::credential::secrets::ClientSecret;
use crate::credential::state::Credential;
use crate::credential::stored_secret::{StoredSecret, StoredSecrets};
use crate::profile::Profile;
use crate::profile::secrets::{For, Given, PASSWORD, Secrets, TOTP_SEED, odd_about};
use crate::session::demand::Invocation;
use crate::session::{claim, id_token};
use crate::store::{Claim, Look, Store, name_of_secrets};

/// What setting or removing one came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Set,
    Unchanged,
    Removed,
}

impl Change {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Change::Set => "set",
            Change::Unchanged => "unchanged",
            Change::Removed => "removed",
        }
    }
}

/// All that the profile keeps secret, of what is `wanted`. Only one that keeps some of it in its store has that looked into.
pub(crate) fn secrets(invocation: &Invocation<'_>, profile: &Profile, wanted: For) -> Result<Secrets> {
    let mut given = match profile.stored_keys().find(|key| profile.wants(wanted, key)) {
        Some(_) => usable(profile, wanted, &all(invocation, profile)?)?,
        None => Given::new(),
    };
    id_token::ask(invocation, profile, wanted, &mut given)?;
    let secrets = profile.secrets(wanted, invocation.out.json(), &given)?;
    secrets.odd.iter().for_each(|words| invocation.out.warn(words.as_str()));
    Ok(secrets)
}

/// `Err` if a stored one that is `wanted` is not there, or was set for other places. A look alone: it waits for nobody, and
/// writes nothing.
pub(crate) fn check(invocation: &Invocation<'_>, profile: &Profile, wanted: For) -> Result<()> {
    looked_at(invocation, profile, wanted).map(drop)
}

/// `None`: whoever uses them brings journal and store together first.
fn looked_at(invocation: &Invocation<'_>, profile: &Profile, wanted: For) -> Result<Option<Given>> {
    if !profile.stored_keys().any(|key| profile.wants(wanted, key)) {
        return Ok(Some(Given::new()));
    }
    let there = match Store::open_secrets(profile, invocation.out.json())?.look()? {
        Look::Nothing => Credential::default(),
        Look::Settled(credential, _) | Look::Unsettled(Some(credential)) => *credential,
        Look::Unsettled(None) => return Ok(None),
    };
    usable(profile, wanted, &stored(&there).cloned().unwrap_or_default()).map(Some)
}

/// What a renewal takes, as far as a look tells. `None`: not all of it, or a command would be run for it.
pub(crate) fn at_hand(invocation: &Invocation<'_>, profile: &Profile) -> Option<Secrets> {
    let given = looked_at(invocation, profile, For::Renewal).ok()??;
    profile.secrets_at_hand(For::Renewal, &given)
}

/// Whether a login that nobody is asked for has all it takes, wherever that comes from; as far as a look tells.
pub(crate) fn check_login(invocation: &Invocation<'_>, profile: &Profile) -> Result<()> {
    check(invocation, profile, For::Login)?;
    profile.check_sources(For::Login)?;
    id_token::check(profile, For::Login)
}

/// Those that the profile names, each fit to be used.
fn usable(profile: &Profile, wanted: For, all: &StoredSecrets) -> Result<Given> {
    let usable = |key: &str| {
        let secret = all.get(key).ok_or_else(|| missing(profile, key))?;
        if secret.may_go_to(&profile.receivers(key)) {
            Ok((key.to_owned(), secret.value.clone()))
        } else {
            Err(misdirected(profile, key, secret))
        }
    };
    let usable = profile.stored_keys().filter(|key| profile.wants(wanted, key)).map(usable);
    Ok(usable.collect::<Result<Vec<_>>>()?.into_iter().in_order())
}

fn missing(profile: &Profile, key: &str) -> Error {
    let name = &profile.name;
    let words = format!(
        "`profiles.{name}.{key}`: the store `{}` holds no such secret for the account `{}`",
        profile.store_name, profile.account
    );
    config(words).hint(set_hint(name, key))
}

fn misdirected(profile: &Profile, key: &str, secret: &StoredSecret) -> Error {
    let words = format!(
        "the stored secret `{key}` of the account `{}` was set for {}, but the profile `{}` now gives it to {}; nothing was sent",
        profile.account,
        secret.origins.join(", "),
        profile.name,
        profile.receivers(key).join(", ")
    );
    refused(words).hint(set_hint(&profile.name, key))
}

fn set_hint(profile: &str, key: &str) -> String {
    format!("`tokcli secret set {key} --profile {profile}` reads it from standard input or a prompt")
}

/// All that the account has, without the claim unless journal and store must be brought together.
pub(crate) fn all(invocation: &Invocation<'_>, profile: &Profile) -> Result<StoredSecrets> {
    let mut store = Store::open_secrets(profile, invocation.out.json())?;
    // They end with no time of their own: what another machine was told is seen only where it is.
    let credential = match store.look_everywhere()?.0 {
        Look::Nothing => Credential::default(),
        Look::Settled(credential, _) => *credential,
        Look::Unsettled(_) => {
            let claim = claim(invocation, profile, &store)?;
            store.load(&claim)?
        }
    };
    store.take_warnings().into_iter().for_each(|words| invocation.out.warn(words));
    Ok(stored(&credential).cloned().unwrap_or_default())
}

fn stored(credential: &Credential) -> Option<&StoredSecrets> {
    credential.record().map(|record| &record.stored)
}

fn claim(invocation: &Invocation<'_>, profile: &Profile, store: &Store) -> Result<Claim> {
    let what = format!("the stored secrets of the account `{}`", profile.account);
    claim::take(store, &what, invocation.deadline)
}

/// Keeps it for where the profile points now. `Err` also if it can only be wrong; what is odd about it is a warning.
pub(crate) fn set(
    invocation: &Invocation<'_>,
    profile: &Profile,
    key: &str,
    value: ClientSecret,
) -> Result<Change> {
    let odd = odd_about(key, &value).map_err(|why| refused(format!("the secret `{key}` {why}")))?;
    for words in odd {
        invocation.out.warn(format!("the secret `{key}` {words}; it is stored unchanged"));
    }
    let now = Moment::now();
    let secret = StoredSecret { value, origins: profile.receivers(key), set: now.clone() };
    let mut shelf = Shelf::open(invocation, profile)?;
    if shelf.holds_both(key) {
        invocation.out.warn(TOGETHER);
    }
    if stored(&shelf.there).and_then(|stored| stored.get(key)).is_some_and(|there| there.is_as(&secret)) {
        // A run that was killed may have left the one before in the other slot.
        let there = shelf.there.clone();
        shelf.store.write_journal(&shelf.claim, &there)?;
        return Ok(Change::Unchanged);
    }
    let first = || {
        let epoch = now.wall_ms.max(shelf.there.order().epoch + 1);
        let mut record = Record::first(None, now, profile.binding.clone());
        record.name = Some(name_of_secrets(&profile.account));
        Credential::first(epoch, shelf.there.version.sequence + 1, record)
    };
    let before = if shelf.there.record().is_some() { shelf.there.clone() } else { first() };
    shelf.write(&before.superseded(|record| drop(record.stored.insert(key.to_owned(), secret))))?;
    Ok(Change::Set)
}

/// Who has both needs nothing else to log in, and the second factor is none.
pub(crate) const TOGETHER: &str = "a password and the seed of its one-time codes in one store are one factor, not two: whoever opens the store has both";

pub(crate) fn remove(invocation: &Invocation<'_>, profile: &Profile, key: &str) -> Result<Change> {
    let mut shelf = Shelf::open(invocation, profile)?;
    let Some(there) = stored(&shelf.there).filter(|stored| stored.contains_key(key)) else {
        return Ok(Change::Unchanged);
    };
    if there.len() == 1 {
        shelf.store.forget(&shelf.claim)?;
    } else {
        let without = shelf.there.superseded(|record| drop(record.stored.remove(key)));
        shelf.write(&without)?;
    }
    Ok(Change::Removed)
}

/// The keys of those that there were.
pub(crate) fn remove_all(invocation: &Invocation<'_>, profile: &Profile) -> Result<Vec<String>> {
    let mut shelf = Shelf::open(invocation, profile)?;
    let keys = stored(&shelf.there).into_iter().flat_map(|stored| stored.keys().cloned()).collect();
    shelf.store.forget(&shelf.claim)?;
    Ok(keys)
}

/// The secrets of an account, under their claim.
struct Shelf {
    store: Store,
    claim: Claim,
    there: Credential,
}

impl Shelf {
    fn open(invocation: &Invocation<'_>, profile: &Profile) -> Result<Shelf> {
        let mut store = Store::open_secrets(profile, invocation.out.json())?;
        let claim = claim(invocation, profile, &store)?;
        let there = store.load(&claim)?;
        store.take_warnings().into_iter().for_each(|words| invocation.out.warn(words));
        Ok(Shelf { store, claim, there })
    }

    /// With that of `key`, which is to be set.
    fn holds_both(&self, key: &str) -> bool {
        let has = |one| stored(&self.there).is_some_and(|stored| stored.contains_key(one));
        (key == PASSWORD && has(TOTP_SEED)) || (key == TOTP_SEED && has(PASSWORD))
    }

    /// Into both slots of the journal, in the end: what was there before is sealed nowhere in it any more.
    fn write(&mut self, after: &Credential) -> Result<()> {
        self.store.establish(&self.claim, after)?;
        self.store.write_journal(&self.claim, after)
    }
}
