//! The keyring store on a real Secret Service, well and ill.

use std::fs;
use std::io::Write as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::secret_service::SecretService;
use crate::sequence::wait_for;
use crate::stand_in::{Act, Fault, Gate, StandIn, Vendor};
use crate::world::{Ended, On, Since, World, access, record, rotated};

#[test]
fn a_credential_is_one_line_of_printable_ascii() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    world.run(&["token"]).succeeds();
    let item = world.service().lookup("fbox");
    assert!(item.status.success());
    let line = String::from_utf8(item.stdout).expect("ASCII");
    assert!(line.bytes().all(|b| (0x20..0x7f).contains(&b)), "{}", line.len());
    assert!(line.contains(&vendor.current().refresh_token), "the credential's home is the keyring");
}

#[test]
fn f33_a_locked_keyring_is_exit_6_at_once_and_nothing_is_sent() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor).asking_the_store();
    world.run(&["token"]).succeeds();
    world.service().lock();
    for command in [&["token"][..], &["refresh"], &["token", "--offline"]] {
        // Not "did not answer within 3 s": it has not waited.
        world.run(command).exits(6).says("locked").says("hint: ");
    }
    assert_eq!(world.run(&["token", "--json"]).exits(6).error()["code"], "store_locked");
    world.run_with(&["import", "--replace"], &vendor.login().refresh_token).exits(6);
    let status = world.run(&["status", "--json"]).succeeds().object();
    assert_eq!(status["profiles"][0]["state"], "unreadable");
    assert_eq!(vendor.requests().len(), 1);
    world.assert_nothing_in_the_clear();
}

#[test]
fn f39_without_a_bus_it_is_exit_6_with_a_hint_and_nothing_is_written() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let mut world = World::on(On::Keyring);
    world.profile(&vendor);
    let missing = world.path().join("no-bus").display().to_string();
    for address in ["", &format!("unix:path={missing}"), "nonsense"] {
        world.set("DBUS_SESSION_BUS_ADDRESS", address);
        for (command, input) in [(&["import"][..], "rt-canary-1"), (&["token"], ""), (&["refresh"], "")] {
            world.run_with(command, input).exits(6).says("hint: ").says("store = \"file\"");
        }
    }
    world.assert_nothing_in_the_clear();
    let state = fs::read_dir(world.state().join("journal")).expect("made").count();
    assert_eq!(state, 0, "no journal without a key");
}

#[test]
fn f38_a_dead_a_stopped_and_an_absent_daemon_are_exit_6_in_time() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::Keyring, &vendor);
    world.run(&["token"]).succeeds();
    world.service().stop_daemon();
    let stopped = world.run(&["refresh"]).exits(6).keeps_to(3.0);
    assert!(stopped.seconds > 1.0, "{} s", stopped.seconds);
    world.keyring.as_mut().expect("keyring").kill_daemon();
    world.run(&["refresh"]).exits(6).says("no program offers a keyring");
    world.service().stop_bus();
    world.run(&["refresh"]).exits(6).says("did not answer within 3 s").keeps_to(3.0);
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn f40_an_item_that_vanished_is_no_proof_of_absence() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor).asking_the_store();
    world.run(&["token"]).succeeds();
    assert!(
        world.service().secret_tool(&["clear", "service", "tokcli", "username", "fbox"], "").status.success()
    );
    let before = world.journal();
    for command in [&["token"][..], &["refresh"], &["import", "--replace"], &["logout", "--local"]] {
        world.run_with(command, "rt-canary-new").exits(6).says("its sealed journal is here");
    }
    assert_eq!(world.journal(), before, "nothing was written");
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn f7_f37_a_keyring_that_fell_behind_is_pushed_forward() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor).asking_the_store();
    world.run(&["refresh"]).succeeds();
    let old = world.service().lookup("fbox").stdout;
    let token = world.run(&["refresh"]).succeeds();
    // As after a daemon that acknowledged a write and died before saving it.
    world.service().overwrite("fbox", old);
    world.run(&["token"]).succeeds().prints(&token.stdout);
    assert_eq!(vendor.requests().len(), 2, "the journal had it: no request");
    assert!(
        String::from_utf8_lossy(&world.service().lookup("fbox").stdout)
            .contains(&vendor.current().refresh_token)
    );
    world.run(&["recover"]).succeeds().prints("fbox: journal and store agree\n");
}

#[test]
fn f29_a_lost_journal_is_made_anew_from_the_keyring() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    let token = world.run(&["token"]).succeeds();
    fs::remove_dir_all(world.state()).expect("removed");
    world.run(&["token"]).succeeds().prints(&token.stdout);
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 2);
}

