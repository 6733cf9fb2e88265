//! Logins: each way to a first token, with the person, the browser and the vendor that belong to it.

pub mod browser;
pub mod scene;

mod code;
mod counterparts;
mod device;
mod discovery;
mod entry;
mod hostile;
pub mod kills;
mod logout;
mod over;
mod password;
mod relogin;
mod terminal;
mod unattended;
mod unsafe_answers;
mod vendors_own;
