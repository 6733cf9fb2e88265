//! The dialects there are, and the source of one.

use serde_json::{Value, json};

use crate::base::characters::harmless_line;
use crate::base::error::{Result, config};
use crate::base::toml_source::Source;
use crate::commands::context::Context;
use crate::dialect::schema::Dialect;
use crate::dialect::{UserDialects, catalog};

pub(super) fn list(context: &Context<'_>, dialects: &UserDialects, words: &[String]) -> Result<()> {
    let built_in = catalog::names().filter(|name| !dialects.has(name));
    let mut names: Vec<&str> = built_in.chain(dialects.names()).collect();
    names.sort_unstable();
    let width = names.iter().map(|name| name.len()).max().unwrap_or(0);
    let (mut text, mut objects) = (String::new(), Vec::new());
    for name in names {
        let dialect = dialects.load(name).transpose()?.ok_or_else(|| config(dialects.unknown(name)))?;
        if is_about(name, &dialect, words) {
            let from = dialects.origin(name).map_or_else(|| "built in".to_owned(), Source::name);
            // A title with a line break would pass for a row of its own.
            for line in paragraph(name, width, &dialect, &from) {
                text += &format!("{}\n", harmless_line(&line));
            }
            objects.push(object(name, &dialect, &from));
        }
    }
    if context.out.json() {
        context.out.object(&json!({ "version": 1, "dialects": objects }))
    } else {
        context.out.text(&text)
    }
}

fn is_about(name: &str, dialect: &Dialect, words: &[String]) -> bool {
    let [title, address] =
        [&dialect.title, &dialect.documentation].map(|text| text.as_deref().unwrap_or_default());
    let all = format!("{name} {title} {address}").to_lowercase();
    words.iter().all(|word| all.contains(&word.to_lowercase()))
}

/// Line by line.
fn paragraph(name: &str, width: usize, dialect: &Dialect, from: &str) -> Vec<String> {
    let (title, renews) = (dialect.title.as_deref().unwrap_or_default(), dialect.renews_with.word());
    let (rotation, open) = (dialect.rotation.word(), &dialect.undocumented);
    let address = dialect.documentation.iter().map(|address| format!(", {address}")).collect::<String>();
    let mut lines = vec![
        format!("{name:<width$}  {title}"),
        format!("{:<width$}  renews with the {renews}, rotation {rotation}, {from}{address}", ""),
    ];
    if !open.is_empty() {
        lines.push(format!("{:<width$}  not documented: {}", "", open.join("; ")));
    }
    lines
}

fn object(name: &str, dialect: &Dialect, from: &str) -> Value {
    json!({
        "name": name, "title": dialect.title.as_deref().unwrap_or_default(), "renews_with": dialect.renews_with.key(),
        "rotation": dialect.rotation.word(), "documentation": dialect.documentation, "undocumented": dialect.undocumented, "from": from,
    })
}

pub(super) fn show(context: &Context<'_>, dialects: &UserDialects, name: &str) -> Result<()> {
    let source = match (dialects.written(name), catalog::file(name)) {
        (Some(own), _) => own,
        (None, Some(built_in)) => built_in,
        (None, None) => return Err(config(dialects.unknown(name))),
    };
    print(context, name, &source)
}

pub(super) fn print(context: &Context<'_>, name: &str, source: &str) -> Result<()> {
    if context.out.json() {
        context.out.object(&json!({ "version": 1, "name": name, "source": source }))
    } else {
        context.out.source(source)
    }
}
