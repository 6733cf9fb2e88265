//! The device flow: somebody else approves, sooner or later, or not at all.

use nix::sys::signal::Signal;

use super::browser::get;
use super::scene::{Waiting, lives, logged_in, server, server_with, state, world};
use crate::stand_in::{Fault, Options, Poll, Terms};
use crate::world::On;

const DEVICE: [&str; 1] = ["--device"];

fn quick(complete: bool) -> Terms {
    Terms { interval: Some(1), expires_in: 600, complete }
}

fn approved_elsewhere(store: On) {
    let vendor = server();
    let world = world(store, &vendor);
    vendor.device_terms(quick(true));
    let mut login = Waiting::of(&world, &DEVICE);
    let page = login.address();
    let user_code = login.event["user_code"].as_str().expect("a code").to_owned();
    assert_eq!(vendor.user_codes(), std::slice::from_ref(&user_code));
    assert!(login.event["expires_at"].is_string(), "{}", login.event);
    let page = if page.contains("user_code=") { page } else { format!("{page}?user_code={user_code}") };
    get(&format!("{page}&answer=yes")).is(200);
    logged_in(login.ends(), &vendor);
    assert_eq!(vendor.requests_at("/device_authorization"), 1);
    lives(&world, &vendor);
    assert_eq!(vendor.live_logins(), 1);
}

#[test]
fn approved_elsewhere_on_the_file_store() {
    approved_elsewhere(On::File);
}

#[test]
fn approved_elsewhere_on_the_keyring() {
    approved_elsewhere(On::Keyring);
}

/// The first request has no parameter at all, and is still the form that RFC 8628 section 3.1 wants.
#[test]
fn a_client_that_authenticates_in_a_header_begins_with_an_empty_form() {
    let vendor = server_with(Options { oauth2_auth: "client_secret_basic", ..Options::default() });
    let world = world(On::File, &vendor);
    vendor.polls(&[Poll::Approved]);
    logged_in(Waiting::of(&world, &DEVICE).ends(), &vendor);
    let seen = vendor.requests();
    let first = seen.iter().find(|seen| seen.path == "/device_authorization").expect("it came");
    let length = first.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    assert_eq!((length.map(|(_, value)| value.as_str()), first.body.len()), (Some("0"), 0));
}

#[test]
fn the_pace_is_the_servers_and_slow_down_holds_for_good() {
    let vendor = server();
    let world = world(On::File, &vendor);
    vendor.device_terms(quick(false));
    vendor.polls(&[Poll::Pending, Poll::SlowDown, Poll::Pending, Poll::Approved]);
    let login = Waiting::of(&world, &DEVICE);
    let ended = logged_in(login.ends(), &vendor);
    // One second, then six of them twice. The stand-in writes down what comes too early, and its drop complains.
    assert!(ended.seconds >= 13.0, "{}", ended.seconds);
    assert_eq!(vendor.requests_at("/token"), 4);
}

#[test]
fn without_an_interval_five_seconds_pass() {
    let vendor = server();
    let world = world(On::File, &vendor);
    vendor.device_terms(Terms { interval: None, ..quick(true) });
    vendor.polls(&[Poll::Pending, Poll::Approved]);
    let ended = logged_in(Waiting::of(&world, &DEVICE).ends(), &vendor);
    assert!(ended.seconds >= 5.0, "{}", ended.seconds);
}

#[test]
fn denied_or_too_late_a_login_has_to_be_begun_again() {
    for polls in [&[Poll::Denied][..], &[Poll::Pending, Poll::Denied], &[Poll::Pending, Poll::Expired]] {
        let vendor = server();
        let world = world(On::File, &vendor);
        vendor.polls(polls);
        let error = Waiting::of(&world, &DEVICE).ends().exits(4).error();
        assert_eq!(error["code"], "login_required", "{polls:?}");
        assert_eq!((vendor.requests_at("/token"), state(&world)), (polls.len(), "none".to_owned()));
        vendor.polls(&[Poll::Approved]);
        logged_in(Waiting::of(&world, &DEVICE).ends(), &vendor);
    }
}

#[test]
fn a_code_that_runs_out_ends_the_waiting_by_itself() {
    let vendor = server();
    let world = world(On::File, &vendor);
    vendor.device_terms(Terms { expires_in: 3, ..quick(true) });
    let ended = Waiting::of(&world, &DEVICE).ends().exits(4).keeps_to(3.0);
    assert_eq!(ended.error()["code"], "login_required");
    assert_eq!(state(&world), "none");
}

#[test]
fn the_deadline_and_a_signal_end_the_waiting_too() {
    let vendor = server();
    let world = world(On::File, &vendor);
    let ended = Waiting::of(&world, &["--device", "--deadline", "2s"]).ends().exits(4).keeps_to(2.0);
    assert_eq!(ended.error()["code"], "login_required");
    let mut login = Waiting::of(&world, &DEVICE);
    login.address();
    login.dies_of(Signal::SIGINT);
    assert_eq!(state(&world), "none");
}

#[test]
fn what_a_server_says_in_passing_does_not_end_the_waiting() {
    let vendor = server();
    let world = world(On::File, &vendor);
    vendor.misbehave_at("/token", Fault::json(503, ""));
    vendor.polls(&[Poll::Approved]);
    Waiting::of(&world, &DEVICE).ends().succeeds();
    lives(&world, &vendor);
}
