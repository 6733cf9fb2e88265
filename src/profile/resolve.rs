//! One profile, resolved and checked whole: whoever gets it can send. Nothing secret is read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::file::{WrittenNotice, WrittenProfile};
use super::given::Given;
use super::origins::{origins, visited};
use super::stores::Mistaken;
use super::stores::WrittenStore;
use super::{Notice, Profile, StoreSpec, audience, client_auth, connection, issuer, pattern, stores, tls};
use crate::base::error::Error;
use crate::base::fault::Fault;
use crate::base::suggest;
use crate::base::toml_source::Source;
use crate::credential::reading::RenewsWith;
use crate::credential::record::Binding;
use crate::credential::retry::{Class, Policy};
use crate::dialect::UserDialects;
use crate::dialect::schema::{ClientAuth, Dialect};
use crate::dialect::template::Template;

const TIMEOUT: Duration = Duration::from_secs(90);

/// What a profile may name.
pub(super) struct Resolver<'a> {
    pub(super) source: &'a Source,
    pub(super) stores: &'a BTreeMap<String, WrittenStore>,
    pub(super) dialects: &'a UserDialects,
    /// For profiles that have none of their own.
    pub(super) notice: Option<&'a WrittenNotice>,
    pub(super) unread_stores: &'a BTreeSet<String>,
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

/// What is wrong with one profile, as far as it goes.
#[derive(Default)]
struct Found(Vec<Wrong>);

impl Found {
    fn keep<T, W: Into<Wrong>>(&mut self, done: Result<T, W>) -> Option<T> {
        done.map_err(|wrong| self.0.push(wrong.into())).ok()
    }

    fn keep_all<T>(&mut self, done: Result<T, Vec<Fault>>) -> Option<T> {
        done.map_err(|wrong| self.0.extend(wrong.into_iter().map(Wrong::Here))).ok()
    }
}

/// What of a profile is read in the light of its dialect.
struct ByDialect {
    client_auth: BTreeMap<String, ClientAuth>,
    given: Given,
    origins: Vec<String>,
    policy: Policy,
}

