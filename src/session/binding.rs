//! To whom a credential may go: nowhere but where it is bound to.

use crate::base::error::{Result, refused};
use crate::credential::reading::RenewsWith;
use crate::credential::record::{Binding, Record};
use crate::profile::Profile;

/// Of a record that holds no token there is nothing to be kept from anywhere: it says that a login by itself was tried.
pub(crate) fn check_held(profile: &Profile, record: &Record) -> Result<()> {
    match profile.renews_with() != RenewsWith::Client && record.holds_nothing() {
        true => Ok(()),
        false => check(profile, &record.bound),
    }
}

/// Refuses a credential whose profile now points elsewhere: nothing is sent or printed.
pub(crate) fn check(profile: &Profile, bound: &Binding) -> Result<()> {
    // What a server says beside its addresses changes nothing of where it goes.
    if profile.binding.is_as(bound) {
        return Ok(());
    }
    let name = &profile.name;
    let words = format!(
        "the credential `{}` is bound to {}, but the profile says {}",
        profile.account,
        shown(bound),
        said(profile)
    );
    if profile.store.owner().is_some() {
        return Err(refused(words).hint(format!("`tokcli token --profile {name}` asks the owner again")));
    }
    Err(refused(words).hint(format!("`tokcli rebind --profile {name}` confirms the change; two profiles that share a name by accident need an `account` each")))
}

/// Where a credential may go, and as whose.
pub(crate) fn shown(bound: &Binding) -> String {
    let issuer = bound.discovered.as_ref().map(|found| format!("the issuer `{}` at ", found.issuer));
    let origins = bound.origins.join(", ");
    format!("{}{origins} with {}", issuer.unwrap_or_default(), client(bound))
}

/// Where the profile points.
pub(crate) fn said(profile: &Profile) -> String {
    match &profile.issuer {
        Some(issuer) if profile.awaits_discovery() => {
            format!("the issuer `{issuer}` with {}", client(&profile.binding))
        }
        _ => shown(&profile.binding),
    }
}

fn client(binding: &Binding) -> String {
    binding.client_id.as_ref().map_or("no client".to_owned(), |id| format!("client `{id}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::Code;
    use crate::testing::profiles::profile;

    fn bound(origins: &[&str], client_id: Option<&str>) -> Binding {
        let origins = origins.iter().map(|origin| (*origin).to_owned()).collect();
        Binding { origins, client_id: client_id.map(str::to_owned), discovered: None }
    }

    #[test]
    fn a_credential_goes_nowhere_but_where_it_is_bound_to() {
        let of = |keys: &str| profile(&format!("dialect = 'oauth2'\n{keys}\n")).expect(keys);
        let here = of("token_url = 'https://a.example/t'\nclient_id = 'c'\naccount = 'b'");
        assert!(check(&here, &bound(&["https://a.example"], Some("c"))).is_ok());
        // The way to the address is not where it leads.
        assert!(
            check(
                &of("token_url = 'https://a.example/other?x=1'\nclient_id = 'c'"),
                &bound(&["https://a.example"], Some("c"))
            )
            .is_ok()
        );
        for (there, words) in [
            (bound(&["https://b.example"], Some("c")), "https://b.example with client `c`"),
            (bound(&["https://a.example:8443"], Some("c")), "https://a.example:8443 with client `c`"),
            (bound(&["http://a.example"], Some("c")), "http://a.example with client `c`"),
            (
                bound(&["https://a.example", "https://b.example"], Some("c")),
                "https://a.example, https://b.example with client `c`",
            ),
            (bound(&[], Some("c")), " with client `c`"),
            (bound(&["https://a.example"], Some("C")), "https://a.example with client `C`"),
            (bound(&["https://a.example"], None), "https://a.example with no client"),
        ] {
            let error = check(&here, &there).expect_err(words);
            let wanted = format!(
                "the credential `b` is bound to {words}, but the profile says https://a.example with client `c`"
            );
            assert_eq!((error.code, error.message()), (Code::Refused, wanted));
            let hint = error.hint.expect("a way out");
            assert!(hint.starts_with("`tokcli rebind --profile a` confirms the change"), "{hint}");
        }
    }
}
