//! Logins by a password, a client or another token, where nobody has to be there.

use super::scene::{lives, logged_in, server, server_with, state, with_a_password, world};
use crate::stand_in::Options;
use crate::world::On;

const PASSWORD: [&str; 4] = ["login", "--json", "--grant", "password"];

fn by_password(store: On) {
    let vendor = server();
    let mut world = world(store, &vendor);
    with_a_password(&mut world, &vendor);
    logged_in(world.run(&PASSWORD), &vendor);
    assert_eq!(vendor.requests().len(), 1);
    lives(&world, &vendor);
}

#[test]
fn by_password_on_the_file_store() {
    by_password(On::File);
}

#[test]
fn by_password_on_the_keyring() {
    by_password(On::Keyring);
}

#[test]
fn a_wrong_password_is_tried_once_and_stores_nothing() {
    let vendor = server();
    let mut world = world(On::File, &vendor);
    with_a_password(&mut world, &vendor);
    world.set("LOGIN_PASSWORD", "wrong-canary");
    let error = world.run(&PASSWORD).exits(4).error();
    assert_eq!(error["code"], "login_required");
    assert_eq!((vendor.wrong_passwords(), vendor.requests().len(), state(&world)), (1, 1, "none".to_owned()));
    world.assert_nothing_in_the_clear();
}

#[test]
fn without_a_password_and_without_a_terminal_nobody_is_asked() {
    let vendor = server();
    let world = world(On::File, &vendor);
    let error = world.run(&PASSWORD).exits(4).error();
    assert!(error["hint"].as_str().expect("text").contains("`password`"), "{error}");
    vendor.expect_unused();
}

#[test]
fn a_client_alone_needs_no_login() {
    let vendor = server_with(Options { oauth2_auth: "client_secret_post", ..Options::default() });
    let mut world = world(On::File, &vendor);
    world.add("client_auth = \"client_secret_post\"");
    world.change("dialect = \"oauth2\"", "dialect = \"oauth2-client-credentials\"");
    for key in ["authorization_url", "device_authorization_url", "revocation_url"] {
        world.change(&format!("\n{key} = "), &format!("\n# {key} = "));
    }
    let error = world.run(&["login", "--json"]).exits(3).error();
    assert!(error["message"].as_str().expect("text").contains("needs no login"), "{error}");
    let token = world.run(&["token"]).succeeds();
    assert!(vendor.accepts(token.stdout.trim()) && vendor.live_logins() == 0);
}

#[test]
fn a_token_of_a_ci_is_exchanged_for_one_of_the_server() {
    for grant in ["token_exchange", "jwt_bearer"] {
        let vendor = server();
        let mut world = world(On::File, &vendor);
        world.set("CI_TOKEN", &vendor.subject_token());
        world.add("subject_token = { env = \"CI_TOKEN\" }");
        logged_in(world.run(&["login", "--json", "--grant", grant]), &vendor);
        let token = world.run(&["token"]).succeeds();
        assert!(vendor.accepts(token.stdout.trim()), "{grant}");
        world.set("CI_TOKEN", "e30.e30.another-canary");
        world.run(&["login", "--json", "--replace", "--grant", grant]).exits(4);
        world.run(&["token"]).succeeds().prints(&token.stdout);
    }
}

#[test]
fn a_ci_is_told_the_ways_that_need_nobody() {
    let vendor = server();
    let mut world = world(On::File, &vendor);
    for ci in ["true", ""] {
        world.set("CI", ci);
        let said = world.run(&["login"]).exits(4);
        for way in ["--device", "`password`", "token_exchange", "jwt_bearer", "import"] {
            assert!(said.stderr.contains(way), "{way}: {}", said.stderr);
        }
    }
    assert_eq!(vendor.requests().len(), 0);
    vendor.expect_unused();
}
