//! An answer as it comes in, never larger than the journal has room for. What came is kept even if
//! the rest does not.

use hyper::header::HeaderMap;

use crate::base::clock::Moment;
use crate::base::room::Room;
use crate::http::message::{Garbled, LARGEST_ANSWER, RawAnswer, Wanted};
use crate::http::unparsed::Unparsed;

/// With which a body in chunks ends (RFC 9112 section 7.1).
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";
/// Of those that are kept, in bytes.
const LARGEST_HEADERS: usize = 16 << 10;

#[derive(Default)]
pub(super) struct Partial {
    status: u16,
    headers: Vec<(String, String)>,
    body: Room,
    /// Nothing is missing, as far as the frame says.
    whole: bool,
    /// Without a body nothing is missing either: its status has none (RFC 9110 section 15.3), or nobody looks into it.
    bodiless: bool,
    garbled: Option<Garbled>,
}

impl Partial {
    /// Room for the whole body at once, so that later only bytes are copied. `None`: there is too little memory.
    pub(super) fn with_room() -> Option<Partial> {
        Some(Partial { body: Room::of(LARGEST_ANSWER)?, ..Partial::default() })
    }

    /// The frame says that the body has ended.
    pub(super) fn end(&mut self) {
        self.whole = true;
    }

    /// A success that is blank, or JSON that is open, is likely to go on, whatever its frame says. Of other formats
    /// nobody can see the end, and what came is not kept waiting.
    pub(super) fn may_go_on(&self) -> bool {
        let open = is_json(&self.body) && !is_closed(&self.body);
        let unfinished = open || (self.is_blank() && !self.bodiless);
        (200..300).contains(&self.status) && unfinished && self.room() > 0
    }

    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    /// Bytes after a body that its length or its chunks left open: nothing else can follow, for nothing else was asked
    /// for. One that ends as a whole value does is whole.
    pub(super) fn goes_on_with(&mut self, surplus: &[u8]) {
        // After a 101 follows another protocol.
        let may = self.status >= 200 && !is_closed(&self.body);
        if may && (!self.whole || !is_blank(surplus)) {
            self.whole = false;
            let _ = self.add(surplus);
        }
    }

    /// Of an answer whose head cannot be parsed, what there is.
    pub(super) fn take(&mut self, unparsed: &Unparsed<'_>) {
        self.garbled = Some(Garbled::Cut).filter(|_| unparsed.status != 0);
        self.status = unparsed.status;
        let _ = self.add(unparsed.body);
    }

    /// Of a body whose frame is wrong at `wrong`, what came behind what was made of it: nothing that was made is given up.
    pub(super) fn take_rest(&mut self, came: &[u8], wrong: Option<usize>) {
        let unparsed = Unparsed::of(came);
        self.garbled = Some(if came.ends_with(LAST_CHUNK) { Garbled::Ended } else { Garbled::Cut });
        // Of another status: so much came before the head that there was no room for what followed.
        if unparsed.status != self.status || is_closed(&self.body) || is_blank(unparsed.body) {
            return;
        }
        self.whole = false;
        let rest = match wrong.and_then(|at| came.split_at_checked(at)) {
            _ if self.is_blank() && is_chunk_line(unparsed.body) => return,
            _ if self.is_blank() => unparsed.body,
            // What is encoded takes nothing of the frame.
            Some((made, rest)) if is_json(&self.body) => without_frame(made, rest),
            Some(_) | None => return,
        };
        let _ = self.add(rest);
    }

    pub(super) fn is_blank(&self) -> bool {
        is_blank(&self.body)
    }

    pub(super) fn begin(&mut self, status: u16, headers: &HeaderMap, wanted: &Wanted) {
        self.status = status;
        self.bodiless = !wanted.body || matches!(status, 204 | 205);
        for name in &wanted.headers {
            for value in headers.get_all(name).iter().map(|value| text(value.as_bytes())) {
                // The body may hold a token, whatever the headers are.
                if self.headers_size() + name.len() + value.len() > LARGEST_HEADERS {
                    continue;
                }
                self.headers.push((name.clone(), value));
            }
        }
    }

