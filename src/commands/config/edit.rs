//! `tokcli config edit`: a person works on a copy, and what they made of it replaces the file once it is right.
//!
//! The rule that matters: nothing that was typed is lost. Whatever goes wrong, the copy stays and is named.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::base::environment;
use crate::base::error::{Error, Result, config, refused};
use crate::base::program::{is_found, script_of_windows};
use crate::base::toml_source::Source;
use crate::base::{shell, signals};
use crate::commands::context::Context;
use crate::store::configuration::{Place, WorkingCopy};
use crate::terminal::input;

/// For who has no file yet.
const TEMPLATE: &str = "\
# Profiles of tokcli, one for each account at a vendor. `tokcli config add NAME` writes them too,
# `tokcli dialect list WORD` finds the vendor's dialect, `tokcli config schema` tells an editor the keys.

# default_profile = \"work\"

# [profiles.work]
# dialect = \"oauth2\"
# token_url = \"https://sso.example/token\"
# client_id = \"app-7\"
# client_secret = { env = \"WORK_CLIENT_SECRET\" }   # or { file = \"PATH\" } or { command = [\"PROGRAM\"] }; never the secret itself
";

/// `check` says all that is wrong with a text.
pub(super) fn run(context: &Context<'_>, check: Check) -> Result<()> {
    if !input::can_ask() || context.out.json() {
        return Err(refused("no editor can be opened here")
            .hint("`tokcli config add NAME --dialect DIALECT --set KEY=VALUE` needs no terminal"));
    }
    let path = context.global.config_path()?;
    let place = Place::of(&path);
    let before = place.read()?;
    let copy = place.copy(before.as_ref().map_or(TEMPLATE, Source::text))?;
    let edited = match edited(context, check, &path, &copy) {
        // Nobody wrote anything, as where no editor can be started.
        Err(error)
            if copy.read().is_ok_and(|text| text == before.as_ref().map_or(TEMPLATE, Source::text)) =>
        {
            copy.discard();
            return Err(error);
        }
        edited => edited.map_err(|error| kept(&error, &copy))?,
    };
    if before.as_ref().map_or(TEMPLATE, Source::text) == edited {
        copy.discard();
        context.out.say("nothing was changed");
        return Ok(());
    }
    let replaced = place.hold(context.invocation.deadline).and_then(|held| {
        let done = place.replace(&held, before.as_ref(), &edited);
        drop(held);
        done
    });
    if let Some(words) = replaced.map_err(|error| kept(&error, &copy))? {
        context.out.warn(words);
    }
    copy.discard();
    context.out.say(&format!("wrote {}", path.display()));
    Ok(())
}

type Check = fn(Source) -> Vec<String>;

fn kept(error: &Error, copy: &WorkingCopy) -> Error {
    let words = format!("{}; what you wrote is in {}", error.message(), copy.path().display());
    Error::new(error.code, words)
}

/// What the copy says in the end; it is right, or as it was.
fn edited(context: &Context<'_>, check: Check, path: &Path, copy: &WorkingCopy) -> Result<String> {
    let first = copy.read()?;
    loop {
        open_editor(copy.path())?;
        let text = copy.read()?;
        if text == first {
            return Ok(text);
        }
        // By lines and columns of the copy.
        let wrong = check(Source::of(path, text.clone()));
        if wrong.is_empty() {
            return Ok(text);
        }
        wrong.iter().for_each(|words| context.out.error_line(words));
        context.out.say(&format!("the copy is {}; edit it again? [Y/n]", copy.path().display()));
        if !input::says_yes_or_nothing() {
            return Err(refused("the file has mistakes and was not put in place"));
        }
    }
}

/// While it runs, the keys that interrupt are its own.
static EDITING: AtomicBool = AtomicBool::new(false);

fn open_editor(copy: &Path) -> Result<()> {
    static CAUGHT: AtomicBool = AtomicBool::new(false);
    let mut command = editor()?;
    command.arg(copy);
    if !CAUGHT.swap(true, Ordering::Relaxed) {
        signals::catch(|signal| {
            if !(signals::is_of_a_key(signal) && EDITING.load(Ordering::Relaxed)) {
                signals::obey(signal);
            }
        })?;
    }
    EDITING.store(true, Ordering::Relaxed);
    let ended = command.status();
    EDITING.store(false, Ordering::Relaxed);
    let ended = ended.map_err(|cause| config("the editor cannot be run").because(&cause))?;
    if ended.success() { Ok(()) } else { Err(refused(format!("the editor failed ({ended})"))) }
}

/// What `VISUAL` or `EDITOR` says, read by the shell as other programs have it, or else one that is there.
fn editor() -> Result<Command> {
    if let Some(line) = ["VISUAL", "EDITOR"]
        .into_iter()
        .filter_map(environment::os)
        .find(|line| !line.to_string_lossy().trim().is_empty())
    {
        if cfg!(unix) {
            let mut command = Command::new("/bin/sh");
            // The shell waits for the editor, whatever key interrupts that.
            let mut script = OsString::from("trap : INT QUIT; ");
            script.push(&line);
            script.push(" \"$@\"");
            command.arg("-c").arg(script).arg(line);
            return Ok(command);
        }
        let line = line.to_string_lossy().into_owned();
        let is_one = is_found(&line, Path::new(""));
        let words = if is_one { vec![line] } else { shell::words_of_windows(&line) };
        let (name, rest) = words.split_first().map_or(("", &[][..]), |(name, rest)| (name.as_str(), rest));
        let script = script_of_windows(name, Path::new("")).filter(|_| !is_found(name, Path::new("")));
        let mut command = Command::new(script.as_deref().unwrap_or(name));
        command.args(rest);
        return Ok(command);
    }
    let names: &[&str] = if cfg!(windows) { &["notepad.exe"] } else { &["editor", "vi", "nano"] };
    let path = environment::os("PATH").unwrap_or_default();
    let there = |name: &&&str| cfg!(windows) || std::env::split_paths(&path).any(|dir| is_there(dir, name));
    let found = names.iter().find(there);
    let none = || config("no editor was found").hint("set `EDITOR` to one");
    found.map(Command::new).ok_or_else(none)
}

fn is_there(directory: PathBuf, name: &str) -> bool {
    directory.is_absolute() && directory.join(name).is_file()
}
