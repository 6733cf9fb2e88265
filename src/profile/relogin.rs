//! The key `relogin` of a profile.

use serde::{Deserialize, Deserializer, de};

use crate::base::fault::Fault;
use crate::base::suggest;
use crate::dialect::schema::Dialect;

/// Whether a login is given by itself, and which one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Relogin {
    #[default]
    Never,
    /// The only one that the profile has all it takes for, and that needs nobody.
    Yes,
    By(String),
}

impl Relogin {
    pub(super) fn checked(&self, dialect: &Dialect, name: &str) -> Result<Relogin, Fault> {
        let Relogin::By(grant) = self else { return Ok(self.clone()) };
        if dialect.logins.contains_key(grant) {
            return Ok(self.clone());
        }
        let meant = suggest::meant(grant, dialect.logins.keys().map(String::as_str));
        Err(Fault::at(&["relogin"], &format!("the dialect `{name}` has no such login{meant}")))
    }
}

impl<'de> Deserialize<'de> for Relogin {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Relogin, D::Error> {
        struct TruthOrName;
        impl de::Visitor<'_> for TruthOrName {
            type Value = Relogin;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("`true`, `false` or the name of a login")
            }

            fn visit_bool<E: de::Error>(self, yes: bool) -> Result<Relogin, E> {
                Ok(if yes { Relogin::Yes } else { Relogin::Never })
            }

            fn visit_str<E: de::Error>(self, grant: &str) -> Result<Relogin, E> {
                Ok(Relogin::By(grant.to_owned()))
            }
        }
        from.deserialize_any(TruthOrName)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::profiles::profile;

    #[test]
    fn it_says_whether_or_which_login_that_the_dialect_has() {
        let of = |value: &str| {
            let head = "dialect = 'oauth2'\ntoken_url = 'https://a.example/t'\nclient_id = 'c'\n";
            profile(&format!("{head}{value}\n")).map(|made| made.relogin)
        };
        assert_eq!(of(""), Ok(Relogin::Never));
        assert_eq!(of("relogin = false"), Ok(Relogin::Never));
        assert_eq!(of("relogin = true"), Ok(Relogin::Yes));
        assert_eq!(of("relogin = 'jwt_bearer'"), Ok(Relogin::By("jwt_bearer".to_owned())));
        for (value, why) in [
            ("relogin = 'jwt_baerer'", "has no such login, did you mean `jwt_bearer`?"),
            ("relogin = 1", "`true`, `false` or the name of a login"),
        ] {
            let error = of(value).expect_err(value);
            assert!(error.contains("`profiles.a.relogin`") && error.contains(why), "{error}");
        }
    }
}
