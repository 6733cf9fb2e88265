//! Items, journals and keys that are not what they should be: exit 6, nothing sent,
//! nothing written, and a hint that helps.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use sha2::Digest as _;

use crate::stand_in::{StandIn, Vendor};
use crate::world::{On, World, walk};

/// Every command that would use or replace the credential is exit 6 with this code; nothing is
/// sent or written.
#[track_caller]
fn refuses(world: &World, vendor: &StandIn, code: &str, words: &str) {
    let (sent, journals) = (vendor.requests().len(), journals(world));
    for command in [&["token"][..], &["refresh"], &["import", "--replace"], &["logout", "--local"]] {
        world.run_with(command, "rt-canary-new").exits(6).says(words);
    }
    assert_eq!(world.run(&["token", "--json"]).exits(6).error()["code"], code);
    let status = world.run(&["status", "--json"]).succeeds().object();
    assert_eq!(status["profiles"][0]["state"], "unreadable", "{status}");
    assert_eq!(vendor.requests().len(), sent, "nothing was sent");
    assert!(self::journals(world) == journals, "nothing was written");
}

fn journals(world: &World) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    walk(&world.state(), &mut files);
    files.retain(|path| path.extension().is_some_and(|end| end == "jrn" || end == "key"));
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read(path).expect("read"))).collect()
}

fn item(world: &World) -> String {
    String::from_utf8(world.service().lookup("fbox").stdout).expect("ASCII")
}

#[test]
fn b41_an_item_that_is_not_ours_is_neither_used_nor_overwritten() {
    for with_journal in [true, false] {
        let vendor = StandIn::start(Vendor::Fbox);
        vendor.expect_unused();
        let mut world = World::on(On::Keyring);
        world.profile(&vendor);
        let mut good = "{\"version\":2}".to_owned();
        if with_journal {
            world.import(&vendor);
            good = item(&world);
        }
        let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked: Vec<u8> = [&[0xff, 0xfe][..], &utf16].concat();
        let ours = "contains something that tokcli did not write";
        let rows: [(&str, Vec<u8>, &str); 14] = [
            ("empty", Vec::new(), ours),
            ("blank", b" ".to_vec(), ours),
            ("a word", b"canary".to_vec(), ours),
            ("cut", good.as_bytes()[..good.len() - 1].to_vec(), ours),
            ("no version", b"{\"key\":\"canary\"}".to_vec(), ours),
            ("older", good.replacen("\"version\":2", "\"version\":0", 1).into_bytes(), ours),
            ("newer", good.replacen("\"version\":2", "\"version\":3", 1).into_bytes(), "hint: update tokcli"),
            ("newer, otherwise empty", b"{\"version\":7}".to_vec(), "written by a newer tokcli (format 7)"),
            ("binary", vec![0, 0xff, 0xfe, 0x80, 7], ours),
            ("8 KB", "canary ".repeat(1_150).into_bytes(), ours),
            ("a line break inside", good.replacen(':', "\n:\ncanary", 1).into_bytes(), ours),
            ("UTF-16", utf16, ours),
            ("UTF-16 with a mark", marked, ours),
            ("UTF-8 with a mark", [b"\xef\xbb\xbf", good.as_bytes()].concat(), ours),
        ];
        for (what, secret, words) in rows {
            world.service().overwrite("fbox", &secret);
            let there = world.service().lookup("fbox").stdout;
            refuses(&world, &vendor, "store_damaged", words);
            assert!(world.service().lookup("fbox").stdout == there, "{what}: left as it is");
        }
        if with_journal {
            // What an editor adds to a good one does no harm.
            world.service().overwrite("fbox", format!(" {good}\n"));
            world.run(&["refresh", "--dry-run"]).succeeds();
            assert_eq!(world.run(&["status", "--json"]).succeeds().object()["profiles"][0]["state"], "ready");
        }
    }
}

