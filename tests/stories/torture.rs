//! `make torture`: the long version of what the other stories try in short, as one table.

use std::process::Stdio;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::login::kills::Way;
use crate::stand_in::{StandIn, Vendor};
use crate::sweeps::{Swept, Tally, errors, kills};
use crate::world::{On, World};
use crate::{login, power, programs, races, stored_secrets};

/// Three runs at once, and one of them killed at a random moment; again and again.
fn killed_at_random(store: On, rounds: usize) -> Tally {
    let begun = Instant::now();
    let vendor = StandIn::start(Vendor::Fbox);
    vendor.expect_reuse();
    let mut world = World::with(store, &vendor);
    world.add("rotation = \"strict\"");
    let mut tally = Tally {
        what: format!("`kill -9` at a random moment among three runs, {}", store.word()),
        faults: rounds,
        ..Tally::default()
    };
    // So long a run takes, and somewhat longer.
    let alone = world.run(&["refresh"]).succeeds().seconds;
    let span = Duration::from_secs_f64(alone * 2.0).as_micros().try_into().expect("short");
    let mut random = Random(0x5EED);
    for round in 0..rounds {
        let presented = vendor.current().refresh_token;
        let mut runs: Vec<_> = (0..3)
            .map(|_| {
                let mut command = world.command(&["refresh"]);
                command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                command.spawn().expect("tokcli runs")
            })
            .collect();
        std::thread::sleep(Duration::from_micros(random.below(span)));
        let _ = runs[usize::try_from(random.below(3)).expect("small")].kill();
        for run in &mut runs {
            run.wait().expect("it ends");
        }
        let next = world.run(&["token"]);
        match next.code {
            Some(0) if vendor.accepts(next.stdout.trim()) => {}
            Some(0) => tally.lost += 1,
            Some(4) => {
                // Its answer was on its way when it was killed: the one replay found a spent token.
                assert_eq!(vendor.sends_of(&presented), 2, "round {round}");
                tally.inherent += 1;
                world.run_with(&["import"], &vendor.login().refresh_token).succeeds();
                world.run(&["token"]).succeeds();
            }
            _ => panic!("round {round}: {next:#?}"),
        }
    }
    // In flight for a small part of the time only: more would be tokens lost after they were here.
    assert!(tally.inherent * 5 < rounds, "{} of {rounds} answers lost", tally.inherent);
    tally.requests = vendor.requests().len();
    tally.seconds = begun.elapsed().as_secs_f64();
    tally
}

/// xorshift64: the same moments each time, as far as a scheduler lets them be the same.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

type Ordeal = Box<dyn FnOnce() -> Tally + Send>;

fn ordeals() -> Vec<Ordeal> {
    let mut all: Vec<Ordeal> = Vec::new();
    for store in [On::File, On::Keyring] {
        for swept in [Swept::Refresh, Swept::Token, Swept::Import, Swept::Audience] {
            all.push(Box::new(move || kills(store, swept, 1)));
            all.push(Box::new(move || errors(store, swept)));
        }
        all.push(Box::new(move || stored_secrets::kills(store, 1)));
        all.push(Box::new(move || killed_at_random(store, 500)));
    }
    for (store, way, over, nth) in [
        (On::File, Way::Password, true, 3),
        (On::Keyring, Way::Password, true, 6),
        (On::File, Way::Code, false, 12),
        (On::File, Way::Device, true, 24),
    ] {
        all.push(Box::new(move || login::kills::kills(store, way, over, nth)));
    }
    all.push(Box::new(|| programs::kills::killed_at_moments(300)));
    all.push(Box::new(power::on_the_file_store));
    all.push(Box::new(|| power::on_the_keyring(1)));
    all.push(Box::new(|| races::many_at_once(On::File, 200)));
    all.push(Box::new(|| races::many_at_once(On::Keyring, 60)));
    all.push(Box::new(|| races::in_different_environments(200)));
    for store in [On::File, On::Keyring] {
        let count = if store == On::File { 200 } else { 60 };
        all.push(Box::new(move || races::half_killed(store, count, false)));
        all.push(Box::new(move || races::half_killed(store, count, true)));
    }
    all
}

#[test]
#[ignore = "minutes at full load, repeating at length what other stories do once; `make torture` runs it"]
fn torture() {
    let (begun, all) = (Instant::now(), ordeals());
    let (count, waiting) = (all.len(), Mutex::new(all.into_iter().enumerate().collect::<Vec<_>>()));
    let done = Mutex::new(Vec::new());
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                loop {
                    let Some((at, ordeal)) = waiting.lock().expect("whole").pop() else { return };
                    let tally = ordeal();
                    eprintln!("{tally}");
                    done.lock().expect("whole").push((at, tally));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("whole");
    done.sort_by_key(|(at, _)| *at);
    assert_eq!(done.len(), count);
    println!("\n| what | faults | requests | answers lost on their way | tokens lost | seconds |");
    println!("|---|---:|---:|---:|---:|---:|");
    let mut sum = Tally { what: "all".into(), ..Tally::default() };
    for (_, tally) in done {
        println!("{tally}");
        sum.faults += tally.faults;
        sum.requests += tally.requests;
        sum.inherent += tally.inherent;
        sum.lost += tally.lost;
    }
    sum.seconds = begun.elapsed().as_secs_f64();
    println!("{sum}");
    assert_eq!(sum.lost, 0, "a token was lost");
}
