//! Opens an address in a browser, where there is one: the address is one argument of a program, and no shell ever sees it.
//!
//! The rule that matters: that none can be opened is no failure. The address stands on the screen.

use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, TryRecvError};

use url::Url;

use crate::base::environment;
use crate::base::{detached, error};

/// A program that opens it, or has.
pub(crate) struct Opened(Receiver<bool>);

impl Opened {
    #[cfg(all(test, target_os = "linux"))]
    pub(super) fn of(ended: Receiver<bool>) -> Opened {
        Opened(ended)
    }

    /// It has ended, and badly: most likely nobody sees a browser.
    pub(super) fn has_failed(&self) -> bool {
        match self.0.try_recv() {
            Ok(well) => !well,
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => false,
        }
    }
}

/// Starts what opens `url`, which is an `http` or `https` address, and leaves it to itself: without the variables in
/// `hidden`, without our terminal, and untouched by the signals that end this run. `Err` says why none was started.
pub(crate) fn open(url: &Url, hidden: &[String]) -> Result<Opened, String> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err("that is not an address for a browser".to_owned());
    }
    let mut why = "there is no program here that opens one".to_owned();
    for words in Surroundings::real().commands(url.as_str()) {
        match detached::start_heard(&words, hidden) {
            Ok(ended) => return Ok(Opened(ended)),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
            Err(cause) => why = format!("`{}`: {}", words[0], error::plain(&cause)),
        }
    }
    Err(why)
}

/// Whether a browser that opens here is likely in front of the person who sits there. `Err` says why not.
pub(crate) fn may_open_browser() -> Result<(), &'static str> {
    Surroundings::real().may_open()
}

/// Whether this is a job of a CI, as nearly all of them say by the variable `CI`.
pub(crate) fn in_ci() -> bool {
    Surroundings::real().in_ci()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Platform {
    Linux,
    Mac,
    Windows,
}

/// What decides; as questions, so that tests can give other answers.
struct Surroundings<'a> {
    platform: Platform,
    variable: &'a dyn Fn(&str) -> Option<String>,
    is_file: &'a dyn Fn(&str) -> bool,
    is_wsl: bool,
}

impl Surroundings<'static> {
    fn real() -> Surroundings<'static> {
        let platform = match () {
            () if cfg!(windows) => Platform::Windows,
            () if cfg!(target_os = "macos") => Platform::Mac,
            () => Platform::Linux,
        };
        Surroundings {
            platform,
            variable: &|name| environment::text(name).ok().flatten(),
            is_file: &|path| Path::new(path).is_file(),
            is_wsl: platform == Platform::Linux && is_wsl(),
        }
    }
}

/// Windows is beside, and has the browser.
fn is_wsl() -> bool {
    // A service there has no such variable, but can start programs of Windows.
    environment::os("WSL_DISTRO_NAME").is_some() || Path::new("/proc/sys/fs/binfmt_misc/WSLInterop").exists()
}

/// An address in a container is for whoever is in it.
const CONTAINERS: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];