#[test]
fn b41_an_item_with_numbers_nobody_writes_is_damaged_and_not_a_crash() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor).asking_the_store();
    world.run(&["token"]).succeeds();
    let good = String::from_utf8(world.service().lookup("fbox").stdout).expect("ASCII");
    let number = |name: &str| {
        let at = good.find(&format!("\"{name}\":")).expect(name) + name.len() + 3;
        good[at..].split([',', '}']).next().expect("a number").to_owned()
    };
    for (name, value) in [
        ("epoch", "9223372036854775807"),
        ("sequence", "18446744073709551615"),
        ("boot_ms", "-9223372036854775808"),
    ] {
        let bad = good.replacen(&format!("\"{name}\":{}", number(name)), &format!("\"{name}\":{value}"), 1);
        assert_ne!(bad, good);
        world.service().overwrite("fbox", &bad);
        for command in [&["token"][..], &["refresh"], &["logout", "--local"], &["import", "--replace"]] {
            world.run_with(command, "rt-canary-1").exits(6);
        }
        world.run(&["status"]).succeeds();
    }
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn b42_a_token_that_another_tool_keeps_there_is_left_to_it() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::Keyring);
    world.profile(&vendor);
    let login = vendor.login();
    world.service().overwrite("fbox", &login.refresh_token);
    refuses(&world, &vendor, "store_damaged", "contains something that tokcli did not write");
    assert_eq!(item(&world), login.refresh_token);
    // Under another name both have room.
    world.change("store = \"keyring\"", "store = \"keyring\"\naccount = \"other\"");
    world.run_with(&["import"], &login.refresh_token).succeeds();
    world.run(&["token"]).succeeds();
    assert_eq!(item(&world), login.refresh_token);
}

#[test]
fn b43_a_look_alike_with_more_attributes_does_not_confuse() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    let stored = world.service().secret_tool(
        &["store", "--label=x", "service", "tokcli", "username", "fbox", "extra", "1"],
        "rt-canary-foreign",
    );
    assert!(stored.status.success());
    world.run(&["refresh"]).succeeds();
    world.run(&["refresh"]).succeeds();
    let foreign =
        world.service().secret_tool(&["lookup", "service", "tokcli", "username", "fbox", "extra", "1"], "");
    assert_eq!(String::from_utf8_lossy(&foreign.stdout), "rt-canary-foreign", "and is left alone");
}

#[test]
fn b43_of_twenty_equal_items_the_newest_counts_and_all_are_brought_up_to_it() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    let mut items = vec![item(&world)];
    let mut token = String::new();
    for _ in 0..3 {
        token = world.run(&["refresh"]).succeeds().stdout;
        items.push(item(&world));
    }
    let newest = items.pop().expect("the newest");
    world.service().overwrite("fbox", &items[0]);
    for n in 0..19 {
        let older = &items[n % items.len()];
        world.service().duplicate("fbox", if n == 10 { &newest } else { older });
    }
    assert_eq!(world.service().lookup_all("fbox").matches("secret = ").count(), 20);
    world.run(&["token"]).succeeds().prints(&token);
    assert_eq!(vendor.requests().len(), 3);
    // Without a journal the items are all there is.
    fs::remove_dir_all(world.state()).expect("removed");
    world.run(&["token"]).succeeds().prints(&token);
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 4);
    let all = world.service().lookup_all("fbox");
    assert_eq!(all.matches("secret = ").count(), 20);
    assert_eq!(all.matches(&vendor.current().refresh_token).count(), 20);
}

#[test]
fn b43_a_duplicate_in_a_locked_collection_matters_only_when_it_is_alone() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::Keyring, &vendor).asking_the_store();
    world.keyring.as_mut().expect("keyring").copy_into_a_locked_collection();
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 1);
    // Once it is the only one, it is the credential, and it is locked.
    let clear = ["clear", "service", "tokcli", "username", "fbox"];
    assert!(world.service().secret_tool(&clear, "").status.success());
    refuses(&world, &vendor, "store_locked", "hint: unlock it");
}

