//! A connection whose reading is watched: how much came, and the bytes themselves, should the parser not understand
//! them.

use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::base::room::Room;

/// A head, and a body as large as one is kept.
const LARGEST: usize = 64 << 10;

/// So much, and no head of an answer in it.
const ENDLESS: usize = 1 << 20;

/// What is known of the bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Frame {
    /// No head has been understood.
    #[default]
    None,
    /// The head is understood, and the body so far.
    Good,
    /// The head is understood, and its body is not what it announces; from which byte on, if that is among those noted.
    Wrong(Option<usize>),
}

pub(super) struct Tap {
    bytes: RefCell<Room>,
    frame: Cell<Frame>,
    /// Nothing more will come.
    ended: Cell<bool>,
    moved: Cell<u64>,
    /// In bytes, noted or not.
    read: Cell<usize>,
}

impl Tap {
    /// `None`: there is too little memory.
    pub(super) fn with_room() -> Option<Rc<Tap>> {
        Some(Rc::new(Tap {
            bytes: RefCell::new(Room::of(LARGEST)?),
            frame: Cell::default(),
            ended: Cell::default(),
            moved: Cell::default(),
            read: Cell::default(),
        }))
    }

    pub(super) fn set_frame(&self, frame: Frame) {
        self.frame.set(frame);
    }

    pub(super) fn frame(&self) -> Frame {
        self.frame.get()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.get()
    }

    /// Grows whenever something comes that has room, or is made of what came: an endless stream ends there.
    pub(super) fn moved(&self) -> u64 {
        self.moved.get()
    }

    pub(super) fn moves(&self, by: usize) {
        self.moved.set(self.moved.get() + by as u64);
    }

    pub(super) fn has_room(&self) -> bool {
        self.bytes.borrow().len() < LARGEST
    }

    /// The place of the last byte that was looked at, if the parser left so many after it.
    pub(super) fn last_but(&self, left: usize) -> Option<usize> {
        if self.has_room() { self.bytes.borrow().len().checked_sub(left + 1) } else { None }
    }

    /// All that came, as far as there was room.
    pub(super) fn take_bytes(&self) -> Room {
        self.bytes.take()
    }

    /// Interim answers (1xx) may come without end, and the parser passes over them without a pause.
    fn is_endless(&self) -> bool {
        self.frame() == Frame::None && self.read.get() > ENDLESS
    }

    fn note(&self, new: &[u8]) {
        self.read.set(self.read.get() + new.len());
        let mut bytes = self.bytes.borrow_mut();
        let room = new.len().min(LARGEST - bytes.len());
        bytes.extend_from_slice(&new[..room]);
        self.moves(room);
    }
}

pub(super) struct Tapped<S> {
    stream: S,
    tap: Rc<Tap>,
}

impl<S> Tapped<S> {
    pub(super) fn new(stream: S, tap: Rc<Tap>) -> Tapped<S> {
        Tapped { stream, tap }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tapped<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        turn: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(turn, into));
        let new = &into.filled()[before..];
        self.tap.ended.set(read.is_err() || new.is_empty());
        self.tap.note(new);
        if self.tap.is_endless() {
            self.tap.ended.set(true);
            return Poll::Ready(Err(io::Error::other("no head in all that came")));
        }
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tapped<S> {
    fn poll_write(mut self: Pin<&mut Self>, turn: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(turn, from)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        turn: &mut Context<'_>,
        from: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(turn, from)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, turn: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(turn)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, turn: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(turn)
    }
}
