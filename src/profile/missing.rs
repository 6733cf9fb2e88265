//! What a profile still lacks for its dialect: each key with what a person is to know of it, in the order in which they
//! are best asked. Whether what is there is right is `given.rs`'s to say.

use std::collections::BTreeMap;

use toml::Table;

use super::client_auth;
use super::file::WrittenProfile;
use super::origins::takes_token_url;
use crate::base::error::{Error, Result, config};
use crate::base::fault::Fault;
use crate::base::toml_source::from_value;
use crate::dialect::UserDialects;
use crate::dialect::flow::Step;
use crate::dialect::schema::{ClientAuth, Dialect};

/// A key that is not there.
pub(crate) struct Missing {
    /// Below the profile: `base_url`, or `params` and `region`.
    pub(crate) path: Vec<String>,
    pub(crate) about: Option<String>,
    pub(crate) one_of: Vec<String>,
    /// What counts if it stays away; where there is none it must be given.
    pub(crate) default: Option<String>,
    pub(crate) kind: Kind,
}

/// What is given for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Address,
    Text,
    Path,
    /// One line.
    Secret,
    /// Of several lines: nobody types it.
    SecretFile,
}

/// What templates and ways of client authentication name, the key that gives it, and what that is.
const KEYS: [(&str, &str, Kind, &str); 10] = [
    ("base_url", "base_url", Kind::Address, "scheme and host of the vendor's API, and perhaps a path"),
    ("token_url", "token_url", Kind::Address, "the whole address that tokens are requested from"),
    ("client_id", "client_id", Kind::Text, "the client's name at the vendor"),
    ("client_secret", "client_secret", Kind::Secret, "the client's secret"),
    ("private_key", "private_key", Kind::SecretFile, "the client's private key, PEM"),
    ("key_id", "key_id", Kind::Text, "the key's name at the vendor, `kid`"),
    ("certificate", "certificate", Kind::SecretFile, "the client's certificate, PEM"),
    ("username", "username", Kind::Text, "who logs in"),
    ("password", "password", Kind::Secret, "their password"),
    (
        "totp",
        "totp_seed",
        Kind::Secret,
        "the seed of their one-time codes, base32 or an `otpauth://totp/` address",
    ),
];

const TLS: [(&str, &str); 2] = [
    ("client_cert", "a file with the client's certificate, PEM"),
    ("client_key", "a file with its private key, PEM"),
];

/// What `keys` lack, those with a default too. `Err`: they, or the dialect, cannot be read.
pub(crate) fn missing(dialects: &UserDialects, keys: &Table) -> Result<Vec<Missing>> {
    let Read { written, dialect } = Read::of(dialects, keys)?;
    let auth = client_auth::chosen(&written, &dialect).map_err(|fault| wrong(&fault))?;
    Ok(of(&written, &dialect, &auth))
}

/// `client_auth`: by the name of the step, as the profile asks or else by what it has.
pub(super) fn of(
    written: &WrittenProfile,
    dialect: &Dialect,
    client_auth: &BTreeMap<String, ClientAuth>,
) -> Vec<Missing> {
    let by_auth = |name: &str, step: &Step<'_>| {
        client_auth.get(step.name).is_some_and(|one| one.needs().contains(&name))
    };
    let by_template = |name: &str, step: &Step<'_>| {
        let own_address = takes_token_url(step) && written.token_url.is_some();
        let given_out = step.exchange.answer.access_token_as.as_ref();
        let request = &step.exchange.request;
        given_out.is_some_and(|template| template.needs(name))
            || request.any(|path, template| !(own_address && path == ["url"]) && template.needs(name))
    };
    let steps: Vec<Step<'_>> = dialect.refresh().steps().collect();
    let mut all = Vec::new();
    for (name, key, kind, about) in KEYS {
        if !has(written, key) && steps.iter().any(|step| by_auth(name, step) || by_template(name, step)) {
            all.push(Missing::plain(&[key], kind, about));
        }
    }
    if client_auth.values().any(|one| one.needs_certificate()) && !written.unread.contains("tls") {
        let given = [&written.tls.client_cert, &written.tls.client_key];
        let lacking = TLS.into_iter().zip(given).filter(|(_, given)| given.is_none());
        all.extend(lacking.map(|((name, about), _)| Missing::plain(&["tls", name], Kind::Path, about)));
    }
    all.extend(params(written, dialect));
    all
}

