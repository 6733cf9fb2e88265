//! profiles.toml: as it is written, and each profile resolved and checked whole,
//! so that whoever gets one can send.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use crate::base::address::checked_url;
use crate::base::duration::Span;
use crate::base::error::{Code, Error, Result};
use crate::base::file_stamp::FileStamp;
use crate::base::suggest;
use crate::base::toml_source::{self, Fault, Source};
use crate::credential::reading::RenewsWith;
use crate::credential::retry::{Class, Policy};
use crate::dialect::UserDialects;
use crate::dialect::flow::Step;
use crate::dialect::schema::{ClientAuth, Dialect, Never};
use crate::dialect::sign::Alg;
use crate::dialect::template::Values;
use crate::http::proxy::Proxy;
use crate::http::tls::Tls;
use crate::profile::secret_source::{SecretSource, expand};
use crate::profile::{Binding, KeySource, Profile, StoreSpec, origins};

/// Profiles, stores and dialects. A file of `dialect_files` has `dialects` alone.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "profiles.toml of tokcli, or a file of dialects"))]
pub(crate) struct File {
    /// The profile if none is asked for; must exist.
    default_profile: Option<String>,
    /// Files with more `[dialects.NAME]`, relative to this one.
    #[serde(default)]
    dialect_files: Vec<String>,
    /// What `tokcli -p NAME` uses.
    #[serde(default)]
    #[cfg_attr(test, schemars(transform = crate::testing::json_schema::names))]
    profiles: BTreeMap<String, Entry>,
    /// Where credentials are kept, beside the built-in `keyring` and `file`.
    #[serde(default)]
    #[cfg_attr(test, schemars(transform = crate::testing::json_schema::names))]
    stores: BTreeMap<String, StoreEntry>,
    /// How vendors are asked; see docs/dialects.md.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "BTreeMap<String, Dialect>", transform = crate::testing::json_schema::names))]
    dialects: BTreeMap<String, toml::Table>,
}

/// One of `dialect_files`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DialectFile {
    dialects: BTreeMap<String, toml::Table>,
}

/// One vendor, one login.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Profile"))]
struct Entry {
    /// A built-in dialect (`tokcli dialect list`) or one under `[dialects]`.
    dialect: String,
    /// Scheme and host, and perhaps a path; the dialect makes the address of it.
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::Address>"))]
    base_url: Option<String>,
    /// The whole address; replaces the dialect's.
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::Address>"))]
    token_url: Option<String>,
    /// The client's name at the vendor.
    #[cfg_attr(test, schemars(length(min = 1)))]
    client_id: Option<String>,
    /// Where the client secret comes from; it never stands here itself.
    client_secret: Option<SecretSource>,
    /// One of those that the dialect offers.
    client_auth: Option<ClientAuth>,
    /// Where the private key comes from (PEM), for assertions.
    private_key: Option<SecretSource>,
    /// `kid` of assertions.
    #[cfg_attr(test, schemars(length(min = 1)))]
    key_id: Option<String>,
    /// Where the certificate comes from (PEM), for `x5t` of assertions.
    certificate: Option<SecretSource>,
    /// Of assertions; the key's own if it is not given.
    signing_alg: Option<Alg>,
    /// The credential's name in its store; the profile's name if it is not given.
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::Name>"))]
    account: Option<String>,
    /// `keyring` (the default), `file`, or a name under `[stores]`.
    store: Option<String>,
    /// An access token that expires sooner is refreshed first; 60 s if it is not given.
    min_ttl: Option<Span>,
    /// Of access tokens whose answer does not say.
    access_lifetime: Option<Span>,
    /// For the answer, once the connection stands; 90 s if it is not given.
    timeout: Option<Span>,
    /// For the dialect's templates.
    #[cfg_attr(test, schemars(length(min = 1)))]
    scope: Option<String>,
    /// Values for the dialect's templates: a string, an integer, a boolean or a secret source.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "BTreeMap<String, crate::testing::json_schema::Given>"))]
    params: BTreeMap<String, Param>,
    /// What this server does with a spent refresh token; the dialect's if it is not given.
    rotation: Option<Class>,
    /// Goes with the rotation classes `grace-same` and `grace-new`.
    grace: Option<Span>,
    /// Never present a refresh token twice by itself.
    replay: Option<Never>,
    /// How the server is recognised.
    #[serde(default)]
    tls: TlsEntry,
    /// `none`, or an address such as `http://proxy.example:3128`, without a login; the environment's if it is not given.
    #[cfg_attr(test, schemars(with = "Option<crate::testing::json_schema::ProxyAddress>"))]
    proxy: Option<String>,
    /// Gives `user:password`.
    proxy_auth: Option<SecretSource>,
}

