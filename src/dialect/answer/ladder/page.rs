//! Web pages: what a gateway, a portal or a maintenance window answers in the vendor's place.

use super::loose::is_blank;

/// With one of these a page begins, its own head or a bare message.
const BEGINNINGS: [&str; 22] = [
    "!doctype html",
    "html",
    "head",
    "body",
    "title",
    "meta",
    "script",
    "style",
    "link",
    "base",
    "noscript",
    "center",
    "div",
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "table",
    "iframe",
    "form",
    "img",
];

/// Whether a text begins as HTML, whatever else it may be called.
pub(super) fn begins(text: &str) -> bool {
    let mut rest = text.trim_start_matches(is_blank);
    // A declaration and comments may stand before it.
    loop {
        let end = match rest {
            _ if rest.starts_with("<?xml") => "?>",
            _ if rest.starts_with("<!--") => "-->",
            _ => break,
        };
        let Some(at) = rest.find(end) else { return false };
        rest = rest[at + end.len()..].trim_start_matches(is_blank);
    }
    let Some(tag) = rest.strip_prefix('<') else { return false };
    BEGINNINGS.iter().any(|name| {
        let is = tag.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
        is && !tag[name.len()..].starts_with(|c: char| c.is_alphanumeric() || "_:-.".contains(c))
    })
}

/// Of a page all that is no tag.
pub(super) fn without_tags(text: &str) -> String {
    let mut bare = String::new();
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        bare += before;
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    bare + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_told_by_how_it_begins() {
        for page in [
            "<!DOCTYPE html>",
            "\u{feff}\r\n <HTML lang=en>",
            "<html>",
            "<!-- x --> <!--y--><head>",
            "<h1>Bad Gateway</h1>",
            "<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC '-'><html xmlns='x'>",
            "<html",
            "<body bgcolor=white>",
        ] {
            assert!(begins(page), "{page}");
        }
        for other in [
            "",
            "{}",
            "<br />\n<b>Warning</b>",
            "<Token>x</Token>",
            "<headers/>",
            "<html:x/>",
            "x <html>",
            "<!-- <html>",
            "<?xml version='1.0'?><r/>",
            "<pre>{}</pre>",
            "<!DOCTYPE r>",
        ] {
            assert!(!begins(other), "{other}");
        }
    }
}
