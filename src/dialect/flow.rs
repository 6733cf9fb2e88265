//! What is done in one go: exchanges of a dialect in their order. That of a refresh or a login ends with the one that
//! gives the access token.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::schema::{AUTHORIZATION, ClientAuth, Dialect, Exchange, Login, REFRESH, REVOKE, Request};
use crate::base::clock::millis;
use crate::credential::reading::RenewsWith;

/// One way to renew, get or give back a credential.
#[derive(Clone, Copy)]
pub(crate) struct Flow<'a> {
    dialect: &'a Dialect,
    purpose: Purpose,
    steps: &'a [String],
    /// The only step, of a flow that does not name it.
    only: Option<&'a str>,
    /// A browser's visit is among its steps, or before them.
    visits: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Refresh,
    Login,
    Revoke,
}

/// One exchange of a flow.
#[derive(Clone, Copy)]
pub(crate) struct Step<'a> {
    pub(crate) dialect: &'a Dialect,
    pub(crate) name: &'a str,
    pub(crate) exchange: &'a Exchange,
    position: Position,
}

/// Where in its flow an exchange stands.
#[derive(Clone, Copy)]
struct Position {
    purpose: Purpose,
    first: bool,
    last: bool,
    /// It, or one before it, presents what is renewed; of a login, what somebody logs in with. Or it gives the tokens.
    spends: bool,
}

impl<'a> Flow<'a> {
    pub(crate) fn steps(self) -> impl Iterator<Item = Step<'a>> {
        // What may not be taken lets the next one be the first.
        self.taken(|_| true, |exchange| exchange.refresh_expires_within.is_none())
    }

    /// Those that are taken now, `left` milliseconds before the refresh token expires. `None`: it does not, or nobody knows.
    pub(crate) fn due(self, left: Option<i64>) -> impl Iterator<Item = Step<'a>> {
        let is_due = move |exchange: &Exchange| match &exchange.refresh_expires_within {
            Some(span) => left.is_some_and(|left| left <= millis(span.0)),
            None => true,
        };
        self.taken(is_due, |_| true)
    }

    /// Those that `is_taken`, in their order. Behind one that `counts` none is the first.
    fn taken(
        self,
        is_taken: impl Fn(&Exchange) -> bool + Clone,
        counts: impl Fn(&Exchange) -> bool,
    ) -> impl Iterator<Item = Step<'a>> {
        let login = self.purpose == Purpose::Login;
        let (mut spent, mut begun) = (false, false);
        let named = self.only.into_iter().chain(self.steps.iter().map(String::as_str));
        let known = move |name: &str| self.dialect.exchanges.get(name);
        let sent = named.filter(move |name| !self.visits || *name != AUTHORIZATION);
        let sent = sent.filter(move |name| known(name).is_none_or(&is_taken));
        let count = sent.clone().count();
        sent.enumerate().filter_map(move |(at, name)| {
            let (name, exchange) = self.dialect.exchanges.get_key_value(name)?;
            let (first, last) = (!begun, at + 1 == count);
            begun |= counts(exchange);
            spent |= match login {
                true => last || presents_a_login(&exchange.request),
                false => presents(self.dialect, &exchange.request),
            };
            let position = Position { purpose: self.purpose, first, last, spends: spent };
            Some(Step { dialect: self.dialect, name, exchange, position })
        })
    }

    /// Those that an answer may ask for beside its steps, each once.
    pub(crate) fn further(self) -> Vec<Step<'a>> {
        let mut found: Vec<Step<'a>> = Vec::new();
        let mut open: Vec<&'a Exchange> = self.steps().map(|step| step.exchange).collect();
        while let Some(exchange) = open.pop() {
            for further in &exchange.further {
                let known = self.dialect.exchanges.get_key_value(&further.step);
                let Some((name, exchange)) =
                    known.filter(|(name, _)| !found.iter().any(|one| one.name == *name))
                else {
                    continue;
                };
                let position = Position { purpose: self.purpose, first: false, last: true, spends: true };
                found.push(Step { dialect: self.dialect, name, exchange, position });
                open.push(exchange);
            }
        }
        found
    }

    /// `None`: the flow has no such exchange.
    pub(crate) fn step(self, name: &str) -> Option<Step<'a>> {
        let further = || self.further().into_iter().find(|step| step.name == name);
        self.steps().filter(|step| step.name == name).last().or_else(further)
    }

    /// The one that gives the access token.
    pub(crate) fn last(self) -> Step<'a> {
        match self.steps().last() {
            Some(step) => step,
            None => unreachable!("a dialect without exchanges is not loaded"),
        }
    }

    /// Whether a request presents `name`.
    pub(crate) fn uses(self, name: &str) -> bool {
        self.steps().chain(self.further()).any(|step| step.exchange.request.uses(name))
    }
}

