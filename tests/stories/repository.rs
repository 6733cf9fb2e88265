//! What the repository promises about itself.

mod pages;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::world::{On, World, walk};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Of the repository, by their paths from its top, without what is made.
fn files() -> Vec<PathBuf> {
    let top = fs::read_dir(root()).expect("readable").flatten().map(|entry| entry.path());
    let mut files = Vec::new();
    for path in top.filter(|path| ![".git", "target"].iter().any(|made| path.ends_with(made))) {
        if path.is_dir() { walk(&path, &mut files) } else { files.push(path) }
    }
    files.iter().map(|path| path.strip_prefix(root()).expect("below").to_owned()).collect()
}

#[test]
fn the_checked_in_completions_are_the_current_ones() {
    let world = World::on(On::File);
    for (shell, file) in [
        ("bash", "tokcli.bash"),
        ("zsh", "_tokcli"),
        ("fish", "tokcli.fish"),
        ("powershell", "_tokcli.ps1"),
        ("elvish", "tokcli.elv"),
    ] {
        let current = world.run(&["completions", shell]).succeeds().stdout;
        let kept = fs::read_to_string(root().join("completions").join(file)).expect(file);
        assert!(current == kept, "completions/{file} is stale: run `make completions`");
    }
}

#[test]
fn the_example_configuration_is_right_and_shows_every_key() {
    let world = World::on(On::File);
    let text = fs::read_to_string(root().join("profiles.example.toml")).expect("the example");
    world.write("profiles.toml", &text);
    let checked = world.run(&["config", "check", "--json"]).succeeds().object();
    assert_eq!(checked["warnings"], serde_json::json!([]));
    for key in [
        "default_profile",
        "dialect_files",
        "dialect",
        "base_url",
        "token_url",
        "client_id",
        "client_secret",
        "client_auth",
        "private_key",
        "key_id",
        "certificate",
        "username",
        "password",
        "totp_seed",
        "signing_alg",
        "account",
        "store",
        "min_ttl",
        "access_lifetime",
        "timeout",
        "scope",
        "params",
        "rotation",
        "grace",
        "replay",
        "tls",
        "ca_file",
        "pin_sha256",
        "insecure",
        "client_cert",
        "client_key",
        "proxy",
        "proxy_auth",
        "kind",
        "key",
        "extends",
    ] {
        assert!(text.contains(&format!("{key} =")), "{key} is missing in profiles.example.toml");
    }
}

/// `google` stands there, too, for the form in which certain client libraries ask, as `git` and `docker` do for theirs.
#[test]
fn no_vendor_is_named_in_the_code() {
    let surfaces = ["src/surface/", "src/commands/helper/", "src/terminal/arguments/"];
    let names_a_form = |line: &str| {
        let vendors_own = line.to_ascii_lowercase().replace("google", "");
        surfaces.iter().any(|room| line.starts_with(room))
            && !vendors().any(|name| vendors_own.contains(name))
    };
    let output = Command::new("grep")
        .args(["-rniE", VENDORS, "--include=*.rs", "src"])
        .current_dir(root())
        .output()
        .expect("grep");
    let lines = String::from_utf8_lossy(&output.stdout);
    let named: Vec<&str> = lines.lines().filter(|line| !names_a_form(line)).collect();
    assert!(named.is_empty(), "{named:#?}");
}

const VENDORS: &str = "fbox|babelbird|veeam|huawei|isales|withings|wechat|alipay|salesforce|microsoft|google|atlassian|zoho|slack";

fn vendors() -> impl Iterator<Item = &'static str> {
    VENDORS.split('|').filter(|name| *name != "google")
}

/// Device names, with or without an extension, are no file names there; nor are two that differ in case alone.
#[test]
fn windows_can_check_out_every_file() {
    let files = files();
    assert!(files.len() > 1_000, "{}", files.len());
    let mut folded = BTreeSet::new();
    for file in files {
        let path = file.to_str().expect("UTF-8").to_ascii_lowercase();
        assert!(path.len() < 200, "there are 260 letters, for the directory that it is in, too: {path}");
        for part in path.split('/') {
            let stem = part.split('.').next().unwrap_or_default();
            let numbered = (stem.starts_with("com") || stem.starts_with("lpt")) && stem.len() == 4;
            let device = numbered || ["con", "prn", "aux", "nul"].contains(&stem);
            let odd = part.contains(['<', '>', ':', '"', '\\', '|', '?', '*']) || part.ends_with([' ', '.']);
            assert!(!device && !odd, "{path}");
        }
        assert!(folded.insert(path.clone()), "{path}");
    }
}

