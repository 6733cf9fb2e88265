//! The fault matrix on one machine: what happens, at which moment, and what must come
//! of it, row by row of docs/faults.md. The moments are found in a trace of an undisturbed run:
//!
//! m0 before the lock, m1 lock held, m2 connected, m3 intent durable, m5 request
//! written, m6 answer partly read, m7 answer in memory, m8 journal written, m9 journal
//! synced, m10 record written, m11 store written, m12 printed.
//!
//! Other rows stand where their subject is: `sweeps.rs`, `power.rs`, `races.rs`,
//! `daemons.rs`, `bad_answers.rs`.

use std::fs;
use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::mpsc;

use crate::moments::Moment;
use crate::secret_service::signal;
use crate::sequence::wait_for;
use crate::shim::Shim;
use crate::stand_in::{Act, Fault, Gate, Latch, Options, StandIn, Vendor};
use crate::world::{On, World, access, record, rotated};

/// What the next run finds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Left {
    /// Nothing was spent: it asks the vendor, and that works.
    Nothing,
    /// The successor: no request.
    Successor,
    /// An attempt of unknown outcome: no request until the server has settled.
    Uncertain,
}

fn look(world: &World, vendor: &StandIn, at: &str) -> Left {
    let before = vendor.requests().len();
    let run = world.run(&["token", "--json"]);
    let left = match (vendor.requests().len() - before, run.code) {
        (1, Some(0)) => Left::Nothing,
        (0, Some(0)) => Left::Successor,
        (0, Some(8)) => Left::Uncertain,
        other => panic!("{at}: {other:?}: {run:#?}"),
    };
    if left != Left::Uncertain {
        assert!(vendor.accepts(run.object()["access_token"].as_str().expect("a token")), "{at}");
    }
    left
}

#[test]
fn f1_to_f7_killed_at_each_moment() {
    use Left::*;
    for (row, at, requests, left) in [
        ("F1 m0", Moment::Lock, 0, Nothing),
        ("F1 m1", Moment::Connect, 0, Nothing),
        ("F1 m2", Moment::Intent, 0, Nothing),
        ("F2 m3", Moment::Send, 0, Uncertain),
        ("F5 m7", Moment::Answer, 1, Uncertain),
        ("F6 m8", Moment::AnswerSynced, 1, Successor),
        ("F7 m9", Moment::Record, 1, Successor),
        ("F7 m10", Moment::RecordSynced, 1, Successor),
    ] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(On::File, &vendor);
        world.run_injected(&at.inject("signal=KILL"), &["refresh"]);
        // A vendor may get to read a request only after its sender was killed.
        wait_for(|| vendor.requests().len() >= requests);
        assert_eq!(vendor.requests().len(), requests, "{row} {at:?}");
        assert_eq!(look(&world, &vendor, row), left, "{row} {at:?}");
        // Nobody asked, so nobody minds being unused.
        vendor.expect_unused();
    }
}

/// P4: the answer in the journal counts before the old token that is still valid, and once
/// its own token has run out it is no grant.
#[test]
fn f6_an_answer_left_sealed_comes_before_the_token_at_hand() {
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(store, &vendor);
        let old = world.run(&["token"]).succeeds().stdout;
        world.run_injected(&Moment::AnswerSynced.inject("signal=KILL"), &["refresh"]);
        assert_eq!(vendor.requests().len(), 2);
        let offline = world.run(&["token", "--offline"]).succeeds();
        offline.prints(&old);
        let new = world.run(&["token"]).succeeds().keeps_stderr_empty().stdout;
        assert_eq!(new.trim(), vendor.current().access_token, "{store:?}");
        assert_eq!(vendor.requests().len(), 2, "no request");
        world.run(&["token"]).succeeds().prints(&new);
    }
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    world.run_injected(&Moment::AnswerSynced.inject("signal=KILL"), &["refresh"]);
    // The life of its token is over.
    let shim = Shim::build(&world);
    shim.later(&mut world, 7_300);
    let new = world.run(&["token", "--json"]).succeeds().object();
    assert_eq!(new["refreshed"], true);
    assert!(vendor.accepts(new["access_token"].as_str().expect("a token")));
    assert_eq!(vendor.requests().len(), 2);
}

