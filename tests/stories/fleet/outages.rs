//! The vault is down, sealed, busy, or of no use: nothing is sent that could not be kept, and what is valid is printed.

use std::fs;

use serde_json::json;

use super::machine::{Fleet, ended, rotating};
use super::relay::{Fate, Phase};
use super::vault::POLICY;
use crate::sequence::wait_for;
use crate::stand_in::Gate;

#[test]
fn f61_a_vault_that_is_down_before_the_claim_is_exit_6_and_nothing_is_sent() {
    let mut fleet = Fleet::of(2);
    let token = fleet.run(0, &["token"]).succeeds().stdout;
    fleet.relay.go_down();
    for n in [0, 1] {
        let error = fleet.run(n, &["refresh", "--json"]).exits(6).error();
        assert_eq!(error["code"], "store_unavailable", "{error}");
        assert!(error["message"].as_str().expect("words").contains("the vault of the store `v`"), "{error}");
    }
    // One that has nothing at hand has nothing to print.
    fleet.run(1, &["token"]).exits(6).says("the vault of the store `v` cannot be reached");
    // One that has prints it, and if it is about to end it says why it is no newer.
    for more in [&["token"][..], &["token", "--no-cache"]] {
        fleet.run(0, more).succeeds().prints(&token).keeps_stderr_empty();
    }
    fleet.later(0, 3_550);
    fleet.run(0, &["token", "--no-cache"]).succeeds().prints(&token).says("the token at hand is still valid");
    fleet.relay.come_back();
    assert_eq!(fleet.requests(), 1);
    fleet.run(1, &["refresh"]).succeeds().keeps_stderr_empty();
    fleet.later(0, 0);
    fleet.assert_well_after(2);
}

/// What came is printed, and lies in the journal until the vault takes it.
#[test]
fn f61_a_vault_that_goes_down_after_the_answer_is_a_warning_and_the_next_run_repairs() {
    let fleet = Fleet::of(2);
    goes_down_after_the_answer(&fleet, &["refresh"])
        .succeeds()
        .says("the new credential is safe, but not everywhere it belongs")
        .prints_the_newest(&fleet);
    // Meanwhile it has what it got, and says what is in the way.
    fleet.run(0, &["token"]).succeeds().prints_the_newest(&fleet).says("the token at hand is still valid");
    fleet.relay.come_back();
    fleet.run(0, &["token"]).succeeds().prints_the_newest(&fleet).keeps_stderr_empty();
    assert_eq!(fleet.claim(), serde_json::Value::Null, "it is there for all");
    // From now on nobody is asked.
    let asked = fleet.relay.asked().len();
    fleet.run(0, &["token"]).succeeds().prints_the_newest(&fleet);
    assert_eq!(fleet.relay.asked().len(), asked);
    fleet.assert_well_after(1);
}

#[test]
fn f61_with_strict_store_that_is_exit_7() {
    let fleet = Fleet::of(2);
    let error = goes_down_after_the_answer(&fleet, &["refresh", "--strict-store", "--json"]).exits(7).error();
    assert_eq!(error["code"], "not_stored", "{error}");
    // This machine has it all the same, and the others wait for it.
    fleet.run(0, &["token"]).succeeds().prints_the_newest(&fleet);
    fleet.relay.come_back();
    fleet.run(1, &["token", "--deadline", "1s"]).exits(5).says("the machine `m0` is busy");
    fleet.run(0, &["refresh"]).succeeds().keeps_stderr_empty();
    fleet.assert_well_after(2);
}

/// What the journal holds alone is opened by the key that sealed it, and by no new one.
#[test]
fn the_key_of_a_journal_is_not_made_anew_beside_it() {
    let fleet = Fleet::of(1);
    let latch = fleet.vendor.hold(1);
    let child = fleet.spawn(0, &["refresh"]);
    wait_for(|| fleet.requests() == 1);
    fleet.vault.policy(&POLICY.replace(", \"update\"", ""));
    latch.open();
    ended(&["refresh"], child).succeeds().says("not everywhere it belongs");
    fleet.vault.policy(POLICY);
    let (key, kept) =
        (fleet.machines[0].state().join("file.key"), fleet.machines[0].path().join("kept.secret"));
    fs::rename(&key, &kept).expect("there");
    for _ in 0..2 {
        fleet.run(0, &["refresh"]).exits(6).says("key is missing").says("bring the key back");
    }
    assert!(!key.exists());
    fs::rename(&kept, &key).expect("there");
    fleet.run(0, &["refresh"]).succeeds().keeps_stderr_empty();
    fleet.assert_well_after(2);
}

