//! A request as people may see it: names and structure stay, values that come of secrets are masked.

pub(crate) const MASK: &str = "***";

/// Each word of it for which that holds is masked.
pub(crate) fn words(text: &str, is_secret: impl Fn(&str) -> bool) -> String {
    let ends = |c: char| c.is_whitespace() || "\"'{}[](),:;&<>?".contains(c);
    let shown = |word: &str| match word.split_once('=') {
        _ if !is_secret(word) => word.to_owned(),
        Some((name, value)) if !name.is_empty() && is_secret(value) && !is_secret(name) => {
            format!("{name}={MASK}")
        }
        _ => MASK.to_owned(),
    };
    let mut all = String::new();
    for part in text.split_inclusive(ends) {
        let end = part.chars().next_back().filter(|c| ends(*c));
        all += &shown(end.map_or(part, |c| &part[..part.len() - c.len_utf8()]));
        all.extend(end);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_masked_without_what_stands_around_it() {
        let secret = |word: &str| word.contains("secret");
        for (text, wanted) in [
            ("{\"a\":\"x\",\"sign\":\"mysecret==\"}", "{\"a\":\"x\",\"sign\":\"***\"}"),
            ("https://a.example/?a=1&s=secret%3D", "https://a.example/?a=1&s=***"),
            ("Digest name=\"secret\", x=1", "Digest name=\"***\", x=1"),
            ("secret", "***"),
            ("secret=1", "***"),
            ("<a>secret</a>\n", "<a>***</a>\n"),
        ] {
            assert_eq!(words(text, secret), wanted, "{text}");
        }
    }
}
