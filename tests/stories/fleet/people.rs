//! What people do on one machine while another is at work.

use super::machine::{Fleet, ended};
use super::relay::{Fate, Phase, opened};
use crate::sequence::wait_for;
use crate::stand_in::{Fault, Gate};

#[test]
fn f59_a_logout_on_one_machine_during_a_refresh_on_another_stays() {
    let fleet = Fleet::of(2);
    let latch = fleet.vendor.hold(1);
    let refreshing = fleet.spawn(0, &["refresh"]);
    wait_for(|| fleet.requests() == 1);
    fleet.run(1, &["logout", "--deadline", "1s"]).exits(5).says("the machine `m0` is busy");
    // What is forgotten here alone waits for nobody.
    fleet.run(1, &["logout", "--local"]).succeeds();
    latch.open();
    // It is given what it asked for; the login stays forgotten.
    ended(&["refresh"], refreshing).succeeds();
    for n in [0, 1] {
        fleet.run(n, &["refresh"]).exits(4);
        fleet.run(n, &["token"]).exits(4);
    }
    assert_eq!(fleet.requests(), 1);
}

#[test]
fn a_logout_on_one_machine_is_one_on_all() {
    let fleet = Fleet::of(2);
    let token = fleet.run(1, &["token"]).succeeds().stdout;
    fleet.run(0, &["logout", "--local"]).succeeds();
    // What is valid is valid until it ends, where it lies; nothing is renewed.
    let left = fleet.run(1, &["token"]);
    assert!(left.code == Some(4) || left.stdout == token, "{left:?}");
    fleet.run(1, &["refresh"]).exits(4);
    fleet.run(1, &["token"]).exits(4);
    assert_eq!(fleet.requests(), 1);
    // And a new login is one on all.
    fleet.import(1);
    fleet.run(0, &["token"]).succeeds().prints_the_newest(&fleet);
    fleet.assert_well_after(2);
}

#[test]
fn f60_a_new_login_on_one_machine_while_another_refreshes_wins() {
    let fleet = Fleet::of(2);
    let latch = fleet.vendor.hold(1);
    let refreshing = fleet.spawn(0, &["refresh"]);
    wait_for(|| fleet.requests() == 1);
    let login = fleet.vendor.login();
    fleet.machines[1].run_with(&["import", "--replace"], &login.refresh_token).succeeds();
    latch.open();
    ended(&["refresh"], refreshing).succeeds();
    assert!(opened(&fleet.data()["data"]).contains(&login.refresh_token), "the newest login is there");
    // Each goes on with it.
    for n in [0, 1] {
        fleet.run(n, &["refresh"]).succeeds();
    }
    fleet.assert_well_after(3);
}

/// It is there for all: whoever has a dialect that can read it does, and nobody asks again.
#[test]
fn an_answer_that_one_machine_cannot_read_is_read_by_one_that_can() {
    let mut fleet = Fleet::of(2);
    fleet.vendor.misbehave(Fault::edit(|mut answer| {
        answer["data"] = answer.clone();
        for name in ["access_token", "refresh_token"] {
            answer.as_object_mut().expect("an object").remove(name);
        }
        answer
    }));
    for n in [0, 1] {
        fleet.run(n, &["refresh"]).exits(8).says("no access token at `/access_token`");
    }
    let claim = fleet.claim();
    assert_eq!(
        (claim["phase"].as_str(), claim["holder"].as_str()),
        (Some("uncertain"), Some("m0")),
        "{claim}"
    );
    let own = "extends = \"oauth2\"\n[dialects.own.exchanges.refresh]\nanswer.access_token = [\"/access_token\", \"/data/access_token\"]\nanswer.refresh_token = [\"/refresh_token\", \"/data/refresh_token\"]\n";
    fleet.machines[1].add(&format!("[dialects.own]\n{own}"));
    fleet.machines[1].change("dialect = \"oauth2\"", "dialect = \"own\"");
    fleet.run(1, &["rebind", "--yes"]).succeeds();
    fleet
        .run(1, &["recover"])
        .succeeds()
        .prints("w: an answer that had been left sealed was read and stored\n");
    let token = fleet.run(1, &["token"]).succeeds().stdout;
    assert_eq!((fleet.requests(), fleet.claim()), (1, serde_json::Value::Null));
    assert!(fleet.vendor.accepts(token.trim_end()));
}

