//! The dialects there are, and the source of one.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::base::characters::harmless_line;
use crate::base::error::{Code, Error, Result, config};
use crate::base::order::Arrange as _;
use crate::base::suggest;
use crate::base::toml_source::Source;
use crate::commands::context::Context;
use crate::credential::reading::RenewsWith;
use crate::dialect::schema::Dialect;
use crate::dialect::{UserDialects, catalog};
use crate::terminal::screen::Screen;
use crate::terminal::table::{Cell, Column, Room, fitted};

pub(super) fn list(context: &Context<'_>, dialects: &UserDialects, words: &[String]) -> Result<()> {
    let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let built_in = catalog::names().filter(|name| !dialects.has(name));
    let mut found = Vec::new();
    let mut missed = Vec::new();
    for name in built_in.chain(dialects.names()) {
        let dialect = dialects.load(name).transpose()?.ok_or_else(|| config(dialects.unknown(name)))?;
        match rank(name, &dialect, &words) {
            Some(rank) => found.push(Found { rank, name, dialect, from: dialects.origin(name) }),
            None => missed.push((name, dialect)),
        }
    }
    if found.is_empty() {
        return Err(nothing_found(&words, &missed));
    }
    found.arrange_by_key(|one| (one.rank, one.name));
    if context.out.json() {
        let objects: Vec<Value> = found.iter().map(object).collect();
        context.out.object(&json!({ "version": 1, "dialects": objects }))
    } else {
        context.out.table(&table(&found, context.out.screen()))
    }
}

struct Found<'a> {
    rank: Rank,
    name: &'a str,
    dialect: Arc<Dialect>,
    /// `None`: it is built in.
    from: Option<&'a Source>,
}

/// Where all the words stand, the likeliest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Name,
    Title,
    Keywords,
    /// Vendors document themselves at the addresses of others.
    Address,
    Logins,
}

/// `None`: it is not about these words.
fn rank(name: &str, dialect: &Dialect, words: &[String]) -> Option<Rank> {
    let mut all = String::new();
    let logins = match dialect.logins.is_empty() {
        true => String::new(),
        false => format!("login {}", grants(dialect).join(" ")),
    };
    [
        (Rank::Name, name),
        (Rank::Title, dialect.title.as_deref().unwrap_or_default()),
        (Rank::Keywords, &dialect.keywords.join(" ")),
        (Rank::Address, dialect.documentation.as_deref().unwrap_or_default()),
        (Rank::Logins, &logins),
    ]
    .into_iter()
    .find_map(|(rank, text)| {
        all += &format!("{} ", text.to_lowercase());
        // `open id` is `openid` to whoever searches for it.
        (words.iter().all(|word| all.contains(word)) || all.contains(&words.concat())).then_some(rank)
    })
}

/// What was given is not repeated: it may be a secret in the wrong place.
fn nothing_found(words: &[String], all: &[(&str, Arc<Dialect>)]) -> Error {
    let known = all.iter().flat_map(|(name, dialect)| {
        let texts = dialect.title.iter().chain(&dialect.keywords).map(String::as_str);
        texts.flat_map(str::split_whitespace).chain([*name]).map(|word| (word.to_lowercase(), *name))
    });
    let known: Vec<(String, &str)> = known.collect();
    let near = suggest::nearest(words, known.iter().map(|(word, name)| (word.as_str(), *name)), MOST_NEAR);
    let near: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    let near = if near.is_empty() { String::new() } else { format!("; similar: {}", near.join(", ")) };
    Error::new(
        Code::Internal,
        format!("no dialect has these words in its name, title, keywords, address or logins{near}"),
    )
    .hint(
        "`tokcli dialect list` lists all; `oauth2` works with most servers, and `tokcli dialect new` drafts one",
    )
}

const MOST_NEAR: usize = 5;

/// One line each; a terminal's as wide as it is, and with a head.
fn table(found: &[Found<'_>], screen: Option<Screen>) -> String {
    let column = |title, room, cell: &dyn Fn(&Found<'_>) -> String| {
        Column::new(title, room, found.iter().map(|one| Cell::new(&cell(one), "")).collect())
    };
    let columns = vec![
        column("NAME", Room::Nothing, &|one| one.name.to_owned()),
        column("TITLE", Room::Ends(SHORTEST_TITLE), &|one| one.dialect.title.clone().unwrap_or_default()),
        column("ROTATION", Room::Itself(1), &|one| rotation(&one.dialect).to_owned()),
        column("LOGIN", Room::Ends(SHORTEST_TITLE), &|one| ways(&one.dialect).join(", ")),
        column("FROM", Room::Itself(2), &|one| one.from.map(Source::name).unwrap_or_default()),
    ];
    let whole = fitted(columns, screen.unwrap_or(Screen { columns: usize::MAX, colored: false }));
    match (screen, whole.split_once('\n')) {
        (None, Some((_, rows))) => rows.to_owned(),
        _ => whole,
    }
}

/// In characters.
const SHORTEST_TITLE: usize = 16;

/// What becomes of a spent refresh token; or what a refresh presents instead.
fn rotation(dialect: &Dialect) -> &'static str {
    match dialect.renews_with {
        RenewsWith::RefreshToken => dialect.rotation.word(),
        other => other.word(),
    }
}

/// By which a person, or a program for them, gets the first token.
fn grants(dialect: &Dialect) -> Vec<&str> {
    dialect.logins.keys().map(String::as_str).collect()
}

