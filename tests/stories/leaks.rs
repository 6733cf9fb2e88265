//! No secret where it does not belong: not with -v, not in argv, not in a child's
//! environment, not in a vendor's words, not in a file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::stand_in::{Fault, StandIn, Vendor};
use crate::world::{CANARY, On, World};

#[test]
fn b62_p24_every_command_keeps_quiet_also_with_v() {
    for store in [On::File, On::Keyring] {
        let mut world = World::on(store);
        let vendors: Vec<StandIn> = Vendor::ALL
            .into_iter()
            .map(
                |kind| {
                    if kind == Vendor::VeeamAzure { StandIn::start_tls(kind) } else { StandIn::start(kind) }
                },
            )
            .collect();
        for vendor in &vendors {
            world.profile(vendor);
            world.import(vendor);
        }
        // Log settings of the libraries beneath must not wake up anything.
        world.set("RUST_LOG", "trace");
        world.set("RUST_BACKTRACE", "full");
        world.set("SSLKEYLOGFILE", world.path().join("keys.log").to_str().expect("UTF-8"));
        for vendor in &vendors {
            let name = vendor.vendor().name();
            for command in [
                &["token", "-v"][..],
                &["refresh", "-v"],
                &["refresh", "--dry-run", "-v"],
                &["refresh", "--dry-run", "--json"],
            ] {
                let ended = world.run(&[command, &["-p", name]].concat()).succeeds();
                if command.contains(&"--dry-run") {
                    assert!(!ended.stdout.contains(CANARY), "{}", ended.stdout);
                    let secret =
                        BASE64_STANDARD.encode(format!("{}:{}", vendor.client_id(), vendor.client_secret()));
                    assert!(!ended.stdout.contains(&secret));
                }
            }
        }
        for command in [
            &["status", "-v"][..],
            &["config", "check", "-v"],
            &["dialect", "list", "-v"],
            &["recover", "-v"],
            &["refresh", "--all", "-v"],
        ] {
            world.run(command).succeeds();
        }
        assert!(!world.path().join("keys.log").exists());
        world.assert_nothing_in_the_clear();
    }
}

#[test]
fn a_dry_run_shows_the_request_and_touches_nothing() {
    let vendor = StandIn::start(Vendor::Babelbird);
    vendor.expect_unused();
    let mut world = World::on(On::File);
    world.profile(&vendor);
    let shown = world.run(&["refresh", "--dry-run"]).succeeds().keeps_stderr_empty();
    let wanted = format!(
        "POST {}/api/refreshToken.do?grant_type=refresh_token&refresh_token=***\nAuthorization: Basic ***\nAccept: application/json\n",
        vendor.origin()
    );
    assert_eq!(shown.stdout, wanted);
    let object = world.run(&["refresh", "--dry-run", "--json"]).succeeds().object();
    let keys: Vec<_> = object["request"].as_object().expect("object").keys().map(String::as_str).collect();
    assert_eq!(keys, ["method", "url", "headers", "body"]);
    assert!(!world.state().exists(), "no lock, no journal, no directory");
}

#[test]
fn p24_no_child_gets_a_secret_by_argv_or_environment() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let mut world = World::with(On::Keyring, &vendor);
    let spy = world.path().join("spy");
    fs::write(&spy, "#!/bin/sh\ncat /proc/$$/cmdline /proc/$$/environ > spied\ncat oauth2.secret\n")
        .expect("written");
    fs::set_permissions(&spy, fs::Permissions::from_mode(0o700)).expect("mode");
    world.change("[\"cat\", \"oauth2.secret\"]", "[\"./spy\"]");
    // Only what the user exported is in the environment.
    world.set("OAUTH2_SECRET", "");
    world.run(&["refresh"]).succeeds();
    let spied = String::from_utf8_lossy(&fs::read(world.path().join("spied")).expect("it ran")).into_owned();
    assert!(spied.contains("TOKCLI_CONFIG") && !spied.contains(CANARY), "{spied}");
}

#[test]
fn a_babelbird_address_is_in_no_output_even_when_the_network_fails() {
    let vendor = StandIn::start(Vendor::Babelbird);
    let world = World::with(On::File, &vendor);
    for fault in [Fault::DropAfterRead, Fault::CutMidHeader, Fault::Raw(b"garbage".to_vec())] {
        vendor.misbehave(fault);
        vendor.expect_reuse();
        let ended = world.run(&["refresh", "-v"]).exits(8);
        assert!(!ended.stderr.contains("refresh_token="), "{}", ended.stderr);
        world.run_with(&["import", "--replace"], &vendor.login().refresh_token).succeeds();
    }
    let origin = vendor.origin();
    let mut world = world;
    world.change(&origin, "http://127.0.0.1:1");
    world.run(&["rebind", "--yes"]).succeeds();
    let ended = world.run(&["refresh", "-v"]).exits(5).says("connection refused");
    assert!(!ended.stderr.contains("refreshToken.do"), "{}", ended.stderr);
    ended.keeps_to(5.0);
}

