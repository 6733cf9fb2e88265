//! What was done to the bytes on their way is undone: chunk sizes that were left in, content encodings (RFC 9110
//! section 8.4), also unasked and unannounced, and Base64. Never more than [`LARGEST`] bytes of each.

use std::borrow::Cow;
use std::io::{ErrorKind, Read};

use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, Engine as _};

use super::oddity::Oddity;

/// Decoded, in bytes.
pub(super) const LARGEST: usize = 256 << 10;
/// So many times something is undone.
const MOST: usize = 6;
/// What a decoder may keep to look back on, in bytes.
const WINDOW: u64 = 8 << 20;

/// The bytes below every encoding.
pub(super) struct Bare<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    pub(super) odd: Vec<Oddity>,
    /// An encoding breaks off: more may have followed.
    pub(super) cut: bool,
}

/// `named`: what the headers say, in the order in which it was applied. `garbled`: other bytes may lie between, which only a
/// checksum tells.
pub(super) fn undo<'a>(raw: &'a [u8], named: &str, garbled: bool) -> Bare<'a> {
    let mut named: Vec<String> = named.split(',').map(|name| name.trim().to_lowercase()).collect();
    let mut bare = Bare { bytes: Cow::Borrowed(raw), odd: Vec::new(), cut: false };
    for _ in 0..MOST {
        let last = named.last().map(String::as_str).unwrap_or_default();
        let found = layer(&bare.bytes, last).filter(|layer| layer.is_proven || !garbled);
        let Some(layer) = found else {
            // Said, but not done.
            match named.pop() {
                Some(_) => continue,
                None => break,
            }
        };
        if layer.is_named {
            named.pop();
        }
        bare.bytes = Cow::Owned(layer.bytes);
        bare.odd.push(layer.odd);
        bare.cut |= layer.cut;
        if bare.cut {
            bare.odd.push(Oddity::EncodingCut);
            break;
        }
    }
    bare
}

struct Layer {
    bytes: Vec<u8>,
    odd: Oddity,
    cut: bool,
    /// It is the one that the headers name last.
    is_named: bool,
    /// All of it came, and nothing else: a checksum says so, or there is no need of one.
    is_proven: bool,
}

fn layer(bytes: &[u8], named: &str) -> Option<Layer> {
    let coded = |name: &'static str, (bytes, cut): (Vec<u8>, bool), checked: bool| Layer {
        bytes,
        odd: Oddity::Encoded(name),
        cut,
        is_named: true,
        is_proven: checked && !cut,
    };
    let plain = |bytes, odd| Layer { bytes, odd, cut: false, is_named: false, is_proven: true };
    if bytes.starts_with(b"\x1f\x8b") {
        return gzip(bytes).map(|found| coded("gzip", found, true));
    }
    if bytes.starts_with(b"\x28\xb5\x2f\xfd") {
        return zstd(bytes).map(|(found, checked)| coded("zstd", found, checked));
    }
    if is_zlib(bytes)
        && let Some(found) = read(flate2::bufread::ZlibDecoder::new(bytes))
    {
        return Some(coded("deflate", found, true));
    }
    if let Some(whole) = chunks(bytes) {
        return Some(plain(whole, Oddity::Chunks));
    }
    if let Some(whole) = base64(bytes) {
        return Some(plain(whole, Oddity::Base64));
    }
    // These have no mark of their own, so they must be binary and come to a text.
    let binary = bytes.iter().any(|b| *b < 9) || std::str::from_utf8(bytes).is_err();
    if !binary {
        return None;
    }
    let mut decoder = flate2::bufread::DeflateDecoder::new(bytes);
    if let Some(found) = read(&mut decoder)
        && (is_text(&found.0) || (named == "deflate" && !found.1 && decoder.into_inner().is_empty()))
    {
        return Some(coded("deflate", found, false));
    }
    let found = read(brotli_decompressor::Decompressor::new(bytes, 4_096)).filter(|found| is_text(&found.0));
    found.map(|found| coded("br", found, false))
}

/// So far as it came, in UTF-8 or wider.
fn is_text(bytes: &[u8]) -> bool {
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=127, 0, ..] | [1..=127, 0, _, 0, ..]) {
        return true;
    }
    let text = std::str::from_utf8(bytes).or_else(|cut| match cut.error_len() {
        None => std::str::from_utf8(&bytes[..cut.valid_up_to()]),
        Some(_) => Err(cut),
    });
    text.is_ok_and(|text| text.len() > 8 && text.bytes().filter(|b| *b < 9).count() * 16 < text.len())
}

/// RFC 1950 section 2.2.
fn is_zlib(bytes: &[u8]) -> bool {
    let [first, second, ..] = bytes else { return false };
    first & 0x8f == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0
}

/// One frame (RFC 8878), and whether it has a checksum, which the decoder itself does not compare.
fn zstd(bytes: &[u8]) -> Option<((Vec<u8>, bool), bool)> {
    let mut decoder = ruzstd::decoding::StreamingDecoder::new_with_max_window_size(bytes, WINDOW).ok()?;
    let found = read(&mut decoder)?;
    let frame = decoder.into_frame_decoder();
    let said = frame.get_checksum_from_data();
    (said.is_none() || said == frame.get_calculated_checksum()).then_some((found, said.is_some()))
}

/// All members of it (RFC 1952); what follows them is padding.
fn gzip(bytes: &[u8]) -> Option<(Vec<u8>, bool)> {
    let (mut rest, mut all) = (bytes, Vec::new());
    while rest.starts_with(b"\x1f\x8b") {
        let mut decoder = flate2::bufread::GzDecoder::new(rest);
        let (part, cut) = read(&mut decoder)?;
        all.extend(part);
        if cut || all.len() > LARGEST {
            return (all.len() <= LARGEST).then_some((all, true));
        }
        rest = decoder.into_inner();
    }
    Some((all, false))
}

