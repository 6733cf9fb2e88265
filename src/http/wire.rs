//! A connection whose reading is watched: how much came, and, until the head of an answer is understood, the bytes
//! themselves.

use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A head, and a body as large as one is kept.
const LARGEST: usize = 64 << 10;

pub(super) struct Tap {
    bytes: RefCell<Vec<u8>>,
    shut: Cell<bool>,
    refused: Cell<bool>,
    came: Cell<u64>,
}

impl Tap {
    /// `None`: there is too little memory.
    pub(super) fn with_room() -> Option<Rc<Tap>> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(LARGEST).ok()?;
        Some(Rc::new(Tap {
            bytes: RefCell::new(bytes),
            shut: Cell::default(),
            refused: Cell::default(),
            came: Cell::default(),
        }))
    }

    /// The head is understood: nothing is kept from now on.
    pub(super) fn shut(&self) {
        self.shut.set(true);
    }

    pub(super) fn is_shut(&self) -> bool {
        self.shut.get()
    }

    /// The head cannot be understood: the bytes are all there is.
    pub(super) fn refuse(&self) {
        self.refused.set(true);
    }

    pub(super) fn came(&self) -> u64 {
        self.came.get()
    }

    pub(super) fn has_room(&self) -> bool {
        self.bytes.borrow().len() < LARGEST
    }

    /// What came and was not understood.
    pub(super) fn unparsed(&self) -> Option<Vec<u8>> {
        self.refused.get().then(|| self.bytes.take())
    }

    fn note(&self, new: &[u8]) {
        self.came.set(self.came.get() + new.len() as u64);
        if !self.is_shut() {
            let mut bytes = self.bytes.borrow_mut();
            let room = LARGEST - bytes.len();
            bytes.extend_from_slice(&new[..new.len().min(room)]);
        }
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
        ready!(Pin::new(&mut self.stream).poll_read(turn, into))?;
        self.tap.note(&into.filled()[before..]);
        Poll::Ready(Ok(()))
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
