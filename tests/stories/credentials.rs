//! import, logout, and what may replace what.

use serde_json::json;

use crate::stand_in::{StandIn, Vendor};
use crate::world::{On, World};

#[test]
fn what_import_puts_over_what_on_the_file_store() {
    import_rules(On::File);
}

#[test]
fn what_import_puts_over_what_on_the_keyring() {
    import_rules(On::Keyring);
}

fn import_rules(store: On) {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(store, &vendor);
    let first = vendor.current().refresh_token;
    let import = |token: &str, more: &[&str]| world.run_with(&[&["import", "--json"], more].concat(), token);
    assert_eq!(
        import(&first, &[]).succeeds().object(),
        json!({"version": 1, "profile": "fbox", "outcome": "unchanged"})
    );
    world.run(&["token"]).succeeds();
    let spent = import(&first, &["--replace"]).exits(3).error();
    assert_eq!(spent["code"], "refused");
    assert!(spent["message"].as_str().expect("text").contains("already been used"), "{spent}");

    let other = vendor.login().refresh_token;
    let error = import(&other, &[]).exits(3).error();
    assert!(error["hint"].as_str().expect("text").contains("--replace"), "{error}");
    assert_eq!(import(&other, &["--replace"]).succeeds().object()["outcome"], "imported");
    world.run(&["token"]).succeeds();

    vendor.expire_login();
    world.run(&["refresh"]).exits(4);
    let third = vendor.login().refresh_token;
    assert_eq!(
        import(&third, &[]).succeeds().object()["outcome"],
        "imported",
        "a dead login is replaced without asking"
    );
    world.run(&["token"]).succeeds();

    let fourth = vendor.login().refresh_token;
    assert_eq!(
        world.run(&["logout", "--local", "--json"]).succeeds().object(),
        json!({"version": 1, "profile": "fbox", "outcome": "logged_out"})
    );
    world.run(&["token"]).exits(4).says("tokcli import");
    world.run(&["logout", "--local"]).exits(4);
    assert_eq!(world.run(&["status", "--json"]).succeeds().object()["profiles"][0]["state"], "none");
    assert_eq!(
        import(&fourth, &[]).succeeds().object()["outcome"],
        "imported",
        "what was forgotten is in nobody's way"
    );
    world.run(&["token"]).succeeds();
    world.assert_nothing_in_the_clear();
}

#[test]
fn logout_leaves_no_item_in_the_keyring_and_none_comes_back() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::Keyring, &vendor);
    world.run(&["token"]).succeeds();
    let item = String::from_utf8(world.service().lookup("fbox").stdout).expect("ASCII");
    world.run(&["logout", "--local"]).succeeds();
    assert!(!world.service().lookup("fbox").status.success(), "the item is gone");
    // Somebody restores the item from a backup: the tombstone is newer.
    let stored = world
        .service()
        .secret_tool(&["store", "--label=back", "service", "tokcli", "username", "fbox"], &item);
    assert!(stored.status.success());
    world.run(&["token"]).exits(4);
    assert!(!world.service().lookup("fbox").status.success(), "and is removed again");
}

#[test]
fn a_vendor_that_wants_the_access_token_too_is_imported_by_answer() {
    let vendor = StandIn::start(Vendor::HuaweiIsales);
    let mut world = World::on(On::File);
    world.profile(&vendor);
    let login = vendor.login();
    world.run_with(&["import"], &login.refresh_token).exits(3).says("--answer");
    world.run_with(&["import"], &login.answer.to_string()).exits(3).says("--answer");
    world.run_with(&["import", "--answer"], &login.answer.to_string()).succeeds();
    world.run(&["token", "--offline"]).exits(3).says("--offline");
    assert_eq!(vendor.requests().len(), 0, "a token of unknown age is kept, not printed");
    let printed = world.run(&["token"]).succeeds();
    assert_ne!(printed.stdout.trim(), login.access_token);
    assert!(
        vendor.requests()[0]
            .headers
            .contains(&("Authentication".into(), format!("Bearer {}", login.access_token))),
        "but sent"
    );
}

