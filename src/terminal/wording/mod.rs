//! The words for how things stand, and the way out of it, one file for each thing that is told.

mod credential;
mod hints;
pub(crate) mod login;
mod outcome;
#[cfg(test)]
mod tests;
mod time;

pub(crate) use self::credential::{
    exported, login_lost, no_credential, no_id_token, none_but_begun, nothing_renews, too_many_unread,
    unread_login,
};
pub(crate) use self::hints::{
    client_hint, held_by_another_machine, hinting_at_plain_basic, import_hint, import_line, login_hint,
    unread_hint, used_up_hint,
};
pub(crate) use self::outcome::{error, marked, not_revoked, remembered, spared};
pub(crate) use self::time::{moment_of, until, waits, words_of};