/// What it gives, and whether it broke off. `None`: too much, or not what it says it is.
fn read(decoder: impl Read) -> Option<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    let mut decoder = decoder.take(LARGEST as u64 + 1);
    let ended = decoder.read_to_end(&mut bytes);
    if bytes.len() > LARGEST {
        return None;
    }
    match ended {
        Ok(_) => Some((bytes, false)),
        Err(cause) if cause.kind() == ErrorKind::UnexpectedEof && !bytes.is_empty() => Some((bytes, true)),
        Err(_) => None,
    }
}

/// The transfer coding of RFC 9112 section 7.1, whole.
fn chunks(bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut rest, mut all) = (bytes, Vec::new());
    loop {
        let end = rest.iter().take(100).position(|b| *b == b'\n')?;
        let line = std::str::from_utf8(&rest[..end]).ok()?.trim_end();
        let digits = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
        rest = &rest[end + 1..];
        if size == 0 {
            return (!all.is_empty()).then_some(all);
        }
        all.extend(rest.get(..size)?);
        rest = &rest[size..];
        rest = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n"))?;
    }
}

/// Only of what has a beginning that can be told.
fn base64(bytes: &[u8]) -> Option<Vec<u8>> {
    let known = |b: &u8| b.is_ascii_alphanumeric() || b"+/=-_\r\n \t\"".contains(b);
    if bytes.len() < 16 || !bytes.iter().all(known) {
        return None;
    }
    let letter = |b: &u8| match b {
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        b'=' | b'"' | b'\r' | b'\n' | b' ' | b'\t' => None,
        other => Some(*other),
    };
    let letters: Vec<u8> = bytes.iter().filter_map(letter).collect();
    let whole = BASE64_STANDARD_NO_PAD.decode(&letters).or_else(|_| BASE64_STANDARD.decode(&letters)).ok()?;
    let begins = [&b"{"[..], b"[{", b"\x1f\x8b", b"\xef\xbb\xbf{", b"\"{", b" {", b"\n{", b"\r\n{"];
    begins.iter().any(|begin| whole.starts_with(begin)).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_or_damaged_is_not_taken() {
        use std::io::Write as _;
        let gzip = |bytes: &[u8]| {
            let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            to.write_all(bytes).expect("written");
            to.finish().expect("finished")
        };
        let (largest, larger) = (gzip(&vec![b' '; LARGEST]), gzip(&vec![b' '; LARGEST + 1]));
        assert_eq!(undo(&largest, "", false).bytes.len(), LARGEST);
        assert_eq!(undo(&larger, "gzip", false).bytes, larger, "stays as it is");
        let twice = [gzip(&vec![b' '; LARGEST]), gzip(b" ")].concat();
        assert_eq!(undo(&twice, "", false).bytes, twice);
        let two = [gzip(b"{\"a\":"), gzip(b"1}"), b"\0\0".to_vec()].concat();
        assert_eq!(&*undo(&two, "", false).bytes, b"{\"a\":1}");
        let mut damaged = gzip(b"{\"a\":1}");
        let sum = damaged.len() - 6;
        damaged[sum] ^= 1;
        assert_eq!(undo(&damaged, "gzip", false).bytes, damaged);
        let cut = undo(&two[..two.len() - 12], "", false);
        assert!(cut.cut && cut.odd.contains(&Oddity::EncodingCut));
        let mut many = b"{}".to_vec();
        for _ in 0..=MOST {
            many = gzip(&many);
        }
        assert!(undo(&many, "", false).bytes.starts_with(b"\x1f\x8b"), "not without an end");
    }

    /// Of 86 bytes, with a checksum, as its own program writes it.
    const ZSTD: [u8; 68] = [
        0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0xbd, 0x01, 0x00, 0xf4, 0x02, 0x7b, 0x22, 0x72, 0x65, 0x66, 0x72,
        0x65, 0x73, 0x68, 0x5f, 0x74, 0x6f, 0x6b, 0x65, 0x6e, 0x22, 0x3a, 0x22, 0x72, 0x74, 0x31, 0x2d, 0x30,
        0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68,
        0x69, 0x6a, 0x22, 0x2c, 0x22, 0x61, 0x7d, 0x01, 0x00, 0x16, 0x8c, 0x2a, 0x03, 0xdb, 0x34, 0x2f, 0xf7,
    ];

    #[test]
    fn what_does_not_come_to_its_checksum_is_not_unpacked() {
        let whole = undo(&ZSTD, "zstd", false);
        assert!(whole.bytes.starts_with(b"{\"refresh_token\":\"rt1-0123456789abcdefghij\","));
        for at in 6..ZSTD.len() {
            for bit in 0..8 {
                let mut damaged = ZSTD;
                damaged[at] ^= 1 << bit;
                let undone = undo(&damaged, "zstd", false);
                let as_it_was = undone.bytes == whole.bytes || undone.bytes[..] == damaged[..];
                assert!(as_it_was || undone.cut, "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn texts_are_no_encodings() {
        for text in [
            &b""[..],
            b"{}",
            b"({\"a\":1})",
            b"x\x9c",
            b"0",
            b"0\r\n\r\n",
            b"5\r\nabc",
            b"abcdefghijklmnopqrst",
            b"access_token=at&refresh_token=rt",
            b"\xff\xfe{\0}\0",
            "{\"n\":\"é\u{1}\"}".as_bytes(),
        ] {
            assert_eq!(&*undo(text, "gzip, deflate, br, zstd, identity", false).bytes, text, "{text:?}");
        }
    }
}
