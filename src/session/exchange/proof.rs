//! Tokens that are bound to a key (RFC 9449): the key is kept with the credential before it is used for the first time, a proof
//! goes with each request, and what a server wants in the next one is noted. And the digest that a server asks for (RFC 7616).

use super::super::answer::gives_something;
use super::{Asking, Performer};
use crate::base::clock::Moment;
use crate::base::error::{Result, config, internal};
use crate::credential::dpop::{Dpop, is_challenge};
use crate::credential::secrets::ClientSecret;
use crate::credential::state::Credential;
use crate::dialect::digest_auth::DigestChallenge;
use crate::dialect::dpop::{self, Proof};
use crate::dialect::flow::{Flow, Step};
use crate::dialect::nonces::Nonces;
use crate::http::message::{DPOP, HttpRequest, RawAnswer};
use crate::profile::Profile;

/// The key of a login, if a step of it proves one. It is written down with the login's first intent.
pub(in crate::session) fn for_login(flow: Flow<'_>) -> Result<Option<Dpop>> {
    let mut steps = flow.steps().chain(flow.further());
    steps.any(|step| step.exchange.request.dpop).then(new).transpose()
}

/// From an answer that only asks for another proof: as if nothing had been asked, and with the nonce. `None`: it is another.
pub(in crate::session) fn challenged(
    profile: &Profile,
    step: &Step<'_>,
    answered: &Credential,
    raw: &RawAnswer,
) -> Option<(Credential, Option<DigestChallenge>)> {
    let request = &step.exchange.request;
    let digest = request.digest.as_ref().and_then(|_| DigestChallenge::of(raw));
    if (digest.is_none() && !(request.dpop && is_challenge(raw))) || gives_something(step, answered, raw) {
        return None;
    }
    let mut after = answered.challenged();
    let record = after.record_mut().filter(|_| request.dpop && !step.is_of_a_login());
    if let Some(dpop) = record.and_then(|record| record.dpop.as_deref_mut()) {
        dpop.note(&profile.proof_server(step), raw);
    }
    Some((after, digest))
}

impl Asking {
    /// Puts the answer to a challenge where the request has room for it; without one nothing stands there.
    pub(super) fn log_in(&self, request: &mut HttpRequest) -> Result<()> {
        let Some(login) = request.proofs.digest.take() else { return Ok(()) };
        let Asking::Again(Some(challenge)) = self else { return Ok(()) };
        let cnonce = Nonces::now().map_err(internal)?.random;
        let target = &request.url[url::Position::BeforePath..url::Position::AfterQuery];
        let value = challenge.answer(&login, request.method.word(), target, &cnonce[..32]).map_err(config)?;
        request.headers.push(("Authorization".to_owned(), value));
        Ok(())
    }
}

fn new() -> Result<Dpop> {
    dpop::new_key().map(|key| Dpop::new(ClientSecret::new(key.as_str()))).map_err(internal)
}

impl Performer<'_> {
    /// With a key, if it has none yet: the intent carries it into journal and store before anything is sent.
    pub(super) fn with_key(&self, step: &Step<'_>, mut before: Credential) -> Result<Credential> {
        if !step.exchange.request.dpop || self.login.is_some() {
            return Ok(before);
        }
        if let Some(record) = before.record_mut()
            && record.dpop.is_none()
        {
            record.dpop = Some(Box::new(new()?));
        }
        Ok(before)
    }

    /// Puts the proof where the request has room for it.
    pub(super) fn prove(
        &self,
        step: &Step<'_>,
        before: &Credential,
        request: &mut HttpRequest,
    ) -> Result<()> {
        if !request.proofs.dpop {
            return Ok(());
        }
        let of_a_login = self.login.and_then(|login| login.dpop.borrow().clone());
        let of_the_record = || before.record().and_then(|record| record.dpop.as_deref().cloned());
        let dpop = match self.login {
            Some(_) => of_a_login,
            None => of_the_record(),
        };
        let dpop = dpop.ok_or_else(|| internal("a proof without a key"))?;
        let server = dpop.server(&self.profile.proof_server(step));
        let proof = Proof {
            method: request.method.word(),
            url: &request.url,
            issued_at: server.time(Moment::now().wall_ms),
            nonce: server.nonce.as_deref(),
            access_token: None,
        };
        let signed = proof.signed(dpop.key.expose()).map_err(internal)?;
        request.headers.push((DPOP.to_owned(), signed.into()));
        Ok(())
    }

    /// The state from which the step may be asked once more, if that is all the answer wants.
    pub(super) fn challenged(
        &self,
        step: &Step<'_>,
        answered: &Credential,
    ) -> Option<(Credential, Option<DigestChallenge>)> {
        let (_, raw) = answered.unread()?;
        let challenged = challenged(self.profile, step, answered, raw)?;
        self.note_for_a_login(step, raw);
        Some(challenged)
    }

    /// Nothing is kept of a login before it is granted.
    pub(super) fn note_for_a_login(&self, step: &Step<'_>, raw: &RawAnswer) {
        let mut of_a_login = self.login.map(|login| login.dpop.borrow_mut());
        if let Some(dpop) =
            of_a_login.as_mut().and_then(|dpop| dpop.as_mut()).filter(|_| step.exchange.request.dpop)
        {
            dpop.note(&self.profile.proof_server(step), raw);
        }
    }
}
