//! Many processes at once, for one credential: one request, one answer for all, also
//! where each lives in another environment and half of them are killed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

use crate::permits::Permit;
use crate::sequence::wait_for;
use crate::stand_in::{Act, Fault, Gate, StandIn, Vendor};
use crate::sweeps::Tally;
use crate::world::{On, World};

fn spawn(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("tokcli runs")
}

fn ended(children: impl IntoIterator<Item = Child>) -> Vec<Output> {
    children.into_iter().map(|child| child.wait_with_output().expect("it ends")).collect()
}

/// All succeeded, with the same output.
#[track_caller]
fn agree(outputs: &[Output]) {
    for output in outputs {
        assert!(output.status.success(), "{:?}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(outputs.iter().map(|output| &output.stdout).collect::<BTreeSet<_>>().len(), 1);
}

pub fn many_at_once(store: On, count: usize) -> Tally {
    let _alone = Permit::of_a_crowd();
    let begun = Instant::now();
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(store, &vendor);
    let latch = vendor.hold(1);
    let children: Vec<_> = (0..count).map(|_| spawn(world.command(&["token"]))).collect();
    wait_for(|| vendor.requests().len() == 1);
    latch.open();
    agree(&ended(children));
    assert_eq!(vendor.requests().len(), 1);
    Tally {
        what: format!("{count} `token` at once, {}", store.word()),
        faults: count,
        requests: 1,
        seconds: begun.elapsed().as_secs_f64(),
        ..Tally::default()
    }
}

/// Half of them are killed by `kill -9`, among them, or not, the one that asks.
pub fn half_killed(store: On, count: usize, with_the_one_that_asks: bool) -> Tally {
    let _alone = Permit::of_a_crowd();
    let begun = Instant::now();
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(store, &vendor);
    world.add("rotation = \"strict\"");
    // The first request is answered late, or, if its sender is to die, not handled at all.
    let latch = if with_the_one_that_asks { vendor.keep_silent() } else { vendor.hold(1) };
    let asks = spawn(world.command(&["token"]));
    wait_for(|| vendor.requests().len() == 1);
    let others: Vec<_> = (1..count).map(|_| spawn(world.command(&["token"]))).collect();
    let (mut killed, mut kept) = (Vec::new(), Vec::new());
    for (n, child) in others.into_iter().enumerate() {
        if n % 2 == 0 { killed.push(child) } else { kept.push(child) }
    }
    if with_the_one_that_asks {
        killed.push(asks);
    } else {
        kept.push(asks);
    }
    for child in &mut killed {
        child.kill().expect("ours");
        child.wait().expect("it ends");
    }
    latch.open();
    agree(&ended(kept));
    let requests = vendor.requests().len();
    assert_eq!(requests, if with_the_one_that_asks { 2 } else { 1 }, "the class allows one replay");
    world.run(&["token"]).succeeds().prints(&format!("{}\n", vendor.current().access_token));
    assert_eq!(vendor.requests().len(), requests);
    let who =
        if with_the_one_that_asks { "the one that asks among them" } else { "but not the one that asks" };
    Tally {
        what: format!("{count} `token` at once, half killed, {who}, {}", store.word()),
        faults: killed.len(),
        requests,
        seconds: begun.elapsed().as_secs_f64(),
        ..Tally::default()
    }
}

/// The state directory follows the passwd entry of the user, whatever the environment says.
pub fn in_different_environments(count: usize) -> Tally {
    let _alone = Permit::of_a_crowd();
    let begun = Instant::now();
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    world.profile(&vendor);
    let home = world.path().join("passwd-home");
    fs::create_dir(&home).expect("made");
    let user = Command::new("id").arg("-u").output().expect("id runs").stdout;
    let user = String::from_utf8(user).expect("a number").trim().to_owned();
    world.write("passwd", &format!("somebody:x:{user}:{user}:x:{}:/bin/sh\n", home.display()));
    world.write("group", &format!("somebody:x:{user}:\n"));
    let elsewhere = |arguments: &[&str], n: usize| {
        let mut command = world.command(arguments);
        command.env_remove("TOKCLI_STATE_DIR").env("LD_PRELOAD", "libnss_wrapper.so");
        command.env("NSS_WRAPPER_PASSWD", world.path().join("passwd"));
        command.env("NSS_WRAPPER_GROUP", world.path().join("group"));
        let own = world.path().join(format!("home-{n}"));
        for name in ["HOME", "TMPDIR", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"]
        {
            let directory = own.join(name.to_lowercase());
            fs::create_dir_all(&directory).expect("made");
            command.env(name, directory);
        }
        command
    };
    let import = assert_cmd::Command::from_std(elsewhere(&["import"], 0));
    let imported = { import }.write_stdin(vendor.login().refresh_token).output().expect("tokcli runs");
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    let latch = vendor.hold(1);
    let children: Vec<_> = (1..=count).map(|n| spawn(elsewhere(&["token"], n))).collect();
    wait_for(|| vendor.requests().len() == 1);
    latch.open();
    agree(&ended(children));
    assert_eq!(vendor.requests().len(), 1);
    assert!(home.join(".local/state/tokcli/journal").is_dir(), "the state is where the passwd entry points");
    let made = (0..=count).flat_map(|n| files_below(&world.path().join(format!("home-{n}"))));
    assert_eq!(made.collect::<Vec<_>>(), Vec::<PathBuf>::new(), "nothing is written elsewhere");
    Tally {
        what: format!("{count} `token` at once, each with its own HOME, TMPDIR, XDG_*"),
        faults: count,
        requests: 1,
        seconds: begun.elapsed().as_secs_f64(),
        ..Tally::default()
    }
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    crate::world::walk(directory, &mut files);
    files
}

#[test]
fn f58_b70_many_at_once_make_one_request_on_the_file_store() {
    many_at_once(On::File, 200);
}

#[test]
fn f58_b70_many_at_once_make_one_request_on_the_keyring() {
    many_at_once(On::Keyring, 40);
}

#[test]
fn many_at_once_in_different_environments_find_one_lock() {
    in_different_environments(200);
}

/// `make torture` kills half of 200, and of 60 on the keyring.
#[test]
fn half_of_many_killed_leave_one_request_or_the_one_replay() {
    half_killed(On::File, 60, false);
    half_killed(On::File, 60, true);
    half_killed(On::Keyring, 16, false);
    half_killed(On::Keyring, 16, true);
}

/// Also one after which a run would otherwise ask again at once.
#[test]
fn p1_many_at_once_share_a_failure_too() {
    let refusal = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    for code in [8, 3] {
        let _alone = Permit::of_a_crowd();
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(On::File, &vendor);
        let (gate, latch) = Gate::shut();
        vendor.misbehave(match code {
            8 => Fault::Silence(gate),
            _ => Fault::Acts(vec![Act::Wait(gate), Act::Send(refusal.to_vec())]),
        });
        let first = spawn(world.command(&["refresh", "--json"]));
        wait_for(|| vendor.requests().len() == 1);
        // They have begun before the first is answered: later ones would be in the right to ask anew.
        let others = world.queue_all(39, &["refresh", "--json"], "");
        latch.open();
        for output in ended(others.into_iter().chain([first])) {
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(code), "{words}");
        }
        assert_eq!(vendor.requests().len(), 1, "who waited adopts the failure and asks nobody");
    }
}

#[test]
fn p16_many_refreshes_at_once_rotate_once() {
    let _alone = Permit::of_a_crowd();
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let latch = vendor.hold(1);
    let first = spawn(world.command(&["refresh"]));
    wait_for(|| vendor.requests().len() == 1);
    let others = world.queue_all(59, &["refresh"], "");
    latch.open();
    agree(&ended(others.into_iter().chain([first])));
    assert_eq!(vendor.requests().len(), 1);
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 2, "one that began later rotates anew");
}

#[test]
fn first_imports_at_the_same_time_share_one_key() {
    let mut world = World::on(On::File);
    let count = 24;
    for n in 0..count {
        world.add(&format!("[profiles.p{n}]\ndialect = \"oauth2\"\ntoken_url = \"http://127.0.0.1:1/\"\nclient_id = \"c\"\nstore = \"file\""));
    }
    let children: Vec<_> = (0..count)
        .map(|n| {
            let mut child = world.spawn(&["import", "-p", &format!("p{n}")]);
            std::io::Write::write_all(
                &mut child.stdin.take().expect("piped"),
                format!("rt-canary-{n}").as_bytes(),
            )
            .expect("read");
            child
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let status = world.run(&["status", "--json"]).succeeds().object();
    let profiles = status["profiles"].as_array().expect("a list");
    assert!(profiles.iter().all(|profile| profile["state"] == "ready"), "{status}");
}
