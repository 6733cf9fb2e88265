//! Tokens that nobody is asked for.

use std::fs;
use std::process::Command;

use crate::world::{On, World};

/// A signer of its own tokens.
const SIGNER: &str = "[profiles.signer]\ndialect = \"signer\"\nstore = \"file\"\nclient_id = \"app-7\"\nclient_secret = { env = \"ACME_SECRET\" }\n\
    [dialects.signer]\nrenews_with = \"client\"\n";
const MAKES: &str = "exchanges.refresh.makes.access_token = \"{{ {'sub': client_id, 'exp': now + 600} | jwt('HS256', client_secret) }}\"\n";

fn signer(on: On, lines: &str) -> World {
    let mut world = World::on(on);
    world.set("ACME_SECRET", "canary-secret-of-a-signer");
    let profile = match on {
        On::File => SIGNER.to_owned(),
        On::Keyring => SIGNER.replace("store = \"file\"\n", ""),
    };
    world.add(&format!("{profile}{lines}"));
    world
}

fn a_jwt_of_600_seconds(text: &str) -> bool {
    text.starts_with("eyJ") && text.trim_end().split('.').count() == 3
}

#[test]
fn a_token_that_nobody_is_asked_for_is_made_kept_and_told_like_any_other() {
    for on in [On::File, On::Keyring] {
        let world = signer(on, MAKES);
        world.run(&["config", "check"]).succeeds();
        let shown = world.run(&["refresh", "--dry-run"]).succeeds().stdout;
        assert!(
            shown.starts_with("nothing is sent: the access token is made here; a JSON Web Token"),
            "{shown}"
        );
        let token = shown.lines().last().expect("three lines");
        assert!(token.starts_with("{\"alg\":\"") && token.contains("\"typ\":\"JWT\""), "{shown}");
        assert!(
            token.contains("}.{") && token.contains("\"sub\":\"app-7\"") && token.ends_with("}.***"),
            "{shown}"
        );
        let first = world.run(&["token"]).succeeds().keeps_stderr_empty().stdout;
        assert!(a_jwt_of_600_seconds(&first), "{first}");
        // It is kept: another call gives the same.
        world.run(&["token"]).succeeds().prints(&first);
        let object = world.run(&["token", "--json"]).succeeds().object();
        assert_eq!(object["access_token"].as_str(), Some(first.trim_end()));
        assert!(object["expires_in"].as_i64().is_some_and(|left| (590..=600).contains(&left)), "{object}");
        let status = world.run(&["status", "--json"]).succeeds().stdout;
        assert!(status.contains("\"valid\""), "{status}");
        world.run(&["status", "--check"]).succeeds();
        world.run(&["refresh", "--all"]).succeeds();
        let object = world.run(&["refresh", "--json"]).succeeds().object();
        assert_eq!(object["refreshed"], true);
        world.run(&["logout"]).succeeds();
        assert!(a_jwt_of_600_seconds(&world.run(&["token"]).succeeds().stdout));
        world.assert_nothing_in_the_clear();
    }
}

#[test]
fn whoever_makes_a_token_opens_no_connection() {
    let world = signer(On::File, MAKES);
    let trace = world.path().join("trace");
    let options = ["-e", "trace=connect,socket", "-o", trace.to_str().expect("text")];
    let mut command: Command = world.strace(&options, &["token"]);
    assert!(command.output().expect("strace runs").status.success());
    let calls = fs::read_to_string(&trace).expect("a trace");
    assert!(!calls.contains("AF_INET"), "{calls}");
}

#[test]
fn a_made_token_is_made_again_after_whoever_made_it_was_killed() {
    let world = signer(On::File, MAKES);
    world.run(&["token"]).succeeds();
    for call in ["pwrite64:signal=KILL:when=1", "fdatasync:signal=KILL:when=1"] {
        let killed = world.run_injected(call, &["refresh"]);
        assert!(!killed.status.success() && killed.stdout.is_empty(), "{call}: {killed:?}");
        let token = world.run(&["refresh", "--json"]).succeeds().object();
        assert_eq!(token["refreshed"], true, "{call}");
    }
    // A disk that takes nothing loses nothing, and says so.
    let ended = world.run_injected("pwrite64:error=EIO", &["refresh"]);
    assert_eq!((ended.status.code(), ended.stdout.len()), (Some(6), 0), "{ended:?}");
    world.run(&["token"]).succeeds();
}