/// How the server is recognised, and the client.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Tls"))]
struct TlsEntry {
    /// Certificates in PEM that are trusted beside the platform's.
    ca_file: Option<String>,
    /// SHA-256 of the server's certificate in DER: 64 hexadecimal digits, colons allowed.
    #[cfg_attr(test, schemars(regex(pattern = r"^(:*[0-9A-Fa-f]){64}:*$")))]
    pin_sha256: Option<String>,
    /// Any certificate is accepted. Whoever stands between can take the tokens.
    #[serde(default)]
    insecure: bool,
    /// A client certificate in PEM; goes with `client_key`.
    client_cert: Option<String>,
    /// Its key in PEM.
    client_key: Option<String>,
}

/// A value for the dialect's templates: as it stands, or from a secret source.
#[derive(Clone)]
enum Param {
    Plain(String),
    Secret(SecretSource),
}

impl<'de> Deserialize<'de> for Param {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Param, D::Error> {
        match toml::Value::deserialize(from)? {
            toml::Value::String(text) => Ok(Param::Plain(text)),
            toml::Value::Integer(number) => Ok(Param::Plain(number.to_string())),
            toml::Value::Boolean(truth) => Ok(Param::Plain(truth.to_string())),
            table => SecretSource::deserialize(table)
                .map(Param::Secret)
                .map_err(|cause| serde::de::Error::custom(cause.message())),
        }
    }
}

/// A place where credentials are kept.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Store"))]
struct StoreEntry {
    /// What it is.
    kind: StoreKind,
    /// Of kind `file`: where its sealing key lies; beside the state if it is not given.
    key: Option<KeyEntry>,
}

/// What keeps credentials.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
enum StoreKind {
    /// Sealed files in the state directory.
    File,
    /// The platform's keyring.
    Keyring,
}

/// Where the file store's sealing key lies.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Key", transform = crate::testing::json_schema::one_key))]
struct KeyEntry {
    /// The environment variable that holds it.
    env: Option<String>,
    /// A file that holds it.
    file: Option<String>,
    /// A program that prints it, and its arguments.
    #[cfg_attr(test, schemars(length(min = 1)))]
    command: Option<Vec<String>>,
    /// It lies in the platform's keyring.
    #[serde(default)]
    keyring: bool,
}

/// The configuration: every profile as written, resolved one by one.
pub(crate) struct Profiles {
    source: Source,
    file: File,
    pub(crate) dialects: UserDialects,
    /// Of every file it was read from; `None` if one was changed only now.
    pub(crate) seen: Option<Vec<FileStamp>>,
}

/// The dialects of a file: a dialect file, or a profiles.toml.
pub(crate) fn dialects_in(path: &Path) -> Result<UserDialects> {
    dialects_of(Source::open(path)?)
}

pub(crate) fn dialects_of(source: Source) -> Result<UserDialects> {
    let tables = source.parse::<AnyFile>()?.dialects;
    let mut dialects = UserDialects::default();
    dialects.add(source, tables)?;
    Ok(dialects)
}

/// Only its dialects are looked at.
#[derive(Deserialize)]
struct AnyFile {
    #[serde(default)]
    dialects: BTreeMap<String, toml::Table>,
}

/// One profile that stands in no file, resolved as any other.
pub(crate) fn alone(dialect_name: &str, dialect: &Arc<Dialect>, mut table: toml::Table) -> Result<Profile> {
    table.insert("dialect".into(), dialect_name.into());
    let source = Source::built_in("example", "");
    let entry: Entry = toml_source::from_value(toml::Value::Table(table))
        .map_err(|fault| source.fault_below(&["profile".to_owned()], &fault))?;
    let profiles = Profiles {
        source,
        file: File { profiles: BTreeMap::from([("example".to_owned(), entry)]), ..File::default() },
        dialects: UserDialects::only(dialect_name, Arc::clone(dialect)),
        seen: None,
    };
    profiles.get("example")
}

