//! What may be replaced by a new login, however that comes: one that died, and any other only if a person says so.

use std::fmt::Display;

use super::super::binding;
use crate::base::error::{Result, refused};
use crate::credential::record::Record;
use crate::credential::state::Credential;
use crate::profile::Profile;

/// Whether a new login may take the place of what is there; of the last kind of credential only if `replace` says so, as
/// the command line `anew` does.
pub(crate) fn may_replace(
    there: &Credential,
    replace: bool,
    profile: &Profile,
    anew: &dyn Display,
) -> Result<()> {
    let name = &profile.name;
    if there.has_unread_answers() && !replace {
        let words =
            "an answer of the vendor that could not be read is kept, and may hold the login that lives";
        return Err(refused(words).hint(format!("`tokcli recover --profile {name}` reads it once the dialect can; {anew} gives it up for a new login")));
    }
    let Some(record) = there.record().filter(|_| !replace) else { return Ok(()) };
    if !is_dead(record) {
        let words = format!(
            "there is another credential `{}` in the store `{}` already",
            profile.account, profile.store_name
        );
        return Err(refused(words).hint(format!("{anew} puts a new one in its place")));
    }
    Ok(())
}

/// The vendor refuses its refresh token, or it never had one.
pub(crate) fn is_dead(record: &Record) -> bool {
    record.marks.of_the_login().is_some() || record.refresh_token.is_none()
}

/// Without `replace` a login confirms no changed binding. What a server says of itself now was held against what it said
/// before, when it was asked.
pub(super) fn confirms_binding(record: &Record, replace: bool, profile: &Profile) -> Result<()> {
    if replace { Ok(()) } else { binding::check_held(profile, record) }
}
