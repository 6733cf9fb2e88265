//! The configuration, the stores that it names, and their keys.

use std::fs;
use std::path::Path;

use super::states::{journal, mode, name};
use super::{Machine, Mend, check, row, says};
use crate::stand_in::{StandIn, Vendor};
use crate::world::{On, World, entry};

const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const OWN: &str = "[stores.own]\nkind = \"file\"\nkey = { env = \"KEY\" }";

#[test]
fn a_key_that_is_not_to_be_had_is_named() {
    check(&[
        row(
            "its file is gone",
            Machine::file,
            |it| {
                let key = it.world.state().join("file.key");
                fs::rename(&key, it.world.path().join("kept")).expect("moved");
                says("store_key", None, &["key is missing", name(&key)], &["bring the key back", name(&key)])
            },
            Mend::By(|it| {
                fs::rename(it.world.path().join("kept"), it.world.state().join("file.key")).expect("back");
            }),
        ),
        row(
            "its file holds something else",
            Machine::file,
            |it| {
                let key = it.world.state().join("file.key");
                fs::copy(&key, it.world.path().join("kept")).expect("copied");
                fs::write(&key, "nonsense\n").expect("written");
                says("store_key", None, &[name(&key), "does not hold a key"], &["put back the key"])
            },
            Mend::By(|it| back(it, &it.world.state().join("file.key"))),
        ),
        row(
            "it is another one",
            Machine::file,
            |it| {
                let key = it.world.state().join("file.key");
                fs::copy(&key, it.world.path().join("kept")).expect("copied");
                fs::write(&key, "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n").expect("written");
                says(
                    "credential",
                    Some("fbox"),
                    &[name(&journal(it)), "does not open", name(&key)],
                    &[
                        "put back the key with which it was sealed; where nothing else helps",
                        "recover --discard-journal --profile fbox",
                    ],
                )
            },
            Mend::By(|it| back(it, &it.world.state().join("file.key"))),
        ),
        row(
            "the variable that gives it is not set",
            || {
                let mut machine = Machine::file();
                machine.world.run(&["logout", "--local"]).succeeds();
                machine.world.change("store = \"file\"", "store = \"own\"");
                machine.world.add(OWN);
                machine.world.set("KEY", KEY);
                machine.world.import(machine.vendor());
                machine
            },
            |it| {
                it.world.set("KEY", "");
                says("store_key", None, &["environment variable `KEY` is not set"], &["set `KEY`"])
            },
            Mend::By(|it| it.world.set("KEY", KEY)),
        ),
        row(
            "a journal is damaged",
            Machine::file,
            |it| {
                let journal = journal(it);
                fs::copy(&journal, it.world.path().join("kept")).expect("copied");
                fs::write(&journal, vec![0; 256 << 10]).expect("written");
                says(
                    "credential",
                    Some("fbox"),
                    &["both slots", name(&journal)],
                    &["recover --discard-journal --profile fbox"],
                )
            },
            Mend::By(|it| back(it, &journal(it))),
        ),
    ]);
}

fn back(machine: &Machine, to: &Path) {
    fs::copy(machine.world.path().join("kept"), to).expect("back");
}

fn rewritten() -> Mend {
    // Each change writes it whole.
    Mend::By(|it| it.world.change("[profiles.fbox]", "[profiles.fbox]"))
}

