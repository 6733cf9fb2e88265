//! What a profile gives to its dialect's templates: values as they stand, and names of secrets.
//! Whatever a template cannot do without is here, or the profile is refused.

use std::collections::BTreeMap;

use url::Url;
use zeroize::Zeroizing;

use super::file::{WrittenParam, WrittenProfile};
use super::login::decided;
use super::missing;
use super::request::REDIRECT_URI;
use super::secret_source::{NEVER_HERE, SecretSource};
use super::secrets::{PASSWORD, SUBJECT_TOKEN, TOTP_SEED, USERNAME};
use super::tls::{address, cleartext};
use crate::base::address::{Cleartext, checked_url_by};
use crate::base::fault::Fault;
use crate::base::suggest;
use crate::dialect::schema::{ClientAuth, Dialect, checked_redirect};
use crate::dialect::template::Values;

#[derive(Default)]
pub(super) struct Given {
    pub(super) plain: Values,
    pub(super) secret: Vec<(String, SecretSource)>,
    /// Params that no template names, sent where the dialect says.
    pub(super) extra: Vec<String>,
}

impl Given {
    /// `Err`: everything that is wrong in what is given, or missing. `elsewhere`: what is secret is given on another machine.
    pub(super) fn by(
        written: &WrittenProfile,
        dialect: &Dialect,
        client_auth: &BTreeMap<String, ClientAuth>,
        elsewhere: bool,
    ) -> Result<Given, Vec<Fault>> {
        let mut given = Given::default();
        let mut wrong = Vec::new();
        wrong.extend(given.take_base_url(written).err());
        wrong.extend(given.take_texts(written));
        given.take_sources(written);
        wrong.extend(given.take_username(written).err());
        for (name, rule) in &dialect.params {
            if let Some(default) = &rule.default {
                given.put(&format!("params.{name}"), default);
            }
        }
        given.take_redirect_uri(dialect);
        let params = written.params.iter();
        wrong.extend(params.filter_map(|(name, param)| given.take_param(dialect, name, param).err()));
        wrong.extend(given.misplaced(written));
        wrong.extend(visited(written, dialect));
        let mut lacking = missing::of(written, dialect, client_auth);
        lacking.retain(|one| !elsewhere || one.says_where());
        // What is there under a name with a slip in it is not missing as well.
        let slips: Vec<&str> = wrong.iter().filter_map(Fault::suggestion).collect();
        lacking.retain(|one| one.path.last().is_none_or(|name| !slips.contains(&name.as_str())));
        wrong.extend(missing::fault(&lacking, written));
        if wrong.is_empty() { Ok(given) } else { Err(wrong) }
    }

    fn put(&mut self, name: &str, value: &str) {
        self.plain.insert(name.to_owned(), Zeroizing::new(value.to_owned()));
    }

    fn take_base_url(&mut self, written: &WrittenProfile) -> Result<(), Fault> {
        let Some(base) = &written.base_url else { return Ok(()) };
        let fault = |why: &str| Fault::at(&["base_url"], why);
        let url = address(base, cleartext(&written.tls)).map_err(|why| fault(&why))?;
        if url.query().is_some() {
            return Err(fault("a base address must not have a query; `token_url` may have one"));
        }
        self.put("base_url", base.trim_end_matches('/'));
        Ok(())
    }

