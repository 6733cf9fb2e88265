//! What a slot of the journal seals: a credential as JSON, and the answers that it holds as they came.

use std::io;

use serde::{Deserialize, Serialize, Serializer};

use crate::base::error::{Result, internal};
use crate::credential::legacy;
use crate::credential::state::Credential;

/// What is sealed, before the bodies of the answers that it holds.
#[derive(Serialize, Deserialize)]
struct Payload<B, C> {
    /// The lengths of the bodies that follow.
    bodies: B,
    credential: C,
}

/// Written as a list, without making one.
struct Lengths<'a>(&'a Credential);

impl Serialize for Lengths<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.collect_seq(self.0.answers().map(|raw| raw.body.len()))
    }
}

/// `length of the JSON ‖ JSON ‖ bodies of the answers`, behind what `to` holds. Asks for no memory but what `to` lacks.
pub(super) fn write_payload(to: &mut Vec<u8>, credential: &Credential) -> io::Result<()> {
    let start = to.len();
    to.extend_from_slice(&[0; 4]);
    serde_json::to_writer(&mut *to, &Payload { bodies: Lengths(credential), credential })?;
    let length = to.len() - start - 4;
    let length = u32::try_from(length).map_err(|_| io::Error::other("the record is too large"))?;
    to[start..start + 4].copy_from_slice(&length.to_le_bytes());
    credential.answers().for_each(|raw| to.extend_from_slice(&raw.body));
    Ok(())
}

pub(crate) fn payload(credential: &Credential) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    write_payload(&mut bytes, credential).map_err(|_| internal("the record cannot be written as JSON"))?;
    Ok(bytes)
}

/// `None`: no payload that a run could have written.
pub(crate) fn from_payload(payload: &[u8]) -> Option<Credential> {
    let (json, mut rest) = halves(payload)?;
    let Payload::<Vec<usize>, Credential> { bodies, mut credential } = serde_json::from_slice(json).ok()?;
    let mut lengths = bodies.into_iter();
    for raw in credential.answers_mut() {
        let (body, after) = rest.split_at_checked(lengths.next()?)?;
        (raw.body, rest) = (body.to_vec(), after);
    }
    (lengths.next().is_none() && rest.is_empty() && credential.is_sane()).then_some(credential)
}

/// The same of version 0.1.0.
pub(crate) fn from_old_payload(payload: &[u8]) -> Option<Credential> {
    let (json, body) = halves(payload)?;
    let mut old: legacy::Contents = serde_json::from_slice(json).ok()?;
    old.answer_mut().into_iter().for_each(|raw| raw.body = body.to_vec());
    Some(Credential::from(old)).filter(Credential::is_sane)
}

/// The JSON, and what follows it.
fn halves(payload: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = payload.split_at_checked(4)?;
    let length = u32::from_le_bytes(length.try_into().ok()?);
    rest.split_at_checked(usize::try_from(length).ok()?)
}
