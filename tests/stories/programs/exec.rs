//! `exec`: a command that has a token, and is otherwise just as if its caller had started it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Output, Stdio};

use crate::audiences;
use crate::config_edit::Screen;
use crate::secret_service::signal;
use crate::sequence::wait_for;
use crate::stand_in::{StandIn, Vendor};
use crate::world::{CANARY, On, World};

/// Words that are not all UTF-8 among them.
fn run(world: &World, arguments: &[impl AsRef<OsStr>]) -> Output {
    let output = world.command(arguments).output().expect("tokcli runs");
    assert!(!String::from_utf8_lossy(&output.stderr).contains(CANARY), "a secret on stderr");
    output
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn fbox() -> (StandIn, World) {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    (vendor, world)
}

/// The value in what `env -0` shows.
fn value<'a>(shown: &'a str, name: &str) -> Option<&'a str> {
    shown.split('\0').find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
}

#[test]
fn several_profiles_give_each_what_is_asked_of_it() {
    let vendor = audiences::vendor();
    let mut world = audiences::world(On::File, &vendor);
    world.set("KEPT", "a 'b'\n$c");
    let line = "exec -p mail --env A --env H=header -p files --env B=json --fd 7 -p mail --fd 0 -- sh -c";
    let words: Vec<&str> = line.split(' ').chain(["cat; cat <&7; env -0"]).collect();
    let output = run(&world, &words);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let shown = text(&output);
    let (first, rest) = shown.split_once('\n').expect("from standard input");
    let (second, rest) = rest.split_once('\n').expect("from 7");
    let mail = value(rest, "A").expect("set");
    assert_eq!(vendor.scope_of(mail).as_deref(), Some("mail"));
    assert_eq!(value(rest, "H"), Some(&*format!("Authorization: Bearer {mail}")));
    assert_eq!(first, mail);
    let files: serde_json::Value = serde_json::from_str(value(rest, "B").expect("set")).expect("JSON");
    assert_eq!((files["version"].as_i64(), files["profile"].as_str()), (Some(1), Some("files")));
    assert_eq!(files["access_token"], second);
    assert_eq!(vendor.scope_of(second).as_deref(), Some("files"));
    // Of the secret's own variable nothing is left, all else is as it was.
    assert_eq!(value(rest, "OAUTH2_SECRET"), None);
    assert!(!rest.contains(vendor.client_secret()));
    assert_eq!(value(rest, "KEPT"), Some("a 'b'\n$c"));
    assert_eq!(value(rest, "PATH"), Some(env!("PATH")));
    assert_eq!(value(rest, "TOKCLI_TOKEN"), None);
}

#[test]
fn without_a_place_it_is_tokcli_token_and_one_request() {
    let (vendor, world) = fbox();
    for _ in 0..2 {
        let token = text(&run(&world, &["exec", "--", "printenv", "TOKCLI_TOKEN"]));
        assert!(vendor.accepts(token.trim_end()), "{token}");
    }
    assert_eq!(vendor.requests().len(), 1);
    // What runs long may ask for one that is fresh.
    let token = text(&run(&world, &["exec", "--fresh", "--", "printenv", "TOKCLI_TOKEN"]));
    assert!(vendor.accepts(token.trim_end()), "{token}");
    assert_eq!(vendor.requests().len(), 1);
    world.assert_nothing_in_the_clear();
}

#[test]
fn arguments_and_the_name_arrive_to_the_byte() {
    let (_vendor, world) = fbox();
    let odd: &[&[u8]] = &[b"\xff\xfe", b"", b" ", b"-p", b"--", b"a'b\"c$d\\\n", b"--env", b"\xc3"];
    let odd: Vec<&OsStr> = odd.iter().map(|word| OsStr::from_bytes(word)).collect();
    let name = OsStr::from_bytes(b"./show\xff");
    let file = world.path().join(name);
    fs::copy("/bin/cat", &file).expect("copied");
    let first: Vec<&OsStr> = ["exec", "--"].map(OsStr::new).into_iter().chain([name]).collect();
    let words = [first, vec![OsStr::new("--"), OsStr::new("/proc/self/cmdline")], odd.clone()].concat();
    let output = world.command(&words).output().expect("it runs");
    let mut wanted = b"./show\xff\0--\0/proc/self/cmdline\0".to_vec();
    for word in &odd {
        wanted.extend_from_slice(word.as_bytes());
        wanted.push(0);
    }
    // It fails at files that are not there, but shows the first.
    assert_eq!(output.stdout.get(..wanted.len()), Some(&*wanted), "{output:?}");
}

#[test]
fn its_status_is_that_of_the_command() {
    let (_vendor, world) = fbox();
    for code in [0, 1, 3, 8, 126, 127, 255] {
        let output = run(&world, &["exec", "--", "sh", "-c", &format!("exit {code}")]);
        assert_eq!(output.status.code(), Some(code));
        assert!(output.stderr.is_empty());
    }
    for name in ["TERM", "INT", "KILL", "HUP", "PIPE", "XFSZ", "USR1"] {
        let output = run(&world, &["exec", "--", "sh", "-c", &format!("ulimit -c 0; kill -{name} $$")]);
        assert!(output.status.signal().is_some(), "{name}: {output:?}");
    }
}

