//! A machine dies, or what it does: whether another may go on depends on what may have been sent, and on what is left of it.

use std::process::Child;
use std::sync::mpsc;

use super::machine::{Fleet, ended, kill, rotating};
use super::relay::{Fate, Phase};
use crate::sequence::wait_for;
use crate::stand_in::{Gate, Options, StandIn, Vendor};

/// Longer than a claim lives.
const LATER: i64 = 200;

/// The first machine dies when it is about to write this to the vault.
fn dies_before(fleet: &Fleet, phase: Phase, arguments: &[&str]) {
    let (gate, latch) = Gate::shut();
    let (asked, arrived) = mpsc::channel();
    fleet.relay.once(phase, move || {
        let _ = asked.send(());
        Fate::Swallow(gate)
    });
    let mut child = fleet.spawn(0, arguments);
    arrived.recv().expect("it comes so far");
    kill(&mut child);
    drop(latch);
    fleet.relay.pass_all();
}

/// It dies when its request has arrived, which the vendor never handles.
fn dies_with_its_request(fleet: &Fleet) {
    let _silent = fleet.vendor.keep_silent();
    let before = fleet.requests();
    let mut child: Child = fleet.spawn(0, &["refresh"]);
    wait_for(|| fleet.requests() == before + 1);
    kill(&mut child);
}

#[test]
fn f65_who_dies_before_it_sends_is_followed_when_its_claim_is_over() {
    let fleet = Fleet::of(2);
    dies_before(&fleet, Phase::Sent, &["refresh"]);
    assert_eq!(fleet.claim()["phase"], "claimed");
    let error = fleet.run(1, &["refresh", "--deadline", "1s", "--json"]).exits(5).error();
    assert_eq!(error["code"], "busy", "{error}");
    assert_eq!(error["message"], "the machine `m0` is busy with the credential `w`");
    assert_eq!(fleet.requests(), 0);
    fleet.relay.later(LATER);
    fleet.run(1, &["refresh"]).succeeds().keeps_stderr_empty().prints_the_newest(&fleet);
    fleet.assert_well_after(1);
}

/// The vault's clock was a day ahead when the claim was written, and has been set right: it would be busy for that day.
#[test]
fn f65_a_claim_that_lies_in_the_vaults_future_does_not_hold_the_login_for_ever() {
    let fleet = Fleet::of(2);
    dies_before(&fleet, Phase::Sent, &["refresh"]);
    // A node of a cluster may be a little behind the others.
    fleet.relay.later(-600);
    fleet.run(1, &["refresh", "--deadline", "1s"]).exits(5).says("the machine `m0` is busy");
    fleet.relay.later(-86_400);
    fleet.run(1, &["refresh"]).succeeds().keeps_stderr_empty().prints_the_newest(&fleet);
    fleet.assert_well_after(1);
    // Of what was sent its holder may have the answer, whatever time it is.
    dies_before(&fleet, Phase::Free, &["refresh"]);
    fleet.run(1, &["refresh"]).exits(8).says("the machine `m0` sent the refresh token");
    fleet.run(0, &["refresh"]).succeeds().prints_the_newest(&fleet);
    fleet.relay.later(0);
    assert_eq!(fleet.vendor.reused().len(), 0);
}

/// Its own claim binds nobody less than the machine that made it.
#[test]
fn f65_who_died_before_it_sent_goes_on_at_once() {
    let fleet = Fleet::of(2);
    dies_before(&fleet, Phase::Sent, &["refresh"]);
    fleet.run(0, &["refresh"]).succeeds().keeps_stderr_empty().prints_the_newest(&fleet);
    fleet.assert_well_after(1);
}

/// What `doctor` says of requests whose end nobody knows.
pub fn open_attempts(world: &crate::world::World) -> Vec<serde_json::Value> {
    let told = world.run(&["doctor", "--json"]).object();
    let found = told["findings"].as_array().expect("a list").iter();
    found.filter(|one| one["check"] == "open_attempt").cloned().collect()
}

