//! Why a request cannot be made of the values that there are, and by which of its keys.

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unmade {
    /// Below the request, or below the address that a browser visits; empty: no key says it.
    pub(crate) at: Vec<String>,
    /// Never with a value.
    pub(crate) why: String,
}

impl Unmade {
    pub(crate) fn below(mut self, key: &str) -> Unmade {
        self.at.insert(0, key.to_owned());
        self
    }

    #[cfg(test)]
    pub(crate) fn words(self) -> String {
        if self.at.is_empty() { self.why } else { format!("`{}`: {}", self.at.join("."), self.why) }
    }
}

impl From<String> for Unmade {
    fn from(why: String) -> Unmade {
        Unmade { at: Vec::new(), why }
    }
}

impl From<&str> for Unmade {
    fn from(why: &str) -> Unmade {
        why.to_owned().into()
    }
}
