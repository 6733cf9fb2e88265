//! The closed set of filters: one table that says what each takes and gives, read
//! by the check of a template and by the engine alike.
//!
//! Words of an error are ours and hold no value: values are secrets here.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use md5::Md5;
use minijinja::value::{Kwargs, Object, Rest, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Value};
use ring::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding};
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use url::form_urlencoded::byte_serialize;

use super::sign::{self, Alg};
use super::utc_offset::UtcOffset;

/// What an expression is, as far as it can be known before there are values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
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
    pub(crate) takes: &'static [Kind],
    pub(crate) gives: Kind,
    /// How many arguments.
    pub(crate) least: usize,
    pub(crate) most: usize,
    /// Which may be given by name; `None`: any.
    pub(crate) named: Option<&'static [&'static str]>,
    run: fn(&Input) -> Outcome,
}

type Outcome = Result<Value, String>;

/// What one use of a filter is given.
pub(crate) struct Input {
    value: Value,
    args: Vec<Value>,
    named: BTreeMap<String, Value>,
    /// Values are stand-ins: nothing is decoded, parsed or signed with.
    trial: bool,
}

const PLAIN: &[Kind] = &[Kind::Plain];
const TEXT_OR_BYTES: &[Kind] = &[Kind::Plain, Kind::Bytes];
const MANY: &[Kind] = &[Kind::Many];
const NONE: Option<&[&str]> = Some(&[]);

macro_rules! filters {
    ($($name:ident: $takes:expr => $gives:ident, $least:literal..=$most:literal, $named:expr, $run:expr;)*) => {
        pub(crate) const FILTERS: &[Filter] = &[$(Filter {
            name: stringify!($name), takes: $takes, gives: Kind::$gives, least: $least, most: $most, named: $named, run: $run,
        },)*];
    };
}

filters! {
    base64: TEXT_OR_BYTES => Plain, 0..=0, NONE, |i| text(BASE64_STANDARD.encode(i.bytes()?));
    base64url: TEXT_OR_BYTES => Plain, 0..=0, NONE, |i| text(BASE64_URL_SAFE_NO_PAD.encode(i.bytes()?));
    hex: TEXT_OR_BYTES => Plain, 0..=0, NONE, |i| text(to_hex(&i.bytes()?));
    base64_decode: PLAIN => Bytes, 0..=0, NONE, |i| i.decoded("base64", |text| decode(&LENIENT, text));
    base64url_decode: PLAIN => Bytes, 0..=0, NONE, |i| i.decoded("base64url", |text| decode(&LENIENT_URL, text));
    hex_decode: PLAIN => Bytes, 0..=0, NONE, |i| i.decoded("hexadecimal", from_hex);
    text: TEXT_OR_BYTES => Plain, 0..=0, NONE, |i| String::from_utf8(i.bytes()?).map(Value::from).map_err(|_| "`text`: these bytes are no text".into());
    urlencode: PLAIN => Plain, 0..=0, NONE, |i| text(percent_encoded(&i.text()?));
    formencode: PLAIN => Plain, 0..=0, NONE, |i| text(byte_serialize(i.text()?.as_bytes()).collect());
    upper: PLAIN => Plain, 0..=0, NONE, |i| text(i.text()?.to_uppercase());
    lower: PLAIN => Plain, 0..=0, NONE, |i| text(i.text()?.to_lowercase());
    trim: PLAIN => Plain, 0..=0, NONE, |i| text(i.text()?.trim().to_owned());
    replace: PLAIN => Plain, 2..=2, NONE, replace;
    split: PLAIN => Many, 1..=1, NONE, split;
    join: MANY => Plain, 1..=1, NONE, join;
    length: &[Kind::Plain, Kind::Many] => Plain, 0..=0, NONE, length;
    string: PLAIN => Plain, 0..=0, NONE, |i| text(i.text()?);
    int: PLAIN => Plain, 0..=0, NONE, int;
    default: PLAIN => Plain, 1..=1, NONE, default;
    md5: TEXT_OR_BYTES => Bytes, 0..=0, NONE, |i| digest::<Md5>(i);
    sha1: TEXT_OR_BYTES => Bytes, 0..=0, NONE, |i| digest::<Sha1>(i);
    sha224: TEXT_OR_BYTES => Bytes, 0..=0, NONE, |i| digest::<Sha224>(i);
    sha256: TEXT_OR_BYTES => Bytes, 0..=0, NONE, |i| digest::<Sha256>(i);
    sha384: TEXT_OR_BYTES => Bytes, 0..=0, NONE, |i| digest::<Sha384>(i);
    sha512: TEXT_OR_BYTES => Bytes, 0..=0, NONE, |i| digest::<Sha512>(i);
    hmac_md5: TEXT_OR_BYTES => Bytes, 1..=1, NONE, |i| keyed::<Hmac<Md5>>(i);
    hmac_sha1: TEXT_OR_BYTES => Bytes, 1..=1, NONE, |i| keyed::<Hmac<Sha1>>(i);
    hmac_sha256: TEXT_OR_BYTES => Bytes, 1..=1, NONE, |i| keyed::<Hmac<Sha256>>(i);
    hmac_sha384: TEXT_OR_BYTES => Bytes, 1..=1, NONE, |i| keyed::<Hmac<Sha384>>(i);
    hmac_sha512: TEXT_OR_BYTES => Bytes, 1..=1, NONE, |i| keyed::<Hmac<Sha512>>(i);
    rsa_sha256: TEXT_OR_BYTES => Bytes, 1..=1, NONE, |i| rsa(i, &RSA_PKCS1_SHA256);
    rsa_sha384: TEXT_OR_BYTES => Bytes, 1..=1, NONE, |i| rsa(i, &RSA_PKCS1_SHA384);
    rsa_sha512: TEXT_OR_BYTES => Bytes, 1..=1, NONE, |i| rsa(i, &RSA_PKCS1_SHA512);
    jwt: MANY => Plain, 2..=2, None, jwt;
    date: PLAIN => Plain, 1..=2, NONE, date;
    json: &[Kind::Plain, Kind::Many] => Plain, 0..=0, NONE, |i| text(to_json(&i.value)?.to_string());
    from_json: PLAIN => Any, 0..=0, NONE, from_json;
    xml: PLAIN => Plain, 0..=0, NONE, |i| text(xml_escaped(&i.text()?));
    sorted_pairs: MANY => Plain, 2..=2, Some(&["encode", "skip_empty"]), sorted_pairs;
    merge: MANY => Many, 1..=1, NONE, merge;
}

