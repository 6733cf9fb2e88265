//! Two state directories over one keyring, which share no lock: a login in the one, and whatever the other does meanwhile or
//! afterwards. The newest login counts, in both.

use std::process::Child;

use super::scene::{logged_in, server, with_a_password, world};
use crate::moments::Moment;
use crate::sequence::wait_for;
use crate::stand_in::StandIn;
use crate::world::{Ended, On, World};

const PASSWORD: [&str; 4] = ["login", "--json", "--grant", "password"];
const PASSWORD_AGAIN: [&str; 5] = ["login", "--json", "--replace", "--grant", "password"];

struct Places {
    vendor: StandIn,
    world: World,
}

impl Places {
    /// Logged in already, and known to both.
    fn logged_in() -> Places {
        let mut both = Places::empty();
        logged_in(both.at("a").run(&PASSWORD), &both.vendor);
        let token = both.at("a").run(&["token"]).succeeds().stdout;
        both.at("b").run(&["token"]).succeeds().prints(&token);
        both
    }

    fn empty() -> Places {
        let vendor = server();
        let mut world = world(On::Keyring, &vendor).asking_the_store();
        with_a_password(&mut world, &vendor);
        Places { vendor, world }
    }

    /// From now on.
    fn at(&mut self, place: &str) -> &World {
        let directory = self.world.path().join(place).display().to_string();
        self.world.set("TOKCLI_STATE_DIR", &directory);
        &self.world
    }

    /// Its request has been decided, and its answer is on its way.
    fn asks(&mut self, place: &str, words: &[&str]) -> Child {
        let before = self.vendor.requests().len();
        let child = self.at(place).spawn(words);
        wait_for(|| self.vendor.requests().len() > before);
        child
    }

    /// The answer of a login lies in its journal, and whoever asked for it is dead.
    fn killed(&mut self, place: &str, words: &[&str]) {
        self.at(place);
        let world = &self.world;
        let end = || {
            if !words.contains(&"--replace") {
                world.run(&["logout"]).succeeds();
            }
        };
        if self.vendor.live_logins() == 0 {
            world.run(&PASSWORD).succeeds();
            end();
        }
        let calls = world.calls(words);
        std::fs::remove_file(world.path().join("calls")).expect("the trace, with what was sent");
        end();
        let before = self.vendor.live_logins();
        let killed = world.run_injected(&Moment::AnswerSynced.inject_into(&calls, "signal=KILL"), words);
        assert_eq!((killed.status.code(), self.vendor.live_logins() - before), (None, 1), "{killed:?}");
    }

    /// Both print this token, and go on from it in turn.
    #[track_caller]
    fn agree_on(&mut self, token: &str) {
        for place in ["a", "b", "a"] {
            self.at(place).run(&["token"]).succeeds().prints(&format!("{token}\n"));
        }
        for place in ["b", "a"] {
            let refreshed = self.at(place).run(&["refresh"]).succeeds().stdout;
            assert!(self.vendor.accepts(refreshed.trim()), "{place}");
        }
        assert!(self.vendor.reused().is_empty());
        self.world.assert_nothing_in_the_clear();
    }
}

fn ended(child: Child, what: &str) -> Ended {
    Ended::of(what, child.wait_with_output().expect("it ends"), std::time::Instant::now())
}

#[test]
fn a_login_that_somebody_refreshes_beneath_is_the_newest_all_the_same() {
    let mut both = Places::logged_in();
    let latch = both.vendor.hold(1);
    let login = both.asks("a", &PASSWORD_AGAIN);
    let new = both.vendor.current().access_token;
    let refreshed = both.at("b").run(&["refresh"]).succeeds().stdout;
    assert!(both.vendor.accepts(refreshed.trim()) && refreshed.trim() != new);
    latch.open();
    ended(login, "login --json").succeeds();
    both.agree_on(&new);
}

#[test]
fn a_login_in_the_middle_of_a_refresh_elsewhere_is_the_newest_all_the_same() {
    let mut both = Places::logged_in();
    let latch = both.vendor.hold(1);
    let refresh = both.asks("b", &["refresh"]);
    logged_in(both.at("a").run(&PASSWORD_AGAIN), &both.vendor);
    let new = both.vendor.current().access_token;
    latch.open();
    let refreshed = ended(refresh, "refresh").succeeds().stdout;
    assert!(both.vendor.accepts(refreshed.trim()));
    both.agree_on(&new);
}

#[test]
fn an_answer_that_lies_sealed_outlives_a_refresh_elsewhere() {
    let mut both = Places::logged_in();
    both.killed("a", &PASSWORD_AGAIN);
    let new = both.vendor.current().access_token;
    let refreshed = both.at("b").run(&["refresh"]).succeeds().stdout;
    assert!(both.vendor.accepts(refreshed.trim()) && refreshed.trim() != new);
    both.agree_on(&new);
}

#[test]
fn an_answer_that_lies_sealed_gives_way_to_a_newer_login_elsewhere_and_never_comes_back() {
    for over in [false, true] {
        let mut both = Places::empty();
        let words: &[&str] = if over { &PASSWORD_AGAIN } else { &PASSWORD };
        both.killed("a", words);
        let sealed = both.vendor.current();
        // Whoever logs in elsewhere cannot read it, and is told that there may be one.
        let words: Vec<&str> = words.iter().copied().filter(|word| *word != "--json").collect();
        let said = both.at("b").run(&words).succeeds();
        assert!(said.stderr.contains("another state directory"), "over {over}: {said:#?}");
        let new = both.vendor.current().access_token;
        assert_ne!(new, sealed.access_token);
        both.agree_on(&new);
        both.at("a").run(&["recover"]).succeeds();
        // Nor when that one has ended.
        both.at("b").run(&["logout"]).succeeds();
        for place in ["a", "b", "a"] {
            let none = both.at(place).run(&["token"]);
            assert!(matches!(none.code, Some(4 | 6)) && none.stdout.is_empty(), "{place}: {none:#?}");
        }
        assert_eq!(both.vendor.sends_of(&sealed.refresh_token), 0);
        logged_in(both.at("b").run(&PASSWORD), &both.vendor);
        let new = both.vendor.current().access_token;
        both.agree_on(&new);
    }
}