#[test]
fn an_answer_whose_age_is_known_is_used_as_it_is() {
    let vendor = StandIn::start(Vendor::HuaweiIsales);
    vendor.expect_unused();
    let mut world = World::on(On::File);
    world.profile(&vendor);
    let login = vendor.login();
    let import = |at: &str| {
        world.run_with(&["import", "--replace", "--answer", "--obtained-at", at], &login.answer.to_string())
    };
    import("yesterday").exits(3).says("--obtained-at");
    import("2999-01-01T00:00:00Z").exits(3).says("not in the past");
    import("now").succeeds();
    world.run(&["token"]).succeeds().prints(&format!("{}\n", login.access_token));
    assert_eq!(vendor.requests().len(), 0);
}

#[test]
fn an_absolute_expiry_counts_whatever_the_age() {
    let vendor = StandIn::start_tls(Vendor::VeeamAzure);
    vendor.expect_unused();
    let mut world = World::on(On::File);
    world.profile(&vendor);
    let login = vendor.login();
    world.run_with(&["import", "--answer"], &login.answer.to_string()).succeeds();
    world.run(&["token"]).succeeds().prints(&format!("{}\n", login.access_token));
}

#[test]
fn b52_what_cannot_be_a_refresh_token_is_refused_and_nothing_is_written() {
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_unused();
    let mut world = World::on(On::File);
    world.profile(&vendor);
    let long = "x".repeat(300_000);
    for (input, words) in [
        ("", "no refresh token"),
        ("\n", "no refresh token"),
        ("  \r\n", "no refresh token"),
        ("rt-canary\nrt-canary\n", "line break"),
        ("rt-canary\u{0}", "control character"),
        ("{\"refresh_token\":\"rt-canary\"}", "--answer"),
        (long.as_str(), "256 KiB"),
    ] {
        world.run_with(&["import"], input).exits(3).says(words);
    }
    for (input, words) in [
        ("", "no token answer"),
        ("rt-canary", "not JSON"),
        ("{}", "no access token"),
        ("{\"access_token\":\"at-canary\"}", "no refresh token"),
    ] {
        world.run_with(&["import", "--answer"], input).exits(3).says(words);
    }
    world.run(&["token"]).exits(4);
    assert!(!world.state().join("file.key").exists(), "not even a key was made");
    world.run_with(&["import"], "rt-canary\r\n").succeeds();
}

#[test]
fn a_state_directory_can_be_carried_to_another_machine() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    let token = world.run(&["token"]).succeeds();
    let elsewhere = world.path().join("elsewhere");
    std::fs::rename(world.state(), &elsewhere).expect("moved");
    world.run(&["token"]).exits(4);
    world.set("TOKCLI_STATE_DIR", elsewhere.to_str().expect("UTF-8"));
    world.run(&["token"]).succeeds().prints(&token.stdout);
}

#[test]
fn a_file_store_takes_its_key_from_wherever_it_is_kept() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::Keyring).asking_the_store();
    world.profile(&vendor);
    world.change("store = \"keyring\"", "store = \"sealed\"");
    world.add("[stores.sealed]\nkind = \"file\"\nkey = { env = \"FILE_KEY\" }");
    world.run_with(&["import"], &vendor.login().refresh_token).exits(6).says("`FILE_KEY` is not set");
    world.set("FILE_KEY", "too short");
    world.run_with(&["import"], &vendor.login().refresh_token).exits(6).says("32 bytes in base64");
    world.set("FILE_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
    world.import(&vendor);
    let token = world.run(&["token"]).succeeds();
    world.set("FILE_KEY", "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=");
    world.run(&["token"]).exits(6).says("does not open with the key");
    world.write("key.secret", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n");
    world.change("key = { env = \"FILE_KEY\" }", "key = { command = [\"cat\", \"key.secret\"] }");
    world.run(&["token"]).succeeds().prints(&token.stdout);
    world.change("key = { command = [\"cat\", \"key.secret\"] }", "key = { file = \"key.secret\" }");
    world.run(&["token"]).succeeds().prints(&token.stdout);
    world.run(&["logout", "--local"]).succeeds();
    world.change("key = { file = \"key.secret\" }", "key = { keyring = true }");
    world.import(&vendor);
    world.run(&["token"]).succeeds();
    assert!(world.service().lookup(".file-key").status.success(), "the key is an item of the keyring");
}