#[test]
fn b54_what_cannot_be_run_is_told_as_shells_tell_it() {
    let (_vendor, world) = fbox();
    world.write("plain", "no program\n");
    fs::create_dir(world.path().join("directory")).expect("made");
    for (command, code, word) in [
        ("no-such-command", 127, "not_found"),
        ("./nothing", 127, "not_found"),
        ("A=B", 127, "not_found"),
        ("", 127, "not_found"),
        ("./plain", 126, "not_executable"),
        ("./directory", 126, "not_executable"),
    ] {
        let output = run(&world, &["--json", "exec", "--", command, "x"]);
        assert_eq!((output.status.code(), text(&output).as_str()), (Some(code), ""), "{output:?}");
        let told: serde_json::Value = serde_json::from_slice(&output.stderr).expect("one object");
        assert_eq!(
            (told["error"]["code"].as_str(), told["error"]["exit"].as_i64()),
            (Some(word), Some(code.into()))
        );
    }
    let output = run(&world, &["exec", "--", "no-such-command"]);
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "tokcli: error: cannot run `no-such-command`: no such file or directory\n"
    );
    for line in [&["exec"][..], &["exec", "--"], &["exec", "true"], &["exec", "--fd", "1", "--", "true"]] {
        assert_eq!(run(&world, line).status.code(), Some(2), "{line:?}");
    }
}

#[test]
fn whatever_is_wrong_before_starts_nothing() {
    let (vendor, world) = fbox();
    vendor.expire_login();
    let output = run(&world, &["exec", "--", "touch", "ran"]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(output.stdout.is_empty() && !world.path().join("ran").exists());
    let (_vendor, mut world) = fbox();
    world.add("[profiles.nobody]\ndialect = \"oauth2\"\nstore = \"file\"\ntoken_url = \"http://127.0.0.1:9/token\"\nclient_id = \"c\"\n");
    for (options, code) in [
        (&["-p", "nobody"][..], 4),
        (&["-p", "unknown"], 3),
        (&["-p", ""], 3),
        (&["-p", "fbox", "--env", "A", "-p", "nobody", "--env", "B"], 4),
        (&["--config", "none.toml"], 3),
        (&["-p", "fbox", "--env", "A", "--fd", "3", "--env", "A"], 3),
        (&["-p", "fbox", "--fd", "3", "--fd", "3"], 3),
        (&["-p", "fbox", "--fd", "100000000"], 3),
    ] {
        let output = run(&world, &[&["exec"], options, &["--", "touch", "ran"]].concat());
        assert_eq!(output.status.code(), Some(code), "{options:?}: {output:?}");
        assert!(output.stdout.is_empty() && !world.path().join("ran").exists(), "{options:?}");
    }
}

/// The descriptors in a list of `ls`.
fn numbers(fds: &str) -> BTreeSet<u32> {
    fds.lines().filter_map(|line| line.split_once(" -> ")?.0.rsplit(' ').next()?.parse().ok()).collect()
}

#[test]
fn it_is_the_same_process_and_nothing_of_ours_is_left() {
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(store, &vendor);
        // As a shell hands it on: with a descriptor of its own, and one signal that it wants ignored.
        world.write("show.sh", "ls -l /proc/self/fd >fds; cat /proc/self/status >signals; echo $$");
        // What the shell started shows of itself, with `start` before it.
        let shown = |start: &str| {
            let setup = format!("exec 9</dev/null; trap '' HUP; echo $$; exec {start} sh show.sh");
            let words = ["-c", &setup, env!("CARGO_BIN_EXE_tokcli")];
            let output = world.command_of("bash", &words).output().expect("bash runs");
            assert!(output.status.success(), "{output:?}");
            let shown = text(&output);
            let ids: Vec<&str> = shown.split_whitespace().collect();
            assert_eq!(ids[0], ids[1], "it is one process");
            ["fds", "signals"].map(|file| fs::read_to_string(world.path().join(file)).expect("shown"))
        };
        let [alone_fds, alone] = shown("");
        let [fds, signals] = shown("\"$0\" exec --fd 5 --");
        let mut wanted = numbers(&alone_fds);
        assert!(wanted.contains(&9) && wanted.insert(5), "{alone_fds}");
        assert_eq!(numbers(&fds), wanted, "{fds}");
        assert!(fds.contains(" 5 -> /memfd:token (deleted)"), "{fds}");
        for name in ["SigBlk:", "SigPnd:", "ShdPnd:"] {
            assert_eq!(mask(&signals, name), 0, "{signals}");
        }
        let ignored = mask(&signals, "SigIgn:");
        assert_eq!(ignored, mask(&alone, "SigIgn:"), "{signals}");
        assert_eq!(ignored & 1, 1, "HUP: {signals}");
    }
}

