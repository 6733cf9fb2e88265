//! Vendors that misbehave: what is lost (nothing), what is asked again (by the
//! rule only), and what the user is told. What an answer can look like: `bad_answers.rs`.

use std::time::Duration;

use serde_json::json;

use crate::moments::Traced;
use crate::programs::ask;
use crate::sequence::wait_for;
use crate::shim::Shim;
use crate::stand_in::{Fault, Options, StandIn, Vendor};
use crate::world::{On, Since, World};

/// A world whose vendor says that a spent token has no further penalty.
fn strict(vendor: &StandIn) -> World {
    let mut world = World::with(On::File, vendor);
    world.add("rotation = \"strict\"");
    world
}

#[test]
fn p15_no_usable_answer_is_exit_8_and_the_next_run_follows_the_rule() {
    for fault in [
        Fault::DropAfterRead,
        Fault::ResetAfterRead,
        Fault::CutMidHeader,
        Fault::Truncate { at: 20 },
        Fault::Raw(b"HTTP/1.1 garbage\r\n\r\n".to_vec()),
        Fault::json(500, "{}"),
        Fault::json(408, ""),
        Fault::json(101, ""),
    ] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(On::File, &vendor);
        vendor.misbehave(fault);
        let error = world.run(&["refresh", "--json"]).exits(8).error();
        assert_eq!((&error["code"], &error["retry_after"]), (&json!("no_answer"), &json!(60)));
        assert!(error["message"].as_str().expect("text").contains("after 60 s asks once more"), "{error}");
        for command in [&["refresh"][..], &["token"], &["refresh", "--force-replay"]] {
            world.run(command).exits(8);
        }
        assert_eq!(vendor.requests().len(), 1, "the vendor may still be working on it: nobody asks");
    }
}

#[test]
fn p15_a_strict_vendor_is_asked_again_at_once() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = strict(&vendor);
    vendor.misbehave(Fault::DropAfterRead);
    world.run(&["refresh"]).exits(8).says("the next run asks again");
    world.run(&["refresh"]).succeeds().prints(&format!("{}\n", vendor.current().access_token));
    assert_eq!(vendor.requests().len(), 2);
}

#[test]
fn p15_where_replay_is_forbidden_nothing_is_sent_again() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = strict(&vendor);
    world.add("replay = \"never\"");
    vendor.misbehave(Fault::DropAfterRead);
    world.run(&["refresh"]).exits(8).says("nothing more is sent automatically").says("--force-replay");
    world.run(&["refresh"]).exits(8).says("--force-replay");
    assert_eq!(vendor.requests().len(), 1);
    world.run(&["refresh", "--force-replay"]).succeeds();
    assert_eq!(vendor.requests().len(), 2);
}

#[test]
fn a_lost_answer_of_a_strict_vendor_ends_in_a_login_and_loses_nothing_else() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_reuse();
    let world = strict(&vendor);
    vendor.misbehave(Fault::spend_then(Fault::DropAfterRead));
    world.run(&["refresh"]).exits(8);
    world.run(&["refresh"]).exits(4).says("log in again");
    world.run_with(&["import"], &vendor.login().refresh_token).succeeds();
    world.run(&["token"]).succeeds();
}

#[test]
fn a_token_at_hand_is_used_while_refreshing_fails() {
    let vendor = StandIn::start_with(Vendor::Fbox, Options { access_lifetime: 100, ..Options::default() });
    let world = World::with(On::File, &vendor);
    let token = world.run(&["token"]).succeeds();
    // Half of its life is the most that a minimum TTL can ask for.
    world.run(&["token", "--min-ttl", "90s"]).succeeds().prints(&token.stdout).says("cut to half");
    assert_eq!(vendor.requests().len(), 1);

    let mut world = world;
    let shim = Shim::build(&world);
    shim.later(&mut world, 60);
    let headers = vec![("Retry-After".to_owned(), "600".to_owned())];
    vendor.misbehave(Fault::Answer { status: 503, headers, body: Vec::new() });
    let warned = world
        .run(&["token"])
        .succeeds()
        .prints(&token.stdout)
        .says("warning: the token at hand is still valid");
    assert_eq!(warned.stderr.lines().count(), 1);
    let object = world.run(&["token", "--json"]).succeeds().keeps_stderr_empty().object();
    assert_eq!(object["warnings"].as_array().expect("a list").len(), 1, "{object}");
    // Of a run that is started for this one, too.
    let told = ask(&world, &["header"], "");
    assert_eq!(told.stdout, format!("Authorization: Bearer {}", token.stdout));
    assert!(told.stderr.contains("warning: the token at hand is still valid"), "{told:?}");
    assert_eq!(vendor.requests().len(), 2, "the vendor said when: the second run does not ask");
    shim.later(&mut world, 101);
    world.run(&["token"]).exits(5);
}

