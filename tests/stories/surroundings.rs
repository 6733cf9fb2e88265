//! What is around a credential changes while nobody looks, or is not as tokcli would make it: the journal under a
//! request that is out, the room for an answer, memory, keys, keyrings that were reset, modes of directories.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Instant;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::moments::Moment;
use crate::sequence::wait_for;
use crate::stand_in::{Act, Fault, Gate, Latch, StandIn, Vendor};
use crate::world::{Ended, On, World, walk};

fn only_journal(world: &World) -> PathBuf {
    let mut files = Vec::new();
    walk(&world.state().join("journal"), &mut files);
    files.retain(|path| path.extension().is_some_and(|end| end == "jrn"));
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

fn ended(child: Child, what: &str) -> Ended {
    Ended::of(what, child.wait_with_output().expect("it ends"), Instant::now())
}

/// A dialect that keeps two values, and an answer that fills 48 KiB with them and with its tokens.
const KEEPS: &str = "[dialects.fbox]\nextends = \"fbox\"\n[dialects.fbox.exchanges.refresh.answer.keep]\nfirst = { at = \"/pad\", optional = true }\nsecond = { at = \"/more\", optional = true }\n";

fn large(access: usize, pad: usize) -> Fault {
    Fault::edit(move |mut answer| {
        answer["access_token"] = "a".repeat(access).into();
        answer["pad"] = "p".repeat(pad).into();
        answer["more"] = "m".repeat(pad).into();
        answer
    })
}

#[test]
fn an_answer_that_fills_all_its_room_has_room_beside_the_one_before_it() {
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::with(store, &vendor).asking_the_store();
        world.add(KEEPS);
        for (access, pad) in [(32_000, 8_000), (32_000, 8_000), (47_000, 10), (10, 8_100), (40_000, 4_000)] {
            vendor.misbehave(large(access, pad));
            let run = world.run(&["refresh"]).succeeds().keeps_stderr_empty();
            assert_eq!(run.stdout.len(), access + 1);
            world.run(&["token"]).succeeds().prints(&run.stdout);
        }
        world.run(&["refresh"]).succeeds();
        assert_eq!(vendor.requests().len(), 6, "{}", store.word());
    }
}

/// Unread it stays in the journal, with the refresh token that was found in it.
#[test]
fn a_large_answer_that_cannot_be_read_has_room_with_the_refresh_token_in_it() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    vendor.misbehave(Fault::edit(|mut answer| {
        answer.as_object_mut().expect("an object").remove("access_token");
        answer["pad"] = "p".repeat(47_000).into();
        answer
    }));
    world.run(&["refresh"]).exits(8);
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 2);
}

#[test]
fn a_disk_that_has_no_room_for_a_larger_journal_is_seen_before_anything_is_sent() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    world.add_large(&vendor);
    let sent = vendor.requests().len();
    // The rename that puts the larger one in its place fails.
    let output = world.run_injected("rename:error=ENOSPC:when=1+", &["refresh"]);
    assert_eq!(output.status.code(), Some(6), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(vendor.requests().len(), sent);
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), sent + 1);
}

impl World {
    /// A record that the slots of a new journal cannot hold beside another answer.
    fn add_large(&self, vendor: &StandIn) {
        vendor.misbehave(large(40_000, 10));
        self.run(&["refresh"]).succeeds();
    }
}

#[test]
fn a_refresh_token_whose_successor_could_not_be_kept_is_refused_at_the_import() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let mut world = World::on(On::File);
    world.profile(&vendor);
    for (length, exit) in [(60_000, 3), (49_152, 3), (48_129, 3), (48_128, 0)] {
        let run = world.run_with(&["import", "--replace"], &"r".repeat(length)).exits(exit);
        if exit == 3 {
            run.says(&format!("{length} bytes")).says("at most 49152 bytes");
        }
    }
    let mut answer = vendor.login().answer;
    answer["pad"] = "p".repeat(50_000).into();
    let run = world.run_with(&["import", "--answer", "--replace"], &answer.to_string()).exits(3);
    run.says("the answer on standard input has").says("at most 49152 bytes");
}

/// What happens to the journal while the vendor thinks.
type Harm = fn(&World);

