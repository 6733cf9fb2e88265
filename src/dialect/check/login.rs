//! Logins and revocation: whether their steps are there and lead to an access token, and whether what a browser visits can
//! be made without a secret.

use super::template::{self, Known};
use super::{Faults, is_identifier, is_page};
use crate::base::toml_source::Fault;
use crate::dialect::flow::{Flow, Step};
use crate::dialect::schema::{
    AUTHORIZATION, Authorization, Login, QueryIn, REVOKE, RedirectRule, checked_redirect,
};
use crate::dialect::template::Template;

/// What a person must be told of before a request is sent again and again (RFC 8628 section 3.2).
const SHOWN: [&str; 2] = ["user_code", "verification_uri"];
const SHOWN_TOO: &str = "verification_uri_complete";
const DEVICE_CODE: &str = "device_code";

impl Faults<'_> {
    pub(super) fn logins(&mut self) {
        let dialect = self.dialect;
        for (grant, login) in &dialect.logins {
            if !is_identifier(grant) {
                self.add(&["logins", grant], "a login is named by letters, digits and `_`");
            }
            self.page(&["logins", grant], login.documentation.as_deref());
            for name in login.ask.keys().filter(|name| !is_identifier(name)) {
                let words = "what is asked for is named by letters, digits and `_`, and begins with a letter";
                self.add(&["logins", grant, "ask", name], words);
            }
            self.login_steps(grant, login);
            if let Some(authorization) = &login.authorization {
                self.authorization(grant, login, authorization);
            }
            self.verification_uri(grant, login);
            if let Some(flow) = dialect.login(grant) {
                self.login_flow(grant, login, flow);
            }
        }
        self.revocation();
    }

    fn page(&mut self, here: &[&str], address: Option<&str>) {
        if address.is_some_and(|address| !is_page(address)) {
            let words = "this is not the address of a page; write where the vendor says so, as `https://…`";
            self.add(&[here, &["documentation"]].concat(), words);
        }
    }

    fn login_steps(&mut self, grant: &str, login: &Login) {
        let exchanges = &self.dialect.exchanges;
        if login.steps.is_empty() && !exchanges.contains_key(grant) {
            let words =
                "there is no exchange of that name; write it under `exchanges`, or name others in `steps`";
            let fault = Fault::at(&["logins", grant], words).about("exchanges");
            self.add_fault(Some("exchanges"), fault);
        }
        for (index, name) in login.steps.iter().enumerate() {
            let at = ["logins", grant, "steps", &index.to_string()];
            if name == AUTHORIZATION && login.authorization.is_some() {
                self.visit_among(&at, exchanges.contains_key(name), index + 1 == login.steps.len());
            } else if name == AUTHORIZATION && !exchanges.contains_key(name) {
                self.add(&at, "this login has no `authorization`, which would say what a browser visits");
            } else if !exchanges.contains_key(name) {
                self.no_such_exchange(&at, name);
            }
            if login.steps[..index].contains(name) {
                self.add(&at, "each exchange is sent once; name it once");
            }
        }
    }

    fn visit_among(&mut self, at: &[&str], is_an_exchange: bool, is_last: bool) {
        if is_an_exchange {
            let words = "this is where the browser's visit stands, and an exchange of that name is there too; call the exchange by another";
            self.add(at, words);
        } else if is_last {
            self.add(at, "an exchange follows that presents the `code`; name it after this");
        }
    }

    fn authorization(&mut self, grant: &str, login: &Login, authorization: &Authorization) {
        let here = ["logins", grant, "authorization"];
        let known = Known::of_login(self.dialect, login);
        for (path, one) in authorization.templates() {
            let at = [&here[..], &path[..]].concat();
            let path: Vec<String> = path.iter().map(|&key| key.to_owned()).collect();
            if let Err(why) = template::check(known, &path, one) {
                self.add_fault(None, Fault::at(&at, &why).meaning(template::meant(known, one).as_deref()));
            } else if let Some(words) = laid_bare(known, one) {
                self.add(&at, &words);
            }
        }
        if let Some(words) = unfit_fragment(authorization) {
            self.add_of("fragment", &[&here[..], &["fragment"]].concat(), words);
        }
        if let Err(why) = authorization.url.could_be_an_address() {
            self.add(&[&here[..], &["url"]].concat(), &why);
        }
        let redirect = authorization.redirect_uri.as_deref();
        if let Some(why) = redirect.and_then(|uri| unfit(uri, authorization.redirect)) {
            self.add(&[&here[..], &["redirect_uri"]].concat(), &why);
        }
        self.parameters(&here, login, authorization);
    }

    /// Where a code is typed, of a login that somebody decides elsewhere.
    fn verification_uri(&mut self, grant: &str, login: &Login) {
        let Some(address) = &login.verification_uri else { return };
        let at = ["logins", grant, "verification_uri"];
        let known = Known::of_login(self.dialect, login);
        if let Err(why) = template::check(known, &["url".to_owned()], address) {
            let meant = template::meant(known, address);
            self.add_fault(None, Fault::at(&at, &why).meaning(meant.as_deref()));
        } else if let Some(words) = laid_bare(known, address) {
            self.add(&at, &words);
        } else if let Some(name) = address.names().find(|name| is_given_later(name)) {
            let words =
                format!("`{name}` is none of the profile's; this is the same for everybody who logs in");
            self.add(&at, &words);
        }
        if let Err(why) = address.could_be_an_address() {
            self.add(&at, &why);
        }
        let polls = |flow: Flow<'_>| flow.steps().any(|step| step.exchange.is_polled());
        if !self.dialect.login(grant).is_some_and(polls) {
            let words = "nobody decides this login elsewhere: none of its exchanges has a refusal `authorization_pending`; leave this away";
            self.add_of("refusals", &at, words);
        }
    }

    /// Each is sent once, and one of them brings back what tells our login from another's.
    fn parameters(&mut self, here: &[&str], login: &Login, authorization: &Authorization) {
        if !authorization.uses("state") && !self.sent_before(login, "state") {
            let words = "nothing here sends the `state`, by which a login knows its own redirect; write `state = \"{{ state }}\"`, or what the vendor calls it";
            self.add_of("query", &[here, &["query"]].concat(), words);
        }
        let url = authorization.url.source();
        let written = url.split_once('?').map_or("", |(_, query)| query).split('&');
        let written: Vec<&str> = written.filter_map(|pair| pair.split('=').next()).collect();
        for name in
            authorization.query.0.iter().map(|(name, _)| name).filter(|name| written.contains(&name.as_str()))
        {
            let words =
                "this stands in the `url` already, and a parameter is sent once; take one of them away";
            self.add(&[here, &["query", name]].concat(), words);
        }
    }

    /// Whether the vendor is told it before the browser comes.
    fn sent_before(&self, login: &Login, name: &str) -> bool {
        let mut before = login.before_the_visit().iter();
        before.any(|step| self.dialect.exchanges.get(step).is_some_and(|step| step.request.uses(name)))
    }

    /// The challenge and what answers it go together (RFC 7636).
    fn proof(&mut self, grant: &str, login: &Login, flow: Flow<'_>, first: &Step<'_>) {
        let visit = login.authorization.as_ref();
        let challenged = visit.is_some_and(|visit| visit.uses("code_challenge"))
            || self.sent_before(login, "code_challenge");
        let here = ["logins", grant, "authorization", "query"];
        match (challenged, flow.uses("code_verifier")) {
            (true, false) => {
                let words = "no exchange of this login presents the `code_verifier` that answers the `code_challenge`; write `code_verifier = \"{{ code_verifier }}\"` there, or leave both away";
                self.add_of("request", &["exchanges", first.name, "request"], words);
            }
            (false, true) => {
                let words = "an exchange of this login presents the `code_verifier`, and nothing here sends the `code_challenge`; write `code_challenge = \"{{ code_challenge }}\"`, or leave both away";
                self.add_of("query", &here, words);
            }
            _ => {}
        }
    }

    fn login_flow(&mut self, grant: &str, login: &Login, flow: Flow<'_>) {
        let steps: Vec<Step<'_>> = flow.steps().collect();
        let before =
            steps.iter().filter(|step| login.before_the_visit().iter().any(|name| name == step.name));
        before.for_each(|step| self.before_the_visit(step));
        let first = steps.get(login.before_the_visit().len());
        let (Some(first), Some(last)) = (first, steps.last()) else { return };
        if login.authorization.is_some() && !first.exchange.request.uses("code") {
            let words = "the first exchange presents the `code` that the browser brings; write `{{ code }}` where it goes";
            self.add_of("request", &["exchanges", first.name, "request"], words);
        }
        if login.authorization.is_some() {
            self.proof(grant, login, flow, first);
        }
        for step in [last].into_iter().chain(&flow.further()) {
            let answer = &step.exchange.answer;
            if answer.access_token.is_none() && step.exchange.further.is_empty() {
                let at = ["exchanges", step.name, "answer"];
                self.add_of("answer", &at, "`access_token` is missing: a login ends with one");
            }
        }
        for (index, step) in steps.iter().enumerate().filter(|(_, step)| step.exchange.is_polled()) {
            self.polled(login, step, &steps[..index]);
        }
    }

    /// It has what is drawn for the login, and not what the visit brings.
    fn before_the_visit(&mut self, step: &Step<'_>) {
        let request = &step.exchange.request;
        for (path, template) in request.templates() {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let at = [&["exchanges", step.name, "request"], &path[..]].concat();
            if template.uses("code") {
                self.add(&at, "the browser brings the `code`, and this is sent before it has gone there");
            } else if template.uses("code_verifier") {
                let words = "this is sent before the browser goes there, and who has the `code_verifier` by then proves nothing; send the `code_challenge`";
                self.add(&at, words);
            }
        }
        if !step.exchange.further.is_empty() {
            let words = "this is sent before the browser goes there, which is what follows; leave this away";
            self.add(&["exchanges", step.name, "further"], words);
        }
    }

    /// Whoever decides is shown where to go, and nobody is shown what asks for the tokens.
    fn polled(&mut self, login: &Login, step: &Step<'_>, before: &[Step<'_>]) {
        if !step.is_last() {
            let words =
                "an exchange with a refusal `authorization_pending` is sent again and again, and is the last";
            self.add(&["exchanges", step.name], words);
            return;
        }
        let keeps = |name: &&str| {
            before.iter().any(|one| one.exchange.answer.keep.contains_key(*name))
                || (**name == *"verification_uri" && login.verification_uri.is_some())
        };
        if let Some(lacking) = SHOWN.iter().find(|name| !keeps(name)) {
            let words = format!(
                "no step before this one keeps `{lacking}`, which whoever decides must be shown: `answer.keep.{lacking} = \"/pointer\"`{}",
                if *lacking == "verification_uri" {
                    "; an address that no answer says stands in `verification_uri` of the login"
                } else {
                    ""
                }
            );
            self.add_of("keep", &["exchanges", step.name], &words);
        }
        for one in before {
            for (name, keep) in &one.exchange.answer.keep {
                let at = ["exchanges", one.name, "answer", "keep", name];
                if keep.secret && (SHOWN.contains(&name.as_str()) || name == SHOWN_TOO) {
                    self.add(&at, "whoever decides must be shown this; leave `secret` away");
                } else if !keep.secret && name == DEVICE_CODE {
                    let words = "whoever has this gets the tokens; say `secret = true`";
                    self.add(&at, words);
                }
            }
        }
    }

    fn revocation(&mut self) {
        let dialect = self.dialect;
        let Some(revocation) = &dialect.revocation else { return };
        self.page(&["revocation"], revocation.documentation.as_deref());
        let Some(exchange) = dialect.exchanges.get(REVOKE) else {
            let words = "the exchange `revoke` is missing; write it under `exchanges`";
            self.add_fault(Some("exchanges"), Fault::at(&["revocation"], words).about("exchanges"));
            return;
        };
        if !["token", "refresh_token", "access_token"].iter().any(|name| exchange.request.uses(name)) {
            let words = "nothing here sends what is to be revoked: `{{ token }}`, `{{ refresh_token }}` or `{{ access_token }}`";
            self.add_of("request", &["exchanges", REVOKE, "request"], words);
        }
    }
}

