//! The rows of the budget table: how each is measured. A row that cannot be measured
//! has the reason instead of a figure.

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use crate::budgets::{self, Budget};
use crate::measure::{self, Contestant, Rounds, Spread, Times};
use crate::vendor;
use crate::world::{self, Build, Stage, World};

const MANY: usize = 1_000;
const PROFILES: usize = 500;
const KEY: &str = "tokcli-yardstick";

/// One budget for one build.
pub struct Row {
    pub budget: &'static Budget,
    pub build: String,
    pub found: Result<Finding>,
}

pub struct Finding {
    pub spread: Spread,
    /// What was counted beside the time, and whether that is as it must be.
    pub counted: Option<(String, bool)>,
}

pub type Measure = fn(&Stage) -> Vec<Row>;

pub const ALL: [Measure; 11] =
    [warm, surfaces, engine, keyring, cold, cold_keyring, crowd, expired, refresh_all, memory, size];

/// A build's part in a row, against the yardstick that comes first.
pub struct Race<'a> {
    pub stage: &'a Stage,
    pub budget: &'static Budget,
    pub rounds: Rounds,
    pub yardstick: Result<Contestant<'a>>,
    /// Of a build's times and the yardstick's.
    pub ratio: fn(&Times, &Times) -> Times,
}

impl<'a> Race<'a> {
    pub fn run(self, enter: impl Fn(&'a Build) -> Result<Contestant<'a>>) -> Vec<Row> {
        let entered = self.yardstick.and_then(|yardstick| {
            let ours = self.stage.builds.iter().map(enter);
            std::iter::once(Ok(yardstick)).chain(ours).collect::<Result<Vec<_>, _>>()
        });
        let times = entered.and_then(|contestants| measure::interleave(contestants, &self.rounds));
        let row = |(place, build): (usize, &Build)| {
            let spread = |times: &Vec<Times>| (self.ratio)(&times[place + 1], &times[0]).spread();
            row(self.budget, build, times.as_ref().map(spread).map_err(measure::same))
        };
        self.stage.builds.iter().enumerate().map(row).collect()
    }
}

pub fn row(budget: &'static Budget, build: &Build, found: Result<Spread>) -> Row {
    let found = found.map(|spread| Finding { spread, counted: None });
    Row { budget, build: build.name.clone(), found }
}

/// A world whose `p1` has a valid token, at rest for long enough that any cache of it may be used.
pub fn warm_world<'a>(
    stage: &'a Stage,
    build: &'a Build,
    name: &str,
    store: &str,
    profiles: usize,
) -> Result<World<'a>> {
    let world = World::new(stage, build, name, store, profiles)?;
    let account = world.account(1);
    world.import_answer(&account, "now")?;
    thread::sleep(Duration::from_secs(1));
    world.prints(&vendor::access_token(&account, 0))?;
    Ok(world)
}

fn warm(stage: &Stage) -> Vec<Row> {
    let times = warm_times(stage);
    let rows = stage.builds.iter().enumerate().flat_map(|(place, build)| {
        let over = |mine: usize, theirs: usize| {
            times.as_ref().map(|times| times[mine].over(&times[theirs]).spread()).map_err(measure::same)
        };
        let (twenty, many) = (1 + 2 * place, 2 + 2 * place);
        let warm = if build.name == "musl" { &budgets::WARM_MUSL } else { &budgets::WARM };
        [row(warm, build, over(twenty, 0)), row(&budgets::MANY, build, over(many, twenty))]
    });
    rows.collect()
}

/// `/bin/true`, and for each build the times with 20 and with 10,000 profiles.
fn warm_times(stage: &Stage) -> Result<Vec<Times>> {
    let mut contestants = vec![measure::process(stage.program("true")?)];
    for build in &stage.builds {
        for (name, profiles) in [("warm", 20), ("many", 10_000)] {
            let world = warm_world(stage, build, name, "file", profiles)?;
            contestants.push(measure::process(world.command(&["token"])));
        }
    }
    measure::interleave(contestants, &Rounds::FAST)
}

