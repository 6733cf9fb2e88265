//! Programs that ask: git and docker.

use crate::stand_in::{StandIn, Vendor};
use crate::world::{World, is_wine};

/// `name`: another one that the program is called by.
fn asked(name: Option<&str>, arguments: &[&str], input: &str) -> String {
    let vendor = StandIn::start(Vendor::OAuth2);
    let mut world = World::empty();
    let entry = world.entry(&vendor, "file");
    world.add(&format!("{entry}match = [\"https://git.example\", \"https://registry.example\"]\n"));
    world.import(&vendor.login());
    if let Some(name) = name {
        let copy = world.path().join(name);
        std::fs::copy(env!("CARGO_BIN_EXE_tokcli"), &copy).expect("copied");
        world.call(copy);
    }
    let printed = world.run_with(arguments, input.as_bytes()).succeeds().stdout;
    assert!(printed.contains(&vendor.current().access_token), "{printed}");
    printed
}

#[test]
fn git_gets_a_token_by_its_credential_helper() {
    let printed = asked(None, &["helper", "git", "get"], "protocol=https\nhost=git.example\n\n");
    assert!(printed.lines().any(|line| line.starts_with("password=")), "{printed}");
}

#[test]
fn docker_gets_a_token_by_its_credential_helper() {
    for (name, arguments) in
        [(None, &["helper", "docker", "get"][..]), (Some("docker-credential-tokcli.exe"), &["get"])]
    {
        let printed = asked(name, arguments, "registry.example\n");
        assert!(printed.contains("\"Secret\""), "{printed}");
    }
}

/// What is made is tokcli by another name, which git finds on `PATH`.
#[test]
fn helpers_are_installed_as_programs_of_their_own() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let mut world = World::empty();
    let entry = world.entry(&vendor, "file");
    world.add(&format!("{entry}match = [\"https://git.example\", \"https://registry.example\"]\n"));
    world.import(&vendor.login());
    let bin = world.path().join("their bin");
    let asked = [("git", "protocol=https\nhost=git.example\n\n"), ("docker", "registry.example\n")];
    for (n, (helper, input)) in asked.into_iter().enumerate() {
        let install = ["helper", "install", helper, "--dir", bin.to_str().expect("UTF-8")];
        world.call(env!("CARGO_BIN_EXE_tokcli").into());
        world.run(&install).succeeds().says("a copy of");
        world.run(&install).succeeds().says("is there");
        let link = bin.join(format!("{helper}-credential-tokcli.exe"));
        // What is not tokcli stays; an older tokcli does not.
        let program = std::fs::read(&link).expect("read");
        std::fs::write(&link, "docker-credential-tokcli cargo-credential-tokcli").expect("written");
        world.run(&install).exits(3).says("it stays as it is");
        std::fs::write(&link, [&program[..], b"older"].concat()).expect("written");
        world.run(&install).succeeds().says("a copy of");
        assert_eq!(std::fs::read_dir(&bin).expect("there").count(), n + 1, "nothing else is left there");
        world.call(link);
        let printed = world.run_with(&["get"], input.as_bytes()).succeeds().stdout;
        assert!(printed.contains(&vendor.current().access_token), "{printed}");
    }
}

#[test]
fn a_program_is_given_a_token_in_its_environment() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with("file", &vendor);
    let printed = world.run(&["exec", "--", "cmd", "/c", "echo %TOKCLI_TOKEN%"]).succeeds().stdout;
    assert_eq!(printed.trim_end(), vendor.current().access_token);
}

#[test]
fn a_task_keeps_logins_alive_and_is_removed() {
    // Wine's tasks are small, and a person may have one of their own.
    if is_wine() || std::env::var_os("CI").is_none() {
        eprintln!("not shown here");
        return;
    }
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let world = World::with("file", &vendor);
    world.run(&["keepalive", "install"]).succeeds().says("task runs");
    let timer = world.run(&["keepalive", "status", "--json"]).succeeds().object();
    assert_eq!(timer["timers"][0]["timer"], "task", "{timer}");
    world.run(&["keepalive", "remove"]).succeeds();
    let none = world.run(&["keepalive", "status"]).succeeds().stdout;
    assert!(none.starts_with("timer: none"), "{none}");
}

/// A run that only waits for a key holds nothing, and one that is over holds nothing either.
#[test]
fn doctor_finds_nothing_where_nothing_is_wrong() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with("file", &vendor);
    world.run(&["refresh"]).succeeds();
    let found = world.run(&["doctor"]).succeeds();
    assert!(!found.stdout.contains("lock") && !found.stderr.contains("lock"), "{found:#?}");
    let latch = vendor.hold(1);
    let run = world.spawn(&["refresh"]);
    while vendor.requests().len() < 2 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let found = world.run(&["doctor"]);
    assert!(found.stdout.contains("another run of tokcli holds"), "{found:#?}");
    latch.open();
    crate::world::Ended::of(run).succeeds();
}

#[test]
fn a_script_that_is_a_source_is_named_with_its_ending() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let mut world = World::empty();
    let entry = world.entry(&vendor, "file");
    world.write("their secret.cmd", b"@type vendor.secret\r\n");
    let of = |name: &str| entry.replace("['cmd', '/c', 'type', 'vendor.secret']", &format!("['{name}']"));
    world.add(&of(".\\their secret"));
    world.import(&vendor.login());
    world.run(&["refresh"]).exits(3).says("their secret.cmd`");
    world.set_profiles(&of(".\\their secret.cmd"));
    world.run(&["refresh"]).succeeds();
    // Another of that name lies where the caller is.
    let elsewhere = world.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("made");
    std::fs::write(elsewhere.join("their secret.cmd"), "@echo another\r\n").expect("written");
    let mut command = world.command(&["refresh"]);
    command.current_dir(&elsewhere);
    crate::world::Ended::of(command.spawn().expect("tokcli runs")).succeeds();
}
