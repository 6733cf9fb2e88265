//! One sealed line that carries a credential to another machine: one of the two presents the refresh token.

use std::fs;

use serde_json::Value;

use crate::shim::Shim;
use crate::stand_in::{Fault, Options, StandIn, Vendor};
use crate::world::{Ended, On, World};

/// 32 bytes in base64.
const KEY: &str = "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=";
const OTHER_KEY: &str = "zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0=";

fn strict() -> StandIn {
    StandIn::start_with(Vendor::OAuth2, Options { reuse_revokes: true, ..Options::default() })
}

/// A machine of its own with the profile `oauth2`.
fn machine(vendor: &StandIn, store: On) -> World {
    let mut world = World::on(store).asking_the_store();
    world.profile(vendor);
    world.set("SEAL_KEY", KEY);
    world
}

/// Before the words that follow, as each command takes them.
const SEALED: [&str; 3] = ["--sealed", "--key-env", "SEAL_KEY"];

fn export(world: &World, more: &[&str]) -> String {
    let line = world.run(&[&["export"], &SEALED[..], more].concat()).succeeds().stdout;
    assert!(line.starts_with("tokcli-sealed-1:") && line.lines().count() == 1, "{line}");
    line
}

fn bring(world: &World, line: &str, more: &[&str]) -> Ended {
    world.run_with(&[&["import"], &SEALED[..], more].concat(), line)
}

#[test]
fn f83_a_credential_moves_and_the_machine_that_it_left_sends_nothing_more() {
    for (from, to) in [(On::Keyring, On::File), (On::File, On::Keyring)] {
        let vendor = strict();
        let (home, away) = (machine(&vendor, from), machine(&vendor, to));
        home.import(&vendor);
        let token = home.run(&["token"]).succeeds().stdout;
        let line = export(&home, &[]);
        bring(&away, &line, &[]).succeeds().says("imported the sealed credential `oauth2`");
        // The access token is good for both, until it is over.
        for world in [&home, &away] {
            world.run(&["token"]).succeeds().prints(&token);
        }
        let new = away.run(&["refresh"]).succeeds().stdout;
        home.run(&["refresh"]).exits(3).says("was exported at ").says("import --sealed");
        home.run(&["refresh", "--force-replay"]).exits(3).says("was exported at ");
        let all = home.run(&["refresh", "--all", "--due", "--json"]).succeeds();
        assert!(all.stdout.contains("\"not_due\""), "{}", all.stdout);
        // Nobody needs to do anything about it here.
        home.run(&["status"]).succeeds().says("`oauth2` was exported at ");
        home.run(&["status", "--check", "--within", "3650d"]).succeeds();
        let status: Value = home.run(&["status", "--json"]).succeeds().object();
        assert!(
            status["profiles"][0]["exported_at"].is_string() && status["profiles"][0]["dies_at"].is_null()
        );
        assert!(!home.run(&["doctor", "--json"]).stdout.contains("\"login"), "nothing of the login");
        vendor.expire_access();
        // And back, with what came of it meanwhile.
        let back = export(&away, &[]);
        bring(&home, &back, &[]).succeeds();
        home.run(&["token"]).succeeds().prints(&new);
        home.run(&["refresh"]).succeeds();
        away.run(&["refresh"]).exits(3);
        assert_eq!((vendor.requests().len(), vendor.reused().len()), (3, 0));
        home.assert_nothing_in_the_clear();
        away.assert_nothing_in_the_clear();
    }
}

#[test]
fn a_copy_goes_on_in_both_places() {
    let vendor = StandIn::start_with(Vendor::OAuth2, Options { rotates: false, ..Options::default() });
    let (home, away) = (machine(&vendor, On::File), machine(&vendor, On::File));
    home.import(&vendor);
    let line = export(&home, &["--copy"]);
    bring(&away, &line, &[]).succeeds();
    for world in [&home, &away] {
        world.run(&["refresh"]).succeeds();
    }
    assert_eq!(vendor.requests().len(), 2);
}

