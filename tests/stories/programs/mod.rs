//! Programs that ask for a token in a way of their own.

mod env;
mod exec;
