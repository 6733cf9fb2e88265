//! What of profiles.toml could not be read, and so what else is not told: that a value is missing whose key was
//! written wrong, or that there is no store whose table cannot be read.

use std::collections::{BTreeMap, BTreeSet};

use super::file::WrittenProfile;
use crate::base::toml_source::Fault;

#[derive(Default)]
pub(super) struct PutAside {
    /// Of each profile the keys that were put aside, and those that were meant by others.
    profiles: BTreeMap<String, BTreeSet<String>>,
    /// Those of which nothing is left.
    lost: BTreeSet<String>,
    pub(super) stores: BTreeSet<String>,
}

/// What is given for a `client_auth`; whether any of it is missing cannot be told where that cannot be read.
const CREDENTIALS: [&str; 4] = ["client_id", "client_secret", "private_key", "tls"];

impl PutAside {
    /// `gone`: the paths that a reader put aside.
    pub(super) fn of(gone: &[Vec<String>], faults: &[Fault]) -> PutAside {
        let mut aside = PutAside::default();
        for path in gone {
            aside.add(path, path.get(2).map(String::as_str));
        }
        for fault in faults.iter().filter(|fault| fault.suggestion().is_some()) {
            aside.add(fault.path(), fault.suggestion());
        }
        aside
    }

    fn add(&mut self, path: &[String], key: Option<&str>) {
        let [section, name, ..] = path else { return };
        match (section.as_str(), key) {
            // Without its dialect nothing is known of one.
            ("profiles", None | Some("dialect")) => drop(self.lost.insert(name.clone())),
            ("profiles", Some(key)) => {
                let keys = self.profiles.entry(name.clone()).or_default();
                keys.insert(key.to_owned());
                let all = CREDENTIALS.iter().filter(|_| key == "client_auth");
                keys.extend(all.map(|key| (*key).to_owned()));
            }
            ("stores", _) => drop(self.stores.insert(name.clone())),
            _ => {}
        }
    }

    pub(super) fn is_lost(&self, profile: &str) -> bool {
        self.lost.contains(profile)
    }

    /// Tells each profile what of it was not read.
    pub(super) fn note(&mut self, profiles: &mut BTreeMap<String, WrittenProfile>) {
        for (name, profile) in profiles {
            profile.unread = self.profiles.remove(name).unwrap_or_default();
        }
    }
}
