//! A fast, losable copy of access tokens, with which `token` spares itself the
//! configuration and the store. Absent, denied, full or damaged it is only slower.
//!
//! The rule that matters: what is found counts only while everything that it was
//! made from is seen to be unchanged. So nobody has to keep it up to date: a changed
//! configuration, a rotation, a logout or a new binding by any process ends it.

#[cfg(target_os = "linux")]
mod find;
pub(crate) mod forecast;
#[cfg(target_os = "linux")]
mod kernel;
#[cfg(not(target_os = "linux"))]
mod none;
mod seal;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::base::clock::Moment;
use crate::base::digest::sha256_hex;
use crate::base::environment;
use crate::base::file_stamp::FileStamp;
use crate::credential::access::{Access, Served};
use crate::credential::audience::Audience;
use crate::credential::record::Binding;
use crate::credential::secrets::AccessToken;
use crate::credential::state::Order;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::store::state_dir::StateDir;
use crate::store::{JournalVersion, credential_id, journal_version};
use crate::terminal::arguments::Global;
#[cfg(target_os = "linux")]
pub(crate) use kernel::Cache;
#[cfg(not(target_os = "linux"))]
pub(crate) use none::Cache;
use seal::CopySeal;

/// For what has no expiry of its own.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// Of what names a copy.
const DIGITS: usize = 32;
/// So many bytes of names are in nobody's way.
const LONGEST_NAME: usize = 500;

/// Whose token is asked for, as far as the command line and the environment say.
pub(crate) struct Question {
    name: String,
    /// `TOKCLI_STATE_DIR`, if it is set.
    state: Option<StateDir>,
}

/// The answer to a question: what reading the configuration came to.
#[derive(Serialize, Deserialize)]
pub(crate) struct Plan {
    at: Moment,
    pub(crate) profile: String,
    credential: String,
    /// Names the copy.
    copy: String,
    state: StateDir,
    bound: Binding,
    pub(crate) min_ttl: Option<Duration>,
    /// Of everything that was read for it.
    seen: Vec<FileStamp>,
    /// Where `~/` led, if the configuration has such a path; empty where `HOME` did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    home: Option<PathBuf>,
    /// The token that was kept with it, but for the token: a key expires with what it holds.
    kept: (Option<Order>, Access),
}

/// The access token of a credential.
#[derive(Serialize, Deserialize)]
struct Copy {
    at: Moment,
    bound: Binding,
    access: Access,
}

impl Question {
    /// `None`: it cannot be put into the name of a key. A mistake in it is the configuration's to report.
    pub(crate) fn of(global: &Global, scope: Option<&str>) -> Option<Question> {
        let (config, profile) = (global.config_path().ok()?, global.asked_profile().ok()?);
        let state = StateDir::given();
        let place = state.as_ref().map_or(Some(""), |state| state.path().to_str())?;
        let (profile, config) = (profile.unwrap_or_default(), config.to_str()?);
        // The length tells where one path ends and the other begins.
        let mut name = format!("tokcli:profile:{profile}:{}:{config}:{place}", config.len());
        if let Some(scope) = scope {
            // One word, as the kernel lists keys.
            let scope = scope.replace('%', "%25").replace(' ', "%20");
            name.insert_str(0, &format!("tokcli:scope:{}:{scope}:", scope.len()));
        }
        let fits = name.len() <= LONGEST_NAME && !profile.contains(':');
        fits.then_some(Question { name, state })
    }
}

impl Question {
    /// Whose token an address gets, and that token. Addresses as programs usually write them, so that a name is one word.
    pub(crate) fn of_address(global: &Global, address: &str) -> Option<Question> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b":/._-~[]".contains(&b);
        if !address.bytes().all(plain) {
            return None;
        }
        let mut question = Question::of(global, None)?;
        // A profile that is named may be the only one that is asked; one of the environment is but preferred.
        let only = if global.profile.is_some() { "only" } else { "" };
        question.name.insert_str(0, &format!("tokcli:address:{only}:{}:{address}:", address.len()));
        (question.name.len() <= LONGEST_NAME).then_some(question)
    }
}

impl Plan {
    pub(crate) fn journal(&self) -> Option<JournalVersion> {
        journal_version(&self.state, &self.credential).ok()?
    }
}

/// Keeps `access`, which `journal` alone tells of, for as long as it is valid, if all that it depends on
/// can be watched.
pub(crate) fn keep(
    question: &Question,
    all: &Profiles,
    profile: &Profile,
    access: Access,
    journal: JournalVersion,
) {
    let _ = try_to_keep(question, all, profile, access, journal);
}

fn try_to_keep(
    question: &Question,
    all: &Profiles,
    profile: &Profile,
    access: Access,
    journal: JournalVersion,
) -> Option<()> {
    let at = Moment::now();
    // The small program gives out tokens alone.
    let access = Access { beside: BTreeMap::new(), ..access };
    let left = access.remaining(&at)?;
    let left = Duration::from_millis(u64::try_from(left).ok()?);
    let left = if access.expires_at().is_some() { left } else { LONGEST };
    let (credential, state) = (credential_id(profile), StateDir::locate().ok()?);
    let name = copy_name(&credential, &profile.audience, profile.token, &state)?;
    let bare = Access { token: AccessToken::new(""), ..access.clone() };
    let copy = Copy { at: at.clone(), bound: profile.binding.clone(), access };
    let mut seen = all.seen.as_ref()?.clone();
    let home = environment::home_counted().then(|| environment::home().unwrap_or_default());
    let listed = home.as_ref().is_some_and(|home| home.as_os_str().is_empty());
    if question.state.is_none() || listed {
        seen.push(StateDir::stamp_of_home()?);
    }
    let plan = Plan {
        at,
        profile: profile.name.clone(),
        credential,
        copy: name.clone(),
        state,
        bound: copy.bound.clone(),
        min_ttl: profile.min_ttl,
        seen,
        home,
        kept: (journal.order(), bare),
    };
    let (cache, seal) = (Cache::open()?, CopySeal::of(&journal));
    cache.put(&name, &seal.hide(&name, &journal, encoded(&copy)?)?, left)?;
    // Forgotten or replaced meanwhile, it would be of no use, and only lie there.
    if plan.journal().as_ref() != Some(&journal) {
        cache.remove(&name);
        return None;
    }
    cache.put(&question.name, &seal.vouch(&question.name, &encoded(&plan)?)?, LONGEST)
}

/// Forgets the tokens of the credential of `profile` for these audiences, here and now.
pub(crate) fn forget<'a>(profile: &Profile, audiences: impl Iterator<Item = &'a Audience>) {
    let (Ok(state), Some(cache)) = (StateDir::locate(), Cache::open()) else { return };
    let credential = credential_id(profile);
    for audience in audiences {
        let names = [Served::Access, Served::Id].map(|token| copy_name(&credential, audience, token, &state));
        names.iter().flatten().for_each(|name| cache.remove(name));
    }
}

/// One for each token that a login is given. Not longer than it must be: the kernel's room for names is small.
fn copy_name(credential: &str, audience: &Audience, token: Served, state: &StateDir) -> Option<String> {
    let of = format!("{credential}:{}:{}", token.word(), audience.as_str());
    let name = format!("tokcli:token:{}:{}", &sha256_hex(&of)[..DIGITS], state.path().to_str()?);
    (name.len() <= LONGEST_NAME).then_some(name)
}

fn encoded(value: &impl Serialize) -> Option<Zeroizing<Vec<u8>>> {
    // Large enough for most: what grows leaves copies of itself behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(8 << 10));
    serde_json::to_writer(&mut *bytes, value).ok()?;
    Some(bytes)
}
