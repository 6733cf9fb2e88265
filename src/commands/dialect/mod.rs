//! `tokcli dialect`: the catalogue, a dialect's source, and whether it is right.

mod check;
mod new;
mod test;

use std::path::Path;

use serde_json::json;

use super::Context;
use crate::base::error::{Result, config};
use crate::dialect::{UserDialects, catalog};
use crate::profile::configuration;
use crate::terminal::arguments::DialectCommand;

pub(super) fn run(context: &Context<'_>, args: &DialectCommand) -> Result<()> {
    match args {
        DialectCommand::List { words } => list(context, &known(context)?, words),
        DialectCommand::Show { name } => show(context, &known(context)?, name),
        DialectCommand::New { name, curl, answer } => {
            new::run(context, name, curl.as_deref(), answer.as_deref())
        }
        DialectCommand::Check { what } => check::run(context, &Chosen::of(context, what.as_deref())?),
        DialectCommand::Test { what } => test::run(context, &Chosen::of(context, what.as_deref())?),
    }
}

/// The catalogue is there before any profile is.
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
                    return Err(config(dialects.unknown(name)));
                }
                Ok(Chosen { dialects, names: vec![name.to_owned()] })
            }
            None => {
                let mut chosen = own(known(context)?);
                if chosen.names.is_empty() {
                    chosen.names = catalog::names().map(str::to_owned).collect();
                }
                Ok(chosen)
            }
        }
    }
}

fn list(context: &Context<'_>, dialects: &UserDialects, words: &[String]) -> Result<()> {
    let built_in = catalog::names().filter(|name| !dialects.has(name));
    let mut names: Vec<&str> = built_in.chain(dialects.names()).collect();
    names.sort_unstable();
    let width = names.iter().map(|name| name.len()).max().unwrap_or(0);
    let (mut text, mut objects) = (String::new(), Vec::new());
    for name in names {
        let dialect = dialects.load(name).transpose()?.ok_or_else(|| config(dialects.unknown(name)))?;
        let (title, address) = (dialect.title.as_deref().unwrap_or_default(), &dialect.documentation);
        let all = format!("{name} {title} {}", address.as_deref().unwrap_or_default()).to_lowercase();
        if !words.iter().all(|word| all.contains(&word.to_lowercase())) {
            continue;
        }
        let from = dialects
            .origin(name)
            .map_or_else(|| "built in".to_owned(), crate::base::toml_source::Source::name);
        let (rotation, open) = (dialect.rotation.word(), &dialect.undocumented);
        let renews = dialect.renews_with.word();
        text += &format!(
            "{name:<width$}  {title}\n{:<width$}  renews with the {renews}, rotation {rotation}, {from}{}\n",
            "",
            address.as_ref().map(|address| format!(", {address}")).unwrap_or_default()
        );
        if !open.is_empty() {
            text += &format!("{:<width$}  not documented: {}\n", "", open.join("; "));
        }
        objects.push(json!({
            "name": name, "title": title, "renews_with": dialect.renews_with.key(), "rotation": rotation,
            "documentation": address, "undocumented": open, "from": from,
        }));
    }
    if context.out.json() {
        context.out.object(&json!({ "version": 1, "dialects": objects }))
    } else {
        context.out.text(&text)
    }
}

fn show(context: &Context<'_>, dialects: &UserDialects, name: &str) -> Result<()> {
    let source = match (dialects.written(name), catalog::file(name)) {
        (Some(own), _) => own,
        (None, Some(built_in)) => built_in,
        (None, None) => return Err(config(dialects.unknown(name))),
    };
    if context.out.json() {
        context.out.object(&json!({ "version": 1, "name": name, "source": source }))
    } else {
        context.out.text(&source)
    }
}
