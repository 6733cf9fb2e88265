//! Mail programs, as Debian has them, that log in at dovecot with nothing but a token: what docs/integrations.md has of them
//! is what is done here. Which tokens are too long for whom is told here, too.

mod check;
mod office;
mod reading;
mod sending;

use std::process::{Command, Output};
use std::sync::Arc;

use crate::real::programs::{command, install, run};
use crate::stand_in::{Options, StandIn, Vendor};
use crate::world::{On, World};
use office::Office;

/// As long as vendors' tokens of much to say become.
const LONG: usize = 4_096;
/// As long as Microsoft's mostly are, and longer than Google's.
const USUAL: usize = 2_000;

struct Scene {
    vendor: Arc<StandIn>,
    office: Office,
    world: World,
}

/// With tokens of at least so many characters.
fn scene(length: usize) -> Scene {
    let secret_word = format!("canary{}", "y".repeat(length));
    let options = Options { secret_word, ..Options::default() };
    let vendor = Arc::new(StandIn::start_with(Vendor::Fbox, options));
    let office = Office::open(&vendor);
    let mut world = World::with(On::File, &vendor);
    world.add(&format!("tls = {{ ca_file = \"{}\" }}", office.certificate().display()));
    install(&world, "tokcli");
    Scene { vendor, office, world }
}

impl Scene {
    /// What a user would write there, with what this scene has in the place of what theirs is.
    fn write(&self, name: &str, text: &str) {
        let office = &self.office;
        let text = text
            .replace("{imaps}", &office.imaps.to_string())
            .replace("{submission}", &office.submission.to_string())
            .replace("{certificate}", &office.certificate().display().to_string());
        let path = self.world.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("made");
        self.world.write(name, &text);
    }

    fn command(&self, words: &[&str]) -> Command {
        command(&self.world, words[0], &words[1..])
    }

    /// At a terminal, for so many seconds at most.
    fn at_a_terminal(&self, seconds: &str, line: &str) -> Command {
        let words = ["timeout", seconds, "script", "--quiet", "--return", "--command", line, "/dev/null"];
        let mut command = self.command(&words);
        command.env("TERM", "xterm");
        command
    }

    /// The token that the vendor gave was taken, and it gave one alone.
    #[track_caller]
    fn asked_once(&self) {
        assert_eq!(self.vendor.requests().len(), 1);
    }
}

/// Both of what it printed, and whether it went well.
#[track_caller]
fn outcome(command: Command) -> (bool, String) {
    let Output { status, stdout, stderr } = run(command);
    let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    (status.success(), text)
}

#[track_caller]
fn goes_well(command: Command) -> String {
    let (well, text) = outcome(command);
    assert!(well, "{text}");
    text
}