pub(crate) fn find(name: &str) -> Option<&'static Filter> {
    FILTERS.iter().find(|filter| filter.name == name)
}

/// What a filter takes and gives: far above any secret.
const LARGEST: usize = 1 << 20;

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
            outcome.map_err(ours)
        };
        engine.add_filter(filter.name, run);
    }
}

/// An error whose words may be shown.
#[derive(Debug)]
struct Ours(String);

impl fmt::Display for Ours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Ours {}

fn ours(words: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, "").with_source(Ours(words))
}

/// The words of one of our filters; the engine's own quote operands.
pub(crate) fn words_of(error: &Error) -> Option<String> {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if let Some(Ours(words)) = error.downcast_ref::<Ours>() {
            return Some(words.clone());
        }
        cause = error.source();
    }
    None
}

impl Input {
    fn text(&self) -> Result<String, String> {
        plain_text(&self.value)
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        bytes_of(&self.value)
    }

    fn arg(&self, at: usize) -> Result<String, String> {
        plain_text(&self.args[at])
    }

    fn is(&self, name: &str) -> bool {
        self.named.get(name).is_some_and(Value::is_true)
    }

    fn decoded(&self, what: &str, decode: impl Fn(&str) -> Option<Vec<u8>>) -> Outcome {
        let text = self.text()?;
        match decode(text.trim()) {
            Some(bytes) => Ok(Value::from_bytes(bytes)),
            None if self.trial => Ok(Value::from_bytes(text.into_bytes())),
            None => Err(format!("a value that should be {what} is not")),
        }
    }
}

fn text(text: String) -> Outcome {
    Ok(Value::from(text))
}

fn size(value: &Value) -> usize {
    value.as_str().map(str::len).or_else(|| value.as_bytes().map(<[u8]>::len)).unwrap_or(0)
}

/// For the engine: a value within a text.
pub(crate) fn emit(out: &mut minijinja::Output<'_>, value: &Value) -> Result<(), Error> {
    let text = plain_text(value).map_err(ours)?;
    fmt::Write::write_str(out, &text).map_err(Error::from)
}

/// What a request can carry, as it would carry it.
pub(crate) fn plain_text(value: &Value) -> Result<String, String> {
    match value.kind() {
        ValueKind::String | ValueKind::Number | ValueKind::Bool => Ok(value.to_string()),
        _ if value.downcast_object_ref::<Anything>().is_some() => Ok(value.to_string()),
        ValueKind::Bytes => {
            Err("bytes are no text; `hex`, `base64` or `base64url` makes text of them".into())
        }
        ValueKind::None => Err("`none` stands where a text is needed".into()),
        ValueKind::Undefined => Err("there is no such value".into()),
        _ => Err("a list or a map is no text; `json`, `join` or `sorted_pairs` makes text of it".into()),
    }
}

