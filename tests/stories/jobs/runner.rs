//! Runners of CI jobs: they run steps, read their output line by line as the real ones do, and keep what a person would see
//! of it. They are strict: a file or a command that a real one would refuse fails the step.
//!
//! After actions/runner (`ActionCommand`, `ActionCommandManager`, `FileCommandManager`), nektos/act for the kin of Actions,
//! microsoft/azure-pipelines-agent (`Command`, `TaskCommandExtension`), and the documented programs of buildkite/agent.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::world::World;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Github,
    Gitea,
    Forgejo,
    Azure,
    Buildkite,
    /// Masks what it knows before the job, and nothing else.
    Gitlab,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Github => "github",
            Kind::Gitea => "gitea",
            Kind::Forgejo => "forgejo",
            Kind::Azure => "azure",
            Kind::Buildkite => "buildkite",
            Kind::Gitlab => "gitlab",
        }
    }

    fn is_actions(self) -> bool {
        matches!(self, Kind::Github | Kind::Gitea | Kind::Forgejo)
    }

    fn environment(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Kind::Github => &[("CI", "true"), ("GITHUB_ACTIONS", "true")],
            Kind::Gitea => &[("CI", "true"), ("GITHUB_ACTIONS", "true"), ("GITEA_ACTIONS", "true")],
            Kind::Forgejo => &[
                ("CI", "true"),
                ("GITHUB_ACTIONS", "true"),
                ("GITEA_ACTIONS", "true"),
                ("FORGEJO_ACTIONS", "true"),
            ],
            Kind::Azure => &[("TF_BUILD", "True"), ("SYSTEM_JOBID", "1")],
            Kind::Buildkite => {
                &[("CI", "true"), ("BUILDKITE", "true"), ("BUILDKITE_AGENT_JOB_API_SOCKET", "/x")]
            }
            Kind::Gitlab => &[("CI", "true"), ("GITLAB_CI", "true")],
        }
    }
}

pub(super) struct Runner<'a> {
    kind: Kind,
    world: &'a World,
    directory: PathBuf,
    variables: BTreeMap<String, String>,
    masks: Vec<String>,
    /// The command that ends `stop-commands`.
    stopped: Option<String>,
    log: String,
}

/// What the agent of Buildkite puts beside a job. It tells everybody what it is told: nobody is to pass that on.
const AGENT: &str = r#"#!/bin/sh
set -eu
input=$(cat)
[ -z "$input" ] || printf 'told: %s\n' "$input" | tee /dev/stderr
case "$*" in
'redactor add --format none')
    [ ! -e refuse-redactor ] || exit 1
    printf '%s\n' "$input" >>"$AGENT_STATE/redacted" ;;
'env set --input-format json --output-format quiet -')
    # A line is an object.
    [ "$(printf '%s\n' "$input" | wc -l)" = 1 ]
    printf '%s\n' "$input" >>"$AGENT_STATE/variables" ;;
oidc*)
    [ "$*" = "$(cat "$AGENT_STATE/question")" ]
    cat "$AGENT_STATE/answer" ;;
*) echo "no such command: $*" >&2; exit 3 ;;
esac
"#;

