//! The state directory, locks, keys and the configuration.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{By, Machine, Mend, Wanted, check, notes, row, says};
use crate::sequence::wait_for;
use crate::shim::{is_root, passwd};

pub fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
}

fn only(directory: &Path, end: &str) -> PathBuf {
    let entries = fs::read_dir(directory).expect("there").map(|entry| entry.expect("read").path());
    let mut all: Vec<_> = entries.filter(|path| path.display().to_string().ends_with(end)).collect();
    all.retain(|path| !path.ends_with("file-key.lock"));
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

pub fn journal(machine: &Machine) -> PathBuf {
    only(&machine.world.state().join("journal"), ".jrn")
}

fn lock(machine: &Machine) -> PathBuf {
    only(&machine.world.state().join("locks"), ".lock")
}

pub fn name(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn loose(path: &Path, bits: u32) -> Vec<Wanted> {
    mode(path, bits);
    says(
        "permissions",
        None,
        &["others may use", name(path), &format!("{bits:04o}")],
        &["chmod go= ", name(path)],
    )
}

fn unusable(path: &Path, message: &str, mend: &[&str]) -> Vec<Wanted> {
    says("state_directory", None, &[name(path), message], mend)
}

#[test]
fn what_others_may_use_is_named_and_closed() {
    check(&[
        row(
            "the state directory can be written by all",
            Machine::file,
            |it| loose(&it.world.state(), 0o777),
            Mend::Line,
        ),
        row(
            "journals can be listed",
            Machine::file,
            |it| loose(&it.world.state().join("journal"), 0o755),
            Mend::Line,
        ),
        row(
            "locks can be listed",
            Machine::file,
            |it| loose(&it.world.state().join("locks"), 0o750),
            Mend::Line,
        ),
        row("a journal can be read", Machine::file, |it| loose(&journal(it), 0o644), Mend::Line),
        row("a lock can be taken", Machine::file, |it| loose(&lock(it), 0o666), Mend::Line),
        row(
            "the key can be read",
            Machine::file,
            |it| loose(&it.world.state().join("file.key"), 0o640),
            Mend::Line,
        ),
    ]);
}

#[test]
fn a_mend_is_a_line_for_the_shell_whatever_the_path_is_called() {
    let mut machine = Machine::file();
    let state = machine.world.path().join("a state (of mine)");
    fs::rename(machine.world.state(), &state).expect("moved");
    machine.world.set("TOKCLI_STATE_DIR", name(&state));
    machine.is_well("a blank does no harm");
    mode(&state.join("file.key"), 0o644);
    let told = machine.world.run(&["doctor", "--json"]).exits(1).object();
    machine.follow(told["findings"][0]["mend"].as_str().expect("a mend"));
    machine.is_well("mended");
}

/// As people really have them: by systemd, by a volume of a pod, by a umask, or before anything is in it.
#[test]
fn what_nobody_else_can_write_in_truth_is_well() {
    let machine = Machine::file();
    mode(&machine.world.state(), 0o755);
    machine.is_well("systemd's StateDirectory=");
    let machine = Machine::file();
    fs::remove_dir_all(machine.world.state()).expect("removed");
    fs::create_dir(machine.world.state()).expect("made");
    mode(&machine.world.state(), 0o777);
    machine.world.import(machine.vendor());
    machine.is_well("an empty directory that was open to all");
}

#[test]
fn fix_closes_what_others_may_use_and_says_so_once() {
    let machine = Machine::file();
    let paths = [machine.world.state(), machine.world.state().join("file.key"), journal(&machine)];
    paths.iter().for_each(|path| mode(path, 0o777));
    let told = machine.world.run(&["doctor", "--json"]).exits(1).object();
    assert_eq!(told["findings"].as_array().map(Vec::len), Some(3), "{told}");
    let fixed = machine.world.run(&["doctor", "--fix", "--json"]).succeeds().object();
    for (finding, path) in fixed["findings"].as_array().expect("a list").iter().zip(&paths) {
        assert_eq!(
            (&finding["check"], &finding["fixed"]),
            (&"permissions".into(), &true.into()),
            "{finding}"
        );
        assert!(finding["message"].as_str().expect("text").contains(name(path)), "{finding}");
        assert_eq!(fs::metadata(path).expect("there").permissions().mode() & 0o7777, 0o700);
    }
    machine.is_well("fixed");
    // What is a person's to decide stays.
    fs::write(machine.world.path().join("profiles.toml"), "[profiles.fbox\n").expect("written");
    machine.world.run(&["doctor", "--fix"]).exits(1);
}

/// A directory within it is a link to where it lay.
fn linked(it: &Machine, what: &str) -> Vec<Wanted> {
    let (link, target) = (it.world.state().join(what), it.world.path().join("elsewhere"));
    fs::rename(&link, &target).expect("moved");
    symlink(&target, &link).expect("linked");
    unusable(&link, "is not a directory", &["rm ", name(&link), name(&target)])
}

#[test]
fn a_state_directory_that_cannot_be_used_is_named() {
    check(&[
        row(
            "it is a file",
            Machine::file,
            |it| {
                let state = it.world.state();
                fs::rename(&state, it.world.path().join("aside")).expect("moved");
                fs::write(&state, "").expect("written");
                unusable(&state, "is not a directory", &["mv ", name(&state)])
            },
            Mend::By(|it| {
                fs::remove_file(it.world.state()).expect("removed");
                fs::rename(it.world.path().join("aside"), it.world.state()).expect("back");
            }),
        ),
        row(
            "it lies below a file",
            Machine::file,
            |it| {
                let below = it.world.path().join("profiles.toml/state");
                it.world.set("TOKCLI_STATE_DIR", name(&below));
                unusable(&below, "cannot be created", &["TOKCLI_STATE_DIR"])
            },
            Mend::By(|it| {
                let state = it.world.state();
                it.world.set("TOKCLI_STATE_DIR", name(&state));
            }),
        ),
        row(
            "its name is relative",
            Machine::file,
            |it| {
                it.world.set("TOKCLI_STATE_DIR", "state");
                says(
                    "state_directory",
                    None,
                    &["`TOKCLI_STATE_DIR` must be an absolute path"],
                    &["`TOKCLI_STATE_DIR`"],
                )
            },
            Mend::By(|it| {
                let state = it.world.state();
                it.world.set("TOKCLI_STATE_DIR", name(&state));
            }),
        ),
        row(
            "nobody knows this user's home",
            Machine::file,
            |it| {
                passwd(&mut it.world, "nobody:x:65534:65534::/:/bin/sh\n");
                it.world.set("TOKCLI_STATE_DIR", "");
                says("state_directory", None, &["no home directory"], &["set `TOKCLI_STATE_DIR`"])
            },
            Mend::By(|it| {
                let state = it.world.state();
                it.world.set("TOKCLI_STATE_DIR", name(&state));
            }),
        ),
        row(
            "it is a link that leads nowhere",
            Machine::file,
            |it| {
                let link = it.world.path().join("link");
                symlink(it.world.path().join("nowhere"), &link).expect("linked");
                it.world.set("TOKCLI_STATE_DIR", name(&link));
                says(
                    "state_directory",
                    None,
                    &[name(&link), "is not a directory"],
                    &[name(&it.world.path().join("nowhere")), "exists and its disk is mounted"],
                )
            },
            Mend::By(|it| {
                fs::rename(it.world.state(), it.world.path().join("elsewhere")).expect("moved");
                fs::remove_file(it.world.path().join("link")).expect("removed");
                fs::rename(it.world.path().join("elsewhere"), it.world.path().join("link")).expect("moved");
            }),
        ),
        row(
            "journals cannot be looked into",
            Machine::file,
            |it| {
                let journals = it.world.state().join("journal");
                fs::rename(&journals, it.world.path().join("aside")).expect("moved");
                fs::write(&journals, "").expect("written");
                mode(&journals, 0o600);
                unusable(&journals, "is not a directory", &["mv ", name(&journals)])
            },
            Mend::By(|it| {
                fs::remove_file(it.world.state().join("journal")).expect("removed");
                fs::rename(it.world.path().join("aside"), it.world.state().join("journal")).expect("back");
            }),
        ),
        row(
            "a journal is no file",
            Machine::file,
            |it| {
                let fifo = it.world.state().join("journal/other.jrn");
                assert!(
                    Command::new("mkfifo")
                        .args(["-m", "600", name(&fifo)])
                        .status()
                        .expect("it runs")
                        .success()
                );
                unusable(&fifo, "is not a file", &["mv ", name(&fifo)])
            },
            Mend::Line,
        ),
        row(
            "a journal is a symlink",
            Machine::file,
            |it| {
                let journal = journal(it);
                fs::rename(&journal, it.world.path().join("elsewhere")).expect("moved");
                symlink(it.world.path().join("elsewhere"), &journal).expect("linked");
                unusable(&journal, "is a symlink", &["readlink", name(&journal)])
            },
            Mend::Line,
        ),
        row(
            "a journal is a socket",
            Machine::file,
            |it| {
                let socket = it.world.state().join("journal/other.jrn");
                UnixListener::bind(&socket).expect("a socket");
                mode(&socket, 0o600);
                unusable(&socket, "is not a file", &["mv ", name(&socket)])
            },
            Mend::Line,
        ),
        row("the journals are a symlink", Machine::file, |it| linked(it, "journal"), Mend::Line),
        row("the locks are a symlink", Machine::file, |it| linked(it, "locks"), Mend::Line),
        row(
            "a journal has a second name",
            Machine::file,
            |it| {
                let journal = journal(it);
                fs::hard_link(&journal, it.world.path().join("second")).expect("linked");
                unusable(&journal, "second name", &["samefile", name(&journal)])
            },
            Mend::By(|it| fs::remove_file(it.world.path().join("second")).expect("removed")),
        ),
        row(
            "the log is a directory",
            Machine::file,
            |it| {
                let log = it.world.state().join("log");
                let _ = fs::remove_file(&log);
                fs::create_dir(&log).expect("made");
                mode(&log, 0o700);
                unusable(&log, "is not a file", &[&format!("mv {0} {0}.aside", name(&log))])
            },
            Mend::Line,
        ),
        row(
            "a lock is a directory",
            Machine::file,
            |it| {
                let lock = lock(it);
                fs::remove_file(&lock).expect("removed");
                fs::create_dir(&lock).expect("made");
                unusable(&lock, "is not a file", &["mv ", name(&lock)])
            },
            Mend::Line,
        ),
    ]);
    if is_root() {
        check(&[
            row(
                "root looks at a service's",
                Machine::file,
                |it| {
                    owned(&it.world.state(), 61_234);
                    unusable(
                        &it.world.state(),
                        "belongs to another user (uid 61234)",
                        &["run it as the user 61234, or in the unit or container that this state belongs to"],
                    )
                },
                Mend::By(|it| owned(&it.world.state(), 0)),
            ),
            row(
                "a careless sudo made it root's",
                users,
                |it| {
                    owned(&it.world.state(), 0);
                    let line = format!("as root: `chown -R 1000 {}`", name(&it.world.state()));
                    unusable(&it.world.state(), "belongs to another user (uid 0)", &[&line])
                },
                Mend::Line,
            ),
            row(
                "a careless sudo left files of root's in it",
                users,
                |it| {
                    let state = it.world.state();
                    owned(&state.join("journal"), 0);
                    owned(&state.join("file.key"), 0);
                    let line = format!("as root: `chown -R 1000 {}`", name(&state));
                    unusable(&state.join("journal"), "belongs to another user (uid 0)", &[&line])
                },
                Mend::Line,
            ),
            row(
                "a container runs it as somebody else",
                users,
                |it| {
                    owned(&it.world.state(), 54_321);
                    let line = format!("as root: `chown -R 1000 {}`", name(&it.world.state()));
                    unusable(&it.world.state(), "(uid 54321)", &["run it as the user 54321", &line])
                },
                Mend::By(|it| owned(&it.world.state(), 1_000)),
            ),
        ]);
    }
}

fn owned(path: &Path, user: u32) {
    let status = Command::new("chown").args(["-R", &user.to_string(), name(path)]).status();
    assert!(status.expect("chown runs").success());
}

/// Of a machine on which root only sets up what one user runs.
fn users() -> Machine {
    let mut machine = Machine::file();
    owned(machine.world.path(), 1_000);
    let words = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", env!("CARGO_BIN_EXE_tokcli")];
    machine.run_by = By::Program(words.map(str::to_owned).to_vec());
    machine
}

fn by(machine: &mut Machine, script: &str) {
    machine.run_by = By::Namespace(script.to_owned());
}

fn by_itself() -> Mend {
    Mend::By(|it| it.run_by = By::Itself)
}

#[test]
fn a_file_system_that_does_not_serve_is_named() {
    check(&[
        row(
            "it is read-only",
            Machine::file,
            |it| {
                by(it, "mount --bind state state && mount -o remount,bind,ro state");
                unusable(
                    &it.world.state(),
                    "cannot be written: read-only file system",
                    &["make its file system writable", &format!("cp -a {} NEW", name(&it.world.state()))],
                )
            },
            by_itself(),
        ),
        row(
            "it is read-only, and nothing is there yet",
            Machine::file,
            |it| {
                it.world.run(&["logout", "--local"]).succeeds();
                it.world.import(it.vendor());
                let place = it.world.path().join("mount");
                fs::create_dir(&place).expect("made");
                it.world.set("TOKCLI_STATE_DIR", name(&place.join("below/state")));
                by(it, "mount --bind mount mount && mount -o remount,bind,ro mount");
                says(
                    "state_directory",
                    None,
                    &["cannot be created in", name(&place), "read-only file system"],
                    &["`TOKCLI_STATE_DIR`"],
                )
            },
            Mend::By(|it| {
                it.run_by = By::Itself;
                let state = it.world.state();
                it.world.set("TOKCLI_STATE_DIR", name(&state));
            }),
        ),
        row(
            "it lies in memory",
            Machine::file,
            |it| {
                by(it, "cp -a state old && mount -t tmpfs -o mode=700 tmpfs state && cp -a old/. state");
                says(
                    "file_system",
                    None,
                    &[name(&it.world.state()), "tmpfs", "reboot"],
                    &[
                        &format!("`cp -a {} NEW` copies it with its logins", name(&it.world.state())),
                        "`TOKCLI_STATE_DIR`",
                    ],
                )
            },
            by_itself(),
        ),
        row(
            "it lies in memory for as long as a job runs",
            Machine::file,
            |it| {
                it.world.set("CI", "true");
                by(it, "cp -a state old && mount -t tmpfs -o mode=700 tmpfs state && cp -a old/. state");
                notes("file_system", None, &[name(&it.world.state()), "tmpfs"])
            },
            by_itself(),
        ),
        row(
            "it is full",
            Machine::file,
            |it| {
                by(
                    it,
                    "cp -a state old && mount -t tmpfs -o size=900k,mode=700 tmpfs state && cp -a old/. state",
                );
                let mut all = says("file_system", None, &["tmpfs"], &["`TOKCLI_STATE_DIR`"]);
                all.extend(says(
                    "disk_full",
                    None,
                    &["less than 1 MiB", name(&it.world.state())],
                    &["df -h ", name(&it.world.state())],
                ));
                all
            },
            by_itself(),
        ),
        row(
            "files may not be as long as a journal",
            Machine::file,
            |it| {
                it.run_by = By::Shell("ulimit -f 100".to_owned());
                says("limits", None, &["102400 bytes"], &["`LimitFSIZE=infinity`"])
            },
            by_itself(),
        ),
        row(
            "so it is by a limit that may be lifted",
            Machine::file,
            |it| {
                it.run_by = By::Shell("ulimit -S -f 100".to_owned());
                says("limits", None, &["102400 bytes"], &["`ulimit -f unlimited` lifts it"])
            },
            Mend::By(|it| it.run_by = By::Shell("ulimit -S -f 100; ulimit -f unlimited".to_owned())),
        ),
        row(
            "nothing can be locked there",
            Machine::file,
            |it| {
                it.run_by = By::Strace("flock:error=ENOLCK".to_owned());
                says("locks", None, &["cannot be locked", name(&it.world.state())], &["`TOKCLI_STATE_DIR`"])
            },
            by_itself(),
        ),
    ]);
}

#[test]
fn whoever_holds_a_lock_and_does_not_let_go_is_named() {
    check(&[
        row(
            "a program that is none of ours",
            Machine::file,
            |it| {
                let lock = lock(it);
                let child = Command::new("flock")
                    .args(["--no-fork", name(&lock), "sleep", "600"])
                    .spawn()
                    .expect("it runs");
                let process = child.id().to_string();
                wait_for(|| {
                    fs::read_to_string(format!("/proc/{process}/comm")).is_ok_and(|name| name == "sleep\n")
                });
                it.children.push(child);
                says(
                    "locks",
                    Some("fbox"),
                    &[name(&lock), &process, "`sleep`"],
                    &[&format!("`kill {process}`")],
                )
            },
            Mend::Line,
        ),
        row(
            "a run that was stopped",
            Machine::file,
            |it| {
                let latch = it.vendor().hold(1);
                let sent = it.vendor().requests().len();
                let child = it.world.spawn(&["refresh"]);
                let process = child.id().to_string();
                wait_for(|| it.vendor().requests().len() > sent);
                assert!(Command::new("kill").args(["-STOP", &process]).status().expect("kill").success());
                it.children.push(child);
                it.kept.push(Box::new(latch));
                says(
                    "locks",
                    Some("fbox"),
                    &[name(&lock(it)), &process, "stopped"],
                    &[&format!("`kill -CONT {process}`")],
                )
            },
            Mend::By(|it| {
                let process = it.children[0].id();
                it.follow(&format!("kill -CONT {process}"));
                // The vendor answers.
                it.kept.clear();
            }),
        ),
    ]);
    // A run that is at it, for as long as one takes, is nobody's trouble.
    let mut machine = Machine::file();
    let latch = machine.vendor().hold(1);
    let sent = machine.vendor().requests().len();
    let mut child = machine.world.spawn(&["refresh"]);
    wait_for(|| machine.vendor().requests().len() > sent);
    let told = machine.world.run(&["doctor", "--json"]).succeeds().object();
    assert_eq!(
        (&told["findings"][0]["check"], &told["findings"][0]["mend"]),
        (&"locks".into(), &serde_json::Value::Null),
        "{told}"
    );
    assert_eq!(told["findings"].as_array().map(Vec::len), Some(1), "{told}");
    latch.open();
    child.wait().expect("it ends");
    machine.asks(&[]);
    machine.is_well("it has ended");
}
