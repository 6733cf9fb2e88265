//! Answers of the vault that are lost, and nodes that know no better: only a write that was acknowledged decides anything.

use std::sync::{Arc, Mutex};

use super::machine::{Fleet, ended};
use super::relay::{Asked, Fate, Phase};
use super::vault::Cluster;
use crate::sequence::wait_for;
use crate::stand_in::Gate;

/// P18.
#[test]
fn f62_a_lost_answer_of_the_vault_is_resolved_by_what_is_there() {
    for phase in [Phase::Claimed, Phase::Sent, Phase::Free] {
        for heard in [true, false] {
            let fleet = Fleet::of(2);
            let before = fleet.data()["metadata"]["version"].as_u64().expect("a number");
            fleet.relay.once(phase, move || if heard { Fate::LoseAnswer } else { Fate::LoseRequest });
            fleet.run(0, &["refresh"]).succeeds().keeps_stderr_empty().prints_the_newest(&fleet);
            let writes = fleet.relay.writes(phase);
            // The import wrote once, with no claim.
            let once = if phase == Phase::Free { 2 } else { 1 };
            assert_eq!(writes, if heard { once } else { once + 1 }, "{phase:?}, heard: {heard}");
            let after = fleet.data()["metadata"]["version"].as_u64().expect("a number");
            assert_eq!(after, before + 3, "{phase:?}, heard: {heard}");
            fleet.assert_well_after(1);
        }
    }
}

/// Every second answer, of whatever question.
#[test]
fn f62_where_many_answers_are_lost_all_goes_on() {
    for each in [2, 3] {
        let fleet = Fleet::of(3);
        let mut count = 0;
        fleet.relay.rule(move |_| {
            count += 1;
            if count % each == 0 { Fate::LoseAnswer } else { Fate::Pass }
        });
        for round in 0..9 {
            fleet.run(round % 3, &["refresh"]).succeeds();
        }
        fleet.relay.pass_all();
        fleet.assert_well_after(9);
    }
}

/// P21. What one machine reads is as old as it can be.
#[test]
fn f63_a_stale_read_sends_nothing() {
    let fleet = Fleet::of(2);
    let stale = Arc::new(Mutex::new(None));
    let place = Arc::clone(&stale);
    // A question for one version says whether a lost write was taken.
    let looks = |asked: &Asked| asked.method == "GET" && !asked.path.contains('?');
    // It looks, and cannot write.
    fleet.relay.rule(move |asked| match asked.method.as_str() {
        _ if looks(asked) => Fate::Remember(Arc::clone(&place)),
        "GET" => Fate::Pass,
        _ => Fate::LoseRequest,
    });
    fleet.run(1, &["token"]).exits(6);
    fleet.relay.pass_all();
    assert!(stale.lock().expect("sound").is_some());
    let token = fleet.run(0, &["refresh"]).succeeds().stdout;
    // What it reads is stale until it has wanted the claim, however often it reads before.
    let (mut wanted, place) = (false, Arc::clone(&stale));
    fleet.relay.rule(move |asked| {
        wanted |= asked.phase == Phase::Claimed;
        if looks(asked) && !wanted { Fate::Repeat(Arc::clone(&place)) } else { Fate::Pass }
    });
    let claimed = fleet.relay.writes(Phase::Claimed);
    fleet.run(1, &["token"]).succeeds().keeps_stderr_empty().prints(&token);
    assert_eq!(fleet.relay.writes(Phase::Claimed), claimed + 1, "it wanted to, and was refused");
    // All reads are stale for ever: nothing is sent, and it ends.
    fleet.relay.rule(move |asked| if looks(asked) { Fate::Repeat(Arc::clone(&stale)) } else { Fate::Pass });
    let lagging = fleet.run(1, &["refresh", "--deadline", "3s"]);
    assert!(matches!(lagging.code, Some(5 | 6)), "{lagging:?}");
    fleet.relay.pass_all();
    fleet.assert_well_after(1);
}

