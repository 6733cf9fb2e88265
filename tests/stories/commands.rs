//! The small commands, and the contract of the command line.

use crate::bad_input::opened;
use crate::stand_in::{StandIn, Vendor};
use crate::world::{On, World};

#[test]
fn b59_help_and_version_touch_nothing() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let mut world = World::in_environment(On::Keyring, Vec::new());
    world.profile(&vendor);
    let _mute = std::os::unix::net::UnixListener::bind(world.path().join("bus")).expect("a socket");
    let bus = format!("unix:path={}", world.path().join("bus").display());
    world.set("DBUS_SESSION_BUS_ADDRESS", &bus);
    for command in [
        &["--help"][..],
        &["--version"],
        &["help", "token"],
        &["token", "--help"],
        &["import", "-h"],
        &["completions", "bash"],
    ] {
        let ended = world.run(command).succeeds().keeps_stderr_empty();
        assert!(!ended.stdout.is_empty());
        let (code, trace) = opened(&world, command);
        assert_eq!(code, Some(0));
        assert!(!trace.contains("connect(") && !trace.contains("profiles.toml"), "{trace}");
    }
    assert!(!world.state().exists());
    // What does need the keyring is seen to ask for it.
    let (code, trace) = opened(&world, &["token"]);
    assert_eq!(code, Some(6));
    assert!(trace.contains("connect(") && trace.contains("profiles.toml"), "{trace}");
}

#[test]
fn wrong_usage_is_exit_2() {
    let world = World::on(On::File);
    for command in [
        &["tokn"][..],
        &["token", "--min-ttl", "5"],
        &["import", "--obtained-at", "now"],
        &["refresh", "--all", "--dry-run"],
        &["token", "--deadline", "-1s"],
        &["import", "rt-on-argv"],
        &["completions", "tcsh"],
    ] {
        world.run(command).exits(2);
    }
}

#[test]
fn config_path_follows_flag_and_environment() {
    let mut world = World::on(On::File);
    let ended = world.run(&["config", "path", "--config", "/x/y.toml"]).succeeds();
    assert_eq!(ended.stdout, "/x/y.toml\n");
    world.set("TOKCLI_CONFIG", "/from/environment.toml");
    world.run(&["config", "path"]).succeeds().prints("/from/environment.toml\n");
    world.set("TOKCLI_CONFIG", "");
    world.set("XDG_CONFIG_HOME", "/xdg");
    world.run(&["config", "path"]).succeeds().prints("/xdg/tokcli/profiles.toml\n");
}

#[test]
fn the_catalogue_is_there_without_any_profile() {
    let mut world = World::on(On::File);
    // Of one's own there is nothing yet where they will be; a name that is not built in may be among them.
    world.run(&["dialect", "list", "fbox"]).succeeds();
    world.run(&["dialect", "show", "fbox"]).succeeds();
    world.run(&["dialect", "test", "fbox"]).succeeds();
    for all in [&["dialect", "show", "mine"][..], &["dialect", "check", "mine"], &["dialect", "check"]] {
        world.run(all).exits(3).says("there is no ");
    }
    world.set("TOKCLI_CONFIG", "");
    let list = world.run(&["dialect", "list"]).succeeds();
    for vendor in Vendor::ALL {
        assert!(list.stdout.lines().any(|line| line.starts_with(vendor.name())), "{}", list.stdout);
        let shown = world.run(&["dialect", "show", vendor.name()]).succeeds();
        assert!(shown.stdout.contains(&format!("[dialects.{}]", vendor.name())));
    }
    world.run(&["dialect", "show", "fbocks"]).exits(3).says("did you mean `fbox`?");
    let objects = world.run(&["dialect", "list", "--json"]).succeeds().object();
    assert!(objects["dialects"].as_array().expect("list").len() > 100);
    let found = world.run(&["dialect", "list", "--json", "FLEXEM", "fbox"]).succeeds().object();
    let names: Vec<_> = found["dialects"].as_array().expect("list").iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["fbox"]);
}

#[test]
fn what_dialect_show_prints_can_be_used_as_it_is() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    let source = world.run(&["dialect", "show", "fbox"]).succeeds().stdout;
    world.write("mine.toml", &source.replace("dialects.fbox", "dialects.mine"));
    world.change(
        "[profiles.fbox]\ndialect = \"fbox\"",
        "dialect_files = [\"mine.toml\"]\n[profiles.fbox]\ndialect = \"mine\"",
    );
    world.run(&["token"]).succeeds();
}

#[test]
fn status_tells_each_state_and_never_asks() {
    let (fbox, babel) = (StandIn::start(Vendor::Fbox), StandIn::start(Vendor::Babelbird));
    babel.expect_unused();
    let mut world = World::with(On::File, &fbox);
    world.profile(&babel);
    let state = |world: &World, index: usize| {
        world.run(&["status", "--json"]).succeeds().keeps_stderr_empty().object()["profiles"][index].clone()
    };
    let none = state(&world, 0);
    assert_eq!((none["profile"].as_str(), none["state"].as_str()), (Some("babelbird"), Some("none")));
    assert_eq!(state(&world, 1)["state"], "ready", "imported, but without an access token yet");
    world.run(&["token", "-p", "fbox"]).succeeds();
    let valid = state(&world, 1);
    assert_eq!(valid["state"], "valid");
    let keys: Vec<_> = valid.as_object().expect("object").keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "profile",
            "dialect",
            "store",
            "account",
            "state",
            "trouble",
            "expires_at",
            "refresh_expires_at",
            "dies_at",
            "exported_at",
            "claim",
            "unread",
            "who",
            "owner",
            "others"
        ]
    );
    let table = world.run(&["status"]).succeeds();
    assert!(
        table
            .stdout
            .lines()
            .nth(2)
            .expect("third line")
            .starts_with("fbox       fbox       file   valid  20"),
        "{}",
        table.stdout
    );
    assert_eq!(fbox.requests().len(), 1);
}

#[test]
fn refresh_all_prints_outcomes_and_the_highest_exit() {
    let (fbox, oauth) = (StandIn::start(Vendor::Fbox), StandIn::start(Vendor::OAuth2));
    let mut world = World::with(On::File, &fbox);
    world.profile(&oauth);
    world.import(&oauth);
    let good = world.run(&["refresh", "--all", "--json"]).succeeds().keeps_stderr_empty();
    let lines: Vec<serde_json::Value> =
        good.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 2);
    for (line, name) in lines.iter().zip(["fbox", "oauth2"]) {
        let keys: Vec<_> = line.as_object().expect("object").keys().map(String::as_str).collect();
        assert_eq!(keys, ["version", "profile", "outcome", "expires_at", "error"]);
        assert_eq!(
            (&line["profile"], &line["outcome"]),
            (&serde_json::json!(name), &serde_json::json!("refreshed"))
        );
    }
    fbox.rate_limit(Some("9"));
    oauth.expire_login();
    let ended = world.run(&["refresh", "--all"]).exits(5).says("0 refreshed, 2 failed");
    assert!(
        ended.stdout.contains("fbox: failed, rate_limited: ")
            && ended.stdout.contains("oauth2: failed, login_required: "),
        "{}",
        ended.stdout
    );
    world.run(&["refresh", "--all", "-q"]).exits(5).keeps_stderr_empty();
}
