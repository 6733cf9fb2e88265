//! What a machine that only asks another one does not do itself, and what it is refused.

use serde_json::json;

use super::pair::{Owner, PROFILE};
use crate::stand_in::{StandIn, Vendor};

#[test]
fn what_is_the_owners_to_do_says_so() {
    let vendor = StandIn::start(Vendor::OAuth2);
    vendor.expect_unused();
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    for (arguments, what) in [
        (&["login"] as &[&str], "login"),
        (&["import"], "import"),
        (&["export", "--sealed", "--key-env", "KEY"], "export --sealed"),
        (&["recover", "-p", "w"], "recover"),
        (&["secret", "list"], "secret list"),
        (&["rebind", "--yes"], "rebind"),
        (&["refresh", "--dry-run"], "refresh --dry-run"),
        (&["refresh", "--force-replay"], "refresh --force-replay"),
    ] {
        let error = here.run(&[arguments, &["--json"]].concat()).exits(3).error();
        assert_eq!(error["code"], "refused", "{what}: {error}");
        assert_eq!(error["hint"], json!(format!("on the owner: `tokcli {what} --profile {PROFILE}`")));
    }
    assert_eq!(owner.connections(), 0);
}

/// Before anything is sent, and whoever notices it first.
#[test]
fn a_profile_for_another_vendor_or_client_gets_nothing() {
    let vendor = StandIn::start(Vendor::OAuth2);
    vendor.expect_unused();
    let owner = Owner::of(&vendor);
    let mut here = owner.caller(&vendor);
    let client = format!("client_id = \"{}\"", vendor.client_id());
    here.change(&client, "client_id = \"another\"");
    let error = here.run(&["token", "--json"]).exits(3).error();
    assert_eq!(error["code"], "refused");
    let words = error["message"].as_str().expect("words");
    assert!(words.contains("with client `another`") && words.contains(vendor.client_id()), "{words}");
    here.change("client_id = \"another\"", &client);
    here.change(&vendor.origin(), "http://127.0.0.1:9");
    let error = here.run(&["token", "--json"]).exits(3).error();
    assert!(error["message"].as_str().is_some_and(|said| said.contains("http://127.0.0.1:9")), "{error}");
}

/// An owner that answers for another place than it was asked for.
#[test]
fn f93_an_answer_for_another_client_is_not_taken() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    owner.lets("\"$@\" | sed 's/\"client_id\":\"[^\"]*\"/\"client_id\":\"evil\"/'");
    let error = here.run(&["token", "--json"]).exits(3).error();
    assert_eq!(error["code"], "refused");
    assert!(error["message"].as_str().is_some_and(|said| said.contains("client `evil`")), "{error}");
    // Nothing of it is kept.
    here.run(&["token", "--offline"]).exits(3);
}

#[test]
fn what_was_lent_for_another_client_is_got_anew() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let owner = Owner::of(&vendor);
    let mut here = owner.caller(&vendor);
    let token = here.run(&["token"]).succeeds().stdout;
    here.change("client_id = ", "client_id = \"another\" #");
    here.run(&["token"]).exits(3).says("with client `another`");
    here.change("client_id = \"another\" #", "client_id = ");
    here.run(&["token"]).succeeds().prints(&token);
    // The first came from what was kept, since nothing took its place.
    assert_eq!((owner.connections(), vendor.requests().len()), (2, 1));
}

#[test]
fn another_scope_is_another_profile_of_the_owner() {
    let vendor = StandIn::start(Vendor::OAuth2);
    vendor.expect_unused();
    let owner = Owner::of(&vendor);
    let here = owner.caller(&vendor);
    let refused = here.run(&["token", "--scope", "more"]).exits(3);
    refused
        .says("asks for `default`, but this machine wants `scope=more`")
        .says("hint: on the owner: a profile");
}

#[test]
fn what_a_key_may_not_reach_is_told_in_one_word() {
    let vendor = StandIn::start(Vendor::OAuth2);
    vendor.expect_unused();
    let owner = Owner::of(&vendor);
    owner.forces("--profiles other");
    let here = owner.caller(&vendor);
    let error = here.run(&["token", "--json"]).exits(3).error();
    assert_eq!(error["code"], "refused");
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|said| said.ends_with("it serves no profile `w` to this machine"))
    );
}

#[test]
fn a_store_of_this_kind_is_checked() {
    let vendor = StandIn::start(Vendor::OAuth2);
    vendor.expect_unused();
    let owner = Owner::of(&vendor);
    let mut here = owner.caller(&vendor);
    here.run(&["config", "check"]).succeeds();
    for (lines, words) in [
        ("kind = \"remote\"\n", "`stores.bad.command`: `command` is missing"),
        ("kind = \"remote\"\ncommand = []\n", "stores.bad.command"),
        (
            "kind = \"remote\"\ncommand = [\"ssh\"]\nload = [\"x\"]\n",
            "`load` belongs to stores of kind `command`",
        ),
        ("kind = \"file\"\ncommand = [\"ssh\"]\n", "`command` belongs to stores of kind `remote`"),
    ] {
        let bad = format!(
            "\n[profiles.bad]\ndialect = \"oauth2\"\ntoken_url = \"https://a.example\"\nclient_id = \"c\"\nstore = \"bad\"\n[stores.bad]\n{lines}"
        );
        here.add(&bad);
        here.run(&["config", "check"]).exits(3).says(words);
        here.change(&bad, "");
    }
    here.change("store = \"box\"\n", "store = \"box\"\nclient_secret = { store = true }\n");
    here.run(&["config", "check"]).exits(3).says("secrets of profiles are kept there");
}
