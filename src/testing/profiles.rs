//! Profiles for tests, as a file would hold them.

use crate::base::error::config;
use crate::base::toml_source::Source;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;

pub(crate) fn profiles(text: &str) -> Result<Profiles, String> {
    let none = |_: &std::path::Path| Err(config("nothing to open"));
    Profiles::read(Source::for_tests(text), none).map_err(|error| error.message())
}

/// The profile `a`; other tables may follow its keys.
pub(crate) fn profile(keys: &str) -> Result<Profile, String> {
    profiles(&format!("[profiles.a]\n{keys}"))?.get("a").map_err(|error| error.message())
}