const TIMEOUT: Duration = Duration::from_secs(90);

impl Profiles {
    pub(crate) fn open(path: &Path) -> Result<Profiles> {
        let seen = RefCell::new(toml_source::stamps(path));
        let mut profiles = Profiles::read(Source::open(path)?, |more| {
            let sights = toml_source::stamps(more);
            seen.replace_with(|seen| Some([seen.take()?, sights?].into_iter().flatten().collect()));
            Source::open(more)
        })?;
        profiles.seen = seen.into_inner();
        Ok(profiles)
    }

    /// `open` opens what `dialect_files` names.
    pub(crate) fn read(source: Source, open: impl Fn(&Path) -> Result<Source>) -> Result<Profiles> {
        let mut file: File = source.parse()?;
        let mut dialects = UserDialects::default();
        dialects.add(source.clone(), std::mem::take(&mut file.dialects))?;
        for (index, name) in file.dialect_files.iter().enumerate() {
            let at = ["dialect_files".to_owned(), index.to_string()];
            let path = expand(name, source.directory()).map_err(|why| source.fault(&at, &why))?;
            let more = open(&path).map_err(|error| source.fault(&at, &error.message()))?;
            let tables = more.parse::<DialectFile>()?.dialects;
            dialects.add(more, tables)?;
        }
        let profiles = Profiles { source, file, dialects, seen: None };
        profiles.check_names()?;
        Ok(profiles)
    }

