//! Where a profile's secrets come from: the environment, a file or a command,
//! never the configuration itself. Read only when a request is really made.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Deserializer, de};
use zeroize::Zeroizing;

use crate::base::environment;
use crate::base::error::plain;
use crate::base::fault::said;
use crate::base::signals::spawn_deaf;
use crate::base::small_file::read_small;
use crate::credential::secrets::ClientSecret;

#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "crate::testing::json_schema::Secret"))]
pub(crate) enum SecretSource {
    Env(String),
    File(String),
    Command(Vec<String>),
}

pub(super) const NEVER_HERE: &str = "a secret never stands here itself; write `{ env = \"NAME\" }`, `{ file = \"PATH\" }` or `{ command = [\"PROGRAM\"] }`";

/// A password manager that asks for a finger needs a while.
const COMMAND_PATIENCE: Duration = Duration::from_secs(30);
const LARGEST: u64 = 64 << 10;

/// How a source is read: relative paths begin in `directory`; with `silent` a
/// command's stderr is dropped.
#[derive(Clone, Copy)]
pub(crate) struct SecretReader<'a> {
    pub(crate) directory: &'a Path,
    pub(crate) silent: bool,
}

impl SecretSource {
    /// The secret, without one trailing newline. `Err` says why not, never what was read.
    pub(crate) fn read(&self, reader: SecretReader<'_>) -> Result<ClientSecret, String> {
        let (raw, from) = match self {
            SecretSource::Env(name) => (from_env(name)?, format!("environment variable `{name}`")),
            SecretSource::File(path) => {
                let path = expand(path, reader.directory)?;
                (from_file(&path)?, path.display().to_string())
            }
            SecretSource::Command(words) => (from_command(words, reader)?, format!("command `{}`", words[0])),
        };
        let bare = raw.strip_suffix('\n').map_or(raw.as_str(), |cut| cut.strip_suffix('\r').unwrap_or(cut));
        if bare.is_empty() {
            return Err(format!("{from} gives an empty secret"));
        }
        Ok(ClientSecret::new(bare))
    }
}

fn from_env(name: &str) -> Result<Zeroizing<String>, String> {
    match environment::text(name) {
        Ok(Some(value)) => Ok(Zeroizing::new(value)),
        Ok(None) => Err(format!("environment variable `{name}` is not set")),
        Err(_) => Err(format!("environment variable `{name}` is not UTF-8")),
    }
}

fn from_file(path: &Path) -> Result<Zeroizing<String>, String> {
    let bytes = Zeroizing::new(read_small(path, LARGEST)?);
    text(bytes.as_slice()).map_err(|why| format!("{}: {why}", path.display()))
}

fn from_command(words: &[String], reader: SecretReader<'_>) -> Result<Zeroizing<String>, String> {
    let name = &words[0];
    let mut command = Command::new(name);
    command.args(&words[1..]).current_dir(if reader.directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        reader.directory
    });
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command.stderr(if reader.silent { Stdio::null() } else { Stdio::inherit() });
    let mut child =
        command.spawn().map_err(|cause| format!("cannot run command `{name}`: {}", plain(&cause)))?;
    let stdout = child.stdout.take().expect("it was piped");
    let (done, output) = mpsc::channel();
    // Its own thread: a child that closes nothing must not hold us longer than we wait.
    spawn_deaf(move || done.send(text(stdout)));
    let until = Instant::now() + COMMAND_PATIENCE;
    let read = output.recv_timeout(COMMAND_PATIENCE);
    let status =
        wait(&mut child, until).ok_or_else(|| format!("command `{name}` did not end within 30 s"))?;
    if !status.success() {
        return Err(format!("command `{name}` failed ({status})"));
    }
    read.map_err(|_| format!("command `{name}` did not end within 30 s"))?
        .map_err(|why| format!("command `{name}`: {why}"))
}

/// `None`: it did not end in time and was killed.
fn wait(child: &mut Child, until: Instant) -> Option<std::process::ExitStatus> {
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if Instant::now() >= until {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn text(from: impl std::io::Read) -> Result<Zeroizing<String>, String> {
    let mut bytes = Zeroizing::new(Vec::new());
    from.take(LARGEST).read_to_end(&mut bytes).map_err(|cause| plain(&cause))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| "what it gives is not UTF-8".to_owned())?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Relative to the configuration file; `~/` is the home.
pub(crate) fn expand(path: &str, directory: &Path) -> Result<PathBuf, String> {
    if let Some(rest) = path.strip_prefix("~/") {
        let home = environment::home().or_else(crate::base::process::passwd_home);
        let home = home.ok_or("there is no home directory for `~/`")?;
        return Ok(home.join(rest));
    }
    if path.starts_with('~') {
        return Err("`~user` is not known here, only `~/`".into());
    }
    Ok(directory.join(path))
}

impl<'de> Deserialize<'de> for SecretSource {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<SecretSource, D::Error> {
        from.deserialize_any(TableOnly)
    }
}

fn is_variable(name: &str) -> bool {
    let good = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    name.bytes().all(good) && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

pub(super) struct TableOnly;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSource {
    env: Option<String>,
    file: Option<String>,
    command: Option<Vec<String>>,
    store: Option<bool>,
}

impl<'de> de::Visitor<'de> for TableOnly {
    type Value = SecretSource;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a secret source such as `{ env = \"NAME\" }`")
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<SecretSource, E> {
        Err(said(NEVER_HERE))
    }

    fn visit_map<M: de::MapAccess<'de>>(self, map: M) -> Result<SecretSource, M::Error> {
        let written = WrittenSource::deserialize(de::value::MapAccessDeserializer::new(map))?;
        if written.store.is_some() {
            return Err(said(
                "`store = true` needs `tokcli login`, which this version does not have; use `env`, `file` or `command`",
            ));
        }
        match (written.env, written.file, written.command) {
            (Some(name), None, None) if is_variable(&name) => Ok(SecretSource::Env(name)),
            (None, Some(path), None) if !path.is_empty() => Ok(SecretSource::File(path)),
            (None, None, Some(words)) if words.first().is_some_and(|name| !name.is_empty()) => {
                Ok(SecretSource::Command(words))
            }
            (Some(_), None, None) => {
                Err(said("`env` takes the name of a variable (letters, digits and `_`), not its value"))
            }
            _ => Err(said(
                "a secret source is one of `{ env = \"NAME\" }`, `{ file = \"PATH\" }` and `{ command = [\"PROGRAM\"] }`",
            )),
        }
    }
}
