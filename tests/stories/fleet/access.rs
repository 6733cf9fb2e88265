//! How a machine shows itself to the vault, and what of the tokens the vault sees.

use std::fs;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::machine::{Fleet, ended, rotating};
use super::relay::Phase;
use super::vault::POLICY;
use crate::sequence::wait_for;
use crate::world::{CANARY, World};

const APPROLE: &str =
    "approle = { role_id = { file = \"role.secret\" }, secret_id = { env = \"ROLE_SECRET\" } }";

/// Of the tokens that its logins give, in seconds.
fn with_app_role(seconds: u32) -> Fleet {
    let mut fleet = Fleet::without_login(rotating(3600), 2, APPROLE);
    fleet.vault.policy(POLICY);
    fleet.vault.tell("POST", "sys/auth/approle", &json!({"type": "approle"}));
    let role = json!({"token_policies": ["tokcli"], "token_no_default_policy": true, "token_ttl": format!("{seconds}s")});
    fleet.vault.tell("POST", "auth/approle/role/fleet", &role);
    let id = fleet.vault.ask("GET", "auth/approle/role/fleet/role-id").1["data"]["role_id"].clone();
    for n in 0..2 {
        let secret = fleet.vault.tell("POST", "auth/approle/role/fleet/secret-id", &json!({}));
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        fleet.machines[n].write("role.secret", &text(&id));
        fleet.machines[n].set("ROLE_SECRET", &text(&secret["data"]["secret_id"]));
    }
    fleet.import(0);
    fleet
}

#[test]
fn an_app_role_logs_in_for_each_run_that_needs_the_vault() {
    let mut fleet = with_app_role(60);
    for n in [1, 0, 1] {
        fleet.run(n, &["refresh"]).succeeds().keeps_stderr_empty();
    }
    fleet.assert_well_after(3);
    fleet.machines[1].set("ROLE_SECRET", "canary-nonsense");
    let refused = fleet.run(1, &["refresh", "--json"]).exits(6).error();
    let words = refused["message"].as_str().expect("words");
    assert!(words.starts_with("the vault of the store `v` refused the login"), "{words}");
    assert_eq!(fleet.requests(), 3);
}

/// The answer of the vendor takes longer than the vault's token lives.
#[test]
fn f64_a_token_of_the_vault_that_dies_meanwhile_is_had_anew() {
    let fleet = with_app_role(1);
    let logins = |fleet: &Fleet| {
        fleet.relay.asked().iter().filter(|asked| asked.path == "/v1/auth/approle/login").count()
    };
    let before = logins(&fleet);
    let latch = fleet.vendor.hold(1);
    let child = fleet.spawn(0, &["refresh"]);
    wait_for(|| fleet.requests() == 1);
    std::thread::sleep(std::time::Duration::from_millis(2_500));
    latch.open();
    ended(&["refresh"], child).succeeds().keeps_stderr_empty().prints_the_newest(&fleet);
    assert_eq!(logins(&fleet), before + 2);
    fleet.assert_well_after(1);
}

#[test]
fn f64_a_given_token_that_dies_meanwhile_leaves_what_came_in_the_journal() {
    let fleet = Fleet::of(2);
    for (strict, code) in [(false, 0), (true, 7)] {
        fleet.machines[0].write("vault.secret", &fleet.vault.token(3600));
        let before = fleet.requests();
        let latch = fleet.vendor.hold(1);
        let arguments: &[&str] = if strict { &["refresh", "--strict-store"] } else { &["refresh"] };
        let child = fleet.spawn(0, arguments);
        wait_for(|| fleet.requests() == before + 1);
        let token = fs::read_to_string(fleet.machines[0].path().join("vault.secret")).expect("there");
        fleet.vault.tell("POST", "auth/token/revoke", &json!({ "token": token }));
        latch.open();
        ended(arguments, child).exits(code).says("refuses the token");
        fleet.machines[0].write("vault.secret", &fleet.vault.token(3600));
        fleet.run(0, &["recover"]).succeeds();
        fleet.assert_well_after(before + 1);
    }
}

/// As a CI or a cluster gives it; signed with a key of this story.
fn jwt(world: &World, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&json!({"alg": "RS256", "typ": "JWT"})), part(claims));
    fs::write(world.path().join("text"), &text).expect("written");
    let sign = ["dgst", "-sha256", "-sign", "key.secret", "text"];
    let signed = Command::new("openssl").args(sign).current_dir(world.path()).output().expect("openssl runs");
    assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signed.stdout))
}

