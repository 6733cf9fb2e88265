//! What cannot work when nobody sits there is refused before anything is written, with the way out; what may fail is a warning.

use std::fs;

use super::{crontab, home, install, lacks, machine, of_machine, scene, tokcli};
use crate::stand_in::{StandIn, Vendor};
use crate::world::{Ended, On, World};

/// Neither a file nor a line is there afterwards.
#[track_caller]
fn refused(world: &World, words: &[&str]) -> Ended {
    let before = home(world);
    let ended = install(world, words).exits(3).says_nothing_on_stdout();
    assert_eq!(home(world), before);
    assert_eq!(crontab(world), None);
    assert_eq!(install(world, &[words, &["--json"]].concat()).exits(3).error()["code"], "refused");
    ended
}

#[test]
fn a_variable_that_the_timer_has_not_is_refused_and_one_that_it_has_is_not() {
    for timer in ["systemd", "cron"] {
        let (vendor, mut world) = scene();
        vendor.expect_unused();
        let other = StandIn::start(Vendor::Fbox);
        other.expect_unused();
        world.profile(&other);
        refused(&world, &["--timer", timer])
            .says(&format!("`profiles.fbox.client_secret` comes from the variable `FBOX_SECRET`, which {timer} does not have"))
            .says("hint: keep the secret where a timer finds it, as in `{ store = true }`, `{ file = \"PATH\" }` or `{ command = [\"PROGRAM\"] }`");
        let calls = fs::read_to_string(of_machine(&world, "calls")).expect("calls");
        assert!(!calls.contains("enable") && !calls.contains("crontab -\n"), "{calls}");
        match timer {
            "cron" => fs::write(of_machine(&world, "crontab"), "FBOX_SECRET=x\n").expect("written"),
            _ => {
                let home = world.path().display();
                let all = format!("HOME={home}\nPATH=/usr/bin:/bin\nFBOX_SECRET=$'a b'\n");
                fs::write(of_machine(&world, "environment"), all).expect("written");
            }
        }
        install(&world, &["--timer", timer]).succeeds();
        world.run(&["keepalive", "remove"]).succeeds();
    }
}

#[test]
fn followed_the_hint_helps() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let mut world = World::with(On::File, &vendor);
    machine(&mut world);
    refused(&world, &[]);
    world.change("{ env = \"FBOX_SECRET\" }", "{ file = \"fbox.secret\" }");
    install(&world, &[]).succeeds();
}

/// All that is lacking, at once, whatever it is for.
#[test]
fn keys_logins_and_proxies_count_and_what_only_a_person_needs_does_not() {
    let (vendor, mut world) = scene();
    vendor.expect_unused();
    world.add(
        "[stores.sealed]\nkind = 'file'\nkey = { env = 'THE_KEY' }\n\
         [profiles.a]\ndialect = 'oauth2'\nstore = 'sealed'\ntoken_url = 'http://127.0.0.1:1/t'\nclient_id = 'a'\naccount = 'a'\n\
         proxy = 'http://127.0.0.1:3128'\nproxy_auth = { env = 'THE_PROXY' }\n\
         [profiles.b]\ndialect = 'oauth2'\nstore = 'file'\ntoken_url = 'http://127.0.0.1:1/t'\nclient_id = 'b'\n\
         username = 'me'\npassword = { env = 'THE_PASSWORD' }\n\
         [profiles.c]\ndialect = 'oauth2'\nstore = 'file'\ntoken_url = 'http://127.0.0.1:1/t'\nclient_id = 'c'\n\
         client_secret = { credential = 'of-a-unit' }",
    );
    let ended = refused(&world, &[]);
    for words in [
        "`profiles.a.proxy_auth` comes from the variable `THE_PROXY`",
        "`stores.sealed.key` comes from the variable `THE_KEY`",
        "`profiles.c.client_secret` is the credential `of-a-unit`, which no unit of `keepalive` is given",
    ] {
        assert!(ended.stderr.contains(words), "{words}: {}", ended.stderr);
    }
    assert!(!ended.stderr.contains("THE_PASSWORD"), "only a login sends it: {}", ended.stderr);
    // One that a run gives by itself.
    world.change("username = 'me'", "username = 'me'\nrelogin = true");
    refused(&world, &[]).says("`profiles.b.password` comes from the variable `THE_PASSWORD`");
}

#[test]
fn a_keyring_that_a_run_would_not_reach_is_refused_and_one_that_it_would_is_not() {
    let vendor = StandIn::start(Vendor::Babelbird);
    vendor.expect_unused();
    let mut world = World::with(On::Keyring, &vendor);
    machine(&mut world);
    for timer in ["systemd", "cron"] {
        refused(&world, &["--timer", timer])
            .says("a run could not reach `babelbird`: ")
            .says("hint: `store = \"file\"` in the profile keeps the credential where a timer reaches it");
    }
    // The user's systemd leads its units to the session.
    let bus = world.service().environment();
    let (_, bus) = bus.iter().find(|(name, _)| name == "DBUS_SESSION_BUS_ADDRESS").expect("a bus");
    let home = world.path().display();
    let all = format!("HOME={home}\nPATH=/usr/bin:/bin\nDBUS_SESSION_BUS_ADDRESS={bus}\n");
    fs::write(of_machine(&world, "environment"), all).expect("written");
    // Open now, and locked from a start of the machine until somebody logs in.
    install(&world, &[])
        .succeeds()
        .says("while nobody is logged in, the keyring is locked, and runs fail for `babelbird`; `store = \"file\"` does without it");
    world.run(&["keepalive", "remove"]).succeeds();
    // Without lingering the timer ends with the session, as does the keyring.
    fs::write(of_machine(&world, "linger"), "no\n").expect("written");
    let ended = install(&world, &[]).succeeds().says("`loginctl enable-linger`");
    assert!(!ended.stderr.contains("keyring"), "{}", ended.stderr);
    world.run(&["keepalive", "remove"]).succeeds();
    world.service().lock();
    refused(&world, &[]).says("a run could not reach `babelbird`: the keyring is locked");
}

