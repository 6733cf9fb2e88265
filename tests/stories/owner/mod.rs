//! One machine has the login, and lends access tokens of it to others: what these know, what they ask, and what they are told.

mod asked;
mod lent;
pub mod pair;
mod passed_on;
mod refused;
mod said;
mod told;
