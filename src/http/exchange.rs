//! One request and its answer over a connection that stands. Everything that came is kept: in parts, if the
//! rest never comes, and as bare bytes, if they are no HTTP that can be parsed, or no body as it is announced.
//!
//! The rule that matters: the time-out is believed only when the socket holds nothing more. This process may
//! have been stopped meanwhile, with the answer waiting.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::Duration;

use hyper::Request;
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1::{Connection, Parts, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncReadExt as _;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::lenient;
use super::message::{RawAnswer, Wanted};
use super::partial::Partial;
use super::stream::Stream;
use super::unparsed::Unparsed;
use super::wire::{Frame, Tap, Tapped};
use crate::base::error::{Result, unavailable};

/// What reading an answer and sealing it may take beside what is allocated here, all in all.
const SPARE: usize = 2 << 20;
/// A timer that rings so late tells that this process was stopped.
const LATE: Duration = Duration::from_secs(1);
/// How often the socket is asked in vain before it counts as empty.
const TURNS: u32 = 16;
/// What cannot be parsed has no length: it ends with the connection, or when nothing came for so long.
const QUIET: Duration = Duration::from_secs(3);
/// So long a success that is blank or open is waited for beyond the end that it announced.
const MOMENT: Duration = Duration::from_millis(200);

type Wire = TokioIo<Tapped<Stream>>;

/// Room for an answer, before anything is sent: later memory may be short.
pub(super) struct Exchange {
    answer: Partial,
    tap: Rc<Tap>,
}

impl Exchange {
    pub(super) fn with_room() -> Result<Exchange> {
        let room = || {
            let exchange = Exchange { answer: Partial::with_room()?, tap: Tap::with_room()? };
            Vec::<u8>::new().try_reserve_exact(SPARE).ok()?;
            Some(exchange)
        };
        room().ok_or_else(|| unavailable("there is too little memory for an answer; nothing was sent"))
    }

    /// The answer, and the connection, which whoever has stored the answer may close.
    pub(super) async fn run(
        mut self,
        stream: Stream,
        request: Request<String>,
        wanted: &Wanted,
        time: Duration,
    ) -> (RawAnswer, Option<Box<dyn Any>>) {
        let wire = TokioIo::new(Tapped::new(stream, Rc::clone(&self.tap)));
        let ended = {
            let mut talk = pin!(talk(wire, request, wanted, &mut self.answer, &self.tap));
            tokio::select! {
                biased;
                ended = &mut talk => Some(ended),
                () = too_late(time) => what_is_there(talk, &self.tap).await,
            }
        };
        self.keep_what_was_not_understood();
        (self.answer.finish(), ended.flatten())
    }

    fn keep_what_was_not_understood(&mut self) {
        let nothing_made = !self.answer.is_whole() && self.answer.is_blank();
        let bytes = self.tap.take_bytes();
        match self.tap.frame() {
            Frame::None => self.answer.take(&Unparsed::of(&bytes)),
            Frame::Wrong(at) => self.answer.take_rest(&bytes, at),
            Frame::Good if nothing_made => self.answer.take_rest(&bytes, None),
            Frame::Good => {}
        }
    }
}

/// The time during which this process was stopped is given back, once and as far as it is known: who was
/// not there cannot say that nothing came.
async fn too_late(time: Duration) {
    let due = Instant::now() + time;
    sleep_until(due).await;
    let late = due.elapsed();
    if late > LATE {
        sleep(late.min(time)).await;
    }
}

/// Reads on for as long as the socket holds something, or something is made of it. Each turn asks anew.
async fn what_is_there<T>(mut talk: Pin<&mut impl Future<Output = T>>, tap: &Tap) -> Option<T> {
    let (mut vain, mut moved) = (0, tap.moved());
    while vain < TURNS {
        tokio::select! {
            biased;
            ended = &mut talk => return Some(ended),
            () = yield_now() => {}
        }
        vain = if tap.moved() == moved { vain + 1 } else { 0 };
        moved = tap.moved();
    }
    None
}

/// The connection, if there was one to talk over.
async fn talk(
    wire: Wire,
    request: Request<String>,
    wanted: &Wanted,
    answer: &mut Partial,
    tap: &Tap,
) -> Option<Box<dyn Any>> {
    let (sender, mut connection) = lenient::client().handshake(wire).await.ok()?;
    let ended = driving(&mut connection, converse(sender, request, wanted, answer, tap)).await;
    let Parts { io, read_buf, .. } = connection.into_parts();
    let mut wire = io.into_inner();
    match ended {
        Ok(()) => {
            answer.goes_on_with(&read_buf);
            read_on(&mut wire, answer).await;
        }
        // More than there is room for.
        Err(None) => {}
        Err(Some(_)) if tap.frame() == Frame::Good && tap.has_ended() => {}
        Err(Some(_)) => {
            // It did not break off: it is not what the parser expects.
            if tap.frame() == Frame::Good {
                tap.set_frame(Frame::Wrong(tap.last_but(read_buf.len())));
            }
            drain(&mut wire, tap).await;
        }
    }
    Some(Box::new(wire))
}

/// To where the tap's room ends: it notes what is read.
async fn drain(wire: &mut Tapped<Stream>, tap: &Tap) {
    let mut bytes = [0; 4096];
    while tap.has_room() && matches!(timeout(QUIET, wire.read(&mut bytes)).await, Ok(Ok(1..))) {}
}

/// The rest of a body whose length is too small may come a moment later.
async fn read_on(wire: &mut Tapped<Stream>, answer: &mut Partial) {
    let mut bytes = [0; 4096];
    while answer.may_go_on() {
        let patience = if answer.is_whole() { MOMENT } else { QUIET };
        match timeout(patience, wire.read(&mut bytes)).await {
            Ok(Ok(read @ 1..)) => answer.goes_on_with(&bytes[..read]),
            _ => return,
        }
    }
}

async fn driving<T>(connection: &mut Connection<Wire, String>, talk: impl Future<Output = T>) -> T {
    let (mut talk, mut open) = (pin!(talk), true);
    poll_fn(|turn| {
        open = open && connection.poll_without_shutdown(turn).is_pending();
        talk.as_mut().poll(turn)
    })
    .await
}

/// `Err(None)`: there was more than there is room for.
async fn converse(
    mut sender: SendRequest<String>,
    request: Request<String>,
    wanted: &Wanted,
    answer: &mut Partial,
    tap: &Tap,
) -> std::result::Result<(), Option<hyper::Error>> {
    let response = sender.send_request(request).await.map_err(Some)?;
    tap.set_frame(Frame::Good);
    answer.begin(response.status().as_u16(), response.headers(), wanted);
    let mut body: Incoming = response.into_body();
    while let Some(frame) = poll_fn(|turn| Pin::new(&mut body).poll_frame(turn)).await {
        if let Ok(data) = frame.map_err(Some)?.into_data() {
            tap.moves(data.len());
            answer.add(&data)?;
        }
    }
    answer.end();
    Ok(())
}
