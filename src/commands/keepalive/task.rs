//! A task of Windows, which runs while its user is logged in, as only then their credentials are open.
//!
//! A task has no variables of its own, so `cmd.exe` sets them.

use std::path::PathBuf;

use super::launchd::escaped;
use super::timer::{Change, Found, Job, MARK, Part, Timer, WORDS};
use crate::base::error::{Result, refused};
use crate::base::shell::words_of_windows;
use crate::commands::tools::Tools;
use crate::store::foreign;
use crate::store::state_dir::StateDir;
use crate::terminal::arguments::keepalive::TimerKind;

const NAME: &str = "tokcli-keepalive";
const TASK: &str = include_str!("task.xml");

pub(super) struct Task<'a> {
    pub(super) tools: &'a Tools,
}

fn task(job: &Job) -> Result<String> {
    let set = |(name, value): &(String, String)| format!("set \"{name}={value}\"&& ");
    let environment: String = job.environment.iter().map(set).collect();
    // One that begins with a quote would lose it, and the last.
    let line = format!("/d /c {environment}\"{}\" {}", job.program, WORDS.join(" "));
    let values = job.environment.iter().map(|(_, value)| value).chain([&job.program]);
    if values.into_iter().any(|value| value.contains(['%', '"'])) {
        return Err(refused("a path holds `%`, which no line of Windows can quote"));
    }
    Ok(TASK.replace("{MARK}", MARK).replace("{ARGUMENTS}", &escaped(&line)))
}

/// The words of its line, each assignment as one.
fn words(text: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(text.trim_start_matches('\u{feff}')).ok();
    let line = document.as_ref().and_then(|document| {
        document
            .descendants()
            .find(|node| node.has_tag_name("Arguments") || node.tag_name().name() == "Arguments")
    });
    let line = line.and_then(|node| node.text()).unwrap_or_default();
    words_of_windows(line)
}

impl Task<'_> {
    fn text(&self) -> Option<String> {
        let answer = self.tools.ask(&["schtasks", "/Query", "/TN", NAME, "/XML"], None)?;
        // One that says nothing knows of none.
        answer.good.then(|| answer.text()).filter(|text| text.contains("<Task"))
    }
}

impl Timer for Task<'_> {
    fn kind(&self) -> TimerKind {
        TimerKind::Task
    }

    fn parts(&self, job: &Job, _: u8) -> Result<Vec<Part>> {
        Ok(vec![Part { place: PathBuf::from(NAME), text: task(job)? }])
    }

    fn variables(&self) -> Option<Vec<(String, String)>> {
        None
    }

    fn install(&self, job: &Job) -> Result<Change> {
        let text = task(job)?;
        let before = self.text();
        if before.as_ref().is_some_and(|before| words(before) == words(&text)) {
            return Ok(Change::Unchanged);
        }
        let state = StateDir::locate()?;
        state.prepare()?;
        let file = state.path().join(format!("{NAME}.xml"));
        // The only encoding that it reads on every version.
        let bytes: Vec<u8> =
            "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        foreign::put(&file, &bytes)?;
        let path = file.display().to_string();
        let made = self.tools.call(&["schtasks", "/Create", "/TN", NAME, "/XML", &path, "/F"], None);
        let removed = foreign::remove(&file);
        made?;
        removed?;
        Ok(if before.is_some() { Change::Updated } else { Change::Installed })
    }

    fn remove(&self) -> Result<bool> {
        if self.text().is_none() {
            return Ok(false);
        }
        self.tools.call(&["schtasks", "/Delete", "/TN", NAME, "/F"], None).map(|_| true)
    }

    fn found(&self) -> Result<Option<Found>> {
        let Some(text) = self.text() else { return Ok(None) };
        let words = words(&text);
        Ok(Some(Found::new(self.kind(), vec![Part { place: PathBuf::from(NAME), text }], &words)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_a_document_that_says_what_the_job_says() {
        let job = Job {
            program: "C:\\Program Files\\a & b\\tokcli.exe".to_owned(),
            environment: vec![("TOKCLI_CONFIG".to_owned(), "C:\\Users\\it's\\p.toml".to_owned())],
        };
        let text = task(&job).expect("no percent");
        let found = Found::new(TimerKind::Task, Vec::new(), &words(&text));
        assert_eq!(found.program, Some(PathBuf::from("C:\\Program Files\\a & b\\tokcli.exe")));
        assert_eq!(found.configuration, Some(PathBuf::from("C:\\Users\\it's\\p.toml")));
        assert!(
            text.contains(
                "set &quot;TOKCLI_CONFIG=C:\\Users\\it&apos;s\\p.toml&quot;&amp;&amp; &quot;C:\\Program Files"
            ),
            "{text}"
        );
        assert!(!text.contains("{MARK}") && !text.contains("{ARGUMENTS}"));
        assert!(task(&Job { program: "C:\\100%\\tokcli.exe".to_owned(), ..job }).is_err());
    }
}
