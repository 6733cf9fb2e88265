//! What a profile keeps secret, read for one request and forgotten after it. The time that a
//! command of the user takes is spent here, before any lock.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use url::Url;
use zeroize::Zeroizing;

use super::secret_command::LARGEST;
use super::secret_source::{SecretReader, SecretSource, expand};
use super::{Profile, StoreSpec};
use crate::base::error::{Error, Result, config};
use crate::base::program::unstartable;
use crate::base::secret_text::{Form, oddities};
use crate::credential::secrets::ClientSecret;
use crate::dialect::flow::Step;
use crate::dialect::template::Values;
use crate::dialect::totp::Totp;
use crate::http::proxy::Proxy;

pub(crate) const USERNAME: &str = "username";
pub(crate) const PASSWORD: &str = "password";
pub(crate) const TOTP_SEED: &str = "totp_seed";
pub(crate) const TOTP: &str = "totp";
pub(crate) const PROXY_AUTH: &str = "proxy_auth";

/// Keys of a profile, beside params, whose value never stands in the configuration itself.
pub(crate) const SUBJECT_TOKEN: &str = "subject_token";
pub(crate) const SECRET_KEYS: [&str; 8] =
    ["client_secret", "private_key", "certificate", USERNAME, PASSWORD, TOTP_SEED, SUBJECT_TOKEN, PROXY_AUTH];

/// What the profile's store gave, or the runner of a CI job, by the keys that it is for.
pub(crate) type Given = BTreeMap<String, ClientSecret>;

/// What a profile keeps secret, read for one request.
pub(crate) struct Secrets {
    pub(super) values: Values,
    pub(crate) proxy_auth: Option<ClientSecret>,
    /// What is odd about them, in words for people.
    pub(crate) odd: Vec<String>,
    /// Of one-time codes, without whatever it was written with.
    seed: Option<Zeroizing<String>>,
    derived: Derived,
}

/// What secrets are read for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    /// To renew what is there, or to give it back.
    Renewal,
    Login,
}

/// What requests made of secrets, such as a signed assertion: added as they are made, never taken away.
#[derive(Default)]
struct Derived(OnceLock<Box<(Vec<Zeroizing<String>>, Derived)>>);

impl Profile {
    /// Reads every source of a secret that is `wanted`, but for what is `given` already. `Err` also if what one gives can
    /// only be wrong.
    pub(crate) fn secrets(&self, wanted: For, silent: bool, given: &Given) -> Result<Secrets> {
        let reader = SecretReader { directory: &self.directory, silent };
        let odd = RefCell::new(Vec::new());
        let mut secrets = self.read_by(wanted, |key, source| {
            let secret = match given.get(key).filter(|_| source.is_given()) {
                Some(secret) => secret.clone(),
                None => source.read(reader)?,
            };
            let found = odd_about(key, &secret).map_err(|why| format!("its value {why}"))?;
            let words = |what| format!("`profiles.{}.{key}` {what}; it is used unchanged", self.name);
            odd.borrow_mut().extend(found.into_iter().map(words));
            Ok(secret)
        })?;
        secrets.odd = odd.into_inner();
        Ok(secrets)
    }

    /// Whether what is `wanted` is to be had, as far as can be told here: no command is run, and what `is_given` is not asked
    /// for.
    pub(crate) fn check_sources(&self, wanted: For) -> Result<()> {
        let reader = SecretReader { directory: &self.directory, silent: true };
        let look = |key: &str, source: &SecretSource| {
            let secret = source.read(reader)?;
            odd_about(key, &secret).map_err(|why| format!("its value {why}"))?;
            Ok(secret)
        };
        let checked = self.read_by(wanted, |key, source| match source {
            SecretSource::Env(_) | SecretSource::File(_) | SecretSource::Credential(_) => look(key, source),
            SecretSource::Command(_) | SecretSource::Store | SecretSource::ActionsIdToken(_) => {
                Ok(ClientSecret::new(""))
            }
        });
        checked.map(drop)
    }

    /// The same as far as it is to be had without running a command or asking anybody. `None`: it is not.
    pub(crate) fn secrets_at_hand(&self, wanted: For, given: &Given) -> Option<Secrets> {
        let reader = SecretReader { directory: &self.directory, silent: true };
        let read = self.read_by(wanted, |key, source| match source {
            SecretSource::Env(_) | SecretSource::File(_) | SecretSource::Credential(_) => source.read(reader),
            _ => given.get(key).cloned().ok_or_else(String::new),
        });
        read.ok()
    }

