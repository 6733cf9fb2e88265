//! `tokcli import`: the first refresh token of a credential, or a new login's.

use std::collections::{BTreeMap, BTreeSet};

use super::audit::{self, Event};
use super::context::Context;
use crate::base::clock::{Moment, rfc3339};
use crate::base::error::{Code, Result, refused};
use crate::base::secret_text::token_oddities;
use crate::credential::access::{Access, AccessExpiry};
use crate::credential::expiry::{self, Answered};
use crate::credential::reading::{RenewsWith, Tokens};
use crate::credential::record::Record;
use crate::credential::secrets::{AccessToken, RefreshToken};
use crate::credential::state::Credential;
use crate::credential::transition;
use crate::dialect::schema::{Format, Selector};
use crate::http::message::LARGEST_ANSWER;
use crate::http::pasted::PastedAnswer;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::answer::lifetimes;
use crate::session::login::place::may_replace;
use crate::session::loss;
use crate::store::Store;
use crate::terminal::arguments::Import;
use crate::terminal::input;
use crate::terminal::wording::import_line;

/// What was brought: a bare token, or all that an answer held.
struct Brought {
    refresh_token: RefreshToken,
    access: Option<Access>,
    tokens: Tokens,
    answered: Answered,
}

pub(super) fn run(
    context: &Context<'_>,
    args: &Import,
    profiles: &Profiles,
    profile: &Profile,
) -> Result<()> {
    may_import(args, profiles, profile)?;
    loss::check_first(&context.invocation, profile)?;
    let brought =
        if args.answer { from_answer(context, args, profile)? } else { from_token(context, profile)? };
    let mut store = Store::open(profile, context.out.json())?;
    let claim = context.claim(&store, profile)?;
    let there = store.load(&claim)?;
    let account = &profile.account;
    if let Some(record) = there.record() {
        if record.refresh_token.as_ref() == Some(&brought.refresh_token) {
            let words = format!("the credential `{account}` is already this one");
            return context.print_outcome(profile, "unchanged", &words);
        }
        if record.is_spent(&brought.refresh_token) {
            let words =
                "this refresh token has already been used; the credential that came of it is the one at hand";
            let hint = format!("`tokcli token --profile {}` uses that one", profile.name);
            return Err(refused(words).hint(hint));
        }
    }
    may_replace(&there, args.replace, profile, &import_line(profile, args.answer, true))?;
    let first = first(profile, brought, &there);
    store.establish(&claim, &first)?;
    store.take_warnings().into_iter().for_each(|words| context.out.warn(words));
    let ends = first.record().and_then(|record| record.refresh_expires_ms);
    if let Some(ended) = ends.filter(|ends| *ends <= Moment::now().wall_ms) {
        let at = rfc3339(ended.div_euclid(1_000)).unwrap_or_default();
        context.out.warn(format!(
            "as far as is known, the refresh token ended at {at}; it is stored, and only the vendor can say whether it still works"
        ));
    }
    audit::note(context.out, profiles, profile, &Event::Login);
    if profile.dialect.refresh().steps().any(|step| step.exchange.request.dpop) {
        context.out.warn(format!(
            "the dialect `{}` proves a key with each request (DPoP), and a new one is made for what was imported: a refresh token of a public client is bound to the key of whoever obtained it, and will be refused; `tokcli login` then gets one with a key",
            profile.dialect_name
        ));
    }
    let words = format!("imported the credential `{account}` into the store `{}`", profile.store_name);
    context.print_outcome(profile, "imported", &words)
}

/// Two profiles of one credential that send it to different places.
pub(super) fn check_rival(profiles: &Profiles, profile: &Profile) -> Result<()> {
    let Some(rival) = profiles.rival(profile) else { return Ok(()) };
    let mut error = profiles.rivalry(profile, &rival);
    error.code = Code::Refused;
    Err(error)
}

