//! The vendors' own ways to log in, as far as their documents say how.

use super::scene::{Waiting, lives, logged_in, state, with_a_password, world};
use crate::stand_in::{StandIn, TOTP_SEED, Vendor};
use crate::world::{On, World};

fn by_password(kind: Vendor, store: On) -> (StandIn, World) {
    let vendor = if kind == Vendor::VeeamAzure { StandIn::start_tls(kind) } else { StandIn::start(kind) };
    let mut world = world(store, &vendor);
    with_a_password(&mut world, &vendor);
    (vendor, world)
}

const PASSWORD: [&str; 4] = ["login", "--json", "--grant", "password"];

#[test]
fn each_vendor_that_takes_a_password_takes_it_once() {
    for kind in [Vendor::Fbox, Vendor::VeeamAzure, Vendor::HuaweiIsales] {
        for store in [On::File, On::Keyring] {
            let (vendor, world) = by_password(kind, store);
            logged_in(world.run(&PASSWORD), &vendor);
            assert_eq!(vendor.requests().len(), 1, "{}", kind.name());
            lives(&world, &vendor);
        }
    }
}

#[test]
fn each_vendor_that_refuses_a_password_is_asked_once() {
    for kind in [Vendor::Fbox, Vendor::VeeamAzure, Vendor::HuaweiIsales] {
        let (vendor, mut world) = by_password(kind, On::File);
        world.set("LOGIN_PASSWORD", "wrong-canary");
        let error = world.run(&PASSWORD).exits(4).error();
        assert_eq!(error["code"], "login_required", "{}", kind.name());
        assert_eq!((vendor.wrong_passwords(), vendor.requests().len()), (1, 1), "{}", kind.name());
        assert_eq!(state(&world), "none", "{}", kind.name());
    }
}

#[test]
fn a_locked_account_is_not_knocked_at_again() {
    let (vendor, mut world) = by_password(Vendor::Fbox, On::File);
    world.set("LOGIN_PASSWORD", "wrong-canary");
    for _ in 0..3 {
        let words = world.run(&PASSWORD).exits(4).error().to_string();
        assert!(words.contains("lock"), "the error says that wrong attempts lock the account: {words}");
    }
    world.set("LOGIN_PASSWORD", &vendor.password());
    world.run(&PASSWORD).exits(4);
    assert_eq!(vendor.requests().len(), 4);
    vendor.unlock();
    logged_in(world.run(&PASSWORD), &vendor);
}

#[test]
fn the_other_kind_of_fbox_account_needs_no_password() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = world(On::File, &vendor);
    logged_in(world.run(&["login", "--json", "--grant", "client_credentials"]), &vendor);
    let token = world.run(&["token"]).succeeds();
    assert!(vendor.accepts(token.stdout.trim()));
}

#[test]
fn veeam_azure_gets_a_code_when_it_asks_for_one() {
    let (vendor, mut world) = by_password(Vendor::VeeamAzure, On::File);
    world.write("seed.secret", TOTP_SEED);
    world.add("totp_seed = { file = \"seed.secret\" }");
    vendor.demand_mfa();
    logged_in(world.run(&PASSWORD), &vendor);
    assert_eq!(vendor.requests().len(), 2);
    vendor.behave();
    lives(&world, &vendor);
}

#[test]
fn veeam_azure_without_a_seed_and_without_anybody_is_left_alone() {
    let (vendor, world) = by_password(Vendor::VeeamAzure, On::File);
    vendor.demand_mfa();
    // Standard input may hold the code; here it is empty.
    let error = world.run(&PASSWORD).exits(4).error();
    assert!(error["message"].as_str().expect("text").contains("one-time code"), "{error}");
    assert!(vendor.requests().len() <= 1 && state(&world) == "none");
    vendor.expect_unused();
}

#[test]
fn babelbird_calls_its_state_data_and_gets_everything_in_the_query() {
    for store in [On::File, On::Keyring] {
        let vendor = StandIn::start(Vendor::Babelbird);
        let mut world = world(store, &vendor);
        // Compared word for word, so the port is fixed.
        let free = std::net::TcpListener::bind(("127.0.0.1", 0)).and_then(|one| one.local_addr());
        let port = free.expect("a port").port();
        world.add(&format!("redirect_uri = \"http://127.0.0.1:{port}/callback\""));
        let mut login = Waiting::of(&world, &["--grant", "authorization_code", "--no-browser"]);
        assert!(login.address().contains("&data="));
        login.visited().is(200);
        logged_in(login.ends(), &vendor);
        assert_eq!(vendor.requests_at("/api/token.do"), 1);
        lives(&world, &vendor);
    }
}
