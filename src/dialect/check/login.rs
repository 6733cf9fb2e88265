//! Logins and revocation: whether their steps are there and lead to an access token, and whether what a browser visits can
//! be made without a secret.

use super::template::{self, Known};
use super::{Faults, is_identifier, is_page};
use crate::base::suggest;
use crate::base::toml_source::Fault;
use crate::dialect::flow::{Flow, Step};
use crate::dialect::schema::{Authorization, Login, REVOKE, RedirectRule};

/// What a person must be told of before a request is sent again and again (RFC 8628 section 3.2).
const SHOWN: [&str; 2] = ["user_code", "verification_uri"];

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
                self.login_flow(login, flow);
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
                let close = suggest::did_you_mean(name, exchanges.keys().map(String::as_str));
                let advice = close.map(|close| format!(", did you mean `{close}`?"));
                let advice = advice.unwrap_or_else(|| "; write it under `exchanges`".to_owned());
                let words = format!("there is no exchange of that name{advice}");
                let fault = Fault::at(&at, &words).about("exchanges").meaning(close);
                self.add_fault(Some("exchanges"), fault);
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
            self.add(&[&here[..], &["redirect_uri"]].concat(), why);
        }
    }

    fn login_flow(&mut self, login: &Login, flow: Flow<'_>) {
        let steps: Vec<Step<'_>> = flow.steps().collect();
        let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return };
        if login.authorization.is_some() && !first.exchange.request.uses("code") {
            let words = "the first exchange presents the `code` that the browser brings; write `{{ code }}` where it goes";
            self.add_of("request", &["exchanges", first.name, "request"], words);
        }
        for step in [last].into_iter().chain(&flow.further()) {
            let answer = &step.exchange.answer;
            if answer.access_token.is_none() && step.exchange.further.is_empty() {
                let at = ["exchanges", step.name, "answer"];
                self.add_of("answer", &at, "`access_token` is missing: a login ends with one");
            }
        }
        for (index, step) in steps.iter().enumerate().filter(|(_, step)| step.exchange.is_polled()) {
            let keeps = |name: &&str| {
                steps[..index].iter().any(|before| before.exchange.answer.keep.contains_key(*name))
            };
            if !step.is_last() {
                let words = "an exchange with a refusal `authorization_pending` is sent again and again, and is the last";
                self.add(&["exchanges", step.name], words);
            } else if let Some(lacking) = SHOWN.iter().find(|name| !keeps(name)) {
                let words = format!(
                    "no step before this one keeps `{lacking}`, which whoever decides must be shown: `answer.keep.{lacking} = \"/pointer\"`"
                );
                self.add_of("keep", &["exchanges", step.name], &words);
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
fn unfit(uri: &str, rule: RedirectRule) -> Option<&'static str> {
    let Ok(url) = url::Url::parse(uri) else { return Some("this is no address") };
    if url.fragment().is_some() {
        return Some("a redirect address has no fragment (RFC 6749 section 3.1.2)");
    }
    (rule == RedirectRule::Https && url.scheme() != "https")
        .then_some("with `redirect = \"https\"` this is an https address")
}
