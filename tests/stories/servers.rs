//! A server without a keyring: the file store's key from systemd or from age, by the files of docs/unattended.md as they stand
//! there.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::stand_in::{StandIn, Vendor};
use crate::world::{On, World, variable};

const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// What stands in a block of the section, found by what it holds.
pub fn block(kind: &str, holds: &str) -> String {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/unattended.md"))
        .expect("the page");
    let section = page.split("\n## On a server without a keyring").nth(1).expect("a section");
    let blocks = section.split("\n## ").next().expect("its end").split("```").skip(1).step_by(2);
    let mut found = blocks
        .filter_map(|block| block.strip_prefix(&format!("{kind}\n")))
        .filter(|block| block.contains(holds));
    found.next().unwrap_or_else(|| panic!("no {kind} with {holds}")).to_owned()
}

fn sealed_by(vendor: &StandIn, key: &str) -> World {
    let mut world = World::on(On::File);
    world.profile(vendor);
    world.change("store = \"file\"", "store = \"server\"");
    world.add(&format!("[stores.server]\nkind = \"file\"\nkey = {key}"));
    world
}

#[test]
fn the_key_of_a_store_comes_from_a_credential_of_the_unit() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = sealed_by(&vendor, "{ credential = \"store-key\" }");
    let directory = world.path().join("credentials");
    let path = directory.join("store-key");
    let token = vendor.login().refresh_token;
    let refused = |world: &World| {
        let ended = world.run_with(&["import"], &token).exits(6);
        assert!(!world.state().join("file.key").exists(), "no key of our own");
        ended
    };
    let line = "the unit needs `LoadCredential=store-key:PATH` or `LoadCredentialEncrypted=store-key:PATH`";
    refused(&world)
        .says("`store-key` is available only within a systemd unit")
        .says("`CREDENTIALS_DIRECTORY` is not set")
        .says(line);
    world.set("CREDENTIALS_DIRECTORY", "credentials");
    refused(&world).says("`CREDENTIALS_DIRECTORY` is not an absolute path");
    world.set("CREDENTIALS_DIRECTORY", directory.to_str().expect("UTF-8"));
    refused(&world).says(&format!("no credential `store-key`: there is no {}", path.display())).says(line);
    fs::create_dir(&directory).expect("made");
    for (content, words) in [
        (&b""[..], "gives an empty secret"),
        (b"canary", "32 bytes in base64"),
        (&[0xff; 32], "is not UTF-8"),
        (&KEY.as_bytes()[..40], "32 bytes in base64"),
        (&[b'A'; 70_000], "is not a file of at most 64 KiB"),
    ] {
        fs::write(&path, content).expect("written");
        refused(&world).says(words).says("store-key");
    }
    fs::remove_file(&path).expect("removed");
    fs::create_dir(&path).expect("made");
    refused(&world).says("is not a file");
    fs::remove_dir(&path).expect("removed");
    // As a unit has it: nobody can write there, not even its user.
    fs::write(&path, format!("{KEY}\n")).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).expect("set");
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o500)).expect("set");
    world.import(&vendor);
    world.run(&["refresh"]).succeeds();
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).expect("set");
    fs::remove_file(&path).expect("removed");
    fs::write(&path, "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=").expect("written");
    world
        .run(&["refresh"])
        .exits(6)
        .says("does not open with the key")
        .says("credential `store-key` of the systemd unit");
    // Out of the unit.
    world.set("CREDENTIALS_DIRECTORY", "");
    world.run(&["refresh"]).exits(6).says(line);
    assert_eq!(world.run(&["refresh", "--json"]).exits(6).error()["code"], "store_unavailable");
}

#[test]
fn a_name_that_leads_elsewhere_is_refused_when_the_file_is_read() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    for name in ["../store-key", "/etc/passwd", "..", ".", "", "a:b", "a\\nb"] {
        let world = sealed_by(&vendor, &format!("{{ credential = \"{name}\" }}"));
        for words in [&["config", "check"][..], &["token"]] {
            let ended = world.run(words).exits(3).says("`credential` needs the name that the unit gives it");
            assert!(ended.stderr.contains("profiles.toml"), "{}", ended.stderr);
        }
    }
    let world = sealed_by(&vendor, "{ credential = \"a\", file = \"b\" }");
    world.run(&["config", "check"]).exits(3).says("`{ credential = \"NAME\" }`");
}

#[test]
fn any_secret_comes_from_a_credential_of_the_unit() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    world.change(&format!("{{ env = \"{}\" }}", variable("fbox")), "{ credential = \"client-secret\" }");
    world.run(&["refresh"]).exits(3).says("`client-secret` is available only within a systemd unit");
    world.write("client-secret", vendor.client_secret());
    world.set("CREDENTIALS_DIRECTORY", &world.path().display().to_string());
    world.run(&["refresh"]).succeeds();
}

