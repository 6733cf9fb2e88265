//! Logins where a server, or a resource, says itself what it is: believed as far as it goes, and no further.

use serde_json::{Value, json};

use super::browser::request;
use super::scene::{Waiting, lives, logged_in, server, state, with_a_password, world};
use crate::stand_in::{Consent, Fault, Poll, StandIn};
use crate::world::{On, World};

const SERVER: &str = "/.well-known/oauth-authorization-server";
const CODE: [&str; 4] = ["--grant", "authorization_code", "--no-browser", "--yes"];

/// A profile that knows the issuer and the client alone.
pub(super) fn by_issuer(vendor: &StandIn) -> World {
    let mut world = world(On::File, vendor);
    for key in ["authorization_url", "device_authorization_url", "revocation_url", "token_url"] {
        world.change(&format!("\n{key} = "), &format!("\n# {key} = "));
    }
    world.add(&format!("issuer = \"{}\"", vendor.origin()));
    world
}

#[test]
fn an_issuer_is_all_that_a_profile_needs() {
    let vendor = server();
    let world = by_issuer(&vendor);
    let mut login = Waiting::of(&world, &CODE);
    login.visited().is(200);
    logged_in(login.ends(), &vendor);
    lives(&world, &vendor);
    // What was discovered is remembered.
    assert_eq!(vendor.requests_at(SERVER), 1);
}

#[test]
fn an_answer_from_another_issuer_is_not_used() {
    for consent in [Consent::WrongIssuer, Consent::NoIssuer] {
        let vendor = server();
        let world = by_issuer(&vendor);
        vendor.visitors(&[consent]);
        let mut login = Waiting::of(&world, &CODE);
        login.visited();
        let error = login.ends().exits(3).error();
        assert_eq!(error["code"], "refused", "{consent:?}: {error}");
        assert_eq!((vendor.requests_at("/token"), state(&world)), (0, "none".to_owned()), "{consent:?}");
    }
}

type Lie = fn(&StandIn, Value) -> Value;

#[test]
fn a_server_that_lies_of_itself_gets_nobody() {
    let lies: [(&str, Lie); 6] = [
        ("another issuer", |_, mut truth| {
            truth["issuer"] = json!("https://another.example");
            truth
        }),
        ("no issuer", |_, mut truth| {
            truth.as_object_mut().expect("an object").remove("issuer");
            truth
        }),
        ("plain http elsewhere", |_, mut truth| {
            truth["token_endpoint"] = json!("http://another.example/token");
            truth
        }),
        ("a script", |_, mut truth| {
            truth["authorization_endpoint"] = json!("javascript:alert(1)");
            truth
        }),
        ("a state for everybody", |_, mut truth| {
            let address = truth["authorization_endpoint"].as_str().expect("text").to_owned();
            truth["authorization_endpoint"] = json!(format!("{address}?state=fixed"));
            truth
        }),
        ("no PKCE", |_, mut truth| {
            truth["code_challenge_methods_supported"] = json!(["plain"]);
            truth
        }),
    ];
    for (what, lie) in lies {
        let vendor = server();
        let world = by_issuer(&vendor);
        let asked = server();
        asked.expect_unused();
        vendor.lie(move |_, truth| lie(&asked, truth));
        let login = Waiting::of(&world, &CODE);
        assert!(login.event["url"].is_null(), "{what}: {}", login.event);
        login.ends().exits(3);
        assert_eq!((vendor.requests_at("/authorize"), vendor.requests_at("/token")), (0, 0), "{what}");
        assert_eq!(state(&world), "none", "{what}");
        // Whoever lies gets nobody in any way; without PKCE only a login by code would go unprotected.
        vendor.polls(&[Poll::Approved]);
        let device = Waiting::of(&world, &["--device"]);
        if what == "no PKCE" {
            logged_in(device.ends(), &vendor);
        } else {
            device.ends().exits(3);
            assert_eq!(vendor.requests_at("/device_authorization"), 0, "{what}");
        }
    }
}

