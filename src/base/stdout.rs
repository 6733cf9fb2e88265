//! Where standard output leads, for what only the log of a CI job may be told: there it is read as a command, anywhere else it
//! stands in the clear.
//!
//! The rule that matters: a shell that gives a program another output than its own has caught it, as `$(…)` does, or sent it
//! elsewhere.

use std::fs::Metadata;

/// `Some` says why what is written there reaches no log.
pub(crate) fn misses_the_log() -> Option<&'static str> {
    let facts = facts()?;
    if leads_nowhere(&facts) {
        return Some("standard output leads to a file or nowhere");
    }
    is_caught(&facts).then_some("something catches standard output, such as `$(…)` or a pipe")
}

#[cfg(unix)]
fn facts() -> Option<Metadata> {
    use std::os::fd::AsFd as _;
    #[expect(clippy::disallowed_methods, reason = "nothing is printed")]
    let stdout = std::io::stdout();
    std::fs::File::from(stdout.as_fd().try_clone_to_owned().ok()?).metadata().ok()
}

#[cfg(not(unix))]
fn facts() -> Option<Metadata> {
    None
}

/// A file; or a device that is no terminal, such as what stands in the place of an output that was closed.
fn leads_nowhere(facts: &Metadata) -> bool {
    use std::io::IsTerminal as _;
    #[expect(clippy::disallowed_methods, reason = "nothing is printed")]
    let is_terminal = std::io::stdout().is_terminal();
    facts.is_file() || (is_device(facts) && !is_terminal)
}

#[cfg(unix)]
fn is_device(facts: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    facts.file_type().is_char_device()
}

#[cfg(not(unix))]
fn is_device(_: &Metadata) -> bool {
    false
}

#[cfg(target_os = "linux")]
const SHELLS: [&str; 8] = ["busybox", "toybox", "nu", "ion", "rc", "es", "murex", "powershell"];

/// By what the kernel calls it, without what versions add, as in `ksh93`, `bash-5.2` and `pwsh-preview`. Most are called so.
#[cfg(target_os = "linux")]
fn is_shell(program: &str) -> bool {
    let name = program.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    name.ends_with("sh") || SHELLS.contains(&name)
}

/// More generations no step has.
#[cfg(target_os = "linux")]
const GENERATIONS: usize = 64;

/// Whoever passes our output on, such as a task that runs a script, is no shell. What cannot be seen caught nothing.
#[cfg(target_os = "linux")]
fn is_caught(ours: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let mut process = std::os::unix::process::parent_id();
    for _ in 0..GENERATIONS {
        let Ok(theirs) = std::fs::metadata(format!("/proc/{process}/fd/1")) else { return false };
        if (theirs.dev(), theirs.ino()) != (ours.dev(), ours.ino()) {
            let name = std::fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
            return is_shell(name.trim_end());
        }
        let Some(listed) = super::listed::Listed::read(process) else { return false };
        process = listed.parent;
    }
    false
}

#[cfg(not(target_os = "linux"))]
fn is_caught(_: &Metadata) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::is_shell;

    #[test]
    fn shells_are_told_by_their_names() {
        for name in [
            "sh",
            "bash",
            "rbash",
            "dash",
            "ash",
            "busybox",
            "toybox",
            "zsh",
            "zsh-5.9",
            "ksh",
            "ksh93",
            "mksh",
            "oksh",
            "yash",
            "posh",
            "csh",
            "tcsh",
            "fish",
            "pwsh",
            "pwsh-preview",
            "nu",
            "elvish",
            "xonsh",
            "osh",
            "ysh",
            "bash-5.2",
            "bash5",
            "rc",
            "es",
            "ion",
            "murex",
        ] {
            assert!(is_shell(name), "{name}");
        }
        for name in [
            "Runner.Worker",
            "node",
            "python3",
            "make",
            "npm run build",
            "buildkite-agent",
            "sshd",
            "ninja",
            "esbuild",
            "",
        ] {
            assert!(!is_shell(name), "{name}");
        }
    }
}