/// Cut off, the answer that is left tells nothing; the valid token at hand is used.
#[test]
fn f6_a_broken_answer_left_sealed_keeps_nobody_from_the_token_at_hand() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let old = world.run(&["token"]).succeeds().stdout;
    vendor.misbehave(Fault::Truncate { at: 9 });
    world.run_injected(&Moment::AnswerSynced.inject("signal=KILL"), &["refresh"]);
    world.run(&["token"]).succeeds().prints(&old).keeps_stderr_empty();
    world.run(&["token"]).succeeds().prints(&old).keeps_stderr_empty();
    assert_eq!(vendor.requests().len(), 2);
}

#[test]
fn f7_killed_while_it_prints() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let stdout = world.path().join("stdout").display().to_string();
    let mut command = world.injected("write:signal=KILL", &["-P", &stdout], &["refresh"]);
    let ended = command.stdout(fs::File::create(&stdout).expect("made")).status().expect("strace runs");
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&ended), Some(9));
    assert_eq!(fs::read(&stdout).expect("read"), b"", "nothing was printed");
    assert_eq!(look(&world, &vendor, "F7 m11"), Left::Successor);
}

#[test]
fn f3_killed_while_the_request_is_half_written() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    // A server that does not read, and a request that no buffer holds: a long token, said many times in each of several fields.
    let stuck = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", stuck.local_addr().expect("an address"));
    let token = format!("rt-canary-{}", "x".repeat(40_000));
    world.run_with(&["import", "--replace"], &token).succeeds();
    world.add("[dialects.long]\nextends = \"fbox\"\nexchanges.refresh.request.repeats = \"refresh_token\"\n[dialects.long.exchanges.refresh.request.form]");
    world.change("dialect = \"fbox\"", "dialect = \"long\"");
    let again = "{{ refresh_token }}".repeat(25);
    for number in 0..7 {
        world.add(&format!("again_{number} = \"{again}\""));
    }
    world.change(&vendor.origin(), &address);
    world.run(&["rebind", "--yes"]).succeeds();
    let mut child = world.spawn(&["refresh"]);
    let (mut connection, _) = stuck.accept().expect("it connects");
    let mut some = [0; 1_000];
    connection.read_exact(&mut some).expect("it writes");
    child.kill().expect("ours");
    child.wait().expect("it ends");
    let mut rest = Vec::new();
    let _ = connection.read_to_end(&mut rest);
    assert!(some.len() + rest.len() < 7 * 25 * token.len(), "the request was not complete");
    let error = world.run(&["refresh", "--json"]).exits(8).error();
    assert_eq!(error["code"], "no_answer");
    vendor.expect_unused();
}

#[test]
fn f4_killed_while_the_answer_is_on_its_way_or_half_read() {
    for row in ["F4 m5", "F4 m6"] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(On::File, &vendor);
        let (gate, _latch) = Gate::shut();
        let (tell, half) = mpsc::channel();
        let mut child = in_flight(
            &world,
            &vendor,
            Fault::retell(move |answer| {
                let half =
                    "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n".to_owned() + &answer.to_string()[..40];
                tell.send(half.clone().into_bytes()).expect("somebody waits");
                let rest = Act::Wait(gate.clone());
                if row == "F4 m6" { vec![Act::Send(half.into()), rest] } else { vec![rest] }
            }),
        );
        half.recv().expect("it is told");
        if row == "F4 m6" {
            wait_for(|| nothing_lies_unread(&vendor));
        }
        child.kill().expect("ours");
        child.wait().expect("it ends");
        assert_eq!(look(&world, &vendor, row), Left::Uncertain, "{row}");
    }
}

/// Its client has taken what the stand-in sent.
fn nothing_lies_unread(vendor: &StandIn) -> bool {
    let queues = client_sockets(vendor);
    !queues.is_empty() && queues.iter().all(|queue| queue.ends_with(":00000000"))
}

/// Of each established connection to the stand-in, what lies unsent and unread at the client's end.
fn client_sockets(vendor: &StandIn) -> Vec<String> {
    const ESTABLISHED: &str = "01";
    let port: u16 = vendor.origin().rsplit(':').next().expect("a port").parse().expect("a number");
    let sockets = fs::read_to_string("/proc/net/tcp").expect("the kernel tells");
    let of_a_client = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ours = words[2].ends_with(&format!(":{port:04X}")) && words[3] == ESTABLISHED;
        ours.then(|| words[4].to_owned())
    };
    sockets.lines().skip(1).filter_map(of_a_client).collect()
}