    fn check_names(&self) -> Result<()> {
        for (section, names) in [
            ("profiles", self.file.profiles.keys().collect::<Vec<_>>()),
            ("stores", self.file.stores.keys().collect()),
        ] {
            let mut seen = BTreeMap::new();
            for name in names {
                let fault = |words: &str| self.source.fault(&[section.to_owned(), name.clone()], words);
                suggest::check_name(name).map_err(|why| fault(&why))?;
                if let Some(twin) = seen.insert(name.to_lowercase(), name) {
                    return Err(fault(&format!("differs from `{twin}` only in upper and lower case")));
                }
            }
        }
        match &self.file.default_profile {
            Some(name) if !self.file.profiles.contains_key(name) => {
                Err(self.source.fault(&["default_profile".to_owned()], &self.no_profile(name)))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn path(&self) -> String {
        self.source.name()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.file.profiles.keys().map(String::as_str)
    }

    /// The name to use: as asked, else the default, else the only one.
    pub(crate) fn choose(&self, asked: Option<String>) -> Result<String> {
        let unknown = |words: String| Error::new(Code::UnknownProfile, words);
        let mut names = self.names();
        let name = match (asked.or_else(|| self.file.default_profile.clone()), names.next(), names.next()) {
            (Some(name), _, _) => name,
            (None, Some(only), None) => only.to_owned(),
            (None, None, _) => return Err(unknown(format!("{} names no profile", self.path()))),
            (None, Some(_), Some(_)) => {
                let all = self.names().collect::<Vec<_>>().join(", ");
                return Err(unknown(format!("which profile? there are {all}"))
                    .hint("say `--profile NAME`, or set `default_profile`"));
            }
        };
        if self.file.profiles.contains_key(&name) { Ok(name) } else { Err(unknown(self.no_profile(&name))) }
    }

    /// Without the name that was given: it may be a secret in the wrong place.
    fn no_profile(&self, name: &str) -> String {
        match suggest::did_you_mean(name, self.names()) {
            Some(close) => format!("there is no such profile, did you mean `{close}`?"),
            None => {
                format!("there is no such profile; there are {}", self.names().collect::<Vec<_>>().join(", "))
            }
        }
    }

    pub(crate) fn get(&self, name: &str) -> Result<Profile> {
        let entry = self
            .file
            .profiles
            .get(name)
            .ok_or_else(|| Error::new(Code::UnknownProfile, self.no_profile(name)))?;
        self.resolve(name, entry).map_err(|wrong| match wrong {
            Wrong::Here(fault) => self.source.fault_below(&["profiles".to_owned(), name.to_owned()], &fault),
            Wrong::Elsewhere(error) => error,
        })
    }

    fn resolve(&self, name: &str, entry: &Entry) -> std::result::Result<Profile, Wrong> {
        let dialect = self.dialects.load(&entry.dialect);
        let dialect = dialect
            .ok_or_else(|| Fault::at(&["dialect"], &self.dialects.unknown(&entry.dialect)))?
            .map_err(Wrong::Elsewhere)?;
        let directory = self.source.directory().to_owned();
        let (store_name, store) = self.store(entry, &directory)?;
        let account = entry.account.clone().unwrap_or_else(|| name.to_owned());
        suggest::check_name(&account).map_err(|why| Fault::at(&["account"], &why))?;
        let client_auth = client_auth(entry, &dialect)?;
        let values = given_values(entry, &dialect, &client_auth)?;
        let token_url = entry
            .token_url
            .as_deref()
            .map(checked_url)
            .transpose()
            .map_err(|why| Fault::at(&["token_url"], &why))?;
        let origins = origins(&dialect, token_url.as_ref(), &values.plain, &values.secret)
            .map_err(|(key, why)| Fault::at(&[key], &why))?;
        let binding = Binding { origins, client_id: entry.client_id.clone() };
        Ok(Profile {
            name: name.to_owned(),
            dialect_name: entry.dialect.clone(),
            account,
            store_name,
            store,
            binding,
            min_ttl: entry.min_ttl.map(|span| span.0),
            access_lifetime: entry.access_lifetime.or(dialect.access_lifetime).map(|span| span.0),
            timeout: entry.timeout.map_or(TIMEOUT, |span| span.0),
            policy: policy(entry, &dialect)?,
            tls: tls(entry, &directory).map_err(|fault| fault.below(&["tls"]))?,
            proxy: proxy(entry)?,
            token_url,
            client_auth,
            signing_alg: entry.signing_alg,
            plain: values.plain,
            secret: values.secret,
            extra: values.extra,
            proxy_auth: entry.proxy_auth.clone(),
            directory,
            dialect,
        })
    }

    /// What profiles of one credential have in common: the kind of store and the account, in any case.
    /// Of one that cannot be resolved it is a guess.
    pub(crate) fn credential(&self, name: &str) -> (bool, String) {
        let Some(entry) = self.file.profiles.get(name) else { return (false, name.to_lowercase()) };
        let store = self.store(entry, self.source.directory());
        let account = entry.account.as_deref().unwrap_or(name);
        (store.is_ok_and(|(_, spec)| spec == StoreSpec::Keyring), account.to_lowercase())
    }

    fn store(&self, entry: &Entry, directory: &Path) -> std::result::Result<(String, StoreSpec), Wrong> {
        let name = entry.store.as_deref().unwrap_or("keyring");
        let spec = match (name, self.file.stores.get(name)) {
            (_, Some(StoreEntry { kind: StoreKind::Keyring, key: None })) | ("keyring", None) => {
                StoreSpec::Keyring
            }
            (_, Some(StoreEntry { kind: StoreKind::Keyring, key: Some(_) })) => {
                let path = ["stores".to_owned(), name.to_owned(), "key".to_owned()];
                return Err(Wrong::Elsewhere(self.source.fault(&path, "a keyring keeps its own keys")));
            }
            (_, Some(StoreEntry { kind: StoreKind::File, key })) => {
                let key = key_source(key.as_ref(), directory).map_err(|why| {
                    let path = ["stores".to_owned(), name.to_owned(), "key".to_owned()];
                    Wrong::Elsewhere(self.source.fault(&path, &why))
                })?;
                StoreSpec::File(key)
            }
            ("file", None) => StoreSpec::File(KeySource::StateDir),
            (unknown, None) => {
                let known =
                    ["keyring", "file"].into_iter().chain(self.file.stores.keys().map(String::as_str));
                let close =
                    suggest::did_you_mean(unknown, known).map(|close| format!(", did you mean `{close}`?"));
                return Err(Fault::at(
                    &["store"],
                    &format!("there is no such store{}", close.unwrap_or_default()),
                )
                .into());
            }
        };
        Ok((name.to_owned(), spec))
    }

    /// Another profile that would share this one's credential but sends it elsewhere.
    pub(crate) fn rival(&self, profile: &Profile) -> Option<String> {
        let mut others =
            self.names().filter(|name| *name != profile.name).filter_map(|name| self.get(name).ok());
        others.find(|other| other.rivals(profile)).map(|other| other.name)
    }

    /// The words for it, at the place where `account` stands or could stand.
    pub(crate) fn rivalry(&self, profile: &Profile, rival: &str) -> Error {
        let words = format!(
            "profile `{rival}` has the same account `{}` in the same store, but another vendor or client; give one of them an `account` of its own",
            profile.account
        );
        self.source.fault(&["profiles".to_owned(), profile.name.clone(), "account".to_owned()], &words)
    }
}

/// What is wrong, in the profile's own table or in another place.
enum Wrong {
    Here(Fault),
    Elsewhere(Error),
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Wrong {
        Wrong::Here(fault)
    }
}

#[derive(Default)]
struct Given {
    plain: Values,
    secret: Vec<(String, SecretSource)>,
    extra: Vec<String>,
}

/// Every value the profile gives; `Err` if the dialect needs one that it does not, or knows none of that name.
fn given_values(
    entry: &Entry,
    dialect: &Dialect,
    client_auth: &BTreeMap<String, ClientAuth>,
) -> std::result::Result<Given, Fault> {
    let mut given = Given::default();
    let mut put =
        |name: &str, value: &str| given.plain.insert(name.to_owned(), Zeroizing::new(value.to_owned()));
    if let Some(base) = &entry.base_url {
        let url = checked_url(base).map_err(|why| Fault::at(&["base_url"], &why))?;
        if url.query().is_some() {
            return Err(Fault::at(&["base_url"], "a base address has no query; `token_url` may have one"));
        }
        put("base_url", base.trim_end_matches('/'));
    }
    for (name, value) in [
        ("token_url", &entry.token_url),
        ("client_id", &entry.client_id),
        ("scope", &entry.scope),
        ("key_id", &entry.key_id),
    ] {
        if let Some(value) = value {
            if value.is_empty() || value.chars().any(char::is_control) {
                return Err(Fault::at(&[name], "is empty or holds a control character"));
            }
            put(name, value);
        }
    }
    for (name, source) in [
        ("client_secret", &entry.client_secret),
        ("private_key", &entry.private_key),
        ("certificate", &entry.certificate),
    ] {
        given.secret.extend(source.iter().map(|source| (name.to_owned(), source.clone())));
    }
    for (name, rule) in &dialect.params {
        if let Some(default) = &rule.default {
            given.plain.insert(format!("params.{name}"), Zeroizing::new(default.clone()));
        }
    }
    for (name, param) in &entry.params {
        give_param(&mut given, dialect, name, param)?;
    }
    let has =
        |name: &str| given.plain.contains_key(name) || given.secret.iter().any(|(known, _)| known == name);
    let needs = |name: &str, step: &Step<'_>| {
        let request = &step.exchange.request;
        let by_auth = client_auth.get(step.name).is_some_and(|auth| auth.needs().contains(&name));
        let own_address = step.is_last() && entry.token_url.is_some();
        let mut templates =
            request.templates().into_iter().filter(|(path, _)| !(own_address && path[0] == "url"));
        by_auth || templates.any(|(_, template)| template.needs(name))
    };
    for name in
        ["base_url", "token_url", "client_id", "client_secret", "private_key", "key_id", "certificate"]
    {
        if !has(name) && dialect.refresh().steps().any(|step| needs(name, &step)) {
            return Err(Fault::at(&[name], &format!("is missing; the dialect `{}` needs it", entry.dialect)));
        }
    }
    if client_auth.values().any(|auth| auth.needs_certificate()) && entry.tls.client_cert.is_none() {
        return Err(Fault::at(&["tls", "client_cert"], "is missing; the client authenticates by mutual TLS"));
    }
    for (name, rule) in dialect.params.iter().filter(|(_, rule)| !rule.optional) {
        if !has(&format!("params.{name}")) {
            let values = rule.one_of.as_ref().map(|all| format!("; one of {}", all.join(", ")));
            let words =
                format!("is missing; the dialect `{}` needs it{}", entry.dialect, values.unwrap_or_default());
            return Err(Fault::at(&["params", name], &words));
        }
    }
    Ok(given)
}

fn give_param(
    given: &mut Given,
    dialect: &Dialect,
    name: &str,
    param: &Param,
) -> std::result::Result<(), Fault> {
    let declared = dialect.params.get(name);
    let fault = |words: &str| Fault::at(&["params", name], words);
    if declared.is_none() {
        if !dialect.takes_extra_params() {
            let close = suggest::did_you_mean(name, dialect.params.keys().map(String::as_str))
                .map(|close| format!(", did you mean `{close}`?"));
            return Err(fault(&format!("the dialect has no such param{}", close.unwrap_or_default())));
        }
        given.extra.push(name.to_owned());
    }
    match param {
        Param::Plain(_) if declared.is_some_and(|rule| rule.secret) => {
            return Err(fault(
                "a secret never stands here itself; write `{ env = \"NAME\" }`, `{ file = \"PATH\" }` or `{ command = [\"PROGRAM\"] }`",
            ));
        }
        Param::Plain(text) => {
            if let Some(one_of) =
                declared.and_then(|rule| rule.one_of.as_ref()).filter(|all| !all.contains(text))
            {
                let close = suggest::did_you_mean(text, one_of.iter().map(String::as_str));
                let close = close.map(|close| format!(", did you mean `{close}`?")).unwrap_or_default();
                return Err(fault(&format!("expected one of {}{close}", one_of.join(", "))));
            }
            given.plain.insert(format!("params.{name}"), Zeroizing::new(text.clone()));
        }
        Param::Secret(source) => given.secret.push((format!("params.{name}"), source.clone())),
    }
    Ok(())
}

/// How the client authenticates in each step that says so.
fn client_auth(entry: &Entry, dialect: &Dialect) -> std::result::Result<BTreeMap<String, ClientAuth>, Fault> {
    let offered = dialect.client_auth();
    match entry.client_auth {
        Some(_) if offered.is_empty() => {
            let words = format!("the dialect `{}` authenticates the client in its own way", entry.dialect);
            return Err(Fault::at(&["client_auth"], &words));
        }
        Some(asked) if !offered.contains(&asked) => {
            let mut names: Vec<&str> = offered.iter().map(|one| one.word()).collect();
            names.dedup();
            let words = format!("the dialect `{}` knows only {}", entry.dialect, names.join(", "));
            return Err(Fault::at(&["client_auth"], &words));
        }
        _ => {}
    }
    let choose = |offered: &[ClientAuth]| -> Option<ClientAuth> {
        let has = |one: ClientAuth| offered.contains(&one);
        match entry.client_auth {
            Some(asked) if has(asked) => Some(asked),
            None if entry.private_key.is_some() && has(ClientAuth::PrivateKeyJwt) => {
                Some(ClientAuth::PrivateKeyJwt)
            }
            // Without a secret there is a public client, if the vendor has those.
            None if entry.client_secret.is_none() && has(ClientAuth::None) => Some(ClientAuth::None),
            _ => offered.first().copied(),
        }
    };
    let chosen = dialect
        .refresh()
        .steps()
        .filter_map(|step| Some((step.name.to_owned(), choose(&step.exchange.request.client_auth)?)));
    Ok(chosen.collect())
}

fn policy(entry: &Entry, dialect: &Dialect) -> std::result::Result<Policy, Fault> {
    if dialect.renews_with == RenewsWith::Client {
        // Nothing is spent by asking, so nothing is lost by asking again.
        return Ok(Policy { class: Class::None, grace: Duration::ZERO, never: false });
    }
    let class = entry.rotation.unwrap_or(dialect.rotation);
    let grace = entry.grace.or(dialect.grace.filter(|_| entry.rotation.is_none()));
    if class.word().starts_with("grace-") != grace.is_some() {
        return Err(Fault::at(
            &["grace"],
            "goes with the rotation classes `grace-same` and `grace-new`, and only with them",
        ));
    }
    let never = entry.replay.or(dialect.replay).is_some();
    Ok(Policy { class, grace: grace.map_or(Duration::ZERO, |span| span.0), never })
}

fn tls(entry: &Entry, directory: &Path) -> std::result::Result<Tls, Fault> {
    let written = &entry.tls;
    let path = |key: &'static str, path: &Option<String>| {
        path.as_ref().map(|path| expand(path, directory)).transpose().map_err(|why| Fault::at(&[key], &why))
    };
    if written.insecure && (written.pin_sha256.is_some() || written.ca_file.is_some()) {
        return Err(Fault::at(
            &["insecure"],
            "switches off what `ca_file` or `pin_sha256` would check; take one",
        ));
    }
    if written.pin_sha256.is_some() && written.ca_file.is_some() {
        return Err(Fault::at(&["pin_sha256"], "replaces the check that `ca_file` is for; take one"));
    }
    if written.client_cert.is_some() != written.client_key.is_some() {
        return Err(Fault::at(&["client_cert"], "`client_cert` and `client_key` go together"));
    }
    Ok(Tls {
        ca_file: path("ca_file", &written.ca_file)?,
        pin: written
            .pin_sha256
            .as_deref()
            .map(pin)
            .transpose()
            .map_err(|why| Fault::at(&["pin_sha256"], why))?,
        insecure: written.insecure,
        client_cert: path("client_cert", &written.client_cert)?,
        client_key: path("client_key", &written.client_key)?,
    })
}

fn pin(text: &str) -> std::result::Result<[u8; 32], &'static str> {
    let wrong = "expected 64 hexadecimal digits, colons allowed: the SHA-256 of the certificate's DER";
    let digits: Vec<u32> =
        text.chars().filter(|c| *c != ':').map(|c| c.to_digit(16)).collect::<Option<_>>().ok_or(wrong)?;
    let bytes: Vec<u8> = digits
        .chunks(2)
        .filter_map(|pair| u8::try_from(pair.iter().fold(0, |sum, digit| sum * 16 + digit)).ok())
        .collect();
    if digits.len() != 64 { Err(wrong) } else { bytes.try_into().map_err(|_| wrong) }
}