fn has(written: &WrittenProfile, key: &str) -> bool {
    match key {
        _ if written.unread.contains(key) => true,
        "base_url" => written.base_url.is_some(),
        // A server that says of itself what it is says that too.
        "token_url" => written.token_url.is_some() || written.issuer.is_some(),
        "client_id" => written.client_id.is_some(),
        "client_secret" => written.client_secret.is_some(),
        "private_key" => written.private_key.is_some(),
        "key_id" => written.key_id.is_some(),
        "certificate" => written.certificate.is_some(),
        "username" => written.username.is_some(),
        "password" => written.password.is_some(),
        _ => written.totp_seed.is_some(),
    }
}

/// One fault for all that must be given: it is written in one go.
pub(super) fn fault(missing: &[Missing], written: &WrittenProfile) -> Option<Fault> {
    let needed: Vec<&Missing> = missing.iter().filter(|one| one.default.is_none()).collect();
    let by_dialect = |these: &str| format!("the dialect `{}` needs {these}", written.dialect);
    match &needed[..] {
        [] => None,
        all if all.iter().all(|one| one.path[0] == "tls") => {
            let path: Vec<&str> = all[0].path.iter().map(String::as_str).collect();
            Some(Fault::at(&path, "missing; the client authenticates with mutual TLS"))
        }
        [one] => {
            let path: Vec<&str> = one.path.iter().map(String::as_str).collect();
            let values = one.values().map(|values| format!("; {values}")).unwrap_or_default();
            Some(Fault::at(&path, &format!("missing; {}{values}", by_dialect("it"))))
        }
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|one| one.shown()).collect();
            let words = format!("{} and {} are missing", first.join(", "), last.shown());
            Some(Fault::at(&[], &format!("{words}; {}", by_dialect("them"))))
        }
    }
}

/// The ways in which the client may authenticate, if nothing says yet which it is.
pub(crate) fn open_client_auth(dialects: &UserDialects, keys: &Table) -> Result<Vec<ClientAuth>> {
    let Read { written, dialect } = Read::of(dialects, keys)?;
    let known =
        written.client_auth.is_some() || written.client_secret.is_some() || written.private_key.is_some();
    let mut offered: Vec<ClientAuth> = Vec::new();
    for one in dialect.client_auth() {
        if !offered.contains(&one) {
            offered.push(one);
        }
    }
    Ok(if known || offered.len() < 2 { Vec::new() } else { offered })
}

/// Whether the other keys say as much as `client_auth` does.
pub(crate) fn implies_client_auth(dialects: &UserDialects, keys: &Table) -> Result<bool> {
    let Read { written, dialect } = Read::of(dialects, keys)?;
    let silent = WrittenProfile { client_auth: None, ..written.clone() };
    let chosen = |written| client_auth::chosen(written, &dialect).map_err(|fault| wrong(&fault));
    Ok(chosen(&written)? == chosen(&silent)?)
}

/// A public client mostly has one, though nothing here can tell: it is asked for and, unless it is `needed`, may stay away.
pub(crate) fn public_client_id(needed: bool) -> Missing {
    let (_, key, kind, about) = KEYS[2];
    let plain = Missing::plain(&[key], kind, about);
    if needed { plain } else { Missing { default: Some(String::new()), ..plain } }
}

/// Whether a profile of these `keys` names no client where the vendor may know one by its name alone.
pub(crate) fn names_no_client(dialects: &UserDialects, keys: &Table) -> Result<bool> {
    let Read { written, dialect } = Read::of(dialects, keys)?;
    let auth = client_auth::chosen(&written, &dialect).map_err(|fault| wrong(&fault))?;
    Ok(client_auth::names_no_client(&written, &dialect, &auth))
}

