//! What others do to the record in the vault: writes of their own, deletions, and records of another time.

use serde_json::{Value, json};

use super::machine::{Fleet, PATH};
use super::relay::opened;

const METADATA: &str = "secret/metadata/tokcli/w";

fn write(fleet: &Fleet, data: &Value) {
    fleet.vault.tell("POST", PATH, &json!({ "data": data }));
}

/// Two accounts would present one token.
#[test]
fn f69_a_record_that_was_copied_to_another_account_is_refused() {
    let fleet = Fleet::of(2);
    fleet.vendor.expect_unused();
    let data = fleet.data()["data"].clone();
    fleet.vault.tell("POST", "secret/data/tokcli/copy", &json!({ "data": data }));
    let token = fleet.vault.token(600);
    let mut machine = super::machine::machine(&fleet.vendor, 5, &[fleet.relay.port], &token, "");
    machine.change("store = \"v\"", "store = \"v\"\naccount = \"copy\"");
    machine.run(&["token"]).exits(6).says("holds the record of the account `w`");
}

#[test]
fn f69_what_is_no_record_is_left_alone_and_nothing_is_sent() {
    for (data, words) in [
        (json!({"password": "canary"}), "contains no record of tokcli"),
        (json!({}), "contains no record of tokcli"),
        (json!({"format": "1"}), "contains no record of tokcli"),
        (json!({"format": "1", "record": "bm8=", "claim": null}), "contains no record of tokcli"),
        (json!({"format": "1", "record": 7, "claim": null}), "contains no record of tokcli"),
        (json!({"format": "1", "record": "bm8=", "place": 7, "claim": null}), "contains no record of tokcli"),
        (
            json!({"format": "1", "record": "bm8=", "place": "0".repeat(300), "claim": null}),
            "contains no record of tokcli",
        ),
        (json!({"format": "9", "record": "", "claim": null}), "was written by a newer tokcli"),
    ] {
        let fleet = Fleet::of(2);
        fleet.vendor.expect_unused();
        write(&fleet, &data);
        for n in [0, 1] {
            let error = fleet.run(n, &["refresh", "--json"]).exits(6).error();
            assert_eq!(error["code"], "store_damaged", "{error}");
            assert!(error["message"].as_str().expect("words").contains(words), "{error}");
        }
        assert_eq!(fleet.data()["data"], data, "it is as it was");
    }
    // A claim that nobody understands, beside a record that is good.
    let fleet = Fleet::of(2);
    fleet.vendor.expect_unused();
    let named = |holder: &str| json!({"nonce": "n", "phase": "sent", "holder": holder, "journal": "j", "recovery": "durable", "ttl_s": 180});
    for claim in [json!("mine"), json!({"phase": "gone"}), json!([]), named("m 0"), named(&"m".repeat(65))] {
        let mut data = fleet.data()["data"].clone();
        data["claim"] = claim;
        write(&fleet, &data);
        fleet.run(1, &["refresh"]).exits(6).says("holds a claim that this version does not understand");
    }
    // One that everybody understands is waited for.
    let mut data = fleet.data()["data"].clone();
    data["claim"] = named("m7");
    write(&fleet, &data);
    fleet.run(1, &["refresh", "--deadline", "0"]).exits(5).says("the machine `m7` is busy");
}

/// An operator rolls a record back: who was there since knows better.
#[test]
fn f69_an_older_record_is_not_believed_by_who_knows_a_later_one() {
    let fleet = Fleet::of(2);
    let old = fleet.data()["data"].clone();
    fleet.run(0, &["refresh"]).succeeds();
    fleet.run(1, &["refresh"]).succeeds();
    write(&fleet, &old);
    // The machine that made the last rotation repairs it.
    fleet.run(1, &["refresh"]).succeeds().prints_the_newest(&fleet);
    fleet.assert_well_after(3);
}

/// A person who has restored a vault learns that it worked.
#[test]
fn f69_an_older_record_is_replaced_by_a_recover_that_says_so() {
    let fleet = Fleet::of(2);
    let old = fleet.data()["data"].clone();
    fleet.run(0, &["refresh"]).succeeds();
    write(&fleet, &old);
    let words = "w: the journal was ahead of the store; the store has caught up\n";
    fleet.run(0, &["recover", "--profile", "w"]).succeeds().prints(words);
    fleet.run(0, &["recover", "--profile", "w"]).succeeds().prints("w: journal and store agree\n");
    fleet.run(1, &["refresh"]).succeeds().prints_the_newest(&fleet);
    fleet.assert_well_after(2);
}

