//! Filters that digest, sign and encrypt.

use hmac::Mac;
use hmac::digest::KeyInit;
use ring::signature::RsaEncoding;
use sha2::Digest;

use super::input::{FilterResult, Input, text};
use crate::base::suggest::meant;
use crate::dialect::encryption::{self, BcryptSetting, Derivation, Padding};
use crate::dialect::signature::{self, Alg};
use crate::dialect::template::budget::ONE_SIGNATURE;
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
    input.budget.work(ONE_SIGNATURE)?;
    let (message, key) = (input.bytes()?, input.args[0].to_bytes()?);
    if input.unknown {
        return Ok(Value::bytes([&message[..], &key[..]].concat()));
    }
    signature::rsa(scheme, &key, &message).map(Value::bytes)
}

pub(super) fn jwt(input: &Input) -> FilterResult {
    input.budget.work(ONE_SIGNATURE)?;
    let (word, key) = (input.arg(0)?, input.args[1].to_bytes()?);
    let claims = input.value.to_json()?;
    let header: serde_json::Map<String, serde_json::Value> = input
        .named
        .iter()
        .map(|(name, value)| Ok((name.clone(), value.to_json()?)))
        .collect::<Result<_, String>>()?;
    let alg = Alg::from_word(&word);
    if let Some(mask) = input.mask.filter(|_| input.unknown) {
        // As it will be put together, so that whoever looks at it sees what is signed.
        let mut all: serde_json::Map<String, serde_json::Value> = [("alg", word.as_str()), ("typ", "JWT")]
            .map(|(name, value)| (name.to_owned(), value.into()))
            .into_iter()
            .collect();
        all.extend(header);
        return text(format!("{}.{claims}.{mask}", serde_json::Value::Object(all)));
    }
    if input.unknown {
        let known = alg.is_some() || *word == *STAND_IN;
        let stand_in = format!("{}{claims}", String::from_utf8_lossy(&key));
        return if known { text(stand_in) } else { Err(unknown_alg(&word)) };
    }
    text(signature::jwt(alg.ok_or_else(|| unknown_alg(""))?, &key, header, &claims)?)
}

/// What is made of a stand-in: something of it and of each argument.
fn stand_in(input: &Input) -> FilterResult {
    let mut all = input.bytes()?.to_vec();
    for arg in &input.args {
        all.extend(arg.to_bytes()?.iter());
    }
    Ok(Value::bytes(all).veiled())
}

pub(super) fn by_public_key(input: &Input, padding: Padding) -> FilterResult {
    input.budget.work(ONE_SIGNATURE)?;
    if input.unknown {
        return stand_in(input);
    }
    encryption::by_public_key(padding, &input.args[0].to_bytes()?, &input.bytes()?).map(Value::bytes)
}

pub(super) fn oaep_sha256(input: &Input) -> FilterResult {
    let mgf1 = input.named.get("mgf1").map(Value::plain_text).transpose()?;
    match mgf1.as_ref().map(|word| word.as_str()) {
        None | Some("sha256") => by_public_key(input, Padding::OaepSha256),
        Some("sha1") => by_public_key(input, Padding::OaepSha256Mgf1Sha1),
        Some(_) => Err("`mgf1` must be 'sha1' or 'sha256'".into()),
    }
}

pub(super) fn aes_cbc(input: &Input) -> FilterResult {
    if input.unknown {
        return stand_in(input);
    }
    let (key, iv) = (input.args[0].to_bytes()?, input.args[1].to_bytes()?);
    encryption::aes_cbc(&key, &iv, &input.bytes()?).map(Value::bytes)
}

pub(super) fn aes_gcm(input: &Input) -> FilterResult {
    if input.unknown {
        return stand_in(input);
    }
    let (key, iv) = (input.args[0].to_bytes()?, input.args[1].to_bytes()?);
    let aad = input.named.get("aad").map(Value::to_bytes).transpose()?.unwrap_or_default();
    encryption::aes_gcm(&key, &iv, &aad, &input.bytes()?).map(Value::bytes)
}

/// `size`: of what the digest gives, in bytes.
pub(super) fn pbkdf2(input: &Input, algorithm: ring::pbkdf2::Algorithm, size: u64) -> FilterResult {
    let (rounds, length) = match (&input.args[1], &input.args[2]) {
        (Value::Whole(rounds), Value::Whole(length)) => (*rounds, *length),
        _ if input.unknown => return stand_in(input),
        _ => return Err("iterations and length must be numbers; `| int` makes one from a text".into()),
    };
    let derivation = Derivation::of(algorithm, rounds, length)?;
    input.budget.work(derivation.rounds().saturating_mul(derivation.length().div_ceil(size)))?;
    if input.unknown || input.tried {
        return stand_in(input);
    }
    Ok(Value::bytes(derivation.key(&input.args[0].to_bytes()?, &input.bytes()?)))
}

/// Each of the rounds of bcrypt takes about so many iterations of PBKDF2.
const BCRYPT_ROUND: u64 = 128;

pub(super) fn bcrypt(input: &Input) -> FilterResult {
    if input.unknown {
        return text(format!("{}{}", input.arg(0)?.as_str(), input.text()?.as_str()));
    }
    let setting = BcryptSetting::parse(&input.arg(0)?)?;
    input.budget.work(BCRYPT_ROUND << setting.cost)?;
    if input.tried {
        return Ok(Value::unknown(input.text()?));
    }
    setting.hashed(&input.bytes()?).and_then(text)
}

/// `word` only where it stands in the template itself.
fn unknown_alg(word: &str) -> String {
    let words = Alg::words();
    let advice = meant(word, words.split(", "));
    format!("`jwt` supports the algorithms {words}{advice}")
}
