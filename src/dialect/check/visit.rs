//! The browser's visit of a login, and what is sent before it: whether the address can be made, shows no secret, and carries
//! what tells one login from another.

use super::Faults;
use super::template::{self, Known};
use crate::base::toml_source::Fault;
use crate::dialect::flow::{Flow, Step};
use crate::dialect::schema::{Authorization, Login, QueryIn, RedirectRule, checked_redirect};
use crate::dialect::template::Template;

impl Faults<'_> {
    pub(super) fn visit_among(&mut self, at: &[&str], is_an_exchange: bool, is_last: bool) {
        if is_an_exchange {
            let words = "this is the browser's visit, but there is also an exchange of that name; give the exchange another name";
            self.add(at, words);
        } else if is_last {
            self.add(at, "an exchange that presents the `code` must follow; list it after this");
        }
    }

    pub(super) fn authorization(&mut self, grant: &str, login: &Login, authorization: &Authorization) {
        let here = ["logins", grant, "authorization"];
        let known = Known::of_login(self.dialect, login);
        let placed = |(path, one): (Vec<&str>, _)| (path.into_iter().map(str::to_owned).collect(), one);
        let templates: Vec<template::Placed<'_>> = authorization.templates().map(placed).collect();
        let wrong = template::check(known, &templates);
        for (index, (path, one)) in templates.iter().enumerate() {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let at = [&here[..], &path[..]].concat();
            if let Some(why) = wrong.get(&index) {
                self.add_fault(None, Fault::at(&at, why).meaning(template::meant(known, one).as_deref()));
            } else if let Some(words) = laid_bare(known, one) {
                self.add(&at, &words);
            }
        }
        if let Some(words) = unfit_fragment(authorization) {
            self.add_of("fragment", &[&here[..], &["fragment"]].concat(), words);
        }
        let url = [&here[..], &["url"]].concat();
        match authorization.url.could_be_an_address() {
            Err(why) => self.add(&url, &why),
            Ok(()) => self.defaults_in(&url, &authorization.url),
        }
        let redirect = authorization.redirect_uri.as_deref();
        if let Some(why) = redirect.and_then(|uri| unfit(uri, authorization.redirect)) {
            self.add(&[&here[..], &["redirect_uri"]].concat(), &why);
        }
        self.parameters(&here, login, authorization);
    }

    /// Each is sent once, and one of them brings back what tells our login from another's.
    pub(super) fn parameters(&mut self, here: &[&str], login: &Login, authorization: &Authorization) {
        if !authorization.uses("state") && !self.sent_before(login, "state") {
            let words = "nothing here sends the `state`, by which a login recognizes its own redirect; write `state = \"{{ state }}\"`, or what the vendor calls it";
            self.add_of("query", &[here, &["query"]].concat(), words);
        }
        let url = authorization.url.source();
        let written = url.split_once('?').map_or("", |(_, query)| query).split('&');
        let written: Vec<&str> = written.filter_map(|pair| pair.split('=').next()).collect();
        for name in
            authorization.query.0.iter().map(|(name, _)| name).filter(|name| written.contains(&name.as_str()))
        {
            let words = "this is in the `url` already, and a parameter is sent once; remove one of them";
            self.add(&[here, &["query", name]].concat(), words);
        }
    }

    /// Whether the vendor is told it before the browser comes.
    pub(super) fn sent_before(&self, login: &Login, name: &str) -> bool {
        let mut before = login.before_the_visit().iter();
        before.any(|step| self.dialect.exchanges.get(step).is_some_and(|step| step.request.uses(name)))
    }

    /// The challenge and what answers it go together (RFC 7636).
    pub(super) fn proof(&mut self, grant: &str, login: &Login, flow: Flow<'_>, first: &Step<'_>) {
        let visit = login.authorization.as_ref();
        let challenged = visit.is_some_and(|visit| visit.uses("code_challenge"))
            || self.sent_before(login, "code_challenge");
        let here = ["logins", grant, "authorization", "query"];
        match (challenged, flow.uses("code_verifier")) {
            (true, false) => {
                let words = "no exchange of this login presents the `code_verifier` that answers the `code_challenge`; write `code_verifier = \"{{ code_verifier }}\"` there, or remove both";
                self.add_of("request", &["exchanges", first.name, "request"], words);
            }
            (false, true) => {
                let words = "an exchange of this login presents the `code_verifier`, but nothing here sends the `code_challenge`; write `code_challenge = \"{{ code_challenge }}\"`, or remove both";
                self.add_of("query", &here, words);
            }
            _ => {}
        }
    }

    /// It has what is drawn for the login, and not what the visit brings.
    pub(super) fn before_the_visit(&mut self, step: &Step<'_>) {
        let request = &step.exchange.request;
        for (path, template) in request.templates() {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let at = [&["exchanges", step.name, "request"], &path[..]].concat();
            if template.uses("code") {
                self.add(&at, "the browser brings the `code`, and this is sent before the visit");
            } else if template.uses("code_verifier") {
                let words = "this is sent before the browser goes there, and having the `code_verifier` by then proves nothing; send the `code_challenge`";
                self.add(&at, words);
            }
        }
        if !step.exchange.further.is_empty() {
            let words = "this is sent before the browser goes there, which is what follows; remove this";
            self.add(&["exchanges", step.name, "further"], words);
        }
    }
}

