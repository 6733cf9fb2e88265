//! A timer of the user's systemd: two units. What is late because the machine slept or was off is made up for (`Persistent=`),
//! and each hour has a delay of its own.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::files::{self, Before};
use super::timer::{Change, Found, Job, MARK, Part, Timer, WORDS};
use crate::base::environment;
use crate::base::error::{Error, Result, refused};
use crate::base::unit_word::word;
use crate::base::users;
use crate::commands::tools::{Answer, Tools};
use crate::terminal::arguments::keepalive::TimerKind;

const TIMER: &str = "tokcli-keepalive.timer";
const SERVICE: &str = "tokcli-keepalive.service";

pub(super) struct Systemd<'a> {
    pub(super) tools: &'a Tools,
}

/// A run that is told to stop stores the answer to what it has sent first, and that may take the whole time-out of a profile.
fn service(job: &Job) -> Result<String> {
    // systemd.exec(5) does not say so, but it takes no such path of a program.
    if job.program.contains(['\\', '"', '\'']) {
        let words =
            format!("systemd runs no program whose path holds quotes or a backslash: {}", job.program);
        return Err(refused(words).hint("`--program FILE` names another way to it"));
    }
    let set =
        |(name, value): &(String, String)| format!("Environment={}\n", word(&format!("{name}={value}")));
    let environment: String = job.environment.iter().map(set).collect();
    Ok(format!(
        "# {MARK}\n[Unit]\nDescription=Refresh what is due, so that no login of tokcli dies unused\n\n[Service]\nType=oneshot\n{environment}ExecStart={} {}\nTimeoutStopSec=5min\n",
        word(&job.program),
        WORDS.join(" ")
    ))
}

fn timer() -> String {
    format!(
        "# {MARK}\n[Unit]\nDescription=Each hour for {SERVICE}\n\n[Timer]\nOnCalendar=hourly\nRandomizedDelaySec=30min\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n"
    )
}

/// The words of the lines that say what is run; those of others are never the same.
fn words(text: &str) -> Vec<String> {
    let line = |line: &str| {
        let said = line.strip_prefix("Environment=").or_else(|| line.strip_prefix("ExecStart="))?;
        shlex::split(&said.replace("%%", "%"))
    };
    text.lines().filter_map(line).flatten().collect()
}

impl Systemd<'_> {
    fn ask(&self, words: &[&str]) -> Option<Answer> {
        self.tools.ask(&[&["systemctl", "--user"], words].concat(), None)
    }

    fn call(&self, words: &[&str]) -> Result<()> {
        self.tools.call(&[&["systemctl", "--user"], words].concat(), None).map(drop)
    }

    /// `Err` if it does not answer, with the way to it.
    pub(super) fn check_manager(&self) -> Result<()> {
        match self.ask(&["show-environment"]) {
            None => Err(refused("there is no systemd here: `systemctl` cannot be run")),
            Some(answer) if answer.good => Ok(()),
            Some(answer) => Err(out_of_reach(&answer)),
        }
    }

    /// As the manager sees it, which alone counts for its units.
    fn place(&self, variable: &str, below_home: &str, rest: &str) -> Option<PathBuf> {
        let variables = self.variables().unwrap_or_default();
        let of = |name: &str| {
            let said = variables.iter().find(|(known, _)| known == name);
            said.map(|(_, value)| PathBuf::from(value)).filter(|path| path.is_absolute())
        };
        let known = !variables.is_empty();
        let above = of(variable).or_else(|| environment::os(variable).filter(|_| !known).map(PathBuf::from));
        let home = || of("HOME").or_else(environment::home).or_else(users::home);
        above.or_else(|| Some(home()?.join(below_home))).map(|above| above.join(rest))
    }

    fn units(&self) -> Result<PathBuf> {
        self.place("XDG_CONFIG_HOME", ".config", "systemd/user")
            .ok_or_else(|| refused("there is no home directory to put units in"))
    }

    fn is_active(&self) -> bool {
        let good = |verb| self.ask(&[verb, "--quiet", TIMER]).is_some_and(|answer| answer.good);
        good("is-enabled") && good("is-active")
    }

    fn start(&self) -> Result<()> {
        self.call(&["daemon-reload"])?;
        self.call(&["enable", TIMER])?;
        // One that runs already goes by its new text only then.
        self.call(&["restart", TIMER])?;
        match self.is_active() {
            true => Ok(()),
            false => Err(refused(format!("systemd accepted {TIMER}, but does not run it"))),
        }
    }

    /// With what systemd keeps of it.
    fn stop(&self) -> Result<()> {
        let stopped = self.call(&["disable", "--now", TIMER]);
        let _ = self.ask(&["clean", "--what=state", TIMER]);
        stopped.and_then(|()| self.remove_stamp())
    }

    fn remove_stamp(&self) -> Result<()> {
        self.stamp().map_or(Ok(()), |stamp| files::remove(&stamp))
    }

    /// When it was started last, which `Persistent=` keeps.
    fn stamp(&self) -> Option<PathBuf> {
        self.place("XDG_DATA_HOME", ".local/share", &format!("systemd/timers/stamp-{TIMER}"))
    }

    /// Whether the user's systemd lives on without a session.
    fn lingers(&self) -> Option<bool> {
        let user = user()?;
        let asked = ["loginctl", "show-user", &user, "--property=Linger", "--value"];
        let answer = self.tools.ask(&asked, None)?;
        match (answer.good, answer.text().trim()) {
            (true, "yes") => Some(true),
            (true, "no") => Some(false),
            // It knows nobody who neither is logged in nor lingers.
            (false, _) if answer.said.contains("lingering") => Some(false),
            _ => None,
        }
    }

    fn next_ms(&self) -> Option<i64> {
        let answer = self.ask(&["list-timers", TIMER, "--output=json"]).filter(|answer| answer.good)?;
        let listed: Value = serde_json::from_slice(&answer.output).ok()?;
        let next = listed.get(0)?.get("next")?.as_i64().filter(|next| *next > 0)?;
        Some(next / 1_000)
    }
}