/// What the vendor says of the login is there for all: nobody asks again.
#[test]
fn a_login_that_is_dead_is_dead_on_all() {
    let mut fleet = Fleet::of(3);
    fleet.run(0, &["token"]).succeeds();
    fleet.vendor.expire_login();
    fleet.run(0, &["refresh"]).exits(4);
    let sent = fleet.requests();
    for n in [1, 2] {
        // What is valid is valid.
        fleet.run(n, &["token"]).succeeds().says("a person must log in again");
        fleet.later(n, 4_000);
        for _ in 0..3 {
            fleet.run(n, &["token"]).exits(4);
        }
        fleet.later(n, 0);
    }
    assert_eq!(fleet.requests(), sent, "nobody asks again for what one was told");
    // What is wrong may be the secret of one machine.
    fleet.machines[1].write("oauth2.secret", "another");
    fleet.later(1, 4_000);
    fleet.run(1, &["token"]).exits(3);
    fleet.later(1, 0);
    assert_eq!(fleet.requests(), sent + 1, "whose secret is another one asks");
    fleet.machines[1].write("oauth2.secret", fleet.vendor.client_secret());
    fleet.machines[2].run_with(&["import", "--replace"], &fleet.vendor.login().refresh_token).succeeds();
    // Also on one that has been told of the death, and of nothing since.
    fleet.later(1, 4_000);
    fleet.run(1, &["token"]).succeeds().prints_the_newest(&fleet);
    fleet.later(1, 0);
    fleet.run(0, &["refresh"]).succeeds().prints_the_newest(&fleet);
}

/// Each has been told something else; none of that makes the others ask again.
#[test]
fn machines_whose_clients_differ_do_not_take_turns_at_a_dead_login() {
    let mut fleet = Fleet::of(3);
    fleet.run(0, &["token"]).succeeds();
    fleet.vendor.expire_login();
    for (n, secret) in [(1, "wrong"), (2, "wrong, too")] {
        fleet.machines[n].write("oauth2.secret", secret);
    }
    for n in 0..3 {
        fleet.later(n, 4_000);
    }
    let sent = fleet.requests();
    for _ in 0..3 {
        for (n, code) in [(1, 3), (0, 4), (2, 3)] {
            fleet.run(n, &["token"]).exits(code);
        }
    }
    assert_eq!(fleet.requests(), sent + 3, "each of the three clients asked once");
    // That the login is dead concerns all of them.
    for n in 0..3 {
        assert_eq!(state(&fleet, n), "login_required", "{n}");
    }
}

/// What the vendor thinks of one machine's secret says nothing about the others.
#[test]
fn a_client_that_is_rejected_is_the_trouble_of_those_that_have_it() {
    let mut fleet = Fleet::of(4);
    fleet.machines.iter_mut().for_each(secret_in_a_file);
    for n in [1, 3] {
        fleet.machines[n].write("oauth2.secret", "wrong");
    }
    // Before anything was granted, and after it.
    for first in ["ready", "valid"] {
        fleet.run(1, &["refresh"]).exits(3).says("the vendor rejected the client");
        for n in [0, 2] {
            fleet.run(n, &["status", "--check"]).succeeds();
            assert_eq!(state(&fleet, n), first, "{n}");
        }
        for n in [0, 2] {
            fleet.run(n, &["token"]).succeeds().keeps_stderr_empty();
        }
        fleet.run(0, &["refresh"]).succeeds().keeps_stderr_empty();
        assert_eq!(state(&fleet, 1), "valid", "it serves, too");
    }
    let sent = fleet.requests();
    fleet.run(1, &["refresh"]).exits(3);
    // A secret that went to several machines is asked about once, and each of them knows it.
    for n in [1, 3] {
        fleet.run(n, &["status", "--check"]).exits(4);
        assert_eq!(state(&fleet, n), "client_rejected", "{n}");
        fleet.run(n, &["token"]).succeeds().says("the client must be fixed");
        fleet.later(n, 4_000);
        fleet.run(n, &["token"]).exits(3);
        fleet.later(n, 0);
    }
    assert_eq!((fleet.requests(), state(&fleet, 0).as_str()), (sent + 1, "valid"));
    // Whoever has a better one may ask.
    fleet.machines[3].write("oauth2.secret", fleet.vendor.client_secret());
    assert_eq!(state(&fleet, 3), "valid");
    fleet.run(3, &["refresh"]).succeeds().prints_the_newest(&fleet);
    assert_eq!(state(&fleet, 1), "valid");
}

