//! What `status` knows of a profile, without asking anybody.

use serde_json::{Value, json};

use crate::base::clock::{Moment, rfc3339};
use crate::base::digest::hex;
use crate::base::error::{Code, Error, Result};
use crate::commands::context::{Context, placed};
use crate::credential::audience::Audience;
use crate::credential::outlook::{Condition, Outlook, Prospects};
use crate::credential::reading::RenewsWith;
use crate::credential::record::Record;
use crate::credential::state::Credential;
use crate::credential::who::{self, AnswerTokens};
use crate::profile::Profile;
use crate::profile::configuration::{CredentialKey, Profiles};
use crate::profile::secrets::For;
use crate::session::owner::wire::Fares;
use crate::session::{binding, mark, relogin, replay, stored_secrets, unread};
use crate::store::{Holder, JournalVersion, Look, Store, credential_id};
use crate::terminal::wording;
use crate::warm::cache::forecast::Watched;

/// Where there is no state to tell.
pub(super) const UNREADABLE: &str = "unreadable";

/// Of those that are asked about.
pub(super) fn names(context: &Context<'_>, profiles: &Profiles) -> Result<Vec<String>> {
    match &context.global.profile {
        Some(name) => Ok(vec![profiles.choose(Some(name.clone()))?]),
        None => Ok(profiles.names().map(str::to_owned).collect()),
    }
}

/// One line: what is known of a profile without asking anybody. Times are milliseconds since 1970.
pub(in crate::commands) struct Line {
    pub(in crate::commands) profile: String,
    pub(in crate::commands) dialect: String,
    pub(in crate::commands) store: String,
    pub(in crate::commands) account: String,
    /// `None`: it cannot be read.
    pub(in crate::commands) condition: Option<Condition>,
    pub(in crate::commands) access_ends: Option<i64>,
    pub(in crate::commands) refresh_ends: Option<i64>,
    pub(in crate::commands) dies: Option<i64>,
    pub(in crate::commands) who: Option<String>,
    pub(in crate::commands) scope: Option<String>,
    /// Tokens of the same login that are valid, for audiences that no profile names, and when each ends.
    pub(in crate::commands) others: Vec<(Audience, Option<i64>)>,
    /// What answers hold that nobody could read.
    pub(in crate::commands) unread: Vec<String>,
    pub(in crate::commands) trouble: Option<Error>,
    /// The kind of store and the account, which profiles of one login have in common.
    pub(in crate::commands) login: CredentialKey,
    pub(in crate::commands) needs_person: bool,
    /// When it was handed over to another machine, in milliseconds since 1970.
    pub(in crate::commands) exported: Option<i64>,
    /// Which machine of a fleet has the claim.
    pub(in crate::commands) holder: Option<Holder>,
    /// What is newest is in the journal of this machine alone, although the store would take it.
    pub(in crate::commands) unsaved: bool,
    /// An answer of the vendor is kept that nobody has looked into.
    pub(in crate::commands) answered: bool,
    /// There is something with which another can be had.
    pub(in crate::commands) refreshes: bool,
    /// When the life began that ends at `dies`.
    pub(in crate::commands) begun: Option<i64>,
    /// The program that asks the machine which has the login, if that is another one.
    pub(in crate::commands) owner: Option<Vec<String>>,
    /// How it fares there, if it was asked.
    pub(in crate::commands) told: Option<Fares>,
    /// When it said so, in milliseconds since 1970, if that a person is needed is its word from an earlier question.
    pub(in crate::commands) said_before: Option<i64>,
    /// The journal that this tells of; `None`: something else would have to be looked at again.
    pub(in crate::commands) watched: Option<Watched>,
}

/// What a look at the store tells beside the credential.
struct Seen {
    journal: Option<JournalVersion>,
    /// Of the profile, as marks have it, if that is known without running a command.
    client: Option<String>,
    unreached: Option<Error>,
    holder: Option<Holder>,
}

/// From where a credential is looked at.
#[derive(Clone, Copy)]
struct View<'a> {
    /// Of this machine.
    journal: Option<&'a str>,
    client: Option<&'a str>,
    logs_in: bool,
}

pub(in crate::commands) fn line(context: &Context<'_>, profiles: &Profiles, name: &str) -> Line {
    let login = profiles.credential(name);
    match profiles.get(name) {
        Ok(profile) => of_profile(context, profiles, profile, login),
        Err(error) => unreadable(name, None, login, error),
    }
}

