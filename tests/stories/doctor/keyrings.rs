//! Keyrings of gnome-keyring.

use std::fs;

use serde_json::Value;

use super::{By, Machine, Mend, Wanted, check, row, says};
use crate::shim::{is_root, own_uid, passwd};
use crate::world::On;

fn keyring() -> Machine {
    Machine::on(On::Keyring)
}

fn ill(message: &str, mend: &[&str]) -> Vec<Wanted> {
    says("keyring", None, &[message], mend)
}

fn restarted(machine: &mut Machine) {
    machine.world.keyring.as_mut().expect("one").restart();
}

#[test]
fn a_keyring_that_keeps_nothing_is_named() {
    check(&[
        row(
            "locked",
            keyring,
            |it| {
                it.world.service().lock();
                ill("the keyring is locked", &["unlock it"])
            },
            Mend::By(|it| it.world.keyring.as_mut().expect("one").unlock()),
        ),
        row(
            "no program keeps it",
            keyring,
            |it| {
                it.world.keyring.as_mut().expect("one").kill_daemon();
                ill("no program offers a keyring", &["store = \"file\""])
            },
            Mend::By(restarted),
        ),
        row(
            "it does not answer",
            keyring,
            |it| {
                it.world.service().stop_daemon();
                ill("did not answer", &["gnome-keyring-daemon"])
            },
            Mend::By(|it| it.world.service().continue_daemon()),
        ),
        row(
            "there is no bus",
            keyring,
            |it| {
                let nowhere = format!("unix:path={}", it.world.path().join("no-bus").display());
                it.world.set("DBUS_SESSION_BUS_ADDRESS", &nowhere);
                ill("no D-Bus session", &["set `DBUS_SESSION_BUS_ADDRESS` to the bus", "store = \"file\""])
            },
            Mend::By(|it| {
                let right = it.world.service().environment();
                right.iter().for_each(|(name, value)| it.world.set(name, value));
            }),
        ),
        row(
            "its default collection ends with the session",
            keyring,
            |it| {
                it.world.service().make_default("session");
                ill("`session`", &["set it as the default", "store = \"file\""])
            },
            Mend::By(|it| it.world.service().make_default("login")),
        ),
        row(
            "its collection is gone",
            keyring,
            |it| {
                let (files, aside) = (it.world.service().files(), it.world.path().join("aside"));
                fs::create_dir(&aside).expect("made");
                fs::copy(files.join("keyrings/login.keyring"), aside.join("login.keyring")).expect("copied");
                it.world.service().delete_collection();
                let mut all = ill("no default collection, and only `session`", &["set it as the default"]);
                all.extend(says(
                    "credential",
                    Some("fbox"),
                    &["no item for this account"],
                    &["see that the keyring"],
                ));
                all
            },
            Mend::By(|it| {
                let (files, aside) = (it.world.service().files(), it.world.path().join("aside"));
                fs::copy(aside.join("login.keyring"), files.join("keyrings/login.keyring")).expect("back");
                restarted(it);
            }),
        ),
        row(
            "its item is gone",
            keyring,
            |it| {
                let there = it.world.service().lookup("fbox").stdout;
                fs::write(it.world.path().join("item.secret"), there).expect("kept");
                let clear = ["clear", "service", "tokcli", "username", "fbox"];
                assert!(it.world.service().secret_tool(&clear, "").status.success());
                says(
                    "credential",
                    Some("fbox"),
                    &["the keyring has no item for this account"],
                    &["recover --discard-journal --profile fbox", "tokcli import --profile fbox"],
                )
            },
            Mend::By(|it| {
                let there = fs::read(it.world.path().join("item.secret")).expect("kept");
                it.world.service().overwrite("fbox", there);
            }),
        ),
        row(
            "two state directories keep one account",
            keyring,
            |it| {
                let home = it.world.path().join("home");
                let usual = home.join(".local/state/tokcli");
                fs::create_dir_all(usual.parent().expect("one")).expect("made");
                let copied = it.world.command_of(
                    "cp",
                    &["-a", it.world.state().to_str().expect("UTF-8"), usual.to_str().expect("UTF-8")],
                );
                assert!({ copied }.status().expect("cp").success());
                let user = own_uid();
                passwd(&mut it.world, &format!("me:x:{user}:{user}::{}:/bin/sh\n", home.display()));
                let (state, usual) = (it.world.state().display().to_string(), usual.display().to_string());
                says("state_directories", Some("fbox"), &[&state, &usual, "`fbox`"], &["TOKCLI_STATE_DIR"])
            },
            Mend::By(|it| {
                fs::remove_dir_all(it.world.path().join("home/.local/state/tokcli")).expect("removed");
            }),
        ),
    ]);
}

#[test]
fn one_store_is_looked_at_alone() {
    let mut machine = keyring();
    machine.asks(&["--store", "keyring"]);
    machine.world.set("TOKCLI_PROFILE", "nobody");
    machine.world.set("FBOX_SECRET", "");
    machine.is_well("nothing else is looked at");
    machine.world.service().lock();
    let told = machine.world.run(&["doctor", "--store", "keyring", "--json"]).exits(1).object();
    assert_eq!(told["findings"][0]["check"], "keyring", "{told}");
    machine.world.run(&["doctor", "--store", "file"]).succeeds();
}

/// Nothing is wrong with it, but good to know. Only root sees its own name in a namespace.
#[test]
fn services_that_run_before_anybody_logs_in_are_worth_a_note() {
    assert!(is_root(), "it has another number there, and the keyring's bus is nobody's");
    let mut machine = keyring();
    machine.run_by = By::Namespace(
        "mkdir -p /var/lib/systemd && mount -t tmpfs tmpfs /var/lib/systemd && mkdir /var/lib/systemd/linger && touch /var/lib/systemd/linger/root".to_owned(),
    );
    let told = machine.run(true).succeeds().object();
    let finding = &told["findings"][0];
    assert_eq!(
        (&finding["check"], &finding["mend"]),
        (&"keyring_after_reboot".into(), &Value::Null),
        "{told}"
    );
    assert!(finding["message"].as_str().expect("text").contains("`root`"), "{told}");
}
