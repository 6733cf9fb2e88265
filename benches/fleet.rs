//! The rows of a fleet: what it costs that the login lies in a vault which machines share. Each is a ratio to the file store, or to
//! what people script, in the same rounds; how often machines ask is counted.

use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::budgets::{self, Budget};
use crate::engine::Engine;
use crate::measure::{self, Rounds, Spread, Times};
use crate::rows::{self, Finding, Measure, Race, Row};
use crate::vendor;
use crate::world::{self, Build, Stage, World};

pub const ALL: [Measure; 5] = [warm, cold_slow, cold, script_row, growth];

const MACHINES: [usize; 3] = [1, 10, 100];
const GENERATIONS: usize = 5;
/// Of tokens that live for an hour.
const GENERATIONS_A_DAY: f64 = 24.0;
/// In seconds, of those of the crowd: its last one must have begun before half of it is over.
const LIFETIME: u64 = 8;

fn warm(stage: &Stage) -> Vec<Row> {
    beside_files(stage, &budgets::FLEET_WARM, Rounds::FAST, |build, name, store| {
        Ok(rows::warm_world(stage, build, name, store, 20)?.command(&["token"]))
    })
}

fn cold(stage: &Stage) -> Vec<Row> {
    beside_files(stage, &budgets::FLEET_COLD, Rounds::SLOW, |build, name, store| {
        refresh(stage, build, name, store)
    })
}

fn cold_slow(stage: &Stage) -> Vec<Row> {
    let told = stage.vendor.tell("delay 50");
    let found = beside_files(stage, &budgets::FLEET_COLD_SLOW, Rounds::SLOW, |build, name, store| {
        told.as_ref().map_err(measure::same)?;
        refresh(stage, build, &format!("{name}-slow"), store)
    });
    match stage.vendor.tell("delay 0") {
        Ok(_) => found,
        Err(words) => found.into_iter().map(|row| Row { found: Err(measure::same(&words)), ..row }).collect(),
    }
}

fn refresh(stage: &Stage, build: &Build, name: &str, store: &str) -> Result<Command> {
    let world = World::new(stage, build, &format!("{name}-cold"), store, 20)?;
    world.import(1)?;
    Ok(world.command(&["refresh"]))
}

/// Each build on the vault, against itself on the file store.
fn beside_files(
    stage: &Stage,
    budget: &'static Budget,
    rounds: Rounds,
    command: impl Fn(&Build, &str, &str) -> Result<Command>,
) -> Vec<Row> {
    let times = || {
        let mut contestants = Vec::new();
        for build in &stage.builds {
            for (name, store) in [("beside-fleet", "file"), ("fleet", "fleet")] {
                contestants.push(measure::process(command(build, name, store)?));
            }
        }
        measure::interleave(contestants, &rounds)
    };
    let times = times();
    let rows = stage.builds.iter().enumerate().map(|(place, build)| {
        let over = |times: &Vec<Times>| times[2 * place + 1].over(&times[2 * place]).spread();
        rows::row(budget, build, times.as_ref().map(over).map_err(measure::same))
    });
    rows.collect()
}

fn script_row(stage: &Stage) -> Vec<Row> {
    let race = Race {
        stage,
        budget: &budgets::FLEET_SCRIPT,
        rounds: Rounds::SLOW,
        yardstick: script(stage, "fleet-script").map(measure::process),
        ratio: |mine, theirs| theirs.over(mine),
    };
    race.run(|build| rows::cold_world(stage, build, "fleet-scripted", "fleet"))
}

