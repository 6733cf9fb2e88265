//! One exchange of a dialect: what is sent, where the values of a good answer stand, and which answers are
//! good or a refusal. It knows all the selectors that look into its answer.

use serde::Deserialize;

use super::answer::{Answer, placed};
use super::conditions::{StatusSet, Test};
use super::login::Further;
use super::request::Request;
use super::selector::Selector;
use crate::base::duration::Span;
use crate::base::order::Arrange as _;
use crate::credential::dpop::NONCE;
use crate::credential::reading::{Evidence, RefusalKind};
use crate::dialect::digest_auth::ASKS;
use crate::dialect::template::Template;

/// A request and what its answer means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(transform = crate::testing::json_schema::nothing_required))]
pub(crate) struct Exchange {
    /// The exchange of this dialect to start from: each key of `request` and `answer` replaces that one's, refusals come before
    /// that one's. Filled in before this is read.
    pub(crate) like: Option<String>,
    /// Of a step of a refresh: it is taken only if the refresh token expires within this, because it brings another one.
    pub(crate) refresh_expires_within: Option<Span>,
    /// The token is made of what the profile has, and nothing is sent: instead of `request` and `answer`.
    pub(crate) makes: Option<Makes>,
    /// What is sent.
    pub(crate) request: Request,
    /// Where the values of a good answer stand.
    #[serde(deserialize_with = "placed")]
    pub(crate) answer: Answer,
    /// Which answers are good; without it any 2xx with an access token.
    #[serde(default)]
    pub(crate) success: Success,
    /// Answers that say no, in order: the first that matches counts. List only what the vendor documents: a refusal means that nothing was spent.
    /// They come before those of what this extends or is like.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<Refusal>"))]
    pub(crate) refusals: Vec<Refusal>,
    /// The same, after those of what this extends or is like. Here so that the key is known; merged before this is read.
    #[serde(rename = "refusals_after", default)]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<Refusal>"))]
    _refusals_after: Vec<Refusal>,
    /// Of a login: answers that ask for one more step, which may be the last or not.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<Further>"))]
    pub(crate) further: Vec<Further>,
}

/// A token that nobody is asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Makes {
    /// The token.
    #[serde(rename = "access_token")]
    _access_token: Template,
}

impl Exchange {
    /// Every test of its answer.
    pub(crate) fn tests(&self) -> impl Iterator<Item = &Test> {
        let refusals = self.refusals.iter().flat_map(|refusal| &refusal.tests);
        let further = self.further.iter().flat_map(|further| &further.tests);
        self.success.tests.iter().chain(refusals).chain(further)
    }

    /// It is sent again until somebody has decided (RFC 8628 section 3.4).
    pub(crate) fn is_polled(&self) -> bool {
        self.refusals.iter().any(|refusal| refusal.verdict == RefusalKind::AuthorizationPending)
    }

    /// Everywhere that somebody looks in an answer.
    pub(crate) fn selectors(&self) -> impl Iterator<Item = &Selector> {
        self.answer.selectors().chain(self.tests().map(|test| &test.selector))
    }

    /// The headers of an answer that the dialect names, in lower case.
    pub(crate) fn looked_for(&self) -> Vec<&str> {
        self.selectors().flat_map(Selector::headers).collect()
    }

    /// The headers of an answer that somebody will look for, in lower case, each once.
    pub(crate) fn headers_to_keep(&self) -> Vec<String> {
        let named = self.selectors().flat_map(Selector::headers).map(str::to_owned);
        let named = named.chain(self.request.dpop.then(|| NONCE.to_owned()));
        let named = named.chain(self.request.digest.iter().map(|_| ASKS.to_owned()));
        let mut all: Vec<String> = ALWAYS_KEPT.map(str::to_owned).into_iter().chain(named).collect();
        all.arrange();
        all.dedup();
        all
    }
}

/// The headers of an answer that are kept whatever the dialect says.
const ALWAYS_KEPT: [&str; 6] = ["age", "content-encoding", "content-type", "date", "location", "retry-after"];

/// Which answers are good, besides that each holds a usable access token.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Success {
    /// Statuses and classes: `[200, "2xx"]`.
    #[serde(default = "any_2xx")]
    pub(crate) status: StatusSet,
    /// All of which must hold.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<Test>"))]
    pub(crate) tests: Vec<Test>,
}

impl Default for Success {
    fn default() -> Success {
        Success { status: any_2xx(), tests: Vec::new() }
    }
}

fn any_2xx() -> StatusSet {
    StatusSet::class(2)
}

/// An answer that says no: the first that matches counts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(transform = crate::testing::json_schema::some_condition))]
pub(crate) struct Refusal {
    /// What the answer means.
    #[serde(rename = "is")]
    pub(crate) verdict: RefusalKind,
    /// Statuses and classes: `[401, "4xx"]`; any if it is not given.
    pub(crate) status: Option<StatusSet>,
    /// All of which must hold.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "crate::testing::json_schema::OneOrMany<Test>"))]
    pub(crate) tests: Vec<Test>,
    /// `true`: whatever is no success and is named by nothing else.
    #[serde(default)]
    pub(crate) otherwise: bool,
    /// Where the vendor says so: an address.
    pub(crate) documentation: Option<String>,
}

impl Refusal {
    /// What it rests on.
    pub(crate) fn evidence(&self) -> Evidence {
        // That there is no body is nothing that the vendor says.
        let bare = self.tests.iter().all(|test| test.empty.is_some());
        if bare { Evidence::Status } else { Evidence::Words }
    }

    /// Whether it is meant at this status. One that says none and looks at nothing in particular leaves alone what may mean that
    /// nobody handled the request, or asks to wait.
    pub(crate) fn takes(&self, status: u16) -> bool {
        let refused = (200..500).contains(&status) && ![408, 429].contains(&status);
        let loose = self.otherwise || self.looks_at_text_alone();
        self.status.as_ref().map_or(!loose || refused, |set| set.holds(status))
    }

    /// At the text of the body as it came, which may be about anything.
    pub(crate) fn looks_at_text_alone(&self) -> bool {
        let text = self.tests.iter().any(|test| test.selector.is_text());
        text && !self.tests.iter().any(Test::looks_at_a_place)
    }

    /// It is an `otherwise`, and one of these that come before it takes each answer that it would.
    pub(crate) fn is_taken_by(&self, others: &[Refusal]) -> bool {
        let taken = |status| others.iter().any(|other| other.otherwise && other.takes(status));
        self.otherwise && (100..600).filter(|status| self.takes(*status)).all(taken)
    }

    /// It stops callers, and nothing says that the vendor means it.
    pub(crate) fn is_guessed(&self) -> bool {
        let stops = matches!(self.verdict, RefusalKind::LoginRequired | RefusalKind::ClientRejected);
        stops && self.evidence() == Evidence::Status && self.documentation.is_none()
    }
}