/// F68: each sleeps where it hurts most, and both wake up later than anybody waits for.
#[test]
fn f68_two_machines_that_stall_in_turns_send_each_generation_once() {
    let fleet = Fleet::of(2);
    for round in 0..3 {
        let (first, second) = (round % 2, (round + 1) % 2);
        let before = fleet.requests();
        let (gate, latch) = Gate::shut();
        let (asked, arrived) = std::sync::mpsc::channel();
        fleet.relay.once(Phase::Sent, move || {
            let _ = asked.send(());
            Fate::Wait(gate)
        });
        // It has its turn, and sleeps right before it says that it sends.
        let sleeper = fleet.spawn(first, &["refresh"]);
        arrived.recv().expect("it comes so far");
        fleet
            .run(second, &["refresh", "--deadline", "1s"])
            .exits(5)
            .says(&format!("the machine `m{first}` is busy"));
        fleet.relay.later(200);
        fleet.run(second, &["refresh"]).succeeds().keeps_stderr_empty();
        fleet.relay.later(0);
        latch.open();
        // It sends nothing, and prints what the other one got.
        ended(&["refresh"], sleeper).succeeds().keeps_stderr_empty().prints_the_newest(&fleet);
        assert_eq!((fleet.requests(), fleet.vendor.reused().len()), (before + 1, 0));
    }
    fleet.assert_well_after(fleet.requests());
}

/// Every machine knows the nodes in another order, and a node that does not lead serves what is old.
#[test]
fn three_nodes_serve_machines_that_ask_any_of_them() {
    let mut cluster = Cluster::start();
    let vendor = super::machine::rotating(3600);
    let ports = cluster.ports();
    let root = cluster.root.clone();
    let machine = |n: usize| {
        let mut ports = ports.clone();
        ports.rotate_left(n);
        super::machine::machine(&vendor, n, &ports, &root, "")
    };
    let machines: Vec<_> = (0..3).map(machine).collect();
    machines[0].run_with(&["import"], &vendor.login().refresh_token).succeeds();
    for round in 0..12 {
        machines[round % 3].run(&["refresh"]).succeeds().keeps_stderr_empty();
    }
    // One address of three: that of a node which may not lead, and knows by now what the leader knows.
    let version = |port: &u16| {
        let (_, record) =
            super::vault::asked(*port, &root, "GET", super::machine::PATH, &serde_json::Value::Null);
        record["data"]["metadata"]["version"].clone()
    };
    wait_for(|| ports.iter().all(|port| version(port) == version(&ports[cluster.leader()])));
    for (n, port) in (3..).zip(&ports) {
        let lone = super::machine::machine(&vendor, n, &[*port], &root, "");
        let ended = lone.run(&["token"]).succeeds().keeps_stderr_empty();
        assert_eq!(ended.stdout.trim_end(), vendor.current().access_token);
    }
    assert_eq!((vendor.requests().len(), vendor.reused().len()), (12, 0));
    // The node that leads is frozen, killed, brought back: the others go on.
    let leader = cluster.leader();
    cluster.stop(leader);
    machines[0].run(&["refresh", "--deadline", "60s"]).succeeds();
    cluster.go_on(leader);
    let leader = cluster.leader();
    cluster.kill(leader);
    machines[1].run(&["refresh", "--deadline", "60s"]).succeeds();
    cluster.bring_back(leader);
    machines[2].run(&["refresh", "--deadline", "60s"]).succeeds();
    assert_eq!((vendor.requests().len(), vendor.reused().len()), (15, 0));
    // Two of three are dead: nobody can write, and nothing is sent.
    let leader = cluster.leader();
    cluster.kill(leader);
    cluster.kill((leader + 1) % 3);
    machines[0].run(&["refresh"]).exits(6).says("the vault of the store `v`");
    machines[0].run(&["token"]).succeeds();
    assert_eq!(vendor.requests().len(), 15);
    cluster.bring_back(leader);
    wait_for(|| machines[0].run(&["refresh", "--deadline", "60s"]).code == Some(0));
    assert_eq!((vendor.requests().len(), vendor.reused().len()), (16, 0));
}
