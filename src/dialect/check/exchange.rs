//! One exchange: its name, its request, its answer and the refusals it lists.

use super::faults::{Faults, is_identifier};
use crate::dialect::flow::Step;
use crate::dialect::schema::REFRESH;

impl Faults<'_> {
    pub(super) fn exchange(&mut self, step: &Step<'_>) {
        let answer = ["exchanges", step.name, "answer"];
        if !is_identifier(step.name) {
            self.add(&answer[..2], "an exchange is named by letters, digits and `_`");
        }
        self.request(step);
        self.keep(step);
        self.expiries(step);
        // Which one is last is told elsewhere, if it is another.
        if step.name != REFRESH && step.exchange.answer.access_token.is_some() {
            let words = "only the last step gives the access token; keep this one for it: `keep = { token = { at = \"…\", secret = true } }`, then `{{ kept.token }}`";
            self.add(&[&answer[..], &["access_token"]].concat(), words);
        }
        for (index, refusal) in step.exchange.refusals.iter().enumerate() {
            if refusal.status.is_none() && refusal.tests.is_empty() {
                let index = index.to_string();
                let words = "a refusal needs a `status`, `tests` or both";
                self.add(&["exchanges", step.name, "refusals", &index], words);
            }
        }
        self.selectors(step);
    }
}
