//! A credential as one sealed line: `export --sealed`, and the key of what is exported and imported.

use std::path::PathBuf;

use clap::Args;

use crate::base::shell;
use crate::profile::KeySource;
use crate::profile::secret_source::SecretSource;

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Export {
    /// Seal it with the key, without which nobody can read it; there is no other form
    #[arg(long, required = true)]
    pub(crate) sealed: bool,

    /// Keep refreshing here, too
    #[arg(long)]
    pub(crate) copy: bool,

    #[command(flatten)]
    pub(crate) key: SealedKey,
}

/// The key of a sealed record.
#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args, Default)]
pub(crate) struct SealedKey {
    /// With --sealed: the environment variable that holds its key, 32 bytes in base64 [else the store's own key]
    #[arg(long, value_name = "NAME", requires = "sealed", conflicts_with = "key_file")]
    pub(crate) key_env: Option<String>,

    /// With --sealed: the file that holds its key
    #[arg(long, value_name = "FILE", requires = "sealed")]
    pub(crate) key_file: Option<PathBuf>,
}

impl SealedKey {
    /// As they stand on the command line, after a space.
    pub(crate) fn words(&self) -> String {
        let variable = self.key_env.as_ref().map(|name| format!(" --key-env {name}"));
        let file =
            || Some(format!(" --key-file {}", shell::quoted(&self.key_file.as_ref()?.display().to_string())));
        variable.or_else(file).unwrap_or_default()
    }

    /// `None`: nobody named one.
    pub(crate) fn source(&self) -> Option<KeySource> {
        let variable = |name: &String| KeySource::Secret(SecretSource::Env(name.clone()));
        let file = |path: &PathBuf| KeySource::KeyFile(path.clone());
        self.key_env.as_ref().map(variable).or_else(|| self.key_file.as_ref().map(file))
    }
}