/// Where a command gives the secret, nobody runs it to tell how things are: it may ask a person.
#[test]
fn a_client_that_nobody_looks_up_counts_as_the_one_that_is_rejected() {
    let fleet = Fleet::of(2);
    fleet.machines[1].write("oauth2.secret", "wrong");
    fleet.run(1, &["token"]).exits(3);
    assert_eq!(state(&fleet, 0), "client_rejected");
    fleet.run(0, &["token"]).succeeds().keeps_stderr_empty();
    assert_eq!(state(&fleet, 1), "valid");
}

fn secret_in_a_file(machine: &mut crate::world::World) {
    machine.change(
        "client_secret = { command = [\"cat\", \"oauth2.secret\"] }",
        "client_secret = { file = \"oauth2.secret\" }",
    );
}

/// Whoever waits for an answer adopts it, but not what another client is told.
#[test]
fn what_another_client_was_refused_is_not_adopted_by_those_who_waited() {
    let fleet = Fleet::of(2);
    fleet.machines[1].write("oauth2.secret", "wrong");
    let latch = fleet.vendor.hold(1);
    let wrong = fleet.spawn(1, &["token"]);
    wait_for(|| fleet.requests() == 1);
    let good = fleet.spawn(0, &["token"]);
    let asked = fleet.relay.asked().len();
    wait_for(|| fleet.relay.asked().len() > asked + 1);
    latch.open();
    ended(&["token"], wrong).exits(3);
    ended(&["token"], good).succeeds().keeps_stderr_empty();
    assert_eq!(fleet.requests(), 2);
}

/// However many secrets are wrong, nobody presents a refused token again for that.
#[test]
fn a_dead_login_stays_dead_beside_many_wrong_clients() {
    let mut fleet = Fleet::of(2);
    fleet.run(0, &["token"]).succeeds();
    fleet.vendor.expire_login();
    fleet.run(0, &["refresh"]).exits(4);
    for n in 0..9 {
        fleet.machines[1].write("oauth2.secret", &format!("wrong {n}"));
        fleet.run(1, &["refresh"]).exits(3);
    }
    let sent = fleet.requests();
    fleet.later(0, 4_000);
    fleet.run(0, &["token"]).exits(4);
    assert_eq!((fleet.requests(), state(&fleet, 0).as_str()), (sent, "login_required"));
}

fn state(fleet: &Fleet, n: usize) -> String {
    fleet.run(n, &["status", "--json"]).object()["profiles"][0]["state"].as_str().expect("a word").to_owned()
}

/// The vendor refuses for a while: all machines wait as long as it says.
#[test]
fn a_wait_that_the_vendor_demands_binds_all() {
    let fleet = Fleet::of(2);
    fleet.vendor.rate_limit(Some("50"));
    fleet.run(0, &["refresh"]).exits(5);
    let error = fleet.run(1, &["refresh", "--json"]).exits(5).error();
    assert_eq!((error["code"].as_str(), fleet.requests()), (Some("rate_limited"), 1), "{error}");
    assert_eq!(fleet.claim(), serde_json::Value::Null);
}

