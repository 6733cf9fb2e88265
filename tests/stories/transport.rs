//! The way to the vendor and back: a run that was stopped, heads that only curl reads, lengths that are wrong, little
//! memory, proxies that refuse, redirects, and requests without a body.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::matrix::stop;
use crate::secret_service::signal;
use crate::sequence::wait_for;
use crate::stand_in::{Act, Fault, Gate, Options, StandIn, Tls, Vendor};
use crate::world::{Ended, On, World};

/// How the real answer goes down the wire, in the steps after the gate.
type Telling = fn(&str) -> Vec<Act>;

/// What it is about, and how; the profile's lines and the run's arguments.
type Row = (&'static str, Tls, Telling, Then, &'static str, &'static [&'static str]);

fn send(text: &str) -> Act {
    Act::Send(text.as_bytes().to_vec())
}

fn head(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len())
}

fn at_once(body: &str) -> Vec<Act> {
    vec![send(&(head(body) + body))]
}

fn in_pieces(body: &str) -> Vec<Act> {
    let blink = || Act::Pause(Duration::from_millis(30));
    let pieces = body.as_bytes().chunks(40).flat_map(|piece| [Act::Send(piece.to_vec()), blink()]);
    [send(&head(body)), blink()].into_iter().chain(pieces).collect()
}

fn in_chunks(body: &str) -> Vec<Act> {
    let chunk = |piece: &[u8]| format!("{:x}\r\n{}\r\n", piece.len(), String::from_utf8_lossy(piece));
    let chunks: String = body.as_bytes().chunks(1).map(chunk).collect();
    vec![send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), send(&chunks), send("0\r\n\r\n")]
}

fn until_the_end(body: &str) -> Vec<Act> {
    vec![send(&format!("HTTP/1.1 200 OK\r\n\r\n{body}"))]
}

fn half(body: &str) -> Vec<Act> {
    vec![send(&(head(body) + &body[..20]))]
}

fn half_a_head(body: &str) -> Vec<Act> {
    vec![send(&head(body)[..30])]
}

/// What follows the answer.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    Ends,
    Waits,
    Resets,
    Drops,
}

/// A vendor that answers this way once a gate is open, and a run that has sent its request and is stopped.
fn stopped(
    tls: Tls,
    telling: Telling,
    then: Then,
    lines: &str,
    arguments: &[&str],
    asleep: Duration,
) -> (StandIn, World, Ended) {
    let vendor = StandIn::start_with(Vendor::Fbox, Options { tls, ..Options::default() });
    let mut world = World::with(On::File, &vendor);
    world.add(lines);
    let ((gate, latch), (end, _shut)) = (Gate::shut(), Gate::shut());
    vendor.misbehave(Fault::retell(move |real| {
        let last = match then {
            Then::Ends => Act::Pause(Duration::ZERO),
            Then::Waits => Act::Wait(end.clone()),
            Then::Resets => Act::Reset,
            Then::Drops => Act::Drop,
        };
        let blink = Act::Pause(Duration::from_millis(200));
        [vec![Act::Wait(gate.clone())], telling(&real.to_string()), vec![blink, last]].concat()
    }));
    let begun = Instant::now();
    let child = world.spawn(arguments);
    wait_for(|| vendor.requests().len() == 1);
    stop(&child);
    latch.open();
    thread::sleep(asleep);
    signal(child.id(), "CONT");
    let output = child.wait_with_output().expect("it ends");
    (vendor, world, Ended::of(&arguments.join(" "), output, begun))
}

#[test]
fn f16_what_the_socket_holds_is_read_before_the_time_out_is_believed() {
    let short = "timeout = \"1s\"";
    let (plain, cut) = (&["refresh"][..], &["refresh", "--abandon", "--deadline", "1s"][..]);
    let rows: [Row; 11] = [
        ("whole", Tls::None, at_once, Then::Ends, short, plain),
        ("whole, and open", Tls::None, at_once, Then::Waits, short, plain),
        ("in pieces", Tls::None, in_pieces, Then::Waits, short, plain),
        ("a chunk a byte", Tls::None, in_chunks, Then::Waits, short, plain),
        ("without a length", Tls::None, until_the_end, Then::Ends, short, plain),
        ("reset meanwhile", Tls::None, at_once, Then::Resets, short, plain),
        ("TLS", Tls::SelfSigned, at_once, Then::Waits, short, plain),
        ("TLS, in pieces", Tls::SelfSigned, in_pieces, Then::Ends, short, plain),
        ("TLS, dropped meanwhile", Tls::SelfSigned, at_once, Then::Drops, short, plain),
        ("abandoned", Tls::None, at_once, Then::Waits, "", cut),
        ("TLS, abandoned", Tls::SelfSigned, in_pieces, Then::Ends, "", cut),
    ];
    thread::scope(|scope| {
        for (what, tls, telling, then, lines, arguments) in rows {
            scope.spawn(move || {
                let (vendor, _, ended) =
                    stopped(tls, telling, then, lines, arguments, Duration::from_millis(3_500));
                assert_eq!(ended.code, Some(0), "{what}: {ended:?}");
                assert_eq!(ended.stdout.trim(), vendor.current().access_token, "{what}");
            });
        }
    });
}

