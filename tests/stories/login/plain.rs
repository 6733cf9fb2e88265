//! `kill -9` in the middle of a login, and then the same command once more, by somebody who knows nothing of `--replace`:
//! it works, or it reads what lay there. A login is lost only where nothing can help.

use std::collections::BTreeSet;
use std::time::Instant;

use super::kills::{Sweep, Way, windows};
use super::scene::logged_in;
use crate::moments::Traced;
use crate::stand_in::Poll;
use crate::sweeps::lies_in;
use crate::world::{Ended, On};

/// The calls at which it is killed: every `nth`, and the journal's own.
fn points(calls: &[Traced], nth: usize) -> Vec<(String, usize)> {
    let all: BTreeSet<(String, usize)> = calls.iter().map(|call| (call.name.clone(), call.nth)).collect();
    let journals = |name: &str| ["pwrite64", "fdatasync"].contains(&name);
    let chosen = all.into_iter().enumerate().filter(|(at, (name, _))| at % nth == 0 || journals(name));
    chosen.map(|(_, point)| point).collect()
}

impl Sweep {
    /// Was a login lost?
    fn killed_and_logged_in_plainly(&self, at: &str, inject: &str) -> bool {
        self.prepare();
        let (old, began) = (self.vendor.current().access_token, self.vendor.live_logins());
        self.end(self.world.injected(inject, &[], &self.way.plainly_or_over(self.over)));
        let granted = self.vendor.live_logins() - began;
        assert!(granted <= 1, "{at}: {granted} logins");
        let newest = self.vendor.current().access_token;
        if self.way == Way::Device {
            self.vendor.polls(&[Poll::Approved]);
        }
        let words = self.way.plainly();
        let plainly = Ended::of(&words.join(" "), self.end(self.world.command(&words)), Instant::now());
        self.vendor.behave();
        let token = || self.world.run(&["token"]).succeeds().stdout.trim().to_owned();
        let lost = match plainly.code {
            Some(0) => {
                assert!(!self.over, "{at}: what was there went: {plainly:#?}");
                logged_in(plainly, &self.vendor);
                assert_eq!(token(), self.vendor.current().access_token, "{at}");
                granted == 1
            }
            _ => {
                plainly.exits(3).says(" --replace ");
                let there = token();
                assert_eq!(self.vendor.live_logins() - began, granted, "{at}: nothing was sent");
                assert!(there == newest || (self.over && there == old), "{at}: neither the old nor the new");
                granted == 1 && there != newest
            }
        };
        let live = self.world.run(&["refresh"]).succeeds().stdout;
        assert!(self.vendor.accepts(live.trim()), "{at}");
        self.world.assert_nothing_in_the_clear();
        lost
    }
}

/// In so many worlds side by side, because a device waits most of its time.
fn kills(store: On, way: Way, over: bool, nth: usize, worlds: usize) {
    let sweep = Sweep::new(store, way, over);
    let calls = sweep.calls();
    let points = points(&calls, nth);
    let window = windows(&calls, false).pop().expect("something was sent");
    let share = |own: &Sweep, from: usize| {
        let mut lost = Vec::new();
        for (name, nth) in points.iter().skip(from).step_by(worlds) {
            let at = format!("{way:?}, over {over}, {}: {name} {nth}", store.word());
            if own.killed_and_logged_in_plainly(&at, &format!("{name}:signal=KILL:when={nth}")) {
                assert!(lies_in(&window, name, *nth), "{at}: a login was lost that could have been kept");
                lost.push(at);
            }
        }
        assert!(own.vendor.reused().is_empty(), "a spent token went out again");
        lost
    };
    let lost: usize = std::thread::scope(|scope| {
        let beside = (1..worlds).map(|from| {
            let share = &share;
            scope.spawn(move || {
                let own = Sweep::new(store, way, over);
                own.calls();
                share(&own, from).len()
            })
        });
        let beside: Vec<_> = beside.collect();
        let own = share(&sweep, 0).len();
        own + beside.into_iter().map(|one| one.join().expect("no panic")).sum::<usize>()
    });
    let most = points.iter().filter(|(name, nth)| lies_in(&window, name, *nth)).count();
    assert!(lost <= most && most < points.len(), "{lost} of {}, {most} of them in the window", points.len());
    eprintln!("{way:?}, over {over}, {}: of {} kills {lost} lost a login", store.word(), points.len());
}

#[test]
fn after_a_killed_first_login_by_password_the_same_command_works() {
    kills(On::File, Way::Password, false, 20, 1);
}

#[test]
fn after_a_killed_login_by_password_over_a_credential_one_of_both_lives() {
    kills(On::File, Way::Password, true, 24, 1);
}

#[test]
fn after_a_killed_first_login_by_password_on_the_keyring_the_same_command_works() {
    kills(On::Keyring, Way::Password, false, 40, 1);
}

#[test]
fn after_a_killed_login_with_a_browser_the_same_command_works() {
    kills(On::File, Way::Code, false, 60, 1);
}

#[test]
fn after_a_killed_poll_the_same_command_works() {
    kills(On::File, Way::Device, false, 100, 4);
}

#[test]
fn after_a_login_that_was_killed_between_its_two_steps_the_same_command_works() {
    kills(On::File, Way::TwoSteps, false, 48, 2);
}
