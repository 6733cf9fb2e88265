//! Telling a person that a login has died: the command of `on_login_required`, at most once for each death, however many
//! runs notice it.
//!
//! The rule that matters: the mark says that a person is told, and is durable, before the command is started; and it is
//! started when the claim is released. Whoever is killed in between has told nobody, and nobody does it again.

use std::cell::RefCell;

use crate::base::detached;
use crate::base::error::plain;
use crate::credential::mark::Marks;
use crate::credential::reading::RefusalKind;
use crate::credential::record::Record;
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

/// Whether a mark that comes to `marks` says that a person is told.
pub(super) fn is_told(marks: &Marks, kind: RefusalKind, profile: &Profile) -> bool {
    marks.iter().any(|last| last.told) || (kind == RefusalKind::LoginRequired && profile.notice.is_some())
}

impl Death {
    /// `after` is what the journal holds, and `before` what it held.
    pub(super) fn note(&self, before: &Credential, after: &Credential, profile: &Profile) {
        let told = |credential: &Credential| {
            credential.record().is_some_and(|record| record.marks.iter().any(|mark| mark.told))
        };
        if told(after) && !told(before) {
            let mark = after.record().and_then(|record: &Record| record.marks.newest());
            *self.0.borrow_mut() = mark.map(|mark| wording::error(&mark.outcome, None, profile).message());
        }
    }

    /// Starts the command, if there is something to tell. Whatever becomes of it changes nothing for this run.
    pub(crate) fn tell(&self, profile: &Profile, out: &Output) {
        let (Some(reason), Some(notice)) = (self.0.take(), &profile.notice) else { return };
        let given = [(PROFILE, profile.name.as_str()), (REASON, reason.as_str())];
        out.step("telling a person by the command of `on_login_required`");
        if let Err(cause) = detached::start(&notice.command, profile.directory(), &profile.hidden, &given) {
            let name = notice.command.first().map_or("", String::as_str);
            out.warn(format!("the command `{name}` of `on_login_required` cannot be run: {}", plain(&cause)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::mark::Mark;
    use crate::credential::outcome::{Outcome, Said};
    use crate::credential::reading::Evidence;
    use crate::testing::profiles::profile;
    use crate::testing::samples::{credential, moment};

    const PLAIN: &str = "dialect = 'oauth2'\ntoken_url = 'https://a.example/t'\nclient_id = 'c'\n";

    fn of(keys: &str) -> Profile {
        profile(&format!("{PLAIN}{keys}")).expect(keys)
    }

    fn telling() -> Profile {
        of("on_login_required = { command = ['tell'] }\n")
    }

    fn mark(kind: RefusalKind, told: bool) -> Mark {
        let said = Said { status: 400, words: Some("expired".into()) };
        let outcome = Outcome::Refused { kind, said, lost_at: None, sent_by: Vec::new() };
        let (about, alike, client, audience) = (String::new(), Vec::new(), None, None);
        Mark {
            outcome,
            about,
            alike,
            client,
            audience,
            evidence: Evidence::Words,
            at: moment(1),
            again: 0,
            told,
        }
    }

    fn marked(mark: Option<Mark>) -> Credential {
        let mut there = credential(1, 1, 1, "rt");
        there.record_mut().expect("held").marks = mark.into();
        there
    }

    #[test]
    fn a_death_is_told_of_once_whatever_is_refused_after_it() {
        use RefusalKind::{ClientRejected, LoginRequired};
        let [none, told, untold] =
            [None, Some(mark(LoginRequired, true)), Some(mark(LoginRequired, false))].map(Marks::from);
        assert!(is_told(&none, LoginRequired, &telling()) && !is_told(&none, LoginRequired, &of("")));
        assert!(!is_told(&none, ClientRejected, &telling()), "no login helps a client");
        // Somebody who configured it late is told when the vendor is asked again.
        assert!(is_told(&untold, LoginRequired, &telling()));
        for kind in [LoginRequired, ClientRejected] {
            assert!(is_told(&told, kind, &of("")) && is_told(&told, kind, &telling()));
        }
    }

    #[test]
    fn only_the_run_that_notes_it_first_tells_and_says_why() {
        use RefusalKind::LoginRequired;
        let noted = |before: Option<Mark>, after: Option<Mark>| {
            let death = Death::default();
            death.note(&marked(before), &marked(after), &telling());
            death.0.take()
        };
        let told = || Some(mark(LoginRequired, true));
        let words = "the vendor refused the refresh token; a person must log in again (status 400: expired)";
        assert_eq!(noted(None, told()).as_deref(), Some(words));
        assert_eq!(noted(Some(mark(LoginRequired, false)), told()).as_deref(), Some(words));
        for (before, after) in
            [(told(), told()), (None, None), (None, Some(mark(LoginRequired, false))), (told(), None)]
        {
            assert_eq!(noted(before, after), None);
        }
    }
}
