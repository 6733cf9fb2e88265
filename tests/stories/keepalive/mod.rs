//! `tokcli keepalive`: timers that are installed whole or not at all, lines that run where nothing is set, and logins that live
//! by them. systemd, its logins and cron are stood in for (`files/timers.sh`); `real/keepalive.rs` asks the real ones.

mod install;
mod refusals;
mod runs;
mod standing;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::stand_in::{StandIn, Vendor};
use crate::world::{Ended, On, World};

const SERVICE: &str = ".config/systemd/user/tokcli-keepalive.service";
const TIMER: &str = ".config/systemd/user/tokcli-keepalive.timer";

/// A machine with both timers.
pub fn machine(world: &mut World) {
    let bin = world.path().join("bin");
    let machine = world.path().join("machine");
    // The last two every home has.
    for directory in ["bin", "machine", ".config", ".local/share"] {
        fs::create_dir_all(world.path().join(directory)).expect("made");
    }
    for name in ["systemctl", "loginctl", "crontab"] {
        let path = bin.join(name);
        fs::write(&path, include_str!("../files/timers.sh")).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("mode");
    }
    world.set("MACHINE", &machine.display().to_string());
    world.set("PATH", &format!("{}:/usr/bin:/bin", bin.display()));
    let home = format!("HOME={}\nPATH=/usr/bin:/bin\n", world.path().display());
    fs::write(machine.join("environment"), home).expect("written");
    fs::write(machine.join("linger"), "yes\n").expect("written");
}

/// A login whose secret a timer finds, on such a machine.
fn scene() -> (StandIn, World) {
    let vendor = StandIn::start(Vendor::Babelbird);
    let mut world = World::with(On::File, &vendor);
    machine(&mut world);
    (vendor, world)
}

fn of_machine(world: &World, name: &str) -> PathBuf {
    world.path().join("machine").join(name)
}

fn lacks(world: &World, what: &str) {
    fs::remove_file(of_machine(world, what)).expect("it was there");
}

fn tokcli() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_tokcli"))
}

/// Whoever has built it in a temporary directory says so.
pub fn install(world: &World, words: &[&str]) -> Ended {
    let program = tokcli().display().to_string();
    let temporary = [Path::new("/tmp"), Path::new("/var/tmp"), Path::new("/dev/shm"), &std::env::temp_dir()]
        .iter()
        .any(|directory| tokcli().starts_with(directory));
    let said =
        if temporary && !words.contains(&"--program") { vec!["--program", &program] } else { Vec::new() };
    world.run(&[&["keepalive", "install"], words, &said].concat())
}

/// All files and links of the home but those of the story and of tokcli itself, with what is in them.
fn home(world: &World) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = Vec::new();
    for above in [".config", ".local", "Library"] {
        all_below(&world.path().join(above), &mut files);
    }
    files.into_iter().map(|path| (path.clone(), fs::read(path).unwrap_or_default())).collect()
}

/// Directories, too.
fn all_below(path: &Path, files: &mut Vec<PathBuf>) {
    if path.symlink_metadata().is_ok() {
        files.push(path.to_owned());
    }
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        all_below(&entry.path(), files);
    }
}

/// A program of the platform that says nothing and does not end, nor does what it has started.
pub fn silence(world: &World, name: &str) {
    let script =
        "#!/bin/sh\necho $$ >>\"$MACHINE/silent\"\n/bin/sleep 600 &\necho $! >>\"$MACHINE/silent\"\nwait\n";
    fs::write(world.path().join("bin").join(name), script).expect("written");
}

/// How often one was asked. Nothing of it is left.
pub fn silences(world: &World) -> usize {
    let silent = fs::read_to_string(of_machine(world, "silent")).unwrap_or_default();
    for process in silent.lines() {
        // Of one that has ended, and that nobody has taken note of, there are no words.
        let words = Path::new("/proc").join(process).join("cmdline");
        crate::sequence::wait_for(|| fs::read(&words).unwrap_or_default().is_empty());
    }
    let _ = fs::remove_file(of_machine(world, "silent"));
    silent.lines().count() / 2
}

fn crontab(world: &World) -> Option<Vec<u8>> {
    fs::read(of_machine(world, "crontab")).ok()
}

/// The line that install wrote, as cron gives it to the shell.
fn line(world: &World) -> String {
    let crontab = String::from_utf8(crontab(world).expect("a crontab")).expect("UTF-8");
    let mut lines = crontab.lines().skip_while(|line| !line.starts_with("# tokcli keepalive: begin"));
    let line = lines.nth(1).expect("a line between the marks");
    assert!(lines.next().is_some_and(|line| line.starts_with("# tokcli keepalive: end")), "{crontab}");
    let (minute, command) = line.split_once(" * * * * ").expect("each hour");
    assert!(minute.parse::<u8>().is_ok_and(|minute| minute < 60), "{minute}");
    let mut plain = String::new();
    for piece in command.split_inclusive('%') {
        // cron(8): a bare one ends the line.
        match piece.strip_suffix('%') {
            Some(piece) => plain = plain + piece.strip_suffix('\\').expect("behind a backslash") + "%",
            None => plain += piece,
        }
    }
    plain
}

/// As cron runs a line: with a home, a name, a shell and a short path.
fn by_cron(world: &World, more: &[(&str, String)]) -> Output {
    let mut command = nothing_set(world, more);
    command.args(["sh", "-c", &line(world)]).output().expect("env runs (coreutils)")
}

/// As the user's systemd runs a unit, with what systemd.exec(5) promises.
fn by_systemd(world: &World, more: &[(&str, String)]) -> Output {
    let unit = fs::read_to_string(world.path().join(SERVICE)).expect("a unit");
    let words = |key: &str| -> Vec<String> {
        let lines = unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        // systemd.unit(5): a bare one is a specifier.
        let plain = |line: &str| {
            assert!(!line.replace("%%", "").contains('%'), "{line}");
            shlex::split(&line.replace("%%", "%")).expect("whole words")
        };
        lines.flat_map(plain).collect()
    };
    let mut command = nothing_set(world, more);
    command.args(words("Environment")).args(words("ExecStart"));
    command.output().expect("env runs (coreutils)")
}

fn nothing_set(world: &World, more: &[(&str, String)]) -> Command {
    let mut command = Command::new("env");
    command.current_dir("/").args(["-i", "PATH=/usr/bin:/bin", "LOGNAME=somebody", "SHELL=/bin/sh"]);
    command.arg(format!("HOME={}", world.path().display()));
    command.args(more.iter().map(|(name, value)| format!("{name}={value}")));
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}
