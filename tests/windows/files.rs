//! Files as they are there: encodings, names, who may use them, and what grows.

use std::fs;
use std::process::Command;

use crate::stand_in::{Fault, Options, StandIn, Vendor};
use crate::world::{World, is_wine};

/// As PowerShell pipes and writes.
#[test]
fn a_token_is_taken_in_each_encoding_that_comes_there() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with("file", &vendor);
    let utf16 = |text: &str, big: bool| -> Vec<u8> {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    for (n, end) in ["", "\n", "\r\n"].into_iter().enumerate() {
        let token = vendor.login().refresh_token;
        let text = format!("{token}{end}");
        for bytes in [
            text.clone().into_bytes(),
            format!("\u{feff}{text}").into_bytes(),
            utf16(&text, false),
            utf16(&text, true),
        ] {
            world.run_with(&["import", "--replace"], &bytes).succeeds();
        }
        world.run(&["refresh"]).succeeds();
        assert_eq!(vendor.requests().len(), n + 1);
    }
}

/// A journal that outgrows its slots is made anew, while another run has it open.
#[test]
fn a_journal_grows_while_it_is_looked_at() {
    let vendor = StandIn::start_with(Vendor::OAuth2, Options { reuse_revokes: true, ..Options::default() });
    let world = World::with("file", &vendor);
    let journal = fs::read_dir(world.state().join("journal")).expect("there");
    let journal = journal.flatten().map(|entry| entry.path());
    let journal =
        journal.filter(|path| path.extension().is_some_and(|end| end == "jrn")).last().expect("one");
    let size = || fs::metadata(&journal).expect("there").len();
    let first = size();
    for length in [9_000, 40_000] {
        vendor.misbehave(Fault::edit(move |mut answer| {
            let long =
                format!("{}.{}", answer["access_token"].as_str().expect("a token"), "a".repeat(length));
            answer["access_token"] = long.into();
            answer
        }));
        let looks: Vec<_> = (0..4).map(|_| world.spawn(&["status"])).collect();
        let printed = world.run(&["refresh"]).succeeds().stdout;
        looks.into_iter().for_each(|look| drop(crate::world::Ended::of(look).succeeds()));
        world.run(&["token"]).succeeds().prints(&printed);
        world.run(&["refresh"]).succeeds();
    }
    assert!(size() > first, "it has grown");
    assert_eq!((vendor.requests().len(), vendor.reused().len()), (4, 0));
}

fn icacls(arguments: &[&str]) {
    let done = Command::new("icacls").args(arguments).output().expect("icacls is a part of Windows");
    assert!(done.status.success(), "{done:?}");
}

#[test]
fn what_others_may_use_is_refused_and_mended() {
    // It keeps no more of a list than the nine bits of a file's mode.
    if is_wine() {
        eprintln!("not shown under wine");
        return;
    }
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with("file", &vendor);
    let key = world.state().join("file.key");
    icacls(&[key.to_str().expect("UTF-8"), "/grant", "*S-1-1-0:R"]);
    world.run(&["refresh"]).exits(6).says("others may use").says("tokcli doctor --fix");
    world.run(&["doctor", "--fix"]);
    world.run(&["refresh"]).succeeds();
    let profiles = world.path().join("profiles.toml");
    icacls(&[profiles.to_str().expect("UTF-8"), "/grant", "*S-1-1-0:M"]);
    world.run(&["refresh"]).exits(3).says("others can write");
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn a_path_with_a_tilde_leads_home() {
    let vendor = StandIn::start(Vendor::Babelbird);
    let mut world = World::empty();
    let home = world.path().join("home");
    fs::create_dir(&home).expect("made");
    world.set("USERPROFILE", home.to_str().expect("UTF-8"));
    world.set("HOME", home.to_str().expect("UTF-8"));
    let entry = world.entry(&vendor, "file");
    fs::write(home.join("their.secret"), vendor.client_secret()).expect("written");
    world.add(&entry.replace("'vendor.secret'", "'~\\their.secret'"));
    world.import(&vendor.login());
    world.run(&["refresh"]).succeeds();
}

#[test]
fn a_state_directory_that_is_long_and_deep_is_one() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::empty();
    let deep = ["a directory with a long name 漢字 äöü"; 8]
        .iter()
        .fold(world.path().to_owned(), |at, name| at.join(name));
    world.set("TOKCLI_STATE_DIR", deep.to_str().expect("UTF-8"));
    let entry = world.entry(&vendor, "file");
    world.add(&entry);
    world.import(&vendor.login());
    world.run(&["refresh"]).succeeds();
    assert!(deep.join("journal").is_dir() && deep.as_os_str().len() > 260);
}

/// Whoever may make one could lead to a file of their own.
#[test]
fn a_link_in_the_place_of_a_file_of_ours_is_refused() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with("file", &vendor);
    let (key, elsewhere) = (world.state().join("file.key"), world.path().join("elsewhere.key"));
    fs::rename(&key, &elsewhere).expect("moved");
    // Wine says that it made one, and makes none.
    if std::os::windows::fs::symlink_file(&elsewhere, &key).is_ok() && key.symlink_metadata().is_ok() {
        world.run(&["refresh"]).exits(6).says("is a symlink");
        fs::remove_file(&key).expect("removed");
    } else {
        assert!(is_wine(), "who runs this may make links");
    }
    fs::rename(&elsewhere, &key).expect("moved back");
    fs::hard_link(&key, &elsewhere).expect("linked");
    world.run(&["refresh"]).exits(6).says("second name");
    fs::remove_file(&elsewhere).expect("removed");
    world.run(&["refresh"]).succeeds();
    assert_eq!(vendor.requests().len(), 1);
}
