//! One request and its answer over a connection that stands. Everything that came is kept: in parts, if the
//! rest never comes, and as bare bytes, if they are no HTTP that can be parsed.
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
use hyper::client::conn::http1::{self, Connection, Parts, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncReadExt as _;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::message::RawAnswer;
use super::partial::Partial;
use super::stream::Stream;
use super::unparsed::Unparsed;
use super::wire::{Tap, Tapped};
use crate::base::error::{Result, unavailable};

/// As curl has it, in round numbers.
const MOST_HEADERS: usize = 1_000;
/// What reading an answer and sealing it may take beside what is allocated here, all in all.
const SPARE: usize = 2 << 20;
/// A timer that rings so late tells that this process was stopped.
const LATE: Duration = Duration::from_secs(1);
/// How often the socket is asked in vain before it counts as empty.
const TURNS: u32 = 16;
/// What cannot be parsed has no length: it ends with the connection, or when nothing came for so long.
const QUIET: Duration = Duration::from_secs(3);

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
        keep: &[String],
        time: Duration,
    ) -> (RawAnswer, Option<Box<dyn Any>>) {
        let wire = TokioIo::new(Tapped::new(stream, Rc::clone(&self.tap)));
        let ended = {
            let mut talk = pin!(talk(wire, request, keep, &mut self.answer, &self.tap));
            tokio::select! {
                biased;
                ended = &mut talk => Some(ended),
                () = too_late(time) => what_is_there(talk, &self.tap).await,
            }
        };
        let (whole, connection) = ended.unwrap_or((false, None));
        if let Some(bytes) = self.tap.unparsed() {
            self.answer.take(&Unparsed::of(&bytes));
        }
        (self.answer.finish(whole), connection)
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

/// Reads on for as long as the socket holds something. Each turn asks it anew.
async fn what_is_there<T>(mut talk: Pin<&mut impl Future<Output = T>>, tap: &Tap) -> Option<T> {
    let (mut vain, mut came) = (0, tap.came());
    while vain < TURNS {
        tokio::select! {
            biased;
            ended = &mut talk => return Some(ended),
            () = yield_now() => {}
        }
        vain = if tap.came() == came { vain + 1 } else { 0 };
        came = tap.came();
    }
    None
}

/// Whether the answer came whole.
async fn talk(
    wire: Wire,
    request: Request<String>,
    keep: &[String],
    answer: &mut Partial,
    tap: &Tap,
) -> (bool, Option<Box<dyn Any>>) {
    let Ok((sender, mut connection)) = lenient().handshake(wire).await else { return (false, None) };
    let ended = driving(&mut connection, converse(sender, request, keep, answer, tap)).await;
    let Parts { io, read_buf, .. } = connection.into_parts();
    let mut wire = io.into_inner();
    if !matches!(&ended, Err(Some(cause)) if cause.is_parse() && !tap.is_shut()) {
        // A length that was too small: nothing else can follow, for nothing else was asked for.
        let whole = ended.is_ok() && !answer.goes_on_with(&read_buf);
        return (whole, Some(Box::new(wire)));
    }
    tap.refuse();
    let mut bytes = [0; 4096];
    while tap.has_room() && matches!(timeout(QUIET, wire.read(&mut bytes)).await, Ok(Ok(1..))) {}
    (false, Some(Box::new(wire)))
}

/// Reads heads as curl does.
fn lenient() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .title_case_headers(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_spaces_after_header_name_in_responses(true)
        .ignore_invalid_headers_in_responses(true)
        .max_headers(MOST_HEADERS);
    builder
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
    keep: &[String],
    answer: &mut Partial,
    tap: &Tap,
) -> std::result::Result<(), Option<hyper::Error>> {
    let response = sender.send_request(request).await.map_err(Some)?;
    tap.shut();
    answer.begin(response.status().as_u16(), response.headers(), keep)?;
    let mut body: Incoming = response.into_body();
    while let Some(frame) = poll_fn(|turn| Pin::new(&mut body).poll_frame(turn)).await {
        if let Ok(data) = frame.map_err(Some)?.into_data() {
            answer.add(&data)?;
        }
    }
    Ok(())
}