#[test]
fn f66_nobody_sends_what_another_machine_may_have_sent_and_its_return_repairs_that() {
    let fleet = Fleet::of(2);
    // The answer lies in its journal, and the vault has not heard of it.
    dies_before(&fleet, Phase::Free, &["refresh"]);
    assert_eq!((fleet.requests(), fleet.claim()["phase"].as_str()), (1, Some("sent")));
    fleet.run(1, &["refresh", "--deadline", "1s"]).exits(5).says("the machine `m0` is busy");
    fleet.relay.later(LATER);
    for _ in 0..2 {
        let error = fleet.run(1, &["refresh", "--json"]).exits(8).error();
        assert_eq!(error["code"], "no_answer", "{error}");
        let words = error["message"].as_str().expect("words");
        assert!(
            words.starts_with("the machine `m0` sent the refresh token 3 min")
                && words.contains("its journal"),
            "{words}"
        );
        assert!(error["hint"].as_str().expect("words").contains("on `m0`; if it is gone"), "{error}");
    }
    let found = open_attempts(&fleet.machines[1]);
    assert!(
        found.len() == 1 && found[0]["mend"].as_str().is_some_and(|mend| mend.contains("on `m0`; if")),
        "{found:?}"
    );
    fleet.run(1, &["status", "--check"]).exits(4);
    // Also much later: a person may say how long to wait, nobody else.
    fleet.relay.later(80 * LATER);
    fleet.run(1, &["token"]).exits(8).says("the machine `m0` sent the refresh token");
    assert_eq!(fleet.requests(), 1);
    fleet.relay.later(0);
    fleet.run(0, &["token"]).succeeds().keeps_stderr_empty().prints_the_newest(&fleet);
    fleet.assert_well_after(1);
}

#[test]
fn f66_a_person_may_go_on_without_the_machine_that_sent() {
    let fleet = Fleet::at(rotating(3600), 2, "");
    dies_with_its_request(&fleet);
    // While its claim lives, and it may be at work, that is for a person to say too.
    let replayed = fleet.run(1, &["refresh", "--takeover=replay"]);
    assert_eq!(replayed.code, Some(8), "as this machine's own request without an answer: {replayed:?}");
    assert_eq!(fleet.requests(), 1, "it settles first");
    fleet.relay.later(LATER);
    fleet.run(1, &["refresh", "--takeover=replay"]).succeeds().prints_the_newest(&fleet);
    assert_eq!(fleet.requests(), 2);
    fleet.relay.later(0);
    fleet.assert_well_after_replay();
}

/// A vendor of the class `strict` merely refuses what it has seen: another machine may try, and what it is told is no verdict on
/// a login whose next token lies in a journal.
#[test]
fn f66_a_refusal_of_what_another_machine_sent_names_that_machine_whose_return_serves_all() {
    let options = Options { reuse_revokes: false, ..Options::default() };
    let mut fleet = Fleet::at(StandIn::start_with(Vendor::OAuth2, options), 2, "");
    fleet.vendor.expect_reuse();
    for machine in &mut fleet.machines {
        machine.change("dialect = \"oauth2\"", "dialect = \"oauth2\"\nrotation = \"strict\"");
    }
    dies_before(&fleet, Phase::Free, &["refresh"]);
    assert_eq!((fleet.requests(), fleet.claim()["phase"].as_str()), (1, Some("sent")));
    fleet.run(1, &["refresh", "--deadline", "1s"]).exits(5).says("the machine `m0` is busy");
    fleet.relay.later(LATER);
    fleet.run(1, &["refresh"]).exits(4).says("`m0`");
    assert_eq!((fleet.requests(), fleet.vendor.reused().len()), (2, 1));
    fleet.relay.later(0);
    let served = fleet.run(0, &["token"]).succeeds().stdout;
    fleet.run(1, &["token"]).succeeds().prints(&served);
    fleet.run(1, &["refresh"]).succeeds().prints_the_newest(&fleet);
    assert_eq!((fleet.requests(), fleet.vendor.reused().len()), (3, 1));
}

