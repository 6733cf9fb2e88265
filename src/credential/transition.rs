//! What an answer makes of a credential: a pure function from the record before
//! and the reading of the answer to the record after, and what to tell the user.
//!
//! Nothing is ever deleted because a vendor refused; a refusal leaves a mark.

use std::collections::BTreeMap;

use crate::base::clock::{Moment, millis};
use crate::base::error::{Code, Error};
use crate::base::redact;
use crate::credential::jwt;
use crate::credential::reading::{Expires, LifetimeKind, Reading, RefusalKind, RenewsWith, Tokens};
use crate::credential::record::{Access, AccessExpiry, Attempt, Contents, Mark, Outcome, Record};
use crate::credential::retry::{self, Class, End};
use crate::credential::secrets::{AccessToken, RefreshToken};
use crate::dialect::answer;
use crate::dialect::flow::Step;
use crate::http::message::RawAnswer;
use crate::profile::{Profile, Secrets};
use crate::store::seal::SealingKey;

/// Everything but the record that the result depends on.
pub(crate) struct Facts<'a> {
    pub(crate) profile: &'a Profile,
    /// Whose answer it is.
    pub(crate) step: Step<'a>,
    pub(crate) key: &'a SealingKey,
    pub(crate) secrets: &'a Secrets,
    /// The attempt that a replay was about: a passing refusal leaves it open.
    pub(crate) reopened: Option<&'a Attempt>,
}

impl Facts<'_> {
    fn is_first(&self) -> bool {
        self.step.is_first()
    }

    /// Whether a lost answer can have cost anything.
    fn spends(&self) -> bool {
        self.step.spends()
    }
}

/// The record after, and whether it holds a new access token.
pub(crate) struct Settled {
    pub(crate) contents: Contents,
    pub(crate) result: Result<Vec<String>, Error>,
    /// The vendor refused the refresh token, which is a question before it is a verdict.
    pub(crate) refused: bool,
}

/// Longest wait that a vendor can impose.
const LONGEST_WAIT: u64 = 3_600;

pub(crate) fn settle(before: &Contents, raw: &RawAnswer, facts: &Facts<'_>) -> Settled {
    let reading = checked(facts.step.read(raw), before, facts);
    let mut after = before.clone();
    after.sequence += 1;
    let end = end(&reading, facts);
    let refused = matches!(reading, Reading::Refused { verdict: RefusalKind::LoginRequired, .. });
    let result = match reading {
        Reading::Granted(tokens) if !facts.step.is_last() => return progress(after, *tokens, raw, facts),
        Reading::Granted(tokens) => Ok(grant(&mut after, *tokens, raw, facts.profile)),
        Reading::Refused { verdict, words } => Err(refuse(&mut after, verdict, words, raw, facts)),
        Reading::Unreadable { refresh_token, words } => {
            let error = unreadable(words, refresh_token.as_ref(), &after, raw, facts);
            if let Some(token) = refresh_token {
                rotate_without_access(&mut after, token, None, raw, facts.profile);
            }
            Err(error)
        }
        Reading::Salvaged(token, access) => {
            rotate_without_access(&mut after, token, access, raw, facts.profile);
            let words = "the answer is not whole, but its new refresh token is, and is kept; the next run refreshes with it";
            Err(Error::new(Code::NoAnswer, words))
        }
        Reading::Unknown(why) if !facts.spends() => {
            let words = format!("{why}; nothing was spent");
            Err(Error::new(Code::Unavailable, words).retry_after(wait(raw, facts, 5)))
        }
        Reading::Unknown(why) => {
            Err(no_answer(&why, before.attempt.as_ref().map_or(0, |attempt| attempt.replays), facts.profile))
        }
    };
    after.attempt = retry::left_open(end, after.attempt.take(), facts.reopened.cloned());
    after.record.outcome = Some(outcome(&result, raw.at.clone()));
    Settled { contents: after, result, refused }
}

/// A success without an access token needs one that stays.
fn checked(reading: Reading, before: &Contents, facts: &Facts<'_>) -> Reading {
    let stays = before.record.access.is_some() || facts.profile.renews_with() == RenewsWith::AccessToken;
    match reading {
        Reading::Granted(tokens) if facts.step.is_last() && tokens.access_token.is_none() && !stays => {
            Reading::Unreadable { refresh_token: tokens.refresh_token, words: None }
        }
        // No login helps where there is none.
        Reading::Refused { verdict: RefusalKind::LoginRequired, words }
            if facts.profile.renews_with() == RenewsWith::Client =>
        {
            Reading::Refused { verdict: RefusalKind::ClientRejected, words }
        }
        reading => reading,
    }
}