/// Of a login that no vendor is known of; what it grants by itself may do.
pub(crate) fn scope() -> Missing {
    let about = "scopes, separated by spaces; many give a refresh token only for `offline_access`";
    Missing { default: Some(String::new()), ..Missing::plain(&["scope"], Kind::Text, about) }
}

pub(super) struct Read {
    pub(super) written: WrittenProfile,
    pub(super) dialect: std::sync::Arc<Dialect>,
}

impl Read {
    pub(super) fn of(dialects: &UserDialects, keys: &Table) -> Result<Read> {
        let written: WrittenProfile =
            from_value(toml::Value::Table(keys.clone())).map_err(|fault| wrong(&fault))?;
        let dialect = dialects.load(&written.dialect);
        let dialect = dialect.ok_or_else(|| config(dialects.unknown(&written.dialect)))??;
        Ok(Read { written, dialect })
    }
}

fn params(written: &WrittenProfile, dialect: &Dialect) -> Vec<Missing> {
    let all = dialect.params.iter().filter(|_| !written.unread.contains("params"));
    let lacking = all.filter(|(name, rule)| {
        (!rule.optional || rule.default.is_some()) && !written.params.contains_key(*name)
    });
    let missing = lacking.map(|(name, rule)| Missing {
        path: vec!["params".to_owned(), name.clone()],
        about: rule.about.clone(),
        one_of: rule.one_of.clone().unwrap_or_default(),
        default: rule.default.clone(),
        kind: match (rule.secret, is_file(rule.about.as_deref())) {
            (true, true) => Kind::SecretFile,
            (true, false) => Kind::Secret,
            _ => Kind::Text,
        },
    });
    missing.collect()
}

/// Whether a param is told to be what nobody types.
fn is_file(about: Option<&str>) -> bool {
    let mut words = about.unwrap_or_default().split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| matches!(word, "JSON" | "PEM" | "file"))
}

/// Whether the secret at that key is of several lines, as far as anybody says.
pub(crate) fn is_of_several_lines(dialect: &Dialect, key: &str) -> bool {
    match key.strip_prefix("params.") {
        Some(name) => dialect.params.get(name).is_some_and(|rule| is_file(rule.about.as_deref())),
        None => KEYS.iter().any(|(_, one, kind, _)| *one == key && *kind == Kind::SecretFile),
    }
}

/// It stands in no file yet.
pub(super) fn wrong(fault: &Fault) -> Error {
    match fault.path() {
        [] => config(fault.words()),
        path => config(format!("`{}`: {}", path.join("."), fault.words())),
    }
}

impl Missing {
    /// It is about where requests go and what they are for, not about who sends them.
    pub(crate) fn says_where(&self) -> bool {
        matches!(self.kind, Kind::Address | Kind::Text) && self.path[0] != "username"
    }

    pub(super) fn plain(path: &[&str], kind: Kind, about: &str) -> Missing {
        let path = path.iter().map(|one| (*one).to_owned()).collect();
        Missing { path, about: Some(about.to_owned()), one_of: Vec::new(), default: None, kind }
    }

    /// As `--set` takes it.
    pub(crate) fn name(&self) -> String {
        self.path.join(".")
    }

    fn values(&self) -> Option<String> {
        (!self.one_of.is_empty()).then(|| format!("one of {}", self.one_of.join(", ")))
    }

    fn shown(&self) -> String {
        let values = self.values().map(|values| format!(" ({values})")).unwrap_or_default();
        format!("`{}`{values}", self.name())
    }

