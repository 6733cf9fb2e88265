//! The end of a login: what is revoked, what is only forgotten, and what stays because it could not be revoked.

use super::scene::{logged_in, profile, server, state, with_a_password, world};
use crate::sequence::wait_for;
use crate::stand_in::{Fault, StandIn, Vendor};
use crate::world::{On, World};

fn there(kind: Vendor, store: On) -> (StandIn, World) {
    let vendor = match kind {
        Vendor::OAuth2 => server(),
        Vendor::VeeamAzure => StandIn::start_tls(kind),
        _ => StandIn::start(kind),
    };
    let mut world = world(store, &vendor);
    with_a_password(&mut world, &vendor);
    logged_in(world.run(&["login", "--json", "--grant", "password"]), &vendor);
    (vendor, world)
}

#[test]
fn the_refresh_token_is_revoked_then_the_access_token_then_all_is_forgotten() {
    for store in [On::File, On::Keyring] {
        let (vendor, world) = there(Vendor::OAuth2, store);
        let login = vendor.current();
        world.run(&["logout"]).succeeds().says("revoked");
        assert_eq!(vendor.revoked(), [login.refresh_token, login.access_token.clone()]);
        assert!(!vendor.accepts(&login.access_token) && vendor.live_logins() == 0);
        assert_eq!(state(&world), "none");
        world.run(&["token"]).exits(4);
        world.assert_nothing_in_the_clear();
    }
}

#[test]
fn what_cannot_be_revoked_is_kept_unless_somebody_says_otherwise() {
    for (fault, code) in [
        (Fault::json(503, ""), 5),
        (Fault::json(500, ""), 8),
        (Fault::DropAfterRead, 8),
        (Fault::json(401, r#"{"error":"invalid_client"}"#), 3),
    ] {
        let (vendor, world) = there(Vendor::OAuth2, On::File);
        let token = world.run(&["token"]).succeeds();
        vendor.misbehave_at("/revoke", fault);
        world.run(&["logout"]).exits(code);
        world.run(&["token"]).succeeds().prints(&token.stdout);
        let before = vendor.requests().len();
        world.run(&["logout", "--local"]).succeeds();
        assert_eq!((vendor.requests().len(), state(&world)), (before, "none".to_owned()));
    }
}

#[test]
fn what_the_server_no_longer_knows_is_as_good_as_revoked() {
    let (vendor, world) = there(Vendor::OAuth2, On::File);
    vendor.expire_login();
    vendor.expire_access();
    world.run(&["logout"]).succeeds();
    assert_eq!(state(&world), "none");
}

#[test]
fn a_logout_during_a_refresh_waits_and_ends_what_came_of_it() {
    let (vendor, world) = there(Vendor::OAuth2, On::File);
    let latch = vendor.hold(1);
    let refresh = world.spawn(&["refresh"]);
    wait_for(|| vendor.requests_at("/token") == 2);
    let logout = world.queue(&["logout"], "");
    assert_eq!(vendor.requests_at("/revoke"), 0);
    latch.open();
    assert!(refresh.wait_with_output().expect("it ends").status.success());
    assert!(logout.wait_with_output().expect("it ends").status.success());
    assert_eq!(vendor.revoked()[0], vendor.current().refresh_token);
    assert_eq!((vendor.live_logins(), state(&world)), (0, "none".to_owned()));
}

#[test]
fn a_vendor_of_its_own_is_told_in_its_own_way() {
    let (vendor, world) = there(Vendor::VeeamAzure, On::File);
    let login = vendor.current();
    world.run(&["logout"]).succeeds().says("revoked");
    assert!(!vendor.accepts(&login.access_token) && vendor.live_logins() == 0);
    for kind in [Vendor::Fbox, Vendor::HuaweiIsales] {
        let (vendor, world) = there(kind, On::File);
        let before = vendor.requests().len();
        let said = world.run(&["logout"]).succeeds();
        assert!(!said.stderr.is_empty() && vendor.requests().len() == before, "{}", kind.name());
        assert_eq!(state(&world), "none");
    }
}

#[test]
fn whoever_shares_a_login_and_its_secrets_is_named() {
    let vendor = server();
    vendor.expect_unused();
    let mut world = World::on(On::File);
    let first = profile(&vendor, On::File).replace("[profiles.oauth2]", "[profiles.alpha]");
    world.give_secrets(&vendor);
    world.add(&format!("{first}account = \"oauth2\""));
    world.add(&profile(&vendor, On::File));
    world.add("password = { store = true }");
    world.run_with(&["secret", "set", "password", "-p", "oauth2"], "canary-password").succeeds();
    for logout in [&["logout", "--local", "--all"][..], &["logout", "--local", "-p", "alpha"]] {
        world.import(&vendor);
        world
            .run(logout)
            .succeeds()
            .says("forgot the credential `oauth2`")
            .says("it was that of the profiles `alpha` and `oauth2`")
            .says("`--all-secrets` forgets them too");
    }
    // There is nothing but those.
    world.run(&["logout", "--local", "--all", "--all-secrets"]).succeeds().says("(password)");
}
