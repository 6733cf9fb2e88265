//! What reaches the owner only if it is asked for: logging out, how a login fares, and what `doctor` finds.

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
    refused.says("logs nobody out for another machine").says("hint: on the owner: `tokcli logout --profile w`");
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

#[test]
fn doctor_finds_what_is_in_the_way_of_the_owner() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let owner = Owner::of(&vendor);
    let mut here = owner.caller(&vendor);
    let findings = |world: &crate::world::World, arguments: &[&str]| {
        let ended = world.run(&[&["doctor", "--json", "--store", "box"], arguments].concat());
        let findings = ended.object()["findings"].as_array().expect("a list").clone();
        findings.into_iter().filter(|one| one["check"] != "state_directory").collect::<Vec<_>>()
    };
    here.run(&["token"]).succeeds();
    assert_eq!(findings(&here, &[]), Vec::<serde_json::Value>::new());
    for (script, words, mend) in [
        ("exit 255", "gave no answer", "run `"),
        ("exit 127", "has no `tokcli`", "install it there"),
        ("exit 2", "does not know `serve-once`", "install the same version"),
    ] {
        owner.lets(script);
        let found = findings(&here, &[]);
        assert!(found.len() == 1 && found[0]["check"] == "owner" && found[0]["profile"] == "w", "{found:?}");
        assert!(found[0]["message"].as_str().is_some_and(|said| said.contains(words)), "{found:?}");
        assert!(found[0]["mend"].as_str().is_some_and(|said| said.starts_with(mend)), "{found:?}");
    }
    owner.forces("--profiles other");
    assert!(findings(&here, &[])[0]["message"].as_str().is_some_and(|said| said.contains("serves no profile")));
    owner.lets("\"$@\" | sed 's/\"tokcli\":\"[^\"]*\"/\"tokcli\":\"9.9.9\"/'");
    let found = findings(&here, &[]);
    assert!(found.len() == 1 && found[0]["mend"].is_null(), "{found:?}");
    assert!(found[0]["message"].as_str().is_some_and(|said| said.contains("has tokcli 9.9.9")), "{found:?}");
    owner.lets("exec \"$@\"");
    owner.world.run(&["logout", "--local"]).succeeds();
    let found = findings(&here, &[]);
    assert!(found[0]["mend"].as_str().is_some_and(|mend| mend.starts_with("on the owner, `tokcli doctor")), "{found:?}");
    here.change(&owner.store(), "[stores.box]\nkind = \"remote\"\ncommand = [\"no-such-ssh\"]\n");
    let found = findings(&here, &[]);
    assert!(found.iter().any(|one| one["check"] == "store_command"), "{found:?}");
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
