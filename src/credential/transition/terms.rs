//! What the state after an answer depends on, and what an answer comes to.

use super::super::audience::Audience;
use super::super::expiry::Lifetimes;
use super::super::outcome::Outcome;
use super::super::reading::{Reading, RenewsWith};
use super::super::record::Binding;
use super::super::retry::Policy;
use super::super::state::{AnswerAt, Credential};
use crate::base::clock::Moment;

/// What of profile, dialect and exchange the result depends on.
pub(crate) struct Terms {
    /// What was asked for, which may be another than the profile's that reads the answer.
    pub(crate) audience: Audience,
    pub(crate) policy: Policy,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) renews_with: RenewsWith,
    /// The current access token is presented with each refresh.
    pub(crate) needs_access_token: bool,
    pub(crate) step: InFlow,
    /// What a credential that begins with this answer is bound to.
    pub(crate) bound: Binding,
}

/// Where in its flow the exchange stands that was answered.
#[derive(Clone, Copy)]
pub(crate) struct InFlow {
    pub(crate) first: bool,
    pub(crate) last: bool,
    /// A lost answer can have cost something.
    pub(crate) spends: bool,
}

/// What an answer came to.
pub(crate) struct Applied {
    pub(crate) credential: Credential,
    /// What had been asked for.
    pub(crate) audience: Audience,
    pub(crate) outcome: Outcome,
    /// Whole seconds from the answer.
    pub(crate) retry_after: Option<u64>,
    /// What the user should know although all went well.
    pub(crate) warnings: Vec<String>,
    /// The step that is asked for, where it is not simply the next.
    pub(crate) further: Option<String>,
}

/// An answer that was read: what it says, and when it came. Vendors' words in it are fit to be shown.
pub(crate) struct ReadAnswer<'a> {
    pub(crate) source: AnswerAt,
    pub(crate) reading: Reading,
    /// Should it be kept, although nobody knows what it is?
    pub(crate) holds_something: bool,
    /// Whether part of a secret stands among its names. Asked only if it is kept.
    pub(crate) names_a_secret: &'a dyn Fn() -> bool,
    pub(crate) status: u16,
    pub(crate) at: Moment,
    /// What the vendor's clock said then, in milliseconds since 1970.
    pub(crate) date: Option<i64>,
    /// How long the vendor wants to be left alone, in seconds, if it says so.
    pub(crate) retry_after: Option<u64>,
    /// Asked only if it cannot be read.
    pub(crate) unread: &'a dyn Fn() -> Described,
}

/// What a success would have to hold, and what the answer holds, by its names.
pub(crate) struct Described {
    pub(crate) looked_for: String,
    pub(crate) held: String,
}
