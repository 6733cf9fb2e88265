//! Runs that are ended at any moment: by TerminateProcess, and by the keys of a console.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::console;
use crate::stand_in::{Options, StandIn, Vendor};
use crate::world::{Ended, World};

/// `STATUS_CONTROL_C_EXIT`.
const BY_A_KEY: i32 = 0xC000_013A_u32.cast_signed();

/// It rotates, and revokes all where a token comes twice.
fn strict() -> StandIn {
    StandIn::start_with(Vendor::OAuth2, Options { reuse_revokes: true, ..Options::default() })
}

fn share(of: Duration, n: u32, count: u32) -> Duration {
    of * n / count
}

/// What was on its way when a run was ended is the one thing that may be lost, and the retry rule brings it back where it can.
#[test]
fn runs_that_are_terminated_at_any_moment_lose_nothing_but_what_was_on_its_way() {
    const RUNS: u32 = 500;
    let vendor = strict();
    let world = World::with("file", &vendor);
    let begun = Instant::now();
    world.run(&["refresh"]).succeeds();
    let length = begun.elapsed();
    let (mut open, mut ended) = (0, 0);
    for n in 0..RUNS {
        let mut run = world.spawn(&["refresh"]);
        sleep(share(length, n % 100, 90));
        ended += u32::from(run.try_wait().expect("asked").is_none());
        let _ = run.kill();
        let _ = run.wait();
        // What it left is found, or its request was on its way, or about to be: then it settles for a minute.
        let after = world.run(&["refresh"]);
        match after.code {
            Some(0) => {}
            Some(8) => {
                open += 1;
                let token = vendor.login().refresh_token;
                world.run_with(&["import", "--replace"], token.as_bytes()).succeeds();
            }
            _ => panic!("after run {n}: {after:#?}"),
        }
    }
    eprintln!("{RUNS} runs, {ended} ended, {open} of them with a request on its way");
    assert!(ended > RUNS / 10, "{ended}");
    assert!(open < ended, "not every one of them was on its way");
    assert_eq!(vendor.reused().len(), 0);
}

/// The keys wait until what came is stored; what was not sent yet is not sent.
#[test]
fn a_key_in_mid_request_takes_effect_when_the_answer_is_stored() {
    let vendor = strict();
    let world = World::with("file", &vendor);
    for n in 0..100 {
        let before = vendor.requests().len();
        let latch = vendor.hold(1);
        let mut command = world.command(&["refresh", "--config", &world.config()]);
        console::apart(&mut command);
        let run = command.spawn().expect("tokcli runs");
        let until = Instant::now() + Duration::from_secs(60);
        while vendor.requests().len() == before {
            assert!(Instant::now() < until, "it asks");
            sleep(Duration::from_millis(2));
        }
        console::press(run.id(), world.mark());
        // It has heard it, or will while the answer comes.
        sleep(Duration::from_millis(n % 10 * 20));
        latch.open();
        let run = Ended::of(run);
        assert_eq!(run.code, Some(BY_A_KEY), "{run:#?}");
        assert_eq!(vendor.requests().len(), before + 1);
        world.run(&["token"]).succeeds().prints(&format!("{}\n", vendor.current().access_token));
        assert_eq!(vendor.requests().len(), before + 1, "it was kept");
    }
    assert_eq!(vendor.reused().len(), 0);
}

#[test]
fn a_key_ends_all_profiles_when_what_was_sent_is_stored() {
    let vendor = strict();
    let world = World::with("file", &vendor);
    let latch = vendor.hold(1);
    let mut command = world.command(&["refresh", "--all", "--config", &world.config()]);
    console::apart(&mut command);
    let run = command.spawn().expect("tokcli runs");
    let until = Instant::now() + Duration::from_secs(60);
    while vendor.requests().is_empty() {
        assert!(Instant::now() < until, "it asks");
        sleep(Duration::from_millis(2));
    }
    console::press(run.id(), world.mark());
    sleep(Duration::from_millis(100));
    latch.open();
    let run = Ended::of(run);
    assert_eq!(run.code, Some(BY_A_KEY), "{run:#?}");
    world.run(&["token"]).succeeds().prints(&format!("{}\n", vendor.current().access_token));
    assert_eq!((vendor.requests().len(), vendor.reused().len()), (1, 0));
}
