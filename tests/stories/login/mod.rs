//! Logins: each way to a first token, with the person, the browser and the vendor that belong to it.

pub mod browser;
pub mod scene;

mod addresses;
mod code;
mod counterparts;
mod crowds;
mod cut;
mod device;
mod discovery;
mod entry;
mod hints;
mod hostile;
mod hung_up;
mod id_token;
pub mod kills;
mod language;
mod logout;
mod over;
mod password;
mod plain;
mod relogin;
mod sealed;
mod standing;
mod terminal;
mod told;
mod two_places;
mod two_steps;
mod unattended;
mod unsafe_answers;
mod vendors_own;
