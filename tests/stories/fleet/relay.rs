//! Stands before a vault, asks for each question what is to become of it, and counts. Its own connections to the vault are
//! good for one question each; those of the machines stay open, as with the vault itself.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::stand_in::Gate;

/// A question, and what it does to the claim.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    /// Of a write.
    pub phase: Phase,
    pub body: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It writes no record.
    None,
    Claimed,
    Sent,
    Uncertain,
    /// With no claim: a result, or a record by itself.
    Free,
}

/// What becomes of a question.
pub enum Fate {
    Pass,
    /// It never reaches the vault, and its connection ends.
    LoseRequest,
    /// The vault does it, and nobody hears of that.
    LoseAnswer,
    /// It waits here, and goes to the vault when the gate is open.
    Wait(Gate),
    /// It waits here, and never reaches the vault.
    Swallow(Gate),
    /// This is said in place of the vault.
    Say(u16, Vec<(String, String)>, String),
    /// What the vault says is remembered, for those who ask again.
    Remember(Arc<Mutex<Option<Vec<u8>>>>),
    /// What was remembered.
    Repeat(Arc<Mutex<Option<Vec<u8>>>>),
}

type Rule = Box<dyn FnMut(&Asked) -> Fate + Send>;

#[derive(Clone)]
pub struct Relay {
    pub port: u16,
    inner: Arc<Inner>,
}

struct Inner {
    vault: u16,
    rule: Mutex<Rule>,
    asked: Mutex<Vec<Asked>>,
    /// By so many seconds the vault's clock is put forward, as its answers tell.
    ahead: AtomicI64,
    down: AtomicBool,
}

impl Relay {
    pub fn before(vault: u16) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let inner = Inner {
            vault,
            rule: Mutex::new(Box::new(|_| Fate::Pass)),
            asked: Mutex::default(),
            ahead: AtomicI64::new(0),
            down: AtomicBool::new(false),
        };
        let relay = Relay { port, inner: Arc::new(inner) };
        relay.listen(listener);
        relay
    }

    fn listen(&self, listener: TcpListener) {
        let relay = self.clone();
        thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                if relay.is_down() {
                    return;
                }
                let relay = relay.clone();
                // Whoever was killed ends a connection as it likes.
                thread::spawn(move || relay.serve(caller));
            }
        });
    }

    /// Whatever is asked from now on.
    pub fn rule(&self, rule: impl FnMut(&Asked) -> Fate + Send + 'static) {
        *self.inner.rule.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(rule);
    }

    /// The next write of this phase.
    pub fn once(&self, phase: Phase, fate: impl FnOnce() -> Fate + Send + 'static) {
        let mut fate = Some(fate);
        self.rule(move |asked| match fate.take() {
            Some(fate) if asked.phase == phase => fate(),
            kept => {
                fate = kept;
                Fate::Pass
            }
        });
    }

    pub fn pass_all(&self) {
        self.rule(|_| Fate::Pass);
    }

    /// Nobody listens any more when this returns.
    pub fn go_down(&self) {
        self.inner.down.store(true, Ordering::SeqCst);
        while TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
            thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn come_back(&self) {
        self.inner.down.store(false, Ordering::SeqCst);
        self.listen(TcpListener::bind(("127.0.0.1", self.port)).expect("the port"));
    }

    fn is_down(&self) -> bool {
        self.inner.down.load(Ordering::SeqCst)
    }

    pub fn later(&self, seconds: i64) {
        self.inner.ahead.store(seconds, Ordering::SeqCst);
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.inner.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many writes of this phase came.
    pub fn writes(&self, phase: Phase) -> usize {
        self.asked().iter().filter(|asked| asked.phase == phase).count()
    }

    fn serve(&self, mut caller: TcpStream) -> io::Result<()> {
        loop {
            let (asked, question) = read_question(&mut caller)?;
            if self.is_down() {
                return Ok(());
            }
            self.inner.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked.clone());
            let fate = (self.inner.rule.lock().unwrap_or_else(PoisonError::into_inner))(&asked);
            let answer = match fate {
                Fate::Pass => self.put(&question)?,
                Fate::LoseRequest => return Ok(()),
                Fate::LoseAnswer => return self.put(&question).map(drop),
                Fate::Wait(gate) => {
                    gate.pass();
                    self.put(&question)?
                }
                Fate::Swallow(gate) => {
                    gate.pass();
                    return Ok(());
                }
                Fate::Say(status, headers, body) => {
                    let headers: String =
                        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                    format!("HTTP/1.1 {status} x\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
                        .into_bytes()
                }
                Fate::Remember(place) => {
                    let answer = self.put(&question)?;
                    *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer.clone());
                    answer
                }
                Fate::Repeat(place) => {
                    let kept = place.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    kept.unwrap_or_default()
                }
            };
            caller.write_all(&answer)?;
        }
    }

    /// The answer, with its length and with the vault's clock put forward.
    fn put(&self, question: &[u8]) -> io::Result<Vec<u8>> {
        let mut vault = TcpStream::connect(("127.0.0.1", self.inner.vault))?;
        vault.write_all(question)?;
        let mut answer = Vec::new();
        vault.read_to_end(&mut answer)?;
        let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(answer) };
        let (head, body) = (String::from_utf8_lossy(&answer[..end]).into_owned(), &answer[end + 4..]);
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap_or_default().replacen("HTTP/1.0", "HTTP/1.1", 1);
        let mut told = format!("{status}\r\n");
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap_or((line, ""));
            match name.to_ascii_lowercase().as_str() {
                "connection" | "content-length" | "transfer-encoding" => {}
                "date" => told += &format!("Date: {}\r\n", self.moved(value)),
                _ => told += &format!("{line}\r\n"),
            }
        }
        told += &format!("Content-Length: {}\r\n\r\n", body.len());
        Ok([told.as_bytes(), body].concat())
    }

    fn moved(&self, date: &str) -> String {
        let there = rfc2822::parse(date).map_or_else(|_| Timestamp::now(), |date| date.timestamp());
        let then = there + SignedDuration::from_secs(self.inner.ahead.load(Ordering::SeqCst));
        rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&then).expect("a date")
    }
}