fn bytes_of(value: &Value) -> Result<Vec<u8>, String> {
    match value.kind() {
        ValueKind::Bytes => Ok(value.as_bytes().unwrap_or_default().to_vec()),
        _ => plain_text(value).map(String::into_bytes),
    }
}

const LENIENT_CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const LENIENT: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT_CONFIG);
const LENIENT_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT_CONFIG);

/// Whichever alphabet it is in: they differ in two letters.
fn decode(first: &GeneralPurpose, text: &str) -> Option<Vec<u8>> {
    first.decode(text).or_else(|_| LENIENT.decode(text)).or_else(|_| LENIENT_URL.decode(text)).ok()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.chars().map(|c| u8::try_from(c.to_digit(16)?).ok()).collect::<Option<_>>()?;
    let pairs = digits.chunks(2).map(|pair| Some(pair[0] << 4 | pair.get(1)?));
    pairs.collect()
}

/// RFC 3986 section 2.3: only the unreserved characters stay.
pub(crate) fn percent_encoded(text: &str) -> String {
    let letter = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(letter).collect()
}

fn xml_escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c => out.push(c),
        }
    }
    out
}

fn default(input: &Input) -> Outcome {
    Ok(if input.text()?.is_empty() { input.args[0].clone() } else { input.value.clone() })
}

fn replace(input: &Input) -> Outcome {
    let (whole, from, to) = (input.text()?, input.arg(0)?, input.arg(1)?);
    if whole.matches(&from).count().saturating_mul(to.len()) > LARGEST {
        return Err("the text grows too long".into());
    }
    text(whole.replace(&from, &to))
}

fn split(input: &Input) -> Outcome {
    let (text, by) = (input.text()?, input.arg(0)?);
    if by.is_empty() {
        return Err("`split` needs what to split at".into());
    }
    if input.trial {
        // However many pieces there will be, the stand-in has as many.
        return Ok(Value::from(vec![Value::from(text); 32]));
    }
    Ok(Value::from(text.split(by.as_str()).map(Value::from).collect::<Vec<_>>()))
}

fn join(input: &Input) -> Outcome {
    let by = input.arg(0)?;
    let items = input.value.try_iter().map_err(|_| "`join` needs a list".to_owned())?;
    let items: Vec<String> = items.map(|item| plain_text(&item)).collect::<Result<_, _>>()?;
    if items.len().saturating_mul(by.len()) > LARGEST {
        return Err("the text grows too long".into());
    }
    text(items.join(&by))
}

fn length(input: &Input) -> Outcome {
    let count = input.value.as_str().map(|text| text.chars().count()).or_else(|| input.value.len());
    count.map(Value::from).ok_or_else(|| "`length` needs a text or a list".into())
}

fn int(input: &Input) -> Outcome {
    let text = input.text()?;
    match text.trim().parse::<i64>() {
        Ok(number) => Ok(Value::from(number)),
        Err(_) if input.trial => Ok(Value::from(0)),
        Err(_) => Err("a value that should be a whole number is none".into()),
    }
}

fn digest<D: Digest>(input: &Input) -> Outcome {
    Ok(Value::from_bytes(D::digest(input.bytes()?).to_vec()))
}

fn keyed<M: Mac + KeyInit>(input: &Input) -> Outcome {
    let key = bytes_of(&input.args[0])?;
    let mut mac = <M as Mac>::new_from_slice(&key).map_err(|_| "the key cannot be used".to_owned())?;
    mac.update(&input.bytes()?);
    Ok(Value::from_bytes(mac.finalize().into_bytes().to_vec()))
}

fn rsa(input: &Input, scheme: &'static dyn RsaEncoding) -> Outcome {
    let (message, key) = (input.bytes()?, bytes_of(&input.args[0])?);
    let signed = if input.trial { Ok([message, key].concat()) } else { sign::rsa(scheme, &key, &message) };
    signed.map(Value::from_bytes)
}

fn jwt(input: &Input) -> Outcome {
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
    text(sign::jwt(alg.ok_or_else(|| unknown_alg(""))?, &key, header, &claims)?)
}

/// `word` only where it stands in the template itself.
fn unknown_alg(word: &str) -> String {
    let words = Alg::words();
    let close = crate::base::suggest::did_you_mean(word, words.split(", "));
    let advice = close.map(|close| format!(", did you mean `{close}`?")).unwrap_or_default();
    format!("`jwt` knows the algorithms {words}{advice}")
}

