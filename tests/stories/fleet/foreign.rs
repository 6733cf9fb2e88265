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
        (json!({"password": "canary"}), "holds no record of tokcli"),
        (json!({}), "holds no record of tokcli"),
        (json!({"format": "1"}), "holds no record of tokcli"),
        (json!({"format": "1", "record": "bm8=", "claim": null}), "holds no record of tokcli"),
        (json!({"format": "1", "record": 7, "claim": null}), "holds no record of tokcli"),
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
    for claim in [json!("mine"), json!({"phase": "gone"}), json!([])] {
        let mut data = fleet.data()["data"].clone();
        data["claim"] = claim;
        write(&fleet, &data);
        fleet.run(1, &["refresh"]).exits(6).says("holds no record of tokcli");
    }
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

/// Somebody writes between two writes of a run.
#[test]
fn f69_a_write_between_the_claim_and_the_request_is_noticed() {
    let fleet = Fleet::of(2);
    let (vault, data) = (fleet.vault.port(), fleet.data()["data"].clone());
    fleet.relay.once(super::relay::Phase::Sent, move || {
        super::vault::told(vault, super::vault::ROOT, "POST", PATH, &json!({ "data": data }));
        super::relay::Fate::Pass
    });
    let ended = fleet.run(0, &["refresh"]);
    assert!(matches!(ended.code, Some(0 | 6)), "{ended:?}");
    assert_eq!(fleet.requests(), usize::from(ended.code == Some(0)));
    fleet.run(1, &["refresh"]).succeeds();
    fleet.assert_well_after(fleet.requests());
}

#[test]
fn f70_metadata_that_was_deleted_is_put_back_by_who_has_the_record() {
    let fleet = Fleet::of(2);
    fleet.run(0, &["refresh"]).succeeds();
    fleet.vault.tell("DELETE", METADATA, &Value::Null);
    // A machine that never had it has nothing.
    fleet.run(1, &["token"]).exits(4).says("there is no credential `w` in the store `v`");
    fleet.run(0, &["refresh"]).succeeds().prints_the_newest(&fleet);
    fleet.assert_well_after(2);
}

/// Versions begin anew: a number that is right by chance decides nothing.
#[test]
fn f70_a_record_begun_anew_under_a_claim_is_noticed() {
    let fleet = Fleet::of(2);
    let (vault, data) = (fleet.vault.port(), fleet.data()["data"].clone());
    fleet.relay.once(super::relay::Phase::Sent, move || {
        let told = |method: &str, path: &str, body: &Value| {
            super::vault::told(vault, super::vault::ROOT, method, path, body)
        };
        told("DELETE", METADATA, &Value::Null);
        // As many versions as there were.
        told("POST", PATH, &json!({ "data": data }));
        told("POST", PATH, &json!({ "data": data }));
        super::relay::Fate::Pass
    });
    let ended = fleet.run(0, &["refresh"]);
    // Nobody else has claimed it: to send once is right, to send twice is not.
    assert!(matches!(ended.code, Some(0 | 6)), "{ended:?}");
    fleet.relay.pass_all();
    fleet.run(1, &["refresh"]).succeeds();
    let sent = fleet.requests();
    assert_eq!(sent, 1 + usize::from(ended.code == Some(0)));
    fleet.assert_well_after(sent);
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