/// A checkout on Windows has the lines of the repository, whatever git is told there: tests compare texts byte for byte.
#[test]
fn no_checkout_changes_the_ends_of_lines() {
    let told = fs::read_to_string(root().join(".gitattributes")).expect("there");
    assert!(told.lines().any(|line| line == "* text=auto eol=lf"), "{told}");
    assert!(told.lines().any(|line| line == "/fuzz/corpus/** -text"), "{told}");
}

#[test]
fn the_readme_names_vendors_that_are_there() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let section =
        readme.split("## Vendors").nth(1).expect("a section").split("## Where").next().expect("its end");
    let world = World::on(On::File);
    world.write("profiles.toml", "");
    let object = world.run(&["dialect", "list", "--json"]).succeeds().object();
    let known: Vec<&str> = object["dialects"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert!(section.contains("more than two hundred") && known.len() > 200, "{}", known.len());
    let rows = section.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let named: Vec<&str> = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).collect();
    assert!(named.len() > 30);
    for name in named {
        assert!(known.contains(&name), "{name} is not in the catalogue");
    }
}

/// A row of docs/faults.md: its letter and number, as `f11b`.
type Row = String;

/// The rows that the names of stories cite: `f10_f11_a_power_cut` two, `f1_to_f7_killed` all between.
fn cited(rows: &BTreeSet<Row>) -> BTreeSet<Row> {
    let mut files = Vec::new();
    walk(&root().join("tests/stories"), &mut files);
    let text: String =
        files.iter().filter(|path| path.extension().is_some_and(|end| end == "rs")).map(read).collect();
    let mut cited = BTreeSet::new();
    for name in text.split("\nfn ").skip(1).filter_map(|rest| rest.split('(').next()) {
        let words: Vec<&str> = name.split('_').collect();
        for (at, word) in words.iter().enumerate() {
            let Some(row) = row(word) else {
                if *word == "to" {
                    continue;
                } else {
                    break;
                };
            };
            if at > 1 && words[at - 1] == "to" {
                let first = self::row(words[at - 2]).expect("a row");
                let between = |one: &&Row| {
                    one[..1] == row[..1] && number(&first) < number(one) && number(one) < number(&row)
                };
                cited.extend(rows.iter().filter(between).cloned());
            }
            cited.insert(row);
        }
    }
    cited
}

/// `b08` and `B8` are one row.
fn row(word: &str) -> Option<Row> {
    let word = word.to_lowercase();
    let (letter, rest) = word.split_at_checked(1)?;
    let digits = rest.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let known = ["f", "b", "p"].contains(&letter) && rest.len() - digits.len() < 2;
    let number: u32 = known.then(|| digits.parse().ok())??;
    Some(format!("{letter}{number}{}", &rest[digits.len()..]))
}

fn number(row: &Row) -> u32 {
    row.trim_matches(|c: char| !c.is_ascii_digit()).parse().expect("a number")
}

fn read(path: &PathBuf) -> String {
    fs::read_to_string(path).expect("UTF-8")
}

#[test]
fn every_number_in_the_name_of_a_story_is_a_row_of_faults_md_and_every_row_is_told() {
    let text = read(&root().join("docs/faults.md"));
    let rows: Vec<(Row, &str)> = text
        .lines()
        .filter_map(|line| {
            let (first, rest) = line.strip_prefix("| ")?.split_once(" |")?;
            Some((row(first)?, rest))
        })
        .collect();
    let known: BTreeSet<Row> = rows.iter().map(|(row, _)| row.clone()).collect();
    assert_eq!(known.len(), rows.len(), "no row stands twice");
    let cited = cited(&known);
    assert_eq!(
        cited.difference(&known).collect::<Vec<_>>(),
        Vec::<&Row>::new(),
        "no such rows in docs/faults.md"
    );
    for (one, words) in rows.iter().filter(|(row, _)| !cited.contains(row)) {
        // Another row's story shows it, or every story does.
        let others: Vec<Row> = words
            .split_once("Shown by ")
            .into_iter()
            .flat_map(|(_, names)| names.split([' ', '.']))
            .filter_map(row)
            .collect();
        let told =
            others.iter().any(|other| cited.contains(other)) || words.contains("Every story checks it");
        assert!(told, "no story tells of {one}");
        assert!(others.iter().all(|other| known.contains(other)), "{one}: {others:?}");
    }
}
