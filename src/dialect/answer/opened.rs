//! One answer, parsed once. Names are matched exactly, and only the dialect's places are looked at;
//! how the body became a tree is the ladder's business. What is not understood is said to be so, because an answer
//! may hold the only copy of a rotated token.

mod certainty;
mod meaning;
mod sent;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde_json::Value;

use super::body::members_of;
use super::expiry::ExpiryReader;
use super::ladder::{self, Candidate, Climbed, Oddity};
use super::lookup::Parts;
use super::{redirect, refusal};
use crate::credential::reading::{Evidence, Expires, Reading, Tokens};
use crate::dialect::flow::Step;
use crate::dialect::schema::pointer::Names;
use crate::dialect::schema::{Answer, ExpiresBy, Format, Keep, Selector};
use crate::dialect::template::Values;
use crate::http::message::RawAnswer;

pub(crate) use sent::Sent;

/// An answer of one step: what came, and its parts.
pub(crate) struct OpenedAnswer<'a> {
    step: Step<'a>,
    raw: &'a RawAnswer,
    parts: Parts<'a>,
    /// The same, with U+FFFD wherever a value is doubtful.
    doubted: Option<Parts<'a>>,
    /// The rungs by which the body was read.
    odd: Vec<Oddity>,
    body: BodyKind,
    /// It holds two values, and their tokens differ.
    is_ambiguous: bool,
}

/// What is known of a body beside its values.
#[derive(Clone, Copy)]
struct BodyKind {
    is_json: bool,
    /// Its end came.
    closed: bool,
    /// It begins as HTML, and the dialect expects none.
    is_page: bool,
    is_blank: bool,
}

impl<'a> Step<'a> {
    /// Parses an answer, for all that anybody wants to know of it.
    pub(crate) fn open(&self, raw: &'a RawAnswer) -> OpenedAnswer<'a> {
        let Answer { format, ignore_case, .. } = &self.exchange.answer;
        let ignore_case = *ignore_case;
        // A list is of the declared format only if somebody looks into it.
        let list = self.exchange.selectors().any(Selector::is_in_list);
        let Climbed { mut candidates, is_page, is_blank, text } = ladder::climb(format, list, raw);
        let text = self.exchange.selectors().any(Selector::is_text).then(|| Value::from(text));
        let parts = |body, format| {
            let names = Names { ignore_case, elements: format == Some(Format::Xml) };
            Parts { body, headers: &raw.headers, names, text: text.clone(), format, empty: is_blank }
        };
        let (chosen, is_ambiguous) = self.chosen(&mut candidates, raw);
        let expects_page = format.contains(&Format::Xml)
            && self
                .exchange
                .selectors()
                .any(|selector| selector.source().to_lowercase().starts_with("/html"));
        let mut body = BodyKind { is_json: false, closed: true, is_page: is_page && !expects_page, is_blank };
        let Some(candidate) = chosen else {
            let (parts, odd) = (parts(None, None), Vec::new());
            return OpenedAnswer { step: *self, raw, parts, doubted: None, odd, body, is_ambiguous };
        };
        (body.is_json, body.closed) = (candidate.is_json(), candidate.closed);
        let Candidate { tree, doubted, odd, format, .. } = candidate;
        let doubted = doubted.map(|tree| parts(Some(tree), Some(format)));
        let parts = parts(Some(tree), Some(format));
        OpenedAnswer { step: *self, raw, parts, doubted, odd, body, is_ambiguous }
    }

    /// Of several values the one that has tokens, or else words; whether another has other tokens.
    fn chosen(&self, candidates: &mut Vec<Candidate>, raw: &RawAnswer) -> (Option<Candidate>, bool) {
        if candidates.len() < 2 {
            return (candidates.pop(), false);
        }
        let ignore_case = self.exchange.answer.ignore_case;
        let parts = |candidate: &mut Candidate| Parts {
            body: Some(candidate.tree.take()),
            names: Names { ignore_case, ..Names::default() },
            format: Some(candidate.format),
            ..Parts::default()
        };
        let (mut with_tokens, mut with_words) = (Vec::new(), None);
        for (at, candidate) in candidates.iter_mut().enumerate() {
            let parts = parts(candidate);
            let tokens = [&self.exchange.answer.access_token, &self.exchange.answer.refresh_token]
                .map(|selector| selector.as_ref().and_then(|selector| self.token(selector, &parts)));
            if tokens.iter().any(Option::is_some) {
                with_tokens.push((at, tokens));
            }
            let speaks = refusal::speaks(self.exchange, &parts)
                || refusal::listed(self.exchange, raw.status, &parts, |_| true)
                    .is_some_and(|refusal| refusal.evidence() == Evidence::Words);
            with_words = with_words.or_else(|| speaks.then_some(at));
            candidate.tree = parts.body.unwrap_or_default();
        }
        let differ = with_tokens.windows(2).any(|two| two[0].1 != two[1].1);
        let at = with_tokens.first().map(|(at, _)| *at).or(with_words).unwrap_or(0);
        (Some(candidates.swap_remove(at)), differ)
    }
}

impl OpenedAnswer<'_> {
    /// What it gives if a person brings it, and nobody knows its status.
    /// Of one whose age is not known either, only absolute expiries count.
    pub(crate) fn imported(&self, age_known: bool) -> Option<Tokens> {
        let mut expiries = self.expiries(self.answer().expires_by);
        expiries.only_absolute = !age_known;
        let tests = &self.step.exchange.success.tests;
        let good = self.parts.body.is_some() && tests.iter().all(|test| test.holds(&self.parts));
        let mut tokens = good.then(|| self.step.tokens(&expiries))??;
        // Only JSON shows by itself how far it came.
        let whole = self.body.closed || (self.body.is_json && self.came_before_the_end(&tokens));
        if self.is_doubtful(&tokens) || !whole {
            return None;
        }
        self.leave_doubtful_id_token_out(&mut tokens);
        let told = std::mem::take(&mut tokens.warnings);
        tokens.warnings = self.oddities().into_iter().map(Oddity::words).chain(told).collect();
        Some(tokens)
    }

