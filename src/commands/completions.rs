//! `tokcli completions`. A script asks the program itself for what may come next, so it is the same for all versions, and names of
//! profiles and dialects are completed as well.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_complete::env::Shells;
use serde_json::json;

use super::context::Context;
use crate::base::environment;
use crate::base::error::{Code, Error, Result, internal};
use crate::store::foreign;
use crate::terminal::arguments::{Cli, Completions, CompletionsCommand};
use crate::terminal::output;

/// The variable by which a script asks, with the name of its shell.
const ASKS: &str = "TOKCLI_COMPLETE";

pub(super) fn run(context: &Context<'_>, args: &Completions) -> Result<()> {
    match (&args.install, args.shell) {
        (Some(CompletionsCommand::Install { shell }), _) => install(context, *shell),
        (None, Some(shell)) => context.out.source(&script(shell)),
        (None, None) => Err(Error::new(Code::Usage, "which shell?")),
    }
}

pub(super) fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    let shells = Shells::builtins();
    if let Some(shell) = shells.completer(&shell.to_string()) {
        // Nothing is written but to memory.
        let _ = shell.write_registration(ASKS, "tokcli", "tokcli", "tokcli", &mut script);
    }
    String::from_utf8_lossy(&script).trim_start_matches('\n').to_owned()
}

/// The exit status. `None`: no script asks.
pub(crate) fn asked(words: &[OsString]) -> Option<u8> {
    let shell = environment::os(ASKS)?;
    let (mark, line) = words.split_first()?;
    if mark != "--" {
        return None;
    }
    let mut text = Vec::new();
    let shells = Shells::builtins();
    let shell = shells.completer(shell.to_str()?)?;
    let directory = std::env::current_dir().ok();
    let made = shell.write_complete(&mut Cli::command(), line.to_vec(), directory.as_deref(), &mut text);
    output::completed(made.map_or(&[][..], |()| &text));
    Some(0)
}

/// Where a script goes, and what is to be done next where the shell does not look there by itself.
pub(super) struct Place {
    pub(super) path: PathBuf,
    next: Option<String>,
}

fn install(context: &Context<'_>, shell: Option<Shell>) -> Result<()> {
    let named = || {
        let shell = environment::os("SHELL").map(PathBuf::from);
        shell.as_deref().and_then(Path::file_stem).and_then(|name| name.to_str()?.parse().ok())
    };
    let shell: Shell = shell.or_else(named).ok_or_else(|| {
        Error::new(Code::Usage, "`SHELL` names none of bash, zsh, fish, powershell and elvish")
            .hint("name the shell: `tokcli completions install bash`")
    })?;
    let Place { path, next } = place(shell).ok_or_else(|| {
        internal("there is no home directory to put it in")
            .hint(format!("`tokcli completions {shell}` prints the script"))
    })?;
    let before = foreign::read(&path)?;
    let script = script(shell);
    let warning = if before == script {
        None
    } else {
        foreign::replace(&path, &before, &script, context.invocation.deadline)?
    };
    warning.into_iter().for_each(|warning| context.out.warn(warning));
    if context.out.json() {
        let (warnings, path) = (context.out.take_warnings(), path.display().to_string());
        let shell = shell.to_string();
        return context.out.object(
            &json!({ "version": 1, "shell": shell, "path": path, "next": next, "warnings": warnings }),
        );
    }
    let next = next.unwrap_or_else(|| "Open a new shell, and it completes `tokcli`.".to_owned());
    context.out.text(&format!("{}\n{next}\n", path.display()))
}

pub(super) fn place(shell: Shell) -> Option<Place> {
    let home = environment::home();
    let below = |variable: &str, rest: &str| {
        let named = environment::os(variable).map(PathBuf::from).filter(|named| named.is_absolute());
        named.or_else(|| Some(home.as_ref()?.join(rest)))
    };
    let config = || below("XDG_CONFIG_HOME", ".config");
    let data = || below("XDG_DATA_HOME", ".local/share");
    let at = |path: PathBuf, next: Option<&str>| Some(Place { path, next: next.map(str::to_owned) });
    match shell {
        Shell::Bash => {
            let own = environment::os("BASH_COMPLETION_USER_DIR").map(PathBuf::from);
            let own = own.or_else(|| Some(data()?.join("bash-completion")))?;
            at(own.join("completions/tokcli"), None)
        }
        Shell::Zsh => at(
            home.as_ref()?.join(".zfunc/_tokcli"),
            Some(
                "Add to ~/.zshrc, unless it is there: fpath=(~/.zfunc $fpath); autoload -U compinit; compinit",
            ),
        ),
        Shell::Fish => at(config()?.join("fish/completions/tokcli.fish"), None),
        Shell::Elvish => at(
            config()?.join("elvish/lib/tokcli-completions.elv"),
            Some("Add to ~/.config/elvish/rc.elv: use tokcli-completions"),
        ),
        _ => {
            let path = config()?.join("powershell/tokcli-completions.ps1");
            let next = format!("Add to the file that $PROFILE names: . '{}'", path.display());
            at(path, Some(&next))
        }
    }
}