fn public_key(world: &World) -> String {
    let openssl = |arguments: &[&str]| {
        let output =
            Command::new("openssl").args(arguments).current_dir(world.path()).output().expect("openssl runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("PEM")
    };
    openssl(&[
        "genpkey",
        "-quiet",
        "-algorithm",
        "RSA",
        "-pkeyopt",
        "rsa_keygen_bits:2048",
        "-out",
        "key.secret",
    ]);
    openssl(&["pkey", "-in", "key.secret", "-pubout"])
}

/// The second is that of a service account of Kubernetes, which looks like it.
#[test]
fn a_jwt_of_a_ci_or_of_a_service_account_logs_in() {
    for (mount, lines) in [
        ("jwt", "jwt = { role = \"fleet\", token = { env = \"JOB_TOKEN\" } }"),
        ("kubernetes", "kubernetes = { role = \"fleet\", token = { file = \"pod.secret\" } }"),
    ] {
        let mut fleet = Fleet::without_login(rotating(3600), 1, lines);
        fleet.vault.policy(POLICY);
        let key = public_key(&fleet.machines[0]);
        fleet.vault.tell("POST", &format!("sys/auth/{mount}"), &json!({"type": "jwt"}));
        let config = json!({"jwt_validation_pubkeys": [key], "bound_issuer": "somebody"});
        fleet.vault.tell("POST", &format!("auth/{mount}/config"), &config);
        let role = json!({
            "role_type": "jwt", "user_claim": "sub", "bound_audiences": ["vault"], "token_policies": ["tokcli"], "token_ttl": "60s",
        });
        fleet.vault.tell("POST", &format!("auth/{mount}/role/fleet"), &role);
        let now = jiff::Timestamp::now().as_second();
        let claims =
            json!({"iss": "somebody", "sub": "canary-job", "aud": "vault", "iat": now, "exp": now + 600});
        let give = |fleet: &mut Fleet, token: &str| {
            fleet.machines[0].set("JOB_TOKEN", token);
            fleet.machines[0].write("pod.secret", token);
        };
        let good = jwt(&fleet.machines[0], &claims);
        give(&mut fleet, &good);
        fleet.import(0);
        fleet.run(0, &["token"]).succeeds().keeps_stderr_empty();
        fleet.assert_well_after(1);
        let mut others = claims.clone();
        others["aud"] = json!("somebody else");
        let bad = jwt(&fleet.machines[0], &others);
        give(&mut fleet, &bad);
        let refused = fleet.run(0, &["refresh"]).exits(6);
        assert!(
            refused.stderr.contains("refused the login") && refused.stderr.contains("audience"),
            "{}",
            refused.stderr
        );
        assert_eq!(fleet.requests(), 1);
    }
}

#[test]
fn what_is_sealed_the_vault_does_not_see() {
    let mut fleet = Fleet::without_login(rotating(3600), 2, "seal = { env = \"SEAL\" }");
    let key = STANDARD.encode([0xab; 32]);
    fleet.machines.iter_mut().for_each(|one| one.set("SEAL", &key));
    fleet.import(0);
    for n in [1, 0, 1] {
        fleet.run(n, &["refresh"]).succeeds().keeps_stderr_empty();
    }
    assert_eq!((fleet.requests(), fleet.vendor.reused().len()), (3, 0));
    // None of the versions, and nothing that ever went to the vault, holds a token.
    let told: Vec<Value> = fleet.relay.asked().into_iter().map(|asked| asked.body).collect();
    assert_eq!(told.iter().filter(|body| !body.is_null()).count(), 1 + 3 * 3);
    for body in told.iter().filter(|body| !body.is_null()) {
        let record = body["data"]["record"].as_str().expect("a record");
        assert!(record.starts_with("tokcli-sealed-1:"), "{record}");
        assert!(!body.to_string().contains(CANARY), "{body}");
        for piece in record.split(':') {
            let clear = STANDARD.decode(piece).or_else(|_| URL_SAFE_NO_PAD.decode(piece)).unwrap_or_default();
            assert!(!String::from_utf8_lossy(&clear).contains(CANARY));
        }
    }
    // Another key opens nothing, none at all says so, and nothing is sent.
    fleet.machines[1].set("SEAL", &STANDARD.encode([0xcd; 32]));
    fleet.run(1, &["refresh"]).exits(6).says("`seal` under [stores.v]");
    fleet.machines[1].change("seal = { env = \"SEAL\" }", "");
    fleet.run(1, &["refresh"]).exits(6).says("is sealed, and the store has no `seal`");
    assert_eq!(fleet.requests(), 3);
    assert_eq!(fleet.relay.writes(Phase::Claimed), 3);
}
