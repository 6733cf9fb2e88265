//! Whole processes side by side: tokcli's calls and what people use today, all in the
//! same rounds. Each must have printed the right thing before it is measured; one that
//! cannot be had keeps its place in the table, with the reason.

use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};

use crate::fleet;
use crate::measure::{self, Rounds, Spread};
use crate::rows;
use crate::vendor;
use crate::world::{self, Build, Stage, World};

/// What a process is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Prints a token that is at hand, or nothing (`/bin/true`).
    AtHand,
    /// Asks the vendor for a new one.
    Fresh,
}

pub struct Other {
    pub name: String,
    pub group: Group,
    pub ours: bool,
    pub figures: Result<Figures>,
}

pub struct Figures {
    pub seconds: Spread,
    pub megabytes: Result<Spread>,
}

/// One who wants to take part: its command, and what its output must contain.
struct Entry {
    name: String,
    group: Group,
    ours: bool,
    command: Result<(Command, String)>,
}

pub fn measure(stage: &Stage) -> Vec<Other> {
    let home = Homes::new(stage.path());
    let mut entries = theirs(stage, &home);
    entries.extend(stage.builds.iter().flat_map(|build| ours(stage, build)));
    let checked: Vec<Result<Command>> = entries.iter_mut().map(|entry| check(&mut entry.command)).collect();
    let commands: Vec<&Command> = checked.iter().flatten().collect();
    let contestants = commands.iter().map(|command| measure::process(again(command))).collect();
    let times = measure::interleave(contestants, &Rounds::SLOW);
    let mut places = 0..;
    let figures = checked.iter().map(|command| {
        let command = command.as_ref().map_err(measure::same)?;
        let place: usize = places.next().unwrap_or_default();
        let seconds = times.as_ref().map_err(measure::same)?[place].spread();
        Ok(Figures { seconds, megabytes: rows::peak(stage, 5, || again(command)) })
    });
    let figures: Vec<_> = figures.collect();
    home.close(stage);
    let others = entries.into_iter().zip(figures);
    others.map(|(Entry { name, group, ours, .. }, figures)| Other { name, group, ours, figures }).collect()
}

/// Whether it prints what it must.
fn check(command: &mut Result<(Command, String)>) -> Result<Command> {
    let (command, expected) = command.as_ref().map_err(measure::same)?;
    match world::output(again(command), "")?.contains(expected) {
        true => Ok(again(command)),
        false => Err(anyhow!("it does not print the token")),
    }
}

/// The same command once more.
fn again(command: &Command) -> Command {
    let mut same = Command::new(command.get_program());
    same.args(command.get_args()).env_clear();
    same.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    same
}

fn ours(stage: &Stage, build: &Build) -> Vec<Entry> {
    let warm = |name: &str, store: &str| {
        let world = rows::warm_world(stage, build, name, store, 20)?;
        Ok((world.command(&["token"]), vendor::access_token(&world.account(1), 0)))
    };
    let cold = |name: &str, store: &str| {
        let world = World::new(stage, build, name, store, 20)?;
        world.import(1)?;
        Ok((world.command(&["refresh"]), format!("{}.1.", world.account(1))))
    };
    let entry = |words: &str, group, command| {
        let name = format!("tokcli {words} ({})", build.name);
        Entry { name, group, ours: true, command }
    };
    vec![
        entry("token, file store", Group::AtHand, warm("other", "file")),
        entry("token, keyring store", Group::AtHand, warm("other-keyring", "keyring")),
        entry("refresh, file store", Group::Fresh, cold("other-cold", "file")),
        entry("refresh, keyring store", Group::Fresh, cold("other-cold-keyring", "keyring")),
        entry("token, vault store", Group::AtHand, warm("other-fleet", "fleet")),
        entry("refresh, vault store", Group::Fresh, cold("other-cold-fleet", "fleet")),
    ]
}

fn theirs(stage: &Stage, homes: &Homes) -> Vec<Entry> {
    let token = vendor::access_token("other", 0);
    let entry = |name: &str, group, command: Result<Command>, expected: &str| {
        let command = command.map(|command| (command, expected.to_owned()));
        Entry { name: name.to_owned(), group, ours: false, command }
    };
    let at_hand = |name: &str, command| entry(name, Group::AtHand, command, &token);
    let stored = store(stage, &token);
    let lookup = stored.as_ref().map_err(measure::same).and_then(|()| stage.program("secret-tool"));
    let script_name = "script of secret-tool, curl, jq, secret-tool";
    vec![
        entry("/bin/true", Group::AtHand, stage.program("true"), ""),
        entry("keyctl pipe", Group::AtHand, keyctl(stage), &vendor::access_token("key", 0)),
        at_hand("secret-tool lookup", lookup.map(|mut it| arguments(&mut it, &[&["lookup"], ITEM].concat()))),
        at_hand("pass show", pass(stage, homes, &token)),
        entry("oidc-token (asks its agent)", Group::AtHand, oidc(stage, homes), "other-oidc.1."),
        at_hand("gh auth token", gh(stage, homes, &token)),
        at_hand("keyring get (Python)", stored.and_then(|()| python(stage))),
        at_hand("bao kv get", fleet::lookup(stage, &token)),
        entry("curl, the POST alone", Group::Fresh, curl(stage), "other-curl.1."),
        entry(script_name, Group::Fresh, rows::script(stage, "other-script"), "other-script.1."),
        entry(
            "script of bao kv get, curl, jq, bao kv put",
            Group::Fresh,
            fleet::script(stage, "other-fleet-script"),
            "other-fleet-script.1.",
        ),
    ]
}

