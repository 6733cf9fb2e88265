//! What reaches the owner only if it is asked for: logging out, and how a login fares.

use serde_json::json;

use super::pair::Owner;
use crate::stand_in::{StandIn, Vendor};

#[test]
fn logging_out_here_is_forgetting_and_logging_out_there_is_asked_for_and_permitted() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    here.run(&["logout"]).exits(4);
    here.run(&["token"]).succeeds();
    let told = here.run(&["logout", "--json"]).succeeds().object();
    assert_eq!(told["outcome"], "forgotten");
    here.run(&["token", "--offline"]).exits(3);
    here.run(&["token"]).succeeds();
    here.run(&["logout"]).succeeds().says("the login lives on with its owner");
    owner.world.run(&["token"]).succeeds();
    assert_eq!(owner.connections(), 2);
    // Nothing is forgotten here if it is refused there.
    here.run(&["token"]).succeeds();
    let refused = here.run(&["logout", "--owner"]).exits(3);
    refused
        .says("does not log out for another machine")
        .says("hint: on the owner: `tokcli logout --profile w`");
    here.run(&["token", "--offline"]).succeeds();
    owner.forces("--profiles w --allow logout");
    let told = here.run(&["logout", "--owner", "--json"]).succeeds().object();
    assert_eq!(told["outcome"], "logged_out");
    here.run(&["token", "--offline"]).exits(3);
    owner.world.run(&["token"]).exits(4);
    let error = here.run(&["token", "--json"]).exits(4).error();
    assert_eq!(error["code"], "no_credential");
    owner.world.run(&["logout", "--owner"]).exits(3).says("is this machine's own");
}

#[test]
fn status_says_whom_it_asks_and_asks_if_it_is_told_to() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    let one = |arguments: &[&str]| {
        here.run(&[&["status", "--json"], arguments].concat()).succeeds().object()["profiles"][0].clone()
    };
    let before = one(&[]);
    assert_eq!((&before["state"], &before["store"]), (&json!("ready"), &json!("box")));
    assert!(before["owner"]["command"].is_array() && before["owner"]["said"].is_null(), "{before}");
    here.run(&["status", "--check"]).succeeds();
    assert_eq!(owner.connections(), 0);
    here.run(&["token"]).succeeds();
    assert_eq!(one(&[])["state"], "valid");
    assert_eq!(owner.connections(), 1);
    let asked = one(&["--owner"]);
    assert_eq!((&asked["state"], owner.connections()), (&json!("valid"), 2));
    let said = &asked["owner"]["said"];
    assert_eq!((&said["state"], &said["needs_person"]), (&json!("valid"), &json!(false)));
    assert!(said["expires_in"].as_i64().is_some_and(|left| left > 0), "{said}");
    let shown = here.run(&["status"]).succeeds().stdout;
    assert!(shown.contains("box") && owner.connections() == 2, "{shown}");
    // The owner lost its login.
    owner.world.run(&["logout", "--local"]).succeeds();
    here.run(&["status", "--check"]).succeeds();
    here.run(&["status", "--check", "--owner"]).exits(4);
    // What it said when it was asked last is known.
    here.run(&["refresh"]).exits(4);
    here.run(&["status", "--check"]).exits(4);
    owner.lets("exit 255");
    here.run(&["status", "--owner"]).succeeds().says("gave no answer");
    here.run(&["status", "--check", "--owner"]).exits(5);
}

/// What the owner's user ought to know reaches whoever asked, and an audit line is the owner's.
#[test]
fn what_is_lent_is_in_the_owners_log() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let mut owner = Owner::of(&vendor);
    let text = std::fs::read_to_string(owner.world.path().join("profiles.toml")).expect("there");
    owner.world.change(&text, &format!("log = true\n{text}"));
    let here = owner.caller(&vendor);
    here.run(&["token"]).succeeds();
    let log = std::fs::read_to_string(owner.world.state().join("log")).expect("there is one");
    assert!(log.contains("\"issued\"") && log.contains("\"refreshed\""), "{log}");
    here.run(&["token", "--scope", "more"]).exits(3);
    let log = std::fs::read_to_string(owner.world.state().join("log")).expect("there is one");
    assert!(log.contains("\"refused\""), "{log}");
}
