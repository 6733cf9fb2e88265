//! The programs themselves, what belongs to them, and machines on which nearly nothing is there.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use super::{By, Machine, Mend, check, notes, row, says};
use crate::shim::{Shim, passwd};
use crate::world::{On, World};

const ENGINE: &str = env!("CARGO_BIN_EXE_tokcli-engine");
const TOKCLI: &str = env!("CARGO_BIN_EXE_tokcli");

#[test]
fn programs_that_do_not_belong_together_are_named() {
    check(&[
        row(
            "the small one is of another version",
            Machine::file,
            |it| {
                it.run_by = By::Program(vec![ENGINE.to_owned(), "9.9.9:1:1".to_owned()]);
                says(
                    "versions",
                    None,
                    &["`tokcli` is version 9.9.9", ENGINE, env!("CARGO_PKG_VERSION")],
                    &["install the same version of both programs"],
                )
            },
            Mend::By(|it| it.run_by = By::Itself),
        ),
        row(
            "there is no engine",
            Machine::file,
            |it| {
                let alone = it.world.path().join("bin/tokcli").display().to_string();
                fs::create_dir(it.world.path().join("bin")).expect("made");
                assert!(Command::new("cp").args([TOKCLI, &alone]).status().expect("cp").success());
                it.run_by = By::Program(vec![alone.clone()]);
                says(
                    "engine",
                    None,
                    &["cannot start", &format!("{alone}-engine")],
                    &["install `tokcli` and `tokcli-engine` again"],
                )
            },
            Mend::By(|it| {
                let engine = it.world.path().join("bin/tokcli-engine");
                assert!(
                    Command::new("cp")
                        .args([ENGINE, engine.to_str().expect("UTF-8")])
                        .status()
                        .expect("cp")
                        .success()
                );
            }),
        ),
        row(
            "completions are of another version",
            Machine::file,
            |it| {
                let path = it.world.path().join(".local/share/bash-completion/completions/tokcli");
                fs::create_dir_all(path.parent().expect("one")).expect("made");
                fs::write(&path, "_tokcli() {\n}\n").expect("written");
                let path = path.display().to_string();
                says("completions", None, &[&path], &[&format!("tokcli completions bash > {path}")])
            },
            Mend::Line,
        ),
        row(
            "fish has older ones",
            Machine::file,
            |it| {
                let path = it.world.path().join(".config/fish/completions/tokcli.fish");
                fs::create_dir_all(path.parent().expect("one")).expect("made");
                fs::write(&path, "complete -c tokcli\n").expect("written");
                let path = path.display().to_string();
                says("completions", None, &[&path], &[&format!("tokcli completions fish > {path}")])
            },
            Mend::Line,
        ),
        row(
            "a helper leads nowhere",
            || {
                let mut machine = Machine::file();
                let bin = machine.world.path().join("bin");
                fs::create_dir(&bin).expect("made");
                machine.world.set("PATH", &format!("{}:{}", bin.display(), env!("PATH")));
                machine
            },
            |it| {
                let bin = it.world.path().join("bin");
                let link = bin.join("cargo-credential-tokcli");
                symlink("/nowhere/tokcli", &link).expect("linked");
                let line = format!("tokcli helper install cargo --dir {}", bin.display());
                says("helpers", None, &[link.to_str().expect("UTF-8"), "leads nowhere"], &[&line])
            },
            Mend::Line,
        ),
        row(
            "a helper leads to an older program that never answers",
            || {
                let mut machine = Machine::file();
                machine.asks(&["--deadline", "4s"]);
                machine
            },
            |it| {
                let bin = it.world.path().join("bin");
                fs::create_dir(&bin).expect("made");
                fs::create_dir(it.world.path().join("old")).expect("made");
                it.world.write("old/tokcli", "#!/bin/sh\nexec /bin/sleep 600\n");
                let old = it.world.path().join("old/tokcli");
                fs::set_permissions(&old, fs::Permissions::from_mode(0o755)).expect("mode");
                symlink(&old, bin.join("cargo-credential-tokcli")).expect("linked");
                it.world.set("PATH", &format!("{}:{}", bin.display(), env!("PATH")));
                let words = format!("does not answer: `{}` did not end within", old.display());
                let line = format!("tokcli helper install cargo --dir {}", bin.display());
                says("helpers", None, &[&words], &[&line])
            },
            Mend::Line,
        ),
        row(
            "helpers are not found, for one reason",
            Machine::file,
            |it| {
                let bin = it.world.path().join(".local/bin");
                fs::create_dir_all(&bin).expect("made");
                let links = ["git-credential-tokcli", "docker-credential-tokcli", "cargo-credential-tokcli"]
                    .map(|name| bin.join(name));
                links.iter().for_each(|link| symlink(TOKCLI, link).expect("linked"));
                let links = links.each_ref().map(|link| link.to_str().expect("UTF-8"));
                let bin = bin.display().to_string();
                says("helpers", None, &[links[0], links[1], links[2], "`PATH`"], &[&bin, "`PATH`"])
            },
            Mend::By(|it| {
                let path = format!("{}:{}", it.world.path().join(".local/bin").display(), env!("PATH"));
                it.world.set("PATH", &path);
            }),
        ),
        row(
            "a helper is not found by cron, which calls none",
            Machine::file,
            |it| {
                let bin = it.world.path().join(".local/bin");
                fs::create_dir_all(&bin).expect("made");
                symlink(TOKCLI, bin.join("git-credential-tokcli")).expect("linked");
                it.world.set("PATH", "/usr/bin:/bin");
                notes("helpers", None, &["git-credential-tokcli", "`PATH`"])
            },
            Mend::By(|it| {
                let path = format!("{}:/usr/bin:/bin", it.world.path().join(".local/bin").display());
                it.world.set("PATH", &path);
            }),
        ),
        row(
            "the clock says 1998",
            Machine::file,
            |it| {
                Shim::build(&it.world).at(&mut it.world, 900_000_000);
                says("clock", None, &["1998-07-09T16:00:00Z"], &["timedatectl set-ntp true"])
            },
            Mend::By(|it| it.world.set("LD_PRELOAD", "")),
        ),
    ]);
}

