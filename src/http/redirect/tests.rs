#![expect(clippy::disallowed_methods, reason = "browsers, and programs that are in the way")]

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Instant;

use super::*;
use crate::base::error::Code;

const SOON: Duration = Duration::from_secs(20);

fn bound(written: &str) -> Loopback {
    Loopback::bind(written, true, None).expect(written)
}

fn connect(ip: &str, port: u16) -> std::io::Result<TcpStream> {
    TcpStream::connect_timeout(&SocketAddr::new(ip.parse::<IpAddr>().expect("it"), port), SOON)
}

/// All that a browser gets for `request`, sent as it is.
fn answer(port: u16, request: &str) -> String {
    let mut stream = connect("127.0.0.1", port).expect("it listens");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut all = String::new();
    stream.read_to_string(&mut all).expect("an answer");
    all
}

fn get(port: u16, target: &str) -> String {
    answer(
        port,
        &format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: keep-alive\r\n\r\n"),
    )
}

fn later<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> thread::JoinHandle<T> {
    thread::spawn(work)
}

/// Refuses what comes until one has the right state.
fn right_one(loopback: &Loopback) -> (Params, Reply) {
    let until = Instant::now() + SOON;
    while Instant::now() < until {
        let Some(arrival) = loopback.next(Duration::from_millis(50)).expect("it listens") else { continue };
        if arrival.params().iter().any(|(name, value)| name == "state" && value.as_str() == "right") {
            let params = arrival.params().clone();
            return (params, loopback.accept(arrival));
        }
    }
    panic!("none came");
}

#[test]
fn the_right_request_waits_for_what_came_of_it_and_then_nothing_listens() {
    let loopback = bound("http://127.0.0.1/cb");
    let port = loopback.port();
    assert_eq!(loopback.redirect_uri(), format!("http://127.0.0.1:{port}/cb"));
    let browser = later(move || get(port, "/cb?code=c%2F1&state=right"));
    let (params, reply) = right_one(&loopback);
    assert_eq!(params[0], ("code".to_owned(), "c/1".to_owned().into()));
    thread::sleep(Duration::from_millis(100));
    assert!(!browser.is_finished(), "it is told what happened, once that is known");
    reply.finish("Logged in", "as <anna> of \"x\"");
    let page = browser.join().expect("a page");
    assert!(page.starts_with("HTTP/1.1 200 ") && page.contains("as &lt;anna&gt; of"), "{page}");
    assert!(!page.contains("c/1") && !page.contains("c%2F1") && !page.contains("right"), "{page}");
    drop(loopback);
    assert!(connect("127.0.0.1", port).is_err(), "nothing listens");
}

#[test]
fn a_reply_that_nobody_words_points_to_the_terminal_whoever_is_dropped_first() {
    for early in [true, false] {
        let loopback = bound("http://127.0.0.1/");
        let port = loopback.port();
        let browser = later(move || get(port, "/?code=1&state=right"));
        let (_, reply) = right_one(&loopback);
        if early {
            drop(loopback);
            drop(reply);
        } else {
            drop(reply);
            drop(loopback);
        }
        assert!(browser.join().expect("a page").contains("See the terminal"));
        assert!(connect("127.0.0.1", port).is_err());
    }
}

