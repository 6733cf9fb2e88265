//! `tokcli dialect record`: one real refresh, as a recorded example. What is recorded is built and read anew from made-up
//! values, so nothing of the real request is in it, and of the answer only its form.

use std::sync::Arc;

use toml::{Table, Value};

use super::{catalogue, replay};
use crate::base::error::{Code, Error, Result, config};
use crate::commands::context::{Context, Failure, Looks};
use crate::credential::reading::Reading;
use crate::credential::record::Record;
use crate::dialect::draft::disguise::Disguise;
use crate::dialect::examples::{self, Example, recorded};
use crate::dialect::flow::Step;
use crate::dialect::schema::{Dialect, REFRESH};
use crate::http::message::RawAnswer;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::demand::{Demand, Invocation};
use crate::session::refresh;
use crate::session::witness::Witness;
use crate::store::{Look, Store};

pub(super) fn run(context: &Context<'_>, name: &str) -> std::result::Result<(), Failure> {
    let profiles = context.profiles().map_err(|error| (None, error))?;
    let asked = context.global.asked_profile().map_err(|error| (None, error))?;
    let chosen = chosen(&profiles, name, asked).map_err(|error| (None, error))?;
    context.with_one(&profiles, Some(chosen), Looks::AtOnce, |profile| record(context, &profiles, profile))
}

/// The profile that is refreshed.
fn chosen(profiles: &Profiles, name: &str, asked: Option<String>) -> Result<String> {
    let uses = |profile: &str| profiles.get(profile).is_ok_and(|profile| profile.dialect_name == name);
    if let Some(asked) = asked {
        let other = profiles.has(&asked) && !uses(&asked);
        let words = || config(format!("the profile `{asked}` does not use the dialect `{name}`"));
        return if other { Err(words()) } else { Ok(asked) };
    }
    let all: Vec<&str> = profiles.names().filter(|profile| uses(profile)).collect();
    match &all[..] {
        [one] => Ok((*one).to_owned()),
        [] => Err(config(format!("no profile uses the dialect `{name}`"))
            .hint("a record is made of one real refresh; add a profile that uses it, and log in or import")),
        several => Err(Error::new(
            Code::UnknownProfile,
            format!("which profile? `{name}` is used by {}", several.join(", ")),
        )
        .hint("use `--profile NAME`")),
    }
}

fn record(context: &Context<'_>, all: &Profiles, profile: &Profile) -> Result<()> {
    if profile.dialect.refresh().last().exchange.makes.is_some() {
        return Err(config(format!(
            "the dialect `{}` makes its token itself; nothing is sent",
            profile.dialect_name
        )));
    }
    let before = match Store::open(profile, context.out.json())?.look() {
        Ok(Look::Settled(there, _) | Look::Unsettled(Some(there))) => there.record().cloned(),
        _ => None,
    };
    let witness = Witness::default();
    let invocation = Invocation { witness: Some(&witness), ..context.invocation };
    let want = Demand { fresh: true, ..Demand::default() };
    let ended = refresh::obtain(&invocation, all, profile, &want).map(|_| ());
    let seen = witness.seen();
    if seen.is_empty() {
        ended?;
        let words = "another run refreshed meanwhile, and this one sent nothing; there is nothing to record";
        return Err(Error::new(Code::Busy, words));
    }
    // It is a record of that, too.
    if let Err(error) = ended {
        context.out.warn(format!("the refresh failed, and that is what is recorded: {error}"));
    }
    let mut examples = Vec::new();
    let mut disguise = Disguise::of(&profile.dialect);
    for (step, raw) in &seen {
        examples.push(Value::Table(example(profile, before.as_ref(), step, raw, &mut disguise)?));
    }
    let own = Table::from_iter([("examples".to_owned(), Value::Array(examples))]);
    let dialects = Table::from_iter([(profile.dialect_name.clone(), Value::Table(own))]);
    let file = Table::from_iter([("dialects".to_owned(), Value::Table(dialects))]);
    let source = toml::to_string(&file).map_err(|_| config("the record cannot be written as TOML"))?;
    if disguise.is_seen_in(&source) {
        let words = "part of what the vendor answered would be shown; write this record by hand";
        return Err(config(words));
    }
    catalogue::print(context, &profile.dialect_name, &source)
}

