//! The closed set of filters: one table that says what each takes and gives, read when a template is parsed, checked
//! and filled in.

mod crypto;
mod input;
mod text;

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use hmac::Hmac;
use md5::Md5;
use ring::pbkdf2::{PBKDF2_HMAC_SHA1, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA512};
use ring::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use url::form_urlencoded::byte_serialize;

use self::input::{FilterResult, text as plain};
pub(super) use self::input::{Input, LARGEST, TOO_LONG};
pub(super) use self::text::RESERVED;
use crate::base::characters::escaped_in_markup;
use crate::base::digest::hex;
use crate::base::order::Arrange as _;
use crate::base::suggest;
use crate::dialect::encryption::Padding;

/// What an expression is, as far as it can be known before there are values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExprType {
    /// Text, a number, true or false: what a request can carry.
    Plain,
    /// Must be encoded first.
    Bytes,
    /// A list or a map.
    Many,
    /// Whatever a JSON text holds.
    Any,
}

#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) name: &'static str,
    pub(crate) takes: &'static [ExprType],
    pub(crate) gives: ExprType,
    /// How many arguments.
    pub(crate) least: usize,
    pub(crate) most: usize,
    /// Which may be given by name; `None`: any.
    pub(crate) named: Option<&'static [&'static str]>,
    /// What it gives holds what it takes so that a mask within is seen.
    pub(crate) transparent: bool,
    /// A digest, a signature, something encrypted: from what it gives nobody can tell what it was made of.
    pub(crate) hides: Hides,
    pub(super) run: fn(&Input) -> FilterResult,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hides {
    Nothing,
    /// What signs, and not what is signed.
    Arguments,
    All,
}

const PLAIN: &[ExprType] = &[ExprType::Plain];
const TEXT_OR_BYTES: &[ExprType] = &[ExprType::Plain, ExprType::Bytes];
const EVERYTHING: &[ExprType] = &[ExprType::Plain, ExprType::Bytes, ExprType::Many, ExprType::Any];
const MANY: &[ExprType] = &[ExprType::Many];
const NONE: Option<&[&str]> = Some(&[]);

// Name, what it takes and gives, how many arguments, which by name, whether a mask is seen through it, what it hides.
macro_rules! filters {
    ($($name:ident: $takes:expr => $gives:ident, $least:literal..=$most:literal, $named:expr, $through:literal, $hides:ident, $run:expr;)*) => {
        const FILTERS: &[Filter] = &[$(Filter {
            name: stringify!($name), takes: $takes, gives: ExprType::$gives, least: $least, most: $most, named: $named,
            transparent: $through, hides: Hides::$hides, run: $run,
        },)*];
    };
}