#[test]
fn a_program_that_a_timer_would_not_find_is_refused() {
    let (vendor, mut world) = scene();
    vendor.expect_unused();
    refused(&world, &["--program", "tokcli"]).says("`--program` must be an absolute path");
    refused(&world, &["--program", "/nowhere/tokcli"])
        .says("/nowhere/tokcli is not a program that can be run");
    refused(&world, &["--program", "/etc/passwd"]).says("/etc/passwd is not a program that can be run");
    refused(&world, &["--program", "/bin/false"]).says("/bin/false fails where the timer would run it");
    // By another name on `PATH`, in a directory that is cleared away.
    let own = world.path().join("bin/tokcli");
    std::os::unix::fs::symlink(tokcli(), &own).expect("linked");
    world.set("TMPDIR", &world.path().display().to_string());
    let before = home(&world);
    world
        .run(&["keepalive", "install"])
        .exits(3)
        .says("is in a temporary directory, and will be gone when the timer needs it")
        .says("hint: `--program FILE`");
    assert_eq!(home(&world), before);
    // Who names it knows better.
    install(&world, &["--program", &own.display().to_string()])
        .succeeds()
        .says("is in a temporary directory");
}

#[test]
fn what_no_line_can_hold_is_refused() {
    let (vendor, mut world) = scene();
    vendor.expect_unused();
    for (name, words) in [("a\nb", "control character"), ("a\u{7f}b", "control character")] {
        let path = world.path().join(name);
        fs::copy(world.path().join("profiles.toml"), &path).expect("copied");
        world.set("TOKCLI_CONFIG", &path.display().to_string());
        refused(&world, &[]).says(words);
        refused(&world, &["--timer", "cron"]).says(words);
    }
    let path = world.path().join("a\\b");
    fs::copy(world.path().join("profiles.toml"), &path).expect("copied");
    world.set("TOKCLI_CONFIG", &path.display().to_string());
    refused(&world, &["--timer", "cron"]).says("without a backslash");
    install(&world, &[]).succeeds();
}

#[test]
fn what_only_may_fail_is_a_warning() {
    let (vendor, mut world) = scene();
    vendor.expect_unused();
    fs::write(of_machine(&world, "linger"), "no\n").expect("written");
    world.add(
        "[profiles.a]\ndialect = 'oauth2'\nstore = 'file'\ntoken_url = 'http://127.0.0.1:1/t'\nclient_id = 'a'\n\
         client_secret = { command = ['cat', 'babelbird.secret'] }\n[profiles.b]\ndialect = 'nosuch'",
    );
    world.set("https_proxy", "http://me:canary-pw@127.0.0.1:3128");
    world.set("HTTP_PROXY", "http://127.0.0.1:3128");
    let object = install(&world, &["--json"]).succeeds().object();
    let warnings: Vec<&str> =
        object["warnings"].as_array().expect("a list").iter().filter_map(|one| one.as_str()).collect();
    for words in [
        "it stops when you log out; `loginctl enable-linger` keeps it running",
        "`profiles.a.client_secret` comes from a command, which must answer unattended",
        "each run will fail for `b`: ",
        "`https_proxy` holds a login and is not given to the timer",
    ] {
        assert!(warnings.iter().any(|warning| warning.starts_with(words)), "{words}: {warnings:?}");
    }
    let unit = object["files"][0]["text"].as_str().expect("text");
    // Where the command is looked for, and what the way to the vendor needs.
    assert!(unit.contains("Environment=PATH=") && unit.contains("Environment=HTTP_PROXY="), "{unit}");
    lacks(&world, "linger");
    let unknown = install(&world, &["--json"]).succeeds().object();
    assert_eq!(unknown["outcome"], "unchanged");
}

/// Programs of the platform are given no secret of anybody.
#[test]
fn no_program_of_the_platform_sees_a_secret() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let mut world = World::with(On::File, &vendor);
    machine(&mut world);
    let spy = world.path().join("bin/systemctl");
    let script = fs::read_to_string(&spy).expect("a script");
    fs::write(&spy, script.replace("set -eu", "set -eu\n/usr/bin/env >>\"$MACHINE/seen\"")).expect("written");
    world.run(&["keepalive", "status"]).succeeds();
    install(&world, &[]).exits(3);
    let seen = fs::read_to_string(of_machine(&world, "seen")).expect("it was asked");
    assert!(seen.contains("MACHINE=") && !seen.contains("FBOX_SECRET") && !seen.contains("canary"), "{seen}");
}