#[test]
fn f9_everything_killed_at_once_after_the_answer() {
    for at in [Moment::Answer, Moment::AnswerSynced] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::with(On::Keyring, &vendor);
        let mut stopped = Stopped::at(&at.inject("signal=STOP"), &world, &["refresh"]);
        stopped.wait();
        // Killing the tracer with its child is what the end of a cgroup does.
        stopped.kill();
        let service = world.keyring.as_mut().expect("a keyring");
        service.kill_daemon();
        service.restart();
        assert_eq!(look(&world, &vendor, "F9"), Left::Successor, "{at:?}");
    }
}

#[test]
fn f13_signals_wait_at_each_moment_from_the_intent_to_the_save() {
    for (name, number) in [("TERM", 15), ("INT", 2), ("HUP", 1)] {
        for at in [
            Moment::Intent,
            Moment::IntentSynced,
            Moment::Answer,
            Moment::AnswerSynced,
            Moment::Record,
            Moment::RecordSynced,
        ] {
            let vendor = StandIn::start(Vendor::Fbox);
            let world = World::with(On::File, &vendor);
            let row = at.inject(&format!("signal={name}"));
            let trace = format!("trace={}", row.split(':').next().expect("a call"));
            let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e"];
            let inject = format!("inject={row}");
            let tokcli = [inject.as_str(), env!("CARGO_BIN_EXE_tokcli"), "refresh"];
            // Whoever starts the tests in the background may have made them ignore some of these.
            let words = [&["--default-signal"][..], &strace, &tokcli].concat();
            let output = world.command_of("env", &words).output().expect("env runs (coreutils)");
            // strace ends by the signal that ended its child.
            let ended = std::os::unix::process::ExitStatusExt::signal(&output.status);
            assert_eq!(ended, Some(number), "{row}: {output:?}");
            assert!(output.stdout.is_empty(), "{row}");
            assert_eq!(look(&world, &vendor, &row), Left::Successor, "{row}");
        }
    }
}

/// A machine that slept between the second look and the send looks again, and sends then. It sleeps while the server
/// has not answered the handshake yet: all clocks that count sleep are an hour on.
#[test]
fn f14_f15_asleep_before_the_send_it_looks_again() {
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start_tls(Vendor::Fbox);
        let mut world = World::with(store, &vendor);
        let shim = Shim::build(&world);
        let asleep = shim.asleep(&mut world);
        let door = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("https://{}", door.local_addr().expect("an address"));
        world.change(&vendor.origin(), &address);
        world.run(&["rebind", "--yes"]).succeeds();
        let server = vendor.origin().trim_start_matches("https://").to_owned();
        let beds = std::thread::spawn(move || {
            let mut came = 0;
            for client in door.incoming().flatten() {
                came += 1;
                let mut first = [0];
                let n = client.peek(&mut first).expect("a hello");
                if n == 0 {
                    return came - 1;
                }
                fs::write(&asleep, "3600").expect("it falls asleep, and wakes");
                pass_on(client, TcpStream::connect(&server).expect("the stand-in"));
            }
            came
        });
        let ended = world.run(&["refresh", "-v"]).succeeds();
        assert_eq!(ended.stderr.matches("looking again, under the lock").count(), 2, "{}", ended.stderr);
        drop(TcpStream::connect(address.trim_start_matches("https://")));
        assert_eq!(beds.join().expect("it lives"), 2, "the first connection was given up");
        assert_eq!(vendor.requests().len(), 1);
        assert_eq!(look(&world, &vendor, "F14"), Left::Successor);
    }
}

pub fn pass_on(client: TcpStream, server: TcpStream) {
    let copy = |mut from: TcpStream, mut to: TcpStream| {
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(std::net::Shutdown::Write);
        });
    };
    copy(client.try_clone().expect("cloned"), server.try_clone().expect("cloned"));
    copy(server, client);
}

#[test]
fn f15_asleep_after_the_check_the_attempt_counts() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let mut stopped = Stopped::at(&Moment::IntentSynced.inject("signal=STOP"), &world, &["refresh"]);
    stopped.wait();
    assert_eq!(world.run(&["token", "--deadline", "0"]).exits(5).says("busy").code, Some(5));
    stopped.kill();
    assert_eq!(look(&world, &vendor, "F15"), Left::Uncertain);
    vendor.expect_unused();
}

