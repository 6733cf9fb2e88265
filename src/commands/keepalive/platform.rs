//! Which timers there are here, and which one is meant if nobody says.

use super::cron::Cron;
use super::launchd::Launchd;
use super::systemd::Systemd;
use super::task::Task;
use super::timer::{Found, Timer};
use crate::base::error::{Result, refused};
use crate::commands::tools::Tools;
use crate::terminal::arguments::keepalive::TimerKind;

pub(super) struct Platform<'a> {
    pub(super) tools: &'a Tools,
}

/// In the order in which they are preferred.
const HERE: &[TimerKind] = if cfg!(target_os = "macos") {
    &[TimerKind::Launchd, TimerKind::Cron]
} else if cfg!(windows) {
    &[TimerKind::Task]
} else {
    &[TimerKind::Systemd, TimerKind::Cron]
};

impl<'a> Platform<'a> {
    pub(super) fn timer(&self, kind: TimerKind) -> Box<dyn Timer + 'a> {
        let tools = self.tools;
        match kind {
            TimerKind::Systemd => Box::new(Systemd { tools }),
            TimerKind::Launchd => Box::new(Launchd { tools }),
            TimerKind::Cron => Box::new(Cron { tools }),
            TimerKind::Task => Box::new(Task { tools }),
        }
    }

    pub(super) fn has(kind: TimerKind) -> bool {
        HERE.contains(&kind)
    }

    pub(super) fn timers(&self) -> impl Iterator<Item = Box<dyn Timer + 'a>> {
        HERE.iter().map(|kind| self.timer(*kind))
    }

    pub(super) fn found(&self) -> Result<Vec<Found>> {
        self.timers().filter_map(|timer| timer.found().transpose()).collect()
    }

    /// The usual one that works here.
    pub(super) fn usual(&self) -> Result<TimerKind> {
        if !Self::has(TimerKind::Systemd) {
            return HERE.first().copied().ok_or_else(|| refused("no timer is known here"));
        }
        let tools = self.tools;
        let Err(out_of_reach) = (Systemd { tools }).check_manager() else { return Ok(TimerKind::Systemd) };
        // A machine that was started by systemd has it for its users, too, whatever is in the way of it now.
        if !std::path::Path::new("/run/systemd/system").is_dir() && (Cron { tools }).is_there() {
            return Ok(TimerKind::Cron);
        }
        let nothing = !std::path::Path::new("/run/systemd/system").is_dir();
        Err(match nothing {
            true => refused("there is neither a systemd of your user here nor a cron").hint(
                "have what starts this container or machine run `tokcli refresh --all --due -q` each hour",
            ),
            false => out_of_reach,
        })
    }
}
