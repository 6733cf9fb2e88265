//! What was odd about an answer that was read all the same: each is one warning, and names no value.

/// One rung of the ladder that was needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dialect::answer) enum Oddity {
    /// Chunk sizes within the body, which the transport should have taken out.
    Chunks,
    /// A content encoding, by its name.
    Encoded(&'static str),
    /// Its encoding breaks off.
    EncodingCut,
    Base64,
    /// A byte order mark of UTF-8.
    Mark,
    /// UTF-16 or UTF-32.
    Wide(&'static str),
    /// Bytes that are no UTF-8.
    Charset,
    /// Text before or behind what counts.
    Around,
    /// A string holds the JSON.
    InString,
    ListOfOne,
    /// The entities of HTML, or percent signs, stand for the characters of JSON.
    Escaped,
    /// A form with two values of one name.
    Twice,
    /// JSON as people write it.
    Loose(Loose),
    /// It is JSON where a form is declared, or the other way round.
    NotDeclared(&'static str),
    /// Neither its length nor its last chunk nor the end of the connection agrees with the body.
    Frame,
    /// The JSON is not closed.
    Unclosed,
}

impl Oddity {
    pub(in crate::dialect::answer) fn words(self) -> String {
        let what = match self {
            Oddity::Chunks => "came with chunk sizes inside its body".to_owned(),
            Oddity::Encoded(name) => format!("came encoded as {name}, which was not asked for"),
            Oddity::EncodingCut => "came in an encoding that is cut short".to_owned(),
            Oddity::Base64 => "came as Base64".to_owned(),
            Oddity::Mark => "begins with a byte order mark".to_owned(),
            Oddity::Wide(name) => format!("came in {name}, not in UTF-8"),
            Oddity::Charset => "contains bytes that are not UTF-8".to_owned(),
            Oddity::Around => "has other text around its data".to_owned(),
            Oddity::InString => "has its JSON in a string".to_owned(),
            Oddity::ListOfOne => "is a list of one, not an object".to_owned(),
            Oddity::Escaped => "is escaped as if it were in a page or an address".to_owned(),
            Oddity::Twice => "has two values with one name".to_owned(),
            Oddity::Loose(loose) => format!("is not strict JSON: it has {}", loose.words()),
            Oddity::NotDeclared(name) => format!("is {name}, which the dialect does not declare"),
            Oddity::Frame => "did not end as HTTP announced, but its JSON is closed".to_owned(),
            Oddity::Unclosed => "is cut off after its tokens".to_owned(),
        };
        format!("the answer {what}")
    }
}

/// What strict JSON refuses, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::dialect::answer) struct Loose(u32);

macro_rules! loose {
    ($($name:ident = $bit:literal, $words:literal;)*) => {
        impl Loose {
            $(pub(super) const $name: Loose = Loose(1 << $bit);)*
            const ALL: &[(Loose, &str)] = &[$((Loose::$name, $words)),*];
        }
    };
}

loose! {
    COMMENTS = 0, "comments";
    COMMAS = 1, "a comma too many";
    NO_COMMA = 2, "a comma too few";
    QUOTES = 3, "quotes of another kind";
    NAMES = 4, "names without quotes";
    COLONS = 5, "another sign in place of a colon";
    WORDS = 6, "values that JSON does not know";
    NUMBERS = 7, "unusual numbers";
    CONTROLS = 8, "control characters in strings";
    ESCAPES = 9, "unknown escapes";
    SURROGATES = 10, "half a surrogate pair";
    BLANKS = 11, "unusual blanks";
    TWICE = 12, "a name twice";
    JUNK = 13, "a value that cannot be read";
    DEEP = 14, "values nested too deeply";
    SKIPPED = 15, "parts that cannot be told apart";
}

impl Loose {
    pub(super) fn add(&mut self, other: Loose) {
        self.0 |= other.0;
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Some string has a line break or the like in it.
    pub(in crate::dialect::answer) fn has_controls(self) -> bool {
        self.holds(Loose::CONTROLS)
    }

    /// Whole members may stand among what was passed over.
    pub(in crate::dialect::answer) fn has_skipped(self) -> bool {
        self.holds(Loose::SKIPPED)
    }

    pub(super) fn holds(self, other: Loose) -> bool {
        self.0 & other.0 != 0
    }

    fn words(self) -> String {
        let words: Vec<&str> =
            Loose::ALL.iter().filter(|(one, _)| self.holds(*one)).map(|(_, words)| *words).collect();
        words.join(", ")
    }
}