/// Somebody writes between two writes of a run.
#[test]
fn f69_a_write_between_the_claim_and_the_request_is_noticed() {
    let fleet = Fleet::of(2);
    let (vault, data) = (fleet.vault.port(), fleet.data()["data"].clone());
    fleet.relay.once(super::relay::Phase::Sent, move || {
        super::vault::told(vault, super::vault::ROOT, "POST", PATH, &json!({ "data": data }));
        super::relay::Fate::Pass
    });
    // It looks again, and nobody is at work.
    fleet.run(0, &["refresh"]).succeeds().keeps_stderr_empty().prints_the_newest(&fleet);
    fleet.run(1, &["refresh"]).succeeds();
    fleet.assert_well_after(2);
}

/// Who knows the last rotation nobody can tell but a person: a spent token would be presented.
#[test]
fn f70_a_record_that_is_gone_is_put_back_by_whom_a_person_names() {
    let fleet = Fleet::of(3);
    fleet.run(0, &["refresh"]).succeeds();
    let token = fleet.run(1, &["refresh"]).succeeds().stdout;
    fleet.vault.tell("DELETE", METADATA, &Value::Null);
    // A machine that never had it has nothing.
    fleet.run(2, &["token"]).exits(4).says("there is no credential `w` in the store `v`");
    for n in [0, 1] {
        let error = fleet.run(n, &["refresh", "--json"]).exits(6).error();
        assert_eq!(error["code"], "store_damaged", "{error}");
        let (message, hint) = (&error["message"], error["hint"].as_str().expect("a way out"));
        assert_eq!(
            message,
            "`secret/tokcli/w` in the vault of the store `v` is gone, but this machine knows a record there"
        );
        assert!(hint.contains("`tokcli recover --profile w` puts it back"), "{error}");
        fleet.run(n, &["recover"]).exits(6).says("is gone");
        fleet.machines[n].run_with(&["import", "--replace"], "another").exits(6).says("is gone");
    }
    fleet.run(1, &["token"]).succeeds().prints(&token);
    assert_eq!((fleet.requests(), fleet.vault.ask("GET", PATH).0), (2, 404));
    let words = "w: the store had lost the record; it has the one that this machine knows\n";
    let caution = "or its `status` says `uncertain`, run `tokcli recover --profile w` there";
    fleet.run(1, &["recover", "--profile", "w"]).succeeds().prints(words).says(caution);
    fleet.run(1, &["recover", "--profile", "w"]).succeeds().prints("w: journal and store agree\n");
    fleet.run(0, &["refresh"]).succeeds().prints_the_newest(&fleet);
    fleet.assert_well_after(3);
}

/// Whoever knows a later one still puts it right.
#[test]
fn f70_a_record_that_the_wrong_machine_put_back_gives_way_to_the_later_one() {
    let fleet = Fleet::of(2);
    fleet.run(0, &["refresh"]).succeeds();
    fleet.run(1, &["refresh"]).succeeds();
    fleet.vault.tell("DELETE", METADATA, &Value::Null);
    fleet.run(0, &["recover", "--profile", "w"]).succeeds();
    fleet.run(1, &["refresh"]).succeeds().prints_the_newest(&fleet);
    fleet.run(0, &["refresh"]).succeeds().prints_the_newest(&fleet);
    fleet.assert_well_after(4);
}

/// The answer is in hand by then; whoever has a later one, after a takeover, still puts that right.
#[test]
fn f70_what_came_of_a_request_is_put_where_the_record_is_gone_meanwhile() {
    let fleet = Fleet::of(2);
    fleet.run(1, &["token"]).succeeds();
    let latch = fleet.vendor.hold(1);
    let refreshing = fleet.spawn(0, &["refresh"]);
    crate::sequence::wait_for(|| fleet.requests() == 2);
    fleet.vault.tell("DELETE", METADATA, &Value::Null);
    latch.open();
    super::machine::ended(&["refresh"], refreshing).succeeds().prints_the_newest(&fleet);
    fleet.run(1, &["refresh"]).succeeds().prints_the_newest(&fleet);
    fleet.assert_well_after(3);
}