#[test]
fn a_configuration_that_is_wrong_is_named() {
    check(&[
        row(
            "there is none",
            Machine::file,
            |it| {
                let path = it.world.path().join("profiles.toml");
                fs::remove_file(&path).expect("removed");
                says("configuration", None, &["there is no", name(&path)], &["tokcli config add NAME"])
            },
            rewritten(),
        ),
        row(
            "it is empty",
            Machine::file,
            |it| {
                it.world.run(&["logout", "--local"]).succeeds();
                it.world.write("profiles.toml", "");
                let path = it.world.path().join("profiles.toml");
                says("configuration", None, &[name(&path), "names no profile"], &["tokcli config add NAME"])
            },
            Mend::By(|it| {
                it.world.change("[profiles.fbox]", "[profiles.fbox]");
                it.world.import(it.vendor());
            }),
        ),
        row(
            "it is a directory",
            Machine::file,
            |it| {
                let path = it.world.path().join("profiles.toml");
                fs::remove_file(&path).expect("removed");
                fs::create_dir(&path).expect("made");
                says("configuration", None, &[name(&path), "is not a file"], &["`TOKCLI_CONFIG`"])
            },
            Mend::By(|it| {
                fs::remove_dir(it.world.path().join("profiles.toml")).expect("removed");
                it.world.change("[profiles.fbox]", "[profiles.fbox]");
            }),
        ),
        row(
            "it is no TOML",
            Machine::file,
            |it| {
                it.world.write("profiles.toml", "\n[profiles.fbox\n");
                let path = it.world.path().join("profiles.toml");
                says("configuration", None, &[&format!("{}:2", path.display())], &[name(&path), "line 2"])
            },
            rewritten(),
        ),
        row(
            "a profile names no store",
            Machine::file,
            |it| {
                it.world.change("store = \"file\"", "store = \"fil\"");
                says(
                    "configuration",
                    Some("fbox"),
                    &["profiles.fbox.store", "`file`"],
                    &["profiles.toml", "line "],
                )
            },
            Mend::By(|it| it.world.change("store = \"fil\"", "store = \"file\"")),
        ),
        row(
            "others can write it",
            Machine::file,
            |it| {
                let path = it.world.path().join("profiles.toml");
                mode(&path, 0o666);
                says("configuration", None, &["others can write", name(&path)], &["chmod go-w ", name(&path)])
            },
            Mend::Line,
        ),
        row(
            "a file that it names is gone",
            Machine::file,
            |it| {
                let text = fs::read_to_string(it.world.path().join("profiles.toml")).expect("read");
                it.world.write("profiles.toml", &format!("dialect_files = [\"acme.toml\"]\n{text}"));
                says("configuration", None, &["dialect_files", "acme.toml"], &["profiles.toml", "line 1"])
            },
            rewritten(),
        ),
        row(
            "the environment asks for another profile",
            Machine::file,
            |it| {
                it.world.set("TOKCLI_PROFILE", "work");
                says("configuration", None, &["`TOKCLI_PROFILE`", "fbox"], &["unset TOKCLI_PROFILE"])
            },
            Mend::By(|it| it.world.set("TOKCLI_PROFILE", "")),
        ),
        row(
            "so does the command line",
            Machine::file,
            |it| {
                it.asks(&["-p", "work"]);
                says("configuration", None, &["no such profile", "fbox"], &[])
            },
            Mend::By(|it| it.asks(&["-p", "fbox"])),
        ),
        row(
            "it asks for a store that is none",
            Machine::file,
            |it| {
                it.asks(&["--store", "work"]);
                says("configuration", None, &["no such store", "`keyring`", "`file`"], &["--store"])
            },
            Mend::By(|it| it.asks(&["--store", "file"])),
        ),
    ]);
}

/// A store of the user's own programs, whose record is a file.
fn with_commands() -> Machine {
    let mut machine = Machine::file();
    machine.world.run(&["logout", "--local"]).succeeds();
    machine.world.change("store = \"file\"", "store = \"ci\"");
    machine.world.add(
        "rotation = \"strict\"\n[stores.ci]\nkind = \"command\"\nload = [\"cat\", \"record\"]\nsave = [\"tee\", \"record\"]\nexclusive = true\nkey = { env = \"CI_KEY\" }",
    );
    machine.world.write("record", "");
    machine.world.set("CI_KEY", KEY);
    machine.world.import(machine.vendor());
    machine
}

fn with_key(source: &str) -> Machine {
    let mut machine = with_commands();
    machine.world.write("ci.key", KEY);
    machine.world.change("{ env = \"CI_KEY\" }", source);
    machine
}

/// Which journals are whose nobody can tell.
#[test]
fn a_store_that_no_profile_names_lacks_no_key() {
    let mut machine = Machine::file();
    machine.world.run(&["logout", "--local"]).succeeds();
    machine.world.change("store = \"file\"", "store = \"own\"");
    machine.world.add(OWN);
    machine.world.set("KEY", KEY);
    machine.world.import(machine.vendor());
    let _ = fs::remove_file(machine.world.state().join("file.key"));
    machine.asks(&["--store", "file"]);
    machine.is_well("its journals are those of `own`");
}