/// A step before the last went well: what it gave is kept, and a new refresh token counts at once.
fn progress(mut after: Contents, tokens: Tokens, raw: &RawAnswer, facts: &Facts<'_>) -> Settled {
    let rotated = tokens.refresh_token.as_ref().is_some_and(|new| *new != after.record.refresh_token);
    note_refresh_expiry(&mut after.record, &tokens, raw, facts.profile);
    after.record.kept.extend(tokens.kept);
    if rotated {
        after.record.succeed(tokens.refresh_token, &raw.at);
    }
    // What was presented may be spent, and its successor is not there yet.
    let open = after.attempt.take().map(|attempt| Attempt { answer: None, ..attempt });
    after.attempt = match (rotated, facts.spends()) {
        (true, _) => None,
        (false, true) => open,
        (false, false) => facts.reopened.cloned(),
    };
    Settled { contents: after, result: Ok(tokens.warnings), refused: false }
}

/// What the answer says about the attempt itself.
fn end(reading: &Reading, facts: &Facts<'_>) -> End {
    match reading {
        // What was open before is as open as before.
        Reading::Refused { .. } | Reading::Unknown(_) | Reading::Unreadable { refresh_token: None, .. }
            if !facts.spends() =>
        {
            End::Nothing
        }
        // It says nothing of a refresh token that an earlier step presented.
        Reading::Refused { verdict, .. } if *verdict != RefusalKind::LoginRequired && !facts.is_first() => {
            End::Nothing
        }
        Reading::Refused { verdict: RefusalKind::RateLimited | RefusalKind::Unavailable, .. } => End::Nothing,
        Reading::Granted(_) | Reading::Refused { .. } | Reading::Salvaged(..) => End::Decided,
        Reading::Unreadable { refresh_token, .. } if refresh_token.is_some() => End::Decided,
        // Kept with its answer, until that can be read.
        Reading::Unreadable { .. } | Reading::Unknown(_) => End::Unknown,
    }
}

/// How a run ended, for those that waited for it.
pub(crate) fn outcome<T>(result: &Result<T, Error>, at: Moment) -> Outcome {
    match result {
        Ok(_) => Outcome { at, code: "ok".into(), message: String::new(), retry_after: None },
        Err(error) => Outcome {
            at,
            code: error.code.word().into(),
            message: error.message(),
            retry_after: error.retry_after,
        },
    }
}

fn grant(after: &mut Contents, tokens: Tokens, raw: &RawAnswer, profile: &Profile) -> Vec<String> {
    let record = &mut after.record;
    note_refresh_expiry(record, &tokens, raw, profile);
    let before = record.access.take();
    let current = before.as_ref().map(|access| access.token.clone());
    let current = current.unwrap_or_else(|| AccessToken::new(record.refresh_token.expose()));
    record.succeed(tokens.refresh_token.clone(), &raw.at);
    let mut access = access(&tokens, &current, &raw.at, profile);
    // A token that stays, and of which nothing new is said, ends when it would have ended.
    if let Some(before) = before.filter(|before| before.remaining(&raw.at).is_some())
        && tokens.access_token.is_none()
        && access.expires == AccessExpiry::Unknown
    {
        access.expires = before.expires;
        access.obtained = before.obtained;
    }
    record.access = Some(access);
    let mut warnings = remember(record, &tokens);
    warnings.extend(tokens.warnings);
    warnings
}

fn note_refresh_expiry(record: &mut Record, tokens: &Tokens, raw: &RawAnswer, profile: &Profile) {
    let rotated = tokens.refresh_token.is_some();
    let given = tokens.refresh_expires.map(|expires| absolute(expires, &raw.at));
    record.refresh_expires_ms = match given.or_else(|| refresh_lifetime(profile, record, &raw.at)) {
        Some(expires) if rotated || given.is_some() => Some(expires),
        _ => record.refresh_expires_ms,
    };
}

