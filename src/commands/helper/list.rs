//! `tokcli helper list`: which helpers are there, whether their programs are set up for them, and whether they can answer.
//! Nothing is sent, and no token is given out.

use std::path::PathBuf;
use std::process::Command;

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
use crate::commands::tools::Tools;
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
    let hidden = profiles.as_ref().map(Profiles::secret_variables).unwrap_or_default();
    let tools = &Tools::new(hidden, context.invocation.deadline);
    let mut rows = Vec::new();
    for kind in Kind::value_variants().iter().filter(|kind| kind.is_here()) {
        let links = links::found(*kind, &program);
        if links.is_empty() {
            rows.push(row(context, tools, &profiles, *kind, None));
        }
        rows.extend(links.into_iter().map(|link| row(context, tools, &profiles, *kind, Some(link))));
    }
    if context.out.json() {
        let rows: Vec<Value> = rows.iter().map(Row::object).collect();
        return context.out.object(&json!({ "version": 1, "helpers": rows }));
    }
    let head = ["HELPER", "PROFILE", "LINK", "SET UP", "ANSWERS"];
    context.out.text(&table::plain(head, rows.iter().map(Row::cells)))
}

/// Links that are there and do not serve, for one reason and with one mend.
pub(in crate::commands) struct Broken {
    pub(in crate::commands) links: Vec<PathBuf>,
    /// Whose they all are.
    pub(in crate::commands) profile: Option<String>,
    pub(in crate::commands) why: String,
    pub(in crate::commands) mend: String,
    /// The programs that call it do not find it, with the `PATH` that this run has.
    pub(in crate::commands) unfound: bool,
}

/// Of all helpers whose link is there.
pub(in crate::commands) fn broken(tools: &Tools) -> Result<Vec<Broken>> {
    let program = own_program::program()?;
    let mut all: Vec<Broken> = Vec::new();
    for kind in Kind::value_variants() {
        for link in links::found(*kind, &program) {
            let Some(why) = trouble_with_link(tools, *kind, Some(&link), Some(is_first(&link))) else {
                continue;
            };
            let directory = link.path.parent().unwrap_or(&program).display().to_string();
            let mend = match why == NOT_FOUND {
                true => format!("put {directory} before the others in `PATH`"),
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
            if let Some(same) = all.iter_mut().find(|one| one.why == why && one.mend == mend) {
                same.profile = same.profile.take().filter(|name| link.profile.as_ref() == Some(name));
                same.links.push(link.path);
                continue;
            }
            let unfound = why == NOT_FOUND;
            all.push(Broken { links: vec![link.path], profile: link.profile, why, mend, unfound });
        }
    }
    Ok(all)
}

fn is_first(link: &Link) -> bool {
    let name = link.path.file_name().unwrap_or_default().to_string_lossy();
    first_on_path(&own_program::path(), &name).as_ref() == Some(&link.path)
}

const NOT_FOUND: &str = "not on `PATH`, or not the first of its name there";

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

fn row(
    context: &Context<'_>,
    tools: &Tools,
    profiles: &Result<Profiles>,
    kind: Kind,
    link: Option<Link>,
) -> Row {
    let profile = link.as_ref().and_then(|link| link.profile.clone());
    let first = link.as_ref().map(is_first);
    let current = link.as_ref().map(|link| link.there == There::Same);
    let asked = profiles.as_ref().ok().map(|all| set_up(context, tools, all, kind, link.as_ref()));
    let (set_up, silence) = match asked {
        Some(Ok(set_up)) => (set_up, None),
        Some(Err(silence)) => (None, Some(silence)),
        None => (None, None),
    };
    let trouble = trouble_with_link(tools, kind, link.as_ref(), first)
        .or(silence)
        .or_else(|| trouble_with_profile(context, profiles, profile.as_deref()));
    Row { kind, link: link.map(|link| link.path), profile, first, current, set_up, trouble }
}

fn trouble_with_link(tools: &Tools, kind: Kind, link: Option<&Link>, first: Option<bool>) -> Option<String> {
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
    let mut command = Command::new(&link.path);
    command.args(question(kind));
    match tools.run(command) {
        Some(said) if said.good && said.text().contains(answer(kind)) => None,
        Some(said) if said.late => Some(format!("the link does not answer: {}", said.complaint())),
        _ => Some("the link does not answer as it should".to_owned()),
    }
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

/// Whether the program's files say what `helper install` would have them say. `Err`: the program that knows does not answer.
fn set_up(
    context: &Context<'_>,
    tools: &Tools,
    all: &Profiles,
    kind: Kind,
    link: Option<&Link>,
) -> std::result::Result<Option<bool>, String> {
    let profile = link.and_then(|link| link.profile.as_deref());
    let Ok(mut places) = all_places(context, all, kind, profile) else { return Ok(None) };
    places.retain(|place| takes(kind, place));
    if kind.names_places() && places.is_empty() {
        return Ok(None);
    }
    let Ok(program) = own_program::program() else { return Ok(None) };
    let path = link.map_or(program.as_path(), |link| &link.path);
    let parts = |profile| Wiring { kind, profile, places: &places, program: path }.parts();
    if parts(profile).iter().any(|part| matches!(part.how, How::ByHand)) {
        return Ok(None);
    }
    // Without a link each profile may have lines of its own.
    let others = all.names().filter(|_| link.is_none()).map(Some);
    for profile in std::iter::once(profile).chain(others) {
        let mut says_it = true;
        for part in parts(profile) {
            says_it = says_it && says_so(tools, &part)?;
        }
        if says_it {
            return Ok(Some(true));
        }
    }
    Ok(Some(false))
}

fn says_so(tools: &Tools, part: &Part) -> std::result::Result<bool, String> {
    let asked = |asked: Result<Option<others::Call>>, of: &str| match asked {
        Ok(call) => Ok(call.is_none()),
        Err(_) => tools.silence(of).map_or(Ok(false), Err),
    };
    match (&part.how, &part.file) {
        (How::Git(keys), Some(file)) => asked(others::git(tools, file, keys), "git"),
        (How::Kubectl(user, words), Some(file)) => {
            asked(others::kubectl(tools, file, user, words), "kubectl")
        }
        (_, Some(file)) => {
            Ok(foreign::read(file).is_ok_and(|text| !text.is_empty() && part.edited(&text) == Ok(Edit::Same)))
        }
        (_, None) => Ok(false),
    }
}