#[test]
fn f16_half_an_answer_is_none_however_long_the_run_was_stopped() {
    let rows: [(&str, Telling, &str); 2] =
        [("half a body", half, "broke off"), ("half a head", half_a_head, "broke off")];
    thread::scope(|scope| {
        for (what, telling, says) in rows {
            scope.spawn(move || {
                let asleep = Duration::from_millis(3_500);
                let (_, world, ended) =
                    stopped(Tls::None, telling, Then::Waits, "timeout = \"1s\"", &["refresh"], asleep);
                assert_eq!(ended.code, Some(8), "{what}: {ended:?}");
                let ended = ended.says(says);
                // What it slept, and the time-out twice at most.
                assert!(ended.keeps_to(6.0).seconds > 3.4, "{what}");
                world.run(&["status", "--json"]).succeeds();
            });
        }
    });
}

/// A machine so busy that the wait ends long after both the time-out and the answer.
#[test]
fn f16_a_late_timer_does_not_hide_an_answer() {
    for call in ["epoll_wait", "epoll_pwait"] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::with(On::File, &vendor);
        world.add("timeout = \"1s\"");
        for number in 1..6 {
            vendor.misbehave(Fault::Delay(Duration::from_millis(300)));
            let inject = format!("{call}:delay_exit=2500000:when={number}");
            let output = world.run_injected(&inject, &["refresh"]);
            assert!(output.status.success(), "{inject}: {output:?}");
        }
    }
}