const HARMS: [(&str, Harm); 10] = [
    ("deleted", |world| fs::remove_file(only_journal(world)).expect("removed")),
    ("moved", |world| fs::rename(only_journal(world), world.path().join("old")).expect("moved")),
    ("truncated", |world| fs::write(only_journal(world), "").expect("written")),
    ("replaced by a copy", |world| {
        let path = only_journal(world);
        fs::copy(&path, world.path().join("copy")).expect("copied");
        fs::rename(world.path().join("copy"), &path).expect("moved");
    }),
    ("overwritten by an older one", |world| {
        let bytes = fs::read(world.path().join("backup")).expect("read");
        fs::write(only_journal(world), bytes).expect("written");
    }),
    ("deleted with its directory", |world| {
        wait_for(|| fs::remove_dir_all(world.state().join("journal")).is_ok());
    }),
    ("moved with the state directory", |world| {
        fs::rename(world.state(), world.path().join("old-state")).expect("moved");
    }),
    // Where it was written anew in between, once more.
    ("deleted with the state directory", |world| wait_for(|| fs::remove_dir_all(world.state()).is_ok())),
    ("linked", |world| {
        fs::hard_link(only_journal(world), world.path().join("second")).expect("linked");
    }),
    ("left without the key beside it", |world| {
        let key = world.state().join("file.key");
        fs::write(if key.exists() { key } else { only_journal(world) }, b"\xff\xfe\0no").expect("written");
    }),
];

fn waits(vendor: &StandIn) -> Latch {
    let (gate, latch) = Gate::shut();
    vendor.misbehave(Fault::retell(move |answer| {
        let body = answer.to_string();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        vec![Act::Wait(gate.clone()), Act::Send((head + &body).into())]
    }));
    latch
}

#[test]
fn f29_a_journal_that_goes_away_while_a_request_is_out_is_written_anew() {
    for store in [On::File, On::Keyring] {
        for (what, harm) in HARMS {
            let vendor = StandIn::start(Vendor::Fbox);
            let world = World::with(store, &vendor).asking_the_store();
            fs::copy(only_journal(&world), world.path().join("backup")).expect("copied");
            world.run(&["refresh"]).succeeds();
            let sent = vendor.requests().len();
            let latch = waits(&vendor);
            let child = world.command(&["refresh"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
            let child = child.expect("tokcli runs");
            wait_for(|| vendor.requests().len() == sent + 1);
            harm(&world);
            latch.open();
            let run = ended(child, "refresh").succeeds();
            assert!(run.stderr.contains("it was written again"), "{what}: {}", run.stderr);
            world.run(&["token"]).succeeds().prints(&run.stdout);
            world.run(&["refresh"]).succeeds();
            assert_eq!(vendor.requests().len(), sent + 2, "{what}, {}", store.word());
        }
    }
}

#[test]
fn f29_a_key_that_is_another_one_while_a_request_is_out_is_told_and_nothing_is_lost() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor).asking_the_store();
    world.run(&["refresh"]).succeeds();
    let key = world.state().join("file.key");
    let right = fs::read(&key).expect("read");
    let latch = waits(&vendor);
    let child = world.command(&["refresh"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.expect("tokcli runs");
    wait_for(|| vendor.requests().len() == 2);
    fs::write(&key, format!("{}\n", "A".repeat(43) + "=")).expect("written");
    latch.open();
    let run = ended(child, "refresh").exits(7);
    assert!(run.stderr.contains("sealed"), "{}", run.stderr);
    fs::write(&key, right).expect("put back");
    world.run(&["token"]).succeeds().prints(&format!("{}\n", vendor.current().access_token));
    world.run(&["refresh"]).succeeds();
    assert_eq!((vendor.requests().len(), vendor.reused().len()), (3, 0));
}

/// Between the answer's write and the record's: as strace holds the run up there.
#[test]
fn f29_a_journal_that_goes_away_between_seal_and_record_is_written_anew() {
    for (what, harm) in HARMS {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(On::File, &vendor).asking_the_store();
        fs::copy(only_journal(&world), world.path().join("backup")).expect("copied");
        world.run(&["refresh"]).succeeds();
        let sent = vendor.requests().len();
        let before = world.journal();
        let inject = Moment::Record.inject("delay_enter=3000000");
        let mut command = world.injected(&inject, &[], &["refresh"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("strace runs");
        wait_for(|| vendor.requests().len() == sent + 1);
        // Intent and answer.
        wait_for(|| changed(&before, &fs::read(only_journal(&world)).expect("read")) == 2);
        harm(&world);
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{what}: {said}");
        world.run(&["token"]).succeeds().prints(&String::from_utf8_lossy(&output.stdout));
        world.run(&["refresh"]).succeeds();
        assert_eq!(vendor.requests().len(), sent + 2, "{what}");
    }
}

/// How many slots have other heads.
fn changed(before: &[u8], after: &[u8]) -> usize {
    let half = before.len() / 2;
    [0, half].iter().filter(|at| before[**at..**at + 64] != after[**at..**at + 64]).count()
}

#[test]
fn f29_a_journal_that_cannot_be_written_anew_is_exit_7_with_the_sealed_text() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor).asking_the_store();
    world.run(&["refresh"]).succeeds();
    let latch = waits(&vendor);
    let child = world.command(&["refresh"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.expect("tokcli runs");
    wait_for(|| vendor.requests().len() == 2);
    // A file where the state directory was.
    let (state, aside) = (world.state(), world.path().join("aside"));
    fs::rename(&state, &aside).expect("moved");
    fs::write(&state, "").expect("written");
    latch.open();
    let run = ended(child, "refresh").exits(7).says_nothing_on_stdout();
    let sealed =
        run.stderr.lines().find_map(|line| line.split_once("sealed: ")).expect("the text").1.to_owned();
    fs::remove_file(&state).expect("removed");
    fs::rename(&aside, &state).expect("back");
    // As if the moved journal had been lost, too: an older one is there.
    world.run_with(&["recover", "--stdin", "-p", "fbox"], &sealed);
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 3);
}

/// In the new directory somebody has logged in anew meanwhile: that login is not overwritten.
#[test]
fn f29_a_new_login_in_the_journals_place_stays() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor).asking_the_store();
    world.run(&["refresh"]).succeeds();
    let latch = waits(&vendor);
    let child = world.command(&["refresh"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.expect("tokcli runs");
    wait_for(|| vendor.requests().len() == 2);
    fs::rename(world.state(), world.path().join("old-state")).expect("moved");
    world.import(&vendor);
    latch.open();
    ended(child, "refresh").exits(7).says_nothing_on_stdout();
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 3);
}

#[test]
fn b46_a_slot_that_is_damaged_in_its_format_alone_is_a_torn_one() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor).asking_the_store();
    let token = world.run(&["refresh"]).succeeds();
    let path = only_journal(&world);
    let good = fs::read(&path).expect("read");
    for at in [0, good.len() / 2] {
        let mut bad = good.clone();
        bad[at + 11] = 0x7f;
        fs::write(&path, &bad).expect("written");
        world.run(&["token"]).succeeds().prints(&token.stdout);
    }
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 2);
}

