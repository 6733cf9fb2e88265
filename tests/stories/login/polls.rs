//! The end of polling: what is said where no answer decides, when the vendor is asked for the last time, and what stays.

use std::fs::File;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::browser::get;
use super::scene::{Waiting, lives, logged_in, profile, server, state, world};
use crate::sequence::wait_for;
use crate::stand_in::{Act, Fault, Poll, StandIn, Terms};
use crate::world::{On, World};

const DEVICE: [&str; 1] = ["--device"];

fn place(terms: Terms) -> (StandIn, World) {
    let vendor = server();
    let world = world(On::File, &vendor);
    vendor.device_terms(terms);
    (vendor, world)
}

fn living(expires_in: u32) -> Terms {
    Terms { expires_in, ..Terms::default() }
}

#[track_caller]
fn says(error: &Value, words: &[&str]) {
    let told = format!("{} {}", error["message"], error["hint"]);
    words.iter().for_each(|words| assert!(told.contains(words), "{words:?}: {error}"));
}

/// Bytes of a grant that broke off, or of whatever else has this status line.
fn cut(status: &str, body: &'static str) -> Fault {
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: 200\r\n\r\n");
    // A reset may overtake what was sent, so it ends without one.
    Fault::Acts(vec![Act::Send(head.into_bytes()), Act::Send(body.into()), Act::Drop])
}

type Losing = fn() -> Fault;

