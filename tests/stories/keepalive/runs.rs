//! The lines that are written, run where nothing is set: they find all that they need, and a login lives by them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{by_cron, by_systemd, install, machine, text};
use crate::shim::Shim;
use crate::stand_in::{Options, StandIn, Vendor};
use crate::world::{On, World};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

type Runner = fn(&World, &[(&str, String)]) -> std::process::Output;
const TIMERS: [(&str, Runner); 2] = [("systemd", by_systemd), ("cron", by_cron)];

#[test]
fn a_line_needs_nothing_of_the_environment_and_no_simple_paths() {
    for (timer, run) in TIMERS {
        let vendor = StandIn::start(Vendor::Babelbird);
        let mut world = World::with(On::File, &vendor);
        machine(&mut world);
        // Everything of it moves to where shells, cron and systemd each read something else.
        let odd = world.path().join("a $HOME 100%h it's; #x");
        fs::create_dir(&odd).expect("made");
        for file in ["profiles.toml", "babelbird.secret", "state"] {
            fs::rename(world.path().join(file), odd.join(file)).expect("moved");
        }
        world.set("TOKCLI_CONFIG", &odd.join("profiles.toml").display().to_string());
        world.set("TOKCLI_STATE_DIR", &odd.join("state").display().to_string());
        install(&world, &["--timer", timer]).succeeds();
        let before = vendor.requests().len();
        let shim = Shim::build(&world);
        let output = run(&world, &world_later(&shim, 16 * DAY));
        assert_eq!(
            (text(&output.stderr).as_str(), vendor.requests().len()),
            ("", before + 1),
            "{timer}: {output:?}"
        );
        // Nothing to be mailed.
        let said = text(&output.stdout);
        assert_eq!(said.is_empty(), timer == "cron", "{timer}: {said}");
        // What fails is.
        fs::remove_file(odd.join("babelbird.secret")).expect("removed");
        let output = run(&world, &world_later(&shim, 40 * DAY));
        assert!(text(&output.stdout).starts_with("babelbird: failed, config: "), "{timer}: {output:?}");
        world.run(&["keepalive", "remove"]).succeeds();
    }
}

/// In a directory of the user's own, which neither cron nor systemd knows.
#[test]
fn a_command_is_found_where_it_was_when_the_timer_was_installed() {
    for (timer, run) in TIMERS {
        let vendor = StandIn::start(Vendor::Babelbird);
        let mut world = World::with(On::File, &vendor);
        machine(&mut world);
        let giver = world.path().join("bin/giver");
        fs::write(&giver, format!("#!/bin/sh\nexec cat {}/babelbird.secret\n", world.path().display()))
            .expect("written");
        fs::set_permissions(&giver, fs::Permissions::from_mode(0o755)).expect("mode");
        world.change("{ file = \"babelbird.secret\" }", "{ command = [\"giver\"] }");
        install(&world, &["--timer", timer]).succeeds();
        let shim = Shim::build(&world);
        let output = run(&world, &world_later(&shim, 16 * DAY));
        assert_eq!((text(&output.stderr).as_str(), vendor.requests().len()), ("", 1), "{timer}: {output:?}");
    }
}

fn world_later(shim: &Shim, seconds: i64) -> Vec<(&'static str, String)> {
    vec![("LD_PRELOAD", shim.library().to_owned()), ("SHIM_LATER", seconds.to_string())]
}

/// Its refresh token lives for seven days, from when it was given. A spent one ends the login.
fn vendor() -> StandIn {
    let options = Options {
        refresh_lifetime: 7 * 24 * 3_600,
        reuse_revokes: true,
        oauth2_auth: "none",
        ..Options::default()
    };
    StandIn::start_with(Vendor::OAuth2, options)
}

/// The dialect of the one says how long it lives, that of the other does not.
fn world_of(known: &StandIn, unknown: &StandIn) -> World {
    let mut world = World::on(On::File);
    world.add("[dialects.own]\nextends = 'oauth2'\nrefresh_lifetime = '7d'");
    for (name, dialect, vendor) in [("known", "own", known), ("unknown", "oauth2", unknown)] {
        world.add(&format!(
            "[profiles.{name}]\ndialect = '{dialect}'\nstore = 'file'\ntoken_url = '{}'\nclient_id = '{}'",
            vendor.token_url(),
            vendor.client_id()
        ));
        world.run_with(&["import", "-p", name], &vendor.login().refresh_token).succeeds();
    }
    world
}

const DAYS: i64 = 30;
const STEP: i64 = 6 * HOUR;

#[test]
fn a_login_that_nobody_uses_outlives_thirty_days_by_the_timer() {
    for (timer, run) in TIMERS {
        let (known, unknown) = (vendor(), vendor());
        let mut world = world_of(&known, &unknown);
        machine(&mut world);
        install(&world, &["--timer", timer]).succeeds();
        let shim = Shim::build(&world);
        let mut now = 0;
        while now < DAYS * DAY {
            now += STEP;
            [&known, &unknown].into_iter().for_each(|vendor| vendor.grow_older(STEP));
            let output = run(&world, &world_later(&shim, now));
            assert!(output.status.success() || timer == "cron", "{timer}, {now}: {output:?}");
            assert!(
                output.stderr.is_empty() && !text(&output.stdout).contains("failed"),
                "{timer}, {now}: {output:?}"
            );
        }
        // Half of seven days, or a day, each up to a tenth earlier and seen at the next step; not each time.
        let requests = (known.requests().len(), unknown.requests().len());
        assert!((8..=9).contains(&requests.0), "{timer}: {requests:?}");
        assert!((29..=30).contains(&requests.1), "{timer}: {requests:?}");
        shim.later(&mut world, now);
        world.run(&["refresh", "-p", "known"]).succeeds();
        world.run(&["refresh", "-p", "unknown"]).succeeds();
        let status = world.run(&["keepalive", "status", "--json"]).succeeds().object();
        assert_eq!(status["overdue"], false, "{status}");
    }
}

/// The same days without it.
#[test]
fn without_the_timer_it_dies() {
    let (known, unknown) = (vendor(), vendor());
    let mut world = world_of(&known, &unknown);
    let shim = Shim::build(&world);
    for vendor in [&known, &unknown] {
        vendor.grow_older(DAYS * DAY);
    }
    shim.later(&mut world, DAYS * DAY);
    for name in ["known", "unknown"] {
        world.run(&["refresh", "-p", name]).exits(4);
    }
}