#[test]
fn a_store_of_commands_that_keeps_nothing_is_named() {
    check(&[
        row(
            "its key is not there",
            with_commands,
            |it| {
                it.world.set("CI_KEY", "");
                says("store_key", None, &["environment variable `CI_KEY` is not set"], &["set `CI_KEY`"])
            },
            Mend::By(|it| it.world.set("CI_KEY", KEY)),
        ),
        row(
            "the file of its key is gone",
            || with_key("{ file = \"ci.key\" }"),
            |it| {
                let path = it.world.path().join("ci.key");
                fs::rename(&path, it.world.path().join("kept")).expect("moved");
                says("store_key", None, &[name(&path)], &[name(&path)])
            },
            Mend::By(|it| back(it, &it.world.path().join("ci.key"))),
        ),
        row(
            "the program that gives its key is none",
            || with_key("{ command = [\"cat\", \"ci.key\"] }"),
            |it| {
                it.world.change("command = [\"cat\"", "command = [\"no-such-age\"");
                says(
                    "store_key",
                    None,
                    &["`no-such-age`"],
                    &["install `no-such-age`", "`key` under [stores.ci]"],
                )
            },
            Mend::By(|it| it.world.change("no-such-age", "cat")),
        ),
        row(
            "the program that gives its key fails",
            || with_key("{ command = [\"cat\", \"ci.key\"] }"),
            |it| {
                let path = it.world.path().join("ci.key");
                fs::rename(&path, it.world.path().join("kept")).expect("moved");
                says(
                    "store_key",
                    None,
                    &["`cat` failed"],
                    &["run by hand what `key` under [stores.ci] names: it says why"],
                )
            },
            Mend::By(|it| back(it, &it.world.path().join("ci.key"))),
        ),
        row(
            "its key is another one",
            with_commands,
            |it| {
                it.world.set("CI_KEY", "MTEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
                says(
                    "credential",
                    Some("fbox"),
                    &["`load` of the store `ci`"],
                    &["the key with which it was saved", "`CI_KEY`"],
                )
            },
            Mend::By(|it| it.world.set("CI_KEY", KEY)),
        ),
        row(
            "it did not take what is new",
            with_commands,
            |it| {
                // As an upload does that fails after what it has to announce.
                it.world.write("save.sh", "[ ! -e once ] && touch once && cat > record\n");
                it.world.change("[\"tee\", \"record\"]", "[\"sh\", \"save.sh\"]");
                it.world.run(&["refresh"]);
                it.world.change("[\"sh\", \"save.sh\"]", "[\"tee\", \"record\"]");
                says(
                    "credential",
                    Some("fbox"),
                    &["only in the journal of this machine", "the store `ci`"],
                    &["`tokcli recover --profile fbox`"],
                )
            },
            Mend::Line,
        ),
        row(
            "it is loaded by a program that is none",
            with_commands,
            |it| {
                it.world.change("load = [\"cat\"", "load = [\"no-such-cat\"");
                says(
                    "store_command",
                    None,
                    &["`stores.ci.load`", "`no-such-cat`"],
                    &["install `no-such-cat`"],
                )
            },
            Mend::By(|it| it.world.change("no-such-cat", "cat")),
        ),
        row(
            "a secret is to lie in it",
            with_commands,
            |it| {
                it.world.change("{ env = \"FBOX_SECRET\" }", "{ store = true }");
                says(
                    "secret_source",
                    Some("fbox"),
                    &["`ci`", "keeps no secrets of profiles"],
                    &["from the environment, a file or a command"],
                )
            },
            Mend::By(|it| it.world.change("{ store = true }", "{ env = \"FBOX_SECRET\" }")),
        ),
        row(
            "it is saved by a program that is none",
            with_commands,
            |it| {
                it.world.change("\"tee\"", "\"no-such-tee\"");
                says(
                    "store_command",
                    None,
                    &["`stores.ci.save`", "`no-such-tee`"],
                    &["[stores.ci]", "`save`"],
                )
            },
            Mend::By(|it| it.world.change("\"no-such-tee\"", "\"tee\"")),
        ),
        row(
            "it is loaded by a program that fails",
            with_commands,
            |it| {
                let record = it.world.path().join("record");
                fs::rename(record, it.world.path().join("kept")).expect("moved");
                says(
                    "credential",
                    Some("fbox"),
                    &["`load` of the store `ci`", "`cat` failed"],
                    &["the command in `load` under [stores.ci] by hand to see why"],
                )
            },
            Mend::By(|it| {
                fs::rename(it.world.path().join("kept"), it.world.path().join("record")).expect("back");
            }),
        ),
        row(
            "it is loaded by a program that never ends",
            || {
                let mut machine = with_commands();
                machine.asks(&["--deadline", "4s"]);
                machine
            },
            |it| {
                it.world.change("load = [\"cat\", \"record\"]", "load = [\"sleep\", \"600\"]");
                says(
                    "credential",
                    Some("fbox"),
                    &["`load` of the store `ci`", "`sleep` did not end within"],
                    &["the command in `load` under [stores.ci] by hand to see why"],
                )
            },
            Mend::By(|it| it.world.change("\"sleep\", \"600\"", "\"cat\", \"record\"")),
        ),
        row(
            "the program that gives its key never ends",
            || {
                let mut machine = with_key("{ command = [\"cat\", \"ci.key\"] }");
                machine.asks(&["--deadline", "4s"]);
                machine
            },
            |it| {
                it.world.change("command = [\"cat\", \"ci.key\"]", "command = [\"sleep\", \"600\"]");
                says(
                    "store_key",
                    None,
                    &["`sleep` did not end within"],
                    &["run by hand what `key` under [stores.ci] names: it says why"],
                )
            },
            Mend::By(|it| it.world.change("\"sleep\", \"600\"", "\"cat\", \"ci.key\"")),
        ),
        row(
            "what rotates is not saved",
            with_commands,
            |it| {
                it.world.change("save = [\"tee\", \"record\"]\n", "");
                says(
                    "rotation",
                    Some("fbox"),
                    &["rotation would be lost", "`ci` has no `save`"],
                    &["`save` under [stores.ci]"],
                )
            },
            Mend::By(|it| {
                it.world.change("exclusive = true\n", "exclusive = true\nsave = [\"tee\", \"record\"]\n");
            }),
        ),
    ]);
}

/// Each profile has its record there, and none of them is waited for twice.
#[test]
fn a_program_that_never_ends_is_asked_once_for_all_profiles() {
    let silent = "echo >> asked; exec sleep 600";
    for (key, load) in [
        (format!("{{ command = [\"sh\", \"-c\", \"{silent}\"] }}"), "[\"cat\", \"{account}\"]".to_owned()),
        ("{ env = \"CI_KEY\" }".to_owned(), format!("[\"sh\", \"-c\", \"{silent}\", \"{{account}}\"]")),
    ] {
        let vendor = StandIn::start(Vendor::Fbox);
        vendor.expect_unused();
        let mut world = World::on(On::File).asking_the_store();
        world.set("CI_KEY", KEY);
        world.give_secrets(&vendor);
        for name in ["a", "b", "c", "d"] {
            world.add(&entry(&vendor, name, On::File).replace("\"file\"", "\"ci\""));
        }
        world.add(&format!(
            "[stores.ci]\nkind = \"command\"\nload = {load}\nsave = [\"tee\", \"{{account}}\"]\nexclusive = true\nkey = {key}"
        ));
        for words in [&["doctor"][..], &["status"]] {
            let words = [words, &["--json", "--deadline", "6s"]].concat();
            let ended = world.run(&words);
            let silences = fs::read_to_string(world.path().join("asked")).unwrap_or_default().len();
            assert_eq!(silences, 1, "{words:?}: {}", ended.stdout);
            fs::remove_file(world.path().join("asked")).expect("there");
            assert!(ended.stdout.contains("command `sh` did not end within "), "{}", ended.stdout);
        }
    }
}