fn may_import(args: &Import, profiles: &Profiles, profile: &Profile) -> Result<()> {
    check_rival(profiles, profile)?;
    let (dialect, name) = (&profile.dialect_name, &profile.name);
    if profile.awaits_discovery() {
        let words =
            format!("`profiles.{name}` names only its issuer, so only a login finds out where tokens go");
        return Err(refused(words).hint(format!(
            "`tokcli login --profile {name}`; with `token_url` in the profile a token can be imported"
        )));
    }
    if profile.renews_with() == RenewsWith::Client {
        let words = format!("the dialect `{dialect}` needs no login, so there is nothing to import");
        return Err(refused(words).hint(format!("`tokcli token --profile {name}` gets a token")));
    }
    if profile.needs_access_token() && !args.answer {
        let words = format!(
            "the dialect `{dialect}` needs the current access token too, so a bare refresh token is not enough"
        );
        return Err(refused(words).hint(format!(
            "`tokcli import --answer --profile {name}` imports the vendor's whole token answer"
        )));
    }
    Ok(())
}

fn from_token(context: &Context<'_>, profile: &Profile) -> Result<Brought> {
    let text = input::secret("refresh token", &format!("tokcli import --profile {}", profile.name))?;
    if text.trim_start().starts_with(['{', '[']) || text.trim_start().starts_with("HTTP/") {
        return Err(refused("standard input looks like a vendor's whole answer, not like a refresh token")
            .hint("`--answer` reads that"));
    }
    let odd = token_oddities(&text).map_err(|why| refused(format!("the refresh token {why}")))?;
    for words in odd {
        context.out.warn(format!("the refresh token {words}; it is stored unchanged"));
    }
    let refresh_token = checked(RefreshToken::new(text.as_str()))?;
    // If it is a JWT, it says itself when it ends.
    let tokens = Tokens { refresh_token: Some(refresh_token.clone()), ..Tokens::default() };
    Ok(Brought { refresh_token, access: None, tokens, answered: brought(Moment::now(), None) })
}

fn brought(at: Moment, date: Option<i64>) -> Answered {
    Answered { at, date, took: 0, older: 0, brought: true }
}

fn from_answer(context: &Context<'_>, args: &Import, profile: &Profile) -> Result<Brought> {
    let given = args.obtained_at.as_deref().map(moment).transpose()?;
    let text = input::secret("token answer", &format!("tokcli import --answer --profile {}", profile.name))?;
    let (known, obtained) = (given.is_some(), given.unwrap_or_else(Moment::now));
    check_size("answer on standard input", text.len(), LARGEST_ANSWER)?;
    let (tokens, date) = read(&text, profile, known, &obtained)?;
    let answered = brought(obtained, date);
    if !known && tokens.access_expires.is_none() {
        context.out.warn("the age of the access token is not known, so it is not printed; `--obtained-at now` is for a fresh answer");
    }
    tokens.warnings.iter().for_each(|words| context.out.warn(words.clone()));
    if let Some((granted, asked)) = tokens.scope.as_deref().zip(profile.scope())
        && !same_scope(granted, asked)
    {
        let words = format!("the answer is for the scope `{granted}`, but the profile asks for `{asked}`");
        context.out.warn(words);
    }
    let refresh_token = tokens.refresh_token.clone().ok_or_else(|| {
        refused(format!(
            "the answer on standard input holds no refresh token where the dialect `{}` looks for it",
            profile.dialect_name
        ))
    })?;
    let access = if known {
        let ahead = answered.ahead(&tokens, None);
        let (mut access, warning) = expiry::access(&tokens, None, &answered, &lifetimes(profile), ahead);
        let mut warnings: Vec<String> = warning.into_iter().collect();
        if let Some(access) = &mut access
            && let Some((id_token, doubt)) = expiry::id_token(&tokens, access, &answered, &lifetimes(profile))
        {
            access.id_token = id_token;
            warnings.extend(doubt);
        }
        warnings.into_iter().for_each(|words| context.out.warn(words));
        access
    } else {
        tokens.access_token.as_ref().map(|token| of_unknown_age(&tokens, token, &answered))
    };
    Ok(Brought { refresh_token: checked(refresh_token)?, access, tokens, answered })
}

/// In any order (RFC 6749 section 3.3).
fn same_scope(one: &str, other: &str) -> bool {
    let words = |scope: &str| scope.split_ascii_whitespace().map(str::to_owned).collect::<BTreeSet<_>>();
    words(one) == words(other)
}