impl Step<'_> {
    pub(crate) fn is_first(&self) -> bool {
        self.position.first
    }

    pub(crate) fn is_last(&self) -> bool {
        self.position.last
    }

    pub(crate) fn is_of_a_refresh(&self) -> bool {
        self.position.purpose == Purpose::Refresh
    }

    pub(crate) fn is_of_a_login(&self) -> bool {
        self.position.purpose == Purpose::Login
    }

    pub(crate) fn is_of_a_revocation(&self) -> bool {
        self.position.purpose == Purpose::Revoke
    }

    /// Whether a lost answer can have cost anything: only if what is renewed was presented by then, or if a login can have
    /// been granted, or its code spent.
    pub(crate) fn spends(&self) -> bool {
        self.position.spends
    }

    /// Whether some flow may end with it.
    pub(crate) fn may_be_last(&self) -> bool {
        let ends = |flow: Flow<'_>| {
            let last = flow.steps().last();
            last.into_iter().chain(flow.further()).any(|step| step.name == self.name)
        };
        self.name == REFRESH || self.dialect.all_logins().any(|(_, flow)| ends(flow))
    }
}

/// What a request presents that asks for a login, or spends what a person brought.
const LOGS_IN: [&str; 4] = ["code", "password", "totp", "subject_token"];

fn presents_a_login(request: &Request) -> bool {
    let logs_in = |name: &str| LOGS_IN.contains(&name) || name.starts_with("asked.");
    request.any(|_, template| template.names().any(logs_in))
}

fn presents(dialect: &Dialect, request: &Request) -> bool {
    match dialect.renews_with {
        RenewsWith::RefreshToken => request.uses("refresh_token"),
        RenewsWith::AccessToken => request.uses("refresh_token") || request.uses("access_token"),
        RenewsWith::Client => false,
    }
}

