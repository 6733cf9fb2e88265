//! Servers and answers that are not what they should be, and what of them reaches a person.

use serde_json::json;

use super::browser::{get, sent_to};
use super::scene::{Waiting, lives, logged_in, server, state, with_a_password, world};
use crate::stand_in::{Act, Fault, Poll};
use crate::world::On;

const CODE: [&str; 3] = ["--grant", "authorization_code", "--no-browser"];

fn no_answer_costs_one_login_and_no_more(grant: &str) {
    for (what, fault, code) in [
        ("nothing", Fault::spend_then(Fault::DropAfterRead), "no_answer"),
        ("a reset", Fault::spend_then(Fault::ResetAfterRead), "no_answer"),
        ("half a head", Fault::CutMidHeader, "no_answer"),
        ("half a body", Fault::Truncate { at: 30 }, "no_answer"),
        ("an error", Fault::spend_then(Fault::json(500, "")), "no_answer"),
        (
            "a page",
            Fault::spend_then(Fault::Answer { status: 200, headers: vec![], body: b"<html>".to_vec() }),
            "no_answer",
        ),
        ("no token", Fault::spend_then(Fault::json(200, "{}")), "unreadable_answer"),
    ] {
        {
            let vendor = server();
            let mut world = world(On::File, &vendor);
            with_a_password(&mut world, &vendor);
            vendor.polls(&[Poll::Approved, Poll::Approved]);
            vendor.misbehave_at("/token", copy(&fault));
            let words: &[&str] = if grant == "authorization_code" { &["--no-browser"] } else { &[] };
            let login = |more: &[&str]| {
                let mut login = Waiting::of(&world, &[&["--grant", grant], words, more].concat());
                if grant == "authorization_code" {
                    login.visited();
                }
                login.ends()
            };
            let ended = login(&[]);
            if grant == "device_code" && code == "no_answer" {
                // Asked again, slower (RFC 8628 section 3.5): the vendor says that the code is spent.
                assert_eq!(ended.exits(4).error()["code"], "login_required", "{what}");
                vendor.expect_departures();
            } else {
                let error = ended.exits(8).error();
                assert_eq!(error["code"], code, "{grant}, {what}: {error}");
                assert_eq!(vendor.requests_at("/token"), 1, "{grant}, {what}: not asked again by itself");
            }
            let sent = vendor.requests_at("/token");
            world.run(&["token"]).says_nothing_on_stdout();
            assert_eq!(vendor.requests_at("/token"), sent, "{grant}, {what}");
            vendor.polls(&[Poll::Approved]);
            // An answer that lies unread is given up only if somebody says so.
            logged_in(login(&["--replace"]), &vendor);
            lives(&world, &vendor);
        }
    }
}

#[test]
fn no_answer_to_a_code_costs_one_login() {
    no_answer_costs_one_login_and_no_more("authorization_code");
}

#[test]
fn no_answer_to_a_poll_costs_one_login() {
    no_answer_costs_one_login_and_no_more("device_code");
}

#[test]
fn no_answer_to_a_password_costs_one_login() {
    no_answer_costs_one_login_and_no_more("password");
}

/// Faults are not made to be copied; these few are.
fn copy(fault: &Fault) -> Fault {
    match fault {
        Fault::SpendThen(inner) => Fault::spend_then(copy(inner)),
        Fault::Answer { status, headers, body } => {
            Fault::Answer { status: *status, headers: headers.clone(), body: body.clone() }
        }
        Fault::Truncate { at } => Fault::Truncate { at: *at },
        Fault::CutMidHeader => Fault::CutMidHeader,
        Fault::ResetAfterRead => Fault::ResetAfterRead,
        _ => Fault::DropAfterRead,
    }
}

#[test]
fn a_token_that_came_whole_in_a_broken_answer_is_not_lost() {
    let vendor = server();
    let world = world(On::File, &vendor);
    vendor.misbehave_at(
        "/token",
        Fault::retell(|body| {
            let text = body.to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                text.len() + 9
            );
            vec![Act::Send(head.into_bytes()), Act::Send(text.into_bytes()), Act::Drop]
        }),
    );
    let mut login = Waiting::of(&world, &CODE);
    login.visited();
    let ended = login.ends();
    // Read with a warning, or kept sealed; but it is the vendor's only copy.
    assert!(matches!(ended.code, Some(0 | 8)), "{ended:#?}");
    let next = world.run(&["refresh"]);
    assert!(next.code == Some(0) && vendor.accepts(next.stdout.trim()), "{next:#?}");
}

#[test]
fn a_device_that_is_told_nonsense_sends_nobody_anywhere() {
    for answer in [
        json!({ "device_code": "dc", "user_code": "A-B", "verification_uri": "javascript:alert(1)" }),
        json!({ "device_code": "dc", "user_code": "A-B", "verification_uri": "file:///etc/passwd" }),
        json!({ "device_code": "dc", "verification_uri": "https://a.example/" }),
        json!({ "user_code": "A-B", "verification_uri": "https://a.example/" }),
    ] {
        let vendor = server();
        let world = world(On::File, &vendor);
        vendor.misbehave_at("/device_authorization", Fault::json(200, &answer.to_string()));
        let login = Waiting::of(&world, &["--device"]);
        assert!(login.event["url"].is_null(), "{answer}");
        let ended = login.ends();
        assert!(matches!(ended.code, Some(3 | 8)), "{answer}: {ended:#?}");
        assert_eq!((vendor.requests_at("/token"), state(&world)), (0, "none".to_owned()));
    }
}

#[test]
fn a_user_code_commands_no_terminal() {
    for json in [false, true] {
        let vendor = server();
        let world = world(On::File, &vendor);
        vendor.misbehave_at(
            "/device_authorization",
            Fault::edit(|mut answer| {
                answer["user_code"] = json!("A\u{1b}[2J\u{7}B\u{202e}C");
                answer
            }),
        );
        let words = ["login", "--device", "--deadline", "3s", "--json"];
        let ended = world.run(&words[..words.len() - usize::from(!json)]);
        let shown = ended.stdout.clone() + &ended.stderr;
        // What a program reads as data may hold letters of all kinds.
        let fine = |c: char| c == '\n' || !c.is_control() && (json || c.is_ascii());
        assert!(shown.chars().all(fine), "{ended:#?}");
        // But it is shown, as far as it can be.
        let harmless = "A\\u{1b}[2J\\u{7}B\\u{202e}C";
        if json {
            assert_eq!(ended.object()["user_code"], harmless, "{ended:#?}");
        } else {
            assert!(ended.stderr.contains(&format!("\n    {harmless}\n")), "{ended:#?}");
        }
    }
}

#[test]
fn what_a_person_is_shown_never_holds_a_secret() {
    let vendor = server();
    let world = world(On::File, &vendor);
    let mut login = Waiting::of(&world, &[&CODE[..], &["-v"]].concat());
    let back = sent_to(&login.address());
    let parsed = url::Url::parse(&back).expect("an address");
    let code = parsed.query_pairs().find(|(name, _)| name == "code").expect("one").1.into_owned();
    // Its words repeat the code, which nobody may read off a screen.
    let words = json!({ "error": "invalid_grant", "error_description": format!("{code} is not known") });
    vendor.misbehave_at("/token", Fault::json(400, &words.to_string()));
    let page = get(&back);
    assert!(!page.body.contains("canary"), "{page:?}");
    login.ends().exits(4);
    world.assert_nothing_in_the_clear();
}
