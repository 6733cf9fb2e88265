//! Which exchanges a login sends, and what each of them may name: further steps that lead on and not round, and values that
//! this login has.

use std::collections::BTreeSet;

use super::Faults;
use crate::credential::reading::RenewsWith;
use crate::dialect::flow::Step;
use crate::dialect::schema::{Dialect, Login};
use crate::dialect::template::Template;

/// What only a login with an authorization request has.
const OF_A_VISIT: [&str; 5] = ["code", "code_verifier", "code_challenge", "state", "redirect_uri"];

/// What is not the configuration's: a person, the vendor or chance gives it.
pub(super) const CHANGING: &str = "username password totp subject_token code code_verifier code_challenge state redirect_uri token \
     token_type_hint refresh_token access_token now now_ms uuid random random_digits";

impl Faults<'_> {
    pub(super) fn further(&mut self) {
        let dialect = self.dialect;
        for (name, exchange) in &dialect.exchanges {
            let of_a_login = exchange.further.is_empty() || of_some_login(dialect, name);
            if of_a_login && !exchange.further.is_empty() && dialect.renews_with == RenewsWith::Client {
                let words = "only an answer to a login asks for a further step, and with `renews_with = \"client\"` there is no login; remove it, or list the exchanges in `steps`";
                self.add_of("renews_with", &["exchanges", name, "further"], words);
                continue;
            }
            if !of_a_login {
                let words = "no login sends this exchange, and only an answer to a login asks for a further step; remove it";
                self.add(&["exchanges", name, "further"], words);
                continue;
            }
            for (index, further) in exchange.further.iter().enumerate() {
                let index = index.to_string();
                let here = ["exchanges", name, "further", &index];
                let at = [&here[..], &["step"]].concat();
                if further.tests.is_empty() {
                    let words = "an answer asks for a further step with something in it; add `tests`";
                    self.add(&here, words);
                }
                if !dialect.exchanges.contains_key(&further.step) {
                    self.no_such_exchange(&at, &further.step);
                } else if leads_to(dialect, &further.step, name) {
                    if is_first_of_circle(dialect, name) {
                        let words = "this goes round in a circle; each exchange of a login is sent once";
                        self.add(&at, words);
                    }
                } else if is_own_step_beside(dialect, name, &further.step) {
                    let words = "this is one of the `steps` of the same login, and each exchange is sent once; remove it from one of the two places";
                    self.add(&at, words);
                }
            }
        }
    }

    /// What one login has, another has not; each place is told once.
    pub(super) fn foreign_names(&mut self) {
        let dialect = self.dialect;
        let mut told = BTreeSet::new();
        for (grant, login) in &dialect.logins {
            let Some(flow) = dialect.login(grant) else { continue };
            for step in flow.steps().chain(flow.further()).filter(|step| known_of_a_login(step)) {
                for (path, template) in step.exchange.request.templates() {
                    let wrong = template.names().find_map(|name| foreign(dialect, grant, login, name));
                    let Some(words) = wrong else { continue };
                    let path: Vec<&str> = path.iter().map(String::as_str).collect();
                    let at = [&["exchanges", step.name, "request"], &path[..]].concat();
                    if told.insert(at.join("\n")) {
                        self.add(&at, &words);
                    }
                }
            }
        }
    }

    /// Where a login or a revocation goes, the configuration says.
    pub(super) fn led_by_others(&mut self) {
        let dialect = self.dialect;
        let mut told = BTreeSet::new();
        let steps = dialect.all_steps().filter(|step| step.is_of_a_login() || step.is_of_a_revocation());
        for step in steps.filter(|step| told.insert(step.name)) {
            self.led_by(&["exchanges", step.name, "request", "url"], &step.exchange.request.url);
        }
        for (grant, login) in &dialect.logins {
            if let Some(authorization) = &login.authorization {
                self.led_by(&["logins", grant, "authorization", "url"], &authorization.url);
            }
            if let Some(address) = &login.verification_uri {
                self.led_by(&["logins", grant, "verification_uri"], address);
            }
        }
    }

    fn led_by(&mut self, at: &[&str], url: &Template) {
        let secret = |name: &str| {
            let param = name.strip_prefix("params.").and_then(|name| self.dialect.params.get(name));
            param.is_some_and(|rule| rule.secret)
        };
        let changes = |name: &str| {
            CHANGING.split_whitespace().any(|one| one == name) || name.starts_with("asked.") || secret(name)
        };
        let leading = url.names().find(|name| changes(name) && url.leads_by(name));
        if let Some(name) = leading.map(str::to_owned) {
            let words = format!(
                "`{name}` would decide which host this goes to, and it does not come from the configuration; write out the host, or take it from `base_url` or a param"
            );
            self.add(at, &words);
        }
    }
}

