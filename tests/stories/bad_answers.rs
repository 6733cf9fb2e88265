//! What a server can answer, and what each answer comes to: tables of answers, and
//! after each the next run, which shows that no refresh token was lost on the way.
//!
//! A test is called by the entry it is about in the list of bad inputs (`b`) or of faults (`f`).

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::{Value, json};

use crate::flow::server::{Server, said};
use crate::matrix::pass_on;
use crate::sequence::wait_for;
use crate::stand_in::{Act, Fault, Gate, Options, StandIn, Tls, Vendor};
use crate::world::{CANARY, Ended, On, Since, World};

/// Stand in the tables where an answer has its tokens, and are as long as a vendor's own: a row whose
/// tokens are to be kept is sent with real ones in their place, any other as it is.
const ACCESS: &str = "at-canary-00000000000000000000000000000000";
const REFRESH: &str = "rt-canary-00000000000000000000000000000000";
const GOOD: &str = r#"{"access_token":"@A","expires_in":3600,"token_type":"Bearer","refresh_token":"@R"}"#;

/// Exit status and code.
type Outcome = (i32, &'static str);
const GRANTED: Outcome = (0, "");
const REQUEST_REJECTED: Outcome = (3, "request_rejected");
const LOGIN_REQUIRED: Outcome = (4, "login_required");
const RATE_LIMITED: Outcome = (5, "rate_limited");
const UNAVAILABLE: Outcome = (5, "unavailable");
const NO_ANSWER: Outcome = (8, "no_answer");
const UNREADABLE: Outcome = (8, "unreadable_answer");

/// What the next run presents to a vendor that does not mind a replay.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    Old,
    /// The refresh token that came in the answer.
    New,
    /// Nothing, until it is forced: the answer waits for a dialect that can read it.
    Sealed,
    /// Nothing, for as long as the vendor said.
    Bound,
}
use Next::{Bound, New, Old, Sealed};

/// What is answered, what the run says of it (a part), and what the next one does.
type Row = (&'static str, Vec<Act>, Outcome, &'static str, Next);

/// The answer's bytes, whole. `@A` and `@R` are its tokens.
fn wire(text: &str) -> Vec<Act> {
    vec![send(text)]
}

fn send(text: &str) -> Act {
    Act::Send(text.replace("@A", ACCESS).replace("@R", REFRESH).into_bytes())
}

/// With its true length.
fn answer(status: &str, headers: &str, body: &str) -> Vec<Act> {
    let body = body.replace("@A", ACCESS).replace("@R", REFRESH);
    wire(&format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()))
}

fn ok(body: &str) -> Vec<Act> {
    answer("200 OK", "Content-Type: application/json\r\n", body)
}

fn binary(headers: &str, body: &[u8]) -> Vec<Act> {
    let head = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    vec![Act::Send([head.as_bytes(), body].concat())]
}

fn chunked(body: &str) -> Vec<Act> {
    wire(&format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}"))
}

/// A chunk with its true length.
fn chunk(text: &str) -> String {
    let text = text.replace("@A", ACCESS).replace("@R", REFRESH);
    format!("{:x}\r\n{text}\r\n", text.len())
}

/// The same steps with the vendor's own tokens.
fn with_tokens(acts: &[Act], access: &str, refresh: &str) -> Vec<Act> {
    let real = |act: &Act| match act {
        Act::Send(bytes) => {
            let text = String::from_utf8(bytes.clone()).expect("a row with real tokens is text");
            Act::Send(text.replace(ACCESS, access).replace(REFRESH, refresh).into_bytes())
        }
        other => other.clone(),
    };
    acts.iter().map(real).collect()
}

struct Table {
    vendor: StandIn,
    world: World,
}

impl Table {
    fn new() -> Table {
        Table::of(StandIn::start(Vendor::Fbox), "")
    }

    fn of(vendor: StandIn, more: &str) -> Table {
        let mut world = World::with(On::File, &vendor);
        world.add(&format!("rotation = \"strict\"\n{more}"));
        Table { vendor, world }
    }

    /// Every row after the other: what one leaves behind must not trouble the next.
    fn check_all(rows: Vec<Row>) {
        let table = Table::new();
        rows.into_iter().for_each(|row| table.check(row));
    }

    fn check(&self, (what, acts, (exit, code), says, next): Row) {
        let Table { vendor, world } = self;
        let old = vendor.current().refresh_token;
        let before = vendor.requests().len();
        vendor.misbehave(match next {
            New => Fault::retell(move |real| {
                let token = |place, other| {
                    real.pointer(place).or_else(|| real.pointer(other)).and_then(Value::as_str).expect("text")
                };
                let access = token("/access_token", "/resultData/token");
                with_tokens(&acts, access, token("/refresh_token", "/resultData/refreshToken"))
            }),
            _ => Fault::Acts(acts),
        });
        let ended = world.run(&["refresh", "--json"]);
        assert_eq!(ended.code, Some(exit), "{what}: {ended:#?}");
        assert_eq!(vendor.requests().len(), before + 1, "{what}: one request");
        let said = if exit == 0 {
            let object = ended.object();
            let token = if next == New { vendor.current().access_token } else { ACCESS.to_owned() };
            assert_eq!(object["access_token"], token, "{what}");
            object["warnings"].to_string()
        } else {
            let error = ended.error();
            assert_eq!(error["code"], code, "{what}: {error}");
            error["message"].to_string()
        };
        assert!(said.contains(says), "{what}: {said}");
        assert_eq!((exit == 0 && says.is_empty()), said == "[]", "{what}: {said}");
        self.next(what, next, &old);
    }

    fn next(&self, what: &str, next: Next, old: &str) {
        let Table { vendor, world } = self;
        let before = vendor.requests().len();
        let wanted = if next == New { vendor.current().refresh_token } else { old.to_owned() };
        assert_eq!(next == New, wanted != old, "{what}: a new token is another one");
        if matches!(next, Sealed | Bound) {
            world.run(&["refresh"]).exits(if next == Sealed { 8 } else { 5 });
            assert_eq!(vendor.requests().len(), before, "{what}: nothing is sent");
        }
        let ended = match next {
            Bound => {
                world.run_with(&["import", "--replace"], &vendor.login().refresh_token).succeeds();
                return;
            }
            Sealed => world.run(&["refresh", "--force-replay"]),
            Old | New => world.run(&["refresh"]),
        };
        let presented =
            vendor.requests()[before..].iter().map(|seen| seen.presented.clone()).collect::<Vec<_>>();
        assert_eq!(presented, [Some(wanted)], "{what}: {ended:#?}");
        assert_eq!(ended.code, Some(0), "{what}: {ended:#?}");
        assert_eq!(ended.stdout, format!("{}\n", vendor.current().access_token), "{what}");
    }
}

/// Rows that take their time: each in a world of its own with these lines, all at once. `within` seconds.
fn check_at_once(rows: Vec<Row>, lines: &str, within: std::ops::Range<f64>) {
    thread::scope(|scope| {
        for row in rows {
            let within = &within;
            scope.spawn(move || {
                let begun = std::time::Instant::now();
                let what = row.0;
                Table::of(StandIn::start(Vendor::Fbox), lines).check(row);
                let seconds = begun.elapsed().as_secs_f64();
                assert!(within.contains(&seconds), "{what}: {seconds} s");
            });
        }
    });
}

/// A server of another kind: what it does with each connection, and how many came.
fn odd_server(talk: impl Fn(TcpStream) + Send + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("address").to_string();
    let came = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&came);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            counter.fetch_add(1, Ordering::SeqCst);
            talk(stream);
        }
    });
    (address, came)
}

/// Stands before a stand-in and notes how each connection begins.
fn relay(vendor: &StandIn) -> (String, Arc<Mutex<Vec<Vec<u8>>>>) {
    let theirs = vendor.origin().trim_start_matches("https://").to_owned();
    let hellos = Arc::new(Mutex::new(Vec::new()));
    let book = Arc::clone(&hellos);
    let (address, _) = odd_server(move |mut client| {
        let mut server = TcpStream::connect(&theirs).expect("the stand-in");
        let mut hello = vec![0; 4_096];
        let length = client.read(&mut hello).expect("a hello");
        server.write_all(&hello[..length]).expect("passed on");
        book.lock().expect("no panic").push(hello);
        let (mut from, mut to) = (client.try_clone().expect("cloned"), server.try_clone().expect("cloned"));
        thread::spawn(move || std::io::copy(&mut from, &mut to));
        thread::spawn(move || std::io::copy(&mut server, &mut client));
    });
    (address, hellos)
}

fn reset(stream: TcpStream) {
    let socket = tokio::net::TcpSocket::from_std_stream(stream);
    socket.set_zero_linger().expect("set");
}

/// Points the profile elsewhere, and the credential with it.
fn move_to(world: &mut World, from: &str, to: &str) {
    world.change(from, to);
    world.run(&["rebind", "--yes"]).succeeds();
}

fn message(ended: &Ended) -> String {
    ended.error()["message"].as_str().expect("text").to_owned()
}

#[test]
fn b19_lengths_that_are_wrong() {
    let length = |length: &str| wire(&format!("HTTP/1.1 200 OK\r\n{length}\r\n\r\n{GOOD}"));
    let good = GOOD.len() + ACCESS.len() + REFRESH.len() - 4;
    let (frame, empty) = ("did not end as HTTP announced", "is empty");
    Table::check_all(vec![
        ("empty body", ok(""), NO_ANSWER, empty, Old),
        ("204", wire("HTTP/1.1 204 No Content\r\n\r\n"), NO_ANSWER, "status 204", Old),
        (
            "205",
            wire("HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"),
            NO_ANSWER,
            "status 205",
            Old,
        ),
        ("too long, token whole", length("Content-Length: 999"), GRANTED, frame, New),
        (
            "too long, no token",
            wire("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"access_token\":\"@A\","),
            NO_ANSWER,
            "broke off",
            Old,
        ),
        ("short by the brace", length(&format!("Content-Length: {}", good - 1)), GRANTED, frame, New),
        ("short by half a token", length(&format!("Content-Length: {}", good - 9)), GRANTED, frame, New),
        ("zero", length("Content-Length: 0"), GRANTED, frame, New),
        ("negative", length("Content-Length: -1"), GRANTED, frame, New),
        ("a word", length("Content-Length: many"), GRANTED, frame, New),
        ("beyond 64 bits", length("Content-Length: 99999999999999999999"), GRANTED, frame, New),
        (
            "two that differ",
            length(&format!("Content-Length: {good}\r\nContent-Length: 5")),
            GRANTED,
            frame,
            New,
        ),
        ("two alike", length(&format!("Content-Length: {good}\r\nContent-Length: {good}")), GRANTED, "", New),
        ("none", length("Connection: close"), GRANTED, "", New),
        (
            "none, and cut before the brace",
            wire(&format!("HTTP/1.1 200 OK\r\n\r\n{}", GOOD.trim_end_matches('}'))),
            GRANTED,
            "is cut off after its tokens",
            New,
        ),
        ("bytes after the end", length(&format!("Content-Length: {good}\r\nX: y")), GRANTED, "", New),
    ]);
}