impl Resolver<'_> {
    /// `Err` is never empty; what else follows from the first is not in it.
    pub(super) fn profile(&self, name: &str, written: &WrittenProfile) -> Result<Profile, Vec<Error>> {
        let mut found = Found::default();
        let resolved = self.resolved(name, written, &mut found);
        found.0.retain(|wrong| match wrong {
            Wrong::Here(fault) => fault.path().first().is_none_or(|key| !written.unread.contains(key)),
            Wrong::Elsewhere(_) => true,
        });
        match resolved {
            Some(profile) if found.0.is_empty() => Ok(profile),
            _ => Err(found.0.into_iter().map(|wrong| self.told(name, wrong)).collect()),
        }
    }

    fn told(&self, name: &str, wrong: Wrong) -> Error {
        match wrong {
            Wrong::Here(fault) => self.source.fault_below(&["profiles".to_owned(), name.to_owned()], &fault),
            Wrong::Elsewhere(error) => error,
        }
    }

    /// `None`: what was found says why.
    fn resolved(&self, name: &str, own: &WrittenProfile, found: &mut Found) -> Option<Profile> {
        let written = &*own.located();
        let directory = self.source.directory();
        let dialect = found.keep(self.dialect(written));
        let store = self.store(written.store_name(), directory);
        let store = match store {
            Err(_) if self.unread_stores.contains(written.store_name()) => None,
            store => found.keep(store),
        };
        let account = written.account.as_deref().unwrap_or(name);
        // Its own name is looked at with those of the others.
        let named = written.account.as_deref().map_or(Ok(()), suggest::check_name);
        found.keep(named.map_err(|why| Fault::at(&["account"], &why)));
        let cleartext = tls::cleartext(&written.tls);
        let token_url = written.token_url.as_deref().map(|text| tls::address(text, cleartext)).transpose();
        let token_url = found.keep(token_url.map_err(|why| Fault::at(&["token_url"], &why)));
        if let Some(dialect) = &dialect {
            found.keep(issuer::check(own, dialect));
        }
        for (at, text) in written.patterns.iter().enumerate() {
            let told = |why| Fault::at(&["match"], &format!("pattern {}: {why}", at + 1));
            found.keep(pattern::Pattern::read(text).map_err(told));
        }
        let elsewhere = store.as_ref().is_some_and(|store| store.owner().is_some());
        let read = dialect
            .as_deref()
            .and_then(|dialect| by_dialect(written, dialect, token_url.as_ref(), elsewhere, found));
        let tls = found.keep(tls::tls(&written.tls, directory).map_err(|fault| fault.below(&["tls"])));
        let proxy = found.keep(connection::proxy(written));
        let dialect = dialect?;
        let proves = dialect.refresh().steps().any(|step| step.exchange.request.dpop);
        if elsewhere && proves {
            let words = format!(
                "its tokens would be of no use here: those of the dialect `{}` are bound to a key, which stays with the owner",
                written.dialect
            );
            found.keep::<(), Wrong>(Err(Fault::at(&["store"], &words).into()));
        }
        let relogin = found.keep(written.relogin.checked(&dialect, &written.dialect));
        let ByDialect { client_auth, given: Given { plain, secret, extra }, origins, policy } = read?;
        Some(Profile {
            name: name.to_owned(),
            dialect_name: written.dialect.clone(),
            dialect_source: self.dialects.origin(&written.dialect).cloned(),
            account: account.to_owned(),
            store_name: written.store_name().to_owned(),
            store: store?,
            file_keys: Arc::default(),
            binding: Binding {
                origins,
                client_id: written.client_id.clone(),
                discovered: written.discovered.clone(),
            },
            audience: audience::of(written, &dialect),
            told_audience: audience::told(written, &dialect),
            siblings: BTreeSet::new(),
            token: written.token,
            min_ttl: written.min_ttl.map(|span| span.0),
            access_lifetime: written.access_lifetime.or(dialect.access_lifetime).map(|span| span.0),
            timeout: written.timeout.map_or(TIMEOUT, |span| span.0),
            policy,
            tls: tls?,
            proxy: proxy?,
            notice: self.notice(written),
            hidden: (self.secret_variables)(),
            relogin: relogin?,
            issuer: own.issuer.clone(),
            awaits_discovery: written.awaits_discovery(),
            receivers: own.receivers(),
            token_url: token_url?,
            redirect_uri: written.redirect_uri.clone(),
            authorization_params: written.authorization_params.clone().into_iter().collect(),
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

    fn dialect(&self, written: &WrittenProfile) -> Result<Arc<Dialect>, Wrong> {
        let loaded = self.dialects.load(&written.dialect);
        let unknown = || Fault::at(&["dialect"], &self.dialects.unknown(&written.dialect));
        loaded.ok_or_else(unknown)?.map_err(Wrong::Elsewhere)
    }

    fn notice(&self, written: &WrittenProfile) -> Option<Notice> {
        let notice = written.on_login_required.as_ref().or(self.notice)?;
        Some(Notice { command: notice.command.0.clone() })
    }

    fn store(&self, name: &str, directory: &Path) -> Result<StoreSpec, Wrong> {
        match stores::named(name, self.stores, directory) {
            Some(Ok(store)) => Ok(store),
            Some(Err(Mistaken { key, why })) => {
                let key = ["stores", name, key].map(str::to_owned);
                Err(Wrong::Elsewhere(self.source.fault(&key, &why)))
            }
            None => {
                let known = stores::BUILT_IN.into_iter().chain(self.stores.keys().map(String::as_str));
                let known = self.dialects.while_read(known.collect());
                let words = format!("no such store{}", suggest::meant(name, known));
                Err(Fault::at(&["store"], &words).into())
            }
        }
    }
}

/// `token_url`: `None` if it is wrong. `elsewhere`: another machine sends, with its secrets.
fn by_dialect(
    written: &WrittenProfile,
    dialect: &Dialect,
    token_url: Option<&Option<Url>>,
    elsewhere: bool,
    found: &mut Found,
) -> Option<ByDialect> {
    let client_auth = found.keep(client_auth::chosen(written, dialect));
    let policy = found.keep(policy(written, dialect));
    let none = BTreeMap::new();
    let cleartext = tls::cleartext(&written.tls);
    let given =
        found.keep_all(Given::by(written, dialect, client_auth.as_ref().unwrap_or(&none), elsewhere))?;
    let origins = match written.awaits_discovery() {
        true => Vec::new(),
        false => {
            for template in visits(dialect) {
                found.keep(visited(template, &given.plain, &given.secret, cleartext));
            }
            found.keep(origins(dialect, token_url?.as_ref(), &given.plain, &given.secret, cleartext))?
        }
    };
    Some(ByDialect { client_auth: client_auth?, given, origins, policy: policy? })
}

/// Every address that a person visits.
fn visits(dialect: &Dialect) -> impl Iterator<Item = &Template> {
    dialect.logins.values().flat_map(|login| {
        let visit = login.authorization.as_ref().map(|authorization| &authorization.url);
        visit.into_iter().chain(&login.verification_uri)
    })
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
            "works only with the rotation classes `grace-same` and `grace-new`",
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
    const GRACE: &str = "works only with the rotation classes `grace-same` and `grace-new`";

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
            ("store = 'fil'\n", "2: `profiles.a.store`: no such store, did you mean `file`?"),
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
        assert_eq!(is, "test.toml:2:1: `profiles.a.dialect`: no such dialect, did you mean `oauth2`?");
    }

    #[test]
    fn each_pattern_that_means_too_much_is_told_by_its_place() {
        let told = |list: &str| profile(&format!("{HEAD}match = {list}\n")).map(|_| ());
        assert_eq!(told("['https://a.example/*', 'https://*.b.example']"), Ok(()));
        let why = told("['https://a.example/*', 'https://*.com/']").expect_err("too much");
        assert_eq!(
            why,
            "test.toml:5:1: `profiles.a.match`: pattern 2: the last two labels of a host must be written out"
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