/// What the runner of a job has goes with it.
#[test]
fn f61_on_the_runner_of_a_job_that_is_exit_7_too() {
    let fleet = Fleet::at(rotating(3600), 2, "recovery = \"none\"");
    let error = goes_down_after_the_answer(&fleet, &["refresh", "--json"]).exits(7).error();
    assert_eq!(error["code"], "not_stored", "{error}");
    assert!(error["message"].as_str().expect("words").contains("does not outlive its job"), "{error}");
    fleet.relay.come_back();
    fleet.run(0, &["token"]).succeeds().prints_the_newest(&fleet).keeps_stderr_empty();
    fleet.assert_well_after(1);
}

fn goes_down_after_the_answer(fleet: &Fleet, arguments: &[&str]) -> crate::world::Ended {
    let latch = fleet.vendor.hold(1);
    let child = fleet.spawn(0, arguments);
    wait_for(|| fleet.requests() == 1);
    fleet.relay.go_down();
    latch.open();
    ended(arguments, child)
}

#[test]
fn a_sealed_vault_is_exit_6_until_it_is_unsealed() {
    let fleet = Fleet::of(1);
    fleet.vault.tell("PUT", "sys/seal", &json!({}));
    let error = fleet.run(0, &["token", "--json"]).exits(6).error();
    assert_eq!(error["code"], "store_locked", "{error}");
    assert_eq!(error["message"], "the vault of the store `v` is sealed");
    assert_eq!(error["hint"], "its operator must unseal it");
    fleet.vendor.expect_unused();
    fleet.relay.pass_all();
}

/// With `Retry-After` and without: the vault has it both ways.
#[test]
fn a_quota_is_waited_for_as_long_as_there_is_time() {
    for with_headers in [true, false] {
        let fleet = Fleet::of(1);
        let headers = json!({"enable_rate_limit_response_headers": with_headers});
        fleet.vault.tell("POST", "sys/quotas/config", &headers);
        let quota = |seconds: u32| json!({"path": "secret/", "rate": 1, "interval": format!("{seconds}s")});
        fleet.vault.tell("POST", "sys/quotas/rate-limit/fleet", &quota(2));
        // It needs more than one question, and waits for each.
        fleet.run(0, &["token"]).succeeds().keeps_stderr_empty().prints_the_newest(&fleet);
        let refused = fleet.relay.asked().len();
        assert!(refused > 6, "{refused}");
        fleet.vault.tell("POST", "sys/quotas/rate-limit/fleet", &quota(300));
        let error = fleet.run(0, &["refresh", "--json"]).exits(6).error();
        assert_eq!(error["code"], "store_unavailable", "{error}");
        assert!(error["message"].as_str().expect("words").contains("429"), "{error}");
        assert_eq!(fleet.requests(), 1);
    }
}

#[test]
fn a_kv_engine_of_version_1_is_refused() {
    let vendor = rotating(3600);
    vendor.expect_unused();
    let fleet = Fleet::without_login(vendor, 1, "mount = \"old\"");
    fleet.vault.tell("POST", "sys/mounts/old", &json!({"type": "kv", "options": {"version": "1"}}));
    fleet.vault.policy("path \"old/*\" { capabilities = [\"create\", \"read\", \"update\"] }");
    let token = fleet.vendor.login().refresh_token;
    let refused = fleet.machines[0].run_with(&["import"], &token).exits(6);
    refused.says("is a KV engine of version 1").says("enable-versioning");
    assert_eq!(fleet.vault.ask("GET", "old/data/tokcli/w").0, 404, "nothing was written");
}

/// Each looks as if nothing were there yet, and an import were all that is missing.
#[test]
fn a_mount_that_cannot_have_a_record_is_not_taken_for_one_without() {
    let vendor = rotating(3600);
    vendor.expect_unused();
    let mut fleet = Fleet::without_login(vendor, 1, "mount = \"secret\"");
    fleet.vault.tell("POST", "sys/mounts/old", &json!({"type": "kv", "options": {"version": "1"}}));
    fleet.vault.tell("POST", "sys/mounts/pki", &json!({"type": "pki"}));
    let allowed = |mount: &str| {
        format!("path \"{mount}/data/tokcli/*\" {{ capabilities = [\"create\", \"read\", \"update\"] }}\n")
    };
    fleet.vault.policy(&["secret", "old", "secrte", "pki"].map(allowed).concat());
    let mut mount = "secret";
    for (next, words) in [
        ("secrte", "the vault of the store `v` has no mount `secrte`"),
        ("old", "the mount `old` of the store `v` is a KV engine of version 1"),
        ("pki", "store `v`"),
        ("other", "or correct `mount`"),
    ] {
        fleet.machines[0].change(&format!("mount = \"{mount}\""), &format!("mount = \"{next}\""));
        mount = next;
        for arguments in [&["token"][..], &["refresh"]] {
            fleet.run(0, arguments).exits(6).says(words);
        }
        let found = fleet.run(0, &["doctor", "--store", "v"]).exits(1).stdout;
        assert!(found.contains("mount"), "{next}: {found}");
    }
    fleet.machines[0].change("mount = \"other\"", "mount = \"secret\"");
    let asked = fleet.relay.asked().len();
    fleet.run(0, &["token"]).exits(4);
    assert!(fleet.relay.asked().len() > asked + 1, "the mount was looked at");
    fleet.import(0);
    let asked = fleet.relay.asked().len();
    fleet.run(0, &["status"]).succeeds();
    let paths: Vec<String> = fleet.relay.asked()[asked..].iter().map(|asked| asked.path.clone()).collect();
    assert_eq!(paths, ["/v1/secret/data/tokcli/w"], "nothing but the record");
}