/// The program of systemd, with a secret of the machine that lies in the world.
fn creds(world: &World) -> Command {
    let mut command = Command::new("systemd-creds");
    command.env("SYSTEMD_CREDENTIAL_SECRET", world.path().join("machine.secret"));
    command
}

/// The files of the section, at their places under the world.
fn placed(world: &World, text: &str) -> String {
    let tokcli = env!("CARGO_BIN_EXE_tokcli");
    let at = |name: &str| world.path().join(name).display().to_string();
    text.replace("/etc/tokcli", &at("etc"))
        .replace("/usr/bin/tokcli", tokcli)
        .replace("/usr/local/bin/worker", &at("worker"))
        .replace("%S/private/worker", &at("private/worker"))
}

/// What the unit says under a key, in its order.
fn lines<'a>(unit: &'a str, key: &str) -> Vec<&'a str> {
    unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

fn with_tokcli(command: &mut Command) -> &mut Command {
    let tokcli = Path::new(env!("CARGO_BIN_EXE_tokcli")).parent().expect("a directory").display();
    command.env("PATH", format!("{tokcli}:{}", env!("PATH")))
}

/// systemd does not run here. What it does for the unit is done in its place, and its own programs do what they can alone: they
/// check the unit, encrypt and decrypt.
#[test]
fn the_unit_of_the_page_passes_and_its_lines_work() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::on(On::File);
    let at = |name: &str| world.path().join(name);
    for directory in ["etc", "run", "private/worker"] {
        fs::create_dir_all(at(directory)).expect("made");
    }
    fs::set_permissions(at("private/worker"), fs::Permissions::from_mode(0o700)).expect("set");
    world.write("worker", "#!/bin/sh\nprintf %s \"$API_TOKEN\" >worked\n");
    fs::set_permissions(at("worker"), fs::Permissions::from_mode(0o755)).expect("set");
    let profiles = block("toml", "[profiles.work]").replace("https://fbox360.com", &vendor.origin());
    fs::write(at("etc/profiles.toml"), profiles.replace("dev1", vendor.client_id())).expect("written");

    // The commands of the page, but that nobody is asked.
    let script = placed(&world, &block("sh", "systemd-creds encrypt"))
        .replace("systemd-ask-password --echo=no \"client secret:\"", "printf %s \"$CLIENT_SECRET\"")
        .replace("systemd-ask-password --echo=no \"refresh token:\"", "printf %s \"$SEED\"");
    assert!(!script.contains("ask-password"), "{script}");
    let mut encrypt = Command::new("sh");
    encrypt.args(["-euc", &script]).env("SYSTEMD_CREDENTIAL_SECRET", at("machine.secret"));
    encrypt.env("CLIENT_SECRET", vendor.client_secret()).env("SEED", vendor.login().refresh_token);
    assert!(encrypt.output().expect("sh runs").status.success());

    let unit = placed(&world, &block("ini", "[Service]"));
    let tokens = placed(&world, &block("ini", "Type=oneshot"));
    let anew = unit
        .replace("[Service]\n", "[Service]\nRestart=always\nRuntimeMaxSec=25min\n")
        .replace(" exec -p work", " exec --fresh -p work");
    for (name, text) in [
        ("worker.service", &unit),
        ("worker-anew.service", &anew),
        ("worker-tokens.service", &tokens),
        ("worker-tokens.timer", &block("ini", "[Timer]")),
    ] {
        fs::write(at("run").join(name), text).expect("written");
    }
    for name in ["worker.service", "worker-anew.service", "worker-tokens.timer", "worker-tokens.service"] {
        let mut analyze = Command::new("systemd-analyze");
        analyze.arg("verify").arg(at("run").join(name)).env("SYSTEMD_LOG_LEVEL", "warning");
        let checked = analyze.output().expect("systemd-analyze runs");
        let said = String::from_utf8_lossy(&checked.stderr);
        assert!(checked.status.success() && !said.contains("worker"), "{said}");
    }
    // It has what the worker has, but for the seed.
    for key in ["DynamicUser", "StateDirectory", "StateDirectoryMode", "Environment", "ProtectSystem"] {
        assert_eq!(lines(&tokens, key), lines(&unit, key), "{key}");
    }
    assert_eq!(lines(&tokens, "User"), ["worker"], "as the unit of the worker is called");

    // LoadCredentialEncrypted=, into a directory that is gone with the unit.
    let directory = at("run/credentials");
    let begin = || {
        fs::create_dir(&directory).expect("made");
        for line in lines(&unit, "LoadCredentialEncrypted") {
            let (name, file) = line.split_once(':').expect("a name and a file");
            let mut decrypt = creds(&world);
            decrypt.arg(format!("--name={name}")).args(["decrypt", file]).arg(directory.join(name));
            assert!(decrypt.output().expect("systemd-creds runs").status.success(), "{name}");
            fs::set_permissions(directory.join(name), fs::Permissions::from_mode(0o400)).expect("set");
        }
    };
    let run = |line: &str| {
        let mut command = Command::new("sh");
        with_tokcli(command.env_clear())
            .args(["-c", line])
            .current_dir(world.path())
            .env("CREDENTIALS_DIRECTORY", &directory);
        for pair in lines(&unit, "Environment").iter().flat_map(|line| line.split(' ')) {
            let (name, value) = pair.split_once('=').expect("a pair");
            command.env(name, value);
        }
        world.end(command, &["exec"], "")
    };
    let (before, start) = (lines(&unit, "ExecStartPre"), lines(&unit, "ExecStart"));
    for nth in 0..3 {
        begin();
        let imported = run(before[0].strip_prefix('-').expect("it may fail"));
        // The seed is spent once it was rotated.
        imported.exits(if nth == 0 { 0 } else { 3 });
        run(start[0]).succeeds();
        let token = fs::read_to_string(at("worked")).expect("it ran");
        assert!(vendor.accepts(&token), "start {nth}");
        run("tokcli refresh -p work >/dev/null").succeeds();
        // A worker asks by itself, also below `exec`, and what its vendor gave meanwhile it gets.
        let asked = "tokcli exec -p work --env API_TOKEN -- sh -c 'tokcli refresh -p work >/dev/null; tokcli token -p work >worked'";
        run(asked).succeeds();
        let token = fs::read_to_string(at("worked")).expect("it ran");
        assert!(vendor.accepts(token.trim_end()), "start {nth}");
        run(lines(&anew, "ExecStart")[0]).succeeds();
        // The timer's run.
        assert!(run(lines(&tokens, "ExecStart")[0]).succeeds().stdout.starts_with("work: not_due"));
        fs::remove_dir_all(&directory).expect("removed");
        // Without the credentials nothing can be had, and nothing is made.
        run("tokcli refresh -p work").exits(6).says("systemd gave this unit no credential `store-key`");
    }
    // On the disk lies nothing in the clear.
    let mut files = Vec::new();
    for directory in ["etc", "private"] {
        crate::world::walk(&at(directory), &mut files);
    }
    let shows =
        |file: &PathBuf| fs::read(file).is_ok_and(|bytes| bytes.windows(6).any(|part| part == b"canary"));
    assert!(files.len() >= 5 && !files.iter().any(shows), "{files:?}");
}

