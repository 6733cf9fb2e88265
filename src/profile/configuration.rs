//! The configuration: profiles.toml and the files that it names, and which profile is meant. Each
//! profile is resolved when it is asked for: a mistake in one stops no other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;

use super::clashes::{self, Clash};
use super::file::{DialectFile, File, WrittenProfile};
use super::put_aside::PutAside;
use super::resolve::Resolver;
use super::secret_source::{ID_TOKEN_BEARER, SecretSource, expand};
use super::{KeySource, Place, Profile, StoreSpec, audience, client_auth, stores};
use crate::base::error::{Code, Error, Result, config};
use crate::base::file_stamp::FileStamp;
use crate::base::order::{Arrange as _, InOrder as _};
use crate::base::suggest;
use crate::base::toml_source::{self, Source};
use crate::base::writers;
use crate::credential::audience::Audience;
use crate::dialect::UserDialects;
use crate::dialect::diagnosis;
use crate::dialect::schema::Dialect;

/// The configuration: every profile as written, resolved one by one.
pub(crate) struct Profiles {
    source: Source,
    file: File,
    pub(crate) dialects: UserDialects,
    /// Of every file it was read from; `None` if one was changed only now.
    pub(crate) seen: Option<Vec<FileStamp>>,
    /// Those that could not be read, for whoever looks for mistakes.
    unread_stores: BTreeSet<String>,
    /// Made when it is asked for first.
    clashes: OnceLock<BTreeMap<String, Clash>>,
    /// The same.
    audiences: OnceLock<BTreeMap<CredentialKey, BTreeSet<Audience>>>,
    secret_variables: OnceLock<Arc<[String]>>,
    file_keys: OnceLock<Arc<[KeySource]>>,
}

/// The store, and the account without its case.
pub(crate) type CredentialKey = (Option<Place>, String);

/// The dialects of a file: a dialect file, or a profiles.toml.
pub(crate) fn dialects_in(path: &Path) -> Result<UserDialects> {
    dialects_of(Source::open(path)?)
}

pub(crate) fn dialects_of(source: Source) -> Result<UserDialects> {
    let tables = source.parse::<AnyFile>()?.dialects;
    let mut dialects = UserDialects::default();
    match dialects.add(source, tables).into_iter().next() {
        Some(error) => Err(error),
        None => Ok(dialects),
    }
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
    let entry: WrittenProfile = toml_source::from_value(toml::Value::Table(table))
        .map_err(|fault| source.fault_below(&["profile".to_owned()], &fault))?;
    let profiles = Profiles {
        source,
        file: File { profiles: BTreeMap::from([("example".to_owned(), entry)]), ..File::default() },
        dialects: UserDialects::only(dialect_name, Arc::clone(dialect)),
        seen: None,
        unread_stores: BTreeSet::new(),
        clashes: OnceLock::new(),
        audiences: OnceLock::new(),
        secret_variables: OnceLock::new(),
        file_keys: OnceLock::new(),
    };
    profiles.get("example")
}

impl Profiles {
    pub(crate) fn open(path: &Path) -> Result<Profiles> {
        let mut seen = writers::stamps(path);
        let mut profiles = Profiles::read(Source::open(path)?, |more| {
            seen = seen.take().zip(writers::stamps(more)).map(|(all, more)| [all, more].concat());
            Source::open(more)
        })?;
        profiles.seen = seen;
        Ok(profiles)
    }

    /// `open` opens what `dialect_files` names.
    pub(crate) fn read(source: Source, open: impl FnMut(&Path) -> Result<Source>) -> Result<Profiles> {
        let file = source.parse()?;
        let mut found = Vec::new();
        let profiles = Profiles::of(source, file, open, &mut found);
        found.into_iter().next().map_or(Ok(profiles), Err)
    }

    /// Of a file that cannot be read as it is: everything that a reader stops at, and the profiles that are left.
    pub(crate) fn salvage(path: &Path) -> (Vec<Error>, Option<Profiles>) {
        match Source::open(path) {
            Ok(source) => Profiles::salvage_from(source),
            Err(error) => (vec![error], None),
        }
    }

