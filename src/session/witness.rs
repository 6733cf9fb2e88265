//! What the vendor answered in one run, for whoever records it. It is told of an answer when that is saved, and not before.

use std::sync::Mutex;

use crate::base::mutex::lock;
use crate::http::message::RawAnswer;

#[derive(Default)]
pub(crate) struct Witness(Mutex<Vec<(String, RawAnswer)>>);

impl Witness {
    pub(super) fn saw(&self, step: &str, raw: &RawAnswer) {
        lock(&self.0).push((step.to_owned(), raw.clone()));
    }

    /// Each step that was sent, with the answer to it.
    pub(crate) fn seen(self) -> Vec<(String, RawAnswer)> {
        self.0.into_inner().unwrap_or_default()
    }
}
