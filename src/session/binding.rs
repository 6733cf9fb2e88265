//! To whom a credential may go: nowhere but where it is bound to.

use crate::base::error::{Result, refused};
use crate::credential::record::Binding;
use crate::profile::Profile;

/// Refuses a credential whose profile now points elsewhere: nothing is sent or printed.
pub(crate) fn check(profile: &Profile, bound: &Binding) -> Result<()> {
    let now = &profile.binding;
    if now == bound {
        return Ok(());
    }
    let name = &profile.name;
    let client =
        |id: &Option<String>| id.as_ref().map_or("no client".to_owned(), |id| format!("client `{id}`"));
    let words = format!(
        "the credential `{}` is bound to {} with {}, but the profile says {} with {}",
        profile.account,
        bound.origins.join(", "),
        client(&bound.client_id),
        now.origins.join(", "),
        client(&now.client_id)
    );
    Err(refused(words).hint(format!("`tokcli rebind --profile {name}` confirms the change; two profiles that share a name by accident want an `account` each")))
}
