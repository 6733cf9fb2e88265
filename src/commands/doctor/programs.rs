//! The programs: of one version, with completions of the same, and helpers that other programs find.

use std::path::PathBuf;

use clap_complete::Shell;

use super::scope::Scope;
use crate::base::characters::escaped_in_toml;
use crate::base::clock::VERSION;
use crate::base::environment;
use crate::base::shell::quoted;
use crate::commands::completions::script;
use crate::commands::helper::list;
use crate::commands::tools::Tools;
use crate::profile::configuration::Profiles;
use crate::store::foreign;
use crate::terminal::finding::Finding;

pub(super) fn versions(other: Option<&str>) -> Option<Finding> {
    let other = other?;
    let own = std::env::current_exe().map(|own| own.display().to_string()).unwrap_or_default();
    let words = format!("`tokcli` is version {other} and its engine {own} version {VERSION}");
    Some(Finding::new("versions", words, "install both programs of one version, into one directory"))
}

/// Where completions lie that a shell finds by itself.
fn places() -> Vec<(Shell, PathBuf)> {
    let home = environment::home();
    let below = |variable: &str, rest: &str| {
        environment::os(variable).map(PathBuf::from).or_else(|| Some(home.as_ref()?.join(rest)))
    };
    let data = below("XDG_DATA_HOME", ".local/share");
    let config = below("XDG_CONFIG_HOME", ".config");
    let mut bash: Vec<PathBuf> =
        environment::os("BASH_COMPLETION_USER_DIR").map(PathBuf::from).into_iter().collect();
    bash.extend(data.map(|data| data.join("bash-completion")));
    let system = ["/usr/local/share", "/usr/share"];
    bash.extend(system.map(|share| PathBuf::from(share).join("bash-completion")));
    let mut all: Vec<(Shell, PathBuf)> =
        bash.into_iter().map(|one| (Shell::Bash, one.join("completions/tokcli"))).collect();
    all.push((Shell::Bash, "/etc/bash_completion.d/tokcli".into()));
    let mut zsh: Vec<PathBuf> = environment::os("FPATH")
        .iter()
        .flat_map(|list| std::env::split_paths(list).collect::<Vec<_>>())
        .collect();
    zsh.extend(home.iter().flat_map(|home| [".zfunc", ".zsh/completions"].map(|below| home.join(below))));
    zsh.extend(system.map(|share| PathBuf::from(share).join("zsh/site-functions")));
    zsh.push("/usr/share/zsh/vendor-completions".into());
    all.extend(zsh.into_iter().map(|one| (Shell::Zsh, one.join("_tokcli"))));
    let mut fish: Vec<PathBuf> = config.into_iter().map(|config| config.join("fish/completions")).collect();
    fish.extend(system.map(|share| PathBuf::from(share).join("fish/vendor_completions.d")));
    all.extend(fish.into_iter().map(|one| (Shell::Fish, one.join("tokcli.fish"))));
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
        let words = format!("{}: {}", broken.link.display(), broken.why);
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
