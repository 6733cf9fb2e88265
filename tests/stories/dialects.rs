//! The dialects that docs/dialects.md shows, run as a user would run them,
//! against servers that give the answers it speaks of.

use std::fs;
use std::path::Path;

use httpmock::prelude::*;
use serde_json::json;

use crate::world::{On, World};

/// The TOML blocks of the page, in order.
fn blocks() -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/dialects.md");
    let text = fs::read_to_string(page).expect("the page");
    let blocks =
        text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().expect("closed").to_owned());
    blocks.collect()
}

fn world(profile: &str, dialect: &str) -> World {
    let mut world = World::on(On::File);
    world.set("ACME_SECRET", "canary-secret");
    world.add(profile);
    world.add("store = \"file\"");
    world.add(dialect);
    world.run_with(&["import"], "rt-canary-1").succeeds();
    world
}

#[test]
fn the_vendor_in_twelve_lines_works() {
    let (dialect, profile) = (&blocks()[0], &blocks()[1]);
    assert!(dialect.lines().count() <= 12, "{dialect}");
    let server = MockServer::start();
    let token = server.mock(|when, then| {
        when.method(POST).path("/oauth/token").header("X-Tenant", "eu1").body(
            "grant_type=refresh_token&refresh_token=rt-canary-1&client_id=app-7&client_secret=canary-secret",
        );
        then.status(200)
            .json_body(json!({ "access_token": "at-1", "expires_in": 60, "refresh_token": "rt-canary-2" }));
    });
    let profile = profile.replace("https://api.acme.example", &server.base_url());
    let world = world(&profile, dialect);
    world.run(&["token"]).succeeds().prints("at-1\n");
    token.assert_calls(1);
}

#[test]
fn the_vendor_from_nothing_works() {
    let dialect = &blocks()[2];
    let server = MockServer::start();
    let profile = format!(
        "[profiles.borealis]\ndialect = \"borealis\"\nbase_url = \"{}\"\nparams = {{ app_id = \"app-7\", app_key = {{ env = \"ACME_SECRET\" }} }}",
        server.base_url()
    );
    let world = world(&profile, dialect);
    let later = jiff::Timestamp::now().as_millisecond() + 3_600_000;
    for (answer, exit, words) in [
        (
            json!({ "code": 40101, "message": "refresh token is too old" }),
            4,
            "(status 200: refresh token is too old)",
        ),
        (json!({ "code": "42900" }), 5, "limits how often"),
        (
            json!({ "code": 0, "data": { "accessToken": "at-2", "refreshToken": "rt-canary-2", "expiresAt": later } }),
            0,
            "",
        ),
    ] {
        let mut renew = server.mock(|when, then| {
            when.method(POST)
                .path("/v2/token/renew")
                .header("X-App-Key", "canary-secret")
                .json_body(json!({ "appId": "app-7", "refreshToken": "rt-canary-1", "version": 2 }));
            then.status(200).json_body(answer);
        });
        world.run(&["refresh"]).exits(exit).says(words);
        renew.assert_calls(1);
        renew.delete();
        if exit == 5 {
            // A limit binds for a minute; a new login is a new credential.
            world.run_with(&["import", "--replace"], "rt-canary-other").succeeds();
            world.run_with(&["import", "--replace"], "rt-canary-1").succeeds();
        }
    }
    let object = world.run(&["token", "--json"]).succeeds().object();
    assert_eq!(object["expires_at_unix"], later / 1_000);
}

#[test]
fn every_dialect_on_the_page_is_whole() {
    let whole: Vec<_> = blocks()
        .into_iter()
        .filter(|block| block.contains("[dialects.") && block.contains("exchanges"))
        .collect();
    assert!(whole.len() >= 2);
    for block in whole {
        let world = World::on(On::File);
        world.write("profiles.toml", &block);
        world.run(&["config", "check"]).succeeds();
    }
}
