//! `tokcli helper list`: which helpers are there, and whether they work. Nothing is sent, and no token is given out.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::ValueEnum as _;
use serde_json::{Value, json};

use super::install::{all_places, takes};
use super::links::{self, Link};
use super::others;
use crate::base::error::{Error, Result};
use crate::base::program::first_on_path;
use crate::base::shell::quoted;
use crate::commands::context::Context;
use crate::commands::own_program;
use crate::commands::status;
use crate::profile::configuration::Profiles;
use crate::store::foreign::{self, There};
use crate::surface::setup::edit::Edit;
use crate::surface::setup::{How, Kind, Part, Wiring};
use crate::terminal::arguments::called_as::link_of;
use crate::terminal::table;

/// What is known of a helper, or of one of its links.
struct Row {
    kind: Kind,
    link: Option<PathBuf>,
    profile: Option<String>,
    /// Of the programs of that name the one that is found. `None`: there is no link.
    first: Option<bool>,
    /// It leads to the program that runs here.
    current: Option<bool>,
    /// `None`: nobody can tell.
    set_up: Option<bool>,
    trouble: Option<String>,
}

pub(super) fn run(context: &Context<'_>) -> Result<()> {
    let program = own_program::program()?;
    let profiles = context.profiles();
    let mut rows = Vec::new();
    for kind in Kind::value_variants() {
        let links = links::found(*kind, &program);
        if links.is_empty() {
            rows.push(row(context, &profiles, *kind, None));
        }
        rows.extend(links.into_iter().map(|link| row(context, &profiles, *kind, Some(link))));
    }
    if context.out.json() {
        let rows: Vec<Value> = rows.iter().map(Row::object).collect();
        return context.out.object(&json!({ "version": 1, "helpers": rows }));
    }
    let head = ["HELPER", "PROFILE", "LINK", "SET UP", "WORKS"];
    context.out.text(&table::plain(head, rows.iter().map(Row::cells)))
}

/// A link that is there and does not serve.
pub(in crate::commands) struct Broken {
    pub(in crate::commands) link: PathBuf,
    pub(in crate::commands) profile: Option<String>,
    pub(in crate::commands) why: String,
    pub(in crate::commands) mend: String,
    /// The programs that call it do not find it, with the `PATH` that this run has.
    pub(in crate::commands) unfound: bool,
}

/// Of all helpers whose link is there.
pub(in crate::commands) fn broken() -> Result<Vec<Broken>> {
    let program = own_program::program()?;
    let mut all = Vec::new();
    for kind in Kind::value_variants() {
        for link in links::found(*kind, &program) {
            let Some(why) = trouble_with_link(*kind, Some(&link), Some(is_first(&link))) else { continue };
            let directory = link.path.parent().unwrap_or(&program).display().to_string();
            let mend = match why == NOT_FOUND {
                true => format!("put {directory} in front of the others in `PATH`"),
                false => {
                    let profile = link.profile.as_ref().map(|name| format!(" --profile {name}"));
                    format!(
                        "tokcli helper install {}{} --dir {}",
                        kind.name(),
                        profile.unwrap_or_default(),
                        quoted(&directory)
                    )
                }
            };
            let unfound = why == NOT_FOUND;
            all.push(Broken { link: link.path, profile: link.profile, why, mend, unfound });
        }
    }
    Ok(all)
}

fn is_first(link: &Link) -> bool {
    let name = link.path.file_name().unwrap_or_default().to_string_lossy();
    first_on_path(&own_program::path(), &name).as_ref() == Some(&link.path)
}

const NOT_FOUND: &str = "it is not on `PATH`, or not the first of its name there";

impl Row {
    fn object(&self) -> Value {
        json!({
            "helper": self.kind.name(),
            "profile": self.profile,
            "link": self.link,
            "first_on_path": self.first,
            "current": self.current,
            "set_up": self.set_up,
            "works": self.trouble.is_none(),
            "trouble": self.trouble,
        })
    }

    fn cells(&self) -> [String; 5] {
        let dash = |value: Option<String>| value.unwrap_or_else(|| "-".into());
        let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
        [
            self.kind.name().to_owned(),
            dash(self.profile.clone()),
            dash(self.link.as_ref().map(|link| link.display().to_string())),
            dash(self.set_up.map(yes)),
            self.trouble.clone().map_or("yes".to_owned(), |why| format!("no: {why}")),
        ]
    }
}

