//! Requests and answers as data, and the one door through which they go. Knows neither profiles nor
//! dialects.

pub(crate) mod client;
mod connect;
mod exchange;
mod lenient;
pub(crate) mod lines;
pub(crate) mod message;
mod partial;
pub(crate) mod pasted;
mod platform;
mod prepared;
pub(crate) mod probe;
pub(crate) mod proxy;
pub(crate) mod redirect;
mod runtime;
pub(crate) mod service;
mod stream;
pub(crate) mod tls;
pub(crate) mod tries;
pub(crate) mod trust;
mod unparsed;
mod upstream;
mod wire;
