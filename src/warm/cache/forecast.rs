//! What `status --check` came to, kept for the next one: whether a person is needed, and when the first login dies. It tells
//! of every credential at once, and counts only while all of their journals, and the configuration, are as they were.
//!
//! It is a key of its own, so that `token`, which every program waits for, need not read it.

#[cfg(target_os = "linux")]
pub(crate) mod read;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::seal::CopySeal;
use super::{Cache, LONGEST, LONGEST_NAME, encoded};
use crate::base::digest::hex;
use crate::base::environment;
use crate::base::file_stamp::FileStamp;
use crate::profile::configuration::Profiles;
use crate::store::JournalVersion;
use crate::store::state_dir::StateDir;
use crate::terminal::arguments::Global;

#[derive(Serialize, Deserialize)]
struct Forecast {
    state: StateDir,
    /// Of everything that was read for it.
    seen: Vec<FileStamp>,
    /// Where `~/` led, if the configuration has such a path.
    home: Option<PathBuf>,
    /// Of each its journal is as it was: the seal is bound to what they were like.
    credentials: Vec<String>,
    needs_person: bool,
    dies_ms: Option<i64>,
}

/// A credential, and what its journal is like; `None`: there is none.
pub(crate) struct Watched {
    pub(crate) credential: String,
    pub(crate) journal: Option<JournalVersion>,
}

/// The name, and what the journals are like that the forecast tells of.
fn bound<'a>(name: &str, journals: impl Iterator<Item = Option<&'a JournalVersion>>) -> String {
    let each = |journal: Option<&JournalVersion>| journal.map_or("-".to_owned(), |one| hex(one.bytes()));
    journals.fold(name.to_owned(), |bound, journal| bound + ":" + &each(journal))
}

/// Keeps what a look at all of `journals` came to, if all that it depends on can be watched.
pub(crate) fn keep(
    global: &Global,
    all: &Profiles,
    journals: &[Watched],
    needs_person: bool,
    dies_ms: Option<i64>,
) {
    let _ = try_to_keep(global, all, journals, needs_person, dies_ms);
}

fn try_to_keep(
    global: &Global,
    all: &Profiles,
    journals: &[Watched],
    needs_person: bool,
    dies_ms: Option<i64>,
) -> Option<()> {
    let name = name(global)?;
    let mut seen = all.seen.as_ref()?.clone();
    let home = environment::home_counted().then(|| environment::home().unwrap_or_default());
    let listed = home.as_ref().is_some_and(|home| home.as_os_str().is_empty());
    if StateDir::given().is_none() || listed {
        seen.push(StateDir::stamp_of_home()?);
    }
    let state = StateDir::locate().ok()?;
    let bound = bound(&name, journals.iter().map(|one| one.journal.as_ref()));
    let seal = CopySeal::of(journals.iter().find_map(|one| one.journal.as_ref())?);
    let credentials = journals.iter().map(|one| one.credential.clone()).collect();
    let forecast = Forecast { state, seen, home, credentials, needs_person, dies_ms };
    Cache::open()?.put(&name, &seal.vouch(&bound, &encoded(&forecast)?)?, LONGEST)
}

/// Of the question. `TOKCLI_PROFILE` is none: `status` is about all profiles then.
fn name(global: &Global) -> Option<String> {
    let config = global.config_path().ok()?;
    let state = StateDir::given();
    let place = state.as_ref().map_or(Some(""), |state| state.path().to_str())?;
    let (profile, config) = (global.profile.as_deref().unwrap_or_default(), config.to_str()?);
    let name = format!("tokcli:forecast:{profile}:{}:{config}:{place}", config.len());
    (name.len() <= LONGEST_NAME && !profile.contains(':')).then_some(name)
}
