//! The programs: of one version, with completions of the same, and helpers that other programs find.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::ValueEnum as _;
use clap_complete::Shell;

use super::scope::Scope;
use crate::base::characters::escaped_in_toml;
use crate::base::clock::VERSION;
use crate::base::environment;
use crate::base::shell::quoted;
use crate::commands::completions::{place, script};
use crate::commands::helper::list;
use crate::commands::tools::Tools;
use crate::profile::configuration::Profiles;
use crate::store::foreign;
use crate::terminal::finding::Finding;

pub(super) fn versions(other: Option<&str>) -> Option<Finding> {
    let other = other?;
    let own = std::env::current_exe().map(|own| own.display().to_string()).unwrap_or_default();
    let words = format!("`tokcli` is version {other}, and its engine {own} is version {VERSION}");
    Some(Finding::new("versions", words, "install the same version of both programs, in one directory"))
}

/// Where completions lie: where they are installed, and where else a shell finds them by itself.
fn places() -> Vec<(Shell, PathBuf)> {
    let own = Shell::value_variants().iter().filter_map(|shell| Some((*shell, place(*shell)?.path)));
    let home = environment::home();
    let data = environment::os("XDG_DATA_HOME").map(PathBuf::from);
    let data = data.or_else(|| Some(home.as_ref()?.join(".local/share")));
    let system = ["/usr/local/share", "/usr/share"].map(PathBuf::from);
    let bash = data.iter().chain(&system).map(|share| share.join("bash-completion/completions/tokcli"));
    let bash = bash.chain(["/etc/bash_completion.d/tokcli".into()]);
    let path = environment::os("FPATH");
    let named = path.iter().flat_map(|list| std::env::split_paths(list).collect::<Vec<_>>());
    let zsh = named
        .chain(home.iter().map(|home| home.join(".zsh/completions")))
        .chain(system.iter().map(|share| share.join("zsh/site-functions")))
        .chain(["/usr/share/zsh/vendor-completions".into()])
        .map(|directory| directory.join("_tokcli"));
    let fish = system.iter().map(|share| share.join("fish/vendor_completions.d/tokcli.fish"));
    let mut all: Vec<(Shell, PathBuf)> = own
        .chain(bash.map(|path| (Shell::Bash, path)))
        .chain(zsh.map(|path| (Shell::Zsh, path)))
        .chain(fish.map(|path| (Shell::Fish, path)))
        .collect();
    let mut seen = BTreeSet::new();
    all.retain(|(_, path)| seen.insert(path.clone()));
    all
}

pub(super) fn completions() -> Vec<Finding> {
    places().into_iter().filter_map(|(shell, path)| stale(shell, path)).collect()
}

fn stale(shell: Shell, path: PathBuf) -> Option<Finding> {
    let text = foreign::read(&path).ok().filter(|text| !text.is_empty())?;
    // One that asks tokcli for the script is never stale.
    let asks = text.contains("tokcli completions");
    if asks || text == escaped_in_toml(&script(shell)) {
        return None;
    }
    let path = path.display().to_string();
    let words = format!("the completions in {path} are not those of tokcli {VERSION}");
    Some(Finding::new("completions", words, format!("tokcli completions {shell} > {}", quoted(&path))))
}

pub(super) fn helpers(scope: &Scope<'_>) -> Vec<Finding> {
    let hidden = scope.profiles.as_ref().map(Profiles::secret_variables).unwrap_or_default();
    let tools = Tools::new(hidden, scope.context.invocation.deadline);
    let broken = list::broken(&tools).unwrap_or_default();
    // Cron's own: whoever calls helpers has another.
    let bare = environment::text("PATH").ok().flatten().as_deref() == Some("/usr/bin:/bin");
    let told = broken.into_iter().map(|broken| {
        let links: Vec<String> = broken.links.iter().map(|link| link.display().to_string()).collect();
        let words = format!("{}: {}", links.join(", "), broken.why);
        let finding = match broken.unfound && bare {
            true => Finding::note("helpers", words),
            false => Finding::new("helpers", words, broken.mend),
        };
        match &broken.profile {
            Some(profile) => finding.about(profile),
            None => finding,
        }
    });
    told.collect()
}