#[test]
fn f16_reset_while_it_was_stopped() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let (gate, latch) = Gate::shut();
    let child = in_flight(&world, &vendor, Fault::Acts(vec![Act::Wait(gate), Act::Reset]));
    stop(&child);
    latch.open();
    wait_for(|| !is_connected(&vendor));
    signal(child.id(), "CONT");
    assert_eq!(child.wait_with_output().expect("it ends").status.code(), Some(8));
    assert_eq!(look(&world, &vendor, "F16"), Left::Uncertain);
}

#[test]
fn f16_stopped_while_the_answer_comes() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let latch = vendor.hold(1);
    let child = world.spawn(&["refresh"]);
    wait_for(|| vendor.requests().len() == 1);
    stop(&child);
    latch.open();
    wait_for(|| !is_connected(&vendor));
    signal(child.id(), "CONT");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(look(&world, &vendor, "F16"), Left::Successor);
}

/// Stopped, and seen to be.
pub fn stop(child: &Child) {
    signal(child.id(), "STOP");
    wait_for(|| {
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).expect("it is there");
        stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T'))
    });
}

/// What strace makes fail, how the refresh ends, and how many requests the vendor saw.
fn failing_disk() -> [(&'static str, String, i32, usize); 18] {
    use Moment::*;
    let lock = |error: &str| format!("openat:error={error}:when=1+");
    let at = |moment: Moment, error: &str| moment.inject(&format!("error={error}"));
    let from = |moment: Moment, error: &str| moment.inject_from(&format!("error={error}"));
    [
        ("F19 lock", lock("ENOSPC"), 6, 0),
        ("F19", at(Intent, "ENOSPC"), 6, 0),
        ("F20", at(Answer, "ENOSPC"), 0, 1),
        ("F20", at(Record, "ENOSPC"), 0, 1),
        ("F22", at(Intent, "EROFS"), 6, 0),
        ("F23", from(Answer, "EROFS"), 7, 1),
        ("F24", at(IntentSynced, "EIO"), 6, 0),
        ("F24", at(Intent, "EIO"), 6, 0),
        ("F25", at(AnswerSynced, "EIO"), 0, 1),
        ("F25", at(Answer, "EIO"), 0, 1),
        ("F25", at(RecordSynced, "EIO"), 0, 1),
        ("F25", from(AnswerSynced, "EIO"), 7, 1),
        ("F25", from(Answer, "EIO"), 7, 1),
        ("F26 lock", lock("EDQUOT"), 6, 0),
        ("F26", at(Record, "EDQUOT"), 0, 1),
        ("F27", "pwrite64:error=EINTR:when=1+3".to_owned(), 0, 1),
        ("F27", at(Answer, "EINTR"), 0, 1),
        ("F27", at(Record, "EINTR"), 0, 1),
    ]
}

#[test]
fn f19_to_f27_a_disk_that_fails_before_the_answer_costs_nothing_and_after_it_no_token() {
    for (row, inject, exit, requests) in failing_disk() {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(On::File, &vendor);
        let output = match row.ends_with("lock") {
            // The lock file cannot be made.
            true => {
                fs::remove_dir_all(world.state().join("locks")).expect("removed");
                fs::create_dir(world.state().join("locks")).expect("made");
                let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
                fs::set_permissions(world.state().join("locks"), mode).expect("mode");
                let lock = lock_of(&world);
                let lock = lock.display().to_string();
                let mut command = world.injected(&inject, &["-P", &lock], &["refresh"]);
                command.output().expect("strace runs")
            }
            false => world.run_injected(&inject, &["refresh"]),
        };
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{row} {inject}: {words}");
        assert_eq!(vendor.requests().len(), requests, "{row} {inject}");
        assert!(!words.contains(crate::world::CANARY), "{row} {inject}: {words}");
        assert_eq!(output.stdout.is_empty(), exit != 0, "{row} {inject}");
        if exit == 7 {
            // The last resort: what stderr said is all that is left of the new login.
            let sealed =
                words.lines().find_map(|line| line.strip_prefix("sealed: ")).expect("the sealed record");
            // Twice, because a write whose sync failed may have come through after all.
            world.run_with(&["recover", "--stdin", "-p", "fbox"], sealed).succeeds();
            let again = world.run_with(&["recover", "--stdin", "-p", "fbox"], sealed).succeeds();
            assert_eq!(again.stdout, "fbox: the sealed credential is there already\n");
        }
        let left = if requests == 0 { Left::Nothing } else { Left::Successor };
        assert_eq!(look(&world, &vendor, &inject), left, "{row} {inject}");
    }
}

#[test]
fn f23_a_token_saved_from_a_broken_answer_survives_a_failing_disk_too() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    vendor.misbehave(Fault::Truncate { at: vendor.current().answer.to_string().len() - 1 });
    let output = world.run_injected(&Moment::Answer.inject_from("error=EIO"), &["refresh"]);
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let sealed = words.lines().find_map(|line| line.strip_prefix("sealed: ")).expect("the sealed record");
    world.run_with(&["recover", "--stdin", "-p", "fbox"], sealed).succeeds();
    world.run(&["token"]).succeeds();
    assert!(vendor.reused().is_empty(), "the saved token was presented, not the spent one");
}