    /// The same, of a text that is no file yet.
    pub(crate) fn salvage_from(source: Source) -> (Vec<Error>, Option<Profiles>) {
        let table = match source.parse::<toml::Table>() {
            Ok(table) => table,
            Err(error) => return (vec![error], None),
        };
        let diagnosis::Unread { mut faults, rest, gone } = diagnosis::unread::<File>(table);
        faults.arrange_by_key(|fault| source.offset_below(&[], fault));
        let mut found: Vec<Error> = faults.iter().map(|fault| source.fault_below(&[], fault)).collect();
        let rest = rest.map(|mut file| {
            let mut aside = PutAside::of(&gone, &faults);
            file.default_profile.take_if(|default| aside.is_lost(default));
            file.profiles.retain(|name, _| !aside.is_lost(name));
            aside.note(&mut file.profiles);
            let rest = Profiles::of(source, file, Source::open, &mut found);
            Profiles { unread_stores: aside.stores, ..rest }
        });
        (found, rest)
    }

    /// With all that was `found` wrong on the way.
    fn of(
        source: Source,
        mut file: File,
        mut open: impl FnMut(&Path) -> Result<Source>,
        found: &mut Vec<Error>,
    ) -> Profiles {
        let mut dialects = UserDialects::default();
        found.extend(dialects.add(source.clone(), std::mem::take(&mut file.dialects)));
        for (index, name) in file.dialect_files.iter().enumerate() {
            let at = ["dialect_files".to_owned(), index.to_string()];
            let path = expand(name, source.directory()).map_err(|why| source.fault(&at, &why));
            let more = path.and_then(|path| open(&path).map_err(|error| source.fault(&at, &error.message())));
            let read = more.and_then(|more| Ok((more.parse::<toml::Table>()?, more)));
            match read {
                Err(error) => found.push(error),
                Ok((table, more)) => {
                    let diagnosis::Unread { faults, rest, .. } = diagnosis::unread::<DialectFile>(table);
                    found.extend(faults.iter().map(|fault| more.fault_below(&[], fault)));
                    found.extend(rest.map(|file| dialects.add(more, file.dialects)).into_iter().flatten());
                }
            }
        }
        let (clashes, secret_variables, audiences) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        let file_keys = OnceLock::new();
        let (seen, unread_stores) = (None, BTreeSet::new());
        let profiles = Profiles {
            source,
            file,
            dialects,
            seen,
            unread_stores,
            clashes,
            audiences,
            secret_variables,
            file_keys,
        };
        profiles.check_names(found);
        profiles
    }

    fn check_names(&self, found: &mut Vec<Error>) {
        for (section, names) in [
            ("profiles", self.file.profiles.keys().collect::<Vec<_>>()),
            ("stores", self.file.stores.keys().collect()),
        ] {
            let mut seen = BTreeMap::new();
            for name in names {
                let twin = seen.insert(name.to_lowercase(), name);
                let twin = twin.map(|twin| format!("differs from `{twin}` only in upper and lower case"));
                let why = suggest::check_name(name).err().or(twin);
                found.extend(why.map(|why| self.source.fault(&[section.to_owned(), name.clone()], &why)));
            }
        }
        if let Some(name) = self.file.default_profile.as_ref().filter(|name| !self.has(name)) {
            found.push(self.source.fault(&["default_profile".to_owned()], &self.no_profile(name)));
        }
    }

    pub(crate) fn path(&self) -> String {
        self.source.name()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.file.profiles.keys().map(String::as_str)
    }