/// Stopped before the request left: its answer gets its time.
#[test]
fn f15_a_request_that_leaves_late_is_waited_for() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    world.add("timeout = \"2s\"");
    vendor.misbehave(Fault::Delay(Duration::from_millis(500)));
    let output = world.run_injected("writev,sendto,write:delay_enter=3000000:when=1", &["refresh"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(vendor.requests().len(), 1);
}

/// Answers the profile's requests with these lines before the body, and gives what came of it.
fn told(status_and_headers: &str) -> (StandIn, World, Ended) {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let lines = status_and_headers.to_owned();
    vendor.misbehave(Fault::retell(move |real| {
        let body = real.to_string();
        let lines = lines.replace("@L", &body.len().to_string());
        vec![
            Act::Send(lines.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect()),
            send(&body),
        ]
    }));
    let ended = world.run(&["refresh"]);
    (vendor, world, ended)
}

#[test]
fn b35_heads_are_read_as_curl_reads_them() {
    let many = |count: usize| (0..count).map(|n| format!("X-{n}: y\r\n")).collect::<String>();
    for lines in [
        "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\tc\r\nContent-Length: @L\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX : a\r\nContent-Length : @L\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: @L\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: no name\r\nContent-Length: @L\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX(y): z\r\nContent-Length: @L\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: \u{fc}\u{1}\r\nContent-Length: @L\r\n\r\n",
        "HTTP/1.1 200 OK\nX: a\nContent-Length: @L\n\n",
        "HTTP/1.1 200\r\nContent-Length: @L\r\n\r\n",
        "HTTP/1.1 200 \r\nContent-Length: @L\r\n\r\n",
        "HTTP/1.1 200 \u{e4}\u{f6}\r\nContent-Length: @L\r\n\r\n",
        "\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: @L\r\n\r\n",
        &format!("HTTP/1.1 200 OK\r\n{}Content-Length: @L\r\n\r\n", many(101)),
        &format!("HTTP/1.1 200 OK\r\n{}Content-Length: @L\r\n\r\n", many(999)),
    ] {
        let (vendor, _, ended) = told(lines);
        assert_eq!(ended.code, Some(0), "{lines:?}: {}", ended.stderr);
        ended.exits(0).keeps_stderr_empty().prints(&format!("{}\n", vendor.current().access_token));
    }
}

/// The next run has the new refresh token, whatever the first made of the answer.
#[track_caller]
fn nothing_is_lost(what: &str, (vendor, world, ended): (StandIn, World, Ended)) {
    assert!(matches!(ended.code, Some(0 | 8)), "{what}: {ended:?}");
    let rotated = vendor.current().refresh_token;
    world.run(&["refresh"]).succeeds();
    let presented = vendor.requests().last().expect("one").presented.clone();
    assert_eq!(presented, Some(rotated), "{what}: the new token is presented");
}

#[test]
fn b31_what_the_parser_refuses_is_kept_as_it_came() {
    let many: String = (0..1_200).map(|n| format!("X-{n}: y\r\n")).collect();
    for lines in [
        "HTTP/1.1 200 OK\r\nContent-Length: @L\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: identity\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\u{0}b\r\nContent-Length: @L\r\n\r\n",
        "HTTP/1.1 200 \u{1b}[2J\r\nContent-Length: @L\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: @L, 5\r\n\r\n",
        &format!("HTTP/1.1 200 OK\r\n{many}Content-Length: @L\r\n\r\n"),
    ] {
        nothing_is_lost(lines, told(lines));
    }
}

#[test]
fn b19_no_byte_of_an_answer_in_a_wrong_frame_is_dropped() {
    for lines in [
        "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/2.0 200 OK\r\nContent-Length: 20\r\n\r\n",
    ] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(On::File, &vendor);
        let head = lines.to_owned();
        // In one write, so that what is too much is there when the frame ends.
        vendor.misbehave(Fault::retell(move |real| vec![send(&format!("{head}{real}"))]));
        let ended = world.run(&["refresh"]);
        nothing_is_lost(lines, (vendor, world, ended));
    }
    for cut in [0, 1, 7] {
        let options = Options { tls: Tls::SelfSigned, ..Options::default() };
        let vendor = StandIn::start_with(Vendor::Fbox, options);
        let world = World::with(On::File, &vendor);
        vendor.misbehave(Fault::retell(move |real| {
            let body = real.to_string();
            let last = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
            let chunks = &last[..last.len() - cut];
            vec![send(&format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}")), Act::Drop]
        }));
        let ended = world.run(&["refresh"]);
        nothing_is_lost(&format!("{cut} bytes missing, no close_notify"), (vendor, world, ended));
    }
}

/// The rest comes when the frame has ended, on a connection that stays open.
#[test]
fn b19_a_length_that_is_too_small_does_not_lose_what_comes_a_moment_later() {
    for (length, cut) in [(0, 0), (20, 20), (20, 33), (0, 20)] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(On::File, &vendor);
        let (gate, _open) = Gate::shut();
        vendor.misbehave(Fault::retell(move |real| {
            let body = real.to_string();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{}", &body[..cut]);
            let blink = Act::Pause(Duration::from_millis(50));
            vec![send(&head), blink, send(&body[cut..]), Act::Wait(gate.clone())]
        }));
        let ended = world.run(&["refresh"]).exits(0).says("did not end as HTTP announced");
        nothing_is_lost(&format!("{length}, cut at {cut}"), (vendor, world, ended));
    }
}

/// On a connection that stays open: nobody waits behind what is whole, and not long behind what is empty.
#[test]
fn b19_an_answer_that_is_whole_is_not_waited_behind() {
    let rest = format!("Content-Length: {}\r\n\r\n{{\"error\":\"server_error\"}}", 24);
    for (answer, exit) in [
        ("HTTP/1.1 204 No Content\r\n\r\n".to_owned(), 8),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_owned(), 8),
        ("HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n".to_owned(), 5),
        (format!("HTTP/1.1 200 OK\r\n{rest}"), 5),
    ] {
        let seconds = || {
            let vendor = StandIn::start(Vendor::Fbox);
            let world = World::with(On::File, &vendor);
            let (gate, _open) = Gate::shut();
            vendor.misbehave(Fault::Acts(vec![send(&answer), Act::Wait(gate)]));
            world.run(&["refresh", "--deadline", "0"]).exits(exit).seconds
        };
        // The machine may be busy, but hardly thrice.
        let fastest = (0..3).map(|_| seconds()).fold(f64::INFINITY, f64::min);
        assert!(fastest < 2.0, "{answer}: {fastest} s");
    }
}

