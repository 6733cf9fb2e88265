//! Dialects: how one vendor's requests are shaped and its answers read, as data.
//!
//! A built-in and a user's own are read by the same code and checked whole
//! before anything is sent. A dialect opens no socket and knows no store.

pub(crate) mod answer;
pub(crate) mod catalog;
mod check;
pub(crate) mod diagnosis;
pub(crate) mod digest_auth;
pub(crate) mod dpop;
pub(crate) mod draft;
mod encryption;
pub(crate) mod examples;
mod extend;
pub(crate) mod flow;
mod library;
pub(crate) mod made;
pub(crate) mod nonces;
mod origin;
pub(crate) mod request;
pub(crate) mod schema;
pub(crate) mod signature;
pub(crate) mod template;
pub(crate) mod totp;
mod utc_offset;

pub(crate) use library::UserDialects;