/// The same as a person thinks of them, the easiest first.
fn ways(dialect: &Dialect) -> Vec<&str> {
    let mut ways: Vec<(u8, &str)> = dialect.logins.keys().map(|grant| way(dialect, grant)).collect();
    ways.arrange();
    ways.dedup();
    ways.into_iter().map(|(_, word)| word).collect()
}

fn way<'a>(dialect: &Dialect, grant: &'a str) -> (u8, &'a str) {
    let visited = dialect.logins.get(grant).is_some_and(|login| login.authorization.is_some());
    let polled =
        || dialect.login(grant).is_some_and(|flow| flow.steps().any(|step| step.exchange.is_polled()));
    match grant {
        _ if visited => (0, "browser"),
        _ if polled() => (1, "device"),
        "password" => (2, "password"),
        other => (3, other),
    }
}

fn object(one: &Found<'_>) -> Value {
    let Found { name, dialect, from, .. } = one;
    let from = from.map_or_else(|| "built in".to_owned(), Source::name);
    json!({
        "name": name, "title": dialect.title.as_deref().unwrap_or_default(), "renews_with": dialect.renews_with.key(),
        "rotation": dialect.rotation.word(), "documentation": dialect.documentation, "undocumented": dialect.undocumented, "from": from,
        "keywords": dialect.keywords, "logins": grants(dialect), "revocation": dialect.revocation.is_some(),
    })
}

pub(super) fn show(context: &Context<'_>, dialects: &UserDialects, name: &str) -> Result<()> {
    let source = match (dialects.written(name), catalog::file(name)) {
        (Some(own), _) => own,
        (None, Some(built_in)) => built_in,
        (None, None) => {
            context.named_profiles_exist()?;
            return Err(config(dialects.unknown(name)));
        }
    };
    // What is wrong with it, `dialect check` says.
    let Some(Ok(dialect)) = dialects.load(name) else { return print(context, name, &source) };
    if context.out.json() {
        let logins: Vec<Value> = dialect.logins.iter().map(|(grant, login)| {
            json!({ "grant": grant, "about": login.about, "documentation": login.documentation })
        }).collect();
        let revocation = dialect.revocation.as_ref();
        let revocation = revocation.map(|it| json!({ "documentation": it.documentation }));
        return context.out.object(&json!({
            "version": 1, "name": name, "source": source, "logins": logins, "revocation": revocation,
        }));
    }
    context.out.source(&format!("{}\n\n{}", source.trim_end(), remarks(&dialect)))
}

/// The logins, those of the dialect beneath among them, as remarks in TOML.
fn remarks(dialect: &Dialect) -> String {
    let mut text = String::new();
    let mut line = |words: &str| text += &format!("# {}\n", harmless_line(words));
    for (grant, login) in &dialect.logins {
        line(&format!(
            "login `{grant}`: {}",
            login.documentation.as_deref().unwrap_or("no page documents it")
        ));
        login.about.iter().for_each(|about| line(&format!("    {about}")));
    }
    if let Some(revocation) = &dialect.revocation {
        line(&format!(
            "revocation: {}",
            revocation.documentation.as_deref().unwrap_or("no page documents it")
        ));
    }
    match dialect.renews_with {
        _ if !dialect.logins.is_empty() => {}
        RenewsWith::Client => line("no login is needed: `tokcli token` gets a token"),
        _ => line("it has no login: `tokcli import` imports what was obtained elsewhere"),
    }
    text
}

pub(super) fn print(context: &Context<'_>, name: &str, source: &str) -> Result<()> {
    if context.out.json() {
        context.out.object(&json!({ "version": 1, "name": name, "source": source }))
    } else {
        context.out.source(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built_in() -> Vec<(&'static str, Arc<Dialect>)> {
        let dialects = UserDialects::default();
        let load = |name: &'static str| (name, dialects.load(name).expect("it is there").expect("whole"));
        catalog::names().map(load).collect()
    }

    #[test]
    fn a_dialect_is_found_by_its_logins_and_by_those_alone_that_it_has() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        for (name, dialect) in built_in() {
            for grant in dialect.logins.keys() {
                assert!(rank(name, &dialect, &words(&format!("login {grant}"))).is_some(), "{name} {grant}");
            }
        }
        let all = built_in();
        let (_, none) = all.iter().find(|(_, dialect)| dialect.logins.is_empty()).expect("one");
        assert!(rank("x", none, &words("login device_code")).is_none());
        let (_, base) = all.iter().find(|(name, _)| *name == "oauth2").expect("there");
        assert!(rank("oauth2", base, &words("device")) == Some(Rank::Logins));
        let shown = remarks(base);
        for (grant, login) in &base.logins {
            let page = login.documentation.as_deref().expect("one");
            assert!(shown.contains(&format!("# login `{grant}`: {page}\n")), "{shown}");
        }
        assert!(shown.lines().all(|line| line.starts_with("# ")) && shown.contains("# revocation: https://"));
    }

    #[test]
    fn most_vendors_of_the_catalogue_can_log_in_and_say_where_that_is_documented() {
        let all = built_in();
        let able: Vec<_> = all.iter().filter(|(_, dialect)| !dialect.logins.is_empty()).collect();
        for (name, dialect) in &able {
            for (grant, login) in &dialect.logins {
                assert!(login.documentation.is_some(), "{name}, {grant}");
            }
        }
        assert!(able.len() >= LEAST, "{}", able.len());
    }

    const LEAST: usize = 120;
}