#[test]
fn retry_after_binds_every_run_and_is_told() {
    for (header, wait) in [
        (Some("300"), 300),
        (None, 60),
        (Some("999999999"), 3_600),
        (Some("-5"), 60),
        (Some("soon"), 60),
        (Some("Sun, 06 Nov 1994 08:49:37 GMT"), 60),
    ] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(On::File, &vendor);
        vendor.rate_limit(header);
        let begun = Since::now();
        for command in [&["refresh", "--json"][..], &["token", "--json"], &["refresh", "--json"]] {
            let error = world.run(command).exits(5).error();
            assert_eq!(error["code"], "rate_limited");
            begun.assert_left(&error["retry_after"], wait);
        }
        assert_eq!(vendor.requests().len(), 1, "{header:?}");
    }
}

#[test]
fn p11_marks_spare_the_vendor_and_hold_until_what_they_are_about_changes() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    vendor.reject_client();
    world.run(&["token"]).exits(3);
    world.run(&["token"]).exits(3).says("rejected the client").says("client_secret");
    world.run(&["refresh", "--all"]).exits(3);
    assert_eq!(vendor.requests().len(), 1, "`token` and `refresh --all` obey the mark");
    world.run(&["refresh"]).exits(3);
    assert_eq!(vendor.requests().len(), 2, "`refresh` asks again");
    assert_eq!(
        world.run(&["status", "--json"]).succeeds().object()["profiles"][0]["state"],
        "client_rejected"
    );
    vendor.behave();
    world.run(&["token"]).exits(3);
    world.set("FBOX_SECRET", "another-canary-secret");
    world.run(&["token"]).exits(3);
    assert_eq!(vendor.requests().len(), 3, "another secret is another question");
    world.set("FBOX_SECRET", vendor.client_secret());
    world.run(&["refresh"]).succeeds();

    vendor.expire_login();
    vendor.expire_access();
    world.run(&["refresh"]).exits(4);
    let requests = vendor.requests().len();
    world.run(&["token", "--min-ttl", "119m"]).succeeds().says("cut to half");
    assert_eq!(vendor.requests().len(), requests);
    assert_eq!(
        world.run(&["status", "--json"]).succeeds().object()["profiles"][0]["state"],
        "login_required"
    );
}

#[test]
fn p9_an_answer_that_the_dialect_cannot_read_waits_sealed_until_it_can() {
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::with(store, &vendor);
        vendor.misbehave(Fault::edit(|answer| json!({ "data": answer })));
        world.run(&["refresh"]).exits(8).says("kept sealed").says("tokcli recover");
        world.run(&["refresh"]).exits(8).says("kept sealed");
        world.run(&["token"]).exits(8);
        let shown = world.run(&["recover", "-p", "fbox"]).succeeds();
        assert!(
            shown.stdout.contains("/data/refresh_token: string of ")
                && shown.stdout.contains("/data/expires_in: number"),
            "{}",
            shown.stdout
        );
        world.assert_nothing_in_the_clear();
        assert_eq!(vendor.requests().len(), 1, "nothing more was sent");
        world.change("dialect = \"fbox\"", "dialect = \"mended\"");
        world.add("[dialects.mended]\nextends = \"fbox\"\n[dialects.mended.exchanges.refresh.answer]\naccess_token = \"/data/access_token\"\nrefresh_token = \"/data/refresh_token\"\n");
        world
            .run(&["recover", "-p", "fbox"])
            .succeeds()
            .prints("fbox: an answer that had been left sealed was read and stored\n");
        world.run(&["token"]).succeeds().prints(&format!("{}\n", vendor.current().access_token));
        assert_eq!(vendor.requests().len(), 1);
    }
}

