//! Giving tokens back to the vendor (RFC 7009), before they are forgotten here: first what renews, then what was issued.
//! Nothing new can come of it, so nothing is written ahead; what is not certainly revoked is kept.

use super::binding;
use super::demand::Invocation;
use super::door;
use super::stored_secrets;
use crate::base::clock::Moment;
use crate::base::error::{Code, Error, Result, internal};
use crate::base::redact::vendor_words;
use crate::base::waiting::{Waiting, What};
use crate::credential::reading::{Reading, RefusalKind, RenewsWith};
use crate::credential::record::Record;
use crate::credential::secrets::{AccessToken, RefreshToken};
use crate::dialect::flow::Step;
use crate::dialect::nonces::Nonces;
use crate::dialect::schema::Takes;
use crate::dialect::template::Values;
use crate::http::client::{Again, Delivery};
use crate::http::message::RawAnswer;
use crate::http::tries::Tries;
use crate::profile::Profile;
use crate::profile::request::Presented;
use crate::profile::secrets::{For, Secrets};
use crate::terminal::wording;

/// What was told to the vendor.
#[derive(Default)]
pub(crate) struct Revoked {
    pub(crate) refresh_tokens: usize,
    pub(crate) access_tokens: usize,
    /// Access tokens that live until they expire.
    pub(crate) left: usize,
    /// The refresh token does too: the vendor takes back access tokens alone.
    pub(crate) leaves_refresh_token: bool,
}

/// What became of one token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Revoked,
    /// The vendor takes none of its kind back: asking again would not help.
    NotTaken,
}

/// `None`: the dialect knows no way, or the vendor wants a token for it that is not there.
pub(crate) fn revoke(
    invocation: &Invocation<'_>,
    profile: &Profile,
    record: &Record,
) -> Result<Option<Revoked>> {
    let (Some(flow), Some(revocation)) = (profile.dialect.revoke(), &profile.dialect.revocation) else {
        return Ok(None);
    };
    if !profile.can_revoke() {
        return Ok(None);
    }
    binding::check(profile, &record.bound).map_err(|error| locally(error, profile))?;
    let secrets = stored_secrets::secrets(invocation, profile, For::Renewal)?;
    let run = Run { invocation, profile, record, secrets: &secrets, step: flow.last() };
    if run.step.exchange.request.uses("token") {
        return run.one_by_one(revocation.takes).map(Some);
    }
    run.at_once(revocation.takes)
}

/// Whether the vendor wants an access token for it, and one that is over can be renewed for that.
pub(crate) fn wants_renewal(profile: &Profile, record: &Record) -> bool {
    let wants = profile.dialect.revoke().is_some_and(|flow| flow.uses("access_token"));
    wants
        && profile.can_revoke()
        && profile.renews_with() == RenewsWith::RefreshToken
        && record.refresh_token.is_some()
        && live(record).is_empty()
}

/// The access tokens that are not over.
fn live(record: &Record) -> Vec<&AccessToken> {
    let now = Moment::now();
    let all = record.audiences().filter_map(|audience| record.access(audience));
    all.filter(|access| access.remaining(&now).is_some()).map(|access| &access.token).collect()
}

/// Why nobody is told, where the vendor refuses to renew what it wants to be told with.
pub(crate) fn not_renewed(error: Error, profile: &Profile) -> Error {
    let words = format!(
        "nothing was revoked: the vendor wants an access token for that, the stored one has expired, and renewing it failed: {error}"
    );
    let mut told = Error::new(error.code, words);
    told.retry_after = error.retry_after;
    told.sealed.clone_from(&error.sealed);
    locally(told, profile)
}

struct Run<'a> {
    invocation: &'a Invocation<'a>,
    profile: &'a Profile,
    record: &'a Record,
    secrets: &'a Secrets,
    step: Step<'a>,
}