fn date(input: &Input) -> Outcome {
    let seconds = input.text()?.parse::<i64>().or(if input.trial { Ok(0) } else { Err(()) });
    let seconds = seconds.map_err(|()| "`date` needs seconds since 1970, as `now` is".to_owned())?;
    let offset = match input.args.get(1) {
        Some(offset) => UtcOffset::parse(&plain_text(offset)?)?.0,
        None => jiff::tz::Offset::UTC,
    };
    let time = jiff::Timestamp::from_second(seconds).map_err(|_| "`date`: no such time".to_owned())?;
    let zoned = time.to_zoned(jiff::tz::TimeZone::fixed(offset));
    let format = input.arg(0)?;
    let written = jiff::fmt::strtime::format(&format, &zoned).ok();
    // Without a letter it is the same text every day.
    let written = written.filter(|_| !input.trial || format.contains('%') || format == STAND_IN);
    written.map(Value::from).ok_or_else(|| {
        "`date` does not know this format; its letters are those of strftime, as in `%Y-%m-%d`".into()
    })
}

/// Stands for every value when a template is tried before there are any.
pub(crate) const STAND_IN: &str = "x";

/// In a trial: whatever may stand in a JSON text, with all the members that it is asked for.
#[derive(Debug)]
struct Anything(String);

impl Object for Anything {
    fn get_value(self: &Arc<Self>, _: &Value) -> Option<Value> {
        Some(Value::from_dyn_object(Arc::clone(self)))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn from_json(input: &Input) -> Outcome {
    let text = input.text()?;
    match serde_json::from_str::<serde_json::Value>(&text) {
        _ if input.trial => Ok(Value::from_object(Anything(text))),
        Ok(value) => Ok(from_json_value(&value)),
        Err(_) => Err("a value that should be JSON is not".into()),
    }
}

pub(crate) fn from_json_value(value: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match value {
        Json::Null => Value::from(()),
        Json::Bool(truth) => Value::from(*truth),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Value::from(whole),
            (None, Some(whole)) => Value::from(whole),
            (None, None) => Value::from(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(list) => Value::from(list.iter().map(from_json_value).collect::<Vec<_>>()),
        Json::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.clone(), from_json_value(value)));
            Value::from_object(members.collect::<BTreeMap<_, _>>())
        }
    }
}

pub(crate) fn to_json(value: &Value) -> Result<serde_json::Value, String> {
    use serde_json::Value as Json;
    Ok(match value.kind() {
        ValueKind::None => Json::Null,
        ValueKind::Bool => Json::Bool(value.is_true()),
        ValueKind::Number => {
            serde_json::from_str(&value.to_string()).map_err(|_| "this number is none of JSON")?
        }
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter().map_err(|_| "this list cannot be read")?;
            Json::Array(items.map(|item| to_json(&item)).collect::<Result<_, _>>()?)
        }
        ValueKind::Map if value.downcast_object_ref::<Anything>().is_none() => {
            let names = value.try_iter().map_err(|_| "this map cannot be read")?;
            let members = names.map(|name| {
                let member = value.get_item(&name).map_err(|_| "this map cannot be read")?;
                Ok((name.to_string(), to_json(&member)?))
            });
            Json::Object(members.collect::<Result<_, String>>()?)
        }
        _ => Json::String(plain_text(value)?),
    })
}

/// Names in the order of their bytes: what signed APIs call canonical.
fn sorted_pairs(input: &Input) -> Outcome {
    let (within, between) = (input.arg(0)?, input.arg(1)?);
    let shown = |text: String| if input.is("encode") { percent_encoded(&text) } else { text };
    let mut pairs: Vec<(String, String)> = Vec::new();
    for name in input.value.try_iter().map_err(|_| "`sorted_pairs` needs a map".to_owned())? {
        let value = input.value.get_item(&name).map_err(|_| "`sorted_pairs` needs a map".to_owned())?;
        let values = match value.kind() {
            ValueKind::Seq => value.try_iter().map_or_else(|_| Vec::new(), Iterator::collect),
            _ => vec![value],
        };
        for value in values {
            let value = match value.kind() {
                ValueKind::Map | ValueKind::Seq => to_json(&value)?.to_string(),
                _ => plain_text(&value)?,
            };
            if !(value.is_empty() && input.is("skip_empty")) {
                pairs.push((plain_text(&name)?, value));
            }
        }
    }
    pairs.sort();
    let joined: Vec<String> =
        pairs.into_iter().map(|(name, value)| shown(name) + &within + &shown(value)).collect();
    text(joined.join(&between))
}

fn merge(input: &Input) -> Outcome {
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    for map in [&input.value, &input.args[0]] {
        for name in map.try_iter().map_err(|_| "`merge` needs two maps".to_owned())? {
            let value = map.get_item(&name).map_err(|_| "`merge` needs two maps".to_owned())?;
            all.insert(plain_text(&name)?, value);
        }
    }
    Ok(Value::from_object(all))
}