#[test]
fn p31_a_token_that_cannot_be_printed_raw_is_kept_and_json_carries_it() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    for (at, (token, offset)) in [
        ("at-canary\nx", 9),
        ("at-canary\0", 9),
        ("at canary", 2),
        (" at-canary", 0),
        ("at-canary\u{7f}", 9),
        ("at-canary\u{80}", 9),
        ("\u{e9}at-canary", 0),
        ("at-canary\u{1f511}", 9),
    ]
    .into_iter()
    .enumerate()
    {
        vendor.misbehave(Fault::edit(move |mut answer| {
            answer["access_token"] = json!(token);
            answer
        }));
        let ended = world.run(&["refresh"]).exits(3).says_nothing_on_stdout().says("--json");
        ended.says(&format!("{} bytes", token.len())).says(&format!("offset {offset}"));
        let object = world.run(&["token", "--json"]).succeeds().object();
        assert_eq!(object["access_token"], token);
        assert_eq!(vendor.requests().len(), at + 1);
    }
    vendor.misbehave(Fault::edit(|mut answer| {
        answer["access_token"] = json!("!at-canary~");
        answer
    }));
    world.run(&["refresh"]).succeeds().prints("!at-canary~\n");
}

#[test]
fn a_busy_credential_is_exit_5_at_the_deadline() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let latch = vendor.hold(1);
    let child = world.spawn(&["refresh"]);
    wait_for(|| !vendor.requests().is_empty());
    for deadline in ["0", "1s"] {
        let error = world.run(&["refresh", "--json", "--deadline", deadline]).exits(5).error();
        assert_eq!(error["code"], "busy");
    }
    latch.open();
    assert!(child.wait_with_output().expect("it ends").status.success());
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn a_saved_token_that_deceives_gives_way_to_the_old_one() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let cut = "{\"refresh_token\":\"rt-canary-false\",\"access_tok";
    vendor.misbehave(Fault::Raw(format!("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{cut}").into_bytes()));
    world.run(&["refresh"]).exits(8);
    let error = world.run(&["refresh", "--json"]).exits(5).error();
    assert_eq!((&error["code"], &error["retry_after"]), (&json!("unavailable"), &json!(0)));
    world.run(&["refresh"]).succeeds();
}

/// A journal that has taken an answer so large that its slots must grow before the next refresh.
fn about_to_grow() -> (StandIn, World, String) {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    vendor.misbehave(Fault::edit(|mut answer| {
        answer["access_token"] = json!(format!("at-canary-{}", "a".repeat(20_000)));
        answer
    }));
    let token = world.run(&["token"]).succeeds().stdout;
    (vendor, world, token)
}

/// While the disk is full, or the run is killed, at each call that makes the larger one.
#[test]
fn a_journal_that_grows_loses_nothing_whatever_happens_meanwhile() {
    let (_vendor, world, _) = about_to_grow();
    let calls = world.calls(&["refresh"]);
    let mut from = 0;
    let mut next = |what: &str, which: &str| {
        let is_it = |call: &Traced| call.name == what && call.text.contains(which);
        let found = calls[from..].iter().position(is_it);
        from += found.unwrap_or_else(|| panic!("{what} {which}: {calls:#?}")) + 1;
        calls[from - 1].clone()
    };
    next("openat", "O_CREAT");
    let made = [("write", ""), ("fsync", ""), ("rename", "journal"), ("fsync", ""), ("pwrite64", "")];
    let made = made.map(|(what, which)| next(what, which));
    for (Traced { name, nth, .. }, faults) in made.iter().zip([
        &["error=ENOSPC", "signal=KILL"][..],
        &["error=EIO", "signal=KILL"],
        &["error=EIO", "signal=KILL"],
        &["signal=KILL"],
        &["error=ENOSPC", "signal=KILL"],
    ]) {
        for fault in faults {
            let (vendor, world, token) = about_to_grow();
            let inject = format!("{name}:{fault}:when={nth}");
            let output = world.run_injected(&inject, &["refresh"]);
            assert!(!output.status.success(), "{inject}");
            assert_eq!(vendor.requests().len(), 1, "{inject}: nothing was sent");
            world.run(&["token"]).succeeds().prints(&token);
            world.run(&["refresh"]).succeeds();
            assert_eq!(vendor.requests().len(), 2, "{inject}");
        }
    }
}

#[test]
fn b58_a_limit_on_file_size_is_an_error_and_no_death() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    world.run(&["token"]).succeeds();
    for blocks in ["0", "1", "64"] {
        let script = format!("ulimit -f {blocks}; exec \"$0\" refresh");
        let output = world
            .command_of("bash", &["-c", &script, env!("CARGO_BIN_EXE_tokcli")])
            .output()
            .expect("bash runs");
        assert!(matches!(output.status.code(), Some(6)), "{blocks}: {output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("limit"), "{output:?}");
        world.run(&["token"]).succeeds();
    }
    assert_eq!(vendor.requests().len(), 1, "seen before anything was sent");
    world.run(&["refresh"]).succeeds();
}

