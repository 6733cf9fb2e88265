//! What a vault does not permit, or would not keep.

use serde_json::{Value, json};

use crate::fleet::machine::{Fleet, machine};
use crate::fleet::vault::Vault;
use crate::world::World;

const DATA: &str = "path \"secret/data/tokcli/*\" { capabilities = [\"create\", \"read\", \"update\"] }\n";
/// The second is in the policy `default` of every vault, which these tokens lack.
const CONFIG: &str = "path \"secret/config\" { capabilities = [\"read\"] }\npath \"sys/capabilities-self\" { capabilities = [\"update\"] }\n";

fn findings(world: &World) -> Vec<Value> {
    let ended = world.run(&["doctor", "--json", "--store", "v"]).keeps_stderr_empty();
    let all = ended.object()["findings"].as_array().expect("a list").clone();
    let code = i32::from(all.iter().any(|one| !one["mend"].is_null()));
    ended.exits(code);
    all
}

/// What is broken in the vault, what it says of that, and how that is mended; `None`: it is only a note.
type Row = (fn(&Vault), &'static str, Option<&'static str>, fn(&Vault));

fn set(vault: &Vault, settings: &Value) {
    vault.tell("POST", "secret/config", settings);
}

fn permit_all(vault: &Vault) {
    vault.policy(&format!("{DATA}{CONFIG}"));
}

fn kept(vault: &Vault) {
    set(vault, &json!({"cas_required": true, "max_versions": 20, "delete_version_after": "0s"}));
}

const ROWS: [Row; 7] = [
    (
        |vault| set(vault, &json!({"delete_version_after": "24h"})),
        "`delete_version_after`",
        Some("`bao write secret/config delete_version_after=0s`"),
        kept,
    ),
    (|vault| set(vault, &json!({"cas_required": false})), "`cas_required`", None, kept),
    (|vault| set(vault, &json!({"max_versions": 19})), "`max_versions`", None, kept),
    (
        |vault| {
            vault.policy(&format!("path \"secret/data/tokcli/*\" {{ capabilities = [\"read\"] }}\n{CONFIG}"));
        },
        "lacks create, update on `secret/data/tokcli/`",
        Some(
            "give it this policy: path \"secret/data/tokcli/*\" { capabilities = [\"create\", \"read\", \"update\"] } path \"secret/config\"",
        ),
        permit_all,
    ),
    (
        |vault| {
            vault.policy(
                &DATA.replace('\n', "\npath \"sys/capabilities-self\" { capabilities = [\"update\"] }\n"),
            );
        },
        "may not read `secret/config`: whether the vault keeps what is written there was not seen",
        None,
        permit_all,
    ),
    (
        |vault| vault.policy(&format!("{DATA}path \"secret/config\" {{ capabilities = [\"read\"] }}\n")),
        "may not ask `sys/capabilities-self`",
        None,
        permit_all,
    ),
    (
        |vault| vault.policy("path \"secret/config\" { capabilities = [\"read\"] }\n"),
        "`secret/data/tokcli/w`",
        Some("policy"),
        permit_all,
    ),
];

#[test]
fn doctor_proves_what_a_vault_permits_and_keeps() {
    let fleet = Fleet::of(1);
    fleet.vendor.expect_unused();
    let (world, vault) = (&fleet.machines[0], &fleet.vault);
    let token = vault.token(600);
    let findings_at = |lines: &str| findings(&machine(&fleet.vendor, 9, &[fleet.relay.port], &token, lines));
    permit_all(vault);
    kept(vault);
    world.run(&["doctor", "--store", "v"]).succeeds().prints("nothing is wrong\n");
    for (harm, words, mend, heal) in ROWS {
        harm(vault);
        let found = findings(world);
        assert!(found.len() == 1 && found[0]["check"] == "vault", "{words}: {found:?}");
        assert!(found[0]["message"].as_str().is_some_and(|said| said.contains(words)), "{words}: {found:?}");
        match mend {
            Some(mend) => {
                assert!(found[0]["mend"].as_str().is_some_and(|said| said.contains(mend)), "{found:?}");
            }
            None => assert!(found[0]["mend"].is_null(), "{found:?}"),
        }
        heal(vault);
        assert_eq!(findings(world), Vec::<Value>::new(), "{words}, mended");
    }
    let other = findings_at("mount = \"other\"\n");
    assert!(
        other.iter().any(|one| one.to_string().contains("lacks create, read, update on `other/data/")),
        "{other:?}"
    );
    vault.tell("POST", "sys/mounts/one", &json!({"type": "kv", "options": {"version": "1"}}));
    vault.policy(&format!(
        "{DATA}{CONFIG}path \"one/*\" {{ capabilities = [\"create\", \"read\", \"update\"] }}\n"
    ));
    let found = findings_at("mount = \"one\"\n");
    assert!(found.iter().any(|one| one["mend"] == "`bao kv enable-versioning one`"), "{found:?}");
    fleet.relay.go_down();
    let found = findings(world);
    assert!(found.len() == 1 && found[0]["check"] == "vault", "{found:?}");
    assert!(found[0]["mend"].as_str().is_some_and(|mend| mend.contains("[stores.v]")), "{found:?}");
}
