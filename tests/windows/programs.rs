//! Programs that ask: git and docker.

use crate::stand_in::{StandIn, Vendor};
use crate::world::World;

fn asked(arguments: &[&str], input: &str) -> String {
    let vendor = StandIn::start(Vendor::OAuth2);
    let mut world = World::empty();
    let entry = world.entry(&vendor, "file");
    world.add(&format!("{entry}match = [\"https://git.example\", \"https://registry.example\"]\n"));
    world.import(&vendor.login());
    let printed = world.run_with(arguments, input.as_bytes()).succeeds().stdout;
    assert!(printed.contains(&vendor.current().access_token), "{printed}");
    printed
}

#[test]
fn git_gets_a_token_by_its_credential_helper() {
    let printed = asked(&["helper", "git", "get"], "protocol=https\nhost=git.example\n\n");
    assert!(printed.lines().any(|line| line.starts_with("password=")), "{printed}");
}

#[test]
fn docker_gets_a_token_by_its_credential_helper() {
    let printed = asked(&["helper", "docker", "get"], "registry.example\n");
    assert!(printed.contains("\"Secret\""), "{printed}");
}

#[test]
fn a_program_is_given_a_token_in_its_environment() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with("file", &vendor);
    let printed = world.run(&["exec", "--", "cmd", "/c", "echo %TOKCLI_TOKEN%"]).succeeds().stdout;
    assert_eq!(printed.trim_end(), vendor.current().access_token);
}