#[test]
fn p33_a_server_that_is_silent_in_its_handshake_holds_nobody_beyond_the_deadline() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("https://{}", silent.local_addr().expect("address"));
    world.change(&vendor.origin(), &address);
    world.run(&["rebind", "--yes"]).succeeds();
    let ended = world.run(&["refresh", "--deadline", "3s"]).exits(5).says("no connection was made in time");
    assert!(ended.keeps_to(3.0).seconds > 2.9, "it was given its 3 s");
    world.change(&address, &vendor.origin());
    world.run(&["rebind", "--yes"]).succeeds();
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 1, "nothing was sent, and nothing is uncertain");
}

#[test]
fn p33_only_abandon_lets_the_deadline_cut_off_a_request_that_was_sent() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let silent = vendor.keep_silent();
    let begun = Since::now();
    let cut = world.run(&["refresh", "--abandon", "--deadline", "4s", "--json"]).exits(8).keeps_to(4.0);
    assert_eq!((&cut.error()["code"], &cut.error()["retry_after"]), (&json!("no_answer"), &json!(60)));
    assert!(cut.seconds > 3.8, "{} s", cut.seconds);
    begun.assert_left(&world.run(&["refresh", "--json"]).exits(8).error()["retry_after"], 60);
    assert_eq!(vendor.requests().len(), 1);
    drop(silent);

    // It has a second at the least, and is awaited beyond the deadline unless abandoned.
    let vendor = StandIn::start(Vendor::Fbox);
    let world = strict(&vendor);
    let silent = vendor.keep_silent();
    let cut = world.run(&["refresh", "--abandon", "--deadline", "0"]).exits(8).keeps_to(1.0);
    assert!(cut.says("the next run asks again").seconds > 0.9);
    drop(silent);
    let latch = vendor.hold(1);
    let mut awaited = world.spawn(&["refresh", "--deadline", "4s"]);
    std::thread::sleep(Duration::from_millis(4_200));
    wait_for(|| vendor.requests().len() == 2);
    assert!(awaited.try_wait().expect("ours").is_none(), "the deadline is over, and it waits");
    latch.open();
    let output = awaited.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), vendor.current().access_token);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    assert_eq!(vendor.requests().len(), 2);
}

#[test]
fn p11_a_mark_ends_when_the_token_address_or_the_client_changes() {
    let (vendor, other) = (StandIn::start(Vendor::Fbox), StandIn::start(Vendor::Fbox));
    other.expect_departures();
    vendor.expect_departures();
    let asked = || (vendor.requests().len(), other.requests().len());
    let marked = |world: &World, exit: i32| {
        let before = asked();
        world.run(&["token"]).exits(exit).says("remembered from the last request");
        assert_eq!(asked(), before, "a mark spares the vendor");
    };
    for (word, exit) in [("login_required", 4), ("client_rejected", 3)] {
        vendor.behave();
        let mut world = World::with(On::File, &vendor);
        match exit {
            4 => vendor.expire_login(),
            _ => vendor.reject_client(),
        }
        world.run(&["token"]).exits(exit);
        marked(&world, exit);
        // The other address of the same vendor needs no `rebind`.
        let before = asked();
        let base = format!("base_url = \"{}\"", vendor.origin());
        let token_url = format!("token_url = \"{}/core/connect/token\"", vendor.origin());
        world.change(&base, &token_url);
        world.run(&["token"]).exits(exit).says("the vendor re");
        assert_eq!(asked(), (before.0 + 1, before.1), "{word}: another address is another question");
        marked(&world, exit);
        // Another client needs one.
        let client = format!("client_id = \"{}\"", vendor.client_id());
        world.change(&client, "client_id = \"somebody-else\"");
        world.run(&["token"]).exits(3).says("rebind");
        world.run(&["rebind", "--yes"]).succeeds();
        assert_eq!(asked(), (before.0 + 1, before.1), "{word}");
        let ended = world.run(&["token"]);
        assert!(matches!(ended.code, Some(3 | 4)), "{ended:?}");
        assert_eq!(asked(), (before.0 + 2, before.1), "{word}: another client is another question");
        marked(&world, ended.code.expect("no signal"));
        // So does another server.
        world.change(&vendor.origin(), &other.origin());
        world.change("client_id = \"somebody-else\"", &client);
        world.run(&["token"]).exits(3).says("rebind");
        world.run(&["rebind", "--yes"]).succeeds();
        world.run(&["token"]).exits(4);
        assert_eq!(asked(), (before.0 + 2, before.1 + 1), "{word}: another server is another question");
    }
}