#[test]
fn b13_two_file_stores_with_different_keys_cannot_share_an_account() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    world.run(&["token"]).succeeds();
    let before = world.journal();
    let entry =
        crate::world::entry(&vendor, "second", On::File).replace("store = \"file\"", "store = \"other\"");
    world.add(&format!(
        "{entry}account = \"FBOX\"\n[stores.other]\nkind = \"file\"\nkey = {{ file = \"other.key\" }}"
    ));
    world
        .run(&["config", "check"])
        .exits(3)
        .says("in a file store with another key")
        .says("its own `account`");
    for name in ["fbox", "second"] {
        for command in
            [&["token"][..], &["refresh"], &["import", "--replace"], &["logout", "--local"], &["recover"]]
        {
            world
                .run_with(&[command, &["-p", name]].concat(), "rt-canary-new")
                .exits(3)
                .says("with another key");
        }
    }
    assert!(world.journal() == before, "nothing was written");
    world.change("account = \"FBOX\"", "account = \"other\"");
    world.write("other.key", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
    world.run(&["config", "check"]).succeeds();
    world.run_with(&["import", "-p", "second"], &vendor.login().refresh_token).succeeds();
    world.run(&["refresh", "-p", "second"]).succeeds();
    world.run(&["refresh", "-p", "fbox"]).succeeds();
    // The same key under two names is one store.
    world.change("account = \"other\"", "account = \"fbox\"");
    world.change("key = { file = \"other.key\" }", "");
    world.run(&["config", "check"]).succeeds();
    world.run(&["refresh", "-p", "second"]).succeeds();
}

