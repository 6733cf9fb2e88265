//! Where a profile's secrets come from: the environment, a file, a command or its store,
//! never the configuration itself. Read only when a request is really made.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, de};
use zeroize::Zeroizing;

use super::secret_command::{self, LARGEST};
use super::unit_credential::{self, NO_NAME};
use crate::base::environment;
use crate::base::fault::said;
use crate::base::secret_text::{bare, decoded, unmarked};
use crate::base::shell::quoted;
use crate::base::small_file::read_small;
use crate::base::writers;
use crate::credential::secrets::ClientSecret;

pub(crate) use super::secret_command::SecretReader;

#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "crate::testing::json_schema::Secret"))]
pub(crate) enum SecretSource {
    Env(String),
    File(String),
    Command(Vec<String>),
    /// That systemd gives to the unit by this name.
    Credential(String),
    /// Sealed beside the credential. Whoever can open a store reads it there.
    Store,
    /// An OpenID token for this audience, which the runner of a CI job gives over HTTP. Whoever may send asks for it.
    ActionsIdToken(String),
}

/// With it the runner of a CI job is asked for an OpenID token.
pub(crate) const ID_TOKEN_BEARER: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

pub(super) const NEVER_HERE: &str = "a secret is never written here itself; write `{ env = \"NAME\" }`, `{ file = \"PATH\" }`, `{ command = [\"PROGRAM\"] }` or `{ store = true }`";

impl SecretSource {
    /// The secret, without byte order mark and one trailing newline. `Err` says why not, never what was read.
    pub(crate) fn read(&self, reader: SecretReader<'_>) -> Result<ClientSecret, String> {
        let (raw, from) = match self {
            SecretSource::Env(name) => (from_env(name)?, format!("environment variable `{name}`")),
            SecretSource::File(path) => {
                let path = expand(path, reader.directory)?;
                (from_file(&path)?, path.display().to_string())
            }
            SecretSource::Command(words) => {
                let from = format!("command `{}`", words[0]);
                let bytes = secret_command::output(words, reader).map_err(|why| format!("{from} {why}"))?;
                (decoded(&bytes).map_err(|why| format!("{from}: its output {why}"))?, from)
            }
            SecretSource::Credential(name) => (unit_credential::read(name, LARGEST as u64)?, self.place()),
            SecretSource::Store => return Err("the store has no such secret".into()),
            SecretSource::ActionsIdToken(_) => return Err("the runner was not asked for the token".into()),
        };
        let bare = bare(&raw);
        if bare.is_empty() {
            return Err(format!("{from} gives an empty secret"));
        }
        Ok(ClientSecret::new(bare))
    }

    /// As a person knows the place.
    pub(crate) fn place(&self) -> String {
        match self {
            SecretSource::Env(name) => format!("environment variable `{name}`"),
            SecretSource::File(path) => format!("file `{path}`"),
            SecretSource::Command(words) => {
                format!("command `{}`", words.first().map_or("", String::as_str))
            }
            SecretSource::Credential(name) => format!("credential `{name}` of the systemd unit"),
            SecretSource::Store => "store".to_owned(),
            SecretSource::ActionsIdToken(audience) => format!("OpenID token of the CI job for `{audience}`"),
        }
    }
}

impl SecretSource {
    /// It is read before the profile reads the others, by whoever may open a store or a connection.
    pub(super) fn is_given(&self) -> bool {
        matches!(self, SecretSource::Store | SecretSource::ActionsIdToken(_))
    }

    /// Of a file that any user can read: what to say of it, where `key` names it.
    pub(crate) fn exposed(&self, directory: &Path, key: &str) -> Option<String> {
        let SecretSource::File(path) = self else { return None };
        let path = expand(path, directory).ok().filter(|path| writers::others_can_read(path))?;
        let path = path.display().to_string();
        Some(format!("others can read {path}, which gives {key}: `chmod go= {}` prevents it", quoted(&path)))
    }

