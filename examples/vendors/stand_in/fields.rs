//! Parameters in form encoding, as they came: in order, doubled ones and all, names and values decoded.

#[derive(Default)]
pub struct Fields {
    /// "form" or "query", for the words of a departure.
    pub place: &'static str,
    pairs: Vec<(String, String)>,
}

impl Fields {
    pub fn parse(text: &str, place: &'static str) -> Fields {
        let pairs = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        Fields { place, pairs }
    }

    pub fn names(&self) -> Vec<&str> {
        self.pairs.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// Each name that was there before.
    pub fn doubled(&self) -> Vec<&str> {
        let names = self.names();
        let before = |at: &usize| names[..*at].contains(&names[*at]);
        (0..names.len()).filter(before).map(|at| names[at]).collect()
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// Nothing but what form encoding leaves: ASCII without blanks, and each `%` with its two digits.
pub fn well_encoded(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |at: usize| bytes.get(at..at + 2).is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit));
    let fine = |(at, byte): (usize, &u8)| byte.is_ascii_graphic() && (*byte != b'%' || digits(at + 1));
    let decoded = || {
        url::form_urlencoded::parse(bytes).all(|(n, v)| !n.contains('\u{fffd}') && !v.contains('\u{fffd}'))
    };
    bytes.iter().enumerate().all(fine) && decoded()
}
