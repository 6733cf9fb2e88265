//! Lists of words, and names as they are looked up in them.

/// Words, written as one text: a word a line would hide the program between them.
pub(super) struct WordList(pub(super) &'static str);

impl WordList {
    pub(super) fn has(&self, word: &str) -> bool {
        self.any(|one| one == word)
    }

    pub(super) fn any(&self, is: impl Fn(&str) -> bool) -> bool {
        self.0.split_ascii_whitespace().any(is)
    }
}

/// Without case and punctuation.
pub(super) fn canonical(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