/// Two state directories over one keyring share no lock, but runs that follow each other know of each other.
#[test]
fn p15_an_attempt_of_another_state_directory_is_not_replayed_unasked() {
    for (class, exit, requests) in [("unknown", 8, 1), ("family", 8, 1), ("strict", 0, 2)] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::on(On::Keyring);
        world.profile(&vendor);
        world.add(&format!("rotation = \"{class}\""));
        world.import(&vendor);
        let _silent = vendor.keep_silent();
        let begun = Since::now();
        let mut child = world.spawn(&["refresh"]);
        wait_for(|| !vendor.requests().is_empty());
        child.kill().expect("ours");
        child.wait().expect("it ends");
        let journal = world.item("fbox")["credential"]["state"]["open"]["attempt"]["journal"].clone();
        let (first, second) = (world.state(), world.path().join("elsewhere"));
        world.set("TOKCLI_STATE_DIR", second.to_str().expect("UTF-8"));
        for command in [["token", "--json"], ["refresh", "--json"]] {
            let error = world.run(&command).exits(8).error();
            assert_eq!(error["code"], "no_answer");
            let words = error["message"].as_str().expect("text");
            assert!(words.contains(journal.as_str().expect("its name")), "{words}");
            assert!(error["hint"].as_str().expect("text").contains("--force-replay"), "{error}");
        }
        assert_eq!(vendor.requests().len(), 1, "{class}");
        let forced = world.run(&["refresh", "--force-replay", "--json"]).exits(exit);
        if exit == 8 {
            begun.assert_left(&forced.error()["retry_after"], 60);
        }
        assert_eq!(vendor.requests().len(), requests, "{class}");
        world.set("TOKCLI_STATE_DIR", first.to_str().expect("UTF-8"));
        let back = world.run(&["token", "--json"]).exits(exit);
        match exit {
            0 => assert_eq!(back.object()["access_token"], vendor.current().access_token),
            _ => assert!(back.error()["retry_after"].is_i64(), "its own attempt, which settles"),
        }
        assert_eq!(vendor.requests().len(), requests, "{class}");
    }
}

/// `invalid_grant` is a question: a machine that shares the keyring but not the lock may have rotated meanwhile.
#[test]
fn p11_a_newer_item_that_turns_up_while_the_vendor_refuses_is_used_and_not_marked() {
    let refusals =
        ["400 Bad Request\r\nContent-Length: 25\r\n\r\n{\"error\":\"invalid_grant\"}", "401 x\r\n\r\n"];
    for (refusal, with_access) in refusals.into_iter().flat_map(|refusal| [(refusal, true), (refusal, false)])
    {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(On::Keyring, &vendor);
        world.run(&["token"]).succeeds();
        let mut item = world.item("fbox");
        let (gate, latch) = Gate::shut();
        vendor.misbehave(Fault::Acts(vec![
            Act::Wait(gate),
            Act::Send(format!("HTTP/1.1 {refusal}").into_bytes()),
        ]));
        let child = world.spawn(&["refresh", "--json"]);
        wait_for(|| vendor.requests().len() == 2);
        let login = vendor.login();
        rotated(&mut item, &login.refresh_token);
        match with_access {
            true => access(&mut item)["token"] = json!(login.access_token),
            false => record(&mut item)["accesses"] = json!({}),
        }
        world.service().overwrite("fbox", item.to_string());
        latch.open();
        let ended = Ended::of("refresh", child.wait_with_output().expect("it ends"), Instant::now());
        if with_access {
            let object = ended.succeeds().keeps_stderr_empty().object();
            assert_eq!(
                (&object["access_token"], &object["refreshed"]),
                (&json!(login.access_token), &json!(false))
            );
        } else {
            let error = ended.exits(5).error();
            assert_eq!((&error["code"], &error["retry_after"]), (&json!("unavailable"), &json!(0)));
        }
        assert_eq!(world.item("fbox"), item, "neither marked nor overwritten");
        let state = if with_access { "valid" } else { "ready" };
        assert_eq!(world.run(&["status", "--json"]).succeeds().object()["profiles"][0]["state"], state);
        let token = world.run(&["token"]).succeeds().keeps_stderr_empty();
        if with_access {
            token.prints(&format!("{}\n", login.access_token));
            world.run(&["refresh"]).succeeds();
        }
        assert_eq!(vendor.sends_of(&login.refresh_token), 1, "the next request presents the newer one");
        assert_eq!(record(&mut world.item("fbox"))["mark"], Value::Null);
        world.run(&["recover"]).succeeds().prints("fbox: journal and store agree\n");
    }
}

/// Each call wakes two programs. It searches while the dialect is read, and under the lock only if that took longer than half a
/// second; it reads what it found before the lock, under it, and before each of the two times that it writes: before the request
/// and after the answer.
#[test]
fn a_refresh_asks_the_keyring_as_little_as_its_promises_allow() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    let calls = world.service().count_calls(|| drop(world.run(&["refresh"]).succeeds()));
    let count = |method: &str| calls.get(method).copied().unwrap_or(0);
    let counts = ["OpenSession", "GetSecret", "SetSecret"].map(count);
    assert_eq!(counts, [1, 4, 2], "{calls:?}");
    assert!((1..=2).contains(&count("SearchItems")), "{calls:?}");
}

