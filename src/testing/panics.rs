//! What a panic means, seen from outside the process in which it happens.

#![expect(clippy::disallowed_methods, reason = "it looks at a process of its own from outside")]

use std::io::Write as _;
use std::time::Duration;

use crate::base::error::Code;
use crate::base::process::{harden, panic_means};
use crate::base::sends::Sending;
use crate::base::signals::spawn_deaf;
use crate::terminal::output::panicked;

const CHILD: &str = "TOKCLI_TEST_PANIC";

/// Run by the test below, in a process of its own.
#[test]
fn panics_as_it_is_told() {
    let Ok(how) = std::env::var(CHILD) else { return };
    harden(panicked);
    match how.as_str() {
        "sent" => panic_means(Code::NoAnswer),
        "reading" => panic_means(Code::UnreadableAnswer),
        "beside" => {
            let (done, wait) = std::sync::mpsc::channel::<()>();
            spawn_deaf(move || {
                let _done = done;
                panic!("rt-canary");
            });
            let waited = wait.recv_timeout(Duration::from_millis(500));
            assert_eq!(waited, Err(std::sync::mpsc::RecvTimeoutError::Timeout));
            std::process::exit(0);
        }
        "others" => {
            let (begun, wait) = std::sync::mpsc::channel();
            std::thread::spawn(move || {
                let _sending = Sending::begin();
                begun.send(()).expect("it waits");
                std::thread::sleep(Duration::from_millis(300));
                std::io::stderr().write_all(b"stored\n").expect("written");
            });
            wait.recv().expect("it sends");
        }
        _ => {}
    }
    panic!("rt-canary");
}

#[test]
fn f72_a_panic_is_exit_1_or_8_shows_nothing_and_never_ends_a_run_from_beside() {
    for (how, exit, words) in [
        ("before", 1, "internal error at src/testing/panics.rs:"),
        ("sent", 8, "whether the refresh token was used is not known"),
        ("reading", 8, "the answer is kept sealed"),
        ("beside", 0, "internal error at src/testing/panics.rs:"),
        ("others", 1, "stored"),
    ] {
        let output = std::process::Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "testing::panics::panics_as_it_is_told", "--nocapture"])
            .env(CHILD, how)
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{how}: {said}");
        assert!(said.contains(words) && !said.contains("canary"), "{how}: {said}");
    }
}
