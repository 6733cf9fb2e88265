//! What of a profile changes what is granted: its scope and its resource, if the dialect sends them with a refresh, and
//! its params, the dialect's defaults among them. Of a secret its source counts, never its value, which nothing here reads.

use std::collections::BTreeMap;

use super::file::{WrittenParam, WrittenProfile};
use crate::base::digest::sha256_hex;
use crate::base::order::Arrange as _;
use crate::credential::audience::Audience;
use crate::credential::reading::RenewsWith;
use crate::dialect::schema::Dialect;

/// Of the source of a secret.
const DIGITS: usize = 16;

pub(super) fn of(written: &WrittenProfile, dialect: &Dialect) -> Audience {
    made(written, dialect, |_| true)
}

/// The same without its secrets, which a machine that only asks another one for tokens does not have.
pub(super) fn told(written: &WrittenProfile, dialect: &Dialect) -> Audience {
    made(written, dialect, |given| matches!(given, WrittenParam::Plain(_)))
}

fn made(written: &WrittenProfile, dialect: &Dialect, counts: impl Fn(&WrittenParam) -> bool) -> Audience {
    // Each refresh spends the one access token that there is, or leaves it as it is.
    let keeps = dialect.exchanges.values().any(|exchange| exchange.answer.keeps_access_token);
    if dialect.renews_with == RenewsWith::AccessToken || keeps {
        return Audience::default();
    }
    let mut parts = BTreeMap::new();
    let scope = written.scope.as_deref().filter(|_| dialect.refresh().uses("scope"));
    parts.extend(scope.map(|scope| ("scope".to_owned(), sorted(scope))));
    let resource = written.resource.clone().filter(|_| dialect.refresh().uses("resource"));
    parts.extend(resource.map(|resource| ("resource".to_owned(), resource)));
    for (name, rule) in &dialect.params {
        parts.extend(rule.default.iter().map(|default| (format!("params.{name}"), default.clone())));
    }
    for (name, param) in written.params.iter().filter(|(_, param)| counts(param)) {
        parts.insert(format!("params.{name}"), value_of(param));
    }
    // Of a client without a login nothing else tells who it is, and at which of a server's realms.
    if dialect.renews_with == RenewsWith::Client {
        let texts = [("token_url", &written.token_url), ("base_url", &written.base_url)];
        parts.extend(texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.clone()?))));
        let username = written.username.as_ref().filter(|name| counts(name));
        parts.extend(username.map(|name| ("username".to_owned(), value_of(name))));
    }
    Audience::of(parts.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

fn value_of(given: &WrittenParam) -> String {
    match given {
        WrittenParam::Plain(text) => text.clone(),
        WrittenParam::Secret(source) => sha256_hex(&format!("{source:?}"))[..DIGITS].to_owned(),
    }
}

/// The order of scopes does not matter (RFC 6749 section 3.3).
pub(crate) fn sorted(scope: &str) -> String {
    let mut all: Vec<&str> = scope.split_ascii_whitespace().collect();
    all.arrange();
    all.dedup();
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use crate::testing::profiles::profile;

    const HEAD: &str = "dialect = 'own'\nbase_url = 'https://a.example'\n";
    const DIALECT: &str = "[dialects.own]\nparams = { region = { default = 'eu' }, pin = { secret = true, optional = true } }\nexchanges.refresh.answer.access_token = '/t'\nexchanges.refresh.request = { url = '{{ base_url }}/t', form = { t = '{{ refresh_token }}', s = '{{ scope }}', r = '{{ params.region }}', p = '{{ params.pin }}' } }\n";

    fn of(keys: &str) -> String {
        let made = profile(&format!("{HEAD}{keys}\n{DIALECT}")).expect(keys);
        made.audience.as_str().to_owned()
    }

    #[test]
    fn it_is_made_of_what_a_refresh_sends() {
        for (keys, wanted) in [
            ("", "params.region=eu"),
            ("params.region = 'eu'", "params.region=eu"),
            ("scope = 'b a b'", "params.region=eu&scope=a+b"),
            ("params = { region = 'us' }", "params.region=us"),
            ("min_ttl = '5m'\naccount = 'x'\ntoken = 'id'", "params.region=eu"),
        ] {
            assert_eq!(of(keys), wanted, "{keys}");
        }
        let pins = ["{ env = 'PIN' }", "{ env = 'PIN2' }", "{ file = 'PIN' }"]
            .map(|pin| of(&format!("params.pin = {pin}")));
        assert!(
            pins[0] != pins[1] && pins[0] != pins[2] && pins[1] != pins[2] && !pins[0].contains("PIN"),
            "{pins:?}"
        );
    }

    #[test]
    fn what_the_dialect_does_not_know_counts_and_a_scope_that_is_not_sent_does_not() {
        let keys = "dialect = 'oauth2'\ntoken_url = 'https://a.example/t'\nclient_id = 'c'\n";
        let of = |keys: &str| profile(keys).expect(keys).audience.as_str().to_owned();
        assert_eq!(of(keys), "default");
        assert_eq!(of(&format!("{keys}scope = 's'\nparams.resource = 'r'\n")), "params.resource=r&scope=s");
        assert_eq!(
            of(&format!("{keys}resource = 'https://m.example/'\n")),
            "resource=https%3A%2F%2Fm.example%2F"
        );
        let bare = "dialect = 'own'\nbase_url = 'https://a.example'\nscope = 's'\n[dialects.own]\nexchanges.refresh = { request = { url = '{{ base_url }}/t', form.t = '{{ refresh_token }}' }, answer.access_token = '/t' }\n";
        assert_eq!(of(bare), "default");
        let itself = bare.replace("[dialects.own]", "[dialects.own]\nrenews_with = 'access_token'").replace(
            "form.t = '{{ refresh_token }}'",
            "form = { t = '{{ access_token }}', s = '{{ scope }}' }",
        );
        assert_eq!(of(&itself), "default");
    }
}