#[test]
fn a_server_that_says_elsewhere_is_not_followed() {
    let vendor = server();
    let other = server();
    other.expect_unused();
    let world = by_issuer(&vendor);
    let headers = vec![("Location".to_owned(), format!("{}{SERVER}", other.origin()))];
    for path in [SERVER, "/.well-known/openid-configuration"] {
        let headers = headers.clone();
        vendor.misbehave_at(path, Fault::Answer { status: 302, headers, body: vec![] });
    }
    let ended = Waiting::of(&world, &CODE).ends();
    assert!(matches!(ended.code, Some(3 | 5 | 8)), "{ended:#?}");
    assert_eq!((other.requests().len(), state(&world)), (0, "none".to_owned()));
}

#[test]
fn another_address_needs_a_word_and_what_changes_later_gets_nothing() {
    let vendor = server();
    let other = server();
    other.expect_unused();
    let world = by_issuer(&vendor);
    let elsewhere = other.token_url();
    let lie = move |_: &str, mut truth: Value| {
        truth["token_endpoint"] = json!(elsewhere);
        truth
    };
    vendor.lie(lie.clone());
    let words = ["login", "--json", "--grant", "authorization_code", "--no-browser"];
    let error = world.run(&words).exits(3).error();
    assert_eq!(error["code"], "refused", "{error}");
    vendor.tell_the_truth();
    let mut login = Waiting::of(&world, &CODE);
    login.visited().is(200);
    logged_in(login.ends(), &vendor);
    vendor.lie(lie);
    let refreshed = world.run(&["refresh"]);
    assert!(matches!(refreshed.code, Some(0 | 3)), "{refreshed:#?}");
    assert!(other.requests().is_empty(), "a refresh token is not sent where nobody confirmed");
}

#[test]
fn from_the_address_of_a_resource_to_its_answer() {
    let vendor = server();
    let world = World::on(On::File);
    world.write("profiles.toml", "");
    let resource = vendor.resource_url();
    let mut login = Waiting::of(&world, &["--url", &resource, "-p", "mcp", "--no-browser", "--yes"]);
    login.visited().is(200);
    login.ends().succeeds();
    assert_eq!(vendor.clients_registered(), 1);
    let token = world.run(&["token", "-p", "mcp"]).succeeds();
    let bearer = format!("Bearer {}", token.stdout.trim());
    let page = request("GET", &resource, &[("Authorization", &bearer)], "").expect("an answer").is(200);
    assert_eq!(page.json()["result"], "hello");
    let written = std::fs::read_to_string(world.path().join("profiles.toml")).expect("written");
    assert!(written.contains("match = ") && written.contains(&resource), "{written}");
    let refreshed = world.run(&["refresh", "-p", "mcp"]).succeeds();
    assert!(vendor.accepts(refreshed.stdout.trim()));
    world.assert_nothing_in_the_clear();
}

/// Logs in by the issuer, as a person does who agrees.
#[track_caller]
fn log_in(world: &World, vendor: &StandIn, more: &[&str]) {
    let words = [&CODE[..], more].concat();
    let mut login = Waiting::of(world, &words);
    login.visited().is(200);
    logged_in(login.ends(), vendor);
}

#[test]
fn a_logout_gives_back_where_the_server_said() {
    let vendor = server();
    let world = by_issuer(&vendor);
    log_in(&world, &vendor, &[]);
    let refresh_token = vendor.current().refresh_token;
    let said = world.run(&["logout", "--json"]).succeeds().object();
    assert_eq!(said["revoked"]["refresh_tokens"], 1, "{said}");
    assert!(vendor.revoked().contains(&refresh_token));
    assert_eq!((state(&world), vendor.live_logins()), ("none".to_owned(), 0));
    world.assert_nothing_in_the_clear();
}

#[test]
fn before_a_login_such_a_profile_points_nowhere() {
    let vendor = server();
    vendor.expect_unused();
    let world = by_issuer(&vendor);
    world.run(&["config", "check"]).succeeds();
    assert_eq!(state(&world), "none");
    assert_eq!(world.run(&["token", "--json"]).exits(4).error()["code"], "no_credential");
    world.run(&["refresh", "--all"]).exits(4);
    world.run(&["refresh", "--dry-run"]).exits(3);
    let error = world.run_with(&["import", "--json"], "rt-1\n").exits(3).error();
    assert_eq!(error["code"], "refused", "{error}");
    assert!(vendor.requests().is_empty());
}

