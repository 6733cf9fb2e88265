//! What a profile keeps secret, read for one request and forgotten after it. The time that a
//! command of the user takes is spent here, before any lock.

use std::cell::RefCell;
use std::sync::OnceLock;

use zeroize::Zeroizing;

use super::Profile;
use super::secret_source::{SecretReader, SecretSource};
use crate::base::error::{Result, config};
use crate::base::secret_text::{Form, oddities};
use crate::credential::secrets::ClientSecret;
use crate::dialect::template::Values;

/// What a profile keeps secret, read for one request.
pub(crate) struct Secrets {
    pub(super) values: Values,
    pub(crate) proxy_auth: Option<ClientSecret>,
    /// What is odd about them, in words for people.
    pub(crate) odd: Vec<String>,
    derived: Derived,
}

/// What requests made of secrets, such as a signed assertion: added as they are made, never taken away.
#[derive(Default)]
struct Derived(OnceLock<Box<(Vec<Zeroizing<String>>, Derived)>>);

impl Profile {
    /// Reads every secret source. `Err` also if what one gives can only be wrong.
    pub(crate) fn secrets(&self, silent: bool) -> Result<Secrets> {
        let reader = SecretReader { directory: &self.directory, silent };
        let odd = RefCell::new(Vec::new());
        let mut secrets = self.read_by(|key, source| {
            let secret = source.read(reader)?;
            let found = oddities(secret.expose(), form(key)).map_err(|why| format!("what it gives {why}"))?;
            let words = |what| format!("`profiles.{}.{key}` {what}; it is used as it is", self.name);
            odd.borrow_mut().extend(found.into_iter().map(words));
            Ok(secret)
        })?;
        secrets.odd = odd.into_inner();
        Ok(secrets)
    }

    /// The same of whatever `reading` gives.
    pub(crate) fn secrets_by(
        &self,
        reading: impl Fn(&SecretSource) -> std::result::Result<ClientSecret, String>,
    ) -> Result<Secrets> {
        self.read_by(|_, source| reading(source))
    }

    fn read_by(
        &self,
        reading: impl Fn(&str, &SecretSource) -> std::result::Result<ClientSecret, String>,
    ) -> Result<Secrets> {
        let read = |key: &str, source: &SecretSource| {
            reading(key, source).map_err(|why| {
                let error = config(format!("`profiles.{}.{key}`: {why}", self.name));
                match source.unset_variable() {
                    Some(name) => error.hint(unset_hint(name)),
                    None => error,
                }
            })
        };
        let mut values = self.plain.clone();
        for (name, source) in &self.secret {
            values.insert(name.clone(), Zeroizing::new(read(name, source)?.expose().to_owned()));
        }
        let proxy_auth = self.proxy_auth.as_ref().map(|source| read("proxy_auth", source)).transpose()?;
        Ok(Secrets { values, proxy_auth, odd: Vec::new(), derived: Derived::default() })
    }
}

fn unset_hint(variable: &str) -> String {
    format!(
        "cron, timers and services begin with an environment of their own: set `{variable}` there, or keep the secret where they find it, as in `{{ file = \"PATH\" }}` or `{{ command = [\"PROGRAM\"] }}`"
    )
}

/// What the secret of a key of a profile may look like.
fn form(key: &str) -> Form {
    match key {
        "client_secret" | "proxy_auth" => Form::Line,
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

    /// Every value that must not show in any output.
    pub(crate) fn all(&self, profile: &Profile) -> Vec<&str> {
        let named =
            profile.secret.iter().filter_map(|(name, _)| self.values.get(name)).map(|value| value.as_str());
        named.chain(self.proxy_auth.iter().map(ClientSecret::expose)).collect()
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
    pub(super) fn derive(&self, values: Vec<Zeroizing<String>>) {
        let mut made = Box::new((values, Derived::default()));
        let mut link = &self.derived;
        while let Err(not_set) = link.0.set(made) {
            made = not_set;
            let Some(next) = link.0.get() else { return };
            link = &next.1;
        }
    }
}
