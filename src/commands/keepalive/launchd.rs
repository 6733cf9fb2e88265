//! An agent of launchd, in the session of the desktop, where the keychain is open. What was missed while the machine slept is
//! made up for when it wakes. Its output goes nowhere; what a run came to is noted.

use std::path::PathBuf;

use super::files::{self, Before};
use super::timer::{Change, Found, Job, MARK, Part, Timer, WORDS, any_minute};
use crate::base::environment;
use crate::base::error::{Result, refused};
use crate::base::users;
use crate::commands::tools::Tools;
use crate::terminal::arguments::keepalive::TimerKind;

const LABEL: &str = "tokcli.keepalive";

pub(super) struct Launchd<'a> {
    pub(super) tools: &'a Tools,
}

fn agent(job: &Job, minute: u8) -> String {
    let string = |text: &str| format!("<string>{}</string>", escaped(text));
    let set = |(name, value): &(String, String)| {
        format!("\t\t<key>{}</key>\n\t\t{}\n", escaped(name), string(value))
    };
    let environment: String = job.environment.iter().map(set).collect();
    let words: String = std::iter::once(job.program.as_str())
        .chain(WORDS)
        .map(|word| format!("\t\t{}\n", string(word)))
        .collect();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- {MARK} -->
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>{LABEL}</string>
	<key>EnvironmentVariables</key>
	<dict>
{environment}	</dict>
	<key>ProgramArguments</key>
	<array>
{words}	</array>
	<key>StartCalendarInterval</key>
	<dict>
		<key>Minute</key>
		<integer>{minute}</integer>
	</dict>
	<key>ExitTimeOut</key>
	<integer>300</integer>
	<key>ProcessType</key>
	<string>Background</string>
</dict>
</plist>
"#
    )
}

/// For XML.
pub(super) fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&apos;")
}

/// The words in it, each assignment as one.
fn words(text: &str) -> Vec<String> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..roxmltree::ParsingOptions::default() };
    let Ok(document) = roxmltree::Document::parse_with_options(text, options) else { return Vec::new() };
    let mut name = String::new();
    let mut words = Vec::new();
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let text = node.text().unwrap_or_default();
        match node.tag_name().name() {
            "key" => text.clone_into(&mut name),
            "string" if node.parent().is_some_and(|parent| parent.has_tag_name("array")) => {
                words.push(text.to_owned());
            }
            "string" => words.push(format!("{name}={text}")),
            _ => {}
        }
    }
    words
}

fn minute_of(text: &str) -> Option<u8> {
    text.split_once("<integer>")?.1.split_once("</integer>")?.0.parse().ok()
}

impl Launchd<'_> {
    fn place(&self) -> Result<PathBuf> {
        let home = environment::home().or_else(users::home);
        let home = home.ok_or_else(|| refused("there is no home directory to put an agent in"))?;
        Ok(home.join("Library/LaunchAgents").join(format!("{LABEL}.plist")))
    }

    fn is_loaded(&self) -> bool {
        let service = format!("{}/{LABEL}", domain());
        self.tools.ask(&["launchctl", "print", &service], None).is_some_and(|answer| answer.good)
    }

    fn unload(&self) {
        let service = format!("{}/{LABEL}", domain());
        let _ = self.tools.ask(&["launchctl", "bootout", &service], None);
    }

    fn load(&self) -> Result<()> {
        self.unload();
        let place = self.place()?.display().to_string();
        let loaded = self.tools.call(&["launchctl", "bootstrap", &domain(), &place], None);
        loaded.map(drop).map_err(|error| error.hint("log in at the desktop first: agents run in its session"))
    }
}

impl Timer for Launchd<'_> {
    fn kind(&self) -> TimerKind {
        TimerKind::Launchd
    }

    fn parts(&self, job: &Job, minute: u8) -> Result<Vec<Part>> {
        Ok(vec![Part { place: self.place()?, text: agent(job, minute) }])
    }

    fn variables(&self) -> Option<Vec<(String, String)>> {
        None
    }

    fn install(&self, job: &Job) -> Result<Change> {
        let there = files::ours(&self.place()?)?.text;
        let parts = self.parts(job, minute_of(&there).unwrap_or_else(any_minute))?;
        let before = Before::read(&parts)?;
        if before.says(&parts) && self.is_loaded() {
            return Ok(Change::Unchanged);
        }
        before.write(&parts, self.tools.until)?;
        if let Err(error) = self.load() {
            let tools = &self.tools.for_undoing();
            before.restore(&parts, tools.until);
            if !before.is_empty() {
                let _ = Launchd { tools }.load();
            }
            return Err(error);
        }
        Ok(if before.is_empty() { Change::Installed } else { Change::Updated })
    }

    fn remove(&self) -> Result<bool> {
        let place = self.place()?;
        if files::ours(&place)?.text.is_empty() {
            return Ok(false);
        }
        self.unload();
        files::remove(&place).map(|()| true)
    }

    fn found(&self) -> Result<Option<Found>> {
        let part = files::ours(&self.place()?)?;
        if part.text.is_empty() {
            return Ok(None);
        }
        let words = words(&part.text);
        let mut found = Found::new(self.kind(), vec![part], &words);
        if !self.is_loaded() {
            found.trouble.push("launchd has not loaded the agent".to_owned());
        }
        Ok(Some(found))
    }
}

#[cfg(unix)]
fn domain() -> String {
    format!("gui/{}", nix::unistd::geteuid())
}

#[cfg(not(unix))]
fn domain() -> String {
    "gui/0".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_a_property_list_that_says_what_the_job_says() {
        let job = Job {
            program: "/Users/a & b/<bin>/tokcli".to_owned(),
            environment: vec![("TOKCLI_CONFIG".to_owned(), "/Users/it's/\"p\".toml".to_owned())],
        };
        let text = agent(&job, 59);
        let found = Found::new(TimerKind::Launchd, Vec::new(), &words(&text));
        assert_eq!(found.program, Some(PathBuf::from("/Users/a & b/<bin>/tokcli")));
        assert_eq!(found.configuration, Some(PathBuf::from("/Users/it's/\"p\".toml")));
        assert_eq!(minute_of(&text), Some(59));
        assert!(
            words(&text).ends_with(&[
                "--due".to_owned(),
                "-q".to_owned(),
                "ProcessType=Background".to_owned()
            ]),
            "{:?}",
            words(&text)
        );
        assert!(text.contains(MARK));
    }
}