/// What the last answer gave beside its tokens.
pub(crate) fn remember(record: &mut Record, tokens: &Tokens) -> Vec<String> {
    record.kept.extend(tokens.kept.clone());
    let extra = record.extra();
    if let Some(access) = &mut record.access {
        access.extra = extra;
    }
    let other = tokens.account.clone().filter(|new| record.account.as_ref() != Some(new));
    let changed = other.is_some() && record.account.is_some();
    record.account = other.or(record.account.take());
    let words = "the vendor's answer is for another account than before";
    if changed { vec![words.to_owned()] } else { Vec::new() }
}

/// The new refresh token is what the next run presents, and the old one after it, should
/// the answer deceive. An access token of such an answer, or the old one, which may have died
/// with the old refresh token, is not printed, only sent where a vendor wants it.
fn rotate_without_access(
    after: &mut Contents,
    token: RefreshToken,
    access: Option<AccessToken>,
    raw: &RawAnswer,
    profile: &Profile,
) {
    let record = &mut after.record;
    let mut others = std::mem::take(&mut record.candidates);
    others.insert(0, record.refresh_token.clone());
    record.succeed(Some(token), &raw.at);
    others.into_iter().for_each(|other| record.keep_candidate(other));
    record.access = record.access.take().filter(|_| profile.needs_access_token());
    if let Some(known) = &mut record.access {
        known.token = access.unwrap_or_else(|| known.token.clone());
        known.expires = AccessExpiry::UnknownAge;
    }
}

/// When a refresh token dies whose answer does not say.
fn refresh_lifetime(profile: &Profile, record: &Record, obtained: &Moment) -> Option<i64> {
    let lifetime = millis(profile.dialect.refresh_lifetime?.0);
    match profile.dialect.refresh_lifetime_kind {
        LifetimeKind::Sliding => Some(obtained.wall_ms + lifetime),
        LifetimeKind::Absolute => record.refresh_expires_ms.or(Some(record.epoch + lifetime)),
    }
}

/// The same for a login that a person brings; if nobody knows its age, at the latest.
pub(crate) fn login_lifetime(profile: &Profile, login: &Moment) -> Option<i64> {
    Some(login.wall_ms + millis(profile.dialect.refresh_lifetime?.0))
}

/// Without a new access token the `current` one stays.
pub(crate) fn access(tokens: &Tokens, current: &AccessToken, obtained: &Moment, profile: &Profile) -> Access {
    let token = tokens.access_token.as_ref().unwrap_or(current).clone();
    let said = tokens.access_expires.or_else(|| jwt::expiry(token.expose()));
    let expires = said.or_else(|| profile.access_lifetime.map(Expires::After));
    let expires = expires.map(|expires| earlier(absolute(expires, obtained), obtained, profile));
    Access {
        token,
        token_type: tokens.token_type.clone(),
        scope: tokens.scope.clone(),
        obtained: obtained.clone(),
        expires: expires.map_or(AccessExpiry::Unknown, AccessExpiry::At),
        extra: BTreeMap::new(),
    }
}

/// By the dialect's margin, but never by more than half of the token's life.
fn earlier(expires: i64, obtained: &Moment, profile: &Profile) -> i64 {
    let margin = profile.dialect.margin.map_or(0, |margin| millis(margin.0));
    let half = expires.saturating_sub(obtained.wall_ms).max(0) / 2;
    expires.saturating_sub(margin.min(half))
}

pub(crate) fn absolute(expires: Expires, obtained: &Moment) -> i64 {
    match expires {
        Expires::After(span) => obtained.wall_ms.saturating_add(millis(span)),
        Expires::At(at) => at,
    }
}

