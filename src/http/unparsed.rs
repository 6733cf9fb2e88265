//! An answer whose head the parser refuses (two lengths, say): its status, if at least the first line is HTTP,
//! and everything after the first empty line, unframed. Without a status: all that came.

pub(super) struct Unparsed<'a> {
    /// 0 if there is none.
    pub(super) status: u16,
    pub(super) body: &'a [u8],
}

impl Unparsed<'_> {
    pub(super) fn of(bytes: &[u8]) -> Unparsed<'_> {
        let mut left = bytes;
        loop {
            let mut response = httparse::Response::new(&mut []);
            // That it fails is known; what it read before that stands in it.
            let _ = response.parse(left);
            match response.code.filter(|_| has_three_digits(left)) {
                // Those announce another (RFC 9110 section 15.2).
                Some(100..=199) => left = after_empty_line(left),
                Some(status) => return Unparsed { status, body: after_empty_line(left) },
                None => return Unparsed { status: 0, body: bytes },
            }
        }
    }
}

/// `HTTP/1.1 2000` is no 200.
fn has_three_digits(head: &[u8]) -> bool {
    let line = head.trim_ascii_start();
    line.get("HTTP/1.1 200".len()).is_none_or(|next| !next.is_ascii_digit())
}

fn after_empty_line(bytes: &[u8]) -> &[u8] {
    let ends = [&b"\r\n\r\n"[..], b"\n\n"].map(|line| {
        let at = bytes.windows(line.len()).position(|window| window == line);
        at.map_or(bytes.len(), |at| at + line.len())
    });
    &bytes[ends[0].min(ends[1])..]
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
            ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n", 200, ""),
            ("HTTP/1.1 200 OK\r\n\r\n{\"a\":\"\n\n\"}", 200, "{\"a\":\"\n\n\"}"),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}", 200, "{}"),
            ("HTTP/1.1 102 Processing\r\n\r\n{}", 0, "HTTP/1.1 102 Processing\r\n\r\n{}"),
            ("HTTP/1.1 2000 OK\r\n\r\n{}", 0, "HTTP/1.1 2000 OK\r\n\r\n{}"),
            ("ICY 200 OK\r\n\r\n{}", 0, "ICY 200 OK\r\n\r\n{}"),
            ("{}", 0, "{}"),
            ("", 0, ""),
        ] {
            let found = Unparsed::of(text.as_bytes());
            assert_eq!((found.status, found.body), (status, body.as_bytes()), "{text:?}");
        }
    }
}
