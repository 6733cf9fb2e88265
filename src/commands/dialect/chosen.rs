//! Which dialects a command is about.

use std::path::Path;

use crate::base::error::{Result, config};
use crate::commands::context::Context;
use crate::dialect::{UserDialects, catalog};
use crate::profile::configuration;

/// The catalogue is there before any profile is, also where somebody has said already where they will be.
pub(super) fn known(context: &Context<'_>) -> Result<UserDialects> {
    Ok(context.profiles_if_any()?.map(|profiles| profiles.dialects).unwrap_or_default())
}

/// The dialects that a command is about.
pub(super) struct Chosen {
    pub(super) dialects: UserDialects,
    pub(super) names: Vec<String>,
}

impl Chosen {
    /// A file, a name, or else all of one's own; who has none means the catalogue.
    pub(super) fn of(context: &Context<'_>, what: Option<&str>) -> Result<Chosen> {
        let is_file = |what: &str| what.ends_with(".toml") || what.contains(std::path::MAIN_SEPARATOR);
        let own = |dialects: UserDialects| {
            let names = dialects.names().map(str::to_owned).collect();
            Chosen { dialects, names }
        };
        match what {
            Some(file) if is_file(file) => {
                let chosen = own(configuration::dialects_in(Path::new(file))?);
                let none = || config(format!("{file} holds no [dialects.NAME]"));
                if chosen.names.is_empty() { Err(none()) } else { Ok(chosen) }
            }
            Some(name) => {
                let dialects = known(context)?;
                if !dialects.has(name) && !catalog::has(name) {
                    context.named_profiles_exist()?;
                    return Err(config(dialects.unknown(name)));
                }
                Ok(Chosen { dialects, names: vec![name.to_owned()] })
            }
            None => {
                context.named_profiles_exist()?;
                let mut chosen = own(known(context)?);
                if chosen.names.is_empty() {
                    chosen.names = catalog::names().map(str::to_owned).collect();
                }
                Ok(chosen)
            }
        }
    }
}
