//! The closed set of filters: one table that says what each takes and gives, read by the check of a template
//! and by the engine alike.

mod crypto;
mod input;
mod text;

use crate::base::characters::escaped_in_markup;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use hmac::Hmac;
use md5::Md5;
use minijinja::value::{Kwargs, Rest};
use minijinja::{Environment, Error, Value};
use ring::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use url::form_urlencoded::byte_serialize;

pub(crate) use self::input::words_of;
use self::input::{FilterResult, Input, LARGEST, text as plain};
use super::value::{plain_text, to_json};
use crate::base::digest::hex;

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

pub(crate) struct Filter {
    pub(crate) name: &'static str,
    pub(crate) takes: &'static [ExprType],
    pub(crate) gives: ExprType,
    /// How many arguments.
    pub(crate) least: usize,
    pub(crate) most: usize,
    /// Which may be given by name; `None`: any.
    pub(crate) named: Option<&'static [&'static str]>,
    run: fn(&Input) -> FilterResult,
}

impl Filter {
    /// A digest or a signature: from what it gives nobody can tell what it was made of.
    pub(crate) fn hides(&self) -> bool {
        self.gives == ExprType::Bytes && !self.name.ends_with("_decode")
    }
}

const PLAIN: &[ExprType] = &[ExprType::Plain];
const TEXT_OR_BYTES: &[ExprType] = &[ExprType::Plain, ExprType::Bytes];
const MANY: &[ExprType] = &[ExprType::Many];
const NONE: Option<&[&str]> = Some(&[]);

macro_rules! filters {
    ($($name:ident: $takes:expr => $gives:ident, $least:literal..=$most:literal, $named:expr, $run:expr;)*) => {
        pub(crate) const FILTERS: &[Filter] = &[$(Filter {
            name: stringify!($name), takes: $takes, gives: ExprType::$gives, least: $least, most: $most, named: $named, run: $run,
        },)*];
    };
}