    /// What is wrong with each of the sources, as far as can be told without asking one that only a person, a program or a
    /// store could answer for.
    pub(crate) fn source_faults(&self, wanted: For) -> Vec<Error> {
        let reader = SecretReader { directory: &self.directory, silent: true };
        let unfit = |key: &str, source: &SecretSource| {
            let looked = match source {
                SecretSource::Env(_) | SecretSource::File(_) | SecretSource::Credential(_) => {
                    source.read(reader).and_then(|secret| {
                        odd_about(key, &secret).map(drop).map_err(|why| format!("its value {why}"))
                    })
                }
                SecretSource::Command(words) => {
                    let named_by = format!("`profiles.{}.{key}`", self.name);
                    let lacking = unstartable(&words[0], &self.directory, &named_by)?;
                    return Some(self.unread(key, source, &lacking.words).hint(lacking.mend));
                }
                SecretSource::Store | SecretSource::ActionsIdToken(_) => Ok(()),
            };
            let error = looked.err().map(|why| self.unread(key, source, &why))?;
            let key = format!("profiles.{}.{key}", self.name);
            Some(match source {
                SecretSource::File(path) => {
                    let path = expand(path, &self.directory)
                        .map_or_else(|_| path.clone(), |path| path.display().to_string());
                    error.hint(format!("put the secret into {path}, or set `{key}` to where it is"))
                }
                SecretSource::Credential(name) => error.hint(format!(
                    "run it in the unit that is given `{name}`, or set `{key}` to another source"
                )),
                _ => error,
            })
        };
        let wanted = |key: &str| key == PROXY_AUTH || self.wants(wanted, key);
        self.secret_keys()
            .filter(|(key, _)| wanted(key))
            .filter_map(|(key, source)| unfit(key, source))
            .collect()
    }

    /// What is worth a look, although a run would take it.
    pub(crate) fn source_oddities(&self, wanted: For) -> Vec<String> {
        let reader = SecretReader { directory: &self.directory, silent: true };
        let odd = |key: &str, source: &SecretSource| {
            let read = match source {
                SecretSource::Env(_) | SecretSource::File(_) | SecretSource::Credential(_) => {
                    source.read(reader).ok()
                }
                _ => None,
            };
            let odd = read.and_then(|secret| odd_about(key, &secret).ok()).unwrap_or_default();
            let name = format!("`profiles.{}.{key}`", self.name);
            let mut all: Vec<String> = odd
                .into_iter()
                .map(|why| format!("{name} (from {}): its value {why}", source.place()))
                .collect();
            all.extend(source.exposed(&self.directory, &name));
            all
        };
        let wanted = |key: &str| key == PROXY_AUTH || self.wants(wanted, key);
        self.secret_keys().filter(|(key, _)| wanted(key)).flat_map(|(key, source)| odd(key, source)).collect()
    }

    fn unread(&self, key: &str, source: &SecretSource, why: &str) -> Error {
        let error = config(format!("`profiles.{}.{key}`: {why}", self.name));
        match source.unset_variable() {
            Some(name) => error.hint(unset_hint(name, key, &self.store)),
            None => error,
        }
    }

    /// Every key that names a source of a secret.
    pub(crate) fn secret_keys(&self) -> impl Iterator<Item = (&str, &SecretSource)> {
        let proxy = self.proxy_auth.iter().map(|source| (PROXY_AUTH, source));
        self.secret.iter().map(|(key, source)| (key.as_str(), source)).chain(proxy)
    }

    /// Those of them whose secret lies in the profile's store.
    pub(crate) fn stored_keys(&self) -> impl Iterator<Item = &str> {
        let stored = self.secret_keys().filter(|(_, source)| **source == SecretSource::Store);
        stored.map(|(key, _)| key)
    }

    /// Those of them that the runner of a CI job gives, and for which audience.
    pub(crate) fn id_tokens(&self) -> impl Iterator<Item = (&str, &str)> {
        self.secret_keys().filter_map(|(key, source)| match source {
            SecretSource::ActionsIdToken(audience) => Some((key, audience.as_str())),
            _ => None,
        })
    }

    /// Every key that could name one, whether or not it does.
    pub(crate) fn possible_secret_keys(&self) -> Vec<String> {
        let params = self.dialect.params.iter().filter(|(_, rule)| rule.one_of.is_none());
        let params = params.map(|(name, _)| format!("params.{name}"));
        SECRET_KEYS.into_iter().map(str::to_owned).chain(params).collect()
    }

