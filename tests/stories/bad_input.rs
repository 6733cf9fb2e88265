//! Bad input from the configuration, the command line and the environment, numbered by its entry in the list of bad
//! inputs: each has a defined end. Nothing is lost or sent, and the words name the place and the way out.

mod command_line;
mod configuration;
mod environment;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Stdio};

use crate::configuration::GOOD;
use crate::world::{LEGIBLE, On, World, walk};

/// Somebody who is neither root nor whoever runs the tests.
const STRANGER: u32 = 12_345;

/// Each text is exit 3 with its words, whatever is asked for, and leaves nothing behind.
#[track_caller]
fn all_are_wrong(rows: &[(String, &str)]) {
    let world = World::on(On::File);
    for (text, wanted) in rows {
        world.write("profiles.toml", text);
        for command in [&["token", "-p", "a"][..], &["config", "check"]] {
            let ended = world.run(command).exits(3).says(wanted);
            let plain = ended.stderr.bytes().all(|b| b == b'\n' || (0x20..0x7f).contains(&b));
            assert!(plain && ended.stderr.lines().count() <= 2, "{:?}", ended.stderr);
        }
    }
    assert!(!world.state().exists(), "nothing is made for a configuration that is wrong");
}

fn with(line: &str) -> String {
    format!("{GOOD}{line}\n")
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("mode");
}

/// What a run opens and where it connects to, by strace.
pub fn opened(world: &World, arguments: &[&str]) -> (Option<i32>, String) {
    let file = world.path().join("opened");
    let path = file.display().to_string();
    let calls = "trace=openat,open,connect,execve,prctl";
    let strace = ["-f", "-qq", "-s", "300", "-e", calls, "-e", LEGIBLE, "-o", &path];
    let output = world
        .command_of("strace", &[&strace, &[env!("CARGO_BIN_EXE_tokcli")][..], arguments].concat())
        .stdin(Stdio::null())
        .output()
        .expect("strace is installed (`make test` installs it)");
    (output.status.code(), fs::read_to_string(file).expect("trace"))
}

/// A run that waits for the lock, which is held as long as the file is.
fn waiting(world: &World) -> (fs::File, Child) {
    let mut files = Vec::new();
    walk(&world.state().join("locks"), &mut files);
    let path = files.into_iter().find(|path| !path.ends_with("file-key.lock")).expect("a lock");
    let held = fs::File::options().write(true).open(path).expect("ours");
    held.lock().expect("free");
    let mut child = world.spawn(&["refresh", "-v"]);
    let mut lines = BufReader::new(child.stderr.take().expect("piped"));
    let mut line = String::new();
    while !line.contains("taking the lock") {
        line.clear();
        assert!(lines.read_line(&mut line).expect("text") > 0, "it ended without asking for the lock");
    }
    // It goes on talking; its pipe stays open.
    child.stderr = Some(std::process::ChildStderr::from(OwnedFd::from(lines.into_inner())));
    (held, child)
}