impl Run<'_> {
    /// The refresh token, those that may be the live one, and then the access tokens.
    fn one_by_one(&self, takes: Takes) -> Result<Revoked> {
        let mut revoked = Revoked::default();
        for token in self.record.refresh_token.iter().chain(&self.record.candidates) {
            let told = self.give_back("refresh_token", token.expose());
            match told.map_err(|error| locally(error, self.profile))? {
                Told::Revoked => revoked.refresh_tokens += 1,
                Told::NotTaken => revoked.leaves_refresh_token = true,
            }
        }
        let over = takes == Takes::All && revoked.refresh_tokens > 0;
        for token in live(self.record).iter().filter(|_| !over) {
            match self.give_back("access_token", token.expose()) {
                Ok(Told::Revoked) => revoked.access_tokens += 1,
                Ok(Told::NotTaken) => revoked.left += 1,
                // What renews it is gone: it is over when it ends.
                Err(error) if revoked.refresh_tokens > 0 => {
                    self.invocation.out.warn(format!("an access token was not revoked: {error}"));
                    revoked.left += 1;
                }
                Err(error) => return Err(locally(error, self.profile)),
            }
        }
        Ok(revoked)
    }

    /// One request that is about the login as a whole.
    fn at_once(&self, takes: Takes) -> Result<Option<Revoked>> {
        let request = &self.step.exchange.request;
        let live = live(self.record);
        let wants = |name: &str| request.uses(name);
        if (wants("access_token") && live.is_empty())
            || (wants("refresh_token") && self.record.refresh_token.is_none())
        {
            return Ok(None);
        }
        let has_refresh_token = self.record.refresh_token.is_some();
        let told = self.sent(&Values::new()).map_err(|error| locally(error, self.profile))?;
        if told == Told::NotTaken {
            let left = live.len();
            return Ok(Some(Revoked { left, leaves_refresh_token: has_refresh_token, ..Revoked::default() }));
        }
        let all = takes == Takes::All;
        let over = has_refresh_token && (all || wants("refresh_token"));
        let access_tokens = if all { live.len() } else { usize::from(wants("access_token")) };
        Ok(Some(Revoked {
            refresh_tokens: usize::from(over),
            access_tokens,
            left: live.len().saturating_sub(access_tokens),
            leaves_refresh_token: has_refresh_token && !over,
        }))
    }

    fn give_back(&self, hint: &str, token: &str) -> Result<Told> {
        let given = [("token", token), ("token_type_hint", hint)];
        self.sent(&given.map(|(name, value)| (name.to_owned(), value.to_owned().into())).into())
    }

    fn sent(&self, given: &Values) -> Result<Told> {
        let draw = Nonces::now().map_err(internal)?;
        let shown = self.record.shown_access(&self.profile.audience).map(|access| &access.token);
        // That of another audience is of the same login.
        let live = live(self.record);
        let shown = shown.filter(|token| live.is_empty() || live.contains(token)).or(live.first().copied());
        let presented = Presented {
            refresh_token: self.record.refresh_token.as_ref().map(RefreshToken::expose),
            access_token: shown.map(AccessToken::expose),
            kept: &self.record.kept,
            given,
        };
        // RFC 7009 knows no proof.
        let request = self.profile.request(&self.step, self.secrets, &presented, &draw)?;
        let door = door::open(self.invocation, self.profile, self.secrets, &request.url)?;
        let _waiting = Waiting::begin(What::FreeAnswer, Some(self.invocation.deadline));
        self.invocation.out.step("telling the vendor that a token is given back");
        let mut tries = Tries::new();
        loop {
            match door.send(&request, Box::new(|| Ok(None))) {
                Delivery::Answer(raw) => return self.judge(&raw),
                Delivery::Nothing(_, Again::Yes) if tries.again(self.invocation.deadline) => {}
                Delivery::Nothing(error, _) => return Err(error),
            }
        }
    }

    /// A token that the vendor no longer knows is as good as revoked (RFC 7009 section 2.2).
    fn judge(&self, raw: &RawAnswer) -> Result<Told> {
        let mut secrets = self.secrets.never_shown(self.profile);
        secrets.extend(self.record.secrets());
        let shown = |words: Option<String>| words.map(|words| vendor_words(&words, &secrets));
        match self.step.open(raw).reading() {
            Reading::Granted(_)
            | Reading::Further { .. }
            | Reading::Refused { verdict: RefusalKind::LoginRequired, .. } => Ok(Told::Revoked),
            Reading::Refused { verdict: RefusalKind::UnsupportedTokenType, .. } => Ok(Told::NotTaken),
            Reading::Refused { verdict, words, .. } => {
                Err(wording::not_revoked(verdict, raw.status, shown(words), raw.retry_after()))
            }
            Reading::Unknown(why) => {
                Err(Error::new(Code::NoAnswer, format!("{why}; whether it was revoked is not known")))
            }
            Reading::Unreadable { .. } | Reading::Salvaged(..) => Err(Error::new(
                Code::UnreadableAnswer,
                "the vendor's answer does not say that it was revoked",
            )),
        }
    }
}

/// With the way to leave all the same.
fn locally(error: Error, profile: &Profile) -> Error {
    error.hint(format!(
        "nothing was forgotten; `tokcli logout --local --profile {}` forgets it only here, and it lives on at the vendor",
        profile.name
    ))
}
