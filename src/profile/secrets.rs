//! What a profile keeps secret, read for one request and forgotten after it. The time that a
//! command of the user takes is spent here, before any lock.

use zeroize::Zeroizing;

use super::Profile;
use super::secret_source::{SecretReader, SecretSource};
use crate::base::error::{Result, config};
use crate::credential::secrets::ClientSecret;
use crate::dialect::template::Values;

/// What a profile keeps secret, read for one request.
pub(crate) struct Secrets {
    pub(super) values: Values,
    pub(crate) proxy_auth: Option<ClientSecret>,
}

impl Profile {
    /// Reads every secret source.
    pub(crate) fn secrets(&self, silent: bool) -> Result<Secrets> {
        let reader = SecretReader { directory: &self.directory, silent };
        self.secrets_by(|source| source.read(reader))
    }

    pub(crate) fn secrets_by(
        &self,
        reading: impl Fn(&SecretSource) -> std::result::Result<ClientSecret, String>,
    ) -> Result<Secrets> {
        let read = |key: &str, source: &SecretSource| {
            reading(source).map_err(|why| config(format!("`profiles.{}.{key}`: {why}", self.name)))
        };
        let mut values = self.plain.clone();
        for (name, source) in &self.secret {
            values.insert(name.clone(), Zeroizing::new(read(name, source)?.expose().to_owned()));
        }
        let proxy_auth = self.proxy_auth.as_ref().map(|source| read("proxy_auth", source)).transpose()?;
        Ok(Secrets { values, proxy_auth })
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
}