/// Its own claim it recognises, whatever was done between.
#[test]
fn f65_who_died_before_it_sent_goes_on_at_once_also_after_a_recover() {
    let fleet = Fleet::of(1);
    dies_before(&fleet, Phase::Sent, &["refresh"]);
    fleet.run(0, &["recover", "--profile", "w"]).succeeds();
    assert_eq!(fleet.claim()["phase"], "claimed");
    fleet.run(0, &["refresh"]).succeeds().prints_the_newest(&fleet);
    fleet.assert_well_after(1);
}

#[test]
fn f66_the_configuration_may_say_how_long_a_machine_is_waited_for() {
    let fleet = Fleet::at(rotating(3600), 2, "takeover_after = \"1h\"");
    dies_with_its_request(&fleet);
    fleet.relay.later(LATER);
    fleet.run(1, &["refresh"]).exits(8).says("the machine `m0`");
    fleet.relay.later(3_700);
    fleet.run(1, &["refresh"]).succeeds().prints_the_newest(&fleet);
    fleet.relay.later(0);
    fleet.assert_well_after_replay();
}

/// Of what the runner of a job had, nothing is left.
#[test]
fn f67_the_runner_of_a_job_is_not_waited_for_when_its_claim_is_over() {
    let fleet = Fleet::at(rotating(3600), 2, "recovery = \"none\"");
    dies_with_its_request(&fleet);
    fleet.run(1, &["refresh", "--deadline", "1s"]).exits(5).says("the machine `m0` is busy");
    fleet.relay.later(LATER);
    fleet.run(1, &["refresh"]).succeeds().prints_the_newest(&fleet);
    fleet.relay.later(0);
    fleet.assert_well_after_replay();
}

/// `CI` says so, where the configuration does not.
#[test]
fn f67_ci_is_such_a_runner() {
    let mut fleet = Fleet::of(2);
    fleet.machines[0].set("CI", "true");
    dies_with_its_request(&fleet);
    assert_eq!(fleet.claim()["recovery"], "none");
    fleet.relay.later(LATER);
    fleet.run(1, &["refresh"]).succeeds().prints_the_newest(&fleet);
    fleet.relay.later(0);
    fleet.machines.remove(0);
    fleet.assert_well_after_replay();
}

/// The one that is followed wakes up: what it got is not lost, and undoes nothing.
#[test]
fn an_answer_that_comes_after_a_takeover_is_written_back() {
    let fleet = Fleet::at(rotating(3600), 2, "");
    // It has its answer, and sleeps before it says so.
    let (gate, latch) = Gate::shut();
    let (asked, arrived) = mpsc::channel();
    fleet.relay.once(Phase::Free, move || {
        let _ = asked.send(());
        Fate::Wait(gate)
    });
    let sleeper = fleet.spawn(0, &["refresh"]);
    arrived.recv().expect("it comes so far");
    fleet.relay.later(LATER);
    fleet.vendor.expect_reuse();
    // A person says that it never comes back, and is wrong: the vendor revokes all.
    let taken = fleet.run(1, &["refresh", "--takeover=replay"]).exits(4);
    taken.says("log in");
    fleet.relay.later(0);
    latch.open();
    let woken = ended(&["refresh"], sleeper);
    assert!(matches!(woken.code, Some(0)), "{woken:?}");
    // Its token is there, whatever the vendor says of it.
    let record = super::relay::opened(&fleet.data()["data"]);
    assert!(record.contains(&fleet.vendor.current().refresh_token));
}

/// The holder sleeps in front of its write-back; meanwhile somebody else writes what is no later: its answer wins.
#[test]
fn a_write_of_somebody_else_does_not_keep_a_successor_out() {
    let fleet = Fleet::of(2);
    let (gate, latch) = Gate::shut();
    let (asked, arrived) = mpsc::channel();
    fleet.relay.once(Phase::Free, move || {
        let _ = asked.send(());
        Fate::Wait(gate)
    });
    let sleeper = fleet.spawn(0, &["refresh"]);
    arrived.recv().expect("it comes so far");
    // The same data again, as a new version: as when an operator restores it.
    let data = fleet.data();
    let version = data["metadata"]["version"].clone();
    let again = serde_json::json!({"data": data["data"], "options": {"cas": version}});
    fleet.vault.tell("POST", super::machine::PATH, &again);
    latch.open();
    ended(&["refresh"], sleeper).succeeds().keeps_stderr_empty().prints_the_newest(&fleet);
    fleet.assert_well_after(1);
}