/// Why a browser must not be shown what comes out.
fn laid_bare(known: Known<'_>, template: &Template) -> Option<String> {
    let secret = || template.names().filter(|name| known.is_secret(name));
    if let Some(name) = secret().find(|name| template.shows(name)) {
        return Some(format!(
            "`{name}` is a secret, and a browser would show it to whoever looks; a signature made with it may stand here"
        ));
    }
    let name = secret().find(|name| GUESSED.contains(name) || name.starts_with("asked."))?;
    Some(format!("`{name}` can be found by trying, if a browser shows what was made of it to whoever looks"))
}

/// Secrets of which a digest tells enough.
const GUESSED: [&str; 4] = ["password", "totp", "code", "subject_token"];

/// Whether a person, the vendor or chance gives it.
fn is_given_later(name: &str) -> bool {
    let mut given = super::further::CHANGING.split_whitespace();
    given.any(|one| one == name) || name.starts_with("kept.") || name.starts_with("asked.")
}

fn unfit_fragment(authorization: &Authorization) -> Option<&'static str> {
    let source = authorization.fragment.as_ref().map(Template::source);
    match (source, authorization.query_in) {
        (None, QueryIn::Fragment) => Some(
            "`query_in = \"fragment\"` goes with one; write what stands before the parameters: `fragment = \"/login\"`",
        ),
        (Some(text), _) if text.starts_with('#') => Some("the `#` is written by itself; leave it away"),
        _ => None,
    }
}