filters! {
    base64: TEXT_OR_BYTES => Plain, 0..=0, NONE, |i| plain(BASE64_STANDARD.encode(i.bytes()?));
    base64url: TEXT_OR_BYTES => Plain, 0..=0, NONE, |i| plain(BASE64_URL_SAFE_NO_PAD.encode(i.bytes()?));
    hex: TEXT_OR_BYTES => Plain, 0..=0, NONE, |i| plain(hex(&i.bytes()?));
    base64_decode: PLAIN => Bytes, 0..=0, NONE, |i| i.decoded("base64", |text| text::decode(&text::LENIENT, text));
    base64url_decode: PLAIN => Bytes, 0..=0, NONE, |i| i.decoded("base64url", |text| text::decode(&text::LENIENT_URL, text));
    hex_decode: PLAIN => Bytes, 0..=0, NONE, |i| i.decoded("hexadecimal", text::from_hex);
    text: TEXT_OR_BYTES => Plain, 0..=0, NONE, |i| String::from_utf8(i.bytes()?).map(Value::from).map_err(|_| "`text`: these bytes are no text".into());
    urlencode: PLAIN => Plain, 0..=0, NONE, |i| plain(text::percent_encoded(&i.text()?));
    path: PLAIN => Plain, 0..=0, NONE, |i| text::path(&i.text()?).map(Value::from);
    formencode: PLAIN => Plain, 0..=0, NONE, |i| plain(byte_serialize(i.text()?.as_bytes()).collect());
    upper: PLAIN => Plain, 0..=0, NONE, |i| plain(i.text()?.to_uppercase());
    lower: PLAIN => Plain, 0..=0, NONE, |i| plain(i.text()?.to_lowercase());
    trim: PLAIN => Plain, 0..=0, NONE, |i| plain(i.text()?.trim().to_owned());
    replace: PLAIN => Plain, 2..=2, NONE, text::replace;
    split: PLAIN => Many, 1..=1, NONE, text::split;
    join: MANY => Plain, 1..=1, NONE, text::join;
    length: &[ExprType::Plain, ExprType::Many] => Plain, 0..=0, NONE, text::length;
    string: PLAIN => Plain, 0..=0, NONE, |i| plain(i.text()?);
    int: PLAIN => Plain, 0..=0, NONE, text::int;
    default: PLAIN => Plain, 1..=1, NONE, text::default;
    md5: TEXT_OR_BYTES => Bytes, 0..=0, NONE, |i| crypto::digest::<Md5>(i);
    sha1: TEXT_OR_BYTES => Bytes, 0..=0, NONE, |i| crypto::digest::<Sha1>(i);
    sha224: TEXT_OR_BYTES => Bytes, 0..=0, NONE, |i| crypto::digest::<Sha224>(i);
    sha256: TEXT_OR_BYTES => Bytes, 0..=0, NONE, |i| crypto::digest::<Sha256>(i);
    sha384: TEXT_OR_BYTES => Bytes, 0..=0, NONE, |i| crypto::digest::<Sha384>(i);
    sha512: TEXT_OR_BYTES => Bytes, 0..=0, NONE, |i| crypto::digest::<Sha512>(i);
    hmac_md5: TEXT_OR_BYTES => Bytes, 1..=1, NONE, |i| crypto::keyed::<Hmac<Md5>>(i);
    hmac_sha1: TEXT_OR_BYTES => Bytes, 1..=1, NONE, |i| crypto::keyed::<Hmac<Sha1>>(i);
    hmac_sha256: TEXT_OR_BYTES => Bytes, 1..=1, NONE, |i| crypto::keyed::<Hmac<Sha256>>(i);
    hmac_sha384: TEXT_OR_BYTES => Bytes, 1..=1, NONE, |i| crypto::keyed::<Hmac<Sha384>>(i);
    hmac_sha512: TEXT_OR_BYTES => Bytes, 1..=1, NONE, |i| crypto::keyed::<Hmac<Sha512>>(i);
    rsa_sha256: TEXT_OR_BYTES => Bytes, 1..=1, NONE, |i| crypto::rsa(i, &RSA_PKCS1_SHA256);
    rsa_sha384: TEXT_OR_BYTES => Bytes, 1..=1, NONE, |i| crypto::rsa(i, &RSA_PKCS1_SHA384);
    rsa_sha512: TEXT_OR_BYTES => Bytes, 1..=1, NONE, |i| crypto::rsa(i, &RSA_PKCS1_SHA512);
    jwt: MANY => Plain, 2..=2, None, crypto::jwt;
    date: PLAIN => Plain, 1..=2, NONE, text::date;
    json: &[ExprType::Plain, ExprType::Many] => Plain, 0..=0, NONE, |i| plain(to_json(&i.value)?.to_string());
    from_json: PLAIN => Any, 0..=0, NONE, text::from_json;
    xml: PLAIN => Plain, 0..=0, NONE, |i| plain(escaped_in_markup(&i.text()?));
    sorted_pairs: MANY => Plain, 2..=2, Some(&["encode", "skip_empty"]), text::sorted_pairs;
    merge: MANY => Many, 1..=1, NONE, text::merge;
}

pub(crate) fn find(name: &str) -> Option<&'static Filter> {
    FILTERS.iter().find(|filter| filter.name == name)
}

pub(crate) fn register(engine: &mut Environment<'_>, trial: bool) {
    for filter in FILTERS {
        let run = move |value: Value, args: Rest<Value>, named: Kwargs| -> Result<Value, Error> {
            let named = named.args().map(|name| Ok((name.to_owned(), named.get(name)?)));
            let named = named.collect::<Result<_, Error>>()?;
            let outcome = (filter.run)(&Input { value, args: args.to_vec(), named, trial });
            let outcome = outcome.and_then(|value| match size(&value) > LARGEST {
                true => Err("the text grows too long".into()),
                false => Ok(value),
            });
            outcome.map_err(input::error)
        };
        engine.add_filter(filter.name, run);
    }
}

fn size(value: &Value) -> usize {
    value.as_str().map(str::len).or_else(|| value.as_bytes().map(<[u8]>::len)).unwrap_or(0)
}

/// For the engine: a value within a text.
pub(crate) fn emit(out: &mut minijinja::Output<'_>, value: &Value) -> Result<(), Error> {
    let text = plain_text(value).map_err(input::error)?;
    std::fmt::Write::write_str(out, &text).map_err(Error::from)
}