fn example(
    profile: &Profile,
    before: Option<&Record>,
    step: &str,
    raw: &RawAnswer,
    disguise: &mut Disguise,
) -> Result<Table> {
    let dialect = &profile.dialect;
    let mut example = Table::new();
    if step != REFRESH {
        example.insert("exchange".into(), step.into());
    }
    example.insert(
        "now".into(),
        jiff::Timestamp::from_millisecond(raw.at.wall_ms).unwrap_or_default().to_string().into(),
    );
    let made_up = profile.made_up(disguise);
    if !made_up.is_empty() {
        example.insert("profile".into(), made_up.into());
    }
    let credential = credential(profile, before, disguise);
    if !credential.is_empty() {
        example.insert("credential".into(), credential.into());
    }
    let known = dialect.step(step).ok_or_else(|| config("the step is gone"))?;
    disguise.learn(secrets(&known, raw));
    let headers = raw.headers.iter().map(|(name, value)| (name.clone(), disguise.header(name, value)));
    let headers = headers.collect();
    let body = disguise.body(&String::from_utf8_lossy(&raw.body)).into_bytes();
    let shown = RawAnswer { headers, body, ..raw.clone() };
    let values = read(dialect, &example).map(|example| example.plain(dialect)).unwrap_or_default();
    let answer = recorded::answer(&known, &shown, &values);
    example.insert("answers".into(), Value::Array(vec![Value::Table(answer)]));
    if let Some(request) = request(&profile.dialect_name, dialect, &example) {
        example.insert("request".into(), request.into());
    }
    Ok(example)
}

/// All that is secret in an answer, or says whose it is.
fn secrets(step: &Step<'_>, raw: &RawAnswer) -> Vec<String> {
    let opened = step.open(raw);
    let mut all = opened.secrets();
    if let Reading::Granted(tokens) = opened.reading() {
        all.extend(tokens.access_token.iter().map(|token| token.expose().to_owned()));
        all.extend(tokens.refresh_token.iter().map(|token| token.expose().to_owned()));
        all.extend(tokens.id_token.iter().map(|token| token.expose().to_owned()));
        all.extend(tokens.account.clone());
        all.extend(tokens.kept.values().map(|kept| kept.value.expose().to_owned()));
    }
    all
}

fn read(dialect: &Dialect, example: &Table) -> Option<Example> {
    examples::read(dialect, &[Value::Table(example.clone())]).ok()?.into_iter().next()
}

/// `None`: with made-up keys it cannot be built, as where one must be of a certain kind.
fn request(name: &str, dialect: &Arc<Dialect>, example: &Table) -> Option<Table> {
    let built = replay::request(name, dialect, &read(dialect, example)?).ok()?;
    Some(recorded::request(&built))
}

/// What there was before.
fn credential(profile: &Profile, before: Option<&Record>, disguise: &mut Disguise) -> Table {
    let mut all = Table::new();
    let Some(record) = before else { return all };
    if let Some(token) = &record.refresh_token {
        all.insert("refresh_token".into(), disguise.text(token.expose()).into());
    }
    if profile.dialect.refresh().uses("access_token")
        && let Some(access) = record.access(&profile.audience)
    {
        all.insert("access_token".into(), disguise.text(access.token.expose()).into());
    }
    let used = record.kept.iter().filter(|(name, _)| profile.dialect.refresh().uses(&format!("kept.{name}")));
    let kept: Table =
        used.map(|(name, kept)| (name.clone(), disguise.text(kept.value.expose()).into())).collect();
    if !kept.is_empty() {
        all.insert("kept".into(), kept.into());
    }
    all
}