/// Why the vendor would not take it.
fn unfit(uri: &str, rule: RedirectRule) -> Option<String> {
    match checked_redirect(uri) {
        Err(why) => Some(why.to_owned()),
        Ok(url) => (rule == RedirectRule::Https && url.scheme() != "https")
            .then(|| "with `redirect = \"https\"` this is an https address".to_owned()),
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
                "logins.code.authorization.query.state: this stands in the `url` already",
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
            ("fragment = 'wechat_redirect'", ""),
            ("fragment = '/login'\nquery_in = 'fragment'", ""),
            ("fragment = '#x'", "authorization.fragment: the `#` is written by itself"),
            ("query_in = 'fragment'", "authorization.fragment: `query_in = \"fragment\"` goes with one"),
            ("fragment = '{{ scope }}'", "without `scope`, which a profile need not give"),
            ("fragment = '{{ request.path }}'", "`request.path` is not there yet"),
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
                "form.x: this is sent before the browser goes there, and who has",
            ),
            (
                "['push', 'code', 'authorization']",
                drawn,
                kept,
                "steps.2: an exchange follows that presents the `code`",
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

    #[test]
    fn what_a_person_needs_is_shown_and_what_asks_for_the_tokens_is_not() {
        let of = |keep: &str| {
            told(&format!(
                "renews_with = 'client'\n[exchanges]\nrefresh = {{ request.url = 'https://a.example', answer.access_token = '/t' }}\nfirst = {{ request.url = 'https://a.example', answer.keep = {{ {keep} }} }}\npoll = {{ request = {{ url = 'https://a.example', form.d = '{{{{ kept.device_code }}}}' }}, answer.access_token = '/t', refusals = [{{ is = 'authorization_pending', tests = [{{ at = '/e', equals = 'p' }}] }}] }}\n[logins]\ndevice.steps = ['first', 'poll']\n"
            ))
        };
        let fixed = |login: &str, keep: &str| {
            told(&format!(
                "renews_with = 'client'\n[exchanges]\nrefresh = {{ request.url = 'https://a.example', answer.access_token = '/t' }}\nfirst = {{ request.url = 'https://a.example', answer.keep = {{ {keep} }} }}\npoll = {{ request.url = 'https://a.example', answer.access_token = '/t', refusals = [{{ is = 'authorization_pending', tests = [{{ at = '/e', equals = 'p' }}] }}] }}\n[logins]\ndevice = {{ steps = ['first', 'poll']{login} }}\n"
            ))
        };
        let pin = "user_code = '/pin'";
        for (login, keep, wanted) in [
            (", verification_uri = 'https://a.example/pin'", pin, ""),
            ("", pin, "no step before this one keeps `verification_uri`"),
            (
                ", verification_uri = 'https://a.example/pin'",
                "x = '/pin'",
                "no step before this one keeps `user_code`",
            ),
            (", verification_uri = 'http://a.example/pin'", pin, "verification_uri: `http://`"),
            (
                ", verification_uri = 'https://a.example/{{ kept.user_code }}'",
                pin,
                "`kept.user_code` is none of the profile's",
            ),
            (", verification_uri = '{{ client_secret }}'", pin, "`client_secret` is a secret"),
        ] {
            let is = fixed(login, keep);
            assert_eq!(is.len(), usize::from(!wanted.is_empty()), "{login}: {is:?}");
            assert!(is.iter().all(|one| one.contains(wanted)), "{login}: {is:?}");
        }
        let whole = "device_code = { at = '/d', secret = true }, user_code = '/u', verification_uri = '/v', verification_uri_complete = '/c'";
        assert_eq!(of(whole), Vec::<String>::new());
        for (old, new, wanted) in [
            (
                "user_code = '/u'",
                "user_code = { at = '/u', secret = true }",
                "user_code: whoever decides must be shown this",
            ),
            (
                "verification_uri = '/v'",
                "verification_uri = { at = '/v', secret = true }",
                "verification_uri: whoever decides",
            ),
            (
                "complete = '/c'",
                "complete = { at = '/c', secret = true }",
                "verification_uri_complete: whoever decides",
            ),
            ("{ at = '/d', secret = true }", "'/d'", "device_code: whoever has this gets the tokens"),
        ] {
            let is = of(&whole.replace(old, new));
            assert!(
                is.len() == 1 && is[0].starts_with(&format!("exchanges.first.answer.keep.{wanted}")),
                "{is:?}"
            );
        }
    }
}
