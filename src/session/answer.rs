//! From an answer as it came to the state after it: read by the dialect, its words made fit to be
//! shown, applied by `credential::transition`, which knows no dialect and no profile.

use std::time::Duration;

use super::mark;
use crate::base::redact;
use crate::credential::reading::{Reading, RefusalKind};
use crate::credential::record::{Mark, Record};
use crate::credential::secrets::RefreshToken;
use crate::credential::state::{Credential, Open};
use crate::credential::transition::{self, Answer, Applied, Lifetimes, Place, Terms, Unread};
use crate::dialect::answer::opened::OpenedAnswer;
use crate::dialect::flow::Step;
use crate::http::message::RawAnswer;
use crate::profile::Profile;
use crate::profile::secrets::Secrets;
use crate::store::seal::SealingKey;

/// What an answer is read with.
pub(crate) struct Reader<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) secrets: &'a Secrets,
    pub(crate) key: &'a SealingKey,
}

impl Reader<'_> {
    /// What `raw`, the answer to `step` that `before` holds, makes of it. `replayed`: what a replay was about.
    pub(crate) fn apply(
        &self,
        before: &Credential,
        raw: &RawAnswer,
        step: &Step<'_>,
        replayed: Option<Open>,
    ) -> Applied {
        let mut secrets = self.secrets.all(self.profile);
        secrets.extend(before.record().into_iter().flat_map(Record::secrets));
        let opened = step.open(raw);
        let mut reading = opened.reading();
        let new = match &reading {
            Reading::Unreadable { refresh_token, .. } => refresh_token.clone(),
            _ => None,
        };
        secrets.extend(new.iter().map(RefreshToken::expose));
        let shown = |words: &str| redact::vendor_words(words, &secrets);
        if let Reading::Refused { words: Some(words), .. } | Reading::Unreadable { words: Some(words), .. } =
            &mut reading
        {
            *words = shown(words);
        }
        let granted = matches!(reading, Reading::Granted(_));
        let answer = Answer {
            reading,
            status: raw.status,
            at: raw.at.clone(),
            retry_after: if granted { None } else { raw.retry_after().or_else(|| opened.retry_after()) },
            unread: &|| Unread { looked_for: looked_for(step), held: shown(&names(&opened)) },
        };
        let applied = transition::apply(before, answer, &self.terms(step, replayed));
        self.marked(applied)
    }

    fn terms(&self, step: &Step<'_>, replayed: Option<Open>) -> Terms {
        Terms {
            policy: self.profile.policy,
            lifetimes: lifetimes(self.profile),
            renews_with: self.profile.renews_with(),
            needs_access_token: self.profile.needs_access_token(),
            step: Place { first: step.is_first(), last: step.is_last(), spends: step.spends() },
            bound: self.profile.binding.clone(),
            replayed,
        }
    }

    /// A refusal for good spares the vendor the same question.
    fn marked(&self, mut applied: Applied) -> Applied {
        let kind = applied.outcome.refusal();
        let for_good = [RefusalKind::LoginRequired, RefusalKind::ClientRejected];
        if let Some(kind) = kind.filter(|kind| for_good.contains(kind))
            && let Some(record) = applied.credential.record_mut()
        {
            let about = mark::about(kind, self.profile, self.key, Some(self.secrets));
            record.mark = Some(Mark { outcome: applied.outcome.clone(), about });
        }
        applied
    }
}

/// How long this profile's tokens live if nobody says.
pub(crate) fn lifetimes(profile: &Profile) -> Lifetimes {
    let dialect = &profile.dialect;
    Lifetimes {
        access: profile.access_lifetime,
        refresh: dialect.refresh_lifetime.as_ref().map(|span| span.0),
        refresh_kind: dialect.refresh_lifetime_kind,
        margin: dialect.margin.as_ref().map_or(Duration::ZERO, |span| span.0),
    }
}

/// What an answer holds, which is what a dialect's author needs to see.
fn names(opened: &OpenedAnswer<'_>) -> String {
    let members = opened.members().unwrap_or_default();
    members.iter().map(|(at, _)| at.as_str()).collect::<Vec<_>>().join(", ")
}

/// What a success of the step would have to hold, and where.
fn looked_for(step: &Step<'_>) -> String {
    let answer = &step.exchange.answer;
    let kept = answer.keep.iter().filter(|(_, keep)| !keep.optional);
    match (&answer.access_token, step.is_last()) {
        (Some(place), true) => format!("access token at `{}`", place.source()),
        (None, true) => "sign of a success".to_owned(),
        (_, false) => {
            let names: Vec<String> =
                kept.map(|(name, keep)| format!("`{name}` at `{}`", keep.selector.source())).collect();
            if names.is_empty() { "sign of a success".to_owned() } else { names.join(" or no ") }
        }
    }
}
