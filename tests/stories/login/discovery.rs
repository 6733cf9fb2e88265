//! Logins where a server, or a resource, says itself what it is: believed as far as it goes, and no further.

use serde_json::{Value, json};

use super::browser::request;
use super::scene::{Waiting, lives, logged_in, server, state, world};
use crate::stand_in::{Consent, Fault, StandIn};
use crate::world::{On, World};

const SERVER: &str = "/.well-known/oauth-authorization-server";
const CODE: [&str; 4] = ["--grant", "authorization_code", "--no-browser", "--yes"];

/// A profile that knows the issuer and the client alone.
fn by_issuer(vendor: &StandIn) -> World {
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
    let lies: [(&str, Lie); 5] = [
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
