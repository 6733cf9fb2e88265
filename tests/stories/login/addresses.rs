//! Addresses that a profile gives beside `token_url`, changed by whoever can write the file: neither the client's secret nor
//! a token goes there until somebody has confirmed it.

use super::scene::{lives, logged_in, profile, server_with, state, with_a_password};
use crate::stand_in::{Options, StandIn};
use crate::world::{On, World};

const PASSWORD: [&str; 4] = ["login", "--json", "--grant", "password"];
const DEVICE: [&str; 5] = ["login", "--json", "--device", "--deadline", "3s"];

fn confidential() -> StandIn {
    server_with(Options { oauth2_auth: "client_secret_post", ..Options::default() })
}

/// The client's secret is kept in the store.
fn place(store: On) -> (StandIn, StandIn, World) {
    let (vendor, other) = (confidential(), confidential());
    let mut world = World::on(store);
    world.add(&profile(&vendor, store));
    world.change(
        "client_secret = { command = [\"cat\", \"oauth2.secret\"] }",
        "client_secret = { store = true }",
    );
    world.add("client_auth = \"client_secret_post\"");
    with_a_password(&mut world, &vendor);
    world.run_with(&["secret", "set", "client_secret"], vendor.client_secret()).succeeds();
    (vendor, other, world)
}

#[track_caller]
fn is_refused(world: &World, words: &[&str], other: &StandIn) {
    let said = world.run(words).exits(3);
    let said = said.stdout + &said.stderr;
    assert!(said.contains(&other.origin()), "it names where it would have gone: {said}");
    assert_eq!(other.requests().len(), 0, "{words:?}");
}

#[test]
fn a_stored_secret_goes_to_no_new_address_of_a_device_login() {
    for store in [On::File, On::Keyring] {
        let (vendor, other, mut world) = place(store);
        world.change(&vendor.device_authorization_url(), &other.device_authorization_url());
        is_refused(&world, &DEVICE, &other);
        is_refused(&world, &PASSWORD, &other);
        assert_eq!((vendor.requests().len(), state(&world)), (0, "none".to_owned()));
        world.run(&["secret", "list"]).succeeds();
        // Whoever gives the secret anew says where it may go.
        world.run_with(&["secret", "set", "client_secret"], other.client_secret()).succeeds();
        world.run(&DEVICE);
        assert_eq!(other.requests_at("/device_authorization"), 1);
        // The stand-ins do not know each other's codes.
        vendor.expect_departures();
        vendor.expect_unused();
        other.expect_departures();
    }
}

#[test]
fn a_living_credential_goes_to_no_new_address_of_a_device_login_or_a_revocation() {
    for revocation in [false, true] {
        let (vendor, other, mut world) = place(On::File);
        logged_in(world.run(&PASSWORD), &vendor);
        let (from, to) = match revocation {
            true => (vendor.revocation_url(), other.revocation_url()),
            false => (vendor.device_authorization_url(), other.device_authorization_url()),
        };
        world.change(&from, &to);
        let before = vendor.requests().len();
        for words in [&["token"][..], &["refresh"], &["logout"], &["refresh", "--all"]] {
            is_refused(&world, words, &other);
        }
        // Over what lives nobody logs in by accident.
        world.run(&DEVICE).exits(3);
        assert_eq!((vendor.requests().len(), other.requests().len()), (before, 0));
        world.run(&["rebind"]).exits(3).says("--yes");
        is_refused(&world, &["logout"], &other);
        world.run(&["rebind", "--yes"]).succeeds();
        world.run(&["token"]).succeeds();
        assert_eq!(other.requests().len(), 0);
        // Put back, that too is a change.
        world.change(&to, &from);
        world.run(&["refresh"]).exits(3).says("tokcli rebind");
        world.run(&["rebind", "--yes"]).succeeds();
        lives(&world, &vendor);
        other.expect_unused();
    }
}

#[test]
fn a_confirmed_revocation_address_is_where_a_logout_goes() {
    let (vendor, other, mut world) = place(On::File);
    logged_in(world.run(&PASSWORD), &vendor);
    world.change(&vendor.revocation_url(), &other.revocation_url());
    world.run(&["rebind", "--yes"]).succeeds();
    world.run_with(&["secret", "set", "client_secret"], vendor.client_secret()).succeeds();
    other.expect_departures();
    world.run(&["logout"]);
    assert!(other.requests_at("/revoke") >= 1 && vendor.requests_at("/revoke") == 0);
}
