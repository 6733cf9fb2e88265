//! What an exchange is begun with: the request, and the intent that is written down before it is sent.

use super::super::unjudged;
use super::{FollowUp, Logging, Performer};
use crate::base::clock::Moment;
use crate::base::error::{Code, Error, Result};
use crate::base::order::InOrder as _;
use crate::credential::secrets::RefreshToken;
use crate::credential::state::{Attempt, Beginning, Credential};
use crate::dialect::flow::Step;
use crate::dialect::nonces::Nonces;
use crate::dialect::template::Values;
use crate::http::message::HttpRequest;
use crate::profile::request::{Presented, REDIRECT_URI};
use crate::store::draw_nonce;
use crate::terminal::wording;

impl Performer<'_> {
    pub(super) fn request(&self, step: &Step<'_>, before: &Credential, draw: &Nonces) -> Result<HttpRequest> {
        if let Some(login) = self.login {
            let Logging { given, kept, .. } = login;
            let presented = Presented { refresh_token: None, access_token: None, kept, given };
            return self.profile.request(step, self.secrets, &presented, draw);
        }
        let record = before.record().ok_or_else(|| wording::no_credential(self.profile))?;
        let shown = record.shown_access(&self.profile.audience);
        if self.profile.needs_access_token() && shown.is_none() {
            let words = "the vendor wants the current access token with each refresh, and there is none";
            return Err(Error::new(Code::NoCredential, words).hint(wording::login_hint(self.profile)));
        }
        let presented = Presented {
            refresh_token: record.refresh_token.as_ref().map(RefreshToken::expose),
            access_token: shown.map(|access| access.token.expose()),
            kept: &record.kept,
            given: &Values::new(),
        };
        self.profile.request(step, self.secrets, &presented, draw)
    }

    /// With it is written which time step is used up.
    pub(super) fn intent(
        &self,
        step: &Step<'_>,
        before: &Credential,
        follow_up: &FollowUp,
        time_step: Option<i64>,
    ) -> Result<Credential> {
        let sent_at = Moment::now();
        let attempt = Attempt {
            nonce: draw_nonce()?,
            journal: self.store.journal_id()?,
            sent_at: sent_at.clone(),
            replays: follow_up.replays,
            sent_by: follow_up.earlier.as_ref().map(|earlier| earlier.sent_by.clone()).unwrap_or_default(),
            step: step.name.to_owned(),
            goes_on: !step.is_first(),
            audience: Some(self.profile.audience.clone()),
            login: None,
        };
        let mut intent = match self.login {
            Some(login) => {
                let beginning = self.beginning(login, &attempt.nonce);
                before.logging_in(attempt, beginning)
            }
            None => before.opened(attempt, follow_up.earlier.clone()),
        };
        time_step.into_iter().for_each(|time_step| intent.use_up(time_step));
        if let Some(record) = intent.record_mut()
            && self.is_by_itself()
        {
            unjudged::begin(record, sent_at);
        }
        Ok(intent)
    }

    /// Of what was kept only what is asked for later is kept with the credential.
    fn beginning(&self, login: &Logging, nonce: &str) -> Beginning {
        let presented = self.secrets.never_shown(self.profile);
        let wanted = |name: &String| {
            self.profile.dialect.wants_later(&format!("kept.{name}"))
                || (name == REDIRECT_URI && self.profile.keeps_redirect_uri())
        };
        let kept = login.kept.iter().filter(|(name, _)| wanted(name));
        Beginning {
            grant: login.grant.clone(),
            epoch: login.epoch,
            bound: self.profile.binding.clone(),
            kept: kept.map(|(name, kept)| (name.clone(), kept.clone())).in_order(),
            dpop: login.dpop.borrow().clone().map(Box::new),
            presented: presented.iter().map(|secret| Beginning::digest(nonce, secret)).collect(),
            over: None,
        }
    }
}