fn refuse(
    after: &mut Contents,
    verdict: RefusalKind,
    words: Option<String>,
    raw: &RawAnswer,
    facts: &Facts<'_>,
) -> Error {
    let shown = shown(words, raw.status, &live_secrets(after, facts));
    match verdict {
        RefusalKind::RateLimited => {
            Error::new(Code::RateLimited, format!("the vendor limits how often it is asked{shown}"))
                .retry_after(wait(raw, facts, 60))
        }
        RefusalKind::Unavailable => {
            Error::new(Code::Unavailable, format!("the vendor is not available now{shown}"))
                .retry_after(wait(raw, facts, 5))
        }
        RefusalKind::RequestRejected => {
            Error::new(Code::RequestRejected, format!("the vendor rejected the request{shown}"))
                .hint(request_hint(facts.profile))
        }
        RefusalKind::ClientRejected => {
            let error = Error::new(Code::ClientRejected, format!("the vendor rejected the client{shown}"))
                .hint(client_hint(facts.profile));
            leave_mark(after, &error, facts);
            error
        }
        // Read as unknown, which it is.
        RefusalKind::NoAnswer => Error::new(Code::NoAnswer, format!("the outcome is not known{shown}")),
        RefusalKind::LoginRequired => match next_candidate(&mut after.record) {
            Some(candidate) => {
                // Should this one be refused too, the others may yet be the live one.
                let others = std::mem::take(&mut after.record.candidates);
                after.record.succeed(Some(candidate), &raw.at);
                after.record.candidates = others;
                let words =
                    "the vendor refused the refresh token, but another one is at hand; the next run uses it";
                Error::new(Code::Unavailable, words).retry_after(0)
            }
            None => {
                let words =
                    format!("the vendor refused the refresh token, a person must log in again{shown}");
                let error = Error::new(Code::LoginRequired, words).hint(login_hint(facts.profile));
                leave_mark(after, &error, facts);
                error
            }
        },
    }
}

pub(crate) fn login_hint(profile: &Profile) -> String {
    let name = &profile.name;
    if profile.needs_access_token() {
        format!("log in at the vendor and give its whole answer to `tokcli import --answer --profile {name}`")
    } else {
        format!("log in at the vendor and give the new refresh token to `tokcli import --profile {name}`")
    }
}

pub(crate) fn request_hint(profile: &Profile) -> String {
    format!("`tokcli refresh --profile {} --dry-run` shows what is sent", profile.name)
}

/// Whatever the vendor may have rejected, and how to ask again.
pub(crate) fn client_hint(profile: &Profile) -> String {
    let id = profile.binding.client_id.as_ref().map(|_| "client_id");
    let named = profile.secret.iter().map(|(name, _)| name.as_str());
    let keys: Vec<String> = id.into_iter().chain(named).map(|key| format!("`{key}`")).collect();
    let name = &profile.name;
    let what = match keys.is_empty() {
        true => "the account or its subscription at the vendor".to_owned(),
        false => format!("{} under [profiles.{name}]", keys.join(", ")),
    };
    format!("check {what}; `tokcli refresh --profile {name}` asks again")
}

/// The one that was obtained last.
fn next_candidate(record: &mut Record) -> Option<RefreshToken> {
    (!record.candidates.is_empty()).then(|| record.candidates.remove(0))
}

fn leave_mark(after: &mut Contents, error: &Error, facts: &Facts<'_>) {
    let about = mark_about(error.code, facts.profile, facts.key, Some(facts.secrets));
    after.record.mark = Some(Mark { code: error.code.word().into(), message: error.message(), about });
}

/// What a mark is about: it holds until one of these changes.
pub(crate) fn mark_about(
    code: Code,
    profile: &Profile,
    key: &SealingKey,
    secrets: Option<&Secrets>,
) -> String {
    let client = profile.binding.client_id.as_deref().unwrap_or_default();
    let address = profile.token_address();
    let secrets = secrets.filter(|_| code == Code::ClientRejected).map(|secrets| secrets.all(profile));
    key.keyed_hash(&[&[address.as_str(), client], secrets.unwrap_or_default().as_slice()].concat())
}

/// ` (status 400: invalid_grant)`
fn shown(words: Option<String>, status: u16, secrets: &[&str]) -> String {
    let Some(words) = words else {
        return format!(" (status {status})");
    };
    format!(" (status {status}: {})", redact::vendor_words(&words, secrets))
}

fn live_secrets<'a>(contents: &'a Contents, facts: &Facts<'a>) -> Vec<&'a str> {
    let mut secrets = facts.secrets.all(facts.profile);
    secrets.push(contents.record.refresh_token.expose());
    secrets.extend(contents.record.access.iter().map(|access| access.token.expose()));
    secrets.extend(contents.record.candidates.iter().map(RefreshToken::expose));
    let kept = contents.record.kept.values().filter(|kept| kept.secret);
    secrets.extend(kept.map(|kept| kept.value.expose()));
    secrets
}

