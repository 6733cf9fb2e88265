//! The four growths, and how each is measured.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::{Call, Grown, Growth, grow, ours, yardstick};
use crate::measure::{self, Contestant, Rounds};
use crate::rows;
use crate::secret_service::SecretService;
use crate::vendor;
use crate::world::{self, Build, Stage, World};

const WALL: &str = "Wall time of a whole process";

const TRUE: &str = "/bin/true";
const KEYCTL: &str = "keyctl pipe";
const CURL: &str = "curl, the POST alone";
const STORE: &str = "secret-tool store";
const LOOKUP: &str = "secret-tool lookup";

pub fn measure(stage: &Stage) -> Vec<Growth> {
    let build = &stage.builds[0];
    let growth = |name, title, of, measure: fn(&Stage, &Build) -> Result<Grown>| {
        let growth = Growth { name, title, of, found: measure(stage, build) };
        println!("{}", growth.told());
        growth
    };
    vec![
        growth("profiles", WALL, "profiles in profiles.toml", profiles),
        growth("processes", "Wall time ÷ processes", "processes at once", processes),
        growth("items", WALL, "other items in the collection", items),
        growth("audiences", WALL, "audiences of one account", audiences),
    ]
}

const fn rounds(least: usize, most: usize, seconds: u64) -> Rounds {
    Rounds { least, most, budget: Duration::from_secs(seconds) }
}

fn profiles(stage: &Stage, build: &Build) -> Result<Grown> {
    let sizes = [1, 10, 100, 1_000, 10_000];
    let alone = alone(stage, build)?;
    let [mut token, mut engine, mut refresh] = [const { Vec::new() }; 3];
    for number in sizes {
        let world = rows::warm_world(stage, build, &format!("profiles-{number}"), "file", number)?;
        token.push(measure::process(world.command_of(&alone, &["token"])));
        engine.push(measure::process(world.command(&["token", "--no-cache"])));
        let world = World::new(stage, build, &format!("profiles-cold-{number}"), "file", number)?;
        world.import(1)?;
        refresh.push(measure::process(world.command(&["refresh"])));
    }
    let engines = vec![ours("tokcli token --no-cache", CURL, engine), ours("tokcli refresh", CURL, refresh)];
    Ok(warm(stage, &sizes, token)?.and(cold(stage, &sizes, engines)?))
}

/// The program without its engine: it fails if the cache does not answer, and so is warm whenever it is measured.
fn alone(stage: &Stage, build: &Build) -> Result<PathBuf> {
    let program = stage.path().join("alone").join("tokcli");
    fs::create_dir_all(stage.path().join("alone"))?;
    fs::copy(&build.path, &program)?;
    Ok(program)
}

fn warm<'a>(stage: &'a Stage, sizes: &[usize], token: Vec<Contestant<'a>>) -> Result<Grown> {
    let nothing = measure::process(stage.program("true")?);
    let calls = vec![yardstick(TRUE, vec![nothing]), ours("tokcli token", TRUE, token)];
    grow(sizes, calls, &rounds(20, 100, 15))
}

/// In rounds of their own: whoever comes after an engine takes a little longer. And each refresh leaves a copy in the
/// kernel's keyring, which has no room for it and the copies of the warm ones, unless root runs this.
fn cold<'a>(stage: &'a Stage, sizes: &[usize], engines: Vec<Call<'a>>) -> Result<Grown> {
    let curl = measure::process(stage.curl("/still", &vendor::refresh_token("growth", 0))?);
    let mut calls = vec![yardstick(CURL, vec![curl])];
    calls.extend(engines);
    grow(sizes, calls, &rounds(20, 100, 30))
}

/// A crowd's time divided by how many they are.
fn processes(stage: &Stage, build: &Build) -> Result<Grown> {
    let sizes = [1, 10, 100, 1_000];
    let program = world::find("true").context("`true` is not installed")?;
    let key = rows::key(stage)?;
    let world = rows::warm_world(stage, build, "processes", "file", 20)?;
    let alone = alone(stage, build)?;
    let (program, alone, key, world) = (&program, &alone, &key, &world);
    let calls = vec![
        yardstick(TRUE, crowds(sizes, || Box::new(move || stage.command(program)))),
        yardstick(KEYCTL, crowds(sizes, || Box::new(move || rows::keyctl_pipe(stage, key)))),
        ours("tokcli token", KEYCTL, crowds(sizes, || Box::new(move || world.command_of(alone, &["token"])))),
    ];
    grow(&sizes, calls, &rounds(5, 30, 30))
}

fn crowds<'a, const N: usize>(sizes: [usize; N], make: impl Fn() -> rows::Maker<'a>) -> Vec<Contestant<'a>> {
    let each = |number: usize| -> Contestant<'a> {
        let mut crowd = rows::many(number, make());
        Box::new(move || Ok(crowd()? / number as f64))
    };
    sizes.into_iter().map(each).collect()
}

