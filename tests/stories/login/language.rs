//! What vendors want that no standard has, said in a dialect and sent by the program: fragments, signatures, a request
//! before the browser's visit, a redirect address that each refresh names, a fixed place where a code is typed.

use sha2::{Digest as _, Sha256};
use url::Url;

use super::browser::{get, visit};
use super::scene::{Waiting, lives, logged_in, profile, server, server_with, state};
use crate::stand_in::{Fault, Options, StandIn, Terms};
use crate::world::{On, World};

const CODE: [&str; 3] = ["--grant", "authorization_code", "--no-browser"];
const DEVICE: [&str; 1] = ["--device"];

/// A world whose `oauth2` says that much more.
fn world(vendor: &StandIn, more: &str) -> World {
    let mut world = World::on(On::File);
    world.give_secrets(vendor);
    world.add(&profile(vendor, On::File));
    let origin = vendor.origin();
    let more = more.replace("ORIGIN", &origin);
    let device = if more.contains("logins.device_code") { "" } else { "logins.device_code = {}\n" };
    world.add(&format!("[dialects.oauth2]\nextends = \"oauth2\"\nrevocation = {{}}\n{device}{more}"));
    world
}

fn confidential() -> StandIn {
    server_with(Options::default())
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// What the stand-in was sent at this path, one body after the other.
fn bodies(vendor: &StandIn, path: &str) -> Vec<Vec<(String, String)>> {
    let all = vendor.requests();
    let of = |body: &[u8]| url::form_urlencoded::parse(body).into_owned().collect();
    all.iter().filter(|seen| seen.path == path).map(|seen| of(&seen.body)).collect()
}

fn field<'a>(body: &'a [(String, String)], name: &str) -> Option<&'a str> {
    body.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

#[test]
fn an_address_ends_with_the_fragment_that_its_page_wants() {
    let vendor = server();
    let world = world(&vendor, "logins.authorization_code.authorization.fragment = \"app_redirect\"\n");
    let mut login = Waiting::of(&world, &CODE);
    let address = login.address();
    assert!(address.ends_with("code_challenge_method=S256#app_redirect"), "{address}");
    visit(&address).is(200);
    logged_in(login.ends(), &vendor);
    lives(&world, &vendor);
}

#[test]
fn parameters_stand_in_the_fragment_of_a_page_that_finds_its_way_by_it() {
    let vendor = server();
    let world = world(
        &vendor,
        "logins.authorization_code.authorization = { fragment = \"/authorized-app\", query_in = \"fragment\" }\n",
    );
    let mut login = Waiting::of(&world, &["--grant", "authorization_code", "--no-browser"]);
    let address = login.event["url"].as_str().expect("an address").to_owned();
    let (page, fragment) = address.split_once('#').expect("a fragment");
    assert_eq!(page, vendor.authorization_url());
    // What the script of that page does.
    let query = fragment.strip_prefix("/authorized-app?").expect("the route and the parameters");
    visit(&format!("{page}?{query}")).is(200);
    login.event = serde_json::Value::Null;
    logged_in(login.ends(), &vendor);
    lives(&world, &vendor);
}

#[test]
fn a_signature_is_over_the_parameters_and_shows_no_secret() {
    let vendor = confidential();
    let world = world(
        &vendor,
        "logins.authorization_code.authorization.query = { ts = \"{{ now }}\", sign = \"{{ (client_secret ~ request.path ~ (request.query | sorted_pairs('', ''))) | sha256 | hex }}\" }\n",
    );
    let mut login = Waiting::of(&world, &CODE);
    let address = Url::parse(&login.address()).expect("an address");
    let mut all: Vec<(String, String)> = address.query_pairs().into_owned().collect();
    let sign = all.pop().expect("the last one");
    assert_eq!(sign.0, "sign");
    all.sort();
    let text: String = all.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]).collect();
    let signed = Sha256::digest(format!("{}/authorize{text}", vendor.client_secret()));
    assert_eq!(sign.1, signed.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    assert!(parameter(&address, "ts").is_some_and(|ts| ts.len() == 10), "{address}");
    // The stand-in writes down a secret in the address, and its drop complains.
    visit(address.as_str()).is(200);
    logged_in(login.ends(), &vendor);
    lives(&world, &vendor);
}

