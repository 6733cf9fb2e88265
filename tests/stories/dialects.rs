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

/// What stands in a block alone, with what it needs around it.
fn framed(block: &str, blocks: &[String]) -> String {
    let request = "[dialects.frame]\nextends = \"oauth2\"\n[dialects.frame.exchanges.refresh.request]\n";
    let answer = "[dialects.frame]\nextends = \"oauth2\"\n[dialects.frame.exchanges.refresh.answer]\n";
    match block {
        block if block.starts_with("[[dialects.acme.examples]]") => format!("{}\n{block}", blocks[0]),
        block if block.starts_with("query.") || block.starts_with("values.") => format!("{request}{block}"),
        block if block.starts_with("keep") => format!("{answer}{block}"),
        block => block.to_owned(),
    }
}

#[test]
fn every_dialect_on_the_page_is_whole_and_its_examples_come_out_as_recorded() {
    let blocks = blocks();
    let whole: Vec<String> = blocks
        .iter()
        .map(|block| framed(block, &blocks))
        .filter(|block| !block.contains("[profiles."))
        .collect();
    assert!(whole.len() >= 9 && whole.len() + 1 == blocks.len(), "{} of {}", whole.len(), blocks.len());
    let world = World::on(On::File);
    let mut recorded = 0;
    for block in whole {
        assert!(block.contains("[dialects."), "a block that nothing runs: {block}");
        world.write("profiles.toml", &block);
        world.run(&["config", "check"]).succeeds();
        world.write("page.toml", &block);
        world.run(&["dialect", "check", "page.toml"]).succeeds();
        let tested = world.run(&["dialect", "test", "page.toml"]).succeeds();
        recorded += tested.stdout.matches(": as recorded").count();
    }
    assert!(recorded >= 4, "{recorded}");
}

#[test]
fn the_bases_stand_on_the_page_as_they_are() {
    let blocks = blocks();
    let world = World::on(On::File);
    world.write("profiles.toml", "");
    for name in ["oauth2", "oauth2-client-credentials"] {
        let source = world.run(&["dialect", "show", name]).succeeds().stdout;
        let dialect = source.split(&format!("\n[[dialects.{name}.examples]]")).next().expect("a dialect");
        assert!(blocks.iter().any(|block| block.trim_end() == dialect.trim_end()), "{name} has changed");
    }
}

#[test]
fn the_patterns_name_vendors_that_use_them() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/dialects.md");
    let text = fs::read_to_string(page).expect("the page");
    let table = text.split("# Patterns").nth(1).expect("a section").split("\n## ").next().expect("a table");
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| ") && line.contains('`')).collect();
    assert!(rows.len() > 15);
    let world = World::on(On::File);
    world.write("profiles.toml", "");
    for row in rows {
        let cells: Vec<&str> = row.split(" | ").collect();
        for name in cells.last().expect("a cell").split('`').skip(1).step_by(2) {
            world.run(&["dialect", "show", name]).succeeds();
        }
    }
}