    /// Who is given the secret of that key, or what is made with it: scheme, host and port of each.
    pub(crate) fn receivers(&self, key: &str) -> Vec<String> {
        match &self.proxy {
            Proxy::Url(url) if key == PROXY_AUTH => vec![origin(url)],
            _ => self.receivers.clone().unwrap_or_else(|| self.binding.origins.clone()),
        }
    }

    /// `None`: the step sends no one-time code.
    pub(crate) fn totp(&self, step: &Step<'_>, secrets: &Secrets) -> Result<Option<Totp>> {
        let seed = secrets.values.get(TOTP_SEED).filter(|_| step.exchange.request.uses(TOTP));
        let wrong = |why| config(format!("`profiles.{}.{TOTP_SEED}`: its value {why}", self.name));
        seed.map(|seed| Totp::parse(seed)).transpose().map_err(wrong)
    }

    /// The same of whatever `reading` gives.
    pub(crate) fn secrets_by(
        &self,
        reading: impl Fn(&SecretSource) -> std::result::Result<ClientSecret, String>,
    ) -> Result<Secrets> {
        self.read_by(For::Login, |_, source| reading(source))
    }

    /// Whether a run for this needs it: what only a login sends is left alone by all else.
    pub(crate) fn wants(&self, wanted: For, key: &str) -> bool {
        // Whoever has the login sends, with its own.
        if self.store.owner().is_some() {
            return false;
        }
        let name = if key == TOTP_SEED { TOTP } else { key };
        let by_login =
            [USERNAME, PASSWORD, TOTP_SEED, SUBJECT_TOKEN].contains(&key) || key.starts_with("params.");
        wanted == For::Login || !by_login || self.dialect.wants_later(name) || !self.dialect.sends(name)
    }

    fn read_by(
        &self,
        wanted: For,
        reading: impl Fn(&str, &SecretSource) -> std::result::Result<ClientSecret, String>,
    ) -> Result<Secrets> {
        let read = |key: &str, source: &SecretSource| {
            reading(key, source).map_err(|why| self.unread(key, source, &why))
        };
        let mut values = self.plain.clone();
        for (name, source) in self.secret.iter().filter(|(name, _)| self.wants(wanted, name)) {
            values.insert(name.clone(), Zeroizing::new(read(name, source)?.expose().to_owned()));
        }
        let sends = self.store.owner().is_none();
        let proxy_auth =
            self.proxy_auth.as_ref().filter(|_| sends).map(|source| read(PROXY_AUTH, source)).transpose()?;
        let seed = values.get(TOTP_SEED).and_then(|seed| Totp::parse(seed).ok()).map(|totp| totp.base32());
        Ok(Secrets { values, proxy_auth, odd: Vec::new(), seed, derived: Derived::default() })
    }
}

/// What is odd about the secret of a key. `Err`: it can only be wrong.
pub(crate) fn odd_about(
    key: &str,
    secret: &ClientSecret,
) -> std::result::Result<Vec<&'static str>, &'static str> {
    if secret.expose().len() > LARGEST {
        return Err("contains more than 64 KiB");
    }
    if key == TOTP_SEED {
        return Totp::parse(secret.expose()).map(|_| Vec::new());
    }
    oddities(secret.expose(), form(key))
}