/// As of an image, a backup or a cache, with the state directory in it: its journal knows nothing of what the other one sent.
#[test]
fn a_copy_of_a_machine_is_another_machine() {
    let fleet = Fleet::of(2);
    let (original, copy) = (fleet.machines[0].state(), fleet.machines[1].state());
    let copied = std::process::Command::new("cp").arg("-a").args([&original, &copy]).status();
    assert!(copied.expect("cp runs").success());
    dies_with_its_request(&fleet);
    fleet.run(1, &["refresh", "--deadline", "1s"]).exits(5).says("the machine `m0` is busy");
    fleet.relay.later(LATER);
    fleet.run(1, &["refresh"]).exits(8).says("the machine `m0` sent the refresh token");
    assert_eq!((fleet.requests(), fleet.claim()["phase"].as_str()), (1, Some("sent")));
    // The one that sent knows, also where its directory is another one since.
    let moved = original.with_extension("moved");
    std::fs::rename(&original, &moved).expect("moved");
    let copied = std::process::Command::new("cp").arg("-a").args([&moved, &original]).status();
    assert!(copied.expect("cp runs").success());
    fleet.run(0, &["refresh"]).exits(8).says("the last request has no known outcome");
    assert_eq!(fleet.requests(), 1, "it settles first");
}

/// Its journal is older than the claim that bears its name: what came of that nobody here knows.
#[test]
fn f57_a_machine_that_was_set_back_to_an_earlier_state_sends_nothing_again() {
    let fleet = Fleet::of(2);
    let (state, kept) = (fleet.machines[0].state(), fleet.machines[0].path().join("kept"));
    let copy = |from: &std::path::Path, to: &std::path::Path| {
        let copied = std::process::Command::new("cp").arg("-a").args([from, to]).status();
        assert!(copied.expect("cp runs").success());
    };
    copy(&state, &kept);
    dies_with_its_request(&fleet);
    std::fs::remove_dir_all(&state).expect("removed");
    copy(&kept, &state);
    fleet.run(0, &["refresh", "--deadline", "1s"]).exits(5).says("the machine `m0` is busy");
    fleet.relay.later(LATER);
    fleet
        .run(0, &["refresh"])
        .exits(8)
        .says("the machine `m0` sent the refresh token")
        .says("this machine is called `m0` too");
    fleet.run(0, &["refresh", "--takeover=replay"]).succeeds().prints_the_newest(&fleet);
    assert_eq!(fleet.requests(), 2);
    fleet.relay.later(0);
    fleet.assert_well_after_replay();
}

/// Allowed to go on without another one, it did not come so far: nobody is allowed more by that.
#[test]
fn a_takeover_that_sent_nothing_leaves_the_claim_as_it_was() {
    let fleet = Fleet::at(rotating(3600), 2, "");
    dies_with_its_request(&fleet);
    fleet.relay.later(LATER);
    fleet.relay.rule(|asked| if asked.phase == Phase::Sent { Fate::LoseRequest } else { Fate::Pass });
    fleet.run(1, &["refresh", "--takeover=replay"]).exits(6);
    fleet.relay.pass_all();
    let claim = fleet.claim();
    let told = ["phase", "holder", "recovery"].map(|key| claim[key].as_str().expect("a word"));
    assert_eq!(told, ["uncertain", "m0", "durable"]);
    fleet.run(1, &["refresh"]).exits(8).says("the machine `m0` sent the refresh token");
    assert_eq!(fleet.requests(), 1);
    fleet.run(1, &["refresh", "--takeover=replay"]).succeeds().prints_the_newest(&fleet);
    fleet.relay.later(0);
    fleet.assert_well_after_replay();
}