/// A login of its own, as another vault has it under the same name, counts rotations of its own.
#[test]
fn f70_a_record_that_was_begun_anew_is_not_mistaken_for_the_one_before() {
    let fleet = Fleet::of(2);
    for n in [0, 0, 0] {
        fleet.run(n, &["refresh"]).succeeds();
    }
    fleet.vault.tell("DELETE", METADATA, &Value::Null);
    fleet.import(1);
    let login = fleet.vendor.current().refresh_token;
    let error = fleet.run(0, &["refresh", "--json"]).exits(6).error();
    assert_eq!(
        error["message"],
        "`secret/tokcli/w` in the vault of the store `v` is not the record that this machine knows"
    );
    fleet.run(0, &["logout"]).exits(6).says("is not the record that this machine knows");
    fleet.run(0, &["recover", "--profile", "w"]).exits(6).says("is not the record that this machine knows");
    assert!(opened(&fleet.data()["data"]).contains(&login), "the new login is there");
    assert_eq!(fleet.requests(), 3);
    fleet.run(0, &["recover", "--discard-journal", "--yes", "--profile", "w"]).succeeds();
    fleet.run(0, &["refresh"]).succeeds().prints_the_newest(&fleet);
    fleet.run(1, &["refresh"]).succeeds().prints_the_newest(&fleet);
    fleet.assert_well_after(5);
}

/// No token of the one vault is brought to the other, nor presented for it.
#[test]
fn two_vaults_under_one_name_are_told_apart() {
    let (mut fleet, other) = (Fleet::of(1), Fleet::of(2));
    other.vendor.expect_unused();
    let before = [&fleet, &other].map(|fleet| fleet.data()["metadata"]["version"].clone());
    let to = |fleet: &Fleet| (format!("127.0.0.1:{}", fleet.relay.port), fleet.vault.token(600));
    let (here, there) = (to(&fleet), to(&other));
    let machine = &mut fleet.machines[0];
    machine.change(&here.0, &there.0);
    machine.write("vault.secret", &there.1);
    machine
        .run(&["refresh"])
        .exits(6)
        .says("is not the record that this machine knows")
        .says("a store with its own name");
    other.vault.tell("DELETE", METADATA, &Value::Null);
    machine.run(&["refresh"]).exits(6).says("is gone").says("a store with its own name");
    assert_eq!(other.vault.ask("GET", PATH).0, 404);
    machine.change(&there.0, &here.0);
    machine.write("vault.secret", &here.1);
    assert_eq!(fleet.data()["metadata"]["version"], before[0]);
    fleet.run(0, &["refresh"]).succeeds().prints_the_newest(&fleet);
    fleet.assert_well_after(1);
    assert_eq!(other.requests(), 0);
}

/// What is over protects nothing: whoever logs in anew begins where nothing is left.
#[test]
fn f70_a_login_that_is_over_stands_in_nobodys_way() {
    let fleet = Fleet::of(2);
    fleet.run(1, &["token"]).succeeds();
    fleet.run(0, &["logout", "--local"]).succeeds();
    fleet.run(1, &["refresh"]).exits(4);
    fleet.vault.tell("DELETE", METADATA, &Value::Null);
    fleet.import(1);
    fleet.run(0, &["refresh"]).succeeds().prints_the_newest(&fleet);
    fleet.assert_well_after(2);
}

#[test]
fn f70_stored_secrets_that_are_gone_are_used_where_they_are_known() {
    let mut fleet = Fleet::of(1);
    fleet.machines[0].change(
        "client_secret = { command = [\"cat\", \"oauth2.secret\"] }",
        "client_secret = { store = true }",
    );
    let secret = fleet.vendor.client_secret();
    fleet.machines[0].run_with(&["secret", "set", "client_secret"], secret).succeeds();
    fleet.run(0, &["refresh"]).succeeds();
    fleet.vault.tell("DELETE", "secret/metadata/tokcli/.secrets.w", &Value::Null);
    fleet.run(0, &["refresh"]).succeeds().prints_the_newest(&fleet);
    fleet.assert_well_after(2);
}

