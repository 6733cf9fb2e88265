//! Broken machines. Each row breaks one thing on a machine of which `doctor` has nothing to say, and then it says exactly that:
//! which check, of which profile, with the place and the mend by name. Then the mend is carried out, and nothing is wrong.

mod configured;
mod keyrings;
mod logins;
mod network;
mod owners;
mod programs;
mod states;
mod timers;
mod vault;

use std::panic::{self, AssertUnwindSafe};
use std::process::Child;

use serde_json::{Value, json};

use crate::stand_in::{StandIn, Vendor};
use crate::world::{Ended, On, World};

/// A machine that nothing is wrong with, until something is.
pub struct Machine {
    pub world: World,
    pub vendor: Option<StandIn>,
    /// Beside `doctor --json`.
    arguments: Vec<String>,
    run_by: By,
    children: Vec<Child>,
    /// Lives as long as the machine.
    kept: Vec<Box<dyn std::any::Any>>,
}

enum By {
    Itself,
    /// With words before all others.
    Program(Vec<String>),
    /// A shell does this before it.
    Shell(String),
    /// In namespaces of its own, where this is done before.
    Namespace(String),
    /// With this fault in system calls.
    Strace(String),
}

impl Machine {
    fn of(world: World, vendor: Option<StandIn>) -> Machine {
        let (arguments, children, kept) = (Vec::new(), Vec::new(), Vec::new());
        Machine { world, vendor, arguments, run_by: By::Itself, children, kept }
    }

    /// One profile, `fbox`, with a valid token.
    fn on(store: On) -> Machine {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(store, &vendor).asking_the_store();
        world.run(&["token"]).succeeds();
        Machine::of(world, Some(vendor))
    }

    fn file() -> Machine {
        Machine::on(On::File)
    }

    fn vendor(&self) -> &StandIn {
        self.vendor.as_ref().expect("one of its own")
    }

    fn asks(&mut self, words: &[&str]) {
        self.arguments = words.iter().map(|word| (*word).to_owned()).collect();
    }

    fn words(&self, json: bool) -> Vec<&str> {
        let json = json.then_some("--json");
        std::iter::once("doctor").chain(json).chain(self.arguments.iter().map(String::as_str)).collect()
    }

    fn run(&self, json: bool) -> Ended {
        let words = self.words(json);
        let tokcli = env!("CARGO_BIN_EXE_tokcli");
        match &self.run_by {
            By::Itself => self.world.run(&words),
            By::Program(before) => {
                let more: Vec<&str> = before[1..].iter().map(String::as_str).chain(words.clone()).collect();
                self.world.end(self.world.command_of(&before[0], &more), &words, "")
            }
            By::Shell(setup) => self.world.run_after(setup, &words),
            By::Namespace(script) => {
                let script = format!("{script} || exit 77\nexec \"$0\" \"$@\"");
                let words = [&["-rm", "sh", "-c", &script, tokcli], &words[..]].concat();
                let ended = self.world.end(self.world.command_of("unshare", &words), &["doctor"], "");
                assert_ne!(ended.code, Some(77), "nothing can be mounted here: {}", ended.stderr);
                ended
            }
            By::Strace(inject) => self.world.end(self.world.injected(inject, &[], &words), &words, ""),
        }
    }

    #[track_caller]
    fn is_well(&self, when: &str) {
        let ended = self.run(true);
        assert_eq!(ended.object(), json!({ "version": 1, "findings": [] }), "{when}");
        ended.exits(0).keeps_stderr_empty();
    }

    /// As a person would, who has the line before them.
    #[track_caller]
    fn follow(&self, mend: &str) {
        let line = mend.split('`').nth(1).unwrap_or(mend);
        let programs = std::path::Path::new(env!("CARGO_BIN_EXE_tokcli")).parent().expect("a directory");
        let line = format!("PATH={}:$PATH\n{line}", programs.display());
        let mut shell = self.world.command_of("sh", &["-c", &line]);
        let done = shell.output().expect("sh runs");
        assert!(done.status.success(), "`{line}`: {}", String::from_utf8_lossy(&done.stderr));
    }
}

/// What `doctor` is to say: check, profile, what its message names, and what its mend names.
pub struct Wanted {
    check: &'static str,
    profile: Option<&'static str>,
    message: Vec<String>,
    /// `None`: it is only a note.
    mend: Option<Vec<String>>,
}

fn says(check: &'static str, profile: Option<&'static str>, message: &[&str], mend: &[&str]) -> Vec<Wanted> {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    vec![Wanted { check, profile, message: owned(message), mend: Some(owned(mend)) }]
}

fn notes(check: &'static str, profile: Option<&'static str>, message: &[&str]) -> Vec<Wanted> {
    says(check, profile, message, &[]).into_iter().map(|one| Wanted { mend: None, ..one }).collect()
}

enum Mend {
    /// The line that the mend holds is run.
    Line,
    By(fn(&mut Machine)),
}

pub struct Row {
    what: &'static str,
    machine: fn() -> Machine,
    harm: fn(&mut Machine) -> Vec<Wanted>,
    mend: Mend,
}

fn row(
    what: &'static str,
    machine: fn() -> Machine,
    harm: fn(&mut Machine) -> Vec<Wanted>,
    mend: Mend,
) -> Row {
    Row { what, machine, harm, mend }
}

/// All of them, whatever comes of the first.
fn check(rows: &[Row]) {
    let fails = |row: &&Row| panic::catch_unwind(AssertUnwindSafe(|| told(row))).is_err();
    let failed: Vec<_> = rows.iter().filter(fails).map(|row| row.what).collect();
    assert!(failed.is_empty(), "of {} rows these are wrong: {failed:#?}", rows.len());
}

fn told(row: &Row) {
    let mut machine = (row.machine)();
    machine.is_well(row.what);
    let wanted = (row.harm)(&mut machine);
    let code = i32::from(wanted.iter().any(|one| one.mend.is_some()));
    let ended = machine.run(true);
    let findings = ended.exits(code).keeps_stderr_empty().object()["findings"].clone();
    assert_same(row.what, &findings, &wanted);
    let text = machine.run(false).exits(code).stdout;
    assert_eq!(text.lines().count(), wanted.len(), "{}: one line for each: {text}", row.what);
    match &row.mend {
        Mend::Line => machine.follow(findings[0]["mend"].as_str().expect("a mend")),
        Mend::By(mend) => mend(&mut machine),
    }
    for mut child in std::mem::take(&mut machine.children) {
        let _ = child.wait();
    }
    machine.is_well(&format!("{}, mended", row.what));
}

#[track_caller]
fn assert_same(what: &str, findings: &Value, wanted: &[Wanted]) {
    let all = findings.as_array().expect("a list");
    let told: Vec<_> = all.iter().map(|one| (one["check"].as_str(), one["profile"].as_str())).collect();
    let right: Vec<_> = wanted.iter().map(|one| (Some(one.check), one.profile)).collect();
    assert_eq!(told, right, "{what}: {findings:#}");
    for (one, wanted) in all.iter().zip(wanted) {
        assert_eq!(one["fixed"], false, "{what}");
        if wanted.mend.is_none() {
            assert_eq!(one["mend"], Value::Null, "{what}");
        }
        let mend = wanted.mend.iter().map(|mend| ("mend", mend));
        for (key, names) in std::iter::once(("message", &wanted.message)).chain(mend) {
            let text = one[key].as_str().unwrap_or_else(|| panic!("{what}: {one}"));
            for name in names {
                assert!(text.contains(name), "{what}: the {key} names {name}: {text}");
            }
        }
    }
}
