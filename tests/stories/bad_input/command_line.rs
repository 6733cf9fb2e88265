//! Entries 50 to 59: arguments, the three standard descriptors, limits, and whose process it is.

use std::fs;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use super::{STRANGER, waiting};
use crate::configuration::GOOD;
use crate::matrix::children_of;
use crate::moments::Moment;
use crate::sequence::wait_for;
use crate::shim::{Shim, is_root, passwd};
use crate::stand_in::{StandIn, Vendor};
use crate::world::{CANARY, On, World, entry};

#[test]
fn b50_profiles_and_flags_that_are_not_there_or_twice() {
    let mut world = World::on(On::File);
    world.write("profiles.toml", GOOD);
    for (arguments, exit, words) in [
        (&["token", "--profile"][..], 2, "a value is required for '--profile"),
        (&["token", "-p"], 2, "a value is required for '--profile"),
        (&["token", "--config", ""], 2, "a value is required for '--config"),
        (&["token", "--config"], 2, "a value is required for '--config"),
        (&["token", "-p", "a", "--profile", "a"], 2, "cannot be used multiple times"),
        // One before and one after the command: the nearer one counts.
        (&["-p", "a", "token", "-p", "nobody"], 3, "no such profile"),
        (&["-p", "nobody", "token", "-p", "a"], 4, "there is no credential"),
        (&["token", "-p", "--json"], 2, "--profile"),
        (&["token", "--profile="], 3, "`--profile` is empty"),
        (&["token", "--profile=--json"], 3, "no such profile; there are a"),
        (&["token", "--profile=a "], 3, "no such profile"),
        (&["tokens"], 2, "unrecognized subcommand"),
        (&["Token"], 2, "unrecognized subcommand"),
        (&["dialect", "canary"], 2, "unrecognized subcommand"),
        (&["token", "--", "canary"], 2, "unexpected argument"),
        (&["token", "--deadline"], 2, "a value is required for '--deadline"),
    ] {
        let ended = world.run(arguments).exits(exit).says(words);
        assert!(!ended.stderr.contains("...e..."), "{}", ended.stderr);
    }
    assert!(!world.state().exists());
    world.set("TOKCLI_PROFILE", "b");
    world.run(&["token"]).exits(3).says("no such profile");
    world.run(&["token", "-p", "a"]).exits(4);
}

#[test]
fn b50_a_deadline_of_zero_never_waits() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let (held, child) = waiting(&world);
    world.run(&["refresh", "--deadline", "0"]).exits(5).says("busy").keeps_to(0.0);
    drop(held);
    assert!(child.wait_with_output().expect("it ends").status.success());
    world.run(&["refresh", "--deadline", "0"]).succeeds();
}

#[test]
fn b52_standard_input_of_every_kind() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let mut world = World::on(On::File);
    world.profile(&vendor);
    fs::write(world.path().join("binary"), b"rt-\xff\xfe\x80").expect("written");
    for (setup, code, words, answer_words) in [
        (
            "exec <&-",
            3,
            "there is no refresh token on standard input",
            "there is no token answer on standard input",
        ),
        (
            "exec </dev/null",
            3,
            "there is no refresh token on standard input",
            "there is no token answer on standard input",
        ),
        ("exec < <(head -c 10485760 /dev/zero)", 3, "larger than 256 KiB", "larger than 256 KiB"),
        ("exec </dev/zero", 3, "larger than 256 KiB", "larger than 256 KiB"),
        ("exec <binary", 3, "is not UTF-8", "is not UTF-8"),
        ("exec <.", 3, "cannot be read", "cannot be read"),
        ("exec < <(printf 'rt-canary\\r\\n\\r\\n')", 3, "line break", "is not JSON"),
        ("exec < <(printf '\\357\\273\\277rt-canary')", 0, "imported", "is not JSON"),
        ("exec < <(printf 'rt-canary\\r\\n')", 0, "is already this one", "is not JSON"),
        ("exec < <(printf 'rt-canary\\n')", 0, "is already this one", "is not JSON"),
        ("exec < <(printf 'rt-canary')", 0, "is already this one", "is not JSON"),
    ] {
        world.run_after(setup, &["import", "--replace"]).exits(code).says(words);
        world.run_after(setup, &["import", "--replace", "--answer"]).exits(3).says(answer_words);
    }
}