impl Surroundings<'_> {
    fn has(&self, name: &str) -> bool {
        (self.variable)(name).is_some()
    }

    fn in_ci(&self) -> bool {
        (self.variable)("CI").is_some_and(|value| !matches!(value.as_str(), "false" | "0"))
    }

    fn may_open(&self) -> Result<(), &'static str> {
        if self.in_ci() {
            return Err("this is a CI job");
        }
        // An editor that is connected from afar opens the address where its person is, and leads the port there.
        if self.has("BROWSER") && self.has("VSCODE_IPC_HOOK_CLI") {
            return Ok(());
        }
        if ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"].iter().any(|name| self.has(name)) {
            return Err("this is an SSH session");
        }
        // WSL sets neither, but a container that runs in it does.
        let contained = CONTAINERS.iter().any(|path| (self.is_file)(path)) || self.has("container");
        if contained && !self.has("BROWSER") {
            return Err("this is a container");
        }
        if self.platform == Platform::Linux && !self.is_wsl && !self.has("BROWSER") && !self.has_display() {
            return Err("there is no display");
        }
        Ok(())
    }

    fn has_display(&self) -> bool {
        self.has("DISPLAY") || self.has("WAYLAND_DISPLAY")
    }

    /// What opens `url`, the first choice first.
    fn commands(&self, url: &str) -> Vec<Vec<String>> {
        let of = |words: &[&str]| words.iter().chain(&[url]).map(|word| (*word).to_owned()).collect();
        let mut commands: Vec<Vec<String>> = self.wished(url);
        match self.platform {
            Platform::Mac => commands.push(of(&["open"])),
            // Never `cmd.exe`, to which `&` in an address begins another command.
            Platform::Windows => commands.push(of(&["rundll32.exe", "url.dll,FileProtocolHandler"])),
            Platform::Linux => {
                if self.is_wsl {
                    commands.push(of(&["wslview"]));
                    for program in ["rundll32.exe", "/mnt/c/Windows/System32/rundll32.exe"] {
                        commands.push(of(&[program, "url.dll,FileProtocolHandler"]));
                    }
                }
                if self.has_display() {
                    commands.extend([of(&["xdg-open"]), of(&["gio", "open"])]);
                }
            }
        }
        commands
    }

    /// `BROWSER`: commands, of which the first that can be started counts; `%s` in one stands for the address, which
    /// otherwise comes last.
    fn wished(&self, url: &str) -> Vec<Vec<String>> {
        let wish = (self.variable)("BROWSER").unwrap_or_default();
        let separator = if self.platform == Platform::Windows { ';' } else { ':' };
        wish.split(separator).filter_map(|command| self.command(command.trim(), url)).collect()
    }

    fn command(&self, command: &str, url: &str) -> Option<Vec<String>> {
        // As some write it who have a blank in the path.
        let mut words = if (self.is_file)(command) { vec![command.to_owned()] } else { self.words(command)? };
        // For a shell: not to wait. We do not.
        words.pop_if(|word| word == "&");
        if words.first()?.is_empty() {
            return None;
        }
        if words.iter().skip(1).any(|word| word.contains("%s")) {
            words.iter_mut().skip(1).for_each(|word| *word = word.replace("%s", url));
        } else {
            words.push(url.to_owned());
        }
        Some(words)
    }

    /// `None`: a quote is not closed.
    fn words(&self, command: &str) -> Option<Vec<String>> {
        match self.platform {
            Platform::Windows => Some(command.split_whitespace().map(str::to_owned).collect()),
            _ => shlex::split(command),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A shell would make five commands of it.
    const ADDRESS: &str = "https://vendor.example/auth?a=$(id)&b=`id`;c=|d&e=%25s";

    fn with<T>(
        platform: Platform,
        variables: &[(&str, &str)],
        files: &[&str],
        is_wsl: bool,
        work: impl FnOnce(&Surroundings<'_>) -> T,
    ) -> T {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let is_file = |path: &str| files.contains(&path);
        work(&Surroundings { platform, variable: &variable, is_file: &is_file, is_wsl })
    }

    fn asked(here: &Surroundings<'_>) -> Result<(), &'static str> {
        here.may_open()
    }

    fn commands(platform: Platform, variables: &[(&str, &str)], is_wsl: bool) -> Vec<Vec<String>> {
        with(platform, variables, &["/opt/My Browser/run"], is_wsl, |here| here.commands(ADDRESS))
    }

    #[test]
    fn the_address_is_one_argument_whatever_opens_it() {
        for (platform, variables, is_wsl, first) in [
            (Platform::Linux, &[("DISPLAY", ":0")][..], false, &["xdg-open", ADDRESS][..]),
            (Platform::Linux, &[("WAYLAND_DISPLAY", "w")], false, &["xdg-open", ADDRESS]),
            (Platform::Linux, &[], true, &["wslview", ADDRESS]),
            (Platform::Mac, &[], false, &["open", ADDRESS]),
            (Platform::Windows, &[], false, &["rundll32.exe", "url.dll,FileProtocolHandler", ADDRESS]),
            (Platform::Linux, &[("BROWSER", "firefox")], false, &["firefox", ADDRESS]),
            (
                Platform::Linux,
                &[("BROWSER", " 'my browser' --new  %s &")],
                false,
                &["my browser", "--new", ADDRESS],
            ),
            (
                Platform::Linux,
                &[("BROWSER", "a --url=%s -p")],
                false,
                &["a", &format!("--url={ADDRESS}"), "-p"],
            ),
            (
                Platform::Linux,
                &[("BROWSER", "/opt/My Browser/run")],
                false,
                &["/opt/My Browser/run", ADDRESS],
            ),
            (Platform::Linux, &[("BROWSER", "%s:x; rm -rf $HOME")], false, &["%s", ADDRESS]),
            (Platform::Windows, &[("BROWSER", "C:\\b.exe -n;other")], false, &["C:\\b.exe", "-n", ADDRESS]),
        ] {
            let found = commands(platform, variables, is_wsl);
            assert_eq!(found[0], first, "{variables:?}");
            for words in &found {
                assert!(
                    words[0] != "cmd.exe" && words.iter().any(|word| word.ends_with(ADDRESS)),
                    "{words:?}"
                );
            }
        }
        assert!(commands(Platform::Linux, &[], false).is_empty(), "no display");
        assert!(commands(Platform::Linux, &[("BROWSER", "'open:: &")], false).is_empty());
        let several = commands(Platform::Linux, &[("BROWSER", "one:two %s"), ("DISPLAY", ":0")], false);
        let names: Vec<&str> = several.iter().map(|words| words[0].as_str()).collect();
        assert_eq!(names, ["one", "two", "xdg-open", "gio"]);
    }

    #[test]
    fn a_browser_is_opened_where_a_person_sees_it() {
        let linux = |variables: &[(&str, &str)], files: &[&str], is_wsl| {
            with(Platform::Linux, variables, files, is_wsl, asked)
        };
        let (display, ssh) = (("DISPLAY", ":0"), ("SSH_CONNECTION", "1 2 3 4"));
        assert_eq!(linux(&[display], &[], false), Ok(()));
        assert_eq!(linux(&[("BROWSER", "firefox")], &[], false), Ok(()));
        assert_eq!(linux(&[], &[], true), Ok(()), "Windows has one");
        assert_eq!(linux(&[], &[], false), Err("there is no display"));
        assert_eq!(linux(&[display, ssh], &[], false), Err("this is an SSH session"));
        assert_eq!(
            linux(&[display, ("SSH_TTY", "x"), ("BROWSER", "b")], &[], false),
            Err("this is an SSH session")
        );
        assert_eq!(linux(&[ssh, ("BROWSER", "b"), ("VSCODE_IPC_HOOK_CLI", "s")], &[], false), Ok(()));
        assert_eq!(linux(&[display], &["/.dockerenv"], false), Err("this is a container"));
        assert_eq!(linux(&[], &["/run/.containerenv"], true), Err("this is a container"));
        assert_eq!(linux(&[display, ("container", "podman")], &[], false), Err("this is a container"));
        assert_eq!(linux(&[display, ("CI", "true")], &[], false), Err("this is a CI job"));
        assert_eq!(linux(&[display, ("CI", "false")], &[], false), Ok(()));
        for platform in [Platform::Mac, Platform::Windows] {
            assert_eq!(with(platform, &[], &[], false, asked), Ok(()));
            assert!(with(platform, &[ssh], &[], false, asked).is_err());
        }
    }

    #[test]
    fn only_addresses_of_the_web_are_opened() {
        for address in ["file:///etc/passwd", "javascript:alert(1)", "x-apple:1", "data:text/html,x"] {
            assert!(open(&Url::parse(address).expect(address), &[]).is_err(), "{address}");
        }
    }
}