#[test]
fn a_made_token_that_no_program_could_use_is_given_to_none() {
    for (template, words) in [
        ("x{{ client_id }}\\ny", "holds a line break or another control character"),
        ("{{ client_id }}\\u007f", "holds a line break or another control character"),
        ("{{ {'exp': now - 5} | jwt('HS256', client_secret) }}", "has already expired (`exp`)"),
        ("{{ client_secret }}", "is one of the secrets"),
    ] {
        let makes = format!("exchanges.refresh.makes.access_token = \"{template}\"\n");
        let world = signer(On::File, &makes);
        for _ in 0..2 {
            world.run(&["token"]).exits(3).says(words).says_nothing_on_stdout();
        }
        let status = world.run(&["status", "--json"]).stdout;
        assert!(!status.contains("\"valid\""), "{status}");
    }
}

#[test]
fn what_does_not_go_with_a_made_token_is_found_at_load() {
    for (lines, words) in [
        (MAKES.replace("access_token", "acess_token"), "did you mean `access_token`?"),
        (
            MAKES.replace("client_id", "client_idd"),
            "`dialects.signer.exchanges.refresh.makes.access_token`: the template names `client_idd`",
        ),
        (MAKES.replace("| jwt", "|| jwt"), "makes.access_token"),
        (format!("{MAKES}exchanges.refresh.request.url = \"https://a.example\"\n"), "remove it or `request`"),
        (format!("{MAKES}exchanges.refresh.success.status = [200]\n"), "remove it or `success`"),
        (
            format!(
                "{MAKES}revocation = {{}}\nexchanges.revoke = {{ request.url = \"https://a.example\", request.form.t = \"{{{{ token }}}}\", answer.format = \"none\" }}\n"
            ),
            "remove `revocation`",
        ),
        (MAKES.replace("client_id", "request.path"), "there is no request that `request` could describe"),
        (MAKES.replace("client_id", "refresh_token"), "there is no `refresh_token`"),
        (
            format!(
                "{MAKES}steps = [\"first\", \"refresh\"]\nexchanges.first = {{ request.url = \"https://a.example\", answer = {{}} }}\n"
            ),
            "must then be the only step",
        ),
    ] {
        let world = signer(On::File, &lines);
        world.run(&["config", "check"]).exits(3).says(words);
        let only = world.run(&["config", "check"]);
        assert_eq!(only.stderr.matches("tokcli: error").count(), 1, "{lines}: {}", only.stderr);
    }
    let world = signer(On::File, MAKES);
    let text = fs::read_to_string(world.path().join("profiles.toml")).expect("profiles.toml");
    world.write("profiles.toml", &text.replace("renews_with = \"client\"\n", ""));
    world.run(&["config", "check"]).exits(3).says("add `renews_with = \"client\"`");
}

#[test]
fn a_dialect_that_makes_a_token_leaves_what_its_base_sends_and_the_other_way_round() {
    let above = "extends = \"oauth2-client-credentials\"\n";
    let world = signer(On::File, &format!("{above}{MAKES}"));
    assert!(a_jwt_of_600_seconds(&world.run(&["token"]).succeeds().stdout));
    let base = MAKES.to_owned()
        + "[dialects.asker]\nextends = \"signer\"\nexchanges.refresh = { request.url = \"https://a.example\", answer.access_token = \"/t\" }\n";
    let world = signer(On::File, &base);
    world.run(&["dialect", "check", "asker"]).succeeds();
}

#[test]
fn an_example_of_a_made_token_says_what_comes_out() {
    let example = |token: &str, left: u32| {
        format!(
            "[[dialects.signer.examples]]\nprofile = {{ client_id = \"app-7\", client_secret = \"s3cr3t-of-it\" }}\nreads = {{ access_token = \"{token}\", expires_in = {left} }}\n"
        )
    };
    let world = signer(On::File, &format!("{MAKES}{}", example("x", 600)));
    let told = world.run(&["dialect", "test"]).exits(3).stderr;
    let token = told.split("comes out: ").nth(1).and_then(|rest| rest.lines().next()).expect("it is shown");
    for (left, exit) in [(600, 0), (601, 3)] {
        let world = signer(On::File, &format!("{MAKES}{}", example(token, left)));
        world.run(&["dialect", "test"]).exits(exit);
    }
    let asked = "request.url = \"https://a.example\"\n".to_owned();
    let world = signer(On::File, &format!("{MAKES}{}{asked}", example(token, 600)));
    world.run(&["dialect", "test"]).exits(3).says("has only `reads`");
}
