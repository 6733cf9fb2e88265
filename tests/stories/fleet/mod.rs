//! One login on many machines, which share it in a vault: a real one.

mod access;
mod dying;
mod foreign;
mod link;
mod lost;
pub mod machine;
mod nodes;
mod outages;
mod people;
mod relay;
mod sharing;
mod storm;
pub mod vault;