fn row(context: &Context<'_>, profiles: &Result<Profiles>, kind: Kind, link: Option<Link>) -> Row {
    let profile = link.as_ref().and_then(|link| link.profile.clone());
    let first = link.as_ref().map(is_first);
    let current = link.as_ref().map(|link| link.there == There::Same);
    let set_up = profiles.as_ref().ok().and_then(|all| set_up(context, all, kind, link.as_ref()));
    let trouble = trouble_with_link(kind, link.as_ref(), first)
        .or_else(|| trouble_with_profile(context, profiles, profile.as_deref()));
    Row { kind, link: link.map(|link| link.path), profile, first, current, set_up, trouble }
}

fn trouble_with_link(kind: Kind, link: Option<&Link>, first: Option<bool>) -> Option<String> {
    let name = link_of(kind.name())?;
    let Some(link) = link else { return Some(format!("there is no link `{name}`")) };
    // Those are told the whole path.
    let is_looked_for = !matches!(kind, Kind::Bazel | Kind::Pnpm);
    if link.there == There::Older && !link.path.exists() {
        return Some("the link leads nowhere".to_owned());
    }
    if is_looked_for && first == Some(false) {
        return Some(NOT_FOUND.to_owned());
    }
    let said =
        Command::new(&link.path).args(question(kind)).stdin(Stdio::null()).stderr(Stdio::null()).output();
    let answered = said.is_ok_and(|said| {
        said.status.success() && String::from_utf8_lossy(&said.stdout).contains(answer(kind))
    });
    (!answered).then(|| "the link does not answer as it should".to_owned())
}

/// Words by which a helper says something and gives nothing.
fn question(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Git => &["capability"],
        Kind::Docker => &["version"],
        Kind::Cargo => &["--cargo-plugin"],
        _ => &["--help"],
    }
}

fn answer(kind: Kind) -> &'static str {
    match kind {
        Kind::Git => "capability authtype",
        Kind::Docker => "docker-credential-tokcli ",
        Kind::Cargo => "{\"v\":[1]}",
        _ => "tokcli helper",
    }
}

/// Whether there is a login behind it.
fn trouble_with_profile(
    context: &Context<'_>,
    profiles: &Result<Profiles>,
    named: Option<&str>,
) -> Option<String> {
    let profiles = match profiles {
        Ok(profiles) => profiles,
        Err(error) => return Some(error.message()),
    };
    let chosen = |asked| profiles.choose(asked).map_err(|error: Error| error.message());
    let names = match named {
        Some(name) => vec![match chosen(Some(name.to_owned())) {
            Ok(name) => name,
            Err(why) => return Some(why),
        }],
        None => profiles.names().map(str::to_owned).collect(),
    };
    let mut states = names.iter().map(|name| (name, status::state(context, profiles, name)));
    let (mut first, mut any) = (None, false);
    states.by_ref().for_each(|(name, state)| {
        any |= matches!(state.as_str(), "valid" | "ready");
        first.get_or_insert_with(|| format!("the state of `{name}` is {state}"));
    });
    if any { None } else { Some(first.unwrap_or_else(|| "there is no profile".to_owned())) }
}

/// Whether the program's files say what `helper install` would have them say.
fn set_up(context: &Context<'_>, all: &Profiles, kind: Kind, link: Option<&Link>) -> Option<bool> {
    let profile = link.and_then(|link| link.profile.as_deref());
    let mut places = all_places(context, all, kind, profile).ok()?;
    places.retain(|place| takes(kind, place));
    if kind.names_places() && places.is_empty() {
        return None;
    }
    let program = own_program::program().ok()?;
    let path = link.map_or(program.as_path(), |link| &link.path);
    let parts = |profile| Wiring { kind, profile, places: &places, program: path }.parts();
    if parts(profile).iter().any(|part| matches!(part.how, How::ByHand)) {
        return None;
    }
    let says_it = |profile| parts(profile).iter().all(says_so);
    // Without a link each profile may have lines of its own.
    Some(says_it(profile) || link.is_none() && all.names().any(|name| says_it(Some(name))))
}

fn says_so(part: &Part) -> bool {
    match (&part.how, &part.file) {
        (How::Git(keys), Some(file)) => matches!(others::git(file, keys), Ok(None)),
        (How::Kubectl(user, words), Some(file)) => matches!(others::kubectl(file, user, words), Ok(None)),
        (_, Some(file)) => {
            foreign::read(file).is_ok_and(|text| !text.is_empty() && part.edited(&text) == Ok(Edit::Same))
        }
        (_, None) => false,
    }
}
