//! Where a chain's requests may go. It is known before anything is read or sent, and nothing that
//! is secret or changes has a say in it.

use std::collections::BTreeSet;

use url::Url;

use super::secret_source::SecretSource;
use crate::base::address::Cleartext;
use crate::base::fault::Fault;
use crate::dialect::flow::Step;
use crate::dialect::request;
use crate::dialect::schema::Dialect;
use crate::dialect::template::{Filling, StandIns, Template, Unfit, Values, stand_in};

/// What is not known before a request is made, beside what the profile keeps secret.
const NOT_YET_KNOWN: [&str; 18] = [
    "refresh_token",
    "access_token",
    "now",
    "now_ms",
    "totp",
    "uuid",
    "random",
    "random_digits",
    "state",
    "code",
    "code_verifier",
    "code_challenge",
    "subject_token",
    "redirect_uri",
    "username",
    "password",
    "token",
    "token_type_hint",
];

/// Every origin that a chain's requests may go to, in its order.
pub(super) fn origins(
    dialect: &Dialect,
    token_url: Option<&Url>,
    plain: &Values,
    secret: &[(String, SecretSource)],
    cleartext: Cleartext,
) -> Result<Vec<String>, Fault> {
    let mut all: Vec<String> = Vec::new();
    for step in dialect.refresh().steps().filter(|step| step.exchange.makes.is_none()) {
        let of_step = match token_url.filter(|_| takes_token_url(&step)) {
            Some(url) => vec![url.origin().ascii_serialization()],
            None if step.exchange.request.url.leads_by("kept.") => {
                dialect.hosts.iter().map(|host| format!("https://{host}")).collect()
            }
            None => vec![origin(&step, plain, secret, cleartext)?],
        };
        for origin in of_step {
            if !all.contains(&origin) {
                all.push(origin);
            }
        }
    }
    // Logging in and giving back, too, go nowhere that a change of the profile leads them to, until somebody confirms it.
    for step in
        dialect.all_steps().filter(|step| !step.is_of_a_refresh() && is_up_to_the_profile(step, plain))
    {
        if let Ok(origin) = origin(&step, plain, secret, cleartext)
            && !all.contains(&origin)
        {
            all.push(origin);
        }
    }
    Ok(all)
}

/// Whether anything but the dialect itself decides where the step's request goes.
pub(super) fn is_up_to_the_profile(step: &Step<'_>, plain: &Values) -> bool {
    step.exchange.request.url.decides_host(&Filling::new(plain), |_| true)
}

/// The same whatever the values are that are not known yet.
pub(super) fn origin(
    step: &Step<'_>,
    plain: &Values,
    secret: &[(String, SecretSource)],
    cleartext: Cleartext,
) -> Result<String, Fault> {
    let template = &step.exchange.request.url;
    let unknown = unknown(template, secret);
    let values = with_stand_ins(&unknown, plain);
    let filling = Filling::standing_in(&values, StandIns::Tried(&unknown));
    if template.decides_host(&filling, |name| unknown.contains(name)) {
        let words = "a secret or a value that changes cannot decide where a request goes";
        return Err(Fault::at(&["base_url"], words));
    }
    let url = request::endpoint(&step.exchange.request, None, &filling, cleartext);
    Ok(url.map_err(unfit)?.origin().ascii_serialization())
}

/// What is wrong with an address that a person visits, as far as it is known.
pub(super) fn visited(
    template: &Template,
    plain: &Values,
    secret: &[(String, SecretSource)],
    cleartext: Cleartext,
) -> Result<(), Fault> {
    let unknown = unknown(template, secret);
    let values = with_stand_ins(&unknown, plain);
    let filling = Filling::standing_in(&values, StandIns::Tried(&unknown));
    template.address(&filling, cleartext).map(|_| ()).map_err(unfit)
}

/// What it names that nobody knows before there is a request.
fn unknown(template: &Template, secret: &[(String, SecretSource)]) -> BTreeSet<String> {
    let is = |name: &&str| {
        NOT_YET_KNOWN.contains(name)
            || ["kept.", "asked."].iter().any(|prefix| name.starts_with(prefix))
            || secret.iter().any(|(known, _)| known == name)
    };
    template.names().filter(is).map(str::to_owned).collect()
}

fn with_stand_ins(unknown: &BTreeSet<String>, plain: &Values) -> Values {
    let mut values = plain.clone();
    values.extend(unknown.iter().map(|name| (name.clone(), stand_in(name))));
    values
}

