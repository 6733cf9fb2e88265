//! `refresh --all`: many profiles at once, politely, when they are due, and through signals.

use std::collections::BTreeMap;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::moments::Moment;
use crate::secret_service::signal;
use crate::sequence::wait_for;
use crate::shim::Shim;
use crate::stand_in::{Fault, Login, Options, StandIn, Tls, Vendor};
use crate::world::{CANARY, Ended, On, Since, World, access, entry};

/// So many profiles at one vendor, `a-00` and up, each with a login of its own.
fn crowd(world: &mut World, vendor: &StandIn, letter: char, count: usize) -> Vec<Login> {
    world.give_secrets(vendor);
    let store = world.store;
    let names: Vec<String> = (0..count).map(|n| format!("{letter}-{n:02}")).collect();
    let profiles: Vec<String> = names.iter().map(|name| entry(vendor, name, store)).collect();
    world.add(&profiles.join("\n"));
    let import = |name: &String| {
        let login = vendor.login();
        world.run_with(&["import", "-p", name], &login.refresh_token).succeeds();
        login
    };
    names.iter().map(import).collect()
}

/// Each line, in the order in which they came.
fn lines(ended: &Ended) -> Vec<Value> {
    assert!(!ended.stdout.contains(CANARY), "no token is printed");
    ended.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// What became of each profile: the outcome, or the error's code.
fn outcomes(ended: &Ended) -> BTreeMap<String, String> {
    let word = |line: &Value| match &line["error"] {
        Value::Null => line["outcome"].as_str().expect("text").to_owned(),
        error => error["code"].as_str().expect("text").to_owned(),
    };
    lines(ended).iter().map(|line| (line["profile"].as_str().expect("text").to_owned(), word(line))).collect()
}

/// A run that takes every signal as its default says, whoever started the tests.
fn spawn(world: &World, arguments: &[&str]) -> Child {
    let tokcli = ["--default-signal", env!("CARGO_BIN_EXE_tokcli")];
    let mut command = world.command_of("env", &[&tokcli, arguments].concat());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("env runs (coreutils)")
}

fn ended(what: &str, child: Child) -> Ended {
    Ended::of(what, child.wait_with_output().expect("it ends"), Instant::now())
}

#[test]
fn as_many_are_asked_at_once_as_j_says() {
    for (jobs, at_once) in [(&["-j", "5"][..], 5), (&["--jobs=1"], 1), (&[], 40)] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::on(On::File);
        crowd(&mut world, &vendor, 'a', 42);
        let latch = vendor.hold(at_once);
        let child = spawn(&world, &[&["refresh", "--all", "--json"], jobs].concat());
        wait_for(|| vendor.requests().len() == at_once);
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(vendor.requests().len(), at_once, "nobody was answered yet, nobody else has asked");
        latch.open();
        let ended = ended("refresh --all --json", child).succeeds().keeps_stderr_empty();
        let names: Vec<_> = lines(&ended).iter().map(|line| line["profile"].clone()).collect();
        assert_eq!(names, (0..42).map(|n| format!("a-{n:02}")).collect::<Vec<_>>(), "in order");
        assert!(outcomes(&ended).values().all(|outcome| outcome == "refreshed"), "{}", ended.stdout);
        assert_eq!(vendor.requests().len(), 42);
    }
}

#[test]
fn no_more_are_asked_at_once_than_may_have_their_files_open() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    crowd(&mut world, &vendor, 'a', 12);
    let script = "ulimit -n 64; exec \"$0\" refresh --all --json -j 128";
    let latch = vendor.hold(12);
    let mut command = world.command_of("sh", &["-c", script, env!("CARGO_BIN_EXE_tokcli")]);
    let child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("sh");
    wait_for(|| vendor.requests().len() == 5);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(vendor.requests().len(), 5);
    latch.open();
    let ended = ended("refresh --all --json", child).succeeds().keeps_stderr_empty();
    assert!(outcomes(&ended).values().all(|outcome| outcome == "refreshed"), "{}", ended.stdout);
}

#[test]
fn a_wrong_number_of_jobs_is_exit_2() {
    let world = World::on(On::File);
    for wrong in ["0", "-1", "129", "70000", "x", "", "4.5"] {
        let value = format!("--jobs={wrong}");
        world.run(&["refresh", "--all", &value]).exits(2).says("--jobs");
    }
    for alone in [&["refresh", "--due"][..], &["refresh", "-j", "4"]] {
        world.run(alone).exits(2).says("--all");
    }
}