/// What can lie where a file of ours belongs and is none.
#[test]
fn nothing_that_is_no_file_is_waited_for() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File).asking_the_store();
    world.add("log = true");
    world.profile(&vendor);
    world.import(&vendor);
    world.run(&["refresh"]).succeeds();
    let named = |end: &str| {
        let mut all = Vec::new();
        walk(&world.state(), &mut all);
        let of_ours = |path: &&PathBuf| path.display().to_string().ends_with(end);
        all.iter().filter(of_ours).find(|path| !path.ends_with("file-key.lock")).expect(end).clone()
    };
    let places = [".jrn", ".lock", "file.key", "last-run.json", "log"];
    world.run(&["refresh", "--all", "--due"]).succeeds();
    for place in places.map(named) {
        for kind in ["fifo", "socket", "directory", "device"] {
            let aside = world.path().join("aside");
            fs::rename(&place, &aside).expect("moved");
            if !put(kind, &place) {
                fs::rename(&aside, &place).expect("back");
                continue;
            }
            let lost = ["last-run.json", "log"].iter().any(|name| place.ends_with(name));
            for command in
                ["refresh", "status", "recover", "doctor", "refresh --all --due", "keepalive status"]
            {
                let arguments =
                    [&["60", env!("CARGO_BIN_EXE_tokcli")][..], &command.split(' ').collect::<Vec<_>>()]
                        .concat();
                let ended = world.end(world.command_of("timeout", &arguments), &[command], "");
                let what = format!("{command}, {kind} at {}: {ended:?}", place.display());
                assert_ne!(ended.code, Some(124), "{what}");
                match command {
                    "refresh" | "recover" if !lost => {
                        assert_eq!(ended.code, Some(6), "{what}");
                        assert!(
                            ended.stderr.contains(&format!("{} is not a file", place.display())),
                            "{what}"
                        );
                    }
                    "keepalive status" if ended.code == Some(6) => {
                        assert!(ended.stderr.contains("last-run.json is not a file"), "{what}");
                    }
                    "refresh" | "status" | "keepalive status" => assert_eq!(ended.code, Some(0), "{what}"),
                    _ => {}
                }
            }
            // What may be lost is put in the place of all but a directory.
            let _ = fs::remove_dir(&place).or_else(|_| fs::remove_file(&place));
            fs::rename(&aside, &place).expect("back");
        }
    }
    world.run(&["refresh"]).succeeds();
}

/// `false`: this user cannot make one.
fn put(kind: &str, path: &Path) -> bool {
    let run = |words: &[&str]| {
        std::process::Command::new(words[0])
            .args(&words[1..])
            .arg(path)
            .args(if kind == "device" { &["c", "1", "5"][..] } else { &[] })
            .status()
            .expect(words[0])
            .success()
    };
    match kind {
        "fifo" => run(&["mkfifo", "-m", "600"]),
        "directory" => run(&["mkdir", "-m", "700"]),
        // Of zeros, which never end.
        "device" => crate::shim::is_root() && run(&["mknod", "-m", "600"]),
        _ => {
            std::os::unix::net::UnixListener::bind(path).expect("a socket");
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("mode");
            true
        }
    }
}

#[test]
fn the_first_key_of_a_file_store_is_made_beside_journals_that_another_stores_key_opens() {
    let vendor = StandIn::start(Vendor::Fbox);
    let key = |byte: u8| BASE64_STANDARD.encode([byte; 32]);
    let import =
        |world: &World, name: &str| world.run_with(&["import", "-p", name], &vendor.login().refresh_token);
    let entry = |name: &str, store: &str| {
        let entry = crate::world::entry(&vendor, name, On::File);
        entry.replace("store = \"file\"", &format!("store = \"{store}\""))
    };
    let mut world = World::on(On::File);
    world.give_secrets(&vendor);
    for (name, store, written) in [
        ("second", "variable", "env = \"OTHER_KEY\""),
        ("third", "elsewhere", "file = \"elsewhere.key\""),
        ("fourth", "asked", "command = [\"cat\", \"asked.key\"]"),
    ] {
        world.add(&format!("{}[stores.{store}]\nkind = \"file\"\nkey = {{ {written} }}", entry(name, store)));
    }
    world.add(&entry("first", "file"));
    world.set("OTHER_KEY", &key(b'o'));
    world.write("asked.key", &key(b'a'));
    for name in ["second", "fourth"] {
        import(&world, name).succeeds();
    }
    let file_key = world.state().join("file.key");
    // What no key at hand opens may have been sealed with the one that is missing.
    for (variable, asked) in [
        (String::new(), key(b'a')),
        ("no key".to_owned(), key(b'a')),
        (key(b'x'), key(b'a')),
        (key(b'o'), key(b'x')),
    ] {
        world.set("OTHER_KEY", &variable);
        world.write("asked.key", &asked);
        for name in ["first", "third"] {
            import(&world, name).exits(6).says("there are sealed journals");
        }
        assert!(!file_key.exists(), "no key was made");
    }
    world.set("OTHER_KEY", &key(b'o'));
    world.write("asked.key", &key(b'a'));
    let told = world.run(&["doctor"]).stdout;
    assert!(!told.contains("sealed journals"), "{told}");
    for name in ["third", "first"] {
        import(&world, name).succeeds();
    }
    for name in ["first", "second", "third", "fourth"] {
        world.run(&["refresh", "-p", name]).succeeds();
    }
    // Its own journal is opened by none of the others.
    fs::remove_file(&file_key).expect("removed");
    for command in [&["refresh"][..], &["import"]] {
        world.run_with(&[command, &["-p", "first"]].concat(), "rt-canary").exits(6);
    }
    assert!(!file_key.exists(), "no key was made");
    let told = world.run(&["doctor", "-p", "first"]).exits(1).stdout;
    assert!(told.contains("there are sealed journals"), "{told}");
}

