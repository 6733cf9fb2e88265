//! A request as people may see it: names and structure stay, values that come of secrets are masked.

pub(crate) const MASK: &str = "***";

/// More pieces than that are not compared one by one.
const MOST_COMPARED: usize = 4_000_000;

/// What two renderings have in common that differ only by what stands in for the secrets. In the place of the rest stands
/// one mask each.
pub(crate) fn common(one: &str, other: &str) -> String {
    let (a, b) = (pieces(one), pieces(other));
    let head = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (middle, against) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let mut shown = a[..head].concat();
    let mut masked = false;
    for kept in alike(middle, against) {
        match kept {
            Some(piece) => shown.push_str(piece),
            None if !masked => shown.push_str(MASK),
            None => {}
        }
        masked = kept.is_none();
    }
    shown.push_str(&a[a.len() - tail..].concat());
    joined(&shown)
}

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

/// Runs of what a name or a value is made of, and each other character by itself.
fn pieces(text: &str) -> Vec<&str> {
    let within = |c: char| c.is_alphanumeric() || "%*._~-".contains(c);
    let (mut all, mut begin) = (Vec::new(), 0);
    for (at, c) in text.char_indices().filter(|(_, c)| !within(*c)) {
        if begin < at {
            all.push(&text[begin..at]);
        }
        begin = at + c.len_utf8();
        all.push(&text[at..begin]);
    }
    if begin < text.len() {
        all.push(&text[begin..]);
    }
    all
}

/// The pieces of `a` that are in `b` too, in their order; `None` for each other.
fn alike<'a>(a: &[&'a str], b: &[&str]) -> Vec<Option<&'a str>> {
    if a.len().saturating_mul(b.len()) > MOST_COMPARED {
        return vec![None; a.len()];
    }
    // The longest common subsequence of what is left, from each pair of places.
    let width = b.len() + 1;
    let mut longest = vec![0_u32; (a.len() + 1) * width];
    for (i, left) in a.iter().enumerate().rev() {
        for (j, right) in b.iter().enumerate().rev() {
            let (down, right_of) = (longest[(i + 1) * width + j], longest[i * width + j + 1]);
            let both = longest[(i + 1) * width + j + 1] + 1;
            longest[i * width + j] = if left == right { both } else { down.max(right_of) };
        }
    }
    let (mut all, mut j) = (Vec::new(), 0);
    for (i, left) in a.iter().enumerate() {
        while j < b.len() && *left != b[j] && longest[i * width + j + 1] >= longest[(i + 1) * width + j] {
            j += 1;
        }
        let same = j < b.len() && *left == b[j];
        all.push(same.then_some(*left));
        j += usize::from(same);
    }
    // What only `b` has there shows by a mask as well.
    if a.is_empty() && !b.is_empty() { vec![None] } else { all }
}

/// What base64 puts between and behind is no structure.
fn joined(shown: &str) -> String {
    let mut text = shown.to_owned();
    for between in ["+", "/", "=", ""] {
        let twice = format!("{MASK}{between}{MASK}");
        while text.contains(&twice) {
            text = text.replace(&twice, MASK);
        }
    }
    while text.contains("***=") {
        text = text.replace("***=", MASK);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_structure_stay_where_values_differ() {
        for (one, other, wanted) in [
            (
                "https://a.example/t?sign=0a1b&ts=1",
                "https://a.example/t?sign=ffee&ts=1",
                "https://a.example/t?sign=***&ts=1",
            ),
            ("{\"s\":\"0a\",\"n\":1}", "{\"s\":\"1b\",\"n\":1}", "{\"s\":\"***\",\"n\":1}"),
            ("Basic YTpi", "Basic YTpiYw==", "Basic ***"),
            ("Basic YTpiYw==", "Basic YTpi", "Basic ***"),
            ("YTpi", "YTpiYw==", "***"),
            ("k=\"x\",sig=\"a/b+c=\"", "k=\"x\",sig=\"d+e/f==\"", "k=\"x\",sig=\"***\""),
            ("a=***&b=q%2A", "a=****.&b=q%2A%2A", "a=***&b=***"),
            ("<p>aa</p><n>1</n>", "<p>bb</p><n>1</n>", "<p>***</p><n>1</n>"),
            ("same", "same", "same"),
            ("", "x", "***"),
        ] {
            assert_eq!(common(one, other), wanted, "{one} and {other}");
        }
        let long = |c: &str| format!("x={c}&").repeat(1_500);
        assert!(common(&long("a"), &long("b")).len() < 20_000);
    }

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
