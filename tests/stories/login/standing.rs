//! What is known of a login: whether anybody can go on by themselves, which one-time codes were sent, and where it may go.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::scene::{Waiting, lives, logged_in, server, state, with_a_password, world};
use super::unattended::by_password;
use crate::stand_in::{Fault, StandIn, TOTP_SEED, USER, Vendor};
use crate::world::{Ended, On, World};

const PASSWORD: [&str; 4] = ["login", "--json", "--grant", "password"];
const REPLACE: [&str; 5] = ["login", "--json", "--replace", "--grant", "password"];

fn needs_a_person(world: &World) -> Ended {
    world.run(&["status", "--check"]).exits(4)
}

fn needs_nobody(world: &World) {
    // Twice: what it came to may be kept.
    (0..2).for_each(|_| drop(world.run(&["status", "--check"]).succeeds()));
}

fn passwords(vendor: &StandIn) -> usize {
    let requests = vendor.requests();
    requests.iter().filter(|seen| String::from_utf8_lossy(&seen.body).contains("password=")).count()
}

#[test]
fn a_client_that_is_rejected_needs_a_person_whatever_logs_in_by_itself() {
    for store in [On::File, On::Keyring] {
        let vendor = server();
        let world = by_password(store, &vendor);
        world.import(&vendor);
        world.run(&["refresh"]).succeeds();
        needs_nobody(&world);
        (0..2).for_each(|_| vendor.misbehave(Fault::json(401, r#"{"error":"invalid_client"}"#)));
        world.run(&["refresh"]).exits(3);
        assert_eq!(state(&world), "client_rejected");
        needs_a_person(&world);
        world.run(&["refresh"]).exits(3);
        assert_eq!(passwords(&vendor), 0);
    }
}

/// A profile that logs in by itself with a password from there.
fn with_a_password_from(store: On, vendor: &StandIn, source: &str) -> World {
    let mut world = world(store, vendor).with_the_cache();
    world.add(&format!("username = \"{USER}\"\npassword = {source}\nrelogin = true"));
    world
}

type Giving = fn(&World, &StandIn);

/// Each with how the password gets there, and how it goes away.
fn places() -> [(&'static str, Giving, Giving); 2] {
    [
        (
            "{ store = true }",
            |world, vendor| {
                drop(world.run_with(&["secret", "set", "password"], &vendor.password()).succeeds());
            },
            |world, _| drop(world.run(&["secret", "rm", "password"]).succeeds()),
        ),
        (
            "{ file = \"password.secret\" }",
            |world, vendor| world.write("password.secret", &vendor.password()),
            |world, _| std::fs::remove_file(world.path().join("password.secret")).expect("there"),
        ),
    ]
}

#[test]
fn nobody_logs_in_by_itself_without_the_password() {
    for (source, comes, goes) in places() {
        let vendor = server();
        let world = with_a_password_from(On::File, &vendor, source);
        for _ in 0..2 {
            assert_eq!(state(&world), "none", "{source}");
            needs_a_person(&world).says("`profiles.oauth2.password`");
            world.run(&["token"]).exits(3).says("`profiles.oauth2.password`");
            comes(&world, &vendor);
            assert_eq!(state(&world), "ready", "{source}");
            needs_nobody(&world);
            goes(&world, &vendor);
        }
        assert_eq!(vendor.requests().len(), 0, "{source}");
        // While a login lives there is no need for it.
        world.import(&vendor);
        world.run(&["refresh"]).succeeds();
        needs_nobody(&world);
        vendor.expire_login();
        vendor.expire_access();
        world.run(&["refresh"]).exits(4);
        assert_eq!(state(&world), "login_required", "{source}");
        needs_a_person(&world).says("`profiles.oauth2.password`");
        comes(&world, &vendor);
        needs_nobody(&world);
        world.run(&["refresh"]).succeeds();
        lives(&world, &vendor);
    }
}

#[test]
fn nobody_logs_in_by_itself_where_the_environment_lacks_the_password() {
    let vendor = server();
    let mut world = with_a_password_from(On::File, &vendor, "{ env = \"LOGIN_PASSWORD\" }");
    needs_a_person(&world).says("`LOGIN_PASSWORD` is not set");
    assert_eq!(state(&world), "none");
    world.set("LOGIN_PASSWORD", &vendor.password());
    needs_nobody(&world);
    assert_eq!(state(&world), "ready");
    // Nor does a job that no runner gives a token to.
    let mut world = super::scene::world(On::File, &vendor);
    world.add("subject_token = { actions_id_token = \"api\" }\nrelogin = \"token_exchange\"");
    needs_a_person(&world).says("ACTIONS_ID_TOKEN_REQUEST_URL");
    vendor.expect_unused();
}

#[test]
fn where_the_server_says_where_a_login_goes_nobody_is_needed_for_the_first_one_either() {
    let vendor = server();
    let mut world = super::discovery::by_issuer(&vendor);
    with_a_password(&mut world, &vendor);
    needs_a_person(&world);
    world.add("relogin = \"password\"");
    needs_nobody(&world);
    assert_eq!((state(&world), vendor.requests().len()), ("ready".to_owned(), 0));
    world.run(&["token"]).succeeds();
    vendor.expire_login();
    vendor.expire_access();
    world.run(&["refresh"]).succeeds();
    assert_eq!(passwords(&vendor), 2);
    lives(&world, &vendor);
}

#[test]
fn a_command_that_gives_the_password_is_not_run_to_see_whether_it_does() {
    let vendor = server();
    let world =
        with_a_password_from(On::File, &vendor, "{ command = [\"sh\", \"-c\", \"touch asked; echo no\"] }");
    needs_nobody(&world);
    assert_eq!(state(&world), "ready");
    assert!(!world.path().join("asked").exists());
    vendor.expect_unused();
}

/// Logs in with a password, after which a one-time code is asked for.
fn with_a_second_step(store: On) -> (StandIn, World) {
    let vendor = StandIn::start_tls(Vendor::VeeamAzure);
    let mut world = world(store, &vendor);
    with_a_password(&mut world, &vendor);
    (vendor, world)
}

#[test]
fn a_login_that_ended_between_two_steps_leaves_what_there_is_to_tell() {
    for store in [On::File, On::Keyring] {
        let (vendor, world) = with_a_second_step(store);
        vendor.demand_mfa();
        world.run(&PASSWORD).exits(4);
        assert_eq!(state(&world), "none");
        vendor.behave();
        logged_in(world.run(&PASSWORD), &vendor);
        needs_nobody(&world);
        vendor.demand_mfa();
        let before = vendor.requests().len();
        world.run(&REPLACE).exits(4);
        assert_eq!(vendor.requests().len() - before, 1, "the first step went well");
        assert_eq!(state(&world), "valid");
        needs_nobody(&world);
        world.run(&["refresh", "--all", "--due", "--json"]).succeeds().says_not_due();
        vendor.behave();
        lives(&world, &vendor);
    }
}

trait SaysNotDue {
    fn says_not_due(self);
}

impl SaysNotDue for Ended {
    fn says_not_due(self) {
        assert!(self.stdout.contains("\"not_due\""), "{}", self.stdout);
    }
}

/// Codes of so long a time step that none begins while the story is told; the vendor takes none of them.
fn with_wrong_codes(store: On, world: fn(On, &StandIn) -> World) -> (StandIn, World) {
    let vendor = StandIn::start_tls(Vendor::VeeamAzure);
    let mut world = world(store, &vendor);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let period = (1_800..=3_600).find(|period| now % period < period / 2).expect("there is one");
    world.write("seed.secret", &format!("otpauth://totp/a?secret={TOTP_SEED}&period={period}"));
    world.add("totp_seed = { file = \"seed.secret\" }");
    vendor.demand_mfa();
    (vendor, world)
}

fn by_hand(store: On, vendor: &StandIn) -> World {
    let mut world = world(store, vendor);
    with_a_password(&mut world, vendor);
    world
}

/// Of one-time codes.
fn codes(vendor: &StandIn) -> usize {
    let requests = vendor.requests();
    requests.iter().filter(|seen| String::from_utf8_lossy(&seen.body).contains("mfa_code=")).count()
}

#[track_caller]
fn waits_for_the_next_code(world: &World, arguments: &[&str]) {
    let error = world.run(&[arguments, &["--deadline", "3s"]].concat()).exits(5).error();
    assert_eq!(error["code"], "unavailable");
    assert!(error["message"].as_str().expect("text").contains("was sent already"), "{error}");
}

#[test]
fn a_code_that_went_out_with_a_login_that_failed_goes_out_no_more() {
    for store in [On::File, On::Keyring] {
        let (vendor, world) = with_wrong_codes(store, by_hand);
        world.run(&PASSWORD).exits(4);
        assert_eq!((codes(&vendor), state(&world)), (1, "none".to_owned()));
        waits_for_the_next_code(&world, &PASSWORD);
        waits_for_the_next_code(&world, &PASSWORD);
        world.run(&["logout", "--local"]);
        waits_for_the_next_code(&world, &PASSWORD);
        world.import(&vendor);
        waits_for_the_next_code(&world, &REPLACE);
        assert_eq!(codes(&vendor), 1);
    }
}

#[test]
fn a_code_that_went_out_over_a_credential_goes_out_no_more() {
    for store in [On::File, On::Keyring] {
        let (vendor, world) = with_wrong_codes(store, by_hand);
        world.import(&vendor);
        world.run(&REPLACE).exits(4);
        waits_for_the_next_code(&world, &REPLACE);
        world.run(&["logout", "--local"]).succeeds();
        waits_for_the_next_code(&world, &PASSWORD);
        assert_eq!(codes(&vendor), 1);
    }
}

#[test]
fn a_code_that_a_login_by_itself_sent_goes_out_no_more() {
    let (vendor, world) = with_wrong_codes(On::File, by_password);
    world.run(&["token", "--json"]).exits(4);
    assert_eq!(codes(&vendor), 1);
    waits_for_the_next_code(&world, &PASSWORD);
    world.run(&["logout", "--local"]);
    waits_for_the_next_code(&world, &["token", "--json"]);
    waits_for_the_next_code(&world, &PASSWORD);
    assert_eq!(codes(&vendor), 1);
}

#[test]
fn a_code_that_went_out_goes_out_no_more_wherever_the_login_was_killed() {
    let (mut sent, mut killed) = (0, 0);
    for nth in 1..12 {
        let (vendor, world) = with_wrong_codes(On::File, by_hand);
        let ended = world.run_injected(&format!("pwrite64:signal=KILL:when={nth}"), &PASSWORD);
        killed += usize::from(ended.status.code().is_none_or(|code| code > 128));
        let before = codes(&vendor);
        let next = world.run(&[&PASSWORD[..], &["--deadline", "3s"]].concat());
        assert!(codes(&vendor) <= 1, "killed at write {nth}: {next:#?}");
        if before == 1 {
            assert_eq!(next.code, Some(5), "killed at write {nth}: {next:#?}");
        }
        sent += before;
    }
    assert!(sent > 1 && killed > 2, "{sent} {killed}");
}

#[test]
fn a_code_that_was_taken_goes_out_no_more_after_a_logout() {
    let (vendor, mut world) = with_a_second_step(On::File);
    world.write("seed.secret", TOTP_SEED);
    world.add("totp_seed = { file = \"seed.secret\" }");
    vendor.demand_mfa();
    // Time enough before the next step begins.
    while SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() % 30 > 15 {
        std::thread::sleep(Duration::from_millis(200));
    }
    logged_in(world.run(&PASSWORD), &vendor);
    world.run(&["logout", "--local"]).succeeds();
    assert_eq!(codes(&vendor), 1);
    waits_for_the_next_code(&world, &PASSWORD);
    assert_eq!(codes(&vendor), 1);
}

#[test]
fn nothing_that_a_password_can_be_guessed_by_lies_in_the_keyring() {
    let vendor = server();
    let mut world = world(On::Keyring, &vendor);
    with_a_password(&mut world, &vendor);
    world.import(&vendor);
    let latch = vendor.hold(1);
    let login = world.spawn(&REPLACE);
    crate::sequence::wait_for(|| vendor.requests().len() == 1);
    let item = world.item("oauth2");
    let attempt = &item["credential"]["state"]["open"]["attempt"];
    assert_eq!(attempt["login"]["grant"], "password", "{item}");
    assert!(attempt["login"]["presented"].is_null(), "{item}");
    latch.open();
    login.wait_with_output().expect("it ends");
}

/// Where a login goes beside the token's address, given another server.
const ADDRESSES: [(&str, &str); 2] =
    [("device_authorization_url", "/device_authorization"), ("revocation_url", "/revoke")];

#[test]
fn another_address_of_a_login_is_another_place() {
    for (key, path) in ADDRESSES {
        let (vendor, other) = (server(), server());
        let mut world = world(On::File, &vendor);
        world.add(&format!("username = \"{USER}\"\npassword = {{ store = true }}"));
        world.run_with(&["secret", "set", "password"], &vendor.password()).succeeds();
        world.import(&vendor);
        world.run(&["refresh"]).succeeds();
        let before = vendor.requests().len();
        let address = |vendor: &StandIn| match path {
            "/revoke" => vendor.revocation_url(),
            _ => vendor.device_authorization_url(),
        };
        world.change(
            &format!("{key} = \"{}\"", address(&vendor)),
            &format!("{key} = \"{}\"", address(&other)),
        );
        for command in
            [&["token"][..], &["refresh"], &["logout"], &["login", "--device", "--json"], &PASSWORD]
        {
            world.run(command).exits(3);
        }
        // A stored secret was set for other places, whatever is confirmed of the credential.
        world.run(&REPLACE).exits(3).says("password");
        world.run(&["status", "--check"]).exits(3);
        assert_eq!((vendor.requests().len(), other.requests().len()), (before, 0), "{key}");
        world.run(&["rebind", "--yes"]).succeeds();
        let token = world.run(&["refresh"]).succeeds();
        assert!(vendor.accepts(token.stdout.trim()), "{key}");
        assert_eq!(other.requests().len(), 0, "{key}");
        other.expect_unused();
    }
}

#[test]
fn what_nothing_renews_is_told_of_alike_by_all() {
    let vendor = server();
    let mut world = world(On::File, &vendor);
    world.set("CI_TOKEN", &vendor.subject_token());
    world.add("subject_token = { env = \"CI_TOKEN\" }");
    let words = "a person must log in again";
    world.run(&["login", "--grant", "token_exchange"]).succeeds().says("only a new login gets another");
    assert_eq!(state(&world), "valid");
    let line = world.run(&["status", "--json"]).succeeds().object()["profiles"][0].clone();
    assert_eq!(line["dies_at"], line["expires_at"], "{line}");
    needs_nobody(&world);
    world.run(&["status", "--check", "--within", "30d"]).exits(4);
    let error = world.run(&["refresh", "--json"]).exits(4).error();
    assert_eq!(error["code"], "login_required");
    assert!(error["message"].as_str().expect("text").contains("has no refresh token"), "{error}");
    // The token at hand is good for a while yet.
    let token = world.run(&["token"]).succeeds();
    world.run(&["token", "--min-ttl", "9999h"]).succeeds().prints(&token.stdout);
    // Who logs in by itself needs nobody.
    world.add("relogin = \"token_exchange\"");
    let said = world.run(&["login", "--grant", "token_exchange"]).succeeds();
    assert!(!said.stderr.contains(words), "{}", said.stderr);
    world.run(&["status", "--check", "--within", "30d"]).succeeds();
    let token = world.run(&["refresh"]).succeeds();
    assert!(vendor.accepts(token.stdout.trim()));
}

#[test]
fn a_login_that_somebody_is_at_says_nothing_of_what_is_there() {
    let vendor = server();
    let mut world = world(On::File, &vendor);
    with_a_password(&mut world, &vendor);
    logged_in(world.run(&PASSWORD), &vendor);
    let mut login = Waiting::of(&world, &["--replace", "--grant", "authorization_code", "--no-browser"]);
    let address = login.address();
    let latch = vendor.hold(2);
    let tab = std::thread::spawn(move || super::browser::visit(&address));
    crate::sequence::wait_for(|| vendor.requests_at("/token") == 2);
    assert_eq!(state(&world), "valid");
    needs_nobody(&world);
    latch.open();
    logged_in(login.ends(), &vendor);
    tab.join().expect("no panic");
}
