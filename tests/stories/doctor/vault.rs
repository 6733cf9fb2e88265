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
        "may not read `secret/config`: whether the vault keeps what is written there was not checked",
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

/// `refresh` gives the same advice.
#[test]
fn what_lets_a_machine_into_the_vault_is_mended_where_it_is_wrong() {
    let fleet = Fleet::of(1);
    fleet.vendor.expect_unused();
    let vault = &fleet.vault;
    vault.tell("POST", "sys/auth/approle", &json!({"type": "approle"}));
    vault.tell("POST", "auth/approle/role/fleet", &json!({"token_policies": ["tokcli"]}));
    let id = vault.ask("GET", "auth/approle/role/fleet/role-id").1["data"]["role_id"].clone();
    let login = |more: &str| {
        format!(
            "approle = {{ role_id = {{ file = \"role.secret\" }}, secret_id = {{ env = \"ROLE_SECRET\" }}{more} }}\n"
        )
    };
    let token = vault.token(600);
    let at = |lines: &str| machine(&fleet.vendor, 9, &[fleet.relay.port], &token, lines);
    let without_token = at("");
    std::fs::remove_file(without_token.path().join("vault.secret")).expect("removed");
    let (unset, mut wrong, mut elsewhere) = (at(&login("")), at(&login("")), at(&login(", mount = \"ap\"")));
    for world in [&unset, &wrong, &elsewhere] {
        world.write("role.secret", id.as_str().expect("a text"));
    }
    wrong.set("ROLE_SECRET", "canary-nonsense");
    elsewhere.set("ROLE_SECRET", "canary-nonsense");
    let known =
        "see that `role_id`, `secret_id` and `mount` of `approle` under [stores.v] are what the vault knows";
    for (world, words, mend) in [
        (&without_token, "the token of the store `v`", "see that this user can read the file `vault.secret`"),
        (&unset, "the secret id of the store `v`", "set `ROLE_SECRET` wherever `tokcli` runs"),
        (&wrong, "refused the login", known),
        (&elsewhere, "refused the login", known),
    ] {
        let mut found = findings(world);
        found.retain(|one| one["check"] == "vault");
        assert!(found.len() == 1, "{words}: {found:?}");
        assert!(found[0]["message"].as_str().is_some_and(|said| said.contains(words)), "{found:?}");
        assert!(found[0]["mend"].as_str().is_some_and(|said| said.starts_with(mend)), "{found:?}");
        world.run(&["refresh"]).exits(6).says(words).says(mend);
    }
    let found = findings(&at("seal = { file = \"seal.secret\" }\n"));
    assert!(
        found.iter().any(|one| one.to_string().contains("the `seal` of the store `v`: cannot read")),
        "{found:?}"
    );
}

/// As of a profile's secrets.
#[test]
fn files_for_the_vault_that_others_can_read_are_noted() {
    use std::os::unix::fs::PermissionsExt as _;
    let fleet = Fleet::of(1);
    fleet.vendor.expect_unused();
    let token = fleet.vault.token(600);
    let world = machine(&fleet.vendor, 9, &[fleet.relay.port], &token, "seal = { file = \"seal.secret\" }\n");
    world.write("seal.secret", &"A".repeat(43));
    let notes = |world: &World| {
        let found = world.run(&["doctor", "--json"]).stdout;
        [found.contains("which gives `stores.v.token`"), found.contains("which gives `stores.v.seal`")]
    };
    assert_eq!(notes(&world), [false, false]);
    let open = |path: std::path::PathBuf, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    };
    open(world.path().to_owned(), 0o755);
    open(world.path().join("vault.secret"), 0o644);
    assert_eq!(notes(&world), [true, false]);
    open(world.path().join("seal.secret"), 0o644);
    assert_eq!(notes(&world), [true, true]);
}
