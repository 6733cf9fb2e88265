//! Stands before a server and counts what reaches it, and can hold or lose one request or its answer. Everything else passes
//! as it is, but for `Connection: close`.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use serde_json::Value;

use crate::sequence::wait_for;
use crate::stand_in::{Gate, Latch};

/// What is to become of the next request.
enum Plan {
    /// Never reaches the server; the connection ends after this.
    Request(Box<dyn FnOnce() + Send>),
    /// Was handled; the answer is passed on if this says so.
    Answer(Box<dyn FnOnce() -> bool + Send>),
}

#[derive(Default)]
struct State {
    plan: Option<Plan>,
    requests: usize,
    answers: Vec<Vec<u8>>,
}

#[derive(Clone)]
pub struct Relay {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl Relay {
    pub fn before(server: u16) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let relay = Relay { port, state: Arc::default() };
        let own = relay.clone();
        thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                let relay = own.clone();
                // A caller that was killed, or a server, ends the connection as it likes.
                thread::spawn(move || relay.pass(caller, server));
            }
        });
        relay
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn requests(&self) -> usize {
        self.state().requests
    }

    /// The body of the last answer of the server, whoever got it.
    pub fn last_answer(&self) -> Value {
        let state = self.state();
        let answer = String::from_utf8_lossy(state.answers.last().expect("an answer")).into_owned();
        let json = &answer[answer.find('{').expect("JSON")..=answer.rfind('}').expect("JSON")];
        serde_json::from_str(json).expect("JSON")
    }

    /// The next request is counted, but never reaches the server; the caller sees the connection end after `then`.
    pub fn lose_request(&self, then: impl FnOnce() + Send + 'static) {
        self.state().plan = Some(Plan::Request(Box::new(then)));
    }

    /// The next request is counted and held as long as the latch is; it never reaches the server.
    pub fn hold_request(&self) -> Latch {
        let (gate, latch) = Gate::shut();
        self.lose_request(move || gate.pass());
        latch
    }

    /// The next answer is not passed on; the caller sees the connection end after `then`.
    pub fn lose_answer(&self, then: impl FnOnce() + Send + 'static) {
        self.state().plan = Some(Plan::Answer(Box::new(move || {
            then();
            false
        })));
    }

    /// The next answer is held as long as the latch is, and then passed on.
    pub fn hold_answer(&self) -> Latch {
        let (gate, latch) = Gate::shut();
        self.state().plan = Some(Plan::Answer(Box::new(move || {
            gate.pass();
            true
        })));
        latch
    }

    pub fn wait_for_answers(&self, count: usize) {
        wait_for(|| self.state().answers.len() >= count);
    }

    fn pass(&self, mut caller: TcpStream, server: u16) -> io::Result<()> {
        let request = read_request(&mut caller)?;
        let plan = {
            let mut state = self.state();
            state.requests += 1;
            state.plan.take()
        };
        let then = match plan {
            Some(Plan::Request(then)) => {
                then();
                return Ok(());
            }
            Some(Plan::Answer(then)) => then,
            None => Box::new(|| true),
        };
        let mut onward = TcpStream::connect(("127.0.0.1", server))?;
        onward.write_all(&request)?;
        let mut answer = Vec::new();
        onward.read_to_end(&mut answer)?;
        self.state().answers.push(answer.clone());
        if then() {
            caller.write_all(&answer)?;
        }
        Ok(())
    }
}

/// The whole of it, with the word that the server is to end the connection after its answer.
fn read_request(caller: &mut TcpStream) -> io::Result<Vec<u8>> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Request::new(&mut headers);
        if let Ok(httparse::Status::Complete(length)) = head.parse(&bytes) {
            let body = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case("Content-Length"));
            let body = body.and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok());
            if bytes.len() >= length + body.unwrap_or(0) {
                let line = bytes.windows(2).position(|two| two == b"\r\n").expect("a first line") + 2;
                return Ok([&bytes[..line], b"Connection: close\r\n", &bytes[line..]].concat());
            }
        }
        match caller.read(&mut piece)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => bytes.extend_from_slice(&piece[..count]),
        }
    }
}
