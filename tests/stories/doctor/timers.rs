//! The timer that keeps logins alive.

use std::fs;

use super::{Machine, Mend, check, row, says};
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
                says("timer", None, &["/gone/tokcli is not there any more"], &["`tokcli keepalive install`"])
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
                says("timer", None, &["it has not run yet"], &["`tokcli keepalive install`"])
            },
            Mend::By(|it| it.world.set("LD_PRELOAD", "")),
        ),
    ]);
}