#[test]
fn b20_chunks_that_are_wrong() {
    let (whole, end) = (chunk(GOOD), "0\r\n\r\n");
    let extended = |size: usize| whole.replacen("\r\n", &format!(";{}\r\n", "x".repeat(size)), 1);
    let split = format!("{}{}", chunk(&GOOD[..20]), chunk(&GOOD[20..]));
    let frame = "did not end as HTTP announced";
    let good = GOOD.replace("@A", ACCESS).replace("@R", REFRESH);
    let (cut, within) = (GOOD.find("sh_token").expect("there"), good.find("arer").expect("there"));
    let refused = "HTTP/1.1 400 x\r\nTransfer-Encoding: chunked\r\n\r\n{\"error\":\"invalid_grant\"}";
    let refused = wire(refused);
    let trailer = "Refresh_Token: rt-canary-trailer\r\nrefresh_token: rt-canary-trailer\r\n";
    Table::check_all(vec![
        ("in order", chunked(&(split + end)), GRANTED, "", New),
        ("a size that is none", chunked(&format!("zz\r\n{GOOD}\r\n{end}")), GRANTED, frame, New),
        ("a negative size", chunked(&format!("-5\r\n{GOOD}\r\n{end}")), GRANTED, frame, New),
        ("no size", chunked(&format!("\r\n{GOOD}\r\n{end}")), GRANTED, frame, New),
        ("no chunk", chunked(GOOD), GRANTED, frame, New),
        ("no chunk, and cut", chunked(&GOOD[..30]), NO_ANSWER, "broke off", Old),
        (
            "a size beyond 64 bits",
            chunked(&format!("fffffffffffffffff\r\n{GOOD}\r\n{end}")),
            GRANTED,
            frame,
            New,
        ),
        ("a size too small", chunked(&format!("14\r\n{GOOD}\r\n{end}")), GRANTED, frame, New),
        (
            "a bad size in a name",
            chunked(&format!("{}zz\r\n{}\r\n{end}", chunk(&GOOD[..cut]), &GOOD[cut..])),
            GRANTED,
            frame,
            New,
        ),
        (
            "a size too small in a word",
            chunked(&format!("{}5\r\n{}\r\n{end}", chunk(&good[..within]), &good[within..])),
            GRANTED,
            frame,
            New,
        ),
        (
            "a bad size after two chunks",
            chunked(&format!("{}{}zz\r\n", chunk(&good[..within]), chunk(&good[within..good.len() - 1]))),
            NO_ANSWER,
            "its new refresh token came whole and is kept",
            New,
        ),
        ("a line too many", chunked(&format!("{whole}\r\n{end}")), GRANTED, frame, New),
        ("no chunk of a refusal", refused, LOGIN_REQUIRED, "invalid_grant", Old),
        ("a size too large", chunked(&format!("fff\r\n{GOOD}\r\n{end}")), GRANTED, frame, New),
        ("no last chunk", chunked(&whole), GRANTED, frame, New),
        ("a bad size after it", chunked(&format!("{whole}zz\r\n")), GRANTED, frame, New),
        ("an extension", chunked(&(extended(1_000) + end)), GRANTED, "", New),
        ("a huge extension", chunked(&(extended(1 << 20) + end)), NO_ANSWER, "longer than 48 KiB", Old),
        ("a trailer", chunked(&format!("{whole}0\r\n{trailer}\r\n")), GRANTED, "", New),
        (
            "a huge trailer",
            chunked(&format!("{whole}0\r\nX: {}\r\n\r\n", "x".repeat(1 << 20))),
            GRANTED,
            frame,
            New,
        ),
        (
            "with a length too",
            wire(&format!(
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n{whole}{end}"
            )),
            GRANTED,
            "",
            New,
        ),
        (
            "chunked twice",
            wire(&format!(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n{whole}{end}"
            )),
            GRANTED,
            "",
            New,
        ),
        (
            "another transfer coding",
            wire(&format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{GOOD}")),
            GRANTED,
            "",
            New,
        ),
    ]);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut child = Command::new("gzip")
        .args(["-9", "-c"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("gzip runs");
    let mut input = child.stdin.take().expect("piped");
    let bytes = bytes.to_vec();
    let writing = thread::spawn(move || input.write_all(&bytes));
    let output = child.wait_with_output().expect("it ends");
    writing.join().expect("no panic").expect("written");
    output.stdout
}

#[test]
fn b21_encodings_nobody_asked_for() {
    let good = GOOD.replace("@A", ACCESS).replace("@R", REFRESH);
    let packed = gzip(good.as_bytes());
    let bomb = gzip(&[good.as_bytes(), &vec![b' '; 30 << 20]].concat());
    assert!(bomb.len() < 40 << 10, "{}", bomb.len());
    let coded = |name: &str, body: &[u8]| binary(&format!("Content-Encoding: {name}\r\n"), body);
    let sealed = "kept sealed";
    let table = Table::new();
    // Those that can be read: `ladder.rs`.
    for row in [
        ("gzip, cut", coded("gzip", &packed[..packed.len() / 2]), UNREADABLE, sealed, Sealed),
        ("a bomb", coded("gzip", &bomb), UNREADABLE, sealed, Sealed),
        ("br that is none", coded("br", b"\x8b\x02\x80canary\x03"), UNREADABLE, sealed, Sealed),
        ("zstd that is none", coded("zstd", b"\x28\xb5\x2f\xfd\x04\x00canary"), UNREADABLE, sealed, Sealed),
        ("nothing", coded("deflate", b"\x78\x9c\x03\x00\x00\x00\x00\x01"), NO_ANSWER, "is empty", Old),
        ("said, but not done", answer("200 OK", "Content-Encoding: gzip\r\n", GOOD), GRANTED, "", New),
    ] {
        table.check(row);
    }
    for seen in table.vendor.requests() {
        assert!(seen.headers.iter().all(|(name, _)| !name.eq_ignore_ascii_case("accept-encoding")));
    }
}

#[test]
fn b22_content_types_and_charsets() {
    let labelled = |kind: &str| answer("200 OK", &format!("Content-Type: {kind}\r\n"), GOOD);
    Table::check_all(vec![
        ("text/plain", labelled("text/plain"), GRANTED, "", New),
        ("text/html", labelled("text/html; charset=utf-8"), GRANTED, "", New),
        ("form", labelled("application/x-www-form-urlencoded"), GRANTED, "", New),
        ("gbk, but ASCII", labelled("application/json;charset=gbk"), GRANTED, "", New),
        ("garbage", labelled(";;;=\u{fc}"), GRANTED, "", New),
        ("missing", answer("200 OK", "", GOOD), GRANTED, "", New),
        (
            "a form's answer",
            ok("access_token=@A&refresh_token=@R&expires_in=3600"),
            GRANTED,
            "is a form",
            New,
        ),
        ("UTF-8 with a BOM", ok(&format!("\u{feff}{GOOD}")), GRANTED, "byte order mark", New),
    ]);
}

#[test]
fn b23_json_that_is_none_or_odd() {
    let more = |more: &str| ok(&GOOD.replace('}', more));
    let (around, sealed) = ("other text around", "kept sealed");
    Table::check_all(vec![
        ("a comma at the end", more(",}"), GRANTED, "a comma too many", New),
        ("a comment at the end", more(" // the end\n}"), GRANTED, "comments", New),
        ("a comment first", ok(&format!("/* {{ */ {GOOD}")), GRANTED, around, New),
        ("NaN", more(",\"x\":NaN}"), GRANTED, "JSON does not know", New),
        ("1e400", more(",\"x\":1e400}"), GRANTED, "unusual numbers", New),
        ("a lone surrogate", more(",\"x\":\"\\ud800\"}"), GRANTED, "surrogate", New),
        (
            "a lone surrogate in the token",
            ok(r#"{"refresh_token":"rt-canary\ud800","access_token":"@A"}"#),
            UNREADABLE,
            sealed,
            Sealed,
        ),
        ("a bare control character", more(",\"x\":\"\n\"}"), GRANTED, "control characters", New),
        ("an escaped NUL elsewhere", more(",\"x\":\"\\u0000\"}"), GRANTED, "", New),
        ("garbage behind", ok(&format!("{GOOD} garbage")), GRANTED, around, New),
        (
            "two documents",
            ok(&format!("{GOOD}{{\"refresh_token\":\"rt-canary-x\"}}")),
            UNREADABLE,
            sealed,
            Sealed,
        ),
        ("white space around", ok(&format!("\r\n\t {GOOD}\n\n")), GRANTED, "", New),
        ("two documents, no new token", ok(r#"{"access_token":"@A"} {}"#), GRANTED, around, Old),
        ("NUL behind", ok(&format!("{GOOD}\0")), GRANTED, "unusual blanks", New),
        ("JSONP", ok(&format!("callback({GOOD});")), GRANTED, around, New),
        ("an XSSI prefix", ok(&format!(")]}}'\n{GOOD}")), GRANTED, around, New),
        ("single quotes", ok(&GOOD.replace('"', "'")), GRANTED, "quotes of another kind", New),
        (
            "two refresh tokens",
            ok(r#"{"refresh_token":"rt-canary-first","access_token":"@A","refresh_token":"@R"}"#),
            UNREADABLE,
            sealed,
            Sealed,
        ),
        (
            "deep elsewhere",
            more(&format!(",\"x\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000))),
            GRANTED,
            "too deeply",
            New,
        ),
        ("deeper than what is read", ok(&"[".repeat(100_000)), NO_ANSWER, "longer than 48 KiB", Old),
        ("deep objects", ok(&"{\"a\":".repeat(8_000)), UNREADABLE, sealed, Sealed),
        ("other letter case", ok(&GOOD.replace("refresh_token", "Refresh_Token")), GRANTED, "", Old),
        (
            "a token spelled with escapes",
            ok(&GOOD.replace("refresh_token", "\\u0072efresh_token")),
            GRANTED,
            "",
            New,
        ),
    ]);
}

#[test]
fn b24_json_that_is_no_object() {
    let sealed = "kept sealed";
    Table::check_all(vec![
        ("a list of it", ok(&format!("[{GOOD}]")), GRANTED, "a list of one", New),
        ("a list", ok("[]"), UNREADABLE, sealed, Sealed),
        ("null", ok("null"), UNREADABLE, sealed, Sealed),
        ("a string", ok("\"@R\""), UNREADABLE, sealed, Sealed),
        ("a number", ok("0"), UNREADABLE, sealed, Sealed),
        ("true", ok("true"), UNREADABLE, sealed, Sealed),
        ("an empty object", ok("{}"), UNREADABLE, sealed, Sealed),
    ]);
}

#[test]
fn b25_refresh_tokens_of_every_kind() {
    let token = |token: &str| ok(&format!(r#"{{"access_token":"@A","refresh_token":{token}}}"#));
    let stays = "the old refresh token is kept";
    let large = |size: usize| token(&format!("\"rt-canary-{}\"", "x".repeat(size)));
    Table::check_all(vec![
        ("missing", ok(r#"{"access_token":"@A"}"#), GRANTED, "", Old),
        ("null", token("null"), GRANTED, stays, Old),
        ("empty", token("\"\""), GRANTED, stays, Old),
        ("blank", token("\" \\t\""), GRANTED, stays, Old),
        ("a number", token("12345"), GRANTED, stays, Old),
        ("true", token("true"), GRANTED, stays, Old),
        ("an object", token("{\"token\":\"rt-canary-x\"}"), GRANTED, stays, Old),
        ("a list", token("[\"rt-canary-x\"]"), GRANTED, stays, Old),
        ("64 KiB", large(64 << 10), NO_ANSWER, "longer than 48 KiB", Old),
        ("2 MiB", large(2 << 20), NO_ANSWER, "longer than 48 KiB", Old),
    ]);
}

/// Whatever it looks like, it is presented byte for byte; this vendor never gave it, and says so.
#[test]
fn b25_a_refresh_token_is_kept_as_it_is() {
    let long = format!("rt-canary-{}", "x".repeat(40 << 10));
    for (kind, tokens) in [
        (
            Vendor::Fbox,
            &[
                "x",
                &long,
                "rt-canary\nx",
                "rt-canary\0x",
                "rt canary x ",
                "rt-canary\"\\x",
                "rt-canary\u{1b}[31mx",
                "rt-canary-\u{1f600}",
                "rt-canary&x=%41+{{ x }}",
            ][..],
        ),
        (Vendor::HuaweiIsales, &["rt-canary\r\nX: y", "rt-canary\"}\0\u{1f600}"]),
        (Vendor::Babelbird, &["rt-canary&x=1#\n\u{1f600}%41+"]),
    ] {
        let vendor = StandIn::start(kind);
        let world = World::with(On::File, &vendor);
        for &token in tokens {
            let given = token.to_owned();
            vendor.misbehave(Fault::edit(move |mut answer| {
                let place =
                    if kind == Vendor::HuaweiIsales { "/resultData/refreshToken" } else { "/refresh_token" };
                *answer.pointer_mut(place).expect("there") = json!(given);
                answer
            }));
            let ended = world.run(&["refresh", "--json"]).succeeds().keeps_stderr_empty();
            assert_eq!(ended.object()["warnings"], json!([]));
            world.run(&["refresh"]).exits(4);
            let seen = vendor.requests().pop().expect("seen");
            assert_eq!(seen.presented.as_deref(), Some(token));
            let login = vendor.login();
            if kind == Vendor::HuaweiIsales {
                world.run_with(&["import", "--replace", "--answer"], &login.answer.to_string()).succeeds();
            } else {
                world.run_with(&["import", "--replace"], &login.refresh_token).succeeds();
            }
        }
    }
}

/// A vendor may say one word for both; it is an access token then, and printed.
#[test]
fn b25_a_refresh_token_equal_to_the_access_token_is_one_like_others() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    vendor.misbehave(Fault::edit(|mut answer| {
        answer["refresh_token"] = answer["access_token"].clone();
        answer
    }));
    world.run(&["refresh"]).succeeds().prints(&format!("{}\n", vendor.current().access_token));
    let both = vendor.current().access_token;
    world.run(&["refresh"]).exits(4);
    assert_eq!(vendor.requests()[1].presented, Some(both));
}

#[test]
fn b26_access_tokens_that_are_none_beside_a_new_refresh_token() {
    let token = |token: &str| ok(&format!(r#"{{"access_token":{token},"refresh_token":"@R"}}"#));
    let kept = "its new refresh token is kept";
    Table::check_all(vec![
        ("missing", ok(r#"{"refresh_token":"@R"}"#), UNREADABLE, kept, New),
        ("null", token("null"), UNREADABLE, kept, New),
        ("empty", token("\"\""), UNREADABLE, kept, New),
        ("blank", token("\" \""), UNREADABLE, kept, New),
        ("a number", token("17"), UNREADABLE, kept, New),
        ("an object", token("{\"value\":\"@A\"}"), UNREADABLE, kept, New),
        ("a list", token("[\"@A\"]"), UNREADABLE, kept, New),
        ("another success", answer("201 Created", "", GOOD), UNREADABLE, kept, New),
        ("part of it", answer("206 Partial Content", "", GOOD), UNREADABLE, kept, New),
        ("neither", ok(r#"{"access_token":"","refresh_token":""}"#), UNREADABLE, "kept sealed", Sealed),
    ]);
}

/// A vendor that fails and gives a token all the same has done something.
#[test]
fn b26_failures_beside_a_new_refresh_token() {
    let whole = "came whole and is kept";
    Table::check_all(vec![
        ("a failure", answer("500 Internal Server Error", "", GOOD), NO_ANSWER, whole, New),
        ("a time-out", answer("408 Request Timeout", "", GOOD), NO_ANSWER, whole, New),
        (
            "a failure that breaks off",
            wire(&format!("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 999\r\n\r\n{GOOD}")),
            NO_ANSWER,
            whole,
            New,
        ),
    ]);
}

/// Where the vendor refuses for good, what it gives all the same is the only one that may live.
#[test]
fn b26_a_refusal_with_a_new_refresh_token_is_tried_with_it() {
    let live = Arc::new(Mutex::new("rt-canary-first".to_owned()));
    for (status, refusal, exit) in [
        (400, json!({ "error": "invalid_grant" }), 5),
        (200, json!({ "error": "invalid_grant" }), 8),
        (401, json!({ "error": "invalid_client" }), 3),
        (403, json!({}), 3),
    ] {
        "rt-canary-first".clone_into(&mut live.lock().expect("one after the other"));
        let (rotated, refusal) = (Arc::clone(&live), Arc::new(refusal));
        let vendor = Server::start(move |asked| {
            let mut live = rotated.lock().expect("one after the other");
            if asked.form("refresh_token") != *live {
                return said(400, json!({ "error": "invalid_grant" }));
            }
            if *live == "rt-canary-second" {
                return said(200, json!({ "access_token": "at-canary-1", "expires_in": 3600 }));
            }
            "rt-canary-second".clone_into(&mut live);
            let mut body = refusal.as_ref().clone();
            body["refresh_token"] = json!(*live);
            said(status, body)
        });
        let mut world = World::on(On::File);
        world.add(&format!(
            "[profiles.x]\ndialect = \"oauth2\"\ntoken_url = \"{}/token\"\nclient_id = \"app\"\nstore = \"file\"\n",
            vendor.origin
        ));
        world.run_with(&["import"], "rt-canary-first").succeeds();
        world.run(&["refresh"]).exits(exit);
        // What was refused in passing is presented first.
        if exit == 3 {
            world.run(&["refresh"]).exits(5);
        }
        world.run(&["refresh"]).succeeds().prints("at-canary-1\n");
    }
}

/// A session of nobody's that comes with every refusal is tried once, and hides no refusal.
#[test]
fn b26_a_new_refresh_token_with_every_refusal_ends_in_a_login() {
    let vendor = {
        let count = AtomicUsize::new(0);
        Server::start(move |_| {
            let count = count.fetch_add(1, Ordering::SeqCst);
            let body =
                json!({ "error": "invalid_grant", "refresh_token": format!("rt-canary-of-nobody-{count}") });
            said(400, body)
        })
    };
    let mut world = World::on(On::File);
    world.add(&format!(
        "[profiles.x]\ndialect = \"oauth2\"\ntoken_url = \"{}/token\"\nclient_id = \"app\"\nstore = \"file\"\n",
        vendor.origin
    ));
    world.run_with(&["import"], "rt-canary-first").succeeds();
    let presented = || {
        let all = vendor.asked();
        all.iter().map(|asked| asked.form("refresh_token")).collect::<Vec<_>>()
    };
    world.run(&["refresh"]).exits(5);
    world.run(&["refresh"]).exits(4);
    world.run(&["refresh"]).exits(4);
    let (first, second) = ("rt-canary-first", "rt-canary-of-nobody-0");
    assert_eq!(presented(), [first, second, second]);
}

/// A server whose sessions fail sets a new cookie each time: the one that was granted stays.
#[test]
fn b26_a_cookie_that_comes_with_a_failure_is_no_new_session() {
    let count = AtomicUsize::new(0);
    let failures: [(u16, Value); 5] = [
        (500, json!({ "error": "down" })),
        (504, json!({})),
        (401, json!({ "error": "x" })),
        (200, json!({ "error": "x" })),
        (429, json!({})),
    ];
    for (status, body) in failures {
        let cookie = format!("sid=sid-canary-of-nobody-{}", count.fetch_add(1, Ordering::SeqCst));
        let vendor = Server::start(move |asked| match asked.header("cookie") {
            "sid=sid-canary-first" => said(status, body.clone()).with("Set-Cookie", &cookie),
            _ => said(200, json!({ "at": "at-canary-of-nobody" })),
        });
        let mut world = World::on(On::File);
        world.add(&format!(
            "[profiles.x]\ndialect = \"cookie\"\nbase_url = \"{}\"\nstore = \"file\"\n[dialects.cookie]\nrotation = \"strict\"\n\
             exchanges.refresh = {{ request = {{ url = \"{{{{ base_url }}}}/t\", headers.Cookie = \"sid={{{{ refresh_token }}}}\" }}, \
             answer = {{ access_token = \"/at\", refresh_token = {{ cookie = \"sid\" }} }}, \
             refusals = {{ is = \"login_required\", tests = {{ at = \"/error\", equals = \"invalid\" }} }} }}\n",
            vendor.origin
        ));
        world.run_with(&["import"], "sid-canary-first").succeeds();
        for _ in 0..3 {
            let ended = world.run(&["refresh", "--force-replay"]);
            assert!(ended.code != Some(0), "{status}: {ended:?}");
        }
        let came = vendor.asked();
        assert!(came.iter().all(|asked| asked.header("cookie") == "sid=sid-canary-first"), "{status}");
    }
}

#[test]
fn b27_lifetimes_in_every_spelling() {
    let table = Table::new();
    // The dialect's own lifetime, where the answer's is no use.
    let otherwise = 7_200;
    let unusable = "not a usable expiry";
    for (lifetime, seconds, warning) in [
        ("3600", 3_600, ""),
        ("\"3600\"", 3_600, ""),
        ("3600.0", 3_600, ""),
        ("3.6e3", 3_600, ""),
        ("\"3600.5\"", 3_600, ""),
        // Minutes, by a vendor's mistake: believed, and a minute is what it is then good for.
        ("60", 60, ""),
        ("null", otherwise, ""),
        ("0", otherwise, unusable),
        ("\"0\"", otherwise, unusable),
        ("-0.5", otherwise, unusable),
        ("1e12", otherwise, unusable),
        // 2026 began long ago.
        ("1767225600000", 300, "has already expired"),
        ("99999999999999999999999", otherwise, unusable),
        ("\" 3600 \"", 3_600, ""),
        ("\"3600s\"", 3_600, ""),
        ("\"1h\"", 3_600, ""),
        ("\"PT1H\"", 3_600, ""),
        ("[3600]", 3_600, ""),
        ("\"2030-01-01\"", otherwise, unusable),
        ("\"\"", otherwise, unusable),
        ("true", otherwise, unusable),
        ("[3600,60]", otherwise, unusable),
        ("{\"seconds\":3600}", otherwise, unusable),
    ] {
        let vendor = &table.vendor;
        let body = format!(r#"{{"access_token":"{ACCESS}","expires_in":{lifetime}}}"#);
        vendor.misbehave(Fault::Acts(ok(&body)));
        let begun = Since::now();
        let object = table.world.run(&["refresh", "--json"]).succeeds().object();
        begun.assert_left(&object["expires_in"], seconds);
        let warnings = object["warnings"].to_string();
        assert!(
            warnings.contains(warning) && warning.is_empty() == (warnings == "[]"),
            "{lifetime}: {warnings}"
        );
    }
}

#[test]
fn b28_token_types() {
    let table = Table::new();
    for (kind, shown) in [
        ("", "Bearer"),
        (r#","token_type":null"#, "Bearer"),
        (r#","token_type":"""#, "Bearer"),
        (r#","token_type":"bearer""#, "Bearer"),
        (r#","token_type":"BEARER""#, "Bearer"),
        (r#","token_type":"DPoP""#, "DPoP"),
        (r#","token_type":"MAC""#, "MAC"),
        (r#","token_type":7"#, "Bearer"),
        (r#","token_type":["Bearer"]"#, "Bearer"),
    ] {
        table.vendor.misbehave(Fault::Acts(ok(&format!(r#"{{"access_token":"{ACCESS}"{kind}}}"#))));
        let object = table.world.run(&["refresh", "--json"]).succeeds().object();
        assert_eq!(object["token_type"], shown, "{kind}");
        assert_eq!(object["warnings"], json!([]), "{kind}");
    }
}

#[test]
fn b29_errors_inside_a_200() {
    Table::check_all(vec![
        ("listed", ok(r#"{"error":"invalid_grant"}"#), LOGIN_REQUIRED, "status 200: invalid_grant", Old),
        ("not listed", ok(r#"{"error":"server_error"}"#), UNAVAILABLE, "status 200: server_error", Bound),
        ("no word", ok(r#"{"error":""}"#), UNREADABLE, "kept sealed", Sealed),
        ("an envelope", ok(r#"{"code":401,"message":"expired"}"#), UNREADABLE, "kept sealed", Sealed),
        ("beside tokens", ok(&GOOD.replace('{', r#"{"error":"","#)), GRANTED, "", New),
    ]);
    let dialect = "[dialects.coded]
extends = \"huawei-isales\"
[dialects.coded.exchanges.refresh.success]
tests = [{ at = \"/result\", equals = 0 }, { at = \"/success\", not_equals = false }]
";
    let mut table = Table::of(StandIn::start(Vendor::HuaweiIsales), dialect);
    table.world.change("dialect = \"huawei-isales\"", "dialect = \"coded\"");
    let coded = |result: &str| {
        ok(&format!(r#"{{"result":{result},"resultData":{{"token":"@A","refreshToken":"@R"}}}}"#))
    };
    let refused = "refused the refresh token";
    for row in [
        ("0", coded("0"), GRANTED, "", New),
        ("\"0\"", coded("\"0\""), GRANTED, "", New),
        ("0.0", coded("0.0"), GRANTED, "", New),
        ("success", coded("0,\"success\":true"), GRANTED, "", New),
        ("success \"false\"", coded("0,\"success\":\"false\""), GRANTED, "", New),
        ("false", ok(r#"{"result":false}"#), LOGIN_REQUIRED, refused, Old),
        ("nothing", ok(r#"{"result":""}"#), LOGIN_REQUIRED, refused, Old),
        ("no success", ok(r#"{"result":0,"success":false}"#), UNREADABLE, "kept sealed", Sealed),
        ("no success, but tokens", coded("0,\"success\":false"), UNREADABLE, "refresh token is kept", New),
    ] {
        table.check(row);
    }
}

/// With `Retry-After` in all its forms: `trouble.rs`; what each vendor documents: `vendors.rs`.
#[test]
fn b30_refusals_with_odd_bodies() {
    let page = "<html><body>Bad Request</body></html>";
    let grant = r#"{"error":"invalid_grant"}"#;
    Table::check_all(vec![
        (
            "400 with a page",
            answer("400 Bad Request", "Content-Type: text/html\r\n", page),
            UNAVAILABLE,
            "status 400",
            Bound,
        ),
        ("400 with nothing", answer("400 Bad Request", "", ""), REQUEST_REJECTED, "status 400", Old),
        ("400 with tokens", answer("400 Bad Request", "", GOOD), REQUEST_REJECTED, "status 400", Old),
        (
            "400 with a list",
            answer("400 Bad Request", "", "[\"invalid_grant\"]"),
            REQUEST_REJECTED,
            "status 400",
            Old,
        ),
        ("401 invalid_grant", answer("401 Unauthorized", "", grant), LOGIN_REQUIRED, "invalid_grant", Old),
        ("403 invalid_grant", answer("403 Forbidden", "", grant), REQUEST_REJECTED, "invalid_grant", Old),
        (
            "400, cut",
            wire("HTTP/1.1 400 Bad Request\r\nContent-Length: 90\r\n\r\n{\"error\":\"invalid_grant\""),
            NO_ANSWER,
            "broke off",
            Old,
        ),
        ("429 with tokens", answer("429 Too Many Requests", "", GOOD), RATE_LIMITED, "status 429", Bound),
        ("503 with a page", answer("503 Service Unavailable", "", page), UNAVAILABLE, "status 503", Bound),
    ]);
    // A date in the future is a time to wait.
    let (soon, begun) = (jiff::Timestamp::now() + Duration::from_secs(600), Since::now());
    let date = soon.strftime("%a, %d %b %Y %H:%M:%S GMT");
    let table = Table::new();
    table.vendor.rate_limit(Some(&date.to_string()));
    let error = table.world.run(&["refresh", "--json"]).exits(5).error();
    begun.assert_left(&error["retry_after"], 600);
}

#[test]
fn b31_statuses_and_status_lines() {
    let line = |line: &str| wire(&format!("{line}\r\nContent-Length: 0\r\n\r\n"));
    let after = |first: &str| {
        let Act::Send(last) = ok(GOOD).remove(0) else { unreachable!("it is sent") };
        wire(&(first.to_owned() + std::str::from_utf8(&last).expect("text")))
    };
    let hint = "HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n";
    let (none, no_http, frame) =
        ("no answer came", "the answer is not HTTP", "did not end as HTTP announced");
    Table::check_all(vec![
        ("100 first", after("HTTP/1.1 100 Continue\r\n\r\n"), GRANTED, "", New),
        ("102 and 103 first", after(&format!("HTTP/1.1 102 Processing\r\n\r\n{hint}")), GRANTED, "", New),
        ("103, 10 000 times", after(&hint.repeat(10_000)), GRANTED, "", New),
        ("103 and no more", wire(hint), NO_ANSWER, none, Old),
        (
            "101 first",
            after("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"),
            NO_ANSWER,
            "status 101",
            Old,
        ),
        ("418", line("HTTP/1.1 418 I'm a teapot"), REQUEST_REJECTED, "status 418", Old),
        ("599", line("HTTP/1.1 599 x"), NO_ANSWER, "status 599", Old),
        ("999", line("HTTP/1.1 999 x"), NO_ANSWER, "status 999", Old),
        ("600 with tokens", answer("600 OK", "", GOOD), NO_ANSWER, "came whole and is kept", New),
        ("no reason", answer("200", "", GOOD), GRANTED, "", New),
        ("HTTP/1.0", after("").into_iter().map(older).collect(), GRANTED, "", New),
        ("bare line feeds", after("").into_iter().map(unix_lines).collect(), GRANTED, "", New),
        ("a status of two digits", answer("20 OK", "", GOOD), NO_ANSWER, no_http, Old),
        ("a status of four digits", answer("2000 OK", "", GOOD), NO_ANSWER, no_http, Old),
        ("a status that is none", answer("abc OK", "", GOOD), NO_ANSWER, no_http, Old),
        ("000", answer("000 OK", "", GOOD), NO_ANSWER, no_http, Old),
        ("HTTP/0.9", wire(GOOD), NO_ANSWER, no_http, Old),
        ("HTTP/2.0", wire(&format!("HTTP/2.0 200 OK\r\n\r\n{GOOD}")), GRANTED, frame, New),
        ("ICY", wire(&format!("ICY 200 OK\r\n\r\n{GOOD}")), GRANTED, frame, New),
        ("no empty line", wire(&format!("HTTP/1.1 200 OK\r\nX: y\r\n{GOOD}")), GRANTED, frame, New),
        ("cut within its head", wire("HTTP/1.1 200 OK\r\nX: y\r\n"), NO_ANSWER, "broke off", Old),
        ("nothing", wire(""), NO_ANSWER, none, Old),
        ("another protocol", wire("SSH-2.0-OpenSSH_9.2\r\n"), NO_ANSWER, no_http, Old),
        ("zeros", binary_only(vec![0; 4_096]), NO_ANSWER, none, Old),
    ]);
}

fn binary_only(bytes: Vec<u8>) -> Vec<Act> {
    vec![Act::Send(bytes)]
}

fn changed(act: Act, change: impl Fn(String) -> String) -> Act {
    match act {
        Act::Send(bytes) => Act::Send(change(String::from_utf8(bytes).expect("text")).into_bytes()),
        other => other,
    }
}

fn older(act: Act) -> Act {
    changed(act, |text| text.replace("HTTP/1.1", "HTTP/1.0"))
}

fn unix_lines(act: Act) -> Act {
    changed(act, |text| text.replace("\r\n", "\n"))
}

#[test]
fn b32_f52_redirects_are_never_followed() {
    let other = StandIn::start(Vendor::Fbox);
    other.expect_unused();
    let table = Table::new();
    let places = [
        other.token_url(),
        table.vendor.token_url(),
        "/elsewhere".to_owned(),
        "http://example.invalid/".to_owned(),
        "file:///etc/passwd".to_owned(),
        format!("{}?refresh_token={REFRESH}", other.token_url()),
        "\u{1b}]0;x".replace('\u{1b}', "%1b"),
    ];
    for status in ["301", "302", "303", "307", "308"] {
        for place in &places {
            let headers = format!("Location: {place}\r\nRefresh: 0; url={place}\r\n");
            let says = "rejected the request (status 30";
            table.check(("redirect", answer(status, &headers, GOOD), REQUEST_REJECTED, says, Old));
        }
    }
    let away = other.token_url();
    let refresh = format!("Refresh: 0; url={away}\r\nLocation: {away}\r\nLink: <{away}>; rel=prefetch\r\n");
    let page = format!("<html><head><meta http-equiv=\"refresh\" content=\"0; url={away}\"></head></html>");
    table.check(("a Refresh header", answer("200 OK", &refresh, GOOD), GRANTED, "", New));
    table.check((
        "a meta refresh",
        answer("200 OK", "Content-Type: text/html\r\n", &page),
        NO_ANSWER,
        "is a web page",
        Old,
    ));
    table.check(("300", answer("300 x", &refresh, ""), REQUEST_REJECTED, "status 300", Old));
    table.check(("304", wire("HTTP/1.1 304 Not Modified\r\n\r\n"), REQUEST_REJECTED, "status 304", Old));
    table.check(("305", answer("305 Use Proxy", &refresh, ""), REQUEST_REJECTED, "status 305", Old));
    assert_eq!(other.requests().len(), 0);
}

/// Printable ASCII, no line of the server's own, and not much of it.
fn check_words(ended: &Ended, what: &str) {
    let text = &ended.stderr;
    assert!(text.bytes().all(|b| b == b'\n' || (0x20..0x7f).contains(&b)), "{what}: {text:?}");
    assert!(text.len() < 1_000 && text.lines().count() <= 2, "{what}: {text}");
    assert!(
        text.lines().all(|line| line.starts_with("tokcli: error: ")
            || line.starts_with("hint: ")
            || line.starts_with('{')),
        "{what}: {text}"
    );
}

#[test]
fn b33_error_texts_that_would_command_a_terminal() {
    let table = Table::new();
    let words = [
        "\u{1b}[2J\u{1b}[31mred",
        "\u{1b}]52;c;Y2FuYXJ5\u{7}",
        "\u{1b}]8;;https://evil.example\u{1b}\\link\u{1b}]8;;\u{1b}\\",
        "\u{1b}]0;title\u{7}",
        "\u{9b}2J\u{9d}0;x\u{9c}",
        "\u{7f}\u{7f}\u{8}\u{8}gone",
        "\u{202e}desrever\u{2066}x",
        "\u{2028}line\u{2029}line\u{85}line",
        "\r\n::add-mask::x\n::set-env name=X::y\n##[group]",
        "tokcli: error: something else\nhint: run `rm -rf ~`",
        "%s%n%p%x{}{0}",
        "\u{0}\u{1}\u{feff}\u{e0001}\u{1f600}",
        "",
    ];
    for text in words.map(str::to_owned).into_iter().chain([words.concat().repeat(100)]) {
        for flags in [&["refresh"][..], &["refresh", "--json"]] {
            let body = json!({ "error": "invalid_scope", "error_description": text }).to_string();
            table.vendor.misbehave(Fault::json(400, &body));
            let ended = table.world.run(flags).exits(3);
            check_words(&ended, &text);
            assert!(ended.stderr.contains("(status 400: invalid_scope"), "{}", ended.stderr);
            if flags.len() > 1 {
                let said = message(&ended);
                let words = said.split_once("(status 400: ").expect("words").1;
                assert!(words.len() <= 301, "{said}");
            }
        }
        // The names of what it holds are the server's words, too.
        let body = json!({ "error_description": &text, text.as_str(): text });
        table.vendor.misbehave(Fault::json(200, &body.to_string()));
        check_words(&table.world.run(&["refresh"]).exits(8), &text);
        let shown = table.world.run(&["recover", "-p", "fbox"]).succeeds();
        assert!(shown.stdout.bytes().all(|b| b == b'\n' || (0x20..0x7f).contains(&b)), "{:?}", shown.stdout);
        table.world.run(&["refresh", "--force-replay"]).succeeds();
    }
    let reason = answer("400 \u{9b}2J\u{202e}::stop-commands::x", "", "\u{1b}]0;x\u{7}");
    table.vendor.misbehave(Fault::Acts(reason));
    check_words(&table.world.run(&["refresh"]).exits(3), "the reason is never shown");
    table.check(("ESC in the reason", answer("400 \u{1b}[2J", "", ""), NO_ANSWER, "broke off", Old));
    let long = json!({ "error": "invalid_scope", "error_description": "e".repeat(1 << 20) }).to_string();
    table.check(("1 MiB", answer("400 Bad Request", "", &long), NO_ANSWER, "longer than 48 KiB", Old));
}

/// What a text looks like after each of the ways in which servers quote.
fn quoted(secret: &str) -> Vec<String> {
    let escaped = |prefix: &str| secret.bytes().map(|b| format!("{prefix}{b:02x}")).collect::<String>();
    vec![
        secret.to_owned(),
        secret.to_uppercase(),
        secret.to_lowercase(),
        secret[secret.len() - 14..].to_owned(),
        url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        escaped("%"),
        escaped("%").to_uppercase(),
        escaped("\\u00"),
        json!(secret).to_string(),
        BASE64_STANDARD.encode(secret),
        BASE64_STANDARD.encode(format!("x{secret}")),
        BASE64_URL_SAFE_NO_PAD.encode(format!("xy{secret}")),
        // As in a header that is quoted: RFC 6749 section 2.3.1 encodes twice.
        BASE64_STANDARD.encode(format!("id:{}", escaped("%"))),
        json!(json!(secret).to_string()).to_string(),
        url::form_urlencoded::byte_serialize(BASE64_STANDARD.encode(secret).as_bytes()).collect(),
    ]
}

#[test]
fn b34_error_texts_that_echo_a_secret() {
    let table = Table::of(StandIn::start(Vendor::OAuth2), "");
    let Table { vendor, world } = &table;
    world.run(&["refresh"]).succeeds();
    let secrets =
        [vendor.current().refresh_token, vendor.current().access_token, vendor.client_secret().to_owned()];
    for secret in &secrets {
        for echo in quoted(secret) {
            let body = json!({ "error": "invalid_scope", "error_description": format!("bad <{echo}>!") });
            vendor.misbehave(Fault::json(400, &body.to_string()));
            let ended = world.run(&["refresh"]).exits(3);
            assert!(ended.stderr.contains("withheld"), "{echo}: {}", ended.stderr);
            assert!(!ended.stderr.contains(&echo), "{echo}");
        }
    }
    let sent = vendor.requests().pop().expect("seen");
    let header = sent
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("authorization"))
        .expect("Basic")
        .1
        .clone();
    vendor.misbehave(Fault::json(
        400,
        &json!({ "error": "invalid_scope", "error_description": header }).to_string(),
    ));
    world.run(&["refresh"]).exits(3).says("withheld");
    // A secret as the name of a member, and one that nobody has seen before this answer.
    vendor.misbehave(Fault::json(200, &json!({ &secrets[0]: 1, "x": { &secrets[1]: 2 } }).to_string()));
    world.run(&["refresh"]).exits(8).says("(a name of ");
    world.run(&["recover", "-p", "oauth2"]).succeeds();
    world.run(&["refresh", "--force-replay"]).succeeds();
    for description in ["use rt-canary-0123456789abcdef from now on", "rt-canary-0123456789abcdef"] {
        vendor.misbehave(Fault::json(
            200,
            &json!({ "refresh_token": "rt-canary-0123456789abcdef", "error_description": description })
                .to_string(),
        ));
        world.run(&["refresh"]).exits(8).says("withheld").says("its new refresh token is kept");
        world.run_with(&["import", "--replace"], &vendor.login().refresh_token).succeeds();
    }
}

#[test]
fn b35_headers_of_every_kind() {
    let with = |headers: &str| answer("200 OK", headers, GOOD);
    let many = |count: usize| (0..count).map(|n| format!("X-{n}: y\r\n")).collect::<String>();
    let (_, off, frame) = ("no answer came", "broke off", "did not end as HTTP announced");
    let table = Table::new();
    for row in [
        ("100 of them", with(&many(99)), GRANTED, "", New),
        ("1 000 of them", with(&many(999)), GRANTED, "", New),
        ("1 001 of them", with(&many(1_000)), GRANTED, frame, New),
        ("10 000 of them", with(&many(10_000)), NO_ANSWER, "longer than 48 KiB", Old),
        ("one of 100 KB", with(&format!("X: {}\r\n", "x".repeat(100_000))), GRANTED, "", New),
        (
            "one of 1 MB",
            with(&format!("X: {}\r\n", "x".repeat(1_000_000))),
            NO_ANSWER,
            "longer than 48 KiB",
            Old,
        ),
        (
            "a name of 1 MB",
            with(&format!("{}: x\r\n", "x".repeat(1_000_000))),
            NO_ANSWER,
            "longer than 48 KiB",
            Old,
        ),
        (
            "a cookie",
            with("Set-Cookie: session=canary-cookie; Path=/\r\nSet-Cookie2: x\r\n"),
            GRANTED,
            "",
            New,
        ),
        (
            "two content types",
            with("Content-Type: text/html\r\nContent-Type: image/png\r\n"),
            GRANTED,
            "",
            New,
        ),
        ("bytes that are no text", with("X: \u{fc}\u{1f600}\r\n"), GRANTED, "", New),
        ("an empty value", with("X:\r\n"), GRANTED, "", New),
        ("a bare CR", with("X: a\rInjected: b\r\n"), GRANTED, frame, New),
        ("a NUL", with("X: a\0b\r\n"), GRANTED, frame, New),
        ("no colon", with("X y\r\n"), GRANTED, "", New),
        ("a blank before the colon", with("X : y\r\n"), GRANTED, "", New),
        ("a folded line", with("X: a\r\n b\r\n"), GRANTED, "", New),
        ("no name", with(": y\r\n"), GRANTED, "", New),
        (
            "another protocol is offered",
            with("Alt-Svc: h3=\":443\"\r\nStrict-Transport-Security: max-age=9\r\n"),
            GRANTED,
            "",
            New,
        ),
        ("nothing but headers", vec![send("HTTP/1.1 200 OK\r\n"), send(&many(50))], NO_ANSWER, off, Old),
    ] {
        table.check(row);
    }
    for seen in table.vendor.requests() {
        assert!(seen.headers.iter().all(|(name, _)| !name.eq_ignore_ascii_case("cookie")));
    }
}

/// The next request carries the access token in a header: a line break in it must not make a second one.
#[test]
fn b35_a_token_with_a_line_break_is_no_header_of_its_own() {
    let vendor = StandIn::start(Vendor::HuaweiIsales);
    let world = World::with(On::File, &vendor);
    vendor.misbehave(Fault::edit(|mut answer| {
        answer["resultData"]["token"] = json!("canary-at-x\r\nX-Injected: y");
        answer
    }));
    world.run(&["refresh"]).exits(3).says("offset 11");
    let ended = world.run(&["refresh"]).exits(3).says("`Authentication` contains a control character");
    assert_eq!(vendor.requests().len(), 1, "{}", ended.stderr);
    let login = vendor.login();
    world.run_with(&["import", "--replace", "--answer"], &login.answer.to_string()).succeeds();
    world.run(&["refresh"]).succeeds();
}

#[test]
fn b36_f47_slow_silent_and_broken_connections() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n";
    let (gate, _latch) = Gate::shut();
    let silence = || Act::Wait(gate.clone());
    let blink = || Act::Pause(Duration::from_millis(200));
    let drip = |bytes: &str| Act::Repeat(bytes.into(), Duration::from_millis(50));
    let (none, off, frame) = ("no answer came", "broke off", "did not end as HTTP announced");
    let late: Vec<Row> = vec![
        ("silence", vec![silence()], NO_ANSWER, none, Old),
        ("silence in the status line", vec![send("HTTP/1.1 20"), silence()], NO_ANSWER, off, Old),
        ("silence after the head", vec![send(head), silence()], NO_ANSWER, off, Old),
        ("silence in the body", vec![send(head), send("{\"access_tok"), silence()], NO_ANSWER, off, Old),
        ("silence after the token", vec![send(head), send(GOOD), silence()], GRANTED, frame, New),
        ("a head that drips", vec![send("HTTP/1.1 200 OK\r\nX: "), drip("x")], NO_ANSWER, off, Old),
        ("hints that drip", vec![drip("HTTP/1.1 103 x\r\n\r\n")], NO_ANSWER, none, Old),
        ("a body that drips", vec![send(head), drip(" ")], NO_ANSWER, off, Old),
        ("a body that drips after the token", vec![send(head), send(GOOD), drip(" ")], GRANTED, frame, New),
        ("chunks that drip", vec![chunked(&chunk(GOOD)).remove(0), drip("1\r\n \r\n")], GRANTED, frame, New),
    ];
    // The time for the whole answer is 3 s here: the next longer limit would be 90 s.
    check_at_once(late, "timeout = \"3s\"", 2.9..80.0);
    let broken: Vec<Row> = vec![
        ("half closed", vec![], NO_ANSWER, none, Old),
        ("RST in the status line", vec![send("HTTP/1.1 20"), blink(), Act::Reset], NO_ANSWER, off, Old),
        ("RST after the head", vec![send(head), blink(), Act::Reset], NO_ANSWER, off, Old),
        ("RST in the body", vec![send(head), send("{\"acc"), blink(), Act::Reset], NO_ANSWER, off, Old),
        ("RST after the token", vec![send(head), send(GOOD), blink(), Act::Reset], GRANTED, frame, New),
        ("RST after all of it", vec![ok(GOOD).remove(0), blink(), Act::Reset], GRANTED, "", New),
        ("never closed", vec![ok(GOOD).remove(0), silence()], GRANTED, "", New),
    ];
    check_at_once(broken, "", 0.0..80.0);
}

#[test]
fn b36_slow_is_no_fault() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    vendor.misbehave(Fault::Drip { chunk: 7, pause: Duration::from_millis(5) });
    world.run(&["refresh"]).succeeds().prints(&format!("{}\n", vendor.current().access_token));
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn b36_an_end_without_close_notify_is_a_cut_unless_the_length_says_otherwise() {
    let options = Options { tls: Tls::SelfSigned, ..Options::default() };
    let table = Table::of(StandIn::start_with(Vendor::Fbox, options), "");
    let unended = |text: &str| vec![send(&format!("HTTP/1.1 200 OK\r\n\r\n{text}")), Act::Drop];
    for row in [
        ("in order", ok(GOOD), GRANTED, "", New),
        ("all that was announced", vec![ok(GOOD).remove(0), Act::Drop], GRANTED, "", New),
        ("all chunks", vec![chunked(&(chunk(GOOD) + "0\r\n\r\n")).remove(0), Act::Drop], GRANTED, "", New),
        ("no length, whole by chance", unended(GOOD), GRANTED, "did not end as HTTP announced", New),
        ("no length, no token", unended(r#"{"access_token":"@A""#), NO_ANSWER, "broke off", Old),
        ("no length, but a proper end", wire(&format!("HTTP/1.1 200 OK\r\n\r\n{GOOD}")), GRANTED, "", New),
    ] {
        table.check(row);
    }
}

#[test]
fn b36_f46_a_connection_reset_before_the_request_was_read() {
    for tls in [false, true] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::with(On::File, &vendor);
        world.add("rotation = \"strict\"");
        let (address, came) = odd_server(reset);
        let scheme = if tls { "https" } else { "http" };
        let elsewhere = format!("{scheme}://{address}");
        move_to(&mut world, &vendor.origin(), &elsewhere);
        let ended = world.run(&["refresh", "--json"]);
        let came = came.load(Ordering::SeqCst);
        match (tls, ended.code) {
            (true, _) | (false, Some(5)) => {
                assert_eq!(ended.error()["code"], "unreachable");
                assert_eq!(came, 3, "nothing was sent: tried twice more");
            }
            // The connection stood for a moment, and a request may have been on its way.
            _ => assert_eq!(ended.error()["code"], "no_answer"),
        }
        assert!((1..=3).contains(&came), "{came}");
        move_to(&mut world, &elsewhere, &vendor.origin());
        world.run(&["refresh"]).succeeds();
    }
}

#[test]
fn b37_certificates_that_are_not_good_enough() {
    for (tls, trusted, why) in [
        (Tls::Expired, true, "it has expired"),
        (Tls::NotYetValid, true, "it is not valid yet"),
        (Tls::NamedForAnother, true, "it is for another name"),
        (Tls::SelfSigned, true, "it is for another name"),
        (Tls::NamedForLoopback, false, "it was not issued by anyone the platform trusts"),
        (Tls::Issued, false, "it was not issued by anyone the platform trusts"),
        (
            Tls::Issued,
            true,
            "the file in `tls.ca_file` holds the server's own certificate, which `ca_file` is not for",
        ),
        (Tls::OfAnAuthority, true, "the file in `tls.ca_file` holds the server's own certificate"),
    ] {
        let vendor = StandIn::start_with(Vendor::Fbox, Options { tls, ..Options::default() });
        let mut world = World::with(On::File, &vendor);
        let pin = format!("tls = {{ pin_sha256 = \"{}\" }}", vendor.fingerprint());
        world.write("ca.pem", &vendor.certificate_pem());
        world.change(&pin, if trusted { "tls = { ca_file = \"ca.pem\" }" } else { "tls = {}" });
        let ended = world.run(&["refresh", "--json"]).exits(3);
        assert_eq!(ended.error()["code"], "config");
        let said = message(&ended);
        assert!(said.contains(why) && said.contains(&vendor.fingerprint()), "{tls:?}: {said}");
        let hint = ended.error()["hint"].as_str().expect("a hint").to_owned();
        assert_eq!(hint.contains("in place of `ca_file`"), why.contains("own certificate"), "{hint}");
        assert_eq!(vendor.requests().len(), 0, "{tls:?}: nothing was sent");
        world.change(if trusted { "tls = { ca_file = \"ca.pem\" }" } else { "tls = {}" }, &pin);
        world.run(&["refresh"]).succeeds();
        assert_eq!(vendor.requests().len(), 1, "{tls:?}: a pin is about the certificate alone");
    }
}

/// A ServerHello of TLS 1.1, and the alert of a server that knows nothing newer.
#[test]
fn b37_handshakes_that_cannot_be_had() {
    let mut hello = vec![0x16, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0xc0, 0x14, 0]);
    for (what, reply) in [
        ("TLS 1.1", hello),
        ("protocol_version", vec![0x15, 3, 2, 0, 2, 2, 70]),
        ("handshake_failure", vec![0x15, 3, 3, 0, 2, 2, 40]),
        ("no_application_protocol", vec![0x15, 3, 3, 0, 2, 2, 120]),
        ("no TLS at all", b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
    ] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::with(On::File, &vendor);
        let (address, came) = odd_server(move |mut stream| {
            let _ = stream.read(&mut [0; 4_096]);
            let _ = stream.write_all(&reply);
        });
        let elsewhere = format!("https://{address}");
        move_to(&mut world, &vendor.origin(), &elsewhere);
        let ended = world.run(&["refresh", "--json", "--deadline", "0"]).exits(5);
        assert_eq!(ended.error()["code"], "unreachable", "{what}");
        assert!(
            message(&ended).contains(&format!("cannot connect to `{address}`: ")),
            "{what}: {}",
            message(&ended)
        );
        assert_eq!(came.load(Ordering::SeqCst), 1, "{what}: the deadline forbids another try");
        move_to(&mut world, &elsewhere, &vendor.origin());
        world.run(&["refresh"]).succeeds();
        assert_eq!(vendor.requests().len(), 1, "{what}: nothing is uncertain");
    }
}

/// Over TLS 1.3 the client learns of it only after it has sent: `vendors.rs`.
#[test]
fn b37_a_client_certificate_that_is_missed_in_tls_1_2_spends_nothing() {
    let key = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(vec!["client".to_owned()]).expect("params");
    let root = params.self_signed(&key).expect("signed").pem();
    let options = Options {
        tls: Tls::SelfSigned,
        demand_client_cert: Some(root.clone()),
        only_tls_1_2: true,
        ..Options::default()
    };
    let vendor = StandIn::start_with(Vendor::Fbox, options);
    let mut world = World::with(On::File, &vendor);
    let error = world.run(&["refresh", "--json", "--deadline", "0"]).exits(5).error();
    assert_eq!(error["code"], "unreachable");
    assert_eq!(vendor.requests().len(), 0);
    world.write("client.pem", &root);
    world.write("client.secret", &key.serialize_pem());
    let pin = format!("pin_sha256 = \"{}\"", vendor.fingerprint());
    world.change(&pin, &format!("{pin}, client_cert = \"client.pem\", client_key = \"client.secret\""));
    world.run(&["refresh"]).succeeds();
}

/// The extensions of a ClientHello (RFC 8446 section 4.1.2), and the versions it offers.
fn offered(hello: &[u8]) -> (Vec<usize>, Vec<u8>) {
    let number = |at: usize| usize::from(hello[at]) << 8 | usize::from(hello[at + 1]);
    // Record, handshake, version and random come before the session id.
    let mut at = 5 + 4 + 2 + 32;
    at += 1 + usize::from(hello[at]);
    at += 2 + number(at);
    at += 1 + usize::from(hello[at]);
    let end = at + 2 + number(at);
    let (mut kinds, mut versions) = (Vec::new(), Vec::new());
    at += 2;
    while at < end {
        let (kind, length) = (number(at), number(at + 2));
        kinds.push(kind);
        if kind == 43 {
            versions = hello[at + 5..at + 4 + length].to_vec();
        }
        at += 4 + length;
    }
    (kinds, versions)
}

/// The stand-in gives session tickets; nobody comes back with one, and nothing is sent before the handshake.
#[test]
fn b37_no_run_offers_an_old_session_early_data_or_an_old_version() {
    let vendor = StandIn::start_tls(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    let (address, hellos) = relay(&vendor);
    move_to(&mut world, &vendor.origin(), &format!("https://{address}"));
    world.run(&["refresh"]).succeeds();
    world.run(&["refresh"]).succeeds();
    let hellos = hellos.lock().expect("no panic");
    assert_eq!(hellos.len(), 2);
    for hello in hellos.iter() {
        let (kinds, versions) = offered(hello);
        assert_eq!(versions, [3, 4, 3, 3], "TLS 1.3 and 1.2");
        for (kind, name) in [(41, "pre_shared_key"), (42, "early_data"), (16, "ALPN")] {
            assert!(!kinds.contains(&kind), "{name}: {kinds:?}");
        }
    }
}

#[test]
fn b38_a_server_that_speaks_http_2_only() {
    let frame = |kind: u8, stream: u8, payload: &[u8]| {
        let length = u8::try_from(payload.len()).expect("short");
        [&[0, 0, length, kind, 0, 0, 0, 0, stream], payload].concat()
    };
    let settings = frame(4, 0, &[]);
    // GOAWAY and RST_STREAM with HTTP_1_1_REQUIRED; HEADERS with `:status 200` between.
    let goaway = frame(7, 0, &[0, 0, 0, 0, 0, 0, 0, 13]);
    let broken = [frame(1, 1, &[0x88]), frame(3, 1, &[0, 0, 0, 13])].concat();
    let options = Options { tls: Tls::SelfSigned, alpn: "h2", ..Options::default() };
    let table = Table::of(StandIn::start_with(Vendor::Fbox, options), "");
    for (what, bytes) in [
        ("SETTINGS", settings.clone()),
        ("GOAWAY", [settings.clone(), goaway].concat()),
        ("RST_STREAM", [settings, broken].concat()),
    ] {
        table.check((what, binary_only(bytes), NO_ANSWER, "the answer is not HTTP", Old));
    }
    table.check(("HTTP/1.1 all the same", ok(GOOD), GRANTED, "", New));
}

#[test]
fn b40_of_two_sets_of_tokens_the_dialect_names_one() {
    let inner = r#"{"access_token":"at-canary-inner","refresh_token":"rt-canary-inner"}"#;
    Table::check_all(vec![
        ("nested first", ok(&GOOD.replace('{', &format!("{{\"data\":{inner},"))), GRANTED, "", New),
        ("nested last", ok(&GOOD.replace('}', &format!(",\"data\":{inner}}}"))), GRANTED, "", New),
        (
            "nested access token only there",
            ok(&format!("{{\"refresh_token\":\"@R\",\"data\":{inner}}}")),
            UNREADABLE,
            "is kept",
            New,
        ),
        (
            "nested refresh token only there",
            ok(&format!("{{\"access_token\":\"@A\",\"data\":{inner}}}")),
            GRANTED,
            "",
            Old,
        ),
    ]);
}

#[test]
fn f45_who_cannot_be_reached_or_trusted_spends_nothing() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::with(On::File, &vendor);
    let origin = vendor.origin();
    move_to(&mut world, &origin, "http://127.0.0.1:1");
    let refused = world.run(&["refresh", "--json"]).exits(5);
    assert_eq!(refused.error()["code"], "unreachable");
    assert!(refused.keeps_to(5.0).seconds > 1.4, "it was tried twice more");
    move_to(&mut world, "http://127.0.0.1:1", "https://does-not-exist.invalid");
    world.run(&["refresh"]).exits(5).says("`does-not-exist.invalid`");
    let stranger = StandIn::start_tls(Vendor::Fbox);
    stranger.expect_unused();
    let (address, hellos) = relay(&stranger);
    let address = format!("https://{address}");
    move_to(&mut world, "https://does-not-exist.invalid", &address);
    let ended = world.run(&["refresh", "--json"]).exits(3);
    assert!(message(&ended).contains(&stranger.fingerprint()), "{}", message(&ended));
    assert_eq!(hellos.lock().expect("no panic").len(), 1, "a certificate does not mend itself");
    move_to(&mut world, &address, &origin);
    world.run(&["token"]).succeeds();
    assert_eq!(vendor.requests().len(), 1, "no trace of the vain tries is left");
}

#[test]
fn f46_after_a_request_without_an_answer_each_class_has_its_rule() {
    for (class, waits) in [
        ("rotation = \"none\"", None),
        ("rotation = \"strict\"", None),
        ("rotation = \"grace-same\"\ngrace = \"30s\"", None),
        ("rotation = \"commit-on-use\"", None),
        ("rotation = \"grace-new\"\ngrace = \"30s\"", Some(15)),
        ("rotation = \"family\"", Some(60)),
        ("rotation = \"unknown\"", Some(60)),
    ] {
        let vendor = StandIn::start(Vendor::Fbox);
        let mut world = World::with(On::File, &vendor);
        world.add(class);
        vendor.misbehave(Fault::ResetAfterRead);
        world.run(&["refresh"]).exits(8);
        let Some(most) = waits else {
            world.run(&["refresh"]).succeeds();
            assert_eq!(vendor.requests().len(), 2, "{class}");
            continue;
        };
        let error = world.run(&["refresh", "--json"]).exits(8).error();
        let wait = error["retry_after"].as_i64().expect("a number");
        assert!((most - 10..=most).contains(&wait), "{class}: {wait}");
        assert_eq!(vendor.requests().len(), 1, "{class}");
    }
}

#[test]
fn f48_a_refresh_token_cut_anywhere_is_not_used() {
    let table = Table::new();
    let start = GOOD.find("@R").expect("there") + ACCESS.len() - 2;
    let good = GOOD.replace("@A", ACCESS).replace("@R", REFRESH);
    for cut in [start - 1, start, start + 1, start + 10, start + REFRESH.len() - 1, start + REFRESH.len()] {
        let text = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", good.len(), &good[..cut]);
        table.check(("cut in the token", wire(&text), NO_ANSWER, "broke off", Old));
        let text = format!("HTTP/1.1 200 OK\r\n\r\n{}", &good[..cut]);
        table.check(("cut in the token, no length", wire(&text), UNREADABLE, "kept sealed", Sealed));
    }
    let text =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", good.len(), good.trim_end_matches('}'));
    table.check(("cut after its last quote", wire(&text), NO_ANSWER, "refresh token came whole", New));
}

#[test]
fn f49_a_refresh_token_that_came_whole_is_presented_first() {
    for store in [On::File, On::Keyring] {
        // The last member of this vendor's answer is the refresh token.
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(store, &vendor);
        let whole = vendor.current().answer.to_string().len();
        vendor.misbehave(Fault::Truncate { at: whole - 1 });
        world.run(&["refresh"]).exits(8).says("the next run refreshes with it");
        world.run(&["token"]).succeeds();
        assert!(vendor.reused().is_empty(), "the old one was not presented again");
        assert_eq!(vendor.requests().len(), 2);
    }
}

/// The vendor takes up the request when its client has long given up.
#[test]
fn f50_a_ghost_revokes_nothing() {
    let options = Options { reuse_revokes: true, ..Options::default() };
    let vendor = StandIn::start_with(Vendor::Fbox, options);
    let mut world = World::with(On::File, &vendor);
    world.add("rotation = \"family\"\ntimeout = \"3s\"");
    let (gate, latch) = Gate::shut();
    vendor.misbehave(Fault::Ghost(gate));
    assert!(world.run(&["refresh"]).exits(8).keeps_to(3.0).seconds > 2.9, "it was given its 3 s");
    for command in ["token", "refresh"] {
        world.run(&[command]).exits(8).says("still be working on it");
    }
    assert_eq!(vendor.requests().len(), 0, "the ghost is still about, and nobody has asked again");
    latch.open();
    wait_for(|| !vendor.requests().is_empty());
    world.run(&["refresh"]).exits(8);
    world.run(&["refresh", "--force-replay"]).exits(8);
    assert_eq!(vendor.requests().len(), 1);
    assert!(vendor.accepts(&vendor.current().access_token), "what the ghost was given lives");
    world.run_with(&["import", "--replace"], &vendor.login().refresh_token).succeeds();
    world.run(&["refresh"]).succeeds();
}

#[test]
fn f53_a_login_page_is_no_answer_and_overwrites_nothing() {
    let table = Table::new();
    let Table { vendor, world } = &table;
    let token = world.run(&["token"]).succeeds();
    let page = "<!DOCTYPE html><html><title>Log in</title><form>canary</form></html>";
    let headers = vec![("Content-Type".to_owned(), "text/html".to_owned())];
    vendor.misbehave(Fault::Answer { status: 200, headers, body: page.into() });
    world.run(&["refresh"]).exits(8).says("is a web page").says("the next run asks again");
    world.run(&["token"]).succeeds().prints(&token.stdout);
    assert!(world.run(&["recover", "-p", "fbox"]).succeeds().stdout.contains("journal and store agree"));
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 3);
}

#[test]
fn f54_a_result_that_is_not_0_spends_nothing() {
    let table = Table::of(StandIn::start(Vendor::HuaweiIsales), "");
    for row in [
        ("1", ok(r#"{"result":1}"#), LOGIN_REQUIRED, "status 200", Old),
        (
            "\"1\" with tokens",
            ok(r#"{"result":"1","resultData":{"token":"@A","refreshToken":"@R"}}"#),
            UNREADABLE,
            "its new refresh token is kept",
            New,
        ),
        ("a text", ok(r#"{"result":"failed"}"#), LOGIN_REQUIRED, "status 200", Old),
        ("null", ok(r#"{"result":null}"#), UNREADABLE, "kept sealed", Sealed),
    ] {
        table.check(row);
    }
}

#[test]
fn f55_the_same_refresh_token_again_is_no_rotation() {
    let vendor = StandIn::start_with(Vendor::Fbox, Options { rotates: false, ..Options::default() });
    let world = World::with(On::Keyring, &vendor);
    let token = vendor.current().refresh_token;
    let generation = || world.item("fbox")["credential"]["generation"].as_u64().expect("a number");
    let first = generation();
    for rotation in 1..=2 {
        world.run(&["refresh"]).succeeds().keeps_stderr_empty();
        assert_eq!(generation(), first + rotation, "it moves on");
        assert_eq!(vendor.current().refresh_token, token);
        // A spent one would be refused here.
        let imported = world.run_with(&["import", "--json"], &token).succeeds().object();
        assert_eq!(imported["outcome"], "unchanged");
    }
    assert_eq!(vendor.sends_of(&token), 2);
}

/// Each run has 128 MiB of addresses, which a length of the server's choice would not fit into.
#[test]
fn f74_endless_answers_are_read_to_48_kib_and_no_further() {
    let table = Table::new();
    let Table { vendor, world } = &table;
    let (fast, page) = (Duration::ZERO, "x".repeat(64 << 10));
    let body = || Act::Repeat(page.clone().into(), fast);
    for (what, acts, found) in [
        ("no length", vec![send("HTTP/1.1 200 OK\r\n\r\n"), body()], 49_152),
        (
            "all that 63 bits can say",
            vec![send("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n"), body()],
            49_152,
        ),
        (
            "an endless chunk",
            vec![send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n"), body()],
            49_152,
        ),
        (
            "endless chunks",
            vec![
                send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
                Act::Repeat(b"1\r\nx\r\n".repeat(9_000), fast),
            ],
            49_152,
        ),
        ("an endless refusal", vec![send("HTTP/1.1 400 Bad Request\r\n\r\n"), body()], 49_152),
        ("an endless header", vec![send("HTTP/1.1 200 OK\r\nX: "), body()], 49_152),
        (
            "endless headers",
            vec![send("HTTP/1.1 200 OK\r\n"), Act::Repeat(b"X: y\r\n".repeat(9_000), fast)],
            49_152,
        ),
        ("an endless status line", vec![send("HTTP/1.1 200 "), body()], 49_152),
        ("interim answers", vec![Act::Repeat(b"HTTP/1.1 100 Continue\r\n\r\n".repeat(2_000), fast)], 49_152),
        (
            "early hints",
            vec![Act::Repeat(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(1_000), fast)],
            49_152,
        ),
        (
            "interim answers of no meaning, before an endless header",
            vec![send("HTTP/1.1 102 \r\n\r\nHTTP/1.1 199 x\r\n\r\nHTTP/1.1 200 OK\r\nX: "), body()],
            49_152,
        ),
        (
            "an endless chunk extension",
            vec![send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x="), body()],
            49_152,
        ),
        (
            "endless chunk extensions",
            vec![
                send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
                Act::Repeat(b"1;x=y;z\r\nx\r\n".repeat(5_000), fast),
            ],
            3_276,
        ),
        (
            "endless trailers",
            vec![
                send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"),
                Act::Repeat(b"X: y\r\n".repeat(9_000), fast),
            ],
            1,
        ),
        (
            "an endless trailer",
            vec![send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX: "), body()],
            1,
        ),
    ] {
        let before = vendor.requests().len();
        vendor.misbehave(Fault::Acts(acts));
        let script = "ulimit -v 131072; exec \"$0\" refresh --json";
        let begun = std::time::Instant::now();
        let mut command = world.command_of("bash", &["-c", script, env!("CARGO_BIN_EXE_tokcli")]);
        let output = command.stdin(Stdio::null()).output().expect("bash runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(8), "{what}: {said}");
        assert!(
            said.contains("\"no_answer\"") && !said.contains(CANARY) && output.stdout.is_empty(),
            "{what}: {said}"
        );
        assert!(
            begun.elapsed() < Duration::from_secs(80),
            "{what}: not read until the time for an answer is over"
        );
        assert_eq!(vendor.requests().len(), before + 1, "{what}");
        let lines = world.run(&["recover", "--json"]).succeeds().object()["found"].clone();
        let kept = lines.to_string().contains(&format!(" {found} bytes, broken off"));
        assert!(kept, "{what}: {lines}");
        world.run(&["refresh"]).succeeds();
    }
}

#[test]
fn f75_another_certificate_than_the_pinned_one_gets_nothing() {
    let (vendor, changed) = (StandIn::start_tls(Vendor::Fbox), StandIn::start_tls(Vendor::Fbox));
    changed.expect_unused();
    assert_ne!(changed.fingerprint(), vendor.fingerprint());
    // Both stand behind one door, one after the other.
    let behind = Arc::new(Mutex::new(vendor.origin().trim_start_matches("https://").to_owned()));
    let server = Arc::clone(&behind);
    let (address, _) = odd_server(move |client| {
        let server = server.lock().expect("no panic").clone();
        pass_on(client, TcpStream::connect(server).expect("the stand-in"));
    });
    let mut world = World::with(On::File, &vendor);
    move_to(&mut world, &vendor.origin(), &format!("https://{address}"));
    world.run(&["refresh"]).succeeds();
    *behind.lock().expect("no panic") = changed.origin().trim_start_matches("https://").to_owned();
    let ended = world.run(&["refresh", "--json"]).exits(3);
    assert_eq!(ended.error()["code"], "config");
    assert!(message(&ended).contains(&changed.fingerprint()), "{}", message(&ended));
    assert_eq!(changed.requests().len(), 0);
    let status: Value = world.run(&["status", "--json"]).succeeds().object();
    assert_eq!(status["profiles"][0]["state"], "valid", "nothing was sent, and nothing is uncertain");
}
