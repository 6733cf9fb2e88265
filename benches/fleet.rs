//! The rows of a fleet: what it costs that the login lies in a vault which machines share. Each is a ratio to the file store, or to
//! what people script, in the same rounds; how often machines ask is counted.

use std::process::Command;

use anyhow::{Result, bail, ensure};

use crate::budgets::{self, Budget};
use crate::engine::Engine;
use crate::measure::{self, Rounds, Times};
use crate::rows::{self, Finding, Measure, Race, Row};
use crate::vendor;
use crate::world::{self, Build, Stage, World};

pub const ALL: [Measure; 5] = [warm, cold_slow, cold, script_row, growth];

const DAY: f64 = 24.0;
const MACHINES: [usize; 3] = [1, 10, 100];
const GENERATIONS: usize = 3;

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

/// Many machines on one token: whenever it has expired, all of them want one at the same moment.
fn grown(stage: &Stage, build: &Build) -> Result<Finding> {
    let engine = Engine::counting(&stage.path().join(&build.name))?;
    let (mut reads, mut requests) = (Vec::new(), 0);
    stage.vendor.tell("delay 50")?;
    for number in MACHINES {
        let mut machines = vec![World::at(stage, build, &format!("growth-{number}"), &engine)?];
        for n in 1..number {
            machines.push(machines[0].beside(n)?);
        }
        let mut each = Vec::new();
        for generation in 0..GENERATIONS {
            // The vendor knows each as a login of its own.
            let name = format!("{}-{generation}", machines[0].account(1));
            let (read, asked) = expire(stage, &engine, &machines, &name)?;
            each.push(read as f64 / number as f64 * DAY);
            requests = requests.max(asked);
        }
        reads.push(Times(each).spread());
    }
    stage.vendor.tell("delay 0")?;
    let [one, ten, spread] = reads[..] else { bail!("three sizes") };
    let words = format!("{requests} request; {:.0} with 1 machine, {:.0} with 10", one.median, ten.median);
    Ok(Finding { spread, counted: Some((words, requests == 1)) })
}

/// Reads at the engine, and requests at the vendor, for a token that ran out on all machines.
fn expire(stage: &Stage, engine: &Engine, machines: &[World<'_>], name: &str) -> Result<(u64, u64)> {
    machines[0].import_answer(name, "2001-01-01T00:00:00Z")?;
    stage.vendor.take()?;
    let (before, _) = engine.counted()?;
    let failed = measure::different(machines.iter().map(|machine| machine.command(&["token"])).collect());
    ensure!(failed == 0, "{failed} of {} machines failed", machines.len());
    let (granted, refused) = stage.vendor.take()?;
    Ok((engine.counted()?.0 - before, granted + refused))
}