fn arguments(command: &mut Command, words: &[&str]) -> Command {
    again(command.args(words))
}

const ITEM: &[&str] = &["service", "other", "username", "other"];

fn store(stage: &Stage, token: &str) -> Result<()> {
    let words = [&["store", "--label=other"], ITEM].concat();
    match stage.keyring()?.secret_tool(&words, token).status.success() {
        true => Ok(()),
        false => Err(anyhow!("`secret-tool store` failed")),
    }
}

fn keyctl(stage: &Stage) -> Result<Command> {
    Ok(rows::keyctl_pipe(stage, &rows::key(stage)?))
}

fn curl(stage: &Stage) -> Result<Command> {
    stage.curl("/still", &vendor::refresh_token("other-curl", 0))
}

/// Through the same Secret Service as the others.
fn python(stage: &Stage) -> Result<Command> {
    let mut keyring = stage.program("keyring")?;
    keyring.env("PYTHON_KEYRING_BACKEND", "keyring.backends.SecretService.Keyring");
    Ok(arguments(&mut keyring, &["get", "other", "other"]))
}

/// What some of them keep, in directories of their own.
struct Homes {
    gnupg: PathBuf,
    password_store: PathBuf,
    gh: PathBuf,
    oidc: PathBuf,
    oidc_agent: RefCell<Option<Child>>,
}

impl Homes {
    fn new(directory: &Path) -> Homes {
        let make = |name: &str| {
            let path = directory.join(name);
            // Whoever needs it says what is wrong with it.
            let _ = fs::DirBuilder::new().mode(0o700).create(&path);
            path
        };
        Homes {
            gnupg: make("gnupg"),
            password_store: make("password-store"),
            gh: make("gh"),
            oidc: make("oidc"),
            oidc_agent: RefCell::new(None),
        }
    }

    /// Ends the agents.
    fn close(&self, stage: &Stage) {
        if let Some(mut agent) = self.oidc_agent.take() {
            let _ = agent.kill();
            let _ = agent.wait();
        }
        if let Ok(mut end) = stage.program("gpgconf") {
            end.env("GNUPGHOME", &self.gnupg).args(["--kill", "gpg-agent"]);
            let _ = world::output(end, "");
        }
    }
}

/// With a key that has no passphrase: what is measured is the program, not the person.
fn pass(stage: &Stage, homes: &Homes, token: &str) -> Result<Command> {
    let mine = |mut command: Command| {
        command.env("GNUPGHOME", &homes.gnupg).env("PASSWORD_STORE_DIR", &homes.password_store);
        command
    };
    let run = |program: &str, words: &[&str], input: &str| {
        world::output(arguments(&mut mine(stage.program(program)?), words), input).map(drop)
    };
    stage.program("pass")?;
    run("gpg", &["--batch", "--passphrase", "", "--quick-gen-key", "yardstick", "default", "default"], "")?;
    run("pass", &["init", "yardstick"], "")?;
    run("pass", &["insert", "--multiline", "--force", "other"], token)?;
    Ok(arguments(&mut mine(stage.program("pass")?), &["show", "other"]))
}

/// With an account at the stand-in vendor, whose token the agent holds in memory.
fn oidc(stage: &Stage, homes: &Homes) -> Result<Command> {
    let socket = homes.oidc.join("socket");
    let mine = |program: &str| {
        let mut command = stage.program(program)?;
        command.env("OIDC_CONFIG_DIR", &homes.oidc).env("OIDC_SOCK", &socket).env("PASSWORD", "none");
        anyhow::Ok(command)
    };
    let mut agent = mine("oidc-agent")?;
    agent.args(["-d", "--no-autoload", "-a"]).arg(&socket);
    agent.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    *homes.oidc_agent.borrow_mut() = Some(agent.spawn().context("oidc-agent")?);
    for _ in 0..100 {
        if socket.exists() {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let mut account = mine("oidc-gen")?;
    account.args([
        "--manual",
        "--flow=refresh",
        "--prompt=none",
        "--confirm-yes",
        "--pw-env=PASSWORD",
        "other",
    ]);
    account.arg(format!("--issuer={}", stage.vendor.url("/")));
    account.arg(format!("--client-id={}", world::CLIENT));
    account.arg(format!("--client-secret={}", world::CLIENT_SECRET));
    account.arg(format!("--refresh-token={}", vendor::refresh_token("other-oidc", 0)));
    account.arg(format!("--cert-path={}", stage.path().join("ca.pem").display()));
    account.args(["--scope=openid offline_access", "--redirect-uri=http://localhost:8080"]);
    world::output(account, "")?;
    Ok(arguments(&mut mine("oidc-token")?, &["other"]))
}

/// With a token in its file, as on a machine without a keyring.
fn gh(stage: &Stage, homes: &Homes, token: &str) -> Result<Command> {
    let hosts =
        format!("github.com:\n    oauth_token: {token}\n    user: yardstick\n    git_protocol: https\n");
    fs::write(homes.gh.join("hosts.yml"), hosts)?;
    let mut gh = stage.program("gh")?;
    gh.env("GH_CONFIG_DIR", &homes.gh);
    Ok(arguments(&mut gh, &["auth", "token"]))
}

/// From the fastest to the slowest.
pub fn measured(others: &[Other]) -> Vec<(&Other, Spread)> {
    let seconds = |other: &Other| other.figures.as_ref().ok().map(|figures| figures.seconds);
    let mut measured: Vec<_> =
        others.iter().filter_map(|other| seconds(other).map(|seconds| (other, seconds))).collect();
    measured.sort_by(|(_, one), (_, two)| one.median.total_cmp(&two.median));
    measured
}
