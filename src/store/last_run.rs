//! What the last `refresh --all --due` came to, for whoever asks whether a timer keeps logins alive. It holds outcomes, never a
//! token, and may be lost.

use std::io::Read as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::files;
use super::state_dir::StateDir;
use crate::base::clock::Moment;
use crate::base::error::{Code, Result};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LastRun {
    version: u32,
    pub(crate) began: Moment,
    /// Profiles of several files may have their credentials in one place.
    pub(crate) configuration: PathBuf,
    pub(crate) exit: u8,
    /// Why it did not come to any profile.
    pub(crate) code: Option<Code>,
    pub(crate) profiles: Vec<Ended>,
}

/// How it went with one profile.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Ended {
    pub(crate) profile: String,
    /// In the word of the contract.
    pub(crate) outcome: String,
    pub(crate) code: Option<Code>,
}

const VERSION: u32 = 1;
/// Of far more profiles than anybody has.
const LARGEST: u64 = 4 << 20;

impl LastRun {
    pub(crate) fn new(
        began: Moment,
        configuration: PathBuf,
        exit: u8,
        code: Option<Code>,
        profiles: Vec<Ended>,
    ) -> LastRun {
        LastRun { version: VERSION, began, configuration, exit, code, profiles }
    }

    /// In the place of the one before. Where there is no state directory yet nothing is to be noted.
    pub(crate) fn keep(&self) -> Result<()> {
        let state = StateDir::locate()?;
        state.check()?;
        let path = state.last_run();
        // What another run is about to put there may be swept away, too: then this one stands there.
        files::sweep(&path);
        files::put(&path, &serde_json::to_vec(self).unwrap_or_default())
    }

    /// `None`: there was none, or what is there is not one.
    pub(crate) fn read() -> Result<Option<LastRun>> {
        let Some(file) = files::open(&StateDir::locate()?.last_run(), false)? else { return Ok(None) };
        let mut bytes = Vec::new();
        let read = file.take(LARGEST).read_to_end(&mut bytes);
        Ok(read.ok().and_then(|_| serde_json::from_slice(&bytes).ok()))
    }
}