/// What programs ask for, each in its own way, each with the same token at hand.
fn surfaces(stage: &Stage) -> Vec<Row> {
    let times = surface_times(stage);
    let budgets = [&budgets::HEADER, &budgets::SASL, &budgets::GIT];
    let rows = stage.builds.iter().enumerate().flat_map(|(place, build)| {
        let over = |mine: usize| {
            times.as_ref().map(|times| times[mine].over(&times[0]).spread()).map_err(measure::same)
        };
        let first = 1 + budgets.len() * place;
        let row = move |(which, budget): (usize, &&'static Budget)| row(budget, build, over(first + which));
        budgets.iter().enumerate().map(row).collect::<Vec<_>>()
    });
    rows.collect()
}

/// `/bin/true`, and for each build a header, a response of SASL, and git's question.
fn surface_times(stage: &Stage) -> Result<Vec<Times>> {
    let mut contestants = vec![measure::process(stage.program("true")?)];
    for build in &stage.builds {
        let world = warm_world(stage, build, "surfaces", "file", 20)?;
        let token = vendor::access_token(&world.account(1), 0);
        let asked = "capability[]=authtype\nprotocol=https\nhost=p1.example.com\n\n";
        let git = ["helper", "git", "get"];
        for (words, input) in [(&["header"][..], ""), (&git, asked)] {
            // Twice: the first answers of a kind leave a copy for the next.
            let answers = [world.run(words, input)?, world.run(words, input)?];
            ensure!(
                answers.iter().all(|one| one.contains(&token)),
                "`tokcli {}` gives another token",
                words[0]
            );
        }
        let question = world.write("question", asked)?;
        contestants.push(measure::process(world.command(&["header"])));
        contestants.push(measure::process(world.command(&["sasl", "xoauth2", "--user", "me@example.com"])));
        contestants.push(measure::fed(world.command(&git), question));
    }
    measure::interleave(contestants, &Rounds::FAST)
}

/// What the small program hands over.
fn engine(stage: &Stage) -> Vec<Row> {
    let race = |budget, words: &'static [&'static str]| {
        let yardstick = stage.program("true").map(measure::process);
        let race = Race { stage, budget, rounds: Rounds::FAST, yardstick, ratio: Times::over };
        let name = words[0].trim_start_matches('-');
        race.run(|build| Ok(measure::process(warm_world(stage, build, name, "file", 20)?.command(words))))
    };
    let rows = [race(&budgets::STATUS, &["status"]), race(&budgets::VERSION, &["--version"])];
    rows.into_iter().flatten().collect()
}

fn keyring(stage: &Stage) -> Vec<Row> {
    let lookup = |stage: &Stage| {
        let item = world::account("keyring", &stage.builds[0], 1);
        let mut lookup = stage.program("secret-tool")?;
        lookup.args(["lookup", "service", "tokcli", "username", &item]);
        Ok(measure::process(lookup))
    };
    let enter = |build| {
        let world = warm_world(stage, build, "keyring", "keyring", 20)?;
        Ok(measure::process(world.command(&["token", "--no-cache"])))
    };
    let race = Race {
        stage,
        budget: &budgets::KEYRING,
        rounds: Rounds::FAST,
        yardstick: lookup(stage),
        ratio: Times::over,
    };
    race.run(enter)
}

fn cold(stage: &Stage) -> Vec<Row> {
    let race = Race {
        stage,
        budget: &budgets::COLD,
        rounds: Rounds::SLOW,
        yardstick: stage.curl("/still", &vendor::refresh_token("curl", 0)).map(measure::process),
        ratio: Times::over,
    };
    race.run(|build| cold_world(stage, build, "cold", "file"))
}

pub fn cold_world<'a>(stage: &'a Stage, build: &'a Build, name: &str, store: &str) -> Result<Contestant<'a>> {
    let world = World::new(stage, build, name, store, 20)?;
    world.import(1)?;
    Ok(measure::process(world.command(&["refresh"])))
}

fn cold_keyring(stage: &Stage) -> Vec<Row> {
    let race = Race {
        stage,
        budget: &budgets::COLD_KEYRING,
        rounds: Rounds::SLOW,
        yardstick: script(stage, "script").map(measure::process),
        ratio: Times::over,
    };
    race.run(|build| cold_world(stage, build, "cold-keyring", "keyring"))
}

/// A refresh as people script it: the refresh token from the keyring, the POST, its answer taken apart, the new
/// refresh token into the keyring. It rotates as `name` at the vendor.
pub fn script(stage: &Stage, name: &str) -> Result<Command> {
    for program in ["curl", "jq"] {
        stage.program(program)?;
    }
    let first = vendor::refresh_token(name, 0);
    let item = format!("service yardstick username {name}");
    let store = format!("secret-tool store --label=yardstick {item}");
    let words: Vec<&str> = store.split(' ').skip(1).collect();
    let stored = stage.keyring()?.secret_tool(&words, &first);
    if !stored.status.success() {
        bail!("`secret-tool store` failed");
    }
    stage.shell(&format!(
        "old=$(secret-tool lookup {item}) || exit\n\
         curl -sSf -u {}:{} -d grant_type=refresh_token -d \"refresh_token=$old\" {} |\n\
         jq -er '.refresh_token, .access_token' | {{\n\
         read -r new && read -r access || exit\n\
         printf %s \"$new\" | {store} && echo \"$access\"\n}}",
        world::CLIENT,
        world::CLIENT_SECRET,
        stage.vendor.url("/rotating"),
    ))
}