    fn headers_size(&self) -> usize {
        self.headers.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// `Err`: there was more than there is room for.
    pub(super) fn add(&mut self, chunk: &[u8]) -> Result<(), Option<hyper::Error>> {
        let room = self.room();
        self.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room { Err(None) } else { Ok(()) }
    }

    /// The journal has room for so much of headers and body.
    fn room(&self) -> usize {
        LARGEST_ANSWER.saturating_sub(self.body.len() + self.headers_size())
    }

    pub(super) fn finish(self) -> RawAnswer {
        let Partial { status, headers, body, whole, garbled, .. } = self;
        RawAnswer { status, headers, body: body.into_vec(), complete: whole, garbled, at: Moment::now() }
    }
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.trim_ascii().is_empty()
}

fn is_json(body: &[u8]) -> bool {
    body.trim_ascii_start().first().is_some_and(|first| matches!(first, b'{' | b'['))
}

/// The size of a chunk, and nothing of the chunk.
fn is_chunk_line(bytes: &[u8]) -> bool {
    let line = bytes.trim_ascii_end();
    line.len() <= 16 && line.iter().all(u8::is_ascii_hexdigit)
}

/// Behind a chunk that is longer than its size the body goes on at once; a line between chunks that is none is left out.
fn without_frame<'a>(made: &[u8], rest: &'a [u8]) -> &'a [u8] {
    let rest = rest.strip_suffix(LAST_CHUNK).unwrap_or(rest);
    let mut lines = made.rsplit(|byte| *byte == b'\n');
    let (line, before) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default().trim_ascii());
    let size = std::str::from_utf8(before).ok().and_then(|digits| usize::from_str_radix(digits, 16).ok());
    // Of digits alone it may be the size of the next chunk, unless it is as long as its own says.
    if size == Some(line.len()) || !line.iter().all(u8::is_ascii_hexdigit) {
        return rest;
    }
    let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
    // What could be a line of the JSON is none of the frame.
    if rest[..end].iter().any(|byte| b"\"{}[]:,".contains(byte)) { rest } else { &rest[end..] }
}

