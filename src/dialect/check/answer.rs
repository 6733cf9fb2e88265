//! What an answer keeps, when its tokens expire, and whether each value has a place of its own.

use super::{Faults, Found, is_identifier};
use crate::base::toml_source::Fault;
use crate::credential::reading::RenewsWith;
use crate::dialect::flow::Step;
use crate::dialect::schema::Selector;

/// Of one answer.
const MOST_KEPT: usize = 16;

impl Faults<'_> {
    pub(super) fn keep(&mut self, step: &Step<'_>) {
        let (here, keep) = (["exchanges", step.name, "answer", "keep"], &step.exchange.answer.keep);
        if keep.len() > MOST_KEPT {
            self.add(&here, &format!("at most {MOST_KEPT} values are kept"));
        }
        for name in keep.keys().filter(|name| !is_identifier(name)) {
            let words = "a kept value is named by letters, digits and `_`, and begins with a letter";
            self.add(&[&here[..], &[name]].concat(), words);
        }
    }

    pub(super) fn expiries(&mut self, step: &Step<'_>) {
        let answer = &step.exchange.answer;
        for (key, list) in [
            ("access_expires", &answer.access_expires),
            ("refresh_expires", &answer.refresh_expires),
            ("retry_after", &answer.retry_after),
        ] {
            for (index, expiry) in list.iter().enumerate() {
                if let Some((part, words)) = expiry.fault() {
                    self.add(&["exchanges", step.name, "answer", key, &index.to_string(), part], words);
                }
            }
        }
    }

    /// One value is one thing: a scope that is the refresh token would be printed.
    pub(super) fn selectors(&mut self, step: &Step<'_>) {
        let answer = &step.exchange.answer;
        let same_token = self.dialect.renews_with == RenewsWith::AccessToken;
        let shown = answer.keep.iter().filter(|(_, keep)| !keep.secret);
        let all = [
            ("access_token", answer.access_token.as_ref()),
            ("refresh_token", answer.refresh_token.as_ref().filter(|_| !same_token)),
            ("token_type", answer.token_type.as_ref()),
            ("scope", answer.scope.as_ref()),
        ];
        let all: Vec<(Vec<&str>, &Selector)> = all
            .into_iter()
            .filter_map(|(key, selector)| Some((vec![key], selector?)))
            .chain(shown.map(|(name, keep)| (vec!["keep", name], &keep.selector)))
            .collect();
        let whole = |keys: &[&str]| -> Vec<String> {
            ["exchanges", step.name, "answer"].iter().chain(keys).map(|key| (*key).to_owned()).collect()
        };
        for (index, (key, selector)) in all.iter().enumerate() {
            let Some((twin, _)) =
                all[..index].iter().find(|(_, other)| other.meets(selector, answer.ignore_case))
            else {
                continue;
            };
            let words = format!(
                "`{}` points to where `{}` stands; each has a place of its own",
                key.join("."),
                twin.join(".")
            );
            let (key, twin) = (whole(key), whole(twin));
            let [key, twin] = [&key, &twin].map(|path| path.iter().map(String::as_str).collect::<Vec<_>>());
            self.found.push(Found { fault: Fault::at(&key, &words).or_at(&twin), of: None });
        }
    }
}