#[test]
fn a_policy_that_does_not_allow_it_is_told_apart_from_a_dead_token() {
    let fleet = Fleet::of(2);
    fleet.run(0, &["token"]).succeeds();
    fleet.vault.policy(&POLICY.replace(", \"update\"", ""));
    let refused = fleet.run(0, &["refresh"]).exits(6);
    refused.says("`secret/data/tokcli/w`").says("policy");
    fleet.vault.policy(&POLICY.replace("tokcli/", "elsewhere/"));
    fleet.run(1, &["token"]).exits(6).says("`secret/data/tokcli/w`");
    fleet.vault.policy(POLICY);
    fleet.machines[1].write("vault.secret", "s.canary-nonsense");
    fleet.run(1, &["token"]).exits(6).says("refuses the token");
    fleet.machines[1].write("vault.secret", &fleet.vault.token(3600));
    fleet.assert_well_after(1);
}

#[test]
fn a_namespace_that_is_not_there_is_exit_6() {
    let vendor = rotating(3600);
    vendor.expect_unused();
    let fleet = Fleet::without_login(vendor, 1, "namespace = \"nowhere\"");
    let token = fleet.vendor.login().refresh_token;
    let refused = fleet.machines[0].run_with(&["import"], &token).exits(6);
    refused.says("the store `v`");
}

#[test]
fn a_vault_that_sends_questions_elsewhere_is_not_followed() {
    let fleet = Fleet::of(1);
    fleet.vendor.expect_unused();
    let elsewhere = vec![("Location".to_owned(), "http://192.0.2.7:8200/v1/secret/data/tokcli/w".to_owned())];
    fleet.relay.rule(move |_| Fate::Say(307, elsewhere.clone(), String::new()));
    fleet
        .run(0, &["token"])
        .exits(6)
        .says("forwards requests to `192.0.2.7`, which is not among its addresses");
}

/// Anything that is no vault: a page of a proxy, or silence.
#[test]
fn what_is_no_vault_is_exit_6_and_nothing_is_sent() {
    let fleet = Fleet::of(1);
    fleet.vendor.expect_unused();
    for (status, body) in
        [(200, "<html>"), (200, "{}"), (200, "{\"data\":[]}"), (404, "<html>"), (501, "{}"), (418, "{}")]
    {
        fleet.relay.rule(move |_| Fate::Say(status, Vec::new(), body.to_owned()));
        fleet.run(0, &["refresh"]).exits(6).says("store `v`");
    }
    // One that shows what it was told.
    let token = fs::read_to_string(fleet.machines[0].path().join("vault.secret")).expect("read");
    for status in [400, 404, 418, 500] {
        let shown = json!({"errors": [format!("token {token} denied"), token.to_uppercase()]}).to_string();
        fleet.relay.rule(move |_| Fate::Say(status, Vec::new(), shown.clone()));
        let said = fleet.run(0, &["refresh"]).exits(6).stderr.to_lowercase();
        assert!(!said.contains(&token.to_lowercase()), "{said}");
    }
    let endless = json!({"data": {"data": {}, "metadata": {"version": u64::MAX}}}).to_string();
    fleet.relay.rule(move |_| Fate::Say(200, Vec::new(), endless.clone()));
    fleet.run(0, &["refresh"]).exits(6).says("is not a vault");
    let (gate, _latch) = Gate::shut();
    fleet.relay.rule(move |_| Fate::Swallow(gate.clone()));
    fleet.run(0, &["refresh"]).exits(6).says("took too long");
    assert_eq!(fleet.relay.writes(Phase::Sent), 0);
}
