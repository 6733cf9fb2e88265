//! One profile, resolved and checked whole: whoever gets it can send. Nothing secret is read.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::file::{WrittenNotice, WrittenProfile, WrittenStore};
use super::given::Given;
use super::origins::origins;
use super::{Notice, Profile, StoreSpec, client_auth, connection, stores};
use crate::base::address::checked_url;
use crate::base::error::Error;
use crate::base::fault::Fault;
use crate::base::suggest;
use crate::base::toml_source::Source;
use crate::credential::reading::RenewsWith;
use crate::credential::record::Binding;
use crate::credential::retry::{Class, Policy};
use crate::dialect::UserDialects;
use crate::dialect::schema::Dialect;

const TIMEOUT: Duration = Duration::from_secs(90);

/// What a profile may name.
pub(super) struct Resolver<'a> {
    pub(super) source: &'a Source,
    pub(super) stores: &'a BTreeMap<String, WrittenStore>,
    pub(super) dialects: &'a UserDialects,
    /// For profiles that have none of their own.
    pub(super) notice: Option<&'a WrittenNotice>,
    /// The environment variables that secrets come from.
    pub(super) secret_variables: &'a dyn Fn() -> Arc<[String]>,
}

/// What is wrong, in the profile's own table or in another place.
enum Wrong {
    Here(Fault),
    Elsewhere(Error),
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Wrong {
        Wrong::Here(fault)
    }
}

impl Resolver<'_> {
    pub(super) fn profile(&self, name: &str, written: &WrittenProfile) -> Result<Profile, Error> {
        self.resolved(name, written).map_err(|wrong| match wrong {
            Wrong::Here(fault) => self.source.fault_below(&["profiles".to_owned(), name.to_owned()], &fault),
            Wrong::Elsewhere(error) => error,
        })
    }

    fn resolved(&self, name: &str, written: &WrittenProfile) -> Result<Profile, Wrong> {
        let dialect = self.dialects.load(&written.dialect);
        let dialect = dialect
            .ok_or_else(|| Fault::at(&["dialect"], &self.dialects.unknown(&written.dialect)))?
            .map_err(Wrong::Elsewhere)?;
        let directory = self.source.directory();
        let store = self.store(written.store_name(), directory)?;
        let account = written.account.as_deref().unwrap_or(name);
        suggest::check_name(account).map_err(|why| Fault::at(&["account"], &why))?;
        let client_auth = client_auth::chosen(written, &dialect)?;
        let Given { plain, secret, extra } = Given::by(written, &dialect, &client_auth)?;
        let token_url = written.token_url.as_deref().map(checked_url).transpose();
        let token_url = token_url.map_err(|why| Fault::at(&["token_url"], &why))?;
        let origins = origins(&dialect, token_url.as_ref(), &plain, &secret)?;
        Ok(Profile {
            name: name.to_owned(),
            dialect_name: written.dialect.clone(),
            account: account.to_owned(),
            store_name: written.store_name().to_owned(),
            store,
            binding: Binding { origins, client_id: written.client_id.clone() },
            min_ttl: written.min_ttl.map(|span| span.0),
            access_lifetime: written.access_lifetime.or(dialect.access_lifetime).map(|span| span.0),
            timeout: written.timeout.map_or(TIMEOUT, |span| span.0),
            policy: policy(written, &dialect)?,
            tls: connection::tls(&written.tls, directory).map_err(|fault| fault.below(&["tls"]))?,
            proxy: connection::proxy(written)?,
            notice: self.notice(written),
            token_url,
            client_auth,
            signing_alg: written.signing_alg,
            plain,
            secret,
            extra,
            proxy_auth: written.proxy_auth.clone(),
            directory: directory.to_owned(),
            dialect,
        })
    }

    fn notice(&self, written: &WrittenProfile) -> Option<Notice> {
        let notice = written.on_login_required.as_ref().or(self.notice)?;
        Some(Notice { command: notice.command.clone(), hidden: (self.secret_variables)() })
    }

    fn store(&self, name: &str, directory: &Path) -> Result<StoreSpec, Wrong> {
        match stores::named(name, self.stores, directory) {
            Some(Ok(store)) => Ok(store),
            Some(Err(why)) => {
                let key = ["stores", name, "key"].map(str::to_owned);
                Err(Wrong::Elsewhere(self.source.fault(&key, &why)))
            }
            None => {
                let known = stores::BUILT_IN.into_iter().chain(self.stores.keys().map(String::as_str));
                let known = self.dialects.while_read(known.collect());
                let words = format!("there is no such store{}", suggest::meant(name, known));
                Err(Fault::at(&["store"], &words).into())
            }
        }
    }
}