impl Dialect {
    /// How an access token is renewed.
    pub(crate) fn refresh(&self) -> Flow<'_> {
        Flow { dialect: self, purpose: Purpose::Refresh, steps: &self.steps, only: None, visits: false }
    }

    /// How the first one is got by this grant. `None`: the dialect does not have it.
    pub(crate) fn login(&self, grant: &str) -> Option<Flow<'_>> {
        let (grant, login) = self.logins.get_key_value(grant)?;
        let only = login.steps.is_empty().then_some(grant.as_str());
        let visits = login.authorization.is_some();
        Some(Flow { dialect: self, purpose: Purpose::Login, steps: &login.steps, only, visits })
    }

    pub(crate) fn all_logins(&self) -> impl Iterator<Item = (&Login, Flow<'_>)> {
        self.logins.iter().filter_map(|(grant, login)| Some((login, self.login(grant)?)))
    }

    /// How a token is given back. `None`: the dialect knows no way.
    pub(crate) fn revoke(&self) -> Option<Flow<'_>> {
        self.revocation.as_ref()?;
        Some(Flow { dialect: self, purpose: Purpose::Revoke, steps: &[], only: Some(REVOKE), visits: false })
    }

    fn flows(&self) -> impl Iterator<Item = Flow<'_>> {
        let logins = self.all_logins().map(|(_, flow)| flow);
        [self.refresh()].into_iter().chain(logins).chain(self.revoke())
    }

    /// Every exchange that is sent for something.
    pub(crate) fn all_steps(&self) -> impl Iterator<Item = Step<'_>> {
        self.flows().flat_map(|flow| flow.steps().chain(flow.further()))
    }

    /// Whether some request, or some address that a browser visits, holds `name`.
    pub(crate) fn sends(&self, name: &str) -> bool {
        let mut visited = self.logins.values().flat_map(Login::visited);
        self.all_steps().any(|step| step.exchange.request.uses(name))
            || visited.any(|template| template.uses(name))
    }

    /// Whether a refresh or a revocation sends it.
    pub(crate) fn wants_later(&self, name: &str) -> bool {
        self.refresh().uses(name) || self.revoke().is_some_and(|flow| flow.uses(name))
    }

    /// The names under which requests that take undeclared params send something already, but for those names themselves.
    pub(crate) fn sent_names(&self) -> impl Iterator<Item = &str> {
        let taking = self.exchanges.values().filter(|exchange| exchange.request.extra_params.is_some());
        taking.flat_map(|exchange| exchange.request.member_names())
    }

    /// Params that no template names are sent by some request.
    pub(crate) fn takes_extra_params(&self) -> bool {
        self.refresh().steps().any(|step| step.exchange.request.extra_params.is_some())
    }

    /// Every way of client authentication that some request offers.
    pub(crate) fn client_auth(&self) -> Vec<ClientAuth> {
        self.all_steps().flat_map(|step| step.exchange.request.client_auth.clone()).collect()
    }

    /// An exchange by its name, also one that no flow holds.
    pub(crate) fn step<'a>(&'a self, name: &'a str) -> Option<Step<'a>> {
        let alone = |exchange| {
            // Where the flow is wrong, a mistake in it is told once and not of its exchanges too.
            let (purpose, last) = (Purpose::Refresh, name == REFRESH);
            let position = Position { purpose, first: false, last, spends: true };
            Step { dialect: self, name, exchange, position }
        };
        let found = self.flows().find_map(|flow| flow.step(name));
        found.or_else(|| self.exchanges.get(name).map(alone))
    }
}

