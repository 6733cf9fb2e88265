//! Filters that digest and sign.

use hmac::Mac;
use hmac::digest::KeyInit;
use ring::signature::RsaEncoding;
use sha2::Digest;

use super::input::{FilterResult, Input, text};
use crate::base::suggest::meant;
use crate::dialect::signature::{self, Alg};
use crate::dialect::template::value::{STAND_IN, Value};

pub(super) fn digest<D: Digest>(input: &Input) -> FilterResult {
    Ok(Value::bytes(D::digest(&*input.bytes()?).to_vec()))
}

pub(super) fn keyed<M: Mac + KeyInit>(input: &Input) -> FilterResult {
    let key = input.args[0].to_bytes()?;
    let mut mac = <M as Mac>::new_from_slice(&key).map_err(|_| "the key cannot be used".to_owned())?;
    mac.update(&input.bytes()?);
    Ok(Value::bytes(mac.finalize().into_bytes().to_vec()))
}

pub(super) fn rsa(input: &Input, scheme: &'static dyn RsaEncoding) -> FilterResult {
    let (message, key) = (input.bytes()?, input.args[0].to_bytes()?);
    if input.unknown {
        return Ok(Value::bytes([&message[..], &key[..]].concat()));
    }
    signature::rsa(scheme, &key, &message).map(Value::bytes)
}

pub(super) fn jwt(input: &Input) -> FilterResult {
    let (word, key) = (input.arg(0)?, input.args[1].to_bytes()?);
    let claims = input.value.to_json()?;
    let header: serde_json::Map<String, serde_json::Value> = input
        .named
        .iter()
        .map(|(name, value)| Ok((name.clone(), value.to_json()?)))
        .collect::<Result<_, String>>()?;
    let alg = Alg::from_word(&word);
    if input.unknown {
        let known = alg.is_some() || *word == *STAND_IN;
        let stand_in = format!("{}{claims}", String::from_utf8_lossy(&key));
        return if known { text(stand_in) } else { Err(unknown_alg(&word)) };
    }
    text(signature::jwt(alg.ok_or_else(|| unknown_alg(""))?, &key, header, &claims)?)
}

/// `word` only where it stands in the template itself.
fn unknown_alg(word: &str) -> String {
    let words = Alg::words();
    let advice = meant(word, words.split(", "));
    format!("`jwt` knows the algorithms {words}{advice}")
}