#[test]
fn whatever_is_not_right_gets_a_page_and_waiting_goes_on() {
    let loopback = bound("http://127.0.0.1/cb");
    let port = loopback.port();
    let host = format!("Host: 127.0.0.1:{port}\r\n");
    let long = format!("GET /cb?code={} HTTP/1.1\r\n{host}\r\n", "x".repeat(40 << 10));
    let many = format!("GET /cb?state=right HTTP/1.1\r\n{host}{}\r\n", "X: y\r\n".repeat(500));
    let knocks = later(move || {
        for (request, status) in [
            (format!("GET /cb?code=1&state=wrong HTTP/1.1\r\n{host}\r\n"), "400"),
            (format!("GET /cb HTTP/1.1\r\n{host}\r\n"), "400"),
            (format!("GET / HTTP/1.1\r\n{host}\r\n"), "400"),
            (format!("GET /favicon.ico HTTP/1.1\r\n{host}\r\n"), "404"),
            (format!("HEAD /cb?code=1&state=right HTTP/1.1\r\n{host}\r\n"), "400"),
            (format!("POST /cb?code=1&state=right HTTP/1.1\r\n{host}Content-Length: 3\r\n\r\na=b"), "400"),
            (
                format!("OPTIONS /cb HTTP/1.1\r\n{host}Access-Control-Request-Private-Network: true\r\n\r\n"),
                "400",
            ),
            ("GET /cb?code=1&state=right HTTP/1.1\r\nHost: rebound.example\r\n\r\n".to_owned(), "400"),
            (format!("GET /cb?code=1&code=2&state=right HTTP/1.1\r\n{host}\r\n"), "400"),
            ("\u{16}\u{3}\u{1}\0\r\n\r\n".to_owned(), "400"),
            (long, "400"),
            (many, "400"),
        ] {
            let page = answer(port, &request);
            assert!(page.starts_with(&format!("HTTP/1.1 {status} ")), "{request:.60}: {page}");
            assert!(page.contains("</html>") && !page.contains("code="), "{page}");
        }
        get(port, "/cb?code=good&state=right")
    });
    let (params, reply) = right_one(&loopback);
    assert_eq!(params[0].1.as_str(), "good");
    reply.finish("Logged in", "");
    assert!(knocks.join().expect("all refused").contains("Logged in"));
}

#[test]
fn clients_that_say_nothing_hold_nobody_up() {
    let loopback = bound("http://127.0.0.1/");
    let port = loopback.port();
    // More than are let in at once, and some that say a little.
    let mut silent: Vec<TcpStream> = (0..150).map(|_| connect("127.0.0.1", port).expect("in")).collect();
    for stream in &mut silent[140..] {
        stream.write_all(b"GET /?code=1&st").expect("sent");
    }
    let browser = later(move || get(port, "/?code=1&state=right"));
    let began = Instant::now();
    let (_, reply) = right_one(&loopback);
    reply.finish("Logged in", "");
    assert!(browser.join().expect("a page").contains("Logged in"));
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}

#[test]
fn a_byte_now_and_then_is_no_request() {
    let loopback = bound("http://127.0.0.1/");
    let mut slow = connect("127.0.0.1", loopback.port()).expect("in");
    let (began, mut ended) = (Instant::now(), false);
    while began.elapsed() < SOON && !ended {
        thread::sleep(Duration::from_millis(300));
        ended = slow.write_all(b"G").is_err();
    }
    assert!(ended, "it is sent away");
}

#[test]
fn a_second_tab_is_told_that_the_login_is_taken_up() {
    let loopback = bound("http://127.0.0.1/");
    let port = loopback.port();
    // Two at once, and one later.
    let tabs: Vec<_> = (0..2).map(|_| later(move || get(port, "/?code=1&state=right"))).collect();
    let (_, reply) = right_one(&loopback);
    assert!(get(port, "/?code=2&state=right").starts_with("HTTP/1.1 409 "));
    // The other of the two is told before the login is over.
    let until = Instant::now() + SOON;
    while tabs.iter().filter(|tab| tab.is_finished()).count() < 1 && Instant::now() < until {
        thread::sleep(Duration::from_millis(20));
    }
    reply.finish("Logged in", "");
    let mut pages: Vec<String> = tabs.into_iter().map(|tab| tab.join().expect("a page")).collect();
    pages.sort();
    assert!(pages[0].contains("Logged in") && pages[1].contains("Already taken up"), "{pages:?}");
}

#[test]
fn a_login_that_came_another_way_turns_browsers_away() {
    let loopback = bound("http://127.0.0.1/");
    loopback.turn_away();
    assert!(get(loopback.port(), "/?code=1&state=right").contains("Already taken up"));
    assert!(loopback.next(Duration::ZERO).expect("it listens").is_none());
}