/// No HTTP, but the vendor's answer, which may hold the only copy of the new token.
#[test]
fn b31_what_has_no_status_is_kept_for_a_person() {
    for begin in ["", "HTTP/1.1 20 OK\r\n\r\n"] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(On::File, &vendor);
        vendor.misbehave(Fault::retell(move |real| vec![send(&format!("{begin}{real}"))]));
        world.run(&["refresh"]).exits(8).says("the answer is not HTTP");
        let state = world.run(&["status", "--json"]).succeeds().object();
        let unread = state["profiles"][0]["unread"].to_string();
        assert!(unread.contains("/refresh_token: string"), "{begin}: {state}");
    }
}

/// Under each limit on memory, from where nothing is sent to where there is plenty: whatever is sent, is kept.
#[test]
fn b58_memory_for_the_answer_is_there_before_the_request_is_sent() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let sends = |kilobytes: usize| {
        vendor.behave();
        vendor.misbehave(Fault::edit(|mut answer| {
            for name in ["access_token", "refresh_token"] {
                let token = format!("{}{}", answer[name].as_str().expect("text"), "a".repeat(20_000));
                answer[if name == "access_token" { name } else { "other" }] = token.into();
            }
            answer
        }));
        let before = vendor.requests().len();
        // With too little the program does not even start, and says so in its runtime's words.
        let script = format!("ulimit -c 0; ulimit -v {kilobytes}; exec \"$0\" refresh");
        let ended =
            world.command_of("bash", &["-c", &script, env!("CARGO_BIN_EXE_tokcli")]).output().expect("bash");
        let sent = vendor.requests().len() - before;
        assert!(sent == 0 || ended.status.success(), "{kilobytes} KiB: {ended:?}");
        sent == 1
    };
    let (mut too_little, mut enough) = (1_000, 1 << 20);
    assert!(!sends(too_little) && sends(enough));
    while enough - too_little > 32 {
        let middle = usize::midpoint(too_little, enough);
        *(if sends(middle) { &mut enough } else { &mut too_little }) = middle;
    }
    let sent = (0..120).filter(|step| sends(enough + step * 24)).count();
    assert!(sent > 100, "{sent} of 120: beyond the edge there is enough");
}

/// A server that reads a head and answers so, and what it was asked.
fn answering(answer: &'static [u8]) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("address").to_string();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let book = Arc::clone(&asked);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            book.lock().expect("no panic").push(first(&mut stream));
            let _ = stream.write_all(answer);
        }
    });
    (address, asked)
}

fn first(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; 8_192];
    let read = stream.read(&mut bytes).unwrap_or(0);
    String::from_utf8_lossy(&bytes[..read]).into_owned()
}

fn behind(proxy: &str, vendor: &StandIn) -> World {
    let mut world = World::on(On::File);
    world.profile(vendor);
    world.change(&vendor.origin(), "https://vendor.invalid");
    world.add(proxy);
    world.import(vendor);
    world
}