/// An answer that nobody could read yet may hold the new refresh token: it too is printed sealed.
#[test]
fn f23_p9_an_unreadable_answer_survives_a_failing_journal() {
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::with(store, &vendor);
        vendor.misbehave(Fault::edit(|answer| serde_json::json!({ "data": answer })));
        let output = world.run_injected(&Moment::Answer.inject_from("error=EIO"), &["refresh"]);
        assert_eq!(output.status.code(), Some(7), "{output:?}");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!words.contains(crate::world::CANARY), "{words}");
        let sealed = words.lines().find_map(|line| line.strip_prefix("sealed: ")).expect("the sealed record");
        world.run_with(&["recover", "--stdin", "-p", "fbox"], sealed).succeeds();
        world.run(&["refresh"]).exits(8).says("kept sealed");
        world.change("dialect = \"fbox\"", "dialect = \"mended\"");
        world.add("[dialects.mended]\nextends = \"fbox\"\n[dialects.mended.exchanges.refresh.answer]\naccess_token = \"/data/access_token\"\nrefresh_token = \"/data/refresh_token\"\n");
        world.run(&["recover", "-p", "fbox"]).succeeds();
        world.run(&["token"]).succeeds().prints(&format!("{}\n", vendor.current().access_token));
        assert_eq!(vendor.requests().len(), 1);
    }
}

/// Into the keyring directly, though the journal is gone: a warning, or exit 7 if asked for.
#[test]
fn f23_f25_a_journal_that_fails_after_the_answer_is_no_loss_on_the_keyring() {
    for (inject, arguments, exit) in [
        (Moment::Answer.inject_from("error=EROFS"), &["refresh"][..], 0),
        (Moment::AnswerSynced.inject_from("error=EIO"), &["refresh"], 0),
        (Moment::Answer.inject_from("error=EIO"), &["refresh", "--strict-store"], 7),
    ] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(On::Keyring, &vendor);
        let output = world.run_injected(&inject, arguments);
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{inject}: {words}");
        assert_eq!(words.contains("warning: "), exit == 0, "{inject}: {words}");
        assert_eq!(output.stdout.is_empty(), exit != 0, "{inject}");
        assert_eq!(look(&world, &vendor, &inject), Left::Successor, "{inject}");
        assert_eq!(vendor.requests().len(), 1, "{inject}");
    }
}

#[test]
fn f29_a_journal_deleted_by_its_user() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    world.run(&["token"]).succeeds();
    fs::remove_file(journal_of(&world)).expect("removed");
    world.run(&["token"]).exits(4).says("there is no credential").says("tokcli import");
    world.run(&["refresh"]).exits(4);
    assert_eq!(vendor.requests().len(), 1);
    // On the keyring the item alone is enough: `keyring::f29_a_lost_journal_is_made_anew_from_the_keyring`.
}

/// The intent in the journal stops the second run where the lock no longer does. A class
/// that may replay at once is not protected from this: it is the one residual.
#[test]
fn f30_a_lock_file_deleted_under_its_holder() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let (first, latch) = held(&world, &vendor);
    fs::remove_file(lock_of(&world)).expect("removed");
    world.run(&["refresh"]).exits(8);
    latch.open();
    assert!(first.wait_with_output().expect("it ends").status.success());
    assert_eq!(vendor.requests().len(), 1);
    assert_eq!(look(&world, &vendor, "F30"), Left::Successor);
}