/// Why a browser must not be shown what comes out.
pub(super) fn laid_bare(known: Known<'_>, template: &Template) -> Option<String> {
    let secret = || template.names().filter(|name| known.is_secret(name));
    if let Some(name) = secret().find(|name| template.shows(name)) {
        return Some(format!(
            "`{name}` is a secret, and a browser would show it to anyone who looks; a signature made with it may be here"
        ));
    }
    let name = secret().find(|name| GUESSED.contains(name) || name.starts_with("asked."))?;
    Some(format!(
        "`{name}` can be found by trying if a browser shows what was made from it to anyone who looks"
    ))
}

/// Secrets of which a digest tells enough.
const GUESSED: [&str; 4] = ["password", "totp", "code", "subject_token"];

fn unfit_fragment(authorization: &Authorization) -> Option<&'static str> {
    let source = authorization.fragment.as_ref().map(Template::source);
    match (source, authorization.query_in) {
        (None, QueryIn::Fragment) => Some(
            "`query_in = \"fragment\"` needs one; write what comes before the parameters: `fragment = \"/login\"`",
        ),
        (Some(text), _) if text.starts_with('#') => Some("omit the `#`; it is added"),
        _ => None,
    }
}

/// Why the vendor would not take it.
fn unfit(uri: &str, rule: RedirectRule) -> Option<String> {
    match checked_redirect(uri) {
        Err(why) => Some(why.to_owned()),
        Ok(url) => (rule == RedirectRule::Https && url.scheme() != "https")
            .then(|| "with `redirect = \"https\"` this must be an https address".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::told;

    /// What is wrong with a code login of these lines.
    fn visit(authorization: &str, form: &str) -> Vec<String> {
        told(&format!(
            "renews_with = 'client'\n[exchanges]\nrefresh = {{ request.url = 'https://a.example', answer.access_token = '/t' }}\ncode = {{ request = {{ url = 'https://a.example', form = {{ c = '{{{{ code }}}}', {form} }} }}, answer.access_token = '/t' }}\n[logins.code.authorization]\n{authorization}\n"
        ))
    }

    const URL: &str = "url = 'https://a.example'\n";
    const STATE: &str = "query.state = '{{ state }}'\n";
    const CHALLENGE: &str = "query.code_challenge = '{{ code_challenge }}'\n";
    const VERIFIER: &str = "v = '{{ code_verifier }}'";

    #[test]
    fn a_visit_carries_a_state_and_a_challenge_goes_with_its_verifier() {
        for (lines, form, wanted) in [
            (format!("{URL}{STATE}"), "", ""),
            (format!("{URL}{STATE}{CHALLENGE}"), VERIFIER, ""),
            (format!("{URL}query.data = 'x.{{{{ state }}}}'\nanswer.state = 'data'"), "", ""),
            ("url = 'https://a.example/?s={{ state }}'".to_owned(), "", ""),
            (URL.to_owned(), "", "logins.code.authorization.query: nothing here sends the `state`"),
            (
                format!("{URL}query.state = 'state'"),
                "",
                "logins.code.authorization.query: nothing here sends the `state`",
            ),
            (
                format!("{URL}{STATE}{CHALLENGE}"),
                "",
                "exchanges.code.request: no exchange of this login presents the `code_verifier`",
            ),
            (
                format!("{URL}{STATE}"),
                VERIFIER,
                "logins.code.authorization.query: an exchange of this login presents",
            ),
            (
                format!("url = 'https://a.example/?a=1&state=fixed'\n{STATE}"),
                "",
                "logins.code.authorization.query.state: this is in the `url` already",
            ),
        ] {
            let is = visit(&lines, form);
            assert_eq!(is.len(), usize::from(!wanted.is_empty()), "{lines}: {is:?}");
            assert!(is.iter().all(|one| one.starts_with(wanted)), "{lines}: {is:?}");
        }
    }

    /// Each of these lines beside an address, and the one fault that it is, if any.
    fn each(cases: &[(&str, &str)]) {
        for (lines, wanted) in cases {
            let is = visit(&format!("{URL}{STATE}{lines}"), "");
            assert_eq!(is.len(), usize::from(!wanted.is_empty()), "{lines}: {is:?}");
            assert!(is.iter().all(|one| one.contains(wanted)), "{lines}: {is:?}");
        }
    }

    #[test]
    fn a_fragment_stands_behind_the_address_and_perhaps_before_the_parameters() {
        each(&[
            ("fragment = 'app_redirect'", ""),
            ("fragment = '/login'\nquery_in = 'fragment'", ""),
            ("fragment = '#x'", "authorization.fragment: omit the `#`"),
            ("query_in = 'fragment'", "authorization.fragment: `query_in = \"fragment\"` needs one"),
            ("fragment = '{{ scope }}'", "without `scope`, which a profile need not give"),
            ("fragment = '{{ request.path }}'", "`request.path` is not available yet"),
            ("fragment = '{{ client_secret }}'", "`client_secret` is a secret"),
        ]);
    }

    #[test]
    fn a_browser_is_shown_what_was_signed_with_a_secret_and_never_the_secret() {
        each(&[
            (
                "query.sign = \"{{ (client_secret ~ (request.query | sorted_pairs('', ''))) | md5 | hex }}\"",
                "",
            ),
            ("query.sign = \"{{ request.query.state | hmac_sha256(client_secret) | hex }}\"", ""),
            ("query.sign = \"{{ request.path | rsa_sha256(private_key) | base64 }}\"", ""),
            ("query.sign = \"{{ client_secret | base64 }}\"", "query.sign: `client_secret` is a secret"),
            (
                "query.sign = \"{{ (client_secret | md5 | hex) ~ client_secret }}\"",
                "query.sign: `client_secret` is a secret",
            ),
            ("query.sign = \"{{ password | md5 | hex }}\"", "query.sign: `password` can be found by trying"),
            (
                "query.sign = \"{{ now | hmac_sha256(totp) | hex }}\"",
                "query.sign: `totp` can be found by trying",
            ),
            ("query.sign = \"{{ request.query.nothing | md5 | hex }}\"", "query.sign: "),
        ]);
    }

    /// What is wrong with a login of these steps, in which `push` is sent with that form.
    fn steps(steps: &str, form: &str, query: &str) -> Vec<String> {
        told(&format!(
            "renews_with = 'client'\n[exchanges]\nrefresh = {{ request.url = 'https://a.example', answer.access_token = '/t' }}\npush = {{ request = {{ url = 'https://a.example/p', form = {{ {form} }} }}, answer.keep.r = '/r' }}\ncode = {{ request = {{ url = 'https://a.example', form = {{ c = '{{{{ code }}}}', v = '{{{{ code_verifier }}}}' }} }}, answer.access_token = '/t' }}\n[logins.code]\nsteps = {steps}\nauthorization = {{ url = 'https://a.example', query = {{ {query} }} }}\n"
        ))
    }

    #[test]
    fn what_is_sent_before_the_visit_carries_what_the_visit_would() {
        let drawn = "s = '{{ state }}', c = '{{ code_challenge }}'";
        let kept = "r = '{{ kept.r }}'";
        let push = "['push', 'authorization', 'code']";
        assert_eq!(steps(push, drawn, kept), Vec::<String>::new());
        for (order, form, query, wanted) in [
            (
                push,
                "s = '{{ state }}'",
                kept,
                "query: an exchange of this login presents the `code_verifier`",
            ),
            (push, "c = '{{ code_challenge }}'", kept, "query: nothing here sends the `state`"),
            (
                push,
                "s = '{{ state }}', c = '{{ code_challenge }}', x = '{{ code }}'",
                kept,
                "form.x: the browser brings the `code`",
            ),
            (
                push,
                "s = '{{ state }}', c = '{{ code_challenge }}', x = '{{ code_verifier }}'",
                kept,
                "form.x: this is sent before the browser goes there, and having",
            ),
            (
                "['push', 'code', 'authorization']",
                drawn,
                kept,
                "steps.2: an exchange that presents the `code` must follow",
            ),
        ] {
            let is = steps(order, form, query);
            assert!(is.iter().any(|one| one.contains(wanted)), "{order} {form}: {is:?}");
        }
        let none = told(
            "renews_with = 'client'\n[exchanges]\nrefresh = { request.url = 'https://a.example', answer.access_token = '/t' }\n[logins]\nown.steps = ['authorization', 'refresh']\n",
        );
        assert!(none.len() == 1 && none[0].contains("this login has no `authorization`"), "{none:?}");
    }

    #[test]
    fn a_dialect_names_a_redirect_address_that_a_vendor_could_take() {
        for (lines, fits) in [
            ("redirect_uri = 'http://localhost'", true),
            ("redirect_uri = 'https://a.example/cb'\nredirect = 'https'", true),
            ("redirect_uri = 'http://localhost/'\nredirect = 'https'", false),
            ("redirect_uri = 'http://a.example/'", false),
            ("redirect_uri = 'javascript:alert(1)'", false),
        ] {
            let is = visit(&format!("{URL}{STATE}{lines}"), "");
            assert_eq!(is.is_empty(), fits, "{lines}: {is:?}");
            assert!(
                is.iter().all(|one| one.starts_with("logins.code.authorization.redirect_uri: ")),
                "{is:?}"
            );
        }
    }
}