impl Runner<'_> {
    pub(super) fn new(kind: Kind, world: &World) -> Runner<'_> {
        let directory = world.path().join("runner");
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(directory.join("bin")).expect("made");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tokcli"), directory.join("bin/tokcli")).expect("made");
        if kind == Kind::Buildkite {
            let agent = directory.join("bin/buildkite-agent");
            fs::write(&agent, AGENT).expect("written");
            fs::set_permissions(&agent, fs::Permissions::from_mode(0o755)).expect("set");
        }
        Runner {
            kind,
            world,
            directory,
            variables: BTreeMap::new(),
            masks: Vec::new(),
            stopped: None,
            log: String::new(),
        }
    }

    /// A secret of the CI, which it masks from the beginning. One that is not set is empty.
    pub(super) fn secret(&mut self, name: &str, value: &str) {
        let value = value.trim_end_matches('\n');
        self.variables.insert(name.to_owned(), value.to_owned());
        self.masks.extend((!value.is_empty()).then(|| value.to_owned()));
    }

    /// A program that is there.
    pub(super) fn program(&self, name: &str, script: &str) {
        let path = self.directory.join("bin").join(name);
        fs::write(&path, script).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("set");
    }

    /// Gives its exit status; of a step whose files or commands the runner cannot read, none.
    pub(super) fn step(&mut self, script: &str) -> Option<i32> {
        let (mut reader, writer) = std::io::pipe().expect("a pipe");
        let mut command = self.world.command_of("bash", &["--noprofile", "--norc", "-e", "-c", script]);
        let path = format!("{}:{}", self.directory.join("bin").display(), env!("PATH"));
        command.env("PATH", path).env("AGENT_STATE", &self.directory);
        command.envs(self.kind.environment().iter().copied()).envs(&self.variables);
        let file = self.directory.join("set_env");
        if self.kind.is_actions() {
            fs::write(&file, "").expect("written");
            command.env("GITHUB_ENV", &file);
        }
        // Runners print what they give a step.
        for (name, value) in self.variables.clone() {
            self.show(&format!("  {name}: {value}"));
        }
        command.stdin(std::process::Stdio::null());
        command.stdout(writer.try_clone().expect("a pipe")).stderr(writer);
        let mut child = command.spawn().expect("bash runs");
        drop(command);
        let mut output = Vec::new();
        reader.read_to_end(&mut output).expect("read");
        let status = child.wait().expect("ended");
        if self.kind == Kind::Buildkite {
            self.take_what_the_agent_was_told();
        }
        let mut good = true;
        for line in String::from_utf8_lossy(&output).lines() {
            good &= self.read(line);
        }
        if self.kind.is_actions() {
            good &= self.take_file(&file);
        }
        if good { status.code() } else { None }
    }

    /// What the agent of Buildkite gives to whoever says these words.
    pub(super) fn answer(&self, words: &str, answer: &str) {
        fs::write(self.directory.join("question"), words).expect("written");
        fs::write(self.directory.join("answer"), answer).expect("written");
    }

    pub(super) fn log(&self) -> &str {
        &self.log
    }

    pub(super) fn variables(&self) -> Vec<&str> {
        self.variables.keys().map(String::as_str).collect()
    }

    #[track_caller]
    pub(super) fn shows_nothing_of(&self, token: &str) {
        assert!(!self.log.contains(token) && !self.log.contains("canary"), "{:?}: {}", self.kind, self.log);
    }

    fn show(&mut self, line: &str) {
        let mut masks = self.masks.clone();
        masks.sort_by_key(|mask| std::cmp::Reverse(mask.len()));
        let masked = masks.iter().fold(line.to_owned(), |line, mask| line.replace(mask.as_str(), "***"));
        self.log += &format!("{masked}\n");
    }

    /// `false`: a command that the runner cannot perform.
    fn read(&mut self, line: &str) -> bool {
        let command = match self.kind {
            Kind::Github => actions_command(line),
            Kind::Gitea | Kind::Forgejo => kin_command(line),
            Kind::Azure => return self.read_logging_command(line),
            Kind::Buildkite | Kind::Gitlab => None,
        };
        let Some((name, data)) = command else {
            self.show(line);
            return true;
        };
        if let Some(end) = &self.stopped {
            if *end == name {
                self.stopped = None;
            }
            self.show(line);
            return true;
        }
        match name.as_str() {
            "add-mask" if data.trim().is_empty() => return false,
            "add-mask" => self.masks.push(data),
            "stop-commands" => self.stopped = Some(data),
            _ => self.show(line),
        }
        true
    }

    /// `##vso[area.event key=value;…]data`.
    fn read_logging_command(&mut self, line: &str) -> bool {
        let parsed = line.find("##vso[").and_then(|at| line[at + 6..].split_once(']'));
        let Some((command, data)) = parsed else {
            self.show(line);
            return true;
        };
        let unescaped = |text: &str| {
            let pairs = [("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%AZP25", "%")];
            pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
        };
        let (event, properties) = command.split_once(' ').unwrap_or((command, ""));
        let properties: BTreeMap<&str, String> = properties
            .split(';')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key, unescaped(value)))
            .collect();
        let data = unescaped(data);
        match event {
            "task.setsecret" if !data.is_empty() => self.masks.push(data),
            "task.setvariable" => {
                let name = properties.get("variable").cloned().unwrap_or_default();
                let secret = properties.get("issecret").is_some_and(|truth| truth == "true");
                if name.is_empty() || name.to_lowercase().starts_with("system") {
                    self.show(&format!("##[error]Unable to process command '{line}' successfully."));
                    return false;
                }
                if secret {
                    self.masks.push(data.clone());
                }
                // A secret one reaches a step that maps it: `env: { NAME: $(NAME) }`.
                self.variables.insert(name, data);
            }
            _ => {
                self.show(&format!("##[error]Unable to process command '{line}' successfully."));
                return false;
            }
        }
        true
    }

    /// `false`: the runner fails the step over it.
    fn take_file(&mut self, file: &Path) -> bool {
        let text = fs::read_to_string(file).expect("the runner's file is UTF-8");
        let mut lines = text.split('\n');
        while let Some(line) = lines.next() {
            let (equals, heredoc) = (line.find('='), line.find("<<"));
            let (name, value) = match (equals, heredoc) {
                // The real one passes over empty lines; its kin do not, but for the end.
                _ if line.is_empty() => {
                    if self.kind != Kind::Github && lines.clone().next().is_some() {
                        return false;
                    }
                    continue;
                }
                (Some(at), before) if before.is_none_or(|before| at < before) => {
                    (line[..at].to_owned(), line[at + 1..].to_owned())
                }
                (_, Some(at)) => {
                    let (name, delimiter) = (&line[..at], &line[at + 2..]);
                    let mut value = Vec::new();
                    loop {
                        match lines.next() {
                            Some(line) if line == delimiter => break,
                            Some(line) => value.push(line),
                            None => return false,
                        }
                    }
                    assert!(delimiter.len() >= 32, "a delimiter that can be guessed: {delimiter}");
                    (name.to_owned(), value.join("\n"))
                }
                _ => return false,
            };
            if name.is_empty() || name.eq_ignore_ascii_case("NODE_OPTIONS") {
                return false;
            }
            self.variables.insert(name, value);
        }
        true
    }

    /// Redacted is what comes after; the order is that of the calls.
    fn take_what_the_agent_was_told(&mut self) {
        let lines = |name: &str| fs::read_to_string(self.directory.join(name)).unwrap_or_default();
        let (redacted, set) = (lines("redacted"), lines("variables"));
        self.masks = redacted.lines().map(|line| line.trim().to_owned()).collect();
        for line in set.lines() {
            let object: BTreeMap<String, String> = serde_json::from_str(line).expect("an object of strings");
            for (name, value) in object {
                assert!(self.masks.contains(&value), "a variable that is not redacted");
                self.variables.insert(name, value);
            }
        }
    }
}