/// Under the key of the profile that gives the value.
fn unfit(Unfit { name, why }: Unfit) -> Fault {
    match name.as_deref().map(|name| (name, name.strip_prefix("params."))) {
        Some((_, Some(param))) => Fault::at(&["params", param], &why),
        Some((name, None)) => Fault::at(&[name], &why),
        None => Fault::at(&["base_url"], &why),
    }
}

/// Whether a profile's `token_url` takes the place of the step's address.
pub(super) fn takes_token_url(step: &Step<'_>) -> bool {
    let last = step.dialect.refresh().last();
    let same = step.exchange.request.url.source() == last.exchange.request.url.source();
    step.is_last() && (step.name == last.name || (step.is_of_a_login() && same))
}

#[cfg(test)]
mod tests {
    use crate::testing::profiles::profile;

    fn bound(request: &str, keys: &str) -> Result<Vec<String>, String> {
        // One that fits where the param stands.
        let fitting = [(":{{ params.host }}", "1"), ("\"{{ params.host }}", "https://h.example")];
        let fitting = fitting.into_iter().find(|(place, _)| request.contains(place));
        let host = fitting.map_or("h", |(_, value)| value);
        let text = format!(
            "dialect = 'own'\nparams.pin.env = 'PIN'\n{keys}\n[dialects.own]\nhosts = ['api.example', 'eu.example']\nparams = {{ host = {{ optional = true, default = '{host}' }}, pin = {{ secret = true }} }}\nsteps = ['session', 'refresh']\nexchanges.session = {{ request = {{ {request}, secret_in_url = true, repeats = ['refresh_token', 'params.pin'], form = {{ t = '{{{{ refresh_token }}}}', h = '{{{{ params.host }}}}', p = '{{{{ params.pin }}}}' }} }}, answer.keep.at = '/at' }}\nexchanges.refresh = {{ request = {{ url = '{{{{ base_url }}}}/t', form.t = '{{{{ refresh_token }}}}' }}, answer.access_token = '/t' }}\n"
        );
        profile(&text).map(|profile| profile.binding.origins)
    }

    #[test]
    fn a_credential_is_bound_to_every_origin_of_its_chain() {
        let base = "base_url = 'https://a.example:8443/api'";
        for (url, keys, wanted) in [
            ("{{ base_url }}/s", base, &["https://a.example:8443"][..]),
            ("https://B.example/s", base, &["https://b.example", "https://a.example:8443"]),
            (
                "https://{{ params.host }}.example/{{ refresh_token }}",
                base,
                &["https://h.example", "https://a.example:8443"],
            ),
            (
                "{{ kept.at }}/s",
                base,
                &["https://api.example", "https://eu.example", "https://a.example:8443"],
            ),
            (
                "{{ base_url }}/s",
                "base_url = 'https://a.example'\ntoken_url = 'https://t.example/x'",
                &["https://a.example", "https://t.example"],
            ),
        ] {
            assert_eq!(bound(&format!("url = \"{url}\""), keys).expect(url), wanted, "{url}");
        }
    }

    #[test]
    fn what_is_wrong_with_an_address_is_told_of_the_key_that_gives_it() {
        let keys = "base_url = 'https://a.example'";
        for (url, params, wanted) in [
            (
                "https://{{ params.host }}.example/s",
                "params.host = 'u@evil'",
                "`profiles.a.params.host`: is in the place of a host",
            ),
            (
                "https://x.example:{{ params.host }}/s",
                "params.host = '0'",
                "`profiles.a.params.host`: is in the place of a port",
            ),
            (
                "https://x.example/{{ params.host }}/s",
                "params.host = '..'",
                "`profiles.a.params.host`: is in a path",
            ),
            (
                "https://{{ client_id }}.example/s",
                "client_id = 'a/b'",
                "`profiles.a.client_id`: is in the place of a host",
            ),
            ("{{ params.host }}/s", "params.host = 'h'", "`profiles.a.params.host`: this is not an address"),
        ] {
            let why = bound(&format!("url = \"{url}\""), &format!("{params}\n{keys}")).expect_err(url);
            assert!(why.contains(wanted), "{url}: {why}");
        }
    }

    #[test]
    fn a_secret_decides_nothing_about_where_a_request_goes() {
        let keys = "base_url = 'https://a.example'";
        for url in [
            "https://{{ params.pin }}.example/s",
            "{{ base_url }}{{ params.pin }}",
            "{{ base_url }}.{{ refresh_token }}",
        ] {
            let why = bound(&format!("url = \"{url}\""), keys).expect_err(url);
            assert!(
                why.ends_with("`profiles.a.base_url`: a secret or a value that changes cannot decide where a request goes"),
                "{url}: {why}"
            );
        }
    }
}
