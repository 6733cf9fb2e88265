//! One answer, parsed once, and what it means. Names are matched exactly, and only the dialect's places are looked at;
//! how the body became a tree is the ladder's business. What is not understood is said to be so, because an answer
//! may hold the only copy of a rotated token.

mod certainty;

use std::time::Duration;

use serde_json::Value;

use super::body::members_of;
use super::expiry::ExpiryReader;
use super::ladder::{self, Candidate, Climbed, Oddity};
use super::lookup::Parts;
use super::{redirect, refusal};
use crate::credential::reading::{Evidence, Expires, Reading, RefusalKind, Tokens};
use crate::credential::secrets::{AccessToken, RefreshToken};
use crate::dialect::flow::Step;
use crate::dialect::schema::pointer::Names;
use crate::dialect::schema::{Answer, Exchange, ExpiresBy, Format, Keep, Refusal, Selector, Test};
use crate::dialect::template::Values;
use crate::http::message::{Garbled, LARGEST_ANSWER, RawAnswer};

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

/// What was presented with the request: an answer that gives it back as its access token gives nothing.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sent<'a> {
    pub(crate) refresh_token: Option<&'a str>,
    pub(crate) secrets: &'a [&'a str],
    /// Whether it was presented, although nobody knows it any more.
    pub(crate) was_sent: Option<&'a dyn Fn(&str) -> bool>,
    /// Whether a refresh token was presented before: an answer may be read long after it came.
    pub(crate) is_spent: Option<&'a dyn Fn(&str) -> bool>,
}