#[test]
fn profiles_of_one_credential_follow_each_other_and_adopt() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    crowd(&mut world, &vendor, 'a', 2);
    for (name, account) in [("b-twin", "a-00"), ("b-third", "a-00"), ("c-twin", "a-01")] {
        world.add(&entry(&vendor, name, On::File));
        world.add(&format!("account = \"{account}\""));
    }
    let latch = vendor.hold(2);
    let child = spawn(&world, &["refresh", "--all", "--json", "--deadline", "0"]);
    wait_for(|| vendor.requests().len() == 2);
    latch.open();
    let ended = ended("refresh --all --json", child).succeeds();
    let outcomes = outcomes(&ended);
    for (name, outcome) in [
        ("a-00", "refreshed"),
        ("a-01", "refreshed"),
        ("b-twin", "adopted"),
        ("b-third", "adopted"),
        ("c-twin", "adopted"),
    ] {
        assert_eq!(outcomes[name], outcome, "{name}: {}", ended.stdout);
    }
    assert_eq!(vendor.requests().len(), 2, "one for each credential");
    let dates: Vec<_> = lines(&ended).iter().map(|line| line["expires_at"].clone()).collect();
    assert!(dates.iter().all(Value::is_string), "{dates:?}");
}

#[test]
fn p16_two_of_these_runs_at_once_ask_once_for_each_credential() {
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::on(store);
        crowd(&mut world, &vendor, 'a', 6);
        let latch = vendor.hold(6);
        let first = spawn(&world, &["refresh", "--all", "--json"]);
        wait_for(|| vendor.requests().len() == 6);
        let second = world.queue(&["refresh", "--all", "--json"], "");
        latch.open();
        for (child, outcome) in [(first, "refreshed"), (second, "adopted")] {
            let ended = ended("refresh --all --json", child).succeeds().keeps_stderr_empty();
            assert!(outcomes(&ended).values().all(|word| word == outcome), "{outcome}: {}", ended.stdout);
        }
        assert_eq!(vendor.requests().len(), 6);
    }
}

#[test]
fn a_host_that_asks_for_patience_holds_back_its_own_profiles_only() {
    for retry_after in [Some("20"), None] {
        let (hasty, calm) = (StandIn::start(Vendor::Fbox), StandIn::start(Vendor::Babelbird));
        let mut world = World::on(On::File);
        let logins = crowd(&mut world, &hasty, 'a', 4);
        crowd(&mut world, &calm, 'b', 3);
        hasty.rate_limit(retry_after);
        let begun = Since::now();
        let ended = world.run(&["refresh", "--all", "--json", "-j", "1"]).exits(5).keeps_stderr_empty();
        let lines = lines(&ended);
        let longest = if retry_after.is_some() { 20 } else { 60 };
        for (n, line) in lines[..4].iter().enumerate() {
            let error = &line["error"];
            assert_eq!(
                (&line["outcome"], &error["code"]),
                (&"failed".into(), &"rate_limited".into()),
                "{line}"
            );
            begun.assert_left(&error["retry_after"], longest);
            let held_back = error["message"].as_str().expect("text").contains(&hasty.origin());
            assert_eq!(held_back, n > 0, "who was not sent says why: {line}");
        }
        assert!(lines[4..].iter().all(|line| line["outcome"] == "refreshed"), "{}", ended.stdout);
        assert_eq!((hasty.requests().len(), calm.requests().len()), (1, 3));
        // Nothing is remembered of those who were held back.
        hasty.behave();
        world.run(&["refresh", "-p", "a-01"]).succeeds();
        assert_eq!(hasty.sends_of(&logins[1].refresh_token), 1);
    }
}

#[test]
fn the_highest_exit_counts_and_every_warning_names_its_profile() {
    let (good, bad) = (StandIn::start(Vendor::Fbox), StandIn::start(Vendor::Babelbird));
    let mut world = World::on(On::File);
    crowd(&mut world, &good, 'a', 3);
    crowd(&mut world, &bad, 'b', 1);
    world.add(&entry(&good, "c-none", On::File));
    for _ in 0..3 {
        good.misbehave(Fault::edit(|mut answer| {
            answer["refresh_token"] = Value::Null;
            answer
        }));
    }
    good.expect_reuse();
    bad.misbehave(Fault::DropAfterRead);
    let ended = world.run(&["refresh", "--all"]).exits(8).says("3 refreshed, 2 failed");
    for name in ["a-00", "a-01", "a-02"] {
        assert!(ended.stdout.contains(&format!("{name}: refreshed, expires ")), "{}", ended.stdout);
        ended_names(&ended, name);
    }
    assert!(
        ended.stdout.contains("b-00: failed, no_answer: ")
            && ended.stdout.contains("c-none: failed, no_credential: ")
    );
    world.run(&["refresh", "--all", "-q"]).exits(8).keeps_stderr_empty();
}

