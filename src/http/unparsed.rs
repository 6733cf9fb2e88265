//! An answer whose head the parser refuses (two lengths, say), or whose body is not what it announces: its status, if
//! the first line has one, and everything after the first empty line, unframed. Without a status: all that came.

pub(super) struct Unparsed<'a> {
    /// 0 if there is none.
    pub(super) status: u16,
    pub(super) body: &'a [u8],
}

impl Unparsed<'_> {
    pub(super) fn of(bytes: &[u8]) -> Unparsed<'_> {
        let none = Unparsed { status: 0, body: bytes };
        let mut left = bytes;
        loop {
            let head = left.trim_ascii_start();
            match (status(head), body(head)) {
                // Those announce another (RFC 9110 section 15.2).
                (Some(100..=199), Some(next)) if next.is_empty() => {
                    return Unparsed { status: 0, body: next };
                }
                (Some(100..=199), Some(next)) => left = next,
                (Some(status @ 200..), Some(body)) => return Unparsed { status, body },
                _ => return none,
            }
        }
    }
}

/// Of a first line such as `HTTP/1.1 200 OK`, whatever its version; `HTTP/1.1 2000` is none.
fn status(head: &[u8]) -> Option<u16> {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    let mut words = line.split(|byte| b" \t".contains(byte)).filter(|word| !word.is_empty());
    words.next().filter(|word| word.starts_with(b"HTTP/") || *word == b"ICY")?;
    let digits = words.next().filter(|word| word.len() == 3 && word.iter().all(u8::is_ascii_digit))?;
    Some(digits.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0')))
}

/// After the first empty line, or from one before it that no head has.
fn body(head: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    let mut bare = None;
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        match line {
            b"\n" | b"\r\n" => return Some(&head[bare.unwrap_or(at)..]),
            [b'{' | b'[', ..] => bare = bare.or(Some(at - line.len())),
            _ => {}
        }
    }
    bare.map(|at| &head[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_and_the_body_are_found_though_the_head_is_refused() {
        for (text, status, body) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", 200, "{}"),
            ("HTTP/1.1 200 OK\nContent-Length: x\n\n{}", 200, "{}"),
            ("HTTP/1.0 503\r\nTransfer-Encoding: chunked\r\n\r\n", 503, ""),
            // Cut within its head: there is no body, and the head may hold a token.
            ("HTTP/1.1 200 OK\r\nX: a\r\n", 0, "HTTP/1.1 200 OK\r\nX: a\r\n"),
            ("HTTP/1.1 200 OK\r\nX: a\r\n{\"a\":\n\"b\"}", 200, "{\"a\":\n\"b\"}"),
            ("HTTP/1.1 200 OK\r\nX: a\r\n{\"a\":\r\n\r\n1}", 200, "{\"a\":\r\n\r\n1}"),
            ("\r\n\r\nHTTP/1.1 200 OK\r\nX: a\r\n\r\n{}", 200, "{}"),
            ("HTTP/1.1 200 OK\r\n\r\n{\"a\":\"\n\n\"}", 200, "{\"a\":\"\n\n\"}"),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}", 200, "{}"),
            ("HTTP/1.1 102 Processing\r\n\r\n{}", 0, "HTTP/1.1 102 Processing\r\n\r\n{}"),
            ("HTTP/1.1 2000 OK\r\n\r\n{}", 0, "HTTP/1.1 2000 OK\r\n\r\n{}"),
            ("HTTP/1.1 20 OK\r\n\r\n{}", 0, "HTTP/1.1 20 OK\r\n\r\n{}"),
            ("HTTP/1.1 000 OK\r\n\r\n{}", 0, "HTTP/1.1 000 OK\r\n\r\n{}"),
            ("ICY 200 OK\r\n\r\n{}", 200, "{}"),
            ("HTTP/2.0 200\r\n\r\n{}", 200, "{}"),
            ("HTTP 200 OK\r\n\r\n{}", 0, "HTTP 200 OK\r\n\r\n{}"),
            ("RTSP/1.0 200 OK\r\n\r\n{}", 0, "RTSP/1.0 200 OK\r\n\r\n{}"),
            ("HTTP/1.1 103 Early Hints\r\n\r\n", 0, ""),
            ("{}", 0, "{}"),
            ("", 0, ""),
        ] {
            let found = Unparsed::of(text.as_bytes());
            assert_eq!((found.status, found.body), (status, body.as_bytes()), "{text:?}");
        }
    }
}