#[test]
fn a_grant_whose_answer_was_lost_is_not_called_refused_afterwards() {
    let losses: Vec<(&str, Losing)> = vec![
        ("closed", || Fault::DropAfterRead),
        ("an empty success", || Fault::json(200, "")),
        ("an error", || Fault::json(500, "")),
        ("half a head", || Fault::Acts(vec![Act::Send(b"HTTP/1.1 200 OK\r\nX-".to_vec()), Act::Drop])),
    ];
    let expired = || Fault::json(400, r#"{"error":"expired_token"}"#);
    std::thread::scope(|scope| {
        for (what, loss) in losses {
            for expires in [false, true] {
                scope.spawn(move || {
                    let (vendor, world) = place(living(600));
                    vendor.polls(&[Poll::Approved]);
                    vendor.misbehave_at("/token", Fault::spend_then(loss()));
                    if expires {
                        vendor.misbehave_at("/token", expired());
                    }
                    let error = Waiting::of(&world, &DEVICE).ends().exits(8).error();
                    assert_eq!(error["code"], "no_answer", "{what}: {error}");
                    let refusal = if expires { "expired_token" } else { "invalid_grant" };
                    says(&error, &["an earlier answer was lost", "may have been granted", refusal]);
                    let kept = what == "half a head";
                    says(&error, &[if kept { "tokcli recover" } else { "starts over" }]);
                    if !expires {
                        vendor.expect_departures();
                    }
                    vendor.polls(&[Poll::Approved]);
                    let words: &[&str] = if kept { &["--device", "--replace"] } else { &DEVICE };
                    logged_in(Waiting::of(&world, words).ends(), &vendor);
                    lives(&world, &vendor);
                });
            }
        }
    });
}

#[test]
fn an_answer_that_says_to_wait_ends_the_doubt() {
    let (vendor, world) = place(living(600));
    vendor.misbehave_at("/token", Fault::json(500, ""));
    vendor.polls(&[Poll::Pending, Poll::Denied]);
    let ended = Waiting::of(&world, &DEVICE).ends().exits(4);
    assert_eq!(ended.error()["code"], "login_required");
    // One second, at least six after what was lost, and one again.
    assert!(ended.seconds >= 8.0, "{}", ended.seconds);
}

#[test]
fn a_grant_that_broke_off_is_kept_and_its_code_is_not_presented_again() {
    let (vendor, world) = place(living(600));
    vendor.polls(&[Poll::Approved]);
    vendor.misbehave_at("/token", Fault::spend_then(cut("200 OK", "{\"access_tok")));
    let error = Waiting::of(&world, &DEVICE).ends().exits(8).error();
    says(&error, &["whether the login was granted is not known", "kept sealed", "tokcli recover"]);
    assert_eq!(vendor.requests_at("/token"), 1);
    vendor.polls(&[Poll::Approved]);
    Waiting::of(&world, &DEVICE).ends().exits(3);
    logged_in(Waiting::of(&world, &["--device", "--replace"]).ends(), &vendor);
    lives(&world, &vendor);
}

#[test]
fn however_many_logins_broke_off_replace_gives_them_up() {
    let (vendor, world) = place(living(600));
    for _ in 0..10 {
        vendor.misbehave_at("/token", cut("200 OK", "{\"access_tok"));
        Waiting::of(&world, &["--device", "--replace"]).ends().exits(8);
    }
    vendor.polls(&[Poll::Approved]);
    logged_in(Waiting::of(&world, &["--device", "--replace"]).ends(), &vendor);
    lives(&world, &vendor);
}

#[test]
fn of_heads_that_broke_off_the_last_is_kept_however_many_logins_they_ended() {
    let (vendor, world) = place(living(120));
    for _ in 0..10 {
        vendor.misbehave_at("/token", Fault::Acts(vec![Act::Send(b"HTTP/1.1 400 Bad".to_vec()), Act::Drop]));
        vendor.polls(&[Poll::Denied]);
        Waiting::of(&world, &["--device", "--replace", "--deadline", "3s"]).ends();
    }
    let kept = world.run(&["recover"]);
    assert_eq!((kept.stdout.clone() + &kept.stderr).matches("broken off").count(), 1, "{kept:#?}");
}

#[test]
fn the_vendor_is_asked_once_more_just_before_its_code_ends() {
    let (vendor, world) = place(Terms { interval: Some(4), expires_in: 7, complete: true });
    let mut login = Waiting::of(&world, &DEVICE);
    let page = login.address();
    std::thread::sleep(Duration::from_secs(5));
    get(&format!("{page}&answer=yes")).is(200);
    logged_in(login.ends(), &vendor);
    lives(&world, &vendor);
}

#[test]
fn the_last_poll_keeps_the_interval_that_slow_down_asked_for() {
    let (vendor, world) = place(living(5));
    vendor.polls(&[Poll::SlowDown]);
    let ended = Waiting::of(&world, &DEVICE).ends().exits(4).keeps_to(3.0);
    says(&ended.error(), &["nobody approved the login in time", "are left", "6 s"]);
    assert_eq!(vendor.requests_at("/token"), 1);
}

#[test]
fn a_poll_waits_as_long_as_the_vendor_asks() {
    let (vendor, world) = place(living(600));
    let headers =
        vec![("Retry-After".into(), "4".into()), ("Content-Type".into(), "application/json".into())];
    let body = br#"{"error":"authorization_pending"}"#.to_vec();
    vendor.misbehave_at("/token", Fault::Answer { status: 400, headers, body });
    vendor.polls(&[Poll::Approved]);
    let ended = logged_in(Waiting::of(&world, &DEVICE).ends(), &vendor);
    assert!(ended.seconds >= 5.0, "{}", ended.seconds);
}

/// A server that goes away after its device was told where to go: the profile polls where nobody listens.
#[test]
fn a_server_that_went_away_is_named() {
    let vendor = server();
    let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|one| one.local_addr()).expect("a port");
    let mut world = World::on(On::File);
    world.give_secrets(&vendor);
    world.add(&profile(&vendor, On::File).replace(&vendor.token_url(), &format!("http://{free}/token")));
    vendor.device_terms(living(4));
    let error = Waiting::of(&world, &DEVICE).ends().exits(5).error();
    assert_eq!(error["code"], "unreachable");
    says(&error, &["polling failed", "127.0.0.1"]);
    assert_eq!(state(&world), "none");
}

#[test]
fn what_every_poll_came_to_is_what_the_login_came_to() {
    for (status, exit, code) in [(502, 8, "no_answer"), (503, 5, "unavailable"), (429, 5, "rate_limited")] {
        let (vendor, world) = place(living(4));
        (0..5).for_each(|_| vendor.misbehave_at("/token", Fault::json(status, "")));
        let error = Waiting::of(&world, &DEVICE).ends().exits(exit).error();
        assert_eq!(error["code"], code, "{error}");
        says(&error, &[&status.to_string()]);
        assert_eq!(state(&world), "none");
    }
}

