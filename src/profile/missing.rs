//! What a profile lacks: every value that its dialect cannot do without, in one pass. Whether what is there is right is
//! `given.rs`'s to say.

use std::collections::BTreeMap;

use super::file::WrittenProfile;
use crate::base::fault::Fault;
use crate::dialect::flow::Step;
use crate::dialect::schema::{ClientAuth, Dialect};

/// What a template may need, in the order in which it is asked for.
const NEEDED: [&str; 7] =
    ["base_url", "token_url", "client_id", "client_secret", "private_key", "key_id", "certificate"];

/// One key that is not there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    /// Below the profile: `base_url`, or `params` and `region`.
    pub(crate) path: Vec<String>,
    /// The only values there are, if the dialect says so.
    pub(crate) one_of: Vec<String>,
}

/// `client_auth`: by the name of the step, as the profile asks or else by what it has.
pub(super) fn of(
    written: &WrittenProfile,
    dialect: &Dialect,
    client_auth: &BTreeMap<String, ClientAuth>,
) -> Vec<Missing> {
    let plain = |path: &[&str]| Missing {
        path: path.iter().map(|key| (*key).to_owned()).collect(),
        one_of: Vec::new(),
    };
    let needed = |name: &&&str| {
        let needs = |step: Step<'_>| by_auth(name, &step, client_auth) || by_template(name, &step, written);
        !has(written, name) && dialect.refresh().steps().any(needs)
    };
    let mut missing: Vec<Missing> = NEEDED.iter().filter(needed).map(|name| plain(&[name])).collect();
    let by_certificate = client_auth.values().any(|auth| auth.needs_certificate());
    if by_certificate && written.tls.client_cert.is_none() {
        missing.push(plain(&["tls", "client_cert"]));
    }
    let params = dialect.params.iter().filter(|(name, rule)| {
        !rule.optional && rule.default.is_none() && !written.params.contains_key(*name)
    });
    missing.extend(params.map(|(name, rule)| Missing {
        path: vec!["params".to_owned(), name.clone()],
        one_of: rule.one_of.clone().unwrap_or_default(),
    }));
    missing
}

fn by_auth(name: &str, step: &Step<'_>, client_auth: &BTreeMap<String, ClientAuth>) -> bool {
    client_auth.get(step.name).is_some_and(|auth| auth.needs().contains(&name))
}

fn by_template(name: &str, step: &Step<'_>, written: &WrittenProfile) -> bool {
    let own_address = step.is_last() && written.token_url.is_some();
    let mut templates = step.exchange.request.templates().into_iter();
    templates.any(|(path, template)| !(own_address && path[0] == "url") && template.needs(name))
}

fn has(written: &WrittenProfile, name: &str) -> bool {
    match name {
        "base_url" => written.base_url.is_some(),
        "token_url" => written.token_url.is_some(),
        "client_id" => written.client_id.is_some(),
        "client_secret" => written.client_secret.is_some(),
        "private_key" => written.private_key.is_some(),
        "key_id" => written.key_id.is_some(),
        _ => written.certificate.is_some(),
    }
}

/// One fault for all of them, at the profile: they are written in one go.
pub(super) fn fault(missing: &[Missing], written: &WrittenProfile) -> Option<Fault> {
    let because = |these: &str| match missing {
        [one] if one.path[0] == "tls" => "the client authenticates by mutual TLS".to_owned(),
        _ => format!("the dialect `{}` needs {these}", written.dialect),
    };
    match missing {
        [] => None,
        [one] => {
            let path: Vec<&str> = one.path.iter().map(String::as_str).collect();
            let values = if one.one_of.is_empty() { String::new() } else { format!("; {}", one.values()) };
            Some(Fault::at(&path, &format!("is missing; {}{values}", because("it"))))
        }
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(Missing::shown).collect();
            let words = format!("{} and {} are missing", first.join(", "), last.shown());
            Some(Fault::at(&[], &format!("{words}; {}", because("them"))))
        }
    }
}

impl Missing {
    fn values(&self) -> String {
        format!("one of {}", self.one_of.join(", "))
    }

    fn shown(&self) -> String {
        let key = self.path.join(".");
        if self.one_of.is_empty() { format!("`{key}`") } else { format!("`{key}` ({})", self.values()) }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::profiles::profile;

    #[test]
    fn all_that_is_missing_is_told_at_once() {
        const DIALECT: &str = "[dialects.own]\nparams = { region = { one_of = ['eu', 'us'] }, shop = {}, pin = { optional = true }, mode = { default = 'fast' } }\nexchanges.refresh.answer.access_token = '/t'\nexchanges.refresh.request = { url = '{{ base_url }}/t', client_auth = 'client_secret_basic', form = { t = '{{ refresh_token }}', r = '{{ params.region }}', s = '{{ params.shop }}', p = '{{ params.pin }}', m = '{{ params.mode }}' } }\n";
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
                format!("`profiles.a.client_secret`: is missing; {needed} it"),
            ),
            (
                "token_url = 'https://a.example'\nclient_id = 'c'\nclient_secret.env = 'S'\nparams.shop = 's'\n",
                format!("`profiles.a.params.region`: is missing; {needed} it; one of eu, us"),
            ),
        ] {
            let is = profile(&format!("dialect = 'own'\n{keys}{DIALECT}")).map(|_| ()).expect_err(keys);
            assert!(is.starts_with("test.toml:") && is.ends_with(&why), "{is}");
        }
        let tls = "client_auth = 'tls_client_auth'\n";
        let is = profile(&format!("dialect = 'oauth2'\n{tls}")).map(|_| ()).expect_err("no address");
        assert!(is.contains("`client_id`") && is.contains("`tls.client_cert`"), "{is}");
    }
}
