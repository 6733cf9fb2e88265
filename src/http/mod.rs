//! Requests and answers as data, and the one door through which they go.

pub(crate) mod client;
pub(crate) mod message;
pub(crate) mod proxy;
pub(crate) mod tls;