/// Whether its templates were read as those of a login.
fn known_of_a_login(step: &Step<'_>) -> bool {
    step.dialect.step(step.name).is_some_and(|step| step.is_of_a_login())
}

fn of_some_login(dialect: &Dialect, name: &str) -> bool {
    dialect.all_logins().any(|(_, flow)| flow.step(name).is_some())
}

/// Whether further steps lead from one exchange to the other, which may be the same.
fn leads_to(dialect: &Dialect, from: &str, to: &str) -> bool {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        if name == to {
            return true;
        }
        if let Some((name, exchange)) = dialect.exchanges.get_key_value(name)
            && seen.insert(name)
        {
            open.extend(exchange.further.iter().map(|further| further.step.as_str()));
        }
    }
    false
}

/// A circle is told once, at its first exchange.
fn is_first_of_circle(dialect: &Dialect, name: &str) -> bool {
    let before = dialect.exchanges.keys().take_while(|one| *one != name);
    !before.into_iter().any(|one| leads_to(dialect, one, name) && leads_to(dialect, name, one))
}

/// Whether a login that sends `name` has `step` among its `steps`.
fn is_own_step_beside(dialect: &Dialect, name: &str, step: &str) -> bool {
    let mut flows = dialect.all_logins().map(|(_, flow)| flow).filter(|flow| flow.step(name).is_some());
    flows.any(|flow| flow.steps().any(|own| own.name == step))
}

