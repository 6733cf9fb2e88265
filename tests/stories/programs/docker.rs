//! docker, podman and skopeo, by docker-credential-helpers.

use serde_json::{Value, json};

use super::{another, ask, current, scene, unasked};

const GET: &[&str] = &["helper", "docker", "get"];
const NONE: &str = "credentials not found in native keychain\n";

#[test]
fn a_registry_gets_its_token_as_it_names_itself() {
    let (vendor, world) = scene();
    for asked in [
        "git.example.com",
        "https://git.example.com",
        "https://git.example.com/v2/\n",
        "git.example.com/team/app\r\n",
    ] {
        let told = ask(&world, GET, asked).object();
        let (token, _) = current(&vendor, &world);
        let wanted =
            json!({ "ServerURL": asked.trim_end(), "Username": "oauth2accesstoken", "Secret": token });
        assert_eq!(told, wanted);
    }
    let named = ask(&world, &["helper", "docker", "--username", "<token>", "get"], "git.example.com");
    assert_eq!(named.object()["Username"], "<token>");
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn one_on_this_machine_may_speak_http() {
    let (vendor, world) = scene();
    let origin = vendor.origin();
    let host = origin.split_once("://").expect("an origin").1;
    assert_eq!(ask(&world, GET, host).object()["Secret"], *vendor.current().access_token);
}

#[test]
fn what_nobody_has_is_told_in_the_words_that_docker_compares() {
    let (vendor, mut world) = scene();
    another(&mut world, "other");
    for asked in [
        "https://index.docker.io/v1/",
        "registry.example:5000",
        "http://registry.intranet:5000",
        "a b",
        "\u{fc}",
    ] {
        ask(&world, GET, asked).is(1, NONE, "");
    }
    ask(&world, &["-p", "other", "helper", "docker", "get"], "git.example.com").is(1, NONE, "");
    for nothing in ["", "\n"] {
        ask(&world, GET, nothing).is(1, "no credentials server URL\n", "");
    }
    unasked(&vendor);
}

#[test]
fn the_other_actions_keep_and_forget_nothing() {
    let (vendor, world) = scene();
    let run = |action: &str, input: &str| ask(&world, &["helper", "docker", action], input);
    run("list", "").is(0, "{}\n", "");
    run("erase", "git.example.com").is(0, "", "");
    let version = run("version", "");
    assert_eq!((version.code, version.stdout.lines().count()), (Some(0), 1), "{version:?}");
    let entry: Value = json!({ "ServerURL": "git.example.com", "Username": "u", "Secret": "at-x" });
    for (action, input) in [("store", entry.to_string()), ("of-later", String::new())] {
        let told = run(action, &input);
        assert_eq!((told.code, &*told.stderr), (Some(1), ""), "{told:?}");
        assert_eq!(told.stdout.lines().count(), 1, "{told:?}");
    }
    assert!(ask(&world, GET, "git.example.com").code == Some(0), "after `erase`");
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn errors_are_told_on_stdout() {
    let (vendor, world) = scene();
    vendor.expire_login();
    let dead = ask(&world, GET, "git.example.com");
    world.write("profiles.toml", "[profiles");
    let broken = ask(&world, GET, "git.example.com");
    std::fs::remove_file(world.path().join("profiles.toml")).expect("it is there");
    let absent = ask(&world, GET, "git.example.com");
    let foreign = ask(&world, GET, b"\xff\xff");
    for told in [dead, broken, absent, foreign] {
        assert_eq!((told.code, &*told.stderr), (Some(1), ""), "{told:?}");
        assert_eq!(told.stdout.lines().count(), 1, "{told:?}");
        assert!(!told.stdout.contains("not found in native"), "{told:?}");
        told.got_nothing();
    }
}