#[test]
fn a_profile_that_names_another_issuer_gets_nothing_of_the_credential() {
    let vendor = server();
    let other = server();
    other.expect_unused();
    let mut world = by_issuer(&vendor);
    log_in(&world, &vendor, &[]);
    let asked = vendor.requests().len();
    world.change(&format!("issuer = \"{}\"", vendor.origin()), &format!("issuer = \"{}\"", other.origin()));
    for words in [&["token", "--json"][..], &["refresh", "--json"], &["logout", "--json"]] {
        let error = world.run(words).exits(3).error();
        assert_eq!(error["code"], "refused", "{words:?}: {error}");
        let said = error["message"].as_str().expect("text");
        assert!(said.contains(&vendor.origin()) && said.contains(&other.origin()), "{said}");
    }
    let all = world.run(&["refresh", "--all"]).exits(3);
    assert!(!all.stdout.contains("refreshed,"), "{all:#?}");
    assert_eq!((vendor.requests().len(), other.requests().len()), (asked, 0));
    // Back again, all is as it was.
    world.change(&format!("issuer = \"{}\"", other.origin()), &format!("issuer = \"{}\"", vendor.origin()));
    lives(&world, &vendor);
}

#[test]
fn what_a_server_says_anew_counts_after_a_word() {
    let vendor = server();
    let world = by_issuer(&vendor);
    log_in(&world, &vendor, &[]);
    assert_eq!(world.run(&["rebind", "--json", "--yes"]).succeeds().object()["outcome"], "unchanged");
    let elsewhere = format!("{}?v=2", vendor.token_url());
    vendor.lie({
        let elsewhere = elsewhere.clone();
        move |_, mut truth| {
            truth["token_endpoint"] = json!(elsewhere);
            truth
        }
    });
    // Nobody asks what it says now.
    world.run(&["refresh"]).succeeds();
    let refused = world.run(&["rebind"]).exits(3);
    assert!(refused.stderr.contains(&elsewhere) && refused.stderr.contains("--yes"), "{refused:#?}");
    let dry = world.run(&["refresh", "--dry-run"]).succeeds();
    assert!(!dry.stdout.contains(&elsewhere), "{dry:#?}");
    assert_eq!(world.run(&["rebind", "--json", "--yes"]).succeeds().object()["outcome"], "rebound");
    let dry = world.run(&["refresh", "--dry-run"]).succeeds();
    assert!(dry.stdout.contains(&elsewhere), "{dry:#?}");
}

#[test]
fn a_login_over_a_dead_one_wants_the_server_as_it_was() {
    let vendor = server();
    let world = by_issuer(&vendor);
    log_in(&world, &vendor, &[]);
    vendor.expire_login();
    world.run(&["refresh"]).exits(4);
    // As it was, with nothing more to agree to.
    let mut login = Waiting::of(&world, &["--grant", "authorization_code", "--no-browser"]);
    login.visited().is(200);
    logged_in(login.ends(), &vendor);
    vendor.expire_login();
    world.run(&["refresh"]).exits(4);
    vendor.lie(|_, mut truth| {
        truth["revocation_endpoint"] = json!("http://127.0.0.1:9/revoke");
        truth
    });
    let words = [&["login", "--json"], &CODE[..]].concat();
    let error = world.run(&words).exits(3).error();
    let said = error["message"].as_str().expect("text");
    assert!(said.contains("the revocation endpoint was") && said.contains("127.0.0.1:9"), "{said}");
    log_in(&world, &vendor, &["--replace"]);
    world.run(&["token"]).succeeds();
}

#[test]
fn nothing_is_registered_or_written_unless_a_person_agrees() {
    let vendor = server();
    let world = World::on(On::File);
    world.write("profiles.toml", "");
    let resource = vendor.resource_url();
    let error = world.run(&["login", "--json", "--url", &resource, "--no-browser"]).exits(3).error();
    let said = error["message"].as_str().expect("text");
    assert!(said.contains(&resource) && said.contains(&vendor.origin()), "{said}");
    assert_eq!(vendor.clients_registered(), 0);
    let written = std::fs::read_to_string(world.path().join("profiles.toml")).expect("there");
    assert_eq!(written, "");
}

