//! Whether a credential as it stands answers what is asked: looks at the record
//! and the clock, changes nothing and sends nothing.

use std::time::Duration;

use crate::base::clock::{Moment, millis};
use crate::base::error::{Code, Error, Result, refused};
use crate::credential::issued::Issued;
use crate::credential::record::{Access, Contents, Outcome};
use crate::credential::transition;
use crate::profile::Profile;
use crate::profile::secrets::Secrets;
use crate::session::demand::{Demand, Run};
use crate::store::seal::SealingKey;

const MIN_TTL: Duration = Duration::from_secs(60);

pub(crate) struct Judge<'a> {
    pub(crate) run: &'a Run<'a>,
    pub(crate) profile: &'a Profile,
    pub(crate) want: &'a Demand,
    /// Those that were read already: under the lock none are read.
    pub(crate) secrets: Option<&'a Secrets>,
}

/// What a look came to, if no error did.
pub(crate) enum Judged {
    /// The token at hand is what was asked for.
    Enough(Issued),
    /// A refresh is due; meanwhile this token is still valid.
    Due(Option<Access>),
    /// It is due, but the vendor is not to be asked now.
    Spared(Error, Option<Access>),
}

/// Refuses a credential whose profile now points elsewhere: nothing is sent or printed.
pub(crate) fn check_binding(profile: &Profile, contents: &Contents) -> Result<()> {
    let (now, then) = (&profile.binding, &contents.record.bound);
    if now == then {
        return Ok(());
    }
    let name = &profile.name;
    let client =
        |id: &Option<String>| id.as_ref().map_or("no client".to_owned(), |id| format!("client `{id}`"));
    let words = format!(
        "the credential `{}` is bound to {} with {}, but the profile says {} with {}",
        profile.account,
        then.origins.join(", "),
        client(&then.client_id),
        now.origins.join(", "),
        client(&now.client_id)
    );
    Err(refused(words).hint(format!("`tokcli rebind --profile {name}` confirms the change; two profiles that share a name by accident want an `account` each")))
}

impl Judge<'_> {
    pub(crate) fn judge(&self, contents: &Contents, key: &SealingKey) -> Result<Judged> {
        check_binding(self.profile, contents)?;
        let record = &contents.record;
        let now = Moment::now();
        let valid = record.access.as_ref().and_then(|access| Some((access, access.remaining(&now)?)));
        // An answer that waits to be read may hold a better one, and may have ended this one.
        if contents.holds_unread_answer() && !self.want.offline {
            return Ok(Judged::Due(valid.map(|(access, _)| access.clone())));
        }
        if let Some((access, left)) = valid {
            let ours = access.obtained.is_after(&self.run.started.moment());
            if ours || (!self.want.fresh && left > self.min_ttl(access)) {
                let access = access.clone();
                return Ok(Judged::Enough(Issued::at_hand(access)));
            }
        }
        if self.want.offline {
            return Ok(Judged::Due(None));
        }
        let at_hand = valid.map(|(access, _)| access.clone());
        let spared = record.outcome.as_ref().map_or(Ok(()), |outcome| self.adopt(outcome, &now));
        let spared =
            spared.and_then(|()| if self.want.obey_marks { self.obey_mark(contents, key) } else { Ok(()) });
        match spared {
            Ok(()) => Ok(Judged::Due(at_hand)),
            Err(error) => Ok(Judged::Spared(error, at_hand)),
        }
    }

    /// Whether a token that an earlier run obtained will do for this one, which has asked nobody yet.
    pub(crate) fn suffices(&self, access: &Access) -> bool {
        let least = if self.want.fresh { 0 } else { self.min_ttl(access) };
        access.remaining(&Moment::now()).is_some_and(|left| left > least)
    }

    /// Another run failed while this one waited, or was told to stay away for a while.
    fn adopt(&self, outcome: &Outcome, now: &Moment) -> Result<()> {
        let Some(code) = Code::from_word(&outcome.code) else {
            return Ok(());
        };
        let mut error = Error::new(code, outcome.message.clone());
        let elapsed = u64::try_from(now.certainly_since(&outcome.at) / 1_000).unwrap_or(0);
        error.retry_after = outcome.retry_after.map(|wait| wait.saturating_sub(elapsed));
        let binding = matches!(code, Code::RateLimited | Code::Unavailable)
            && error.retry_after.is_some_and(|left| left > 0);
        let meanwhile = outcome.at.is_after(&self.run.started.moment());
        if binding || meanwhile { Err(self.with_hint(error)) } else { Ok(()) }
    }

    fn obey_mark(&self, contents: &Contents, key: &SealingKey) -> Result<()> {
        let Some(mark) = &contents.record.mark else {
            return Ok(());
        };
        let code = Code::from_word(&mark.code).unwrap_or(Code::LoginRequired);
        let read = match self.secrets {
            None if code == Code::ClientRejected => Some(self.profile.secrets(self.run.out.json())?),
            _ => None,
        };
        if mark.about != transition::mark_about(code, self.profile, key, self.secrets.or(read.as_ref())) {
            return Ok(());
        }
        let words = format!("remembered from the last request: {}", mark.message);
        Err(self.with_hint(Error::new(code, words)))
    }

    fn with_hint(&self, error: Error) -> Error {
        match error.code {
            Code::LoginRequired => error.hint(transition::login_hint(self.profile)),
            Code::ClientRejected => error.hint(transition::client_hint(self.profile)),
            Code::RequestRejected => error.hint(transition::request_hint(self.profile)),
            _ => error,
        }
    }

    fn min_ttl(&self, access: &Access) -> i64 {
        let (least, warning) = min_ttl(self.want, self.profile.min_ttl, access);
        warning.into_iter().for_each(|words| self.run.out.warn(words));
        least
    }
}

/// Whether a token of the cache answers what is asked: a copy, judged as the record would be. The
/// warning that goes with it, if it does; otherwise whoever gets another one gives it.
pub(crate) fn serves(
    want: &Demand,
    of_profile: Option<Duration>,
    access: &Access,
    now: &Moment,
) -> Option<Option<String>> {
    let (least, warning) = min_ttl(want, of_profile, access);
    access.remaining(now).filter(|left| *left > least).map(|_| warning)
}

/// In milliseconds; never more than half of the token's life, or it would be refreshed for ever: then
/// there is a warning, if so much was asked for.
fn min_ttl(want: &Demand, of_profile: Option<Duration>, access: &Access) -> (i64, Option<String>) {
    let asked = want.min_ttl.or(if want.offline { Some(Duration::ZERO) } else { of_profile });
    let ttl = millis(asked.unwrap_or(MIN_TTL));
    let half = access.lifetime().map_or(i64::MAX, |life| life / 2);
    let cut = ttl > half && asked.is_some();
    let words = || format!("the minimum TTL is cut to half of the token's life, {} s", half / 1_000);
    (ttl.min(half), cut.then(words))
}