#[test]
fn f40_a_keyring_that_was_reset_has_one_way_out_that_is_named() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::Keyring, &vendor).asking_the_store();
    world.run(&["token"]).succeeds();
    world.keyring.as_mut().expect("keyring").kill_daemon();
    fs::remove_dir_all(world.service().files().join("keyrings")).expect("removed");
    world.keyring.as_mut().expect("keyring").restart();
    let new = vendor.login().refresh_token;
    for command in [&["token"][..], &["refresh"], &["import", "--replace"], &["logout", "--local"]] {
        let run = world.run_with(command, &new).exits(6).says("its sealed journal is here");
        run.says("recover --discard-journal --profile fbox").says("tokcli import --profile fbox");
    }
    let found = world.run(&["recover", "--discard-journal", "--profile", "fbox"]).succeeds();
    assert!(found.stdout.contains("mv "), "{}", found.stdout);
    world.run_with(&["import", "--profile", "fbox"], &new).succeeds();
    world.run(&["token"]).succeeds();
    world.run(&["logout", "--local"]).succeeds();
    assert_eq!(vendor.requests().len(), 2);
}

#[test]
fn f40_a_keyring_that_is_only_locked_or_not_there_is_no_reason_to_discard() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::Keyring, &vendor).asking_the_store();
    world.run(&["token"]).succeeds();
    let before = world.journal();
    let tries = |world: &World| {
        for command in
            [&["token"][..], &["import", "--replace"], &["recover", "--discard-journal", "-p", "fbox"]]
        {
            let run = world.run_with(command, "rt-canary-new").exits(6);
            assert!(!run.stderr.contains("discard-journal"), "{}", run.stderr);
        }
        assert!(world.journal() == before, "nothing was written");
    };
    world.service().lock();
    tries(&world);
    world.keyring.as_mut().expect("keyring").kill_daemon();
    tries(&world);
}

#[test]
fn a_journal_that_opens_is_set_aside_only_by_whoever_insists() {
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(store, &vendor).asking_the_store();
        let token = world.run(&["token"]).succeeds();
        let discard = ["recover", "--discard-journal"];
        let named = ["recover", "--discard-journal", "-p", "fbox"];
        world.run(&discard).exits(3).says("--profile NAME");
        world.run(&[&discard[..], &["--yes"]].concat()).exits(3).says("--profile NAME");
        world.run(&["recover", "--yes"]).exits(2);
        world.run(&named).exits(3).says("can be opened").says("--yes");
        world.run(&["token"]).succeeds().prints(&token.stdout);
        let run = world.run(&[&named[..], &["--yes"]].concat()).succeeds();
        if store == On::File {
            world.run(&["token"]).exits(4);
        }
        let undo = run.stdout.lines().map(str::trim).find(|line| line.starts_with("mv ")).expect("a command");
        if store == On::File {
            let status = world.command_of("sh", &["-c", undo]).status().expect("sh runs");
            assert!(status.success(), "{undo}");
        }
        world.run(&["token"]).succeeds().prints(&token.stdout);
        assert_eq!(vendor.requests().len(), 1);
    }
}

/// Gives a key to where the store takes it from.
type Put = fn(&mut World, &str);

