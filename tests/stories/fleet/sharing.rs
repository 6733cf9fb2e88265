//! When all is well: what one machine does, the others have.

use std::collections::BTreeSet;
use std::process::Child;

use super::machine::{Fleet, ended, rotating};
use super::relay::Phase;
use crate::permits::Permit;
use crate::sequence::wait_for;

#[test]
fn what_one_machine_imports_works_on_all() {
    let fleet = Fleet::of(3);
    let token = fleet.run(1, &["token"]).succeeds().keeps_stderr_empty().stdout;
    for n in [0, 1, 2] {
        fleet.run(n, &["token"]).succeeds().prints(&token).keeps_stderr_empty();
    }
    fleet.assert_well_after(1);
    // What is there already is not replaced by the way.
    let other = fleet.vendor.login().refresh_token;
    fleet.machines[2].run_with(&["import"], &other).exits(3).says("--replace");
}

#[test]
fn what_one_machine_renews_the_others_adopt() {
    let fleet = Fleet::of(3);
    for n in [0, 1, 2, 0, 2, 1, 1, 0] {
        fleet.run(n, &["refresh"]).succeeds().keeps_stderr_empty();
    }
    fleet.assert_well_after(8);
    // One write says who is about to, one that it is sent, one what came of it.
    let writes = [Phase::Claimed, Phase::Sent, Phase::Free].map(|phase| fleet.relay.writes(phase));
    assert_eq!(writes, [8, 8, 8 + 1]);
}

#[test]
fn a_valid_token_costs_the_vault_nothing() {
    let fleet = Fleet::of(2);
    for n in [0, 1] {
        fleet.run(n, &["token"]).succeeds();
    }
    let asked = fleet.relay.asked().len();
    for _ in 0..3 {
        fleet.run(0, &["token"]).succeeds();
        fleet.run(1, &["token", "--no-cache"]).succeeds();
    }
    assert_eq!(fleet.relay.asked().len(), asked);
}

#[test]
fn many_processes_of_many_machines_make_one_request() {
    let _alone = Permit::of_a_crowd();
    let fleet = Fleet::at(rotating(60), 4, "");
    let latch = fleet.vendor.hold(1);
    let crowd = |_| -> Vec<Child> { (0..32).map(|n| fleet.spawn(n % 4, &["token"])).collect() };
    let children = crowd(());
    wait_for(|| fleet.requests() == 1);
    latch.open();
    let outputs: BTreeSet<String> =
        children.into_iter().map(|child| ended(&["token"], child).succeeds().stdout).collect();
    assert_eq!(outputs.len(), 1, "{outputs:?}");
    fleet.assert_well_after(1);
}

/// What is valid on a machine is printed there while another run of it refreshes.
#[test]
fn nobody_waits_for_a_refresh_who_has_a_valid_token() {
    let fleet = Fleet::of(1);
    let token = fleet.run(0, &["token"]).succeeds().stdout;
    let latch = fleet.vendor.hold(1);
    let refreshing = fleet.spawn(0, &["refresh"]);
    wait_for(|| fleet.requests() == 2);
    let asked = fleet.relay.asked().len();
    fleet.run(0, &["token", "--no-cache"]).succeeds().prints(&token).keeps_stderr_empty();
    assert_eq!(fleet.relay.asked().len(), asked);
    latch.open();
    ended(&["refresh"], refreshing).succeeds();
    fleet.assert_well_after(2);
}