/// The exchanges that the flows of a dialect send, by its table as it is written.
pub(super) fn exchanges(dialect: &Table) -> BTreeSet<String> {
    let names = |list: Option<&Value>| -> Option<BTreeSet<String>> {
        Some(list?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    };
    let mut all = names(dialect.get("steps")).unwrap_or_else(|| BTreeSet::from([REFRESH.to_owned()]));
    for (grant, login) in dialect.get("logins").and_then(Value::as_table).into_iter().flatten() {
        let own = || BTreeSet::from([grant.clone()]);
        all.extend(names(login.get("steps")).unwrap_or_else(own));
    }
    all.extend(dialect.get("revocation").map(|_| REVOKE.to_owned()));
    for (_, exchange) in dialect.get("exchanges").and_then(Value::as_table).into_iter().flatten() {
        let further = exchange.get("further").and_then(Value::as_array).into_iter().flatten();
        all.extend(further.filter_map(|further| Some(further.get("step")?.as_str()?.to_owned())));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialect(lines: &str) -> Dialect {
        let text = format!(
            "{lines}\n[exchanges]\n\
             session = {{ request = {{ url = 'https://a.example', query.o = '{{{{ kept.o }}}}' }}, answer = {{}} }}\n\
             refresh = {{ request = {{ url = 'https://a.example', client_auth = 'none', form.t = '{{{{ refresh_token }}}}' }}, answer = {{}} }}\n\
             revoke = {{ request = {{ url = 'https://a.example', extra_params = 'form' }}, answer = {{}} }}"
        );
        toml::from_str(&text).expect(lines)
    }

    /// Of each step: its name, and whether it is the first, the last, and spends what is renewed.
    fn steps(dialect: &Dialect) -> Vec<(&str, [bool; 3])> {
        let of = |step: Step<'_>| [step.is_first(), step.is_last(), step.spends()];
        dialect.refresh().steps().map(|step| (step.name, of(step))).collect()
    }

    #[test]
    fn a_step_is_first_or_last_by_its_position_and_spends_once_a_token_is_presented() {
        let (no, yes) = (false, true);
        let one = dialect("");
        assert_eq!(steps(&one), [("refresh", [yes, yes, yes])]);
        let chain = dialect("steps = ['session', 'refresh']");
        assert_eq!(steps(&chain), [("session", [yes, no, no]), ("refresh", [no, yes, yes])]);
        let after = dialect("steps = ['refresh', 'session']");
        assert_eq!(steps(&after), [("refresh", [yes, no, yes]), ("session", [no, yes, yes])]);
        let client = dialect("renews_with = 'client'");
        assert_eq!(steps(&client), [("refresh", [yes, yes, no])]);
        assert_eq!((chain.refresh().last().name, after.refresh().last().name), ("refresh", "session"));
    }

    #[test]
    fn a_visit_among_the_steps_is_no_exchange() {
        let login = |lines: &str| dialect(&format!("logins.code = {{ steps = {lines} }}"));
        let visit = "authorization.url = 'https://a.example'";
        for (lines, before) in [
            (format!("['authorization', 'refresh'], {visit}"), 0),
            (format!("['session', 'authorization', 'refresh'], {visit}"), 1),
            (format!("['session', 'refresh'], {visit}"), 0),
        ] {
            let dialect = login(&lines);
            let flow = dialect.login("code").expect("it is there");
            let names: Vec<&str> = flow.steps().map(|step| step.name).collect();
            assert_eq!(names.last(), Some(&"refresh"), "{lines}");
            assert!(flow.steps().next().is_some_and(|step| step.is_first()), "{lines}");
            assert!(flow.last().is_last() && !names.contains(&"authorization"), "{lines}");
            assert_eq!(dialect.logins["code"].before_the_visit().len(), before, "{lines}");
        }
    }

    #[test]
    fn a_login_can_have_been_granted_once_somebody_is_presented_or_it_ends() {
        for (names, wanted) in
            [("client_id", [false, true]), ("password", [true, true]), ("asked.pin", [true, true])]
        {
            let request = |name: &str| {
                format!(
                    "{{ request = {{ url = 'https://a.example', form.p = '{{{{ {name} }}}}' }}, answer = {{}} }}"
                )
            };
            let text = format!(
                "logins.own = {{ steps = ['begin', 'end'] }}\n[exchanges]\nbegin = {}\nend = {}\nrefresh = {}",
                request(names),
                request("kept.o"),
                request("refresh_token")
            );
            let dialect: Dialect = toml::from_str(&text).expect("a dialect");
            let flow = dialect.login("own").expect("it is there");
            assert_eq!(flow.steps().map(|step| step.spends()).collect::<Vec<_>>(), wanted, "{names}");
        }
    }

    #[test]
    fn an_exchange_that_no_flow_holds_is_found_and_stands_nowhere() {
        let dialect = dialect("");
        let revoke = dialect.step("revoke").expect("it is there");
        assert!(!revoke.is_first() && !revoke.is_last() && revoke.spends());
        assert!(dialect.refresh().step("revoke").is_none() && dialect.step("login").is_none());
    }

    #[test]
    fn only_what_a_refresh_sends_counts() {
        let dialect = dialect("steps = ['session', 'refresh']");
        assert_eq!(dialect.client_auth(), [ClientAuth::None]);
        assert!(!dialect.takes_extra_params());
        assert!(dialect.refresh().uses("kept.o") && !dialect.refresh().uses("scope"));
    }
}