/// As it goes to the vault: of HTTP/1.0, so that the connection ends with the answer.
fn read_question(caller: &mut TcpStream) -> io::Result<(Asked, Vec<u8>)> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Request::new(&mut headers);
        if let Ok(httparse::Status::Complete(length)) = head.parse(&bytes) {
            let body = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case("Content-Length"));
            let body = body.and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok());
            if bytes.len() >= length + body.unwrap_or(0) {
                let body: Value = serde_json::from_slice(&bytes[length..]).unwrap_or_default();
                let (method, path) =
                    (head.method.expect("whole").to_owned(), head.path.expect("whole").to_owned());
                let phase = phase_of(&method, &body);
                let line = format!("{method} {path} HTTP/1.0\r\n");
                let rest = bytes.windows(2).position(|two| two == b"\r\n").expect("a first line") + 2;
                return Ok((Asked { method, path, phase, body }, [line.as_bytes(), &bytes[rest..]].concat()));
            }
        }
        match caller.read(&mut piece)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => bytes.extend_from_slice(&piece[..count]),
        }
    }
}

fn phase_of(method: &str, body: &Value) -> Phase {
    let data = &body["data"];
    if method != "POST" || data["record"].is_null() {
        return Phase::None;
    }
    match data["claim"]["phase"].as_str() {
        Some("claimed") => Phase::Claimed,
        Some("sent") => Phase::Sent,
        Some("uncertain") => Phase::Uncertain,
        _ => Phase::Free,
    }
}

/// What a record in the vault says, if it is not sealed.
pub fn opened(data: &Value) -> String {
    let record = data["record"].as_str().expect("a record");
    String::from_utf8_lossy(&STANDARD.decode(record).expect("base64")).into_owned()
}
