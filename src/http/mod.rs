//! Requests and answers as data, and the one door through which they go. Knows neither profiles nor
//! dialects.

pub(crate) mod client;
pub(crate) mod message;
mod partial;
pub(crate) mod proxy;
pub(crate) mod tls;
pub(crate) mod tries;