fn mask(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("told");
    u64::from_str_radix(line.trim(), 16).expect("hex")
}

#[test]
fn what_is_on_a_descriptor_cannot_be_changed_and_can_be_read_again() {
    let (vendor, world) = fbox();
    let script = "cat <&4; cat /dev/fd/4; (echo x >/dev/fd/4) 2>/dev/null && echo written; cat /dev/fd/4";
    let shown = text(&run(&world, &["exec", "--fd", "4", "--", "sh", "-c", script]));
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 3, "{shown}");
    assert!(lines.iter().all(|line| vendor.accepts(line)), "{shown}");
    // Nor does it come in the way of a descriptor that the caller gave under the same number.
    let line = "exec 4</dev/null; exec \"$0\" exec --fd 4 -- cat /dev/fd/4";
    let output =
        world.command_of("bash", &["-c", line, env!("CARGO_BIN_EXE_tokcli")]).output().expect("runs");
    assert!(vendor.accepts(text(&output).trim_end()), "{output:?}");
    world.assert_nothing_in_the_clear();
}

#[test]
fn a_signal_ends_the_command_itself() {
    let (_vendor, world) = fbox();
    let mut child =
        world.command(&["exec", "--", "sleep", "600"]).stderr(Stdio::piped()).spawn().expect("it runs");
    let name = format!("/proc/{}/comm", child.id());
    wait_for(|| fs::read_to_string(&name).is_ok_and(|name| name == "sleep\n"));
    signal(child.id(), "TERM");
    assert_eq!(child.wait().expect("it ends").signal(), Some(15));
    // One that goes on by itself holds nobody up.
    let output = run(&world, &["exec", "--", "sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!"]);
    let id: u32 = text(&output).trim().parse().expect("a pid");
    assert!(output.status.success());
    signal(id, "KILL");
}

#[test]
fn ctrl_c_at_a_terminal_is_the_commands() {
    let (_vendor, world) = fbox();
    world.write("asks.sh", "trap 'echo caught; exit 42' INT\necho \"ready $(test -t 0 && echo tty)\"\nwhile :; do sleep 0.1; done\n");
    let mut screen = Screen::of(&world, "exec -- sh asks.sh");
    screen.sees("ready tty").types("\u{3}");
    screen.sees("caught");
    let (code, shown) = screen.ends();
    assert_eq!(code, Some(42), "{shown}");
}

#[test]
fn jobs_of_an_interactive_shell_stop_and_go_on() {
    let (_vendor, world) = fbox();
    let mut screen = Screen::that(&world, "bash --norc --noprofile -i");
    let tokcli = env!("CARGO_BIN_EXE_tokcli");
    screen.types("PS1='at''> '\r").sees("at> ");
    screen
        .types(&format!("{tokcli} exec -- sh -c 'echo be''gun; read a; echo got $a; exit 7'\r"))
        .sees("begun");
    screen.types("\u{1a}").sees("Stopped").sees("at> ");
    screen.types("jobs\r").sees("Stopped").sees("at> ");
    screen.types("bg\r").sees("at> ");
    screen.types("fg\r").sees("sh -c");
    screen.types("some''thing\r").sees("got some''thing").sees("at> ");
    screen.types("echo st''atus $?\r").sees("status 7").sees("at> ");
    // In the background it is a job like any other.
    screen.types(&format!("{tokcli} exec -- sleep 300 &\r")).sees("at> ");
    screen.types("kill %1; wait %1; echo en''ded $?\r").sees("ended 143");
    screen.types("exit 5\r");
    assert_eq!(screen.ends().0, Some(5));
}

/// Nobody of the same user reads a token in the list of processes.
#[test]
fn no_command_line_holds_a_token() {
    let (_vendor, world) = fbox();
    let shown = text(&run(&world, &["exec", "--env", "A", "--fd", "3", "--", "cat", "/proc/self/cmdline"]));
    assert_eq!(shown, "cat\0/proc/self/cmdline\0");
    let script = "#!/bin/sh\necho \"$#\"\n";
    world.write("script", script);
    fs::set_permissions(world.path().join("script"), fs::Permissions::from_mode(0o700)).expect("mode");
    assert_eq!(text(&run(&world, &["exec", "--", "./script", "a", "b"])), "2\n");
}

/// What has to be sent is sent apart, by a run that has no terminal: it asks nobody, and does not stand still there either.
#[test]
fn a_secret_that_has_to_be_typed_is_an_error_and_nobody_waits() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let mut world = World::with(On::File, &vendor);
    vendor.expect_unused();
    world.change(
        "client_secret = { command = [\"cat\", \"oauth2.secret\"] }",
        "client_secret = { command = [\"sh\", \"-c\", \"read typed </dev/tty && echo $typed\"] }",
    );
    let line = format!("{} exec -- true", env!("CARGO_BIN_EXE_tokcli"));
    let output = world.command_of("script", &["-qefc", &line, "/dev/null"]).stdin(Stdio::null()).output();
    let output = output.expect("script runs");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(text(&output).contains("client_secret"), "{output:?}");
}