/// Whoever waits for another machine adopts what that one got, as soon as it is there.
#[test]
fn who_waits_for_another_machine_prints_what_that_one_got() {
    let fleet = Fleet::of(2);
    let (gate, latch) = Gate::shut();
    fleet.relay.once(Phase::Free, move || Fate::Wait(gate));
    let sleeper = fleet.spawn(0, &["refresh"]);
    wait_for(|| fleet.relay.writes(Phase::Free) == 2);
    let waiting = fleet.spawn(1, &["token"]);
    let asked = fleet.relay.asked().len();
    wait_for(|| fleet.relay.asked().len() > asked + 1);
    latch.open();
    let first = ended(&["refresh"], sleeper).succeeds().stdout;
    ended(&["token"], waiting).succeeds().prints(&first).keeps_stderr_empty();
    fleet.assert_well_after(1);
}

/// What a person does to the record while another machine has the turn is not done behind its back.
#[test]
fn what_is_done_to_a_credential_that_another_machine_renews_is_refused_until_that_is_over() {
    let mut fleet = Fleet::of(2);
    fleet.run(1, &["token"]).succeeds();
    let latch = fleet.vendor.hold(1);
    let refreshing = fleet.spawn(0, &["refresh"]);
    wait_for(|| fleet.requests() == 2);
    let machine = &mut fleet.machines[1];
    machine.run(&["status", "--check"]).succeeds();
    assert_eq!(super::dying::open_attempts(machine), Vec::<serde_json::Value>::new(), "it is at work");
    machine.set("SEAL_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    machine.run(&["logout", "--deadline", "1s"]).exits(5).says("the machine `m0` is busy");
    let export = ["export", "--sealed", "--key-env", "SEAL_KEY", "--deadline", "1s"];
    machine.run(&export).exits(5).says("the machine `m0` is busy");
    machine.change("client_id = \"", "client_id = \"x");
    machine.run(&["rebind", "--yes", "--deadline", "1s"]).exits(5).says("the machine `m0` is busy");
    machine.change("client_id = \"x", "client_id = \"");
    latch.open();
    ended(&["refresh"], refreshing).succeeds().prints_the_newest(&fleet);
    fleet.assert_well_after(2);
}

/// A secret of the profile is the login's: all have it as soon as one has.
#[test]
fn a_stored_secret_that_changes_on_one_machine_changes_on_all() {
    let mut fleet = Fleet::of(2);
    for machine in &mut fleet.machines {
        machine.change(
            "client_secret = { command = [\"cat\", \"oauth2.secret\"] }",
            "client_secret = { store = true }",
        );
    }
    let set = |n: usize, secret: &str| {
        fleet.machines[n].run_with(&["secret", "set", "client_secret"], secret).succeeds()
    };
    set(0, "none that the vendor knows");
    for n in [0, 1] {
        fleet.run(n, &["refresh"]).exits(3);
    }
    set(1, fleet.vendor.client_secret());
    fleet.run(0, &["refresh"]).succeeds().prints_the_newest(&fleet);
    fleet.machines[1].run(&["secret", "rm", "client_secret"]).succeeds();
    fleet.run(0, &["refresh"]).exits(3).says("holds no such secret");
}

/// What the journal of a machine says of where a login is bound is no verdict on the one that is there since.
#[test]
fn a_login_that_is_bound_elsewhere_since_serves_the_machines_that_knew_the_one_before() {
    let mut fleet = Fleet::without_login(super::machine::rotating(3600), 2, "");
    let point = |fleet: &mut Fleet, from: &str, to: &str| {
        fleet.machines.iter_mut().for_each(|machine| machine.change(from, to));
    };
    point(&mut fleet, "client_id = \"", "client_id = \"x");
    fleet.import(0);
    fleet.run(1, &["refresh"]).exits(3);
    point(&mut fleet, "client_id = \"x", "client_id = \"");
    fleet.run(1, &["refresh"]).exits(3).says("bound");
    let token = fleet.vendor.login().refresh_token;
    fleet.machines[0].run_with(&["import", "--replace"], &token).succeeds();
    fleet.run(1, &["token"]).succeeds().prints_the_newest(&fleet);
    fleet.run(0, &["token"]).succeeds().prints_the_newest(&fleet);
}
