//! What another machine is answered: `serve-once`.

use clap::{Args, ValueEnum};

use super::known;
use crate::base::suggest::check_name;

/// What one may do beside asking for tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Allowed {
    /// Log out
    Logout,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct ServeOnce {
    /// Serve only these profiles
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = name, add = known::profiles())]
    pub(crate) profiles: Option<Vec<String>>,

    /// Let the caller do this too
    #[arg(long, value_name = "WHAT")]
    pub(crate) allow: Option<Allowed>,
}

fn name(text: &str) -> Result<String, String> {
    check_name(text).map(|()| text.to_owned())
}
