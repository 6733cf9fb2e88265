//! `tokcli config`, as it is declared.

use clap::{Args, Subcommand};

use super::known;

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print where profiles.toml is looked for
    Path,
    /// Check profiles.toml and every dialect it uses
    Check,
    /// Write a new profile; at a terminal it asks for what is missing
    Add(AddProfile),
    /// Remove a profile; its credential stays
    Remove {
        /// The profile
        #[arg(add = known::profiles())]
        name: String,
    },
    /// Open profiles.toml in an editor, and put it in place once it is right
    Edit,
    /// Print the JSON Schema of profiles.toml and of dialect files, for editors
    Schema,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args, Default)]
pub(crate) struct AddProfile {
    /// Its name
    pub(crate) name: String,

    /// Its dialect: a built-in name or one under [dialects]
    #[arg(long, value_name = "NAME", add = known::dialects())]
    pub(crate) dialect: Option<String>,

    /// A key as in profiles.toml, such as `client_id=app-7` or `client_secret.env=VARIABLE`; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE", add = known::settings())]
    pub(crate) settings: Vec<String>,

    /// Make it the profile that is used if none is asked for
    #[arg(long)]
    pub(crate) default: bool,
}
