//! Who is told that a login died, and what is noted of what was given out.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::moments::{Moment, Traced};
use crate::permits::Permit;
use crate::programs::ask;
use crate::sequence::wait_for;
use crate::stand_in::{Fault, StandIn, Vendor};
use crate::world::{CANARY, On, World, entry};

/// Writes a line into `told` for each time that it is run: what it was given, and of its environment every name.
const TELLS: &str = "#!/bin/sh\nprintf '%s|%s|%s\\n' \"$TOKCLI_NOTICE_PROFILE\" \"$TOKCLI_NOTICE_REASON\" \"$1\" >>told\nenv >env\n";

fn with_a_command(store: On, command: &str) -> (StandIn, World) {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(store, &vendor);
    world.write("tell", TELLS);
    fs::set_permissions(world.path().join("tell"), fs::Permissions::from_mode(0o700)).expect("mode");
    world.change(
        "[profiles.fbox]\n",
        &format!("on_login_required = {{ command = {command} }}\n[profiles.fbox]\n"),
    );
    (vendor, world)
}

fn told(world: &World) -> Vec<String> {
    let text = fs::read_to_string(world.path().join("told")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// What is started may take a moment; what is not started takes none.
fn settled(world: &World, count: usize) -> Vec<String> {
    wait_for(|| told(world).len() >= count);
    std::thread::sleep(Duration::from_millis(300));
    told(world)
}

fn crowd(world: &World, count: usize, arguments: &[&str]) -> Vec<Child> {
    (0..count)
        .map(|_| {
            let mut command = world.command(arguments);
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().expect("tokcli runs")
        })
        .collect()
}

fn fifty_notice_a_death_and_one_tells(store: On) {
    let _alone = Permit::of_a_crowd();
    let (vendor, world) = with_a_command(store, r#"["./tell", "now"]"#);
    vendor.expire_login();
    let latch = vendor.hold(1);
    let children = crowd(&world, 50, &["token"]);
    wait_for(|| vendor.requests().len() == 1);
    latch.open();
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let told = settled(&world, 1);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("fbox|the vendor refused the refresh token; a person must log in again"),
        "{told:?}"
    );
    assert!(told[0].ends_with("|now"), "{told:?}");
    // Whoever asks again, by hand or by a timer, is refused, and tells nobody.
    for arguments in [&["token"][..], &["refresh"], &["refresh"], &["refresh", "--all"]] {
        world.run(arguments).exits(4);
    }
    assert_eq!(settled(&world, 1).len(), 1);
    assert!(vendor.requests().len() >= 3, "the vendor was asked again");
    world.assert_nothing_in_the_clear();
}

#[test]
fn fifty_callers_notice_a_death_and_one_command_runs_with_the_file_store() {
    fifty_notice_a_death_and_one_tells(On::File);
}

#[test]
fn fifty_callers_notice_a_death_and_one_command_runs_with_the_keyring() {
    fifty_notice_a_death_and_one_tells(On::Keyring);
}

#[test]
fn each_death_is_told_of_once_also_after_a_new_login() {
    let (vendor, world) = with_a_command(On::File, r#"["./tell"]"#);
    for deaths in 1..=3 {
        vendor.expire_login();
        world.run(&["refresh", "--all"]).exits(4);
        world.run(&["refresh"]).exits(4);
        assert_eq!(settled(&world, deaths).len(), deaths);
        world.import(&vendor);
        world.run(&["token"]).succeeds();
    }
    assert_eq!(settled(&world, 3).len(), 3, "nobody is told of a login that works");
}

#[test]
fn the_profiles_own_command_counts_before_the_one_for_all() {
    let (vendor, mut world) = with_a_command(On::File, r#"["./nothing"]"#);
    world.add("on_login_required = { command = [\"./tell\", \"own\"] }");
    vendor.expire_login();
    world.run(&["token"]).exits(4).says("log in again");
    assert!(settled(&world, 1)[0].ends_with("|own"));
}

#[test]
fn a_command_that_hangs_delays_nobody_and_one_that_is_missing_is_a_warning() {
    let (vendor, mut world) = with_a_command(On::File, r#"["sh", "-c", "echo $$ >pid; exec sleep 600"]"#);
    vendor.expire_login();
    let begun = Instant::now();
    // Its pipes end with it: nobody else holds them.
    world.run(&["token"]).exits(4);
    assert!(begun.elapsed() < Duration::from_secs(60), "it was waited for");
    let pid = || fs::read_to_string(world.path().join("pid")).unwrap_or_default().trim().parse::<i32>().ok();
    wait_for(|| pid().is_some());
    let pid = nix::unistd::Pid::from_raw(pid().expect("a number"));
    assert_eq!(nix::unistd::getpgid(Some(pid)).expect("it runs"), pid, "a group of its own");
    let open = |n: u8| fs::read_link(format!("/proc/{pid}/fd/{n}")).expect("it is open");
    assert_eq!([0, 1, 2].map(open), [(); 3].map(|()| PathBuf::from("/dev/null")));
    // The lock is free meanwhile.
    world.import(&vendor);
    world.run(&["token", "--deadline", "0"]).succeeds();
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).expect("ours");

    vendor.expire_login();
    world.change("\"sh\", \"-c\", \"echo $$ >pid; exec sleep 600\"", "\"./missing\"");
    let ended = world.run(&["refresh"]).exits(4);
    let warned = "warning: the command `./missing` of `on_login_required` cannot be run: no such file";
    assert_eq!(ended.stderr.matches(warned).count(), 1, "{}", ended.stderr);
    let again = world.run(&["refresh"]).exits(4);
    assert!(!again.stderr.contains("on_login_required"), "{}", again.stderr);
}

#[test]
fn the_command_sees_no_variable_that_a_secret_comes_from() {
    let (vendor, mut world) = with_a_command(On::File, r#"["./tell"]"#);
    world.set("TOKCLI_KEY", "key-canary");
    world.set("ELSEWHERE", "other-canary");
    world.set("LANG", "C.UTF-8");
    world.add(
        "[stores.ci]\nkind = \"file\"\nkey = { env = \"TOKCLI_KEY\" }\n[profiles.other]\ndialect = \"oauth2\"\ntoken_url = \"https://a.example/t\"\nclient_id = \"c\"\nparams = { pin = { env = \"ELSEWHERE\" } }",
    );
    vendor.expire_login();
    world.run(&["refresh", "-p", "fbox"]).exits(4);
    settled(&world, 1);
    let seen = fs::read_to_string(world.path().join("env")).expect("written");
    assert!(seen.contains("LANG=C.UTF-8\n") && seen.contains("TOKCLI_NOTICE_PROFILE=fbox\n"), "{seen}");
    assert!(!seen.contains(CANARY), "{seen}");
}

#[test]
fn a_death_that_a_sealed_answer_tells_of_is_told_by_whoever_reads_it() {
    for command in [&["token"][..], &["recover"]] {
        let (vendor, world) = with_a_command(On::File, r#"["./tell"]"#);
        vendor.misbehave(Fault::json(400, r#"{"error":"invalid_grant"}"#));
        // Killed when the answer is in the journal, and nobody has looked into it.
        let output = world.run_injected(&Moment::AnswerSynced.inject("signal=KILL"), &["refresh"]);
        assert_eq!(output.status.code(), None, "{output:?}");
        assert_eq!(told(&world).len(), 0);
        vendor.expire_login();
        world.run(command);
        world.run(&["token"]).exits(4);
        assert_eq!(settled(&world, 1).len(), 1, "{command:?}");
    }
}

/// A run is killed on its way through a refusal, at writes, syncs, the release of the lock and the start of the command:
/// it has told once or not at all, and those that follow do not tell again what was told.
#[test]
fn whoever_is_killed_meanwhile_nobody_is_told_twice() {
    let (vendor, mut world) = with_a_command(On::File, r#"["./tell"]"#);
    // Whose refresh token may be presented again at once.
    world.add("rotation = \"strict\"");
    vendor.expect_reuse();
    let calls = world.calls(&["refresh"]);
    let sent = calls.iter().position(|call| call.text.contains("\"POST ")).expect("it is sent");
    let mut points: Vec<(String, usize)> = Vec::new();
    for (n, Traced { name, nth, .. }) in calls[sent..].iter().enumerate() {
        let telling = ["pwrite64", "fdatasync", "flock", "close"].contains(&name.as_str());
        if !["execve", "exit", "exit_group"].contains(&name.as_str()) && (telling || n % 5 == 0) {
            points.push((name.clone(), *nth));
        }
    }
    // The command is started where a run that succeeds has ended.
    points.extend(
        ["clone", "clone3", "vfork", "execve"]
            .iter()
            .flat_map(|name| [1, 2, 3].map(|nth| ((*name).to_owned(), nth))),
    );
    points.sort();
    points.dedup();
    let mut untold = 0;
    for (name, nth) in &points {
        let before = told(&world).len();
        world.run_with(&["import", "--replace"], &vendor.login().refresh_token).succeeds();
        vendor.expire_login();
        world.run_injected(&format!("{name}:signal=KILL:when={nth}"), &["refresh"]);
        for _ in 0..2 {
            world.run(&["refresh"]).exits(4);
        }
        std::thread::sleep(Duration::from_millis(100));
        let now = told(&world).len() - before;
        assert!(now <= 1, "{name} {nth}: {now}");
        untold += usize::from(now == 0);
    }
    // From the record's write to the start: nobody does it again.
    assert!((1..=points.len() / 2).contains(&untold), "{untold} of {}", points.len());
}

#[test]
fn a_command_must_name_a_program() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    for (line, words) in [
        ("on_login_required = { command = [] }", "names no program"),
        ("on_login_required = { command = [\"\"] }", "names no program"),
        ("on_login_required = { command = \"notify-send\" }", "on_login_required"),
        ("on_login_required = { }", "command"),
        ("on_login_required = { comand = [\"x\"] }", "comand"),
        ("log = \"yes\"", "log"),
    ] {
        let mut world = World::on(On::File);
        world.add(line);
        world.add(&entry(&vendor, "fbox", On::File));
        world.run(&["config", "check"]).exits(3).says(words);
    }
}

fn log(world: &World) -> Vec<Value> {
    let text = fs::read_to_string(world.state().join("log")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("a whole line")).collect()
}

fn logging() -> (StandIn, World) {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File).with_the_cache();
    world.add("log = true");
    world.profile(&vendor);
    (vendor, world)
}

#[test]
fn each_token_refresh_login_and_refusal_is_a_line_of_the_log() {
    let (vendor, world) = logging();
    world.import(&vendor);
    world.run(&["token"]).succeeds();
    world.run(&["token"]).succeeds();
    world.run(&["token", "--no-cache", "--json"]).succeeds();
    world.run_after("", &["refresh"]).succeeds();
    world.run(&["refresh", "--all"]).succeeds();
    vendor.expire_login();
    world.run(&["refresh"]).exits(4);
    world.run(&["refresh", "--all"]).exits(4);
    let lines = log(&world);
    let events: Vec<_> = lines.iter().map(|line| line["event"].as_str().expect("a word")).collect();
    let wanted = [
        "login",
        "refreshed",
        "issued",
        "issued",
        "issued",
        "refreshed",
        "issued",
        "refreshed",
        "refused",
        "refused",
    ];
    assert_eq!(events, wanted);
    for line in &lines {
        let keys: Vec<_> = line.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(keys, ["time", "event", "profile", "audience", "caller", "code"]);
        assert_eq!(line["profile"], "fbox");
        let time = line["time"].as_str().expect("a text");
        assert!(time.parse::<jiff::Timestamp>().is_ok() && time.ends_with('Z'), "{time}");
        assert!(
            line["caller"].as_str().is_some_and(|name| !name.is_empty() && !name.contains(' ')),
            "{line}"
        );
        assert_eq!(
            line["code"],
            if line["event"] == "refused" { json!("login_required") } else { Value::Null }
        );
    }
    let mode = fs::metadata(world.state().join("log")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    world.assert_nothing_in_the_clear();
}

#[test]
fn with_a_log_no_copy_is_left_for_the_small_program_and_without_one_there_is_no_log() {
    let (vendor, mut world) = logging();
    world.import(&vendor);
    std::thread::sleep(Duration::from_millis(80));
    for _ in 0..3 {
        world.run(&["token"]).succeeds();
    }
    let keys = fs::read_to_string("/proc/keys").expect("the kernel keeps keys");
    assert!(!keys.contains(world.path().to_str().expect("UTF-8")), "nothing is cached");
    assert_eq!(log(&world).iter().filter(|line| line["event"] == "issued").count(), 3);
    fs::remove_file(world.state().join("log")).expect("removed");
    world.change("log = true", "log = false");
    world.run(&["token"]).succeeds();
    world.run(&["refresh"]).succeeds();
    assert!(!world.state().join("log").exists());
}

#[test]
fn lines_of_many_stay_whole_and_a_full_log_is_set_aside_once() {
    let _alone = Permit::of_a_crowd();
    let (vendor, world) = logging();
    world.import(&vendor);
    let token = world.run(&["token"]).succeeds().stdout;
    let path = world.state().join("log");
    let line = |n: usize| format!("{{\"event\":\"old\",\"n\":{n},\"fill\":\"{}\"}}\n", "x".repeat(1_000));
    let full: String = (0..1_030).map(line).collect();
    fs::write(&path, &full).expect("written");
    for child in crowd(&world, 30, &["token"]) {
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(String::from_utf8_lossy(&output.stdout), token, "{output:?}");
        assert!(output.stderr.is_empty(), "{output:?}");
    }
    let (new, old) = (log(&world), fs::read_to_string(path.with_extension("1")).expect("set aside"));
    assert!(old.starts_with(&full), "nothing of it is lost");
    let late: Vec<Value> =
        old[full.len()..].lines().map(|line| serde_json::from_str(line).expect("whole")).collect();
    assert_eq!(new.len() + late.len(), 30);
    assert!(fs::metadata(&path).expect("it is there").len() < 1 << 20);
}

/// Whatever has to be sent for it is sent by another run of ours.
#[test]
fn a_token_for_a_program_is_one_line_that_names_whoever_asked() {
    let (vendor, world) = logging();
    assert_eq!(ask(&world, &["header"], "").code, Some(4));
    world.import(&vendor);
    assert_eq!(ask(&world, &["header"], "").code, Some(0));
    let lines = log(&world);
    let words = |key: &str| lines.iter().map(|line| line[key].as_str().unwrap_or("-")).collect::<Vec<_>>();
    assert_eq!(words("event"), ["refused", "login", "refreshed", "issued"]);
    // Whoever says so of themselves is noted, too.
    assert_eq!(ask(&world, &["apart=somebody", "token"], "").code, Some(0));
    let last = log(&world).pop().expect("a line");
    assert_eq!((&last["event"], &last["caller"]), (&json!("issued"), &json!("somebody")));
    let callers: BTreeSet<&str> = words("caller").into_iter().collect();
    assert_eq!(callers.len(), 1, "{callers:?}");
}

#[test]
fn a_line_that_a_full_disk_cut_off_swallows_no_other() {
    let (vendor, world) = logging();
    world.import(&vendor);
    let path = world.state().join("log");
    let before = fs::read_to_string(&path).expect("there");
    fs::write(&path, format!("{before}{{\"time\":\"2026")).expect("written");
    world.run(&["token"]).succeeds();
    let after = fs::read_to_string(&path).expect("there");
    let whole = after.lines().filter(|line| serde_json::from_str::<Value>(line).is_ok()).count();
    assert_eq!(whole + 1, after.lines().count(), "{after}");
    assert!(after.lines().any(|line| line.contains("\"issued\"")), "{after}");
}

#[test]
fn a_log_that_cannot_be_written_is_a_warning_and_costs_no_token() {
    let (vendor, world) = logging();
    world.import(&vendor);
    let path = world.state().join("log");
    fs::remove_file(&path).expect("removed");
    fs::create_dir(&path).expect("made");
    let ended = world.run(&["token"]).succeeds().says("warning: the log cannot be written: ");
    assert!(ended.stdout.contains(CANARY), "the token is there");
    let object = world.run(&["token", "--json"]).succeeds().keeps_stderr_empty().object();
    assert!(
        object["warnings"][0].as_str().expect("a text").starts_with("the log cannot be written"),
        "{object}"
    );
    fs::remove_dir(&path).expect("removed");
    // What others can read is not written into, and not mended either.
    fs::write(&path, "").expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("mode");
    world.run(&["token"]).succeeds().says("warning: the log cannot be written: ");
    assert_eq!(fs::read_to_string(&path).expect("read"), "");
    fs::remove_file(&path).expect("removed");
    std::os::unix::fs::symlink("/dev/full", &path).expect("linked");
    world.run(&["token"]).succeeds().says("warning: the log cannot be written: ");
}
