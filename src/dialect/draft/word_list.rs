//! Lists of words, each written as one text: a word a line would hide the program between them.

pub(super) struct WordList(pub(super) &'static str);

impl WordList {
    pub(super) fn has(&self, word: &str) -> bool {
        self.any(|one| one == word)
    }

    pub(super) fn any(&self, is: impl Fn(&str) -> bool) -> bool {
        self.0.split_ascii_whitespace().any(is)
    }
}