#[test]
fn f41_a_damaged_duplicate_neither_blocks_the_good_one_nor_is_overwritten() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    let good = item(&world);
    // Whichever of the two is found first.
    for good_first in [true, false] {
        let (first, second) =
            if good_first { (good.as_str(), "canary-foreign") } else { ("canary-foreign", good.as_str()) };
        world.service().overwrite("fbox", first);
        world.service().duplicate("fbox", second);
        let token = world.run(&["refresh"]).succeeds().says("warning: the keyring holds 2 items `fbox`");
        world.run(&["token"]).succeeds().prints(&token.stdout);
        let all = world.service().lookup_all("fbox");
        assert_eq!(all.matches("secret = ").count(), 2);
        assert_eq!(all.matches("secret = canary-foreign\n").count(), 1, "{good_first}");
        assert_eq!(all.matches(&vendor.current().refresh_token).count(), 1, "{good_first}");
        let clear = ["clear", "service", "tokcli", "username", "fbox"];
        assert!(world.service().secret_tool(&clear, "").status.success());
    }
    // One that a newer tokcli wrote may be the newest.
    world.service().overwrite("fbox", &good);
    world.service().duplicate("fbox", "{\"version\":3}");
    refuses(&world, &vendor, "store_damaged", "hint: update tokcli");
    assert_eq!(vendor.requests().len(), 2);
    // What is forgotten is our own.
    let clear = ["clear", "service", "tokcli", "username", "fbox"];
    assert!(world.service().secret_tool(&clear, "").status.success());
    world.service().overwrite("fbox", &good);
    world.service().duplicate("fbox", "canary-foreign");
    world.run(&["logout", "--local"]).succeeds();
    let all = world.service().lookup_all("fbox");
    assert_eq!((all.matches("secret = ").count(), all.matches("canary-foreign").count()), (1, 1));
}

#[test]
fn b44_a_collection_that_vanished_proves_nothing() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::Keyring, &vendor).asking_the_store();
    world.run(&["token"]).succeeds();
    world.service().delete_collection();
    refuses(&world, &vendor, "store_unavailable", "its sealed journal is here");
    // Nor is there a default one for a credential of another name.
    world.change("store = \"keyring\"", "store = \"keyring\"\naccount = \"other\"");
    let ended = world.run_with(&["import"], "rt-canary-new").exits(6);
    ended.says("the keyring has no default collection").says("store = \"file\"");
    assert_eq!(journals(&world).len(), 1, "no journal without a home for its key");
}

#[test]
fn b44_a_keyring_that_lasts_only_for_the_session_gets_no_credential() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let mut world = World::on(On::Keyring);
    world.profile(&vendor);
    let service = world.keyring.as_mut().expect("keyring");
    service.offer_a_fresh_daemon();
    service.kill_daemon();
    let ended = world.run_with(&["import"], "rt-canary-new").exits(6);
    ended.says("the keyring has no default collection").says("store = \"file\"");
    assert!(journals(&world).is_empty(), "no journal without a home for its key");
}

#[test]
fn b45_swapped_journals_are_noticed() {
    for store in [On::File, On::Keyring] {
        let (one, other) = (StandIn::start(Vendor::Fbox), StandIn::start(Vendor::Babelbird));
        let mut world = World::with(store, &one);
        world.profile(&other);
        world.import(&other);
        for name in ["fbox", "babelbird"] {
            world.run(&["token", "-p", name]).succeeds();
        }
        let files = journals(&world);
        let files: Vec<_> =
            files.iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "jrn")).collect();
        let [(a, of_a), (b, of_b)] = files[..] else { panic!("two journals: {}", files.len()) };
        fs::write(a, of_b).expect("written");
        fs::write(b, of_a).expect("written");
        // The keyring's later login is newer than the other journal: that one cannot matter to it.
        let newer = store == On::Keyring;
        for name in if newer { &["fbox"][..] } else { &["fbox", "babelbird"] } {
            let error = world.run(&["refresh", "--json", "-p", name]).exits(6).error();
            assert_eq!(error["code"], "store_damaged", "{error}");
            world.run(&["refresh", "-p", name]).exits(6).says("does not open with the key");
        }
        if newer {
            world.run(&["refresh", "-p", "babelbird"]).succeeds();
        }
        assert_eq!((one.requests().len(), other.requests().len()), (1, if newer { 2 } else { 1 }));
        fs::write(a, of_a).expect("written");
        fs::write(b, of_b).expect("written");
        for name in ["fbox", "babelbird"] {
            world.run(&["refresh", "-p", name]).succeeds();
        }
    }
}

