//! A terminal that goes away in the middle of a login: its window was closed, or the line to it was cut. Nobody is left
//! behind, nothing listens, and nothing is half stored.

use std::path::{Path, PathBuf};

use super::browser::sent_to;
use super::scene::{address_on, listens, lives, server, state, with_a_password, world};
use crate::config_edit::Screen;
use crate::sequence::wait_for;
use crate::stand_in::{Poll, StandIn};
use crate::world::{On, World};

/// Of those that work in this directory. A process that has ended and was not waited for yet works nowhere.
fn processes_in(directory: &Path) -> Vec<PathBuf> {
    let all = std::fs::read_dir("/proc").expect("/proc").flatten().map(|entry| entry.path());
    let works_here =
        |process: &PathBuf| std::fs::read_link(process.join("cwd")).is_ok_and(|place| place == directory);
    all.filter(works_here).collect()
}

fn nobody_is_left(world: &World) {
    let directory = world.path().canonicalize().expect("it is there");
    wait_for(|| processes_in(&directory).is_empty());
}

/// Logs in before, if there is to be something that must stay.
fn place(over: bool) -> (StandIn, World) {
    let vendor = server();
    let mut world = world(On::File, &vendor);
    with_a_password(&mut world, &vendor);
    if over {
        world.run(&["login", "--grant", "password"]).succeeds();
    }
    (vendor, world)
}

#[test]
fn a_terminal_that_is_closed_ends_a_login_that_waits() {
    for over in [false, true] {
        for line in ["login --paste", "login --grant authorization_code --no-browser", "login --device"] {
            let (vendor, world) = place(over);
            let before = over.then(|| world.run(&["token"]).succeeds().stdout);
            let line = if over { format!("{line} --replace") } else { line.to_owned() };
            let mut screen = Screen::of(&world, &line);
            let address = match line.contains("--device") {
                true => address_on(&mut screen, &(vendor.origin() + "/device")),
                false => address_on(&mut screen, &(vendor.authorization_url() + "?")),
            };
            let directory = world.path().canonicalize().expect("it is there");
            assert!(!processes_in(&directory).is_empty(), "{line}: it waits");
            screen.hangs_up();
            nobody_is_left(&world);
            if line.contains("--no-browser") {
                // The last of its threads takes the port with it, a moment after the first.
                wait_for(|| !listens(&address));
            }
            // A person who comes back by now finds nobody.
            if !line.contains("--device") {
                sent_to(&address);
            }
            if !over {
                assert_eq!(state(&world), "none", "{line}");
            }
            before.iter().for_each(|token| drop(world.run(&["token"]).succeeds().prints(token)));
            // And nothing stands in the way of the next.
            vendor.polls(&[Poll::Approved]);
            let words: &[&str] = if over { &["--replace"] } else { &[] };
            world.run(&[&["login", "--grant", "password"], words].concat()).succeeds();
            lives(&world, &vendor);
            assert!(vendor.reused().is_empty(), "{line}");
        }
    }
}

#[test]
fn a_terminal_that_is_closed_while_a_password_is_typed_sends_none() {
    let vendor = server();
    let world = world(On::File, &vendor);
    let mut screen = Screen::of(&world, "login --grant password");
    screen.sees("name").types("somebody\r");
    screen.sees("assword").types("half-a-pass");
    screen.hangs_up();
    nobody_is_left(&world);
    assert_eq!((vendor.requests().len(), state(&world)), (0, "none".to_owned()));
    vendor.expect_unused();
    world.assert_nothing_in_the_clear();
}
