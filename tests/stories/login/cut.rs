//! Answers to polls that break off: whoever decides elsewhere goes on deciding, and so does the polling.

use super::scene::{Waiting, lives, logged_in, server, state, world};
use crate::stand_in::{Act, Fault, Poll, Terms};
use crate::world::On;

const DEVICE: [&str; 1] = ["--device"];

type Breaking = fn() -> Fault;

/// Of an answer that says to wait, each of these is left.
fn breakings() -> Vec<(&'static str, Breaking)> {
    vec![
        ("reset before a byte", || Fault::ResetAfterRead),
        ("closed before a byte", || Fault::DropAfterRead),
        ("reset in the head", || Fault::Acts(vec![Act::Send(b"HTTP/1.1 400 Bad".to_vec()), Act::Reset])),
        ("reset in the body", || pending(Act::Reset)),
        ("closed in the body", || pending(Act::Drop)),
    ]
}

fn pending(end: Act) -> Fault {
    let head = b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 33\r\n\r\n";
    Fault::Acts(vec![Act::Send([&head[..], b"{\"error\":\"authorizat"].concat()), end])
}

#[test]
fn a_poll_whose_answer_breaks_off_is_followed_by_the_next() {
    // Each waits six seconds, so they wait side by side.
    std::thread::scope(|scope| {
        for (what, breaking) in breakings() {
            scope.spawn(move || {
                let vendor = server();
                let world = world(On::File, &vendor);
                vendor.device_terms(Terms { interval: Some(1), ..Terms::default() });
                vendor.misbehave_at("/token", breaking());
                vendor.polls(&[Poll::Approved]);
                let ended = logged_in(Waiting::of(&world, &DEVICE).ends(), &vendor);
                // Slower than before (RFC 8628 section 3.5).
                assert!(ended.seconds >= 7.0, "{what}: {}", ended.seconds);
                assert_eq!(vendor.requests_at("/token"), 2, "{what}");
                assert_eq!(vendor.requests_at("/device_authorization"), 1, "{what}");
                assert_eq!(vendor.live_logins(), 1, "{what}");
                lives(&world, &vendor);
            });
        }
    });
}

#[test]
fn tokens_that_came_whole_in_a_poll_that_broke_off_are_kept() {
    for end in [Act::Reset, Act::Drop] {
        let vendor = server();
        let world = world(On::File, &vendor);
        vendor.polls(&[Poll::Approved]);
        vendor.misbehave_at(
            "/token",
            Fault::retell(move |body| {
                let text = body.to_string();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                    text.len() + 9
                );
                // A reset may overtake what was sent.
                let pause = Act::Pause(std::time::Duration::from_millis(300));
                vec![Act::Send(head.into_bytes()), Act::Send(text.into_bytes()), pause, end.clone()]
            }),
        );
        let ended = Waiting::of(&world, &DEVICE).ends();
        assert!(matches!(ended.code, Some(0 | 8)), "{ended:#?}");
        assert_eq!(vendor.requests_at("/token"), 1, "the code is spent, and what it gave is here");
        let next = world.run(&["refresh"]).succeeds();
        assert!(vendor.accepts(next.stdout.trim()));
        assert_eq!((vendor.live_logins(), state(&world)), (1, "valid".to_owned()));
    }
}