const PUSHED: &str = r#"remove = ["logins.authorization_code.authorization.query"]
[dialects.oauth2.logins.authorization_code]
steps = ["push", "authorization", "authorization_code"]
[dialects.oauth2.logins.authorization_code.authorization.query]
client_id = "{{ client_id }}"
request_uri = "{{ kept.request_uri }}"
[dialects.oauth2.exchanges.push]
like = "refresh"
request.url = "ORIGIN/par"
answer.keep = { request_uri = "/request_uri" }
[dialects.oauth2.exchanges.push.request.form]
response_type = "code"
client_id = "{{ client_id }}"
redirect_uri = "{{ redirect_uri }}"
scope = "{{ scope }}"
state = "{{ state }}"
code_challenge = "{{ code_challenge }}"
code_challenge_method = "S256"
"#;

#[test]
fn what_is_asked_for_is_pushed_before_the_browser_comes() {
    for vendor in [confidential(), server()] {
        let world = world(&vendor, PUSHED);
        let mut login = Waiting::of(&world, &CODE);
        let address = Url::parse(&login.address()).expect("an address");
        let names: Vec<String> = address.query_pairs().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names, ["client_id", "request_uri"]);
        assert_eq!((vendor.requests_at("/par"), vendor.requests_at("/token")), (1, 0));
        visit(address.as_str()).is(200);
        login.event = serde_json::Value::Null;
        logged_in(login.ends(), &vendor);
        let pushed = &bodies(&vendor, "/par")[0];
        assert_eq!(field(pushed, "redirect_uri"), field(&bodies(&vendor, "/token")[0], "redirect_uri"));
        assert!(field(pushed, "code_verifier").is_none());
        lives(&world, &vendor);
    }
}

