//! `tokcli dialect`: the catalogue, and a dialect's source.

use serde_json::json;

use super::Context;
use crate::cli::Dialect;
use crate::dialect::catalog::CATALOG;
use crate::dialect::{UserDialects, catalog};
use crate::error::{Result, config};

pub(super) fn run(context: &Context<'_>, args: &Dialect) -> Result<()> {
    // The catalogue is there before any profile is.
    let dialects = context.profiles_if_any()?.map(|profiles| profiles.dialects).unwrap_or_default();
    match args {
        Dialect::List => list(context, &dialects),
        Dialect::Show { name } => show(context, &dialects, name),
    }
}

fn list(context: &Context<'_>, dialects: &UserDialects) -> Result<()> {
    let built_in = CATALOG.iter().map(|(name, _)| *name).filter(|name| !dialects.has(name));
    let mut names: Vec<&str> = built_in.chain(dialects.names()).collect();
    names.sort_unstable();
    let (mut text, mut objects) = (String::new(), Vec::new());
    for name in names {
        let dialect = dialects.load(name).transpose()?.ok_or_else(|| config(dialects.unknown(name)))?;
        let (title, address) = (dialect.title.as_deref().unwrap_or_default(), &dialect.documentation);
        let from =
            dialects.origin(name).map_or_else(|| "built in".to_owned(), super::super::config::Source::name);
        let rotation = dialect.rotation.word();
        text += &format!(
            "{name:<15} {title}\n{:<15} rotation {rotation}, {from}{}\n",
            "",
            address.as_ref().map(|address| format!(", {address}")).unwrap_or_default()
        );
        objects.push(json!({ "name": name, "title": title, "rotation": rotation, "documentation": address, "from": from }));
    }
    if context.out.json() {
        context.out.object(&json!({ "version": 1, "dialects": objects }))
    } else {
        context.out.text(&text)
    }
}

fn show(context: &Context<'_>, dialects: &UserDialects, name: &str) -> Result<()> {
    let source = match (dialects.written(name), catalog::source(name)) {
        (Some(own), _) => own,
        (None, Some(built_in)) => built_in.to_owned(),
        (None, None) => return Err(config(dialects.unknown(name))),
    };
    if context.out.json() {
        context.out.object(&json!({ "version": 1, "name": name, "source": source }))
    } else {
        context.out.text(&source)
    }
}