    /// What it means to who gets the access token: `values` are what of the profile may be a part of that.
    pub(crate) fn given_out(&self, reading: Reading, values: &Values) -> Reading {
        match reading {
            Reading::Granted(mut tokens) => match self.step.put_together(&mut tokens, values) {
                true => Reading::Granted(tokens),
                false => Reading::Unreadable { refresh_token: tokens.refresh_token, words: self.words() },
            },
            other => other,
        }
    }

    /// What its access token is to be put together of, and is not there.
    pub(crate) fn missing_part(&self) -> Option<(&String, &Keep)> {
        let template = self.answer().access_token_as.as_ref()?;
        let part = |(name, keep): &(&String, &Keep)| {
            template.needs(&format!("kept.{name}")) && keep.selector.scalar(&self.parts).is_none()
        };
        self.answer().keep.iter().find(part)
    }

    /// In whole seconds from the answer: what the vendor says beside the header `Retry-After`.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self.expiries(ExpiresBy::First).read(&self.answer().retry_after).expires? {
            // Not before the vendor's time is over.
            Expires::After(span) => Some((span + Duration::from_millis(999)).as_secs().max(1)),
            Expires::At(ms) => u64::try_from((ms - self.raw.vendors_ms() + 999).div_euclid(1_000)).ok(),
        }
    }

    /// Its body came to a tree.
    pub(crate) fn is_read(&self) -> bool {
        self.parts.body.is_some()
    }

    /// Where its values stand and of what kind they are, never the values. `None`: it is not JSON.
    pub(crate) fn members(&self) -> Option<Vec<(String, String)>> {
        // The names of a form or the text of an XML document may be what it is about.
        match self.parts.body.as_ref().filter(|_| self.body.is_json) {
            Some(tree) => Some(members_of(tree)),
            None => ladder::json(&self.raw.body).as_ref().map(members_of),
        }
    }

    /// Why it is no success, for who writes the dialect.
    pub(crate) fn why_not(&self) -> String {
        let (parts, success) = (&self.parts, &self.step.exchange.success);
        let lost = self.answer().keep.iter().find(|(_, keep)| {
            !keep.optional && !self.step.is_last() && keep.selector.scalar(parts).is_none()
        });
        let lost = lost.or_else(|| self.missing_part().filter(|_| self.step.access_token(parts).is_some()));
        let failed = success.tests.iter().find(|test| !test.holds(parts));
        if parts.body.is_none() {
            return "the body is not in the declared format".into();
        }
        if self.is_ambiguous {
            return "it contains two values whose tokens differ".into();
        }
        match (success.status.holds(self.raw.status), failed, lost, &self.answer().access_token) {
            (false, ..) => format!("status {} is not a success", self.raw.status),
            (true, Some(test), ..) => format!("the test at `{}` does not hold", test.source()),
            (true, None, Some((name, keep)), _) => format!("`{name}` is not at `{}`", keep.selector.source()),
            (true, None, None, Some(selector))
                if self.step.access_token(parts).is_none() && selector.text(parts).is_some() =>
            {
                format!(
                    "the text at `{}` is not a token: it contains blanks, or is JSON or markup; `strip` removes a prefix, and a test of the success makes sure that it is a token",
                    selector.source()
                )
            }
            (true, None, None, Some(selector)) if self.step.access_token(parts).is_none() => {
                format!("no access token at `{}`", selector.source())
            }
            (true, None, None, Some(_)) if self.step.is_last() => {
                "its tokens are incomplete or uncertain".into()
            }
            _ => "a value is too long to be kept".into(),
        }
    }

    /// What stands where tokens and secret values do, certain or not: not to be shown.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let Answer { access_token, refresh_token, keep, .. } = self.answer();
        let kept = keep.values().filter(|keep| keep.secret).map(|keep| &keep.selector);
        let id_token = [self.answer().id_token()];
        let selectors: Vec<&Selector> =
            access_token.iter().chain(refresh_token).chain(id_token).chain(kept).collect();
        let found = [Some(&self.parts), self.doubted.as_ref()].into_iter().flatten();
        found.flat_map(|parts| selectors.iter().filter_map(|selector| selector.scalar(parts))).collect()
    }

    /// Tokens stand where they should, and still it is no success.
    pub(crate) fn has_doubtful_tokens(&self) -> bool {
        self.step.is_last() && self.step.access_token(&self.parts).is_some()
    }

    /// Whether an answer that means nothing is worth keeping: it may yet hold a token.
    /// So may bytes without a status.
    pub(crate) fn holds_something(&self) -> bool {
        matches!(self.raw.status, 0 | 200..300) && !self.body.is_blank && !self.body.is_page
    }

    /// It came whole, and its status says that something failed.
    pub(crate) fn is_whole_failure(&self) -> bool {
        self.raw.complete && self.raw.status >= 300
    }

    fn answer(&self) -> &Answer {
        &self.step.exchange.answer
    }

    fn expiries(&self, by: ExpiresBy) -> ExpiryReader<'_> {
        ExpiryReader { parts: &self.parts, by, at_ms: self.raw.vendors_ms(), only_absolute: false }
    }

    fn oddities(&self) -> Vec<Oddity> {
        let mut all: Vec<Oddity> = Vec::new();
        let frame = (!self.raw.complete && self.body.is_json).then_some(Oddity::Frame);
        let end = (!self.body.closed).then_some(Oddity::Unclosed);
        for odd in self.odd.iter().copied().chain(frame).chain(end) {
            if !all.contains(&odd) {
                all.push(odd);
            }
        }
        all
    }

    /// Texts and numbers: some vendors speak in codes.
    pub(crate) fn words(&self) -> Option<String> {
        let found: Vec<String> =
            self.answer().words.iter().filter_map(|selector| selector.scalar(&self.parts)).collect();
        let page = || self.body.is_page.then(|| "a web page".to_owned());
        (!found.is_empty()).then(|| found.join(": ")).or_else(|| redirect::words(self.raw)).or_else(page)
    }
}