    /// With what one would have to know to give it.
    pub(crate) fn words(&self) -> String {
        let more: Vec<String> = self.about.clone().into_iter().chain(self.values()).collect();
        match more.is_empty() {
            true => format!("`{}`", self.name()),
            false => format!("`{}` ({})", self.name(), more.join("; ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::profiles::{profile, profiles};

    const DIALECT: &str = "[dialects.own]\nparams = { region = { one_of = ['eu', 'us'], about = 'where it is' }, mode = { default = 'fast' }, extra = { optional = true }, pin = { secret = true } }\nexchanges.refresh.answer.access_token = '/t'\nexchanges.refresh.request = { url = '{{ base_url }}/t', client_auth = 'client_secret_post', form = { t = '{{ refresh_token }}', r = '{{ params.region }}', m = '{{ params.mode }}', e = '{{ params.extra }}', p = '{{ params.pin }}', u = '{{ username }}', o = '{{ totp }}' } }\n";

    fn all(keys: &str) -> Vec<Missing> {
        let known = profiles(DIALECT).unwrap_or_else(|why| panic!("{why}"));
        let keys: Table = keys.parse().expect("TOML");
        missing(&known.dialects, &keys).unwrap_or_else(|why| panic!("{why}"))
    }

    #[test]
    fn all_that_is_lacking_is_told_at_once_and_in_order() {
        let own = [
            "client_id",
            "client_secret",
            "username",
            "totp_seed",
            "params.mode?",
            "params.pin",
            "params.region",
        ];
        for (keys, wanted) in [
            ("dialect = 'own'", &[&["base_url"], &own[..]].concat()[..]),
            ("dialect = 'own'\nbase_url = 'https://a.example'", &own),
            (
                "dialect = 'own'\ntoken_url = 'https://a.example'\nclient_id = 'c'\nclient_secret.env = 'S'\nusername.env = 'U'\ntotp_seed.env = 'O'\nparams = { region = 'eu', pin = { env = 'P' } }",
                &["params.mode?"],
            ),
            ("dialect = 'oauth2'", &["token_url"]),
            ("dialect = 'oauth2'\nclient_secret.env = 'S'", &["token_url", "client_id"]),
            (
                "dialect = 'oauth2'\nclient_auth = 'tls_client_auth'",
                &["token_url", "client_id", "tls.client_cert", "tls.client_key"],
            ),
            ("dialect = 'oauth2'\nprivate_key.file = 'k'\nclient_id = 'c'", &["token_url"]),
        ] {
            let name = |one: &Missing| one.name() + one.default.as_ref().map_or("", |_| "?");
            assert_eq!(all(keys).iter().map(name).collect::<Vec<_>>(), wanted, "{keys}");
        }
    }

    #[test]
    fn what_is_lacking_is_told_with_what_one_must_know_to_give_it() {
        let words: Vec<String> = all("dialect = 'own'").iter().map(Missing::words).collect();
        assert_eq!(words[1], "`client_id` (the client's name at the vendor)");
        assert_eq!(words[6..], ["`params.pin`", "`params.region` (where it is; one of eu, us)"]);
    }

    #[test]
    fn a_way_of_client_authentication_is_open_until_something_says_which() {
        let none = profiles("").unwrap_or_else(|why| panic!("{why}"));
        for (keys, open, implied) in [
            ("dialect = 'oauth2'", 8, true),
            ("dialect = 'oauth2'\nclient_secret.env = 'S'", 0, true),
            ("dialect = 'oauth2'\nclient_auth = 'none'", 0, true),
            ("dialect = 'oauth2'\nclient_auth = 'client_secret_basic'\nclient_secret.env = 'S'", 0, true),
            ("dialect = 'oauth2'\nclient_auth = 'client_secret_post'\nclient_secret.env = 'S'", 0, false),
            ("dialect = 'oauth2'\nclient_auth = 'private_key_jwt'\nprivate_key.file = 'k'", 0, true),
        ] {
            let keys: Table = keys.parse().expect("TOML");
            let ways = open_client_auth(&none.dialects, &keys).unwrap_or_else(|why| panic!("{why}"));
            assert_eq!(ways.len(), open, "{keys}");
            assert!(implies_client_auth(&none.dialects, &keys).is_ok_and(|is| is == implied), "{keys}");
        }
    }

    #[test]
    fn a_client_that_nothing_speaks_of_is_told_from_one_that_has_no_name() {
        let own = "[dialects.own]\nextends = 'oauth2'\nexchanges.refresh.request = { url = 'https://a.example', client_auth = 'none' }\n[dialects.bare]\nextends = 'own'\nexchanges.refresh.request.client_auth = []\n";
        let known = profiles(own).unwrap_or_else(|why| panic!("{why}"));
        for (keys, wanted) in [
            ("dialect = 'oauth2'", true),
            ("dialect = 'oauth2'\nissuer = 'https://a.example'", true),
            ("dialect = 'own'", true),
            ("dialect = 'oauth2'\nclient_id = 'c'", false),
            ("dialect = 'oauth2'\nclient_auth = 'none'", false),
            // That it lacks a name is told anyway.
            ("dialect = 'oauth2'\nclient_secret.env = 'S'", false),
            // These have no client, or one that signs.
            ("dialect = 'bare'", false),
            ("dialect = 'oauth2-client-credentials'", false),
            ("dialect = 'oauth2-jwt-bearer'", false),
        ] {
            let table: Table = keys.parse().expect("TOML");
            assert_eq!(names_no_client(&known.dialects, &table).ok(), Some(wanted), "{keys}");
        }
    }

    #[test]
    fn a_profile_with_all_of_it_is_whole_for_every_dialect_of_the_catalogue() {
        let none = profiles("").unwrap_or_else(|why| panic!("{why}"));
        for name in crate::dialect::catalog::names() {
            let mut keys = Table::from_iter([("dialect".to_owned(), name.into())]);
            let lacking = missing(&none.dialects, &keys).unwrap_or_else(|why| panic!("{name}: {why}"));
            for one in lacking.iter().filter(|one| one.default.is_none()) {
                let value: toml::Value = match one.kind {
                    Kind::Address => "https://a.example".into(),
                    Kind::Secret | Kind::SecretFile => {
                        Table::from_iter([("env".to_owned(), "S".into())]).into()
                    }
                    _ => one.one_of.first().map_or("x", String::as_str).into(),
                };
                crate::profile::settings::put(&mut keys, &one.path, value)
                    .unwrap_or_else(|why| panic!("{why}"));
            }
            let text =
                crate::profile::edit::with_profile("", "a", &keys).unwrap_or_else(|why| panic!("{why}"));
            let whole = profiles(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
            if let Err(why) = whole.get("a") {
                panic!("{name}: {why}\n{text}");
            }
        }
    }

    #[test]
    fn all_that_is_missing_is_told_at_once() {
        const OWN: &str = "[dialects.own]\nparams = { region = { one_of = ['eu', 'us'] }, shop = {}, pin = { optional = true }, mode = { default = 'fast' } }\nexchanges.refresh.answer.access_token = '/t'\nexchanges.refresh.request = { url = '{{ base_url }}/t', client_auth = 'client_secret_basic', form = { t = '{{ refresh_token }}', r = '{{ params.region }}', s = '{{ params.shop }}', p = '{{ params.pin }}', m = '{{ params.mode }}' } }\n";
        let needed = "the dialect `own` needs";
        for (keys, why) in [
            (
                "",
                format!(
                    "`profiles.a`: `base_url`, `client_id`, `client_secret`, `params.region` (one of eu, us) and `params.shop` are missing; {needed} them"
                ),
            ),
            (
                "client_id = 'c'\nclient_secret.env = 'S'\nparams.shop = 's'\n",
                format!(
                    "`profiles.a`: `base_url` and `params.region` (one of eu, us) are missing; {needed} them"
                ),
            ),
            (
                "base_url = 'https://a.example'\nclient_id = 'c'\nparams = { region = 'eu', shop = 's' }\n",
                format!("`profiles.a.client_secret`: missing; {needed} it"),
            ),
            (
                "token_url = 'https://a.example'\nclient_id = 'c'\nclient_secret.env = 'S'\nparams.shop = 's'\n",
                format!("`profiles.a.params.region`: missing; {needed} it; one of eu, us"),
            ),
        ] {
            let is = profile(&format!("dialect = 'own'\n{keys}{OWN}")).map(|_| ()).expect_err(keys);
            assert!(is.starts_with("test.toml:") && is.ends_with(&why), "{is}");
        }
        let tls = "client_auth = 'tls_client_auth'\n";
        let is = profile(&format!("dialect = 'oauth2'\n{tls}")).map(|_| ()).expect_err("no address");
        assert!(is.contains("`client_id`") && is.contains("`tls.client_cert`"), "{is}");
    }
}
