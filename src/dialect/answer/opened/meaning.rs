//! What an answer means: a grant, a refusal, or neither. A refusal needs evidence, and no verdict costs a token that came.

use super::{OpenedAnswer, Sent};
use crate::credential::reading::{Evidence, Reading, RefusalKind, Tokens};
use crate::credential::secrets::{AccessToken, RefreshToken};
use crate::dialect::answer::lookup::{Parts, is_nothing};
use crate::dialect::answer::{redirect, refusal};
use crate::dialect::schema::{Exchange, Format, Refusal, Selector, Test};
use crate::http::message::{Garbled, LARGEST_ANSWER};

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
        let listed = self.listed(sent);
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
        let outweighed = listed.is_some_and(|refusal| !self.is_proven() || self.is_about_the_token(refusal));
        if let Some(tokens) = self.success().filter(|_| !outweighed) {
            return match self.gives_back(&tokens, sent) {
                true => Reading::Unreadable { refresh_token: None, words: self.words() },
                false => Reading::Granted(Box::new(sent.without_echo(tokens))),
            };
        }
        let Some((verdict, evidence)) = self.refused(listed, sent) else { return self.neither(sent) };
        let refresh_token = self.given_anyway(sent).filter(|_| !self.step.is_of_a_login());
        let words = self.words();
        match (verdict, refresh_token) {
            (RefusalKind::NoAnswer, Some(token)) => Reading::Salvaged(token, None),
            (RefusalKind::NoAnswer, None) => Reading::Unknown(format!(
                "the vendor answered with a failure of its own (status {})",
                self.raw.status
            )),
            // By its status something was done.
            (kind, Some(token)) if self.is_2xx() && kind != RefusalKind::LoginRequired => {
                Reading::Unreadable { refresh_token: Some(token), words }
            }
            (_, refresh_token) => Reading::Refused { verdict, evidence, words, refresh_token },
        }
    }

    /// The refusal of the dialect that names this answer.
    fn listed(&self, sent: &Sent<'_>) -> Option<&Refusal> {
        refusal::listed(self.step.exchange, self.raw.status, &self.parts, |refusal| {
            let in_text = refusal.looks_at_text_alone();
            let unsaid = refusal.status.is_none() && in_text && self.body.is_page;
            // What is not there may stand elsewhere, and words in a text may be about anything.
            let weak = in_text || !refusal.tests.iter().any(Test::says_what);
            let lacks = weak && self.is_2xx() && !self.is_about_the_token(refusal);
            !(unsaid || lacks && self.may_hold_a_token(sent))
        })
    }

    /// What it refuses, if it is no success.
    fn refused(&self, listed: Option<&Refusal>, sent: &Sent<'_>) -> Option<(RefusalKind, Evidence)> {
        let by_status = || Some(self.believed(refusal::by_status(self.raw.status)?, Evidence::Status));
        let listed = listed.map(|refusal| self.weighed(refusal));
        let listed = listed.or_else(|| self.refused_in_a_success(sent, refusal::by_words));
        let listed = listed.or_else(|| self.otherwise(sent));
        listed.or_else(|| self.refused_in_a_success(sent, refusal::by_error)).or_else(by_status)
    }

    /// It looks at what stands where the access token would.
    fn is_about_the_token(&self, refusal: &Refusal) -> bool {
        let access_token = self.answer().access_token.as_ref();
        let is_whole = self.parts.format == Some(Format::Text);
        let looks = |test: &Test| {
            let at_it = |token: &Selector| test.selector.meets(token, self.parts.names);
            test.makes_sure() && ((is_whole && test.selector.is_text()) || access_token.is_some_and(at_it))
        };
        refusal.tests.iter().any(looks)
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

    /// An error in a success without a token is one: by the dialect's own tests, or by RFC 6749 section 5.2.
    fn refused_in_a_success(
        &self,
        sent: &Sent<'_>,
        by: fn(&Exchange, &Parts<'_>) -> Option<(RefusalKind, Evidence)>,
    ) -> Option<(RefusalKind, Evidence)> {
        by(self.step.exchange, &self.parts).filter(|_| self.is_2xx() && self.is_silent(sent))
    }

    /// It gives no token. The cookie of an error is that of a session of nobody's.
    fn is_silent(&self, sent: &Sent<'_>) -> bool {
        let token = self.refresh_token(sent);
        let beside = |token: &RefreshToken| self.stands_beside(token, |header| header == "set-cookie");
        let access = self.step.access_token(&self.parts).filter(|token| !is_nothing(token.expose()));
        access.is_none() && !token.as_ref().is_some_and(beside)
    }

    /// What nothing else names.
    fn otherwise(&self, sent: &Sent<'_>) -> Option<(RefusalKind, Evidence)> {
        let refusal = refusal::otherwise(self.step.exchange, self.raw.status)?;
        let refused = !self.is_2xx() || self.denies(sent);
        refused.then(|| self.believed(refusal.verdict, Evidence::Status))
    }

    /// A 2xx that says itself that it is no success. One without tokens that says nothing may yet hold them elsewhere.
    fn denies(&self, sent: &Sent<'_>) -> bool {
        let success = &self.step.exchange.success;
        let good =
            success.status.holds(self.raw.status) && success.tests.iter().all(|test| test.holds(&self.parts));
        let nothing = self.body.is_page || (self.body.is_blank && self.is_looked_at());
        let understood = self.parts.body.is_some() && self.body.closed && !nothing;
        let silent = self.is_silent(sent) && !self.may_hold_a_token(sent);
        !good && understood && silent && !self.is_doubtful(&Tokens::default())
    }

    fn is_2xx(&self) -> bool {
        (200..300).contains(&self.raw.status)
    }

    fn is_looked_at(&self) -> bool {
        self.answer().format != [Format::None]
    }

    /// What a refusal of the dialect comes to. Text that stands somewhere in a page may be that of whoever put it there.
    fn weighed(&self, refusal: &Refusal) -> (RefusalKind, Evidence) {
        match self.body.is_page && refusal.looks_at_text_alone() {
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
                Reading::Unknown("the answer is not HTTP".into())
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
        let access = self.step.access_token(&self.parts);
        Some((self.given_anyway(sent)?, access.filter(|token| !self.is_unsure(token.expose()))))
    }

    /// The new refresh token of what is no success. A login that fails costs none, and neither a page nor what is no HTTP
    /// gives one. Headers come with every answer, above all the cookie of a session of nobody's: they count where the status is
    /// that of a success whose body did not come whole.
    fn given_anyway(&self, sent: &Sent<'_>) -> Option<RefreshToken> {
        let good = self.step.exchange.success.status.holds(self.raw.status);
        let foreign = self.body.is_page || (!good && (self.raw.status == 0 || self.step.is_of_a_login()));
        let whole = self.parts.body.is_some() && self.body.closed;
        let token = self.refresh_token(sent).filter(|_| !foreign)?;
        let counts = match good {
            true if !self.raw.complete => true,
            true if !whole => self.stands_beside(&token, |header| header == "set-cookie"),
            _ => self.stands_beside(&token, |_| true),
        };
        counts.then_some(token)
    }

    /// Whether it is found without some headers, too.
    fn stands_beside(&self, token: &RefreshToken, without: impl Fn(&str) -> bool) -> bool {
        let headers = self.parts.headers.iter().filter(|(name, _)| !without(&name.to_ascii_lowercase()));
        let headers: Vec<(String, String)> = headers.cloned().collect();
        let bare = Parts { body: self.parts.body.clone(), headers: &headers, text: None, ..self.parts };
        self.step.new_refresh_token(&bare, &mut Vec::new()).as_ref() == Some(token)
    }

    fn neither(&self, sent: &Sent<'_>) -> Reading {
        let status = self.raw.status;
        let whole = self.parts.body.is_some() && self.body.closed;
        if (!whole || !self.is_2xx())
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
            200..300 => Reading::Unreadable { refresh_token: self.given_anyway(sent), words: self.words() },
            _ => Reading::Unknown(format!("the vendor answered with status {status}")),
        }
    }
}