/// In the collection that people have: "login", in a file that their password seals.
fn items(stage: &Stage, build: &Build) -> Result<Grown> {
    let sizes = [1, 10, 100, 1_000, 5_000];
    let keyrings = sizes.map(filled).into_iter().collect::<Result<Vec<_>>>()?;
    let secret = stage.path().join("secret");
    fs::write(&secret, vendor::access_token("item", 0))?;
    let item = ["service", "yardstick", "username", "me"];
    let secret_tool = |keyring: &SecretService, words: &[&str]| {
        let mut command = stage.program("secret-tool")?;
        command.args(words).args(item).envs(keyring.environment());
        Ok::<_, anyhow::Error>(measure::fed(command, secret.clone()))
    };
    let [mut lookup, mut store, mut token, mut refresh] = [const { Vec::new() }; 4];
    for (number, keyring) in sizes.iter().zip(&keyrings) {
        let world = World::in_keyring(stage, build, &format!("items-{number}"), keyring)?;
        world.import(1)?;
        ensure!(keyring.keyring_file().starts_with(b"GnomeKeyring"), "gnome-keyring writes no sealed file");
        // The first of each is not counted: `store` makes the item that `lookup` finds.
        store.push(settled(keyring, secret_tool(keyring, &["store", "--label=yardstick"])?));
        lookup.push(settled(keyring, secret_tool(keyring, &["lookup"])?));
        token.push(settled(keyring, measure::process(world.command(&["token", "--no-cache"]))));
        refresh.push(settled(keyring, measure::process(world.command(&["refresh"]))));
    }
    let calls = vec![
        yardstick(STORE, store),
        yardstick(LOOKUP, lookup),
        ours("tokcli token --no-cache", LOOKUP, token),
        ours("tokcli refresh", STORE, refresh),
    ];
    grow(&sizes, calls, &rounds(5, 40, 60))
}

/// After somebody else has asked: whoever asks first after a write may have to wait until the file is read again.
fn settled<'a>(keyring: &'a SecretService, mut contestant: Contestant<'a>) -> Contestant<'a> {
    Box::new(move || {
        keyring.secret_tool(&["lookup", "service", "service-1"], "");
        contestant()
    })
}

/// It takes in a file that is not sealed, and seals it with the first write. To make the items one by one would take
/// longer than everything that is measured here.
fn filled(number: usize) -> Result<SecretService> {
    let mut keyring = world::start_keyring().context(world::NO_KEYRING)?;
    let item = |n| {
        format!(
            "[{n}]\nitem-type=0\ndisplay-name=item {n}\nsecret=the secret of item {n}\nctime=0\nmtime=0\n\n\
             [{n}:attribute0]\nname=service\ntype=string\nvalue=service-{n}\n\n\
             [{n}:attribute1]\nname=username\ntype=string\nvalue=me-{n}\n\n"
        )
    };
    let head = "[keyring]\ndisplay-name=Login\nctime=0\nmtime=0\nlock-on-idle=false\nlock-after=false\n\n";
    let text = head.to_owned() + &(1..=number).map(item).collect::<String>();
    fs::write(keyring.files().join("keyrings/login.keyring"), text)?;
    keyring.restart();
    let last = keyring.secret_tool(&["lookup", "service", &format!("service-{number}")], "");
    ensure!(last.status.success(), "gnome-keyring does not take in {number} items");
    Ok(keyring)
}

/// Each has its access token in the record before anything is measured.
fn audiences(stage: &Stage, build: &Build) -> Result<Grown> {
    let sizes = [1, 2, 4, 8, 16];
    let obtained = |name: &str| {
        let world = |number: usize| obtained(stage, build, &format!("{name}-{number}"), number);
        sizes.map(world).into_iter().collect::<Result<Vec<_>>>()
    };
    let alone = alone(stage, build)?;
    let (cold_worlds, warm_worlds) = (obtained("audiences-cold")?, obtained("audiences")?);
    thread::sleep(Duration::from_secs(1));
    let mut token = Vec::new();
    for world in &warm_worlds {
        world.prints(&vendor::access_token(&world.account(1), 1))?;
        token.push(measure::process(world.command_of(&alone, &["token"])));
    }
    let refresh = cold_worlds.iter().map(|world| measure::process(world.command(&["refresh"])));
    let engines = vec![ours("tokcli refresh", CURL, refresh.collect())];
    let grown = warm(stage, &sizes, token)?.and(cold(stage, &sizes, engines)?);
    let bytes = cold_worlds.iter().map(|world| Ok(length(&world.state())? as f64 / 1e3));
    Ok(Grown { counted: Some(("state directory, KB", bytes.collect::<Result<_>>()?)), ..grown })
}

fn obtained<'a>(stage: &'a Stage, build: &'a Build, name: &str, number: usize) -> Result<World<'a>> {
    let world = World::of_one_login(stage, build, name, number)?;
    world.import(1)?;
    for n in 1..=number {
        world.run(&["token", "-p", &format!("p{n}")], "")?;
    }
    Ok(world)
}

/// Of all files there.
fn length(directory: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let facts = entry.metadata()?;
        sum += if facts.is_dir() { length(&entry.path())? } else { facts.len() };
    }
    Ok(sum)
}
