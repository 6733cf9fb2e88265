//! git, by `gitcredentials(7)` and `git-credential(1)`.

use super::{another, ask, current, scene, unasked};
use crate::shim::Shim;
use crate::stand_in::StandIn;
use crate::world::World;

const GET: &[&str] = &["helper", "git", "get"];
const WHERE: &str = "protocol=https\nhost=git.example.com\npath=a/b.git\n";
/// As git 2.46 says it after a 401.
const KNOWS: &str = "capability[]=authtype\ncapability[]=state\nwwwauth[]=Bearer realm=\"x\"\n";

fn as_bearer(vendor: &StandIn, world: &World) -> String {
    let (token, expiry) = current(vendor, world);
    format!(
        "capability[]=authtype\nauthtype=Bearer\ncredential={token}\nephemeral=1\npassword_expiry_utc={expiry}\n"
    )
}

fn as_password(vendor: &StandIn, world: &World, name: &str) -> String {
    let (token, expiry) = current(vendor, world);
    format!("username={name}\npassword={token}\npassword_expiry_utc={expiry}\n")
}

#[test]
fn a_git_that_knows_schemes_gets_one_from_the_vendor_as_from_the_cache() {
    let (vendor, world) = scene();
    let said = format!("{WHERE}{KNOWS}\n");
    for _ in 0..3 {
        let told = ask(&world, GET, &said);
        told.is(0, &as_bearer(&vendor, &world), "");
    }
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn any_other_git_gets_a_name_and_a_password() {
    let (vendor, world) = scene();
    world.run(&["refresh"]).succeeds();
    for (more, name) in [
        ("", "oauth2"),
        ("\n", "oauth2"),
        ("wwwauth[]=Bearer realm=\"x\"\n", "oauth2"),
        ("capability[]=state\nwwwauth[]=Bearer\n", "oauth2"),
        ("capability[]=authtype\ncapability[]=\nwwwauth[]=Bearer\n", "oauth2"),
        // The server takes no bearer token.
        ("capability[]=authtype\n", "oauth2"),
        ("capability[]=authtype\nwwwauth[]=Basic realm=\"Bearer\"\n", "oauth2"),
        ("capability[]=authtype\nwwwauth[]=Bearer\nwwwauth[]=\nwwwauth[]=Basic\n", "oauth2"),
        ("username=me\n", "me"),
        ("x-of-a-later-git=1\nurl=https://evil.example/\n", "oauth2"),
        // Behind the empty line git says nothing.
        ("\ncapability[]=authtype\nwwwauth[]=Bearer\n", "oauth2"),
    ] {
        ask(&world, GET, format!("{WHERE}{more}")).is(0, &as_password(&vendor, &world, name), "");
    }
    let named = &["helper", "git", "--username", "x-access-token", "get"];
    for more in ["", KNOWS, "username=me\n"] {
        ask(&world, named, format!("{WHERE}{more}")).is(
            0,
            &as_password(&vendor, &world, "x-access-token"),
            "",
        );
    }
}

#[test]
fn elsewhere_other_helpers_are_asked() {
    let (vendor, mut world) = scene();
    another(&mut world, "other");
    for place in [
        "protocol=https\nhost=elsewhere.example\n",
        "protocol=https\nhost=git.example.com:8443\n",
        // What git asks for besides, and what another helper may know.
        "protocol=http\nhost=intranet.example\n",
        "protocol=smtp\nhost=mail.example:587\nusername=me\n",
        "protocol=cert\npath=/home/me/key.pem\n",
        "url=https://git.example.com/\n",
        "",
    ] {
        ask(&world, GET, place).is(0, "", "");
    }
    // One that is named opens no place that it is not for.
    for words in [&["-p", "other", "helper", "git", "get"][..], &["helper", "git", "get", "-p", "other"]] {
        ask(&world, words, WHERE).is(0, "", "");
        ask(&world, words, format!("{WHERE}{KNOWS}")).is(0, "", "");
    }
    unasked(&vendor);
}

#[test]
fn the_origin_of_a_base_url_is_a_place_of_its_own() {
    let (vendor, world) = scene();
    let host = vendor.origin().split_once("://").expect("an origin").1.to_owned();
    let told = ask(&world, GET, format!("protocol=http\nhost={host}\n"));
    told.is(0, &as_password(&vendor, &world, "oauth2"), "");
    ask(&world, GET, format!("protocol=https\nhost={host}\n")).is(0, "", "");
}

#[test]
fn what_git_only_tells_is_taken_in_silence() {
    let (vendor, world) = scene();
    ask(&world, &["helper", "git", "capability"], "").is(0, "version 0\ncapability authtype\n", "");
    for action in ["store", "erase", "of-a-later-git"] {
        let said = format!("{WHERE}username=oauth2\npassword=at-x\n");
        ask(&world, &["helper", "git", action], said).is(0, "", "");
    }
    unasked(&vendor);
}

#[test]
fn a_failure_ends_the_search_and_is_told_to_a_person() {
    let (vendor, world) = scene();
    vendor.expire_login();
    let told = ask(&world, GET, format!("{WHERE}{KNOWS}"));
    assert_eq!((told.code, &*told.stdout), (Some(0), "quit=1\n"), "{told:?}");
    assert!(told.stderr.starts_with("tokcli: error: "), "{told:?}");
    assert!(told.stderr.contains("hint: `tokcli"), "{told:?}");
}

#[test]
fn what_is_no_request_of_git_is_none() {
    let (vendor, world) = scene();
    for said in [&b"protocol"[..], b"\xff\xfe=x\n", b"protocol=https\nhost=git.example.com\nxx\n"] {
        let told = ask(&world, GET, said);
        assert_eq!((told.code, &*told.stdout), (Some(3), ""), "{told:?}");
    }
    // More than is read: what is left is no question of its own.
    let long = [&vec![b'\n'; 300 << 10], WHERE.as_bytes()].concat();
    let told = ask(&world, GET, long);
    assert_eq!((told.code, &*told.stdout), (Some(3), ""), "{told:?}");
    assert!(told.stderr.contains("256 KiB"), "{told:?}");
    unasked(&vendor);
}

fn erase(world: &World, place: &str, secret: &str) {
    ask(world, &["helper", "git", "erase"], format!("{place}{secret}\n")).is(0, "", "");
}

#[test]
fn after_a_refusal_the_next_get_fetches_another_and_nothing_is_deleted() {
    for secret in ["password", "authtype=Bearer\ncredential"] {
        let (vendor, mut world) = scene();
        let shim = Shim::build(&world);
        let first = world.run(&["token"]).succeeds().stdout.trim().to_owned();
        let refused = format!("{secret}={first}");
        // One that has just come is not doubted.
        erase(&world, WHERE, &refused);
        world.run(&["token"]).succeeds().prints(&format!("{first}\n"));
        shim.later(&mut world, 120);
        // Of another time, of nobody, and of a place that it is not for.
        erase(&world, WHERE, "password=at-of-another-time");
        erase(&world, WHERE, "");
        erase(&world, "protocol=https\nhost=elsewhere.example\n", &refused);
        ask(&world, GET, WHERE);
        world.run(&["token"]).succeeds().prints(&format!("{first}\n"));
        assert_eq!(vendor.requests().len(), 1);
        erase(&world, WHERE, &refused);
        assert_eq!(vendor.requests().len(), 1, "it sends nothing");
        let told = ask(&world, GET, WHERE);
        let second = vendor.current().access_token;
        assert_ne!(first, second);
        assert!(told.stdout.contains(&format!("password={second}\n")), "{told:?}");
        // Whoever was refused with the old one says so late.
        erase(&world, WHERE, &refused);
        world.run(&["token"]).succeeds().prints(&format!("{second}\n"));
        assert_eq!(vendor.requests().len(), 2);
    }
}

#[test]
fn where_the_vendor_is_away_a_doubted_token_is_not_lost() {
    let (vendor, mut world) = scene();
    let shim = Shim::build(&world);
    let first = world.run(&["token"]).succeeds().stdout.trim().to_owned();
    shim.later(&mut world, 120);
    erase(&world, WHERE, &format!("password={first}"));
    let before = vendor.current().refresh_token;
    vendor.misbehave(crate::stand_in::Fault::json(503, "{}"));
    let told = ask(&world, GET, WHERE);
    assert!(told.stdout == "quit=1\n" || told.stdout.contains(&first), "{told:?}");
    vendor.behave();
    shim.later(&mut world, 180);
    world.run(&["refresh"]).succeeds();
    assert_ne!(vendor.current().refresh_token, before, "the login is alive");
}