#[test]
fn f32_a_holder_that_hangs_lets_nobody_spend() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let (holder, latch) = held(&world, &vendor);
    stop(&holder);
    latch.open();
    let waiter = world.run(&["token", "--deadline", "1s", "--json"]).exits(5).keeps_to(1.0);
    assert_eq!(waiter.error()["code"], "busy");
    assert!(waiter.seconds > 0.9, "{} s", waiter.seconds);
    signal(holder.id(), "CONT");
    assert!(holder.wait_with_output().expect("it ends").status.success());
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn f55_a_refresh_token_that_stays_the_same_is_not_rotated_but_counted() {
    let options = Options { rotates: false, ..Options::default() };
    let vendor = StandIn::start_with(Vendor::Fbox, options);
    let world = World::with(On::File, &vendor);
    let tokens: Vec<_> = (0..3).map(|_| world.run(&["refresh"]).succeeds().stdout).collect();
    assert!(tokens[0] != tokens[1] && tokens[1] != tokens[2]);
    assert_eq!(vendor.requests().len(), 3);
    world.run(&["token"]).succeeds().prints(&tokens[2]);
}

#[test]
fn f57_an_old_state_directory_is_brought_up_to_the_keyring() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    world.run(&["refresh"]).succeeds();
    let old = fs::read(journal_of(&world)).expect("read");
    let token = world.run(&["refresh"]).succeeds().stdout;
    world.run(&["refresh"]).succeeds();
    fs::write(journal_of(&world), old).expect("restored");
    let now = world.run(&["token"]).succeeds().stdout;
    assert!(now != token && vendor.accepts(now.trim()), "the keyring's copy is the newest");
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 4);
}

#[test]
fn f57_where_both_copies_are_old_a_person_must_log_in() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_reuse();
    let world = World::with(On::File, &vendor);
    let old = fs::read(journal_of(&world)).expect("read");
    world.run(&["refresh"]).succeeds();
    fs::write(journal_of(&world), old).expect("restored");
    world.run(&["refresh"]).exits(4).says("log in again");
}

#[test]
fn f59_forgotten_during_a_refresh_it_stays_forgotten() {
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(store, &vendor);
        let (refresh, latch) = held(&world, &vendor);
        world.run(&["logout", "--local", "--deadline", "0"]).exits(5).says("busy");
        let mut logout = world.queue(&["logout", "--local"], "");
        latch.open();
        assert!(logout.wait().expect("it ends").success());
        assert!(refresh.wait_with_output().expect("it ends").status.success());
        world.run(&["token"]).exits(4);
        world.run(&["refresh"]).exits(4);
        assert_eq!(vendor.requests().len(), 1);
    }
}

#[test]
fn f60_a_new_login_during_a_refresh_wins() {
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(store, &vendor);
        let (refresh, latch) = held(&world, &vendor);
        let login = vendor.login().refresh_token;
        let mut import = world.queue(&["import", "--replace"], &login);
        latch.open();
        assert!(import.wait().expect("it ends").success());
        assert!(refresh.wait_with_output().expect("it ends").status.success());
        world.run(&["refresh"]).succeeds();
        assert_eq!(vendor.sends_of(&login), 1, "the next refresh presents the new login");
    }
}

/// P14: in each run one request, whatever the vendor does to it.
#[test]
fn p14_one_run_sends_once() {
    for fault in [
        Fault::DropAfterRead,
        Fault::ResetAfterRead,
        Fault::CutMidHeader,
        Fault::json(500, "{}"),
        Fault::json(503, "{}"),
        Fault::Raw(
            b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".to_vec(),
        ),
    ] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(On::File, &vendor);
        vendor.misbehave(fault);
        assert_ne!(world.run(&["refresh"]).code, Some(0));
        assert_eq!(vendor.requests().len(), 1);
    }
}

/// A refresh that strace stops at one system call, and that goes on when it is told to.
struct Stopped {
    strace: Child,
    trace: PathBuf,
}