fn of_profile(context: &Context<'_>, profiles: &Profiles, profile: Profile, login: CredentialKey) -> Line {
    let look = Store::open(&profile, context.out.json()).and_then(|mut store| {
        let (look, unreached) = store.look_everywhere()?;
        let look = match look {
            Look::Settled(there, key) => {
                let marks = || store.key_of_marks_beside(key.clone());
                let client = there
                    .record()
                    .and_then(|record| mark::client_at_hand(&context.invocation, &profile, record, marks));
                (Look::Settled(there, key), client)
            }
            look => (look, None),
        };
        Ok((look.0, Seen { journal: store.version(), client: look.1, unreached, holder: store.holder() }))
    });
    let ahead = matches!(look, Ok((Look::Unsettled(Some(_)), ..)));
    let (credential, seen) = match look {
        Ok((Look::Settled(there, _) | Look::Unsettled(Some(there)), seen)) => (Some(there), seen),
        Ok((Look::Nothing | Look::Unsettled(None), seen)) => (None, seen),
        Err(error) => return unreadable(&profile.name, Some(&profile), login, error),
    };
    let name = profile.name.clone();
    let profile = match &credential {
        Some(there) => match placed(profiles, profile, there) {
            Ok(profile) => profile,
            Err(error) => return unreadable(&name, None, login, error),
        },
        None => profile,
    };
    let Seen { journal: version, client, unreached, holder } = seen;
    let journal = version.as_ref().map(|version| hex(version.id()));
    // Of what only that login takes nobody is told while there is no need for it.
    let by_itself = relogin::prospect(&context.invocation, &profile, credential.as_deref());
    let (relogin, logs_in) = (by_itself.is_some(), by_itself.as_ref().is_some_and(Result::is_ok));
    let view = View { journal: journal.as_deref(), client: client.as_deref(), logs_in };
    let mut line = readable(&profile, credential.as_deref(), login, view);
    // What another machine is about to get needs no person.
    line.needs_person &= !holder.as_ref().is_some_and(|holder| !holder.is_here && holder.is_at_work());
    (line.holder, line.trouble) = (holder, line.trouble.or(unreached));
    line.unsaved = ahead && profile.store.takes_what_is_new();
    let secrets = stored_secrets::check(&context.invocation, &profile, For::Renewal);
    line.trouble = line.trouble.or(secrets.err());
    line.trouble = line.trouble.or(by_itself.and_then(Result::err).filter(|_| line.needs_person));
    // Where there is no journal, the keyring may come by a credential, and nobody would notice.
    let watchable = version.is_some() || (credential.is_none() && !line.needs_person);
    // What is open may be past its grace by the next look; stored secrets have a journal of their own; and what a login takes
    // may come from the environment and from files.
    let open = credential.as_ref().is_some_and(|credential| credential.open().is_some());
    let watchable = watchable && !open && profile.stored_keys().next().is_none() && !relogin;
    let watched = (watchable && line.trouble.is_none())
        .then(|| Watched { credential: credential_id(&profile), journal: version });
    Line { watched, ..line }
}

fn unreadable(name: &str, profile: Option<&Profile>, login: CredentialKey, trouble: Error) -> Line {
    Line {
        profile: name.to_owned(),
        dialect: profile.map_or("?", |profile| &profile.dialect_name).to_owned(),
        store: profile.map_or("?", |profile| &profile.store_name).to_owned(),
        account: profile.map_or("?", |profile| &profile.account).to_owned(),
        condition: None,
        access_ends: None,
        refresh_ends: None,
        dies: None,
        who: None,
        scope: None,
        others: Vec::new(),
        unread: Vec::new(),
        trouble: Some(trouble),
        login,
        needs_person: false,
        exported: None,
        holder: None,
        unsaved: false,
        answered: false,
        refreshes: false,
        begun: None,
        owner: profile.and_then(command),
        told: None,
        said_before: None,
        watched: None,
    }
}