#[track_caller]
fn ended_names(ended: &Ended, profile: &str) {
    let warning = format!("tokcli: warning: `{profile}`: ");
    assert_eq!(ended.stderr.matches(&warning).count(), 1, "{}", ended.stderr);
}

#[test]
fn a_closed_stdout_keeps_nobody_from_being_refreshed() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    crowd(&mut world, &vendor, 'a', 6);
    let mut child = spawn(&world, &["refresh", "--all", "-j", "2"]);
    drop(child.stdout.take());
    let ended = ended("refresh --all", child).exits(1);
    assert_eq!(ended.stderr, "tokcli: 6 refreshed\n");
    assert_eq!(vendor.requests().len(), 6);
}

#[test]
fn f23_what_no_journal_took_is_shown_sealed() {
    let sealed_as = |arguments: &[&str], sealed: &dyn Fn(&str, &str) -> String| {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::on(On::File);
        crowd(&mut world, &vendor, 'a', 2);
        // A thread for each: strace counts by thread.
        let latch = vendor.hold(2);
        let begun = Instant::now();
        let mut command = world.injected(&Moment::Answer.inject_from("error=EIO"), &[], arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("strace is installed (`make test` installs it)");
        wait_for(|| vendor.requests().len() == 2);
        latch.open();
        let output = child.wait_with_output().expect("it ends");
        let ended = Ended::of(&arguments.join(" "), output, begun).exits(7);
        let sealed = sealed(&ended.stdout, &ended.stderr);
        world.run_with(&["recover", "--stdin", "-p", "a-01"], &sealed).succeeds();
        world
            .run(&["token", "-p", "a-01"])
            .succeeds()
            .prints(&format!("{}\n", vendor.current().access_token));
        assert_eq!(vendor.requests().len(), 2);
    };
    sealed_as(&["refresh", "--all", "-q", "-j", "2"], &|_, stderr| {
        assert_eq!(stderr.matches("\nsealed: ").count(), 2, "one for each: {stderr}");
        // Beside the hint that says whose it is: they come as they come.
        let (_, ours) = stderr.split_once("--profile a-01`").expect("a hint");
        let sealed = ours.lines().find_map(|line| line.strip_prefix("sealed: "));
        sealed.expect("below its hint").to_owned()
    });
    sealed_as(&["refresh", "--all", "--json", "-j", "2"], &|stdout, stderr| {
        assert_eq!(stderr, "");
        let line: Value = serde_json::from_str(stdout.lines().nth(1).expect("a line")).expect("JSON");
        line["error"]["sealed"].as_str().expect("text").to_owned()
    });
}

#[test]
fn due_are_those_past_half_of_a_sliding_life_or_a_day() {
    const HOUR: i64 = 3_600;
    let (daily, sliding) = (StandIn::start(Vendor::OAuth2), StandIn::start(Vendor::Babelbird));
    for store in [On::File, On::Keyring] {
        let mut world = World::on(store);
        // The one says nothing of a refresh token's life, the other gives it 30 days.
        crowd(&mut world, &daily, 'a', 2);
        crowd(&mut world, &sliding, 'b', 2);
        let shim = Shim::build(&world);
        let due = |world: &World| {
            let ended = world.run(&["refresh", "--all", "--due", "--json"]).succeeds().keeps_stderr_empty();
            outcomes(&ended).into_values().collect::<Vec<_>>()
        };
        let before = (daily.requests().len(), sliding.requests().len());
        assert_eq!(due(&world), ["not_due"; 4], "just imported");
        shim.later(&mut world, 21 * HOUR);
        assert_eq!(due(&world), ["not_due"; 4]);
        shim.later(&mut world, 24 * HOUR + 1);
        assert_eq!(due(&world), ["refreshed", "refreshed", "not_due", "not_due"]);
        assert_eq!(due(&world), ["not_due"; 4], "refreshed just now");
        shim.later(&mut world, 13 * 24 * HOUR);
        assert_eq!(due(&world), ["refreshed", "refreshed", "not_due", "not_due"]);
        shim.later(&mut world, 15 * 24 * HOUR + 1);
        assert_eq!(due(&world), ["refreshed"; 4]);
        assert_eq!((daily.requests().len(), sliding.requests().len()), (before.0 + 6, before.1 + 2));
        let text = world.run(&["refresh", "--all", "--due"]).succeeds().says("0 refreshed, 4 not due");
        assert!(text.stdout.starts_with("a-00: not_due, expires 20"), "{}", text.stdout);
    }
}

#[test]
fn due_is_also_what_was_left_open_or_is_wrong() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    crowd(&mut world, &vendor, 'a', 3);
    world.add(&entry(&vendor, "b-none", On::File));
    vendor.misbehave(Fault::DropAfterRead);
    world.run(&["refresh", "-p", "a-00"]).exits(8);
    // Its answer was left sealed.
    world.run_injected(&Moment::AnswerSynced.inject("signal=KILL"), &["refresh", "-p", "a-01"]);
    let ended = world.run(&["refresh", "--all", "--due", "--json"]).exits(8);
    let outcomes = outcomes(&ended);
    assert_eq!(outcomes["a-00"], "no_answer");
    assert_eq!(outcomes["a-01"], "adopted", "what the earlier run got");
    assert_eq!(outcomes["a-02"], "not_due");
    assert_eq!(outcomes["b-none"], "no_credential");
    assert_eq!(vendor.requests().len(), 2);
}

