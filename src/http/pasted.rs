//! An answer as people have it at hand: its body alone, or with its head, as `curl -i` prints it.

use super::message::RawAnswer;
use crate::base::clock::Moment;

pub(crate) struct PastedAnswer<'a> {
    /// 200 where there is no head.
    status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: &'a str,
}

impl<'a> PastedAnswer<'a> {
    pub(crate) fn of(text: &'a str) -> PastedAnswer<'a> {
        let text = text.trim_start_matches('\u{feff}');
        let mut begun = text.trim_start();
        if !begun.starts_with("HTTP/") {
            return PastedAnswer { status: 200, headers: Vec::new(), body: text };
        }
        let parts = |text: &'a str| text.split_once("\r\n\r\n").or_else(|| text.split_once("\n\n"));
        // A proxy's answer, one that only says to go on, or one that leads elsewhere stands before the vendor's.
        while let Some((_, rest)) = parts(begun).filter(|(_, rest)| rest.starts_with("HTTP/")) {
            begun = rest;
        }
        let (head, body) = parts(begun).unwrap_or((begun, ""));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.trim().to_lowercase(), value.trim().to_owned()))
        };
        let status = status.filter(|status| (100..600).contains(status)).unwrap_or(200);
        PastedAnswer { status, headers: lines.filter_map(header).collect(), body }
    }

    pub(crate) fn raw(self, at: Moment) -> RawAnswer {
        let PastedAnswer { status, headers, body } = self;
        RawAnswer { status, headers, body: body.as_bytes().to_vec(), complete: true, garbled: None, at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_comes_with_its_head_or_without() {
        let x = ("x-token", "a: b");
        for (text, status, header, body) in [
            ("{\"a\":1}\n", 200, None, "{\"a\":1}\n"),
            ("\u{feff}{}", 200, None, "{}"),
            ("HTTP/2 401 \r\nX-Token: a: b\r\n\r\nno\r\n\r\nyes", 401, Some(x), "no\r\n\r\nyes"),
            ("\nHTTP/1.1 204 No Content\nx-token:a: b\n\n", 204, Some(x), ""),
            ("HTTP/1.1 204 No Content\nx-token:a: b", 204, Some(x), ""),
            (
                "HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nX-Token: a: b\r\n\r\n{}",
                201,
                Some(x),
                "{}",
            ),
            ("HTTP/1.1\n\n{}", 200, None, "{}"),
        ] {
            let pasted = PastedAnswer::of(text);
            assert_eq!((pasted.status, pasted.body), (status, body), "{text}");
            let first = pasted.headers.first().map(|(name, value)| (name.as_str(), value.as_str()));
            assert_eq!(first, header, "{text}");
        }
    }
}