#[test]
fn b52_a_terminal_gets_a_prompt_that_does_not_echo() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    world.profile(&vendor);
    let line = format!("{} import", env!("CARGO_BIN_EXE_tokcli"));
    let mut script = world
        .command_of("script", &["-qefc", &line, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script runs");
    let (mut typing, mut screen) =
        (script.stdin.take().expect("piped"), script.stdout.take().expect("piped"));
    let mut shown = Vec::new();
    while !String::from_utf8_lossy(&shown).contains("refresh token: ") {
        let mut byte = [0];
        assert!(screen.read(&mut byte).expect("a screen") == 1, "{}", String::from_utf8_lossy(&shown));
        shown.push(byte[0]);
    }
    // The prompt comes before the echo is off.
    let terminal = || fs::read_link(format!("/proc/{}/fd/0", children_of(script.id()).first()?)).ok();
    wait_for(|| {
        let Some(terminal) = terminal() else { return false };
        let modes = Command::new("stty").arg("-a").arg("-F").arg(terminal).output().expect("stty runs");
        String::from_utf8_lossy(&modes.stdout).split_whitespace().any(|word| word == "-echo")
    });
    typing.write_all(format!("{}\n", vendor.login().refresh_token).as_bytes()).expect("typed");
    let status = script.wait().expect("it ends");
    screen.read_to_end(&mut shown).expect("the rest");
    let shown = String::from_utf8_lossy(&shown).into_owned();
    assert!(status.success() && shown.contains("imported"), "{shown}");
    assert!(!shown.contains(CANARY), "{shown}");
    world.run(&["token"]).succeeds();
}

/// The redirections that close these of the three.
fn closing(which: u32) -> String {
    (0..3).filter(|fd| which & (1 << fd) != 0).map(|fd| format!("exec {fd}<&-\n")).collect()
}

#[test]
fn b53_descriptors_that_were_closed_at_the_start_are_nobodys_file() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    for which in 1..8 {
        // A closed one is like /dev/null (the runtime opens that in its place): no file of ours can become it.
        let ended = world.run_after(&closing(which), &["refresh", "-v"]).succeeds();
        let token = format!("{}\n", vendor.current().access_token);
        assert_eq!(ended.stdout, if which & 2 == 0 { token.clone() } else { String::new() });
        assert_eq!(ended.stderr.is_empty(), which & 4 != 0);
        world.run(&["token"]).succeeds().prints(&token);
        world.run_after(&closing(which), &["token", "-p", "nobody"]).exits(3);
        world.run_after(&closing(which | 1), &["import"]).exits(3);
        assert_eq!(vendor.requests().len(), which as usize);
        world.run(&["recover"]).succeeds().prints("fbox: journal and store agree\n");
    }
    world.assert_nothing_in_the_clear();
}

#[test]
fn b53_a_stderr_that_takes_nothing_changes_nothing_else() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    for setup in ["exec 2>/dev/full", "exec 2> >(exec <&-)\nsleep 0.1"] {
        world
            .run_after(setup, &["refresh", "-v"])
            .succeeds()
            .prints(&format!("{}\n", vendor.current().access_token));
        world.run_after(setup, &["token", "-p", "nobody"]).exits(3).says_nothing_on_stdout();
        world.run_after(setup, &["nonsense"]).exits(2);
    }
    let world = World::with(On::File, &vendor);
    world.run_after("exec >/dev/full", &["token", "--json"]).exits(1);
    world.run_after("exec >/dev/full", &["--help"]).exits(1);
    world.run_after("exec >/dev/full", &["status"]).exits(1).says("cannot write to standard output");
}

/// The sealed text of a run that could store nothing.
fn sealed(world: &World) -> String {
    let output = world.run_injected(&Moment::Answer.inject_from("error=EIO"), &["refresh", "-p", "fbox"]);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(7), "{words}");
    assert!(!words.contains(CANARY));
    words.lines().find_map(|line| line.strip_prefix("sealed: ")).expect("the sealed record").to_owned()
}