#[test]
fn a_browser_that_goes_away_ends_nothing() {
    let loopback = bound("http://127.0.0.1/");
    let port = loopback.port();
    let mut gone = connect("127.0.0.1", port).expect("in");
    let request = format!("GET /?code=1&state=right HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    gone.write_all(request.as_bytes()).expect("sent");
    let (_, reply) = right_one(&loopback);
    drop(gone);
    let began = Instant::now();
    reply.finish("Logged in", "");
    assert!(began.elapsed() < SOON);
}

#[test]
fn localhost_is_both_families_and_one_taken_makes_it_busy() {
    let six = TcpListener::bind("[::1]:0").is_ok();
    let loopback = bound("http://localhost/cb");
    let port = loopback.port();
    let request = format!("GET /cb?code=1&state=right HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    for family in ["127.0.0.1", "::1"].into_iter().filter(|family| six || *family != "::1") {
        let mut stream = connect(family, port).expect(family);
        stream.write_all(request.replace("right", "wrong").as_bytes()).expect("sent");
        drop(loopback.next(SOON).expect("it listens").expect("one came"));
        let mut page = String::new();
        stream.read_to_string(&mut page).expect("a page");
        assert!(page.starts_with("HTTP/1.1 400 "), "{page}");
    }
    drop(loopback);
    for taken in ["127.0.0.1:0", "[::1]:0"] {
        let Ok(other) = TcpListener::bind(taken) else { continue };
        let port = other.local_addr().expect("one").port();
        let written = format!("http://localhost:{port}/cb");
        let error = Loopback::bind(&written, true, None).err().expect(taken);
        assert_eq!(error.code, Code::Busy, "{error}");
        assert!(error.message().contains(&port.to_string()), "{error}");
        let exact = Loopback::bind(&written, false, None).err().expect(taken);
        assert_eq!(exact.code, Code::Busy, "{exact}");
        drop(other);
        bound(&written);
    }
}

#[test]
fn a_fixed_port_is_free_again_at_once_after_a_login() {
    let port = bound("http://127.0.0.1/").port();
    for _ in 0..3 {
        let _loopback = bound(&format!("http://127.0.0.1:{port}/"));
        assert!(Loopback::bind(&format!("http://127.0.0.1:{port}/"), true, None).is_err(), "one at a time");
        // We close first, so the connection lingers here.
        assert!(get(port, "/x").starts_with("HTTP/1.1 400 "));
    }
}

#[test]
fn only_what_asks_for_the_loopback_interface_is_listened_for() {
    for written in [
        "https://127.0.0.1/cb",
        "http://0.0.0.0/cb",
        "http://[::]/cb",
        "http://192.168.0.1/",
        "http://example.com/",
        "http://localhost.example.com/",
        "http://user@127.0.0.1/",
        "http://127.0.0.1/#x",
        "urn:ietf:wg:oauth:2.0:oob",
        "com.example:/cb",
        "",
    ] {
        let error = Loopback::bind(written, true, None).err().expect(written);
        assert_eq!(error.code, Code::Config, "{written}");
    }
    let loopback = bound("http://localhost/");
    let own = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let port = format!(":{:04X} ", loopback.port());
    for line in own.lines().filter(|line| line.contains(&port)) {
        assert!(line.contains("0100007F:"), "{line}");
    }
}

#[test]
fn the_address_stays_as_it_was_written_but_for_the_port() {
    for (written, port, becomes) in [
        ("http://127.0.0.1", 5, "http://127.0.0.1:5"),
        ("http://127.0.0.1/", 5, "http://127.0.0.1:5/"),
        ("http://localhost:8457/cb?x=%7e", 8457, "http://localhost:8457/cb?x=%7e"),
        ("http://LOCALHOST:8457?x=a:1", 9, "http://LOCALHOST:9?x=a:1"),
        ("http://[::1]/a:b", 5, "http://[::1]:5/a:b"),
        ("http://[::1]:7/a", 5, "http://[::1]:5/a"),
        ("http://localhost/", 80, "http://localhost/"),
        ("http://localhost:80/", 80, "http://localhost:80/"),
    ] {
        assert_eq!(with_port(written, port), becomes);
    }
}

#[test]
fn a_wish_for_a_port_counts_where_the_vendor_leaves_it_out() {
    let url = |written: &str| Url::parse(written).expect(written);
    let (fixed, free) = (url("http://127.0.0.1:5/"), url("http://127.0.0.1/"));
    assert_eq!(wanted_port(&free, true, None).expect("it"), 0);
    assert_eq!(wanted_port(&free, true, Some(7)).expect("it"), 7);
    assert_eq!(wanted_port(&fixed, true, None).expect("it"), 5);
    assert_eq!(wanted_port(&fixed, true, Some(7)).expect("it"), 7);
    assert_eq!(wanted_port(&fixed, false, Some(5)).expect("it"), 5);
    assert_eq!(wanted_port(&free, false, None).expect("it"), 80);
    let error = wanted_port(&fixed, false, Some(7)).expect_err("it is registered");
    assert_eq!(error.code, Code::Refused);
}