/// Why this login cannot fill it in.
fn foreign(dialect: &Dialect, grant: &str, login: &Login, name: &str) -> Option<String> {
    if login.authorization.is_none() && OF_A_VISIT.contains(&name) {
        return Some(format!(
            "the login `{grant}` sends this and has no `{name}`, which comes from an `authorization`; add one under `logins.{grant}`, or remove the name"
        ));
    }
    let asked = name.strip_prefix("asked.").filter(|asked| !login.ask.contains_key(*asked))?;
    let other = dialect.logins.iter().find(|(_, login)| login.ask.contains_key(asked));
    other.map(|(other, _)| {
        format!(
            "the login `{grant}` sends this and does not ask for `{asked}`, which belongs to `{other}`; add `ask.{asked}` under `logins.{grant}`"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::told as faults;

    const HEAD: &str = "[exchanges]\nrefresh = { request.url = 'https://a.example', request.form.t = '{{ refresh_token }}', answer.access_token = '/t' }\n";
    const ANSWER: &str = "answer.access_token = '/t'";

    fn found(lines: &str) -> Vec<String> {
        faults(&format!("{HEAD}{lines}"))
    }

    fn steps(pairs: &[(&str, &str)], logins: &str) -> Vec<String> {
        let one = |(name, to): &(&str, &str)| {
            let further = match to.is_empty() {
                true => String::new(),
                false => {
                    format!(", further = [{{ step = '{to}', tests = [{{ at = '/m', present = true }}] }}]")
                }
            };
            format!("{name} = {{ request.url = 'https://a.example', {ANSWER}{further} }}\n")
        };
        let all: String = pairs.iter().map(one).collect();
        found(&format!("{all}[logins]\n{logins}\n"))
    }

    #[test]
    fn a_client_that_never_logs_in_is_asked_for_no_further_step() {
        let lines = "[exchanges]\nrefresh = { request.url = 'https://a.example', answer.access_token = '/t' }\npassword = { request.url = 'https://a.example', answer.access_token = '/t', further = [{ step = 'pin', tests = [{ at = '/m', present = true }] }] }\npin = { request.url = 'https://a.example', answer.access_token = '/t' }\n[logins]\npassword = {}\n";
        let told = faults(&format!("renews_with = 'client'\n{lines}"));
        assert!(told.len() == 1 && told[0].starts_with("exchanges.password.further: "), "{told:?}");
        assert!(told[0].contains("there is no login"), "{told:?}");
    }

    #[test]
    fn a_further_step_leads_on_and_not_round() {
        let circle = "this goes round in a circle";
        let own = "this is one of the `steps` of the same login";
        for (pairs, logins, wanted) in [
            (&[("password", "mfa"), ("mfa", "")][..], "password = {}", &[][..]),
            (&[("password", "mfa"), ("mfa", "sms"), ("sms", "")], "password = {}", &[]),
            (&[("password", "mfa"), ("pin", "mfa"), ("mfa", "")], "password = {}\npin = {}", &[]),
            (&[("password", "password")], "password = {}", &["exchanges.password.further.0.step", circle]),
            (
                &[("password", "mfa"), ("mfa", "mfa")],
                "password = {}",
                &["exchanges.mfa.further.0.step", circle],
            ),
            (
                &[("password", "mfa"), ("mfa", "password")],
                "password = {}",
                &["exchanges.mfa.further.0.step", circle],
            ),
            (
                &[("password", "b"), ("b", "c"), ("c", "b")],
                "password = {}",
                &["exchanges.b.further.0.step", circle],
            ),
            (
                &[("a", ""), ("password", "a")],
                "password.steps = ['a', 'password']",
                &["exchanges.password.further.0.step", own],
            ),
            (
                &[("a", "password"), ("password", "")],
                "password.steps = ['a', 'password']",
                &["exchanges.a.further.0.step", own],
            ),
            (
                &[("password", "mfaa"), ("mfa", ""), ("pin", "mfa")],
                "password = {}\npin = {}",
                &["exchanges.password.further.0.step", "no such exchange, did you mean `mfa`?"],
            ),
            (
                &[("password", "zzzzzzz")],
                "password = {}",
                &["exchanges.password.further.0.step", "add it under `exchanges`"],
            ),
        ] {
            let mut is = steps(pairs, logins);
            is.retain(|fault| fault.contains(".further."));
            assert_eq!(is.len(), usize::from(!wanted.is_empty()), "{pairs:?}: {is:?}");
            assert!(wanted.iter().all(|part| is[0].contains(part)), "{pairs:?}: {is:?}");
        }
    }

    #[test]
    fn only_a_login_asks_for_a_further_step_and_by_something_in_the_answer() {
        let further = "further = [{ step = 'mfa', tests = [{ at = '/m', present = true }] }]";
        let login = "password = { request.url = 'https://a.example', answer.access_token = '/t', FURTHER }\nmfa = { request.url = 'https://a.example', answer.access_token = '/t' }\n[logins]\npassword = {}\n";
        assert_eq!(found(&login.replace("FURTHER", further)), Vec::<String>::new());
        let bare = found(&login.replace("FURTHER", "further = [{ step = 'mfa', tests = [] }]"));
        assert!(bare.len() == 1 && bare[0].contains("add `tests`"), "{bare:?}");
        let revoke = format!(
            "revoke = {{ request = {{ url = 'https://a.example', form.t = '{{{{ access_token }}}}' }}, answer = {{}}, {further} }}\n[revocation]\n"
        );
        let refresh = format!(
            "renews_with = 'client'\n[exchanges]\nrefresh = {{ request.url = 'https://a.example', {ANSWER}, {further} }}\n"
        );
        for (name, is) in [("revoke", found(&revoke)), ("refresh", faults(&refresh))] {
            let at = format!("exchanges.{name}.further: no login sends this exchange");
            assert!(is.len() == 1 && is[0].starts_with(&at), "{is:?}");
        }
    }

    #[test]
    fn a_login_has_what_its_own_visit_and_its_own_questions_give() {
        let visit = "url = 'https://a.example', query = { s = '{{ state }}', c = '{{ code_challenge }}' }";
        let exchange = "code = { request = { url = 'https://a.example', form = { c = '{{ code }}', v = '{{ code_verifier }}' } }, answer.access_token = '/t' }\n";
        let of = |logins: &str| found(&format!("{exchange}[logins]\n{logins}\n"));
        assert_eq!(of(&format!("code.authorization = {{ {visit} }}")), Vec::<String>::new());
        for logins in
            ["code = {}".to_owned(), format!("code.authorization = {{ {visit} }}\nother.steps = ['code']")]
        {
            let is = of(&logins);
            assert!(is.len() == 2 && is[0].starts_with("exchanges.code.request.form.c: the login"), "{is:?}");
        }
        for name in ["code", "code_verifier", "code_challenge", "state", "redirect_uri"] {
            let is = found(&format!(
                "own = {{ request = {{ url = 'https://a.example', headers.X = '{{{{ {name} }}}}' }}, {ANSWER} }}\n[logins]\nown = {{}}\n"
            ));
            assert!(is.len() == 1 && is[0].contains(&format!("has no `{name}`")), "{is:?}");
        }
        let asks = |logins: &str| {
            found(&format!(
                "own = {{ request = {{ url = 'https://a.example', form.p = '{{{{ asked.pin }}}}' }}, {ANSWER} }}\n[logins]\n{logins}\n"
            ))
        };
        let pin = "ask.pin = { about = 'PIN' }";
        assert_eq!(asks(&format!("own.{pin}")), Vec::<String>::new());
        let is = asks(&format!("own.{pin}\nother = {{ steps = ['own'] }}"));
        assert!(is.len() == 1 && is[0].contains("does not ask for `pin`, which belongs to `own`"), "{is:?}");
    }

    #[test]
    fn nobody_but_the_configuration_decides_where_a_login_goes() {
        let of = |url: &str| {
            found(&format!(
                "own = {{ request = {{ url = \"{url}\", secret_in_url = true }}, {ANSWER} }}\n[params]\nhost = {{ optional = true, default = 'h' }}\npin.secret = true\n[logins]\nown.ask.host = {{ about = 'host' }}\n"
            ))
            .into_iter()
            .filter(|fault| !fault.contains("nothing sends it"))
            .collect::<Vec<_>>()
        };
        for url in ["https://{{ params.host }}.example/{{ asked.host }}", "{{ base_url }}/{{ username }}"] {
            assert_eq!(of(url), Vec::<String>::new(), "{url}");
        }
        for (url, name) in [
            ("https://{{ asked.host }}.example/t", "asked.host"),
            ("https://{{ asked.host }}/t", "asked.host"),
            ("{{ base_url }}{{ username }}/t", "username"),
            ("https://a.example{{ password }}", "password"),
            ("https://{{ params.host }}.{{ totp }}/t", "totp"),
            ("https://{{ subject_token }}.example/t", "subject_token"),
            ("https://{{ params.pin }}.example/t", "params.pin"),
            ("https://{{ random }}.example/t", "random"),
        ] {
            let is = of(url);
            let words = format!("exchanges.own.request.url: `{name}` would decide which host this goes to");
            assert!(is.len() == 1 && is[0].starts_with(&words), "{url}: {is:?}");
        }
    }
}