/// It ends as a whole value does: a document with its last tag, JSON with as many brackets closed as opened.
fn is_closed(body: &[u8]) -> bool {
    let (mut depth, mut within, mut escaped) = (0_usize, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if within => escaped = true,
            b'"' => within = !within,
            b'{' | b'[' if !within => depth += 1,
            b'}' | b']' if !within => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    match body.trim_ascii().last() {
        Some(b'>') => !is_json(body),
        Some(b'}' | b']') => depth == 0 && !within,
        _ => false,
    }
}

/// What is not UTF-8 counts as ISO 8859-1, as it did before RFC 9110 (section 5.5): a token beside it is not lost.
fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(all: &[(&str, &[u8])]) -> HeaderMap {
        let name = |name: &str| HeaderName::from_bytes(name.as_bytes()).expect("a name");
        let value = |value: &[u8]| HeaderValue::from_bytes(value).expect("a value");
        all.iter().map(|(key, text)| (name(key), value(text))).collect()
    }

    fn begun(all: &[(&str, &[u8])], keep: &[&str]) -> Partial {
        let mut partial = Partial::with_room().expect("memory");
        let keep = keep.iter().map(|name| (*name).to_owned()).collect();
        partial.begin(200, &headers(all), &Wanted { headers: keep, body: true });
        partial
    }

    fn kept(partial: &Partial) -> Vec<(&str, usize)> {
        partial.headers.iter().map(|(name, value)| (name.as_str(), value.len())).collect()
    }

    #[test]
    fn only_headers_that_somebody_looks_for_are_kept_each_as_often_as_it_came() {
        let all: [(&str, &[u8]); 5] = [
            ("Set-Cookie", b"a=1"),
            ("Set-Cookie", b"b=22"),
            ("Date", b"today"),
            ("X-Other", b"other"),
            ("X-Token", b"caf\xe9"),
        ];
        let mut partial = begun(&all, &["date", "set-cookie", "x-token", "x-none"]);
        partial.end();
        let raw = partial.finish();
        let headers: Vec<(&str, &str)> =
            raw.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let wanted =
            [("date", "today"), ("set-cookie", "a=1"), ("set-cookie", "b=22"), ("x-token", "caf\u{e9}")];
        assert_eq!(headers, wanted, "bytes beyond ASCII are kept too");
        assert_eq!((raw.status, raw.complete, raw.body.len()), (200, true, 0));
    }

    #[test]
    fn a_header_that_is_too_large_is_left_out_and_those_after_it_are_kept() {
        let large = vec![b'x'; LARGEST_HEADERS - 3];
        let keep = ["l", "m", "s"];
        let partial = begun(&[("l", &large), ("s", b"1")], &keep);
        assert_eq!(kept(&partial), [("l", large.len()), ("s", 1)], "to the last byte");
        let partial = begun(&[("l", &large), ("s", b"12")], &keep);
        assert_eq!(kept(&partial), [("l", large.len())], "one byte more");
        let partial = begun(&[("l", &large[2..]), ("m", &large), ("m", b""), ("s", b"")], &keep);
        assert_eq!(kept(&partial), [("l", large.len() - 2), ("m", 0), ("s", 0)]);
    }

    #[test]
    fn a_body_is_cut_where_the_room_beside_the_headers_ends() {
        for (header, room) in [(0, LARGEST_ANSWER - 1), (999, LARGEST_ANSWER - 1_000)] {
            let mut partial = begun(&[("h", &vec![b'x'; header])], &["h"]);
            assert_eq!(partial.room(), room, "{header}");
            assert!(partial.add(&vec![1; room - 1]).is_ok() && partial.add(&[2]).is_ok(), "to the last byte");
            assert!(partial.add(&[]).is_ok() && partial.room() == 0);
            assert!(partial.add(&[3]).is_err(), "one byte more");
            let body = partial.finish().body;
            assert_eq!((body.len(), body.last()), (room, Some(&2)), "what came before it is kept");
        }
        let mut partial = Partial::default();
        assert!(partial.add(&vec![1; LARGEST_ANSWER + 7]).is_err());
        let raw = partial.finish();
        assert_eq!(
            (raw.body.len(), raw.complete, raw.status),
            (LARGEST_ANSWER, false, 0),
            "so much as has room"
        );
    }

    #[test]
    fn nothing_is_moved_while_a_body_grows() {
        let mut partial = begun(&[], &[]);
        let before = partial.body.as_ptr();
        assert!(partial.add(&vec![1; LARGEST_ANSWER]).is_ok());
        assert_eq!(partial.body.as_ptr(), before);
    }

    #[test]
    fn a_body_goes_on_behind_its_length_unless_it_ends_as_a_value_does() {
        for (status, body, surplus, goes_on) in [
            (200, r#"{"a":"b"#, r#""}"#, true),
            (200, "", "{}", true),
            (400, "err", "or", true),
            // Cut after a bracket that closes another, or stands in a text.
            (200, r#"{"a":{}"#, "}", true),
            (200, r#"{"a":"}"#, r#""}"#, true),
            (200, r#"{"a":"\"}"#, r#""}"#, true),
            (200, "{}", r#"{"a":1}"#, false),
            (200, r#"{"a":"\\"}"#, "x", false),
            (200, r#"{"a":"{[\""}"#, "x", false),
            (200, "[1]\r\n ", "x", false),
            (200, "<a></a>", "x", false),
            (200, r#"{"html":"<b>"#, r#"","a":1}"#, true),
            (200, "a=b", "\r\n", false),
            (200, "a=b", "", false),
            (101, "", "x", false),
        ] {
            let mut partial = Partial::with_room().expect("memory");
            partial.status = status;
            assert!(partial.add(body.as_bytes()).is_ok());
            partial.end();
            partial.goes_on_with(surplus.as_bytes());
            let wanted = if goes_on { format!("{body}{surplus}") } else { body.to_owned() };
            let raw = partial.finish();
            assert_eq!((raw.complete, raw.body), (!goes_on, wanted.into_bytes()), "{body}");
        }
    }

    #[test]
    fn a_success_is_waited_for_only_where_a_body_may_yet_come() {
        for (status, body, looked_at, may) in [
            (200, "", true, true),
            (200, " ", true, true),
            (200, r#"{"a":"#, true, true),
            (200, r#"{"a":"#, false, true),
            (200, "", false, false),
            (204, "", true, false),
            (205, "", true, false),
            (200, "{}", true, false),
            (200, "a=b", true, false),
            (400, "", true, false),
        ] {
            let mut partial = Partial::with_room().expect("memory");
            partial.begin(status, &HeaderMap::new(), &Wanted { headers: Vec::new(), body: looked_at });
            assert!(partial.add(body.as_bytes()).is_ok());
            assert_eq!(partial.may_go_on(), may, "{status} {body:?} {looked_at}");
        }
    }

    #[test]
    fn what_was_made_of_a_body_is_kept_and_what_came_behind_it_is_added() {
        for (status, made, came, wanted) in [
            (200, "", "{}", "{}"),
            (200, "", "1a\r\n", ""),
            (200, "", "^zz\r\n{}", "zz\r\n{}"),
            // A size that is too small: the rest of the chunk follows at once.
            (200, "{\"a\"", "4\r\n{\"a\"^:1}\r\n0\r\n\r\n", "{\"a\":1}\r\n"),
            (200, "{\"a\":\"b", "5\r\n{\"a\":\r\n2\r\n\"b^\"}\r\n0\r\n\r\n", "{\"a\":\"b\"}\r\n"),
            // A line of the frame that is none.
            (200, "{\"r\":\"abcd\"", "8\r\n{\"r\":\"ab\r\n3\r\ncd\"\r\n^zz\r\n", "{\"r\":\"abcd\""),
            (200, "a=b&r=1", "7\r\na=b&r=1\r\n^\r\n0\r\n\r\n", "a=b&r=1"),
            (200, "[1,2", "4\r\n[1,2\r\n1^z\r\n,3]", "[1,2,3]"),
            (200, "[1,2", "4\r\n[1,2\r\n", "[1,2"),
            (200, "[00", "2\r\n[0\r\n1\r\n0^0]\r\n0\r\n\r\n", "[000]\r\n"),
            // Lines of the JSON itself, where a size is too small by all of them.
            (200, "{\n", "2\r\n{\n^\"a\":1,\n\"b\":2}\r\n0\r\n\r\n", "{\n\"a\":1,\n\"b\":2}\r\n"),
            (200, "{", "1\r\n{\r\n^\"a\":1,\r\n\"b\":2}", "{\"a\":1,\r\n\"b\":2}"),
            // Nothing is added to what may be encoded.
            (200, "a=b", "2\r\na=b^c", "a=b"),
            (200, "{}", "2\r\n{}\r\n^zz\r\n3", "{}"),
            (200, "a=b", " \r\n^x", "a=b"),
            (0, "a", "^x", "a"),
        ] {
            let came = format!("HTTP/1.1 200 OK\r\n\r\n{came}");
            let wrong = came.find('^');
            let mut partial = begun(&[], &[]);
            partial.status = status;
            assert!(partial.add(made.as_bytes()).is_ok());
            partial.take_rest(came.replace('^', "").as_bytes(), wrong);
            let body = partial.finish().body;
            assert_eq!(String::from_utf8_lossy(&body), wanted, "{came:?}");
        }
    }
}
