//! The contract with scripts, as a whole: every exit status and every code word is reached, and secrets stand where
//! they must and nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::moments::Moment;
use crate::sequence::wait_for;
use crate::stand_in::{Fault, StandIn, Vendor};
use crate::world::{CANARY, Ended, LEGIBLE, On, World, walk};

/// The code words of the reference, with their exit status.
fn promised() -> BTreeSet<(String, i32)> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference.md"))
        .expect("reference");
    let table =
        text.split("## Exit codes").nth(1).expect("the table").split("| when |").next().expect("the first");
    let mut codes = BTreeSet::new();
    for row in table.lines() {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let Some(Ok(exit)) = cells.get(1).map(|cell| cell.parse()) else { continue };
        codes.extend(cells[3].split('`').skip(1).step_by(2).map(|word| (word.to_owned(), exit)));
    }
    codes
}

#[derive(Default)]
struct Reached(BTreeSet<(String, i32)>);

impl Reached {
    #[track_caller]
    fn by(&mut self, code: &str, ended: &Ended) {
        let error = ended.error();
        assert_eq!(error["code"], code, "{error}");
        self.0.insert((code.to_owned(), ended.code.expect("no signal")));
    }
}

#[test]
fn p34_every_code_word_and_exit_status_is_reached() {
    let mut reached = Reached::default();
    before_anything_is_sent(&mut reached);
    by_what_the_vendor_says(&mut reached);
    by_the_store(&mut reached);
    let promised = promised();
    assert!(promised.len() > 15, "{promised:?}");
    assert_eq!(reached.0, promised);
}

fn before_anything_is_sent(reached: &mut Reached) {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    reached.by("usage", &world.run(&["--json", "tokn"]));
    reached.by("config", &world.run(&["--json", "token"]));
    world.profile(&vendor);
    reached.by("unknown_profile", &world.run(&["--json", "token", "-p", "nobody"]));
    reached.by("no_credential", &world.run(&["--json", "token"]));
    world.import(&vendor);
    reached.by("refused", &world.run(&["--json", "token", "--offline"]));
    reached.by("not_found", &world.run(&["--json", "exec", "--", "./no-such-command"]));
    reached.by("not_executable", &world.run(&["--json", "exec", "--", "/"]));
    reached.by("internal", &world.run_after("exec >/dev/full", &["refresh", "--json"]));
    let latch = vendor.hold(1);
    let sent = vendor.requests().len();
    let child = world.spawn(&["refresh"]);
    wait_for(|| vendor.requests().len() == sent + 1);
    reached.by("busy", &world.run(&["--json", "refresh", "--deadline", "0"]));
    latch.open();
    assert!(child.wait_with_output().expect("it ends").status.success());
    world.change(&vendor.origin(), "http://127.0.0.1:1");
    world.run(&["rebind", "--yes"]).succeeds();
    reached.by("unreachable", &world.run(&["--json", "refresh", "--deadline", "0"]));
}

fn by_what_the_vendor_says(reached: &mut Reached) {
    let vendor = StandIn::start(Vendor::OAuth2);
    let mut world = World::with(On::File, &vendor);
    world.add("rotation = \"strict\"");
    let mut answered = |code: &str, fault: Fault| {
        vendor.misbehave(fault);
        reached.by(code, &world.run(&["--json", "refresh"]));
        // A new credential: no answer binds the next row.
        world.run_with(&["import", "--replace"], &vendor.login().refresh_token).succeeds();
    };
    answered("client_rejected", Fault::json(401, "{\"error\":\"invalid_client\"}"));
    answered("request_rejected", Fault::json(400, "{\"error\":\"invalid_scope\"}"));
    answered("login_required", Fault::json(400, "{\"error\":\"invalid_grant\"}"));
    answered("rate_limited", Fault::json(429, "{}"));
    answered("unavailable", Fault::json(503, "{}"));
    answered("no_answer", Fault::DropAfterRead);
    answered("unreadable_answer", Fault::json(200, "{}"));
}

fn by_the_store(reached: &mut Reached) {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::Keyring, &vendor);
    world.service().lock();
    reached.by("store_locked", &world.run(&["--json", "refresh"]));
    world.keyring.as_mut().expect("there").kill_daemon();
    reached.by("store_unavailable", &world.run(&["--json", "refresh"]));
    let world = World::with(On::File, &vendor);
    let mut files = Vec::new();
    walk(&world.state().join("journal"), &mut files);
    let whole = fs::read(&files[0]).expect("the journal");
    fs::write(&files[0], b"nothing").expect("written");
    reached.by("store_damaged", &world.run(&["--json", "refresh"]));
    fs::write(&files[0], whole).expect("written");
    let output = world.run_injected(&Moment::Answer.inject_from("error=EIO"), &["refresh", "--json"]);
    let error: serde_json::Value = serde_json::from_slice(&output.stderr).expect("one object");
    assert_eq!(error["error"]["code"], "not_stored", "{error}");
    reached.0.insert(("not_stored".to_owned(), output.status.code().expect("no signal")));
}

