//! Which value of an address does not fit where it stands.

/// Why an address cannot be made of the values that there are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unfit {
    /// The value that is at fault, as templates name it.
    pub(crate) name: Option<String>,
    pub(crate) why: String,
}

impl Unfit {
    /// For whoever cannot say where that value comes from.
    pub(crate) fn words(self) -> String {
        match self.name {
            Some(name) => format!("`{name}`: {}", self.why),
            None => self.why,
        }
    }
}

impl From<String> for Unfit {
    fn from(why: String) -> Unfit {
        Unfit { name: None, why }
    }
}
