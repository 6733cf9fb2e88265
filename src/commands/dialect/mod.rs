//! `tokcli dialect`: the catalogue, a dialect's source, and whether it is right.

mod catalogue;
mod new;
mod reading;
mod record;
mod replay;

use std::path::Path;

use serde_json::json;

use self::replay::Replay;
use super::context::{Context, Failure};
use crate::base::error::{Error, Result, config};
use crate::dialect::{UserDialects, catalog};
use crate::profile::configuration;
use crate::terminal::arguments::DialectCommand;

pub(super) fn run(context: &Context<'_>, args: &DialectCommand) -> std::result::Result<u8, Failure> {
    let chosen = |what: Option<&str>| Chosen::of(context, what);
    let done = match args {
        DialectCommand::Record { name } => return record::run(context, name).map(|()| 0),
        DialectCommand::List { words } => {
            known(context).and_then(|known| catalogue::list(context, &known, words))
        }
        DialectCommand::Show { name } => {
            known(context).and_then(|known| catalogue::show(context, &known, name))
        }
        DialectCommand::New { name, curl, answer } => {
            new::run(context, name, curl.as_deref(), answer.as_deref())
        }
        DialectCommand::Check { what } => chosen(what.as_deref()).and_then(|chosen| check(context, &chosen)),
        DialectCommand::Test { what, answer: None, .. } => {
            chosen(what.as_deref()).and_then(|chosen| test(context, &chosen))
        }
        DialectCommand::Test { what, answer: Some(answer), exchange } => {
            chosen(what.as_deref()).and_then(|Chosen { dialects, names }| {
                reading::run(context, (&dialects, &names), answer, exchange.as_deref())
            })
        }
    };
    done.map(|()| 0).map_err(|error| (None, error))
}

/// The catalogue is there before any profile is, also where somebody has said already where they will be.
fn known(context: &Context<'_>) -> Result<UserDialects> {
    Ok(context.profiles_if_any()?.map(|profiles| profiles.dialects).unwrap_or_default())
}

/// The dialects that a command is about.
struct Chosen {
    dialects: UserDialects,
    names: Vec<String>,
}

impl Chosen {
    /// A file, a name, or else all of one's own; who has none means the catalogue.
    fn of(context: &Context<'_>, what: Option<&str>) -> Result<Chosen> {
        let is_file = |what: &str| what.ends_with(".toml") || what.contains(std::path::MAIN_SEPARATOR);
        let own = |dialects: UserDialects| {
            let names = dialects.names().map(str::to_owned).collect();
            Chosen { dialects, names }
        };
        match what {
            Some(file) if is_file(file) => {
                let chosen = own(configuration::dialects_in(Path::new(file))?);
                let none = || config(format!("{file} holds no [dialects.NAME]"));
                if chosen.names.is_empty() { Err(none()) } else { Ok(chosen) }
            }
            Some(name) => {
                let dialects = known(context)?;
                if !dialects.has(name) && !catalog::has(name) {
                    context.named_profiles_exist()?;
                    return Err(config(dialects.unknown(name)));
                }
                Ok(Chosen { dialects, names: vec![name.to_owned()] })
            }
            None => {
                context.named_profiles_exist()?;
                let mut chosen = own(known(context)?);
                if chosen.names.is_empty() {
                    chosen.names = catalog::names().map(str::to_owned).collect();
                }
                Ok(chosen)
            }
        }
    }
}

/// Of several things that are wrong each is told, and the last ends the run; with `--json` they are in its object.
pub(super) fn mistakes(context: &Context<'_>, mut found: Vec<Error>) -> Result<()> {
    let object = |error: &Error| {
        let place = error.place();
        json!({
            "file": place.map(|place| &place.file), "line": place.map(|place| place.line),
            "column": place.map(|place| place.column), "message": error.message(),
        })
    };
    let all: Vec<serde_json::Value> = found.iter().map(object).collect();
    let messages: Vec<String> = found.iter().map(Error::message).collect();
    let Some(mut last) = found.pop() else { return Ok(()) };
    found.iter().for_each(|error| context.out.error_line(&error.message()));
    if context.out.json() && !found.is_empty() {
        last = config(messages.join("; "));
    }
    Err(last.member("mistakes", all.into()))
}

/// Everything that is wrong, in one pass.
fn check(context: &Context<'_>, chosen: &Chosen) -> Result<()> {
    mistakes(context, chosen.dialects.faults(&chosen.names))?;
    let remarks = chosen.dialects.remarks(&chosen.names);
    if context.out.json() {
        return context.out.object(&json!({ "version": 1, "dialects": chosen.names, "remarks": remarks }));
    }
    let what = match &chosen.names[..] {
        [one] => one.clone(),
        all => format!("{} dialects", all.len()),
    };
    remarks.into_iter().for_each(|words| context.out.warn(words));
    context.out.text(&format!("{what}: nothing wrong\n"))
}

/// Replays the recorded examples; nothing is sent.
fn test(context: &Context<'_>, chosen: &Chosen) -> Result<()> {
    let (mut text, mut objects, mut wrong, mut count) = (String::new(), Vec::new(), 0, 0);
    for name in &chosen.names {
        let unknown = || config(chosen.dialects.unknown(name));
        let dialect = chosen.dialects.load(name).ok_or_else(unknown)??;
        let recorded = chosen.dialects.examples(name, &dialect)?;
        if recorded.is_empty() {
            text += &format!("{name}: no examples\n");
        }
        for (index, example) in recorded.iter().enumerate() {
            let replay = Replay::of(name, &dialect, example, index)?;
            count += 1;
            wrong += usize::from(!replay.differences.is_empty());
            text += &replay.text();
            objects.push(replay.object(name));
        }
    }
    if wrong > 0 {
        // Nothing that failed is a result.
        context.out.report(&text);
        let words = format!("{wrong} of {count} recorded examples do not come out as recorded");
        return Err(config(words).member("examples", objects.into()));
    }
    match context.out.json() {
        true => context.out.object(&json!({ "version": 1, "examples": objects })),
        false => context.out.text(&text),
    }
}
