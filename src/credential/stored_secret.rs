//! A secret of a profile that is kept sealed, as a credential is, in a record of its own: its value, and where it may go.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::secrets::{self, ClientSecret};
use crate::base::clock::Moment;

/// By the key of the profile that they belong to, such as `client_secret`.
pub(crate) type StoredSecrets = BTreeMap<String, StoredSecret>;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct StoredSecret {
    #[serde(with = "secrets::stored")]
    pub(crate) value: ClientSecret,
    /// Scheme, host and port of whoever may be given it, or what is made with it.
    pub(crate) origins: Vec<String>,
    pub(crate) set: Moment,
}

impl StoredSecret {
    /// Whether it was set for all of these.
    pub(crate) fn may_go_to(&self, origins: &[String]) -> bool {
        origins.iter().all(|origin| self.origins.contains(origin))
    }

    /// The same secret for the same places.
    pub(crate) fn is_as(&self, other: &StoredSecret) -> bool {
        self.value == other.value && self.origins == other.origins
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples::moment;

    #[test]
    fn a_secret_goes_to_no_place_that_it_was_not_set_for() {
        let all = |origins: &[&str]| origins.iter().map(|origin| (*origin).to_owned()).collect::<Vec<_>>();
        let secret = |origins: &[&str]| StoredSecret {
            value: ClientSecret::new("s"),
            origins: all(origins),
            set: moment(1),
        };
        let both = secret(&["https://a.example", "https://b.example"]);
        for (origins, may) in [
            (&["https://a.example", "https://b.example"][..], true),
            (&["https://b.example"], true),
            (&["https://a.example:8443"], false),
            (&["http://a.example"], false),
            (&["https://b.example", "https://c.example"], false),
        ] {
            assert_eq!(both.may_go_to(&all(origins)), may, "{origins:?}");
        }
        assert!(!both.is_as(&secret(&["https://a.example"])));
        assert!(both.is_as(&StoredSecret { set: moment(2), ..both.clone() }));
    }
}