/// What may be done about a refresh token that was perhaps used already.
fn policy(written: &WrittenProfile, dialect: &Dialect) -> Result<Policy, Fault> {
    if dialect.renews_with == RenewsWith::Client {
        // Nothing is spent by asking, so nothing is lost by asking again.
        return Ok(Policy { class: Class::None, grace: Duration::ZERO, never: false });
    }
    let class = written.rotation.unwrap_or(dialect.rotation);
    let grace = written.grace.or(dialect.grace.filter(|_| written.rotation.is_none()));
    if class.word().starts_with("grace-") != grace.is_some() {
        return Err(Fault::at(
            &["grace"],
            "goes with the rotation classes `grace-same` and `grace-new`, and only with them",
        ));
    }
    let never = written.replay.or(dialect.replay).is_some();
    Ok(Policy { class, grace: grace.map_or(Duration::ZERO, |span| span.0), never })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::testing::profiles::profile;

    const HEAD: &str = "dialect = 'oauth2'\ntoken_url = 'https://a.example/t'\nclient_id = 'c'\n";
    const GRACE: &str = "goes with the rotation classes `grace-same` and `grace-new`, and only with them";

    #[test]
    fn the_rotation_class_and_its_grace_are_the_profiles_or_else_the_dialects() {
        let own = "dialect = 'own'\ntoken_url = 'https://a.example/t'\nclient_id = 'c'\n";
        let dialect =
            "[dialects.own]\nextends = 'oauth2'\nrotation = 'grace-new'\ngrace = '30s'\nreplay = 'never'\n";
        for (keys, class, seconds) in [
            ("", "grace-new", 30),
            ("grace = '5s'\n", "grace-new", 5),
            ("rotation = 'grace-same'\ngrace = '7s'\n", "grace-same", 7),
            ("rotation = 'strict'\n", "strict", 0),
        ] {
            let policy = profile(&format!("{own}{keys}{dialect}")).expect(keys).policy;
            assert_eq!((policy.class.word(), policy.grace), (class, Duration::from_secs(seconds)), "{keys}");
            assert!(policy.never, "the dialect's");
        }
        for keys in ["rotation = 'grace-same'\n", "rotation = 'strict'\ngrace = '5s'\n"] {
            let why = profile(&format!("{own}{keys}{dialect}")).map(|_| ()).expect_err(keys);
            assert!(why.ends_with(GRACE), "{why}");
        }
        assert!(profile(&format!("{HEAD}grace = '5s'\n")).is_err(), "the dialect's class has none");
    }

    #[test]
    fn who_renews_with_the_client_may_always_ask_again() {
        let policy = profile("dialect = 'own'\nbase_url = 'https://a.example'\nrotation = 'strict'\nreplay = 'never'\n[dialects.own]\nrenews_with = 'client'\nexchanges.refresh = { request.url = '{{ base_url }}/t', answer.access_token = '/t' }\n").expect("whole").policy;
        assert_eq!((policy.class.word(), policy.never), ("none", false));
    }

    #[test]
    fn what_a_profile_names_must_be_there() {
        for (keys, why) in [
            ("store = 'fil'\n", "2: `profiles.a.store`: there is no such store, did you mean `file`?"),
            (
                "account = 'a/b'\n",
                "`profiles.a.account`: a name is 1 to 64 letters, digits, `.`, `_` or `-`, and begins with a letter or digit",
            ),
            (
                "store = 'x'\n[stores.x]\nkind = 'keyring'\nkey.env = 'K'\n",
                "`stores.x.key`: a keyring keeps its own keys",
            ),
        ] {
            let is = profile(&format!("{HEAD}{keys}")).map(|_| ()).expect_err(keys);
            assert!(is.ends_with(why.trim_start_matches("2: ")), "{is}");
        }
        let is = profile("dialect = 'oauth3'\n").map(|_| ()).expect_err("unknown");
        assert_eq!(
            is,
            "test.toml:2:1: `profiles.a.dialect`: there is no such dialect, did you mean `oauth2`?"
        );
    }

    #[test]
    fn what_a_profile_leaves_out_has_a_value_all_the_same() {
        let profile = profile(HEAD).expect("whole");
        assert_eq!((profile.account.as_str(), profile.store_name.as_str()), ("a", "keyring"));
        assert_eq!((profile.timeout, profile.min_ttl), (Duration::from_secs(90), None));
        assert_eq!(profile.binding.client_id.as_deref(), Some("c"));
    }
}