    /// The environment variable that it names, if that is not set.
    pub(crate) fn unset_variable(&self) -> Option<&str> {
        match self {
            SecretSource::Env(name) if environment::os(name).is_none() => Some(name),
            _ => None,
        }
    }
}

fn from_env(name: &str) -> Result<Zeroizing<String>, String> {
    match environment::text(name) {
        Ok(Some(value)) if value.len() > LARGEST => {
            let _wiped = Zeroizing::new(value);
            Err(format!("environment variable `{name}` contains more than {} KiB", LARGEST >> 10))
        }
        Ok(Some(value)) => Ok(unmarked(Zeroizing::new(value))),
        Ok(None) => Err(format!("environment variable `{name}` is not set")),
        Err(_) => Err(format!("environment variable `{name}` is not UTF-8")),
    }
}

fn from_file(path: &Path) -> Result<Zeroizing<String>, String> {
    let bytes = Zeroizing::new(read_small(path, LARGEST as u64)?);
    decoded(&bytes).map_err(|why| format!("{}: its content {why}", path.display()))
}

/// Relative to the configuration file; `~/` is the home.
pub(crate) fn expand(path: &str, directory: &Path) -> Result<PathBuf, String> {
    // Windows writes it with either.
    let backwards = || path.strip_prefix("~\\").filter(|_| cfg!(windows));
    if let Some(rest) = path.strip_prefix("~/").or_else(backwards) {
        let home = environment::home().or_else(crate::base::users::home);
        let home = home.ok_or("there is no home directory for `~/`")?;
        return Ok(home.join(rest));
    }
    if path.starts_with('~') {
        return Err("`~user` is not supported, only `~/`".into());
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
    credential: Option<String>,
    store: Option<bool>,
    actions_id_token: Option<String>,
}

impl WrittenSource {
    /// How many places it names.
    fn names(&self) -> usize {
        let texts = [&self.env, &self.file, &self.credential, &self.actions_id_token];
        texts.into_iter().flatten().count()
            + usize::from(self.command.is_some())
            + usize::from(self.store.is_some())
    }
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
        if let Some(audience) = &written.actions_id_token {
            let alone = written.names() == 1;
            return match alone {
                true if !audience.is_empty() => Ok(SecretSource::ActionsIdToken(audience.clone())),
                true => Err(said(
                    "`actions_id_token` needs the audience that the token is for, as the vendor expects it",
                )),
                false => Err(said(ONE_OF)),
            };
        }
        if let Some(name) = &written.credential {
            return match written.names() {
                1 if unit_credential::is_name(name) => Ok(SecretSource::Credential(name.clone())),
                1 => Err(said(NO_NAME)),
                _ => Err(said(ONE_OF)),
            };
        }
        match (written.env, written.file, written.command, written.store) {
            (Some(name), None, None, None) if is_variable(&name) => Ok(SecretSource::Env(name)),
            (None, Some(path), None, None) if !path.is_empty() => Ok(SecretSource::File(path)),
            (None, None, Some(words), None) if words.first().is_some_and(|name| !name.is_empty()) => {
                Ok(SecretSource::Command(words))
            }
            (None, None, None, Some(true)) => Ok(SecretSource::Store),
            (None, None, None, Some(false)) => {
                Err(said("`store = false` names no source; omit the key, or write `{ store = true }`"))
            }
            (Some(_), None, None, None) => {
                Err(said("`env` needs the name of a variable (letters, digits and `_`), not its value"))
            }
            _ => Err(said(ONE_OF)),
        }
    }
}

const ONE_OF: &str = "a secret source is one of `{ env = \"NAME\" }`, `{ file = \"PATH\" }`, `{ command = [\"PROGRAM\"] }`, `{ credential = \"NAME\" }` of systemd and `{ store = true }`; `subject_token` may also be `{ actions_id_token = \"AUDIENCE\" }`";
