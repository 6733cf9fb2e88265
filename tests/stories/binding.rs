//! A credential goes only where it was meant to go.

use serde_json::json;

use crate::stand_in::{StandIn, Vendor};
use crate::world::{On, World, entry};

#[test]
fn a_changed_address_sends_nothing_until_rebind_on_the_file_store() {
    changed_address(On::File);
}

#[test]
fn a_changed_address_sends_nothing_until_rebind_on_the_keyring() {
    changed_address(On::Keyring);
}

fn changed_address(store: On) {
    let (old, new) = (StandIn::start(Vendor::Fbox), StandIn::start(Vendor::Fbox));
    old.expect_unused();
    new.expect_unused();
    let mut world = World::with(store, &old);
    world.run(&["token"]).succeeds();
    let requests = old.requests().len();
    world.change(&old.origin(), &new.origin());
    for command in [vec!["token"], vec!["refresh"], vec!["token", "--offline"]] {
        world.run(&command).exits(3).says(&old.origin()).says(&new.origin()).says("tokcli rebind");
    }
    assert_eq!(world.run(&["token", "--json"]).exits(3).error()["code"], "refused");
    assert_eq!((old.requests().len(), new.requests().len()), (requests, 0), "nothing was sent to either");

    world.run(&["rebind"]).exits(3).says("--yes");
    world.run(&["token"]).exits(3);
    let done = world.run(&["rebind", "--yes", "--json"]).succeeds();
    assert_eq!(done.object(), json!({"version": 1, "profile": "fbox", "outcome": "rebound"}));
    world.run(&["rebind", "--yes"]).succeeds().says("bound to where the profile points");
    world.run(&["token"]).succeeds();
    new.expect_departures();
    world.run(&["refresh"]).exits(4);
    assert_eq!(new.requests().len(), 1, "now it goes to the new address");
}

#[test]
fn a_changed_client_is_a_changed_binding_but_a_changed_secret_is_not() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    world.run(&["refresh"]).succeeds();
    world.set("OTHER", vendor.client_secret());
    world.change("FBOX_SECRET", "OTHER");
    world.run(&["refresh"]).succeeds();
    world.change(&format!("client_id = \"{}\"", vendor.client_id()), "client_id = \"somebody-else\"");
    world.run(&["refresh"]).exits(3).says("`somebody-else`").says(vendor.client_id());
    assert_eq!(vendor.requests().len(), 2);
}

#[test]
fn b13_one_account_at_two_vendors_is_found_by_check_and_by_import() {
    let (fbox, babel) = (StandIn::start(Vendor::Fbox), StandIn::start(Vendor::Babelbird));
    fbox.expect_unused();
    babel.expect_unused();
    let mut world = World::on(On::File);
    world.profile(&fbox);
    world.add("account = \"work\"");
    world.profile(&babel);
    world.add("account = \"Work\"");
    world.run(&["config", "check"]).exits(3).says("same account").says("profiles.toml:8:1");
    world
        .run_with(&["import", "-p", "babelbird"], "rt-canary-x")
        .exits(3)
        .says("same account")
        .says("its own `account`");
    world.change("account = \"Work\"", "account = \"home\"");
    world.run(&["config", "check"]).succeeds();
    world.run_with(&["import", "-p", "babelbird"], "rt-canary-x").succeeds();
}

#[test]
fn b13_two_profiles_of_one_account_share_one_credential() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    world.add(&entry(&vendor, "twin", On::File));
    world.add("account = \"fbox\"");
    world.run(&["config", "check"]).succeeds();
    let token = world.run(&["token", "-p", "fbox"]).succeeds();
    world.run(&["token", "-p", "twin"]).succeeds().prints(&token.stdout);
    let all = world.run(&["refresh", "--all"]).succeeds().says("2 refreshed");
    assert!(
        all.stdout.contains("fbox: refreshed, expires ") && all.stdout.contains("twin: adopted, expires "),
        "{}",
        all.stdout
    );
    assert_eq!(vendor.requests().len(), 2, "one for `token`, one for both profiles");
}