#[test]
fn a_registration_whose_login_failed_goes_on_with_its_client() {
    let vendor = server();
    let world = World::on(On::File);
    std::fs::remove_file(world.path().join("profiles.toml")).unwrap_or_default();
    let resource = vendor.resource_url();
    let words = ["--url", &resource, "-p", "mcp", "--no-browser", "--yes"];
    vendor.visitors(&[Consent::Denied]);
    let mut login = Waiting::of(&world, &words);
    login.visited();
    login.ends().exits(4);
    assert_eq!(vendor.clients_registered(), 1);
    for words in [&["-p", "mcp", "--no-browser", "--yes"][..], &[&words[..], &["--replace"]].concat()] {
        let mut login = Waiting::of(&world, words);
        login.visited().is(200);
        login.ends().succeeds();
        assert_eq!(vendor.clients_registered(), 1, "{words:?}");
    }
    let other = server();
    let words = ["login", "--json", "--url", &other.resource_url(), "-p", "mcp", "--yes"];
    assert_eq!(world.run(&words).exits(3).error()["code"], "refused");
    assert_eq!((other.clients_registered(), other.requests_at("/token")), (0, 0));
}

#[test]
fn a_client_with_a_secret_keeps_it_in_its_store() {
    let vendor = server();
    let world = World::on(On::File);
    world.write("profiles.toml", "");
    vendor.lie(|_, mut truth| {
        if truth["token_endpoint"].is_string() {
            truth["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"]);
        }
        truth
    });
    let mut login =
        Waiting::of(&world, &["--url", &vendor.resource_url(), "-p", "mcp", "--no-browser", "--yes"]);
    login.visited().is(200);
    login.ends().succeeds();
    world.run(&["refresh", "-p", "mcp"]).succeeds();
    let listed = world.run(&["secret", "list", "-p", "mcp"]).succeeds();
    assert!(listed.stdout.contains("client_secret"), "{listed:#?}");
    assert!(vendor.departures().is_empty(), "{:#?}", vendor.departures());
    world.assert_nothing_in_the_clear();
}

/// A profile that knows the issuer, the client and a password, and may use them by itself.
fn unattended(vendor: &StandIn, relogin: &str) -> World {
    let mut world = by_issuer(vendor);
    with_a_password(&mut world, vendor);
    world.add(&format!("relogin = {relogin}"));
    world
}

fn passwords(vendor: &StandIn) -> usize {
    let sent = vendor.requests();
    sent.iter().filter(|seen| String::from_utf8_lossy(&seen.body).contains("password=")).count()
}

#[test]
fn an_issuer_is_asked_where_the_first_login_goes_that_nobody_is_there_for() {
    for relogin in ["true", "\"password\""] {
        let vendor = server();
        let world = unattended(&vendor, relogin);
        world.run(&["config", "check"]).succeeds();
        assert_eq!((world.run(&["token", "--offline"]).code, vendor.requests().len()), (Some(4), 0));
        let token = world.run(&["token"]).succeeds();
        assert!(vendor.accepts(token.stdout.trim()), "{relogin}");
        assert_eq!((vendor.requests_at(SERVER), passwords(&vendor)), (1, 1), "{relogin}");
        lives(&world, &vendor);
        world.assert_nothing_in_the_clear();
    }
    // For every command that wants a token.
    for words in [&["refresh"][..], &["refresh", "--all"], &["exec", "--env", "T", "--", "true"]] {
        let vendor = server();
        let world = unattended(&vendor, "true");
        world.run(words).succeeds();
        assert_eq!(passwords(&vendor), 1, "{words:?}");
    }
    // With the scope that is asked for.
    let vendor = server();
    let world = unattended(&vendor, "true");
    let asked = world.run(&["token", "--scope", "one two", "--json"]).succeeds().object();
    assert_eq!((&asked["scope"], passwords(&vendor)), (&json!("one two"), 1), "{asked}");
}