impl Sent<'_> {
    /// No id token that was sent: it would be printed.
    fn without_echo(&self, mut tokens: Tokens) -> Tokens {
        let is_echo = |token: &str| self.is_secret(token) || self.has_token(token);
        tokens.id_token = tokens.id_token.filter(|token| !is_echo(token.expose()));
        tokens
    }

    fn is_secret(&self, token: &str) -> bool {
        self.secrets.contains(&token) || self.was_sent.is_some_and(|was_sent| was_sent(token))
    }

    fn has_token(&self, token: &str) -> bool {
        self.refresh_token == Some(token) || self.is_spent.is_some_and(|is_spent| is_spent(token))
    }
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
                || refusal::listed(self.exchange, raw.status, &parts)
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
    /// What it means, if nobody knows what was sent.
    pub(crate) fn reading(&self) -> Reading {
        self.reading_after(&Sent::default())
    }

    /// What it means.
    pub(crate) fn reading_after(&self, sent: &Sent<'_>) -> Reading {
        if !self.raw.complete && !self.may_break_off() {
            return self.broken_off(sent);
        }
        let listed = refusal::listed(self.step.exchange, self.raw.status, &self.parts);
        if self.step.is_of_a_revocation() && listed.is_none() && self.is_good() {
            return Reading::Granted(Box::default());
        }
        // Whoever gives the tokens asks for nothing more, whatever else stands there.
        let silent = self.step.access_token(&self.parts).is_none();
        if let Some(step) = self.further().filter(|_| silent) {
            return match self.kept_for_more() {
                Some(tokens) => Reading::Further { step, tokens: Box::new(tokens) },
                None => Reading::Unreadable { refresh_token: None, words: self.words() },
            };
        }
        if let Some(tokens) = self.success().filter(|_| listed.is_none() || self.is_proven()) {
            return match self.gives_back(&tokens, sent) {
                true => Reading::Unreadable { refresh_token: None, words: self.words() },
                false => Reading::Granted(Box::new(sent.without_echo(tokens))),
            };
        }
        let by_status = || Some(self.believed(refusal::by_status(self.raw.status)?, Evidence::Status));
        let listed = listed.map(|refusal| self.weighed(refusal));
        let listed = listed.or_else(|| self.refused_in_a_success(sent, refusal::by_words));
        let listed = listed.or_else(|| self.otherwise(sent));
        match listed.or_else(|| self.refused_in_a_success(sent, refusal::by_error)).or_else(by_status) {
            Some((RefusalKind::NoAnswer, _)) => Reading::Unknown(format!(
                "the vendor answered with a failure of its own (status {})",
                self.raw.status
            )),
            Some((verdict, evidence)) => Reading::Refused { verdict, evidence, words: self.words() },
            None => self.neither(sent),
        }
    }

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
            return "the body is not of the declared format".into();
        }
        if self.is_ambiguous {
            return "it holds two values whose tokens differ".into();
        }
        match (success.status.holds(self.raw.status), failed, lost, &self.answer().access_token) {
            (false, ..) => format!("status {} is no success", self.raw.status),
            (true, Some(test), ..) => format!("the test at `{}` does not hold", test.source()),
            (true, None, Some((name, keep)), _) => format!("`{name}` is not at `{}`", keep.selector.source()),
            (true, None, None, Some(selector))
                if self.step.access_token(parts).is_none() && selector.text(parts).is_some() =>
            {
                format!(
                    "the text at `{}` is no token: it holds blanks, or is JSON or markup; `strip` takes a beginning off, and a test of the success makes sure that it is one",
                    selector.source()
                )
            }
            (true, None, None, Some(selector)) if self.step.access_token(parts).is_none() => {
                format!("no access token at `{}`", selector.source())
            }
            (true, None, None, Some(_)) if self.step.is_last() => {
                "its tokens are not whole, or not certain".into()
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

    fn success(&self) -> Option<Tokens> {
        let status = self.step.exchange.success.status.holds(self.raw.status);
        status.then(|| self.imported(true))?
    }

    /// A success that need not hold anything.
    fn is_good(&self) -> bool {
        let success = &self.step.exchange.success;
        let speaks = refusal::speaks(self.step.exchange, &self.parts);
        success.status.holds(self.raw.status)
            && !speaks
            && !self.body.is_page
            && success.tests.iter().all(|test| test.holds(&self.parts))
    }

    /// The step that it asks for, of a login.
    fn further(&self) -> Option<String> {
        let good = self.step.exchange.success.status.holds(self.raw.status) && self.parts.body.is_some();
        let all = self.step.exchange.further.iter().filter(|_| good && self.step.is_of_a_login());
        all.filter(|one| one.tests.iter().all(|test| test.holds(&self.parts)))
            .map(|one| one.step.clone())
            .next()
    }

    /// What it gives beside tokens, which another step will give.
    fn kept_for_more(&self) -> Option<Tokens> {
        Some(Tokens { kept: self.step.kept(&self.parts)?, ..Tokens::default() })
    }

    /// A success holds something that no refusal does.
    fn is_proven(&self) -> bool {
        match self.step.is_last() {
            true => !self.answer().keeps_access_token,
            false => self.answer().keep.values().any(|keep| !keep.optional),
        }
    }

    /// A body that is not looked at may, and JSON that is closed shows its own end.
    fn may_break_off(&self) -> bool {
        let closed = self.body.is_json && self.body.closed && self.parts.body.is_some();
        self.raw.status != 0 && (self.answer().format == [Format::None] || closed)
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

    /// An error in a success without a token is one: by the dialect's own tests, or by RFC 6749 section 5.2.
    fn refused_in_a_success(
        &self,
        sent: &Sent<'_>,
        by: fn(&Exchange, &Parts<'_>) -> Option<(RefusalKind, Evidence)>,
    ) -> Option<(RefusalKind, Evidence)> {
        let success = (200..300).contains(&self.raw.status);
        by(self.step.exchange, &self.parts).filter(|_| success && self.is_silent(sent))
    }

    /// It gives no token.
    fn is_silent(&self, sent: &Sent<'_>) -> bool {
        self.step.access_token(&self.parts).is_none() && self.refresh_token(sent).is_none()
    }

    /// What nothing else names.
    fn otherwise(&self, sent: &Sent<'_>) -> Option<(RefusalKind, Evidence)> {
        let refusal = refusal::otherwise(self.step.exchange, self.raw.status)?;
        let refused = !(200..300).contains(&self.raw.status) || self.denies(sent);
        refused.then(|| self.believed(refusal.verdict, Evidence::Status))
    }

    /// A 2xx that says itself that it is no success. One without tokens that says nothing may yet hold them elsewhere.
    fn denies(&self, sent: &Sent<'_>) -> bool {
        let success = &self.step.exchange.success;
        let good =
            success.status.holds(self.raw.status) && success.tests.iter().all(|test| test.holds(&self.parts));
        let nothing = self.body.is_page || (self.body.is_blank && self.is_looked_at());
        let understood = self.parts.body.is_some() && self.body.closed && !nothing;
        !good && understood && self.is_silent(sent) && !self.is_doubtful(&Tokens::default())
    }

    fn is_looked_at(&self) -> bool {
        self.answer().format != [Format::None]
    }

    /// What a refusal of the dialect comes to. Text that stands somewhere in a page may be that of whoever put it there.
    fn weighed(&self, refusal: &Refusal) -> (RefusalKind, Evidence) {
        let text = refusal.tests.iter().any(|test| test.selector.is_text());
        let only_text = text && !refusal.tests.iter().any(Test::looks_at_a_place);
        match self.body.is_page && only_text {
            true => (refusal.verdict, Evidence::Status),
            false => self.believed(refusal.verdict, refusal.evidence()),
        }
    }

    /// A page is whoever's it may be: it says nothing for good. That of a redirect says where to.
    fn believed(&self, verdict: RefusalKind, evidence: Evidence) -> (RefusalKind, Evidence) {
        let passing = [RefusalKind::RateLimited, RefusalKind::Unavailable].contains(&verdict);
        let page = self.body.is_page && redirect::words(self.raw).is_none();
        match evidence {
            Evidence::Status if page && !passing => (RefusalKind::Unavailable, Evidence::Nothing),
            _ => (verdict, evidence),
        }
    }

    fn broken_off(&self, sent: &Sent<'_>) -> Reading {
        match self.salvaged(sent) {
            Some((refresh_token, access)) => Reading::Salvaged(refresh_token, access),
            // Nothing is missing: it was processed.
            None if self.raw.garbled == Some(Garbled::Ended) && self.holds_something() => {
                Reading::Unreadable { refresh_token: None, words: self.words() }
            }
            None if self.raw.status == 0 && self.body.is_blank => Reading::Unknown("no answer came".into()),
            None if self.raw.status == 0 && !self.raw.is_cut_in_its_head() => {
                Reading::Unknown("what came is no HTTP".into())
            }
            None if self.raw.is_too_long() => Reading::Unknown(format!(
                "the answer is longer than {} KiB, so not all of it was read",
                LARGEST_ANSWER >> 10
            )),
            None => Reading::Unknown("the answer broke off".into()),
        }
    }

    /// A new refresh token that came whole is worth more than the old one.
    fn salvaged(&self, sent: &Sent<'_>) -> Option<(RefreshToken, Option<AccessToken>)> {
        if !self.step.exchange.success.status.holds(self.raw.status) {
            return None;
        }
        let access = self.step.access_token(&self.parts);
        Some((self.refresh_token(sent)?, access.filter(|token| !self.is_unsure(token.expose()))))
    }

    fn neither(&self, sent: &Sent<'_>) -> Reading {
        let status = self.raw.status;
        let whole = self.parts.body.is_some() && self.body.closed;
        if (!whole || !(200..300).contains(&status))
            && let Some((refresh_token, access)) = self.salvaged(sent)
        {
            // Also an answer that nothing announced the length of may have been cut.
            return Reading::Salvaged(refresh_token, access);
        }
        match status {
            200..300 if self.body.is_blank && self.is_looked_at() => {
                Reading::Unknown(format!("the answer (status {status}) is empty"))
            }
            200..300 if self.body.is_page => {
                Reading::Unknown(format!("the answer (status {status}) is a web page"))
            }
            200..300 => Reading::Unreadable { refresh_token: self.refresh_token(sent), words: self.words() },
            _ => Reading::Unknown(format!("the vendor answered with status {status}")),
        }
    }

    /// Texts and numbers: some vendors speak in codes.
    pub(crate) fn words(&self) -> Option<String> {
        let found: Vec<String> =
            self.answer().words.iter().filter_map(|selector| selector.scalar(&self.parts)).collect();
        let page = || self.body.is_page.then(|| "a web page".to_owned());
        (!found.is_empty()).then(|| found.join(": ")).or_else(|| redirect::words(self.raw)).or_else(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::Moment;
    use crate::dialect::schema::Dialect;

    const DIALECT: &str = r#"
        [exchanges.refresh.request]
        url = "https://a.example/t"
        form.refresh_token = "{{ refresh_token }}"
        [exchanges.refresh.answer]
        access_token = "/access_token"
        refresh_token = ["/refresh_token", { header = "X-Refresh" }]
        scope = "/scope"
        access_expires = [{ at = "/expires_in", unit = "seconds" }]
        retry_after = [{ at = "/wait", unit = "seconds" }, { at = "/until", unit = "epoch_seconds" }]
        words = ["/error", "/code"]
        keep.shard = { at = "/shard", optional = true }
        [exchanges.refresh.success]
        tests = [{ at = "/ok", not_equals = false }]
        [[exchanges.refresh.refusals]]
        is = "login_required"
        tests = [{ at = "/error", equals = "invalid_grant" }]
        [[exchanges.refresh.refusals]]
        is = "no_answer"
        status = [504]
    "#;

    fn raw(status: u16, body: &str) -> RawAnswer {
        let at = Moment { wall_ms: 1_000_000, boot_ms: 0, boot: "test".into() };
        RawAnswer { status, headers: Vec::new(), body: body.into(), complete: true, garbled: None, at }
    }

    fn dialect(text: &str) -> Dialect {
        toml::from_str(text).expect("a dialect")
    }

    /// In one line: what it is, and what came with it.
    fn read(dialect: &str, raw: &RawAnswer) -> String {
        let shown = |token: Option<&str>| token.unwrap_or("-").to_owned();
        match self::dialect(dialect).refresh().last().open(raw).reading() {
            Reading::Granted(tokens) => format!(
                "granted {} {}",
                shown(tokens.access_token.as_ref().map(AccessToken::expose)),
                shown(tokens.refresh_token.as_ref().map(RefreshToken::expose))
            ),
            Reading::Further { step, .. } => format!("further {step}"),
            Reading::Refused { verdict, words, .. } => format!("{verdict:?} {}", shown(words.as_deref())),
            Reading::Unreadable { refresh_token, words } => format!(
                "unreadable {} {}",
                shown(refresh_token.as_ref().map(RefreshToken::expose)),
                shown(words.as_deref())
            ),
            Reading::Salvaged(refresh, access) => {
                format!("salvaged {} {}", refresh.expose(), shown(access.as_ref().map(AccessToken::expose)))
            }
            Reading::Unknown(why) => format!("unknown: {why}"),
        }
    }

    #[test]
    fn an_answer_is_a_success_a_refusal_or_neither() {
        let good = r#"{"access_token":"at","refresh_token":"rt"}"#;
        for (status, body, wanted) in [
            (200, good, "granted at rt"),
            (201, r#"{"access_token":"at"}"#, "granted at -"),
            // What grants is no refusal, whatever else it says.
            (200, r#"{"access_token":"at","error":"invalid_grant"}"#, "granted at -"),
            (500, good, "unknown: the vendor answered with status 500"),
            (200, r#"{"ok":false,"access_token":"at","refresh_token":"rt"}"#, "unreadable rt -"),
            (200, r#"{"access_token":" ","code":7}"#, "unreadable - 7"),
            (200, r#"{"error":"invalid_grant","code":"x"}"#, "LoginRequired invalid_grant: x"),
            // Nothing lists it, so it passes; an error that is none says nothing.
            (200, r#"{"error":"server_error"}"#, "Unavailable server_error"),
            (
                201,
                r#"{"error":"temporarily_unavailable","code":7}"#,
                "Unavailable temporarily_unavailable: 7",
            ),
            (200, r#"{"error":"","code":7}"#, "unreadable - 7"),
            (200, r#"{"error":"0","data":{}}"#, "unreadable - 0"),
            (200, r#"{"error":{"x":1}}"#, "unreadable - -"),
            (200, r#"{"error":"server_error","refresh_token":"rt"}"#, "unreadable rt server_error"),
            (400, r#"{"error":"invalid_grant"}"#, "LoginRequired invalid_grant"),
            (400, "{}", "RequestRejected -"),
            (302, "", "RequestRejected -"),
            // A page is no evidence.
            (302, "<html>moved</html>", "Unavailable a web page"),
            (401, "<!-- x --> <!DOCTYPE HTML><p>no", "Unavailable a web page"),
            (401, "<br>no", "RequestRejected -"),
            (401, r#"{"error":""}"#, "RequestRejected -"),
            (429, "<html>", "RateLimited a web page"),
            (503, "", "Unavailable -"),
            (408, "{}", "unknown: the vendor answered with status 408"),
            (504, "{}", "unknown: the vendor answered with a failure of its own (status 504)"),
            (200, "<html>", "unknown: the answer (status 200) is a web page"),
            (204, "", "unknown: the answer (status 204) is empty"),
            (200, "\u{feff}\r\n ", "unknown: the answer (status 200) is empty"),
            // Cut apart within the name of the refresh token.
            (200, "{\"access_token\":\"at\",\"refre\r\nzz\r\nsh_token\":\"rt\"}", "unreadable - -"),
            (200, "[1]", "unreadable - -"),
            (200, "moved", "unreadable - -"),
            (299, "<br>moved", "unreadable - -"),
        ] {
            assert_eq!(read(DIALECT, &raw(status, body)), wanted, "{status} {body}");
        }
    }

    const OTHERWISE: &str = r#"
        [exchanges.refresh.request]
        url = "https://a.example/t"
        form.refresh_token = "{{ refresh_token }}"
        [exchanges.refresh.answer]
        access_token = "/data/token"
        refresh_token = "/data/refresh"
        words = ["/message"]
        [exchanges.refresh.success]
        tests = [{ at = "/code", equals = 0 }]
        [[exchanges.refresh.refusals]]
        is = "request_rejected"
        otherwise = true
        [[exchanges.refresh.refusals]]
        is = "login_required"
        tests = [{ at = "/code", equals = 7 }]
    "#;

    #[test]
    fn what_nothing_else_names_is_refused_if_the_answer_says_that_it_is_no_success() {
        for (status, body, wanted) in [
            (200, r#"{"code":0,"data":{"token":"at","refresh":"rt"}}"#, "granted at rt"),
            (200, r#"{"code":7,"message":"over"}"#, "LoginRequired over"),
            (200, r#"{"code":8,"message":"odd"}"#, "RequestRejected odd"),
            (200, r#"{"error":"odd"}"#, "RequestRejected -"),
            (400, "{}", "RequestRejected -"),
            (302, "", "RequestRejected -"),
            // It says that it is a success, or holds a token: nobody knows what it is.
            (200, r#"{"code":0,"result":{"token":"at"}}"#, "unreadable - -"),
            (200, r#"{"code":8,"data":{"refresh":"rt"}}"#, "unreadable rt -"),
            (200, r#"{"code":8,"data":{"token":"at"}}"#, "unreadable - -"),
            (200, "[8]", "unreadable - -"),
            (200, "oops", "unreadable - -"),
            (200, r#"{"code":8,"refre"#, "unreadable - -"),
            (200, "<html>", "unknown: the answer (status 200) is a web page"),
            (200, "", "unknown: the answer (status 200) is empty"),
            // These have a meaning of their own.
            (403, "<html>", "Unavailable a web page"),
            (429, "{}", "RateLimited -"),
            (503, "{}", "Unavailable -"),
            (408, "{}", "unknown: the vendor answered with status 408"),
            (500, "{}", "unknown: the vendor answered with status 500"),
            (101, "", "unknown: the vendor answered with status 101"),
        ] {
            assert_eq!(read(OTHERWISE, &raw(status, body)), wanted, "{status} {body}");
        }
        let named = OTHERWISE.replace("otherwise = true", "otherwise = true\nstatus = [408, '5xx']");
        for (status, body, wanted) in [
            (408, "{}", "RequestRejected -"),
            (500, "{}", "RequestRejected -"),
            (500, "<html>", "Unavailable a web page"),
            (200, r#"{"code":8}"#, "unreadable - -"),
            (400, r#"{"code":7}"#, "LoginRequired -"),
        ] {
            assert_eq!(read(&named, &raw(status, body)), wanted, "{status} {body}");
        }
        let broken = RawAnswer { complete: false, ..raw(400, r#"{"code":8"#) };
        assert_eq!(read(OTHERWISE, &broken), "unknown: the answer broke off");
    }

    #[test]
    fn a_test_looks_at_the_whole_text_at_any_element_and_at_what_need_not_be_there() {
        let with = |test: &str| {
            format!(
                "{}[[exchanges.refresh.refusals]]\nis = 'client_rejected'\nstatus = ['4xx', 200]\ntests = [{test}]",
                DIALECT
            )
        };
        let (yes, no) = (true, false);
        for (test, body, wanted) in [
            ("{ at = '', contains = 'unknown app' }", r#"{"x":["Unknown App 7"]}"#, yes),
            ("{ at = '', contains = 'unknown app' }", "error: unknown app", yes),
            ("{ at = '', contains = 'unknown app' }", "<html>unknown app", yes),
            ("{ at = '', contains = 'unknown app' }", "", no),
            ("{ at = '', equals = 'no app' }", " no app\r\n", yes),
            ("{ at = '', equals = 7 }", "7", yes),
            ("{ at = '', not_equals = 'ok' }", "ok", no),
            ("{ at = '', contains = 'id', strip = 'no ' }", "no id", yes),
            ("{ at = ['/no', '/why'], equals = 7 }", r#"{"why":7}"#, yes),
            ("{ at = ['/no', '/why'], equals = 7 }", r#"{"no":1,"why":7}"#, no),
            ("{ at = ['/no', '/why'], equals = 7 }", r#"{"no":null,"why":"7"}"#, yes),
            ("{ at = '/errors/*/code', equals = 7 }", r#"{"errors":[{"code":1},{"code":7}]}"#, yes),
            ("{ at = '/errors/*/code', equals = 7 }", r#"{"errors":[{"x":7}]}"#, no),
            ("{ at = '/errors/*/code', not_equals = 7 }", r#"{"errors":[{"code":1},{"code":7}]}"#, no),
            ("{ at = '/errors/*/code', not_equals = 7 }", r#"{"errors":[{"code":1}]}"#, yes),
            ("{ at = '/errors/*/code', present = false }", r#"{"errors":[{"code":null}]}"#, yes),
            ("{ at = '/errors/*', contains = 'app' }", r#"{"errors":["no","bad app"]}"#, yes),
            ("{ at = '/errors/*/a', equals = 1, contains = '1' }", r#"{"errors":[{"a":"1"}]}"#, yes),
            // In a table it is a name.
            ("{ at = '/errors/*/code', equals = 7 }", r#"{"errors":{"*":{"code":7},"a":{"code":1}}}"#, yes),
            ("{ at = '/errors/*/code', equals = 7 }", r#"{"errors":{"a":{"code":7}}}"#, no),
            ("{ at = '/code', equals = 7, optional = true }", r#"{"code":7}"#, yes),
            ("{ at = '/code', equals = 7, optional = true }", "{}", yes),
            ("{ at = '/code', equals = 7, optional = true }", r#"{"code":null}"#, yes),
            ("{ at = '/code', equals = 7, optional = true }", r#"{"code":8}"#, no),
            ("{ at = '/code', equals = 7, optional = true }", "oops", no),
        ] {
            let is = read(&with(test), &raw(400, body)).starts_with("ClientRejected");
            assert_eq!(is, wanted, "{test} {body}");
        }
        // A page may be anybody's, so what stands in it is believed for a while only.
        let text = with("{ at = '', contains = 'unknown app' }");
        for (body, by) in [("<html>unknown app", Evidence::Status), ("unknown app", Evidence::Words)] {
            let raw = raw(401, body);
            assert_eq!(dialect(&text).refresh().last().open(&raw).reading().evidence(), by, "{body}");
        }
        // That a status is not listed for it, no text outweighs.
        assert_eq!(read(&text, &raw(202, "unknown app")), "unreadable - -");
    }

    #[test]
    fn a_place_may_be_in_any_element_and_below_another() {
        let within = r#"
            [exchanges.refresh.request]
            url = "https://a.example/t"
            form.refresh_token = "{{ refresh_token }}"
            [exchanges.refresh.answer]
            within = "/data"
            access_token = "/tokens/*/access"
            refresh_token = ["/tokens/*/refresh", { header = "X-Refresh" }]
            words = ["/message"]
            [exchanges.refresh.success]
            tests = [{ at = "/code", equals = 0 }]
        "#;
        for (body, wanted) in [
            (
                r#"{"code":0,"data":{"tokens":[{"refresh":"rt"},{"access":""},{"access":"at"}]}}"#,
                "granted at rt",
            ),
            (r#"{"code":0,"tokens":[{"access":"at"}],"message":"m"}"#, "unreadable - m"),
            (r#"{"code":0,"data":"{\"tokens\":[{\"access\":\"at\"}]}"}"#, "granted at -"),
        ] {
            assert_eq!(read(within, &raw(200, body)), wanted, "{body}");
        }
        let at_the_body = within.replace("\"/data\"", "\"\"");
        assert_eq!(read(&at_the_body, &raw(200, r#"{"code":0,"tokens":[{"access":"at"}]}"#)), "granted at -");
    }

    #[test]
    fn a_plain_text_is_a_token_unless_it_shows_that_it_is_none() {
        let text = r#"
            [exchanges.refresh.request]
            url = "https://a.example/t"
            form.refresh_token = "{{ refresh_token }}"
            [exchanges.refresh.answer]
            format = "text"
            access_token = { at = "/text", strip = "Bearer " }
        "#;
        let sure = format!("{text}[exchanges.refresh.success]\ntests = [{{ header = 'X-Ok', equals = 1 }}]");
        for (body, is_one) in [
            ("at-1", true),
            (" at-1\r\n", true),
            ("\"at-1\"", true),
            ("Bearer at-1", true),
            ("12345", true),
            ("aGVsbG8=", true),
            ("no such user", false),
            ("a\nb", false),
            ("{\"error\":7}", false),
            ("[1]", false),
            ("null", false),
            ("false", false),
            ("<Error>x</Error>", false),
        ] {
            let mut raw = raw(200, body);
            assert_eq!(read(text, &raw).starts_with("granted"), is_one, "{body}");
            assert!(is_one || read(text, &raw).starts_with("unreadable"), "{body}");
            raw.headers.push(("x-ok".into(), "1".into()));
            assert!(read(&sure, &raw).starts_with("granted"), "{body}");
        }
        assert!(read(text, &raw(200, "<html>")).starts_with("unknown"));
    }

    #[test]
    fn of_an_answer_that_broke_off_the_new_refresh_token_is_saved() {
        let body = r#"{"refresh_token":"rt","access_token":"at","scope":"#;
        for (status, body, wanted) in [
            (200, body, "salvaged rt at"),
            (200, &body[..24], "salvaged rt -"),
            (200, &body[..19], "unknown: the answer broke off"),
            (500, body, "unknown: the answer broke off"),
            (0, "", "unknown: no answer came"),
            (0, "\r\n ", "unknown: no answer came"),
            (0, r#"{"refresh_token":"rt","access_token":"at"}"#, "unknown: what came is no HTTP"),
            (0, "HTTP/1.1 2000 OK\r\n\r\n{}", "unknown: what came is no HTTP"),
            (0, "HTTP/1.1 200 OK\r\nX-Refresh: r", "unknown: the answer broke off"),
            // Closed, it shows itself that it is whole.
            (200, r#"{"refresh_token":"rt","access_token":"at"}"#, "granted at rt"),
            (200, r#"{"access_token":"at","error":"server_error"}"#, "granted at -"),
            (400, r#"{"error":"invalid_grant"}"#, "LoginRequired invalid_grant"),
            (400, r#"{"error":"invalid_grant""#, "unknown: the answer broke off"),
        ] {
            let raw = RawAnswer { complete: false, ..raw(status, body) };
            assert_eq!(read(DIALECT, &raw), wanted, "{status} {body}");
        }
        let mut raw = RawAnswer { complete: false, ..raw(200, "{") };
        raw.headers.push(("x-refresh".into(), "rt".into()));
        assert_eq!(read(DIALECT, &raw), "salvaged rt -");
        // Cut where nobody noticed.
        raw.complete = true;
        assert_eq!(read(DIALECT, &raw), "salvaged rt -");
    }

    #[test]
    fn what_may_hold_a_token_is_kept_though_it_means_nothing() {
        for (status, body, wanted) in [
            (200, "[1]", true),
            (200, " ", false),
            (200, "<html>", false),
            (503, "{}", false),
            // No HTTP, but a vendor's all the same.
            (0, r#"{"access_token":"at"}"#, true),
            (0, "\u{feff}\r\n", false),
            (0, "<!DOCTYPE html>", false),
        ] {
            let dialect = dialect(DIALECT);
            let raw = RawAnswer { complete: false, ..raw(status, body) };
            assert_eq!(dialect.refresh().last().open(&raw).holds_something(), wanted, "{status} {body}");
        }
    }

    #[test]
    fn a_step_that_keeps_the_access_token_needs_none() {
        let keeps = DIALECT.replace("scope = ", "keeps_access_token = true\nscope = ");
        assert_eq!(read(&keeps, &raw(200, "{}")), "granted - -");
        // Then a refusal that matches is one.
        assert_eq!(read(&keeps, &raw(200, r#"{"error":"invalid_grant"}"#)), "LoginRequired invalid_grant");
    }

    #[test]
    fn who_renews_with_the_access_token_gets_it_as_the_refresh_token_too() {
        let same = format!("renews_with = \"access_token\"\n{DIALECT}");
        let same = same.replace("refresh_token = [\"/refresh_token\", { header = \"X-Refresh\" }]", "");
        assert_eq!(read(&same, &raw(200, r#"{"access_token":"at"}"#)), "granted at at");
    }

    #[test]
    fn how_long_to_wait_is_in_whole_seconds_from_the_answer() {
        let dialect = dialect(DIALECT);
        for (body, wanted) in [
            (r#"{"wait":7}"#, Some(7)),
            (r#"{"wait":0.2}"#, Some(1)),
            (r#"{"wait":"soon","until":1795888830}"#, Some(30)),
            (r#"{"until":1795888800.5}"#, Some(1)),
            (r#"{"until":1795888700}"#, None),
            ("{}", None),
            ("<html>", None),
        ] {
            let mut raw = raw(429, body);
            raw.at.wall_ms = 1_795_888_800_000;
            assert_eq!(dialect.refresh().last().open(&raw).retry_after(), wanted, "{body}");
        }
    }

    #[test]
    fn an_answer_of_unknown_age_has_only_absolute_expiries() {
        let dialect = dialect(DIALECT);
        let body = raw(500, r#"{"access_token":"at","expires_in":60}"#);
        let opened = dialect.refresh().last().open(&body);
        let expires = |known| opened.imported(known).expect("of any status").access_expires;
        assert_eq!(expires(true), Some(Expires::After(Duration::from_secs(60))));
        assert_eq!(expires(false), None);
        assert!(dialect.refresh().last().open(&raw(200, r#"{"scope":"s"}"#)).imported(true).is_none());
    }

    #[test]
    fn members_are_named_and_never_shown() {
        let body = r#"{"a/b":{"t":"CANARY"},"l":[1,2],"n":null,"ok":true}"#;
        let members = |text: &str, body: &str| dialect(text).refresh().last().open(&raw(200, body)).members();
        let names = members(DIALECT, body).expect("JSON");
        let wanted = [
            ("/a~1b/t", "string of 6 characters"),
            ("/l", "list of 2"),
            ("/n", "null"),
            ("/ok", "true or false"),
        ];
        assert_eq!(names, wanted.map(|(at, kind)| (at.to_owned(), kind.to_owned())));
        let within = DIALECT.replace("scope = ", "format = [\"json\", \"json_within\"]\nscope = ");
        assert_eq!(members(&within, &format!("f({body});")), Some(names));
        let form = DIALECT.replace("scope = ", "format = \"form\"\nscope = ");
        assert_eq!(members(&form, "CANARY=&b=1"), None);
        assert_eq!(members(DIALECT, "CANARY"), None);
    }

    #[test]
    fn an_author_is_told_why_an_answer_is_no_success() {
        let dialect = dialect(DIALECT);
        for (status, body, wanted) in [
            (200, "<html>", "the body is not of the declared format"),
            (200, r#"{"access_token":"a"} {"access_token":"b"}"#, "it holds two values whose tokens differ"),
            (200, r#"{"access_token":"a\ud800"}"#, "its tokens are not whole, or not certain"),
            (500, "{}", "status 500 is no success"),
            (200, r#"{"ok":false}"#, "the test at `/ok` does not hold"),
            (200, "{}", "no access token at `/access_token`"),
        ] {
            let why = dialect.refresh().last().open(&raw(status, body)).why_not();
            assert_eq!(why, wanted, "{status} {body}");
        }
    }

    #[test]
    fn an_id_token_stands_beside_the_access_token_and_is_nothing_that_was_sent() {
        let id_token = |body: &str| {
            let raw = raw(200, body);
            let dialect = dialect(DIALECT);
            let step = dialect.refresh().last();
            let sent =
                Sent { refresh_token: Some("rt-sent"), secrets: &["secret"], was_sent: None, is_spent: None };
            let Reading::Granted(tokens) = step.open(&raw).reading_after(&sent) else { panic!("{body}") };
            tokens.id_token.map(|token| token.expose().to_owned())
        };
        let with = |id_token: &str| {
            format!(r#"{{"access_token":"at","refresh_token":"rt","id_token":"{id_token}"}}"#)
        };
        assert_eq!(id_token(&with("a.b.c")).as_deref(), Some("a.b.c"));
        for none in ["", " ", "a b", "rt-sent", "secret", "rt", "\u{fc}"] {
            assert_eq!(id_token(&with(none)), None, "{none:?}");
        }
        assert_eq!(id_token(r#"{"access_token":"at"}"#), None);
    }
}
