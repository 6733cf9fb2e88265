//! Logins and revocation: whether their steps are there and lead to an access token, and whether what a browser visits can
//! be made without a secret.

use super::template::{self, Known};
use super::{Faults, is_identifier, is_page};
use crate::base::toml_source::Fault;
use crate::dialect::flow::{Flow, Step};
use crate::dialect::schema::{Authorization, Login, REVOKE, RedirectRule, checked_redirect};

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
            if !exchanges.contains_key(name) {
                self.no_such_exchange(&at, name);
            }
            if login.steps[..index].contains(name) {
                self.add(&at, "each exchange is sent once; name it once");
            }
        }
    }

    fn authorization(&mut self, grant: &str, login: &Login, authorization: &Authorization) {
        let here = ["logins", grant, "authorization"];
        let known = Known::of_login(self.dialect, login);
        let query = authorization.query.templates().map(|(name, one)| (["query", name], one));
        let all = [(["url", ""], &authorization.url)].into_iter().chain(query);
        for ([part, name], one) in all {
            let path: Vec<String> =
                [part, name].into_iter().filter(|it| !it.is_empty()).map(str::to_owned).collect();
            let at: Vec<&str> = here.iter().copied().chain(path.iter().map(String::as_str)).collect();
            if let Err(why) = template::check(known, &path, one) {
                self.add_fault(None, Fault::at(&at, &why).meaning(template::meant(known, one).as_deref()));
            } else if let Some(name) = one.names().find(|name| known.is_secret(name)) {
                let words = format!("`{name}` is a secret, and a browser would show it to whoever looks");
                self.add(&at, &words);
            }
        }
        if let Err(why) = authorization.url.could_be_an_address() {
            self.add(&[&here[..], &["url"]].concat(), &why);
        }
        let redirect = authorization.redirect_uri.as_deref();
        if let Some(why) = redirect.and_then(|uri| unfit(uri, authorization.redirect)) {
            self.add(&[&here[..], &["redirect_uri"]].concat(), &why);
        }
        self.parameters(&here, authorization);
    }

    /// Each is sent once, and one of them brings back what tells our login from another's.
    fn parameters(&mut self, here: &[&str], authorization: &Authorization) {
        let names = |wanted: &str| {
            let mut all = authorization.query.templates().map(|(_, one)| one);
            authorization.url.uses(wanted) || all.any(|one| one.uses(wanted))
        };
        if !names("state") {
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

    /// The challenge and what answers it go together (RFC 7636).
    fn proof(&mut self, grant: &str, authorization: &Authorization, flow: Flow<'_>, first: &Step<'_>) {
        let challenged = authorization.url.uses("code_challenge")
            || authorization.query.templates().any(|(_, one)| one.uses("code_challenge"));
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
        let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return };
        if login.authorization.is_some() && !first.exchange.request.uses("code") {
            let words = "the first exchange presents the `code` that the browser brings; write `{{ code }}` where it goes";
            self.add_of("request", &["exchanges", first.name, "request"], words);
        }
        if let Some(authorization) = &login.authorization {
            self.proof(grant, authorization, flow, first);
        }
        for step in [last].into_iter().chain(&flow.further()) {
            let answer = &step.exchange.answer;
            if answer.access_token.is_none() && step.exchange.further.is_empty() {
                let at = ["exchanges", step.name, "answer"];
                self.add_of("answer", &at, "`access_token` is missing: a login ends with one");
            }
        }
        for (index, step) in steps.iter().enumerate().filter(|(_, step)| step.exchange.is_polled()) {
            self.polled(step, &steps[..index]);
        }
    }

    /// Whoever decides is shown where to go, and nobody is shown what asks for the tokens.
    fn polled(&mut self, step: &Step<'_>, before: &[Step<'_>]) {
        if !step.is_last() {
            let words =
                "an exchange with a refusal `authorization_pending` is sent again and again, and is the last";
            self.add(&["exchanges", step.name], words);
            return;
        }
        let keeps = |name: &&str| before.iter().any(|one| one.exchange.answer.keep.contains_key(*name));
        if let Some(lacking) = SHOWN.iter().find(|name| !keeps(name)) {
            let words = format!(
                "no step before this one keeps `{lacking}`, which whoever decides must be shown: `answer.keep.{lacking} = \"/pointer\"`"
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