impl Stopped {
    fn at(inject: &str, world: &World, arguments: &[&str]) -> Stopped {
        let trace = world.path().join("stops");
        let name = format!("trace={}", inject.split(':').next().expect("a call"));
        let fault = format!("inject={inject}");
        let options = ["-e", &name, "-e", &fault, "-o", trace.to_str().expect("UTF-8")];
        let mut command = world.strace(&options, arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let strace = command.spawn().expect("strace is installed (`make test` installs it)");
        Stopped { strace, trace }
    }

    fn wait(&self) {
        wait_for(|| fs::read_to_string(&self.trace).unwrap_or_default().contains("--- stopped by SIGSTOP"));
    }

    fn kill(&mut self) {
        for pid in children_of(self.strace.id()) {
            signal(pid, "KILL");
        }
        self.strace.wait().expect("it ends");
    }
}

/// A refresh whose answer the vendor holds back.
fn held(world: &World, vendor: &StandIn) -> (Child, Latch) {
    let latch = vendor.hold(1);
    let child = world.spawn(&["refresh"]);
    wait_for(|| vendor.requests().len() == 1);
    (child, latch)
}

/// A client has an open connection to it, and both ends are open.
fn is_connected(vendor: &StandIn) -> bool {
    !client_sockets(vendor).is_empty()
}

/// A refresh that the vendor holds, and that waits for its answer.
fn in_flight(world: &World, vendor: &StandIn, fault: Fault) -> Child {
    vendor.misbehave(fault);
    let child = world.spawn(&["refresh"]);
    wait_for(|| vendor.requests().len() == 1);
    child
}

pub fn children_of(parent: u32) -> Vec<u32> {
    let list = format!("/proc/{parent}/task/{parent}/children");
    let text = fs::read_to_string(list).expect("it lives");
    text.split_whitespace().map(|pid| pid.parse().expect("a pid")).collect()
}

fn only_file(world: &World, directory: &str) -> PathBuf {
    let mut files = Vec::new();
    crate::world::walk(&world.state().join(directory), &mut files);
    files.retain(|path| !path.ends_with("file-key.lock"));
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

fn journal_of(world: &World) -> PathBuf {
    only_file(world, "journal")
}

fn lock_of(world: &World) -> PathBuf {
    let stem = journal_of(world).with_extension("lock");
    world.state().join("locks").join(stem.file_name().expect("a name"))
}

/// A keyring with small items leaves the access token to the journal.
#[test]
fn f44_an_access_token_that_only_the_journal_holds() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    let token = world.run(&["token"]).succeeds().stdout;
    let item = world.service().lookup("fbox").stdout;
    let mut item: serde_json::Value = serde_json::from_slice(&item).expect("JSON");
    assert!(access(&mut item).is_object());
    record(&mut item)["accesses"] = serde_json::json!({});
    world.service().overwrite("fbox", item.to_string());
    world.run(&["token"]).succeeds().prints(&token);
    assert_eq!(vendor.requests().len(), 1);
    world.run(&["refresh"]).succeeds();
    world.run(&["recover"]).succeeds().prints("fbox: journal and store agree\n");
}

/// Another machine, or another state directory, was faster: its item is newer and stays.
#[test]
fn f57_b46_an_item_that_became_newer_meanwhile_is_not_overwritten() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    let (child, latch) = held(&world, &vendor);
    let item = world.service().lookup("fbox").stdout;
    let mut item: serde_json::Value = serde_json::from_slice(&item).expect("JSON");
    item["credential"]["generation"] = 9.into();
    world.service().overwrite("fbox", item.to_string());
    latch.open();
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("warning: "), "{output:?}");
    let after: serde_json::Value =
        serde_json::from_slice(&world.service().lookup("fbox").stdout).expect("JSON");
    assert_eq!(after["credential"]["generation"], 9);
}

/// A refused token is looked for in the store before a candidate is taken: the newer item stays.
#[test]
fn p11_a_newer_item_comes_before_a_candidate() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    let cut = "{\"refresh_token\":\"rt-canary-false\",\"access_tok";
    vendor.misbehave(Fault::Raw(format!("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{cut}").into_bytes()));
    world.run(&["refresh"]).exits(8);
    let (gate, latch) = Gate::shut();
    let refusal = b"HTTP/1.1 401 x\r\nContent-Length: 0\r\n\r\n".to_vec();
    vendor.misbehave(Fault::Acts(vec![Act::Wait(gate), Act::Send(refusal)]));
    let child = world.spawn(&["refresh", "--json"]);
    wait_for(|| vendor.requests().len() == 2);
    let live = vendor.login().refresh_token;
    let mut item = world.item("fbox");
    rotated(&mut item, &live);
    record(&mut item)["candidates"] = serde_json::json!([]);
    let held = serde_json::json!({ "held": record(&mut item) });
    item["credential"]["state"] = held;
    world.service().overwrite("fbox", item.to_string());
    latch.open();
    assert_eq!(child.wait_with_output().expect("it ends").status.code(), Some(5));
    assert_eq!(record(&mut world.item("fbox"))["refresh_token"], live.as_str());
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.sends_of(&live), 1);
}
