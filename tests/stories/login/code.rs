//! The code flow, with whatever a person and a browser do meanwhile.

use std::net::TcpListener;

use nix::sys::signal::Signal;

use super::browser::{Browser, get, request, sent_to, visit};
use super::scene::{Waiting, lives, logged_in, server, server_with, state, world};
use crate::stand_in::{Consent, Fault, Options};
use crate::world::On;

const CODE: [&str; 3] = ["--grant", "authorization_code", "--no-browser"];

fn from_click_to_refresh(store: On) {
    let vendor = server();
    let world = world(store, &vendor);
    let mut login = Waiting::of(&world, &CODE);
    assert!(login.address().starts_with(&vendor.authorization_url()));
    let page = login.visited().is(200);
    // Without a network, and without a script.
    assert!(!page.body.contains("<script") && !page.body.contains("://"), "{page:?}");
    logged_in(login.ends(), &vendor);
    assert_eq!((vendor.requests_at("/authorize"), vendor.requests_at("/token")), (1, 1));
    assert_eq!(state(&world), "valid");
    lives(&world, &vendor);
    assert_eq!(vendor.live_logins(), 1);
}

#[test]
fn from_click_to_refresh_on_the_file_store() {
    from_click_to_refresh(On::File);
}

#[test]
fn from_click_to_refresh_on_the_keyring() {
    from_click_to_refresh(On::Keyring);
}

#[test]
fn a_client_with_a_secret_shows_it_as_it_was_registered() {
    for method in ["client_secret_basic", "client_secret_post"] {
        let vendor = server_with(Options { oauth2_auth: method, ..Options::default() });
        let mut world = world(On::File, &vendor);
        world.add(&format!("client_auth = \"{method}\""));
        let mut login = Waiting::of(&world, &CODE);
        login.visited().is(200);
        logged_in(login.ends(), &vendor);
        lives(&world, &vendor);
    }
}

#[test]
fn the_browser_gets_one_address_as_one_argument() {
    let vendor = server();
    let mut world = world(On::File, &vendor);
    let browser = Browser::of(&mut world);
    // What a shell would make two of.
    world.add("scope = \"read; touch pwned $(touch pwned) `touch pwned` & 'touch' \\\"pwned\"");
    let mut login = Waiting::of(&world, &["--grant", "authorization_code"]);
    assert_eq!(browser.address(), login.address());
    browser.follows().is(200);
    logged_in(login.ends(), &vendor);
    assert!(!world.path().join("pwned").exists());
}

#[test]
fn a_browser_that_cannot_be_opened_is_a_warning() {
    let vendor = server();
    let mut world = world(On::File, &vendor);
    world.set("BROWSER", "/nonexistent/browser");
    let mut login = Waiting::of(&world, &["--grant", "authorization_code"]);
    login.visited().is(200);
    logged_in(login.ends(), &vendor);
}

#[test]
fn whoever_says_no_is_believed_and_nothing_is_asked_of_the_server() {
    for (consent, code) in [
        (Consent::Denied, 4),
        (Consent::Fails("server_error"), 5),
        (Consent::Fails("temporarily_unavailable"), 5),
        (Consent::Fails("invalid_scope"), 3),
        (Consent::Fails("unauthorized_client"), 3),
    ] {
        let vendor = server();
        let world = world(On::File, &vendor);
        vendor.visitors(&[consent]);
        let mut login = Waiting::of(&world, &CODE);
        login.visited();
        let error = login.ends().exits(code).error();
        assert_eq!(error["profile"], "oauth2", "{consent:?}");
        assert_eq!((vendor.requests_at("/token"), state(&world)), (0, "none".to_owned()), "{consent:?}");
    }
}

#[test]
fn a_redirect_that_is_not_ours_is_turned_away_and_the_next_one_counts() {
    for consent in [Consent::WrongState, Consent::NoState, Consent::NoCode] {
        let vendor = server();
        let world = world(On::File, &vendor);
        vendor.visitors(&[consent]);
        let mut login = Waiting::of(&world, &CODE);
        login.visited().is(400);
        assert!(login.still_waits() && vendor.requests_at("/token") == 0, "{consent:?}");
        login.visited().is(200);
        logged_in(login.ends(), &vendor);
        assert_eq!(vendor.codes_spent(), 1, "{consent:?}");
    }
}

#[test]
fn another_user_who_knocks_gets_nothing_and_ends_nothing() {
    let vendor = server();
    let world = world(On::File, &vendor);
    let mut login = Waiting::of(&world, &CODE);
    let back = login.redirect();
    let right = sent_to(&login.address());
    let at = |path: &str| back.join(path).expect("an address").to_string();
    get(&at("/favicon.ico")).is(404);
    get(&at("/elsewhere?code=x&state=y")).is(400);
    get(&at("/?code=x&state=y")).is(400);
    get(&at("/?code=x")).is(400);
    request("POST", &right, &[], "").expect("an answer").is(400);
    // A page of another origin whose name leads here (DNS rebinding): the last Host header is one too many, too.
    request("GET", &right, &[("Host", "thief.example")], "").expect("an answer").is(400);
    // Silent ones do not keep the browser out.
    let silent: Vec<_> = (0..20)
        .map(|_| {
            std::net::TcpStream::connect(("127.0.0.1", back.port().expect("a port"))).expect("it listens")
        })
        .collect();
    assert!(login.still_waits() && vendor.requests_at("/token") == 0);
    get(&right).is(200);
    logged_in(login.ends(), &vendor);
    drop(silent);
    lives(&world, &vendor);
}