fn proxy(entry: &Entry) -> std::result::Result<Proxy, Fault> {
    let Some(text) = &entry.proxy else {
        return match entry.proxy_auth {
            Some(_) => Err(Fault::at(&["proxy_auth"], "needs a `proxy`")),
            None => Ok(Proxy::Environment),
        };
    };
    if text == "none" {
        return Ok(Proxy::None);
    }
    let url = Url::parse(text)
        .ok()
        .filter(|url| url.has_host() && ["http", "https", "socks5", "socks5h"].contains(&url.scheme()));
    let url = url.ok_or_else(|| {
        Fault::at(&["proxy"], "expected `none` or an address such as `http://proxy.example:3128`")
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Fault::at(
            &["proxy"],
            "a login never stands here itself; write `proxy_auth = { env = \"NAME\" }` with `user:password` in NAME",
        ));
    }
    Ok(Proxy::Url(url))
}

fn key_source(entry: Option<&KeyEntry>, directory: &Path) -> std::result::Result<KeySource, String> {
    let Some(entry) = entry else {
        return Ok(KeySource::StateDir);
    };
    match (&entry.env, &entry.file, &entry.command, entry.keyring) {
        (Some(name), None, None, false) => Ok(KeySource::Secret(SecretSource::Env(name.clone()))),
        (None, Some(path), None, false) => expand(path, directory).map(KeySource::KeyFile),
        (None, None, Some(words), false) if !words.is_empty() => Ok(KeySource::Secret(SecretSource::Command(words.clone()))),
        (None, None, None, true) => Ok(KeySource::Keyring),
        _ => Err("one of `{ file = \"PATH\" }`, `{ env = \"NAME\" }`, `{ keyring = true }` and `{ command = [\"PROGRAM\"] }`".into()),
    }
}
