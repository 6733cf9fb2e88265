//! Telling a person that a login has died: the command of `on_login_required`, at most once for each death, however many
//! runs notice it.
//!
//! The rule that matters: the mark says that a person is told, and is durable, before the command is started; and it is
//! started when the claim is released. Whoever is killed in between has told nobody, and nobody does it again.

use std::cell::RefCell;

use crate::base::detached;
use crate::base::error::plain;
use crate::credential::reading::RefusalKind;
use crate::credential::record::{Mark, Record};
use crate::credential::state::Credential;
use crate::profile::Profile;
use crate::terminal::output::Output;
use crate::terminal::wording;

/// What the command is given: the profile, and why a person must log in, in words for people.
const PROFILE: &str = "TOKCLI_NOTICE_PROFILE";
const REASON: &str = "TOKCLI_NOTICE_REASON";

/// The one that this run noticed first, if it did: why.
#[derive(Default)]
pub(crate) struct Death(RefCell<Option<String>>);

/// Whether a mark that follows `last` says that a person is told.
pub(super) fn is_told(last: Option<&Mark>, kind: RefusalKind, profile: &Profile) -> bool {
    last.is_some_and(|last| last.told) || (kind == RefusalKind::LoginRequired && profile.notice.is_some())
}

impl Death {
    /// `after` is what the journal holds, and `before` what it held.
    pub(super) fn note(&self, before: &Credential, after: &Credential, profile: &Profile) {
        let told = |credential: &Credential| {
            credential.record().and_then(|record| record.mark.as_ref()).is_some_and(|mark| mark.told)
        };
        if told(after) && !told(before) {
            let mark = after.record().and_then(|record: &Record| record.mark.as_ref());
            *self.0.borrow_mut() = mark.map(|mark| wording::error(&mark.outcome, None, profile).message());
        }
    }

    /// Starts the command, if there is something to tell. Whatever becomes of it changes nothing for this run.
    pub(crate) fn tell(&self, profile: &Profile, out: &Output) {
        let (Some(reason), Some(notice)) = (self.0.take(), &profile.notice) else { return };
        let given = [(PROFILE, profile.name.as_str()), (REASON, reason.as_str())];
        out.step("telling a person by the command of `on_login_required`");
        if let Err(cause) = detached::start(&notice.command, profile.directory(), &notice.hidden, &given) {
            let name = notice.command.first().map_or("", String::as_str);
            out.warn(format!("the command `{name}` of `on_login_required` cannot be run: {}", plain(&cause)));
        }
    }
}