#[test]
fn an_interval_that_nobody_can_keep_sends_nobody_anywhere() {
    for (interval, deadline, words) in [
        (json!(1e9), "10m", "the vendor's code ends after 10 min"),
        (json!("1e300"), "10m", "the vendor's code ends after 10 min"),
        (json!(601), "10m", "the vendor's code ends after 10 min"),
        (json!(120), "60s", "the deadline is too short"),
    ] {
        let (vendor, world) = place(living(600));
        let asked = interval.clone();
        vendor.misbehave_at(
            "/device_authorization",
            Fault::edit(move |mut answer| {
                answer["interval"] = asked.clone();
                answer
            }),
        );
        let login = Waiting::of(&world, &["--device", "--deadline", deadline]);
        assert!(login.event["url"].is_null(), "{interval}");
        let ended = login.ends().exits(4).keeps_to(2.0);
        says(&ended.error(), &[words, "wants to be asked only every"]);
        assert_eq!((vendor.requests_at("/token"), state(&world)), (0, "none".to_owned()));
    }
}

#[test]
fn a_device_authorization_that_comes_to_nothing_has_granted_nothing() {
    let long = "x".repeat(60 << 10);
    for (what, fault, exit, code) in [
        ("an error", Fault::json(500, ""), 5, "unavailable"),
        ("nothing", Fault::DropAfterRead, 5, "unavailable"),
        ("a page", Fault::json(200, "<html>"), 5, "unavailable"),
        ("more than anybody reads", Fault::json(200, &format!("{{\"a\":\"{long}\"}}")), 5, "unavailable"),
        ("half", cut("200 OK", "{\"device_co"), 5, "unavailable"),
        ("no user code", edited("user_code", json!(null)), 3, "request_rejected"),
        ("an empty device code", edited("device_code", json!("")), 3, "request_rejected"),
    ] {
        let (vendor, world) = place(living(600));
        vendor.misbehave_at("/device_authorization", fault);
        let error = Waiting::of(&world, &DEVICE).ends().exits(exit).error();
        assert_eq!(error["code"], code, "{what}: {error}");
        says(&error, &["nothing was granted", "starts over"]);
        let told = error.to_string();
        assert!(!told.contains("sealed") && !told.contains("recover"), "{what}: {told}");
        assert_eq!((vendor.requests_at("/token"), state(&world)), (0, "none".to_owned()), "{what}");
        vendor.polls(&[Poll::Approved]);
        logged_in(Waiting::of(&world, &DEVICE).ends(), &vendor);
    }
}

fn edited(name: &'static str, value: Value) -> Fault {
    Fault::edit(move |mut answer| {
        answer[name] = value.clone();
        answer
    })
}

#[test]
fn a_code_that_comes_at_the_last_moment_waits_for_whoever_is_busy_for_a_moment() {
    let vendor = server();
    let world = world(On::File, &vendor);
    let words = ["--grant", "authorization_code", "--no-browser", "--deadline", "4s"];
    // A busy machine may miss the moment.
    let in_time = (1..=5).any(|attempt| {
        let mut login = Waiting::of(&world, &words);
        let address = login.address();
        let begun = Instant::now();
        let claim = held_claim(&world);
        std::thread::sleep(Duration::from_millis(3_700).saturating_sub(begun.elapsed()));
        let tab = std::thread::spawn(move || super::browser::visit(&address));
        wait_for(|| vendor.requests_at("/authorize") == attempt);
        std::thread::sleep(Duration::from_millis(600));
        drop(claim);
        let ended = login.ends();
        drop(tab.join());
        ended.code == Some(0)
    });
    assert!(in_time);
    lives(&world, &vendor);
}

#[test]
fn a_poll_waits_for_whoever_is_busy_until_its_code_ends() {
    let (_vendor, world) = place(living(3));
    let mut login = Waiting::of(&world, &DEVICE);
    login.address();
    let claim = held_claim(&world);
    let error = login.ends().exits(5).keeps_to(5.0).error();
    assert_eq!(error["code"], "busy", "{error}");
    drop(claim);
    assert_eq!(state(&world), "none");
}

/// As another run of the same credential has it.
fn held_claim(world: &World) -> File {
    let locks = world.state().join("locks");
    let one = std::fs::read_dir(locks)
        .expect("locks")
        .flatten()
        .find(|entry| !entry.path().ends_with("file-key.lock"));
    let file = File::open(one.expect("a lock").path()).expect("ours");
    file.lock().expect("free");
    file
}
