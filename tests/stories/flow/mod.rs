//! Flows that are more than one request with one answer, or less.

mod made;
mod now_and_then;
mod server;
