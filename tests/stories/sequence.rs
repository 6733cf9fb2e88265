//! The order of the one hard sequence, seen from outside: by strace, by the
//! vendor, and by killing the program at its worst moments.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::stand_in::{StandIn, Vendor};
use crate::world::{LEGIBLE, On, PATIENCE, Since, World};

/// The system calls of a run, in order.
fn trace(world: &World, arguments: &[&str]) -> Vec<String> {
    let file = world.path().join("trace");
    let mut all = vec![
        "-f",
        "-qq",
        "-s",
        "1000",
        "-e",
        "trace=pwrite64,fdatasync,fsync,connect,sendto,write,writev,sendmsg,recvfrom,recvmsg,read,flock,shutdown,close,openat,renameat,rename,mkdir,mkdirat,unlink,unlinkat,ftruncate,fallocate,prctl,execve",
        "-e",
        LEGIBLE,
        "-o",
    ];
    let path = file.display().to_string();
    all.extend([path.as_str(), env!("CARGO_BIN_EXE_tokcli")]);
    all.extend(arguments);
    let output = world
        .command_of("strace", &all)
        .stdin(Stdio::null())
        .output()
        .expect("strace is installed (`make test` installs it)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // `PID name(arguments) = result`
    let text = std::fs::read_to_string(&file).expect("trace");
    text.lines().map(|line| line.split_once(' ').expect("pid").1.trim().to_owned()).collect()
}

#[test]
fn p3_p6_intent_before_the_first_byte_and_the_answer_sealed_right_after_the_last() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let calls = trace(&world, &["refresh"]);
    let position = |from: usize, what: &str| {
        from + calls[from..]
            .iter()
            .position(|call| call.starts_with(what))
            .unwrap_or_else(|| panic!("{what} after {from}: {calls:#?}"))
    };
    let locked = position(0, "flock(");
    let connected = position(locked, "connect(");
    let intent = position(connected, "pwrite64(");
    let durable = position(intent, "fdatasync(");
    let sent =
        durable + calls[durable..].iter().position(|call| call.contains("POST /idserver")).expect("sent");
    assert!(
        calls[..durable].iter().all(|call| !call.contains("POST /idserver")),
        "nothing is sent before the intent is durable"
    );
    let answered =
        sent + calls[sent..].iter().position(|call| call.contains("HTTP/1.1 200")).expect("answered");
    let sealed = position(answered, "pwrite64(");
    let safe = position(sealed, "fdatasync(");
    let record = position(safe, "pwrite64(");
    let saved = position(record, "fdatasync(");
    let printed =
        saved + calls[saved..].iter().position(|call| call.starts_with("write(1,")).expect("printed");
    assert!(
        calls[..printed].iter().all(|call| !call.starts_with("write(1,")),
        "nothing is printed before it is saved"
    );
    // Only the client ending its connection may stand between the last byte and the seal.
    for call in &calls[answered + 1..sealed] {
        assert!(
            ["recvfrom(", "read(", "shutdown(", "close(", "write("]
                .iter()
                .any(|harmless| call.starts_with(harmless)),
            "between answer and seal: {call}"
        );
        assert!(!call.starts_with("write(1,") && !call.starts_with("write(2,"));
    }
}

/// A message on the bus that changes an item.
fn writes_item(call: &str) -> bool {
    ["SetSecret", "CreateItem"].iter().any(|member| call.contains(member))
}

#[test]
fn p3_p6_on_the_keyring_the_item_takes_the_intent_before_anything_is_connected() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    let calls = trace(&world, &["refresh"]);
    let position = |from: usize, what: &str, wanted: &dyn Fn(&str) -> bool| {
        let found = calls[from..].iter().position(|call| wanted(call));
        from + found.unwrap_or_else(|| panic!("{what} after {from}: {calls:#?}"))
    };
    let starts = |from: usize, name: &str| position(from, name, &|call| call.starts_with(name));
    let locked = starts(0, "flock(");
    let proven = position(locked, "the item's write", &writes_item);
    let acknowledged = starts(proven, "recvmsg(");
    let connected = position(acknowledged, "a connection", &|call| {
        call.starts_with("connect(") && call.contains("sa_family=AF_INET")
    });
    let intent = starts(connected, "pwrite64(");
    let durable = starts(intent, "fdatasync(");
    let sent = position(durable, "the request", &|call| call.contains("POST /idserver"));
    let answered = position(sent, "the answer", &|call| call.contains("HTTP/1.1 200"));
    let sealed = starts(answered, "pwrite64(");
    let safe = starts(sealed, "fdatasync(");
    let record = starts(safe, "pwrite64(");
    let saved = starts(record, "fdatasync(");
    let mirrored = position(saved, "the item's second write", &writes_item);
    let printed = starts(mirrored, "write(1,");
    let writes: Vec<usize> = (0..calls.len()).filter(|at| writes_item(&calls[*at])).collect();
    assert_eq!(writes, [proven, mirrored], "the item is written twice");
    assert!(
        !calls[..connected].iter().any(|call| call.contains("sa_family=AF_INET"))
            && !calls[..durable].iter().any(|call| call.contains("POST /idserver"))
            && !calls[..printed].iter().any(|call| call.starts_with("write(1,")),
        "{calls:#?}"
    );
    // Neither the bus nor a lock stands between answer and seal.
    for call in &calls[answered + 1..sealed] {
        let harmless = ["recvfrom(", "read(", "shutdown(", "close(", "write("];
        assert!(harmless.iter().any(|name| call.starts_with(name)), "between answer and seal: {call}");
    }
}