#[test]
fn b48_a_key_that_is_missing_or_damaged_is_named_by_where_it_comes_from() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    world.profile(&vendor);
    world.change("store = \"file\"", "store = \"own\"");
    let good = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    let other = "YWJjZGVmMDEyMzQ1Njc4OTAxMjM0NTY3ODlhYmNkZWY=";
    world.write("own.key", good);
    world.set("OWN_KEY", good);
    let path = world.path().join("own.key").display().to_string();
    let store = |key: &str| format!("[stores.own]\nkind = \"file\"\nkey = {key}");
    let by_file = store("{ file = \"own.key\" }");
    world.add(&by_file);
    world.import(&vendor);
    world.run(&["refresh"]).succeeds();
    fs::remove_file(world.path().join("own.key")).expect("removed");
    world.run(&["refresh"]).exits(6).says(&format!("there is no {path}")).says("hint: bring the key back");
    world.write("own.key", "canary");
    world.run(&["refresh"]).exits(6).says(&format!("{path} does not hold a key")).says("hint: put back");
    world.write("own.key", other);
    world.run(&["refresh"]).exits(6).says("does not open with the key").says(&path);
    world.write("own.key", good);
    let sources: [(&str, &str, Put); 2] = [
        ("{ env = \"OWN_KEY\" }", "environment variable `OWN_KEY`", |world, key| world.set("OWN_KEY", key)),
        ("{ command = [\"cat\", \"own.key\"] }", "command `cat`", |world, key| world.write("own.key", key)),
    ];
    let mut now = by_file;
    for (source, words, put) in sources {
        world.change(&now, &store(source));
        now = store(source);
        world.run(&["refresh"]).succeeds();
        put(&mut world, "canary");
        world.run(&["refresh"]).exits(6).says(words).says("does not hold a key");
        put(&mut world, other);
        world.run(&["refresh"]).exits(6).says(words).says("does not open with the key");
        put(&mut world, good);
    }
    // The state directory's own.
    let world = World::with(On::File, &vendor);
    let path = world.state().join("file.key").display().to_string();
    fs::remove_file(world.state().join("file.key")).expect("removed");
    world.run(&["refresh"]).exits(6).says(&path);
    fs::write(world.state().join("file.key"), "canary").expect("written");
    fs::set_permissions(world.state().join("file.key"), fs::Permissions::from_mode(0o600)).expect("mode");
    world.run(&["refresh"]).exits(6).says(&path).says("does not hold a key");
}

#[test]
fn b01_five_times_as_many_mistakes_take_five_times_as_long() {
    // Each row: its text with so many entries, and how many mistakes each entry makes; `None`: all together one.
    type Row<'a> = (&'a str, &'a dyn Fn(usize) -> String, Option<usize>);
    let world = World::on(On::File);
    let one = "token_url = \"https://a.example/t\"\nclient_id = \"c\"\nstore = \"file\"\n";
    let many = |count: usize, text: &dyn Fn(usize) -> String| (0..count).map(text).collect::<String>();
    let rows: [Row<'_>; 7] = [
        (
            "chained",
            &|count| {
                many(count, &|n| format!("[dialects.d{n}]\nextends = \"d{}\"\n", n + 1))
                    + &format!("[dialects.d{count}]\nextends = \"oauth2\"\n")
            },
            // The last sixteen are well, and all others lack only what the first before them does.
            None,
        ),
        (
            "one missing dialect",
            &|count| many(count, &|n| format!("[profiles.p{n}]\ndialect = \"oaut\"\n{one}")),
            Some(1),
        ),
        (
            "as many missing dialects",
            &|count| many(count, &|n| format!("[profiles.p{n}]\ndialect = \"oaut{n}\"\n{one}")),
            Some(1),
        ),
        (
            "as many missing stores",
            &|count| {
                many(count, &|n| {
                    format!(
                        "[stores.s{n}]\nkind = \"file\"\n[profiles.p{n}]\ndialect = \"oauth2\"\nstore = \"t{n}\"\n"
                    )
                })
            },
            // An address is missing, too.
            Some(2),
        ),
        (
            "dialects in one file, each with a mistake",
            &|count| {
                many(count, &|n| format!("[dialects.d{n}]\nextends = \"oauth2\"\nrotaton = \"strict\"\n"))
            },
            Some(1),
        ),
        (
            "one faulty dialect",
            &|count| {
                "[dialects.d]\nextends = \"oauth2\"\nrotaton = \"strict\"\n".to_owned()
                    + &many(count, &|n| format!("[profiles.p{n}]\ndialect = \"d\"\n{one}"))
            },
            None,
        ),
        (
            "one account, every other elsewhere",
            &|count| {
                many(count, &|n| {
                    format!(
                        "[profiles.p{n}]\ndialect = \"oauth2\"\naccount = \"a\"\n{}",
                        one.replace("a.example", ["a.example", "b.example"][n % 2])
                    )
                })
            },
            Some(1),
        ),
    ];
    for (what, text, mistakes) in rows {
        let work = |count: usize| {
            world.write("profiles.toml", &text(count));
            let run = world.run_after(COUNT_THE_WORK, &["config", "check"]).exits(3);
            let expected = mistakes.map_or(1, |each| each * count);
            assert_eq!(run.stderr.matches("tokcli: error: ").count(), expected, "{what}");
            seconds_of_work(&world)
        };
        let (few, many) = (work(600), work(3_000));
        eprintln!("{what}: {few} s, {many} s");
        // Growth by the square would make it 25 times as much. Whatever else the machine does, it is not counted.
        assert!(many < 12.0 * few, "{what}: {few} s for 600, {many} s for 3,000");
    }
}

