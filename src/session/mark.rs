//! What a mark is about, so that it is seen when one of these changes.

use crate::credential::reading::RefusalKind;
use crate::credential::record::Mark;
use crate::profile::Profile;
use crate::profile::secrets::Secrets;
use crate::store::seal::SealingKey;

/// A keyed hash: of the token address and the client, and, if it was rejected, of its secrets.
pub(super) fn about(
    kind: RefusalKind,
    profile: &Profile,
    key: &SealingKey,
    secrets: Option<&Secrets>,
) -> String {
    let client = profile.binding.client_id.as_deref().unwrap_or_default();
    let address = profile.token_address();
    let secrets = secrets.filter(|_| rests_on_secrets(kind)).map(|secrets| secrets.all(profile));
    key.keyed_hash(&[&[address.as_str(), client], secrets.unwrap_or_default().as_slice()].concat())
}

/// Whether what `mark` is about is as it was.
pub(super) fn holds(mark: &Mark, profile: &Profile, key: &SealingKey, secrets: Option<&Secrets>) -> bool {
    mark.about == about(kind(mark), profile, key, secrets)
}

/// Whether [`holds`] must be given the secrets.
pub(super) fn needs_secrets(mark: &Mark) -> bool {
    rests_on_secrets(kind(mark))
}

fn rests_on_secrets(kind: RefusalKind) -> bool {
    kind == RefusalKind::ClientRejected
}

fn kind(mark: &Mark) -> RefusalKind {
    mark.outcome.refusal().unwrap_or(RefusalKind::LoginRequired)
}