/// The search goes on beside the run: its thread is there before the journal is read.
#[test]
fn whoever_looks_at_once_searches_while_the_profile_is_read() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::Keyring, &vendor).asking_the_store();
    // With a log nobody is answered from the cache.
    world.change("[profiles.fbox]", "log = true\n[profiles.fbox]");
    world.run(&["token"]).succeeds();
    let traced = |arguments: &[&str]| {
        let trace = world.path().join("trace");
        let options = ["-o", trace.to_str().expect("UTF-8"), "-e", "trace=%file,clone,clone3,connect"];
        world.strace(&options, arguments).stdin(Stdio::null()).output().expect("strace");
        fs::read_to_string(&trace).expect("written")
    };
    for arguments in [
        &["token"][..],
        &["refresh"],
        &["header"],
        &["sasl", "xoauth2", "--user", "me"],
        &["env", "--format", "sh"],
        &["exec", "--env", "TOKEN", "--", "/bin/true"],
        &["helper", "kubectl"],
        &["logout", "--local"],
    ] {
        let trace = traced(arguments);
        let (thread, journal) = (trace.find("clone"), trace.find(".jrn"));
        assert!(thread.is_some() && thread < journal, "{arguments:?}: {trace}");
        assert!(trace.contains("/bus\""), "{arguments:?}: {trace}");
    }
    for arguments in [&["refresh", "--dry-run"][..], &["recover", "--stdin"]] {
        let trace = traced(arguments);
        assert!(!trace.contains("/bus\""), "{arguments:?}: {trace}");
    }
}

/// What a run finds before a person has given it the token says nothing of what is there when they have.
#[test]
fn an_item_that_comes_or_goes_while_a_person_thinks_is_seen() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let world = World::with(On::Keyring, &vendor);
    let given = |mut child: Child, token: &str| {
        std::thread::sleep(Duration::from_millis(600));
        child.stdin.take().expect("piped").write_all(token.as_bytes()).expect("it listens");
        Ended::of("import", child.wait_with_output().expect("it ends"), Instant::now())
    };
    // It goes.
    let child = world.spawn(&["import"]);
    std::thread::sleep(Duration::from_millis(300));
    world.run(&["logout", "--local"]).succeeds();
    given(child, &vendor.login().refresh_token).succeeds();
    // It comes: the first has found nothing.
    world.run(&["logout", "--local"]).succeeds();
    let child = world.spawn(&["import"]);
    std::thread::sleep(Duration::from_millis(300));
    world.run_with(&["import"], &vendor.login().refresh_token).succeeds();
    given(child, "rt-canary-2").says("--replace");
    world.run(&["recover"]).succeeds().prints("fbox: journal and store agree\n");
}

/// `work` is done while the vendor has the request and has not answered.
fn refreshed_meanwhile(world: &World, vendor: &StandIn, work: impl FnOnce()) {
    let (gate, latch) = Gate::shut();
    vendor.misbehave(Fault::Held(gate));
    let child = world.spawn(&["refresh"]);
    wait_for(|| !vendor.requests().is_empty());
    work();
    latch.open();
    Ended::of("refresh", child.wait_with_output().expect("it ends"), Instant::now()).succeeds();
}

/// Where it was found is nothing then: it is searched, and made.
#[test]
fn an_item_that_is_deleted_while_the_vendor_answers_is_made_again() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    refreshed_meanwhile(&world, &vendor, || {
        let clear = ["clear", "service", "tokcli", "username", "fbox"];
        assert!(world.service().secret_tool(&clear, "").status.success());
    });
    let current = vendor.current().refresh_token;
    assert_eq!(record(&mut world.item("fbox"))["refresh_token"], current.as_str());
    world.run(&["recover"]).succeeds().prints("fbox: journal and store agree\n");
}

/// Where it was found is another program's then: it is searched, and made beside that.
#[test]
fn an_item_that_is_given_to_another_program_is_left_to_it() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    refreshed_meanwhile(&world, &vendor, || world.service().give_away("fbox", "its own"));
    assert_eq!(world.service().secret_tool(&["lookup", "of", "another"], "").stdout, b"its own");
    let current = vendor.current().refresh_token;
    assert_eq!(record(&mut world.item("fbox"))["refresh_token"], current.as_str());
}

/// A person takes their time.
#[test]
fn a_bus_that_dies_while_an_import_waits_is_asked_as_it_is_then() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let mut world = World::on(On::Keyring);
    world.profile(&vendor);
    let import = |world: &mut World, meanwhile: fn(&mut SecretService)| {
        let mut child = world.spawn(&["import"]);
        std::thread::sleep(Duration::from_millis(600));
        meanwhile(world.keyring.as_mut().expect("keyring"));
        child.stdin.take().expect("piped").write_all(b"rt-canary-1").expect("it listens");
        Ended::of("import", child.wait_with_output().expect("it ends"), Instant::now())
    };
    import(&mut world, SecretService::kill_bus).exits(6).says("hint: ");
    let journals = fs::read_dir(world.state().join("journal")).expect("made").count();
    assert_eq!(journals, 0, "nothing was written");
    world.keyring.as_mut().expect("keyring").restart();
    import(&mut world, SecretService::restart).succeeds();
    assert!(world.service().lookup("fbox").status.success());
}
