//! The ways a vendor misbehaves, each for one request: how the token fares, and what then travels down the wire.
//!
//! The rule: a fault that shows the real answer, whole, late or cut, comes after the vendor processed the request, so the
//! refresh token is spent. A fault that shows none of it leaves the token alone, unless it is wrapped in `SpendThen`.

use std::io::{self, Write};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use super::gate::Gate;
use super::http::Answer;
use super::tls::Wire;

pub type Edit = Box<dyn Fn(Value) -> Value + Send>;
pub type Telling = Box<dyn Fn(&Value) -> Vec<Act> + Send>;

/// One step of an answer told byte by byte. After the last one the connection ends as it should.
#[derive(Clone)]
pub enum Act {
    Send(Vec<u8>),
    Pause(Duration),
    /// Until this gate is open.
    Wait(Gate),
    /// The same bytes at this pace for ever, that is, until the client leaves.
    Repeat(Vec<u8>, Duration),
    /// Ends the connection by RST.
    Reset,
    /// Ends it without a word; over TLS, without close_notify.
    Drop,
}

pub enum Fault {
    /// A canned answer. `Content-Length` and `Connection: close` are added unless `headers` sets them.
    Answer { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    /// These bytes instead of an HTTP answer, then the end.
    Raw(Vec<u8>),
    /// These steps instead of an answer.
    Acts(Vec<Act>),
    /// The real answer's JSON, told by these steps.
    Retell(Telling),
    /// Processes the request only when this gate is open, and its client may have left: its answer is the real one.
    Ghost(Gate),
    /// The vendor processes the request (rotates), and then misbehaves this way.
    SpendThen(Box<Fault>),
    /// Closes a fresh connection before reading anything, TLS handshake included.
    DropBeforeRead,
    /// Reads the request and closes without an answer.
    DropAfterRead,
    /// Reads the request and ends the connection by RST.
    ResetAfterRead,
    /// The real answer with its true `Content-Length`, cut after so many bytes of the body.
    Truncate { at: usize },
    /// The real answer, cut in the middle of its head.
    CutMidHeader,
    /// Reads the request, waits until this gate is open, closes without an answer.
    Silence(Gate),
    /// Processes the request at once, answers late.
    Delay(Duration),
    /// The same, when this gate is open.
    Held(Gate),
    /// The real answer in small pieces.
    Drip { chunk: usize, pause: Duration },
    /// The real answer under another content type; an empty one leaves the header out.
    WrongContentType(String),
    /// The real answer with its JSON changed.
    EditAnswer(Edit),
}

impl Fault {
    /// A canned JSON answer.
    pub fn json(status: u16, body: &str) -> Fault {
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        Fault::Answer { status, headers, body: body.as_bytes().to_vec() }
    }

    pub fn edit(edit: impl Fn(Value) -> Value + Send + 'static) -> Fault {
        Fault::EditAnswer(Box::new(edit))
    }

    pub fn retell(telling: impl Fn(&Value) -> Vec<Act> + Send + 'static) -> Fault {
        Fault::Retell(Box::new(telling))
    }

    pub fn spend_then(fault: Fault) -> Fault {
        Fault::SpendThen(Box::new(fault))
    }

    /// Does the vendor process the request before it misbehaves?
    pub fn processes(&self) -> bool {
        use Fault::*;
        match self {
            Answer { .. } | Raw(_) | Acts(_) => false,
            DropBeforeRead | DropAfterRead | ResetAfterRead | Silence(_) => false,
            SpendThen(_) | Truncate { .. } | CutMidHeader | Delay(_) | Held(_) | Drip { .. } => true,
            WrongContentType(_) | EditAnswer(_) | Retell(_) | Ghost(_) => true,
        }
    }

    /// The fault without what `SpendThen` says about the token.
    pub fn on_the_wire(self) -> Fault {
        match self {
            Fault::SpendThen(fault) => fault.on_the_wire(),
            fault => fault,
        }
    }

    /// What is answered in place of the real answer; `None` when nothing is.
    pub fn answer(&self, real: Option<Answer>) -> Option<Answer> {
        match self {
            Fault::Answer { status, headers, body } => {
                Some(Answer { status: *status, headers: headers.clone(), body: body.clone() })
            }
            Fault::WrongContentType(kind) => real.map(|answer| relabelled(answer, kind)),
            Fault::EditAnswer(edit) => real.map(|answer| edited(answer, edit)),
            Fault::Raw(_) | Fault::Acts(_) | Fault::DropBeforeRead | Fault::DropAfterRead => None,
            Fault::ResetAfterRead | Fault::Silence(_) => None,
            _ => real,
        }
    }

    /// Sends `answer` the faulty way, and ends the connection.
    pub fn deliver(&self, answer: Option<Answer>, mut wire: Wire) -> io::Result<()> {
        match self {
            Fault::ResetAfterRead => return wire.reset(),
            Fault::Silence(gate) | Fault::Held(gate) => gate.pass(),
            Fault::Delay(time) => sleep(*time),
            _ => {}
        }
        match self {
            Fault::Raw(bytes) => {
                wire.write_all(bytes)?;
                return wire.finish();
            }
            Fault::Acts(acts) => return act(acts, wire),
            _ => {}
        }
        let Some(answer) = answer else {
            return Ok(());
        };
        match self {
            Fault::CutMidHeader => cut(&answer.head(), answer.head().len() / 2, &mut wire),
            Fault::Truncate { at } => {
                wire.write_all(&answer.head())?;
                cut(&answer.body, *at, &mut wire)
            }
            Fault::Drip { chunk, pause } => drip(&answer, *chunk, *pause, wire),
            Fault::Retell(telling) => match serde_json::from_slice(&answer.body) {
                Ok(body) => act(&telling(&body), wire),
                Err(_) => answer.send(&mut wire).and_then(|()| wire.finish()),
            },
            _ => {
                answer.send(&mut wire)?;
                wire.finish()
            }
        }
    }
}

fn relabelled(answer: Answer, kind: &str) -> Answer {
    let mut answer = answer.with("Content-Type", kind);
    answer.headers.retain(|(_, value)| !value.is_empty());
    answer
}

/// An answer without JSON (a refusal with an empty body) stays as it is.
fn edited(mut answer: Answer, edit: &Edit) -> Answer {
    if let Ok(body) = serde_json::from_slice(&answer.body) {
        answer.body = edit(body).to_string().into_bytes();
    }
    answer
}

fn cut(bytes: &[u8], at: usize, wire: &mut Wire) -> io::Result<()> {
    wire.write_all(&bytes[..at.min(bytes.len())])?;
    wire.flush()
}

fn drip(answer: &Answer, chunk: usize, pause: Duration, mut wire: Wire) -> io::Result<()> {
    let mut bytes = answer.head();
    bytes.extend_from_slice(&answer.body);
    for piece in bytes.chunks(chunk.max(1)) {
        wire.write_all(piece)?;
        wire.flush()?;
        sleep(pause);
    }
    wire.finish()
}

fn act(acts: &[Act], mut wire: Wire) -> io::Result<()> {
    for act in acts {
        match act {
            Act::Send(bytes) => wire.write_all(bytes).and_then(|()| wire.flush())?,
            Act::Pause(time) => sleep(*time),
            Act::Wait(gate) => gate.pass(),
            Act::Repeat(bytes, pace) => loop {
                wire.write_all(bytes).and_then(|()| wire.flush())?;
                sleep(*pace);
            },
            Act::Reset => return wire.reset(),
            Act::Drop => return Ok(()),
        }
    }
    wire.finish()
}