/// The vendor's `Retry-After`, seconds or a date (RFC 9110 section 10.2.3), if it makes sense.
fn wait(raw: &RawAnswer, facts: &Facts<'_>, otherwise: u64) -> u64 {
    let said = raw.header("retry-after").and_then(|text| {
        let date = || {
            jiff::fmt::rfc2822::parse(text)
                .ok()
                .map(|date| date.timestamp().as_second() - raw.at.wall_ms / 1_000)
        };
        u64::try_from(text.trim().parse::<i64>().ok().or_else(date)?).ok()
    });
    let said = said.filter(|seconds| *seconds > 0).or_else(|| facts.step.retry_after(raw));
    said.unwrap_or(otherwise).min(LONGEST_WAIT)
}

/// Names what the answer holds, which is what a dialect's author needs to see.
fn unreadable(
    words: Option<String>,
    new: Option<&RefreshToken>,
    contents: &Contents,
    raw: &RawAnswer,
    facts: &Facts<'_>,
) -> Error {
    let next = match new {
        Some(_) => "its new refresh token is kept, and the next run refreshes with it",
        None if !facts.spends() => "nothing was spent, and the next run asks again",
        None => "the answer is kept sealed, and nothing is sent until it can be read",
    };
    let mut secrets = live_secrets(contents, facts);
    secrets.extend(new.map(RefreshToken::expose));
    let dialect = &facts.profile.dialect_name;
    let looked = looked(&facts.step);
    let said = shown(words, raw.status, &secrets);
    let members = answer::members(&raw.body).unwrap_or_default();
    let names: Vec<&str> = members.iter().map(|(at, _)| at.as_str()).collect();
    let held = redact::vendor_words(&names.join(", "), &secrets);
    let then = match new {
        Some(_) => String::new(),
        None if !facts.spends() => String::new(),
        None => format!(", and `tokcli recover --profile {}` then reads it", facts.profile.name),
    };
    Error::new(Code::UnreadableAnswer, format!("the answer holds no {looked}{said}; {next}"))
        .hint(format!("it holds {held}; if it is a refusal the dialect `{dialect}` should list it{then}"))
}

/// What a success of the step would have to hold, and where.
fn looked(step: &Step<'_>) -> String {
    let answer = &step.exchange.answer;
    let kept = answer.keep.iter().filter(|(_, keep)| !keep.optional);
    match (&answer.access_token, step.is_last()) {
        (Some(place), true) => format!("access token at `{}`", place.source()),
        (None, true) => "sign of a success".to_owned(),
        (_, false) => {
            let names: Vec<String> =
                kept.map(|(name, keep)| format!("`{name}` at `{}`", keep.place.source())).collect();
            if names.is_empty() { "sign of a success".to_owned() } else { names.join(" or no ") }
        }
    }
}

/// The message says what happens next.
pub(crate) fn no_answer(why: &str, replays: u32, profile: &Profile) -> Error {
    let next = match (profile.policy.never, profile.policy.class, replays) {
        (true, ..) => "nothing more is sent by itself",
        (false, Class::None | Class::Strict | Class::GraceSame | Class::CommitOnUse, _) => {
            "the next run asks again"
        }
        (false, Class::GraceNew, 0) => "a run after 15 s, within the grace, asks once more",
        (false, Class::Family | Class::Unknown, 0) => "a run after 60 s asks once more",
        _ => "nothing more is sent by itself",
    };
    let error =
        Error::new(Code::NoAnswer, format!("{why}; whether the refresh token was used is not known; {next}"));
    match (profile.policy.class, next) {
        (Class::Family | Class::Unknown, "a run after 60 s asks once more") => {
            error.retry_after(retry::SETTLED.as_secs())
        }
        (_, "nothing more is sent by itself") => error.hint(used_up_hint(&profile.name)),
        _ => error,
    }
}

pub(crate) fn used_up_hint(profile: &str) -> String {
    format!(
        "log in again and `tokcli import --replace --profile {profile}`, or risk one more request with `tokcli refresh --force-replay --profile {profile}`"
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn a_longer_life_never_ends_sooner(wall_ms: i64, one: u64, other: u64) {
            let obtained = Moment { wall_ms, boot_ms: 0, boot: String::new() };
            let end = |ms: u64| absolute(Expires::After(Duration::from_millis(ms)), &obtained);
            prop_assert!(end(one.min(other)) <= end(one.max(other)));
            prop_assert!(end(one) >= wall_ms);
            prop_assert_eq!(absolute(Expires::At(wall_ms), &obtained), wall_ms);
        }
    }
}