/// The offset of the slot that was written last: its sequence is the higher one.
fn newest_slot(journal: &[u8]) -> usize {
    let half = journal.len() / 2;
    let rank = |at: usize| -> Vec<u64> {
        [32, 40, 48]
            .map(|n| u64::from_le_bytes(journal[at + n..at + n + 8].try_into().expect("eight")))
            .to_vec()
    };
    if rank(half) > rank(0) { half } else { 0 }
}

#[test]
fn b46_a_newest_slot_with_a_bad_checksum_costs_no_token() {
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(store, &vendor);
        let old = world.run(&["refresh"]).succeeds();
        let item_before = (store == On::Keyring).then(|| item(&world));
        let token = world.run(&["refresh"]).succeeds();
        assert_ne!(old.stdout, token.stdout);
        let path = only_journal(&world);
        let mut bytes = fs::read(&path).expect("read");
        let at = newest_slot(&bytes) + 100;
        bytes[at] ^= 1;
        fs::write(&path, &bytes).expect("written");
        // On the keyring the item is older, too: the other slot alone has the answer, still sealed.
        if let Some(before) = item_before {
            world.service().overwrite("fbox", before);
        }
        world.run(&["refresh"]).succeeds().prints(&token.stdout);
        assert_eq!(vendor.requests().len(), 2, "{}: nothing was spent", store.word());
        world.run(&["refresh"]).succeeds();
    }
}

#[test]
fn b46_a_journal_behind_its_item_is_brought_up_to_it_damaged_or_not() {
    for damaged in [false, true] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(On::Keyring, &vendor);
        world.run(&["refresh"]).succeeds();
        let path = only_journal(&world);
        let mut old = fs::read(&path).expect("read");
        world.run(&["refresh"]).succeeds();
        let token = world.run(&["refresh"]).succeeds();
        if damaged {
            let at = newest_slot(&old) + 100;
            old[at] ^= 1;
        }
        fs::write(&path, old).expect("written");
        world.run(&["token"]).succeeds().prints(&token.stdout);
        assert_eq!(vendor.requests().len(), 3);
        world.run(&["refresh"]).succeeds();
        assert_eq!(vendor.requests().len(), 4);
    }
}

#[test]
fn b46_a_journal_that_was_altered_and_summed_up_again_is_not_believed() {
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(store, &vendor);
        world.run(&["refresh"]).succeeds();
        let path = only_journal(&world);
        let mut bytes = fs::read(&path).expect("read");
        let at = newest_slot(&bytes);
        let length = usize::try_from(u64::from_le_bytes(bytes[at + 56..at + 64].try_into().expect("eight")))
            .expect("small");
        bytes[at + 100] ^= 1;
        let sum = sha2::Sha256::digest(&bytes[at..at + 64 + length]);
        bytes[at + 64 + length..at + 64 + length + 32].copy_from_slice(&sum);
        fs::write(&path, &bytes).expect("written");
        for command in [&["refresh"][..], &["import", "--replace"]] {
            let ended = world.run_with(command, "rt-canary-new").exits(6);
            ended.says("does not open with the key").says("recover --discard-journal");
        }
        assert_eq!(world.run(&["refresh", "--json"]).exits(6).error()["code"], "store_damaged");
        assert!(fs::read(&path).expect("read") == bytes, "nothing was written");
        assert_eq!(vendor.requests().len(), 1);
    }
}

