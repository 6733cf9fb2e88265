//! The values of a good answer, taken from where the dialect says they stand. Whether it is a good one is
//! decided in `opened`.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::expiry::ExpiryReader;
use super::lookup::Parts;
use crate::credential::reading::{RenewsWith, Tokens};
use crate::credential::secrets::{AccessToken, Kept, RefreshToken};
use crate::credential::who::{self, AnswerTokens};
use crate::dialect::flow::Step;
use crate::dialect::schema::{Format, Selector, Test};
use crate::dialect::template::{Filling, Values};

/// Of the kept values of an answer, in bytes.
const LONGEST_KEPT: usize = 16_384;

impl Step<'_> {
    /// `None`: a token or a value that must be there is not.
    pub(super) fn tokens(&self, read: &ExpiryReader<'_>) -> Option<Tokens> {
        let (answer, parts) = (&self.exchange.answer, read.parts);
        let access_token = self.access_token(parts);
        if access_token.is_none() && self.is_last() && !answer.keeps_access_token {
            return None;
        }
        let mut warnings = Vec::new();
        let text = |selector: &Option<Selector>| selector.as_ref()?.text(parts);
        let (access, refresh) = (read.read(&answer.access_expires), read.read(&answer.refresh_expires));
        warnings.extend(
            refresh
                .unread
                .filter(|_| !refresh.never)
                .map(|what| format!("the {what} is not a usable expiry")),
        );
        let refresh_token = self.new_refresh_token(parts, &mut warnings);
        let account = answer.account.as_ref().and_then(|selector| selector.scalar(parts));
        let tokens = AnswerTokens {
            access_token: access_token.as_ref().map(AccessToken::expose),
            refresh_token: refresh_token.as_ref().map(RefreshToken::expose),
        };
        let id_token = answer.id_token().text(parts);
        Some(Tokens {
            kept: self.kept(parts)?,
            who: who::of(account.as_deref(), id_token.as_deref(), tokens),
            access_token,
            put_together: None,
            refresh_token,
            id_token: self.id_token(parts),
            token_type: text(&answer.token_type),
            scope: text(&answer.scope).or_else(|| answer.scope.as_ref()?.list(parts)),
            account,
            access_expires: access.expires,
            access_lasts: access.lasts,
            access_unread: access.unread,
            refresh_expires: refresh.expires,
            refresh_forever: refresh.never && refresh.expires.is_none(),
            warnings,
        })
    }

    /// The access token as programs get it is put beside the one that came. `values`: what of the profile is no secret.
    /// `false`: it cannot be, and none is to be given out.
    pub(crate) fn put_together(&self, tokens: &mut Tokens, values: &Values) -> bool {
        let template = self.exchange.answer.access_token_as.as_ref();
        let (Some(template), Some(bare)) = (template, &tokens.access_token) else { return true };
        let mut values = values.clone();
        values.insert("access_token".into(), Zeroizing::new(bare.expose().to_owned()));
        for (name, kept) in &tokens.kept {
            values.insert(format!("kept.{name}"), Zeroizing::new(kept.value.expose().to_owned()));
        }
        let whole = template.render(&Filling::new(&values)).ok().flatten();
        // The record must fit where the answer was.
        let kept: usize = tokens.kept.values().map(|kept| kept.value.expose().len()).sum();
        let whole = whole.filter(|whole| !whole.trim().is_empty() && whole.len() + kept <= LONGEST_KEPT);
        tokens.put_together = whole.map(|whole| Box::new(AccessToken::new(whole.as_str())));
        tokens.put_together.is_some()
    }

    pub(super) fn access_token(&self, parts: &Parts<'_>) -> Option<AccessToken> {
        self.token(self.exchange.answer.access_token.as_ref()?, parts).map(AccessToken::new)
    }

    pub(super) fn token(&self, selector: &Selector, parts: &Parts<'_>) -> Option<String> {
        selector.token(parts, self.exchange.success.tests.iter().any(Test::makes_sure))
    }

    /// In the last step. One that no header can carry is none.
    pub(super) fn id_token(&self, parts: &Parts<'_>) -> Option<AccessToken> {
        let token = self.exchange.answer.id_token().text(parts).filter(|_| self.is_last())?;
        token.bytes().all(|b| b.is_ascii_graphic()).then(|| AccessToken::new(token))
    }

    /// `None`: something that a later step needs is not there.
    pub(super) fn kept(&self, parts: &Parts<'_>) -> Option<BTreeMap<String, Kept>> {
        // The record, which holds them twice, must fit where the answer was.
        let (mut kept, mut room) = (BTreeMap::new(), LONGEST_KEPT);
        for (name, keep) in &self.exchange.answer.keep {
            let found = match keep.secret {
                true if parts.format == Some(Format::Text) => self.token(&keep.selector, parts),
                _ => keep.selector.scalar(parts),
            };
            match found.filter(|value| value.len() <= LONGEST_KEPT) {
                Some(value) if room >= value.len() => {
                    room -= value.len();
                    kept.insert(name.clone(), Kept::new(value, keep.secret));
                }
                _ if keep.optional || self.is_last() => {}
                _ => return None,
            }
        }
        Some(kept)
    }

    pub(super) fn new_refresh_token(
        &self,
        parts: &Parts<'_>,
        warnings: &mut Vec<String>,
    ) -> Option<RefreshToken> {
        if self.dialect.renews_with == RenewsWith::AccessToken && self.exchange.answer.refresh_token.is_none()
        {
            return self.access_token(parts).map(|token| RefreshToken::new(token.expose()));
        }
        let selector = self.exchange.answer.refresh_token.as_ref()?;
        if let Some(token) = self.token(selector, parts) {
            return Some(RefreshToken::new(token));
        }
        if selector.find(parts).is_some() {
            let at = selector.source();
            let stays = if self.is_of_a_login() { "" } else { "; the old refresh token is kept" };
            warnings.push(format!("the answer's `{at}` is empty or not a string{stays}"));
        }
        None
    }
}