#[test]
fn b60_a_proxy_that_refuses_is_named_with_what_it_answered() {
    let vendor = StandIn::start_tls(Vendor::Fbox);
    vendor.expect_unused();
    let page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>canary portal</html>";
    let rows: [(&[u8], i32, &str); 9] = [
        (
            b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n",
            3,
            "wants a login (status 407)",
        ),
        (b"HTTP/1.1 302 Found\r\nLocation: http://portal.example/?canary\r\n\r\n", 5, "status 302"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n<html>canary</html>", 5, "status 403"),
        (b"HTTP/1.1 502 Bad Gateway\r\nX : y\r\n\r\n", 5, "status 502"),
        (b"HTTP/1.0 504 \r\n\r\n", 5, "status 504"),
        (page, 5, "a page of its own (status 200)"),
        (b"<html>canary</html>", 5, "not HTTP"),
        (b"HTTP/1.1 200", 5, "closed the connection"),
        (b"", 5, "closed the connection"),
    ];
    for (answer, exit, says) in rows {
        let (address, asked) = answering(answer);
        let world = behind(&format!("proxy = \"http://{address}\""), &vendor);
        let named = format!("the proxy `{address}` ");
        let ended = world.run(&["refresh", "--deadline", "0"]).exits(exit).says(&named).says(says);
        assert_eq!(ended.stderr.contains("`proxy_auth` in the profile"), exit == 3, "{}", ended.stderr);
        let error = world.run(&["refresh", "--deadline", "0", "--json"]).error();
        assert_eq!(error["code"], if exit == 3 { "config" } else { "unreachable" });
        assert!(asked.lock().expect("no panic")[0].starts_with("CONNECT vendor.invalid:443 HTTP/1.1\r\n"));
        let state = world.run(&["status", "--json"]).succeeds().object();
        assert!(!state.to_string().contains("uncertain"), "nothing was sent: {state}");
    }
}

#[test]
fn b60_a_proxy_that_refuses_a_login_is_told_without_it() {
    let vendor = StandIn::start_tls(Vendor::Fbox);
    vendor.expect_unused();
    let (address, asked) = answering(b"HTTP/1.1 407 x\r\n\r\n");
    let mut world =
        behind(&format!("proxy = \"http://{address}\"\nproxy_auth = {{ env = \"LOGIN\" }}"), &vendor);
    world.set("LOGIN", "user:canary-%41");
    world.run(&["refresh"]).exits(3).says("refuses the login that it is given (status 407)");
    world.change(&format!("proxy = \"http://{address}\"\nproxy_auth = {{ env = \"LOGIN\" }}"), "");
    world.set("HTTPS_PROXY", &format!("http://us%20er:canary-%41@{address}"));
    world.run(&["refresh", "-v"]).exits(3).says(&format!("the proxy `{address}` refuses the login"));
    let asked = asked.lock().expect("no panic");
    // `user:canary-%41`, and `us er:canary-A` in base64.
    for (seen, login) in asked.iter().zip(["dXNlcjpjYW5hcnktJTQx", "dXMgZXI6Y2FuYXJ5LUE="]) {
        assert!(seen.contains(&format!("Proxy-Authorization: Basic {login}\r\n")), "{seen}");
    }
    assert_eq!(asked.len(), 2, "asked once each: it would say the same again");
}

#[test]
fn b60_what_is_no_tls_behind_a_proxy_is_told_with_the_proxy() {
    let vendor = StandIn::start_tls(Vendor::Fbox);
    vendor.expect_unused();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("address").to_string();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            first(&mut stream);
            let _ = stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
            first(&mut stream);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n<html>canary</html>");
        }
    });
    let world = behind(&format!("proxy = \"http://{address}\""), &vendor);
    world
        .run(&["refresh", "--deadline", "0"])
        .exits(5)
        .says(&format!("cannot connect to `vendor.invalid` through the proxy `{address}`: "))
        .says("does not speak TLS");
}

#[test]
fn b60_a_socks_proxy_that_refuses_is_named_too() {
    let vendor = StandIn::start_tls(Vendor::Fbox);
    vendor.expect_unused();
    let rows: [(&str, &[u8], i32, &str); 5] = [
        ("socks5h", &[5, 0xff], 3, "wants a login"),
        ("socks5h", &[5, 0, 5, 5, 0, 1, 0, 0, 0, 0, 0, 0], 5, "did not connect: "),
        ("socks5h", &[5, 0, 5, 2, 0, 1, 0, 0, 0, 0, 0, 0], 5, "did not connect: "),
        ("socks5h", b"HTTP/1.1 400 Bad Request\r\n\r\n", 5, "did not connect: "),
        ("socks5h", b"", 5, "did not connect: "),
    ];
    for (scheme, answer, exit, says) in rows {
        let (address, _) = answering(answer);
        let world = behind(&format!("proxy = \"{scheme}://{address}\""), &vendor);
        let named = format!("the proxy `{address}` ");
        world.run(&["refresh", "--deadline", "0"]).exits(exit).says(&named).says(says);
    }
}

#[test]
fn b60_a_proxy_that_is_not_there_is_told_apart_from_the_vendor() {
    let vendor = StandIn::start_tls(Vendor::Fbox);
    vendor.expect_unused();
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("address");
    for scheme in ["http", "https", "socks5", "socks5h"] {
        let world = behind(&format!("proxy = \"{scheme}://{nobody}\""), &vendor);
        let says = format!("cannot connect to the proxy `{nobody}`: connection refused");
        world.run(&["refresh", "--deadline", "0"]).exits(5).says(&says);
    }
    // What should be a proxy with TLS is none.
    let (address, _) = answering(b"HTTP/1.1 400 x\r\n\r\n");
    let world = behind(&format!("proxy = \"https://{address}\""), &vendor);
    world.run(&["refresh", "--deadline", "0"]).exits(5).says(&format!("through the proxy `{address}`"));
}

