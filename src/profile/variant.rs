//! A profile as if it said something else than it does.

use super::Profile;
use super::configuration::Profiles;
use super::file::WrittenProfile;
use crate::base::error::{Code, Error, Result};
use crate::credential::discovered::Discovered;
use crate::credential::reading::RenewsWith;

impl Profiles {
    /// With what its server said of itself.
    fn written_as(&self, profile: &Profile) -> Result<WrittenProfile> {
        let discovered = profile.binding.discovered.clone();
        Ok(WrittenProfile { discovered, ..self.written(&profile.name)?.clone() })
    }

    /// The same profile as if it named these addresses, but for those that it names itself.
    pub(crate) fn with_addresses(&self, profile: &Profile, discovered: &Discovered) -> Result<Profile> {
        let discovered = Some(Box::new(discovered.clone()));
        let scope = profile.scope().map(str::to_owned);
        let entry = WrittenProfile { discovered, scope, ..self.written(&profile.name)?.clone() };
        let located = self.resolved(&profile.name, &entry).map_err(|mut faults| faults.swap_remove(0))?;
        // Where it goes changes nothing of what it asks for.
        Ok(Profile { siblings: profile.siblings.clone(), ..located })
    }

    /// The same profile as if it said this scope. `Err`: nothing that the dialect sends to renew it would change.
    pub(crate) fn with_scope(&self, profile: &Profile, scope: &str) -> Result<Profile> {
        if !profile.dialect.refresh().uses("scope") {
            let words = format!(
                "the dialect `{}` sends no scope with a refresh, so `--scope` would change nothing",
                profile.dialect_name
            );
            return Err(Error::new(Code::Refused, words));
        }
        self.asking_for(profile, scope)
    }

    /// The same, to log in with this scope.
    pub(crate) fn with_login_scope(&self, profile: &Profile, scope: &str) -> Result<Profile> {
        if !profile.dialect.sends("scope") {
            let words = format!(
                "the dialect `{}` sends no scope, so `--scope` would change nothing",
                profile.dialect_name
            );
            return Err(Error::new(Code::Refused, words));
        }
        self.asking_for(profile, scope)
    }

    fn asking_for(&self, profile: &Profile, scope: &str) -> Result<Profile> {
        let refused = |words: String| Error::new(Code::Refused, words);
        let (dialect, entry) = (&profile.dialect_name, self.written_as(profile)?);
        if profile.renews_with() == RenewsWith::AccessToken {
            let words = format!(
                "with the dialect `{dialect}` the access token renews itself, so a login has only one; `--scope` cannot ask for another"
            );
            return Err(refused(words));
        }
        let entry = WrittenProfile { scope: Some(scope.to_owned()), ..entry };
        let mut scoped = self.resolved(&profile.name, &entry).map_err(|mut faults| faults.swap_remove(0))?;
        scoped.siblings.extend(profile.siblings.iter().chain([&profile.audience]).cloned());
        scoped.siblings.remove(&scoped.audience);
        Ok(scoped)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::profiles::profiles;

    #[test]
    fn profiles_of_one_credential_know_what_the_others_ask_for() {
        let of = |name: &str, keys: &str| {
            format!(
                "[profiles.{name}]\ndialect = 'oauth2'\ntoken_url = 'https://a.example/t'\nclient_id = 'c'\n{keys}\n"
            )
        };
        let text = of("a", "account = 'one'\nscope = 'mail'")
            + &of("b", "account = 'One'\nscope = 'files'")
            + &of("c", "account = 'one'\nscope = 'mail'\nstore = 'file'")
            + &of("d", "account = 'one'\nscope = 'mail'")
            + &of("e", "scope = 'else'");
        let all = profiles(&text).unwrap_or_else(|why| panic!("{why}"));
        let siblings = |profile: &crate::profile::Profile| {
            profile.siblings.iter().map(|of| of.as_str().to_owned()).collect::<Vec<_>>()
        };
        for (name, others) in
            [("a", vec!["scope=files"]), ("b", vec!["scope=mail"]), ("c", vec![]), ("e", vec![])]
        {
            assert_eq!(siblings(&all.get(name).expect(name)), others, "{name}");
        }
        let a = all.get("a").expect("whole");
        let scoped = all.with_scope(&a, "other").expect("it sends a scope");
        assert_eq!(
            (scoped.audience.as_str(), siblings(&scoped)),
            ("scope=other", vec!["scope=files".to_owned(), "scope=mail".to_owned()])
        );
        let same = all.with_scope(&a, "files").expect("it sends a scope");
        assert_eq!(siblings(&same), ["scope=mail"]);
        let alone = all.get("e").expect("whole");
        assert_eq!(siblings(&all.with_scope(&alone, "x").expect("it sends a scope")), ["scope=else"]);
    }
}
