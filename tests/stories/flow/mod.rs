//! Flows that are more than one request with one answer, or less; and requests that prove a key.

mod bound;
mod desk;
mod digest;
mod leaving;
mod made;
mod now_and_then;
pub mod server;