    fn take_texts(&mut self, written: &WrittenProfile) -> Vec<Fault> {
        let texts = [
            ("token_url", &written.token_url),
            ("authorization_url", &written.authorization_url),
            ("device_authorization_url", &written.device_authorization_url),
            ("revocation_url", &written.revocation_url),
            ("redirect_uri", &written.redirect_uri),
            ("resource", &written.resource),
            ("client_id", &written.client_id),
            ("scope", &written.scope),
            ("key_id", &written.key_id),
        ];
        let mut wrong = Vec::new();
        for (name, value) in texts.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
            let taken = self.take_text(name, value);
            wrong.extend(taken.and_then(|()| led_well(name, value, cleartext(&written.tls))).err());
        }
        wrong
    }

    fn take_text(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        self.put(name, value);
        if value.is_empty() || value.chars().any(char::is_control) {
            return Err(Fault::at(&[name], "is empty or contains a control character"));
        }
        Ok(())
    }

    fn take_username(&mut self, written: &WrittenProfile) -> Result<(), Fault> {
        match &written.username {
            Some(WrittenParam::Plain(text)) => self.take_text(USERNAME, text),
            Some(WrittenParam::Secret(source)) => {
                self.secret.push((USERNAME.to_owned(), source.clone()));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// What the dialect says for everybody, as far as it is one address.
    fn take_redirect_uri(&mut self, dialect: &Dialect) {
        let visits = || dialect.logins.values().filter_map(|login| login.authorization.as_ref());
        let mut fixed = visits().filter_map(|visit| visit.redirect_uri.as_deref());
        if let (Some(uri), None) = (fixed.next(), fixed.next())
            && visits().count() == 1
            && !self.plain.contains_key(REDIRECT_URI)
        {
            self.put(REDIRECT_URI, uri);
        }
    }

    fn take_sources(&mut self, written: &WrittenProfile) {
        let sources = [
            ("client_secret", &written.client_secret),
            ("private_key", &written.private_key),
            ("certificate", &written.certificate),
            (PASSWORD, &written.password),
            (TOTP_SEED, &written.totp_seed),
            (SUBJECT_TOKEN, &written.subject_token),
        ];
        let named = sources.into_iter().filter_map(|(name, source)| Some((name.to_owned(), source.clone()?)));
        self.secret.extend(named);
    }

    /// Whom a job runs for is the subject of a login, and nothing else.
    fn misplaced(&self, written: &WrittenProfile) -> Vec<Fault> {
        let proxy_auth = written.proxy_auth.iter().map(|source| ("proxy_auth", source));
        let all = self.secret.iter().map(|(name, source)| (name.as_str(), source)).chain(proxy_auth);
        let wrong = all.filter(|(name, source)| {
            *name != SUBJECT_TOKEN && matches!(source, SecretSource::ActionsIdToken(_))
        });
        let path = |name| match str::strip_prefix(name, "params.") {
            Some(param) => vec!["params", param],
            None => vec![name],
        };
        wrong
            .map(|(name, _)| {
                Fault::at(&path(name), "`actions_id_token` is a source only for `subject_token`")
            })
            .collect()
    }

    fn take_param(&mut self, dialect: &Dialect, name: &str, param: &WrittenParam) -> Result<(), Fault> {
        let rule = dialect.params.get(name);
        let fault = |words: &str| Err(Fault::at(&["params", name], words));
        if rule.is_none() {
            if !dialect.takes_extra_params() {
                let close = suggest::did_you_mean(name, dialect.params.keys().map(String::as_str));
                let meant = close.map(|close| format!(", did you mean `{close}`?")).unwrap_or_default();
                let words = format!("the dialect has no such param{meant}");
                return Err(Fault::at(&["params", name], &words).meaning(close));
            }
            // Perhaps a slip, and then the vendor would get it.
            let declared = dialect.params.keys().map(String::as_str);
            let close = suggest::did_you_mean(name, declared.chain(dialect.sent_names()));
            if let Some(close) = close.filter(|_| !dialect.sent_names().any(|sent| sent == name)) {
                let words = format!("the dialect has no such param, did you mean `{close}`?");
                return Err(Fault::at(&["params", name], &words).meaning(Some(close)));
            }
            self.extra.push(name.to_owned());
        }
        let text = match param {
            WrittenParam::Secret(source) => {
                self.secret.push((format!("params.{name}"), source.clone()));
                return Ok(());
            }
            WrittenParam::Plain(_) if rule.is_some_and(|rule| rule.secret) => return fault(NEVER_HERE),
            WrittenParam::Plain(text) => text,
        };
        if let Some(one_of) = rule.and_then(|rule| rule.one_of.as_ref()).filter(|all| !all.contains(text)) {
            let meant = suggest::meant(text, one_of.iter().map(String::as_str));
            return fault(&format!("expected one of {}{meant}", one_of.join(", ")));
        }
        self.put(&format!("params.{name}"), text);
        Ok(())
    }
}

/// Of a key that is an address: whether it is one. `token_url` is looked at where it is taken.
fn led_well(name: &str, value: &str, cleartext: Cleartext) -> Result<(), Fault> {
    let fault = |why: &str| Fault::at(&[name], why);
    match name {
        "authorization_url" | "device_authorization_url" | "revocation_url" => {
            address(value, cleartext).map(|_| ()).map_err(|why| fault(&why))
        }
        // An absolute URI of any kind (RFC 8707 section 2).
        "resource" => match Url::parse(value) {
            Ok(url) if url.fragment().is_some() => Err(fault("a resource must not have a fragment (`#`)")),
            Ok(_) if !value.contains(char::is_whitespace) => Ok(()),
            _ => Err(fault("a resource is an absolute address, such as `https://api.vendor.example`")),
        },
        _ => Ok(()),
    }
}

/// What is wrong in what the profile says of the address that a browser visits and of where it comes back.
fn visited(written: &WrittenProfile, dialect: &Dialect) -> Vec<Fault> {
    let mut wrong = Vec::new();
    let redirect = written.redirect_uri.as_deref().map(checked_redirect);
    wrong.extend(redirect.and_then(Result::err).map(|why| Fault::at(&["redirect_uri"], why)));
    for name in written.authorization_params.keys() {
        if let Some(why) = decided(dialect, name) {
            wrong.push(Fault::at(
                &["authorization_params", name],
                &format!("the dialect decides this: {why}"),
            ));
        }
    }
    let cleartext = cleartext(&written.tls);
    let url = written.authorization_url.as_deref().and_then(|url| checked_url_by(url, cleartext).ok());
    let written: Vec<String> =
        url.iter().flat_map(|url| url.query_pairs()).map(|(name, _)| name.into_owned()).collect();
    let first = written.iter().find_map(|name| Some((name, decided(dialect, name)?)));
    wrong.extend(first.map(|(name, why)| {
        let words = format!("its query contains `{name}`, which the dialect decides: {why}");
        Fault::at(&["authorization_url"], &words)
    }));
    wrong
}

#[cfg(test)]
mod tests {
    use crate::testing::profiles::profile;

    const DIALECT: &str = "[dialects.own]\nparams = { region = { one_of = ['eu', 'us'] }, pin = { secret = true, optional = true }, mode = { default = 'fast' } }\nexchanges.refresh.answer.access_token = '/t'\nexchanges.refresh.request = { url = '{{ base_url }}/t', form = { t = '{{ refresh_token }}', r = '{{ params.region }}', p = '{{ params.pin }}', m = '{{ params.mode }}' } }\n";
    const HEAD: &str = "dialect = 'own'\nbase_url = 'https://a.example/'\n";

    #[test]
    fn params_are_given_as_the_dialect_declares_them() {
        let all = profile(&format!("{HEAD}params = {{ region = 'eu', pin = {{ env = 'PIN' }} }}\n{DIALECT}"))
            .expect("whole");
        let plain: Vec<(&str, &str)> =
            all.plain.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            plain,
            [("base_url", "https://a.example"), ("params.mode", "fast"), ("params.region", "eu")]
        );
        assert_eq!(all.secret.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["params.pin"]);
        for (keys, why) in [
            ("", "`profiles.a.params.region`: missing; the dialect `own` needs it; one of eu, us"),
            (
                "params.region = 'euu'",
                "`profiles.a.params.region`: expected one of eu, us, did you mean `eu`?",
            ),
            ("params.region = 3", "`profiles.a.params.region`: expected one of eu, us"),
            (
                "params = { region = 'eu', regoin = 'eu' }",
                "`profiles.a.params.regoin`: the dialect has no such param, did you mean `region`?",
            ),
            (
                "params = { region = 'eu', pin = 'CANARY' }",
                "`profiles.a.params.pin`: a secret is never written here itself; write `{ env = \"NAME\" }`, `{ file = \"PATH\" }`, `{ command = [\"PROGRAM\"] }` or `{ store = true }`",
            ),
            (
                "params = { region = 'eu', pin = { evn = 'CANARY' } }",
                "`profiles.a.params.pin.evn`: unknown key, did you mean `env`?",
            ),
            (
                "params = { region = ['CANARY'] }",
                "`profiles.a.params.region`: expected a secret source such as `{ env = \"NAME\" }`",
            ),
        ] {
            let is = profile(&format!("{HEAD}{keys}\n{DIALECT}")).map(|_| ()).expect_err(keys);
            assert!(is.ends_with(why) && !is.contains("CANARY"), "{keys}: {is}");
        }
    }

    #[test]
    fn who_logs_in_is_given_where_the_dialect_asks_for_it() {
        const LOGIN: &str = "[dialects.own]\nrenews_with = 'client'\nexchanges.refresh = { request = { url = 'https://a.example', form = { u = '{{ username }}', p = '{{ password }}', c = '{{ totp }}' } }, answer.access_token = '/t' }\n";
        let of = |keys: &str| profile(&format!("dialect = 'own'\n{keys}\n{LOGIN}"));
        let (name, word, seed) =
            ("username = 'ada'\n", "password.store = true\n", "totp_seed.env = 'SEED'\n");
        let all = of(&format!("{name}{word}{seed}")).expect("whole");
        assert_eq!(all.plain["username"].as_str(), "ada");
        let secret = of(&format!("username.store = true\n{word}{seed}")).expect("whole");
        let keys: Vec<&str> = secret.secret.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["password", "totp_seed", "username"]);
        for (keys, why) in [
            (format!("{word}{seed}"), "`profiles.a.username`: missing; the dialect `own` needs it"),
            (format!("{name}{seed}"), "`profiles.a.password`: missing; the dialect `own` needs it"),
            (format!("{name}{word}"), "`profiles.a.totp_seed`: missing; the dialect `own` needs it"),
            (
                format!("username = ''\n{word}{seed}"),
                "`profiles.a.username`: is empty or contains a control character",
            ),
            (
                format!("{name}{seed}password = 'CANARY'\n"),
                "`profiles.a.password`: a secret is never written here itself; write `{ env = \"NAME\" }`, `{ file = \"PATH\" }`, `{ command = [\"PROGRAM\"] }` or `{ store = true }`",
            ),
            (
                format!("{name}{word}totp_seed = {{ store = true, env = 'CANARY' }}\n"),
                "`profiles.a.totp_seed`: a secret source is one of `{ env = \"NAME\" }`, `{ file = \"PATH\" }`, `{ command = [\"PROGRAM\"] }`, `{ credential = \"NAME\" }` of systemd and `{ store = true }`; `subject_token` may also be `{ actions_id_token = \"AUDIENCE\" }`",
            ),
            (
                format!("{name}{seed}password.store = false\n"),
                "`profiles.a.password`: `store = false` names no source; omit the key, or write `{ store = true }`",
            ),
        ] {
            let is = of(&keys).map(|_| ()).expect_err(&keys);
            assert!(is.ends_with(why) && !is.contains("CANARY"), "{keys}: {is}");
        }
    }

    #[test]
    fn params_that_no_template_names_go_where_the_dialect_says() {
        let all = profile("dialect = 'oauth2'\ntoken_url = 'https://a.example/t'\nclient_id = 'c'\nparams = { audience = 'x', count = 3, on = true }\n").expect("whole");
        assert_eq!(all.extra, ["audience", "count", "on"]);
        assert_eq!(all.plain["params.count"].as_str(), "3");
        let of = |name: &str, more: &str| {
            profile(&format!("dialect = 'own'\ntoken_url = 'https://a.example/t'\nclient_id = 'c'\nparams = {{ region = 'eu', {name} = 'x' }}\n[dialects.own]\nextends = 'oauth2'\nparams.region = {{ optional = true }}\nexchanges.refresh.request = {{ form.r = '{{{{ params.region }}}}'{more} }}\n"))
                .map(|profile| profile.extra)
        };
        // What a base lets through, a dialect on top of it does not.
        let why = of("audience", "").expect_err("undeclared");
        assert!(why.ends_with("`profiles.a.params.audience`: the dialect has no such param"), "{why}");
        let form = ", extra_params = 'form'";
        assert_eq!(of("audience", form), Ok(vec!["audience".to_owned()]));
        // In the place of the dialect's own.
        assert_eq!(of("grant_type", form), Ok(vec!["grant_type".to_owned()]));
        for (slip, meant) in [("regoin", "region"), ("resuorce", "resource"), ("grant_typ", "grant_type")] {
            let why = of(slip, form).expect_err(slip);
            assert!(
                why.ends_with(&format!(
                    "`profiles.a.params.{slip}`: the dialect has no such param, did you mean `{meant}`?"
                )),
                "{why}"
            );
        }
    }

    #[test]
    fn addresses_and_texts_are_checked_before_they_are_used() {
        for (keys, why) in [
            (
                "base_url = 'https://a.example/?x=1'",
                "`profiles.a.base_url`: a base address must not have a query; `token_url` may have one",
            ),
            (
                "base_url = 'http://a.example'",
                "`profiles.a.base_url`: `http://` sends secrets in the clear and is for this machine only; write `https://`; for a device on your own network that has no TLS, set `tls = { plaintext = true }`",
            ),
            (
                "base_url = 'http://8.8.8.8'",
                "`profiles.a.base_url`: `http://` sends secrets in the clear and is for this machine only; write `https://`",
            ),
            (
                "base_url = 'http://8.8.8.8'\ntls.plaintext = true",
                "`profiles.a.base_url`: `http://` sends secrets in the clear, and this address is not in a private network; write `https://`",
            ),
            ("client_id = ''", "`profiles.a.client_id`: is empty or contains a control character"),
            ("scope = \"a\\nb\"", "`profiles.a.scope`: is empty or contains a control character"),
            ("", "`profiles.a.base_url`: missing; the dialect `own` needs it"),
        ] {
            let is = profile(&format!("dialect = 'own'\nparams.region = 'eu'\n{keys}\n{DIALECT}"))
                .map(|_| ())
                .expect_err(keys);
            assert!(is.ends_with(why), "{keys}: {is}");
        }
    }

    #[test]
    fn the_token_of_a_ci_job_is_the_subject_of_a_login_and_nothing_else() {
        let oauth2 = "dialect = 'oauth2'\ntoken_url = 'https://a.example/t'\nclient_id = 'c'\n";
        let source = "{ actions_id_token = 'api://tokens' }";
        let made = profile(&format!("{oauth2}subject_token = {source}\n")).expect("whole");
        assert_eq!(made.id_tokens().collect::<Vec<_>>(), [("subject_token", "api://tokens")]);
        let alone = "`actions_id_token` is a source only for `subject_token`";
        for (keys, why) in [
            (format!("client_secret = {source}"), format!("`profiles.a.client_secret`: {alone}")),
            (format!("username = {source}"), format!("`profiles.a.username`: {alone}")),
            (format!("params.x = {source}"), format!("`profiles.a.params.x`: {alone}")),
            (
                "subject_token = { actions_id_token = '' }".to_owned(),
                "`profiles.a.subject_token`: `actions_id_token` needs the audience that the token is for, as the vendor expects it".to_owned(),
            ),
            (
                "subject_token = { actions_id_token = 'a', env = 'B' }".to_owned(),
                "`profiles.a.subject_token`: a secret source is one of".to_owned(),
            ),
        ] {
            let error = profile(&format!("{oauth2}{keys}\n")).map(|_| ()).expect_err(&keys);
            assert!(error.contains(&why), "{keys}: {error}");
        }
    }

    const HEAD_OF_OAUTH2: &str = "dialect = 'own'\ntoken_url = 'https://a.example/t'\nclient_id = 'c'\n";
    const VISITED: &str = "[dialects.own]\nextends = 'oauth2'\nlogins.authorization_code.authorization.query = { scopes = '{{ scope }}', data = '{{ state }}', audience = 'x' }\n";

    fn oauth2(keys: &str) -> Result<(), String> {
        profile(&format!("{HEAD_OF_OAUTH2}{keys}\n{VISITED}")).map(|_| ())
    }

    #[test]
    fn the_addresses_of_a_login_are_checked_as_that_of_a_token_is() {
        for key in ["authorization_url", "device_authorization_url", "revocation_url"] {
            for good in ["https://b.example/x?y=1", "http://127.0.0.1:8080/x"] {
                assert_eq!(oauth2(&format!("{key} = '{good}'")), Ok(()), "{key}: {good}");
            }
            for (bad, why) in [
                ("http://b.example", "`http://` sends secrets in the clear"),
                ("https://u:CANARY@b.example", "an address must not contain a login"),
                ("https://b.example/#x", "an address must not have a fragment"),
                ("https://b.example:0/", "port 0"),
                ("javascript:alert(1)", "an address begins with `https://`"),
                ("b.example", "this is not an address"),
                ("https://b.example/a b", "an address must not contain spaces"),
            ] {
                let is = oauth2(&format!("{key} = '{bad}'")).expect_err(bad);
                let whole = format!("`profiles.a.{key}`: {why}");
                assert!(is.contains(&whole) && !is.contains("CANARY"), "{bad}: {is}");
            }
        }
        for good in ["https://api.example/v1?x=1", "urn:example:api", "api://7f"] {
            assert_eq!(oauth2(&format!("resource = '{good}'")), Ok(()), "{good}");
        }
        for bad in ["/v1", "api", "https://api.example/#x", "https://api.example/a b", ""] {
            assert!(oauth2(&format!("resource = '{bad}'")).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_redirect_address_is_one_before_anybody_logs_in() {
        for good in
            ["http://127.0.0.1/", "https://a.example/cb", "urn:ietf:wg:oauth:2.0:oob", "com.example.app:/cb"]
        {
            assert_eq!(oauth2(&format!("redirect_uri = '{good}'")), Ok(()), "{good}");
        }
        for bad in [
            "",
            "localhost",
            "http://a.example/",
            "https://u:CANARY@a.example",
            "javascript:alert(1)",
            "app:/cb",
        ] {
            let is = oauth2(&format!("redirect_uri = '{bad}'")).expect_err(bad);
            assert!(is.contains("`profiles.a.redirect_uri`: ") && !is.contains("CANARY"), "{bad}: {is}");
        }
    }

    #[test]
    fn what_the_dialect_decides_of_a_visit_no_profile_changes() {
        let url = "authorization_url = 'https://b.example/x";
        for keys in [
            "authorization_params = { prompt = 'consent', audience = 'y', nonce = 'n' }",
            &format!("{url}?tenant=x&audience=z'"),
        ] {
            assert_eq!(oauth2(keys), Ok(()), "{keys}");
        }
        for (name, why) in [
            ("state", "tokcli makes it"),
            ("data", "tokcli makes it"),
            ("code_challenge", "tokcli makes it"),
            ("code_challenge_method", "tokcli makes it"),
            ("client_id", "the key `client_id` of the profile"),
            ("redirect_uri", "the key `redirect_uri` of the profile"),
            ("scope", "the key `scope` of the profile"),
            ("scopes", "the key `scope` of the profile"),
            ("response_type", "`logins.authorization_code.authorization.query.response_type` of the dialect"),
        ] {
            let is = oauth2(&format!("authorization_params.{name} = 'CANARY'")).expect_err(name);
            let words = format!("`profiles.a.authorization_params.{name}`: the dialect decides this: {why}");
            assert!(is.contains(&words) && !is.contains("CANARY"), "{is}");
            let is = oauth2(&format!("{url}?a=1&{name}=CANARY'")).expect_err(name);
            let words = format!(
                "`profiles.a.authorization_url`: its query contains `{name}`, which the dialect decides: {why}"
            );
            assert!(is.contains(&words) && !is.contains("CANARY"), "{is}");
        }
        let is = oauth2(&format!("{url}?st%61te=CANARY'")).expect_err("encoded");
        assert!(is.contains("its query contains `state`"), "{is}");
    }
}
