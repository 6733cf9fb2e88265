//! The programs that ask, as their authors publish them, against servers that take nothing but a token: what
//! docs/integrations.md has of them is what is done here.

mod aws;
mod cargo;
mod git;
mod google;
mod kubectl;
mod pip;
mod pnpm;
mod resource;
mod skopeo;

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use crate::real::server;
use crate::stand_in::{StandIn, Vendor};
use crate::world::{On, World};

/// A vendor, and a world with a profile of it whose token is for that host.
pub fn scene(vendor: &StandIn, place: &str) -> World {
    let mut world = World::with(On::File, vendor);
    world.add(&format!("match = [\"{place}\"]"));
    world
}

pub fn vendor() -> Arc<StandIn> {
    Arc::new(StandIn::start(Vendor::Fbox))
}

/// With tokcli, and what stands for it, where programs look first.
pub fn command(world: &World, program: impl AsRef<Path>, words: &[&str]) -> Command {
    let program = program.as_ref().to_str().expect("UTF-8");
    let mut command = world.command_of(program, words);
    command.env("PATH", format!("{}/bin:{}", world.path().display(), env!("PATH")));
    command
}

/// In `bin`, which is first on the path of [`command`].
pub fn install(world: &World, name: &str) -> String {
    let bin = world.path().join("bin");
    std::fs::create_dir_all(&bin).expect("made");
    let link = bin.join(name);
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tokcli"), &link).expect("made");
    link.to_str().expect("UTF-8").to_owned()
}

/// As a user does it: the link into ~/bin, which is first on the path of [`command`], and the lines into the program's file.
#[track_caller]
fn set_up(world: &World, words: &[&str]) {
    let words = [&["helper", "install"], words, &["--write"]].concat();
    let mut command = command(world, env!("CARGO_BIN_EXE_tokcli"), &words);
    let kubectl = server::installed("bin/kubectl");
    let path = format!("{}/bin:{}", world.path().display(), env!("PATH"));
    command.env("PATH", format!("{}:{path}", kubectl.parent().expect("a directory").display()));
    command.env("GIT_CONFIG_NOSYSTEM", "1");
    goes_well(command);
}

#[track_caller]
pub fn run(mut command: Command) -> Output {
    command.stdin(std::process::Stdio::null()).output().expect("it is installed")
}

#[track_caller]
pub fn goes_well(command: Command) -> String {
    let output = run(command);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{:?}: {}{}", output.status, text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// The nth part of this kind behind a heading of docs/integrations.md.
pub fn recipe(heading: &str, kind: &str, nth: usize) -> String {
    let path = server::sources().join("../../docs/integrations.md");
    let text = std::fs::read_to_string(path).expect("UTF-8");
    let behind = text.split_once(&format!("\n{heading}\n")).expect("a heading").1;
    let behind = behind.split_once("\n## ").expect("a further heading").0;
    let part = behind.split(&format!("\n```{kind}\n")).nth(nth).expect("a part");
    part.split_once("\n```\n").expect("its end").0.to_owned() + "\n"
}
