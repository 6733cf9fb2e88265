//! Logins and revocation: whether their steps are there and lead to an access token, and whether whoever decides is shown
//! where to go.

use super::template::{self, Known};
use super::visit::laid_bare;
use super::{Faults, is_identifier, is_page};
use crate::base::toml_source::Fault;
use crate::dialect::flow::{Flow, Step};
use crate::dialect::schema::{AUTHORIZATION, Login, REVOKE};

/// What a person must be told of before a request is sent again and again (RFC 8628 section 3.2).
const SHOWN: [&str; 2] = ["user_code", "verification_uri"];
const SHOWN_TOO: &str = "verification_uri_complete";
const DEVICE_CODE: &str = "device_code";

impl Faults<'_> {
    pub(super) fn logins(&mut self) {
        let dialect = self.dialect;
        for (grant, login) in &dialect.logins {
            if !is_identifier(grant) {
                self.add(&["logins", grant], "the name of a login consists of letters, digits and `_`");
            }
            self.page(&["logins", grant], login.documentation.as_deref());
            for name in login.ask.keys().filter(|name| !is_identifier(name)) {
                let words = "the name of what is asked for consists of letters, digits and `_`, and begins with a letter";
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
            let words = "this is not the address of a page; write the address where the vendor says so, as `https://…`";
            self.add(&[here, &["documentation"]].concat(), words);
        }
    }

    fn login_steps(&mut self, grant: &str, login: &Login) {
        let exchanges = &self.dialect.exchanges;
        if login.steps.is_empty() && !exchanges.contains_key(grant) {
            let words = "no such exchange; add it under `exchanges`, or list others in `steps`";
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

    /// Where a code is typed, of a login that somebody decides elsewhere.
    fn verification_uri(&mut self, grant: &str, login: &Login) {
        let Some(address) = &login.verification_uri else { return };
        let at = ["logins", grant, "verification_uri"];
        let known = Known::of_login(self.dialect, login);
        if let Err(why) = template::check_one(known, "url", address) {
            let meant = template::meant(known, address);
            self.add_fault(None, Fault::at(&at, &why).meaning(meant.as_deref()));
        } else if let Some(words) = laid_bare(known, address) {
            self.add(&at, &words);
        } else if let Some(name) = address.names().find(|name| is_given_later(name)) {
            let words =
                format!("`{name}` is not a value of the profile; this is the same for everybody who logs in");
            self.add(&at, &words);
        }
        match address.could_be_an_address() {
            Err(why) => self.add(&at, &why),
            Ok(()) => self.defaults_in(&at, address),
        }
        let polls = |flow: Flow<'_>| flow.steps().any(|step| step.exchange.is_polled());
        if !self.dialect.login(grant).is_some_and(polls) {
            let words = "this login is not decided elsewhere: none of its exchanges has a refusal `authorization_pending`; remove this";
            self.add_of("refusals", &at, words);
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
            let words = "the first exchange must present the `code` that the browser brings; write `{{ code }}` where it belongs";
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

    /// Whoever decides is shown where to go, and nobody is shown what asks for the tokens.
    fn polled(&mut self, login: &Login, step: &Step<'_>, before: &[Step<'_>]) {
        if !step.is_last() {
            let words = "an exchange with a refusal `authorization_pending` is sent again and again, and must be the last";
            self.add(&["exchanges", step.name], words);
            return;
        }
        let keeps = |name: &&str| {
            before.iter().any(|one| one.exchange.answer.keep.contains_key(*name))
                || (**name == *"verification_uri" && login.verification_uri.is_some())
        };
        if let Some(lacking) = SHOWN.iter().find(|name| !keeps(name)) {
            let words = format!(
                "no earlier step keeps `{lacking}`, which must be shown to the person who decides: `answer.keep.{lacking} = \"/pointer\"`{}",
                if *lacking == "verification_uri" {
                    "; an address that no answer gives belongs in `verification_uri` of the login"
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
                    self.add(&at, "this must be shown to the person who decides; remove `secret`");
                } else if !keep.secret && name == DEVICE_CODE {
                    let words = "anyone who has this gets the tokens; set `secret = true`";
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
            let words = "the exchange `revoke` is missing; add it under `exchanges`";
            self.add_fault(Some("exchanges"), Fault::at(&["revocation"], words).about("exchanges"));
            return;
        };
        if !["token", "refresh_token", "access_token"].iter().any(|name| exchange.request.uses(name)) {
            let words = "nothing here sends what should be revoked: `{{ token }}`, `{{ refresh_token }}` or `{{ access_token }}`";
            let fault = Fault::at(&["exchanges", REVOKE, "request"], words);
            let fault = fault.about("token").about("refresh_token").about("access_token");
            self.add_fault(Some("request"), fault);
        }
    }
}

/// Whether a person, the vendor or chance gives it.
fn is_given_later(name: &str) -> bool {
    let mut given = super::further::CHANGING.split_whitespace();
    given.any(|one| one == name) || name.starts_with("kept.") || name.starts_with("asked.")
}

#[cfg(test)]
mod tests {
    use super::super::told;

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
            ("", pin, "no earlier step keeps `verification_uri`"),
            (
                ", verification_uri = 'https://a.example/pin'",
                "x = '/pin'",
                "no earlier step keeps `user_code`",
            ),
            (", verification_uri = 'http://a.example/pin'", pin, "verification_uri: `http://`"),
            (
                ", verification_uri = 'https://a.example/{{ kept.user_code }}'",
                pin,
                "`kept.user_code` is not a value of the profile",
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
                "user_code: this must be shown to the person who decides",
            ),
            (
                "verification_uri = '/v'",
                "verification_uri = { at = '/v', secret = true }",
                "verification_uri: this must be shown",
            ),
            (
                "complete = '/c'",
                "complete = { at = '/c', secret = true }",
                "verification_uri_complete: this must be shown",
            ),
            ("{ at = '/d', secret = true }", "'/d'", "device_code: anyone who has this gets the tokens"),
        ] {
            let is = of(&whole.replace(old, new));
            assert!(
                is.len() == 1 && is[0].starts_with(&format!("exchanges.first.answer.keep.{wanted}")),
                "{is:?}"
            );
        }
    }
}
