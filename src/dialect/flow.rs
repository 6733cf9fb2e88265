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