#[test]
fn b60_a_proxy_that_is_not_used_for_this_machine_is_not_said_to_be() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    world.run(&["config", "check"]).succeeds().keeps_stderr_empty();
    world.add("proxy = \"http://127.0.0.1:1\"");
    let ended = world.run(&["refresh", "-v"]).succeeds().says("connecting without the profile's `proxy`");
    assert!(!ended.stderr.contains("through the proxy"), "{}", ended.stderr);
    let says = format!("`profiles.fbox.proxy` is not used for `{}`", vendor.origin());
    world.run(&["config", "check"]).succeeds().says(&says);
    let warnings = world.run(&["config", "check", "--json"]).succeeds().object()["warnings"].clone();
    assert!(warnings[0].as_str().is_some_and(|words| words.starts_with(&says)), "{warnings}");
    world.change("proxy = \"http://127.0.0.1:1\"", "");
    world.set("HTTPS_PROXY", "http://127.0.0.1:1");
    let ended = world.run(&["refresh", "-v"]).succeeds();
    assert!(!ended.stderr.contains("proxy"), "{}", ended.stderr);
    world.run(&["config", "check"]).succeeds().keeps_stderr_empty();
}

#[test]
fn b32_a_redirect_is_told_with_its_place_and_the_way_out() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    let long = format!("https://b.example/{}", "x".repeat(3_000));
    for (place, says) in [
        ("https://b.example/token?code=canary#canary", "redirects to https://b.example/token)"),
        ("https://user:canary@b.example:8443/t", "redirects to https://b.example:8443/t)"),
        ("//b.example/t", "redirects to https://b.example/t)"),
        ("/login?next=canary", "redirects to /login)"),
        (&long, "redirects to https://b.example/xxx"),
    ] {
        for status in [301, 302, 303, 307, 308] {
            let headers = vec![("Location".to_owned(), place.to_owned())];
            vendor.misbehave(Fault::Answer { status, headers, body: b"<html>canary</html>".to_vec() });
            let ended = world.run(&["refresh"]).exits(3).says(&format!("(status {status}: ")).says(says);
            assert!(
                ended.stderr.contains("`token_url` under [profiles.fbox] can say so"),
                "{}",
                ended.stderr
            );
            assert!(ended.stderr.len() < 800, "it is cut: {}", ended.stderr);
        }
    }
    vendor.misbehave(Fault::Answer { status: 302, headers: Vec::new(), body: Vec::new() });
    let ended = world.run(&["refresh"]).exits(3).says("(status 302)").says("--dry-run");
    assert!(!ended.stderr.contains("redirects"), "{}", ended.stderr);
    world.run(&["refresh"]).succeeds();
}

/// A vendor of TLS, and a profile that knows it by whom the platform trusts.
fn known_by_the_platform() -> (StandIn, World) {
    let options = Options { tls: Tls::NamedForLoopback, ..Options::default() };
    let vendor = StandIn::start_with(Vendor::Fbox, options);
    let mut world = World::on(On::File);
    world.profile(&vendor);
    world.change(&format!("tls = {{ pin_sha256 = \"{}\" }}", vendor.fingerprint()), "");
    world.import(&vendor);
    (vendor, world)
}

