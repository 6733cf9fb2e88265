//! `tokcli helper install NAME`: the link by which a program finds its helper, and what goes into the program's files.
//!
//! The rule that matters: before anything is made or written, every file was read, and what is to be written is known.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::links;
use super::others;
use crate::base::address::Place;
use crate::base::error::{Result, config, refused};
use crate::base::program::first_on_path;
use crate::commands::context::{Context, Failure};
use crate::commands::own_program;
use crate::commands::tools::Tools;
use crate::profile::configuration::Profiles;
use crate::store::foreign::{self, There};
use crate::surface::setup::edit::Edit;
use crate::surface::setup::{How, Kind, Part, Wiring};
use crate::terminal::arguments::Install;
use crate::terminal::arguments::called_as::link_of;

pub(super) fn run(context: &Context<'_>, args: &Install) -> std::result::Result<u8, Failure> {
    let named = context.global.profile.clone();
    install(context, args, named.as_deref()).map(|()| 0).map_err(|error| (named, error))
}

fn install(context: &Context<'_>, args: &Install, named: Option<&str>) -> Result<()> {
    let (kind, profiles) = (args.name, context.profiles()?);
    if !kind.is_here() {
        let words = format!("{} does not ask tokcli on this platform", kind.name());
        return Err(refused(words).hint("`tokcli helper list` lists those that do"));
    }
    if let Some(name) = named {
        profiles.choose(Some(name.to_owned()))?;
    }
    let places = places(context, &profiles, kind, named)?;
    let profile = named.filter(|_| kind.links_by_profile());
    let program = own_program::program()?;
    let link = link(args, profile)?;
    if let (Kind::Pnpm, Some(link)) = (kind, &link)
        && !link.to_string_lossy().bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-+@,:".contains(&b))
    {
        let words = format!("pnpm has a shell read the path {}, which would not find it", link.display());
        return Err(refused(words).hint("`--dir DIR` puts the link elsewhere"));
    }
    let wiring =
        Wiring { kind, profile, places: &places, program: link.as_deref().unwrap_or(program.as_path()) };
    let parts = wiring.parts();
    // Of files that other programs write nobody notices what a run beside this one does.
    let _lock = match parts.first() {
        Some(Part { how: How::Git(_) | How::Kubectl(..), file: Some(file), .. }) if args.write => {
            foreign::lock(file, context.invocation.deadline)?
        }
        _ => None,
    };
    let tools = Tools::new(profiles.secret_variables(), context.invocation.deadline);
    let edits: Vec<Change> = if args.write {
        parts.iter().map(|part| change(&tools, part)).collect::<Result<_>>()?
    } else {
        Vec::new()
    };
    let made = link.as_ref().map(|link| foreign::link(link, &program)).transpose()?;
    if let (Some(link), Some(before)) = (&link, made) {
        tell_of_link(context, kind, link, &program, before);
    }
    if matches!(kind, Kind::Kubectl | Kind::Terraform) {
        tell_of_path(context, kind, &program, &program);
    }
    if named.is_some() && profile.is_none() {
        context.out.warn("pip names no profile: each address gets the token of the one that is for it");
    }
    if context.global.config.is_some() {
        context.out.warn("the program will not pass `--config`; set `TOKCLI_CONFIG` to the file for it");
    }
    let mut files: Vec<Value> = Vec::new();
    let mut text = String::new();
    for (at, part) in parts.iter().enumerate() {
        let outcome = match edits.get(at) {
            Some(change) => write(context, &tools, part, change)?,
            None => "printed",
        };
        if outcome == "printed" {
            let gap = if text.is_empty() { "" } else { "\n" };
            text += &format!("{gap}{}:\n{}", heading(part), part.text);
        }
        files.push(json!({ "path": part.file, "text": part.text, "outcome": outcome }));
    }
    if !context.out.json() {
        return context.out.source(&text);
    }
    let link = link
        .zip(made)
        .map(|(path, before)| json!({ "path": path, "program": program, "outcome": outcome(before) }));
    let warnings = context.out.take_warnings();
    let object =
        json!({ "version": 1, "helper": kind.name(), "link": link, "files": files, "warnings": warnings });
    context.out.object(&object)
}