#[test]
fn p13_a_valid_token_takes_no_lock_no_network_and_no_write() {
    for (store, asked) in [
        (On::File, &["token"][..]),
        (On::File, &["token", "--no-cache"]),
        (On::Keyring, &["token"]),
        (On::Keyring, &["token", "--no-cache"]),
    ] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(store, &vendor);
        world.run(&["token"]).succeeds();
        // The configuration has been written too short a time ago before.
        std::thread::sleep(Duration::from_millis(80));
        world.run(&["token"]).succeeds();
        let calls = trace(&world, asked);
        let cached = !calls.iter().any(|call| call.starts_with("execve(") && call.contains("tokcli-engine"));
        assert_eq!(cached, asked.len() == 1 && world.is_cached(), "{calls:#?}");
        for forbidden in [
            "flock(",
            "pwrite64(",
            "fdatasync(",
            "fsync(",
            "rename",
            "mkdir",
            "unlink",
            "ftruncate(",
            "fallocate(",
        ] {
            assert!(!calls.iter().any(|call| call.starts_with(forbidden)), "{forbidden}: {calls:#?}");
        }
        let bus = |call: &&String| call.starts_with("connect(") && call.contains("sa_family=AF_UNIX");
        let connects = calls.iter().filter(|call| call.starts_with("connect(")).count();
        assert_eq!(connects, calls.iter().filter(bus).count(), "{calls:#?}");
        assert_eq!(connects > 0, store == On::Keyring && !cached, "{calls:#?}");
        assert!(!calls.iter().any(|call| writes_item(call)), "the item is not written: {calls:#?}");
        for write in ["O_CREAT", "O_WRONLY", "O_RDWR", "O_TRUNC"] {
            let opened = calls.iter().find(|call| call.starts_with("openat(") && call.contains(write));
            assert_eq!(opened, None, "no file is opened to be written");
        }
        assert!(!calls.iter().any(|call| call.contains("/etc/ssl")), "no certificates are loaded");
    }
}

#[test]
fn f4_killed_while_the_answer_is_on_its_way_it_asks_again_only_after_it_settled() {
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(store, &vendor);
        let _silent = vendor.keep_silent();
        let begun = Since::now();
        let mut child = world.spawn(&["refresh"]);
        wait_for(|| vendor.requests().len() == 1);
        child.kill().expect("ours");
        child.wait().expect("it ends");
        let error = world.run(&["refresh", "--json"]).exits(8).error();
        assert_eq!(error["code"], "no_answer");
        begun.assert_left(&error["retry_after"], 60);
        assert_eq!(world.run(&["status", "--json"]).succeeds().object()["profiles"][0]["state"], "uncertain");
        assert_eq!(vendor.sends_of(&vendor.current().refresh_token), 1, "nobody asked again meanwhile");
    }
}

/// Whoever starts the tests in the background may have made them ignore some of these.
#[test]
fn f13_a_signal_takes_effect_after_the_new_token_is_stored() {
    for (name, number) in
        [("TERM", 15), ("INT", 2), ("HUP", 1), ("QUIT", 3), ("ALRM", 14), ("USR1", 10), ("XCPU", 24)]
    {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(On::File, &vendor);
        let held = vendor.hold(1);
        let mut command =
            world.command_of("env", &["--default-signal", env!("CARGO_BIN_EXE_tokcli"), "refresh"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("env runs (coreutils)");
        wait_for(|| !vendor.requests().is_empty());
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &child.id().to_string()])
            .status()
            .expect("kill runs");
        assert!(sent.success());
        held.open();
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&output.status), Some(number), "{output:?}");
        assert!(output.stdout.is_empty());
        world.run(&["token"]).succeeds().prints(&format!("{}\n", vendor.current().access_token));
        assert_eq!(vendor.requests().len(), 1, "SIG{name} lost nothing");
    }
}

#[test]
fn f17_f18_b53_a_closed_or_full_stdout_loses_nothing() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let output = world
        .command(&["refresh"])
        .stdin(Stdio::null())
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write to standard output"));
    world.run(&["token"]).succeeds().prints(&format!("{}\n", vendor.current().access_token));

    let mut child = world.spawn(&["refresh"]);
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), output.stderr.len()), (Some(1), 0), "a closed pipe is a silent exit 1");
    world.run(&["token"]).succeeds().prints(&format!("{}\n", vendor.current().access_token));
    assert_eq!(vendor.requests().len(), 2);
}

#[track_caller]
pub fn wait_for(mut condition: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < until, "it never came to pass");
        std::thread::sleep(Duration::from_millis(5));
    }
}