#[test]
fn age_gives_the_key_of_a_store() {
    let vendor = StandIn::start(Vendor::Fbox);
    let block_of_age = block("toml", "\"age\"");
    let key = block_of_age.split("key = ").nth(1).expect("a key").trim();
    let world = sealed_by(&vendor, key);
    let mut make = Command::new("sh");
    make.args(["-euc", &block("sh", "age-keygen")]).current_dir(world.path());
    assert!(make.output().expect("sh runs").status.success());
    world.import(&vendor);
    world.run(&["refresh"]).succeeds();
    fs::rename(world.path().join("identity.txt"), world.path().join("elsewhere.txt")).expect("moved");
    world.run(&["refresh"]).exits(6).says("command `age`");
    fs::rename(world.path().join("elsewhere.txt"), world.path().join("identity.txt")).expect("moved");
    world.run(&["refresh"]).succeeds();
    assert!(!world.state().join("file.key").exists());
}

/// As `DynamicUser=` has it. A link is not followed: somebody may turn it. But where it leads is said.
#[test]
fn of_a_link_to_the_state_it_is_said_where_it_leads() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    world.profile(&vendor);
    let at = |name: &str| world.path().join(name).display().to_string();
    fs::create_dir_all(at("private/worker")).expect("made");
    fs::set_permissions(at("private/worker"), fs::Permissions::from_mode(0o700)).expect("set");
    std::os::unix::fs::symlink("private/worker", at("worker")).expect("linked");
    let (link, leads) = (at("worker"), fs::canonicalize(at("private/worker")).expect("there"));
    world.set("TOKCLI_STATE_DIR", &link);
    let ended = world
        .run_with(&["import"], &vendor.login().refresh_token)
        .exits(6)
        .says(&format!("{link} is not a directory"));
    ended.says(&format!("hint: set `TOKCLI_STATE_DIR` to {}, where the link leads", leads.display()));
    world.set("TOKCLI_STATE_DIR", leads.to_str().expect("UTF-8"));
    world.import(&vendor);
    world.run(&["token"]).succeeds();
}