fn heading(part: &Part) -> String {
    part.file.as_ref().map_or(part.heading.to_owned(), |file| file.display().to_string())
}

/// What the lines name, in the form that the program takes.
fn places(context: &Context<'_>, profiles: &Profiles, kind: Kind, named: Option<&str>) -> Result<Vec<Place>> {
    if !kind.names_places() {
        return Ok(Vec::new());
    }
    let all = all_places(context, profiles, kind, named)?;
    if all.is_empty() {
        return Err(match chosen(context, profiles, kind, named)? {
            Some(name) => config(format!("`profiles.{name}` has no `match`, so no address gets its token"))
                .hint(format!(
                    "`match = [\"https://HOST/*\"]` under [profiles.{name}] says which addresses it is for"
                )),
            None => config("no profile says which addresses its token is for")
                .hint("`match = [\"https://HOST/*\"]` in a profile says so"),
        });
    }
    let (fit, others): (Vec<Place>, Vec<Place>) = all.into_iter().partition(|place| takes(kind, place));
    for place in &others {
        let whole = format!("{}{}", place.origin(), place.path);
        context.out.warn(format!("{} cannot be configured for {whole}", kind.name()));
    }
    if fit.is_empty() {
        return Err(config(format!("{} accepts none of the addresses in `match`", kind.name())));
    }
    Ok(fit)
}

/// The one profile whose addresses they are; `None`: those of all.
fn chosen(
    context: &Context<'_>,
    profiles: &Profiles,
    kind: Kind,
    named: Option<&str>,
) -> Result<Option<String>> {
    match named {
        Some(name) => Ok(Some(name.to_owned())),
        // pnpm does not say which registry it asks for: its helper has one profile.
        None if kind == Kind::Pnpm => profiles.choose(context.global.asked_profile()?).map(Some),
        None => Ok(None),
    }
}

pub(super) fn all_places(
    context: &Context<'_>,
    profiles: &Profiles,
    kind: Kind,
    named: Option<&str>,
) -> Result<Vec<Place>> {
    let one = chosen(context, profiles, kind, named)?;
    let names: Vec<&str> = one.as_deref().map_or_else(|| profiles.names().collect(), |name| vec![name]);
    let mut all: Vec<Place> = names.iter().flat_map(|name| profiles.places(name)).collect();
    if all.is_empty() {
        all = names.iter().filter_map(|name| profiles.own_place(name)).collect();
    }
    let mut told: Vec<Place> = Vec::new();
    for mut place in all {
        if !matches!(kind, Kind::Git | Kind::Docker | Kind::Pnpm) {
            "/".clone_into(&mut place.path);
        }
        if !told.contains(&place) {
            told.push(place);
        }
    }
    Ok(told)
}

/// git knows `*` as a profile does; Bazel for the first label, and no port. docker asks for a host, whatever the path.
pub(super) fn takes(kind: Kind, place: &Place) -> bool {
    match kind {
        Kind::Git => true,
        Kind::Bazel => !place.host.strip_prefix("*.").unwrap_or(&place.host).contains('*'),
        Kind::Docker => !place.host.contains('*') && place.path == "/",
        _ => !place.host.contains('*'),
    }
}

/// `None`: the program is told by its configuration alone.
fn link(args: &Install, profile: Option<&str>) -> Result<Option<PathBuf>> {
    let Some(name) = link_of(args.name.name()) else {
        return match &args.dir {
            Some(_) => Err(refused(format!("{} needs no link; omit `--dir`", args.name.name()))),
            None => Ok(None),
        };
    };
    let directory = match &args.dir {
        Some(given) => std::path::absolute(given).map_err(|cause| {
            refused(format!("cannot find the directory {}", given.display())).because(&cause)
        })?,
        None => links::directory()?,
    };
    let name = profile.map_or(name.to_owned(), |profile| format!("{name}-{profile}"));
    Ok(Some(directory.join(name + EXE_SUFFIX)))
}