/// Versions begin anew: whether the number is right by chance makes no difference.
#[test]
fn f70_a_record_begun_anew_under_a_claim_is_gone_on_with() {
    for versions in 1..=3 {
        let fleet = Fleet::of(2);
        let (vault, data) = (fleet.vault.port(), fleet.data()["data"].clone());
        fleet.relay.once(super::relay::Phase::Sent, move || {
            let told = |method: &str, path: &str, body: &Value| {
                super::vault::told(vault, super::vault::ROOT, method, path, body)
            };
            told("DELETE", METADATA, &Value::Null);
            (0..versions).for_each(|_| drop(told("POST", PATH, &json!({ "data": data }))));
            super::relay::Fate::Pass
        });
        fleet.run(0, &["refresh"]).succeeds().keeps_stderr_empty().prints_the_newest(&fleet);
        fleet.run(1, &["refresh"]).succeeds();
        fleet.assert_well_after(2);
    }
}

/// By the other machine, so often that a condition on the number is met.
fn begin_anew_with_the_same_number(fleet: &Fleet) {
    let version = fleet.data()["metadata"]["version"].as_u64().expect("a number");
    fleet.vault.tell("DELETE", METADATA, &Value::Null);
    for _ in 0..version {
        let token = fleet.vendor.login().refresh_token;
        fleet.machines[1].run_with(&["import", "--replace"], &token).succeeds();
    }
    assert_eq!(fleet.data()["metadata"]["version"], version);
}

/// The newer login has the number that the answer is to replace.
#[test]
fn f70_an_answer_is_not_written_over_a_login_that_was_begun_anew_meanwhile() {
    let fleet = Fleet::of(2);
    let latch = fleet.vendor.hold(1);
    let refreshing = fleet.spawn(0, &["refresh"]);
    crate::sequence::wait_for(|| fleet.requests() == 1);
    begin_anew_with_the_same_number(&fleet);
    let login = fleet.vendor.current().refresh_token;
    std::thread::sleep(std::time::Duration::from_millis(1_200));
    latch.open();
    let ended = super::machine::ended(&["refresh"], refreshing).succeeds();
    let ended = ended.says("is not the record that this machine knows");
    assert!(!ended.stderr.contains("the next run repairs that"), "{ended:?}");
    assert!(opened(&fleet.data()["data"]).contains(&login), "the newest login is there");
    fleet.run(0, &["refresh"]).exits(6).says("is not the record that this machine knows");
    fleet.run(1, &["refresh"]).succeeds().prints_the_newest(&fleet);
}

/// The way to the vendor takes long: by then the claim is under the number of a newer login.
#[test]
fn f70_no_token_is_presented_under_a_login_that_was_begun_anew_meanwhile() {
    let fleet = Fleet::of(2);
    // The first connection is that to the vault.
    let slow = fleet.machines[0].injected("connect:delay_enter=9000000:when=2", &[], &["refresh"]);
    let refreshing = super::machine::spawn(slow);
    crate::sequence::wait_for(|| fleet.relay.writes(super::relay::Phase::Claimed) == 1);
    begin_anew_with_the_same_number(&fleet);
    assert_eq!((fleet.relay.writes(super::relay::Phase::Sent), fleet.requests()), (0, 0), "it is on its way");
    super::machine::ended(&["refresh"], refreshing)
        .exits(6)
        .says("is not the record that this machine knows");
    assert_eq!(fleet.requests(), 0);
    let login = fleet.vendor.current().refresh_token;
    assert!(opened(&fleet.data()["data"]).contains(&login), "the newest login is there");
    fleet.run(1, &["refresh"]).succeeds().prints_the_newest(&fleet);
}

/// It was forgotten here, and the vault could not be told.
#[test]
fn f70_a_login_that_is_over_here_alone_is_no_circle() {
    let fleet = Fleet::of(1);
    fleet.run(0, &["token"]).succeeds();
    fleet.relay.rule(|asked| match asked.method.as_str() {
        "GET" => super::relay::Fate::Pass,
        _ => super::relay::Fate::LoseRequest,
    });
    fleet.run(0, &["logout", "--local"]).exits(6);
    fleet.relay.pass_all();
    fleet.vault.tell("DELETE", METADATA, &Value::Null);
    let token = fleet.vendor.login().refresh_token;
    fleet.machines[0].run_with(&["import"], &token).succeeds();
    fleet.run(0, &["token"]).succeeds().prints_the_newest(&fleet);
}

