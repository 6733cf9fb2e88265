//! The journal's side of one send: the intent, durable, before the first byte;
//! the raw answer, sealed, right after the last. Between the vendor's answer and
//! the journal write stands nothing.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::clock::Moment;
use crate::base::error::{Code, Error, Result, unavailable};
use crate::base::process;
use crate::base::sends::Sending;
use crate::base::waiting;
use crate::credential::state::Credential;
use crate::http::client::Meanwhile;
use crate::http::message::RawAnswer;
use crate::store::JournalWriter;

/// A machine that slept this long (ms) between its second look and the send looks again.
const STALE_LOOK: i64 = 30_000;

/// Intent and answer.
pub(super) const WRITES: usize = 2;

/// The process ends by no signal from the intent until this is dropped, after the save.
pub(super) struct WriteAhead(Arc<Mutex<Inner>>);

struct Inner {
    writer: JournalWriter,
    intent: Credential,
    looked: Moment,
    held_back: Option<HeldBack>,
    hold: Hold,
    sending: Option<Sending>,
}

/// Why a request that could be sent was not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum HeldBack {
    /// The look was too old by then.
    Slept,
    /// Another machine has claimed the refresh.
    Overtaken,
}

/// What waits from the intent to the save.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    Signals,
    /// Nothing: what is presented cannot be spent, and a run that ends at once loses nothing.
    Nothing,
}

/// The answer as it came, and whether the journal has it.
pub(super) struct Sealed {
    pub(super) credential: Credential,
    pub(super) durable: io::Result<()>,
}

impl WriteAhead {
    /// `looked`: when the credential was seen that the intent rests on.
    pub(super) fn new(writer: JournalWriter, intent: Credential, looked: Moment, hold: Hold) -> WriteAhead {
        WriteAhead(Arc::new(Mutex::new(Inner {
            writer,
            intent,
            looked,
            held_back: None,
            hold,
            sending: None,
        })))
    }

    /// Runs when the connection stands. Signals wait from here until the record is saved.
    /// `then`: when nothing but the request is left to be done.
    pub(super) fn before_first_byte(
        &self,
        then: impl FnOnce() + Send + 'static,
    ) -> Box<dyn FnOnce() -> Result<Meanwhile> + Send> {
        let shared = Arc::clone(&self.0);
        Box::new(move || {
            let mut inner = shared.lock().unwrap_or_else(PoisonError::into_inner);
            inner.sending = (inner.hold == Hold::Signals).then(Sending::begin);
            let Inner { writer, intent, looked, held_back, .. } = &mut *inner;
            intent.sent_at(Moment::now());
            if !writer.announce(intent)? {
                *held_back = Some(HeldBack::Overtaken);
                return Err(unavailable("another machine claimed the refresh meanwhile; nothing was sent"));
            }
            // Asked last: whoever is told may take long over it, and the machine may sleep meanwhile.
            let now = Moment::now();
            if now.since(looked) > STALE_LOOK {
                *held_back = Some(HeldBack::Slept);
                return Err(Error::new(
                    Code::Unreachable,
                    "connecting took so long that the credential may have changed; nothing was sent",
                ));
            }
            intent.sent_at(now);
            let written = writer.write(intent);
            written.map_err(|cause| unavailable("cannot write the journal").because(&cause))?;
            process::panic_means(Code::NoAnswer);
            then();
            // A thread takes longer to begin than many an answer. Whoever sits there is told of a slow disk too.
            if waiting::is_watched() {
                inner.sending.iter_mut().for_each(Sending::listen);
                return Ok(None);
            }
            drop(inner);
            // While the answer takes long: a part of it may have come, and the rest waits for a moment.
            let listen = move || {
                let mut inner = shared.lock().unwrap_or_else(PoisonError::into_inner);
                inner.sending.iter_mut().for_each(Sending::listen);
            };
            Ok(Some(Box::new(listen) as _))
        })
    }

    /// Nothing was sent, and why, if it was not the way to the vendor.
    pub(super) fn held_back(&self) -> Option<HeldBack> {
        self.inner().held_back
    }

    pub(super) fn seal(&self, raw: RawAnswer) -> Sealed {
        let mut inner = self.inner();
        let credential = std::mem::take(&mut inner.intent).answered(raw);
        let durable = inner.writer.write(&credential);
        Sealed { credential, durable }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