#[test]
fn b57_sealed_texts_of_others_and_of_long_ago() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    world.add(&entry(&vendor, "other", On::File));
    world.run_with(&["import", "-p", "other"], &vendor.login().refresh_token).succeeds();
    let elsewhere = World::with(On::File, &vendor);
    let recover = |name: &str, text: &str| world.run_with(&["recover", "--stdin", "-p", name], text);
    let ours = sealed(&world);
    let theirs = sealed(&elsewhere);
    for (text, words) in [
        ("", "there is no sealed text"),
        ("not base64!", "is not a sealed text"),
        ("rt-canary", "is not a sealed text"),
        ("AAAA", "belongs to another credential, or is damaged"),
        (&ours[..ours.len() / 2 / 4 * 4], "belongs to another credential, or is damaged"),
        (&theirs, "belongs to another credential, or is damaged"),
    ] {
        recover("fbox", text).exits(3).says(words);
    }
    recover("other", &ours).exits(3).says("belongs to another credential, or is damaged");
    recover("fbox", &format!("sealed: {ours}\n")).succeeds();
    recover("fbox", &ours).succeeds();
    world.run(&["token", "-p", "fbox"]).succeeds();
    world.run(&["refresh", "-p", "fbox"]).succeeds();
    recover("fbox", &ours).exits(3).says("as new as the sealed one, or newer");
    assert!(vendor.reused().is_empty());
}

#[test]
fn b58_few_descriptors() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let mut worked = 0;
    for limit in 3..16 {
        let requests = vendor.requests().len();
        let ended = world.run_after(&format!("ulimit -n {limit}"), &["refresh"]);
        let sent = vendor.requests().len() - requests;
        match ended.code {
            Some(0) => worked += 1,
            // The loader's own: tokcli has not begun.
            Some(127) => assert_eq!(sent, 0),
            code => assert!(matches!(code, Some(1 | 3 | 5 | 6)) && sent == 0, "{limit}: {ended:#?}"),
        }
        world.run(&["refresh"]).succeeds();
    }
    assert!(worked > 0, "some of these limits are enough");
}

#[test]
fn b58_little_memory() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let mut ended_well = 0;
    // What dies for want of memory does so before it sends.
    for megabytes in (8..96).step_by(4) {
        let requests = vendor.requests().len();
        let setup = format!("ulimit -c 0; ulimit -v {}", megabytes << 10);
        let output = world
            .command_of(
                "bash",
                &["-c", &format!("{setup}; exec \"$0\" refresh"), env!("CARGO_BIN_EXE_tokcli")],
            )
            .output()
            .expect("bash runs");
        ended_well += usize::from(output.status.success());
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!words.contains(CANARY), "{words}");
        assert!(output.status.success() || vendor.requests().len() == requests, "{megabytes} MiB: {words}");
        world.run(&["refresh"]).succeeds();
    }
    assert!(ended_well > 0, "some of these limits are enough");
}

#[test]
fn b58_as_somebody_else_and_at_the_back_of_the_queue() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    let nice = ["-n", "19", env!("CARGO_BIN_EXE_tokcli"), "refresh"];
    world.end(world.command_of("nice", &nice), &["refresh"], "").succeeds();
    // Set-user-id, or `sudo -u`: neither the caller's configuration nor their files are the effective user's.
    let shim = Shim::build(&world);
    shim.user(&mut world, STRANGER);
    let exit = if is_root() { 6 } else { 3 };
    for command in ["token", "refresh"] {
        world.run(&[command]).exits(exit).says("belongs to another user");
    }
    world.set("LD_PRELOAD", "");
    assert_eq!(vendor.requests().len(), 1);
    // sudo that leaves HOME: the journal is the effective user's all the same.
    let home = world.path().join("root-home");
    fs::create_dir(&home).expect("made");
    passwd(&mut world, &format!("root:x:{}:0::{}:/bin/sh\n", crate::shim::own_uid(), home.display()));
    world.set("TOKCLI_STATE_DIR", "");
    world.run_with(&["import"], &vendor.login().refresh_token).succeeds();
    assert!(home.join(".local/state/tokcli/file.key").exists());
    assert!(!world.path().join(".local").exists(), "nothing of root's is left in the user's home");
}