fn readable(
    profile: &Profile,
    credential: Option<&Credential>,
    login: CredentialKey,
    view: View<'_>,
) -> Line {
    let record = credential.and_then(Credential::record);
    let access = record.and_then(|record| record.access(&profile.audience)?.served(profile.token));
    let access = access.as_ref();
    let now = Moment::now();
    // Another machine gives one, without a person here.
    let renews_with =
        if profile.store.owner().is_some() { RenewsWith::Client } else { profile.renews_with() };
    let prospects = Prospects {
        renews_with,
        needs_access_token: profile.needs_access_token(),
        audience: &profile.audience,
        client: view.client,
        is_stuck: credential.is_some_and(|there| replay::is_stuck(profile, there, view.journal, &now)),
        logs_in: view.logs_in,
    };
    let outlook = Outlook::of(credential, access, prospects, &now);
    let ended = ended_elsewhere(profile, record);
    let outlook = match ended {
        Some((condition, _)) => Outlook { condition, needs_person: true, dies_ms: None },
        None => outlook,
    };
    // Whoever has the copy keeps it alive.
    let exported = record.and_then(|record| record.exported_ms);
    Line {
        profile: profile.name.clone(),
        dialect: profile.dialect_name.clone(),
        store: profile.store_name.clone(),
        account: profile.account.clone(),
        condition: Some(outlook.condition),
        access_ends: access.and_then(|access| Some(access.expires_at()?.saturating_mul(1_000))),
        refresh_ends: record.and_then(|record| record.refresh_expires_ms),
        // Whatever was said of it before.
        dies: outlook.dies_ms.filter(|_| outlook.condition != Condition::LoginRequired && exported.is_none()),
        who: record.and_then(logged_in),
        scope: profile.scope().map(str::to_owned),
        others: record.map(|record| others(profile, record, &now)).unwrap_or_default(),
        unread: credential.map(unread::described).unwrap_or_default(),
        // Not a state of the credential, but the reason why it would not be used.
        trouble: record.and_then(|record| {
            let misdirected = binding::check_held(profile, record).err();
            misdirected.or_else(|| lacks_an_id_token(profile, record, &now))
        }),
        login,
        needs_person: outlook.needs_person && exported.is_none(),
        exported,
        holder: None,
        unsaved: false,
        answered: credential.is_some_and(Credential::is_answered),
        refreshes: record.is_some_and(|record| record.refresh_token.is_some()),
        begun: record.map(begun),
        owner: command(profile),
        told: None,
        said_before: ended.map(|(_, at)| at),
        watched: None,
    }
}

fn command(profile: &Profile) -> Option<Vec<String>> {
    profile.store.owner().map(|owner| owner.command.clone())
}

/// That nobody is logged in, if the owner said so when it was asked last; and when that was.
fn ended_elsewhere(profile: &Profile, record: Option<&Record>) -> Option<(Condition, i64)> {
    let ended = record.filter(|_| profile.store.owner().is_some())?.ended(&profile.audience)?;
    let condition = match ended.outcome.code()? {
        Code::LoginRequired => Condition::LoginRequired,
        Code::NoCredential => Condition::None,
        _ => return None,
    };
    Some((condition, ended.at.wall_ms))
}

/// When the vendor gave something last.
fn begun(record: &Record) -> i64 {
    let access = record.newest_access().map_or(0, |access| access.obtained.wall_ms);
    record.refresh_obtained.wall_ms.max(access)
}

/// The last answer gave none, and asking again would bring no other.
fn lacks_an_id_token(profile: &Profile, record: &Record, now: &Moment) -> Option<Error> {
    let access = record.access(&profile.audience).filter(|access| access.remaining(now).is_some())?;
    access.served(profile.token).is_none().then(|| wording::no_id_token(profile))
}

fn others(profile: &Profile, record: &Record, now: &Moment) -> Vec<(Audience, Option<i64>)> {
    let named = |of: &Audience| {
        *of == profile.audience || profile.siblings.contains(of) || *of == Audience::unnamed()
    };
    let unnamed = record.audiences().filter(|of| !named(of));
    let valid =
        unnamed.filter_map(|of| Some((of, record.access(of).filter(|one| one.remaining(now).is_some())?)));
    valid.map(|(of, access)| (of.clone(), access.expires_at().map(|at| at.saturating_mul(1_000)))).collect()
}

/// Of a record that an earlier version wrote, what its tokens tell.
pub(in crate::commands) fn logged_in(record: &Record) -> Option<String> {
    let access_token = record.newest_access().map(|access| access.token.expose());
    let told =
        || who::of(record.account.as_deref(), None, AnswerTokens { access_token, ..AnswerTokens::default() });
    record.who.clone().or_else(told)
}

pub(in crate::commands) fn instant(ms: Option<i64>) -> Option<String> {
    rfc3339(ms?.div_euclid(1_000))
}

impl Line {
    pub(in crate::commands) fn state(&self) -> &'static str {
        self.condition.map_or(UNREADABLE, Condition::word)
    }

    pub(super) fn object(&self) -> Value {
        json!({
            "profile": self.profile,
            "dialect": self.dialect,
            "store": self.store,
            "account": self.account,
            "state": self.state(),
            "trouble": self.trouble.as_ref().map(ToString::to_string),
            "expires_at": instant(self.access_ends),
            "refresh_expires_at": instant(self.refresh_ends),
            "dies_at": instant(self.dies),
            "exported_at": instant(self.exported),
            "claim": self.holder.as_ref().map(|holder| json!({
                "machine": holder.machine,
                "phase": holder.phase,
                "age_seconds": holder.age.as_secs(),
            })),
            "unread": self.unread,
            "who": self.who,
            "owner": self.owner.as_ref().map(|command| json!({
                "command": command,
                "said": self.told,
                "said_before": instant(self.said_before),
            })),
            "others": self.others.iter().map(|(audience, ends)| json!({ "audience": audience.as_str(), "expires_at": instant(*ends) })).collect::<Vec<_>>(),
        })
    }
}
