//! The journal's side of one send: the intent, durable, before the first byte;
//! the raw answer, sealed, right after the last. Between the vendor's answer and
//! the journal write stands nothing.

use std::sync::{Arc, Mutex, PoisonError};

use crate::base::clock::Moment;
use crate::base::error::plain;
use crate::base::error::{Code, Error, Result, unavailable};
use crate::base::process;
use crate::base::sends::Sending;
use crate::credential::record::Contents;
use crate::http::message::RawAnswer;
use crate::store::JournalWriter;

/// A machine that slept this long (ms) between its second look and the send looks again.
const STALE_LOOK: i64 = 30_000;

/// Intent and answer.
pub(crate) const WRITES: usize = 2;

/// The process ends by no signal from the intent until this is dropped, after the save.
pub(crate) struct WriteAhead(Arc<Mutex<Inner>>);

struct Inner {
    writer: JournalWriter,
    contents: Contents,
    looked: Moment,
    slept: bool,
    sending: Option<Sending>,
}

impl WriteAhead {
    pub(crate) fn new(writer: JournalWriter, contents: Contents, looked: Moment) -> WriteAhead {
        WriteAhead(Arc::new(Mutex::new(Inner { writer, contents, looked, slept: false, sending: None })))
    }

    /// Runs when the connection stands. Signals wait from here until the record is saved.
    pub(crate) fn before_first_byte(&self) -> Box<dyn FnOnce() -> Result<()> + Send> {
        let inner = Arc::clone(&self.0);
        Box::new(move || {
            let mut inner = inner.lock().unwrap_or_else(PoisonError::into_inner);
            let sending = Sending::begin();
            let now = Moment::now();
            if now.since(&inner.looked) > STALE_LOOK {
                inner.slept = true;
                return Err(Error::new(
                    Code::Unreachable,
                    "connecting took so long that the credential may have changed; nothing was sent",
                ));
            }
            inner.sending = Some(sending);
            let mut contents = inner.contents.clone();
            if let Some(attempt) = &mut contents.attempt {
                attempt.sent_at = now;
            }
            let written = inner
                .writer
                .write(&contents)
                .map_err(|cause| unavailable(format!("cannot write the journal: {}", plain(&cause))));
            inner.contents = contents;
            if written.is_ok() {
                process::panic_means(Code::NoAnswer);
            }
            written
        })
    }

    /// Nothing was sent, because the look was too old by then.
    pub(crate) fn slept(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).slept
    }

    pub(crate) fn seal(&self, raw: RawAnswer) -> (Contents, std::io::Result<()>) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut answered = inner.contents.clone();
        answered.sequence += 1;
        if let Some(attempt) = &mut answered.attempt {
            attempt.answer = Some(raw);
        }
        let durable = inner.writer.write(&answered);
        (answered, durable)
    }
}