#[test]
fn b61_an_empty_or_wrong_variable_for_certificates_is_named_or_as_if_unset() {
    let (vendor, mut world) = known_by_the_platform();
    world.write("ca.pem", &vendor.certificate_pem());
    world.write("none.pem", "canary, but no certificate\n");
    world.write("odd.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    std::fs::create_dir(world.path().join("empty")).expect("made");
    assert!(
        std::process::Command::new("mkfifo").arg(world.path().join("fifo")).status().expect("runs").success()
    );
    let path = |name: &str| world.path().join(name).display().to_string();
    let rows = [
        ("SSL_CERT_FILE", path("absent.pem"), "is not there"),
        ("SSL_CERT_FILE", path("none.pem"), "holds no certificate in PEM"),
        ("SSL_CERT_FILE", path("odd.pem"), "holds no certificate in PEM"),
        ("SSL_CERT_FILE", path("empty"), "is not a file"),
        ("SSL_CERT_FILE", path("fifo"), "is not a file"),
        ("SSL_CERT_FILE", "/dev/zero".to_owned(), "is not a file"),
        ("SSL_CERT_DIR", path("absent"), "is not there"),
        ("SSL_CERT_DIR", path("empty"), "holds no certificate in PEM"),
    ];
    let good = path("ca.pem");
    for (name, value, says) in rows {
        world.set(name, &value);
        world.run(&["refresh"]).exits(3).says(&format!("`{name}` names {value}, which {says}"));
        world.set(name, "");
    }
    // The platform's own certificates count, and this one is not among them.
    world.run(&["refresh"]).exits(3).says("the certificate of `127.0.0.1");
    world.set("SSL_CERT_FILE", &good);
    world.run(&["refresh"]).succeeds();
}

/// The bundle is read first, and it is never the last word.
#[test]
fn what_a_directory_or_an_odd_bundle_vouches_for_is_trusted_too() {
    let (vendor, mut world) = known_by_the_platform();
    let path = |name: &str| world.path().join(name).display().to_string();
    let (directory, other, odd) = (path("roots"), path("other.pem"), path("odd.pem"));
    std::fs::create_dir(&directory).expect("made");
    world.write("roots/vendor.pem", &vendor.certificate_pem());
    let stranger =
        rcgen::generate_simple_self_signed(vec!["other.example".to_owned()]).expect("a certificate");
    world.write("other.pem", &stranger.cert.pem());
    // Lines that no quantum of base64 ends with.
    let letters: String = vendor.certificate_pem().lines().filter(|line| !line.starts_with('-')).collect();
    let lines: Vec<&str> =
        (0..letters.len()).step_by(30).map(|at| &letters[at..letters.len().min(at + 30)]).collect();
    world.write(
        "odd.pem",
        &format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n")),
    );
    world.set("SSL_CERT_FILE", &other);
    world.run(&["refresh"]).exits(3).says("the certificate of `127.0.0.1");
    world.set("SSL_CERT_DIR", &directory);
    world.run(&["refresh"]).succeeds();
    world.set("SSL_CERT_DIR", "");
    world.set("SSL_CERT_FILE", &odd);
    world.run(&["refresh"]).succeeds();
}

/// A dialect whose only request has this method and no body.
fn bodiless(method: &str, origin: &str) -> String {
    format!(
        "[profiles.bare]\ndialect = \"bare\"\nstore = \"file\"\nbase_url = \"http://{origin}\"\n\
         [dialects.bare]\nrotation = \"none\"\n[dialects.bare.exchanges.refresh.request]\nmethod = \"{method}\"\n\
         url = \"{{{{ base_url }}}}/t\"\nheaders.X-Refresh = \"{{{{ refresh_token }}}}\"\n\
         [dialects.bare.exchanges.refresh.answer]\naccess_token = \"/t\"\n"
    )
}

#[test]
fn b15_a_request_that_could_have_a_body_says_that_it_has_none() {
    for (method, has) in [("POST", true), ("PUT", true), ("PATCH", true), ("GET", false), ("DELETE", false)] {
        let (origin, asked) = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"t\":\"at-1\"}");
        let mut world = World::on(On::File);
        world.add(&bodiless(method, &origin));
        world.run_with(&["import", "-p", "bare"], "rt-canary-1").succeeds();
        world.run(&["refresh"]).succeeds().prints("at-1\n");
        let asked = asked.lock().expect("no panic")[0].clone();
        assert!(asked.starts_with(&format!("{method} /t HTTP/1.1\r\n")), "{asked}");
        let lengths: Vec<&str> = asked.lines().filter(|line| line.starts_with("Content-Length")).collect();
        assert_eq!(lengths, if has { vec!["Content-Length: 0"] } else { vec![] }, "{asked}");
        assert!(asked.ends_with("\r\n\r\n") && !asked.contains("Transfer-Encoding"), "{asked}");
    }
}

/// On every address that this machine has: how often it was asked.
fn on_every_address(answer: &'static [u8]) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("0.0.0.0:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let head = first(&mut stream);
            seen.lock().expect("no panic").push(head);
            let _ = stream.write_all(answer);
        }
    });
    (port, asked)
}