fn crowd(stage: &Stage) -> Vec<Row> {
    let race = Race {
        stage,
        budget: &budgets::CROWD,
        rounds: Rounds::CROWDS,
        yardstick: key(stage).map(|key| many(MANY, Box::new(move || keyctl_pipe(stage, &key)))),
        // A rate is a number by a time.
        ratio: |mine, theirs| theirs.over(mine),
    };
    race.run(|build| {
        let world = warm_world(stage, build, "crowd", "file", 20)?;
        Ok(many(MANY, Box::new(move || world.command(&["token"]))))
    })
}

pub type Maker<'a> = Box<dyn Fn() -> Command + Sync + 'a>;

/// So many at once, and none may fail.
pub fn many<'a>(number: usize, make: Maker<'a>) -> Contestant<'a> {
    Box::new(move || match measure::crowd(number, &*make)? {
        (seconds, 0) => Ok(seconds),
        (_, failed) => bail!("{failed} of {number} processes failed"),
    })
}

/// A key in the kernel with a token in it.
pub fn key(stage: &Stage) -> Result<String> {
    let id = keyctl(stage, &["padd", "user", KEY, "@u"], &vendor::access_token("key", 0))?;
    keyctl(stage, &["setperm", &id, "0x3f3f0000"], "")?;
    keyctl(stage, &["timeout", &id, &world::LONG.to_string()], "")?;
    Ok(id)
}

/// It would go by itself, later.
pub fn forget_key(stage: &Stage) {
    if let Ok(id) = keyctl(stage, &["search", "@u", "user", KEY], "") {
        let _ = keyctl(stage, &["unlink", &id, "@u"], "");
    }
}

fn keyctl(stage: &Stage, words: &[&str], input: &str) -> Result<String> {
    let mut command = stage.program("keyctl")?;
    command.args(words);
    Ok(world::output(command, input)?.trim().to_owned())
}

pub fn keyctl_pipe(stage: &Stage, key: &str) -> Command {
    // `key` was made by this very program.
    let path = world::find("keyctl").unwrap_or_else(|| "keyctl".into());
    let mut pipe = stage.command(&path);
    pipe.args(["pipe", key]);
    pipe
}

/// What happened in the worst round: requests to the vendor, processes that failed.
#[derive(Default)]
struct Storm {
    requests: Cell<u64>,
    failures: Cell<usize>,
}

fn expired(stage: &Stage) -> Vec<Row> {
    let storms: Vec<Storm> = stage.builds.iter().map(|_| Storm::default()).collect();
    let true_path = world::find("true").context("`true` is not installed");
    let yardstick = true_path.map(|path| many(MANY, Box::new(move || stage.command(&path))));
    let race =
        Race { stage, budget: &budgets::EXPIRED, rounds: Rounds::CROWDS, yardstick, ratio: Times::over };
    let slow = stage.vendor.tell("delay 50");
    let mut rows = race.run(|build| {
        slow.as_ref().map_err(measure::same)?;
        let place = stage.builds.iter().position(|other| std::ptr::eq(other, build)).unwrap_or(0);
        storm(stage, build, &storms[place])
    });
    let quick = stage.vendor.tell("delay 0");
    for (row, storm) in rows.iter_mut().zip(&storms) {
        let (requests, failures) = (storm.requests.get(), storm.failures.get());
        match (&mut row.found, &quick) {
            (Ok(found), Ok(_)) => {
                let words = format!("{requests} request, {failures} failures");
                found.counted = Some((words, (requests, failures) == (1, 0)));
            }
            (found, Err(words)) => *found = Err(measure::same(words)),
            (Err(_), Ok(_)) => {}
        }
    }
    rows
}

/// Each round begins with a login whose access token ran out long ago.
fn storm<'a>(stage: &'a Stage, build: &'a Build, storm: &'a Storm) -> Result<Contestant<'a>> {
    let world = World::new(stage, build, "expired", "file", 20)?;
    let mut round = 0;
    Ok(Box::new(move || {
        round += 1;
        world.import_answer(&format!("{}-{round}", world.account(1)), "2001-01-01T00:00:00Z")?;
        stage.vendor.take()?;
        let (seconds, failed) = measure::crowd(MANY, &|| world.command(&["token"]))?;
        let (granted, refused) = stage.vendor.take()?;
        storm.requests.set(storm.requests.get().max(granted + refused));
        storm.failures.set(storm.failures.get().max(failed));
        Ok(seconds)
    }))
}