/// Runs the command and leaves in `work` how long processors were at it.
const COUNT_THE_WORK: &str = r#""$0" "$@"; code=$?; times >work; exit $code"#;

fn seconds_of_work(world: &World) -> f64 {
    let told = fs::read_to_string(world.path().join("work")).expect("written");
    let seconds = |time: &str| {
        let (minutes, seconds) = time.trim_end_matches('s').split_once('m').expect(time);
        minutes.parse::<f64>().expect(time) * 60.0 + seconds.parse::<f64>().expect(time)
    };
    told.lines().nth(1).expect("that of the children").split(' ').map(seconds).sum()
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("mode");
}

#[test]
fn p30_a_state_directory_that_others_can_only_look_into_is_fine_and_an_empty_one_is_closed() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    world.profile(&vendor);
    // As `mkdir` and umask 002 leave it, or worse.
    for open in [0o775, 0o777, 0o2777] {
        let _ = fs::remove_dir_all(world.state());
        fs::create_dir(world.state()).expect("made");
        mode(&world.state(), open);
        world.run(&["token"]).exits(4);
        world.import(&vendor);
        let now = fs::metadata(world.state()).expect("there").permissions().mode() & 0o777;
        assert_eq!(now, 0o700, "{open:o}");
    }
    // As systemd leaves it at each start.
    for open in [0o755, 0o750, 0o711] {
        mode(&world.state(), open);
        world.run(&["refresh"]).succeeds().keeps_stderr_empty();
    }
    for closed in [0o757, 0o777, 0o773] {
        mode(&world.state(), closed);
        world.run(&["refresh"]).exits(6).says("others may use").says("hint: chmod go= ");
    }
    assert_eq!(vendor.requests().len(), 3);
}

#[test]
fn p30_one_hint_mends_all_that_others_may_use() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor).asking_the_store();
    world.run(&["refresh"]).succeeds();
    let state = world.state();
    let mut files = Vec::new();
    walk(&state, &mut files);
    files.extend([state.clone(), state.join("journal"), state.join("locks")]);
    files.iter().for_each(|path| mode(path, 0o777));
    for command in [&["token"][..], &["refresh"], &["import", "--replace"]] {
        let run = world.run_with(command, "rt-canary").exits(6);
        let hint =
            run.stderr.lines().find_map(|line| line.strip_prefix("hint: ")).expect("a hint").to_owned();
        files.iter().for_each(|path| mode(path, 0o777));
        assert!(world.command_of("sh", &["-c", &hint]).status().expect("sh runs").success(), "{hint}");
        world.run(&["token"]).succeeds();
        files.iter().for_each(|path| mode(path, 0o777));
    }
    // Each place where it is noticed names all that are as bad.
    for path in &files {
        files.iter().for_each(|path| mode(path, if path.is_dir() { 0o700 } else { 0o600 }));
        let (locks, key) = (state.join("locks"), state.join("file.key"));
        [path, &locks, &key].into_iter().for_each(|path| mode(path, 0o707));
        let run = world.run(&["refresh"]).exits(6);
        [locks, key].into_iter().for_each(|name| assert!(run.stderr.contains(&name.display().to_string())));
    }
    assert_eq!(vendor.requests().len(), 1);
}

/// A pod's volumes get its group, and that may write; a group of one user is no danger.
#[test]
fn p30_b04_a_group_that_is_this_users_alone_is_no_other() {
    if !crate::shim::is_root() {
        return;
    }
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor).asking_the_store();
    world.run(&["refresh"]).succeeds();
    let mut all = Vec::new();
    walk(world.path(), &mut all);
    let directories =
        [world.path().to_owned(), world.state(), world.state().join("journal"), world.state().join("locks")];
    let give = |user: u32, file: u32, directory: u32| {
        for (paths, bits) in [(&all[..], file), (&directories[..], directory)] {
            for path in paths {
                std::os::unix::fs::chown(path, Some(user), Some(54_321)).expect("root may");
                mode(path, bits);
            }
        }
    };
    let run = |who: &[&str], arguments: &[&str]| {
        let words = [who, &[env!("CARGO_BIN_EXE_tokcli")], arguments].concat();
        world.end(world.command_of("setpriv", &words), arguments, "")
    };
    let pod = ["--reuid=12345", "--regid=12345", "--groups=54321"];
    let own = ["--reuid=12345", "--regid=54321", "--clear-groups"];
    // What kubelet makes of a volume at each start.
    give(12_345, 0o660, 0o2770);
    run(&pod, &["config", "check"]).succeeds();
    run(&pod, &["refresh"]).succeeds().keeps_stderr_empty();
    run(&pod, &["token"]).succeeds();
    // Somebody who is not in the group knows nothing of it.
    run(&["--reuid=12345", "--regid=12345", "--clear-groups"], &["refresh"])
        .exits(3)
        .says("others can write");
    // A volume of the pod's first group, which bears no name.
    run(&own, &["refresh"]).succeeds().keeps_stderr_empty();
    // A umask of 002; but the files of our own are closed to the first group, too.
    give(12_345, 0o664, 0o775);
    run(&own, &["config", "check"]).succeeds();
    run(&own, &["refresh"]).exits(6).says("others may use");
    all.iter().filter(|path| path.starts_with(world.state())).for_each(|path| mode(path, 0o600));
    directories[2..].iter().for_each(|path| mode(path, 0o700));
    run(&own, &["refresh"]).succeeds().keeps_stderr_empty();
    assert_eq!(vendor.requests().len(), 4);
}