/// What an answer holds that a person brings, and its date.
fn read(text: &str, profile: &Profile, age_known: bool, at: &Moment) -> Result<(Tokens, Option<i64>)> {
    // Some vendors' tokens stand in the head.
    let raw = PastedAnswer::of(text).raw(at.clone());
    let step = profile.dialect.refresh().last();
    let opened = step.open(&raw);
    let json = step.exchange.answer.format == [Format::Json];
    if json && opened.members().is_none() && !opened.is_read() {
        return Err(refused("the answer on standard input is not JSON"));
    }
    let tokens = opened.imported(age_known).filter(|tokens| tokens.access_token.is_some());
    let tokens =
        tokens.and_then(|mut tokens| step.put_together(&mut tokens, profile.plain()).then_some(tokens));
    tokens.map(|tokens| (tokens, raw.date())).ok_or_else(|| {
        let place = step.exchange.answer.access_token.as_ref().map(Selector::source);
        let place = place.map(|place| format!("`{place}`; ")).unwrap_or_default();
        refused(format!(
            "the answer on standard input holds no access token where the dialect `{}` looks for it, or is not a success to it ({place}{})",
            profile.dialect_name,
            opened.why_not()
        ))
    })
}

/// Only an absolute expiry says anything about a token whose age nobody knows.
fn of_unknown_age(tokens: &Tokens, token: &AccessToken, answered: &Answered) -> Access {
    let ends = expiry::absolute(tokens, token, answered);
    Access {
        token: token.clone(),
        put_together: tokens.put_together.clone(),
        token_type: tokens.token_type.clone(),
        scope: tokens.scope.clone(),
        obtained: answered.at.clone(),
        expires: ends.map_or(AccessExpiry::UnknownAge, AccessExpiry::At),
        extra: BTreeMap::new(),
        beside: BTreeMap::new(),
        id_token: None,
    }
}

/// Beside a refresh token, in bytes: the access token and whatever holds the two.
const LEAST_BESIDE: usize = 1 << 10;

/// What comes after it is as large as it, and would be lost: of an answer no more is kept than the journal has room for.
fn check_size(what: &str, length: usize, room: usize) -> Result<()> {
    if length <= room {
        return Ok(());
    }
    let words = format!(
        "the {what} has {length} bytes, but at most {LARGEST_ANSWER} bytes of an answer are kept: its successor would be lost"
    );
    Err(refused(words))
}

/// A line break would be a second token, and no vendor's alphabet has one (RFC 6749 appendix A).
fn checked(token: RefreshToken) -> Result<RefreshToken> {
    check_size("refresh token", token.expose().len(), LARGEST_ANSWER - LEAST_BESIDE)?;
    if token.expose().chars().any(char::is_control) {
        return Err(refused("the refresh token holds a line break or another control character"));
    }
    Ok(token)
}

/// The first record of a login that is newer than whatever is `there`, or was.
fn first(profile: &Profile, brought: Brought, there: &Credential) -> Credential {
    let epoch = Moment::now().wall_ms.max(there.order().epoch + 1);
    let Brought { refresh_token, access, tokens, answered } = brought;
    let said = expiry::refresh_end(&tokens, &answered, answered.ahead(&tokens, None));
    let otherwise = || expiry::login_lifetime(&lifetimes(profile), &tokens, &answered.at);
    let expires = said.unwrap_or_else(otherwise);
    let mut record = Record::first(Some(refresh_token), answered.at, profile.binding.clone());
    record.refresh_expires_ms = expires;
    record.name = Some(profile.account.clone());
    record.set_access(&profile.audience, access);
    there.hand_time_steps(&mut record);
    transition::remember(&mut record, &profile.audience, &tokens);
    Credential::first(epoch, there.version.sequence + 1, record)
}

/// `now`, RFC 3339 or seconds since 1970.
fn moment(text: &str) -> Result<Moment> {
    let now = Moment::now();
    let wall_ms = match (text, text.parse::<i64>(), text.parse::<jiff::Timestamp>()) {
        ("now", ..) => now.wall_ms,
        (_, Ok(seconds), _) => seconds.saturating_mul(1_000),
        (_, _, Ok(time)) => time.as_millisecond(),
        _ => {
            return Err(refused(
                "`--obtained-at` must be `now`, a time such as `2026-01-31T12:00:00Z`, or seconds since 1970",
            ));
        }
    };
    let age = now.wall_ms.saturating_sub(wall_ms);
    if age < -300_000 || wall_ms < 0 {
        return Err(refused("`--obtained-at` is not in the past"));
    }
    Ok(Moment { wall_ms, boot_ms: now.boot_ms - age, boot: now.boot })
}
