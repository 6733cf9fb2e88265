//! Programs that ask for a token in a way of their own: what they say and what they are answered, byte by byte, as the
//! specification of each has it.

mod addresses;
pub mod aws;
mod bazel;
mod cargo;
mod docker;
pub mod env;
mod exec;
mod git;
mod google;
mod header;
mod install;
pub mod kills;
mod kubectl;
mod links;
mod pip;
mod pnpm;
mod sasl;
mod sasl_check;
mod storm;
mod systemd;
mod terraform;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::stand_in::{StandIn, Vendor};
use crate::world::{CANARY, On, World, entry};

/// The margin that is taken off each expiry, in seconds.
const MARGIN: i64 = 30;

/// How a call of a program ended. Unlike other commands, it may print something and fail.
#[derive(Debug)]
pub struct Told {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Told {
    pub fn of(output: Output) -> Told {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let told =
            Told { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
        assert!(!told.stderr.contains(CANARY), "a secret on stderr: {told:?}");
        assert!(!told.stdout.contains("rt-canary"), "a refresh token: {told:?}");
        assert!(!told.stderr.contains("panicked") && !told.stderr.contains("internal"), "{told:?}");
        told
    }

    #[track_caller]
    pub fn is(self, code: i32, stdout: &str, stderr: &str) {
        assert_eq!((self.code, &*self.stdout, &*self.stderr), (Some(code), stdout, stderr));
    }

    /// It got no token, whatever else it was told.
    #[track_caller]
    pub fn got_nothing(&self) {
        assert!(!self.stdout.contains(CANARY), "{self:?}");
    }

    #[track_caller]
    pub fn object(&self) -> Value {
        assert_eq!((self.code, &*self.stderr), (Some(0), ""), "{self:?}");
        assert_eq!(self.stdout.matches('\n').count(), 1, "one line: {self:?}");
        serde_json::from_str(&self.stdout).expect("JSON")
    }
}

pub fn end(mut command: Command, input: impl AsRef<[u8]>) -> Told {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("tokcli runs");
    // It may not want to know, as a program must expect.
    let _ = child.stdin.take().expect("piped").write_all(input.as_ref());
    Told::of(child.wait_with_output().expect("it ends"))
}

pub fn ask(world: &World, words: &[&str], input: impl AsRef<[u8]>) -> Told {
    end(world.command(words), input)
}

pub const PLACE: &str = "https://git.example.com";

/// A vendor, and a profile of it whose token is for [`PLACE`], too. It is logged in and nothing is cached.
pub fn scene() -> (StandIn, World) {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = world_of(&vendor);
    (vendor, world)
}

pub fn world_of(vendor: &StandIn) -> World {
    let mut world = World::with(On::File, vendor);
    world.add(&format!("match = [\"{PLACE}/*\"]"));
    world
}

/// A further profile, which is for nothing but its own vendor, and has no credential.
pub fn another(world: &mut World, name: &str) {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    world.add(&entry(&vendor, name, On::File));
}

/// Whatever was wrong, nothing was sent for it.
#[track_caller]
pub fn unasked(vendor: &StandIn) {
    assert_eq!(vendor.requests().len(), 0);
    vendor.expect_unused();
}

/// The token that the vendor gave last, and the expiry that programs are told.
pub fn current(vendor: &StandIn, world: &World) -> (String, i64) {
    let object = world.run(&["token", "--json", "-p", vendor.vendor().name()]).succeeds().object();
    let token = object["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(token, vendor.current().access_token);
    (token, object["expires_at_unix"].as_i64().expect("an expiry") - MARGIN)
}

/// As RFC 3339 has it.
pub fn rfc3339(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).expect("a time").to_string()
}

/// tokcli by another name.
pub fn link(world: &World, name: &str) -> PathBuf {
    let path = world.path().join(name);
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tokcli"), &path).expect("made");
    path
}