#[test]
fn where_the_push_is_refused_nobody_is_sent_anywhere_and_nothing_is_left() {
    for (fault, code) in [
        (Fault::json(400, r#"{"error":"invalid_client"}"#), 3),
        (Fault::json(201, r#"{"expires_in":60}"#), 3),
        (Fault::json(500, ""), 5),
        (Fault::DropAfterRead, 5),
    ] {
        let vendor = server();
        let world = world(&vendor, PUSHED);
        vendor.misbehave_at("/par", fault);
        let login = Waiting::of(&world, &CODE);
        assert!(login.event["url"].is_null(), "{}", login.event);
        let ended = login.ends().exits(code);
        assert!(!ended.stderr.contains("sealed") && !ended.stderr.contains("not known"), "{}", ended.stderr);
        assert_eq!((vendor.requests_at("/authorize"), vendor.requests_at("/token")), (0, 0));
        // And the way is free again.
        let mut again = Waiting::of(&world, &["--grant", "authorization_code", "--no-browser", "--replace"]);
        visit(&again.address()).is(200);
        again.event = serde_json::Value::Null;
        logged_in(again.ends(), &vendor);
    }
}

#[test]
fn whoever_breaks_off_after_the_push_leaves_nothing() {
    let vendor = server();
    let world = world(&vendor, PUSHED);
    let mut login = Waiting::of(&world, &CODE);
    login.address();
    login.event = serde_json::Value::Null;
    login.dies_of(nix::sys::signal::Signal::SIGINT);
    assert_eq!((state(&world), vendor.requests_at("/token")), ("none".to_owned(), 0));
    world.assert_nothing_in_the_clear();
}

const NAMED: &str =
    "exchanges.refresh.request.form.redirect_uri = \"{{ redirect_uri }}\"\nlogins.authorization_code = {}\n";

#[test]
fn a_refresh_names_the_redirect_address_of_the_login_whatever_the_profile_says_since() {
    let vendor = server();
    let mut world = world(&vendor, NAMED);
    let mut login = Waiting::of(&world, &CODE);
    let used = login.redirect().to_string();
    visit(&login.address()).is(200);
    logged_in(login.ends(), &vendor);
    assert!(Url::parse(&used).expect("an address").port().is_some(), "{used}");
    lives(&world, &vendor);
    world.change("dialect = \"oauth2\"", "dialect = \"oauth2\"\nredirect_uri = \"https://app.example/new\"");
    world.run(&["refresh"]).succeeds();
    let all = bodies(&vendor, "/token");
    let named: Vec<Option<&str>> = all.iter().map(|body| field(body, "redirect_uri")).collect();
    assert_eq!(named, [Some(used.as_str()); 3]);
}

#[test]
fn a_login_without_a_browser_has_no_redirect_address_and_an_import_that_of_the_profile() {
    let vendor = server();
    let mut world = world(&vendor, NAMED);
    vendor.device_terms(Terms { interval: Some(1), expires_in: 600, complete: true });
    vendor.polls(&[crate::stand_in::Poll::Approved]);
    logged_in(Waiting::of(&world, &DEVICE).ends(), &vendor);
    world.run(&["refresh"]).succeeds();
    assert!(bodies(&vendor, "/token").iter().all(|body| field(body, "redirect_uri").is_none()));
    world.change("dialect = \"oauth2\"", "dialect = \"oauth2\"\nredirect_uri = \"https://app.example/cb\"");
    world.run(&["refresh"]).succeeds();
    let all = bodies(&vendor, "/token");
    assert_eq!(field(all.last().expect("one"), "redirect_uri"), Some("https://app.example/cb"));
}

#[test]
fn a_code_is_typed_where_the_dialect_says_if_no_answer_does() {
    let vendor = server();
    let world = world(
        &vendor,
        "remove = [\"exchanges.device_authorization.answer.keep.verification_uri\", \"exchanges.device_authorization.answer.keep.verification_uri_complete\"]\n[dialects.oauth2.logins.device_code]\nverification_uri = \"ORIGIN/device\"\n",
    );
    vendor.device_terms(Terms { interval: Some(1), expires_in: 600, complete: true });
    let mut login = Waiting::of(&world, &DEVICE);
    assert_eq!(login.address(), format!("{}/device", vendor.origin()));
    let pin = login.event["user_code"].as_str().expect("a code").to_owned();
    get(&format!("{}?user_code={pin}&answer=yes", login.address())).is(200);
    logged_in(login.ends(), &vendor);
    lives(&world, &vendor);
}

#[test]
fn a_token_that_the_vendor_calls_invalid_is_gone_already() {
    for status in [200, 400, 401] {
        let vendor = server();
        let world = world(&vendor, "logins.authorization_code = {}\n");
        logged_in_by_code(&world, &vendor);
        for _ in 0..2 {
            vendor.misbehave_at("/revoke", Fault::json(status, r#"{"error":"invalid_token"}"#));
        }
        world.run(&["logout"]).succeeds().says("revoked");
        assert_eq!((vendor.requests_at("/revoke"), state(&world)), (2, "none".to_owned()));
    }
}

fn logged_in_by_code(world: &World, vendor: &StandIn) {
    let mut login = Waiting::of(world, &CODE);
    visit(&login.address()).is(200);
    logged_in(login.ends(), vendor);
}

#[test]
fn tokens_of_a_kind_that_the_vendor_does_not_take_back_are_only_forgotten() {
    let unsupported = || Fault::json(400, r#"{"error":"unsupported_token_type"}"#);
    let vendor = server();
    let access = world(&vendor, "logins.authorization_code = {}\n");
    logged_in_by_code(&access, &vendor);
    let token = vendor.current();
    // The second request is for the access token.
    vendor.misbehave_at("/revoke", Fault::json(200, ""));
    vendor.misbehave_at("/revoke", unsupported());
    let said = access.run(&["logout"]).succeeds().says("revoked the refresh token");
    assert!(said.stderr.contains("an access token stays valid until it expires"), "{said:#?}");
    assert_eq!((vendor.requests_at("/revoke"), state(&access)), (2, "none".to_owned()));
    assert!(vendor.accepts(&token.access_token));

    let vendor = server();
    let neither = world(&vendor, "logins.authorization_code = {}\n");
    logged_in_by_code(&neither, &vendor);
    vendor.misbehave_at("/revoke", unsupported());
    vendor.misbehave_at("/revoke", unsupported());
    let said = neither.run(&["logout"]).succeeds();
    assert!(said.stderr.contains("nothing was revoked"), "{said:#?}");
    assert_eq!((vendor.requests_at("/revoke"), state(&neither)), (2, "none".to_owned()));
}
