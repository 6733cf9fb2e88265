//! Filters that digest and sign.

use hmac::Mac;
use hmac::digest::KeyInit;
use minijinja::Value;
use ring::signature::RsaEncoding;
use sha2::Digest;

use super::input::{FilterResult, Input, text};
use crate::base::suggest::meant;
use crate::dialect::signature::{self, Alg};
use crate::dialect::template::value::{STAND_IN, bytes_of, to_json};

pub(super) fn digest<D: Digest>(input: &Input) -> FilterResult {
    Ok(Value::from_bytes(D::digest(input.bytes()?).to_vec()))
}

pub(super) fn keyed<M: Mac + KeyInit>(input: &Input) -> FilterResult {
    let key = bytes_of(&input.args[0])?;
    let mut mac = <M as Mac>::new_from_slice(&key).map_err(|_| "the key cannot be used".to_owned())?;
    mac.update(&input.bytes()?);
    Ok(Value::from_bytes(mac.finalize().into_bytes().to_vec()))
}

pub(super) fn rsa(input: &Input, scheme: &'static dyn RsaEncoding) -> FilterResult {
    let (message, key) = (input.bytes()?, bytes_of(&input.args[0])?);
    let signed =
        if input.trial { Ok([message, key].concat()) } else { signature::rsa(scheme, &key, &message) };
    signed.map(Value::from_bytes)
}

pub(super) fn jwt(input: &Input) -> FilterResult {
    let (word, key) = (input.arg(0)?, bytes_of(&input.args[1])?);
    let claims = to_json(&input.value)?;
    let header: serde_json::Map<String, serde_json::Value> = input
        .named
        .iter()
        .map(|(name, value)| Ok((name.clone(), to_json(value)?)))
        .collect::<Result<_, String>>()?;
    let alg = Alg::from_word(&word);
    if input.trial {
        let known = alg.is_some() || word == STAND_IN;
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
