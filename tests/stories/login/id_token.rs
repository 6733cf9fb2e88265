//! A profile whose `token` is the ID token, and that logs in by itself: what is printed is the ID token of that login.

use super::scene::{logged_in, profile, server_with, with_a_password};
use super::unattended::{ended, many};
use crate::permits::Permit;
use crate::stand_in::{Options, StandIn};
use crate::world::{On, World};

fn place(store: On, scope: &str) -> (StandIn, World) {
    let scopes = &["openid", "mail"];
    let vendor = server_with(Options { oauth2_auth: "none", scopes, ..Options::default() });
    let mut world = World::on(store);
    world.add(&profile(&vendor, store));
    world.add(&format!("scope = \"{scope}\"\ntoken = \"id\"\nrelogin = true"));
    with_a_password(&mut world, &vendor);
    (vendor, world)
}

/// What the stand-in signs an ID token with names the access token that came with it.
fn id_token_beside(vendor: &StandIn) -> String {
    let access = vendor.current().access_token;
    format!(".{}", access.replace(|c: char| !c.is_ascii_alphanumeric(), "-"))
}

#[track_caller]
fn is_the_newest(printed: &str, vendor: &StandIn) {
    let printed = printed.trim();
    assert_eq!(printed.matches('.').count(), 2, "a JWT");
    assert!(printed.ends_with(&id_token_beside(vendor)), "the ID token of another answer");
}

#[test]
fn a_login_by_itself_gives_the_id_token_that_came_with_it() {
    for store in [On::File, On::Keyring] {
        let (vendor, world) = place(store, "openid mail");
        let first = world.run(&["token"]).succeeds().stdout;
        is_the_newest(&first, &vendor);
        world.run(&["token"]).succeeds().prints(&first);
        assert_eq!(vendor.requests().len(), 1);
        let refreshed = world.run(&["refresh"]).succeeds().stdout;
        is_the_newest(&refreshed, &vendor);
        vendor.expire_login();
        vendor.expire_access();
        let before = vendor.requests().len();
        let again = world.run(&["refresh"]).succeeds().stdout;
        is_the_newest(&again, &vendor);
        assert_eq!(vendor.requests().len() - before, 2, "the refresh, and the login");
        world.run(&["token"]).succeeds().prints(&again);
        world.assert_nothing_in_the_clear();
    }
}

#[test]
fn where_no_id_token_comes_the_password_is_not_sent_again_and_again() {
    let _alone = Permit::of_a_crowd();
    let (vendor, mut world) = place(On::File, "mail");
    world.run(&["token"]).exits(3).says("no id token").says("openid");
    for output in ended(many(&world, "token", 8)) {
        assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.is_empty());
    }
    assert_eq!(vendor.requests().len(), 1);
    // With the scope that brings one, a person logs in, and all is well.
    world.change("scope = \"mail\"", "scope = \"openid\"");
    logged_in(world.run(&["login", "--json", "--replace"]), &vendor);
    let token = world.run(&["token"]).succeeds().stdout;
    is_the_newest(&token, &vendor);
}