#[test]
fn f82_an_older_line_never_takes_the_place_of_a_newer_credential() {
    let vendor = strict();
    let (home, away) = (machine(&vendor, On::File), machine(&vendor, On::File));
    home.import(&vendor);
    let first = export(&home, &["--copy"]);
    bring(&away, &first, &[]).succeeds();
    bring(&away, &first, &[]).succeeds().says("is already this one");
    let new = away.run(&["refresh"]).succeeds().stdout;
    bring(&away, &first, &[]).exits(3).says("is older than the credential at hand");
    let error = bring(&away, &first, &["--json"]).exits(3).error();
    assert_eq!(error["code"], "refused");
    assert!(error["hint"].is_null(), "what was spent here is no use to anybody: {error}");
    away.run(&["token"]).succeeds().prints(&new);
    // Newer is taken without a word, and what was exported comes back as it was.
    let second = export(&away, &[]);
    bring(&home, &second, &[]).succeeds();
    bring(&away, &second, &[]).succeeds().says("took back the credential");
    away.run(&["refresh"]).succeeds();
    assert_eq!(vendor.reused(), Vec::<String>::new());
    // Not even who insists presents a token again that was spent here.
    bring(&away, &first, &["--replace"]).exits(3).says("has already been used");
}

#[test]
fn b107_what_does_not_open_or_belongs_elsewhere_changes_nothing() {
    let vendor = strict();
    vendor.expect_unused();
    let (home, mut away) = (machine(&vendor, On::File), machine(&vendor, On::File));
    home.import(&vendor);
    let line = export(&home, &["--copy"]);
    for (text, words) in [
        ("", "there is no sealed record on standard input"),
        ("rt-canary-1", "is not a sealed record of tokcli"),
        (&line[..40], "sealed with another one, or is damaged"),
        (&line.replace("sealed-1", "sealed-2"), "was written by a newer tokcli"),
    ] {
        bring(&away, text, &[]).exits(3).says(words);
    }
    away.set("SEAL_KEY", OTHER_KEY);
    bring(&away, &line, &[]).exits(3).says("sealed with another one, or is damaged");
    away.set("SEAL_KEY", "canary");
    bring(&away, &line, &[]).exits(6).says("environment variable `SEAL_KEY` does not hold a key");
    away.set("SEAL_KEY", KEY);
    away.run_with(&["import", "--sealed", "--key-env", "UNSET"], &line).exits(6).says("`UNSET` is not set");
    away.run_with(&["import", "--sealed"], &line).exits(3).says("no key that another machine could have");
    away.run_with(&["import", "--sealed", "--key-file", "absent.key"], &line)
        .exits(6)
        .says("absent.key does not exist");
    away.run_with(&["import", "--key-env", "SEAL_KEY"], &line).exits(2);
    away.run_with(&["import", "--sealed", "--answer"], &line).exits(2);
    away.run(&["export"]).exits(2);
    away.run(&["export", "--sealed", "--key-env", "SEAL_KEY"]).exits(4);
    away.change("[profiles.oauth2]", "[profiles.other]");
    bring(&away, &line, &[]).exits(3).says("of the account `oauth2`, not of `other`");
    away.change("[profiles.other]", "[profiles.oauth2]");
    away.change("client_id = \"", "client_id = \"not-");
    bring(&away, &line, &[]).exits(3).says("is bound to");
    away.run(&["status", "--check"]).exits(4);
    let status: Value = away.run(&["status", "--json"]).succeeds().object();
    assert_eq!(status["profiles"][0]["state"], "none");
}

/// As CI jobs do it: a key of the store itself, and no word of it on the command line.
#[test]
fn the_key_of_the_store_is_the_key_of_the_line() {
    let vendor = strict();
    let mut first = machine(&vendor, On::File);
    first.change("store = \"file\"", "store = \"ci\"");
    first.add("[stores.ci]\nkind = \"file\"\nkey = { env = \"SEAL_KEY\" }\n");
    first.import(&vendor);
    first.run(&["token"]).succeeds();
    let mut line = String::new();
    for _ in 0..3 {
        line = first.run(&["export", "--sealed"]).succeeds().stdout;
        fs::remove_dir_all(first.state()).expect("the machine is gone");
        first.run_with(&["import", "--sealed"], &line).succeeds();
        first.run(&["refresh"]).succeeds();
    }
    assert_eq!((vendor.requests().len(), vendor.reused().len()), (4, 0));
    first.write("key", KEY);
    let read = first.run_with(&["import", "--sealed", "--key-file", "key"], &line).exits(3);
    read.says("is older");
}

