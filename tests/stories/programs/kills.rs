//! Whoever asks loses patience and kills tokcli in the middle of a refresh: nothing is lost, and nothing is asked twice.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use super::{ask, world_of};
use crate::sequence::wait_for;
use crate::stand_in::{StandIn, Vendor};
use crate::sweeps::Tally;
use crate::world::World;

const GET: &[&str] = &["helper", "git", "get"];
const WHERE: &str = "protocol=https\nhost=git.example.com\n";

#[derive(Clone, Copy, Debug)]
enum End {
    Killed(Signal),
    /// With all that it has started and that stayed with it.
    WithItsGroup(Signal),
    /// The caller reads no more.
    Unheard,
}

const ENDS: [End; 6] = [
    End::Killed(Signal::SIGKILL),
    End::Killed(Signal::SIGTERM),
    End::WithItsGroup(Signal::SIGKILL),
    End::WithItsGroup(Signal::SIGTERM),
    End::WithItsGroup(Signal::SIGHUP),
    End::Unheard,
];

fn start(world: &World, words: &[&str], input: &str) -> Child {
    let mut command = world.command(words);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().expect("tokcli runs");
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    child
}

/// As agents do it: a line for a shell, which has a group of its own.
fn start_by_a_shell(world: &World, words: &[&str]) -> Child {
    let line = format!("'{}' {}; exit $?", env!("CARGO_BIN_EXE_tokcli"), words.join(" "));
    let mut command = world.command_of("sh", &["-c", &line]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().expect("a shell");
    let _ = child.stdin.take().expect("piped").write_all(WHERE.as_bytes());
    child
}

impl End {
    fn befalls(self, child: &mut Child) {
        let id = Pid::from_raw(child.id().try_into().expect("small"));
        match self {
            // It may have ended by itself, where the moment is a late one.
            End::Killed(signal) => drop(kill(id, signal)),
            End::WithItsGroup(signal) => drop(killpg(id, signal)),
            End::Unheard => drop((child.stdout.take(), child.stderr.take())),
        }
    }
}

/// The next call has the newest token, and nothing was asked more than once.
#[track_caller]
fn nothing_is_lost(vendor: &StandIn, world: &World, what: &str) {
    let told = ask(world, GET, WHERE);
    let token = vendor.current().access_token;
    assert!(told.stdout.contains(&format!("password={token}\n")), "{what}: {told:?}");
    assert!(vendor.accepts(&token) && vendor.reused().is_empty(), "{what}");
}

#[test]
fn whoever_is_killed_while_the_vendor_thinks_loses_nothing() {
    for words in [
        GET,
        &["header"],
        &["helper", "kubectl"],
        &["sasl", "xoauth2", "--user", "me"],
        &["exec", "--env", "A", "--", "true"],
    ] {
        for end in ENDS {
            let what = format!("{words:?}, {end:?}");
            let vendor = StandIn::start(Vendor::Fbox);
            let world = world_of(&vendor);
            let latch = vendor.hold(1);
            let mut child = start(&world, words, WHERE);
            wait_for(|| vendor.requests().len() == 1);
            end.befalls(&mut child);
            if !matches!(end, End::Unheard) {
                child.wait().expect("it ends");
            }
            latch.open();
            nothing_is_lost(&vendor, &world, &what);
            assert_eq!(vendor.requests().len(), 1, "{what}");
            child.wait().expect("it ends");
        }
    }
}

/// At any moment: the request may not have been made yet, and is then made by the next call.
pub fn killed_at_moments(count: u64) -> Tally {
    let begun = Instant::now();
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = world_of(&vendor);
    world.add("rotation = \"strict\"");
    let shim = crate::shim::Shim::build(&world);
    let mut later = 0;
    let mut tally = Tally {
        what: "`helper git get` killed at a moment of its own, also with its group".into(),
        ..Tally::default()
    };
    let alone = Instant::now();
    ask(&world, GET, WHERE);
    let span = alone.elapsed() * 3 / 2;
    for n in 0..count {
        // The one at hand is over each time.
        later += 8_000;
        shim.later(&mut world, later);
        let before = vendor.requests().len();
        // The vendor has not answered yet, whenever that is.
        let latch = vendor.hold(1);
        let mut child = start(&world, GET, WHERE);
        std::thread::sleep(span * u32::try_from(n).expect("small") / u32::try_from(count).expect("small"));
        let end = ENDS[usize::try_from(n).expect("small") % ENDS.len()];
        end.befalls(&mut child);
        latch.open();
        child.wait().expect("it ends");
        nothing_is_lost(&vendor, &world, &format!("{n}: {end:?}"));
        assert_eq!(vendor.requests().len(), before + 1, "{n}: {end:?}");
        tally.faults += 1;
    }
    tally.requests = vendor.requests().len();
    tally.seconds = begun.elapsed().as_secs_f64();
    tally
}

#[test]
fn killed_at_thirty_moments() {
    let tally = killed_at_moments(30);
    assert_eq!(tally.faults, 30);
}

/// The vendor would end the login if it saw a refresh token twice.
#[test]
fn a_vendor_that_takes_long_is_asked_once_by_all_who_lose_patience() {
    for words in [GET, &["header", "--as", "bare", "--fresh"], &["header", "--as", "object"]] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = world_of(&vendor);
        world.add("rotation = \"strict\"");
        let latch = vendor.hold(1);
        for n in 0..5 {
            let mut child = start_by_a_shell(&world, words);
            wait_for(|| vendor.requests().len() == 1);
            std::thread::sleep(Duration::from_millis(50 * n));
            End::WithItsGroup(Signal::SIGKILL).befalls(&mut child);
            child.wait().expect("it ends");
        }
        latch.open();
        let what = format!("five in a row: {words:?}");
        let told = ask(&world, &["header", "--as", "bare"], "");
        told.is(0, &format!("{}\n", vendor.current().access_token), "");
        nothing_is_lost(&vendor, &world, &what);
        assert_eq!(vendor.requests().len(), 1, "{what}");
    }
}
