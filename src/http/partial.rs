//! An answer as it comes in, never larger than the journal has room for. What came is kept even if
//! the rest does not.

use hyper::header::HeaderMap;

use crate::base::clock::Moment;
use crate::http::message::RawAnswer;
use crate::http::unparsed::Unparsed;

const LARGEST_BODY: usize = 48 << 10;
/// Of those that are kept, in bytes.
const LARGEST_HEADERS: usize = 16 << 10;
const MOST_HEADERS: usize = 1_000;

#[derive(Default)]
pub(super) struct Partial {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Partial {
    /// Room for the whole body at once, so that later only bytes are copied. `None`: there is too little memory.
    pub(super) fn with_room() -> Option<Partial> {
        let mut partial = Partial::default();
        partial.body.try_reserve_exact(LARGEST_BODY).ok()?;
        Some(partial)
    }

    /// Bytes after a body that its length or its chunks left open. One that ends as a whole value does is whole.
    pub(super) fn goes_on_with(&mut self, surplus: &[u8]) -> bool {
        let last = |bytes: &[u8]| bytes.iter().rfind(|byte| !byte.is_ascii_whitespace()).copied();
        let closed = last(&self.body).is_some_and(|byte| b"}]>".contains(&byte));
        // After a 101 follows another protocol.
        let goes_on = self.status >= 200 && !closed && last(surplus).is_some();
        if goes_on {
            let _ = self.add(surplus);
        }
        goes_on
    }

    /// Of an answer whose head cannot be parsed, what there is.
    pub(super) fn take(&mut self, unparsed: &Unparsed<'_>) {
        self.status = unparsed.status;
        let _ = self.add(unparsed.body);
    }

    pub(super) fn begin(
        &mut self,
        status: u16,
        headers: &HeaderMap,
        keep: &[String],
    ) -> Result<(), Option<hyper::Error>> {
        self.status = status;
        for name in keep {
            for value in headers.get_all(name).iter().map(|value| text(value.as_bytes())) {
                // The body may hold a token, whatever the headers are.
                if self.headers_size() + name.len() + value.len() > LARGEST_HEADERS {
                    continue;
                }
                self.headers.push((name.clone(), value));
            }
        }
        if headers.len() > MOST_HEADERS { Err(None) } else { Ok(()) }
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
        LARGEST_BODY.saturating_sub(self.body.len() + self.headers_size())
    }

    pub(super) fn finish(self, complete: bool) -> RawAnswer {
        RawAnswer { status: self.status, headers: self.headers, body: self.body, complete, at: Moment::now() }
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

    fn begun(all: &[(&str, &[u8])], keep: &[&str]) -> (Partial, bool) {
        let mut partial = Partial::with_room().expect("memory");
        let keep: Vec<String> = keep.iter().map(|name| (*name).to_owned()).collect();
        let begun = partial.begin(200, &headers(all), &keep);
        (partial, begun.is_ok())
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
        let (partial, whole) = begun(&all, &["date", "set-cookie", "x-token", "x-none"]);
        let raw = partial.finish(whole);
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
        let (partial, whole) = begun(&[("l", &large), ("s", b"1")], &keep);
        assert_eq!((kept(&partial), whole), (vec![("l", large.len()), ("s", 1)], true), "to the last byte");
        let (partial, whole) = begun(&[("l", &large), ("s", b"12")], &keep);
        assert_eq!((kept(&partial), whole), (vec![("l", large.len())], true), "one byte more");
        let (partial, whole) = begun(&[("l", &large[2..]), ("m", &large), ("m", b""), ("s", b"")], &keep);
        assert_eq!((kept(&partial), whole), (vec![("l", large.len() - 2), ("m", 0), ("s", 0)], true));
    }

    #[test]
    fn an_answer_of_too_many_headers_is_not_read_further_but_what_counts_is_kept() {
        let all = |many: usize| [vec![("x", &b"1"[..]); many - 1], vec![("date", &b"today"[..])]].concat();
        for (many, wanted) in [(MOST_HEADERS, true), (MOST_HEADERS + 1, false)] {
            let (partial, whole) = begun(&all(many), &["date"]);
            assert_eq!((kept(&partial), whole), (vec![("date", 5)], wanted), "{many}");
        }
    }

    #[test]
    fn a_body_is_cut_where_the_room_beside_the_headers_ends() {
        for (header, room) in [(0, LARGEST_BODY - 1), (999, LARGEST_BODY - 1_000)] {
            let (mut partial, _) = begun(&[("h", &vec![b'x'; header])], &["h"]);
            assert_eq!(partial.room(), room, "{header}");
            assert!(partial.add(&vec![1; room - 1]).is_ok() && partial.add(&[2]).is_ok(), "to the last byte");
            assert!(partial.add(&[]).is_ok() && partial.room() == 0);
            assert!(partial.add(&[3]).is_err(), "one byte more");
            let body = partial.finish(false).body;
            assert_eq!((body.len(), body.last()), (room, Some(&2)), "what came before it is kept");
        }
        let mut partial = Partial::default();
        assert!(partial.add(&vec![1; LARGEST_BODY + 7]).is_err());
        let raw = partial.finish(false);
        assert_eq!(
            (raw.body.len(), raw.complete, raw.status),
            (LARGEST_BODY, false, 0),
            "so much as has room"
        );
    }

    #[test]
    fn nothing_is_moved_while_a_body_grows() {
        let (mut partial, _) = begun(&[], &[]);
        let before = partial.body.as_ptr();
        assert!(partial.add(&vec![1; LARGEST_BODY]).is_ok());
        assert_eq!(partial.body.as_ptr(), before);
    }

    #[test]
    fn a_body_goes_on_behind_its_length_unless_it_ends_as_a_value_does() {
        for (status, body, surplus, goes_on) in [
            (200, r#"{"a":"b"#, r#""}"#, true),
            (200, "", "{}", true),
            (400, "err", "or", true),
            (200, "{}", r#"{"a":1}"#, false),
            (200, "[1]\r\n ", "x", false),
            (200, "<a></a>", "x", false),
            (200, "a=b", "\r\n", false),
            (200, "a=b", "", false),
            (101, "", "x", false),
        ] {
            let mut partial = Partial::with_room().expect("memory");
            partial.status = status;
            assert!(partial.add(body.as_bytes()).is_ok());
            assert_eq!(partial.goes_on_with(surplus.as_bytes()), goes_on, "{body}");
            let wanted = if goes_on { format!("{body}{surplus}") } else { body.to_owned() };
            assert_eq!(partial.finish(false).body, wanted.as_bytes());
        }
    }
}