/// What another machine sent is not forgotten with the record that said so.
#[test]
fn f70_what_another_machine_sent_is_nobodys_to_send_again_after_a_record_was_put_back() {
    let mut fleet = Fleet::of(2);
    fleet.run(1, &["token"]).succeeds();
    let silent = fleet.vendor.keep_silent();
    let before = fleet.requests();
    let mut sender = fleet.spawn(0, &["refresh"]);
    crate::sequence::wait_for(|| fleet.requests() == before + 1);
    super::machine::kill(&mut sender);
    drop(silent);
    fleet.run(1, &["refresh", "--deadline", "0"]).exits(5).says("the machine `m0` is busy");
    fleet.vault.tell("DELETE", METADATA, &Value::Null);
    fleet.run(1, &["recover", "--profile", "w"]).succeeds();
    fleet.later(1, 4_000);
    fleet.relay.later(4_000);
    let error = fleet.run(1, &["refresh", "--json"]).exits(8).error();
    assert_eq!((fleet.requests(), error["code"].as_str()), (before + 1, Some("no_answer")), "{error}");
    fleet.later(1, 0);
}

/// Without it nobody knows what the journal is about.
#[test]
fn what_is_remembered_of_a_place_and_is_no_name_is_told_with_its_path() {
    let fleet = Fleet::of(1);
    fleet.run(0, &["refresh"]).succeeds();
    let place = remembered(&fleet, 0);
    let path = place.display().to_string();
    let zeros = "0".repeat(300);
    for garbage in ["", "0123", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", &zeros] {
        std::fs::write(&place, garbage).expect("written");
        let told = fleet.run(0, &["refresh"]).exits(6).says("does not hold the name of a place");
        told.says(&path).says("`tokcli recover --discard-journal --yes`");
    }
    std::fs::remove_file(&place).expect("removed");
    fleet.run(0, &["refresh"]).exits(6).says("is not the record that this machine knows");
    std::fs::create_dir(&place).expect("made");
    fleet
        .run(0, &["refresh"])
        .exits(6)
        .says("is not a file")
        .says("`tokcli recover --discard-journal --yes`");
    fleet.run(0, &["recover", "--discard-journal", "--yes", "--profile", "w"]).succeeds();
    fleet.run(0, &["refresh"]).succeeds().prints_the_newest(&fleet);
    fleet.assert_well_after(2);
}

/// It may be behind what another machine has got since.
#[test]
fn f70_a_journal_without_its_place_brings_back_nothing_by_itself() {
    let fleet = Fleet::of(2);
    fleet.run(0, &["refresh"]).succeeds();
    fleet.run(1, &["refresh"]).succeeds();
    std::fs::remove_file(remembered(&fleet, 0)).expect("removed");
    fleet.vault.tell("DELETE", METADATA, &Value::Null);
    fleet.run(0, &["refresh"]).exits(6).says("is gone");
    assert_eq!((fleet.requests(), fleet.vault.ask("GET", PATH).0), (2, 404));
    fleet.run(1, &["recover", "--profile", "w"]).succeeds();
    fleet.run(1, &["refresh"]).succeeds().prints_the_newest(&fleet);
    assert_eq!(fleet.vendor.reused().len(), 0);
}

/// What `recover` sets aside it brings back whole: the logins of two vaults stay two.
#[test]
fn a_journal_that_was_set_aside_comes_back_with_its_place() {
    let (mut fleet, other) = (Fleet::of(1), Fleet::of(1));
    other.vendor.expect_unused();
    let login = other.vendor.current().refresh_token;
    let (here, there) = (fleet.relay.port, other.relay.port);
    let token = other.vault.token(600);
    let machine = &mut fleet.machines[0];
    let own = std::fs::read_to_string(machine.path().join("vault.secret")).expect("written");
    machine.change(&format!("127.0.0.1:{here}"), &format!("127.0.0.1:{there}"));
    machine.write("vault.secret", &token);
    machine.run(&["refresh"]).exits(6).says("is not the record that this machine knows");
    let discarded = machine.run(&["recover", "--discard-journal", "--yes", "--profile", "w"]).succeeds();
    let undo: Vec<&str> =
        discarded.stdout.lines().filter(|line| line.trim_start().starts_with("mv ")).collect();
    assert_eq!(undo.len(), 2, "{discarded:?}");
    assert!(std::process::Command::new("sh").args(["-ec", &undo.join("\n")]).status().expect("sh").success());
    machine.run(&["refresh"]).exits(6).says("is not the record that this machine knows");
    assert!(opened(&other.data()["data"]).contains(&login), "it is as it was");
    machine.change(&format!("127.0.0.1:{there}"), &format!("127.0.0.1:{here}"));
    machine.write("vault.secret", &own);
    fleet.run(0, &["refresh"]).succeeds().prints_the_newest(&fleet);
    fleet.assert_well_after(1);
}