/// Needs a network of its own, which not every container allows: then it only says so.
#[test]
fn without_tls_secrets_go_to_a_private_address_alone_whatever_its_name_says() {
    let this = std::env::current_exe().expect("this program");
    let inner = ["--exact", "transport::in_a_network_of_its_own", "--ignored", "--nocapture"];
    let script = "ip link set lo up && ip addr add 192.168.77.1/32 dev lo && ip addr add 203.0.113.9/32 dev lo \
        && printf '192.168.77.1 nas.example\\n203.0.113.9 web.example\\n127.0.0.1 here.example\\n' >\"$HOSTS\" \
        && mount --bind \"$HOSTS\" /etc/hosts || exit 77; exec \"$@\"";
    let hosts = World::on(On::File);
    let mut command = std::process::Command::new("unshare");
    command.args(["-rmn", "sh", "-c", script, "sh"]).arg(this).args(inner);
    let ended = command.env("HOSTS", hosts.path().join("hosts")).output();
    match ended {
        Ok(ended) if ended.status.success() => {
            assert!(String::from_utf8_lossy(&ended.stdout).contains("1 passed"), "{ended:?}");
        }
        Ok(ended) if ended.status.code() == Some(101) => panic!("{}", String::from_utf8_lossy(&ended.stderr)),
        other => eprintln!("no network can be made here: {other:?}"),
    }
}

#[test]
#[ignore = "run by the test above, in a network of its own"]
fn in_a_network_of_its_own() {
    const ANSWER: &[u8] =
        b"HTTP/1.1 200 OK\r\nContent-Length: 35\r\n\r\n{\"access_token\":\"at-1\",\"x\":\"yyyy\"}";
    let (port, asked) = on_every_address(ANSWER);
    let (proxy, through) = on_every_address(b"HTTP/1.1 200 OK\r\n\r\n");
    let warning = "`tls.plaintext` is set: whoever listens on the way to `nas.example` can take the tokens";
    let world = |host: &str, tls: &str| {
        let mut world = World::on(On::File);
        world.set("HTTPS_PROXY", &format!("http://127.0.0.1:{proxy}"));
        world.set("http_proxy", &format!("http://127.0.0.1:{proxy}"));
        world.add(&format!(
            "[profiles.nas]\ndialect = \"oauth2\"\nstore = \"file\"\nclient_id = \"app-7\"\ntoken_url = \"http://{host}:{port}/t\"\nproxy = \"http://127.0.0.1:{proxy}\"\n{tls}"
        ));
        world
    };
    let count = || asked.lock().expect("no panic").len();
    let plaintext = "tls = { plaintext = true }\n";
    for host in ["nas.example", "192.168.77.1"] {
        // Without the key it is a mistake, with it a warning at each refresh.
        world(host, "").run(&["config", "check"]).exits(3).says("`tls = { plaintext = true }`");
        let world = world(host, plaintext);
        world.run_with(&["import", "-p", "nas"], "rt-canary-1").succeeds();
        for _ in 0..2 {
            let before = count();
            world.run(&["refresh"]).succeeds().prints("at-1\n").says(&warning.replace("nas.example", host));
            assert_eq!(count(), before + 1);
        }
    }
    // A name that leads to this machine is no wire at all.
    let here = world("here.example", plaintext);
    here.run_with(&["import", "-p", "nas"], "rt-canary-1").succeeds();
    here.run(&["refresh"]).succeeds().prints("at-1\n");
    // A public address: by itself at load, behind a name once connected, and before the first byte.
    world("203.0.113.9", plaintext)
        .run(&["config", "check"])
        .exits(3)
        .says("this address is not in a private network");
    let web = world("web.example", plaintext);
    web.run_with(&["import", "-p", "nas"], "rt-canary-1").succeeds();
    let before = count();
    let ended = web.run(&["refresh"]).exits(3);
    let words = format!("`web.example:{port}` is at 203.0.113.9, which is not in a private network");
    ended.says(&words).says("nothing was sent there");
    thread::sleep(Duration::from_millis(100));
    let heads = asked.lock().expect("no panic").clone();
    assert!(heads[before..].iter().all(String::is_empty), "{heads:?}");
    assert!(through.lock().expect("no panic").is_empty(), "a proxy was asked");
    // The scheme is part of what a credential is bound to.
    let file = web.path().join("profiles.toml");
    let text =
        std::fs::read_to_string(&file).expect("there").replace("http://web.example", "https://web.example");
    std::fs::write(&file, text).expect("written");
    web.run(&["refresh"]).exits(3).says("http://web.example");
}
