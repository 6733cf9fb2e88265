//! What a browser is given to show: one page that needs no script and nothing from anywhere.
//!
//! It is shown under the address with the code in it, and no redirect leads on to a bare one: the code is spent, or of
//! no use without the verifier that only this run has (RFC 7636), before anybody can look for it in the history. Nothing
//! of the page asks for anything, so the address goes nowhere as a `Referer`.

use crate::base::characters::escaped_in_markup;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

const STYLE: &str = ":root{color-scheme:light dark}body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem}";

pub(super) struct Page {
    status: &'static str,
    title: String,
    text: String,
}

impl Page {
    /// What came of the login, in the caller's words.
    pub(super) fn told(title: &str, text: &str) -> Page {
        Page { status: "200 OK", title: title.to_owned(), text: text.to_owned() }
    }

    fn ours(status: &'static str, title: &str, text: &str) -> Page {
        Page { status, title: title.to_owned(), text: text.to_owned() }
    }

    pub(super) fn untold() -> Page {
        Page::ours("200 OK", "See the terminal", "The terminal that began the login says what came of it.")
    }

    pub(super) fn wrong() -> Page {
        let text = "This is not the answer that the login here is waiting for. It is still waiting.";
        Page::ours("400 Bad Request", "Not this one", text)
    }

    pub(super) fn missing() -> Page {
        Page::ours("404 Not Found", "Nothing here", "There is nothing at this address.")
    }

    pub(super) fn taken() -> Page {
        let text = "This login has already been taken up. The terminal that began it says what came of it.";
        Page::ours("409 Conflict", "Already taken up", text)
    }

    /// Head and body.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let (title, text) = (escaped_in_markup(&self.title), escaped_in_markup(&self.text));
        let body = format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title} - tokcli</title><style>{STYLE}</style></head>\n<body><main><h1>{title}</h1><p>{text}</p></main></body></html>\n"
        );
        let style = STANDARD.encode(Sha256::digest(STYLE));
        let head = format!(
            "HTTP/1.1 {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nContent-Security-Policy: default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\nReferrer-Policy: no-referrer\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\nConnection: close\r\n\r\n",
            self.status,
            body.len()
        );
        [head.into_bytes(), body.into_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_holds_no_markup_but_its_own_and_asks_for_nothing() {
        let page = Page::told("<script>", "\"a\" & 'b' </main><img src=//e.example>");
        let text = String::from_utf8(page.bytes()).expect("text");
        let (head, body) = text.split_once("\r\n\r\n").expect("two parts");
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{head}");
        for line in [
            "HTTP/1.1 200 OK",
            "Referrer-Policy: no-referrer",
            "Cache-Control: no-store",
            "X-Content-Type-Options: nosniff",
            "Connection: close",
        ] {
            assert!(head.lines().any(|known| known == line), "{head}");
        }
        assert!(head.contains("Content-Security-Policy: default-src 'none'; style-src 'sha256-"), "{head}");
        assert!(
            body.contains("<h1>&lt;script&gt;</h1><p>&quot;a&quot; &amp; &apos;b&apos; &lt;/main&gt;"),
            "{body}"
        );
        for sought in ["<script", "<img", "http:", "https:", "url(", "@import", "href", " on"] {
            let count = body.matches(sought).count();
            assert_eq!(count, 0, "{sought}: {body}");
        }
    }

    /// A browser computes it from what stands between the tags.
    #[test]
    fn the_policy_permits_the_style_that_the_page_has() {
        let text = String::from_utf8(Page::untold().bytes()).expect("text");
        let style = text.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).expect("one");
        let digest = STANDARD.encode(Sha256::digest(style));
        assert!(text.contains(&format!("style-src 'sha256-{digest}'")));
    }
}
