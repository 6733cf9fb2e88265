//! The timer that keeps logins alive.

use std::fs;

use super::{Machine, Mend, check, notes, row, says};
use crate::keepalive::{install, machine, silence, silences};
use crate::shim::Shim;
use crate::stand_in::{StandIn, Vendor};
use crate::world::{On, World};

/// One that systemd runs, and a secret that it finds.
fn timed() -> Machine {
    let vendor = StandIn::start(Vendor::Babelbird);
    let mut world = World::with(On::File, &vendor).asking_the_store();
    world.run(&["token"]).succeeds();
    machine(&mut world);
    install(&world, &[]).succeeds();
    Machine::of(world, Some(vendor))
}

#[test]
fn a_timer_that_does_not_do_its_work_is_named() {
    check(&[
        row(
            "nobody runs it",
            timed,
            |it| {
                fs::remove_file(it.world.path().join("machine/active")).expect("it was");
                says("timer", None, &["tokcli-keepalive.timer"], &["`tokcli keepalive install`"])
            },
            Mend::By(|it| drop(install(&it.world, &[]).succeeds())),
        ),
        row(
            "systemd never answers",
            timed,
            |it| {
                it.asks(&["--deadline", "5s"]);
                silence(&it.world, "systemctl");
                says("timer", None, &["`systemctl` did not end within "], &["`tokcli keepalive install`"])
            },
            Mend::By(|it| {
                assert_eq!(silences(&it.world), 2, "once by each run");
                machine(&mut it.world);
            }),
        ),
        row(
            "its program is gone",
            timed,
            |it| {
                let unit = it.world.path().join(".config/systemd/user/tokcli-keepalive.service");
                let text = fs::read_to_string(&unit).expect("a unit");
                fs::write(&unit, text.replace(env!("CARGO_BIN_EXE_tokcli"), "/gone/tokcli"))
                    .expect("written");
                says("timer", None, &["/gone/tokcli no longer exists"], &["`tokcli keepalive install`"])
            },
            Mend::By(|it| drop(install(&it.world, &[]).succeeds())),
        ),
        row(
            "its runs lack a variable that is set here",
            timed,
            |it| {
                it.world.change("{ file = \"babelbird.secret\" }", "{ env = \"BABELBIRD_SECRET\" }");
                says(
                    "timer",
                    None,
                    &["profiles.babelbird.client_secret", "`BABELBIRD_SECRET`", "systemd does not have"],
                    &["keep the secret where a timer finds it"],
                )
            },
            Mend::By(|it| {
                it.world.change("{ env = \"BABELBIRD_SECRET\" }", "{ file = \"babelbird.secret\" }");
            }),
        ),
        row(
            "it has not run for hours",
            timed,
            |it| {
                Shim::build(&it.world).later(&mut it.world, 5 * 3_600);
                let status = it.world.run(&["keepalive", "status"]).succeeds();
                assert!(status.stdout.contains("works: no\n"), "{}", status.stdout);
                says(
                    "timer",
                    None,
                    &["it has not run yet"],
                    &["`systemctl --user restart tokcli-keepalive.timer`", "journalctl"],
                )
            },
            Mend::By(|it| it.world.set("LD_PRELOAD", "")),
        ),
        row(
            "its last run failed",
            timed,
            |it| {
                it.world.run(&["refresh", "--all", "--due", "-q"]).succeeds();
                let path = it.world.state().join("last-run.json");
                let text = fs::read_to_string(&path).expect("noted");
                let mut noted: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                noted["exit"] = 6.into();
                noted["profiles"][0]["code"] = "store_damaged".into();
                fs::write(&path, noted.to_string()).expect("written");
                notes("timer", None, &["last run", "status 6", "`babelbird`: store_damaged"])
            },
            Mend::By(|it| drop(it.world.run(&["refresh", "--all", "--due", "-q"]).succeeds())),
        ),
        row(
            "it ends with the session",
            timed,
            |it| {
                fs::write(it.world.path().join("machine/linger"), "no\n").expect("written");
                notes("timer", None, &["`loginctl enable-linger`"])
            },
            Mend::By(|it| fs::write(it.world.path().join("machine/linger"), "yes\n").expect("written")),
        ),
    ]);
}