/// 8 of 12 are under way when the signal comes: those are stored, the others never sent.
#[test]
fn f13_a_signal_loses_no_answer_and_begins_nothing_new() {
    for (name, number) in [("TERM", 15), ("INT", 2), ("HUP", 1), ("QUIT", 3), ("USR1", 10), ("XCPU", 24)] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::on(On::File);
        let logins = crowd(&mut world, &vendor, 'a', 12);
        let latch = vendor.hold(8);
        let child = spawn(&world, &["refresh", "--all", "-j", "8"]);
        wait_for(|| vendor.requests().len() == 8);
        // Sent is not yet taken: a thread of the run has to come to it first, and then sleeps for the answers.
        let asleep = sleeps_of_the_signals_thread(child.id()).expect("it waits for signals");
        signal(child.id(), name);
        wait_for(|| sleeps_of_the_signals_thread(child.id()).is_some_and(|sleeps| sleeps > asleep));
        latch.open();
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&output.status), Some(number), "{output:?}");
        let sent = |login: &Login| vendor.sends_of(&login.refresh_token);
        assert_eq!(logins.iter().map(sent).sum::<usize>(), 8, "SIG{name}: nothing more was sent");
        for (n, login) in logins.iter().enumerate().filter(|(_, login)| sent(login) == 1) {
            let token = world.run(&["token", "-p", &format!("a-{n:02}")]).succeeds().stdout;
            assert!(vendor.accepts(token.trim()), "SIG{name}: what came is stored");
            assert_ne!(token.trim(), login.access_token);
        }
        assert_eq!(vendor.requests().len(), 8, "SIG{name} lost nothing");
    }
}

/// How often the thread that signals are told to has gone to sleep. `None`: it is awake.
fn sleeps_of_the_signals_thread(pid: u32) -> Option<u64> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).expect("it runs");
    let read = |file: &str, thread: &std::path::Path| std::fs::read_to_string(thread.join(file)).ok();
    let mut threads = threads.flatten().map(|thread| thread.path());
    let signals = threads.find(|thread| read("comm", thread).is_some_and(|name| name == "signals\n"))?;
    let status = read("status", &signals)?;
    let field = |name: &str| Some(status.lines().find_map(|line| line.strip_prefix(name))?.trim());
    let sleeps = field("voluntary_ctxt_switches:")?.parse().expect("a number");
    field("State:")?.starts_with('S').then_some(sleeps)
}

