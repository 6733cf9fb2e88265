//! A message at a terminal, broken between words where its line ends. What stands in backticks is there to be copied, and
//! an address is one word: neither is ever broken here.

use unicode_width::UnicodeWidthStr as _;

/// Narrower ones leave no room for words beside the indent.
const NARROWEST: usize = 24;
const INDENT: &str = "  ";

/// `begin`, which may be coloured, and `words`, which are one line; ended. Broken only if there are `columns`.
pub(super) fn lines(begin: &str, words: &str, columns: Option<usize>) -> String {
    let Some(columns) = columns.filter(|columns| *columns >= NARROWEST) else {
        return format!("{begin}{words}\n");
    };
    let (mut text, mut used) = (begin.to_owned(), width(begin));
    for (at, word) in unbroken(words).into_iter().enumerate() {
        let wide = word.width();
        if at > 0 && used + 1 + wide > columns {
            text += "\n";
            text += INDENT;
            used = INDENT.len();
        } else if at > 0 {
            text.push(' ');
            used += 1;
        }
        text += word;
        used += wide;
    }
    text + "\n"
}

/// The words, of which all that stands between two backticks is one.
fn unbroken(words: &str) -> Vec<&str> {
    let mut marks: Vec<usize> = words.match_indices('`').map(|(at, _)| at).collect();
    // One that is alone encloses nothing.
    marks.truncate(marks.len() / 2 * 2);
    let quoted = |at: usize| marks.partition_point(|mark| *mark < at) % 2 == 1;
    let (mut all, mut from) = (Vec::new(), 0);
    for (at, _) in words.match_indices(' ').filter(|(at, _)| !quoted(*at)) {
        all.push(&words[from..at]);
        from = at + 1;
    }
    all.push(&words[from..]);
    all
}

/// Without the colours.
fn width(text: &str) -> usize {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().width();
    first + parts.map(|part| part.split_once('m').map_or(part, |(_, rest)| rest).width()).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_kept_and_what_is_copied_is_whole() {
        for (words, broken) in [
            ("short", "tokcli: short\n"),
            ("one two three four five", "tokcli: one two three\n  four five\n"),
            (
                "see `tokcli login --profile work` now",
                "tokcli: see\n  `tokcli login --profile work`\n  now\n",
            ),
            ("a lone ` breaks where it may be", "tokcli: a lone ` breaks\n  where it may be\n"),
            ("https://a.example/a/long/way", "tokcli: https://a.example/a/long/way\n"),
            (
                "\u{4e2d}\u{6587}\u{5b57} \u{4e2d}\u{6587}\u{5b57} x y",
                "tokcli: \u{4e2d}\u{6587}\u{5b57} \u{4e2d}\u{6587}\u{5b57} x\n  y\n",
            ),
        ] {
            assert_eq!(lines("tokcli: ", words, Some(24)), broken);
            assert_eq!(lines("tokcli: ", words, None), format!("tokcli: {words}\n"));
        }
        let painted = lines("\x1b[36mhint\x1b[0m: ", "a word and another one x", Some(24));
        assert_eq!(painted, "\x1b[36mhint\x1b[0m: a word and another\n  one x\n");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_wider_than_it_must(words in "[a-z` ]{0,200}", columns in 24..100_usize) {
            let broken = lines("tokcli: ", &words, Some(columns));
            prop_assert_eq!(broken.replace("\n  ", " "), format!("tokcli: {words}\n").replace("\n  ", " "));
            let longest = unbroken(&words).into_iter().map(str::len).max().unwrap_or(0);
            for line in broken.lines() {
                prop_assert!(line.len() <= columns.max(longest + "tokcli: ".len()), "{line}");
            }
        }
    }
}
