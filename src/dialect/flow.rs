//! What is done in one go: the exchanges of a dialect in their order. The last one, by its
//! position, gives the access token.

use super::schema::{ClientAuth, Dialect, Exchange, REFRESH, Request};
use crate::credential::reading::RenewsWith;

/// One way to renew a credential.
#[derive(Clone, Copy)]
pub(crate) struct Flow<'a> {
    dialect: &'a Dialect,
    steps: &'a [String],
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
    first: bool,
    last: bool,
    /// It, or one before it, presents what is renewed.
    spends: bool,
}

impl<'a> Flow<'a> {
    pub(crate) fn steps(self) -> impl Iterator<Item = Step<'a>> {
        let mut spent = false;
        self.steps.iter().enumerate().filter_map(move |(at, name)| {
            let exchange = self.dialect.exchanges.get(name)?;
            spent |= presents(self.dialect, &exchange.request);
            let position = Position { first: at == 0, last: at + 1 == self.steps.len(), spends: spent };
            Some(Step { dialect: self.dialect, name, exchange, position })
        })
    }

    /// `None`: the flow has no such exchange.
    pub(crate) fn step(self, name: &str) -> Option<Step<'a>> {
        self.steps().filter(|step| step.name == name).last()
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
        self.steps().any(|step| step.exchange.request.uses(name))
    }
}

impl Step<'_> {
    pub(crate) fn is_first(&self) -> bool {
        self.position.first
    }

    pub(crate) fn is_last(&self) -> bool {
        self.position.last
    }

    /// Whether a lost answer can have cost anything: only if what is renewed was presented by then.
    pub(crate) fn spends(&self) -> bool {
        self.position.spends
    }
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
        Flow { dialect: self, steps: &self.steps }
    }

    /// Params that no template names are sent by some request.
    pub(crate) fn takes_extra_params(&self) -> bool {
        self.refresh().steps().any(|step| step.exchange.request.extra_params.is_some())
    }

    /// Every way of client authentication that some request offers.
    pub(crate) fn client_auth(&self) -> Vec<ClientAuth> {
        self.refresh().steps().flat_map(|step| step.exchange.request.client_auth.clone()).collect()
    }

    /// An exchange by its name, also one that no flow holds.
    pub(crate) fn step<'a>(&'a self, name: &'a str) -> Option<Step<'a>> {
        let alone = |exchange| {
            // Where the flow is wrong, a mistake in it is told once and not of its exchanges too.
            let position = Position { first: false, last: name == REFRESH, spends: true };
            Step { dialect: self, name, exchange, position }
        };
        self.refresh().step(name).or_else(|| self.exchanges.get(name).map(alone))
    }
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