    pub(super) fn written_profiles(&self) -> impl Iterator<Item = (&str, &WrittenProfile)> {
        self.file.profiles.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    pub(super) fn default_profile(&self) -> Option<&str> {
        self.file.default_profile.as_deref()
    }

    /// A name that a new profile may bear: good, and not taken in any case. `Err` says why not.
    pub(crate) fn check_new(&self, name: &str) -> std::result::Result<(), String> {
        suggest::check_name(name)?;
        match self.names().find(|known| known.eq_ignore_ascii_case(name)) {
            None => Ok(()),
            Some(known) if known == name => Err(format!("there is already a profile `{name}`")),
            Some(twin) => {
                Err(format!("`{name}` differs from the profile `{twin}` only in upper and lower case"))
            }
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.file.profiles.contains_key(name)
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
                    .hint("use `--profile NAME`, or set `default_profile`"));
            }
        };
        if self.has(&name) { Ok(name) } else { Err(unknown(self.no_profile(&name))) }
    }

    /// Without the name that was given: it may be a secret in the wrong place.
    pub(crate) fn no_profile(&self, name: &str) -> String {
        match suggest::did_you_mean(name, self.names()) {
            _ if self.file.profiles.is_empty() => "no such profile, nor any other".to_owned(),
            Some(close) => format!("no such profile, did you mean `{close}`?"),
            None => {
                format!("no such profile; there are {}", self.names().collect::<Vec<_>>().join(", "))
            }
        }
    }

    pub(crate) fn get(&self, name: &str) -> Result<Profile> {
        let first = |faults: Vec<Error>| {
            faults.into_iter().next().unwrap_or_else(|| config("part of this profile cannot be read"))
        };
        self.whole(name).map_err(first)
    }

    pub(super) fn written(&self, name: &str) -> Result<&WrittenProfile> {
        let entry = self.file.profiles.get(name);
        entry.ok_or_else(|| Error::new(Code::UnknownProfile, self.no_profile(name)))
    }

    /// Whether some of it could not be read, so that not all can be known of it.
    pub(crate) fn is_unread(&self, name: &str) -> bool {
        self.file.profiles.get(name).is_some_and(|entry| !entry.unread.is_empty())
    }

    /// The same, but with everything that is wrong. `Err` is empty only if some of it could not be read, and nothing else
    /// is wrong.
    pub(crate) fn whole(&self, name: &str) -> std::result::Result<Profile, Vec<Error>> {
        self.resolved(name, self.written(name).map_err(|error| vec![error])?)
    }

    pub(super) fn resolved(
        &self,
        name: &str,
        entry: &WrittenProfile,
    ) -> std::result::Result<Profile, Vec<Error>> {
        let resolver = Resolver {
            source: &self.source,
            stores: &self.file.stores,
            dialects: &self.dialects,
            notice: self.file.on_login_required.as_ref(),
            unread_stores: &self.unread_stores,
            secret_variables: &|| self.secret_variables(),
        };
        let mut profile = resolver.profile(name, entry)?;
        profile.file_keys = self.file_keys();
        if let Some(all) = self.audiences.get_or_init(|| self.audiences()).get(&self.credential(name)) {
            profile.siblings = all.iter().filter(|of| **of != profile.audience).cloned().collect();
        }
        match self.clashes.get_or_init(|| self.clashes()).get(name) {
            Some(clash) => Err(vec![self.clash(&profile, clash)]),
            None => Ok(profile),
        }
    }

    /// Of every store that seals journals by a key, whether or not a profile names it.
    pub(crate) fn file_keys(&self) -> Arc<[KeySource]> {
        let key = |name| match self.store(name) {
            Some(Ok(StoreSpec::File(key))) => Some(key),
            Some(Ok(StoreSpec::Vault(store))) => Some(store.key.clone()),
            _ => None,
        };
        Arc::clone(self.file_keys.get_or_init(|| self.store_names().filter_map(key).collect()))
    }

    /// What the profiles of each credential ask for. One that is mistaken asks for nothing.
    fn audiences(&self) -> BTreeMap<CredentialKey, BTreeSet<Audience>> {
        let mut shared: BTreeMap<CredentialKey, Vec<&WrittenProfile>> = BTreeMap::new();
        for (name, entry) in &self.file.profiles {
            shared.entry(self.credential(name)).or_default().push(entry);
        }
        let of = |entry: &&WrittenProfile| {
            let dialect = self.dialects.load(&entry.dialect)?.ok()?;
            Some(audience::of(entry, &dialect))
        };
        shared.retain(|_, entries| entries.len() > 1);
        shared.into_iter().map(|(key, entries)| (key, entries.iter().filter_map(of).in_order())).in_order()
    }

    fn clashes(&self) -> BTreeMap<String, Clash> {
        clashes::all(&self.file.profiles, &self.file.stores, self.source.directory())
    }

    fn clash(&self, profile: &Profile, clash: &Clash) -> Error {
        let at = ["profiles".to_owned(), profile.name.clone(), "store".to_owned()];
        self.source.fault(&at, &clash.words(profile))
    }

    /// What profiles of one credential have in common: the kind of store and the account, in any case.
    /// Of one that cannot be resolved it is a guess.
    pub(crate) fn credential(&self, name: &str) -> CredentialKey {
        let Some(entry) = self.file.profiles.get(name) else { return Default::default() };
        let store = stores::named(entry.store_name(), &self.file.stores, self.source.directory());
        let place = store.and_then(std::result::Result::ok).map(|store| store.place());
        (place, entry.account.as_deref().unwrap_or(name).to_lowercase())
    }

    /// Whether the profile says nothing of a client that the vendor may know by its name alone.
    pub(crate) fn names_no_client(&self, profile: &Profile) -> bool {
        let written = self.written(&profile.name);
        written.is_ok_and(|written| {
            client_auth::names_no_client(written, &profile.dialect, &profile.client_auth)
        })
    }

    /// Whether a line is kept of each token that is issued.
    pub(crate) fn is_logged(&self) -> bool {
        self.file.log
    }

    /// Every environment variable that a secret, or a store's key, comes from.
    pub(crate) fn secret_variables(&self) -> Arc<[String]> {
        Arc::clone(self.secret_variables.get_or_init(|| self.all_secret_variables().into_iter().collect()))
    }

    fn all_secret_variables(&self) -> BTreeSet<String> {
        let sources = self.file.profiles.values().flat_map(WrittenProfile::secret_sources);
        let named = sources.filter_map(|source| match source {
            SecretSource::Env(name) => Some(name.clone()),
            SecretSource::ActionsIdToken(_) => Some(ID_TOKEN_BEARER.to_owned()),
            _ => None,
        });
        let keys = self.file.stores.values().filter_map(|store| store.key.as_ref()?.env.as_ref());
        named.chain(keys.cloned()).collect()
    }

    /// `None`: there is no such store. `Err`: what is wrong with its `key`.
    pub(crate) fn store(&self, name: &str) -> Option<std::result::Result<StoreSpec, stores::Mistaken>> {
        stores::named(name, &self.file.stores, self.source.directory())
    }

    pub(crate) fn store_names(&self) -> impl Iterator<Item = &str> {
        let own = self.file.stores.keys().map(String::as_str);
        let built_in = stores::BUILT_IN.into_iter().filter(|name| !self.file.stores.contains_key(*name));
        built_in.chain(own)
    }

    /// The account of every profile, and its store; `None`: that cannot be told.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = (Option<StoreSpec>, &str)> {
        self.file.profiles.iter().map(|(name, entry)| {
            let store = stores::named(entry.store_name(), &self.file.stores, self.source.directory());
            (store.and_then(std::result::Result::ok), entry.account.as_deref().unwrap_or(name))
        })
    }

    /// Whether a profile that names no store keeps its credential in the platform's keyring.
    pub(crate) fn defaults_to_keyring(&self) -> bool {
        let store = stores::named("keyring", &self.file.stores, self.source.directory());
        matches!(store, Some(Ok(StoreSpec::Keyring)))
    }

    /// The account of a profile whose credential is in the keyring.
    pub(crate) fn in_keyring<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        let entry = self.file.profiles.get(name)?;
        (self.credential(name).0 == Some(Place::Keyring)).then(|| entry.account.as_deref().unwrap_or(name))
    }

    /// Whether another profile has the same credential.
    pub(crate) fn is_shared(&self, name: &str) -> bool {
        self.names().any(|other| other != name && self.credential(other) == self.credential(name))
    }

    /// Another profile that would share this one's credential but sends it elsewhere.
    pub(crate) fn rival(&self, profile: &Profile) -> Option<String> {
        let mut others =
            self.names().filter(|name| *name != profile.name).filter_map(|name| self.get(name).ok());
        others.find(|other| other.rivals(profile)).map(|other| other.name)
    }

    /// The words for it, at the place where `account` stands or could stand.
    pub(crate) fn rivalry(&self, profile: &Profile, rival: &str) -> Error {
        let its = self.written(rival).ok().map_or(rival, |other| other.account.as_deref().unwrap_or(rival));
        let account = &profile.account;
        let elsewhere = self.get(rival).is_ok_and(|other| !other.points_where(profile));
        let words = if its == account || elsewhere {
            format!(
                "profile `{rival}` has the same account `{account}` in the same store, but another vendor or client; give one of them its own `account`"
            )
        } else {
            format!(
                "`{account}` differs from the account `{its}` of profile `{rival}` only in upper and lower case; write both alike, or give one of them its own `account`"
            )
        };
        self.fault_at(&profile.name, "account", &words)
    }

    /// Of a key of a profile, where it stands.
    pub(crate) fn fault_at(&self, profile: &str, key: &str, words: &str) -> Error {
        self.source.fault(&["profiles".to_owned(), profile.to_owned(), key.to_owned()], words)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::profiles::profiles;

    const B: &str = "[profiles.b]\ndialect = 'oauth2'\ntoken_url = 'https://a.example/t'\nclient_id = 'c'\n";

    #[test]
    fn profiles_of_one_credential_send_it_to_one_place() {
        let a = "[profiles.a]\ndialect = 'oauth2'\naccount = 'b'\n";
        for (keys, rival) in [
            ("token_url = 'https://a.example/other'\nclient_id = 'c'\n", None),
            ("token_url = 'https://b.example/t'\nclient_id = 'c'\n", Some("b")),
            ("token_url = 'https://a.example/t'\nclient_id = 'd'\n", Some("b")),
            ("token_url = 'https://b.example/t'\nclient_id = 'c'\nstore = 'file'\n", None),
        ] {
            let all = profiles(&format!("{a}{keys}{B}")).unwrap_or_else(|why| panic!("{why}"));
            let profile = all.get("a").unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(all.rival(&profile).as_deref(), rival, "{keys}");
        }
        // In other letters it is one account by accident.
        let all = profiles(&format!(
            "{}{B}",
            a.replace("'b'", "'B'") + "token_url = 'https://a.example/t'\nclient_id = 'c'\n"
        ))
        .unwrap_or_else(|why| panic!("{why}"));
        let profile = all.get("a").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(all.rival(&profile).as_deref(), Some("b"));
        assert_eq!(all.credential("a"), all.credential("b"));
        assert!(
            all.rivalry(&profile, "b")
                .message()
                .starts_with("test.toml:3:1: `profiles.a.account`: `B` differs from the account `b` of profile `b` only in upper and lower case")
        );
    }

    #[test]
    fn names_are_told_apart_without_their_case() {
        let why = profiles(&format!("{B}{}", B.replace("[profiles.b]", "[profiles.B]")))
            .map(|_| ())
            .expect_err("twins");
        assert!(why.ends_with("differs from `B` only in upper and lower case"), "{why}");
        let why = profiles(&format!("default_profile = 'c'\n{B}")).map(|_| ()).expect_err("unknown");
        assert!(why.starts_with("test.toml:1:1: `default_profile`: no such profile"), "{why}");
    }
}