/// An answer that nobody could read goes along, and so does a request whose end nobody knows.
#[test]
fn what_lies_open_or_unread_goes_along() {
    let vendor = strict();
    let (home, mut away) = (machine(&vendor, On::File), machine(&vendor, On::File));
    home.import(&vendor);
    vendor.misbehave(Fault::edit(|answer| serde_json::json!({ "wrapped": answer })));
    home.run(&["refresh"]).exits(8).says("kept sealed");
    let line = export(&home, &[]);
    bring(&away, &line, &[]).succeeds();
    away.run(&["token"]).exits(8).says("kept sealed");
    away.add(
        "[dialects.oauth2]\nextends = \"oauth2\"\n[dialects.oauth2.exchanges.refresh.answer]\n\
         access_token = [\"/access_token\", \"/wrapped/access_token\"]\n\
         refresh_token = [\"/refresh_token\", \"/wrapped/refresh_token\"]",
    );
    let token = away.run(&["token"]).succeeds().stdout;
    assert!(vendor.accepts(token.trim_end()));
    assert_eq!(vendor.requests().len(), 1);
    away.run(&["refresh"]).succeeds();
    assert_eq!(vendor.reused(), Vec::<String>::new());
    // Nobody knows whether the answer came: as if this machine had asked.
    let (home, mut away) = (machine(&vendor, On::File), machine(&vendor, On::File));
    home.import(&vendor);
    vendor.misbehave(Fault::DropAfterRead);
    home.run(&["refresh"]).exits(8);
    bring(&away, &export(&home, &[]), &[]).succeeds();
    let shim = Shim::build(&away);
    shim.later(&mut away, 61);
    away.run(&["token"]).succeeds();
}

#[test]
fn f81_a_full_disk_loses_nothing() {
    let vendor = strict();
    let world = machine(&vendor, On::File);
    world.import(&vendor);
    let words = ["export", "--sealed", "--key-env", "SEAL_KEY"];
    let full = world.run_after("exec > /dev/full", &words);
    assert_eq!(full.code, Some(1));
    world.run(&["refresh"]).exits(3).says("was exported");
    let line = world.run(&words).succeeds().says("was exported before at ").stdout;
    bring(&world, &line, &[]).succeeds().says("took back");
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.reused(), Vec::<String>::new());
}

#[test]
fn what_was_exported_is_given_back_where_it_is_alone() {
    let vendor = strict();
    let (home, away) = (machine(&vendor, On::File), machine(&vendor, On::File));
    home.import(&vendor);
    bring(&away, &export(&home, &[]), &[]).succeeds();
    home.run(&["logout"]).succeeds().says("it was exported, and lives on where the copy is");
    away.run(&["refresh"]).succeeds();
    assert_eq!(vendor.reused(), Vec::<String>::new());
    // What is forgotten may be brought again.
    bring(&home, &export(&away, &[]), &[]).succeeds();
    home.run(&["refresh"]).succeeds();
}

#[test]
fn what_it_prints_as_json_is_one_object() {
    let vendor = strict();
    vendor.expect_unused();
    let world = machine(&vendor, On::File);
    world.import(&vendor);
    let object = world.run(&["export", "--sealed", "--key-env", "SEAL_KEY", "--json"]).succeeds();
    let object = object.keeps_stderr_empty().object();
    assert_eq!((&object["outcome"], &object["profile"]), (&"exported".into(), &"oauth2".into()));
    let line = object["sealed"].as_str().expect("a line");
    let back = bring(&world, line, &["--json"]).succeeds().keeps_stderr_empty().object();
    assert_eq!(back["outcome"], "imported");
}