/// It is only slower.
#[test]
fn a_kernel_that_keeps_no_keys_is_worth_a_note() {
    let mut machine = Machine::file();
    machine.run_by = By::Strace("keyctl:error=ENOSYS".to_owned());
    let told = machine.run(true).succeeds().object();
    assert_eq!(told["findings"].as_array().map(Vec::len), Some(1), "{told}");
    assert_eq!(
        (&told["findings"][0]["check"], &told["findings"][0]["mend"]),
        (&"cache".into(), &serde_json::Value::Null),
        "{told}"
    );
}

/// Whatever is missing, it comes to an end and says what.
#[test]
fn on_a_machine_with_nearly_nothing_it_says_what_is_missing() {
    let mut world = World::on(On::File);
    for (name, value) in [("HOME", ""), ("TOKCLI_CONFIG", ""), ("TOKCLI_STATE_DIR", ""), ("PATH", "")] {
        world.set(name, value);
    }
    passwd(&mut world, "nobody:x:65534:65534::/:/bin/sh\n");
    let told = world.run(&["doctor", "--json"]).exits(1).keeps_stderr_empty().object();
    let checks: Vec<_> =
        told["findings"].as_array().expect("a list").iter().map(|one| one["check"].as_str()).collect();
    assert_eq!(checks, [Some("configuration"), Some("state_directory")], "{told}");
    assert!(told["findings"][0]["mend"].as_str().expect("text").contains("--config FILE"), "{told}");
}

#[test]
fn without_proc_and_with_nothing_to_read_it_sees_what_there_is() {
    let mut machine = Machine::file();
    machine.run_by = By::Shell("exec <&-".to_owned());
    machine.is_well("standard input is closed");
    machine.run_by = By::Namespace("mount -t tmpfs tmpfs /proc".to_owned());
    machine.is_well("there is no /proc");
}

/// Everything at once, as it looks to a person.
#[test]
fn a_healthy_machine_is_said_to_be_one() {
    for store in [On::File, On::Keyring] {
        let machine = Machine::on(store);
        machine.world.run(&["doctor"]).succeeds().keeps_stderr_empty().prints("nothing is wrong\n");
        machine.is_well(store.word());
        let before = machine.world.journal();
        machine.world.run(&["doctor", "--fix"]).succeeds();
        assert!(machine.world.journal() == before, "nothing was written");
        assert_eq!(machine.vendor().requests().len(), 1, "nothing was spent");
    }
}

/// The names of the checks are a contract: each is described, and each has a row that breaks what it looks at.
#[test]
fn every_check_is_described_and_told_of() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let reference = fs::read_to_string(root.join("docs/reference.md")).expect("read");
    let (_, section) = reference.split_once("\n### `doctor ").expect("a section");
    let (section, _) = section.split_once("\n### ").expect("another one");
    let described: BTreeSet<&str> =
        section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let in_files = |directory: &str| {
        let files = fs::read_dir(root.join(directory)).expect("there");
        files
            .map(|file| fs::read_to_string(file.expect("an entry").path()).expect("read"))
            .collect::<String>()
    };
    let (code, stories) = (in_files("src/commands/doctor"), in_files("tests/stories/doctor"));
    for name in &described {
        let quoted = format!("\"{name}\"");
        assert!(stories.contains(&quoted), "no row for {name}");
        assert!(code.contains(&quoted) || *name == "engine", "no check {name}");
    }
    assert!(described.len() > 30, "{described:?}");
    let said = code.split("Finding::").skip(1).filter_map(|rest| {
        let (call, rest) = rest.split_once('(')?;
        ["new", "of", "note"]
            .contains(&call)
            .then(|| rest.trim_start().strip_prefix('"')?.split('"').next())?
    });
    let unknown: Vec<&str> = said.filter(|name| !described.contains(name)).collect();
    assert!(unknown.is_empty(), "not in docs/reference.md: {unknown:?}");
}
