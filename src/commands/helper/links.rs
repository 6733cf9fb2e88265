//! Where the links lie by which programs find tokcli.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};

use crate::base::environment;
use crate::base::error::{Result, config};
use crate::base::order::Arrange as _;
use crate::commands::own_program;
use crate::store::foreign::{self, There};
use crate::surface::setup::Kind;
use crate::terminal::arguments::called_as::link_of;

/// The user's own directories for programs, the usual one first. Windows has none: there it is that of tokcli.
fn usual() -> impl Iterator<Item = PathBuf> {
    let home = environment::home();
    let own = own_program::program().ok().filter(|_| cfg!(windows));
    let own = own.and_then(|program| Some(program.parent()?.to_owned()));
    let below_home =
        [".local/bin", "bin"].into_iter().filter_map(move |below| Some(home.as_ref()?.join(below)));
    own.into_iter().chain(below_home)
}

/// Where a link goes if nobody says.
pub(super) fn directory() -> Result<PathBuf> {
    let chosen = usual().find(|directory| is_on_path(directory)).or_else(|| usual().next());
    chosen.ok_or_else(|| config("there is no home directory").hint("`--dir DIR` says where the link goes"))
}

pub(super) fn is_on_path(directory: &Path) -> bool {
    std::env::split_paths(&own_program::path()).any(|one| one == directory)
}

/// One that is there.
pub(super) struct Link {
    pub(super) path: PathBuf,
    pub(super) profile: Option<String>,
    pub(super) there: There,
}

/// Those of a helper that are ours, on `PATH` and where they usually lie.
pub(super) fn found(kind: Kind, program: &Path) -> Vec<Link> {
    let Some(name) = link_of(kind.name()) else { return Vec::new() };
    let mut directories: Vec<PathBuf> = Vec::new();
    for directory in
        std::env::split_paths(&own_program::path()).filter(|one| one.is_absolute()).chain(usual())
    {
        if !directories.contains(&directory) {
            directories.push(directory);
        }
    }
    let mut links = Vec::new();
    for entry in directories.iter().flat_map(fs::read_dir).flatten().flatten() {
        let file = entry.file_name();
        let stem = file.to_str().and_then(|file| file.strip_suffix(EXE_SUFFIX));
        let Some(rest) = stem.and_then(|stem| stem.strip_prefix(name)) else { continue };
        let profile = rest.strip_prefix('-').filter(|profile| !profile.is_empty());
        if !rest.is_empty() && profile.is_none() {
            continue;
        }
        let there = foreign::there(&entry.path(), program);
        if matches!(there, There::Same | There::Older) {
            links.push(Link { path: entry.path(), profile: profile.map(str::to_owned), there });
        }
    }
    links.arrange_by(|a, b| a.profile.cmp(&b.profile));
    links
}