#[test]
fn a_first_login_that_nobody_is_there_for_goes_nowhere_but_to_the_issuer_itself() {
    let vendor = server();
    let other = server();
    other.expect_unused();
    let world = unattended(&vendor, "true");
    let elsewhere = other.token_url();
    vendor.lie(move |_, mut truth| {
        truth["token_endpoint"] = json!(elsewhere);
        truth
    });
    let error = world.run(&["token", "--json"]).exits(3).error();
    assert_eq!(error["code"], "refused", "{error}");
    let said = (error["message"].to_string(), error["hint"].to_string());
    assert!(said.0.contains(&other.origin()) && said.1.contains("tokcli login --yes"), "{error}");
    assert_eq!((passwords(&vendor), other.requests().len(), state(&world)), (0, 0, "ready".to_owned()));
    vendor.tell_the_truth();
    world.run(&["token"]).succeeds();
}

#[test]
fn a_first_login_that_the_issuer_does_not_offer_has_to_be_named() {
    let vendor = server();
    let mut world = unattended(&vendor, "true");
    vendor.lie(|_, mut truth| {
        truth["grant_types_supported"] = json!(["authorization_code"]);
        truth
    });
    let error = world.run(&["token", "--json"]).exits(4).error();
    assert!(error["hint"].to_string().contains("relogin = \\\"password\\\""), "{error}");
    assert_eq!(passwords(&vendor), 0);
    world.change("relogin = true", "relogin = \"password\"");
    world.run(&["token"]).succeeds();
}

#[test]
fn a_first_login_at_an_issuer_is_tried_once() {
    let vendor = server();
    let mut world = unattended(&vendor, "true");
    world.set("LOGIN_PASSWORD", "wrong-canary");
    world.run(&["token"]).exits(4);
    world.run(&["token"]).exits(4).says("automatic login");
    assert_eq!(passwords(&vendor), 1);
}

#[test]
fn a_sealed_credential_brings_the_addresses_of_its_issuer() {
    let vendor = server();
    let of_a_machine = || {
        let mut world = by_issuer(&vendor);
        world.set("SEAL_KEY", "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=");
        world
    };
    let run = |world: &World, command: &str, input: &str| {
        world.run_with(&[command, "--sealed", "--key-env", "SEAL_KEY"], input)
    };
    let home = of_a_machine();
    log_in(&home, &vendor, &[]);
    let line = run(&home, "export", "").succeeds().stdout;
    let asked = vendor.requests_at(SERVER);
    // Another client, or another issuer, gets nothing of it, and no way is advised that leads nowhere.
    let elsewhere = server();
    elsewhere.expect_unused();
    for (key, from, to) in [
        ("issuer", vendor.origin(), elsewhere.origin()),
        ("client_id", vendor.client_id().to_owned(), "another".to_owned()),
    ] {
        let mut other = of_a_machine();
        other.change(&format!("{key} = \"{from}\""), &format!("{key} = \"{to}\""));
        let error = run(&other, "import", &line).exits(3);
        assert!(
            error.stderr.contains("is bound to the issuer") && !error.stderr.contains("rebind"),
            "{error:#?}"
        );
        assert_eq!(state(&other), "none", "{key}");
    }
    let away = of_a_machine();
    run(&away, "import", &line).succeeds().says("imported the sealed credential");
    lives(&away, &vendor);
    assert_eq!(vendor.requests_at(SERVER), asked, "nobody is asked again");
    away.assert_nothing_in_the_clear();
}

#[test]
fn a_token_that_such_a_profile_would_not_take_is_no_way_to_log_in() {
    let vendor = server();
    let mut world = by_issuer(&vendor);
    let hints = |ended: crate::world::Ended| {
        let said = ended.exits(4).stderr;
        assert!(said.contains("--device") && !said.contains("tokcli import"), "{said}");
    };
    hints(world.run(&["login"]));
    world.set("CI", "true");
    hints(world.run(&["login"]));
}

#[test]
fn what_nobody_is_asked_is_said_once() {
    let vendor = server();
    let world = World::on(On::File);
    world.write("profiles.toml", "");
    let ended = world.run(&["login", "--url", &vendor.resource_url(), "-p", "mcp"]).exits(3);
    assert_eq!(ended.stderr.matches("a client is registered there").count(), 1, "{ended:#?}");
    assert_eq!(vendor.clients_registered(), 0);
}