fn refresh_all(stage: &Stage) -> Vec<Row> {
    let slow = stage.vendor.tell("delay 50");
    let race = Race {
        stage,
        budget: &budgets::ALL,
        rounds: Rounds { least: 3, most: 5, budget: Duration::from_secs(40) },
        yardstick: slow.and_then(|_| xargs(stage)).map(|xargs| all_asked(stage, xargs)),
        ratio: Times::over,
    };
    let rows = race.run(|build| {
        let world = full_world(stage, build, "all")?;
        Ok(all_asked(stage, world.command(&["refresh", "--all", "-q"])))
    });
    match stage.vendor.tell("delay 0") {
        Ok(_) => rows,
        Err(words) => rows.into_iter().map(|row| Row { found: Err(measure::same(&words)), ..row }).collect(),
    }
}

/// Each run must reach the vendor once for each profile, and be granted.
fn all_asked<'a>(stage: &'a Stage, command: Command) -> Contestant<'a> {
    let mut run = measure::process(command);
    Box::new(move || {
        stage.vendor.take()?;
        let seconds = run()?;
        match stage.vendor.take()? {
            (granted, 0) if granted == PROFILES as u64 => Ok(seconds),
            (granted, refused) => bail!("{granted} requests were granted, {refused} refused"),
        }
    })
}

fn full_world<'a>(stage: &'a Stage, build: &'a Build, name: &str) -> Result<World<'a>> {
    let world = World::new(stage, build, name, "file", PROFILES)?;
    (1..=PROFILES).try_for_each(|number| world.import(number))?;
    Ok(world)
}

fn xargs(stage: &Stage) -> Result<Command> {
    stage.program("curl")?;
    let tokens = (1..=PROFILES).map(|number| vendor::refresh_token(&format!("xargs-{number}"), 0) + "\n");
    let list = stage.path().join("tokens");
    fs::write(&list, tokens.collect::<String>())?;
    let mut xargs = stage.program("xargs")?;
    xargs.arg("-a").arg(list).args(["-P", "64", "-I{}"]);
    let curl = stage.curl("/still", "{}")?;
    xargs.arg(curl.get_program()).args(["-o", "/dev/null"]).args(curl.get_args());
    Ok(xargs)
}

fn memory(stage: &Stage) -> Vec<Row> {
    let rows = stage.builds.iter().flat_map(|build| {
        let warm = warm_world(stage, build, "memory", "file", 20)
            .and_then(|world| peak(stage, 15, || world.command(&["token"])));
        let cold = World::new(stage, build, "memory-cold", "file", 20).and_then(|world| {
            world.import(1)?;
            peak(stage, 15, || world.command(&["refresh"]))
        });
        let all = full_world(stage, build, "memory-all").and_then(|world| {
            stage.vendor.tell("delay 50")?;
            let found = peak(stage, 3, || world.command(&["refresh", "--all", "-q"]));
            stage.vendor.tell("delay 0")?;
            found
        });
        [
            row(&budgets::RSS_WARM, build, warm),
            row(&budgets::RSS_COLD, build, cold),
            row(&budgets::RSS_ALL, build, all),
        ]
    });
    rows.collect()
}

/// Peak RSS in MB, by GNU time: what a process is charged with includes what its parent held when it started it, and
/// GNU time is a small parent.
pub fn peak(stage: &Stage, runs: usize, make: impl Fn() -> Command) -> Result<Spread> {
    let file = stage.path().join("peak");
    let one = || {
        let command = make();
        let mut time = stage.program("time")?;
        time.args(["-f", "%M", "-o"]).arg(&file).arg(command.get_program()).args(command.get_args());
        time.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        world::output(time, "")?;
        let text = fs::read_to_string(&file)?;
        let kib: f64 = text.trim().parse().context("GNU time says no number")?;
        anyhow::Ok(kib * 1_024.0 / 1e6)
    };
    (0..measure::at_most().unwrap_or(runs).min(runs))
        .map(|_| one())
        .collect::<Result<Vec<f64>, _>>()
        .map(|figures| Times(figures).spread())
}

fn size(stage: &Stage) -> Vec<Row> {
    let size = |build: &Build| {
        // Both programs: what is installed.
        let of = |path: &Path| fs::metadata(path).map(|facts| facts.len());
        let length = of(&build.path)? + of(&build.path.with_file_name("tokcli-engine"))?;
        let megabytes = length as f64 / 1e6;
        Ok(Times(vec![megabytes]).spread())
    };
    stage.builds.iter().map(|build| row(&budgets::SIZE, build, size(build))).collect()
}
