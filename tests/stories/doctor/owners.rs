//! What is in the way of the machine that has the login.

use crate::owner::pair::Owner;
use crate::stand_in::{StandIn, Vendor};

#[test]
fn doctor_finds_what_is_in_the_way_of_the_owner() {
    let vendor = StandIn::start(Vendor::OAuth2);
    let owner = Owner::of(&vendor);
    let mut here = owner.caller(&vendor);
    let findings = |world: &crate::world::World, arguments: &[&str]| {
        let ended = world.run(&[&["doctor", "--json", "--store", "box"], arguments].concat());
        let findings = ended.object()["findings"].as_array().expect("a list").clone();
        findings.into_iter().filter(|one| one["check"] != "state_directory").collect::<Vec<_>>()
    };
    here.run(&["token"]).succeeds();
    assert_eq!(findings(&here, &[]), Vec::<serde_json::Value>::new());
    for (script, words, mend) in [
        ("exit 255", "gave no answer", "`/"),
        ("exit 127", "has no `tokcli`", "on the owner: install it"),
        ("exit 2", "does not know `serve-once`", "install the same version"),
    ] {
        owner.lets(script);
        let found = findings(&here, &[]);
        assert!(found.len() == 1 && found[0]["check"] == "owner" && found[0]["profile"] == "w", "{found:?}");
        assert!(found[0]["message"].as_str().is_some_and(|said| said.contains(words)), "{found:?}");
        assert!(found[0]["mend"].as_str().is_some_and(|said| said.starts_with(mend)), "{found:?}");
    }
    owner.forces("--profiles other");
    assert!(
        findings(&here, &[])[0]["message"].as_str().is_some_and(|said| said.contains("serves no profile"))
    );
    owner.lets("\"$@\" | sed 's/\"tokcli\":\"[^\"]*\"/\"tokcli\":\"9.9.9\"/'");
    let found = findings(&here, &[]);
    assert!(found.len() == 1 && found[0]["mend"].is_null(), "{found:?}");
    assert!(found[0]["message"].as_str().is_some_and(|said| said.contains("has tokcli 9.9.9")), "{found:?}");
    owner.lets("exec \"$@\"");
    owner.world.run(&["logout", "--local"]).succeeds();
    let found = findings(&here, &[]);
    assert!(
        found[0]["mend"].as_str().is_some_and(|mend| mend.starts_with("on the owner, `tokcli doctor")),
        "{found:?}"
    );
    here.change(&owner.store(), "[stores.box]\nkind = \"remote\"\ncommand = [\"no-such-ssh\"]\n");
    let found = findings(&here, &[]);
    assert!(found.iter().any(|one| one["check"] == "store_command"), "{found:?}");
}