/// The system calls that move bytes or start programs, with all that they move.
const MOVING: &str = "trace=execve,prctl,add_key,keyctl,openat,read,pread64,readv,recvfrom,recvmsg,write,pwrite64,writev,sendto,sendmsg";

#[test]
fn p24_a_secret_passes_only_where_it_must() {
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start(Vendor::Babelbird);
        let world = World::with(store, &vendor);
        // Longer ago than what is kept for later must be.
        std::thread::sleep(Duration::from_millis(80));
        let file = world.path().join("trace.secret");
        let path = file.display().to_string();
        // -v: the whole environment of what is started; -xx is not wanted, our words are ASCII.
        let strace = [
            "-f",
            "-qq",
            "-v",
            "-s",
            "99999",
            "-e",
            MOVING,
            "-e",
            LEGIBLE,
            "-o",
            &path,
            env!("CARGO_BIN_EXE_tokcli"),
            "refresh",
        ];
        let output = world.command_of("strace", &strace).output().expect("strace is installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&fs::read(&file).expect("trace")).into_owned();
        let calls: Vec<&str> = text.lines().map(|line| line.split_once(' ').expect("pid").1.trim()).collect();
        // Both programs, before they read anything of ours.
        let hardens = |call: &&&str| call.starts_with("prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE");
        let reads = |call: &&str| call.starts_with("keyctl(") || call.contains("profiles.toml\", O_RDONLY");
        let programs: Vec<&[&str]> =
            calls.split(|call| call.starts_with("execve(") && call.contains("tokcli")).collect();
        assert_eq!(programs.len(), 3, "the front and the engine");
        for program in &programs[1..] {
            let first = program.iter().position(reads).unwrap_or(program.len());
            assert_eq!(
                program[..first].iter().filter(hardens).count(),
                1,
                "no core file, before anything is read"
            );
        }
        let mut passed: BTreeMap<&str, usize> = BTreeMap::new();
        for call in calls.iter().filter(|call| call.contains(CANARY)) {
            // The environment in which we start holds what the user put there.
            let what = if call.starts_with("execve(") {
                "start"
            } else if call.contains("GET /api/refreshToken.do?")
                || call.contains("POST /api/refreshToken.do?")
            {
                "request"
            } else if call.contains("HTTP/1.1 200") || call.starts_with("recvfrom(") {
                "answer"
            } else if call.starts_with("read(") {
                "secret"
            } else if call.starts_with("sendmsg(") || call.starts_with("recvmsg(") {
                // Only the socket of the bus is used like that.
                "bus"
            } else if call.starts_with("write(1,") {
                "result"
            } else {
                "elsewhere"
            };
            *passed.entry(what).or_default() += 1;
        }
        let places: Vec<&str> = passed.keys().copied().filter(|place| *place != "bus").collect();
        assert_eq!(places, ["answer", "request", "result", "secret", "start"], "{passed:?}");
        // What was read, what proves it writable, and what is saved.
        assert_eq!(passed.remove("bus").is_some(), store == On::Keyring, "{passed:?}");
        assert_eq!(
            passed.remove("start"),
            Some(2),
            "the front becomes the engine, with the same environment"
        );
        assert!(passed.values().all(|count| *count == 1), "{passed:?}");
    }
}

#[test]
fn p24_a_crash_leaves_no_core_file() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    world.add("rotation = \"strict\"");
    let _silent = vendor.keep_silent();
    let script = "ulimit -c unlimited && [ \"$(ulimit -c)\" = unlimited ] && exec \"$0\" refresh";
    let mut child = world
        .command_of("bash", &["-c", script, env!("CARGO_BIN_EXE_tokcli")])
        .stdout(Stdio::null())
        .spawn()
        .expect("bash runs");
    // Nobody asks where the limit cannot be raised.
    wait_for(|| !vendor.requests().is_empty());
    let sent = Command::new("kill").args(["-ABRT", &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
    let status = child.wait().expect("it ends");
    assert_eq!((status.signal(), status.core_dumped()), (Some(6), false));
    world.assert_nothing_in_the_clear();
    world.run(&["refresh"]).succeeds();
}

#[test]
fn with_v_an_error_names_all_that_lies_beneath_it() {
    let world = World::on(On::File);
    let missing = "/dev/null/profiles.toml";
    let said = format!("tokcli: error: cannot read {missing}: not a directory\n");
    let plain = world.run(&["token", "--config", missing]).exits(3).says(&said);
    assert!(!plain.stderr.contains("cause"), "{}", plain.stderr);
    world
        .run(&["token", "-v", "--config", missing])
        .exits(3)
        .says(&format!("{said}cause: operating system error 20\n"));
}