/// The same token comes back, and with it what became of it meanwhile.
#[test]
fn what_was_tried_elsewhere_comes_back_with_it() {
    // An answer that nobody could read there.
    let vendor = strict();
    let (mut home, away) = (machine(&vendor, On::File), machine(&vendor, On::Keyring));
    home.import(&vendor);
    bring(&away, &export(&home, &[]), &[]).succeeds();
    vendor.misbehave(Fault::edit(|answer| serde_json::json!({ "wrapped": answer })));
    away.run(&["refresh"]).exits(8).says("kept sealed");
    bring(&home, &export(&away, &[]), &[]).succeeds();
    home.run(&["token"]).exits(8).says("kept sealed");
    home.add(
        "[dialects.oauth2]\nextends = \"oauth2\"\n[dialects.oauth2.exchanges.refresh.answer]\n\
         access_token = [\"/access_token\", \"/wrapped/access_token\"]\n\
         refresh_token = [\"/refresh_token\", \"/wrapped/refresh_token\"]",
    );
    home.run(&["token"]).succeeds();
    home.run(&["refresh"]).succeeds();
    assert_eq!((vendor.requests().len(), vendor.reused().len()), (2, 0));
    // A request whose end nobody knows.
    let vendor = strict();
    let (mut home, away) = (machine(&vendor, On::File), machine(&vendor, On::File));
    home.change("dialect = \"oauth2\"", "dialect = \"oauth2\"\nrotation = \"family\"\nreplay = \"never\"");
    home.import(&vendor);
    bring(&away, &export(&home, &[]), &[]).succeeds();
    vendor.misbehave(Fault::DropAfterRead);
    away.run(&["refresh"]).exits(8);
    bring(&home, &export(&away, &[]), &[]).succeeds();
    home.run(&["refresh"]).exits(8).says("could end the session");
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn a_line_of_another_login_replaces_none_that_lives() {
    let vendor = strict();
    let (home, away) = (machine(&vendor, On::File), machine(&vendor, On::File));
    away.import(&vendor);
    home.import(&vendor);
    let line = export(&home, &[]);
    bring(&away, &line, &[]).exits(3).says("there is another credential").says("--replace");
    away.run(&["refresh"]).succeeds();
    bring(&away, &line, &["--replace"]).succeeds();
    away.run(&["refresh"]).succeeds();
    assert_eq!(vendor.reused(), Vec::<String>::new());
    // What was handed over may have been logged in again where it is.
    bring(&home, &export(&away, &[]), &[]).succeeds();
}

#[test]
fn a_store_that_cannot_take_the_mark_hands_nothing_over() {
    let vendor = strict();
    let mut world = machine(&vendor, On::File);
    world.change("store = \"file\"", "store = \"ci\"");
    world.add(
        "[stores.ci]\nkind = \"command\"\nexclusive = true\nkey = { env = \"SEAL_KEY\" }\n\
         load = [\"sh\", \"-c\", \"cat record 2> /dev/null || true\"]\nsave = [\"tee\", \"record\"]",
    );
    world.import(&vendor);
    world.change("\"tee\", \"record\"", "\"false\"");
    world.run(&["export", "--sealed"]).exits(6).says("`save` of the store `ci`");
    world.change("\"false\"", "\"tee\", \"record\"");
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.reused(), Vec::<String>::new());
}

#[test]
fn rivals_and_what_is_used_without_refreshing() {
    let vendor = strict();
    let (mut home, mut away) = (machine(&vendor, On::File), machine(&vendor, On::File));
    home.import(&vendor);
    let token = home.run(&["token"]).succeeds().stdout;
    let line = export(&home, &[]);
    // Of less life than is asked for, and nothing may be sent.
    let shim = Shim::build(&home);
    shim.later(&mut home, 2_000);
    let used = home.run(&["token", "--min-ttl", "1800s"]).succeeds().prints(&token);
    used.says("still valid and is used").says("was exported at ");
    shim.later(&mut home, 3_700);
    home.run(&["token"]).exits(3).says("was exported at ");
    shim.later(&mut home, 0);
    away.add(
        "[profiles.rival]\ndialect = \"oauth2\"\nstore = \"file\"\naccount = \"oauth2\"\ntoken_url = \"https://rival.example/t\"\nclient_id = \"x\"",
    );
    away.run_with(&["import", "-p", "oauth2", "--sealed", "--key-env", "SEAL_KEY"], &line)
        .exits(3)
        .says("has the same account `oauth2`");
    let again = home.run(&["export", "--sealed", "--key-env", "SEAL_KEY", "--json"]).succeeds().object();
    assert!(again["warnings"][0].as_str().is_some_and(|words| words.contains("was exported before at ")));
}
