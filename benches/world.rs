//! Where the yardsticks are measured: directories of their own, the vendor's process,
//! a real keyring, and worlds of profiles for each build of tokcli.
//!
//! Every program gets the same clean environment. The certificates are a copy of the
//! system's with the vendor's CA in the bundle, so that whoever loads the system's
//! CAs loads just as much here.

use std::collections::HashMap;
use std::fs;
use std::io::{BufReader, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, bail, ensure};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

use crate::engine::Engine;
use crate::measure;
use crate::secret_service::SecretService;
use crate::vendor;

pub const CLIENT: &str = "yardstick";
pub const CLIENT_SECRET: &str = "no-secret";
/// Longer than any run of the yardsticks.
pub const LONG: u64 = 7_200;

pub const NO_KEYRING: &str = "gnome-keyring, secret-tool, dbus or gdbus is missing";

/// A tokcli to be measured.
pub struct Build {
    pub name: String,
    pub path: PathBuf,
}

pub struct Stage {
    pub builds: Vec<Build>,
    pub vendor: Vendor,
    pub keyring: Option<SecretService>,
    pub engine: Result<Engine>,
    environment: HashMap<String, String>,
    directory: TempDir,
}

impl Stage {
    pub fn open(builds: Vec<Build>) -> Result<Stage> {
        let directory = tempfile::tempdir().context("no directory")?;
        let vendor = Vendor::start(directory.path())?;
        let keyring = start_keyring();
        let certificates = certificates(directory.path())?;
        let mut environment: HashMap<String, String> =
            keyring.as_ref().map(|keyring| keyring.environment().into_iter().collect()).unwrap_or_default();
        let bundle = certificates.join("ca-certificates.crt");
        let paths: [(&str, &Path); 4] = [
            ("HOME", directory.path()),
            ("SSL_CERT_FILE", &bundle),
            ("SSL_CERT_DIR", &certificates),
            // curl takes a bundle from here alone if a directory is named too.
            ("CURL_CA_BUNDLE", &bundle),
        ];
        let paths = paths.map(|(name, path)| (name.to_owned(), path.display().to_string()));
        environment.extend(paths);
        environment.insert("PATH".to_owned(), std::env::var("PATH").unwrap_or_default());
        let engine = Engine::start(directory.path());
        Ok(Stage { builds, vendor, keyring, engine, environment, directory })
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn keyring(&self) -> Result<&SecretService> {
        self.keyring.as_ref().context(NO_KEYRING)
    }

    /// What a fleet shares.
    pub fn engine(&self) -> Result<&Engine> {
        self.engine.as_ref().map_err(measure::same)
    }

    /// A program that is installed, in the environment that all have.
    pub fn program(&self, name: &str) -> Result<Command> {
        let path = find(name).with_context(|| format!("`{name}` is not installed"))?;
        Ok(self.command(&path))
    }

    pub fn command(&self, path: &Path) -> Command {
        let mut command = Command::new(path);
        command.env_clear().envs(&self.environment);
        command
    }

    pub fn shell(&self, script: &str) -> Result<Command> {
        let mut shell = self.program("sh")?;
        shell.args(["-c", script]);
        Ok(shell)
    }

    /// The POST that a refresh is, by curl, with the system's CAs.
    pub fn curl(&self, path: &str, refresh_token: &str) -> Result<Command> {
        let mut curl = self.program("curl")?;
        curl.args(["-sSf", "-u", &format!("{CLIENT}:{CLIENT_SECRET}"), "-H", "Accept: application/json"]);
        curl.args(["-d", "grant_type=refresh_token", "-d", &format!("refresh_token={refresh_token}")]);
        curl.arg(self.vendor.url(path));
        Ok(curl)
    }
}

/// What the program prints.
pub fn output(mut command: Command, input: &str) -> Result<String> {
    let name = measure::name(&command);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{name}`"))?;
    // A program that reads nothing may be gone already.
    let _ = child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().with_context(|| format!("`{name}`"))?;
    let last = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().last().unwrap_or_default().to_owned();
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => bail!("`{name}` failed ({}): {}", output.status, last(&output.stderr)),
    }
}

/// Where the program is, as the shell would find it.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&path).map(|place| place.join(name));
    places
        .find(|file| fs::metadata(file).is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0))
}

pub fn start_keyring() -> Option<SecretService> {
    let programs = ["gnome-keyring-daemon", "secret-tool", "dbus-daemon", "gdbus"];
    programs.iter().all(|name| find(name).is_some()).then(SecretService::start)
}

/// A copy of the system's certificates, and the vendor's CA in its bundle.
fn certificates(directory: &Path) -> Result<PathBuf> {
    let ours = directory.join("certificates");
    let copied = Command::new("cp").args(["-a", "/etc/ssl/certs"]).arg(&ours).status();
    let bundle = ours.join("ca-certificates.crt");
    let system = fs::read(&bundle).ok().filter(|_| copied.is_ok_and(|status| status.success()));
    let system = system.context("no /etc/ssl/certs/ca-certificates.crt: install ca-certificates")?;
    let ca = fs::read(directory.join("ca.pem")).context("ca.pem")?;
    // It may be a link to the system's own.
    let written = fs::remove_file(&bundle).and_then(|()| fs::write(&bundle, [system, ca].concat()));
    written.with_context(|| bundle.display().to_string())?;
    Ok(ours)
}

/// The stand-in of vendor.rs, in its process.
pub struct Vendor {
    process: Child,
    wire: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    port: String,
}

impl Vendor {
    fn start(directory: &Path) -> Result<Vendor> {
        let (certificate, key) = identity(directory).context("the vendor")?;
        let program = std::env::current_exe()?;
        let mut command = Command::new(program);
        command.arg("vendor").args([certificate, key]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().context("the vendor")?;
        let (Some(stdin), Some(stdout)) = (process.stdin.take(), process.stdout.take()) else {
            bail!("the vendor has no pipes");
        };
        let mut stdout = BufReader::new(stdout);
        let port = line(&mut stdout)?;
        Ok(Vendor { process, wire: Mutex::new((stdin, stdout)), port })
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.port)
    }

    /// What it answers to a line of vendor.rs.
    pub fn tell(&self, words: &str) -> Result<String> {
        let mut wire = self.wire.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(wire.0, "{words}").context("the vendor")?;
        line(&mut wire.1)
    }

    /// Requests granted and refused since the last time.
    pub fn take(&self) -> Result<(u64, u64)> {
        let said = self.tell("take")?;
        let numbers = said
            .split_once(' ')
            .and_then(|(granted, refused)| Some((granted.parse().ok()?, refused.parse().ok()?)));
        numbers.with_context(|| format!("the vendor says `{said}`"))
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn line(from: &mut impl std::io::BufRead) -> Result<String> {
    let mut line = String::new();
    match from.read_line(&mut line) {
        Ok(length) if length > 0 => Ok(line.trim_end().to_owned()),
        _ => bail!("the vendor is gone"),
    }
}

/// A CA of its own, in ca.pem, and a certificate for 127.0.0.1 with its key.
fn identity(directory: &Path) -> Result<(PathBuf, PathBuf), rcgen::Error> {
    let mut params = CertificateParams::new(vec![])?;
    // By default both would have one name, and look self-signed.
    params.distinguished_name.push(DnType::CommonName, "yardsticks");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate()?;
    let ca = params.self_signed(&key)?;
    let issuer = Issuer::new(params, key);
    let leaf_key = KeyPair::generate()?;
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()])?.signed_by(&leaf_key, &issuer)?;
    let write = |name: &str, text: String| {
        let path = directory.join(name);
        fs::write(&path, text).map(|()| path).map_err(|_| rcgen::Error::CouldNotParseCertificate)
    };
    write("ca.pem", ca.pem())?;
    Ok((write("vendor.pem", leaf.pem())?, write("vendor.key", leaf_key.serialize_pem())?))
}

/// Profiles of one build: `p1` is the default, the others are named `p2` and so on.
pub struct World<'a> {
    pub stage: &'a Stage,
    pub build: &'a Build,
    name: String,
    directory: PathBuf,
    /// Where its keyring is, if that is not the stage's.
    bus: Vec<(String, String)>,
}

/// The name of a credential, in its store and at the vendor.
pub fn account(world: &str, build: &Build, number: usize) -> String {
    format!("{world}-{}-{number}", build.name)
}

impl<'a> World<'a> {
    pub fn new(
        stage: &'a Stage,
        build: &'a Build,
        name: &str,
        store: &str,
        profiles: usize,
    ) -> Result<World<'a>> {
        if store == "keyring" {
            stage.keyring()?;
        }
        let shared = if store == "fleet" { stage.engine()?.store() } else { String::new() };
        World::make(stage, build, name, |world| {
            (1..=profiles).map(|number| world.entry(number, number, store)).collect::<String>() + &shared
        })
    }

    /// With so many profiles of one account, each with an audience of its own.
    pub fn of_one_login(
        stage: &'a Stage,
        build: &'a Build,
        name: &str,
        audiences: usize,
    ) -> Result<World<'a>> {
        World::make(stage, build, name, |world| {
            let entry = |number| world.entry(number, 1, "file") + &format!("scope = \"s{number}\"\n\n");
            (1..=audiences).map(entry).collect()
        })
    }

    /// With one profile, whose credential is in this keyring.
    pub fn in_keyring(
        stage: &'a Stage,
        build: &'a Build,
        name: &str,
        keyring: &SecretService,
    ) -> Result<World<'a>> {
        let world = World::make(stage, build, name, |world| world.entry(1, 1, "keyring"))?;
        Ok(World { bus: keyring.environment(), ..world })
    }

    /// With one profile, whose login machines share at this engine.
    pub fn at(stage: &'a Stage, build: &'a Build, name: &str, engine: &Engine) -> Result<World<'a>> {
        World::make(stage, build, name, |world| world.entry(1, 1, "fleet") + &engine.store())
    }

    fn make(
        stage: &'a Stage,
        build: &'a Build,
        name: &str,
        profiles: impl FnOnce(&World) -> String,
    ) -> Result<World<'a>> {
        let directory = stage.path().join(format!("{name}-{}", build.name));
        let world = World { stage, build, name: name.to_owned(), directory, bus: Vec::new() };
        let made = fs::DirBuilder::new().mode(0o700).create(&world.directory);
        made.with_context(|| world.directory.display().to_string())?;
        world.write("profiles.toml", &format!("default_profile = \"p1\"\n\n{}", profiles(&world)))?;
        world.write("client.secret", CLIENT_SECRET)?;
        Ok(world)
    }

    fn entry(&self, number: usize, account: usize, store: &str) -> String {
        format!(
            "[profiles.p{number}]\ndialect = \"oauth2\"\ntoken_url = \"{}\"\nclient_id = \"{CLIENT}\"\n\
             client_secret = {{ file = \"client.secret\" }}\naccount = \"{}\"\nstore = \"{store}\"\n\
             match = [\"https://p{number}.example.com/*\"]\n\n",
            self.stage.vendor.url("/rotating"),
            self.account(account),
        )
    }

    /// Another machine with the same profiles.
    pub fn beside(&self, number: usize) -> Result<World<'a>> {
        let directory = self.directory.with_extension(number.to_string());
        let world = World { directory, name: self.name.clone(), bus: self.bus.clone(), ..*self };
        fs::DirBuilder::new().mode(0o700).create(&world.directory).context("another machine")?;
        for name in ["profiles.toml", "client.secret"] {
            world.write(name, &fs::read_to_string(self.directory.join(name))?)?;
        }
        Ok(world)
    }

    pub fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.directory.join(name);
        let mode = fs::Permissions::from_mode(0o600);
        let written = fs::write(&path, text).and_then(|()| fs::set_permissions(&path, mode));
        written.with_context(|| path.display().to_string())?;
        Ok(path)
    }

    pub fn account(&self, number: usize) -> String {
        account(&self.name, self.build, number)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(&self.build.path, arguments)
    }

    /// By another copy of the program.
    pub fn command_of(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = self.stage.command(program);
        command.args(arguments).envs(self.bus.iter().cloned());
        command.env("TOKCLI_CONFIG", self.directory.join("profiles.toml"));
        command.env("TOKCLI_STATE_DIR", self.state());
        command
    }

    pub fn state(&self) -> PathBuf {
        self.directory.join("state")
    }

    pub fn run(&self, arguments: &[&str], input: &str) -> Result<String> {
        output(self.command(arguments), input)
    }

    /// A refresh token, and nothing else.
    pub fn import(&self, number: usize) -> Result<()> {
        let token = vendor::refresh_token(&self.account(number), 0);
        self.run(&["import", "-p", &format!("p{number}")], &token).map(drop)
    }

    /// A login that was given at that time, by the name that the vendor knows it by.
    pub fn import_answer(&self, name: &str, obtained_at: &str) -> Result<()> {
        let answer = vendor::answer(name, 0, LONG);
        self.run(&["import", "--replace", "--answer", "--obtained-at", obtained_at], &answer).map(drop)
    }

    /// `token` prints this one.
    pub fn prints(&self, token: &str) -> Result<()> {
        ensure!(self.run(&["token"], "")?.trim_end() == token, "`tokcli token` prints another token");
        Ok(())
    }
}