fn outcome(before: There) -> &'static str {
    match before {
        There::Same => "unchanged",
        There::Older => "replaced",
        There::Nothing | There::Foreign => "made",
    }
}

fn tell_of_link(context: &Context<'_>, kind: Kind, link: &Path, program: &Path, before: There) {
    context.out.say(&match before {
        There::Same if cfg!(windows) => format!("the program {} is there", link.display()),
        There::Same => format!("the link {} is there", link.display()),
        _ if cfg!(windows) => format!("made {}, a copy of {}", link.display(), program.display()),
        _ => format!("made the link {} to {}", link.display(), program.display()),
    });
    // Those are told the whole path.
    if matches!(kind, Kind::Bazel | Kind::Pnpm) {
        return;
    }
    tell_of_path(context, kind, link, program);
}

/// Whether who looks for `meant` by its name alone finds `program` so.
fn tell_of_path(context: &Context<'_>, kind: Kind, meant: &Path, program: &Path) {
    let name = meant.file_name().unwrap_or_default().to_string_lossy();
    let (asks, directory) = (kind.name(), meant.parent().unwrap_or(Path::new("/")).display());
    let leads_here = |first: &Path| {
        first == meant
            || foreign::there(first, program) == There::Same
            || fs::canonicalize(first).is_ok_and(|led| fs::canonicalize(program).ok() == Some(led))
    };
    match first_on_path(&own_program::path(), &name) {
        Some(first) if leads_here(&first) => {}
        Some(first) => context.out.warn(format!(
            "`PATH` leads to {} and not to {}, so {asks} runs that one; put {directory} before the others in `PATH`, or remove that one if nothing else needs it",
            first.display(),
            meant.display()
        )),
        None => context.out.warn(format!("{directory} is not on `PATH`, where {asks} looks for `{name}`")),
    }
}

/// What is to be done to a file.
enum Change {
    Nothing,
    /// By the user.
    ByHand,
    Text {
        before: String,
        after: String,
    },
    Call(others::Call),
}

fn change(tools: &Tools, part: &Part) -> Result<Change> {
    match (&part.how, &part.file) {
        (How::ByHand, _) | (_, None) => Ok(Change::ByHand),
        (How::Git(keys), Some(file)) => others::git(tools, file, keys).map(called),
        (How::Kubectl(user, words), Some(file)) => others::kubectl(tools, file, user, words).map(called),
        (_, Some(file)) => {
            let before = foreign::read(file)?;
            let edit = part
                .edited(&before)
                .map_err(|why| config(format!("{} cannot be changed: {why}", file.display())))?;
            match edit {
                Edit::Same => Ok(Change::Nothing),
                Edit::New(after) => Ok(Change::Text { before, after }),
                Edit::Other(what) => Err(others::taken(file, &what)),
            }
        }
    }
}

fn called(call: Option<others::Call>) -> Change {
    call.map_or(Change::Nothing, Change::Call)
}

fn write(context: &Context<'_>, tools: &Tools, part: &Part, change: &Change) -> Result<&'static str> {
    let name = heading(part);
    match (change, &part.file) {
        (Change::Text { before, after }, Some(file)) => {
            let warning = foreign::replace(file, before, after, context.invocation.deadline)?;
            warning.into_iter().for_each(|words| context.out.warn(words));
        }
        (Change::Call(call), _) => call.run(tools)?,
        (Change::Nothing, _) => {
            context.out.say(&format!("{name} says so already"));
            return Ok("unchanged");
        }
        _ => {
            context.out.warn("only you know which file that is; nothing was written");
            return Ok("printed");
        }
    }
    context.out.say(&format!("wrote {name}"));
    Ok("written")
}