#[test]
fn b58_secrets_are_private_whatever_the_umask() {
    let vendor = StandIn::start(Vendor::Fbox);
    for umask in ["000", "077", "777"] {
        let mut world = World::on(On::File);
        world.profile(&vendor);
        let script = format!("umask {umask}; exec \"$0\" \"$@\"");
        let binary = env!("CARGO_BIN_EXE_tokcli");
        let mut child = world
            .command_of("sh", &["-c", &script, binary, "import"])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh runs");
        std::io::Write::write_all(
            &mut child.stdin.take().expect("piped"),
            vendor.login().refresh_token.as_bytes(),
        )
        .expect("it reads");
        assert!(child.wait().expect("it ends").success(), "umask {umask}");
        world.run(&["token"]).succeeds();
        let mut files = Vec::new();
        crate::world::walk(&world.state(), &mut files);
        assert!(files.len() >= 3);
        for path in files {
            let mode = fs::metadata(&path).expect("there").permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "umask {umask}: {}", path.display());
        }
        for directory in ["", "journal", "locks"] {
            let mode =
                fs::metadata(world.state().join(directory)).expect("there").permissions().mode() & 0o777;
            assert_eq!(mode, 0o700, "umask {umask}: {directory}");
        }
    }
}

#[test]
fn p30_files_that_others_can_use_are_refused_before_a_secret_is_read() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    world.run(&["token"]).succeeds();
    let mut files = Vec::new();
    crate::world::walk(&world.state(), &mut files);
    // The lock under which the key was made is not this credential's.
    files.retain(|path| !path.ends_with("locks/file-key.lock"));
    let of = |end: &str| {
        files.iter().find(|path| path.extension().is_some_and(|known| known == end)).expect(end).clone()
    };
    let (journal, key, lock) = (of("jrn"), of("key"), of("lock"));
    for path in [&journal, &key, &lock] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o640)).expect("mode");
        assert_eq!(world.run(&["refresh", "--json"]).exits(6).error()["code"], "store_damaged");
        world.run(&["refresh"]).exits(6).says("others may use").says("chmod go=");
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("mode");
    }
    for path in [&journal, &key, &lock] {
        let second = path.with_extension("second");
        fs::hard_link(path, &second).expect("linked");
        world.run(&["refresh"]).exits(6).says("second name");
        fs::remove_file(path).expect("removed");
        std::os::unix::fs::symlink(&second, path).expect("linked");
        world.run(&["refresh"]).exits(6).says("is a symlink");
        fs::rename(&second, path).expect("back");
    }
    let state = world.state();
    for directory in [state.clone(), state.join("journal"), state.join("locks")] {
        // That others can look into the outer one does no harm.
        let open = if directory == state { 0o770 } else { 0o750 };
        fs::set_permissions(&directory, fs::Permissions::from_mode(open)).expect("mode");
        world.run(&["refresh"]).exits(6).says("others may use").says("chmod go=");
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).expect("mode");
        let aside = world.path().join("aside");
        fs::rename(&directory, &aside).expect("renamed");
        std::os::unix::fs::symlink(&aside, &directory).expect("linked");
        world.run(&["refresh"]).exits(6).says("is not a directory");
        fs::remove_file(&directory).expect("removed");
        fs::rename(&aside, &directory).expect("back");
    }
    if crate::shim::is_root() {
        let places = [journal, key, lock, state.clone(), state.join("journal"), state.join("locks")];
        for place in places {
            std::os::unix::fs::chown(&place, Some(12_345), None).expect("root may");
            world.run(&["refresh"]).exits(6).says("belongs to another user (uid 12345)");
            std::os::unix::fs::chown(&place, Some(0), None).expect("root may");
        }
    }
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn a_damaged_journal_is_set_aside_only_on_purpose() {
    for (store, exit) in [(On::File, 4), (On::Keyring, 0)] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(store, &vendor);
        let token = world.run(&["token"]).succeeds();
        let mut files = Vec::new();
        crate::world::walk(&world.state().join("journal"), &mut files);
        for damage in [vec![0; 128 << 10], Vec::new(), vec![7; 100]] {
            fs::write(&files[0], damage).expect("written");
            world.run(&["refresh"]).exits(6).says("recover --discard-journal --profile fbox");
        }
        world.run(&["recover", "--discard-journal", "--profile", "fbox"]).succeeds();
        let after = world.run(&["token"]).exits(exit);
        if exit == 0 {
            after.prints(&token.stdout);
            world.run(&["refresh"]).succeeds();
        }
    }
}