/// A vault may say what it was told: the token of the machine is in no words of ours.
#[test]
fn a_record_that_shows_the_token_of_the_machine_is_not_shown() {
    let fleet = Fleet::of(1);
    fleet.vendor.expect_unused();
    let token = std::fs::read_to_string(fleet.machines[0].path().join("vault.secret")).expect("written");
    let token = token.trim();
    let good = fleet.data()["data"].clone();
    let claim = |holder: &str| json!({"nonce": "n", "phase": "sent", "holder": holder, "journal": "j", "recovery": "durable", "ttl_s": 180});
    let (mut account, mut holder) = (good.clone(), good.clone());
    account["account"] = json!(token);
    holder["claim"] = claim(&token.chars().take(64).collect::<String>());
    for data in [account, holder] {
        write(&fleet, &data);
        let told = fleet.run(0, &["refresh", "--deadline", "0"]).exits(6);
        assert!(!told.stderr.contains(&token[..12]), "{told:?}");
        fleet.run(0, &["status"]);
    }
    write(&fleet, &good);
    fleet.run(0, &["token", "--offline"]).exits(3);
}

/// Where a machine remembers which place it knows.
fn remembered(fleet: &Fleet, n: usize) -> std::path::PathBuf {
    let entries = std::fs::read_dir(fleet.machines[n].state().join("journal")).expect("there").flatten();
    let mut paths = entries.map(|entry| entry.path());
    paths.find(|path| path.extension().is_some_and(|end| end == "place")).expect("it knows one")
}

#[test]
fn f71_a_deleted_version_is_told_and_nothing_is_sent() {
    let fleet = Fleet::of(2);
    fleet.vendor.expect_unused();
    let version = fleet.data()["metadata"]["version"].clone();
    fleet.vault.tell("DELETE", PATH, &Value::Null);
    for n in [0, 1] {
        let error = fleet.run(n, &["token", "--json"]).exits(6).error();
        assert_eq!(error["code"], "store_damaged", "{error}");
        assert!(error["message"].as_str().expect("words").contains("was deleted"), "{error}");
        let hint = format!("`bao kv undelete -mount=secret -versions={version} tokcli/w` brings it back");
        assert_eq!(error["hint"], hint.as_str());
    }
    // So it does.
    fleet.vault.tell("PUT", "secret/undelete/tokcli/w", &json!({"versions": [version]}));
    fleet.run(1, &["token", "--offline"]).exits(3);
    fleet.vault.tell("PUT", "secret/destroy/tokcli/w", &json!({"versions": [version]}));
    fleet.run(1, &["token"]).exits(6).says("was destroyed");
}

#[test]
fn f71_a_record_whose_time_is_over_is_told_and_nothing_is_sent() {
    let fleet = Fleet::of(1);
    fleet.vault.tell("POST", METADATA, &json!({"delete_version_after": "1s"}));
    fleet.run(0, &["refresh"]).succeeds();
    crate::sequence::wait_for(|| fleet.vault.ask("GET", PATH).0 == 404);
    fleet.run(0, &["refresh"]).exits(6).says("was deleted");
    assert_eq!(fleet.requests(), 1);
    fleet.run(0, &["token"]).succeeds().prints_the_newest(&fleet);
}

/// The vault keeps one version only: what a lost answer would be looked up by is gone.
#[test]
fn a_vault_that_keeps_few_versions_is_enough() {
    let fleet = Fleet::of(2);
    fleet.vault.tell("POST", "secret/config", &json!({"max_versions": 1, "cas_required": true}));
    for n in [0, 1, 0] {
        fleet.run(n, &["refresh"]).succeeds().keeps_stderr_empty();
    }
    fleet.assert_well_after(3);
    assert!(opened(&fleet.data()["data"]).contains("refresh_token"));
}