fn only_journal(world: &World) -> PathBuf {
    let mut files = journals(world);
    files.retain(|(path, _)| path.extension().is_some_and(|end| end == "jrn"));
    assert_eq!(files.len(), 1);
    files.remove(0).0
}

#[test]
fn b48_a_key_file_that_is_not_the_key_is_never_replaced() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor).asking_the_store();
    let token = world.run(&["token"]).succeeds();
    let path = world.state().join("file.key");
    let good = fs::read_to_string(&path).expect("read");
    let put = |text: &[u8], mode: u32| {
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("mode");
    };
    let shape = "does not hold a key: 32 bytes in base64";
    let other = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    let rows: [(&[u8], u32, &str); 9] = [
        (b"", 0o600, shape),
        (b"AAAA\n", 0o600, shape),
        (&good.as_bytes()[..40], 0o600, shape),
        (&[good.trim(), "AAAA"].concat().into_bytes(), 0o600, shape),
        (b"not base64 at all, canary not base64 at all!", 0o600, shape),
        (&[0; 4096], 0o600, shape),
        (good.as_bytes(), 0o640, "chmod go="),
        (good.as_bytes(), 0o604, "others may use"),
        (other.as_bytes(), 0o600, "does not open with the key that the store holds"),
    ];
    for (text, mode, words) in rows {
        put(text, mode);
        refuses(&world, &vendor, "store_damaged", words);
    }
    fs::remove_file(&path).expect("removed");
    refuses(&world, &vendor, "store_unavailable", "hint: bring the key back from where it was kept");
    // Nor does another credential get a new one while this journal is there.
    let mut world = world;
    world.change("store = \"file\"", "store = \"file\"\naccount = \"other\"");
    let ended = world.run_with(&["import"], "rt-canary-new").exits(6).says("the file store's key is missing");
    assert!(!ended.stderr.contains("discard-journal"));
    assert!(!path.exists(), "no new key");
    world.change("\naccount = \"other\"", "");
    put(good.as_bytes(), 0o600);
    world.run(&["token"]).succeeds().prints(&token.stdout);
    assert_eq!(vendor.requests().len(), 1);
}

/// Needs a mount of its own, which not every container allows: then it only says so.
#[test]
fn b49_a_full_file_system_is_seen_before_anything_is_made_and_stops_no_refresh() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    world.profile(&vendor);
    let secret = world.path().join("login.secret");
    fs::write(&secret, vendor.login().refresh_token).expect("written");
    fs::create_dir(world.state()).expect("made");
    let script = r#"
        mount -t tmpfs -o size=300k,mode=700 tmpfs "$TOKCLI_STATE_DIR" || exit 77
        run() { echo "$*:"; "$TOKCLI" "$@" <login.secret 2>&1 >/dev/null; echo "exit $?"; }
        fill() { dd if=/dev/zero of="$TOKCLI_STATE_DIR/fill" bs=4k 2>/dev/null; }
        fill
        run import
        ls "$TOKCLI_STATE_DIR/journal"
        rm "$TOKCLI_STATE_DIR/fill"
        run import
        fill
        run refresh
        run token
        rm "$TOKCLI_STATE_DIR/fill"
        run refresh"#;
    world.set("TOKCLI", env!("CARGO_BIN_EXE_tokcli"));
    let output = world.command_of("unshare", &["-rm", "sh", "-c", script]).output().expect("unshare runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !said.starts_with("import:") {
        eprintln!("nothing can be mounted here: {}", String::from_utf8_lossy(&output.stderr));
        vendor.expect_unused();
        return;
    }
    let exits: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("exit ")).collect();
    assert_eq!(exits, ["6", "0", "0", "0", "0"], "{said}");
    let first = said.split("exit 6\n").next().expect("some");
    assert!(first.to_lowercase().contains("no space left on device"), "{said}");
    assert!(said.contains("exit 6\nimport:\n"), "nothing half made is left: {said}");
    assert!(!said.contains("canary"), "{said}");
    assert_eq!(vendor.requests().len(), 2);
}
