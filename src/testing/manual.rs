//! The man pages: those of the commands are made from the command line as it is declared, those of profiles.toml and of dialects
//! from the pages of `docs/`. `make man` writes them; a test compares.

mod page;

use std::collections::BTreeMap;
use std::path::Path;

use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::terminal::arguments::Cli;

/// By the names of their files.
fn pages() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    let mut cli = Cli::command().disable_help_subcommand(true);
    cli.build();
    commands(&cli, &mut pages);
    let reference = include_str!("../../docs/reference.md");
    pages.insert(
        "tokcli-profiles.5".to_owned(),
        page::of_section(
            reference,
            "## profiles.toml",
            "tokcli-profiles",
            "5",
            "the configuration of tokcli, profiles.toml",
        ),
    );
    pages.insert(
        "tokcli-dialects.7".to_owned(),
        page::of(
            include_str!("../../docs/dialects/reference.md"),
            "tokcli-dialects",
            "7",
            "the language in which tokcli describes vendors",
        ),
    );
    pages
}

fn commands(command: &clap::Command, pages: &mut BTreeMap<String, String>) {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let mut text = Vec::new();
    let source = format!("tokcli {}", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).title(name.clone()).source(source).manual("tokcli");
    man.render(&mut text).expect("a Vec takes everything");
    if name == "tokcli" {
        text.extend_from_slice(page::SEE_ALSO.as_bytes());
    }
    pages.insert(format!("{name}.1"), String::from_utf8(text).expect("UTF-8"));
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        commands(command, pages);
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it makes the files that it compares")]
fn the_checked_in_man_pages_are_the_current_ones() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("man");
    let pages = pages();
    if std::env::var_os("TOKCLI_MAKE_MAN").is_some() {
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir(&directory).expect("a directory");
        for (name, text) in &pages {
            std::fs::write(directory.join(name), text).expect("written");
        }
    }
    let there = std::fs::read_dir(&directory).expect("man/");
    let there = there.map(|file| file.expect("a file"));
    let there: BTreeMap<String, String> = there
        .map(|file| {
            let text = std::fs::read_to_string(file.path()).expect("legible");
            (file.file_name().to_string_lossy().into_owned(), text)
        })
        .collect();
    assert!(there.keys().eq(pages.keys()), "`make man` makes them: {:?}, {:?}", there.keys(), pages.keys());
    for (name, text) in &pages {
        assert!(there[name] == *text, "{name} is not current; `make man` makes it");
    }
}

#[test]
fn every_page_that_a_page_refers_to_is_there() {
    let pages = pages();
    let of_a_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut count = 0;
    for (page, text) in &pages {
        let words = text.replace("\\-", "-");
        for (at, sign) in words.match_indices("(").map(|(at, _)| (at, words.get(at..at + 3))) {
            let Some(section @ ("(1)" | "(5)" | "(7)")) = sign else { continue };
            let name = words[..at].rsplit(|c| !of_a_name(c)).next().expect("the rest");
            let to = format!("{name}.{}", &section[1..2]);
            assert!(pages.contains_key(&to), "{page} refers to {name}{section}");
            count += 1;
        }
    }
    assert!(count > 0, "they are found");
}
