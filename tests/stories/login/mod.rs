//! Logins: each way to a first token, with the person, the browser and the vendor that belong to it.

pub mod browser;

mod counterparts;