filters! {
    base64: TEXT_OR_BYTES => Plain, 0..=0, NONE, false, Nothing, |i| plain(BASE64_STANDARD.encode(&*i.bytes()?));
    base64url: TEXT_OR_BYTES => Plain, 0..=0, NONE, false, Nothing, |i| plain(BASE64_URL_SAFE_NO_PAD.encode(&*i.bytes()?));
    hex: TEXT_OR_BYTES => Plain, 0..=0, NONE, false, Nothing, |i| plain(hex(&i.bytes()?));
    base64_decode: PLAIN => Bytes, 0..=0, NONE, false, Nothing, |i| i.decoded("base64", |text| text::decode(&text::LENIENT, text));
    base64url_decode: PLAIN => Bytes, 0..=0, NONE, false, Nothing, |i| i.decoded("base64url", |text| text::decode(&text::LENIENT_URL, text));
    hex_decode: PLAIN => Bytes, 0..=0, NONE, false, Nothing, |i| i.decoded("hexadecimal", text::from_hex);
    text: TEXT_OR_BYTES => Plain, 0..=0, NONE, true, Nothing, text::text;
    urlencode: PLAIN => Plain, 0..=0, NONE, true, Nothing, |i| plain(i.around_masks(&i.text()?, text::percent_encoded));
    path: PLAIN => Plain, 0..=0, NONE, true, Nothing, text::path;
    formencode: PLAIN => Plain, 0..=0, NONE, true, Nothing, |i| plain(byte_serialize(i.text()?.as_bytes()).collect());
    upper: PLAIN => Plain, 0..=0, NONE, true, Nothing, |i| plain(i.text()?.to_uppercase());
    lower: PLAIN => Plain, 0..=0, NONE, true, Nothing, |i| plain(i.text()?.to_lowercase());
    trim: PLAIN => Plain, 0..=0, NONE, true, Nothing, |i| plain(i.text()?.trim().to_owned());
    replace: PLAIN => Plain, 2..=2, NONE, true, Nothing, text::replace;
    split: PLAIN => Many, 1..=1, NONE, false, Nothing, text::split;
    join: MANY => Plain, 1..=1, NONE, true, Nothing, text::join;
    length: &[ExprType::Plain, ExprType::Many] => Plain, 0..=0, NONE, false, Nothing, text::length;
    string: PLAIN => Plain, 0..=0, NONE, true, Nothing, |i| plain(i.text()?.to_string());
    int: PLAIN => Plain, 0..=0, NONE, false, Nothing, text::int;
    optional: EVERYTHING => Any, 0..=0, NONE, true, Nothing, |i| Ok(i.value.clone());
    default: PLAIN => Plain, 1..=1, NONE, true, Nothing, text::default;
    md5: TEXT_OR_BYTES => Bytes, 0..=0, NONE, false, All, |i| crypto::digest::<Md5>(i);
    sha1: TEXT_OR_BYTES => Bytes, 0..=0, NONE, false, All, |i| crypto::digest::<Sha1>(i);
    sha224: TEXT_OR_BYTES => Bytes, 0..=0, NONE, false, All, |i| crypto::digest::<Sha224>(i);
    sha256: TEXT_OR_BYTES => Bytes, 0..=0, NONE, false, All, |i| crypto::digest::<Sha256>(i);
    sha384: TEXT_OR_BYTES => Bytes, 0..=0, NONE, false, All, |i| crypto::digest::<Sha384>(i);
    sha512: TEXT_OR_BYTES => Bytes, 0..=0, NONE, false, All, |i| crypto::digest::<Sha512>(i);
    hmac_md5: TEXT_OR_BYTES => Bytes, 1..=1, NONE, false, All, |i| crypto::keyed::<Hmac<Md5>>(i);
    hmac_sha1: TEXT_OR_BYTES => Bytes, 1..=1, NONE, false, All, |i| crypto::keyed::<Hmac<Sha1>>(i);
    hmac_sha256: TEXT_OR_BYTES => Bytes, 1..=1, NONE, false, All, |i| crypto::keyed::<Hmac<Sha256>>(i);
    hmac_sha384: TEXT_OR_BYTES => Bytes, 1..=1, NONE, false, All, |i| crypto::keyed::<Hmac<Sha384>>(i);
    hmac_sha512: TEXT_OR_BYTES => Bytes, 1..=1, NONE, false, All, |i| crypto::keyed::<Hmac<Sha512>>(i);
    rsa_sha256: TEXT_OR_BYTES => Bytes, 1..=1, NONE, false, All, |i| crypto::rsa(i, &RSA_PKCS1_SHA256);
    rsa_sha384: TEXT_OR_BYTES => Bytes, 1..=1, NONE, false, All, |i| crypto::rsa(i, &RSA_PKCS1_SHA384);
    rsa_sha512: TEXT_OR_BYTES => Bytes, 1..=1, NONE, false, All, |i| crypto::rsa(i, &RSA_PKCS1_SHA512);
    rsa_pkcs1: TEXT_OR_BYTES => Bytes, 1..=1, NONE, false, All, |i| crypto::by_public_key(i, Padding::Pkcs1);
    rsa_oaep_sha1: TEXT_OR_BYTES => Bytes, 1..=1, NONE, false, All, |i| crypto::by_public_key(i, Padding::OaepSha1);
    rsa_oaep_sha256: TEXT_OR_BYTES => Bytes, 1..=1, Some(&["mgf1"]), false, All, crypto::oaep_sha256;
    aes_cbc: TEXT_OR_BYTES => Bytes, 2..=2, NONE, false, All, crypto::aes_cbc;
    aes_gcm: TEXT_OR_BYTES => Bytes, 2..=2, Some(&["aad"]), false, All, crypto::aes_gcm;
    pbkdf2_sha1: TEXT_OR_BYTES => Bytes, 3..=3, NONE, false, All, |i| crypto::pbkdf2(i, PBKDF2_HMAC_SHA1, 20);
    pbkdf2_sha256: TEXT_OR_BYTES => Bytes, 3..=3, NONE, false, All, |i| crypto::pbkdf2(i, PBKDF2_HMAC_SHA256, 32);
    pbkdf2_sha512: TEXT_OR_BYTES => Bytes, 3..=3, NONE, false, All, |i| crypto::pbkdf2(i, PBKDF2_HMAC_SHA512, 64);
    bcrypt: PLAIN => Plain, 1..=1, NONE, false, All, crypto::bcrypt;
    jwt: MANY => Plain, 2..=2, None, true, Arguments, crypto::jwt;
    date: PLAIN => Plain, 1..=2, NONE, false, Nothing, text::date;
    json: &[ExprType::Plain, ExprType::Many] => Plain, 0..=0, NONE, true, Nothing, |i| plain(i.value.to_json()?.to_string());
    from_json: PLAIN => Any, 0..=0, NONE, false, Nothing, text::from_json;
    xml: PLAIN => Plain, 0..=0, NONE, true, Nothing, |i| plain(escaped_in_markup(&i.text()?));
    sorted_pairs: MANY => Plain, 2..=2, Some(&["encode", "skip_empty"]), true, Nothing, text::sorted_pairs;
    merge: MANY => Many, 1..=1, NONE, true, Nothing, text::merge;
}

/// `Err`: which it was probably meant to be.
pub(super) fn named(name: &str) -> Result<&'static Filter, String> {
    FILTERS.iter().find(|filter| filter.name == name).ok_or_else(|| no_filter(name))
}

/// One algorithm is not another with a slip in it.
fn digits(name: &str) -> Vec<u8> {
    let mut digits: Vec<u8> = name.bytes().filter(u8::is_ascii_digit).collect();
    digits.arrange();
    digits
}

/// `rsa_oaep_sha256` is a kind of `rsa_oaep`, and of `rsa`.
fn kinds(name: &str) -> impl Iterator<Item = &str> {
    name.rmatch_indices('_').map(|(at, _)| &name[..at])
}

fn no_filter(name: &str) -> String {
    let names = || FILTERS.iter().map(|filter| filter.name);
    let near = suggest::did_you_mean(name, names().filter(|known| digits(known) == digits(name)));
    let of_a_kind =
        |kind: &str| names().filter(|known| kinds(known).any(|own| own == kind)).collect::<Vec<_>>();
    let own: Vec<&str> = kinds(name).map(of_a_kind).find(|all| !all.is_empty()).unwrap_or_default();
    let advice = match near {
        // What signs is no slip for what encrypts.
        Some(near) if own.is_empty() || own.contains(&near) => format!(", did you mean `{near}`?"),
        _ if !own.is_empty() => format!("; filters of this kind are {}", own.join(", ")),
        _ => format!("; known filters are {}", names().collect::<Vec<_>>().join(", ")),
    };
    format!("there is no filter `{name}`{advice}")
}
