//! Keys become a text: one that is pasted in one piece stays one, whatever breaks of lines are in it.

use zeroize::Zeroizing;

/// Longer than any address; the rest is dropped.
const LONGEST: usize = 256 << 10;

/// What somebody has come to the end of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed {
    Text(Zeroizing<String>),
    /// Ctrl-D: nothing will be pasted.
    End,
    /// Ctrl-C at a terminal that makes no signal of it.
    Interrupt,
}

#[derive(Default)]
pub(super) struct Typing {
    text: Zeroizing<Vec<u8>>,
    /// What came of a sequence that a key or the terminal sends.
    sequence: Vec<u8>,
    /// Between the marks that the terminal sets around what is pasted.
    within: bool,
}

const ESCAPE: u8 = 0x1b;

impl Typing {
    /// `part` came at once.
    pub(super) fn take(&mut self, part: &[u8]) -> Option<Typed> {
        for (at, byte) in part.iter().enumerate() {
            if !self.sequence.is_empty() || *byte == ESCAPE {
                // The whole of what is pasted.
                if self.sequenced(*byte) {
                    return self.end();
                }
                continue;
            }
            match byte {
                // Nobody types so fast that more comes with it: a break of a line in what is pasted.
                b'\r' | b'\n' if self.within || more(&part[at + 1..]) => self.add(b'\n'),
                b'\r' | b'\n' => return self.end(),
                _ if self.within => self.add(*byte),
                0x03 => return Some(Typed::Interrupt),
                0x04 if self.text.is_empty() => return Some(Typed::End),
                0x08 | 0x7f => self.shorten(),
                // Ctrl-U and Ctrl-W.
                0x15 | 0x17 => self.clear(),
                0x00..=0x1f => {}
                _ => self.add(*byte),
            }
        }
        None
    }

    fn end(&mut self) -> Option<Typed> {
        let text = Zeroizing::new(String::from_utf8_lossy(&self.text).into_owned());
        self.clear();
        Some(Typed::Text(text))
    }

    fn add(&mut self, byte: u8) {
        if self.text.capacity() == 0 {
            // In one piece, so that growing leaves nothing behind.
            self.text.reserve_exact(LONGEST);
        }
        if self.text.len() < LONGEST {
            self.text.push(byte);
        }
    }

    /// By one character.
    fn shorten(&mut self) {
        while let Some(byte) = self.text.pop() {
            if byte & 0xc0 != 0x80 {
                break;
            }
        }
    }

    fn clear(&mut self) {
        self.text = Zeroizing::default();
    }

    /// Whether it ends what is pasted, and something was.
    fn sequenced(&mut self, byte: u8) -> bool {
        self.sequence.push(byte);
        let whole = match self.sequence[..] {
            [ESCAPE] | [ESCAPE, b'[' | b'O'] => false,
            [ESCAPE, b'[', .., last] => matches!(last, 0x40..=0x7e) || self.sequence.len() > 32,
            _ => true,
        };
        if !whole {
            return false;
        }
        let sequence = std::mem::take(&mut self.sequence);
        let ends = sequence == b"\x1b[201~";
        self.within = sequence == b"\x1b[200~" || self.within && !ends;
        ends && !self.text.trim_ascii().is_empty()
    }
}

/// Not only what ends lines, or begins a mark.
fn more(rest: &[u8]) -> bool {
    rest.iter().any(|byte| !matches!(byte, b'\r' | b'\n')) && !rest.starts_with(&[ESCAPE])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Option<Typed> {
        Some(Typed::Text(Zeroizing::new(text.to_owned())))
    }

    fn after(parts: &[&str]) -> Option<Typed> {
        let mut typing = Typing::default();
        let mut last = None;
        for part in parts {
            assert_eq!(last, None, "{parts:?}: too early");
            last = typing.take(part.as_bytes());
        }
        last
    }

    #[test]
    fn a_line_is_typed_and_mended() {
        assert_eq!(after(&["a", "b", "\r"]), text("ab"));
        assert_eq!(after(&["ab\n"]), text("ab"));
        assert_eq!(after(&["a\u{fc}\u{7f}c\u{8}d\r"]), text("ad"));
        assert_eq!(after(&["wrong\u{15}right\r"]), text("right"));
        assert_eq!(after(&["a\u{1b}[D\u{1b}[1;5C\u{1b}OPb\u{1b}xc\r"]), text("abc"));
        assert_eq!(after(&["a\u{1b}", "[", "D", "b\r"]), text("ab"));
        assert_eq!(after(&["\u{7f}\u{7f}\r"]), text(""));
        assert_eq!(after(&["a\t\u{0}b"]), None);
    }

    #[test]
    fn what_is_pasted_in_one_piece_is_one_text() {
        assert_eq!(after(&["\u{1b}[200~one\rtwo\u{1b}[201~"]), text("one\ntwo"));
        assert_eq!(after(&["\u{1b}[20", "0~one\r", "two\r", "\u{1b}[201~"]), text("one\ntwo\n"));
        // A terminal that marks nothing sends it at once.
        assert_eq!(after(&["one\rtwo\r\n\r"]), text("one\ntwo"));
        // Keys count for nothing within.
        assert_eq!(after(&["\u{1b}[200~a\u{3}\u{4}\u{15}b\u{1b}[201~"]), text("a\u{3}\u{4}\u{15}b"));
        assert_eq!(after(&["\u{1b}[200~ \r\u{1b}[201~"]), None, "there is nothing in it yet");
    }

    #[test]
    fn keys_that_end_are_heard() {
        assert_eq!(after(&["\u{4}"]), Some(Typed::End));
        assert_eq!(after(&["a\u{4}b\r"]), text("ab"));
        assert_eq!(after(&["abc\u{3}"]), Some(Typed::Interrupt));
    }

    #[test]
    fn no_end_of_it_takes_no_end_of_memory() {
        let mut typing = Typing::default();
        for _ in 0..100 {
            assert_eq!(typing.take(&[b'x'; 4096]), None);
        }
        let Some(Typed::Text(whole)) = typing.take(b"\r") else { panic!("a text") };
        assert_eq!(whole.len(), LONGEST);
        assert_eq!(
            after(&["\u{1b}[", &"1".repeat(1000), "x\r"]),
            text(&format!("{}x", "1".repeat(1000 - 31)))
        );
        assert_eq!(typing.take(b"\r"), text(""), "nothing of it is left");
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_parts_are_taken(parts in prop::collection::vec(any::<Vec<u8>>(), 0..8)) {
            let mut typing = Typing::default();
            for part in &parts {
                typing.take(part);
            }
            // However it began, a line can be typed after it.
            typing.take(b"\x1b[201~");
            typing.take(b"x\x1b[201~\x15");
            prop_assert_eq!(typing.take(b"ab\r"), text("ab"));
        }
    }
}