/// As Kubernetes mounts a ConfigMap. Needs a mount of its own, which not every container allows: then it only says so.
#[test]
fn b04_a_directory_that_nobody_can_write_whatever_its_mode_is_fine() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let mut world = World::on(On::File);
    world.profile(&vendor);
    fs::create_dir_all(world.path().join("map/..2026")).expect("made");
    fs::copy(world.path().join("profiles.toml"), world.path().join("map/..2026/profiles.toml"))
        .expect("copied");
    std::os::unix::fs::symlink("..2026", world.path().join("map/..data")).expect("linked");
    std::os::unix::fs::symlink("..data/profiles.toml", world.path().join("map/profiles.toml"))
        .expect("linked");
    let (map, file) = (world.path().join("map"), world.path().join("map/..2026/profiles.toml"));
    [&map, &map.join("..2026")].into_iter().for_each(|path| mode(path, 0o777));
    mode(&file, 0o666);
    world.set("TOKCLI_CONFIG", &map.join("profiles.toml").display().to_string());
    let run = world.run(&["config", "check"]).exits(3).says("others can write the directory of");
    let hint = run.stderr.lines().find_map(|line| line.strip_prefix("hint: ")).expect("a hint").to_owned();
    for name in [&map, &map.join("..data")] {
        assert!(hint.contains(&format!("chmod o-w {}", name.display())), "{hint}");
    }
    let script = "mount --bind map map && mount -o remount,bind,ro map || exit 77; \"$TOKCLI\" config check";
    world.set("TOKCLI", env!("CARGO_BIN_EXE_tokcli"));
    let output = world.command_of("unshare", &["-rm", "sh", "-c", script]).output().expect("unshare runs");
    if output.status.code() == Some(77) {
        eprintln!("nothing can be mounted here: {}", String::from_utf8_lossy(&output.stderr));
    } else {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    // And the hint is one that can be followed.
    assert!(world.command_of("sh", &["-c", &hint]).status().expect("sh runs").success(), "{hint}");
    world.run(&["config", "check"]).succeeds();
}

/// However many look at once, the keyring's daemon is asked by a few at a time, and those who wait do not ask it again.
#[test]
fn f58_four_hundred_cold_callers_on_the_keyring_are_all_served() {
    crate::races::many_at_once(On::Keyring, 400);
}

/// However little memory there is: it is asked for before the request, or what comes is kept.
#[test]
fn no_answer_is_lost_for_want_of_memory() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor).asking_the_store();
    world.add("rotation = \"family\"");
    let refresh = |limit: usize| {
        vendor.misbehave(large(14_000, 10));
        let script = format!("ulimit -v {limit}\nexec \"$0\" \"$@\" >/dev/null 2>err");
        let words = ["-c", &script, env!("CARGO_BIN_EXE_tokcli"), "refresh"];
        let status = world.command_of("bash", &words).status().expect("bash runs");
        vendor.behave();
        status.success()
    };
    // The least with which it goes well, to 16 KiB.
    let (mut too_little, mut enough) = (1_000, 1_000_000);
    while enough - too_little > 16 {
        let middle = usize::midpoint(too_little, enough);
        if refresh(middle) {
            enough = middle;
        } else {
            too_little = middle;
        }
        // Whatever came of it, the next run goes on from there: nothing was lost, nothing is presented twice.
        world.run(&["refresh"]).succeeds();
    }
    for step in 0..40 {
        refresh(enough - 16 * step);
        world.run(&["refresh"]).succeeds();
    }
}