#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    crowd(&mut world, &vendor, 'a', 6);
    let latch = vendor.hold(3);
    let tokcli =
        ["-c", "trap '' HUP INT; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_tokcli"), "refresh", "--all"];
    let mut command = world.command_of("sh", &tokcli);
    let child =
        command.args(["-j", "3"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("sh runs");
    wait_for(|| vendor.requests().len() == 3);
    for name in ["HUP", "INT"] {
        signal(child.id(), name);
    }
    latch.open();
    ended("refresh --all", child).succeeds().says("6 refreshed");
}

#[test]
fn stopped_and_continued_it_goes_on_where_it_was() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    crowd(&mut world, &vendor, 'a', 6);
    let latch = vendor.hold(2);
    let child = spawn(&world, &["refresh", "--all", "-j", "2"]);
    wait_for(|| vendor.requests().len() == 2);
    signal(child.id(), "TSTP");
    latch.open();
    let state = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).expect("it is there");
        stat.rsplit(") ").next().and_then(|rest| rest.chars().next()).expect("a letter")
    };
    wait_for(|| state() == 'T');
    assert_eq!(vendor.requests().len(), 2, "it stopped when those were stored");
    for n in 0..2 {
        world.run(&["token", "-p", &format!("a-{n:02}")]).succeeds();
    }
    assert_eq!(vendor.requests().len(), 2);
    signal(child.id(), "CONT");
    ended("refresh --all", child).succeeds().says("6 refreshed");
    assert_eq!(vendor.requests().len(), 6);
}

/// A mask would outlive `exec`, and the program could not be interrupted.
#[test]
fn programs_that_give_secrets_start_with_no_signal_held_off() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let mut world = World::on(On::File);
    crowd(&mut world, &vendor, 'a', 4);
    // Not a shell: that would begin by holding off nothing.
    let awk = r#"'/SigBlk/ { print $2 >> "masks"; next } FILENAME == "oauth2.secret"'"#;
    let before = "[\"cat\", \"oauth2.secret\"]";
    world.change(before, &format!("[\"awk\", {awk}, \"/proc/self/status\", \"oauth2.secret\"]"));
    let latch = vendor.hold(2);
    let child = spawn(&world, &["refresh", "--all", "-j", "2"]);
    wait_for(|| vendor.requests().len() == 2);
    latch.open();
    ended("refresh --all", child).succeeds();
    let masks = std::fs::read_to_string(world.path().join("masks")).expect("written");
    // XFSZ is held off from the beginning, everywhere.
    assert_eq!(masks.lines().collect::<Vec<_>>(), ["0000000001000000"; 4]);
}

#[test]
fn one_connection_to_the_keyring_serves_them_all() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::Keyring);
    crowd(&mut world, &vendor, 'a', 20);
    let trace = world.path().join("trace");
    let options = ["-e", "trace=connect", "-o", trace.to_str().expect("UTF-8")];
    let begun = Instant::now();
    let output = world.strace(&options, &["refresh", "--all"]).stdin(Stdio::null()).output().expect("strace");
    Ended::of("refresh --all", output, begun).succeeds().says("20 refreshed");
    let trace = std::fs::read_to_string(trace).expect("trace");
    let bus = |line: &&str| line.contains("AF_UNIX") && line.contains("/bus");
    assert_eq!(trace.lines().filter(bus).count(), 1, "{trace}");
    for n in 0..20 {
        let mut item = world.item(&format!("a-{n:02}"));
        let access = access(&mut item)["token"].as_str().expect("text").to_owned();
        assert!(vendor.accepts(&access), "the keyring holds the new one");
    }
}

/// 20 profiles, each with 3 s of patience, are not a minute of patience.
#[test]
fn a_keyring_that_hangs_fails_them_all_at_once() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::Keyring);
    crowd(&mut world, &vendor, 'a', 20);
    world.service().stop_bus();
    vendor.expect_unused();
    let ended = world.run(&["refresh", "--all", "--json", "-j", "4"]).exits(6).keeps_to(3.0);
    assert!(ended.seconds > 2.0, "{} s", ended.seconds);
    assert!(outcomes(&ended).values().all(|code| code == "store_unavailable"), "{}", ended.stdout);
    assert_eq!(vendor.requests().len(), 0);
}

/// How `refresh --all` ends, and how often it opens what has `path` in its name.
fn opened(world: &World, path: &str) -> (Option<i32>, usize) {
    let trace = world.path().join("trace");
    let options = ["-e", "trace=openat", "-o", trace.to_str().expect("UTF-8")];
    let output = world.strace(&options, &["refresh", "--all"]).stdin(Stdio::null()).output().expect("strace");
    let trace = std::fs::read_to_string(trace).expect("trace");
    (output.status.code(), trace.matches(path).count())
}

