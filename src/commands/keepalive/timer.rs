//! What is the same of all timers: what they are asked to run, what they write, and what is found of one.
//!
//! The rule that matters: what a timer would write is made by a function that looks at nothing, so that each is tested everywhere.

use std::path::{Path, PathBuf};

use crate::base::error::Result;
use crate::base::program::is_program;
use crate::terminal::arguments::keepalive::TimerKind;

/// What is to be run each hour.
#[derive(Clone)]
pub(super) struct Job {
    pub(super) program: String,
    /// What it is given of the environment that it was installed in, by name.
    pub(super) environment: Vec<(String, String)>,
}

const CONFIGURATION: &str = "TOKCLI_CONFIG";

impl Job {
    pub(super) fn new(program: String, configuration: String, more: Vec<(String, String)>) -> Job {
        let mut environment = vec![(CONFIGURATION.to_owned(), configuration)];
        environment.extend(more);
        Job { program, environment }
    }

    pub(super) fn configuration(&self) -> &str {
        self.environment.first().map_or("", |(_, path)| path)
    }
}

/// Of every run. Outcomes go where the timer keeps them, and no summary.
pub(super) const WORDS: [&str; 4] = ["refresh", "--all", "--due", "-q"];

/// By it lines are known for ours.
pub(super) const MARK: &str = "written by `tokcli keepalive install`";

/// Text for one file, or for a table that a program of the platform keeps.
pub(in crate::commands) struct Part {
    pub(in crate::commands) place: PathBuf,
    pub(super) text: String,
}

/// What installing came to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Installed,
    Updated,
    Unchanged,
}

impl Change {
    pub(super) fn word(self) -> &'static str {
        match self {
            Change::Installed => "installed",
            Change::Updated => "updated",
            Change::Unchanged => "unchanged",
        }
    }
}

/// A timer that is there.
pub(in crate::commands) struct Found {
    pub(in crate::commands) kind: TimerKind,
    /// What of ours is there, as it stands.
    pub(in crate::commands) parts: Vec<Part>,
    /// `None`: it cannot be told.
    pub(in crate::commands) program: Option<PathBuf>,
    pub(in crate::commands) configuration: Option<PathBuf>,
    /// What else its runs are given, by name.
    pub(super) environment: Vec<(String, String)>,
    /// Why it would not run.
    pub(in crate::commands) trouble: Vec<String>,
    /// Whether it runs although nobody is logged in. `None`: it cannot be told, or is no question.
    pub(in crate::commands) lingers: Option<bool>,
    /// In milliseconds since 1970, if the timer tells.
    pub(in crate::commands) next_ms: Option<i64>,
    /// Since when it is so, in the same.
    pub(in crate::commands) since_ms: Option<i64>,
}

impl Found {
    /// What it would run is there, for whichever configuration.
    pub(in crate::commands) fn is_current(&self) -> bool {
        self.program.as_deref().is_some_and(is_program)
    }

    /// What tells why it is there and does not run: to set up once more what stands there would change nothing.
    pub(in crate::commands) fn way_to_run(&self) -> &'static str {
        match self.kind {
            TimerKind::Systemd => {
                "`systemctl --user restart tokcli-keepalive.timer` starts it; `journalctl --user -u tokcli-keepalive` shows what became of its runs"
            }
            TimerKind::Cron => {
                "make sure that cron runs, as with `systemctl start cron`, and see what its log says of the line in `crontab -l`"
            }
            TimerKind::Launchd => {
                "`tokcli keepalive remove` and then `tokcli keepalive install` start it again"
            }
            TimerKind::Task => "see what the Task Scheduler says of `tokcli-keepalive`",
        }
    }

    /// By the words that stand in it, in front of the first of [`WORDS`].
    pub(super) fn new(kind: TimerKind, parts: Vec<Part>, words: &[String]) -> Found {
        let at = words.iter().position(|word| word == WORDS[0]);
        let program = at.and_then(|at| words.get(at.checked_sub(1)?)).map(PathBuf::from);
        let said = |word: &String| word.strip_prefix(CONFIGURATION)?.strip_prefix('=').map(PathBuf::from);
        let configuration = words.iter().find_map(said);
        let given = words[..at.unwrap_or(0)].iter().filter_map(|word| word.split_once('='));
        let given = given.filter(|(name, _)| *name != CONFIGURATION);
        let environment = given.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let since_ms = parts.iter().filter_map(|part| changed_ms(&part.place)).max();
        let trouble = Vec::new();
        Found {
            kind,
            parts,
            program,
            configuration,
            environment,
            trouble,
            lingers: None,
            next_ms: None,
            since_ms,
        }
    }
}

fn changed_ms(path: &Path) -> Option<i64> {
    let changed = std::fs::metadata(path).ok()?.modified().ok()?;
    let since = changed.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}

pub(super) trait Timer {
    fn kind(&self) -> TimerKind;

    /// What would be written. `minute`: of the hour, for timers that delay nothing at random themselves.
    fn parts(&self, job: &Job, minute: u8) -> Result<Vec<Part>>;

    /// What its runs are given, beside what the job says. `None`: nobody tells.
    fn variables(&self) -> Option<Vec<(String, String)>>;

    /// Whole or undone.
    fn install(&self, job: &Job) -> Result<Change>;

    /// `false`: nothing was there.
    fn remove(&self) -> Result<bool>;

    fn found(&self) -> Result<Option<Found>>;
}

/// Drawn, so that machines that were set up together do not ask their vendors together.
pub(super) fn any_minute() -> u8 {
    let mut byte = [0];
    getrandom::fill(&mut byte).map_or(17, |()| byte[0] % 60)
}
