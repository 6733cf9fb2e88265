//! What is done in one go: the exchanges of a dialect in their order. The last one, by its
//! place, gives the access token.

use super::schema::{Dialect, Exchange, REFRESH, Request};
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
    place: Place,
}

/// Where in its flow an exchange stands.
#[derive(Clone, Copy)]
struct Place {
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
            let place = Place { first: at == 0, last: at + 1 == self.steps.len(), spends: spent };
            Some(Step { dialect: self.dialect, name, exchange, place })
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
    /// The same step with another exchange.
    pub(super) fn with<'b>(&'b self, exchange: &'b Exchange) -> Step<'b> {
        Step { exchange, ..*self }
    }

    pub(crate) fn is_first(&self) -> bool {
        self.place.first
    }

    pub(crate) fn is_last(&self) -> bool {
        self.place.last
    }

    /// Whether a lost answer can have cost anything: only if what is renewed was presented by then.
    pub(crate) fn spends(&self) -> bool {
        self.place.spends
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

    /// An exchange by its name, also one that no flow holds.
    pub(crate) fn step<'a>(&'a self, name: &'a str) -> Option<Step<'a>> {
        let alone = |exchange| {
            // Where the flow is wrong, a mistake in it is told once and not of its exchanges too.
            let place = Place { first: false, last: name == REFRESH, spends: true };
            Step { dialect: self, name, exchange, place }
        };
        self.refresh().step(name).or_else(|| self.exchanges.get(name).map(alone))
    }
}
