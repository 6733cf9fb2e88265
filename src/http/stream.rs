//! What comes of connecting: a stream of bytes, or why there is none.

use tokio::io::{AsyncRead, AsyncWrite};

use crate::base::error::{Code, Error};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    Yes,
    No,
}

pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}
pub(super) type Stream = Box<dyn Duplex>;

/// Why there is no connection, and whether another try could help.
pub(super) struct NotConnected {
    pub(super) error: Error,
    pub(super) again: Again,
}

pub(super) type Connected<T> = Result<T, NotConnected>;

impl NotConnected {
    pub(super) fn passing(words: String) -> NotConnected {
        NotConnected { error: Error::new(Code::Unreachable, words), again: Again::Yes }
    }

    pub(super) fn settled(error: Error) -> NotConnected {
        NotConnected { error, again: Again::No }
    }
}
