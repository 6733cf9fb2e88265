//! The record of a vault as it is written there: the credential, sealed or not, and the claim beside it.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::Deserialize as _;
use serde_json::{Map, Value, json};

use super::Shared;
use crate::base::error::{Result, damaged, internal, unavailable};
use crate::credential::fleet::FleetClaim;
use crate::credential::state::Credential;
use crate::store::backend::place::Place;
use crate::store::payload::{from_payload, payload};
use crate::store::seal::SealingKey;
use crate::store::sealed;

const FORMAT: &str = "1";

impl Shared {
    pub(super) fn opened(&mut self, data: &Map<String, Value>) -> Result<Credential> {
        let text = |key: &str| data.get(key).and_then(Value::as_str);
        match text("format") {
            Some(FORMAT) => {}
            Some(_) => {
                return Err(damaged(format!("{} was written by a newer tokcli", self.secret.words()))
                    .hint("update tokcli"));
            }
            None => return Err(self.strange()),
        }
        if let Some(account) = text("account").filter(|account| *account != self.account) {
            if self.secret.cluster().echoes(account) {
                return Err(self.strange());
            }
            let words = format!("{} holds the record of the account `{account}`", self.secret.words());
            return Err(damaged(words).hint(format!(
                "someone copied it there: remove it, or give this profile `account = \"{account}\"` if it is the same login"
            )));
        }
        let place = text("place").filter(|name| Place::is_name(name)).ok_or_else(|| self.strange())?;
        if !self.place.is_found(place)? {
            return Err(self.another());
        }
        let record = text("record").ok_or_else(|| self.strange())?.to_owned();
        let credential = match self.seal_key()? {
            Some(key) => {
                let opened = sealed::open(&key, &record).map_err(|flaw| {
                    damaged(format!("the content of {} {}", self.secret.words(), flaw.words())).hint(format!(
                        "set `seal` under [stores.{}] to the key with which it was sealed",
                        self.store.name
                    ))
                })?;
                (opened.account == self.account && opened.place == place).then_some(opened.credential)
            }
            None if record.starts_with("tokcli-sealed-") => {
                let words = format!("{} is sealed, and the store has no `seal`", self.secret.words());
                return Err(damaged(words).hint(format!(
                    "set `seal` under [stores.{}] to the key with which it was sealed",
                    self.store.name
                )));
            }
            None => BASE64_STANDARD.decode(record).ok().and_then(|bytes| from_payload(&bytes)),
        };
        credential.ok_or_else(|| self.strange())
    }

    pub(super) fn seal_key(&mut self) -> Result<Option<SealingKey>> {
        let Some((place, known)) = &mut self.seal else { return Ok(None) };
        if known.is_none() {
            *known = place.read()?;
        }
        let words = place.words();
        known.clone().map(Some).ok_or_else(|| {
            unavailable(format!(
                "the sealing key of the store `{}` is missing: there is no {words}",
                self.store.name
            ))
            .hint(format!(
                "bring it back from where it was kept, as {words}: the other machines have the same one"
            ))
        })
    }

    pub(super) fn data(
        &mut self,
        credential: &Credential,
        claim: Option<&FleetClaim>,
    ) -> Result<Map<String, Value>> {
        let place = self.place.own()?;
        let record = match self.seal_key()? {
            Some(key) => sealed::seal(&key, &self.account, &place, credential)?,
            None => BASE64_STANDARD.encode(payload(credential)?),
        };
        let mut data = Map::new();
        data.insert("format".into(), json!(FORMAT));
        data.insert("account".into(), json!(self.account));
        data.insert("place".into(), json!(place));
        data.insert("record".into(), json!(record));
        let noted = claim.map(serde_json::to_value).transpose();
        data.insert(
            "claim".into(),
            noted.map_err(|_| internal("a claim is not JSON"))?.unwrap_or(Value::Null),
        );
        Ok(data)
    }

    /// `Err`: none that this version could have written.
    pub(super) fn claim_in(&self, data: &Map<String, Value>) -> Result<Option<FleetClaim>> {
        match data.get("claim") {
            None | Some(Value::Null) => Ok(None),
            Some(claim) => {
                let claim = FleetClaim::deserialize(claim).ok().filter(FleetClaim::is_sane);
                let claim = claim.filter(|claim| !self.secret.cluster().echoes(&claim.holder));
                claim.map(Some).ok_or_else(|| self.claimed_strangely())
            }
        }
    }
}