/// A refresh as people script it, without a claim and without check-and-set. It rotates as `name` at the vendor.
pub fn script(stage: &Stage, name: &str) -> Result<Command> {
    for program in ["curl", "jq"] {
        stage.program(program)?;
    }
    let engine = stage.engine()?;
    let secret = format!("-mount=secret yardstick/{name}");
    let mut first =
        stage.shell(&format!("bao kv put {secret} refresh_token={}", vendor::refresh_token(name, 0)))?;
    first.envs(engine.environment());
    world::output(first, "")?;
    let mut script = stage.shell(&format!(
        "old=$(bao kv get -field=refresh_token {secret}) || exit\n\
         curl -sSf -u {}:{} -d grant_type=refresh_token -d \"refresh_token=$old\" {} |\n\
         jq -er '.refresh_token, .access_token' | {{\n\
         read -r new && read -r access || exit\n\
         printf %s \"$new\" | bao kv put {secret} refresh_token=- >/dev/null && echo \"$access\"\n}}",
        world::CLIENT,
        world::CLIENT_SECRET,
        stage.vendor.url("/rotating"),
    ))?;
    script.envs(engine.environment());
    Ok(script)
}

/// What `bao` alone takes to read a token.
pub fn lookup(stage: &Stage, token: &str) -> Result<Command> {
    let engine = stage.engine()?;
    let mut put = stage.program("bao")?;
    put.args(["kv", "put", "-mount=secret", "yardstick/other", "token=-"]).envs(engine.environment());
    world::output(put, token)?;
    let mut get = stage.program("bao")?;
    get.args(["kv", "get", "-mount=secret", "-field=token", "yardstick/other"]).envs(engine.environment());
    Ok(get)
}

fn growth(stage: &Stage) -> Vec<Row> {
    let row = |build: &Build| {
        let found = grown(stage, build);
        Row { budget: &budgets::FLEET_READS, build: build.name.clone(), found }
    };
    stage.builds.iter().map(row).collect()
}

/// Many machines on one token: whenever it is about to expire, all of them want another one at the same moment.
fn grown(stage: &Stage, build: &Build) -> Result<Finding> {
    let engine = Engine::counting(&stage.path().join(&build.name))?;
    stage.vendor.tell("delay 50")?;
    stage.vendor.tell(&format!("lifetime {LIFETIME}"))?;
    let sizes = MACHINES.map(|number| crowd(stage, build, &engine, number));
    stage.vendor.tell("lifetime 3600")?;
    stage.vendor.tell("delay 0")?;
    let [one, ten, hundred] = sizes;
    let (one, ten, hundred) = (one?, ten?, hundred?);
    let requests = one.1.max(ten.1).max(hundred.1);
    let words =
        format!("{requests} request; {:.0} with 1 machine, {:.0} with 10", one.0.median, ten.0.median);
    Ok(Finding { spread: hundred.0, counted: Some((words, requests == 1)) })
}

/// Reads a day for each of so many machines, and the most requests that the vendor had of one generation.
fn crowd(stage: &Stage, build: &Build, engine: &Engine, number: usize) -> Result<(Spread, u64)> {
    let mut machines = vec![World::at(stage, build, &format!("growth-{number}"), engine)?];
    for n in 1..number {
        machines.push(machines[0].beside(n)?);
    }
    machines[0].import(1)?;
    // All know the login by then.
    generation(stage, engine, &machines)?;
    let (mut reads, mut requests) = (Vec::new(), 0);
    for _ in 0..GENERATIONS {
        // By half of its life a token of such a short one is renewed.
        thread::sleep(Duration::from_millis(LIFETIME * 1_000 / 2 + 500));
        let (read, asked) = generation(stage, engine, &machines)?;
        reads.push(read as f64 / number as f64 * GENERATIONS_A_DAY);
        requests = asked.max(requests);
    }
    Ok((Times(reads).spread(), requests))
}

/// All of them ask. Reads at the engine, and requests at the vendor.
fn generation(stage: &Stage, engine: &Engine, machines: &[World<'_>]) -> Result<(u64, u64)> {
    stage.vendor.take()?;
    let (before, _) = engine.counted()?;
    let failed = measure::different(machines.iter().map(|machine| machine.command(&["token"])).collect());
    ensure!(failed == 0, "{failed} of {} machines failed", machines.len());
    let (granted, refused) = stage.vendor.take()?;
    Ok((engine.counted()?.0 - before, granted + refused))
}