impl Timer for Systemd<'_> {
    fn kind(&self) -> TimerKind {
        TimerKind::Systemd
    }

    fn parts(&self, job: &Job, _: u8) -> Result<Vec<Part>> {
        let units = self.units()?;
        let part = |name: &str, text| Part { place: units.join(name), text };
        Ok(vec![part(SERVICE, service(job)?), part(TIMER, timer())])
    }

    fn variables(&self) -> Option<Vec<(String, String)>> {
        let answer = self.ask(&["show-environment"]).filter(|answer| answer.good)?;
        let text = answer.text();
        let pair = |line: &str| {
            let (name, value) = line.split_once('=')?;
            Some((name.to_owned(), unquoted(value)))
        };
        Some(text.lines().filter_map(pair).collect())
    }

    fn install(&self, job: &Job) -> Result<Change> {
        self.check_manager()?;
        let parts = self.parts(job, 0)?;
        let before = Before::read(&parts)?;
        if before.says(&parts) && self.is_active() {
            return Ok(Change::Unchanged);
        }
        before.write(&parts, self.tools.until)?;
        if let Err(error) = self.start() {
            let tools = &self.tools.for_undoing();
            let undoing = Systemd { tools };
            // Its links go by its file.
            let new = before.is_empty().then(|| undoing.stop());
            before.restore(&parts, tools.until);
            let _ = match new {
                Some(_) => undoing.call(&["daemon-reload"]),
                None => undoing.start(),
            };
            return Err(error);
        }
        Ok(if before.is_empty() { Change::Installed } else { Change::Updated })
    }

    fn remove(&self) -> Result<bool> {
        let units = self.units()?;
        let link = units.join("timers.target.wants").join(TIMER);
        let there: Vec<Part> = [SERVICE, TIMER]
            .into_iter()
            .map(|name| files::ours(&units.join(name)))
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .filter(|part| !part.text.is_empty())
            .collect();
        if there.is_empty() && std::fs::symlink_metadata(&link).is_err() {
            return Ok(false);
        }
        // A manager that does not answer is gone, and with it all but the files.
        let answers = self.check_manager().is_ok();
        if answers {
            self.stop()?;
        }
        files::remove(&link)?;
        there.iter().try_for_each(|part| files::remove(&part.place))?;
        self.remove_stamp()?;
        if answers {
            self.call(&["daemon-reload"])?;
            let _ = self.ask(&["reset-failed", SERVICE]);
        }
        Ok(true)
    }

    fn found(&self) -> Result<Option<Found>> {
        // Without a home there is none.
        let Ok(units) = self.units() else { return Ok(None) };
        let parts: Vec<Part> = [SERVICE, TIMER]
            .map(|name| {
                files::ours(&units.join(name))
                    .unwrap_or(Part { place: units.join(name), text: String::new() })
            })
            .into_iter()
            .filter(|part| !part.text.is_empty())
            .collect();
        if parts.is_empty() {
            return Ok(None);
        }
        let whole = parts.len() == 2;
        let words: Vec<String> = parts.iter().flat_map(|part| words(&part.text)).collect();
        let mut found = Found::new(self.kind(), parts, &words);
        if !whole {
            found.trouble.push("one of its two units is missing".to_owned());
        }
        if let Err(error) = self.check_manager() {
            found.trouble.push(error.in_one_line());
        } else if self.is_active() {
            found.next_ms = self.next_ms();
        } else {
            found.trouble.push(format!("systemd does not run {TIMER}"));
        }
        // Last, since nothing else rests on it.
        found.lingers = self.lingers();
        Ok(Some(found))
    }
}

fn out_of_reach(answer: &Answer) -> Error {
    let error = refused(format!("the systemd of your user does not answer: {}", answer.complaint()));
    if answer.late {
        return error;
    }
    if !Path::new("/run/systemd/system").is_dir() {
        return error.hint("`--timer cron` needs no systemd, where a cron runs");
    }
    match runtime_directory().filter(|_| environment::os("XDG_RUNTIME_DIR").is_none()) {
        Some(there) => {
            error.hint(format!("`XDG_RUNTIME_DIR={}` in the environment leads to it", there.display()))
        }
        None => error.hint("`loginctl enable-linger` starts it, whether or not you are logged in"),
    }
}

#[cfg(unix)]
fn runtime_directory() -> Option<PathBuf> {
    let directory = PathBuf::from(format!("/run/user/{}", nix::unistd::geteuid()));
    directory.join("systemd/private").exists().then_some(directory)
}

#[cfg(not(unix))]
fn runtime_directory() -> Option<PathBuf> {
    None
}

#[cfg(unix)]
fn user() -> Option<String> {
    Some(nix::unistd::geteuid().to_string())
}

#[cfg(not(unix))]
fn user() -> Option<String> {
    None
}

/// As `show-environment` quotes values with characters that mean something to a shell.
fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix("$'").and_then(|rest| rest.strip_suffix('\'')) else {
        return value.to_owned();
    };
    let mut plain = String::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '\\') {
            (_, true) => plain.extend(letters.next().map(|escaped| match escaped {
                'n' => '\n',
                't' => '\t',
                other => other,
            })),
            (letter, false) => plain.push(letter),
        }
    }
    plain
}