#[test]
fn a_second_tab_changes_nothing() {
    let vendor = server();
    let world = world(On::File, &vendor);
    let latch = vendor.hold(1);
    let mut login = Waiting::of(&world, &CODE);
    let address = login.address();
    let first = sent_to(&address);
    let tab = std::thread::spawn(move || get(&first));
    crate::sequence::wait_for(|| vendor.requests_at("/token") == 1);
    // It comes with a code of its own.
    let second = sent_to(&address);
    let second = request("GET", &second, &[], "");
    assert!(second.as_ref().is_ok_and(|page| [400, 409].contains(&page.status)), "{second:?}");
    latch.open();
    tab.join().expect("no panic").is(200);
    logged_in(login.ends(), &vendor);
    assert_eq!((vendor.codes_spent(), vendor.requests_at("/token")), (1, 1));
    // And afterwards nobody is there.
    let third = sent_to(&address);
    assert!(request("GET", &third, &[], "").is_err());
    lives(&world, &vendor);
}

#[test]
fn a_fixed_port_that_is_taken_is_said_before_anybody_is_sent_anywhere() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = taken.local_addr().expect("one").port();
    let vendor = server();
    let mut world = world(On::File, &vendor);
    let browser = Browser::of(&mut world);
    let words = ["login", "--json", "--grant", "authorization_code", "--redirect-port", &port.to_string()];
    let error = world.run(&words).exits(5).error();
    assert_eq!(error["code"], "busy");
    assert!(!browser.was_opened());
    world.add(&format!("redirect_uri = \"http://127.0.0.1:{port}/callback\""));
    let error = world.run(&["login", "--json", "--grant", "authorization_code"]).exits(5).error();
    assert!(error["code"] == "busy" && error["message"].as_str().expect("text").contains(&port.to_string()));
    drop(taken);
    let mut login = Waiting::of(&world, &CODE);
    assert_eq!(login.redirect().as_str(), format!("http://127.0.0.1:{port}/callback"));
    login.visited().is(200);
    logged_in(login.ends(), &vendor);
}

#[test]
fn whoever_never_comes_back_is_not_waited_for_beyond_the_deadline() {
    let vendor = server();
    let world = world(On::File, &vendor);
    vendor.visitors(&[Consent::NeverReturns]);
    let mut login = Waiting::of(&world, &[&CODE[..], &["--deadline", "2s"]].concat());
    login.visited().is(200);
    let ended = login.ends().exits(4).keeps_to(2.0);
    assert_eq!(ended.error()["code"], "login_required");
    assert_eq!((vendor.requests_at("/token"), state(&world)), (0, "none".to_owned()));
}

#[test]
fn a_signal_ends_the_waiting_and_leaves_nothing() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let vendor = server();
        let world = world(On::File, &vendor);
        let mut login = Waiting::of(&world, &CODE);
        visit_without_coming_back(&mut login);
        login.dies_of(signal);
        assert_eq!((vendor.requests_at("/token"), state(&world)), (0, "none".to_owned()), "{signal}");
        world.assert_nothing_in_the_clear();
    }
}

/// A code is there, and nobody has it.
fn visit_without_coming_back(login: &mut Waiting) {
    sent_to(&login.address());
}

#[test]
fn a_code_that_the_server_no_longer_knows_is_a_login_that_has_to_be_repeated() {
    let vendor = server();
    let world = world(On::File, &vendor);
    let mut login = Waiting::of(&world, &CODE);
    let right = sent_to(&login.address());
    vendor.expire_codes();
    get(&right);
    assert_eq!(login.ends().exits(4).error()["code"], "login_required");
    assert_eq!(state(&world), "none");
    let mut login = Waiting::of(&world, &CODE);
    login.visited().is(200);
    logged_in(login.ends(), &vendor);
}

#[test]
fn the_page_says_what_became_of_it() {
    let vendor = server();
    let world = world(On::File, &vendor);
    vendor.visitors(&[Consent::Denied]);
    let mut login = Waiting::of(&world, &CODE);
    let denied = login.visited();
    login.ends().exits(4);
    vendor.misbehave(Fault::json(400, r#"{"error":"invalid_grant"}"#));
    let mut login = Waiting::of(&world, &CODE);
    let refused = login.visited();
    login.ends().exits(4);
    let mut login = Waiting::of(&world, &CODE);
    let granted = visit(&login.address());
    logged_in(login.ends(), &vendor);
    for (one, other) in [(&denied, &granted), (&refused, &granted)] {
        assert_ne!(one.body, other.body);
        assert!(!one.body.contains("canary") && !one.body.contains(&vendor.origin()), "{one:?}");
    }
}
