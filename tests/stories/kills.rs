//! kill -9 at every system call of a refresh, one after the other: each time the
//! next runs must find a live credential, and no refresh token may go out twice.

use std::collections::HashMap;
use std::fs;

use crate::stand_in::{Fault, StandIn, Vendor};
use crate::world::{On, World};

/// The calls of one run, as (name, how often that name came before and with it):
/// strace counts each name for itself.
fn calls(world: &World) -> Vec<(String, usize)> {
    let file = world.path().join("trace").display().to_string();
    let arguments = ["-f", "-qq", "-o", &file, env!("CARGO_BIN_EXE_tokcli"), "refresh"];
    let output = world
        .command_of("strace", &arguments)
        .output()
        .expect("strace is installed (`make test` installs it)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut seen: HashMap<String, usize> = HashMap::new();
    let text = fs::read_to_string(file).expect("the trace");
    // Of the main thread: the keyring's has its own counts, and dies with it.
    let main = text.split_whitespace().next().expect("a pid").to_owned();
    let names = text.lines().filter_map(|line| {
        let (pid, call) = line.split_once(' ')?;
        let (name, _) = call.trim().split_once('(')?;
        (pid == main).then(|| name.to_owned())
    });
    // A process cannot be killed on its way into its first call, or after its last.
    let names = names.filter(|name| !["execve", "exit_group"].contains(&name.as_str()));
    names
        .map(|name| {
            let count = seen.entry(name.clone()).or_default();
            *count += 1;
            (name, *count)
        })
        .collect()
}

/// The answer is in memory, or on its way there, and nowhere else: what the client does
/// to read it and to end its connection (a debug build checks each descriptor by `fcntl`
/// first), and the write of the journal itself.
const INHERENT: [&str; 13] = [
    "recvfrom",
    "epoll_wait",
    "epoll_ctl",
    "read",
    "readv",
    "write",
    "writev",
    "sendto",
    "shutdown",
    "close",
    "fcntl",
    "pwrite64",
    "munmap",
];

#[test]
fn killed_at_every_system_call_of_a_refresh_on_the_file_store() {
    killed_everywhere(On::File);
}

#[test]
fn killed_at_every_system_call_of_a_refresh_on_the_keyring() {
    killed_everywhere(On::Keyring);
}

fn killed_everywhere(store: On) {
    let vendor = StandIn::start(Vendor::Fbox);
    // A lost answer leaves only the old token, which a strict vendor then refuses.
    vendor.expect_reuse();
    let mut world = World::with(store, &vendor);
    world.add("rotation = \"strict\"");
    world.run(&["refresh"]).succeeds();
    let points = calls(&world);
    assert!(points.len() > 100, "{}", points.len());
    let (mut unsent, mut kept, mut lost) = (0, 0, Vec::new());
    for (name, k) in &points {
        let (before, presented) = (vendor.requests().len(), vendor.current().refresh_token);
        world.run_injected(&format!("{name}:signal=KILL:when={k}"), &["refresh"]);
        let sent = vendor.requests().len() - before;
        assert!(sent <= 1, "{name} {k}: {sent} requests");
        let next = world.run(&["refresh"]);
        match (sent, next.code) {
            (0, Some(0)) => unsent += 1,
            (1, Some(0)) => kept += 1,
            (1, Some(4)) => {
                assert_eq!(
                    vendor.sends_of(&presented),
                    2,
                    "{name} {k}: the one replay that a strict vendor allows"
                );
                assert!(INHERENT.contains(&name.as_str()), "{name} {k} loses an answer");
                lost.push(format!("{name} {k}"));
                world.run_with(&["import"], &vendor.login().refresh_token).succeeds();
                world.run(&["refresh"]).succeeds();
            }
            other => panic!("{name} {k}: {other:?}: {next:#?}"),
        }
    }
    eprintln!("{} calls: {unsent} unsent, {kept} kept, lost at {lost:?}", points.len());
    assert!(unsent > 50 && kept > 10, "{unsent} unsent, {kept} kept");
    assert!(lost.len() <= 12, "more windows than the one between answer and journal: {lost:?}");
}

/// What strace makes fail, how the refresh ends, and how many requests the vendor saw.
const FAILING_DISK: [(&str, i32, usize); 12] = [
    ("pwrite64:error=EINTR:when=1", 0, 1),
    ("pwrite64:error=EIO:when=1", 6, 0),
    ("pwrite64:error=ENOSPC:when=1", 6, 0),
    ("fdatasync:error=EIO:when=1", 6, 0),
    ("pwrite64:error=EINTR:when=2", 0, 1),
    ("pwrite64:error=EIO:when=2", 0, 1),
    ("fdatasync:error=EIO:when=2", 0, 1),
    ("pwrite64:error=EDQUOT:when=3", 0, 1),
    ("fdatasync:error=EIO:when=3", 0, 1),
    ("pwrite64:error=EIO:when=2+", 7, 1),
    ("pwrite64:error=EROFS:when=2+", 7, 1),
    ("fdatasync:error=EIO:when=2+", 7, 1),
];

#[test]
fn a_disk_that_fails_before_the_answer_costs_nothing_and_after_it_no_token() {
    for (inject, exit, requests) in FAILING_DISK {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(On::File, &vendor);
        let output = world.run_injected(inject, &["refresh"]);
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{inject}: {words}");
        assert_eq!(vendor.requests().len(), requests, "{inject}");
        assert!(!words.contains(crate::world::CANARY), "{inject}: {words}");
        assert_eq!(output.stdout.is_empty(), exit != 0, "{inject}");
        if exit == 7 {
            // The last resort: what stderr said is all that is left of the new login.
            let sealed =
                words.lines().find_map(|line| line.strip_prefix("sealed: ")).expect("the sealed record");
            // Twice, because a write whose sync failed may have come through after all.
            world.run_with(&["recover", "--stdin", "-p", "fbox"], sealed).succeeds();
            let again = world.run_with(&["recover", "--stdin", "-p", "fbox"], sealed).succeeds();
            assert_eq!(again.stdout, "fbox: the sealed credential is there already\n");
        }
        let token = world.run(&["token"]).succeeds();
        assert_eq!(token.stdout, format!("{}\n", vendor.current().access_token), "{inject}");
        assert_eq!(vendor.requests().len(), requests.max(1), "{inject}: no second request");
    }
}

#[test]
fn a_token_saved_from_a_broken_answer_survives_a_failing_disk_too() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    vendor.misbehave(Fault::Truncate { at: vendor.current().answer.to_string().len() - 1 });
    let output = world.run_injected("pwrite64:error=EIO:when=2+", &["refresh"]);
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let sealed = words.lines().find_map(|line| line.strip_prefix("sealed: ")).expect("the sealed record");
    world.run_with(&["recover", "--stdin", "-p", "fbox"], sealed).succeeds();
    world.run(&["token"]).succeeds();
    assert!(vendor.reused().is_empty(), "the saved token was presented, not the spent one");
}