/// `::name key=value::data` at the start of a line, or `##[name key=value]data` anywhere; of names that are known.
fn actions_command(line: &str) -> Option<(String, String)> {
    const KNOWN: [&str; 9] =
        ["add-mask", "stop-commands", "debug", "notice", "warning", "error", "group", "endgroup", "x"];
    let unescaped = |text: &str, pairs: &[(&str, &str)]| {
        pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    };
    let named = |info: &str| {
        let name = info.split(' ').next().unwrap_or_default();
        KNOWN.contains(&name).then(|| name.to_owned())
    };
    if let Some(rest) = line.trim_start().strip_prefix("::") {
        let (info, data) = rest.split_once("::")?;
        return named(info)
            .map(|name| (name, unescaped(data, &[("%0D", "\r"), ("%0A", "\n"), ("%25", "%")])));
    }
    let (_, rest) = line.split_once("##[")?;
    let (info, data) = rest.split_once(']')?;
    let pairs = [("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%")];
    named(info).map(|name| (name, unescaped(data, &pairs)))
}

/// Its kin take as much as they can for the name, and some read no escapes.
fn kin_command(line: &str) -> Option<(String, String)> {
    let rest = line.strip_prefix("::")?;
    let at = rest.rfind("::")?;
    let (info, data) = (&rest[..at], &rest[at + 2..]);
    (!info.contains(' ')).then(|| (info.to_owned(), data.to_owned()))
}