/// `socks5` has none of its own to the `url` crate.
fn origin(url: &Url) -> String {
    let origin = url.origin();
    if origin.is_tuple() {
        return origin.ascii_serialization();
    }
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

fn unset_hint(variable: &str, key: &str, store: &StoreSpec) -> String {
    let begin = format!("cron, timers and services start with their own environment: set `{variable}` there");
    // What a job is given for minutes lies nowhere.
    if key == SUBJECT_TOKEN {
        return begin;
    }
    let stored = if matches!(store, StoreSpec::Command(_) | StoreSpec::Remote(_)) {
        ""
    } else {
        "`{ store = true }`, "
    };
    format!(
        "{begin}, or keep the secret where they find it, as in {stored}`{{ file = \"PATH\" }}` or `{{ command = [\"PROGRAM\"] }}`"
    )
}

/// What the secret of a key of a profile may look like.
fn form(key: &str) -> Form {
    match key {
        "client_secret" | USERNAME | PASSWORD | PROXY_AUTH => Form::Line,
        "private_key" | "certificate" => Form::Pem,
        _ => Form::Free,
    }
}

impl Secrets {
    /// All that the profile gives to a request, each after its name.
    pub(crate) fn given(&self) -> impl Iterator<Item = &str> {
        let values = self.values.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        values.chain(self.proxy_auth.iter().map(ClientSecret::expose))
    }

    /// The same without what makes an audience: where it goes, and who asks.
    pub(crate) fn of_the_client<'a>(&'a self, profile: &'a Profile) -> impl Iterator<Item = &'a str> {
        let plain = |name: &str| profile.plain.contains_key(name);
        let asks = move |name: &str| name == "scope" || (name.starts_with("params.") && plain(name));
        let values = self.values.iter().filter(move |(name, _)| !asks(name));
        let values = values.flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        values.chain(self.proxy_auth.iter().map(ClientSecret::expose))
    }

    /// Every value that must not show in any output.
    pub(crate) fn all(&self, profile: &Profile) -> Vec<&str> {
        let named =
            profile.secret.iter().filter_map(|(name, _)| self.values.get(name)).map(|value| value.as_str());
        let seed = self.seed.iter().map(|seed| seed.as_str());
        named.chain(self.proxy_auth.iter().map(ClientSecret::expose)).chain(seed).collect()
    }

    /// The same, and what requests made of them.
    pub(crate) fn never_shown(&self, profile: &Profile) -> Vec<&str> {
        let mut all = self.all(profile);
        let mut link = &self.derived;
        while let Some(made) = link.0.get() {
            all.extend(made.0.iter().map(|value| value.as_str()));
            link = &made.1;
        }
        all
    }

    /// From here on these are not shown either.
    pub(crate) fn derive(&self, values: Vec<Zeroizing<String>>) {
        let mut made = Box::new((values, Derived::default()));
        let mut link = &self.derived;
        while let Err(not_set) = link.0.set(made) {
            made = not_set;
            let Some(next) = link.0.get() else { return };
            link = &next.1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::profiles::profile;

    const KEYS: &str = "token_url = 'https://a.example/t'\nclient_id = 'c'\nclient_secret = { store = true }\npassword = { store = true }\nusername = 'ada'\ntotp_seed = { store = true }\nproxy = 'http://p.example:3128'\nproxy_auth = { store = true }\n";

    fn of(keys: &str) -> Profile {
        profile(&format!("dialect = 'oauth2'\n{keys}")).expect(keys)
    }

    fn stored(all: &[(&str, &str)]) -> Given {
        all.iter().map(|(key, value)| ((*key).to_owned(), ClientSecret::new(*value))).collect()
    }

    #[test]
    fn what_the_store_gave_is_read_as_any_other_secret() {
        let profile = of(KEYS);
        let keys: Vec<&str> = profile.stored_keys().collect();
        assert_eq!(keys, ["client_secret", "password", "totp_seed", "proxy_auth"]);
        let all =
            [("client_secret", " cs"), ("password", "pw"), ("totp_seed", "jbsw y3dp"), ("proxy_auth", "a:b")];
        let secrets =
            profile.secrets(For::Login, true, &stored(&all)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(secrets.all(&profile), [" cs", "pw", "jbsw y3dp", "a:b", "JBSWY3DP"]);
        assert_eq!(
            secrets.odd,
            ["`profiles.a.client_secret` begins or ends with a blank; it is used unchanged"]
        );
        let without =
            profile.secrets(For::Login, true, &stored(&all[1..])).map(|_| ()).expect_err("one is missing");
        assert!(
            without.message().starts_with("`profiles.a.client_secret`: the store has no such secret"),
            "{without}"
        );
        let other = stored(&[("totp_seed", "CANARY0"), all[0], all[1], all[3]]);
        let wrong = profile.secrets(For::Login, true, &other).map(|_| ()).expect_err("no seed").message();
        assert!(
            wrong.starts_with("`profiles.a.totp_seed`: its value") && !wrong.contains("CANARY"),
            "{wrong}"
        );
    }

    #[test]
    fn a_secret_belongs_to_whoever_is_given_it() {
        let profile = of(KEYS);
        assert_eq!(profile.receivers("password"), ["https://a.example"]);
        for (proxy, origin) in [
            ("http://p.example:3128", "http://p.example:3128"),
            ("http://P.example:80/", "http://p.example"),
            ("https://p.example", "https://p.example"),
            ("socks5://p.example:1080", "socks5://p.example:1080"),
            ("socks5h://[::1]", "socks5h://[::1]"),
        ] {
            let profile = of(&KEYS.replace("http://p.example:3128", proxy));
            assert_eq!(profile.receivers("proxy_auth"), [origin], "{proxy}");
        }
    }
}