#[test]
fn the_trust_store_is_loaded_once_and_only_for_who_needs_it() {
    let vendor = StandIn::start_tls(Vendor::Fbox);
    let mut world = World::on(On::File);
    crowd(&mut world, &vendor, 'a', 6);
    world.write("roots.pem", &vendor.certificate_pem());
    let roots = world.path().join("roots.pem").display().to_string();
    world.set("SSL_CERT_FILE", &roots);
    let loads = |world: &World| opened(world, &roots);
    assert_eq!(loads(&world), (Some(0), 0), "a pin needs no trust store");
    let pin = format!("tls = {{ pin_sha256 = \"{}\" }}", vendor.fingerprint());
    world.change(&pin, "");
    // It names no address, so nobody trusts it; but everybody had to look, and once more at all that the platform trusts.
    assert_eq!(loads(&world), (Some(3), 2));
    assert_eq!(vendor.requests().len(), 6);
}

#[test]
fn a_file_of_certificates_is_read_once_for_all_profiles() {
    let vendor =
        StandIn::start_with(Vendor::Fbox, Options { tls: Tls::NamedForLoopback, ..Options::default() });
    let mut world = World::on(On::File);
    crowd(&mut world, &vendor, 'a', 6);
    world.write("own.pem", &vendor.certificate_pem());
    let pin = format!("tls = {{ pin_sha256 = \"{}\" }}", vendor.fingerprint());
    world.change(&pin, "tls = { ca_file = \"own.pem\" }");
    assert_eq!(opened(&world, "/own.pem"), (Some(0), 1));
    assert_eq!(vendor.requests().len(), 6);
}

#[test]
fn a_server_that_is_met_again_goes_on_from_an_earlier_handshake() {
    let vendor = StandIn::start_tls(Vendor::Fbox);
    let mut world = World::on(On::File);
    crowd(&mut world, &vendor, 'a', 3);
    world.run(&["refresh", "--all", "-j", "1"]).succeeds();
    assert_eq!((vendor.requests().len(), vendor.resumed()), (3, 2));
}

#[test]
fn p28_who_knows_a_server_in_another_way_makes_a_handshake_of_its_own() {
    let vendor = StandIn::start_tls(Vendor::Fbox);
    let mut world = World::on(On::File);
    crowd(&mut world, &vendor, 'a', 2);
    let pin = format!("tls = {{ pin_sha256 = \"{}\" }}", vendor.fingerprint());
    let first = entry(&vendor, "a-00", world.store);
    world.change(&first, &first.replace(&pin, "tls = { insecure = true }"));
    world.run(&["refresh", "--all", "-j", "1"]).succeeds();
    assert_eq!((vendor.requests().len(), vendor.resumed()), (2, 0));
}

/// `script` gives tokcli a terminal.
#[test]
fn a_bar_is_drawn_on_a_terminal_only_and_never_into_a_line() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    crowd(&mut world, &vendor, 'a', 5);
    world.set("TERM", "xterm");
    let on_terminal = |arguments: &str| {
        let line = format!("{} {arguments}", env!("CARGO_BIN_EXE_tokcli"));
        let output = world.command_of("script", &["-qec", &line, "/dev/null"]).stdin(Stdio::null()).output();
        let output = output.expect("script runs (util-linux)");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("UTF-8").replace("\r\n", "\n")
    };
    let shown = on_terminal("refresh --all -j 2");
    assert!(shown.contains("5/5") && shown.contains("[="), "{shown:?}");
    // What stays when the bar has written over itself.
    let stays: Vec<&str> = shown.split('\n').map(|line| line.rsplit(" \r").next().expect("a part")).collect();
    assert_eq!(stays.len(), 7, "{stays:?}");
    for (n, line) in stays[..5].iter().enumerate() {
        assert!(
            line.starts_with(&format!("a-{n:02}: refreshed, expires 20")) && line.ends_with('Z'),
            "{line:?}"
        );
    }
    assert_eq!(stays[5..], ["tokcli: 5 refreshed", ""]);
    for arguments in ["refresh --all -q", "refresh --all --json", "refresh --all 2>/dev/null"] {
        assert!(!on_terminal(arguments).contains("[="), "{arguments}");
    }
    let piped = world.run(&["refresh", "--all"]).succeeds();
    assert_eq!(piped.stderr, "tokcli: 5 refreshed\n");
}
